"""Go's line table, pclntab: functions with their files and lines, in every Go program, stripped or not.

The layouts since Go 1.16, told by the magic number at the table's head: 0xfffffffa (1.16, 1.17: entries are addresses),
0xfffffff0 (1.18, 1.19: entries count from the start of the text) and 0xfffffff1 (1.20 and later: functions have a start line).
The header's numbers say where the parts lie, from the header on:

    funcnametab   names of functions, each with its 0 byte      cutab    for each package, the places in filetab of its files
    filetab       names of files, each with its 0 byte          pctab    values by program counter
    pclntable     a table of (entry, place of _func), then the _func records, 4-byte words all

Nothing is decoded before it is asked for. A table from a stranger cannot take more than some times its own size: every place is
checked, and names end where the table does.
"""

from __future__ import annotations

import bisect
import itertools
import struct
from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Final, Literal

import attrs

from dapshim.binary.errors import BinaryError, damage_named
from dapshim.binary.pc_values import first_value, value_at, value_ranges

GO_1_16, GO_1_18, GO_1_20 = 0xFFFFFFFA, 0xFFFFFFF0, 0xFFFFFFF1
MAGICS: Final = (GO_1_20, GO_1_18, GO_1_16)
_TOO_OLD: Final = 0xFFFFFFFB

NO_FILE: Final = 0xFFFFFFFF
"""In cutab: this package's file was not used; as a function's cuOffset: it belongs to no package."""

# Words of a function's record behind its entry.
_DEFER_RETURN, _PCSP, _PCFILE, _PCLN, _PCDATA_COUNT, _UNIT, _START_LINE = 2, 3, 4, 5, 6, 7, 8
_PCDATA_INLINE, _FUNCDATA_INLINE = 2, 3
_CONTINUES: Final = 0x80

NAMES_AGAIN: Final = 4
"""How often the table of names may be used up by long names: each name is there once, and few functions share one."""

_RECORD_SIZE: Final = 64
_LONG_NAME: Final = 512
_PLACES_TRIED: Final = 16
_RANGES_TO_OWN: Final = 64
"""How far into a function its first own instruction is looked for; where it was not the first, it was the third at most."""
_NATIVE: Final = "little" if array("H", [1]).tobytes()[0] else "big"
_MISSING: Final = "the line table is cut short: {} is missing"


@attrs.frozen
class Header:
    """The table's head. Places count from its first byte; `text_start` is 0 since Go 1.26 (`moduledata` has it)."""

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
        """Whether functions have the line of their `func`: since Go 1.20."""
        return self.magic == GO_1_20

    @property
    def pcdata_at(self) -> int:
        """Where a record's list of pcdata tables begins, in words behind the entry."""
        return 10 if self.has_start_lines else 9

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


