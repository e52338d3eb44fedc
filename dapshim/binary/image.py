"""What an executable's container tells, whatever its format: sections, segments, and the bytes at an address.

The readers (`elf`, `pe`, `macho`) check every number against the file's size before they use it, so whoever has an `Image`
need not.
"""

from __future__ import annotations

import bisect
import struct
import zlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, Literal

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.source import ByteSource, read_exactly

UNPACKED_MOST: Final = 256 * 1024 * 1024
"""The most that a compressed section may unpack to; the debug info of a 100 MB program has 60 MB."""

SEARCHED_MOST: Final = 256 * 1024 * 1024
"""The most bytes that one search goes through; the segments of a hostile file may all be the whole file."""

_PART: Final = 4 << 20
WIDE: Final = 8
"""The pointer size of 64 bit."""

_ZDEBUG_HEADER: Final = 12

Compression = Literal["", "zlib", "zstd", "zdebug", "unknown"]


@attrs.frozen
class Section:
    """A named part of the file. `address` is 0 where it is not loaded; `file_size` is 0 where it has no bytes (.bss)."""

    name: str
    address: int
    size: int
    offset: int
    file_size: int
    compression: Compression = ""
    writable: bool = False
    executable: bool = False


@attrs.frozen
class Segment:
    """A part of the file that is loaded at `address`; `memory_size` may be more than the file holds."""

    name: str
    address: int
    memory_size: int
    offset: int
    file_size: int
    writable: bool = False
    executable: bool = False


Format = Literal["elf", "pe", "macho"]
FileType = Literal["executable", "shared", "object", "core", "debug", "other"]


@attrs.frozen(slots=False)
class Image:
    """An executable's headers, read. Addresses are those in the file: a position-independent one is moved when it is loaded."""

    source: ByteSource = attrs.field(repr=False)
    format: Format
    byte_order: Literal["little", "big"]
    pointer_size: Literal[4, 8]
    machine: str
    """Go's name of it (GOARCH) where Go has one, else the format's number."""
    system: str
    """Go's name (GOOS) where the container tells; "" where it does not (ELF for Linux and most others)."""
    type: FileType
    position_independent: bool = False
    entry: int = 0
    base: int = 0
    """Where the first segment begins; PE: the preferred base, to which all addresses here are already added."""
    interpreter: str = ""
    """ELF: the loader that it asks for, "" when static."""
    sections: tuple[Section, ...] = ()
    segments: tuple[Segment, ...] = ()
    dynamic: tuple[int, int] | None = None
    """ELF: where in the file the dynamic section is, and its size."""
    notes: tuple[tuple[int, int], ...] = ()
    """ELF: the same of the segments of notes."""
    libraries: tuple[str, ...] = ()
    """PE and Mach-O: the libraries that it asks for. Of an ELF file `elf_dynamic` reads them."""
    symbols: bool = False
    """Whether it has a table of symbols that a debugger may read; what is there for the loader alone does not count."""

    @cached_property
    def _by_name(self) -> dict[str, Section]:
        # The first of a name counts, as for Delve and Go.
        return {section.name: section for section in reversed(self.sections)}

    @cached_property
    def _loaded(self) -> list[Segment]:
        return sorted((each for each in self.segments if each.file_size), key=lambda each: each.address)

    @property
    def order(self) -> Literal["<", ">"]:
        """The byte order in the letters of `struct`."""
        return "<" if self.byte_order == "little" else ">"

    def section(self, *names: str) -> Section | None:
        """Return the section of the first name that there is."""
        return next((self._by_name[name] for name in names if name in self._by_name), None)

    def read_section(self, section: Section, length: int | None = None) -> bytes:
        """Return a section's bytes as the linker wrote them, unpacked; at most the first `length`.

        Raises BinaryError for what ends after the file, does not unpack, or unpacks to more than UNPACKED_MOST.
        """
        wanted = section.file_size if length is None or section.compression else min(length, section.file_size)
        data = read_exactly(self.source, section.offset, wanted, f"section {section.name}")
        if section.compression:
            data = self._unpacked(section, data)
        return data if length is None else data[:length]

    def _unpacked(self, section: Section, data: bytes) -> bytes:
        if section.compression == "zdebug":
            if len(data) < _ZDEBUG_HEADER or data[:4] != b"ZLIB":
                return data
            (size,), start = struct.unpack_from(">Q", data, 4), _ZDEBUG_HEADER
        elif section.compression == "zlib":
            wide = self.pointer_size == WIDE
            start = 24 if wide else 12
            if len(data) < start:
                raise BinaryError("truncated", f"truncated: section {section.name} is too short for its compression header")
            (size,) = struct.unpack_from(self.order + ("8xQ" if wide else "4xI"), data)
        else:
            raise BinaryError("unsupported", f"not supported: section {section.name} is compressed with {section.compression}")
        if size > UNPACKED_MOST:
            raise BinaryError(
                "malformed", f"section {section.name} claims to unpack to {size} bytes, more than {UNPACKED_MOST}"
            )
        try:
            unpacked = zlib.decompressobj().decompress(memoryview(data)[start:], size or 1)
        except zlib.error as error:
            raise BinaryError("malformed", f"section {section.name} does not unpack: {error}") from error
        if len(unpacked) != size:
            raise BinaryError("malformed", f"section {section.name} claims {size} bytes and unpacks to {len(unpacked)}")
        return unpacked

    def offset_of(self, address: int) -> tuple[int, int] | None:
        """Return the place in the file of an address, and how many bytes its segment has from there; None where it has none."""
        at = bisect.bisect_right(self._loaded, address, key=lambda each: each.address) - 1
        if at < 0:
            return None
        segment = self._loaded[at]
        within = address - segment.address
        return (segment.offset + within, segment.file_size - within) if within < segment.file_size else None

    def read_at(self, address: int, length: int) -> bytes:
        """Return the bytes at an address, as many as its segment has of them; b"" where nothing of the file is loaded."""
        place = self.offset_of(address)
        return self.source.read(place[0], min(length, place[1])) if place and length > 0 else b""

    def loaded_parts(self, segments: Iterable[Segment], overlap: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield (address, bytes of the segment from there on, some of them) to search through: SEARCHED_MOST bytes in all.

        Each part goes `overlap` bytes into the next one, so that nothing is cut in two.
        """
        left = SEARCHED_MOST
        for segment in segments:
            for done in range(0, segment.file_size, _PART):
                if left <= 0:
                    return
                data = self.source.read(segment.offset + done, min(_PART + overlap, segment.file_size - done))
                left -= len(data) or 1
                yield segment.address + done, segment.file_size - done, data

    def pointers_at(self, address: int, count: int) -> tuple[int, ...]:
        """Return `count` pointers at an address; () where the file has not that many."""
        data = self.read_at(address, count * self.pointer_size)
        letter = "Q" if self.pointer_size == WIDE else "I"
        return struct.unpack(f"{self.order}{count}{letter}", data) if len(data) == count * self.pointer_size else ()

    def is_code(self, address: int) -> bool:
        """Tell whether an executable segment covers the address."""
        return any(each.executable and each.address <= address < each.address + each.memory_size for each in self.segments)
