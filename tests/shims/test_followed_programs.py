"""Where a program starts another one, with a scripted adapter; the real one is in tests/e2e/test_built_elsewhere.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from dapshim.delve import session_processes
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.shims.followed_programs import STARTS, FollowedPrograms
from tests.playbook import Stage, request, stage
from tests.shims.late_delve import LateDelve, Place
from tests.shims.test_late_breakpoints import runs, sets, told

MAIN, FORK = Place("main.main", line=9), Place(STARTS, "/go/exec_unix.go", 145)
PROGRAM = [MAIN, FORK, FORK]


@attrs.define
class Known:
    """What the shim is told of the program, and what it has told."""

    follows_exec: bool = True
    has_function: bool = True
    runs: list[str] = attrs.field(factory=list)
    program: str = "/w/program"
    places: dict[tuple[str, bool], list[tuple[str, int]]] = attrs.field(factory=dict)
    news: list[bool] = attrs.field(factory=lambda: [True, False])

    def entry_of(self, function: str) -> str | None:
        return "0x1" if self.has_function and function == STARTS else None

    def is_program(self, path: str) -> bool:
        return path == self.program

    async def places_of(self, function: str, *, in_program: bool) -> list[tuple[str, int]]:
        return self.places.get((function, in_program), [])

    def will_run(self, path: str) -> bool:
        self.runs.append(path)
        return self.news.pop(0)


@attrs.define
class Scene:
    """The two peers, and how often lists were put anew."""

    stage: Stage
    delve: LateDelve
    placed: list[int]


@asynccontextmanager
async def session(
    monkeypatch: pytest.MonkeyPatch, known: Any, *, on: bool = True, local: bool = True, program: list[Place] = PROGRAM
) -> AsyncIterator[Scene]:
    breakpoints, placed = Breakpoints(), list[int]()
    hidden = HiddenStops(breakpoints)

    async def place_again() -> None:
        placed.append(len(placed))

    async def texts_of(*_asked: object) -> list[str]:
        return ["./child", "/w"]

    async def process_of_goroutine(*_asked: object) -> int:
        return 7

    monkeypatch.setattr(session_processes, "texts_of", texts_of)
    monkeypatch.setattr(session_processes, "process_of_goroutine", process_of_goroutine)
    shim = FollowedPrograms(known, breakpoints, place_again, local=local, wanted=lambda: on)

    async with stage(shim, own_layers=(breakpoints, hidden), strict=False) as scene, trio.open_nursery() as nursery:
        delve = LateDelve(scene.adapter, [*program])
        nursery.start_soon(delve.serve)
        await scene.client.says(request(1, "launch"))
        await scene.client.gets({"command": "launch"})
        await delve.says("initialized")
        await scene.client.gets({"event": "initialized"})
        yield Scene(scene, delve, placed)
        await scene.client.gets_nothing()
        nursery.cancel_scope.cancel()


async def test_what_will_run_is_told_before_it_does_and_once_though_it_is_started_twice(autojump_clock, monkeypatch):
    known = Known()
    async with session(monkeypatch, known) as scene:
        (main,) = await sets(scene.stage, 9)
        assert told(await runs(scene.stage)) == [("stopped", [main["id"]])]
        assert (known.runs, scene.placed, scene.delve.stops) == (["/w/child"] * 2, [0], 3)


@pytest.mark.parametrize(("program", "again"), [("/w/child", True), ("/w/program", False)])
async def test_a_function_stands_in_the_child_by_a_line_and_is_named_where_that_is_hit(
    autojump_clock, monkeypatch, program, again
):
    known = Known(program=program, places={("main.main", again): [("/w/main.go", 20)]})
    async with session(monkeypatch, known, program=[MAIN, FORK, Place("main.main", line=20)]) as scene:
        (main,) = await sets(scene.stage, functions=("main.main",))
        scene.delve.program[2] = Place("other.main", line=20)
        events = await runs(scene.stage)
        assert told(events) == [("stopped", [main["id"]])] * 2
        assert {each["body"]["reason"] for each in events if each["event"] == "stopped"} == {"function breakpoint"}
        assert list(scene.delve.lists["setBreakpoints", "/w/main.go"]) == ["20"]
        # One that is taken away stands nowhere.
        await sets(scene.stage, functions=(STARTS,))
        assert not scene.delve.lists["setBreakpoints", "/w/main.go"]


@pytest.mark.parametrize(
    ("known", "more"),
    [
        (Known(follows_exec=False), {}),
        (Known(has_function=False), {}),
        (Known(), {"on": False}),
        (Known(), {"local": False}),
    ],
    ids=["Delve follows nothing", "it starts nothing", "switched off", "another machine's"],
)
async def test_where_there_is_no_need_nothing_is_asked(autojump_clock, monkeypatch, known, more):
    async with session(monkeypatch, known, **more) as scene:
        await sets(scene.stage, 9)
        await runs(scene.stage)
        assert (known.runs, scene.delve.stops) == ([], 1)
        assert scene.delve.commands == ["launch", "setBreakpoints", "configurationDone", "continue"]


async def test_without_breakpoints_nothing_is_asked_until_there_is_one(autojump_clock, monkeypatch):
    known = Known()
    async with session(monkeypatch, known) as scene:
        assert told(await runs(scene.stage)) == []
        assert scene.delve.commands == ["launch", "configurationDone"]
        await sets(scene.stage, 9)
        assert scene.delve.commands[2:] == ["setBreakpoints", "setFunctionBreakpoints"]
