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
    rb"^func\b[ \t]*(\([^()]*(?:\([^()]*\)[^()]*)*\))?[ \t]*([^\W\d]\w*|[\x80-\xff\w]+)?", re.MULTILINE
)
_WORD: Final = re.compile(rb"[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*")
_BRACES: Final = re.compile(rb"[{}]")
_TEXT: Final = re.compile(r"^TEXT[ \t]+(?:[^\s(]*·)?(\w+)(?:<>|<ABI\w*>)?\(SB\)".encode(), re.MULTILINE)
_LINE: Final = re.compile(rb"//line ([^\n]*?):(\d+)(?::\d+)?[ \t]*\r?$", re.MULTILINE)


@attrs.frozen
class Function:
    """A function at the top level: `receiver` is the type's name, "" for none; `first` and `last` are its lines."""

    name: str
    receiver: str
    first: int
    last: int


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
            last = self._end_of(each.end(), edges[number + 1])
            functions.append(
                Function(each[2].decode("utf-8", "replace"), _receiver(each[1]), self.line_at(each.start()), self.line_at(last))
            )
        if not functions and b"TEXT" in self.data:
            texts = [*_TEXT.finditer(self.data)]
            ends = [each.start() - 1 for each in texts[1:]] + [len(self.data)] * bool(texts)
            functions = [
                Function(each[1].decode("utf-8", "replace"), "", self.line_at(each.start()), self.line_at(end))
                for each, end in zip(texts, ends, strict=True)
            ]
        return tuple(functions)

    def _end_of(self, start: int, limit: int) -> int:
        """Return where the body's last brace is; a function of assembly has none and ends with its line."""
        depth = 0
        for found in _BRACES.finditer(self.blanked, start, limit):
            depth += 1 if found[0] == b"{" else -1
            if depth == 0 and not self._is_type(found.start(), start):
                return found.start()
        line_end = self.data.find(b"\n", start)
        return limit - 1 if depth > 0 else (line_end if 0 <= line_end < limit else limit - 1)

    def _is_type(self, closing: int, start: int) -> bool:
        """Whether the brace closes `interface{}` or `struct{}` of a signature, so that the body is still to come."""
        depth = 0
        for found in reversed([*_BRACES.finditer(self.blanked, start, closing + 1)]):
            depth += 1 if found[0] == b"}" else -1
            if depth == 0:
                return self.blanked[start : found.start()].rstrip().endswith((b"interface", b"struct"))
        return False

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
