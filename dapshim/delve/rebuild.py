"""The build of a restart, before Delve is asked to: Delve ends the running program first and builds then.

It is the very command that Delve will run, into the same file. The go command puts a program in place by renaming it, so the
one that runs keeps its file, and one that fails to build changes nothing. Delve's own build then finds everything done (Go
1.26: 0.1 s instead of 0.3 s for a small program).
"""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import trio

from dapshim.delve.build_errors import BuildFailure, Folders, read_gos
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
        status, printed = await _run(build, words, guardian)
    except OSError as error:
        return read_gos(command, "", folders_of(build), status=error.strerror or str(error))
    if status == 0:
        return None
    return read_gos(command, printed.decode("utf-8", "replace"), folders_of(build), status=f"exit status {status}")


async def _run(build: Build, words: tuple[str, ...], guardian: Guardian | None) -> tuple[int, bytes]:
    """Run the go command; return its exit status and what it printed.

    Raises:
        OSError: it cannot be run.

    """
    failed: OSError | None = None
    done: subprocess.CompletedProcess[bytes] | None = None

    async def run(task_status: trio.TaskStatus[trio.Process | None]) -> None:
        nonlocal done, failed
        try:
            done = await trio.run_process(
                [build.go, *words],
                cwd=build.directory,
                env=overlaid(os.environ, build.environment),
                stdin=b"",
                capture_stdout=True,
                stderr=subprocess.STDOUT,
                check=False,
                start_new_session=True,
                deliver_cancel=_end_group,
                task_status=task_status,
            )
        except OSError as error:
            failed = error
            task_status.started(None)

    process: trio.Process | None = None
    try:
        async with trio.open_nursery() as nursery:
            process = await nursery.start(run)
            if process is not None and guardian is not None:
                guardian.build(process.pid)
    finally:
        if process is not None and guardian is not None:
            guardian.forget(process.pid)
    if done is None:
        raise failed or OSError("the go command was not waited for")
    return done.returncode, bytes(done.stdout or b"")


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
