"""Editors offer only lines that work: `breakpointLocations`, from the program's own line table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from dapshim.delve.capabilities import LOCATIONS
from dapshim.proxy.shim import PASS, Answer, Shim, Verdict, on

if TYPE_CHECKING:
    from dapshim.delve.breakpoint_questions import BreakpointQuestions
    from dapshim.wire.messages import Message

PATIENCE: Final = 5.0
"""Seconds that a question waits for the program to be read; after that Delve says that it cannot."""


class BreakpointLocations(Shim):
    """The editor can ask which lines of a file take a breakpoint, and gets those that have code in this program.

    Delve 1.27.1 has no such answer. Places within a line are not told apart: Go's line table has no columns.
    """

    def __init__(self, questions: BreakpointQuestions) -> None:
        self._questions = questions
        self._begun = False

    @on.response("initialize")
    def introduce(self, response: Message) -> None:
        """Say that it can be asked."""
        if response.success:
            response.body.update(LOCATIONS)

    @on.request("launch")
    @on.request("attach")
    def begin(self, request: Message) -> None:
        """Note that there will be a program: before, nobody need wait for one."""
        self._begun = True
        request.discard()

    @on.request("breakpointLocations", budget=2 * PATIENCE)
    async def answer(self, request: Message) -> Verdict:
        """Answer for a file of the client's; for what has no path, or where nothing is known, Delve does."""
        source, first = request.arguments.get("source"), _line(request.arguments.get("line"))
        last = _line(request.arguments.get("endLine", first))
        path = source.get("path") if isinstance(source, dict) and not source.get("sourceReference") else None
        if not self._begun or not isinstance(path, str) or not path or not first or not last:
            return PASS
        from dapshim.sources.spelling import ClientPath

        with trio.move_on_after(PATIENCE):
            lines = await self._questions.lines(ClientPath(path))
            if lines is None:
                return PASS
            return Answer({"breakpoints": [{"line": line} for line in lines if first <= line <= last]})
        return PASS


def _line(value: object) -> int:
    """Return a number of a line, 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
