"""One launch plan in a process of its own, timed: `one_plan.py WORKSPACE PROGRAM`.

Prints two times in milliseconds, and what came of it: loading the planner, once for each dapshim, in which what every dapshim
has loaded is loaded already; and from the arguments to the plan, with nothing remembered from before. The go command is the
PATH's, and it is asked as often as the plan asks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

# A script's own folder is on its path, not the tree that the folder stands in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import dapshim.cli.serve
import dapshim.options.sources
import dapshim.proxy.session  # noqa: F401 - what every dapshim has loaded that serves a session

BEGUN = time.perf_counter()

from dapshim.golang.files import CachedFiles, RealFiles  # noqa: E402 - timed
from dapshim.golang.toolchain import ENV_COMMAND, GoEnv, parse_env  # noqa: E402 - the same
from dapshim.plan.facts import Facts  # noqa: E402 - the same
from dapshim.plan.launching import plan_launch  # noqa: E402 - the same
from dapshim.plan.outcome import PlanError  # noqa: E402 - the same

LOADED = time.perf_counter()


class Go:
    """The go command of the PATH."""

    def __init__(self) -> None:
        self.path = shutil.which("go") or "go"

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        """See `dapshim.plan.facts.Go`."""
        done = subprocess.run([self.path, *ENV_COMMAND], cwd=directory, env=environ, capture_output=True, check=False)
        return parse_env(done.stdout, go=self.path, environ=environ, files=RealFiles(), stderr=done.stderr)


class NoProcesses:
    """A launch asks for none."""

    def named(self, name: str) -> tuple[tuple[int, str], ...]:
        """See `dapshim.plan.facts.Processes`."""
        raise AssertionError(name)


def plan(workspace: str, program: str) -> str:
    """Plan, and return what came of it."""
    home = os.environ.get("HOME", "/")
    facts = Facts(CachedFiles(RealFiles()), os.environ, workspace, home, Go(), NoProcesses(), workspace)
    try:
        found = plan_launch({"mode": "debug", "program": program}, facts)
    except PlanError as error:
        return str(error)
    return f"builds {found.build.directory if found.build is not None else 'nothing'}"


if __name__ == "__main__":
    asked = time.perf_counter()
    outcome = plan(*sys.argv[1:])
    print(f"{(LOADED - BEGUN) * 1e3:.3f} {(time.perf_counter() - asked) * 1e3:.3f} {outcome}")
