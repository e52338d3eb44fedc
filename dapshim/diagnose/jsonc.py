"""JSON with comments and trailing commas, as editors keep launch.json, with the place of every value. PURE.

The grammar is that of VS Code's own parser (jsonc-parser 3): RFC 8259, `//` and `/* */` comments, and a comma behind the last
member. Of a wrong text the faults and their places are kept, and the rest is read: it may be being written.
Of two members of one name the last counts, as in JavaScript.

Why not a library? What PyPI has either drops the places (json-with-comments), takes 54 ms to import (json-five), or runs Node
(jsonc-edit).
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, Literal

import attrs

DEEPEST: Final = 100
"""Levels of nesting that are read; a launch.json has five."""

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n\ufeff]+)|(?P<comment>//[^\r\n]*|/\*.*?\*/)|(?P<open>/\*.*)|(?P<string>"(?:[^"\\\r\n]|\\.)*")"""
    r"""|(?P<mark>[{}\[\],:])|(?P<word>[^\s{}\[\],:"/]+)|(?P<other>"[^\r\n]*|.)""",
    re.DOTALL,
)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS: Final[dict[str, object]] = {"true": True, "false": False, "null": None}

Kind = Literal["object", "array", "scalar", "missing"]


@attrs.frozen
class Position:
    """A place in a text: `line` from 1, `column` in characters from 0, as in `golang.modfile`."""

    line: int
    column: int


@attrs.frozen
class Range:
    """From `start` up to, not including, `end`."""

    start: Position
    end: Position


@attrs.frozen
class Fault:
    """Why a text is no JSON with comments, and where: offsets in characters."""

    message: str
    start: int
    end: int


@attrs.frozen
class Node:
    """One value. `start` and `end` are offsets in characters; `scalar` is what it is when it is no object and no list."""

    kind: Kind
    start: int
    end: int
    scalar: Any = None
    members: tuple[Member, ...] = ()
    items: tuple[Node, ...] = ()

    @property
    def plain(self) -> Any:
        """The value as Python has it; None for one that is missing."""
        if self.kind == "object":
            return {each.name: each.value.plain for each in self.members}
        return [each.plain for each in self.items] if self.kind == "array" else self.scalar

    def member(self, name: str) -> Member | None:
        """Return the member of that name which counts, the last; None when there is none, or this is no object."""
        return next((each for each in reversed(self.members) if each.name == name), None)

    def get(self, *way: str | int) -> Node | None:
        """Return the value at the end of a way of names and numbers, None when there is none."""
        node: Node | None = self
        for step in way:
            if node is None:
                return None
            if isinstance(step, int):
                node = node.items[step] if 0 <= step < len(node.items) else None
            else:
                found = node.member(step)
                node = found.value if found is not None else None
        return node

    @property
    def text(self) -> str:
        """The value when it is a text, else ""."""
        return self.scalar if isinstance(self.scalar, str) else ""


@attrs.frozen
class Member:
    """One member of an object."""

    key: Node
    value: Node

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.key.scalar)


@attrs.frozen
class Document:
    """A text that was read. `root` is of kind "missing" where there is no value at all."""

    text: str
    root: Node
    faults: tuple[Fault, ...] = ()

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", self.text))]

    def position(self, offset: int) -> Position:
        """Return the place of an offset in characters."""
        line = bisect_right(self._lines, offset)
        return Position(line, offset - self._lines[line - 1])

    def range(self, node: Node | Fault) -> Range:
        """Return from where to where a value, or a fault, stands."""
        return Range(self.position(node.start), self.position(node.end))


@attrs.frozen
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse(text: str) -> Document:
    """Read a text; whatever is wrong with it is in `.faults`, the first of them first."""
    parser = _Parser(text)
    root = parser.value(0)
    if root.kind != "missing" and parser.token.kind != "end":
        parser.fault("nothing may follow the value")
    return Document(text, root, tuple(sorted(parser.faults, key=lambda each: each.start)))


def comma_after(text: str, offset: int) -> int | None:
    """Return where the comma stands that is the next token at or after `offset`; None when another one is."""
    following = next(_tokens(text, offset), None)
    return following.start if following is not None and following.text == "," else None


def _tokens(text: str, offset: int = 0) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text, offset):
        if found.lastgroup not in ("space", "comment"):
            yield _Token(found.lastgroup or "other", found[0], found.start())


