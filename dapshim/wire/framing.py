r"""Frames of the Debug Adapter Protocol's base protocol: bytes in, bodies out.

The rules of this file:

1. What goes out is exactly `Content-Length: N\r\n\r\n` and the body. go-dap 0.12.0 (Delve 1.27.1) refuses any other header
   line, in either order, and any other spelling.
2. What comes in may spell the header's name in any case and may bring other headers, which are ignored. A line that is no
   header (an HTTP request line) and an `Origin` header are refused as soon as they are seen, before the header has ended: a
   page in a browser must not be able to talk to a debugger.
3. A failure is sticky: after the first one nothing more is read. The bodies that came before it are handed out first.

This file knows neither JSON nor which side it serves.
"""

from __future__ import annotations

import io
import re
from typing import Final

MAX_HEADER: Final = 16 * 1024
"""Bytes of one message's header at most; h11 allows an HTTP header section as much."""

MAX_CLIENT_BODY: Final = 32 * 1024 * 1024
"""Bytes of a body that a client may send: eight times what Delve reads, so that a request which is too large for Delve can
still be answered with a sentence instead of a closed connection."""

MAX_ADAPTER_BODY: Final = 64 * 1024 * 1024
"""Bytes of a body that an adapter may send. Delve 1.27.1: a `readMemory` of a 69 MB program's tables answered 21 MB."""

