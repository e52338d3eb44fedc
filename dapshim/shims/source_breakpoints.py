"""Breakpoints by the editor's paths, in the files that the binary has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import PASS, Answer, Shim, Verdict, on
from dapshim.sources.answers import Reason
from dapshim.sources.breakpoint_lists import BreakpointLists, Merged, Owner, Place
from dapshim.sources.spelling import AdapterPath, ClientPath, base, key
from dapshim.sources.texts import Translate, in_message, paths_in_message
from dapshim.wire.bodies import BreakpointsBody, OutputBody, SetBreakpointsArguments, SetListArguments, StoppedBody

if TYPE_CHECKING:
    from dapshim.delve.source_map import SourceMap
    from dapshim.proxy.breakpoints import Breakpoints
    from dapshim.proxy.translated import Translator
    from dapshim.sources.answers import Answer as PathAnswer
    from dapshim.wire.messages import Message

MAPPING: Final = 30.0
"""Seconds that the first breakpoints wait for the mapping: a large binary at a distance takes some."""

_FILE_LINE: Final = re.compile(r"(?P<path>.+):(?P<line>[1-9][0-9]{0,8})", re.DOTALL)
"""A function breakpoint that names a place."""

_WORTH_A_LINE: Final = frozenset(
    {
        Reason.AMBIGUOUS,
        Reason.OTHER_VERSION,
        Reason.OTHER_PROJECT,
        Reason.HIDDEN,
        Reason.REPLACED_BY_OVERLAY,
    }
)
"""Reasons that a person should see who does not look at the breakpoint: it is in the right project, and still not set."""


@attrs.frozen
class Found:
    """What the map says of one file of the client's and the lines in it."""

    answer: PathAnswer[AdapterPath]
    places: tuple[Place | None, ...]
    stale: str
    collides: bool
    """Whether the client's path, as it is, is a recorded one that is another file."""


@attrs.define(eq=False)
class Asked:
    """A list of the client's that waits for Delve's answer; `merged` is None where it was sent as it is."""

    client: ClientPath | None
    """None for a text that dapshim has served."""
    path: AdapterPath
    merged: Merged | None


