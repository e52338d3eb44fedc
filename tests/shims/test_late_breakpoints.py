"""Each moment at which a breakpoint can be set after all, with a scripted adapter; the real one is in tests/e2e."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from dapshim.delve.further_programs import LOADED
from dapshim.delve.late_code import Hope
from dapshim.proxy.breakpoints import OWN_IDS, Breakpoints
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.shims.late_breakpoints import LateBreakpoints
from tests.playbook import Json, Stage, request, stage
from tests.shims.late_delve import LateDelve, Place, Set

RUNTIME = Place("runtime.main", "/go/proc.go", 149)
VARIABLE = Place("main.init", line=3)
INIT = Place("main.init.0", line=5)
ENTRY = Place("main.main at its entry", line=0, address="0x401000")
MAIN = Place("main.main", line=9)
LAST = Place("main.main.tail", line=10)
PROGRAM = [RUNTIME, VARIABLE, INIT, ENTRY, MAIN, LAST]
OWN = {RUNTIME, ENTRY}
"""Where hidden breakpoints can be set at any time."""

FILE = {"path": "/w/main.go"}


@attrs.define(eq=False)
class Known:
    """What the shim is told of the program."""

    lines: set[int] = attrs.field(factory=lambda: {3, 5, 9, 10})
    functions: set[str] = attrs.field(factory=lambda: {"main.main", "runtime.main"})
    address: str | None = "0x401000"
    loads_plugins: bool = False
    is_go: bool = True
    follows_exec: bool = False
    is_mapped: bool = True
    as_it_came: bool = False
    lacks_process: bool = False
    made: trio.Event = attrs.field(factory=trio.Event)
    placed: int = 0
    """How often lists were put where executables record their files."""
    read: trio.Event | None = None
    """Set when what was loaded has been read, where that takes a while."""

    def went_as_it_came(self, _path: str) -> bool:
        return self.as_it_came

    async def mapped(self) -> bool:
        await self.made.wait()
        return True

    def entry_of(self, _function: str) -> str | None:
        return self.address

    async def read_further(self) -> None:
        if self.read is not None:
            await self.read.wait()
            assert self.placed == 0

    async def hope(self, _command: str, _path: str, entry: Any, answer: Any) -> Hope:
        if "exists" in answer.get("message", ""):
            return Hope.NEVER
        if not self.is_mapped or self.as_it_came:
            return Hope.MAPPED
        if entry.get("line") in self.lines or entry.get("name") in self.functions:
            return Hope.EXPECTED
        return Hope.LOADED if self.loads_plugins or not self.is_go or self.follows_exec else Hope.NEVER


@asynccontextmanager
async def session(
    known: Known, *, on: bool = True, stops: Callable[[Place], Json | None] = lambda _place: None, **adapter: Any
) -> AsyncIterator[tuple[Stage, LateDelve]]:
    """A session whose adapter plays by itself; the client has had `initialized`."""
    breakpoints = Breakpoints()
    hidden = HiddenStops(breakpoints)

    async def place_again() -> None:
        known.placed += 1

    shim = LateBreakpoints(known, breakpoints, hidden, place_again, wanted=lambda: on)  # type: ignore[arg-type]  # all that it asks of it
    async with stage(shim, own_layers=(breakpoints, hidden), strict=False) as scene, trio.open_nursery() as nursery:
        delve = LateDelve(scene.adapter, adapter.pop("program", PROGRAM), **adapter)
        nursery.start_soon(delve.serve, stops)
        await scene.client.says(request(1, "launch"))
        await scene.client.gets({"command": "launch"})
        await delve.says("initialized")
        await scene.client.gets({"event": "initialized"})
        yield scene, delve
        await scene.client.gets_nothing()
        nursery.cancel_scope.cancel()


async def sets(scene: Stage, *lines: int, functions: tuple[str, ...] = ()) -> list[Json]:
    """Set the client's breakpoints; return the answers."""
    answers: list[Json] = []
    if lines:
        await scene.client.says(request(2, "setBreakpoints", source=FILE, breakpoints=[{"line": line} for line in lines]))
        answers += (await scene.client.gets({"command": "setBreakpoints"}))["body"]["breakpoints"]
    if functions:
        await scene.client.says(request(3, "setFunctionBreakpoints", breakpoints=[{"name": name} for name in functions]))
        answers += (await scene.client.gets({"command": "setFunctionBreakpoints"}))["body"]["breakpoints"]
    return answers


