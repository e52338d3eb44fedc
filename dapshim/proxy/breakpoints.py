"""The one owner of the lists of breakpoints that Delve gets (law 6).

DAP sets breakpoints by whole lists: one per source file, one of functions, one of instructions, one of data. A shim that wants
a breakpoint of its own must not send such a list, or it would wipe out the client's; it asks here. This layer

- composes what the client asked for and what shims added, and splits Delve's answers again;
- keeps the client's ids stable: Delve 1.27.1 gives a breakpoint that is set anew another id, may give two of them the same, and
  gives none to some. As long as nothing was set again, the client's ids are Delve's own;
- translates `hitBreakpointIds` and `breakpoint` events;
- gives way: Delve refuses a second breakpoint at one address (`Breakpoint exists at …`), so a hidden one is taken out before
  the user's is set there, and where the user's is, the stop is shown.

A data breakpoint (Delve 1.27.1) is named by goroutine, frame and expression, which Delve reads when the list is sent: at
another stop they mean something else. So what Delve could not set is not sent again by us; what it holds it knows by its name.
A stop there has the reason `data breakpoint` and no `hitBreakpointIds`: nobody can tell whose it is, and it is always shown.

It stands next to the adapter but for `hidden_stops`, so it sees paths and ids as Delve speaks them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Literal

import attrs

from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import HIDE, PASS, Shim, Verdict, on
from dapshim.wire.bodies import BreakpointsBody, SetBreakpointsArguments, SetListArguments, StoppedBody
from dapshim.wire.messages import Message

STEP: Final = "step"
Next = bool | Literal["step"]
"""What follows a hidden stop: True, it is shown; False, the program goes on; STEP, it goes on by one instruction."""

Key = tuple[str, str]
"""A list's command, and its file (Delve's spelling) or ''."""

EXISTS: Final = "Breakpoint exists at"
"""Delve 1.27.1: how the message of a breakpoint at a taken address begins."""

SET_AGAIN_DEADLINE: Final = 5.0
"""Seconds that taking hidden breakpoints out, setting the user's and putting the hidden ones back may take in all."""

OWN_IDS: Final = 1_000_000_000
"""Ids from here on are dapshim's own, for what Delve gives no id; Delve counts from 1."""


@attrs.define(eq=False)
class Hidden:
    """A breakpoint that a shim wants and the user must not see.

    `command` is the DAP request that sets its list, `entry` its element in that list, `path` its file for `setBreakpoints`.
    `work` is awaited when the program stops there; the program then goes on, unless `work` returns True: show the stop. When it
    returns STEP, one instruction of that thread is run, and `work` awaited again at that stop.
    """

    command: str
    entry: dict[str, Any]
    work: Callable[[Message], Awaitable[Next]]
    path: str = ""
    id: int | None = None
    shadowed: bool = False
    """A breakpoint of the user's is at its address: the program stops there anyway, and the user sees it."""

    @property
    def key(self) -> Key:
        """Which list it belongs to."""
        return self.command, self.path


@attrs.define(eq=False)
class BreakpointList:
    """One list: what the client asked for last, what shims added, and Delve's ids for the client's entries, in its order."""

    arguments: dict[str, Any] = attrs.field(factory=dict)
    asked: list[dict[str, Any]] = attrs.field(factory=list)
    hidden: list[Hidden] = attrs.field(factory=list)
    ids: list[int | None] = attrs.field(factory=list)


