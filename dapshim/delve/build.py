"""The build with which Delve begins a session, seen from outside: only while it runs can anybody tell what it writes.

Knows processes; knows nothing of `launch`, or of what becomes of the binary.
"""

from __future__ import annotations

import os
from typing import Final

import trio

from dapshim.delve import remains
from dapshim.delve.process import DlvProcess

LOOK: Final = 0.05
"""Seconds between two looks, which take a few milliseconds each; the shortest `go build` takes 0.1 s with Go 1.26."""

PATIENCE: Final = 15.0
"""Seconds in which a build must have begun, else there is none; Delve 1.27.1 begins it at once."""


async def binary_of_build(process: DlvProcess) -> str | None:
    """Wait until a dlv builds, and return the absolute path of the temporary binary that it will have to remove.

    None when dlv ends first, or `PATIENCE` does. It is what a `go build -o` of dlv's own process session says that it writes,
    so it belongs to this dlv alone.
    """
    with trio.move_on_after(PATIENCE):
        while process.returncode is None:
            found = await trio.to_thread.run_sync(remains.debug_binaries, process.pid)
            if found:
                return found[0]
            await trio.sleep(LOOK)
    return None


async def built(path: str) -> bool:
    """Wait until nobody builds the binary at `path` any more; say whether it is there, whole.

    Delve 1.27.1 makes an empty file first, which go replaces; what a build that has failed leaves is empty. False, too, where
    the system has no way to wait for the go command.
    """
    try:
        pid = await trio.to_thread.run_sync(remains.builder_of, path)
        descriptor = remains.pidfd(pid) if pid is not None else None
    except ProcessLookupError:
        pid = descriptor = None
    if descriptor is not None:
        try:
            await trio.lowlevel.wait_readable(descriptor)
        finally:
            os.close(descriptor)
    elif pid is not None:
        return False
    try:
        return os.stat(path).st_size > 0  # noqa: PTH116 - a text, as the system has it
    except OSError:
        return False
