"""Who watches one folder: a glance for every key that is typed, a whole look when typing has paused.

1. One task, one thing at a time: what is out of date is cancelled, and ended, before the next begins. Its thread ends at the
   next question that it asks of the files.
2. What only the whole look finds is kept while somebody types, and moves with its line; a line that is gone takes it along.
3. Nothing raises but cancellation: a look that fails is logged, and the findings stay as they were.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

import attrs
import trio

from dapshim.delve.checkup import Checkup, Glance, Standing, check, glance
from dapshim.delve.checkup_files import EditorFiles
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.jsonc import Position, Range
from dapshim.diagnose.placed import Place, Placed, place_in
from dapshim.golang.files import CachedFiles
from dapshim.golang.spelling import below, paths
from dapshim.language_server.board import Board
from dapshim.language_server.texts import EditorTexts
from dapshim.options.layers import Options

log = logging.getLogger(__name__)

SETTLE: Final = 0.4
"""Seconds without a change after which the whole look is worth its time."""
_SHARED: Final = frozenset({"go.mod", "go.work"})
"""What the plan of every configuration rests on."""

Key = tuple[str, str, str]


@attrs.frozen
class Surroundings:
    """What all who look share. `environ` is what go is asked with."""

    texts: EditorTexts
    environ: Mapping[str, str]
    options: Options
    board: Board


class Lookout:
    """Watches `where`: a folder, or a .code-workspace."""

    def __init__(self, where: str, surroundings: Surroundings, *, interesting: Callable[[str], bool]) -> None:
        self.where = where
        self._around = surroundings
        self._interesting = interesting
        self._standing = Standing(CachedFiles(surroundings.texts))
        self._dirty: set[str] = set()
        self._anew = False
        self._wanted = trio.Event()
        self._scope = trio.CancelScope()
        self._settled = trio.Event()
        self._slow: tuple[Placed, ...] = ()
        self._lines: dict[str, list[str]] = {}
        self.glance: Glance | None = None
        """The last one."""
        self.checkup: Checkup | None = None
        """The last whole look."""

    def covers(self, path: str) -> bool:
        """Whether a file belongs to what is watched."""
        return below(path, self.where) is not None or path == self.where

    def changed(self, path: str, *, on_disk: bool = False) -> None:
        """Look again: a text was typed into, or, `on_disk`, files are others than they were."""
        self._dirty.add(path)
        self._anew = self._anew or on_disk
        self._settled = trio.Event()
        self._wanted.set()
        self._scope.cancel()

    async def settled(self) -> None:
        """Wait until what is on the board is about the texts as they are."""
        await self._settled.wait()

    async def run(self) -> None:
        """Look whenever something changed, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted = trio.Event()
            with trio.CancelScope() as self._scope:
                try:
                    self._forget()
                    await self._glance()
                    self._settled.set()
                    await trio.sleep(SETTLE)
                    await self._whole()
                except Exception:
                    log.exception("looking at %s failed", self.where)
                    self._settled.set()

    def close(self) -> None:
        """Take back what was found."""
        self._around.board.put(self.where, ())

    def _forget(self) -> None:
        if self._anew:
            # What go is by itself is asked anew by the whole look.
            self._standing = Standing(CachedFiles(self._around.texts), alone=self._standing.alone)
            self._anew = False
        for path in self._dirty:
            self._standing.files.forget(path)
            if paths.basename(path) in _SHARED:
                self._standing.checked.clear()
        self._dirty.clear()

    @property
    def _also(self) -> tuple[str, ...]:
        return tuple(each for each in self._around.texts.opened if self.covers(each) and self._interesting(each))

    async def _glance(self) -> None:
        around = self._around
        found = await trio.to_thread.run_sync(
            partial(glance, self.where, around.environ, around.options, self._standing, self._also)
        )
        self.glance = found
        self._put(found, self._moved())

    async def _whole(self) -> None:
        around = self._around
        found = await trio.to_thread.run_sync(
            partial(check, self.where, around.environ, around.options, around.texts, self._also)
        )
        self.checkup = found
        seen = {_key(each) for each in self.glance.findings} if self.glance is not None else set()
        self._slow = tuple(each for each in found.findings if _key(each) not in seen)
        self._lines = {}
        for each in self._slow:
            if each.place is not None and each.place.file not in self._lines:
                self._lines[each.place.file] = self._text(each.place.file)
        if self.glance is not None:
            self._put(self.glance, self._slow)

    def _put(self, found: Glance, slow: Iterable[Placed]) -> None:
        """Show both. A doctor says once why a program is not built; in an editor launch.json shows it too, with its remedy."""
        slow = list(slow)
        shown = [*(_with_remedy(each, slow) for each in found.findings), *slow]
        self._around.board.put(self.where, filter(None, (_anchored(each, found.files) for each in shown)))

    def _text(self, path: str) -> list[str]:
        return (self._around.texts.text(path) or "").splitlines()

    def _moved(self) -> Iterable[Placed]:
        """Yield what only the whole look finds, where its line stands now."""
        now: dict[str, list[str]] = {}
        for each in self._slow:
            if each.place is None or each.place.range is None:
                yield each
                continue
            path, line = each.place.file, each.place.range.start.line
            before = self._lines.get(path, [])
            lines = now.setdefault(path, self._text(path)) if path not in now else now[path]
            number = _line_now(before, lines, line)
            if number:
                yield attrs.evolve(each, place=Place(path, _shifted(each.place.range, number - line)))


def _key(found: Placed) -> Key:
    return found.finding.code, found.finding.message, found.place.file if found.place is not None else ""


def _with_remedy(found: Placed, others: Iterable[Placed]) -> Placed:
    """Return a finding with the remedies of the one that says the same of another file, where it has none of its own."""
    if found.fixes:
        return found
    same = next((each for each in others if each.finding.message in found.finding.message), None)
    return attrs.evolve(found, fixes=same.fixes) if same is not None else found


def _line_now(before: list[str], now: list[str], line: int) -> int:
    """Return the number of the line that was number `line`, 0 when it is gone, or when there are several like it."""
    text = before[line - 1] if 0 < line <= len(before) else None
    if text is None:
        return 0
    if line <= len(now) and now[line - 1] == text:
        return line
    found = [number for number, each in enumerate(now, 1) if each == text]
    return found[0] if len(found) == 1 else 0


def _shifted(where: Range, lines: int) -> Range:
    start, end = where.start, where.end
    return Range(Position(start.line + lines, start.column), Position(end.line + lines, end.column))


def _anchored(found: Placed, files: EditorFiles) -> Placed | None:
    """Return a finding with a place: what is in no file, and keeps every configuration from working, stands above them."""
    if found.place is not None:
        return found
    if found.finding.severity is not Severity.ERROR or not files.launch:
        return None
    part = files.launch[0]
    member = part.root.member("configurations")
    node = member.key if member is not None else part.root
    return attrs.evolve(found, place=place_in(part.source.file, part.source.document, node))