class _Parser:
    """Reads values by recursive descent; `token` is the next one that was not used."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self._tokens = _tokens(text)
        self._size = len(text)
        self._last_end = 0
        self._gave_up = False
        self.token = self._read()

    def fault(self, message: str) -> None:
        token = self.token
        self.faults.append(Fault(message, token.start, max(token.end, token.start)))

    def _read(self) -> _Token:
        for token in self._tokens:
            if token.kind == "open":
                self.faults.append(Fault("this comment does not end", token.start, token.end))
                continue
            return token
        return _Token("end", "", self._size)

    def _take(self) -> _Token:
        token = self.token
        self._last_end = token.end
        self.token = self._read()
        return token

    def value(self, depth: int) -> Node:
        token = self.token
        if token.text in ("{", "["):
            if depth >= DEEPEST:
                self.fault(f"this is nested more than {DEEPEST} levels deep")
                return self._rest(token.start)
            return self._object(depth) if token.text == "{" else self._array(depth)
        if token.kind in ("mark", "end"):
            self.fault("a value is missing here")
            return Node("missing", self._last_end, self._last_end)
        self._take()
        return Node("scalar", token.start, token.end, self._scalar(token))

    def _rest(self, start: int) -> Node:
        self._gave_up = True
        while self.token.kind != "end":
            self._take()
        return Node("missing", start, self._size)

    def _scalar(self, token: _Token) -> Any:
        if token.kind == "word" and token.text in _WORDS:
            return _WORDS[token.text]
        if token.kind == "string" or (token.kind == "word" and _NUMBER.fullmatch(token.text)):
            try:
                return json.loads(token.text)
            except ValueError as error:
                what = error.msg if isinstance(error, json.JSONDecodeError) else "this number has too many digits"
                self.faults.append(Fault(what[:1].lower() + what[1:], token.start, token.end))
                return token.text.strip('"') if token.kind == "string" else None
        message = "this text does not end" if token.text.startswith('"') else f"{token.text} is no value of JSON"
        self.faults.append(Fault(message, token.start, token.end))
        return token.text.removeprefix('"') if token.text.startswith('"') else None

    def _object(self, depth: int) -> Node:
        start = self._take().start
        members: list[Member] = []
        while self.token.text != "}" and self.token.kind != "end":
            if self.token.kind not in ("string", "word", "other"):
                self.fault("the name of a member is missing here")
                if not self._skip("}"):
                    break
                continue
            if self.token.kind != "string":
                self.fault("a name must stand in double quotes")
            token = self._take()
            name = self._scalar(token) if token.kind == "string" else token.text.strip("\"'")
            key = Node("scalar", token.start, token.end, name)
            if self.token.text == ":":
                self._take()
            else:
                self.fault("a colon is missing here")
            members.append(Member(key, self.value(depth + 1)))
            self._comma("}")
        return Node("object", start, self._close("}", start), members=tuple(members))

    def _array(self, depth: int) -> Node:
        start = self._take().start
        items: list[Node] = []
        while self.token.text != "]" and self.token.kind != "end":
            if self.token.kind == "mark" and self.token.text not in ("{", "["):
                self.fault("a value is missing here")
                if not self._skip("]"):
                    break
                continue
            items.append(self.value(depth + 1))
            self._comma("]")
        return Node("array", start, self._close("]", start), items=tuple(items))

    def _skip(self, closing: str) -> bool:
        """Pass over a mark that has no place here; say whether this object or list goes on."""
        if self.token.text in ("}", "]") and self.token.text != closing:
            return False
        self._take()
        return True

    def _comma(self, closing: str) -> None:
        if self.token.text == ",":
            self._take()
        elif self.token.text not in ("}", "]") and self.token.kind != "end":
            self.faults.append(Fault("a comma is missing here", self._last_end, self._last_end))
        elif self.token.text != closing and self.token.kind != "end":
            self.fault(f"{closing} is missing here")

    def _close(self, closing: str, start: int) -> int:
        if self.token.text == closing:
            return self._take().end
        if not self._gave_up and not any(each.start >= self.token.start for each in self.faults):
            opening = "{" if closing == "}" else "["
            self.faults.append(Fault(f"this {opening} has no {closing}", start, start + 1))
        return self._last_end
