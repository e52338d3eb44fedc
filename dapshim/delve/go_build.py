"""Runs a go command so that nothing of it is left: neither when it is cancelled, nor when dapshim is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from dapshim.delve.guardian import Guardian


async def run_go(
    command: Sequence[str], directory: str, environ: Mapping[str, str], guardian: Guardian | None = None
) -> tuple[int, bytes]:
    """Run a go command; return its exit status and what it printed, errors included.

    When this is cancelled, the go command and all its tools are ended; when dapshim itself is killed, `guardian` does that.

    Raises:
        OSError: it cannot be run.

    """
    failed: OSError | None = None
    done: subprocess.CompletedProcess[bytes] | None = None

    async def run(task_status: trio.TaskStatus[trio.Process | None]) -> None:
        nonlocal done, failed
        try:
            done = await trio.run_process(
                list(command),
                cwd=directory,
                env=environ,
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


async def _end_group(process: trio.Process) -> None:
    """End a build with its tools, as its own session; go itself last, so that it removes its work folder."""
    from dapshim.delve import remains

    if await trio.to_thread.run_sync(remains.stop_build, process.pid):
        with trio.move_on_after(1.0, shield=True):
            await process.wait()
            return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
