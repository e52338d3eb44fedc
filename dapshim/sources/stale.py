"""Whether a local text is the one that was compiled, from what the binary records of it: where functions and statements begin.

Go writes no hash of a file (Go 1.26), and a modification time proves nothing. The start lines of functions miss an edit within
a body, and the lines of statements mend that: a recorded line that is blank, a comment or outside of its function is proof.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

import attrs

from dapshim.binary.recorded import RecordedFile
from dapshim.sources.go_text import Function, GoText
from dapshim.sources.symbols import package_of_symbol

_NUMBERED: Final = re.compile(r"init\.\d+")
_MADE: Final = re.compile(r"-fm$|\.(?:deferwrap|gowrap)\d+|-range\d+|\.map\.init\.\d+$|^(?:type|go):|\.\.(?!func)")
"""Functions that the compiler makes, which begin at a line of another one."""
MAX_MOVED: Final = 20
"""As many findings as anybody reads."""


class Freshness(StrEnum):
    """FRESH: all that is recorded fits. STALE: something does not. UNKNOWN: nothing is recorded that could be compared."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


@attrs.frozen
class Moved:
    """A function that is recorded at one line and stands at another, or nowhere (None)."""

    function: str
    recorded: int
    now: int | None

    def __str__(self) -> str:
        return f"{self.function} was at line {self.recorded}, " + ("is gone" if self.now is None else f"is at {self.now}")


@attrs.frozen
class Staleness:
    """`moved` functions and statement `lines` that hold no code now. `found` of `checked` functions are there by name."""

    freshness: Freshness
    moved: tuple[Moved, ...] = ()
    lines: tuple[int, ...] = ()
    checked: int = 0
    found: int = 0

    @property
    def alien(self) -> bool:
        """Whether no recorded function is there at all, so that this may be another file altogether."""
        return self.checked > 0 and self.found == 0

    def sentence(self, path: str) -> str:
        """Return what to tell a person; "" unless it is stale."""
        if self.freshness is not Freshness.STALE:
            return ""
        if self.moved:
            more = f" and {len(self.moved) - 1} more" if len(self.moved) > 1 else ""
            what = f"{self.moved[0]}{more}"
        else:
            what = f"line {self.lines[0]} has code in the binary and none in the text"
        return f"{path} was changed since the binary was built: {what}. Build it again, or lines will not fit."


UNKNOWN: Final = Staleness(Freshness.UNKNOWN)


def compare(recorded: RecordedFile, text: bytes, statements: Mapping[str, Collection[int]] | None = None) -> Staleness:
    """Compare what is recorded of a file with a local text.

    `statements` is function's symbol -> lines of its own statements (none that were inlined); the symbol "" stands for lines of
    whatever function. A file with `//line` directives is not compared: its lines are recorded under other names.
    """
    source = GoText(text)
    if source.directives:
        return UNKNOWN
    checked = found = 0
    moved: list[Moved] = []
    places: dict[str, Function] = {}
    for symbol, line in recorded.functions.items():
        if line <= 0 or _MADE.search(symbol):
            continue
        name = _Name.of(symbol)
        if symbol.endswith(".init") and not name.receiver:
            continue  # what initialises package variables begins at the first of them
        checked += 1
        here = _at(source, name, line) or (_linked(source, line) if _is_foreign(recorded, symbol) else None)
        if here is not None:
            found += 1
            places[symbol] = here
            continue
        now = _nearest(source, name, line)
        # A macro's line holds no TEXT, and a closure for a generic function's value no func.
        untold = recorded.path.endswith(".s") or (name.closure and "[" in symbol)
        if now is None and untold and source.code(line):
            checked -= 1
            continue
        found += now is not None
        moved.append(Moved(symbol, line, now))
    lines = _without_code(source, statements or {}, places)
    if moved or lines:
        return Staleness(Freshness.STALE, tuple(moved[:MAX_MOVED]), tuple(lines[:MAX_MOVED]), checked, found)
    if not checked and not any((statements or {}).values()):
        return UNKNOWN
    return Staleness(Freshness.FRESH, (), (), checked, found)


@attrs.frozen
class _Name:
    """A symbol taken apart: `a/b.(*T).M.func1` is M of T, a closure in it."""

    name: str
    receiver: str
    closure: bool

    @classmethod
    def of(cls, symbol: str) -> _Name:
        last = _without_brackets(symbol).rpartition("/")[2]
        bare = last.partition(".")[2] if "." in last else last  # assembly's own functions are of no package
        if bare.startswith("(*"):
            receiver, _, rest = bare[2:].partition(").")
        else:
            receiver, rest = "", bare
        head, *more = rest.split(".")
        if not receiver and more and not re.fullmatch(r"func\d+|\d+", more[0]) and head != "init":
            receiver, head, more = head, more[0], more[1:]
        if head == "glob":
            return cls("", "", closure=True)
        return cls(head, receiver, closure=bool(more) and _NUMBERED.fullmatch(rest) is None)


def _without_brackets(symbol: str) -> str:
    """Return a symbol without its type arguments, which may hold brackets of their own."""
    while "[" in symbol:
        shorter = re.sub(r"\[[^\[\]]*\]", "", symbol)
        if shorter == symbol:
            return symbol.partition("[")[0]
        symbol = shorter
    return symbol


def _at(source: GoText, name: _Name, line: int) -> Function | None:
    """Return the function that begins at `line`, or that holds the closure that does."""
    if name.closure:
        if b"func" not in source.code(line):
            return None
        # Its name may begin with that of another function, into which the one that holds it was inlined.
        holder = (each for each in source.functions if each.first <= line <= each.last)
        return next(holder, Function("", "", 1, source.line_count))
    return next((each for each in _named(source, name) if each.first == line), None)


def _is_foreign(recorded: RecordedFile, symbol: str) -> bool:
    """Whether a function has another package's name, which `//go:linkname` gives it: its own name is not recorded."""
    package = package_of_symbol(symbol)
    return bool(recorded.package) and package not in (recorded.package, f"{recorded.package}_test", "main")


def _linked(source: GoText, line: int) -> Function | None:
    return next((each for each in source.functions if each.first == line), None)


def _named(source: GoText, name: _Name) -> list[Function]:
    wanted = name.name.partition("-")[0]
    return [each for each in source.functions if each.name == wanted and name.receiver in ("", each.receiver)]


def _nearest(source: GoText, name: _Name, line: int) -> int | None:
    lines = [each.first for each in _named(source, name)] if name.name and not name.closure else []
    return min(lines, key=lambda each: abs(each - line), default=None)


def _without_code(source: GoText, statements: Mapping[str, Collection[int]], places: Mapping[str, Function]) -> list[int]:
    """Return the recorded lines on which there is no code now, or that have left their function."""
    found = set()
    for symbol, lines in statements.items():
        place = places.get(symbol)
        for line in lines:
            if line > 0 and (not source.code(line) or (place is not None and not place.first <= line <= place.last)):
                found.add(line)
    return sorted(found)
