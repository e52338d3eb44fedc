"""The build that dlv will run at F5, run before: what it compiles is in Go's cache then, and F5 only links.

With `-gcflags=all=-N -l` Go compiles everything anew the first time, the standard library too (Go 1.26.8, a program with
net/http: 25 s of processor time). The words are dlv's own (Delve 1.27.1: `pkg/gobuild`), because the cache goes by them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from dapshim.golang.quoting import flag_value, split_flags
from dapshim.golang.spelling import paths
from dapshim.plan.environment import overlaid
from dapshim.plan.outcome import Build

_OFFLINE: Final = {"GOPROXY": "off", "GONOPROXY": "none", "GOVCS": "*:off"}
"""Nothing is fetched for it, neither a module nor a toolchain; the cache does not go by these."""

_HUMBLY: Final = """\
import os, sys
os.nice(19)
if hasattr(os, "SCHED_IDLE"):
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError:
        pass
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Linux takes a process of SCHED_IDLE for idle at the disk too (ioprio_get(2)), so that ionice is not needed."""


def warming(build: Build) -> tuple[str, ...]:
    """Return the command: dlv's own into nothing, at the lowest priority, on half of the processors."""
    verb, *rest = build.command(os.devnull)
    humbly = (sys.executable, "-I", "-S", "-c", _HUMBLY) if os.name == "posix" else ()
    return (*humbly, build.go, verb, f"-p={max((os.cpu_count() or 1) // 2, 1)}", *rest)


def warming_environment(build: Build, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the build, with which nothing is fetched."""
    return {**overlaid(environ, build.environment), "PWD": build.directory, **_OFFLINE}


def may_be_warmed(build: Build, environ: Mapping[str, str]) -> bool:
    """Say whether the build changes nothing but Go's cache: with -mod=mod it could change go.mod."""
    return paths.isabs(build.go) and flag_value(_words(build, environ), "mod") != "mod"


def _words(build: Build, environ: Mapping[str, str]) -> Sequence[str]:
    try:
        return [*split_flags(overlaid(environ, build.environment).get("GOFLAGS", "")), *build.flags]
    except ValueError:
        return ["-mod=mod"]
