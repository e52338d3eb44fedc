"""A breakpoint on a line without code moves to the next line that has some."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from dapshim.options.table import named
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import CALL_DEADLINE, Shim, on
from dapshim.sources.voice import parted
from dapshim.wire.bodies import BreakpointsBody, SetBreakpointsArguments

if TYPE_CHECKING:
    from dapshim.delve.breakpoint_questions import BreakpointQuestions
    from dapshim.delve.planner import Planner
    from dapshim.wire.messages import Message

PATIENCE: Final = 15.0
"""Seconds that an answer waits for its breakpoints to be moved; then it goes on with what Delve said."""

TRIES: Final = 3
"""Lists that are sent to move breakpoints: Go's table may have a line that Delve does not take, in optimised code."""

_NO_STATEMENT: Final = "could not find statement at "
_SUSPENDED: Final = "unable to set breakpoint"
"""What Delve 1.27.1 says in their place where plugins or children may bring code."""


@attrs.frozen
class List:
    """A list of one file as the client asked for it, and to which line each entry was moved when it was sent, 0 for none."""

    path: str
    arguments: dict[str, Any]
    entries: tuple[dict[str, Any], ...]
    moved: tuple[int, ...]

    def sent_as(self, moved: tuple[int, ...]) -> dict[str, Any]:
        """Return the arguments of the request with entries moved."""
        entries = [_at(entry, line) for entry, line in zip(self.entries, moved, strict=True)]
        made = {**self.arguments, "breakpoints": entries}
        if "lines" in made:
            made["lines"] = [entry.get("line") for entry in entries]
        return made


@attrs.frozen
class Slide:
    """To which line a line's breakpoint was moved, and why."""

    line: int
    why: str


