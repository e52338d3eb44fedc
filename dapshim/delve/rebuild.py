"""The build of a restart, before Delve is asked to: Delve ends the running program first and builds then.

It is the very command that Delve will run, into the same file. The go command puts a program in place by renaming it, so the
one that runs keeps its file, and one that fails to build changes nothing. Delve's own build then finds everything done (Go
1.26: 0.1 s instead of 0.3 s for a small program).
"""

from __future__ import annotations

import os
import signal
import subprocess

import trio

from dapshim.delve.build_errors import BuildFailure, Folders, read_gos
from dapshim.plan.environment import overlaid
from dapshim.plan.outcome import Build


async def rebuild(build: Build, output: str | None) -> BuildFailure | None:
    """Run the build, into `output` (None: into nothing); return how it failed, None when it did not.

    When this is cancelled, the go command and all its tools are ended.
    """
    words = build.command(output or os.devnull)
    command = " ".join(("go", *words))
    environ = overlaid(os.environ, build.environment)
    try:
        done = await trio.run_process(
            [build.go, *words],
            cwd=build.directory,
            env=environ,
            stdin=b"",
            capture_stdout=True,
            stderr=subprocess.STDOUT,
            check=False,
            start_new_session=True,
            deliver_cancel=_end_group,
        )
    except OSError as error:
        return read_gos(command, "", folders_of(build), status=error.strerror or str(error))
    if done.returncode == 0:
        return None
    printed = bytes(done.stdout or b"").decode("utf-8", "replace")
    return read_gos(command, printed, folders_of(build), status=f"exit status {done.returncode}")


def folders_of(build: Build) -> Folders:
    """Return what must be known to tell where the paths lead that the go command prints."""
    real = os.path.realpath(build.directory)
    return Folders(build.directory, seen_as=real if real != build.directory else None, modules=build.modules)


async def _end_group(process: trio.Process) -> None:
    """End a build with its tools, as its own session; go itself last, so that it removes its work folder."""
    from dapshim.delve import remains

    await trio.to_thread.run_sync(remains.stop_build, process.pid)
    with trio.move_on_after(1.0, shield=True):
        await process.wait()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
