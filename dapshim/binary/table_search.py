"""Where in an executable Go's line table lies: by its section's name, else by its magic number, which is then checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.image import Image
from dapshim.binary.pclntab import MAGICS, Header, LineTable, read_header

SECTIONS: Final = (".gopclntab", ".data.rel.ro.gopclntab", "__gopclntab")
"""Delve 1.27.1 and Go 1.26 look for these; the second is for position-independent programs up to Go 1.25."""

CANDIDATES_MOST: Final = 64
"""The most places with the magic number that are tried; a healthy program has one or two."""

RECORD_MOST: Final = 64 * 1024
"""The most bytes of one function's record: its pcdata and funcdata numbers; some tens are usual."""

TABLE_MOST: Final = 80 * 1024 * 1024
"""The largest table that is read; a program of 100 MB has one of some 20 MB. It is in memory twice while it is taken apart."""

TRIED_MOST: Final = 160 * 1024 * 1024
"""The most bytes of candidates that are read in all."""


@attrs.frozen
class FoundTable:
    """A line table, and the address of its header."""

    table: LineTable
    address: int


def find_table(image: Image) -> FoundTable:
    """Return the line table of an executable; raise BinaryError: `not-go` without one, else what is wrong with it."""
    section = image.section(*SECTIONS)
    if section is not None:
        if section.compression:
            raise BinaryError("unsupported", f"not supported: section {section.name} is compressed")
        if section.file_size:
            return FoundTable(_read(image, section.address, section.file_size), section.address)
        raise BinaryError("not-go", f"section {section.name} is empty: this file holds debug info only")
    tried = read = 0
    for address, room in _candidates(image):
        tried += 1
        if tried > CANDIDATES_MOST or read > TRIED_MOST:
            break
        try:
            size = _size(image, address, room)
            read += size
            table = LineTable(image.read_at(address, size))
            _demand_sense(table)
        except BinaryError:
            continue
        return FoundTable(table, address)
    raise BinaryError("not-go", _why_none(image))


def _why_none(image: Image) -> str:
    start = image.source.read(0, 4096)
    if b"UPX!" in start or any(each.name.startswith("UPX") for each in image.sections):
        return "packed with UPX: no table of Go functions can be seen; `upx -d` unpacks it"
    return "no table of Go functions: not built by Go, or packed"


def _candidates(image: Image) -> Iterator[tuple[int, int]]:
    """Yield (address, bytes of the segment from there on) of every place that looks like a header."""
    order = image.byte_order
    patterns = [magic.to_bytes(4, order) + b"\0\0" for magic in MAGICS]
    likely_first = sorted(image.segments, key=lambda each: (each.executable, each.writable))
    for address, room, data in image.loaded_parts(likely_first, 8):
        for at in sorted(at for pattern in patterns for at in _all(data, pattern)):
            if (address + at) % 4 == 0 and data[at + 7 : at + 8] == bytes([image.pointer_size]):
                yield address + at, room - at


def _all(data: bytes, pattern: bytes) -> Iterator[int]:
    at = data.find(pattern)
    while at >= 0:
        yield at
        at = data.find(pattern, at + 1)


def _read(image: Image, address: int, room: int) -> LineTable:
    return LineTable(image.read_at(address, _size(image, address, room)))


def _size(image: Image, address: int, room: int) -> int:
    """Return the size of a table and no more: what is behind it in the same section or segment is left alone."""
    header = read_header(image.read_at(address, 80))
    if header.byte_order != image.byte_order or header.pointer_size != image.pointer_size:
        raise BinaryError("malformed", "the Go line table is of another machine than the executable")
    length = (2 * header.functions + 1) * header.field_size
    if room > TABLE_MOST < header.records_at + length:
        raise BinaryError("unsupported", f"not supported: a Go line table of more than {TABLE_MOST} bytes")
    if header.records_at + length > room:
        raise BinaryError("truncated", f"the Go line table claims {header.functions} functions, more than there is room for")
    return min(room, TABLE_MOST, _end(image, address, header) + RECORD_MOST)


def _end(image: Image, address: int, header: Header) -> int:
    """Return where the last function's record begins, counted from the table's header."""
    if not header.functions:
        return header.records_at
    size = header.field_size
    at = address + header.records_at + (2 * header.functions - 1) * size
    return header.records_at + int.from_bytes(image.read_at(at, size), header.byte_order)


def _demand_sense(table: LineTable) -> None:
    """Raise BinaryError for bytes that look like a header and are none: entries rise, and names are names."""
    header = table.header
    if not header.functions:
        raise BinaryError("malformed", "a Go line table without functions")
    entries = table.entries
    for number in {0, header.functions // 2, header.functions - 1}:
        name = table.name(number)
        if entries[number] > entries[number + 1] or not name or not name.isprintable():
            raise BinaryError("malformed", "no Go line table")
