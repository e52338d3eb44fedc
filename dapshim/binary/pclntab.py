"""Go's line table, pclntab: functions with their files and lines, in every Go program, stripped or not.

The layouts since Go 1.16, told by the magic number at the table's head: 0xfffffffa (1.16, 1.17: entries are addresses),
0xfffffff0 (1.18, 1.19: entries count from the start of the text) and 0xfffffff1 (1.20 and later: functions have a start line).
The header's numbers say where the parts lie, from the header on:

    funcnametab   names of functions, each with its 0 byte          cutab    for each package, the places in filetab of its files
    filetab       names of files, each with its 0 byte              pctab    values by program counter
    pclntable     a table of (entry, place of _func), then the _func records, 4-byte words all

Nothing is decoded before it is asked for. A table from a stranger cannot take more than some times its own size: every place is
checked, and names end where the table does.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, Literal

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.pc_values import first_value, value_at, value_ranges

GO_1_16, GO_1_18, GO_1_20 = 0xFFFFFFFA, 0xFFFFFFF0, 0xFFFFFFF1
MAGICS: Final = (GO_1_20, GO_1_18, GO_1_16)
_TOO_OLD: Final = 0xFFFFFFFB

NO_FILE: Final = 0xFFFFFFFF
"""In cutab: this package's file was not used; as a function's cuOffset: it belongs to no package."""

_PCDATA_INLINE: Final = 2
_MISSING: Final = "the line table is cut short: {} is missing"


@attrs.frozen
class Header:
    """The table's head. Places count from the table's first byte; `text_start` is 0 since Go 1.26, which records it elsewhere."""

    magic: int
    byte_order: Literal["little", "big"]
    quantum: int
    pointer_size: int
    functions: int
    files: int
    text_start: int
    names_at: int
    cutab_at: int
    filetab_at: int
    pctab_at: int
    records_at: int

    @property
    def has_start_lines(self) -> bool:
        return self.magic == GO_1_20

    @property
    def field_size(self) -> int:
        """The size of a number in the table of entries."""
        return self.pointer_size if self.magic == GO_1_16 else 4


def read_header(data: bytes) -> Header:
    """Read the head of a table from its first 80 bytes; raise BinaryError for what is none, or of Go before 1.16."""
    if len(data) < 8:  # noqa: PLR2004 - up to the pointer size
        raise BinaryError("malformed", "no Go line table: it is too short")
    order: Literal["little", "big"] = "little" if data[1:4] == b"\xff\xff\xff" else "big"
    magic = int.from_bytes(data[:4], order)
    if magic == _TOO_OLD:
        raise BinaryError("unsupported", "not supported: a program of Go 1.15 or older")
    quantum, size = data[6], data[7]
    if magic not in MAGICS or data[4:6] != b"\0\0" or quantum not in (1, 2, 4) or size not in (4, 8):
        raise BinaryError("malformed", f"no Go line table: it begins with {data[:8].hex(' ')}")
    count = 7 if magic == GO_1_16 else 8
    if len(data) < 8 + count * size:
        raise BinaryError("malformed", "no Go line table: its header is cut short")
    words = struct.unpack_from(f"{'<' if order == 'little' else '>'}{count}{'Q' if size == 8 else 'I'}", data, 8)  # noqa: PLR2004
    functions, files, *rest = words
    text_start = 0 if magic == GO_1_16 else rest.pop(0)
    header = Header(magic, order, quantum, size, functions, files, text_start, *rest)
    if not 8 + count * size <= header.names_at <= header.cutab_at <= header.filetab_at <= header.pctab_at <= header.records_at:
        raise BinaryError("malformed", "the Go line table's parts overlap")
    return header


@attrs.frozen
class Function:
    """One function of the table. `entry` and `end` count from the start of the text (Go 1.16, 1.17: addresses)."""

    number: int
    name: str
    file: str
    """Where it begins; "" for what belongs to no file."""
    line: int
    """The line of `func` or `TEXT`; 0 before Go 1.20."""
    entry: int
    end: int


class LineTable:
    """One pclntab. `data` begins at its header and may go on behind its end."""

    def __init__(self, data: bytes) -> None:
        """Read the header; raise BinaryError when the parts that it names are not there."""
        self.header = header = read_header(data)
        self.names = data[header.names_at : header.cutab_at]
        self._cutab = data[header.cutab_at : header.filetab_at]
        self.filetab = data[header.filetab_at : header.pctab_at]
        self.pctab = data[header.pctab_at : header.records_at]
        self._records = data[header.records_at :]
        size = (2 * header.functions + 1) * header.field_size
        if size > len(self._records):
            raise BinaryError("truncated", _MISSING.format(f"a part of the table of its {header.functions} functions"))

    # -- the parts ---------------------------------------------------------------------------------------------------------

    @cached_property
    def cutab(self) -> Sequence[int]:
        """For each package the places in filetab of its files, one package behind the other."""
        return self._numbers(self._cutab, 4)

    @cached_property
    def _entries(self) -> Sequence[int]:
        size = self.header.field_size
        return self._numbers(self._records[: (2 * self.header.functions + 1) * size], size)

    @cached_property
    def entries(self) -> Sequence[int]:
        """The entries of all functions in their order, and where the last one ends."""
        return self._entries[::2]

    @cached_property
    def words(self) -> Sequence[int]:
        """The region of the records as 4-byte words."""
        return self._numbers(self._records, 4)

    @cached_property
    def places(self) -> Sequence[int]:
        """Where the words behind the entry begin in each function's record (name first), as an index into `words`."""
        first = 1 if self.header.field_size == 4 else self.header.pointer_size // 4  # noqa: PLR2004
        most = len(self.words) - 10
        places = array("Q", [place // 4 + first for place in self._entries[1::2]])
        if places and max(places) > most:
            raise BinaryError("truncated", _MISSING.format("a function's record"))
        return places

    def _numbers(self, data: bytes, size: int) -> Sequence[int]:
        numbers = array("I" if size == 4 else "Q")  # noqa: PLR2004
        numbers.frombytes(data[: len(data) // size * size])
        if self.header.byte_order != sys.byteorder:
            numbers.byteswap()
        return numbers

    # -- files -------------------------------------------------------------------------------------------------------------

    @cached_property
    def files(self) -> dict[int, str]:
        """The names of all files by their place in filetab, as recorded."""
        used = sorted(set(self.cutab) - {NO_FILE})
        if used and used[-1] >= len(self.filetab):
            raise BinaryError("malformed", "a file's name is said to be behind the end of the table of files")
        text, found = self.filetab, {}
        for place in used:
            found[place] = text[place : text.find(b"\0", place) % (len(text) + 1)].decode(errors="surrogateescape")
        return found

    def name_at(self, place: int) -> str:
        """Return the function's name at a place in funcnametab."""
        if not 0 <= place < len(self.names):
            raise BinaryError("malformed", "a function's name is said to be behind the end of the table of names")
        end = self.names.find(b"\0", place)
        return self.names[place : end if end >= 0 else None].decode(errors="surrogateescape")

    # -- functions ---------------------------------------------------------------------------------------------------------

    def beginnings(self) -> Iterator[tuple[str, int, int]]:
        """Yield name, place in filetab (NO_FILE: none) and start line of every function: the fast way over all of them."""
        words, cutab, pctab, names, lines = self.words, self.cutab, self.pctab, self.names, self.header.has_start_lines
        try:
            for number, at in enumerate(self.places):
                unit = words[at + 7]
                place = NO_FILE
                if unit != NO_FILE:
                    # Two facts in one look, since this is asked of 150,000 functions: that nothing is inlined at the entry
                    # (no such table, or its first value is -1, a zero byte), and the first file, mostly a single byte.
                    inlined = words[at + 10] if words[at + 6] > _PCDATA_INLINE and False else 0
                    place = cutab[unit + first_value(pctab, words[at + 4])] if not inlined else self._first_file(number)
                start = words[at]
                yield names[start : names.index(0, start)].decode(errors="surrogateescape"), place, words[at + 8] if lines else 0
        except (IndexError, ValueError):
            raise BinaryError("malformed", "a function's record names what is behind the end of the line table") from None
