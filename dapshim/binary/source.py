"""Where the bytes of an executable come from: ranges of a file, of a larger file, or of a running target's memory."""

from __future__ import annotations

from typing import Literal, Protocol

import attrs

from dapshim.binary.errors import BinaryError


class ByteSource(Protocol):
    """Bytes that are read by ranges; nobody reads more than they need."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset` on, fewer than `length` at the end; no memory is taken for what is not there."""


FileKind = Literal["file", "directory", "pipe", "socket", "device"]


@attrs.frozen
class FileState:
    """What the disk says of a file. `executable`: one of its three x bits is set; None where there are no such bits."""

    path: str
    kind: FileKind = "file"
    executable: bool | None = None
    size: int = 0
    modified: float = 0.0
    """Seconds since the epoch."""


@attrs.frozen
class BytesSource:
    """Bytes that are at hand."""

    data: bytes = attrs.field(repr=False)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset` on."""
        return self.data[offset : offset + length]


@attrs.frozen
class Part:
    """A range of another source: one architecture of a universal Mach-O file."""

    whole: ByteSource
    start: int
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset` on, never those behind the part."""
        return self.whole.read(self.start + offset, max(0, min(length, self.size - offset)))


def read_exactly(source: ByteSource, offset: int, length: int, what: str) -> bytes:
    """Return `length` bytes at `offset`; raise BinaryError (`truncated`) naming `what` where the source ends before them."""
    end = offset + length
    if offset < 0 or length < 0 or end > source.size:
        raise BinaryError("truncated", f"truncated: {what} ends at byte {end}, the file at {source.size}")
    data = source.read(offset, length)
    if len(data) != length:
        raise BinaryError("truncated", f"truncated: {what} ends at byte {end}, only {len(data)} bytes at {offset} can be read")
    return data
