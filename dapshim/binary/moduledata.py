"""Go's `runtime.firstmoduledata`, as far as addresses need it: where the text starts, and where inline trees lie.

Up to Go 1.25 the line table's header has the start of the text; since 1.26 that field is 0 and only moduledata has it, in the
section `.go.module`, which older programs have not. It is never the section `.text`: with cgo, C code comes first.
The fields are words; their places are those of the releases 1.18 to 1.27, and what they say is checked against the segments.
"""

from __future__ import annotations

import struct
from typing import Final

import attrs

from dapshim.binary.image import WIDE, Image
from dapshim.binary.pclntab import GO_1_16, GO_1_18
from dapshim.binary.table_search import FoundTable

_SECTIONS: Final = (".go.module", "__go_module")
_TEXT: Final = 22
_WORDS: Final = 48
_RELATIVE: Final = {"amd64": 8, "386": 8, "arm64": 1027, "arm": 23, "s390x": 12, "ppc64le": 22, "riscv64": 3, "loong64": 3}
"""ELF's relocation that means "the base is added", by machine; the linker may leave 0 in the place itself."""


@attrs.frozen
class ModuleData:
    """What was found, as addresses in the file; None where it was not."""

    address: int | None = None
    text: int | None = None
    gofunc: int | None = None


def read_moduledata(image: Image, found: FoundTable, go_version: str = "") -> ModuleData:
    """Return the module's data; `go_version` as build info has it ("go1.26.6") tells the place of `gofunc`."""
    header = found.table.header
    if header.magic == GO_1_16:
        # Entries are addresses there, and inline trees are pointed to.
        return ModuleData(text=0)
    address = _address(image, found)
    words = image.pointers_at(address, _WORDS) if address is not None else ()
    text = header.text_start or (_word(image, address, words, _TEXT) if address is not None else 0)
    gofunc = 0
    if address is not None:
        gofunc = _word(image, address, words, _gofunc(header.magic, go_version))
    return ModuleData(address, text if image.is_code(text) else None, gofunc if image.offset_of(gofunc) else None)


def _gofunc(magic: int, go_version: str) -> int:
    """Return the place of `gofunc` among the words: 1.20 brought two words before it, 1.27 three."""
    if magic == GO_1_18:
        return 38
    return 43 if minor_of(go_version) >= 27 else 40  # noqa: PLR2004 - Go 1.27


def minor_of(go_version: str) -> int:
    """Return the second number of "go1.26.6", whatever is around it; 0 where it has none (`devel`)."""
    head, found, rest = go_version.partition("go1.")
    digits = rest[: next((at for at, letter in enumerate(rest) if not letter.isdigit()), len(rest))]
    return int(digits[:4]) if found and digits and not head.strip("devl ") else 0


def _address(image: Image, found: FoundTable) -> int | None:
    section = image.section(*_SECTIONS)
    if section is not None and section.address:
        return section.address
    pair = struct.pack(
        f"{image.order}2{'Q' if image.pointer_size == WIDE else 'I'}",
        found.address,
        found.address + found.table.header.names_at,
    )
    writable = (each for each in image.segments if each.writable)
    for address, _, data in image.loaded_parts(writable, len(pair)):
        at = data.find(pair)
        while at >= 0:
            if (address + at) % image.pointer_size == 0:
                return address + at
            at = data.find(pair, at + 1)
    return None


def _word(image: Image, address: int, words: tuple[int, ...], number: int) -> int:
    value = words[number] if number < len(words) else 0
    return value or _relocated(image, address + number * image.pointer_size)


def _relocated(image: Image, address: int) -> int:
    """Return what the loader will write at an address of a position-independent ELF program; 0 where it writes nothing."""
    section = image.section(".rela.dyn", ".rela")
    kind = _RELATIVE.get(image.machine)
    if section is None or kind is None or image.format != "elf":
        return 0
    wide = image.pointer_size == WIDE
    form = f"{image.order}{'QQQ' if wide else 'III'}"
    data = image.read_section(section)
    wanted = address.to_bytes(image.pointer_size, image.byte_order)
    size, at = struct.calcsize(form), data.find(wanted)
    while at >= 0:
        if at % size == 0 and at + size <= len(data):
            _, info, addend = struct.unpack_from(form, data, at)
            if info & (0xFFFFFFFF if wide else 0xFF) == kind:
                return int(addend)
        at = data.find(wanted, at + 1)
    return 0
