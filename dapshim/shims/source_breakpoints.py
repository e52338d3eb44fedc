"""Breakpoints by the editor's paths, in the files that the binary has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import PASS, Answer, Shim, Verdict, on
from dapshim.sources.answers import Reason
from dapshim.sources.breakpoint_answers import BreakpointAnswers
from dapshim.sources.breakpoint_lists import BreakpointLists, ClientList, Merged, Owner, Place, as_it_is
from dapshim.sources.spelling import AdapterPath, ClientPath, base, key
from dapshim.sources.texts import Translate, in_message
from dapshim.sources.voice import with_delves
from dapshim.wire.bodies import BreakpointsBody, OutputBody, SetBreakpointsArguments, StoppedBody
from dapshim.wire.messages import BodyError, words_of_failure

if TYPE_CHECKING:
    from dapshim.delve.source_map import SourceMap
    from dapshim.proxy.breakpoints import Breakpoints
    from dapshim.proxy.translated import Translator
    from dapshim.sources.answers import Answer as PathAnswer
    from dapshim.wire.messages import Message

MAPPING: Final = 30.0
"""Seconds that the first breakpoints wait for the mapping: a large binary at a distance takes some."""

SETTING: Final = 10.0
"""Seconds that the lists of the other files which one request touches may take, not torn by an interruption."""

_NO_ANSWER: Final[Mapping[str, Any]] = {"verified": False, "message": "Delve has not said what became of this breakpoint"}


@attrs.frozen
class Found:
    """What the map says of one file of the client's and the lines in it."""

    answer: PathAnswer[AdapterPath]
    places: tuple[Place | None, ...]
    stale: str
    collides: bool
    """Whether the client's path, as it is, is a recorded one that is another file."""
    also: tuple[PathAnswer[AdapterPath], ...] = ()
    """The answers of further executables that record the file by another path."""

    def list_of(self, client: ClientPath, entries: tuple[Mapping[str, Any], ...]) -> ClientList:
        """Return the list that these entries are."""
        why = self.answer.sentence if self.answer.path is None else ""
        also = tuple(each.path for each in self.also if each.path is not None)
        return ClientList(client, entries, self.places, why, self.stale, also)


