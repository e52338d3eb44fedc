"""Mach-O headers: 32 and 64 bit, both byte orders, and universal files of several architectures."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, Literal

from dapshim.binary.errors import BinaryError
from dapshim.binary.image import Compression, FileType, Image, Section, Segment
from dapshim.binary.source import ByteSource, Part, read_exactly

MAGICS: Final[dict[bytes, tuple[Literal["<", ">"], bool]]] = {
    b"\xce\xfa\xed\xfe": ("<", False),
    b"\xcf\xfa\xed\xfe": ("<", True),
    b"\xfe\xed\xfa\xce": (">", False),
    b"\xfe\xed\xfa\xcf": (">", True),
}
UNIVERSAL: Final = {b"\xca\xfe\xba\xbe": ">IIIII", b"\xca\xfe\xba\xbf": ">IIQQI4x"}

ARCHITECTURES_MOST: Final = 30
"""More in a universal header is a Java class file: it has the same magic, and its version, 45 or more, in this place."""

COMMANDS_MOST: Final = 16 * 1024 * 1024
"""The most bytes of load commands that are read; a large program has some ten kilobytes."""

_CPUS: Final = {7: "386", 0x0100_0007: "amd64", 12: "arm", 0x0100_000C: "arm64", 18: "ppc", 0x0100_0012: "ppc64"}
_TYPES: Final[dict[int, FileType]] = {1: "object", 2: "executable", 4: "core", 6: "shared", 8: "shared", 10: "debug"}
_LC_SEGMENT, _LC_SEGMENT_64, _LC_MAIN, _LC_UNIXTHREAD = 0x1, 0x19, 0x8000_0028, 0x5
_LC_SYMTAB: Final = 0x2
_LC_LOADS: Final = frozenset({0xC, 0x8000_0018, 0x8000_001F})
"""A library, a weak one, and one that is handed on."""
_MH_PIE: Final = 0x20_0000
_ZERO_FILLED: Final = frozenset({0x1, 0xC, 0x12})
_INSTRUCTIONS: Final = 0x8000_0400


def architectures(source: ByteSource) -> tuple[str, ...]:
    """Return what a universal file holds, in its order, as Go names it; () for any other file."""
    return tuple(name for name, _ in _slices(source))


def read_macho(source: ByteSource, machine: str = "") -> Image:
    """Read the headers of a Mach-O file; of a universal one that of `machine`, else its first, as `go version` does.

    Raises BinaryError naming what is wrong with them, or which architectures there are instead.
    """
    if source.read(0, 4) in UNIVERSAL:
        slices = _slices(source)
        if not slices:
            raise BinaryError("malformed", "a universal Mach-O file without an architecture")
        chosen = next((part for name, part in slices if name == machine), None) if machine else slices[0][1]
        if chosen is None:
            names = ", ".join(name for name, _ in slices)
            raise BinaryError("unsupported", f"a universal Mach-O file without {machine}; it has {names}")
        if chosen.read(0, 4) in UNIVERSAL:
            raise BinaryError("malformed", "a universal Mach-O file inside a universal Mach-O file")
        source = chosen
    return _thin(source)


def _slices(source: ByteSource) -> list[tuple[str, Part]]:
    form = UNIVERSAL.get(source.read(0, 4))
    if form is None:
        return []
    (count,) = struct.unpack(">I", read_exactly(source, 4, 4, "the universal header"))
    if count > ARCHITECTURES_MOST:
        raise BinaryError("not-a-binary", "a Java class file, or a universal Mach-O file with too many architectures")
    table = read_exactly(source, 8, count * struct.calcsize(form), "the universal header")
    found = []
    for cpu, _sub, offset, size, _align in struct.iter_unpack(form, table):
        name = _CPUS.get(cpu, f"Mach-O CPU {cpu:#x}")
        if offset + size > source.size:
            raise BinaryError(
                "truncated", f"truncated: architecture {name} ends at byte {offset + size}, the file at {source.size}"
            )
        found.append((name, Part(source, offset, size)))
    return found


def _thin(source: ByteSource) -> Image:
    head = read_exactly(source, 0, 28, "the Mach-O header")
    if head[:4] not in MAGICS:
        raise BinaryError("malformed", "an architecture of a universal file that is no Mach-O")
    order, wide = MAGICS[head[:4]]
    cpu, _sub, kind, count, size, flags = struct.unpack_from(f"{order}6I", head, 4)
    if size > COMMANDS_MOST:
        raise BinaryError("malformed", f"the load commands claim {size} bytes, more than {COMMANDS_MOST}")
    commands = read_exactly(source, 32 if wide else 28, size, "the load commands")
    segments: list[Segment] = []
    sections: list[Section] = []
    libraries: list[str] = []
    entry = symbols = 0
    for command, body in _commands(commands, count, order):
        if command in (_LC_SEGMENT, _LC_SEGMENT_64):
            _add_segment(source, body, order, command == _LC_SEGMENT_64, segments, sections)
        elif command == _LC_MAIN and len(body) >= 16:  # noqa: PLR2004 - command, size, offset
            entry = struct.unpack_from(f"{order}Q", body, 8)[0]
        elif command in _LC_LOADS and len(body) >= 24:  # noqa: PLR2004 - with two versions and a time
            libraries.append(_text(body[struct.unpack_from(f"{order}I", body, 8)[0] :].partition(b"\0")[0]))
        elif command == _LC_SYMTAB and len(body) >= 16:  # noqa: PLR2004 - command, size, place, count
            symbols = struct.unpack_from(f"{order}I", body, 12)[0]
    base = next((each.address for each in segments if each.name == "__TEXT"), 0)
    return Image(
        source=source,
        format="macho",
        byte_order="little" if order == "<" else "big",
        pointer_size=8 if wide else 4,
        machine=_CPUS.get(cpu, f"Mach-O CPU {cpu:#x}"),
        system="darwin",
        type=_TYPES.get(kind, "other"),
        position_independent=bool(flags & _MH_PIE) or kind != 2,  # noqa: PLR2004 - MH_EXECUTE
        entry=base + entry if entry else 0,
        base=base,
        sections=tuple(sections),
        segments=tuple(segments),
        libraries=tuple(libraries),
        symbols=symbols > 0,
    )


def _commands(data: bytes, count: int, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    for number in range(count):
        if at + 8 > len(data):
            raise BinaryError("malformed", f"load command {number} of {count} is behind the end of the load commands")
        command, size = struct.unpack_from(f"{order}II", data, at)
        if size < 8 or at + size > len(data):  # noqa: PLR2004 - a command and its size
            raise BinaryError("malformed", f"load command {number} has an impossible size of {size} bytes")
        yield command, data[at : at + size]
        at += size


def _add_segment(
    source: ByteSource, body: bytes, order: str, wide: bool, segments: list[Segment], sections: list[Section]  # noqa: FBT001
) -> None:  # fmt: skip
    head = struct.Struct(f"{order}8x16s{'QQQQ' if wide else 'IIII'}iiII")
    row = struct.Struct(f"{order}16s16s{'QQ' if wide else 'II'}{'8I' if wide else '7I'}")
    if len(body) < head.size:
        raise BinaryError("malformed", "a segment command that is shorter than a segment's header")
    raw, address, memory, offset, size, _maximal, protection, count, _flags = head.unpack_from(body)
    name = _text(raw)
    if offset + size > source.size:
        raise BinaryError("truncated", f"truncated: segment {name} ends at byte {offset + size}, the file at {source.size}")
    if count * row.size > len(body) - head.size:
        raise BinaryError("malformed", f"segment {name} claims {count} sections, more than its command has room for")
    writable, executable = bool(protection & 2), bool(protection & 4)
    segments.append(Segment(name, address, memory, offset, size, writable, executable))
    for number in range(count):
        section, _segment, at, length, place, *_, flags = row.unpack_from(body, head.size + number * row.size)[:9]
        title = _text(section)
        compression: Compression = "zdebug" if title.startswith("__zdebug_") else ""
        held = 0 if flags & 0xFF in _ZERO_FILLED else length
        code = bool(flags & _INSTRUCTIONS)
        sections.append(Section(title, at, length, place, held, compression, writable, code))


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode(errors="replace")
