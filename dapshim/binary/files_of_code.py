"""Which code a recorded file has: the lines with a statement, and the functions of it that were inlined everywhere.

Asked for one file at a time: only the functions of the packages that use the file are decoded.
"""

from __future__ import annotations

import bisect
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Final, TypeVar

from dapshim.binary.errors import damage_named
from dapshim.binary.pclntab import GO_1_20, NO_FILE, LineTable
from dapshim.binary.recorded_names import clean, package_of

ReadFunctionData = Callable[[int, int], bytes]
"""Bytes at an offset from `gofunc` (moduledata); fewer, or none, where they cannot be read."""

RANGES_MOST: Final = 500_000
"""The most ranges of code that one question decodes, about a third of a second; what is behind them is not looked at.

The files of dlv itself need some thousands; a function with 150,000 inlined copies, or a hostile table, would need many more.
"""


class FilesOfCode:
    """Questions about single files of a line table."""

    def __init__(self, table: LineTable, read_function_data: ReadFunctionData | None = None) -> None:
        self._table = table
        self._read = read_function_data
        self._for_packages = _Patience(RANGES_MOST)

    def get_ready(self) -> None:
        """Work out what the first question about any file needs, while nobody waits. Raises BinaryError as below."""
        with damage_named("the line table"):
            _ = self._places, self._positions, self._starts

    def statement_lines(self, path: str) -> tuple[int, ...]:
        """Return the lines of a recorded file that have code, sorted; () for a file that is not recorded.

        The lines of functions that were inlined are among them. Raises BinaryError where the table is damaged.
        """
        found: set[int] = set()
        patience = _Patience(RANGES_MOST)
        with damage_named("the line table"):
            for number, spans in self._owners(path, patience):
                found |= _values_within(spans, patience.limit(self._table.line_ranges(number)))
        return tuple(sorted(line for line in found if line > 0))

    def owners(self, path: str) -> tuple[int, ...]:
        """Return the numbers of the functions that have code of a recorded file. Raises BinaryError as above."""
        with damage_named("the line table"):
            return tuple(number for number, _ in self._owners(path, _Patience(RANGES_MOST)))

    def lines_of_functions(self, path: str, numbers: Iterable[int], most: int) -> tuple[int, ...]:
        """Return the lines of a recorded file that some functions have code of, sorted; `most` ranges are decoded.

        For who knows the file's own functions: all others need not be looked at. Raises BinaryError as above.
        """
        found: set[int] = set()
        patience = _Patience(most)
        places = set(self._places.get(clean(path), ()))
        with damage_named("the line table"):
            for number in patience.limit(numbers):
                ranges = patience.limit(self._table.file_ranges(number))
                spans = [(start, end) for start, end, index in ranges if self._table.file_place(number, index) in places]
                found |= _values_within(spans, patience.limit(self._table.line_ranges(number)))
        return tuple(sorted(line for line in found if line > 0))

    def inlined_functions(self, path: str) -> dict[str, int]:
        """Return the functions of a file whose code is inlined somewhere: name -> line of `func` (0 before Go 1.20).

        {} where the inline trees cannot be read: Go 1.16 and 1.17, or without their bytes. Raises BinaryError as above.
        """
        found: dict[str, int] = {}
        patience = _Patience(RANGES_MOST)
        with damage_named("the line table"):
            for number, spans in self._owners(path, patience):
                for index in self._inlined(number, spans, patience) - {-1}:
                    found |= self._called(self._table.inline_tree(number), index)
        return found

    def package(self, path: str) -> str:
        """Return the package of a file by its code alone, inlined or part of another function; "" where none tells.

        For a file in which no function begins: all of them were inlined, or it holds variables with initialisers.
        """
        return next(self._packages(path), "")

    def packages(self, path: str) -> tuple[str, ...]:
        """Return all packages with code of a file, sorted: several where their `//line` directives name one file."""
        return tuple(sorted(set(self._packages(path))))

    def _packages(self, path: str) -> Iterator[str]:
        patience = self._for_packages
        with damage_named("the line table"):
            for number, spans in self._owners(path, patience):
                for index in self._inlined(number, spans, patience):
                    names = self._called(self._table.inline_tree(number), index) if index >= 0 else [self._table.name(number)]
                    yield from filter(None, map(package_of, names))

    def _inlined(self, number: int, spans: list[tuple[int, int]], patience: _Patience) -> set[int]:
        """Return the indices in a function's inline tree of the code in `spans`; -1 is the function itself."""
        return _values_within(spans, patience.limit(self._table.inline_ranges(number))) or {-1}

    def _called(self, tree: int, index: int) -> dict[str, int]:
        """Return name and start line of an entry of an inline tree; {} where it cannot be read."""
        if self._read is None or tree < 0:
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
    def _positions(self) -> dict[int, list[int]]:
        """Where in cutab each file stands: once for every package with code of it."""
        positions: dict[int, list[int]] = {}
        for position, place in enumerate(self._table.cutab):
            positions.setdefault(place, []).append(position)
        return positions

    @cached_property
    def _units(self) -> tuple[int, ...]:
        return self._table.units()

    @cached_property
    def _starts(self) -> list[int]:
        """Where the files of each package begin in cutab."""
        return sorted(set(self._units) - {NO_FILE})

    @cached_property
    def _known_functions(self) -> dict[int, list[int]]:
        return {}

    def _functions(self, unit: int) -> list[int]:
        """Return the functions of a package, by where its files begin in cutab; the others are not looked at."""
        if unit not in self._known_functions:
            self._known_functions[unit] = list(_places_of(unit, self._units))
        return self._known_functions[unit]

    def _unit(self, position: int) -> int:
        return self._starts[bisect.bisect_right(self._starts, position) - 1]

    def _owners(self, path: str, patience: _Patience) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Yield the functions with code of a file, and which parts of them."""
        positions = [each for place in self._places.get(clean(path), ()) for each in self._positions.get(place, ())]
        indices = [(self._unit(each), each) for each in positions if self._starts and each >= self._starts[0]]
        # Small packages first: the file's own is one of them more often than not.
        indices.sort(key=lambda each: len(self._functions(each[0])))
        functions = ((number, position - unit) for unit, position in indices for number in self._functions(unit))
        for number, index in patience.limit(functions):
            if self._table.single_file(number) in (None, index):
                ranges = patience.limit(self._table.file_ranges(number))
                spans = [(start, end) for start, end, found in ranges if found == index]
                if spans:
                    yield number, spans


def _places_of(value: int, values: tuple[int, ...]) -> Iterator[int]:
    """Yield where a value stands, found as fast as a tuple is searched."""
    at = -1
    with suppress(ValueError):
        while True:
            at = values.index(value, at + 1)
            yield at


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


Item = TypeVar("Item")


class _Patience:
    """How much more a question may decode."""

    def __init__(self, most: int) -> None:
        self._left = most

    def limit(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield what may still be looked at."""
        for item in items:
            self._left -= 1
            if self._left < 0:
                return
            yield item
