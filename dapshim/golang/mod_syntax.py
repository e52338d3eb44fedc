"""The grammar that go.mod and go.work share: lines of tokens, blocks, comments. Knows no directive. PURE.

Go reads all or nothing (golang.org/x/mod/modfile as in Go 1.26). An editor shows files that are being written, so here a line
that cannot be read becomes a `SyntaxFault` and the rest is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

# A comment ends a word, `/*` is refused anywhere, and a quote begins a string only where a word could begin.
_WORD: Final = re.compile(r"(?:(?!//|/\*)[^\s()\[\]{},])+")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
_PUNCTUATION: Final = frozenset("()[]{},")
_ESCAPE: Final = re.compile(
    r"\\(?:([abfnrtv\\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.?))", re.DOTALL
)
_SIMPLE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


@attrs.frozen
class SyntaxFault:
    """What is wrong with one line, which is counted from 1."""

    line: int
    text: str
    """The line as it stands in the file."""
    message: str


@attrs.frozen
class Token:
    """One word, string or mark of punctuation. `start` and `end` are columns in characters, counted from 0."""

    text: str
    start: int
    end: int


@attrs.frozen
class Line:
    """One directive: its verb, its arguments, and the comments that belong to it.

    `before` are the comment lines right above, `suffix` the comment behind it; without `//`, trimmed. `block` is the line that
    opened the block around it; `verb` is that one's then, and `start` is where the line itself begins.
    """

    number: int
    text: str
    verb: str
    arguments: tuple[Token, ...]
    start: int
    end: int
    before: tuple[str, ...] = ()
    suffix: str | None = None
    block: Line | None = None

    def fault(self, message: str) -> SyntaxFault:
        """Return what is wrong with this line."""
        return SyntaxFault(self.number, self.text, message)

    @property
    def about(self) -> str:
        """The comments that speak about this directive: its own or, when it has none, its block's."""
        own = (*self.before, self.suffix) if self.suffix is not None else self.before
        return "\n".join(own or (self.block.before if self.block is not None else ()))


def decode(data: bytes) -> str:
    """Return the text; bytes that are no UTF-8 are kept, since a folder may be called so."""
    return data.decode("utf-8", "surrogateescape")


def read_lines(data: bytes) -> Iterator[Line | SyntaxFault]:
    """Yield every directive and every line that cannot be read, in order."""
    reader = _Reader()
    for number, row in enumerate(decode(data).split("\n"), 1):
        found = reader.read(number, row.removesuffix("\r"))
        if found is not None:
            yield found
    if reader.block is not None:
        yield reader.block.fault("unterminated block")


@attrs.define
class _Reader:
    """What must be known of the lines above to read the next one: the open block, and comments that may belong to it."""

    block: Line | None = None
    comments: list[str] = attrs.field(factory=list)

    def read(self, number: int, text: str) -> Line | SyntaxFault | None:
        try:
            tokens, comment = _tokens(text)
        except ValueError as error:
            self.comments.clear()
            return SyntaxFault(number, text, str(error))
        if not tokens:
            if comment is not None:
                self.comments.append(comment)
            elif self.block is None:
                self.comments.clear()  # a blank line parts a comment from what follows, but not within a block
            return None
        before = tuple(self.comments)
        self.comments.clear()
        if self.block is not None and tokens[0].text == ")":
            self.block = None
            return SyntaxFault(number, text, "expected newline after closing paren") if len(tokens) > 1 else None
        return self._directive(number, text, tokens, before, comment)

    def _directive(
        self, number: int, text: str, tokens: list[Token], before: tuple[str, ...], comment: str | None
    ) -> Line | SyntaxFault | None:
        start, end = tokens[0].start, tokens[-1].end
        if self.block is not None:
            return Line(number, text, self.block.verb, tuple(tokens), start, end, before, comment, self.block)
        line = Line(number, text, tokens[0].text, tuple(tokens[1:]), start, end, before, comment)
        words = [each.text for each in line.arguments]
        if words == ["(", ")"]:
            return None
        if words[-1:] == ["("]:
            self.block = line
            return line.fault(f"unknown block type: {' '.join([line.verb, *words[:-1]])}") if len(words) > 1 else None
        return line


def _tokens(text: str) -> tuple[list[Token], str | None]:
    """Cut one line; the comment, if any, comes without its slashes."""
    tokens: list[Token] = []
    at = _after_space(text, 0)
    while at < len(text):
        if text.startswith("//", at):
            return tokens, text[at + 2 :].strip()
        end = _end_of_token(text, at)
        tokens.append(Token(text[at:end], at, end))
        at = _after_space(text, end)
    return tokens, None


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r":
        at += 1
    return at


def _end_of_token(text: str, at: int) -> int:
    if text[at] in _PUNCTUATION:
        return at + 1
    if text[at] in '"`':
        found = _STRING.match(text, at)
        if found is None:
            raise ValueError("unexpected newline in string")
        return found.end()
    found = _WORD.match(text, at)
    if text.startswith("/*", found.end() if found else at):
        raise ValueError("mod files must use // comments (not /* */ comments)")
    if found is None or not _printable(found[0]):
        raise ValueError(f"unexpected input character in {text[at:]!r}")
    return found.end()


def _printable(word: str) -> bool:
    return word.isprintable() or all(each.isprintable() or "\udc80" <= each <= "\udcff" for each in word)


def unquote(token: str) -> str:
    """Return what a word or a string in double quotes stands for.

    Raises:
        ValueError: a quote within a word, backquotes (Go 1.26 refuses them in these files, whatever its reference says), or an
            escape that Go does not know.

    """
    if not token.startswith('"'):
        if any(each in token for each in "\"'`"):
            raise ValueError("invalid quoted string: unquoted string cannot contain quote")
        return token
    return decode(_ESCAPE.sub(_unescape, token[1:-1]).encode("utf-8", "surrogateescape"))


def _unescape(found: re.Match[str]) -> str:
    simple, octal, byte, short, long, _ = found.groups()
    if simple is not None:
        return _SIMPLE[simple]
    if octal is not None or byte is not None:
        value = int(octal, 8) if octal is not None else int(byte, 16)
        if value < 0x80:  # noqa: PLR2004 - ASCII
            return chr(value)
        if value <= 0xFF:  # noqa: PLR2004 - one byte, of which several may make a character
            return chr(0xDC00 + value)
    elif short is not None or long is not None:
        value = int(short or long, 16)
        if value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF:  # noqa: PLR2004 - Unicode's own limits
            return chr(value)
    raise ValueError(f"invalid quoted string: {found[0]} is no escape that Go knows")
