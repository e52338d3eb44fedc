"""What a line of a Go file is, and which function's it is, function literals told apart. PURE.

For who explains a line without code, or looks for the next one that has some: never in another function. A variable of the
package counts as a function too: its initialiser runs, and may take many lines.
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
_VAR: Final = re.compile(rb"^var\b[ \t]*(\()?", re.MULTILINE)
_CALL: Final = re.compile(rb"(?<!\bfunc)(?<=[0-9A-Za-z_\x80-\xff)\]])\(")
_NAME: Final = re.compile(rb"[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*")
_ENDS_A_STATEMENT: Final = re.compile(rb"[0-9A-Za-z_\x80-\xff)\]}\"]")
_LEAVES: Final = re.compile(rb"(?:return|goto|break|continue)(?![0-9A-Za-z_\x80-\xff])|panic\(")
_STARTS: Final = re.compile(rb"case\b|default\b|[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*:(?!=)")
_REACHED: Final = re.compile(rb"[)}\]]|" + _STARTS.pattern)
"""A line that ends a statement of several lines, or that is jumped to."""
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
    """A function, a function literal or the declaration of a package's variable.

    `name` is `T.Do`, `work` or `var table`; for a literal it is that of what holds it.
    """

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
    whole = _whole_at(text, line)
    if whole is None:
        return None
    inner = [each for each in _within(text, whole) if each.first < line < each.last]
    return min(inner, key=lambda each: each.last - each.first, default=whole)


def next_line(text: GoText, line: int, lines: Collection[int], *, refused: Collection[int] = ()) -> int | None:
    """Return the first of `lines` behind `line` that is code of the same function; None where there is none.

    Of a function literal that begins further down nothing is taken, nor the line on which one ends. `refused` are passed over.
    """
    region = region_at(text, line)
    if region is None:
        return None
    inner = _literals_in(text, region)
    for each in range(line + 1, region.last + 1):
        if each in lines and each not in refused and (each == region.last or _is_outside(inner, each)):
            return each
    return None


def previous_line(text: GoText, line: int, lines: Collection[int]) -> int | None:
    """Return the last of `lines` before `line` that is code of the same function; None where there is none."""
    region = region_at(text, line)
    if region is None:
        return None
    inner = _literals_in(text, region)
    return next((each for each in range(line - 1, region.first - 1, -1) if each in lines and _is_outside(inner, each)), None)


def is_a_statement(text: GoText, line: int) -> bool:
    """Whether there may be something to run on a line of code: no `} else {`, label, constant, type, bracket or text alone."""
    code = text.code(line)
    if text.text_around(line):
        code = code.lstrip(b'"')
    return _NO_STATEMENT.fullmatch(code) is None


def behind(text: GoText, line: int) -> int:
    """Return the line of the `return` or the like behind which a line stands, so that it never runs; 0 where none is seen.

    By how far lines are indented: of what is not formatted nothing is said. A `case` or a label in between is a way there.
    """
    function = function_at(text, line)
    if function is None or _REACHED.match(text.code(line)) is not None or kind_of(text, line) is not LineKind.CODE:
        return 0
    depth = _indentation(text, line)
    for each in range(line - 1, function.first, -1):
        code = text.code(each)
        if not code or (own := _indentation(text, each)) > depth:
            continue
        if own == depth and _LEAVES.match(code) is not None:
            return each
        if _STARTS.match(code) is not None:
            return 0
        depth = own
    return 0


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


def initialised_lines(text: GoText) -> frozenset[int]:
    """Return the lines of the package's variables that are likely to have code: those of function literals, and calls."""
    found: set[int] = set()
    for each in variables(text):
        inside = [line for literal in _within(text, each) for line in range(literal.first + 1, literal.last)]
        found.update(line for line in inside if text.code(line) and is_a_statement(text, line))
        outside = [line for line in range(each.first, each.last + 1) if line not in inside]
        found.update(line for line in outside if _CALL.search(text.code(line)) is not None)
    return frozenset(found)


def literals(text: GoText, function: Function) -> tuple[Region, ...]:
    """Return the function literals within a function that take more than one line, in their order."""
    return _within(text, _whole(function))


def _whole_at(text: GoText, line: int) -> Region | None:
    """Return the function at the top level, or the variable of the package, that holds a line."""
    function = function_at(text, line)
    if function is not None:
        return _whole(function)
    return next((each for each in variables(text) if each.first <= line <= each.last), None)


def variables(text: GoText) -> tuple[Region, ...]:
    """Return the declarations of the package's variables, each of those in `var ( … )` for itself."""
    return tuple(_variables(text))


def _variables(text: GoText) -> Iterator[Region]:
    code = text.blanked
    for each in _VAR.finditer(code):
        if function_at(text, text.line_at(each.start())) is not None:
            continue
        if each[1]:
            end, at = _closed(code, each.end() - 1, len(code)), each.end()
            while (name := _NAME.search(code, at, end)) is not None:
                at = _end_of_declaration(code, name.end(), end)
                yield _variable(text, name, at)
        elif (name := _NAME.match(code, each.end())) is not None:
            yield _variable(text, name, _end_of_declaration(code, name.end(), len(code)))


def _variable(text: GoText, name: re.Match[bytes], end: int) -> Region:
    last = text.line_at(max(name.start(), end - 1))
    return Region(f"var {name[0].decode('utf-8', 'replace')}", text.line_at(name.start()), last)


def _end_of_declaration(code: bytes, at: int, end: int) -> int:
    """Return where a line ends at which Go puts a semicolon: outside of brackets, behind a name, a value or a bracket."""
    last = b"_"
    while at < end:
        if code[at] in _BRACKETS:
            at, last = _closed(code, at, end), b")"
        elif code[at] == ord("\n") and _ENDS_A_STATEMENT.fullmatch(last) is not None:
            return at
        elif code[at] not in b" \t\r\n":
            last = code[at : at + 1]
        at += 1
    return end


def _within(text: GoText, whole: Region) -> tuple[Region, ...]:
    """Return the function literals within what stands at the top level."""
    return tuple(_literals(text, whole))


def _literals_in(text: GoText, region: Region) -> tuple[Region, ...]:
    """Return the function literals within a function or a literal, without itself."""
    whole = _whole_at(text, region.first)
    found = _within(text, whole) if whole is not None else ()
    around = (region.first, region.last)
    return tuple(
        each
        for each in found
        if each.first >= region.first and each.last <= region.last and (not region.literal or (each.first, each.last) != around)
    )


def _is_outside(inner: tuple[Region, ...], line: int) -> bool:
    """Whether a line is in none of the literals; the line on which one ends counts as its own."""
    return not any(each.first < line <= each.last for each in inner)


def _indentation(text: GoText, line: int) -> int:
    raw = text.data[text.offset_of(line) : text.offset_of(line + 1)]
    return len(raw) - len(raw.lstrip(b" \t"))


def _literals(text: GoText, whole: Region) -> Iterator[Region]:
    start, end = text.offset_of(whole.first), text.offset_of(whole.last + 1)
    code = text.blanked
    found = 0
    for each in _FUNC.finditer(code, start + len(b"func"), end):
        body = _body(code, each.end(), end)
        if body is None:
            continue
        closing = _closed(code, body, end)
        first, last = text.line_at(each.start()), text.line_at(min(closing, end - 1))
        if first < last:
            yield Region(whole.name, first, last, literal=True)
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
