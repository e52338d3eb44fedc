"""Which code a recorded file has: the lines with a statement, and the functions of it that were inlined everywhere.

Asked for one file at a time: only the functions of the packages that use the file are decoded.
"""

from __future__ import annotations

import bisect
import itertools
import struct
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

from dapshim.binary.pclntab import GO_1_20, NO_FILE, LineTable
from dapshim.binary.recorded_names import clean, package_of

ReadFunctionData = Callable[[int, int], bytes]
"""Bytes at an offset from `gofunc` (moduledata); fewer, or none, where they cannot be read."""

OWNERS_MOST: Final = 50_000
"""The most functions that are decoded for one file; the rest is not looked at (150,000 copies of one function: 10 s)."""


class FilesOfCode:
    """Questions about single files of a line table."""

    def __init__(self, table: LineTable, read_function_data: ReadFunctionData | None = None) -> None:
        self._table = table
        self._read = read_function_data

    def statement_lines(self, path: str) -> tuple[int, ...]:
        """Return the lines of a recorded file that have code, sorted; () for a file that is not recorded.

        The lines of functions that were inlined are among them.
        """
        found: set[int] = set()
        for place in self._places.get(clean(path), ()):
            for number, spans in self._owners(place):
                found |= _lines_within(spans, self._table.line_ranges(number))
        return tuple(sorted(found - {0}))

    def inlined_functions(self, path: str) -> dict[str, int]:
        """Return the functions of a file whose code is inlined somewhere: name -> line of `func` (0 before Go 1.20).

        {} where the inline trees cannot be read: Go 1.16 and 1.17, or without their bytes.
        """
        found: dict[str, int] = {}
        for place in self._places.get(clean(path), ()):
            for number, spans in self._owners(place):
                tree = self._table.inline_tree(number)
                if tree < 0:
                    continue
                for index in sorted(_values_within(spans, self._table.inline_ranges(number))):
                    found |= self._called(tree, index) if index >= 0 else {}
        return found

    def package(self, path: str) -> str:
        """Return the package of a file by its code alone, inlined or part of another function; "" where none tells.

        For a file in which no function begins: all of them were inlined, or it holds variables with initialisers.
        """
        for place in self._places.get(clean(path), ()):
            for number, spans in self._owners(place):
                tree = self._table.inline_tree(number)
                for index in _values_within(spans, self._table.inline_ranges(number)) or {-1}:
                    names = [self._table.name(number)] if index < 0 else self._called(tree, index) if tree >= 0 else ()
                    found = next(filter(None, map(package_of, names)), "")
                    if found:
                        return found
        return ""

    def _called(self, tree: int, index: int) -> dict[str, int]:
        """Return name and start line of an entry of an inline tree."""
        if self._read is None:
            return {}
        new = self._table.header.magic == GO_1_20
        size = 16 if new else 20
        data = self._read(tree + index * size, size)
        if len(data) != size:
            return {}
        order = "<" if self._table.header.byte_order == "little" else ">"
        name, line = struct.unpack_from(f"{order}4xI4xI", data) if new else (*struct.unpack_from(f"{order}12xI", data), 0)
        return {self._table.name_at(name): line} if name < len(self._table.names) else {}

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, name in self._table.files.items():
            places.setdefault(clean(name), []).append(place)
        return places

    @cached_property
    def _functions(self) -> dict[int, list[int]]:
        """For each package, by where its files begin in cutab, its functions."""
        functions: dict[int, list[int]] = {}
        for number, unit in enumerate(self._table.units()):
            if unit != NO_FILE:
                functions.setdefault(unit, []).append(number)
        return functions

    @cached_property
    def _starts(self) -> list[int]:
        return sorted(self._functions)

    def _owners(self, place: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Yield the functions with code of a file, and which parts of them."""
        indices = [
            (self._unit(position), position) for position in self._positions.get(place, ()) if position >= self._starts[0]
        ]
        # Small packages first: the file's own is one of them more often than not.
        indices.sort(key=lambda each: len(self._functions[each[0]]))
        functions = ((number, position - unit) for unit, position in indices for number in self._functions[unit])
        for number, index in itertools.islice(functions, OWNERS_MOST):
            if self._table.single_file(number) in (None, index):
                spans = [(start, end) for start, end, found in self._table.file_ranges(number) if found == index]
                if spans:
                    yield number, spans

    def _unit(self, position: int) -> int:
        return self._starts[bisect.bisect_right(self._starts, position) - 1]

    @cached_property
    def _positions(self) -> dict[int, list[int]]:
        """Where in cutab each file stands: once for every package with code of it."""
        positions: dict[int, list[int]] = {}
        for position, place in enumerate(self._table.cutab):
            positions.setdefault(place, []).append(position)
        return positions


def _values_within(spans: list[tuple[int, int]], ranges: Iterator[tuple[int, int, int]]) -> set[int]:
    """Return the values of the ranges that meet one of the spans; both are in order and do not overlap among themselves."""
    found: set[int] = set()
    at = 0
    for start, end, value in ranges:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if at == len(spans):
            break
        if start < end and spans[at][0] < end:
            found.add(value)
    return found


_lines_within = _values_within
