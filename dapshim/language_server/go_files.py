"""In a Go file: a line that takes no breakpoint in the program that was built last says so, in a hover or above it.

Nothing is done while somebody types: a hover asks, in a thread, and lenses when the editor does. Of a text that is not saved
nothing is said, because the program was built from what was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import trio
from lsprotocol import types

from dapshim.diagnose.jsonc import Position, Range
from dapshim.language_server.conversion import Text

if TYPE_CHECKING:
    from dapshim.delve.built_lines import BuiltLines, Hollow
    from dapshim.delve.hollow import Why
    from dapshim.language_server.lookout import Surroundings


class GoFiles:
    """Answers for one client. `built` are the executables that count, the last one first; `folder` is the one that is open."""

    def __init__(self, around: Surroundings, built: Callable[[], Sequence[str]], folder: Callable[[], str]) -> None:
        self._around = around
        self._built = built
        self._folder = folder
        self._lines: BuiltLines | None = None
        self.hovers = True
        self.lenses = False

    async def hover(self, path: str, position: types.Position, text: str | None, alike: Text) -> types.Hover | None:
        """Return why the line takes no breakpoint. `text` is the editor's, None where it is not known."""
        built = self._built()
        if not self.hovers or not built or not await _is_saved(path, text):
            return None
        line = position.line + 1
        why = await trio.to_thread.run_sync(
            lambda: self._reading().at(path, line, built, self._folder()), abandon_on_cancel=True
        )
        if why is None:
            return None
        shown = alike.alike(text) if text is not None else alike
        where = shown.range(_whole_line(line)) if text is not None else None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, _said(why)), where)

    async def code_lenses(self, path: str, text: str | None) -> list[types.CodeLens]:
        """Return a lens above each line that takes none, or the first of several."""
        built = self._built()
        if not self.lenses or not built or not await _is_saved(path, text):
            return []
        found = await trio.to_thread.run_sync(lambda: self._reading().all(path, built, self._folder()), abandon_on_cancel=True)
        return list(_lenses(found))

    def _reading(self) -> BuiltLines:
        if self._lines is None:
            from dapshim.delve.built_lines import BuiltLines

            self._lines = BuiltLines(self._around.options, self._around.environ)
        return self._lines


async def _is_saved(path: str, text: str | None) -> bool:
    """Whether the editor's text is what is on the disk, as far as that is known."""
    if text is None:
        return True
    try:
        data = await trio.to_thread.run_sync(Path(path).read_bytes)
    except OSError:
        return False
    return data == text.encode("utf-8", "surrogatepass")


def _whole_line(line: int) -> Range:
    return Range(Position(line, 0), Position(line, 0))


def _said(why: Why) -> str:
    finding = why.explanation.finding
    parts = [f"**dapshim** {why.message}"]
    remedies = finding.remedies if finding is not None else ()
    parts += [f"- {each.title}{f': `{each.command}`' if each.command else ''}" for each in remedies]
    return f"{parts[0]}\n\n" + "\n".join([*parts[1:], "", f"In `{why.target}`."])


def _lenses(found: Sequence[Hollow]) -> Iterator[types.CodeLens]:
    for each in found:
        place = types.Position(each.line - 1, 0)
        yield types.CodeLens(types.Range(place, place), types.Command(f"no breakpoint: {each.why.message}", ""))
