"""Gathers what the rules about breakpoints look at: `line_reading` for those by line, and here for those by a function's name.

Blocks: sources and the executable's table are read. It knows no message, and no session.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from typing import Final

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.delve.line_reading import FILES_MOST, LineReader
from dapshim.diagnose.breakpoint_facts import Asked, FunctionFacts, LineFacts
from dapshim.diagnose.function_rules import matching, similar
from dapshim.golang.source_files import go_file_names
from dapshim.golang.spelling import join, parent
from dapshim.sources.named_places import find_named, split_place
from dapshim.sources.spelling import AdapterPath, ClientPath
from dapshim.sources.symbols import package_of_symbol

_NAMES_MOST: Final = 3000
"""Functions among which a misspelt name is looked for."""


class BreakpointReader(LineReader):
    """Answers for one program. Not for several threads at once; a file's text is read anew each time, for it is edited."""

    def function_facts(self, asked: Asked) -> FunctionFacts:
        """Return what is known of a breakpoint by name."""
        matches = matching(asked.function, self._symbols)
        merely = () if matches else matching(asked.function, self._merely_inlined)
        if not asked.delves and (found := [each for each in merely if self._is_somewhere(each)]):
            # Delve 1.27.1 stops at each of the places where it was inlined.
            matches, merely = tuple(found), ()
        program = self.program("", asked.delves)
        if matches or merely:
            ordered = tuple(sorted(matches, key=lambda each: not self._is_own(each)))
            return FunctionFacts(asked, program, ordered, merely, place=self._client_place(ordered[0]) if ordered else "")
        declared = self._declared(asked)
        lacks = self._lacking_package(asked.function)
        near = similar(self._as_symbol(asked.function), self._likely(asked.function))
        return FunctionFacts(asked, program, near=near, declared=declared, lacks=lacks)

    def named_line(self, name: str) -> tuple[ClientPath, int] | None:
        """Return the file and line of a place that is written as a function's name, `main.go:12`; None for what is none."""
        place = split_place(name)
        found = find_named(self._made.map, *place) if place is not None else None
        return (found.client, place[1]) if place is not None and found is not None and found.client is not None else None

    def _is_own(self, symbol: str) -> bool:
        return symbol.startswith(self._own)

    @cached_property
    def _own(self) -> tuple[str, ...]:
        """How the names begin of the functions that are the person's own: of main, and of the main module."""
        build = self._made.map.facts.recorded.build
        module = build.main.path if build.main is not None else ""
        return tuple(filter(None, ("main.", f"{module}." if module else "", f"{module}/" if module else "")))

    def _client_place(self, symbol: str) -> str:
        path, line = self.place_of(symbol)
        client = self._made.map.to_client(AdapterPath(path)).path if path and line else None
        return f"{client}:{line}" if client is not None else ""

    def _as_symbol(self, name: str) -> str:
        """Return the name that a function of the main package has in the program, where it was written with its import path."""
        path = self._made.map.facts.recorded.build.path
        return f"main.{name[len(path) + 1 :]}" if path and name.startswith(f"{path}.") else name

    def _lacking_package(self, name: str) -> str:
        """Return the package that a name has, if the program has no file of it; "" where it names none in full."""
        folder, slash, rest = self._as_symbol(name).rpartition("/")
        package = f"{folder}/{rest.partition('.')[0]}" if slash else ""
        recorded = self._made.map.facts.recorded.files
        return package if package and not any(each.package == package for each in recorded) else ""

    def _declared(self, asked: Asked) -> LineFacts | None:
        """Return what is known of the line of `func` where a function stands in the source of a package of the program."""
        package, _, rest = self._as_symbol(asked.function).rpartition("/")[2].partition(".")
        receiver, _, function = rest.replace("(*", "").replace(")", "").rpartition(".")
        folder = next(filter(None, map(self._folder_of, self._packages_called(asked.function, package))), "")
        if not folder or not function:
            return None
        for name in go_file_names(self._files, folder)[:FILES_MOST]:
            path = ClientPath(join(folder, name))
            text = self._text(path) if not name.endswith("_test.go") else None
            for each in text.functions if text is not None else ():
                if (each.receiver, each.name) == (receiver, function):
                    return self.line_facts(attrs.evolve(asked, file=str(path), line=each.first, function="", delves=""))
        return None

    def _packages_called(self, name: str, last: str) -> Iterable[str]:
        """Yield a file of each package that is meant by the first part of a function's name."""
        folder, slash, _ = self._as_symbol(name).rpartition("/")
        main = self._made.map.facts.recorded.build.path
        seen = set()
        for each in self._made.map.facts.recorded.files:
            fits = each.package == f"{folder}/{last}" if slash else each.package.rpartition("/")[2] == last
            if (fits or (last == "main" and each.package in ("main", main))) and each.package not in seen:
                seen.add(each.package)
                yield each.path

    def _folder_of(self, recorded: str) -> str:
        client = self._made.map.to_client(AdapterPath(recorded)).path
        return parent(self._made.map.local(client)) if client is not None else ""

    def _is_somewhere(self, symbol: str) -> bool:
        """Whether an inlined function has instructions in one of its callers."""
        package = package_of_symbol(symbol)
        main = self._made.map.facts.recorded.build.path
        wanted = {package, main} if package == "main" else {package}
        files = [each.path for each in self._made.map.facts.recorded.files if each.package in wanted]
        with suppress(BinaryError):
            if self._made.code is not None:
                return any(matching(symbol, self._made.code.inlined_functions(path)) for path in files)
        return False

    @cached_property
    def _symbols(self) -> tuple[str, ...]:
        return tuple(name for file in self._made.map.facts.recorded.files for name in file.functions)

    @cached_property
    def _merely_inlined(self) -> tuple[str, ...]:
        """The names in the table that no function has: the linker writes those of inlined ones there too."""
        if self._made.table is None:
            return ()
        names = {each.decode(errors="surrogateescape") for each in self._made.table.names.split(b"\0")}
        return tuple(names - set(self._symbols) - {""})

    def _likely(self, name: str) -> tuple[str, ...]:
        """Return functions among which a name may have been meant: the person's own, and those of the package that it names."""
        said = name.partition(".")[0].rpartition("/")[2]
        mine = [each for each in (*self._symbols, *self._merely_inlined) if self._is_own(each)]
        others = [each for each in self._symbols if said and each.rpartition("/")[2].startswith(f"{said}.")]
        return tuple(dict.fromkeys((*mine, *others)))[:_NAMES_MOST]
