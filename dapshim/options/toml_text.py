"""The text of an option file as a layer of options, each with its line. PURE: the text is passed in.

The options are `name = value` without tables, so a file is a row of statements, and each is parsed by itself: the standard
library's parser tells no lines, and takes half a minute for 64 KiB of `a.a.a.…`. Anyone's repository can hold such a file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

import attrs

from dapshim.options.layers import Layer, Plain, Value, value_of
from dapshim.options.path_rules import EXAMPLE, rules_from
from dapshim.options.sources import check, described
from dapshim.options.table import Option, Source, lookup

LINES_MOST: Final = 10
"""Lines that one statement may take; the value of most options fits on one."""

LIST_LINES_MOST: Final = 200
"""Lines of a list. It is parsed only where it may end, and PARSED_MOST times the file's size in all."""

PARSED_MOST: Final = 12
"""How often each character may be parsed on average; a file that a person wrote needs two or three."""

COLUMNS_MOST: Final = 1024
"""Characters of one line; together with LINES_MOST it keeps the worst file of 64 KiB below half a second."""

_LIST: Final = re.compile(r"[^#=]{1,60}=\s*\[")

_PLACE: Final = re.compile(r" \(at (?:line \d+, column (\d+)|end of document)\)$")


@attrs.frozen
class _Statement:
    """One statement: the line that it begins on, what it sets, or why it cannot be read."""

    line: int
    found: dict[str, object] = attrs.field(factory=dict)
    error: str = ""


def from_toml(text: str, path: str, source: Source) -> Layer:
    """Return the layer of a file's text; `source` is PROJECT or USER, and `path` the absolute one by which errors call it.

    A relative path in it becomes absolute, from the file's folder.
    """
    values: dict[str, Value] = {}
    errors: list[str] = []
    for statement in _statements(text):
        place = f"{path}:{statement.line}"
        if statement.error:
            errors.append(f"{place}: {statement.error}")
        for name, value in statement.found.items():
            if isinstance(value, dict | list) and not _is_list_of(name, value):
                kind = "a table" if isinstance(value, dict) or value == [{}] else described(value)
                form = f"{name} = {EXAMPLE}" if _takes_list(name) else "option = value"
                # What follows a table's header belongs to it, so nothing more can be said.
                return Layer(source, values, (*errors, f"{place}: expected `{form}`, found {kind}, {name}"))
            checked = check(name, value, source)
            if isinstance(checked, str):
                errors.append(f"{place}: {name}: {checked}")
            elif name in values:
                errors.append(f"{place}: {name}: given twice, first in {values[name].origin.place}")
            else:
                values[name] = value_of(name, _absolute(checked, value, path), source, place)
    return Layer(source, values, tuple(errors))


def _takes_list(name: str) -> bool:
    option = lookup(name)
    return option is not None and option.type is tuple


def _is_list_of(name: str, value: object) -> bool:
    """Whether a list may stand there. `[[name]]` is read as a list of one empty table, and is none."""
    return _takes_list(name) and isinstance(value, list) and value != [{}]


def _statements(text: str) -> Iterator[_Statement]:
    """Yield the statements in order; one that cannot be read is the last."""
    import tomllib

    pending: list[str] = []
    reason = ""
    lines = text.replace("\r\n", "\n").split("\n")
    left = PARSED_MOST * max(len(text), COLUMNS_MOST)
    for number, line in enumerate(lines, start=1):
        if len(line) > COLUMNS_MOST:
            yield _Statement(number, error=f"a line of more than {COLUMNS_MOST} characters")
            return
        pending.append(line)
        begin = number - len(pending) + 1
        is_list = _LIST.match(pending[0]) is not None
        most = LIST_LINES_MOST if is_list else LINES_MOST
        if is_list and 1 < len(pending) < most and number < len(lines) and "]" not in line:
            continue
        left -= sum(map(len, pending))
        if left < 0:
            yield _Statement(begin, error="this is not read: it is too entangled")
            return
        try:
            found = tomllib.loads("\n".join(pending))
        except (ValueError, RecursionError) as error:
            # What is wrong with the first line is what a person wants to know, whatever follows it.
            reason = reason or _PLACE.sub(_column, str(error))
            if len(pending) < most and number < len(lines):
                continue
            yield _Statement(begin, error=f"this is no TOML: {reason}")
            return
        if found:
            yield _Statement(begin, found)
        pending, reason = [], ""


def _column(place: re.Match[str]) -> str:
    return f" (column {place[1]})" if place[1] else ""


def _absolute(option: Option, value: object, path: str) -> Plain:
    if option.type is tuple:
        return rules_from(value, posixpath.dirname(path))
    if not isinstance(value, bool | int | str):
        raise TypeError(f"{option.name} was checked to be plain")
    if not option.path or not isinstance(value, str) or value in option.words or value.startswith("~"):
        return value
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), value))
