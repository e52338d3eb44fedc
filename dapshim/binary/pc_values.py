"""Go's tables of values by program counter: pairs of variable-length numbers, one after the other in `pctab`.

Each pair is how much the value changes (zigzag) and how far the new value holds, in units of the machine's smallest
instruction. The first value is counted from -1; a change of 0 in any other place ends the table.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from dapshim.binary.errors import BinaryError

_SHIFT_MOST: Final = 63
_CONTINUES: Final = 0x80


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at `at` and the place behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < _CONTINUES:
            return value, at
        shift += 7
        if shift > _SHIFT_MOST:
            raise BinaryError("malformed", f"a number of the line table at {at} has no end")


def first_value(pctab: bytes, at: int) -> int:
    """Return the value that holds at a function's entry; raise IndexError behind the table's end."""
    code = pctab[at]
    if code >= _CONTINUES:
        code, _ = _number(pctab, at)
    return (code >> 1) - 1 if not code & 1 else -((code >> 1) + 2)


def value_ranges(pctab: bytes, at: int, quantum: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, value) of a function, as offsets from its entry; raise BinaryError where the table has no end.

    Nothing where `at` is 0: the linker leaves that place empty for functions that have no table.
    Every pair takes two bytes at least, so a table that is all noise ends when `pctab` does.
    """
    if not at:
        return
    value, start, first = -1, 0, True
    try:
        while True:
            change, at = _number(pctab, at)
            if not change and not first:
                return
            first = False
            value += -((change >> 1) + 1) if change & 1 else change >> 1
            length, at = _number(pctab, at)
            end = start + length * quantum
            yield start, end, value
            start = end
    except IndexError:
        raise BinaryError("malformed", "a table of values by program counter runs over the end of the line table") from None


def value_at(pctab: bytes, at: int, quantum: int, offset: int, most: int | None = None) -> int:
    """Return the value that holds `offset` bytes behind a function's entry; -1 where none of the first `most` ranges does."""
    ranges = itertools.islice(value_ranges(pctab, at, quantum), most)
    return next((value for start, end, value in ranges if start <= offset < end), -1)
