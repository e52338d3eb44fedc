"""What a line of a Go file is, and which function's it is, function literals told apart. PURE.

For who explains a line without code, or looks for the next one that has some: never in another function.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Final

import attrs

from dapshim.sources.go_text import Function, GoText

_FUNC: Final = re.compile(rb"(?<![0-9A-Za-z_\x80-\xff])func(?![0-9A-Za-z_\x80-\xff])")
_BRACKETS: Final = {ord("("): ord(")"), ord("["): ord("]"), ord("{"): ord("}")}
_ENDS_A_TYPE: Final = frozenset(b",;)\n=:]}")
_CLOSING: Final = re.compile(rb"[\s)}\];,]*")
_NO_STATEMENT: Final = re.compile(rb"[\s)}\];,({]*|\}?\s*else\s*\{|\w+:|(?:type|const|import)\b.*")
NESTED_MOST: Final = 200
"""Function literals in one function that are told apart."""


class LineKind(StrEnum):
    """What stands on a line; CODE may still be a declaration without a statement."""

    BLANK = "blank"
    COMMENT = "a comment"
    BRACE = "a closing brace"
    CODE = "code"
    BEYOND = "beyond the end"


@attrs.frozen
class Region:
    """A function or a function literal: `name` is `T.Do` or `work`, for a literal that of the function which holds it."""

    name: str
    first: int
    last: int
    literal: bool = False


def kind_of(text: GoText, line: int) -> LineKind:
    """Say what stands on a line."""
    if not 1 <= line <= text.line_count:
        return LineKind.BEYOND
    code = text.code(line)
    if not code:
        raw = text.data[text.offset_of(line) : text.offset_of(line + 1)]
        return LineKind.COMMENT if raw.strip() else LineKind.BLANK
    if _CLOSING.fullmatch(code) is not None:
        return LineKind.BRACE
    return LineKind.CODE


def function_at(text: GoText, line: int) -> Function | None:
    """Return the function at the top level that holds a line."""
    return next((each for each in text.functions if each.first <= line <= each.last), None)


def region_at(text: GoText, line: int) -> Region | None:
    """Return the innermost function whose code may stand on a line; None outside of all.

    The lines on which a literal begins and ends are those of the function around it.
    """
    function = function_at(text, line)
    if function is None:
        return None
    inner = [each for each in literals(text, function) if each.first < line < each.last]
    return min(inner, key=lambda each: each.last - each.first, default=_whole(function))


def next_line(text: GoText, line: int, lines: Collection[int], *, refused: Collection[int] = ()) -> int | None:
    """Return the first of `lines` behind `line` that is code of the same function; None where there is none.

    Of a function literal that begins further down nothing is taken, nor the line on which one ends. `refused` are passed over.
    """
    region = region_at(text, line)
    if region is None:
        return None
    for each in range(line + 1, region.last + 1):
        if each in lines and each not in refused and (each == region.last or is_of(text, region, each)):
            return each
    return None


def previous_line(text: GoText, line: int, lines: Collection[int]) -> int | None:
    """Return the last of `lines` before `line` that is code of the same function; None where there is none."""
    region = region_at(text, line)
    if region is None:
        return None
    return next((each for each in range(line - 1, region.first - 1, -1) if each in lines and is_of(text, region, each)), None)


def likely_lines(text: GoText) -> frozenset[int]:
    """Return the lines that have code when nothing is optimised, as far as the text alone tells; no binary was looked at.

    Each line of a function on which something stands, but for `} else {`, labels and such. The last brace counts unless the
    statement before it leaves the function.
    """
    found = set()
    for function in text.functions:
        last = b""
        for line in range(function.first, function.last):
            code = text.code(line)
            if code and _NO_STATEMENT.fullmatch(code) is None:
                found.add(line)
                last = code
        if not last.startswith((b"return", b"panic(")):
            found.add(function.last)
    return frozenset(found)


def is_of(text: GoText, region: Region, line: int) -> bool:
    """Whether a line is of this very function and of none within it, whose last line counts as its own."""
    function = function_at(text, region.first)
    if function is None or not region.first <= line <= region.last:
        return False
    within = (each for each in literals(text, function) if each.first >= region.first and each.last <= region.last)
    return not any(each.first < line <= each.last for each in within if (each.first, each.last) != (region.first, region.last))


def literals(text: GoText, function: Function) -> tuple[Region, ...]:
    """Return the function literals within a function that take more than one line, in their order."""
    return tuple(_literals(text, function))


def _literals(text: GoText, function: Function) -> Iterator[Region]:
    start, end = text.offset_of(function.first), text.offset_of(function.last + 1)
    code = text.blanked
    found = 0
    for each in _FUNC.finditer(code, start + len(b"func"), end):
        body = _body(code, each.end(), end)
        if body is None:
            continue
        closing = _closed(code, body, end)
        first, last = text.line_at(each.start()), text.line_at(min(closing, end - 1))
        if first < last:
            yield Region(_whole(function).name, first, last, literal=True)
        found += 1
        if found == NESTED_MOST:
            return


def _body(code: bytes, at: int, end: int) -> int | None:
    """Return where the body of a literal begins whose parameters begin at or behind `at`; None for a function's type."""
    at = _past_blanks(code, at, end)
    if at >= end or code[at] != ord("("):
        return None
    at = _past_blanks(code, _closed(code, at, end) + 1, end)
    while at < end and code[at] not in _ENDS_A_TYPE:
        if code[at] == ord("{"):
            if not code[:at].rstrip(b" \t").endswith((b"interface", b"struct")):
                return at
            at = _closed(code, at, end)
        elif code[at] in _BRACKETS:
            at = _closed(code, at, end)
        at += 1
    return None


def _past_blanks(code: bytes, at: int, end: int) -> int:
    while at < end and code[at] in b" \t":
        at += 1
    return at


def _closed(code: bytes, at: int, end: int) -> int:
    """Return where the bracket at `at` is closed; `end` where it is not."""
    opening, closing, depth = code[at], _BRACKETS[code[at]], 0
    while at < end:
        if code[at] == opening:
            depth += 1
        elif code[at] == closing:
            depth -= 1
            if not depth:
                return at
        at += 1
    return end


def _whole(function: Function) -> Region:
    name = f"{function.receiver}.{function.name}" if function.receiver else function.name
    return Region(name, function.first, function.last)
