"""The one owner of the lists of breakpoints that Delve gets (law 6).

DAP sets breakpoints by whole lists: one per source file, one of functions, one of instructions, one of data. A shim that wants
a breakpoint of its own must not send such a list, or it would wipe out the client's; it asks here. This layer

- composes what the client asked for and what shims added, and splits Delve's answers again;
- keeps the client's ids stable (`client_ids.py`). As long as nothing was set again, they are Delve's own;
- translates `hitBreakpointIds` and `breakpoint` events;
- gives way: Delve refuses a second breakpoint at one address (`Breakpoint exists at …`), so a hidden one is taken out before
  the user's is set there, and where the user's is, the stop is shown.

A data breakpoint (Delve 1.27.1) is named by goroutine, frame and expression, which Delve reads when the list is sent: at
another stop they mean something else. So what Delve could not set is not sent again by us; what it holds it knows by its name.
A stop there has the reason `data breakpoint` and no `hitBreakpointIds`: nobody can tell whose it is, and it is always shown.

What is not set and may be set later *waits*: `may_come` says which, and `retry` sets it again. Delve looks anew only at
an entry that it has no number for: one that it has suspended is taken out of its list first, and the others stay in, so that
they keep their hit counts. Who waits has an id from the first answer on, one of ours where Delve gives none.

It stands next to the adapter but for `hidden_stops`, so it sees paths and ids as Delve speaks them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from dapshim.proxy.breakpoint_list import (
    EXISTS,
    OWN_IDS,
    STEP,
    BreakpointList,
    Hidden,
    Identity,
    Key,
    Next,
    exists,
    id_of,
    identity,
    is_verified,
    read_list,
)
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.list_setter import SET_AGAIN_DEADLINE, ListSetter
from dapshim.proxy.shim import HIDE, PASS, Shim, Verdict, on
from dapshim.proxy.stand_ins import asked_functions, is_function_stop, set_now, take_set
from dapshim.sources.voice import with_delves
from dapshim.wire.bodies import BreakpointsBody, StoppedBody
from dapshim.wire.messages import Message

__all__ = ["EXISTS", "OWN_IDS", "STEP", "Breakpoints", "Hidden", "Key", "Next"]

MayCome = Callable[[Key, Mapping[str, Any], Mapping[str, Any]], Awaitable[bool]]
"""Whether what Delve could not set may be set later, by its list, what was asked for, and what Delve answered."""


class Breakpoints(Shim):
    """Keep the user's breakpoints and dapshim's own apart, and their ids stable."""

    def __init__(self) -> None:
        self._setter = ListSetter(lambda: self.session)
        self._lists, self.ids = self._setter.lists, self._setter.ids
        self._open: dict[int, tuple[Key, int]] = {}  # the client's request -> its list, how many entries are the client's
        self._withdrawn: set[int] = set()  # ids of hidden ones that are out again; their last stop may still be on its way
        self.may_come: MayCome | None = None
        """Who says what waits; None: nothing does."""

    # -- what shims ask ----------------------------------------------------------------------------------------------------

    async def add(self, hidden: Hidden) -> None:
        """Set a hidden breakpoint; its `id` is None afterwards when Delve could not set it, or when it is `shadowed`.

        Raises:
            OwnCallError: Delve did not answer; then nothing is left set.

        """
        group = self._lists.setdefault(hidden.key, BreakpointList())
        group.hidden.append(hidden)
        try:
            await self._setter.set(hidden.key)
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
            self._withdraw(hidden)
            await self._setter.set(hidden.key)

    def _withdraw(self, hidden: Hidden) -> None:
        if hidden.id is not None:
            self._withdrawn.add(hidden.id)
            hidden.id = None

    def _is_hidden(self, delve_id: int) -> bool:
        """Whether it is none of the user's; Delve gives the number of one of ours to a user's of the same name."""
        if delve_id in self._withdrawn:
            return not any(delve_id in group.ids for group in self._lists.values())
        return self.hidden_with(delve_id) is not None

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
                self._withdraw(hidden)
                changed[hidden.key] = None
        added = list(new)
        for hidden in added:
            self._lists.setdefault(hidden.key, BreakpointList()).hidden.append(hidden)
            changed[hidden.key] = None
        try:
            for key in changed:
                await self._setter.set(key)
        except OwnCallError:
            for hidden in added:
                self._lists[hidden.key].hidden.remove(hidden)
            raise

    async def stand_in(self, old: Iterable[Hidden], new: Iterable[Hidden]) -> None:
        """Exchange what stands for function breakpoints; the client is told of what is set now. Raises what `exchange` does."""
        added = list(new)
        await self.exchange(old, added)
        for client_id, answer in set_now(added):
            if take_set(self._lists, self.ids, client_id):
                await self.session.emit("breakpoint", {"reason": "changed", "breakpoint": answer})

    def asked_functions(self) -> list[tuple[dict[str, Any], int]]:
        """Return the client's function breakpoints that have an id, as Delve gets them, each with that."""
        return asked_functions(self._lists, self.ids)

    async def set_again(self, key: Key) -> list[dict[str, Any]]:
        """Send one list once more as it is; see `ListSetter.set_again`."""
        return await self._setter.set_again(key)

    async def renew(self, stays: Callable[[str], bool], why: str) -> None:
        """Set all breakpoints anew, which the program's memory has lost; see `ListSetter.renew`.

        Of data that cannot be watched any more the client is told, with `why`.
        """
        for key, group in list(self._lists.items()):
            if (group.asked or group.hidden) and self._lists.get(key) is group:
                for lost in await self._setter.renew(key, stays):
                    said = {**lost, "verified": False, "message": with_delves(why, lost.get("message"))}
                    await self.session.emit("breakpoint", {"reason": "changed", "breakpoint": said})

    async def retry(self, last: Hidden | None = None, *, suspended: bool = True) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Set again each list that has something which waits; the client is told what is set now, by events.

        `last` is a hidden one that is needed no more when nothing waits: where its own list alone is left, it is taken out with
        it, which saves a call, and put back if that was too early. Returns what is set now: what was asked for, and the answer,
        with the client's id and the place as Delve spells it. Without `suspended`, what Delve has a number for is left to it.

        Raises:
            OwnCallError: Delve did not answer.

        """
        told: list[tuple[dict[str, Any], dict[str, Any]]] = []
        for key, group in sorted(self._lists.items(), key=lambda pair: last is not None and pair[0] == last.key):
            wanted = group.waiting if suspended else group.waiting - group.suspended()
            if not wanted or len(group.ids) != len(group.asked) or self._lists.get(key) is not group:
                continue
            asked = group.asked
            if (
                last is not None
                and last in group.hidden
                and not any(each.waiting for each in self._lists.values() if each is not group)
            ):
                group.hidden.remove(last)
                self._withdraw(last)
            answers = await self._setter.set_again(key)
            if group.asked is not asked:
                continue
            for place in sorted(group.waiting):
                if place < len(answers) and is_verified(answers[place]):
                    group.waiting.discard(place)
                    told.append((group.asked[place], answers[place]))
                    await self.session.emit("breakpoint", {"reason": "changed", "breakpoint": answers[place]})
        if last is not None and not self.none_waits and last not in self._lists.setdefault(last.key, BreakpointList()).hidden:
            await self.add(last)
        return told

    async def clear(self) -> None:
        """Take all breakpoints out of Delve, the client's and the hidden ones; what was asked for is forgotten.

        Raises:
            OwnCallError: Delve did not answer.

        """
        for key, group in list(self._lists.items()):
            if group.asked or group.hidden:
                group.asked, group.hidden, group.waiting = [], [], set()
                await self._setter.set(key)

    def keys(self) -> list[Key]:
        """Return the lists that are known."""
        return list(self._lists)

    @property
    def nothing_asked(self) -> bool:
        """Whether the client has no breakpoints."""
        return not any(group.asked for group in self._lists.values())

    @property
    def waiting(self) -> set[tuple[Key, Identity]]:
        """The client's breakpoints that are not set and may be set later."""
        return {(key, identity(group.asked[place])) for key, group in self._lists.items() for place in group.waiting}

    def waits(self, client_id: int | None) -> bool:
        """Whether the breakpoint that the client knows by this id is not set and may be set later."""
        return client_id is not None and any(
            client_id in self.ids.of(known)
            for group in self._lists.values()
            for place in group.waiting
            if place < len(group.ids) and (known := group.ids[place]) is not None
        )

    @property
    def none_waits(self) -> bool:
        """Whether there are none of these."""
        return not any(group.waiting for group in self._lists.values())

    def drop(self, key: Key) -> None:
        """Forget a list of the client's that will be set under another name."""
        self._lists.pop(key, None)

    @property
    def nothing_hidden(self) -> bool:
        """Whether no shim has a breakpoint of its own."""
        return self._setter.nothing_hidden

    @property
    def ids_are_delves(self) -> bool:
        """Whether every id that the client knows is Delve's own, so that nothing has to be translated."""
        return self.ids.are_delves and self.nothing_hidden and not self._withdrawn

    @property
    def nothing_to_note(self) -> bool:
        """Whether no `breakpoint` event changes anything here."""
        return self.ids_are_delves and self.none_waits

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
        key, asked = read_list(request)
        group = self._lists.setdefault(key, BreakpointList())
        group.arguments = {name: value for name, value in request.arguments.items() if name != "breakpoints"}
        group.asked, group.waiting = [dict(entry) for entry in asked], set()
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
        group.note_hidden(answers[count:])
        with self.session.untorn(SET_AGAIN_DEADLINE):  # else the client would see what is hidden, and other ids
            translated = await self._named(key, group, answers[:count])
            if translated != response.body["breakpoints"]:
                response.body["breakpoints"] = translated

    async def _named(self, key: Key, group: BreakpointList, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return Delve's answers to a list of the client's with the ids that it knows; hidden ones give way to it."""
        if not self.nothing_hidden and any(map(exists, answers)):
            answers = await self._setter.give_way(key, fresh=True)
        else:
            await self._setter.try_the_shadowed(key)
        if not group.wants(len(answers)):
            return [self.ids.put_into(answer) for answer in answers]
        await self._see_who_waits(key, group, answers)
        return self.ids.name(group, answers)

    @on.event("initialized")
    def begin_anew(self, _event: Message) -> None:
        """Forget everything: Delve numbers its breakpoints anew, and the client sends its lists again (law 8)."""
        self._lists.clear()
        self._withdrawn.clear()
        self.ids.begin_anew()

    @on.event("breakpoint", unless="nothing_to_note")
    async def translate_event(self, event: Message) -> Verdict:
        """Give a changed breakpoint the client's id; one event for each of the client's that share it."""
        changed = event.body.get("breakpoint")
        delve_id = id_of(changed) if isinstance(changed, dict) else None
        if delve_id is None or not isinstance(changed, dict):
            return PASS
        hidden = self.hidden_with(delve_id)
        if hidden is not None:
            known = hidden.stands_for
            if known is None or not is_verified(changed) or not take_set(self._lists, self.ids, known):
                return HIDE
            changed["id"] = known
            return PASS
        if is_verified(changed):
            self._note_set(delve_id)
        first, *others = self.ids.of(delve_id)
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
        hidden = [self.hidden_with(delve_id) for delve_id in hit]
        instead = {each.id: each.stands_for for each in hidden if each is not None and each.stands_for is not None}
        seen = [delve_id for delve_id in hit if delve_id in instead or not self._is_hidden(delve_id)]
        if not seen:
            event.body["reason"] = "pause"
            del event.body["hitBreakpointIds"]
            return
        if is_function_stop(hidden):
            event.body["reason"] = "function breakpoint"
        found = [[known] if (known := instead.get(each)) is not None else self.ids.of(each) for each in seen]
        ids = [*dict.fromkeys(client_id for some in found for client_id in some)]
        if ids != hit:
            event.body["hitBreakpointIds"] = ids

    async def abandon(self) -> None:
        """Leave Delve with the client's own lists."""
        for key, group in self._lists.items():
            if group.hidden:
                group.hidden.clear()
                await self._setter.set(key)

    def own_id(self) -> int:
        """Return a new id for a breakpoint that Delve gives none."""
        return self.ids.own()

    async def _see_who_waits(self, key: Key, group: BreakpointList, answers: list[dict[str, Any]]) -> None:
        group.waiting = set()
        if self.may_come is None:
            return
        for place, (entry, answer) in enumerate(zip(group.asked, answers, strict=False)):
            if not is_verified(answer) and await self.may_come(key, entry, answer):
                group.waiting.add(place)

    def _note_set(self, delve_id: int) -> None:
        """Let nobody wait whom Delve has set by itself."""
        for group in self._lists.values():
            group.waiting -= {place for place, known in enumerate(group.ids) if known == delve_id}