async def runs(scene: Stage) -> list[Json]:
    """Let the program run to its end; return the events, with every stop that the client sees continued."""
    await scene.client.says(request(4, "configurationDone"))
    events: list[Json] = []
    while not events or events[-1].get("event") != "terminated":
        events.append(await scene.client.gets({}))
        if events[-1].get("event") == "stopped":
            await scene.client.says(request(5, "continue", threadId=1))
    return [each for each in events if each["type"] == "event"]


def told(events: list[Json]) -> list[tuple[str, list[int]]]:
    """What the client was told, in order: which of its ids were set, and which were hit."""
    return [
        (each["event"], each["body"].get("hitBreakpointIds") or [each["body"]["breakpoint"]["id"]])
        for each in events
        if each["event"] in ("stopped", "breakpoint")
    ]


async def test_a_healthy_session_has_no_own_call_and_no_hidden_stop(autojump_clock):
    async with session(Known()) as (scene, delve):
        answers = await sets(scene, 3, 5, 9, 7, functions=("main.main", "no.such"))
        assert [each.get("id") for each in answers] == [1, 2, 3, None, None, None]
        assert told(await runs(scene)) == [("stopped", [1]), ("stopped", [2]), ("stopped", [3])]
        asked = ["launch", "setBreakpoints", "setFunctionBreakpoints", "configurationDone", *["continue"] * 3]
        assert (delve.commands, delve.stops) == (asked, 3)


async def test_what_is_verified_after_the_entry_is_set_before_the_program_runs(autojump_clock):
    there: set[Place] = set(OWN)
    async with session(Known(), code=lambda place, _command: place in there) as (scene, delve):
        answers = await sets(scene, 3, 5, 9)
        ids = [each["id"] for each in answers]
        assert [each["verified"] for each in answers] == [False] * 3
        assert all(each > OWN_IDS for each in ids)
        there.update(PROGRAM)
        events = told(await runs(scene))
        assert events == [("breakpoint", [each]) for each in ids] + [("stopped", [each]) for each in ids]
        assert delve.commands[:4] == ["launch", "setBreakpoints", "setBreakpoints", "configurationDone"]
        assert delve.stops == 3


@pytest.mark.parametrize("address", ["0x401000", None])
@pytest.mark.parametrize("seconds", [0.0, 0.3])
async def test_what_is_verified_later_is_set_before_the_first_init(autojump_clock, address, seconds):
    known, begun = Known(address=address), trio.current_time()
    at_main = {ENTRY} if address else {MAIN}

    def code(place: Place, _command: str) -> bool:
        started = "configurationDone" in delve.commands and trio.current_time() >= begun + seconds
        return place == RUNTIME or place in at_main or started

    async with session(known, code=code) as (scene, delve):
        ids = [each["id"] for each in await sets(scene, 3, 5, 10)]
        autojump_clock.jump(seconds)
        events = told(await runs(scene))
        assert events == [("breakpoint", [each]) for each in ids] + [("stopped", [each]) for each in ids]
        # At runtime.main all was set, so that it did not have to stop at main.main too.
        assert delve.stops == 4
        left = {key: [each.entry for each in kept.values()] for key, kept in delve.lists.items() if kept}
        assert list(left) == [("setBreakpoints", "/w/main.go")]


async def test_what_is_verified_at_main_only_is_set_before_its_first_line(autojump_clock):
    seen: list[str] = []

    def code(place: Place, _command: str) -> bool:
        return place in OWN or "main" in seen

    def stops(place: Place) -> None:
        if place == ENTRY:
            seen.append("main")

    async with session(Known(), code=code, stops=stops) as (scene, delve):
        ids = [each["id"] for each in await sets(scene, 9, functions=("main.main",)) if "id" in each]
        events = told(await runs(scene))
        assert events == [("breakpoint", [ids[0]]), ("stopped", [ids[0]])]
        assert delve.stops == 3


async def test_a_breakpoint_at_the_very_place_of_a_hidden_one_is_shown_as_the_users(autojump_clock):
    """Without an address the hidden breakpoint is where that of the user's comes: the program would not stop there again."""
    stopped: list[LateDelve] = []

    def code(_place: Place, command: str) -> bool:
        return command != "setBreakpoints" or stopped[0].stops == 2

    async with session(Known(address=None), code=code) as (scene, delve):
        stopped.append(delve)
        (answer,) = await sets(scene, 9)
        assert answer["verified"] is False
        assert told(await runs(scene)) == [("stopped", [answer["id"]]), ("breakpoint", [answer["id"]])]
        assert not delve.lists["setFunctionBreakpoints", ""]


async def test_what_is_never_verified_stays_as_it_is_and_costs_two_hidden_stops(autojump_clock):
    async with session(Known(), code=lambda place, _command: place in OWN) as (scene, delve):
        await sets(scene, 9)
        assert told(await runs(scene)) == []
        assert delve.stops == 2
        assert not any(kept for kept in delve.lists.values())


