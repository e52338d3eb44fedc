"""ELF headers: 32 and 64 bit, both byte orders; with section names, or with segments alone (UPX, sstrip)."""

from __future__ import annotations

import struct
from typing import Final, Literal

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.image import Compression, FileType, Image, Section, Segment
from dapshim.binary.source import ByteSource, read_exactly

MAGIC: Final = b"\x7fELF"

ENTRIES_MOST: Final = 1 << 17
"""The most sections or segments that are believed; a C++ object with a section for each function has some thousands."""

NAME_MOST: Final = 256
"""The longest name of a section that is believed."""

_MACHINES: Final = {3: "386", 22: "s390x", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64", 258: "loong64"}
_SYSTEMS: Final = {2: "netbsd", 3: "linux", 6: "solaris", 9: "freebsd", 12: "openbsd"}
_TYPES: Final[dict[int, FileType]] = {1: "object", 2: "executable", 3: "shared", 4: "core"}

_CLASS_64: Final = 2
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_NOTE = 1, 2, 3, 4
_SHT_NOBITS: Final = 8
_SHF_WRITE, _SHF_EXECINSTR, _SHF_COMPRESSED = 1, 4, 0x800
_DT_FLAGS_1, _DF_1_PIE = 0x6FFFFFFB, 0x08000000
_XINDEX: Final = 0xFFFF
_COMPRESSIONS: Final[dict[int, Compression]] = {1: "zlib", 2: "zstd"}


@attrs.frozen
class _Header:
    source: ByteSource
    order: Literal["<", ">"]
    wide: bool
    type: int
    machine: int
    entry: int
    phoff: int
    shoff: int
    phentsize: int
    phnum: int
    shentsize: int
    shnum: int
    shstrndx: int


@attrs.frozen
class _RawSection:
    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int


@attrs.frozen
class _RawSegment:
    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int


def read_elf(source: ByteSource) -> Image:
    """Read the headers of an ELF file; raise BinaryError naming what is wrong with them."""
    ident = read_exactly(source, 0, 16, "the ELF header")
    if ident[4] not in (1, 2) or ident[5] not in (1, 2):
        raise BinaryError("malformed", f"ELF of unknown class {ident[4]} or byte order {ident[5]}")
    header = _header(source, "<" if ident[5] == 1 else ">", wide=ident[4] == _CLASS_64)
    raw = _raw_sections(header)
    header = _extended(header, raw)
    sections = _named(header, raw)
    programs = _raw_segments(header)
    file_type: FileType = _TYPES.get(header.type, "other")
    if any(each.name == ".text" and not each.file_size and each.size for each in sections):
        file_type = "debug"
    segments = _loaded(source, programs, lenient=file_type in ("debug", "core"))
    interpreter = _interpreter(source, programs)
    if file_type == "shared" and (interpreter or _says_pie(header, programs)):
        file_type = "executable"
    names = {each.name for each in sections}
    system = _SYSTEMS.get(ident[7], "")
    for other in ("netbsd", "openbsd"):
        system = other if f".note.{other}.ident" in names else system
    return Image(
        source=source,
        format="elf",
        byte_order="little" if header.order == "<" else "big",
        pointer_size=8 if header.wide else 4,
        machine=_machine(header),
        system=system,
        type=file_type,
        position_independent=header.type == 3,  # noqa: PLR2004 - ET_DYN
        entry=header.entry,
        base=min((each.address for each in segments), default=0),
        interpreter=interpreter,
        sections=sections,
        segments=segments,
        dynamic=next(((each.offset, each.file_size) for each in programs if each.type == _PT_DYNAMIC), None),
        notes=tuple((each.offset, each.file_size) for each in programs if each.type == _PT_NOTE),
        symbols=any(each.name == ".symtab" and each.file_size for each in sections),
    )


def _header(source: ByteSource, order: Literal["<", ">"], *, wide: bool) -> _Header:
    form = f"{order}{'HHIQQQIHHHHHH' if wide else 'HHIIIIIHHHHHH'}"
    fields = struct.unpack(form, read_exactly(source, 16, struct.calcsize(form), "the ELF header"))
    kind, machine, _version, entry, phoff, shoff, _flags, _size, phentsize, phnum, shentsize, shnum, shstrndx = fields
    return _Header(source, order, wide, kind, machine, entry, phoff, shoff, phentsize, phnum, shentsize, shnum, shstrndx)


def _machine(header: _Header) -> str:
    little = "le" if header.order == "<" else ""
    if header.machine == 8:  # noqa: PLR2004 - EM_MIPS
        return f"mips{'64' if header.wide else ''}{little}"
    if header.machine == 21:  # noqa: PLR2004 - EM_PPC64
        return f"ppc64{little}"
    return _MACHINES.get(header.machine, f"ELF machine {header.machine}")


def _table(header: _Header, offset: int, count: int, entry: int, form: str, what: str) -> list[tuple[int, ...]]:
    """Return the rows of a table, one or more; `entry` is what the header says of the size of one."""
    least = struct.calcsize(form)
    if entry < least:
        raise BinaryError("malformed", f"the {what} table has entries of {entry} bytes, less than {least}")
    if count > ENTRIES_MOST:
        raise BinaryError("malformed", f"the {what} table claims {count} entries, more than {ENTRIES_MOST}")
    data = read_exactly(header.source, offset, count * entry, f"the {what} table")
    if entry == least:
        return list(struct.iter_unpack(form, data))
    return [struct.unpack_from(form, data, number * entry) for number in range(count)]


def _raw_sections(header: _Header) -> list[_RawSection]:
    """Read the section table; its own length stands in its first entry where the header has no room for it."""
    if not header.shoff:
        return []
    form = f"{header.order}{'IIQQQQIIQQ' if header.wide else 'IIIIIIIIII'}"

    def read(count: int) -> list[_RawSection]:
        return [_RawSection(*row[:8]) for row in _table(header, header.shoff, count, header.shentsize, form, "section")]

    if header.shnum:
        return read(header.shnum)
    first = read(1)
    return read(first[0].size) if first[0].size else []


def _extended(header: _Header, sections: list[_RawSection]) -> _Header:
    """Return the header with the numbers that did not fit into it."""
    if not sections:
        return attrs.evolve(header, shstrndx=0, phnum=0 if header.phnum == _XINDEX else header.phnum)
    return attrs.evolve(
        header,
        shstrndx=sections[0].link if header.shstrndx == _XINDEX else header.shstrndx,
        phnum=sections[0].info if header.phnum == _XINDEX else header.phnum,
    )


def _named(header: _Header, raw: list[_RawSection]) -> tuple[Section, ...]:
    if not raw or header.shstrndx == 0:
        return ()
    if header.shstrndx >= len(raw):
        raise BinaryError("malformed", f"section names are said to be in section {header.shstrndx} of {len(raw)}")
    strings = raw[header.shstrndx]
    names = read_exactly(header.source, strings.offset, strings.size, "the table of section names")
    return tuple(_section(header, each, names) for each in raw[1:])


def _section(header: _Header, raw: _RawSection, names: bytes) -> Section:
    name = names[raw.name : raw.name + NAME_MOST].partition(b"\0")[0].decode(errors="replace")
    compression: Compression = "zdebug" if name.startswith(".zdebug_") else ""
    if raw.flags & _SHF_COMPRESSED and raw.type != _SHT_NOBITS:
        word = header.source.read(raw.offset, 4)
        kind = int.from_bytes(word, "little" if header.order == "<" else "big")
        compression = _COMPRESSIONS.get(kind, "unknown")
    return Section(
        name=name,
        address=raw.address,
        size=raw.size,
        offset=raw.offset,
        file_size=0 if raw.type == _SHT_NOBITS else raw.size,
        compression=compression,
        writable=bool(raw.flags & _SHF_WRITE),
        executable=bool(raw.flags & _SHF_EXECINSTR),
    )


def _raw_segments(header: _Header) -> list[_RawSegment]:
    if not header.phoff or not header.phnum:
        return []
    form = f"{header.order}{'IIQQQQQQ' if header.wide else 'IIIIIIII'}"
    rows = _table(header, header.phoff, header.phnum, header.phentsize, form, "segment")
    if header.wide:
        return [_RawSegment(kind, flags, at, address, size, memory) for kind, flags, at, address, _, size, memory, _ in rows]
    return [_RawSegment(kind, flags, at, address, size, memory) for kind, at, address, _, size, memory, flags, _ in rows]


def _loaded(source: ByteSource, programs: list[_RawSegment], *, lenient: bool) -> tuple[Segment, ...]:
    """Return the segments that are loaded. A debug file and a core may lack what they name (`lenient`); a program may not."""
    loaded = []
    for number, each in enumerate(programs):
        if each.type != _PT_LOAD:
            continue
        end = each.offset + each.file_size
        if end > source.size and not lenient:
            raise BinaryError("truncated", f"truncated: segment {number} ends at byte {end}, the file at {source.size}")
        size = max(0, min(each.file_size, source.size - each.offset))
        writable, executable = bool(each.flags & 2), bool(each.flags & 1)
        loaded.append(Segment("", each.address, each.memory_size, each.offset, size, writable, executable))
    return tuple(loaded)


def _interpreter(source: ByteSource, programs: list[_RawSegment]) -> str:
    for each in programs:
        if each.type == _PT_INTERP:
            return source.read(each.offset, min(each.file_size, 4096)).partition(b"\0")[0].decode(errors="replace")
    return ""


def _says_pie(header: _Header, programs: list[_RawSegment]) -> bool:
    """Tell whether the dynamic section marks a program (static-pie), which a library does not."""
    form = f"{header.order}{'QQ' if header.wide else 'II'}"
    size = struct.calcsize(form)
    for each in programs:
        if each.type == _PT_DYNAMIC:
            data = header.source.read(each.offset, min(each.file_size, 1 << 16))
            rows = struct.iter_unpack(form, data[: len(data) // size * size])
            return any(tag == _DT_FLAGS_1 and value & _DF_1_PIE for tag, value in rows)
    return False
