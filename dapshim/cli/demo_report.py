"""What `dapshim demo` prints: a section for each step, a mark for each step that happened and a sentence for each that did not.

It knows Rich, so it is imported only when a demo runs. It knows nothing of DAP: rows of text come in, lines go out. What it is
given is printed as it is and never read as Rich's markup, because paths and values may hold any character.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from itertools import chain, repeat
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_MAX_WIDTH: Final = 110
"""Columns: a wider line is harder to read, not more informative."""

_MARGIN: Final = "   "
_LABEL_WIDTH: Final = 11
_GAP: Final = 2


class Report:
    """The report of one demo, written to `console` as the demo goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        console.width = min(console.width, _MAX_WIDTH)
        plain = not console.encoding.lower().startswith("utf")
        self._begun = False
        self._yes, self._no, self._here = ("ok", "NOT DONE", ">") if plain else ("✓", "✗", "▶")

    @classmethod
    def on_stdout(cls) -> Report:
        """Return a report on standard output: with colours on a terminal (unless NO_COLOR is set), as plain text in a pipe."""
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.encoding.lower().startswith("utf"):
            sys.stdout.reconfigure(errors="replace")  # a name that this terminal cannot show must not end the demo
        return cls(Console(highlight=False, markup=False, emoji=False))

    def opening(self, title: str) -> None:
        """Print what the demo, or its next part, is about to show."""
        if self._begun:
            self._line(Text())
        self._begun = True
        self._line(Text(title, style="bold"))

    def begin(self, number: int, total: int, title: str) -> None:
        """Print the head of a step."""
        self._line(Text())
        self._line(Text.assemble((f"{number:>2}/{total}  ", "cyan"), (title, "bold")))

    def note(self, label: str, *lines: str) -> None:
        """Print facts under a label; long ones are folded."""
        self._paragraph(Text(label.ljust(_LABEL_WIDTH), style="dim"), [Text(line) for line in lines])

    def table(self, label: str, rows: Sequence[Sequence[str]]) -> None:
        """Print rows of cells under a label, each row on one line, which is cut where the terminal ends."""
        widths = [max(map(cell_len, column)) + _GAP for column in zip(*rows, strict=True)]
        for name, row in zip(chain([label], repeat("")), rows, strict=False):
            cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
            label_text = (name.ljust(_LABEL_WIDTH), "dim")
            self._line(Text.assemble(_MARGIN, label_text, "".join(cells).rstrip()))

    def code(self, line: int, text: str) -> None:
        """Print the line of source at which the program stands."""
        self._line(Text.assemble(_MARGIN, ("code".ljust(_LABEL_WIDTH), "dim"), (f"{self._here} {line:<4}", "yellow"), text))

    def happened(self, sentence: str) -> None:
        """Print that the step happened and what came of it."""
        self._marked(self._yes, "green", sentence)

    def missed(self, sentence: str) -> None:
        """Print that the step did not happen, and why."""
        self._marked(self._no, "bold red", sentence)

    def skipped(self, number: int, total: int, title: str, *, first: bool) -> None:
        """Print that a step was not even tried; the first of several stands apart from what is above."""
        if first:
            self._line(Text())
        self._line(Text.assemble((f"{number:>2}/{total}  ", "cyan"), (f"{self._no} {title}: not reached", "red")))

    def left_out(self, reason: str) -> None:
        """Print that a part was not played on this machine, and why."""
        self._line(Text())
        self._marked("-", "yellow", f"left out: {reason}")

    def closing(self, total: int, missed: Sequence[str], seconds: float) -> None:
        """Print the sum of it all; `missed` are the titles of the steps that did not happen, `seconds` is how long it took."""
        self._line(Text())
        if missed:
            sentence = f"{len(missed)} of {total} steps did not happen; the first of them: {missed[0]}"
            self._marked(self._no, "bold red", sentence)
        else:
            self._marked(self._yes, "bold green", f"all {total} steps happened, in {seconds:.1f} s")

    def _marked(self, mark: str, style: str, sentence: str) -> None:
        self._paragraph(Text(f"{mark} ", style=style), [Text(sentence, style=style)])

    def _paragraph(self, first: Text, paragraphs: Sequence[Text]) -> None:
        """Print paragraphs with a hanging indent as wide as `first`, which stands before their first line."""
        indent = cell_len(first.plain)
        width = max(self._console.width - len(_MARGIN) - indent, 1)
        lines = [line for paragraph in paragraphs for line in paragraph.wrap(self._console, width, overflow="fold")]
        for start, line in zip(chain([first], repeat(Text(" " * indent))), lines, strict=False):
            line.rstrip()
            self._line(Text.assemble(_MARGIN, start, line))

    def _line(self, text: Text) -> None:
        text.rstrip()
        # Rich ends the program when nobody reads standard output any more, and is silent from then on. The session goes on.
        with contextlib.suppress(SystemExit):
            self._console.print(text, no_wrap=True, overflow="ellipsis")
