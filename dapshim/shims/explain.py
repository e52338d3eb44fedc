"""A breakpoint that is not set says why, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from dapshim.diagnose.hit_counts import divides_by_zero
from dapshim.proxy.shim import Shim, on
from dapshim.sources.voice import parted, with_delves
from dapshim.wire.bodies import BreakpointsBody, OutputBody, SetBreakpointsArguments, SetListArguments

if TYPE_CHECKING:
    from dapshim.delve.breakpoint_questions import BreakpointQuestions
    from dapshim.diagnose.breakpoint_facts import Asked, Explanation
    from dapshim.wire.messages import Message

PATIENCE: Final = 10.0
"""Seconds that an answer with an unverified breakpoint waits for its reason; then it goes on with Delve's own."""

_CONDITIONS: Final = ("condition", "hitCondition")


@attrs.frozen
class Wanted:
    """An entry of a list: the file of that list ("" for functions), and the entry as it was asked for."""

    file: str
    entry: dict[str, Any]


class Explain(Shim):
    """No breakpoint is hollow without a reason: each says why it is not set, and what to do about it.

    The reason is in the breakpoint's `message`, Delve's own words behind it, and once in the debug console, since editors show
    the message only on hover. `dapshim explain CODE` tells more of it, and `dapshim why FILE:LINE` without a session. A
    breakpoint of another program of the workspace says so and makes no noise.
    """

    def __init__(self, questions: BreakpointQuestions, waits: Callable[[int | None], bool]) -> None:
        """Take what says why; `waits` says of a breakpoint's id whether it will be set when its code comes."""
        self._questions = questions
        self._waits = waits
        self._open: dict[int, list[Wanted]] = {}
        self._by_id: dict[int, Wanted] = {}
        self._told: set[tuple[str, str]] = set()

    @property
    def nothing_asked(self) -> bool:
        """Whether no list waits for its answer."""
        return not self._open

    @property
    def nothing_hollow(self) -> bool:
        """Whether nothing can change that was not verified."""
        return not self._by_id

    @on.event("initialized")
    def begin(self, _event: Message) -> None:
        """Forget the breakpoints of the program that was (law 8); what was told stays told."""
        self._by_id.clear()

    @on.request("setBreakpoints")
    def note_lines(self, request: Message) -> None:
        """Note what is asked for."""
        wanted = request.view(SetBreakpointsArguments)
        if wanted.source.path and not wanted.source.sourceReference:
            self._open[request.seq] = [Wanted(wanted.source.path, dict(entry)) for entry in wanted.breakpoints]
            _spare_delve(request)

    @on.request("setFunctionBreakpoints")
    @on.request("setInstructionBreakpoints")
    @on.request("setDataBreakpoints")
    def note_list(self, request: Message) -> None:
        """Note what is asked for."""
        self._open[request.seq] = [Wanted("", dict(entry)) for entry in request.view(SetListArguments).breakpoints]
        _spare_delve(request)

    @on.response("setBreakpoints", unless="nothing_asked", budget=PATIENCE)
    @on.response("setFunctionBreakpoints", unless="nothing_asked", budget=PATIENCE)
    @on.response("setInstructionBreakpoints", unless="nothing_asked", budget=PATIENCE)
    @on.response("setDataBreakpoints", unless="nothing_asked", budget=PATIENCE)
    async def explain(self, response: Message) -> None:
        """Give every breakpoint that is not set its reason."""
        wanted = self._open.pop(response.reply_to or 0, None)
        if wanted is None or not response.success:
            return
        answers = response.view(BreakpointsBody).breakpoints
        pairs = list(zip(wanted, answers, strict=False))
        for each, answer in pairs:
            number = answer.get("id")
            if isinstance(number, int) and answer.get("verified") is not True:
                self._by_id[number] = each
        hollow = [index for index, pair in enumerate(pairs) if _is_worth_a_look(*pair)]
        if not hollow:
            return
        said = await self._explained([pairs[index] for index in hollow], _lines_set(answers))
        for index, text in zip(hollow, said, strict=False):
            if text:
                response.body["breakpoints"][index]["message"] = text

    @on.event("breakpoint", unless="nothing_hollow", budget=PATIENCE)
    async def explain_change(self, event: Message) -> None:
        """Give a breakpoint that has changed, and is not set, its reason."""
        changed = event.body.get("breakpoint")
        number = changed.get("id") if isinstance(changed, dict) else None
        if not isinstance(changed, dict) or not isinstance(number, int) or number not in self._by_id:
            return
        if changed.get("verified") is True:
            del self._by_id[number]
            return
        for text in await self._explained([(self._by_id[number], changed)]):
            if text:
                changed["message"] = text

    async def _explained(
        self, pairs: Iterable[tuple[Wanted, dict[str, Any]]], others: frozenset[int] = frozenset()
    ) -> list[str]:
        """Return the message of each, "" to leave it, and say what is new. `others` are lines that have a breakpoint."""
        found = [(each, answer, self._asked(each, answer, others)) for each, answer in pairs]
        explanations = await self._questions.explain([asked for _, _, asked in found])
        if explanations is None:
            return []
        texts = []
        for (each, answer, asked), explanation in zip(found, explanations, strict=True):
            if explanation.finding is None:
                texts.append("")
                continue
            texts.append(with_delves(explanation.finding.advice, "" if answer.get("verified") is True else asked.delves))
            await self._tell(each, explanation)
        return texts

    def _asked(self, wanted: Wanted, answer: dict[str, Any], others: frozenset[int]) -> Asked:
        from dapshim.diagnose.breakpoint_facts import Asked

        entry, message, number = wanted.entry, answer.get("message"), answer.get("id")
        line = entry.get("line")
        return Asked(
            wanted.file,
            line if isinstance(line, int) else 0,
            _text(entry, "name"),
            _text(entry, "condition"),
            _text(entry, "hitCondition"),
            _text(entry, "logMessage"),
            parted(message)[1] if isinstance(message, str) and answer.get("verified") is not True else "",
            others,
            self._waits(number if isinstance(number, int) else None),
        )

    async def _tell(self, wanted: Wanted, explanation: Explanation) -> None:
        """Say it once, where a person reads who does not look at the breakpoint."""
        finding = explanation.finding
        if finding is None or explanation.quiet or (wanted.file, finding.message) in self._told:
            return
        self._told.add((wanted.file, finding.message))
        body = OutputBody(output=f"dapshim: {finding.advice}\n", category="console")
        line = wanted.entry.get("line")
        if wanted.file and isinstance(line, int):
            name = wanted.file.replace("\\", "/").rpartition("/")[2]
            place = {"source": {"name": name, "path": wanted.file}, "line": line}
            await self.session.emit("output", {"output": body.output, "category": body.category, **place})
        else:
            await self.session.emit("output", body)


def _spare_delve(request: Message) -> None:
    """Have Delve refuse a hit count of `% 0`, at which it would hang."""
    for entry in request.arguments.get("breakpoints") or ():
        if isinstance(entry, dict) and divides_by_zero(_text(entry, "hitCondition")):
            entry["hitCondition"] = "%"


def _is_worth_a_look(wanted: Wanted, answer: dict[str, Any]) -> bool:
    """Whether it is not set, or has a condition that may not do what is meant."""
    return answer.get("verified") is not True or any(wanted.entry.get(name) for name in _CONDITIONS)


def _lines_set(answers: Iterable[dict[str, Any]]) -> frozenset[int]:
    lines = (each.get("line") for each in answers if each.get("verified") is True)
    return frozenset(line for line in lines if isinstance(line, int))


def _text(entry: dict[str, Any], name: str) -> str:
    found = entry.get(name)
    return found if isinstance(found, str) else ""
