"""A scripted adapter that keeps lists of breakpoints as Delve 1.27.1 does, and runs a program of a few places.

Which of its places can be a breakpoint, and from when on, the test says: `code` names those.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import trio

from tests.playbook import Json, Peer

SETS = {
    "setBreakpoints": "breakpoint",
    "setFunctionBreakpoints": "function breakpoint",
    "setInstructionBreakpoints": "instruction breakpoint",
    "setDataBreakpoints": "data breakpoint",
}


@attrs.frozen
class Place:
    """Where the program comes by: a line of a file, in a function, at an address; `at_entry` is the function's first one."""

    function: str
    path: str = "/w/main.go"
    line: int = 0
    address: str = ""


@attrs.define(eq=False)
class Set:
    """A breakpoint that Delve has a number for; `places` is empty while it is suspended."""

    id: int
    entry: Json
    places: list[Place]
    hits: int = 0


@attrs.define(eq=False)
class LateDelve:
    """The adapter."""

    peer: Peer
    program: list[Place]
    code: Callable[[Place, str], bool] = lambda _place, _command: True
    """Which places can be a breakpoint of which list now."""
    silent: set[str] = attrs.field(factory=set)
    """Commands that are not answered."""
    suspends: bool = False
    got: list[Json] = attrs.field(factory=list)
    lists: dict[tuple[str, str], dict[str, Set]] = attrs.field(factory=dict)
    stops: int = 0
    _number: int = 0
    _seq: int = 0
    _continued: trio.Event = attrs.field(factory=trio.Event)

    @property
    def commands(self) -> list[str]:
        return [each["command"] for each in self.got]

    async def says(self, event: str, /, **body: Any) -> None:
        self._seq += 1
        await self.peer.says({"seq": self._seq, "type": "event", "event": event, "body": body})

    async def serve(self, stops: Callable[[Place], Json | None] = lambda _place: None) -> None:
        """Answer until the stream ends; `stops` names places where Delve stops by itself, with the body of that stop."""
        async with trio.open_nursery() as nursery:
            try:
                while True:
                    asked = json.loads(await self.peer.raw())
                    self.got.append(asked)
                    if asked["command"] in self.silent:
                        continue
                    body = self._answer(asked)
                    self._seq += 1
                    answer = {"seq": self._seq, "type": "response", "request_seq": asked["seq"], "success": True}
                    await self.peer.says({**answer, "command": asked["command"], **({"body": body} if body else {})})
                    if asked["command"] == "configurationDone":
                        nursery.start_soon(self._run, stops)
                    elif asked["command"] == "continue":
                        self._continued.set()
            except (AssertionError, trio.ClosedResourceError):
                nursery.cancel_scope.cancel()  # the stream has ended

    def _answer(self, asked: Json) -> Json | None:
        command = asked["command"]
        if command in SETS:
            given = asked["arguments"]
            return {"breakpoints": self._set((command, given.get("source", {}).get("path", "")), given["breakpoints"])}
        if command == "stackTrace":
            return {"stackFrames": [{"id": 1000, "name": "main.main", "line": 9}], "totalFrames": 1}
        return None

    def _set(self, key: tuple[str, str], entries: list[Json]) -> list[Json]:
        """Amend what is there, clear what is not asked for, make what is new; in this order."""
        before, answers = self.lists.get(key, {}), list[Json]()
        now = self.lists[key] = dict[str, Set]()
        for entry in entries:
            name = str(entry.get("name") or entry.get("instructionReference") or entry.get("dataId") or entry.get("line"))
            if name in now:
                answers.append({"verified": False, "message": "breakpoint already exists"})
                continue
            known = before.get(name)
            if known is None:
                found = [place for place in self.program if _is_at(key, entry, place) and self.code(place, key[0])]
                if not found and not (self.suspends and key[0] == "setBreakpoints"):
                    text = f"could not find statement at {key[1]}:{name}" if key[1] else f'location "{name}" not found'
                    answers.append({"verified": False, "message": text})
                    continue
                if found and self._taken(found[0]):
                    text = f"Breakpoint exists at {found[0].path}:{found[0].line} at 1"
                    answers.append({"verified": False, "message": text})
                    continue
                self._number += 1
                known = Set(self._number, entry, found)
            now[name] = known
            answers.append(
                {"id": known.id, "verified": True, "line": known.places[0].line, "source": {"path": known.places[0].path}}
                if known.places
                else {"id": known.id, "verified": False, "message": "unable to set breakpoint"}
            )
        return answers

    def _taken(self, place: Place) -> bool:
        return any(place in each.places for kept in self.lists.values() for each in kept.values())

    async def _run(self, stops: Callable[[Place], Json | None]) -> None:
        for place in self.program:
            own = stops(place)
            if own is not None:
                await self._stop(**own)
            for key, kept in list(self.lists.items()):
                for each in list(kept.values()):
                    if place in each.places:
                        each.hits += 1
                        await self._stop(reason=SETS[key[0]], hitBreakpointIds=[each.id])
        await self.says("terminated")

    async def _stop(self, **body: Any) -> None:
        self.stops += 1
        self._continued = trio.Event()
        await self.says("stopped", threadId=1, allThreadsStopped=True, **body)
        await self._continued.wait()


def _is_at(key: tuple[str, str], entry: Json, place: Place) -> bool:
    if key[0] == "setBreakpoints":
        return place.path == key[1] and place.line == int(entry["line"])
    if key[0] == "setFunctionBreakpoints":
        return place.function == str(entry["name"])
    if key[0] == "setDataBreakpoints":
        return place.function == str(entry["dataId"])
    return bool(place.address) and place.address == str(entry["instructionReference"])
