"""PE headers: 32 and 64 bit, with long section names (`/4` is an offset into the string table after the symbols)."""

from __future__ import annotations

import struct
from typing import Final

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.image import Compression, FileType, Image, Section, Segment
from dapshim.binary.source import ByteSource, read_exactly

MAGIC: Final = b"MZ"

_MACHINES: Final = {0x14C: "386", 0x8664: "amd64", 0xAA64: "arm64", 0x1C0: "arm", 0x1C4: "arm"}
_OPTIONAL_32, _OPTIONAL_64 = 0x10B, 0x20B
_COFF_SIZE: Final = 20
_SECTION: Final = struct.Struct("<8sIIIIIIHHI")
_SYMBOL_SIZE: Final = 18
_EXECUTE, _WRITE, _UNINITIALISED = 0x2000_0000, 0x8000_0000, 0x80
_DYNAMIC_BASE: Final = 0x40
_DLL, _IS_EXECUTABLE = 0x2000, 2
_NAME_MOST: Final = 256
_IMPORT: Final = struct.Struct("<IIIII")
_LIBRARIES_MOST: Final = 1024
_STRINGS_MOST: Final = 64 * 1024 * 1024


@attrs.frozen
class _Optional:
    entry: int
    base: int
    wide: bool
    movable: bool
    imports: int = 0
    """The address of the import directory; 0 without one."""


def read_pe(source: ByteSource) -> Image:
    """Read the headers of a PE file; raise BinaryError naming what is wrong with them."""
    (at,) = struct.unpack("<I", read_exactly(source, 0x3C, 4, "the MZ header"))
    if at + 4 + _COFF_SIZE > source.size:
        raise BinaryError("truncated", f"truncated: the PE header is at byte {at}, the file ends at {source.size}")
    head = source.read(at, 4)
    if head != b"PE\0\0":
        raise BinaryError("unsupported", "not supported: a DOS program (an MZ header without a PE header behind it)")
    coff = read_exactly(source, at + 4, _COFF_SIZE, "the COFF header")
    machine, count, _time, symbols, symbol_count, optional_size, flags = struct.unpack("<HHIIIHH", coff)
    optional = _optional(read_exactly(source, at + 4 + _COFF_SIZE, optional_size, "the PE optional header"))
    table = read_exactly(source, at + 4 + _COFF_SIZE + optional_size, count * _SECTION.size, "the section table")
    strings = _StringTable(source, symbols + symbol_count * _SYMBOL_SIZE if symbols else 0)
    sections = tuple(_section(row, strings, optional.base) for row in _SECTION.iter_unpack(table))
    for each in sections:
        if each.offset + each.file_size > source.size:
            end = each.offset + each.file_size
            raise BinaryError("truncated", f"truncated: section {each.name} ends at byte {end}, the file at {source.size}")
    file_type: FileType = "shared" if flags & _DLL else "executable" if flags & _IS_EXECUTABLE else "object"
    image = Image(
        source=source,
        format="pe",
        byte_order="little",
        pointer_size=8 if optional.wide else 4,
        machine=_MACHINES.get(machine, f"PE machine {machine:#x}"),
        system="windows",
        type=file_type,
        position_independent=optional.movable,
        entry=optional.base + optional.entry if optional.entry else 0,
        base=optional.base,
        sections=sections,
        segments=tuple(map(_as_segment, sections)),
        symbols=symbol_count > 0 and symbols > 0,
    )
    return attrs.evolve(image, libraries=_libraries(image, optional.imports))


def _libraries(image: Image, address: int) -> tuple[str, ...]:
    """Return the names in the import directory; a damaged one ends where it does."""
    found: list[str] = []
    for number in range(_LIBRARIES_MOST if address else 0):
        row = image.read_at(address + number * _IMPORT.size, _IMPORT.size)
        if len(row) < _IMPORT.size or not any(row):
            break
        name = image.read_at(image.base + _IMPORT.unpack(row)[3], _NAME_MOST).partition(b"\0")[0]
        found.append(name.decode(errors="replace"))
    return tuple(found)


def _as_segment(section: Section) -> Segment:
    memory = max(section.size, section.file_size)
    held, writable, executable = section.file_size, section.writable, section.executable
    return Segment(section.name, section.address, memory, section.offset, held, writable, executable)


def _optional(data: bytes) -> _Optional:
    if len(data) < 72:  # noqa: PLR2004 - up to DllCharacteristics
        raise BinaryError("unsupported", "not supported: a PE object file, or one whose optional header is cut short")
    (magic,) = struct.unpack_from("<H", data)
    if magic not in (_OPTIONAL_32, _OPTIONAL_64):
        raise BinaryError("malformed", f"PE optional header of unknown kind {magic:#x}")
    wide = magic == _OPTIONAL_64
    (base,) = struct.unpack_from("<Q" if wide else "<I", data, 24 if wide else 28)
    (entry,) = struct.unpack_from("<I", data, 16)
    (characteristics,) = struct.unpack_from("<H", data, 70)
    place = 120 if wide else 104  # The second of the data directories.
    (imports,) = struct.unpack_from("<I", data, place) if len(data) >= place + 4 else (0,)
    return _Optional(entry, base, wide, bool(characteristics & _DYNAMIC_BASE), base + imports if imports else 0)


class _StringTable:
    """The names that are too long for the section table; read when the first of them is asked for."""

    def __init__(self, source: ByteSource, offset: int) -> None:
        self._source = source
        self._offset = offset
        self._data: bytes | None = None

    def name(self, at: int) -> str:
        if self._data is None:
            size = struct.unpack("<I", self._source.read(self._offset, 4).ljust(4, b"\0"))[0] if self._offset else 0
            self._data = self._source.read(self._offset, min(size, _STRINGS_MOST))
        return self._data[at : at + _NAME_MOST].partition(b"\0")[0].decode(errors="replace")


def _section(row: tuple[bytes | int, ...], strings: _StringTable, base: int) -> Section:
    short, virtual_size, address, raw_size, offset, _, _, _, _, flags = row
    assert isinstance(short, bytes)  # noqa: S101 - mypy cannot see what `struct` gives
    assert isinstance(virtual_size, int)  # noqa: S101
    assert isinstance(address, int)  # noqa: S101
    assert isinstance(raw_size, int)  # noqa: S101
    assert isinstance(offset, int)  # noqa: S101
    assert isinstance(flags, int)  # noqa: S101
    name = short.rstrip(b"\0").decode(errors="replace")
    if name.startswith("/") and name[1:].isascii() and name[1:].isdigit():
        name = strings.name(int(name[1:])) or name
    compression: Compression = "zdebug" if name.startswith(".zdebug_") else ""
    # Raw sizes are rounded up to the file's alignment; what is behind the virtual size is padding. Go writes both.
    held = 0 if flags & _UNINITIALISED or not offset else min(raw_size, virtual_size) if virtual_size else raw_size
    return Section(
        name=name,
        address=base + address,
        size=virtual_size or raw_size,
        offset=offset,
        file_size=held,
        compression=compression,
        writable=bool(flags & _WRITE),
        executable=bool(flags & _EXECUTE),
    )
