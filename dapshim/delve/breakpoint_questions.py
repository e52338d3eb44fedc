"""What shims ask about breakpoints in a session; answered in a thread, from the mapping of the program that is debugged.

Light: what reads and explains is imported when the first question comes, so that a session in which all breakpoints are
verified pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from dapshim.delve.breakpoint_reading import BreakpointReader
    from dapshim.delve.session_map import SessionMap
    from dapshim.delve.source_map import SourceMap
    from dapshim.diagnose.breakpoint_facts import Asked, Explanation
    from dapshim.sources.spelling import ClientPath

    T = TypeVar("T")


class BreakpointQuestions:
    """The questions of one session."""

    def __init__(self, session_map: SessionMap) -> None:
        self._map = session_map
        self._reader: tuple[SourceMap, BreakpointReader] | None = None

    async def explain(self, asked: Sequence[Asked]) -> list[Explanation] | None:
        """Return why each is not set, or what is wrong with its condition; None where nothing is known of the program."""
        if self._too_early(asked):
            return None

        def answer(reader: BreakpointReader) -> list[Explanation]:
            from dapshim.delve.explained import explained

            return [explained(reader, each) for each in asked]

        return await self._ask(answer)

    async def slid(self, asked: Sequence[Asked], taken: Iterable[int], refused: Iterable[int]) -> list[tuple[int, str]] | None:
        """Return for each line of one file to which one it moves, and what to say of it; 0 where it stays; None as above.

        `taken` and `refused` as in `explained.slid`.
        """
        others, passed_over = frozenset(taken), frozenset(refused)
        if self._too_early(asked):
            return None

        def answer(reader: BreakpointReader) -> list[tuple[int, str]]:
            from dapshim.delve.explained import slid

            return slid(reader, asked, others, passed_over)

        return await self._ask(answer)

    async def lines(self, client: ClientPath) -> tuple[int, ...] | None:
        """Return the lines of a file with code, sorted; () for one that is not of this program, None if nothing is known."""

        def answer(reader: BreakpointReader) -> tuple[int, ...] | None:
            found, lines = reader.lines(client)
            if lines is None:
                return () if found.path is None and not found.spans else None
            return tuple(sorted(lines))

        return await self._ask(answer)

    def _too_early(self, asked: Sequence[Asked]) -> bool:
        """Whether it is of a list whose files nobody has waited for; it is set again when they are known."""
        return not self._map.is_ready and any(each.file in self._map.untranslated for each in asked)

    async def _ask(self, question: Callable[[BreakpointReader], T]) -> T | None:
        def answer(made: SourceMap) -> T:
            return question(self._reader_of(made))

        return await self._map.ask(answer)

    def _reader_of(self, made: SourceMap) -> BreakpointReader:
        from dapshim.delve.breakpoint_reading import BreakpointReader

        if self._reader is None or self._reader[0] is not made:
            self._reader = made, BreakpointReader(made, self._map.path)
        return self._reader[1]
