"""The text of a Go file as far as lines go: which hold code, where functions begin and end, what `//line` says. PURE.

Comments and strings fool nobody. A file that is cut off or wrong is read as far as it goes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

import attrs

_LITERALS: Final = re.compile(
    rb"//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?|`[^`]*(?:`|\Z)|'(?:[^'\\\n]|\\.)*+'?",
)
_FUNCTION: Final = re.compile(
    rb"^func\b[ \t]*(\([^()]*(?:\([^()]*\)[^()]*)*\))?[ \t]*([A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*)?", re.MULTILINE
)
_WORD: Final = re.compile(rb"[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*")
_BRACES: Final = re.compile(rb"[{}]")
_IN_A_SIGNATURE: Final = re.compile(rb"[()\[\]{}\n]")
_TEXT: Final = re.compile(r"^TEXT[ \t]+(?:[^\s(]*·)?([0-9A-Za-z_\x80-\xff]+)(?:<>|<ABI\w*>)?\(SB\)".encode(), re.MULTILINE)
_LINE: Final = re.compile(rb"//line ([^\n]*?):(\d+)(?::\d+)?[ \t]*\r?$", re.MULTILINE)


@attrs.frozen
class Function:
    """A function at the top level: `receiver` is the type's name, "" for none; `first` and `last` are its lines.

    `has_body` is False for one that is only declared: it is written in assembly, or comes by `//go:linkname`.
    """

    name: str
    receiver: str
    first: int
    last: int
    has_body: bool = True


@attrs.frozen
class LineDirective:
    """`//line name:number`: from `after` + 1 on, lines are those of `name` ("" for the file that was named before)."""

    name: str
    number: int
    after: int


@attrs.frozen
class GoText:
    """A file's bytes, looked at when asked."""

    data: bytes

    @cached_property
    def blanked(self) -> bytes:
        """The text with comments as blanks and the inside of strings as `"`; line ends stay."""
        return _LITERALS.sub(_blank, self.data)

    def text_around(self, line: int) -> int:
        """Return the line on which a text in backquotes begins that goes on at the beginning of this one; 0 for none."""
        return self._in_texts.get(line, 0)

    @cached_property
    def _in_texts(self) -> dict[int, int]:
        found = {}
        for each in _LITERALS.finditer(self.data) if b"`" in self.data else ():
            if each[0].startswith(b"`"):
                first, last = self.line_at(each.start()), self.line_at(each.end() - 1)
                found.update(dict.fromkeys(range(first + 1, last + 1), first))
        return found

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        at = self.data.find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.data.find(b"\n", at + 1)
        return starts

    @property
    def line_count(self) -> int:
        """How many lines there are; a last line end begins none."""
        return len(self._starts) - (self.data[-1:] == b"\n" or not self.data)

    def line_at(self, offset: int) -> int:
        """Return the line, from 1, of an offset."""
        return bisect_right(self._starts, offset)

    def offset_of(self, line: int) -> int:
        """Return where a line, from 1, begins; the end of the text beyond its last one."""
        return self._starts[line - 1] if 1 <= line <= len(self._starts) else len(self.data)

    def code(self, line: int) -> bytes:
        """Return a line without comments and the inside of strings; b"" beyond the end."""
        if not 1 <= line <= len(self._starts):
            return b""
        end = self._starts[line] if line < len(self._starts) else len(self.data)
        return self.blanked[self._starts[line - 1] : end].strip()

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions with a name, in order, those of assembly (`TEXT ·Name(SB)`) too."""
        found = [*_FUNCTION.finditer(self.blanked)]
        edges = [each.start() for each in found] + [len(self.blanked)]
        functions = []
        for number, each in enumerate(found):
            if each[2] is None:
                continue
            body = self._body_of(each.end(), edges[number + 1])
            last = self._end_of(body, each.end(), edges[number + 1])
            functions.append(
                Function(
                    each[2].decode("utf-8", "replace"),
                    _receiver(each[1]),
                    self.line_at(each.start()),
                    self.line_at(last),
                    body >= 0,
                )
            )
        if not functions and b"TEXT" in self.data:
            texts = [*_TEXT.finditer(self.data)]
            ends = [each.start() - 1 for each in texts[1:]] + [len(self.data)] * bool(texts)
            functions = [
                Function(each[1].decode("utf-8", "replace"), "", self.line_at(each.start()), self.line_at(end))
                for each, end in zip(texts, ends, strict=True)
            ]
        return tuple(functions)

    def _body_of(self, start: int, limit: int) -> int:
        """Return where the body begins, in the line of the signature's end; -1 for none. The name ends at `start`."""
        depth = 0
        for found in _IN_A_SIGNATURE.finditer(self.blanked, start, limit):
            if found[0] in b"([" or (found[0] == b"{" and depth):
                depth += 1
            elif found[0] in b")]}":
                depth -= 1
            elif found[0] == b"{":
                if not self.blanked[start : found.start()].rstrip(b" \t").endswith((b"interface", b"struct")):
                    return found.start()
                depth += 1
            elif depth <= 0:
                return -1
        return -1

    def _end_of(self, body: int, start: int, limit: int) -> int:
        """Return where the body's last brace is; a function without one ends with its line."""
        depth = 0
        for found in _BRACES.finditer(self.blanked, body, limit) if body >= 0 else ():
            depth += 1 if found[0] == b"{" else -1
            if depth == 0:
                return found.start()
        line_end = self.data.find(b"\n", start)
        return limit - 1 if body >= 0 or not 0 <= line_end < limit else line_end

    @cached_property
    def directives(self) -> tuple[LineDirective, ...]:
        """The `//line` directives that name a file, in order."""
        found = []
        at = 0 if self.data.startswith(b"//line ") else _after(self.data, 0)
        while at is not None:
            each = _LINE.match(self.data, at)
            if each is not None:
                found.append(LineDirective(each[1].decode("utf-8", "replace"), int(each[2]), self.line_at(at)))
            at = _after(self.data, at)
        return tuple(found)


def _after(data: bytes, start: int) -> int | None:
    """Return where the next line begins that may be a `//line` directive."""
    found = data.find(b"\n//line ", start)
    return found + 1 if found >= 0 else None


def _blank(found: re.Match[bytes]) -> bytes:
    text = found[0]
    filler = b" " if text.startswith(b"/") else b'"'
    if b"\n" not in text:
        return filler * len(text)
    return b"\n".join(filler * len(each) for each in text.split(b"\n"))


def _receiver(text: bytes | None) -> str:
    """Return the type's name of `(s *Stack[T])`."""
    if text is None:
        return ""
    words = _WORD.findall(text.partition(b"[")[0])
    return words[-1].decode("utf-8", "replace") if words else ""
