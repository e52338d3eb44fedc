"""Whether a rebuilt program is the twin of another: all that is loaded must be the same, but for what tells how it was built.

`.text` alone is not enough: a comment moves lines and leaves it as it was. Go 1.21 to 1.27, exe, PIE and cgo: in a twin
all sections that are loaded are equal, but for the build ids and for the text of the build info, which stands in `.rodata` and
`.go.buildinfo`. With Go 1.21 a program without debug info has a shorter table of section names in front of its read-only
tables, which therefore lie somewhat lower; then only what points to them may differ, and by that much. PURE.
"""

from __future__ import annotations

import struct
from typing import Final

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.image import Image, Section
from dapshim.binary.table_search import SECTIONS as LINE_TABLES

_BEGIN: Final = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
_END: Final = bytes.fromhex("f932433186182072008242104116d8f2")
"""The marks around the text of the build info (cmd/go: infoStart and infoEnd)."""

_TEXT_MOST: Final = 16 << 20
_MUST: Final = (".text", ".noptrdata", ".data")
_SHIFTED: Final = (".typelink", ".itablink", ".gosymtab", *LINE_TABLES)
_POINTING: Final = (".noptrdata", ".data.rel.ro", ".go.module")
_SHIFT_MOST: Final = 0x1000


@attrs.frozen
class _Pair:
    """A section of the program and the twin's of that name."""

    own: Section
    twin: Section

    @property
    def shift(self) -> int:
        return self.twin.address - self.own.address


def difference(own: Image, twin: Image) -> str:
    """Return the first section in which the twin differs, and how, in words for a person; "" where none does.

    Raises BinaryError where a section cannot be read.
    """
    if own.format != "elf" or (own.machine, own.byte_order, own.position_independent) != (
        twin.machine,
        twin.byte_order,
        twin.position_independent,
    ):
        return "it is for another machine, or of another kind"
    if own.entry != twin.entry:
        return "it begins at another address"
    there = {each.name: each for each in twin.sections if each.address}
    mine = [each for each in own.sections if each.address]
    missing = [*(name for name in _MUST if all(each.name != name for each in mine)), *_alone(mine, there)]
    if missing or not any(each.name in LINE_TABLES for each in mine):
        return f"only one of them has the section {missing[0]}" if missing else "it has no line table"
    pairs = [_Pair(each, there[each.name]) for each in mine]
    shift = next(pair.shift for pair in pairs if pair.own.name in LINE_TABLES)
    for pair in pairs:
        allowed = shift if pair.own.name in _SHIFTED and abs(shift) < _SHIFT_MOST else 0
        if pair.shift != allowed or pair.own.size != pair.twin.size:
            return f"its section {pair.own.name} lies elsewhere or has another size"
    for pair in pairs:
        if not _same(own, twin, pair, shift, pairs):
            return f"its section {pair.own.name} differs"
    return ""


def _alone(mine: list[Section], there: dict[str, Section]) -> list[str]:
    return sorted({each.name for each in mine} ^ there.keys())


def _same(own: Image, twin: Image, pair: _Pair, shift: int, pairs: list[_Pair]) -> bool:
    name = pair.own.name
    if name in (".note.go.buildid", ".note.gnu.build-id") or not pair.own.file_size or not pair.twin.file_size:
        return pair.own.file_size == pair.twin.file_size
    mine, other = own.read_section(pair.own), twin.read_section(pair.twin)
    if mine == other:
        return True
    if name in (".rodata", ".go.buildinfo"):
        return _blanked(mine) == _blanked(other)
    if shift and name in _POINTING and len(mine) == len(other):
        moved = [(each.own.address, each.own.address + each.own.size) for each in pairs if each.own.name in _SHIFTED]
        return _pointers_moved(own, mine, other, shift, moved)
    return False


def _blanked(data: bytes) -> bytes:
    """Return the bytes with the text of the build info as zeros."""
    blank = bytearray(data)
    at = data.find(_BEGIN)
    while at >= 0:
        end = data.find(_END, at, at + _TEXT_MOST)
        if end < 0:
            break
        blank[at:end] = bytes(end - at)
        at = data.find(_BEGIN, end)
    return bytes(blank)


def _pointers_moved(own: Image, mine: bytes, other: bytes, shift: int, moved: list[tuple[int, int]]) -> bool:
    """Tell whether all that differs are pointers into what was moved, each by as much."""
    size = own.pointer_size
    whole = len(mine) // size * size
    form = f"{own.order}{'Q' if size == struct.calcsize('Q') else 'I'}"
    for (before,), (after,) in zip(
        struct.iter_unpack(form, mine[:whole]), struct.iter_unpack(form, other[:whole]), strict=True
    ):
        if before != after and (after - before != shift or not any(begin <= before <= end for begin, end in moved)):
            return False
    return mine[whole:] == other[whole:]


def unreadable(error: BinaryError) -> str:
    """Return the words for a program or a twin that could not be compared."""
    return f"it cannot be compared: {error}"
