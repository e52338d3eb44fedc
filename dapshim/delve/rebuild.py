"""The build of a restart, before Delve is asked to: Delve ends the running program first and builds then.

It is the very command that Delve would run, into the same file, so Delve can be told not to build (Go 1.26 and Delve 1.27.1: a
restart then takes as long as a plain one). The go command puts a program in place by renaming it: the one that runs keeps its
file, and one that fails to build changes nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dapshim.delve.build_errors import BuildFailure, Folders, read_gos
from dapshim.delve.go_build import run_go
from dapshim.plan.environment import overlaid
from dapshim.plan.outcome import Build

if TYPE_CHECKING:
    from dapshim.delve.guardian import Guardian


async def rebuild(build: Build, output: str | None, guardian: Guardian | None = None) -> BuildFailure | None:
    """Run the build, into `output` (None: into nothing); return how it failed, None when it did not.

    When this is cancelled, the go command and all its tools are ended; when dapshim itself is killed, `guardian` does that.
    """
    words = build.command(output or os.devnull)
    command = " ".join(("go", *words))
    try:
        environ = overlaid(os.environ, build.environment)
        status, printed = await run_go((build.go, *words), build.directory, environ, guardian)
    except OSError as error:
        return read_gos(command, "", folders_of(build), status=error.strerror or str(error))
    if status == 0:
        return None
    return read_gos(command, printed.decode("utf-8", "replace"), folders_of(build), status=f"exit status {status}")


def folders_of(build: Build) -> Folders:
    """Return what must be known to tell where the paths lead that the go command prints."""
    real = os.path.realpath(build.directory)
    return Folders(build.directory, seen_as=real if real != build.directory else None, modules=build.modules)
