"""The end of a dlv: it is let go of, or given a short grace and then ended with what it leaves behind.

Knows which processes go when (a rule of Delve's own, told by `groups`); knows nothing of `disconnect` or of who asked for it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Final

import trio

from dapshim.delve import remains
from dapshim.delve.process import DlvProcess

log = logging.getLogger(__name__)

LOOK: Final = 0.1
"""Seconds between two looks for a build, during which dlv reads nothing and cannot be asked to end."""

LIMIT: Final = remains.PATIENCE + 2.0
"""Seconds that the unavoidable part may take, whoever is cancelled: what it does is bounded by `remains.PATIENCE`."""


async def end_dlv(
    process: DlvProcess, *, groups: Collection[int] | None, grace: float, binaries: Collection[str] = ()
) -> list[str]:
    """End a dlv, what it debugs or builds, and the temporary binaries.

    Its connection is closed first, which dlv takes as the end: Delve 1.27.1 then ends by itself, with its program, in 0.2 s,
    unless it builds. A build is made to fail at once, so that `go` removes its work folder and dlv its binary. What is left
    after `grace` is killed. A caller who is cancelled gives up the grace, nothing else. The pipes stay open for their reader.

    Args:
        process: the dlv; when this returns it is reaped.
        groups: None before Delve's `process` event: every process of dlv's session is ended. After it the process groups
            of the program; with dlv's own they are ended, and what a normally ended program left in another one lives.
        grace: seconds that dlv has to end by itself.
        binaries: temporary binaries that are known already, as absolute paths.

    Returns:
        The temporary binaries that were seen; none of them exists any more.

    """
    temporary = set(binaries)
    within = None if groups is None else {process.pid, *groups}
    try:
        await trio.aclose_forcefully(process.stream)
        with trio.move_on_after(grace):
            async with trio.open_nursery() as nursery:
                if groups is None:
                    nursery.start_soon(_stop_builds, process, temporary)
                await process.wait()
                nursery.cancel_scope.cancel()
    finally:
        with trio.move_on_after(LIMIT, shield=True):
            temporary.update(await _look(process))
            left = await trio.to_thread.run_sync(remains.end, process.pid, within)
            for path in temporary:
                await trio.to_thread.run_sync(_remove, path)
            if left:
                log.warning("processes %s of dlv %d could not be ended", left, process.pid)
            if process.pid not in left:
                await process.wait()
    return sorted(temporary)


async def let_go(process: DlvProcess) -> None:
    """Close the connection of a dlv that is attached to a program, and wait for it to let go and end, however long.

    dlv is never killed: that would leave breakpoint instructions in a living process. When this is cancelled, dlv goes on
    alone. The pipes stay open: a dlv that writes its log to a closed one would die.
    """
    await trio.aclose_forcefully(process.stream)
    await process.wait()


async def _look(process: DlvProcess) -> list[str]:
    return await trio.to_thread.run_sync(partial(remains.debug_binaries, process.pid, process.started))


async def _stop_builds(process: DlvProcess, temporary: set[str]) -> None:
    """Stop the build that runs, or one that starts in the grace: dlv reads the launch before it reads the end."""
    while True:
        # Looked at before, because a build that has ended no longer tells what it wrote.
        temporary.update(await _look(process))
        await trio.to_thread.run_sync(remains.stop_build, process.pid)
        await trio.sleep(LOOK)


def _remove(path: str) -> None:
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        log.warning("the temporary binary %s stays: %s", path, error.strerror)