@attrs.frozen
class Asked:
    """A list for the adapter that waits for Delve's answer; `wanted` is the client's, None for a text that is served."""

    wanted: ClientList | None
    path: AdapterPath
    merged: Merged


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
        self._answers = BreakpointAnswers(self._own.own_id, self._lists.holds)
        self._said: set[tuple[ClientPath, str]] = set()

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
        if request.arguments.get("breakpoints", ()) is None:
            request.arguments["breakpoints"] = []  # Delve reads it so
        wanted = request.view(SetBreakpointsArguments)
        if wanted.source.sourceReference:
            self._place_in_served(request, wanted.source.sourceReference)
            return PASS
        if not wanted.source.path:
            return PASS
        client = ClientPath(wanted.source.path)
        lines = tuple(entry.get("line") for entry in wanted.breakpoints)
        try:
            found = await self._map.ask(lambda made: self._found(made, client, lines))
        except trio.Cancelled:
            self._map.untranslated.add(client)  # it goes as it came, and is set again when the mapping is there
            raise
        self._map.untranslated.discard(client)
        if found is None:
            return PASS
        self._use(client, found)
        await self._tell(client, found)
        return await self._put(request, found.list_of(client, tuple(wanted.breakpoints)), found)

    def _use(self, client: ClientPath, found: Found) -> None:
        for answer in (found.answer, *found.also):
            self._map.uses(client, answer)

    def _found(self, made: SourceMap, client: ClientPath, lines: tuple[Any, ...]) -> Found:
        """Look a file up, with the lines in it; in a thread, since files are read."""
        answer = self._map.to_adapter(made, client)
        places = tuple(_placed(answer, line) for line in lines)
        if answer.reason is Reason.NOT_LINKED and (later := made.map.to_be_loaded(client)) is not None:
            places = tuple(Place(later, line) if isinstance(line, int) else None for line in lines)
        stale = ""
        if answer.path is not None and lines and self._map.may_have_changed(client):
            stale = made.staleness(answer.path).sentence(client)
        collides = answer.path is None and key(client) in made.map.index.by_key
        return Found(answer, places, stale, collides, self._map.further.also_in(made, client, answer))

    async def place_again(self) -> None:
        """Put the lists where an executable that has come records their files, which is known only now."""
        for wanted in self._lists.all():
            found = await self._map.ask(partial(self._moved, wanted))
            if found is None or self._lists.last(wanted.client) is not wanted:
                continue
            now = found.list_of(wanted.client, wanted.entries)
            self._use(wanted.client, found)
            self._answers.move(wanted, now)
            as_it_came = () if wanted.paths else (AdapterPath(wanted.client),)
            with self.session.untorn(SETTING):
                for path in dict.fromkeys((*as_it_came, *self._lists.put(now))):
                    if path not in as_it_came or self._lists.merged(path).entries != as_it_is(wanted).entries:
                        await self._set(path, None)

    def _moved(self, wanted: ClientList, made: SourceMap) -> Found | None:
        """Look a file up again; None where nothing else is known of it now."""
        answer = self._map.to_adapter(made, wanted.client)
        also = tuple(each.path for each in self._map.further.also_in(made, wanted.client, answer))
        if answer.path is None or (answer.path in wanted.paths and also == wanted.also):
            return None
        return self._found(made, wanted.client, tuple(entry.get("line") for entry in wanted.entries))

    async def _put(self, request: Message, wanted: ClientList, found: Found) -> Verdict:
        """Take a list in the place of the one before, and send what follows from it."""
        lists = self._lists
        self._answers.forget(lists.last(wanted.client))
        touched = lists.put(wanted)
        path = found.answer.path or next(iter(touched), None)
        if path is None and found.collides:
            return Answer({"breakpoints": [self._nowhere(owner) for owner in wanted.owners]})
        with self.session.untorn(SETTING):
            for other in touched:
                if path is None or key(other) != key(path):
                    await self._set(other, wanted.client)
        if path is None:
            # Delve says that it has no such file; where a plugin or a child process will bring it, it is set later.
            self._open[request.seq] = Asked(wanted, AdapterPath(wanted.client), as_it_is(wanted))
            return PASS
        merged = lists.merged(path)
        self._open[request.seq] = Asked(wanted, path, merged)
        _compose(request.arguments, path, merged)
        return PASS

    @on.response("setBreakpoints", unless="nothing_asked")
    async def hand_back(self, response: Message) -> None:
        """Give the client the answers to its own breakpoints, and tell it what became of those in its other files."""
        asked = self._open.pop(response.reply_to or 0, None)
        if asked is None or not response.success:
            return
        answers = response.view(BreakpointsBody).breakpoints
        if asked.wanted is None:
            await self._translator.places(response.body["breakpoints"])
            return
        here = await self._distribute(asked.path, asked.merged, answers, asked.wanted.client)
        made = [here.get(owner) or self._told(owner) for owner in asked.wanted.owners]
        if made != response.body["breakpoints"]:
            response.body["breakpoints"] = made

    def _place_in_served(self, request: Message, reference: int) -> None:
        """Name the recorded file of a text that dapshim has served."""
        path = self._translator.served.recorded(reference)
        if path is not None:
            request.arguments["source"] = {"name": base(path), "path": path}
            self._open[request.seq] = Asked(None, path, Merged())

    async def _set(self, path: AdapterPath, asking: ClientPath | None) -> None:
        """Send the list of another recorded file than the one that is asked for, and tell other files what changed there.

        None asks where the client does not.
        """
        merged = self._lists.merged(path)
        arguments: dict[str, Any] = {"source": {"path": path}, "breakpoints": []}
        _compose(arguments, path, merged)
        try:
            response = await self.session.call("setBreakpoints", arguments)
            if response.success:
                answers = response.view(BreakpointsBody).breakpoints
            else:
                answers = _refused(merged, words_of_failure(response))
        except (OwnCallError, BodyError) as error:
            answers = _refused(merged, f"it could not be set: {error}")
        await self._distribute(path, merged, answers, asking)

    async def _distribute(
        self, path: AdapterPath, merged: Merged, answers: list[dict[str, Any]], asking: ClientPath | None
    ) -> dict[Owner, dict[str, Any]]:
        """Return what became of each; for files other than the asking one, the client hears of a change by an event."""
        self._answers.begin_list(path)
        made: dict[Owner, dict[str, Any]] = {}
        changes: list[dict[str, Any]] = []

        def note(owner: Owner, answer: dict[str, Any]) -> None:
            before = self._answers.told(owner)
            made[owner] = self._answers.tell(owner, answer, path, with_id=merged.is_shared)
            still_waits = asking is None and not made[owner].get("verified") and not (before or {}).get("verified")
            if owner.client != asking and made[owner] != before and not still_waits and self._lists.holds(owner):
                changes.append(made[owner])

        for owners, answer in zip_longest(merged.owners, answers[: len(merged.owners)], fillvalue=None):
            for owner in owners or ():
                note(owner, self._for_client(owner, answer or _NO_ANSWER, path))
        for owner, first in merged.refused.items():
            text = (
                f"{owner.client} and {first.client} are one file, and a breakpoint with another condition stands at this line: "
                "Delve can have one of them only"
            )
            note(owner, {"verified": False, "message": text, "line": owner.entry.get("line")})
        for change in changes:
            await self.session.emit("breakpoint", {"reason": "changed", "breakpoint": change})
        return made

    def _told(self, owner: Owner) -> dict[str, Any]:
        """Return what became of a breakpoint of the client's in another recorded file than the one that was asked for."""
        told = self._answers.told(owner)
        if told is not None:
            return dict(told)
        return self._nowhere(owner) if owner.place is None else dict(_NO_ANSWER)

    @staticmethod
    def _nowhere(owner: Owner, said: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer for a line that is nowhere in this binary: why, and behind it what Delve says."""
        text = owner.list.why or f"{owner.client} has no line here that the binary records"
        answer: dict[str, Any] = dict(said) if said is not None else {"verified": False}
        if answer.get("verified") is not True:
            answer["message"] = with_delves(text, answer.get("message"))
        return answer

    def _for_client(self, owner: Owner, answer: Mapping[str, Any], path: AdapterPath) -> dict[str, Any]:
        """Return Delve's answer to a list of the file `path` with the client's file and line."""
        line, place = owner.entry.get("line"), owner.place_in(path)
        made = dict(answer)
        source = made.get("source")
        if isinstance(source, dict) and source.get("path") != owner.client:
            made["source"] = {**source, "path": owner.client, "name": base(owner.client)}
        if place is None:
            return self._nowhere(owner, made)
        if isinstance(line, int) and _is_elsewhere(source, path, owner.client):
            made["line"] = line
            made.pop("endLine", None)
        elif isinstance(line, int) and place.line != line:
            made |= {name: at + line - place.line for name in ("line", "endLine") if isinstance(at := made.get(name), int)}
        message = made.get("message")
        if isinstance(message, str):
            made["message"] = in_message(message, _words(place, owner.client, line))
        if owner.list.stale:
            made["message"] = with_delves(owner.list.stale, made.get("message"))
        elif owner.list.why:
            return self._nowhere(owner, made)
        return made

    async def _tell(self, client: ClientPath, found: Found) -> None:
        """Say once that a file was changed: its breakpoints are set all the same, so nobody else says why they do not fit."""
        text = found.stale
        if text and found.places and (client, text) not in self._said:
            self._said.add((client, text))
            await self.session.emit("output", OutputBody(output=f"dapshim: {text}\n", category="important"))

    # -- what Delve says of them later -----------------------------------------------------------------------------------------

    @on.event("breakpoint", unless="as_it_is")
    async def translate_event(self, event: Message) -> None:
        """Give a changed breakpoint the client's file and line; those who share it hear of it too."""
        changed = event.body.get("breakpoint")
        if not isinstance(changed, dict):
            return
        owners = self._answers.owners(changed.get("id"))
        if not owners:
            await self._translator.places([changed])
            return
        path = self._answers.path_of(changed.get("id")) or AdapterPath("")
        first, *others = [self._answers.tell(owner, self._for_client(owner, changed, path), path) for owner in owners]
        event.body["breakpoint"] = first
        for other in others:
            await self.session.emit("breakpoint", {**event.body, "breakpoint": other})

    @property
    def nothing_to_choose(self) -> bool:
        """Whether no file that is open may be shown in more than one way."""
        return not (self._map.told_apart or self._answers.renamed)

    @on.event("stopped", unless="nothing_to_choose")
    def prefer(self, event: Message) -> None:
        """Show the stop in the file whose breakpoint was hit, and name all that were."""
        stop = event.view(StoppedBody)
        hit = stop.hitBreakpointIds or []
        if stop.reason != "step":
            self._map.prefer_none()  # a step goes on in the file that is open
        for owner, inner in reversed([(owner, each) for each in hit for owner in self._answers.owners(each)]):
            place = owner.place_in(self._answers.path_of(inner) or AdapterPath(""))
            if place is not None:
                self._map.prefer(owner.client, place.path, owner.entry.get("line"))
        ids = self._answers.client_ids(hit)
        if ids != hit:
            event.body["hitBreakpointIds"] = ids


def _is_elsewhere(source: Any, path: AdapterPath, client: ClientPath) -> bool:
    """Whether the place in an answer is in none of the file's lines.

    Delve 1.27.1 says `<autogenerated>` and line 1 for the initialiser of a variable, `<multiple locations>` without a line, and
    names cgo's own files for C: the breakpoint is set where it was asked for, and an editor would move the dot to that line.
    """
    named = source.get("path") if isinstance(source, dict) else None
    return isinstance(named, str) and named != client and key(named) != key(path)


def _refused(merged: Merged, text: str) -> list[dict[str, Any]]:
    """Return the answers to a list that was not set."""
    return [{"verified": False, "message": text} for _ in merged.entries]


def _compose(arguments: dict[str, Any], path: AdapterPath, merged: Merged) -> None:
    source = arguments.setdefault("source", {})
    if source.get("path") != path:
        source["path"] = path
        if "name" in source:
            source["name"] = base(path)
    if merged.entries or "breakpoints" in arguments:
        arguments["breakpoints"] = list(merged.entries)
    if "lines" in arguments:
        arguments["lines"] = [entry["line"] for entry in merged.entries]


def _placed(answer: PathAnswer[AdapterPath], line: object) -> Place | None:
    at = answer.at(line) if isinstance(line, int) else None
    return Place(AdapterPath(at[0]), at[1]) if at is not None else None


def _words(place: Place, client: ClientPath, line: Any) -> Translate:
    """Return what puts the client's place in that of the recorded one."""

    def translate(path: AdapterPath, number: int | None) -> tuple[ClientPath, int | None] | None:
        if key(path) != key(place.path):
            return None
        return client, line if number == place.line else number

    return translate
