"""Go expressions as conditions of breakpoints have them: where one is wrong, and which names it asks for. PURE.

Types are read leniently, since Delve 1.27.1 parses with go/parser and only looks at meaning when the breakpoint is hit: what is
called wrong here is wrong for go/parser too, and not the other way round.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

import attrs

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<name>[^\W\d]\w*)
  | (?P<literal>0[xX][0-9a-fA-F_.pP+-]+|\d[\w.]*(?:(?<=[eEpP])[+-]\d+)?|\.\d\w*
      |"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.[^']*)')
  | (?P<operator>&&|\|\||<-|<<|>>|&\^|==|!=|<=|>=|:=|\+\+|--|[-+*/%&|^<>!])
  | (?P<mark>\.\.\.|[()\[\]{}.,:;=])
  | (?P<wrong>\S)
    )""",
    re.VERBOSE,
)
_COMMENT: Final = re.compile(r"""("(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*')|//[^\n]*|/\*.*?\*/""", re.DOTALL)
"""A comment, which go/parser passes over; or a text, in which there is none."""

_UNARY: Final = frozenset({"+", "-", "!", "^", "*", "&", "<-"})
_NO_BINARY: Final = frozenset({"!", "<-", ":=", "++", "--"})
_TYPES: Final = frozenset({"map", "chan", "func", "struct", "interface"})
# fmt: off
_PREDECLARED: Final = frozenset({
    "true", "false", "nil", "iota", "len", "cap", "real", "imag", "complex", "min", "max", "append", "make", "new", "any",
    "error", "bool", "string", "byte", "rune", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16",
    "uint32", "uint64", "uintptr", "float32", "float64", "complex64", "complex128", "map", "chan", "func", "struct",
    "interface", "runtime", "delve", "unsafe",
})
# fmt: on
"""Names that Go or Delve gives (`runtime.curg`, `delve.catch`): no variable need have them."""

_KEYWORDS: Final = frozenset({"return", "if", "else", "for", "range", "switch", "case", "default", "go", "defer", "var"})
"""What may stand in the body of a function literal."""

NESTED_MOST: Final = 100
"""Brackets in brackets that are followed."""

_MEANT: Final = {
    "=": "comparing is ==",
    ":=": "a condition cannot assign; comparing is ==",
    "and": "Go writes && for and",
    "or": "Go writes || for or",
    "not": "Go writes ! for not",
    "is": "comparing is ==",
}


@attrs.frozen
class Token:
    """A piece of the text: `kind` is name, literal, operator, mark, wrong or end; `column` counts characters from 1."""

    kind: str
    text: str
    column: int


@attrs.frozen
class SyntaxFault:
    """Where an expression is wrong (`column`, from 1), what was expected there, what stands there, and what may be meant."""

    column: int
    expected: str
    found: str
    hint: str = ""

    def __str__(self) -> str:
        said = f"column {self.column}: expected {self.expected}, found {self.found}"
        return f"{said} ({self.hint})" if self.hint else said


