"""stdin and stdout as pygls wants them: lines and exact numbers of bytes to read, and a writer that takes all at once.

A client that sends no end of a header, or announces a body of gigabytes, is not read to the end. Knows no LSP.
"""

from __future__ import annotations

import os
from collections import deque
from typing import Final, Protocol

import trio

HEADER_MOST: Final = 8 * 1024
"""Bytes of one line of a header; pygls and every client send some thirty."""
BODY_MOST: Final = 256 * 1024 * 1024
"""Bytes of one message: an editor that opens a file sends all of it."""
WAITING_MOST: Final = 64 * 1024 * 1024
"""Bytes that a client may leave unread."""
CHUNK: Final = 64 * 1024


class Source(Protocol):
    """Where bytes come from."""

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Wait for bytes; none is the end."""


class Sink(Protocol):
    """Where bytes go."""

    async def send_all(self, data: bytes) -> None:
        """Send them all."""


class Inbox:
    """Reads for `pygls.io_.run_async`: "" and b"" are the end, for which a client that talks nonsense is taken as well."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept = bytearray()
        self._ended = False

    async def readline(self) -> bytes:
        """Return a line with its end."""
        looked = 0
        while (at := self._kept.find(b"\n", looked)) < 0:
            looked = len(self._kept)
            if looked > HEADER_MOST or not await self._more():
                return b""
        return self._take(at + 1)

    async def readexactly(self, n: int) -> bytes:
        """Return that many bytes."""
        while len(self._kept) < n:
            if n > BODY_MOST or not await self._more():
                return b""
        return self._take(n)

    def end(self) -> None:
        """Say from now on that this is the end."""
        self._ended = True

    def _take(self, number: int) -> bytes:
        taken = bytes(self._kept[:number])
        del self._kept[:number]
        return b"" if self._ended else taken

    async def _more(self) -> bool:
        if self._ended:
            return False
        try:
            data = await self._source.receive_some(CHUNK)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            data = b""
        self._kept += data
        return bool(data)


class Outbox:
    """Takes what is to be written at once, in order; `run` writes it. What a client does not read is kept, up to a limit."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._more = trio.Event()
        self._closed = False
        self.broken = trio.Event()
        """Set when nobody reads any more."""
        self.finished = trio.Event()
        """Set when `run` has ended."""

    def write(self, data: bytes) -> None:
        """Have it written; returns at once."""
        if self.broken.is_set():
            return
        self._size += len(data)
        if self._size > WAITING_MOST:
            # The client hangs, or has stopped reading for good.
            self.broken.set()
        self._waiting.append(data)
        self._more.set()

    def close(self) -> None:
        """Let `run` end when all is written."""
        self._closed = True
        self._more.set()

    async def run(self) -> None:
        """Write until `close`, or until nobody reads."""
        try:
            await self._run()
        finally:
            self.finished.set()

    async def _run(self) -> None:
        while True:
            await self._more.wait()
            self._more = trio.Event()
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            try:
                if data:
                    await self._sink.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
                self.broken.set()
                self._waiting.clear()
                return
            if self._closed and not self._waiting:
                return
            if self._waiting:
                self._more.set()


class ThreadedPipe:
    """A pipe where Trio has no stream for one, as on Windows: each read and write waits in a thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """See `Source`. A thread that still waits is left alone when this is cancelled."""
        return await trio.to_thread.run_sync(os.read, self._descriptor, max_bytes or CHUNK, abandon_on_cancel=True)

    async def send_all(self, data: bytes) -> None:
        """See `Sink`."""
        await trio.to_thread.run_sync(self._write, data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


def standard_streams() -> tuple[Source, Sink]:
    """Return our stdin and stdout; whatever else prints goes to stderr from now on."""
    incoming, outgoing = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    if hasattr(trio.lowlevel, "FdStream"):
        return trio.lowlevel.FdStream(incoming), trio.lowlevel.FdStream(outgoing)
    return ThreadedPipe(incoming), ThreadedPipe(outgoing)