async def test_switched_off_it_does_nothing(autojump_clock):
    there: set[Place] = set(OWN)
    async with session(Known(), on=False, code=lambda place, _command: place in there) as (scene, _):
        (answer,) = await sets(scene, 9)
        assert "id" not in answer
        there.update(PROGRAM)
        assert told(await runs(scene)) == []


# -- code that is loaded -----------------------------------------------------------------------------------------------------

OPEN = Place(LOADED, "/go/plugin.go", 13)
GREET = Place("plug.Greet", line=20)
OTHER = Place("plug.Other", line=30)


async def test_a_plugin_is_there_before_its_code_runs(autojump_clock):
    loaded: list[Place] = []
    kind: Any = {"program": [RUNTIME, MAIN, OPEN, GREET, OTHER], "suspends": True, "stops": loaded.append}
    known = Known(loads_plugins=True)
    async with session(known, code=lambda place, _command: place not in (GREET, OTHER) or OPEN in loaded, **kind) as (
        scene,
        delve,
    ):
        answers = await sets(scene, 9, 20, functions=("plug.Other", "runtime.main"))
        ids = [each["id"] for each in answers]
        # Delve has suspended line 20 under a number; the function has none, and gets one of ours.
        assert [each["verified"] for each in answers] == [True, False, False, True]
        assert (ids[1] < OWN_IDS, ids[2] > OWN_IDS) == (True, True)
        assert told(await runs(scene)) == [
            ("stopped", [ids[3]]),
            ("stopped", [ids[0]]),
            ("breakpoint", [ids[1]]),
            ("breakpoint", [ids[2]]),
            ("stopped", [ids[1]]),
            ("stopped", [ids[2]]),
        ]
        # Line 9 was in every list that was sent for the file, so Delve has kept its count.
        lists = [each["arguments"]["breakpoints"] for each in delve.got if each["command"] == "setBreakpoints"]
        assert [[entry["line"] for entry in each] for each in lists] == [[9, 20], [9], [9, 20]]
        assert delve.lists["setBreakpoints", "/w/main.go"]["9"].hits == 1
        assert list(delve.lists["setFunctionBreakpoints", ""]) == ["plug.Other", "runtime.main"]
        # The hidden one went with the list that was set last: no call for it alone.
        functions = [each["arguments"]["breakpoints"] for each in delve.got if each["command"] == "setFunctionBreakpoints"]
        assert [len(each) for each in functions] == [1, 3, 2]


async def test_a_plugin_that_brings_nothing_leaves_the_next_one_to_be_waited_for(autojump_clock):
    loaded: list[Place] = []
    kind: Any = {"program": [MAIN, OPEN, GREET, OPEN, OTHER, OPEN], "stops": loaded.append}
    known = Known(loads_plugins=True)
    async with session(known, code=lambda place, _command: place != OTHER or loaded.count(OPEN) > 1, **kind) as (scene, delve):
        (answer,) = await sets(scene, functions=("plug.Other",))
        assert told(await runs(scene)) == [("breakpoint", [answer["id"]]), ("stopped", [answer["id"]])]
        assert delve.stops == 3
        assert list(delve.lists["setFunctionBreakpoints", ""]) == ["plug.Other"]


async def test_the_users_breakpoint_where_plugins_are_opened_is_a_moment_too(autojump_clock):
    loaded: list[Place] = []
    kind: Any = {"program": [MAIN, OPEN, GREET], "suspends": True, "stops": loaded.append}
    known = Known(loads_plugins=True)
    async with session(known, code=lambda place, _command: place != GREET or OPEN in loaded, **kind) as (scene, _):
        answers = await sets(scene, 20, functions=(LOADED,))
        ids = [each["id"] for each in answers]
        assert told(await runs(scene)) == [("stopped", [ids[1]]), ("breakpoint", [ids[0]]), ("stopped", [ids[0]])]


async def test_what_was_loaded_is_read_while_delve_looks_for_the_lines(autojump_clock):
    loaded: list[Place] = []
    kind: Any = {"program": [MAIN, OPEN, GREET], "suspends": True, "stops": loaded.append}
    known = Known(loads_plugins=True, read=trio.Event())
    async with session(known, code=lambda place, _command: place != GREET or OPEN in loaded, **kind) as (scene, delve):
        (greet,) = await sets(scene, 20)

        async def read() -> None:
            while not delve.lists["setBreakpoints", FILE["path"]].get("20", Set(0, {}, [])).places:
                await trio.sleep(0.01)
            assert known.placed == 0
            assert known.read is not None
            known.read.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            assert told(await runs(scene)) == [("breakpoint", [greet["id"]]), ("stopped", [greet["id"]])]
        assert known.placed == 1