class Sliding(Shim):
    """A breakpoint on a comment, a blank line or a declaration moves to the next line that has code, as other debuggers do it.

    It stays in its function, in a function literal within that, and in its file; where there is no such line it stays hollow,
    and says why. The answer names the new line, and the editor moves the dot. `"slideBreakpoints": false` leaves it where it
    is.
    """

    option = named("slideBreakpoints")

    def __init__(self, planner: Planner, questions: BreakpointQuestions) -> None:
        self._planner = planner
        self._questions = questions
        self._open: dict[int, List] = {}
        self._newest: dict[str, int] = {}
        self._slides: dict[str, dict[int, Slide]] = {}
        self._moving: dict[str, trio.Event] = {}

    @property
    def nothing_asked(self) -> bool:
        """Whether no list waits for its answer."""
        return not self._open

    @on.event("initialized")
    def begin(self, _event: Message) -> None:
        """Forget where lines had code in the program that was (law 8)."""
        self._slides.clear()

    @on.request("setBreakpoints", budget=PATIENCE)
    async def move_again(self, request: Message) -> None:
        """Send what was moved before to where it stands, so that it stays the breakpoint that it is."""
        wanted = request.view(SetBreakpointsArguments)
        path = wanted.source.path
        if not path or wanted.source.sourceReference or not self._planner.options.switch("slideBreakpoints"):
            return
        if (moving := self._moving.get(path)) is not None:
            await moving.wait()  # or the list before this one would be set behind it
        self._newest[path] = request.seq
        moved = self._known(path, wanted.breakpoints)
        # A copy: the layers within write the recorded path into this message.
        rest = deepcopy({name: value for name, value in request.arguments.items() if name != "breakpoints"})
        asked = self._open[request.seq] = List(path, rest, tuple(map(dict, wanted.breakpoints)), moved)
        if any(moved):
            request.arguments.update(asked.sent_as(moved))

    def _known(self, path: str, entries: list[dict[str, Any]]) -> tuple[int, ...]:
        """Return for each entry where it stands since an earlier list, 0 for where it says; no two at one line."""
        slides, taken = self._slides.get(path, {}), {entry.get("line") for entry in entries}
        found = []
        for entry in entries:
            slide = slides.get(entry["line"]) if isinstance(entry.get("line"), int) else None
            to = slide.line if slide is not None and slide.line not in taken else 0
            taken.add(to)
            found.append(to)
        return tuple(found)

    @on.response("setBreakpoints", unless="nothing_asked", budget=PATIENCE)
    async def move(self, response: Message) -> None:
        """Move what Delve could not set, and say so."""
        asked = self._open.pop(response.reply_to or 0, None)
        if asked is None or not response.success:
            return
        answers = response.view(BreakpointsBody).breakpoints
        if len(answers) != len(asked.entries) or not all(isinstance(entry.get("line"), int) for entry in asked.entries):
            return
        moved = asked.moved
        if any(_can_move(answer) for answer in answers) and self._newest.get(asked.path) == response.reply_to:
            done = self._moving[asked.path] = trio.Event()
            try:
                moved, answers = await self._moved(asked, answers)
            finally:
                del self._moving[asked.path]
                done.set()
        told = [self._said(asked, index, line, answers[index]) for index, line in enumerate(moved)]
        if told != response.body["breakpoints"]:
            response.body["breakpoints"] = told

    async def _moved(self, asked: List, answers: list[dict[str, Any]]) -> tuple[tuple[int, ...], list[dict[str, Any]]]:
        """Return where each entry stands now, and Delve's answers to that."""
        moved, texts, refused = list(asked.moved), dict[int, str](), set[int]()
        for _ in range(TRIES):
            hollow = [index for index, each in enumerate(answers) if _can_move(each) or (moved[index] and not _is_set(each))]
            refused.update(moved[index] for index in hollow if moved[index])
            found = await self._found(asked, moved, hollow, answers, refused)
            if all(moved[index] == line for index, (line, _) in found.items()):
                break
            for index, (line, text) in found.items():
                moved[index], texts[index] = line, text
            made = await self._set(asked, moved)
            answers = made or answers
            if made is None or all(_is_set(answers[index]) for index in found if moved[index]):
                break
        left = [index for index, line in enumerate(moved) if line and not _is_set(answers[index])]
        if left:
            moved = [0 if index in left else line for index, line in enumerate(moved)]
            answers = await self._set(asked, moved) or answers
        slides = self._slides.setdefault(asked.path, {})
        for index, text in texts.items():
            if moved[index]:
                slides[asked.entries[index]["line"]] = Slide(moved[index], text)
        return tuple(moved), answers

    async def _found(
        self, asked: List, moved: list[int], hollow: list[int], answers: list[dict[str, Any]], refused: set[int]
    ) -> dict[int, tuple[int, str]]:
        """Return where each hollow entry may move."""
        from dapshim.diagnose.breakpoint_facts import Asked

        wanted = [
            Asked(asked.path, asked.entries[index]["line"], delves=parted(str(answers[index].get("message", "")))[1])
            for index in hollow
        ]
        others = [entry["line"] for entry in asked.entries]
        others += [line for index, line in enumerate(moved) if line and index not in hollow]
        found = await self._questions.slid(wanted, others, refused)
        return dict(zip(hollow, found or [], strict=False))

    async def _set(self, asked: List, moved: list[int]) -> list[dict[str, Any]] | None:
        """Send the list with its entries moved; None where Delve does not answer it, entry for entry."""
        answers: list[dict[str, Any]] = []
        with self.session.untorn(CALL_DEADLINE), suppress(OwnCallError):
            response = await self.session.call("setBreakpoints", asked.sent_as(tuple(moved)))
            if response.success:
                answers = response.view(BreakpointsBody).breakpoints
        return answers if len(answers) == len(moved) else None

    def _said(self, asked: List, index: int, line: int, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the answer for an entry, with why it stands elsewhere."""
        slide = self._slides.get(asked.path, {}).get(asked.entries[index].get("line") or 0) if line else None
        if slide is None or not _is_set(answer):
            return answer
        # Delve may have set it further down (behind a function's prologue), or names no line (of several places).
        at = answer.get("line")
        to = at if isinstance(at, int) else line
        said = answer.get("message")
        text = f"{slide.why} It has moved to line {to}."
        return {**answer, "line": to, "message": f"{text} {said}" if isinstance(said, str) and said else text}


def _is_set(answer: dict[str, Any]) -> bool:
    return answer.get("verified") is True


def _can_move(answer: dict[str, Any]) -> bool:
    """Whether Delve has found the file, or may have, and no statement at the line."""
    message = answer.get("message")
    if _is_set(answer) or not isinstance(message, str):
        return False
    delves = parted(message)[1]
    return (delves.startswith(_NO_STATEMENT) and not delves.endswith("binary is stripped")) or delves == _SUSPENDED


def _at(entry: dict[str, Any], line: int) -> dict[str, Any]:
    """Return an entry at another line; a column would mean the old one's."""
    return {**{name: value for name, value in entry.items() if name != "column"}, "line": line} if line else entry
