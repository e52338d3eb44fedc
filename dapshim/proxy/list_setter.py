"""How a list of breakpoints is set by us: whole, with the hidden ones behind the client's, giving way to the user's.

For `breakpoints.py`, which decides when. It speaks Delve's paths and ids, and lets the client's ids follow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from dapshim.proxy.breakpoint_list import BreakpointList, Hidden, Key, exists, id_of, is_verified
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.client_ids import ClientIds
from dapshim.proxy.shim import SessionApi
from dapshim.wire.bodies import BreakpointsBody

SET_AGAIN_DEADLINE: Final = 5.0
"""Seconds that taking hidden breakpoints out, setting the user's and putting the hidden ones back may take in all."""


class ListSetter:
    """The lists of one program, and the ids in them. What asks Delve raises OwnCallError when it does not answer or refuses."""

    def __init__(self, session: Callable[[], SessionApi]) -> None:
        """`session` gives the way to Delve, which is not there yet when a shim is made."""
        self._session = session
        self.lists: dict[Key, BreakpointList] = {}
        self.ids = ClientIds()

    @property
    def nothing_hidden(self) -> bool:
        """Whether no shim has a breakpoint of its own."""
        return not any(group.hidden for group in self.lists.values())

    async def set_again(self, key: Key) -> list[dict[str, Any]]:
        """Send one list once more as it is, and return Delve's answers to the client's entries, with the client's ids.

        Not torn: what Delve has suspended is out of its list meanwhile.

        Raises:
            OwnCallError: Delve did not answer.

        """
        with self._session().untorn(SET_AGAIN_DEADLINE):
            group = self.lists[key]
            if group.suspended():
                await self.set(key, without=group.suspended())
            answers = await self.set(key)
            if not self.nothing_hidden and any(map(exists, answers)):
                answers = self.ids.follow(group, await self.give_way(key, fresh=False))
            return answers
        raise OwnCallError("Delve did not answer in time")

    async def renew(self, key: Key, stays: Callable[[str], bool]) -> list[dict[str, Any]]:
        """Have Delve forget one list and set it anew; the client's ids stay. Return what was set, and is not any more.

        `stays` says of a `dataId` whether it means the same as before; what does not is not asked for again.

        Raises:
            OwnCallError: Delve did not answer.

        """
        with self._session().untorn(SET_AGAIN_DEADLINE):
            group = self.there(key)
            known = [self.ids.of(number)[0] if number is not None else None for number in group.ids]
            gone = [at for at, entry in enumerate(group.asked) if "dataId" in entry and not stays(str(entry["dataId"]))]
            await self.send(key, [])
            answers = await self.set(key, without=gone)
            if key[0] != "setDataBreakpoints":
                return []
            lost = [(number, answer) for number, answer in zip(known, answers, strict=False) if not is_verified(answer)]
            return [{**answer, "id": number} for number, answer in lost if number is not None]
        raise OwnCallError("Delve did not answer in time")

    async def set(self, key: Key, without: Collection[int] = ()) -> list[dict[str, Any]]:
        """Send a list by an own call: the client's entries, then the hidden ones; return the answers to the client's."""
        group = self.there(key)
        asked = group.asked
        again = [place for place in group.to_set_again(key) if place not in without]
        response = await self.send(key, [*(group.asked[place] for place in again), *(each.entry for each in group.hidden)])
        group.note_hidden(response[len(again) :])
        answers: list[dict[str, Any]] = [{"verified": False} for _ in asked]
        for place, answer in zip(again, response, strict=False):
            answers[place] = answer
        if group.asked is not asked:
            return answers  # the client has sent another list meanwhile, whose answer is on its way
        return self.ids.follow(group, answers)

    def there(self, key: Key) -> BreakpointList:
        """Return a list; raises OwnCallError when the program was restarted since, and has none of it."""
        group = self.lists.get(key)
        if group is None:
            raise OwnCallError("the program was restarted meanwhile")
        return group

    async def send(self, key: Key, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Ask Delve to have these entries as a list; raises OwnCallError when it refuses or does not answer."""
        command, path = key
        arguments: dict[str, Any] = {"source": {"path": path}} if command == "setBreakpoints" else {}
        arguments |= self.there(key).arguments
        if "lines" in arguments:
            arguments["lines"] = [entry.get("line") for entry in entries]
        response = await self._session().call(command, {**arguments, "breakpoints": entries})
        if not response.success:
            raise OwnCallError(f"Delve refused {command}: {response.data.get('message')}")
        return response.view(BreakpointsBody).breakpoints

    async def give_way(self, key: Key, *, fresh: bool) -> list[dict[str, Any]]:
        """Take the hidden breakpoints out, set the client's list, and put back what finds room; return Delve's answers.

        `fresh`: the list is another than it was, so that no id is to be kept.
        """
        with self._session().untorn(SET_AGAIN_DEADLINE):
            apart: dict[Key, list[Hidden]] = {}
            for other, group in self.lists.items():
                if group.hidden:
                    apart[other], group.hidden = group.hidden, []
                    if other != key:
                        await self.set(other)
            answers = await self.send(key, self.lists[key].asked)
            if fresh:
                self.lists[key].ids = [id_of(answer) for answer in answers]
            for other, hidden in apart.items():
                self.lists[other].hidden = hidden
                await self.set(other)
            return answers
        raise OwnCallError("Delve did not answer in time")

    async def try_the_shadowed(self, changed: Key) -> None:
        """Set hidden breakpoints that gave way again: the user's list `changed`, and may have freed their address."""
        for key, group in self.lists.items():
            if key != changed and any(hidden.shadowed for hidden in group.hidden):
                await self.set(key)