async def test_delves_own_stop_for_a_library_is_not_seen(autojump_clock):
    known, loaded = Known(is_go=False), []

    def stops(place: Place) -> Json | None:
        if place != MAIN:
            return None
        loaded.append(place)
        return {"reason": "breakpoint", "description": "shared library loaded"}

    async with session(known, code=lambda _place, _command: bool(loaded), program=[MAIN, GREET], stops=stops) as (scene, delve):
        known.lines = set()
        (answer,) = await sets(scene, 20)
        events = told(await runs(scene))
        assert events == [("breakpoint", [answer["id"]]), ("stopped", [answer["id"]])]
        assert delve.stops == 2


async def test_delves_own_stop_for_a_library_is_shown_in_a_program_of_go(autojump_clock):
    def stops(place: Place) -> Json | None:
        return {"reason": "breakpoint", "description": "shared library loaded"} if place == MAIN else None

    async with session(Known(), stops=stops) as (scene, _):
        assert [each["event"] for each in await runs(scene)] == ["stopped", "terminated"]


async def test_another_program_in_this_ones_place_is_a_moment_and_a_child_is_none(autojump_clock):
    there: set[Place] = set()
    known = Known(lines=set(), functions=set())
    async with session(known, code=lambda place, _command: place in there) as (scene, delve):
        known.follows_exec = True
        await delve.says("process", name="it", systemProcessId=6)
        await scene.client.gets({"event": "process"})
        (answer,) = await sets(scene, functions=("main.main",))
        asked = len(delve.commands)
        there.update(PROGRAM)
        await delve.says("process", name="child", systemProcessId=7)
        await scene.client.gets({"event": "process"})
        assert len(delve.commands) == asked
        await delve.says("process", name="other", systemProcessId=6)
        await scene.client.gets({"event": "process"}, {"event": "breakpoint", "body": {"breakpoint": {"id": answer["id"]}}})


async def test_files_that_are_mapped_later_are_a_moment(autojump_clock):
    there: set[Place] = set()
    known = Known(is_mapped=False)
    async with session(known, code=lambda place, _command: place in there) as (scene, _):
        (answer,) = await sets(scene, 9)
        assert (answer["verified"], answer["id"] > OWN_IDS) == (False, True)
        there.update(PROGRAM)
        known.is_mapped = True
        known.made.set()
        await scene.client.gets({"event": "breakpoint", "body": {"breakpoint": {"id": answer["id"], "verified": True}}})
        assert told(await runs(scene)) == [("stopped", [answer["id"]])]


async def test_a_list_that_went_as_it_came_is_set_again_though_the_files_are_known_when_it_is_answered(autojump_clock):
    there: set[Place] = set()
    known = Known(is_mapped=False)

    def code(place: Place, _command: str) -> bool:
        known.is_mapped = known.as_it_came = True  # its way to Delve was long enough for that
        return place in there

    async with session(known, code=code) as (scene, _):
        (answer,) = await sets(scene, 9)
        there.update(PROGRAM)
        known.as_it_came = False
        known.made.set()
        await scene.client.gets({"event": "breakpoint", "body": {"breakpoint": {"id": answer["id"], "verified": True}}})


async def test_pause_lets_a_hidden_stop_be_seen(autojump_clock):
    async with session(Known(), code=lambda place, _command: place in OWN) as (scene, delve):
        await sets(scene, 9)
        delve.code = lambda place, _command: place in OWN
        stops = delve.stops
        await scene.client.says(request(4, "configurationDone"))
        await scene.client.gets({"command": "configurationDone"})
        delve.silent = {"setBreakpoints"}
        while delve.stops == stops:
            await trio.sleep(0.001)
        await scene.client.says(request(5, "pause", threadId=1))
        shown = await scene.client.gets({})
        while shown.get("event") != "stopped":
            shown = await scene.client.gets({})
        assert shown["body"]["reason"] == "pause"
        await scene.client.gets({"command": "pause"})


async def test_a_program_that_began_anew_has_nothing_that_waits(autojump_clock):
    async with session(Known(), code=lambda place, _command: place in OWN) as (scene, delve):
        await sets(scene, 9)
        await delve.says("initialized")
        await scene.client.gets({"event": "initialized"})
        assert scene.breakpoints.none_waits
        delve.lists.clear()
        assert told(await runs(scene)) == []
        assert delve.stops == 0