DELVE_MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes of a body that Delve reads. go-dap 0.12.0: `contentMaxLength`; above it Delve closes the connection."""

_LARGE: Final = 256 * 1024
"""Bytes that a body lacks above which it gets a place of its own, that the reader of the stream can fill directly."""

_GROWTH: Final = 4 * 1024 * 1024
"""Bytes by which such a place grows: a lying length costs no more memory than this."""

_USUAL_HEADER = re.compile(rb"Content-Length: ([0-9]{1,12})\r\n\r\n")
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_BEGUN_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]*(?::.*)?\r?", re.DOTALL)
_LENGTH = re.compile(rb"[0-9]{1,12}")


class FramingError(Exception):
    """The peer does not speak the base protocol; nothing that it sends can be read any more."""


def frame(body: bytes) -> bytes:
    """Return `body` with the one header that Delve accepts before it."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class FrameReader:
    """Cuts a stream of bytes into message bodies.

    `max_body` is the number of bytes that a body may have; a header that announces more fails at once, before any of the
    body is read, so a lying length costs no memory.
    """

    def __init__(self, max_body: int) -> None:
        self.max_body = max_body
        self.failure: FramingError | None = None
        self._buffer = bytearray()
        self._any = False  # a header has been read
        self._line = 0  # where the header line that is being waited for begins, counted from the header's first byte
        self._announced: int | None = None  # the length that a line before it has announced
        self._body: int | None = None  # the length of the body that is being waited for
        self._large: _LargeBody | None = None

    @property
    def at_rest(self) -> bool:
        """Whether the stream may end here: no message has been begun."""
        return not self._buffer and self._body is None

    @property
    def begun_well(self) -> bool:
        """Whether bytes have come and look like the beginning of a message."""
        return self.failure is None and (self._any or len(self._buffer) >= len(b"Content-Length:"))

    @property
    def missing(self) -> int:
        """How many bytes the body that is being waited for still lacks; 0 when its length is not known yet."""
        if self._large is not None:
            return self._large.length - self._large.filled
        return 0 if self._body is None else max(0, self._body - len(self._buffer))

    @property
    def room(self) -> memoryview | None:
        """Where the next bytes of a large body belong, to be filled in place and told to `fill`; None when `feed` takes them.

        A body of 10 MB that is fed in pieces is copied twice more, into memory that the system has to clear first.
        """
        return None if self._large is None else self._large.room()

    def fill(self, count: int) -> list[bytes]:
        """Note that `count` bytes were put into `room`; return the body when it is complete, as `feed` does."""
        large = self._large
        if large is None or not large.grown(count):
            return []
        self._large = self._body = None
        return [large.whole()]

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Take the bytes that arrived and return the bodies that are complete now, in order.

        Raises:
            FramingError: the stream is not the base protocol. When bodies were complete before the fault they are returned,
                `failure` is set, and the next call raises.

        """
        if self.failure is not None:
            raise self.failure
        whole = self._one_whole(data)
        if whole is not None:
            return [whole]
        filled: list[bytes] = []
        while data and (room := self.room) is not None:
            taken = min(len(data), len(room))
            room[:taken] = data[:taken]
            room.release()
            filled += self.fill(taken)
            data = data[taken:]
        if not data:
            return filled
        try:
            return filled + self._feed(data)
        except FramingError:
            if not filled:
                raise
            return filled

    def _one_whole(self, data: bytes | bytearray | memoryview) -> bytes | None:
        """Return the body when `data` is one message from its first byte to its last, as at a step nearly always."""
        if self._buffer or self._body is not None:
            return None
        usual = _USUAL_HEADER.match(data)
        if usual is None or usual.end() + int(usual[1]) != len(data) or int(usual[1]) > self.max_body:
            return None
        self._any = True
        return bytes(data[usual.end() :])

    def _feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        self._buffer += data
        bodies: list[bytes] = []
        try:
            position = self._cut(bodies)
        except FramingError as error:
            self.failure = error
            self._buffer.clear()
            if not bodies:
                raise
            return bodies
        if position:
            del self._buffer[:position]
        if self._body is not None and self._body - len(self._buffer) > _LARGE:
            self._large = _LargeBody(self._body, self._buffer)
            self._buffer.clear()
        return bodies

    def _cut(self, bodies: list[bytes]) -> int:
        """Append every complete body to `bodies` and return how many bytes are used up."""
        position = 0
        with memoryview(self._buffer) as view:
            while True:
                if self._body is None:
                    position = self._read_header(position)
                    if self._body is None:
                        return position
                end = position + self._body
                if end > len(view):
                    return position
                bodies.append(bytes(view[position:end]))
                position = end
                self._body = None

    def _read_header(self, position: int) -> int:
        """Read a header at `position`: set `_body` and return where the body begins, or leave both when it is incomplete."""
        if position == len(self._buffer):
            return position
        usual = _USUAL_HEADER.match(self._buffer, position) if not self._line else None
        if usual is not None:
            self._body = self._checked_length(usual[1])
            return usual.end()
        start = position + self._line
        while True:
            end = self._buffer.find(b"\n", start, position + MAX_HEADER)
            if end < 0:
                self._check_begun_line(position, start)
                return position
            if self._buffer[end - 1 : end] != b"\r" or end == start:
                raise FramingError("a header line does not end in CR LF")
            line = bytes(self._buffer[start : end - 1])
            start = end + 1
            if not line:
                if self._announced is None:
                    raise FramingError("the header has no Content-Length")
                self._body, self._announced, self._line = self._announced, None, 0
                return start
            self._take_line(line)
            self._line = start - position

    def _take_line(self, line: bytes) -> None:
        """Note the length that a header line announces, if it is the line that does."""
        name, value = self._header_line(line)
        if name != b"content-length":
            return
        length = self._checked_length(value)
        if self._announced is not None and length != self._announced:
            raise FramingError(f"two Content-Length headers that differ: {self._announced} and {length}")
        self._announced = length

    def _check_begun_line(self, position: int, start: int) -> None:
        """Refuse an unfinished header line that is too long already or cannot become a header."""
        if len(self._buffer) - position >= MAX_HEADER:
            raise FramingError(f"the header has more than {MAX_HEADER} bytes")
        begun = bytes(self._buffer[start : start + 80])
        if _BEGUN_LINE.fullmatch(begun) is None:
            raise FramingError(f"not a header line: {begun!r}")

    @staticmethod
    def _header_line(line: bytes) -> tuple[bytes, bytes]:
        """Split a header line into its name in lower case and its value."""
        parts = _HEADER_LINE.fullmatch(line)
        if parts is None:
            raise FramingError(f"not a header line: {line[:80]!r}")
        name = parts[1].lower()
        if name == b"origin":
            raise FramingError("an Origin header: a web page tried to talk to the debugger")
        return name, parts[2]

    def _checked_length(self, value: bytes) -> int:
        """Return an announced length that is a number and within `max_body`."""
        if _LENGTH.fullmatch(value) is None:
            raise FramingError(f"Content-Length is not a number of at most 12 digits: {value[:40]!r}")
        length = int(value)
        if length > self.max_body:
            raise FramingError(f"a message of {length} bytes is announced; at most {self.max_body} are read")
        self._any = True
        return length


class _LargeBody:
    """A body in the making, as one piece of memory from the start: `BytesIO` hands its bytes out without a copy."""

    def __init__(self, length: int, begun: bytearray) -> None:
        self.length = length
        self.filled = len(begun)
        self._memory = io.BytesIO()
        self._memory.write(begun)

    def room(self) -> memoryview:
        """Return the memory for the next bytes; at most _GROWTH of them are ready at once."""
        size = len(self._memory.getbuffer())
        if size == self.filled:
            size = min(self.length, size + _GROWTH)
            self._memory.seek(size - 1)
            self._memory.write(b"\0")
        return self._memory.getbuffer()[self.filled :]

    def grown(self, count: int) -> bool:
        """Note `count` bytes more; return whether the body is complete."""
        self.filled += count
        return self.filled == self.length

    def whole(self) -> bytes:
        """Return the complete body."""
        return self._memory.getvalue()
