"""Function breakpoints that name a place, by the editor's paths; and the answers to lists that are not of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from dapshim.proxy.breakpoint_list import identity
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import HIDE, PASS, Shim, Verdict, on
from dapshim.sources.spelling import base
from dapshim.sources.voice import with_delves
from dapshim.wire.bodies import SetListArguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dapshim.delve.source_map import SourceMap
    from dapshim.proxy.breakpoints import Breakpoints
    from dapshim.proxy.translated import Translator
    from dapshim.sources.named_places import NamedPlace
    from dapshim.wire.messages import Message

MAPPING: Final = 30.0
"""Seconds that the first breakpoints wait for the mapping."""

SETTING: Final = 10.0
"""Seconds that a list which is set again may take, not torn by an interruption."""


Told = tuple[object, object, object]
"""Whether a breakpoint is set, and where: path and line."""


@attrs.frozen(eq=False)
class Typed:
    """What a request had: its arguments, and the places among its entries, by their numbers."""

    arguments: Mapping[str, Any]
    places: Mapping[int, NamedPlace]

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What the client asked for."""
        found: list[dict[str, Any]] = self.arguments["breakpoints"]
        return found

    @property
    def sent(self) -> list[tuple[int, dict[str, Any]]]:
        """What Delve is asked for: the numbers of the client's entries, and each with its recorded place."""
        known = [(at, entry, self.places.get(at)) for at, entry in enumerate(self.entries)]
        return [(at, _sent(entry, place)) for at, entry, place in known if place is None or not place.refused]


class FunctionBreakpoints(Shim):
    """A function breakpoint may name a place: `main.go:11`, `lib/util.go:5`, or a whole path, as the editor spells it.

    Where several files may be meant it is not set, and says which they are; Delve compares names that nobody sees.
    """

    stays_on = True

    def __init__(self, translator: Translator, breakpoints: Breakpoints) -> None:
        """Share what turns paths around with those who do the same; `breakpoints` keeps the ids."""
        self._translator = translator
        self._own = breakpoints
        self._map = translator.session_map
        self._open: dict[int, Typed] = {}
        self._last: Typed | None = None
        self._ids: dict[int, int] = {}  # of the last list, by the numbers of its entries
        self._told: dict[object, Told] = {}  # of places that were put elsewhere, by ids

    @on.event("initialized")
    def begin(self, _event: Message) -> None:
        """Forget the program that was (law 8)."""
        self._last, self._ids, self._told = None, {}, {}

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
        self._last, self._ids, self._told = None, {}, {}
        if not typed:
            return
        places = await self._map.ask(lambda made: self._looked_up(made, typed))
        if places is None:
            return
        self._use(places)
        asked = self._last = Typed(dict(request.arguments), places)
        sent = [entry for _, entry in asked.sent]
        if sent != entries:
            request.arguments["breakpoints"] = sent
        self._open[request.seq] = asked

    def _use(self, places: Mapping[int, NamedPlace]) -> None:
        for place in places.values():
            if place.client is not None and place.answer is not None:
                self._map.uses(place.client, place.answer)

    def _looked_up(self, made: SourceMap, typed: Mapping[int, tuple[str, int]]) -> dict[int, NamedPlace]:
        """Look places up; in a thread, since files are read."""
        return {at: self._map.further.named(made, path, line) for at, (path, line) in typed.items()}

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
        for at in range(len(typed.entries)):
            found = typed.places.get(at)
            if found is not None and found.refused:
                made.append({"verified": False, "message": found.why})
            elif (answer := next(answers, None)) is not None:
                made.append(_with_reason(answer, found))
        response.body["breakpoints"] = made
        if typed is self._last:
            self._ids = {at: each["id"] for at, each in enumerate(made) if isinstance(each.get("id"), int)}

    async def place_again(self) -> None:
        """Put the places where an executable that has come records their files, which is known only now."""
        from dapshim.sources.named_places import split_place

        last = self._last
        names = {at: str(last.entries[at].get("name", "")) for at in last.places} if last is not None else {}
        typed = {at: place for at, name in names.items() if (place := split_place(name)) is not None}
        places = await self._map.ask(lambda made: self._looked_up(made, typed)) if typed else None
        if last is None or places is None or self._last is not last:
            return
        found = {at: place for at, place in places.items() if place.place not in (None, last.places[at].place)}
        if not found:
            return
        self._use(found)
        now = self._last = attrs.evolve(last, places={**last.places, **found})
        entries = dict(now.sent)
        with self.session.untorn(SETTING):
            self._own.ids.inherit({identity(entries[at]): self._ids[at] for at in found if at in self._ids})
            try:
                answer = await self.session.call(
                    "setFunctionBreakpoints", {**now.arguments, "breakpoints": [*entries.values()]}
                )
            except OwnCallError:
                return
            finally:
                self._own.ids.inherit({})
        answers = answer.body.get("breakpoints") if answer.success else None
        for at, each in zip(entries, answers or (), strict=False):
            if at in found and at in self._ids:
                self._told[self._ids[at]] = _place_of(each)
                await self.session.emit("breakpoint", {"reason": "changed", "breakpoint": {**each, "id": self._ids[at]}})

    @property
    def nothing_told(self) -> bool:
        """Whether no place was put elsewhere."""
        return not self._told

    @on.event("breakpoint", unless="nothing_told")
    def tell_once(self, event: Message) -> Verdict:
        """Hold back what is told already: Delve may have found the place by the name that was typed, too."""
        changed = event.body.get("breakpoint")
        is_told = isinstance(changed, dict) and self._told.get(changed.get("id")) == _place_of(changed)
        return HIDE if is_told else PASS

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


def _place_of(answer: Mapping[str, Any]) -> Told:
    source = answer.get("source")
    path = source.get("path") if isinstance(source, dict) else None
    return answer.get("verified"), path, answer.get("line")


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