class LineTable:
    """One pclntab. `data` begins at its header and may go on behind its end."""

    def __init__(self, data: bytes) -> None:
        """Read the header; raise BinaryError when the parts that it names are not there."""
        self.header = header = read_header(data)
        self.pcdata_at = header.pcdata_at
        self.names = data[header.names_at : header.cutab_at]
        self._cutab = data[header.cutab_at : header.filetab_at]
        self.filetab = data[header.filetab_at : header.pctab_at]
        self.pctab = data[header.pctab_at : header.records_at]
        # The last record may end with the table, and is read as if it had all fields.
        self._records = b"".join((memoryview(data)[header.records_at :], bytes(_RECORD_SIZE)))
        size = (2 * header.functions + 1) * header.field_size
        if size > len(self._records) - _RECORD_SIZE:
            raise BinaryError("truncated", _MISSING.format(f"a part of the table of its {header.functions} functions"))

    # -- the parts ---------------------------------------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[bytes, ...]:
        """All bytes behind the header, part by part."""
        return self.names, self._cutab, self.filetab, self.pctab, self._records

    @property
    def size(self) -> int:
        """How many bytes these are."""
        return sum(map(len, self.parts))

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

    def _place(self, number: int) -> int:
        """Return `places[number]`, without the others where nobody has asked for them all."""
        if "places" in self.__dict__:
            return self.places[number]
        first = 1 if self.header.field_size == 4 else self.header.pointer_size // 4  # noqa: PLR2004
        place = self._entries[2 * number + 1] // 4 + first
        if place > len(self.words) - 10:
            raise BinaryError("truncated", _MISSING.format("a function's record"))
        return place

    def _numbers(self, data: bytes, size: int) -> Sequence[int]:
        numbers = array("I" if size == 4 else "Q")  # noqa: PLR2004
        numbers.frombytes(data[: len(data) // size * size])
        if self.header.byte_order != _NATIVE:
            numbers.byteswap()
        return numbers

    # -- files -------------------------------------------------------------------------------------------------------------

    @cached_property
    def files(self) -> dict[int, str]:
        """The names of all files by their place in filetab, as recorded."""
        used = sorted(set(self.cutab) - {NO_FILE})
        if used and used[-1] >= len(self.filetab):
            raise BinaryError("malformed", "a file's name is said to be behind the end of the table of files")
        text, found, end = self.filetab, {}, 0
        for place in used:
            if place < end:
                # Names that lie in each other could be more than memory holds.
                raise BinaryError("malformed", "the names of two files overlap")
            end = text.find(b"\0", place)
            end = end if end >= 0 else len(text)
            found[place] = text[place:end].decode(errors="surrogateescape")
        return found

    def name_at(self, place: int) -> str:
        """Return the function's name at a place in funcnametab."""
        if not 0 <= place < len(self.names):
            raise BinaryError("malformed", "a function's name is said to be behind the end of the table of names")
        end = self.names.find(b"\0", place)
        return self.names[place : end if end >= 0 else None].decode(errors="surrogateescape")

    # -- functions ---------------------------------------------------------------------------------------------------------

    def beginnings(self) -> Iterator[tuple[str, int, int]]:
        """Yield name, place in filetab (NO_FILE: none) and start line of every function: the fast way over all of them.

        150,000 functions are a quarter of a second, so a record is taken apart in one call.
        """
        new, skip = self.header.has_start_lines, self.header.field_size
        order = "<" if self.header.byte_order == "little" else ">"
        fields = struct.Struct(f"{order}I12xI4xII{'I' if new else ''}4x8xI").unpack_from
        cutab, pctab, names, records = self.cutab, self.pctab, self.names, self._records
        room, line = NAMES_AGAIN * len(names), 0
        with damage_named("a function's record"):
            for number, at in enumerate(self._entries[1::2]):
                if new:
                    start, pcfile, tables, unit, line, inlined = fields(records, at + skip)
                else:
                    start, pcfile, tables, unit, inlined = fields(records, at + skip)
                if unit == NO_FILE:
                    place = NO_FILE
                elif tables > _PCDATA_INLINE and inlined and pctab[inlined]:
                    # Code of another function is inlined at the entry, and the file there is the other's. Where nothing is, the
                    # inline index begins with -1, a byte of 0.
                    place = self._own_file(number)
                else:
                    code = pctab[pcfile]
                    index = (code >> 1) - 1 if code < _CONTINUES and not code & 1 else first_value(pctab, pcfile)
                    place = cutab[unit + index] if index >= 0 else NO_FILE
                end = names.index(0, start)
                if end - start > _LONG_NAME:
                    room -= end - start
                    if room < 0:
                        raise BinaryError("malformed", "the names of functions overlap")
                yield names[start:end].decode(errors="surrogateescape"), place, line

    def _own_file(self, number: int) -> int:
        """Return the place of the file of the first instruction that is the function's own; NO_FILE where all is inlined."""
        at, quantum = self._place(number), self.header.quantum
        table = self.words[at + self.pcdata_at + _PCDATA_INLINE]
        ranges = itertools.islice(value_ranges(self.pctab, table, quantum), _RANGES_TO_OWN)
        own = next((start for start, _, index in ranges if index < 0), None)
        return NO_FILE if own is None else self._file_of(number, own, _RANGES_TO_OWN)

    def _file_of(self, number: int, offset: int, most: int | None = None) -> int:
        """Return the place of the file of the instruction `offset` bytes behind a function's entry; NO_FILE where none is."""
        at = self._place(number)
        index = value_at(self.pctab, self.words[at + _PCFILE], self.header.quantum, offset, most)
        return self._in_unit(self.words[at + _UNIT], index)

    def _in_unit(self, unit: int, index: int) -> int:
        """Return the place of a package's file; NO_FILE where there is none."""
        return self.cutab[unit + index] if unit != NO_FILE and index >= 0 and unit + index < len(self.cutab) else NO_FILE

    def named(self, prefixes: tuple[bytes, ...], most: int) -> Iterator[int]:
        """Yield the numbers of the functions whose names begin with one of the prefixes, `most` of them.

        The names are searched, not taken apart: 150,000 functions are a thirtieth of a second.
        """
        wanted = set(itertools.islice((at for each in prefixes for at in self._begin(each)), most))
        if wanted and len(self.places) > 1:
            begins = itemgetter(*self.places)(self.words)
            yield from itertools.islice((number for number, at in enumerate(begins) if at in wanted), most)

    def number_of(self, name: bytes) -> int | None:
        """Return the number of the function of a name, mostly told without looking at the others; None where there is none."""
        begin = next(self._begin(name + b"\0"), None)
        if begin is None:
            return None
        skip, records, starts = self.header.field_size, self._records, self._entries[1::2]
        wanted = begin.to_bytes(4, self.header.byte_order)
        at = records.find(wanted, len(self._entries) * skip)
        for _ in range(_PLACES_TRIED):
            if at < 0:
                return None
            # The same bytes may stand in another field, or across two.
            if at - skip in starts:
                return starts.index(at - skip)
            at = records.find(wanted, at + 1)
        words = self.words
        return next((number for number, place in enumerate(self.places) if words[place] == begin), None)

    def _begin(self, prefix: bytes) -> Iterator[int]:
        """Yield where in the table of names those begin that begin with a prefix."""
        if self.names.startswith(prefix):
            yield 0
        at = self.names.find(b"\0" + prefix)
        while at >= 0:
            yield at + 1
            at = self.names.find(b"\0" + prefix, at + 1)

    def beginning(self, number: int) -> tuple[str, int]:
        """Return file (as recorded) and start line (0 before Go 1.20) of a function; ("", …) where it is in no file."""
        at = self._place(number)
        line = self.words[at + _START_LINE] if self.header.has_start_lines else 0
        inlined = self.words[at + self.pcdata_at + _PCDATA_INLINE] if self.words[at + _PCDATA_COUNT] > _PCDATA_INLINE else 0
        place = self._own_file(number) if inlined else self._file_of(number, 0)
        return self.files.get(place, ""), line

    def units(self) -> tuple[int, ...]:
        """Return for every function where its package's files begin in cutab; NO_FILE for what belongs to no package."""
        places = self.places
        if len(places) < 2:  # noqa: PLR2004 - itemgetter gives one item as it is
            return tuple(self.words[at + _UNIT] for at in places)
        units: tuple[int, ...] = itemgetter(*places)(self.words[_UNIT:])  # no turn of Python for each of 150,000 functions
        return units

    def file_ranges(self, number: int) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, index in its package's files) of a function, as offsets from its entry."""
        return value_ranges(self.pctab, self.words[self._place(number) + _PCFILE], self.header.quantum)

    def file_place(self, number: int, index: int) -> int:
        """Return the place in filetab of a file by its index in the function's package; NO_FILE where there is none."""
        return self._in_unit(self.words[self._place(number) + _UNIT], index)

    def single_file(self, number: int) -> int | None:
        """Return the index of a function's only file, told without decoding; None where there may be several."""
        at = self.words[self._place(number) + _PCFILE]
        code = self.pctab[at]
        if code >= _CONTINUES or code & 1:
            return None
        # Behind the first value stands a length; where a 0 follows it, the table ends.
        behind = at + 1
        while self.pctab[behind] >= _CONTINUES:
            behind += 1
        return (code >> 1) - 1 if not self.pctab[behind + 1] else None

    def line_ranges(self, number: int) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, line) of a function, as offsets from its entry."""
        return value_ranges(self.pctab, self.words[self._place(number) + _PCLN], self.header.quantum)

    def inline_ranges(self, number: int) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, index in its inline tree) of a function; the index is -1 where the code is its own."""
        at = self._place(number)
        table = self.words[at + self.pcdata_at + _PCDATA_INLINE] if self.words[at + _PCDATA_COUNT] > _PCDATA_INLINE else 0
        return value_ranges(self.pctab, table, self.header.quantum)

    def frame_sizes(self, number: int) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, bytes from the stack pointer to the return address), as offsets from a function's entry."""
        return value_ranges(self.pctab, self.words[self.places[number] + _PCSP], self.header.quantum)

    def defer_return(self, number: int) -> int:
        """Return where a function calls what it deferred, which is where it goes on after a recovered panic; 0: nowhere."""
        return self.words[self.places[number] + _DEFER_RETURN]

    def start_line(self, number: int) -> int:
        """Return the line of a function's `func`; 0 before Go 1.20."""
        return self.words[self.places[number] + _START_LINE] if self.header.has_start_lines else 0

    def flags(self, number: int) -> int:
        """Return a function's flags: 1, nothing called it; 2, it writes the stack pointer; 4, it is assembly (Go 1.17)."""
        counts = self.words[self.places[number] + self.pcdata_at - 1]
        return counts >> (8 if self.header.byte_order == "little" else 16) & 0xFF

    def file_at(self, number: int, index: int) -> str:
        """Return the name of a file by its index in the package of a function, as recorded; "" where there is none."""
        return self.files.get(self._in_unit(self.words[self.places[number] + _UNIT], index), "")

    def inline_tree(self, number: int) -> int:
        """Return where a function's inline tree begins, counted from `gofunc` (Go 1.18 and later); -1 where it has none."""
        at = self._place(number)
        counts = self.words[at + self.pcdata_at - 1]
        held = counts >> 24 if self.header.byte_order == "little" else counts & 0xFF
        if self.header.magic == GO_1_16 or held <= _FUNCDATA_INLINE:
            return -1
        tree = at + self.pcdata_at + self.words[at + _PCDATA_COUNT] + _FUNCDATA_INLINE
        return self.words[tree] if tree < len(self.words) and self.words[tree] != NO_FILE else -1

    def name(self, number: int) -> str:
        """Return a function's name."""
        return self.name_at(self.words[self._place(number)])

    def function_at(self, pc: int) -> int | None:
        """Return the number of the function that covers `pc`, counted as `entries` count; None where none does."""
        entries = self.entries
        at = bisect.bisect_right(entries, pc) - 1
        return at if 0 <= at < self.header.functions and pc < entries[-1] else None

    def position(self, pc: int) -> tuple[str, int]:
        """Return file (as recorded) and line of the instruction at `pc`, counted as `entries` count; ("", 0) where none is."""
        number = self.function_at(pc)
        if number is None:
            return "", 0
        with damage_named("a function's record"):
            offset = pc - self.entries[number]
            table = self.words[self._place(number) + _PCLN]
            line = value_at(self.pctab, table, self.header.quantum, offset)
            file = self.files.get(self._file_of(number, offset), "")
            return file, max(0, line) if file else 0
