"""Ours and LSP's: places, findings, edits. Columns are characters here, and what the client chose there.

LSP 3.17: a position's `character` counts UTF-16 units, unless client and server agree on another encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from dapshim.diagnose.finding import Severity
from dapshim.diagnose.jsonc import Document, Node, Range
from dapshim.diagnose.placed import Edit, Fix, Placed
from dapshim.golang.spelling import paths

SOURCE: Final = "dapshim"
"""What findings are signed with; VS Code's own server for JSON signs those about the schema."""

_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_ENCODINGS: Final = {types.PositionEncodingKind.Utf8: "utf-8", types.PositionEncodingKind.Utf16: "utf-16-le"}


def path_of(uri: str) -> str | None:
    """Return the path of a file, in its plain spelling; None for what is no file of this machine."""
    if not uri.startswith("file:"):
        return None
    path = to_fs_path(uri)
    return paths.normpath(path) if path and paths.isabs(path) else None


def uri_of(path: str) -> str:
    """Return the address of a file."""
    return from_fs_path(path) or ""


class Text:
    """A text with its lines, for places in it."""

    def __init__(self, text: str, encoding: types.PositionEncodingKind | str | None) -> None:
        self.document = Document(text, Node("missing", 0, 0))
        self._text = text
        self._encoding = encoding
        self._codec = _ENCODINGS.get(types.PositionEncodingKind(encoding or "utf-16"), "")
        self._lines = re.split(r"\r\n|\r|\n", text)

    def alike(self, text: str) -> Text:
        """Return another text, for the same client."""
        return self if text == self._text else Text(text, self._encoding)

    def position(self, line: int, column: int) -> types.Position:
        """Return a position; `line` counts from 1 and `column` in characters from 0, as in `jsonc.Position`."""
        number = min(max(line - 1, 0), len(self._lines) - 1)
        return types.Position(number, self._units(self._lines[number][:column]))

    def column(self, position: types.Position) -> tuple[int, int]:
        """Return the line from 1 and the column in characters of a client's position."""
        number = min(max(position.line, 0), len(self._lines) - 1)
        line, units, column = self._lines[number], 0, 0
        while column < len(line) and units < position.character:
            units += self._units(line[column])
            column += 1
        return number + 1, column

    def _units(self, text: str) -> int:
        if not self._codec:
            return len(text)
        size = len(text.encode(self._codec, "surrogatepass"))
        return size // 2 if self._codec == "utf-16-le" else size

    def range(self, place: Range | None) -> types.Range:
        """Return a range: the line without its blanks for one that names no columns, the first line for none."""
        if place is None:
            return self._line(1)
        if place.start == place.end:
            return self._line(place.start.line)
        start = self.position(place.start.line, place.start.column)
        return types.Range(start, self.position(place.end.line, place.end.column))

    def _line(self, number: int) -> types.Range:
        line = self._lines[min(max(number - 1, 0), len(self._lines) - 1)]
        indent = len(line) - len(line.lstrip())
        return types.Range(self.position(number, indent), self.position(number, len(line.rstrip())))

    def span(self, start: int, end: int) -> types.Range:
        """Return the range of two offsets in characters."""
        first, last = self.document.position(start), self.document.position(end)
        return types.Range(self.position(first.line, first.column), self.position(last.line, last.column))


def diagnostic(found: Placed, text: Text) -> types.Diagnostic:
    """Return a finding as a client shows it. `data` has all remedies, for a client that can run a command in a terminal."""
    finding = found.finding
    return types.Diagnostic(
        range=text.range(found.place.range if found.place is not None else None),
        message=finding.message + _remedy(found.fixes),
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        source=SOURCE,
        data={"remedies": [each.as_json() for each in found.fixes]},
    )


def _remedy(fixes: Iterable[Fix]) -> str:
    """Return what mends it, where no quick fix does."""
    first = next(iter(fixes), None)
    if first is None or first.edits or first.deed is not None:
        return ""
    return f"\n{first.title}: {first.command}" if first.command else f"\n{first.title}."


def text_edits(edits: Iterable[Edit], text: Text) -> list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit]:
    """Return the edits of one file; they do not overlap."""
    return [types.TextEdit(text.span(each.start, each.end), each.text) for each in sorted(edits, key=lambda each: each.start)]
