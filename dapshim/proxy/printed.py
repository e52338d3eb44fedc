"""What dlv and the program print on their pipes: handed to the shim that wants it, else to our own stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

import trio

from dapshim.proxy.pipeline import Pipeline


async def hand_on(pipeline: Pipeline, category: str, stream: trio.abc.ReceiveStream, *, hurry: Callable[[], bool]) -> None:
    """Hand on all that a pipe says until it ends, and close it.

    A program that prints faster than the client reads has to wait too, unless there is reason to `hurry` (law 1).

    Raises:
        QueueFullError: more waits for the client than memory is allowed for.

    """
    with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        async with stream:
            async for data in stream:
                if not await pipeline.offer_output(category, bytes(data)):
                    # In a thread, because whoever started us may not read it; then only this program waits.
                    await trio.to_thread.run_sync(_write_all, sys.stderr.fileno(), bytes(data), abandon_on_cancel=True)
                await pipeline.to_client.below_mark(unless=hurry)


def _write_all(descriptor: int, data: bytes) -> None:
    """Write to a descriptor, and block until it is done, or nobody reads there any more."""
    rest = memoryview(data)
    with contextlib.suppress(OSError):
        while rest:
            rest = rest[os.write(descriptor, rest) :]
