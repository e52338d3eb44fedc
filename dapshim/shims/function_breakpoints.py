"""Function breakpoints that name a place, by the editor's paths; and the answers to lists that are not of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from dapshim.proxy.shim import Shim, on
from dapshim.sources.spelling import base
from dapshim.sources.voice import with_delves
from dapshim.wire.bodies import SetListArguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dapshim.delve.source_map import SourceMap
    from dapshim.proxy.translated import Translator
    from dapshim.sources.named_places import NamedPlace
    from dapshim.wire.messages import Message

MAPPING: Final = 30.0
"""Seconds that the first breakpoints wait for the mapping."""


@attrs.frozen
class Typed:
    """What a request that waits for its answer had: how many entries, and the places among them, by their numbers."""

    count: int
    places: Mapping[int, NamedPlace]


class FunctionBreakpoints(Shim):
    """A function breakpoint may name a place: `main.go:11`, `lib/util.go:5`, or a whole path, as the editor spells it.

    Where several files may be meant it is not set, and says which they are; Delve compares names that nobody sees.
    """

    stays_on = True

    def __init__(self, translator: Translator) -> None:
        """Share what turns paths around with those who do the same."""
        self._translator = translator
        self._map = translator.session_map
        self._open: dict[int, Typed] = {}

    @property
    def as_it_is(self) -> bool:
        """Whether every recorded path is the client's own."""
        return self._map.nothing_to_translate

    @property
    def nothing_to_do(self) -> bool:
        """Whether an answer can pass as it is."""
        return self.as_it_is and not self._open

    @on.request("setFunctionBreakpoints", budget=MAPPING)
    async def place_by_name(self, request: Message) -> None:
        """Put the recorded place in that of one that stands for a function."""
        from dapshim.sources.named_places import split_place

        entries = request.view(SetListArguments).breakpoints
        typed = {
            at: found for at, entry in enumerate(entries) if (found := split_place(str(entry.get("name", "")))) is not None
        }
        if not typed:
            return
        places = await self._map.ask(lambda made: _looked_up(made, typed))
        if places is None:
            return
        for place in places.values():
            if place.client is not None and place.answer is not None:
                self._map.uses(place.client, place.answer)
        refused = {at for at, place in places.items() if place.refused}
        sent = [_sent(entry, places.get(at)) for at, entry in enumerate(entries) if at not in refused]
        if sent != entries:
            request.arguments["breakpoints"] = sent
        self._open[request.seq] = Typed(len(entries), places)

    @on.response("setFunctionBreakpoints", unless="nothing_to_do")
    async def answer_by_name(self, response: Message) -> None:
        """Give the client its own paths, and say why a place is nowhere."""
        typed = self._open.pop(response.reply_to or 0, None)
        if not response.success:
            return
        await self._translate(response)
        if typed is None:
            return
        answers = iter(response.body.get("breakpoints") or [])
        made: list[dict[str, Any]] = []
        for at in range(typed.count):
            found = typed.places.get(at)
            if found is not None and found.refused:
                made.append({"verified": False, "message": found.why})
            elif (answer := next(answers, None)) is not None:
                made.append(_with_reason(answer, found))
        response.body["breakpoints"] = made

    @on.response("setInstructionBreakpoints", unless="as_it_is")
    @on.response("setDataBreakpoints", unless="as_it_is")
    async def translate_answers(self, response: Message) -> None:
        """Give the client its own paths."""
        if response.success:
            await self._translate(response)

    async def _translate(self, response: Message) -> None:
        from dapshim.sources.texts import in_message, paths_in_message

        answers = response.body.get("breakpoints") or []
        await self._translator.places(answers)
        for answer in answers:
            if isinstance(text := answer.get("message"), str):
                answer["message"] = in_message(text, await self._translator.words(paths_in_message(text)))


def _looked_up(made: SourceMap, typed: Mapping[int, tuple[str, int]]) -> dict[int, NamedPlace]:
    """Look places up; in a thread, since files are read."""
    from dapshim.sources.named_places import find_named

    return {at: find_named(made.map, path, line) for at, (path, line) in typed.items()}


def _sent(entry: dict[str, Any], found: NamedPlace | None) -> dict[str, Any]:
    """Return an entry with the recorded place."""
    if found is None or found.place is None:
        return entry
    return {**entry, "name": f"{found.place.path}:{found.place.line}"}


def _with_reason(answer: dict[str, Any], found: NamedPlace | None) -> dict[str, Any]:
    """Return Delve's answer in the file that was typed, with our reason in front where there is one."""
    if found is None:
        return answer
    source, line = answer.get("source"), answer.get("line")
    if found.place is not None and found.moved and isinstance(source, dict) and isinstance(line, int):
        return {
            **answer,
            "line": line + found.moved,
            "source": {**source, "path": found.client, "name": base(found.client or "")},
        }
    if not found.why or answer.get("verified") is True:
        return answer
    delves = answer.get("message")
    return {**answer, "message": with_delves(found.why, delves)}
