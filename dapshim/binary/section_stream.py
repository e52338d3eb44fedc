"""A section's bytes from its beginning to its end, unpacked as they are asked for.

A reader of unit headers needs some bytes of every few kilobytes: nothing of a section is kept but a window, so the debug info
of a 100 MB program (40 MB) costs its time to unpack and no memory. What a section claims is not believed before it is there.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, Protocol

from dapshim.binary.errors import BinaryError
from dapshim.binary.image import WIDE, Image, Section

_READ: Final = 128 * 1024
_UNPACKED: Final = 512 * 1024
_ZDEBUG: Final = struct.Struct(">4sQ")
_CHDR_64, _CHDR_32 = 24, 12


class _Unpacker(Protocol):
    def decompress(self, data: bytes, /, max_length: int = ...) -> bytes: ...

    @property
    def unconsumed_tail(self) -> bytes: ...

    @property
    def eof(self) -> bool: ...


def unpacked_size(image: Image, section: Section) -> int:
    """Return how large a section says that it is, unpacked; raise BinaryError for one that is too short to say so."""
    head = image.source.read(section.offset, min(section.file_size, _CHDR_64))
    if section.compression == "zdebug":
        if len(head) < _ZDEBUG.size or head[:4] != b"ZLIB":
            return section.file_size
        return int(_ZDEBUG.unpack_from(head)[1])
    if not section.compression:
        return section.file_size
    wide = image.pointer_size == WIDE
    if len(head) < (_CHDR_64 if wide else _CHDR_32):
        raise BinaryError("truncated", f"truncated: section {section.name} is too short for its compression header")
    return int(struct.unpack_from(image.order + ("8xQ" if wide else "4xI"), head)[0])


class SectionStream:
    """Reads a section in one direction: a place before the last one cannot be read any more."""

    def __init__(self, image: Image, section: Section) -> None:
        """Raise BinaryError for what is compressed in a way that this Python cannot unpack (zstd before 3.14)."""
        self._source = image.source
        self._section = section
        self.size = unpacked_size(image, section)
        self._next = section.offset
        self._end = section.offset + section.file_size
        if self._end > image.source.size:
            raise BinaryError(
                "truncated", f"truncated: section {section.name} ends at byte {self._end}, the file at {image.source.size}"
            )
        self._unpacker: _Unpacker | None = None
        if section.compression == "zlib":
            self._next += _CHDR_64 if image.pointer_size == WIDE else _CHDR_32
            self._unpacker = zlib.decompressobj()
        elif section.compression == "zdebug":
            if self._source.read(section.offset, 4) == b"ZLIB":
                self._next += _ZDEBUG.size
                self._unpacker = zlib.decompressobj()
        elif section.compression:
            raise BinaryError("unsupported", f"not supported: section {section.name} is compressed with {section.compression}")
        self._window = b""
        self._start = 0
        self._tail = b""

    def read(self, at: int, length: int) -> bytes:
        """Return the bytes at `at`, fewer at the section's end; raise BinaryError where they do not unpack."""
        length = min(length, self.size - at)
        if length <= 0:
            return b""
        if self._unpacker is None:
            return self._source.read(self._section.offset + at, length)
        if at < self._start:
            raise BinaryError("malformed", f"section {self._section.name} is read backwards")
        while self._start + len(self._window) < at + length:
            more = self._more()
            if not more:
                claimed, found = self.size, self._start + len(self._window)
                raise BinaryError("malformed", f"section {self._section.name} claims {claimed} bytes and unpacks to {found}")
            if self._start + len(self._window) <= at:
                self._start += len(self._window)
                self._window = more
            else:
                kept = max(0, at - self._start)
                self._window = self._window[kept:] + more
                self._start += kept
        begin = at - self._start
        return self._window[begin : begin + length]

    def _more(self) -> bytes:
        """Unpack some more; b"" at the end."""
        unpacker = self._unpacker
        assert unpacker is not None  # noqa: S101 - asked for compressed sections only
        while not unpacker.eof:
            data = self._tail
            if not data:
                data = self._source.read(self._next, min(_READ, self._end - self._next))
                self._next += len(data)
            try:
                found = unpacker.decompress(data, _UNPACKED)
            except zlib.error as error:
                raise BinaryError("malformed", f"section {self._section.name} does not unpack: {error}") from error
            self._tail = unpacker.unconsumed_tail
            if found:
                return found
            if not data:
                break
        return b""
