"""Executables that were made to cost much: sections that unpack to gigabytes, tables that claim millions of entries."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import attrs

HEADER = 64
ROW = "<IIQQQQIIQQ"
MIB = 1 << 20
CODE, DATA = 5, 6
"""Flags of a segment."""


@attrs.frozen
class Part:
    """A section: its bytes, and, where it is compressed, the size that it claims to unpack to."""

    name: str
    data: bytes
    claims: int | None = None
    loaded: int = 0
    """Flags of the segment that it is loaded by; 0 for none."""


def elf(parts: Iterable[Part], *, machine: int = 62) -> bytes:
    """Return an ELF executable for linux/amd64 with these sections."""
    parts = list(parts)
    names = b"\0" + b"".join(each.name.encode() + b"\0" for each in parts) + b".shstrtab\0"
    loaded = [each for each in parts if each.loaded]
    at = (HEADER + 56 * len(loaded) + 15) // 16 * 16
    bodies, rows, programs = b"", [bytes(64)], b""
    for each in parts:
        head = b"" if each.claims is None else struct.pack("<IIQQ", 1, 0, each.claims, 1)
        body = head + each.data
        offset = at + len(bodies)
        address = 0x400000 + offset if each.loaded else 0
        flags = 0 if each.claims is None else 0x800
        rows.append(struct.pack(ROW, names.index(each.name.encode()), 1, flags, address, offset, len(body), 0, 0, 1, 0))
        if each.loaded:
            programs += struct.pack("<IIQQQQQQ", 1, each.loaded, offset, address, address, len(body), len(body), 4096)
        bodies += body
    rows.append(struct.pack(ROW, names.index(b".shstrtab"), 3, 0, 0, at + len(bodies), len(names), 0, 0, 1, 0))
    bodies += names
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\2\1\1" + bytes(9), 2, machine, 1, 0x400000, HEADER if loaded else 0, at + len(bodies), 0, 64, 56,
        len(loaded), 64, len(rows), len(rows) - 1,
    )  # fmt: skip
    return (header + programs).ljust(at, b"\0") + bodies + b"".join(rows)


def packed(blocks: Iterable[bytes]) -> bytes:
    """Compress what may be larger than memory should hold."""
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(each) for each in blocks), packer.flush()])


ABBREVIATIONS = bytes([1, 0x11, 0, 0x03, 0x08, 0x13, 0x0B, 0x25, 0x08, 0, 0, 0])
"""One: a compile unit with name, language (one byte) and producer."""


def unit(package: str, producer: str, padding: int = 0) -> bytes:
    """Return a unit of DWARF 4 of a Go package."""
    body = struct.pack("<HIB", 4, 0, 8) + b"\1" + package.encode() + b"\0\x16" + producer.encode() + b"\0" + bytes(padding)
    return struct.pack("<I", len(body)) + body


def debug(info: bytes, claims: int | None = None, abbreviations: bytes = ABBREVIATIONS) -> bytes:
    return elf(
        [Part(".text", b"\xc3" * 16, loaded=CODE), Part(".debug_abbrev", abbreviations), Part(".debug_info", info, claims)]
    )


def zeros(size: int) -> Iterator[bytes]:
    for _ in range(size // MIB):
        yield bytes(MIB)


def many_units(size: int) -> bytes:
    """Return the least units there can be, `size` bytes of them."""
    one = unit("", "")
    return one * (size // len(one))


def line_tables(count: int, room: int) -> bytes:
    """Return a segment full of headers of line tables, each of which claims `room` bytes."""
    head = struct.pack("<IHBB8Q", 0xFFFFFFF1, 0, 1, 8, 2, 1, 0, 72, 80, 88, 96, room // 2)
    return elf([Part(".rodata", head.ljust(4096, b"\1") * count + bytes(room), loaded=DATA)])


def modules(count: int) -> bytes:
    """Return build info with that many modules."""
    text = b"\x30w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6" + b"path\tx\n" + b"dep\ta\tb\n" * count + bytes(16)

    def sized(data: bytes) -> bytes:
        length, out = len(data), b""
        while length >= 0x80:
            out += bytes([length & 0x7F | 0x80])
            length >>= 7
        return out + bytes([length]) + data

    info = b"\xff Go buildinf:\x08\x02" + bytes(16) + sized(b"go1.26.0") + sized(text)
    return elf([Part(".go.buildinfo", info, loaded=DATA)])


def large_unit() -> bytes:
    one = unit("main", "Go cmd/compile go1.26.0", 250 * MIB)
    return debug(packed([one]), len(one))


BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "zeros that unpack to 250 MiB": lambda: debug(packed(zeros(250 * MIB)), 250 * MIB),
    "one unit of 250 MiB": large_unit,
    "40 MiB of the least units": lambda: debug(many_units(40 * MIB)),
    "200 MiB of packed units": lambda: debug(packed([many_units(4 * MIB)] * 50), 50 * len(many_units(4 * MIB))),
    "a claim of 2 GiB": lambda: debug(bytes(3 * MIB), 2 << 30),
    "a claim of an exabyte": lambda: debug(bytes(64), 1 << 60),
    "an abbreviation without end": lambda: debug(unit("main", "x") * 1000, None, b"\1\x11\0" + b"\3\x08" * (4 * MIB)),
    "packed abbreviations": lambda: elf(
        [Part(".debug_abbrev", packed(zeros(200 * MIB)), 200 * MIB), Part(".debug_info", unit("main", "x"))]
    ),
    "names of 15 kB": lambda: debug(unit("m" * 15_000, "p" * 15_000) * 1000),
    "60,000 sections": lambda: elf([Part(".text", b"\xc3", loaded=CODE), *[Part(".debug_x", b"", 8)] * 60_000]),
    "60 line tables of 90 MiB": lambda: line_tables(60, 90 * MIB),
    "half a million modules": lambda: modules(500_000),
}
