"""Lines of styled text on stdout: cut or wrapped to the width, with the colours and the characters that the terminal has.

rich tells what the terminal can do and knows how wide a character is; it is imported when the first line is made, and its own
texts are not used: they take 0.2 ms a line, and a trace may have millions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.style import Style

Piece = tuple[str, str]
"""A text and its style, in rich's words; an empty style is plain."""

LINES_MOST: Final = 4
"""Lines that a text may take that is rather wrapped than cut."""

_ASCII: Final = str.maketrans({"─": "-", "▶": ">", "◀": "<", "·": ".", "→": ">", "←": "<", "…": "...", "“": '"', "”": '"'})


class StyledLines:
    """Writes lines to stdout; `width` None is the terminal's, and none in a pipe. Wrapped lines begin `indent` columns in."""

    def __init__(self, width: int | None, indent: int) -> None:
        from rich.console import COLOR_SYSTEMS, Console

        console = Console(highlight=False)
        self._file = console.file
        self._encoding = console.encoding
        self._ascii = not console.encoding.lower().startswith("utf")
        self._width = width or (console.width if console.is_terminal else None)
        if self._width is not None and self._ascii:
            self._width -= len("...") - len("…")
        self._indent = indent
        self._colours = COLOR_SYSTEMS[console.color_system] if console.color_system else None
        self._no_colour = console.no_color
        self._styles: dict[str, Style] = {}

    def write(self, pieces: Iterable[Piece], *, wrap: bool = False, indent: int | None = None) -> None:
        """Write one line, cut to the width, or with `wrap` up to LINES_MOST of them."""
        if self._width is None:
            lines = [list(pieces)]
        else:
            lines = _fitted(pieces, self._width, LINES_MOST if wrap else 1, self._indent if indent is None else indent)
        self._write(lines)

    def write_whole(self, pieces: Iterable[Piece]) -> None:
        """Write one line as it is, wider than the terminal if need be: a command is there to be copied."""
        self._write([list(pieces)])

    def _write(self, lines: Iterable[Iterable[Piece]]) -> None:
        for line in lines:
            text = "".join(self._styled(*piece) for piece in line).rstrip()
            if self._ascii:
                text = text.translate(_ASCII).encode(self._encoding, "backslashreplace").decode(self._encoding)
            self._file.write(text + "\n")

    def flush(self) -> None:
        """Hand what was written to the terminal or the pipe."""
        self._file.flush()

    def _styled(self, text: str, style: str) -> str:
        if not style or not text or self._colours is None:
            return text
        known = self._styles.get(style)
        if known is None:
            from rich.style import Style

            parsed = Style.parse(style)
            known = self._styles[style] = parsed.without_color if self._no_colour else parsed
        return known.render(text, color_system=self._colours)


def _fitted(pieces: Iterable[Piece], width: int, most: int, indent: int) -> list[list[Piece]]:
    """Spread pieces over at most `most` lines of `width` columns; what has no place there becomes an ellipsis."""
    from rich.cells import cell_len, chop_cells

    lines: list[list[Piece]] = [[]]
    room = width
    for text, style in pieces:
        # More can hardly be shown, even of characters without width, and texts may be long.
        rest = text[: 50 * width]
        while cell_len(rest) > room:
            if len(lines) == most:
                lines[-1] = _ended(lines[-1], (rest, style), room)
                return lines
            shown = _broken(chop_cells(rest, room)[0], rest, fresh=room in (width, width - indent)) if room else ""
            lines[-1].append((shown, style))
            lines.append([(" " * indent, "")])
            room = width - indent
            rest = rest[len(shown) :].lstrip()
        lines[-1].append((rest, style))
        room -= cell_len(rest)
    return lines


def _ended(line: list[Piece], last: Piece, room: int) -> list[Piece]:
    """Return a line with what fits of its last piece, and an ellipsis in the last column."""
    from rich.cells import cell_len, chop_cells

    text, style = last
    while not room:
        *line, (text, style) = line
        room = cell_len(text)
    return [*line, ((chop_cells(text, room - 1)[0] if room > 1 else "") + "…", style)]


def _broken(fitting: str, whole: str, *, fresh: bool) -> str:
    """Return what of `whole` stays on the line: up to the last blank, without one nothing, or on a fresh line all that fits."""
    if whole[len(fitting) :].startswith(" "):
        return fitting
    blank = fitting.rfind(" ")
    return fitting if fresh and blank < 0 else fitting[: blank + 1]
