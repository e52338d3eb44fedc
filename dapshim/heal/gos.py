"""The Go that built a program, among those of this machine; nothing is downloaded, and no path that a program names is run."""

from __future__ import annotations

import os
import posixpath
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import attrs
import msgspec
import trio

from dapshim.heal.twin_build import C_VARIABLES, KEPT_OF_GO_ENV

GO: Final = "go.exe" if sys.platform == "win32" else "go"
_ASKED: Final = ("GOROOT", "GOVERSION", "GOHOSTOS", "GOHOSTARCH", *KEPT_OF_GO_ENV, *C_VARIABLES)
_VERSION_MOST: Final = 4096


class Run(Protocol):
    """Runs a command, mostly go's: see `dapshim.delve.go_build.run_go`."""

    async def __call__(self, command: Sequence[str], directory: str, environ: Mapping[str, str]) -> tuple[int, bytes]:
        """Return the exit status and what was printed. When it is cancelled, the command and its tools are ended.

        Raises:
            OSError: it cannot be run.

        """


@attrs.frozen
class Go:
    """A go command of one release, and what `go env` says."""

    command: str
    goroot: str
    env: Mapping[str, str]


class NoGo(Exception):  # noqa: N818 - it is what happened
    """No go command is of the release that built the program; the message is for a person."""


async def any_go(gos: Sequence[str], run: Run, environ: Mapping[str, str]) -> Go:
    """Return the person's first go command, whatever its release. Raises NoGo."""
    if not gos:
        raise NoGo("the go command was not found")
    env = await _asked(gos[0], run, environ)
    return Go(gos[0], env.get("GOROOT", ""), env)


async def go_of(version: str, gos: Sequence[str], recorded: str, run: Run, environ: Mapping[str, str]) -> Go:
    """Return the go command of exactly that version, `go1.26.8`.

    `gos` are the go commands of this machine, the person's first; the toolchains that the go command has downloaded and those
    of `~/sdk` are looked at too. `recorded` is the GOROOT that the program names: of several equal ones it is preferred,
    since its paths are in the program.

    Raises:
        NoGo: there is none, or `go env` fails.

    """
    release = version.partition("-X:")[0].partition(" ")[0]
    if not gos:
        raise NoGo("the go command was not found")
    env = await _asked(gos[0], run, environ)
    return await trio.to_thread.run_sync(_found, release, gos, recorded, env, environ)


def _found(release: str, gos: Sequence[str], recorded: str, env: Mapping[str, str], environ: Mapping[str, str]) -> Go:
    """Look for a GOROOT of the release. Raises NoGo. Blocks."""
    roots: dict[str, str] = {}
    if env.get("GOVERSION", "").partition("-X:")[0].partition(" ")[0] == release:
        roots[env["GOROOT"]] = gos[0]
    for root in _roots(gos, env, release, environ):
        command = str(Path(root, "bin", GO))
        if root not in roots and _release(root) == release and os.access(command, os.X_OK):
            roots[root] = command
    if not roots:
        raise NoGo(
            f"it was built with {release}, which is not on this machine; go install golang.org/dl/{release}@latest gets it"
        )
    same = next((root for root in roots if recorded and os.path.realpath(root) == os.path.realpath(recorded)), None)
    if same is not None:
        # Its spelling is in the program's paths; which command runs is still what was found here.
        return Go(roots[same], recorded, env)
    root = next(iter(roots))
    return Go(roots[root], root, env)


async def _asked(go: str, run: Run, environ: Mapping[str, str]) -> dict[str, str]:
    # Where no go.mod and no go.work is looked for.
    asking = {**environ, "GOTOOLCHAIN": "local", "GOWORK": "off"}
    try:
        status, printed = await run((go, "env", "-json", *_ASKED), os.sep, asking)
        if status == 0:
            return msgspec.json.decode(printed, type=dict[str, str])
        why = printed.decode(errors="replace").strip() or f"exit status {status}"
    except OSError as error:
        why = error.strerror or str(error)
    except msgspec.MsgspecError as error:
        why = f"its answer cannot be read: {error}"
    raise NoGo(f"{go} env failed: {why}")


def _roots(gos: Sequence[str], env: Mapping[str, str], release: str, environ: Mapping[str, str]) -> Iterator[str]:
    yield env.get("GOROOT", "")
    for go in gos:
        yield posixpath.dirname(posixpath.dirname(os.path.realpath(go)))
    cache = env.get("GOMODCACHE", "")
    yield f"{cache}/golang.org/toolchain@v0.0.1-{release}.{env.get('GOHOSTOS', '')}-{env.get('GOHOSTARCH', '')}"
    if home := environ.get("HOME", ""):
        yield f"{home}/sdk/{release}"


def _release(root: str) -> str:
    """Return the release of a GOROOT as its file VERSION has it (its first word; since Go 1.21 more follows)."""
    try:
        with Path(root, "VERSION").open("rb") as file:
            return (file.read(_VERSION_MOST).decode(errors="replace").split() or [""])[0]
    except OSError:
        return ""