class Breakpoints(Shim):
    """Keep the user's breakpoints and dapshim's own apart, and their ids stable."""

    def __init__(self) -> None:
        self._lists: dict[Key, BreakpointList] = {}
        self._open: dict[int, tuple[Key, int]] = {}  # the client's request -> its list, how many entries are the client's
        self._client_ids: dict[int, list[int]] = {}  # Delve's id -> the client's, where they differ
        self._last_own_id = OWN_IDS

    # -- what shims ask ----------------------------------------------------------------------------------------------------

    async def add(self, hidden: Hidden) -> None:
        """Set a hidden breakpoint; its `id` is None afterwards when Delve could not set it, or when it is `shadowed`.

        Raises:
            OwnCallError: Delve did not answer; then nothing is left set.

        """
        group = self._lists.setdefault(hidden.key, BreakpointList())
        group.hidden.append(hidden)
        try:
            await self._set(hidden.key)
        except OwnCallError:
            group.hidden.remove(hidden)
            raise

    async def remove(self, hidden: Hidden) -> None:
        """Take a hidden breakpoint out again.

        Raises:
            OwnCallError: Delve did not answer.

        """
        group = self._lists.get(hidden.key)
        if group is None or hidden not in group.hidden:
            return
        group.hidden.remove(hidden)
        if hidden.id is not None:
            hidden.id = None
            await self._set(hidden.key)

    async def exchange(self, old: Iterable[Hidden], new: Iterable[Hidden]) -> None:
        """Take hidden breakpoints out and set others, each list that changes once; see `add` for what becomes of them.

        Raises:
            OwnCallError: Delve did not answer; what could not be set is not tried again.

        """
        changed: dict[Key, None] = {}
        for hidden in old:
            group = self._lists.get(hidden.key)
            if group is not None and hidden in group.hidden:
                group.hidden.remove(hidden)
                hidden.id = None
                changed[hidden.key] = None
        added = list(new)
        for hidden in added:
            self._lists.setdefault(hidden.key, BreakpointList()).hidden.append(hidden)
            changed[hidden.key] = None
        try:
            for key in changed:
                await self._set(key)
        except OwnCallError:
            for hidden in added:
                self._lists[hidden.key].hidden.remove(hidden)
            raise

    async def set_again(self, key: Key) -> list[dict[str, Any]]:
        """Send one list once more as it is, and return Delve's answers to the client's entries, with the client's ids.

        Raises:
            OwnCallError: Delve did not answer.

        """
        return await self._set(key)

    def keys(self) -> list[Key]:
        """Return the lists that are known."""
        return list(self._lists)

    @property
    def nothing_hidden(self) -> bool:
        """Whether no shim has a breakpoint of its own."""
        return not any(group.hidden for group in self._lists.values())

    @property
    def ids_are_delves(self) -> bool:
        """Whether every id that the client knows is Delve's own, so that nothing has to be translated."""
        return not self._client_ids and self.nothing_hidden

    def hidden_with(self, delve_id: int) -> Hidden | None:
        """Return the hidden breakpoint that Delve calls `delve_id`."""
        for group in self._lists.values():
            for hidden in group.hidden:
                if hidden.id == delve_id:
                    return hidden
        return None

    # -- the client's lists ------------------------------------------------------------------------------------------------

    @on.request("setBreakpoints")
    @on.request("setFunctionBreakpoints")
    @on.request("setInstructionBreakpoints")
    @on.request("setDataBreakpoints")
    def compose(self, request: Message) -> None:
        """Remember what the client asks for, and put the hidden ones of that list behind it."""
        key, asked = _read(request)
        group = self._lists.setdefault(key, BreakpointList())
        group.arguments = {name: value for name, value in request.arguments.items() if name != "breakpoints"}
        group.asked = [dict(entry) for entry in asked]
        if group.hidden:
            request.arguments["breakpoints"] = [*group.asked, *(hidden.entry for hidden in group.hidden)]
        self._open[request.seq] = key, len(asked)

    @on.response("setBreakpoints", budget=SET_AGAIN_DEADLINE + 1)
    @on.response("setFunctionBreakpoints", budget=SET_AGAIN_DEADLINE + 1)
    @on.response("setInstructionBreakpoints", budget=SET_AGAIN_DEADLINE + 1)
    @on.response("setDataBreakpoints", budget=SET_AGAIN_DEADLINE + 1)
    async def split(self, response: Message) -> None:
        """Give the client the answers to its own entries, with the ids that it knows."""
        opened = self._open.pop(response.reply_to or 0, None)
        if opened is None or not response.success:
            return
        key, count = opened
        answers = response.view(BreakpointsBody).breakpoints
        group = self._lists.get(key)
        if group is None:  # the program was restarted since
            response.body["breakpoints"] = response.body["breakpoints"][:count]
            return
        self._note_hidden(group, answers[count:])
        answers = answers[:count]
        if not self.nothing_hidden and any(_exists(answer) for answer in answers):
            answers = await self._give_way(key)
        else:
            await self._try_the_shadowed(key)
        group.ids = [_id(answer) for answer in answers]
        translated = [self._with_client_id(answer) for answer in answers]
        if translated != response.body["breakpoints"]:
            response.body["breakpoints"] = translated

    @on.event("initialized")
    def begin_anew(self, _event: Message) -> None:
        """Forget everything: Delve numbers its breakpoints anew, and the client sends its lists again (law 8)."""
        self._lists.clear()
        self._client_ids.clear()

    @on.event("breakpoint", unless="ids_are_delves")
    async def translate_event(self, event: Message) -> Verdict:
        """Give a changed breakpoint the client's id; one event for each of the client's that share it."""
        changed = event.body.get("breakpoint")
        delve_id = _id(changed) if isinstance(changed, dict) else None
        if delve_id is None or not isinstance(changed, dict):
            return PASS
        if self.hidden_with(delve_id) is not None:
            return HIDE
        first, *others = self._ids_for(delve_id)
        if first != delve_id:
            changed["id"] = first
        for other in others:
            await self.session.emit("breakpoint", {**event.body, "breakpoint": {**changed, "id": other}})
        return PASS

    @on.event("stopped", unless="ids_are_delves")
    def translate_stop(self, event: Message) -> None:
        """Give a stop the client's ids; a stop at hidden ones alone that is shown after all is a pause to the client."""
        hit = event.view(StoppedBody).hitBreakpointIds
        if not hit:
            return
        seen = [delve_id for delve_id in hit if self.hidden_with(delve_id) is None]
        if not seen:
            event.body["reason"] = "pause"
            del event.body["hitBreakpointIds"]
            return
        ids = [client_id for delve_id in seen for client_id in self._ids_for(delve_id)]
        if ids != hit:
            event.body["hitBreakpointIds"] = ids

    async def abandon(self) -> None:
        """Leave Delve with the client's own lists."""
        for key, group in self._lists.items():
            if group.hidden:
                group.hidden.clear()
                await self._set(key)

    # -- ids ---------------------------------------------------------------------------------------------------------------

    def _ids_for(self, delve_id: int) -> list[int]:
        return self._client_ids.get(delve_id) or [delve_id]

    def _with_client_id(self, answer: dict[str, Any]) -> dict[str, Any]:
        delve_id = _id(answer)
        if delve_id is None or delve_id not in self._client_ids:
            return answer
        return {**answer, "id": self._client_ids[delve_id][0]}

    def own_id(self) -> int:
        """Return a new id for a breakpoint that Delve gives none."""
        self._last_own_id += 1
        return self._last_own_id

    def _keep_ids(self, group: BreakpointList, answers: list[dict[str, Any]]) -> None:
        """After a list was set again by us: let the client's ids follow Delve's new ones, entry by entry."""
        moved: dict[int, list[int]] = {}
        for old, answer in zip(group.ids, answers, strict=False):
            new = _id(answer)
            if old is None or new is None:
                continue
            for client_id in self._ids_for(old):
                if client_id not in moved.setdefault(new, []):
                    moved[new].append(client_id)
        for old in group.ids:
            if old is not None:
                self._client_ids.pop(old, None)
        self._client_ids |= {new: ids for new, ids in moved.items() if ids != [new]}
        group.ids = [_id(answer) for answer in answers]

    # -- asking Delve ------------------------------------------------------------------------------------------------------

    async def _set(self, key: Key) -> list[dict[str, Any]]:
        """Send a list by an own call: the client's entries, then the hidden ones; return the answers to the client's."""
        group = self._lists[key]
        command, path = key
        arguments: dict[str, Any] = {"source": {"path": path}} if command == "setBreakpoints" else {}
        arguments |= group.arguments
        again = _to_set_again(key, group)
        arguments["breakpoints"] = [*(group.asked[place] for place in again), *(hidden.entry for hidden in group.hidden)]
        response = await self.session.call(command, arguments)
        if not response.success:
            raise OwnCallError(f"Delve refused {command}: {response.data.get('message')}")
        found = response.view(BreakpointsBody).breakpoints
        self._note_hidden(group, found[len(again) :])
        answers: list[dict[str, Any]] = [{"verified": False} for _ in group.asked]
        for place, answer in zip(again, found, strict=False):
            answers[place] = answer
        self._keep_ids(group, answers)
        return [self._with_client_id(answer) for answer in answers]

    async def _give_way(self, key: Key) -> list[dict[str, Any]]:
        """Take the hidden breakpoints out, set the client's list again, and put back what finds room."""
        with self.session.untorn(SET_AGAIN_DEADLINE):
            apart: dict[Key, list[Hidden]] = {}
            for other, group in self._lists.items():
                if group.hidden:
                    apart[other], group.hidden = group.hidden, []
                    if other != key:
                        await self._set(other)
            response = await self.session.call(key[0], {**self._lists[key].arguments, "breakpoints": self._lists[key].asked})
            answers = response.view(BreakpointsBody).breakpoints
            self._lists[key].ids = [_id(answer) for answer in answers]
            for other, hidden in apart.items():
                self._lists[other].hidden = hidden
                await self._set(other)
            return answers
        raise OwnCallError("Delve did not answer in time")

    async def _try_the_shadowed(self, changed: Key) -> None:
        """Set hidden breakpoints that gave way again: the user's list `changed`, and may have freed their address."""
        for key, group in self._lists.items():
            if key != changed and any(hidden.shadowed for hidden in group.hidden):
                await self._set(key)

    @staticmethod
    def _note_hidden(group: BreakpointList, answers: list[dict[str, Any]]) -> None:
        for hidden, answer in zip(group.hidden, answers, strict=False):
            hidden.shadowed = _exists(answer)
            hidden.id = _id(answer) if answer.get("verified") is True else None


def _read(request: Message) -> tuple[Key, list[dict[str, Any]]]:
    if request.name == "setBreakpoints":
        source = request.view(SetBreakpointsArguments)
        return (request.name, source.source.path or ""), source.breakpoints
    return (request.name, ""), request.view(SetListArguments).breakpoints


def _to_set_again(key: Key, group: BreakpointList) -> list[int]:
    """Return the places of the client's entries that a list which we send anew has."""
    known = len(group.ids) == len(group.asked)
    return [place for place in range(len(group.asked)) if key[0] != "setDataBreakpoints" or not known or group.ids[place]]


def _exists(answer: dict[str, Any]) -> bool:
    return answer.get("verified") is not True and str(answer.get("message", "")).startswith(EXISTS)


def _id(answer: dict[str, Any]) -> int | None:
    found = answer.get("id")
    return found if isinstance(found, int) and found > 0 else None