class _FaultError(Exception):
    def __init__(self, fault: SyntaxFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def tokens(text: str) -> tuple[Token, ...]:
    """Return the pieces of an expression, without comments, the last one its end."""
    bare = _COMMENT.sub(lambda each: each[1] or " " * len(each[0]), text)
    found = [
        Token(each.lastgroup or "", each[each.lastgroup or 0], each.start(each.lastgroup or 0) + 1)
        for each in _TOKEN.finditer(bare)
    ]
    return (*found, Token("end", "", len(bare.rstrip()) + 1))


def fault(text: str) -> SyntaxFault | None:
    """Return the first place where an expression is wrong; None for one that go/parser may take."""
    reader = _Reader(tokens(text))
    try:
        reader.expression()
        reader.end()
    except _FaultError as error:
        return error.fault
    return None


def names(text: str) -> tuple[str, ...]:
    """Return the names that an expression asks for, in their order: no fields, no keys, none of Go's own."""
    pieces = tokens(text)
    found = []
    for before, each, after in zip((Token("", "", 0), *pieces), pieces, (*pieces[1:], pieces[-1]), strict=False):
        if each.kind != "name" or before.text == "." or each.text in _PREDECLARED | _KEYWORDS or each.text == "_":
            continue
        if after.text == ":" or before.text in _TYPES:
            continue
        found.append(each.text)
    return tuple(dict.fromkeys(found))


def calls(text: str) -> tuple[str, ...]:
    """Return what an expression calls, or converts to, but for what is Go's own: `name`, or `.Name` behind a dot."""
    pieces = tokens(text)
    found = []
    for before, each, after in zip((Token("", "", 0), *pieces), pieces, pieces[1:], strict=False):
        if each.kind != "name" or after.text != "(" or each.text in _PREDECLARED:
            continue
        found.append(f".{each.text}" if before.text == "." else each.text)
    return tuple(dict.fromkeys(found))


def packages(text: str) -> tuple[str, ...]:
    """Return those of the names that are followed by a dot: a variable with fields, or a package."""
    pieces = tokens(text)
    return tuple(each.text for each, after in pairwise(pieces) if each.kind == "name" and after.text == ".")


class _Reader:
    """Reads tokens by Go's grammar of expressions, leniently where types stand."""

    def __init__(self, pieces: tuple[Token, ...]) -> None:
        self._pieces = pieces
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._pieces[self._at]

    def _take(self) -> Token:
        taken = self._next
        if taken.kind != "end":
            self._at += 1
        return taken

    def _wrong(self, expected: str) -> _FaultError:
        each = self._next
        found = "the end" if each.kind == "end" else each.text
        if each.kind == "wrong" and each.text == "'":
            return _FaultError(SyntaxFault(each.column, expected, found, 'texts stand in double quotes in Go: "…"'))
        return _FaultError(SyntaxFault(each.column, expected, found, _MEANT.get(each.text, "")))

    def end(self) -> None:
        """Take the end, or fail."""
        if self._next.kind != "end":
            raise self._wrong("the end or an operator")

    def expression(self) -> None:
        """Take operands with operators between them."""
        self._operand()
        while self._next.kind == "operator":
            if self._next.text in _NO_BINARY:
                raise self._wrong("an operator")
            self._take()
            self._operand()

    def _operand(self) -> None:
        while self._next.text in _UNARY and self._next.kind == "operator":
            self._take()
        piece = self._next
        if piece.kind == "literal":
            self._take()
        elif piece.kind == "name" and piece.text in _TYPES:
            self._type()
        elif piece.kind == "name":
            self._take()
        elif piece.text == "(":
            self._within(")")
        elif piece.text == "[":
            self._brackets("]")
            self._operand()
            return
        else:
            raise self._wrong("a value")
        self._rest_of_operand()

    def _type(self) -> None:
        """Take what follows `map`, `func`, `struct`, up to where a value may go on."""
        is_function = self._take().text == "func"
        while self._next.text in ("[", "(", "{", "*") or self._next.kind == "name":
            if is_function and self._next.text == "{":
                self._body()
                return
            if self._next.text in ("[", "(", "{"):
                self._brackets({"[": "]", "(": ")", "{": "}"}[self._next.text])
            else:
                self._take()

    def _body(self) -> None:
        """Take the body of a function literal, whatever is in it."""
        depth = 0
        while self._next.kind != "end":
            depth += {"{": 1, "}": -1}.get(self._take().text, 0)
            if not depth:
                return
        raise self._wrong("}")

    def _rest_of_operand(self) -> None:
        while self._next.text in (".", "(", "[", "{"):
            piece = self._take()
            if piece.text == ".":
                if self._next.text == "(":
                    self._brackets(")")
                elif self._next.kind != "name":
                    raise self._wrong("a field's name")
                else:
                    self._take()
                continue
            self._at -= 1
            self._brackets({"(": ")", "[": "]", "{": "}"}[piece.text])

    def _within(self, closing: str) -> None:
        self._deeper()
        self._take()
        self.expression()
        if self._next.text != closing:
            raise self._wrong(closing)
        self._take()
        self._depth -= 1

    def _brackets(self, closing: str) -> None:
        """Take a list in brackets: values, types, slices, keys."""
        self._deeper()
        self._take()
        while self._next.text != closing:
            if self._next.text in (",", ":", "..."):
                self._take()
                continue
            self.expression()
            if self._next.text not in (",", ":", "...", closing):
                raise self._wrong(f"{closing} or ,")
        self._take()
        self._depth -= 1

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > NESTED_MOST:
            raise self._wrong("fewer brackets")
