"""One peer's connection: bytes to messages and back.

Whoever has something to send posts it, which gives it its place on the wire at once and never waits; one writer sends. So a
cancelled task can neither tear a message nor leave a gap in the numbers, and nobody needs a lock.

A link knows its ledger. It knows neither sessions nor shims, nor what a message means.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, Protocol

import trio

from dapshim.proxy import poller
from dapshim.proxy.low_water import LowWater
from dapshim.wire.framing import FrameReader, FramingError
from dapshim.wire.ledger import Ledger
from dapshim.wire.messages import MalformedError, Message, Parts
from dapshim.wire.parsing import parse_at_once, parse_in_turns

if TYPE_CHECKING:
    from dapshim.proxy.calls import Call

Edge = Literal["client", "adapter"]

CHUNK: Final = 64 * 1024
"""Bytes that are read from a client at once."""

ADAPTER_CHUNK: Final = 256 * 1024
"""Bytes that are read from an adapter at once, which may answer with megabytes."""

OUT_MARK: Final = 1024 * 1024
"""Bytes waiting to be sent above which the pump waits for the peer to read."""

JOINED: Final = 256 * 1024
"""Bytes that the writer joins into one send at most."""


class HasDescriptor(Protocol):
    """A socket, or one end of a pipe."""

    def fileno(self) -> int:
        """Return the descriptor, -1 when it is closed."""


class Link:
    """The connection to the client or to the adapter.

    `stream` is any Trio stream. When it has a file descriptor, small messages are written to it at once, without a turn of the
    scheduler; that is most of what a relay costs at a step.
    """

    def __init__(self, edge: Edge, stream: trio.abc.Stream, max_body: int) -> None:
        self.edge = edge
        self.stream = stream
        self.ledger: Ledger[Call] = Ledger()
        self.broken = False
        self._reader = FrameReader(max_body)
        self._fault: FramingError | MalformedError | None = None
        self._out_end, self._in_end = _ends(stream)
        self._buffer = memoryview(bytearray(CHUNK if edge == "client" else ADAPTER_CHUNK))
        self._spoken = False
        self.low_water = LowWater(stream if edge == "adapter" else None)
        self._out: deque[bytes | memoryview] = deque()
        self._out_bytes = 0
        self._writing = False
        self._ending = False
        self._work = trio.Event()
        self._drained = trio.lowlevel.ParkingLot()
        self._poller = poller.current() if self._in_end is not None else None

    # -- in ------------------------------------------------------------------------------------------------------------------

    @property
    def begun_well(self) -> bool:
        """Whether the first bytes have come and look like the beginning of a message."""
        return self._reader.begun_well

    async def receive(self, at_once: Callable[[list[Message]], bool] | None = None) -> list[Message]:
        """Wait for bytes and return the messages that they complete: an empty list when none is complete yet.

        Where there is a poller, `at_once` gets them first, in the poller's turn and as soon as they come, also when they
        complete no message; while it returns True, this goes on waiting. It must not wait for anything itself.

        Raises:
            EndOfLinkError: the peer has ended the stream, also by a reset, or in the middle of a message.
            FramingError, MalformedError: what it sends is not DAP; all messages before that have been returned.

        """
        if self._fault is not None:
            raise self._fault
        try:
            bodies = await self._next_bodies(at_once)
        except (trio.BrokenResourceError, trio.ClosedResourceError, ConnectionError):
            raise EndOfLinkError from None
        except FramingError as error:
            self._fault = error
            raise
        messages: list[Message] = []
        for body in bodies:
            try:
                messages.append(parse_at_once(body) or await _parse_slowly(body))
            except MalformedError as error:
                error.raw = body
                self._fault = error
                if not messages:
                    raise
                break
        self._spoken = self._spoken or bool(messages)
        return messages

    async def _next_bodies(self, at_once: Callable[[list[Message]], bool] | None) -> list[bytes]:
        """Wait for bytes and return the bodies that they complete."""
        end = self._in_end
        if end is None:
            return self._cut(bytes(await self.stream.receive_some(CHUNK)))
        if self._poller is not None and at_once is not None:
            descriptor = _open_descriptor(end)
            left: list[bytes] = []
            self._choose_low_water()
            await self._poller.serve(descriptor, lambda: self._pass_at_once(end, descriptor, at_once, left))
            return left
        while True:
            # A turn of the scheduler each time, so that a peer which never pauses cannot starve the others.
            descriptor = _open_descriptor(end)
            self._choose_low_water()
            await trio.lowlevel.wait_readable(descriptor)
            bodies = self._read(end, descriptor)
            if bodies is not None:
                return bodies

    def _pass_at_once(
        self, end: HasDescriptor, descriptor: int, at_once: Callable[[list[Message]], bool], left: list[bytes]
    ) -> bool:
        """Read once and hand on what came; return whether to go on. What is not for a poller's turn is `left`."""
        bodies = self._read(end, descriptor)
        if bodies is None:
            return True
        messages: list[Message] = []
        for number, body in enumerate(bodies):
            message = parse_at_once(body)
            if message is None:
                left += bodies[number:]
                break
            messages.append(message)
            self._spoken = True
        if not at_once(messages) or left or self._fault is not None:
            return False
        self._choose_low_water()
        return True

    def _read(self, end: HasDescriptor, descriptor: int) -> list[bytes] | None:
        """Read with one system call, into a buffer that stays; return the bodies that are complete, None when nothing came.

        Raises:
            ClosedResourceError: it was closed since it became readable.
            EndOfLinkError: the peer has ended the stream.
            OSError: the same, by a reset.
            FramingError: see `FrameReader`.

        """
        if end.fileno() != descriptor:
            # The number may be that of another session's connection by now.
            raise trio.ClosedResourceError
        try:
            room = self._reader.room
            if room is None:
                return self._cut(self._buffer[: os.readv(descriptor, [self._buffer])])
            with room:
                filled = os.readv(descriptor, [room])
        except BlockingIOError:
            return None
        if not filled:
            raise EndOfLinkError
        return self._reader.fill(filled)

    def _cut(self, data: bytes | memoryview) -> list[bytes]:
        if not data:
            raise EndOfLinkError
        bodies = self._reader.feed(data)
        self._fault = self._reader.failure
        return bodies

    def _choose_low_water(self) -> None:
        # Only after a first message: whoever speaks something else is to be seen at once.
        if self._spoken and self.low_water.heeded:
            self.low_water.wait_for(self._reader.missing)

    # -- out -----------------------------------------------------------------------------------------------------------------

    def post(self, parts: Parts) -> None:
        """Give an encoded message its place on the wire; `push` sends it."""
        if self.broken:
            return
        self._out.extend(parts)
        for part in parts:
            self._out_bytes += len(part)

    def push(self) -> None:
        """Send what was posted: at once as far as the peer takes it, the rest by the writer."""
        if self._out:
            if self._out_end is not None and not self._writing:
                self._write_at_once(self._out_end)
            if self._out:
                self._work.set()

    @property
    def full(self) -> bool:
        """Whether the peer has to read before more may be posted."""
        return self._out_bytes > OUT_MARK and not self.broken

    async def room(self) -> None:
        """Wait until the peer has read enough that more may be posted."""
        while self.full:
            await self._drained.park()

    async def write(self) -> None:
        """Send what `push` could not, until `finish`; the writer's whole life."""
        while True:
            while self._out:
                await self._send(self._take())
            if self._ending:
                return
            self._work = trio.Event()
            await self._work.wait()

    async def finish(self, seconds: float) -> None:
        """Send all that is left, for at most `seconds`, then end our half of the stream; what comes can still be read."""
        with trio.move_on_after(seconds) as scope:
            while (self._out or self._writing) and not self.broken:
                self._work.set()
                await self._drained.park()
        self._ending = True
        self._work.set()
        if scope.cancelled_caught or self.broken:
            return
        if isinstance(self.stream, trio.abc.HalfCloseableStream):
            try:
                await self.stream.send_eof()
            except (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError):
                self.broken = True

    async def drain(self) -> None:
        """Read and drop what the peer still sends, until it ends the stream: a close with unread bytes would be a reset."""
        try:
            while await self.stream.receive_some(CHUNK):
                pass
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError):
            return

    async def close(self) -> None:
        """Close both halves now."""
        self.broken = True
        if self._poller is not None and self._in_end is not None:
            self._poller.closing(self._in_end.fileno())
        self._drop()
        await trio.aclose_forcefully(self.stream)

    # -- sending -------------------------------------------------------------------------------------------------------------

    def _write_at_once(self, end: HasDescriptor) -> None:
        while self._out:
            batch = self._take()
            try:
                written = os.write(_open_descriptor(end), batch)
            except BlockingIOError:
                written = 0
            except (OSError, trio.ClosedResourceError):
                self._fail()
                return
            if written < len(batch):
                self._out.appendleft(memoryview(batch)[written:])
                self._out_bytes += len(batch) - written
                return
        if self._drained:
            self._drained.unpark_all()

    async def _send(self, batch: bytes | memoryview) -> None:
        self._writing = True
        self._out_bytes += len(batch)
        try:
            await self.stream.send_all(batch)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._fail()
            return
        finally:
            self._writing = False
            self._out_bytes = max(0, self._out_bytes - len(batch))
        if self._out_bytes <= OUT_MARK:
            self._drained.unpark_all()

    def _take(self) -> bytes | memoryview:
        """Take the next piece to send, many small ones as one."""
        first = self._out.popleft()
        size = len(first)
        if not self._out or size > JOINED:
            self._out_bytes -= size
            return first
        pieces = [first]
        while self._out and size + len(self._out[0]) <= JOINED:
            piece = self._out.popleft()
            size += len(piece)
            pieces.append(piece)
        self._out_bytes -= size
        return b"".join(pieces)

    def _fail(self) -> None:
        """Note that the peer takes nothing any more; what it sent before is still read and passed on."""
        self.broken = True
        self._drop()

    def _drop(self) -> None:
        self._out.clear()
        self._out_bytes = 0
        self._drained.unpark_all()


class EndOfLinkError(Exception):
    """The peer has ended its stream."""


async def _parse_slowly(body: bytes) -> Message:
    """Read an unusual message; the other sessions go on meanwhile, because a large one can take seconds."""
    turns = parse_in_turns(body)
    while True:
        try:
            next(turns)
        except StopIteration as stop:
            message: Message = stop.value
            return message
        await trio.lowlevel.checkpoint()


def _open_descriptor(end: HasDescriptor) -> int:
    """Return the descriptor of one end, which whoever owns the stream may have closed."""
    descriptor = end.fileno()
    if descriptor < 0:
        raise trio.ClosedResourceError
    return descriptor


def _ends(stream: trio.abc.Stream) -> tuple[HasDescriptor | None, HasDescriptor | None]:
    """Return what a POSIX system writes to and reads from for this stream, None where there is no descriptor."""
    if os.name == "nt":
        return None, None
    if isinstance(stream, trio.SocketStream):
        return stream.socket, stream.socket
    if isinstance(stream, trio.StapledStream):
        ends = stream.send_stream, stream.receive_stream
        if isinstance(ends[0], trio.lowlevel.FdStream) and isinstance(ends[1], trio.lowlevel.FdStream):
            return ends
    return None, None
