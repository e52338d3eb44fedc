"""Rules about .dapshim.toml: an option that there is not, or a value that it cannot have, ends every session of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dapshim.diagnose import workspace_codes as codes
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.jsonc import Position, Range
from dapshim.diagnose.placed import Edit, Fix, Place, Placed, placed
from dapshim.options.table import Source
from dapshim.options.toml_text import from_toml
from dapshim.sources.rules import Rule, Rules

_MEANT: Final = re.compile(r"; did you mean ([\w.-]+)\?")
_STATEMENT: Final = re.compile(r"""\s*(?P<name>"[^"]*"|'[^']*'|[\w.-]+)\s*(?:=\s*(?P<value>[^#\r\n]*[^#\s])?)?""")


def option_file(path: str, text: str) -> Iterator[Placed]:
    """Find what dapshim refuses in a project's file, and rules of its substitutePath that are in each other's way."""
    layer = from_toml(text, path, Source.PROJECT)
    lines = text.split("\n")
    for error in layer.errors:
        number, message = _parted(error, path)
        yield _wrong(path, lines, number, message)
    written = layer.values.get("substitutePath")
    if written is not None and isinstance(written.value, tuple):
        rules = Rules(tuple(Rule(each["from"], each["to"], "substitutePath") for each in written.value))
        number = _parted(written.origin.place + ": ", path)[0]
        for warning in rules.warnings:
            place = Place(path, _range(lines, number, "name")[0])
            yield placed(codes.OPTION_FILE, f"{path}: {warning}.", place, severity=Severity.WARNING)


def _parted(error: str, path: str) -> tuple[int, str]:
    """Split `PATH:LINE: message`."""
    found = re.match(r":(\d+): (.*)", error.removeprefix(path), re.DOTALL)
    return (int(found[1]), found[2]) if found is not None else (0, error)


def _wrong(path: str, lines: list[str], number: int, message: str) -> Placed:
    unknown = ": there is no such option" in message or ": this option may not stand here" in message
    where, start, end = _range(lines, number, "name" if unknown else "value")
    meant = _MEANT.search(message)
    fixes = []
    if meant is not None and end > start:
        word = meant[1] if unknown else f'"{meant[1]}"'
        fixes.append(Fix(f"Write {word}", edits=(Edit(path, start, end, word),), safe=True))
    return placed(codes.OPTION_FILE, f"{path}: {message.rstrip('.?')}{'?' if meant else '.'}", Place(path, where), fixes=fixes)


def _range(lines: list[str], number: int, part: str) -> tuple[Range | None, int, int]:
    """Return where the name or the value of a statement stands, also as offsets; the line when it is no statement."""
    if not 0 < number <= len(lines):
        return None, 0, 0
    line = lines[number - 1].removesuffix("\r")
    found = _STATEMENT.match(line)
    start, end = found.span(part) if found is not None else (-1, -1)
    if start < 0:
        end = len(line.rstrip())
        start = min(len(line) - len(line.lstrip()), end)  # a line may be blank
    before = sum(len(each) + 1 for each in lines[: number - 1])
    return Range(Position(number, start), Position(number, end)), before + start, before + end
