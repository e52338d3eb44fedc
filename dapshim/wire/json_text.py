r"""JSON as text: where the members of an object stand, and how deep it nests.

msgspec is the way of nearly every message. It refuses lone surrogates (`"\ud800"`) and more than about a thousand levels,
both of which Delve and its clients let pass; such a message takes the slower way of this file, which reads the text only as
far as it must, without recursion, and changes nothing. Nothing here knows DAP.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Container, Generator
from typing import Any, Final

import attrs
import msgspec

MAX_NESTING: Final = 10_000
"""Levels that a message may nest. Go 1.26 `encoding/json`: `exceeded max depth` above 10,000; Delve then hangs up."""

TURN: Final = 1024
"""Members, or runs of brackets, that are read in one turn: 1 or 2 ms."""

# Possessive (`*+`): a pattern that could give bytes back remembers every one of them, in 100 bytes of memory each.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_RUN = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb')*+(?:([\[{]++)|([\]}]++)|(")|\Z)', re.DOTALL)
_OPENING, _CLOSING, _BROKEN = 1, 2, 3
"""The groups of _RUN, each match of which passes everything up to the next run of brackets."""
_SPACE = rb"[ \t\r\n]*"
_MEMBER = re.compile(_SPACE + rb"(" + _STRING + rb")" + _SPACE + rb":" + _SPACE, re.DOTALL)
_SCALAR = re.compile(_STRING + rb'|[^\s,\[\]{}":]+', re.DOTALL)
_AFTER = re.compile(_SPACE + rb"([,}])")
_OPEN = re.compile(_SPACE + rb"\{")
_CLOSE = re.compile(_SPACE + rb"\}" + _SPACE)

_skim = msgspec.json.Decoder(msgspec.Raw).decode
_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode


class NotJsonError(ValueError):
    """The text is not a JSON object."""


class TooDeepError(ValueError):
    """The text nests more than MAX_NESTING levels; `members` holds its members all the same."""

    def __init__(self, members: dict[str, Span]) -> None:
        super().__init__(f"nests more than {MAX_NESTING} levels")
        self.members = members


@attrs.frozen
class Span:
    """Where a value stands in its text: text[start:end]."""

    start: int
    end: int


def members(text: bytes, wanted: Container[str] | None = None) -> dict[str, Span]:
    """Return where the value of each member of the object `text` stands; of two of one name, the last, as Go reads them.

    With `wanted` only members of these names are remembered, so that a text of a million members costs no memory.

    Raises:
        NotJsonError: it is no object, or is not JSON.
        TooDeepError: it nests more than MAX_NESTING levels.

    """
    turns = members_in_turns(text, wanted)
    while True:
        try:
            next(turns)
        except StopIteration as stop:
            found: dict[str, Span] = stop.value
            return found


def members_in_turns(text: bytes, wanted: Container[str] | None = None) -> Generator[None, None, dict[str, Span]]:
    """Do what `members` does a few milliseconds at a time, so that 4 MiB of brackets, which take a second, hold up nobody."""
    found: dict[str, Span] = {}
    too_deep = False
    opened = _OPEN.match(text)
    if opened is None:
        raise NotJsonError("not a JSON object")
    position = opened.end()
    if _CLOSE.fullmatch(text, position) is not None:
        return found
    for turn in itertools.count(1):
        if turn % TURN == 0:
            yield
        member = _MEMBER.match(text, position)
        if member is None:
            raise NotJsonError(f"no member name at byte {position}")
        start = member.end()
        end, deep = yield from _value_end(text, start)
        too_deep = too_deep or deep
        name = string(member[1])
        if wanted is None or name in wanted:
            found[name] = Span(start, end)
        after = _AFTER.match(text, end)
        if after is None:
            raise NotJsonError(f"neither a comma nor a closing brace at byte {end}")
        position = after.end()
        if after[1] == b"}":
            break
    if text[position:].strip(b" \t\r\n"):
        raise NotJsonError(f"something follows the object at byte {position}")
    if too_deep:
        raise TooDeepError(found)
    return found


def _value_end(text: bytes, start: int) -> Generator[None, None, tuple[int, bool]]:
    """Return where the value that begins at `start` ends, and whether it nests too deep."""
    if text[start : start + 1] not in (b"[", b"{"):
        scalar = _SCALAR.match(text, start)
        if scalar is None:
            raise NotJsonError(f"no value at byte {start}")
        return scalar.end(), False
    depth, deepest = 1, 1  # the object itself
    for turn, run in enumerate(_RUN.finditer(text, start), 1):
        if turn % TURN == 0:
            yield
        if run.lastindex == _OPENING:
            depth += run.end() - run.start(_OPENING)
            deepest = max(deepest, depth)
        elif run.lastindex == _CLOSING:
            closed = run.end() - run.start(_CLOSING)
            if closed >= depth - 1:
                return run.start(_CLOSING) + depth - 1, deepest > MAX_NESTING
            depth -= closed
        elif run.lastindex == _BROKEN:
            raise NotJsonError(f"the string at byte {run.start(_BROKEN)} does not end")
    raise NotJsonError("the text ends within a value")


def string(spelling: bytes) -> str:
    """Decode one string; lone surrogates stay, and bytes that are no UTF-8, which Go lets pass, become such.

    Raises:
        NotJsonError: it is no string.

    """
    try:
        value = json.loads(spelling.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from error
    if not isinstance(value, str):
        raise NotJsonError("no string")
    return value


def decode(text: bytes) -> Any:
    """Decode `text` with the standard library, which keeps lone surrogates.

    Raises:
        NotJsonError: it is not JSON or not UTF-8, holds a number that no float can hold (1e400), or nests deeper than Python
            reads.

    """
    try:
        return json.loads(text.decode("utf-8"), parse_float=_finite, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from error


def check(text: bytes) -> None:
    r"""Find out whether `text` is JSON, whatever its numbers mean; what is too deep for msgspec counts as JSON.

    Raises:
        NotJsonError: it is not.

    """
    try:
        # A surrogate's escape becomes another character's, and whatever was valid or not stays so; nothing is built.
        _skim(text.replace(b"\\ud", b"\\u0").replace(b"\\uD", b"\\u0"))
    except ValueError as error:
        raise NotJsonError(str(error)) from error
    except RecursionError:
        return


def encode(value: Any) -> bytes:
    """Encode `value` in ASCII, lone surrogates as the escapes that they came as."""
    return _to_json(value).encode("ascii")


def encode_quickly(value: Any) -> bytes:
    """Encode anything that msgspec encodes; `encode` does it where the words of a stranger have lone surrogates."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return encode(msgspec.to_builtins(value))


def _finite(spelling: str) -> float:
    number = float(spelling)
    if math.isinf(number):
        raise ValueError(f"{spelling} is out of range")
    return number


def _no_constant(spelling: str) -> Any:
    raise ValueError(f"{spelling} is not JSON")