class SourceBreakpoints(Shim):
    """Breakpoints land in the right file, whatever path the binary recorded for it.

    The editor's path becomes the recorded one, and the line too where `//line` moved it. A file that is open under two paths
    has its breakpoints merged, and a stop comes back in the path whose breakpoint was hit. What has no file in this binary
    stays unverified, and says why.
    """

    stays_on = True

    def __init__(self, translator: Translator, breakpoints: Breakpoints) -> None:
        self._map = translator.session_map
        self._translator = translator
        self._own = breakpoints
        self._open: dict[int, Asked] = {}
        self._begin()

    def _begin(self) -> None:
        self._lists = BreakpointLists()
        self._answers: dict[Owner, dict[str, Any]] = {}
        self._owners: dict[int, list[Owner]] = {}  # by the id that the layers within give
        self._aliases: dict[Owner, int] = {}  # of those who share a breakpoint with another file's
        self._found: dict[ClientPath, Found] = {}
        self._told: set[tuple[ClientPath, str]] = set()

    @property
    def nothing_asked(self) -> bool:
        """Whether no list waits for its answer."""
        return not self._open

    @property
    def as_it_is(self) -> bool:
        """Whether every recorded path is the client's own."""
        return self._map.nothing_to_translate

    @on.event("initialized")
    def begin(self, _event: Message) -> None:
        """Forget the program that was (law 8)."""
        self._begin()

    # -- the client's lists ------------------------------------------------------------------------------------------------

    @on.request("setBreakpoints", budget=MAPPING)
    async def place(self, request: Message) -> Verdict:
        """Put the lists of all files that this one touches together, and ask Delve for each."""
        wanted = request.view(SetBreakpointsArguments)
        if wanted.source.sourceReference:
            self._place_in_served(request, wanted.source.sourceReference)
            return PASS
        if not wanted.source.path:
            return PASS
        client = ClientPath(wanted.source.path)
        lines = tuple(entry.get("line") for entry in wanted.breakpoints)
        found = await self._map.ask(lambda made: _found(made, client, lines, self._map.may_have_changed))
        if found is None:
            return PASS
        self._found[client] = found
        self._map.uses(client, found.answer)
        await self._tell(client, found)
        touched = self._lists.put(client, wanted.breakpoints, found.places)
        path = found.answer.path or next(iter(touched), None)
        if path is None and found.collides:
            return Answer({"breakpoints": [self._nowhere(Owner(client, index)) for index in range(len(lines))]})
        for other in touched:
            if path is None or key(other) != key(path):
                await self._set(other)
        if path is None:
            # Delve says that it has no such file; where a plugin or a child process will bring it, it is set later.
            self._open[request.seq] = Asked(client, AdapterPath(client), None)
            return PASS
        merged = self._lists.merged(path)
        self._open[request.seq] = Asked(client, path, merged)
        _compose(request.arguments, path, merged)
        return PASS

    @on.response("setBreakpoints", unless="nothing_asked")
    async def hand_back(self, response: Message) -> None:
        """Give the client the answers to its own breakpoints, and tell it what became of those in its other files."""
        asked = self._open.pop(response.reply_to or 0, None)
        if asked is None or not response.success:
            return
        answers = response.view(BreakpointsBody).breakpoints
        if asked.client is None:
            await self._translator.places(response.body["breakpoints"])
            return
        if asked.merged is None:
            made = [{**each, **self._nowhere(Owner(asked.client, index), each)} for index, each in enumerate(answers)]
        else:
            await self._distribute(asked.path, asked.merged, answers, to=asked.client)
            count = len(self._found[asked.client].places)
            made = [self._answer(Owner(asked.client, index)) for index in range(count)]
        if made != response.body["breakpoints"]:
            response.body["breakpoints"] = made

    def _place_in_served(self, request: Message, reference: int) -> None:
        """Name the recorded file of a text that dapshim has served."""
        path = self._translator.served.recorded(reference)
        if path is not None:
            request.arguments["source"] = {"name": base(path), "path": path}
            self._open[request.seq] = Asked(None, path, Merged())

    async def _set(self, path: AdapterPath) -> None:
        """Send the list of a file that the client did not name now, and tell it what changed there."""
        merged = self._lists.merged(path)
        arguments: dict[str, Any] = {"source": {"path": path}}
        _compose(arguments, path, merged)
        try:
            response = await self.session.call("setBreakpoints", arguments)
        except OwnCallError:
            return
        if response.success:
            await self._distribute(path, merged, response.view(BreakpointsBody).breakpoints)

    async def _distribute(
        self, path: AdapterPath, merged: Merged, answers: list[dict[str, Any]], to: ClientPath | None = None
    ) -> None:
        """Note what Delve said of each; for files other than `to`, the client hears of a change by an event."""
        for inner in [each for each, owners in self._owners.items() if any(self._stands_in(path, one) for one in owners)]:
            del self._owners[inner]
        for owners, answer in zip(merged.owners, answers, strict=False):
            number = answer.get("id")
            if isinstance(number, int):
                self._owners.setdefault(number, []).extend(owners)
            for owner in owners:
                await self._note(owner, self._for_client(owner, answer, shared=owner is not owners[0]), to)
        for owner, first in merged.refused.items():
            text = (
                f"{owner.client} and {first.client} are one file, and a breakpoint with another condition stands at this line: "
                "Delve can have one of them only"
            )
            await self._note(owner, {"verified": False, "message": text, "line": self._lists.entry(owner).get("line")}, to)

    def _stands_in(self, path: AdapterPath, owner: Owner) -> bool:
        try:
            place = self._lists.place(owner)
        except (KeyError, IndexError):
            return True  # its list is shorter now
        return place is None or key(place.path) == key(path)

    async def _note(self, owner: Owner, answer: dict[str, Any], to: ClientPath | None) -> None:
        before, self._answers[owner] = self._answers.get(owner), answer
        if owner.client != to and answer != before:
            if before is not None and "id" in before:
                answer = self._answers[owner] = {**answer, "id": before["id"]}
            await self.session.emit("breakpoint", {"reason": "changed", "breakpoint": answer})

    def _answer(self, owner: Owner) -> dict[str, Any]:
        """Return what became of a breakpoint of the client's."""
        if self._lists.place(owner) is None:
            return self._nowhere(owner)
        return self._answers.get(owner) or self._nowhere(owner)

    def _nowhere(self, owner: Owner, said: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer for a line that is nowhere in this binary: why, and behind it what Delve says."""
        found = self._found[owner.client]
        text = found.answer.sentence or f"{owner.client} has no line here that the binary records"
        delves = said.get("message") if said is not None else None
        answer: dict[str, Any] = dict(said) if said is not None else {"verified": False}
        if answer.get("verified") is not True:
            answer["message"] = f"{text} (Delve: {delves})" if isinstance(delves, str) and delves else text
        return answer

    def _for_client(self, owner: Owner, answer: Mapping[str, Any], *, shared: bool = False) -> dict[str, Any]:
        """Return Delve's answer with the client's file and line, and its own id where the breakpoint is another's too."""
        entry, place = self._lists.entry(owner), self._lists.place(owner)
        made = dict(answer)
        moved = (entry.get("line") or 0) - (place.line if place is not None else 0)
        for name in ("line", "endLine"):
            if moved and isinstance(at := made.get(name), int):
                made[name] = at + moved
        source = made.get("source")
        if isinstance(source, dict) and source.get("path") != owner.client:
            made["source"] = {**source, "path": owner.client, "name": base(owner.client)}
        message = made.get("message")
        if isinstance(message, str) and place is not None:
            made["message"] = in_message(message, _words(place, owner.client, entry.get("line")))
        found = self._found[owner.client]
        if found.stale:
            made["message"] = f"{found.stale} (Delve: {made['message']})" if made.get("message") else found.stale
        elif found.answer.path is None:
            return self._nowhere(owner, made)
        if shared and "id" in made:
            made["id"] = self._aliases.setdefault(owner, self._own.own_id())
        return made

    async def _tell(self, client: ClientPath, found: Found) -> None:
        """Say once what a person should know of a file who does not look at its breakpoints."""
        text = found.stale or (found.answer.sentence if found.answer.reason in _WORTH_A_LINE else "")
        if text and found.places and (client, text) not in self._told:
            self._told.add((client, text))
            await self.session.emit("output", OutputBody(output=f"dapshim: {text}\n", category="important"))

    # -- what Delve says of them later -----------------------------------------------------------------------------------------

    @on.event("breakpoint", unless="as_it_is")
    async def translate_event(self, event: Message) -> None:
        """Give a changed breakpoint the client's file and line; those who share it hear of it too."""
        changed = event.body.get("breakpoint")
        if not isinstance(changed, dict):
            return
        number = changed.get("id")
        owners = self._owners.get(number, []) if isinstance(number, int) else []
        if not owners:
            await self._translator.places([changed])
            return
        for owner in owners[1:]:
            self._answers[owner] = self._for_client(owner, changed, shared=True)
            await self.session.emit("breakpoint", {**event.body, "breakpoint": self._answers[owner]})
        event.body["breakpoint"] = self._answers[owners[0]] = self._for_client(owners[0], changed)

    @property
    def nothing_to_choose(self) -> bool:
        """Whether no file that is open may be shown in more than one way."""
        return not (self._map.told_apart or self._aliases)

    @on.event("stopped", unless="nothing_to_choose")
    def prefer(self, event: Message) -> None:
        """Show the stop in the file whose breakpoint was hit, and name all that were."""
        hit = event.view(StoppedBody).hitBreakpointIds or []
        owners = [owner for each in hit for owner in self._owners.get(each, ())]
        for owner in reversed(owners):
            place = self._lists.place(owner)
            if place is not None:
                self._map.prefer(owner.client, place.path)
        others = [self._aliases[owner] for owner in owners if owner in self._aliases]
        if others:
            event.body["hitBreakpointIds"] = [*hit, *others]

    # -- lists that are not of one file --------------------------------------------------------------------------------------

    @on.request("setFunctionBreakpoints", budget=MAPPING)
    async def place_by_name(self, request: Message) -> None:
        """Put the recorded place in that of a `file:line` that stands for a function."""
        for entry in request.view(SetListArguments).breakpoints:
            named = _FILE_LINE.fullmatch(str(entry.get("name", "")))
            if named is None:
                continue
            client, line = ClientPath(named["path"]), int(named["line"])
            place = await self._map.ask(partial(_place_of, client, line))
            if place is not None and f"{place.path}:{place.line}" != entry["name"]:
                _renamed(request, entry["name"], f"{place.path}:{place.line}")

    @on.response("setFunctionBreakpoints", unless="as_it_is")
    @on.response("setInstructionBreakpoints", unless="as_it_is")
    @on.response("setDataBreakpoints", unless="as_it_is")
    async def translate_answers(self, response: Message) -> None:
        """Give the client its own paths."""
        if response.success:
            answers = response.body.get("breakpoints") or []
            await self._translator.places(answers)
            for answer in answers:
                if isinstance(text := answer.get("message"), str):
                    answer["message"] = in_message(text, await self._translator.words(paths_in_message(text)))


def _compose(arguments: dict[str, Any], path: AdapterPath, merged: Merged) -> None:
    source = arguments.setdefault("source", {})
    if source.get("path") != path:
        source["path"] = path
        if "name" in source:
            source["name"] = base(path)
    arguments["breakpoints"] = list(merged.entries)
    if "lines" in arguments:
        arguments["lines"] = [entry["line"] for entry in merged.entries]


def _renamed(request: Message, name: str, new: str) -> None:
    for entry in request.arguments["breakpoints"]:
        if entry.get("name") == name:
            entry["name"] = new


def _found(made: SourceMap, client: ClientPath, lines: tuple[Any, ...], changed: Any) -> Found:
    """Look a file up, with the lines in it; in a thread, since files are read."""
    answer = made.map.to_adapter(client)
    places = tuple(_placed(answer, line) for line in lines)
    if answer.reason is Reason.NOT_LINKED and (later := made.map.to_be_loaded(client)) is not None:
        places = tuple(Place(later, line) if isinstance(line, int) else None for line in lines)
    stale = ""
    if answer.path is not None and lines and changed(client):
        stale = made.staleness(answer.path).sentence(client)
    collides = answer.path is None and key(client) in made.map.index.by_key
    return Found(answer, places, stale, collides)


def _placed(answer: PathAnswer[AdapterPath], line: object) -> Place | None:
    at = answer.at(line) if isinstance(line, int) else None
    return Place(AdapterPath(at[0]), at[1]) if at is not None else None


def _place_of(client: ClientPath, line: int, made: SourceMap) -> Place | None:
    return _placed(made.map.to_adapter(client), line)


def _words(place: Place, client: ClientPath, line: Any) -> Translate:
    """Return what puts the client's place in that of the recorded one."""

    def translate(path: AdapterPath, number: int | None) -> tuple[ClientPath, int | None] | None:
        if key(path) != key(place.path):
            return None
        return client, line if number == place.line else number

    return translate
