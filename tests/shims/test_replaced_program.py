"""A program that replaces itself, with a scripted adapter whose breakpoints are gone then; the real one is in tests/e2e."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from dapshim.delve import replacing
from dapshim.delve.replacing import EXEC, Replacement
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.shims.replaced_program import ReplacedProgram
from tests.playbook import Json, Stage, request, stage
from tests.shims.late_delve import LateDelve, Place
from tests.shims.test_late_breakpoints import runs, sets, told

MAIN, AGAIN = Place("main.main", line=9), Place(EXEC, "/go/exec.go", 271)
ENTRY = Place("the entry", line=0, address="0x401000")
PROGRAM = [MAIN, AGAIN, ENTRY, MAIN]


@attrs.define
class Known:
    """What the shim is told of the program."""

    replaces_itself: bool = True


@asynccontextmanager
async def session(
    monkeypatch: pytest.MonkeyPatch, found: Replacement, *, images: list[tuple[int, int]], replaces: bool = True
) -> AsyncIterator[tuple[Stage, LateDelve]]:
    breakpoints = Breakpoints()
    hidden = HiddenStops(breakpoints)
    known: Any = Known(replaces)
    shim = ReplacedProgram(known, breakpoints, hidden, local=True, wanted=lambda: True)
    monkeypatch.setattr(replacing, "replacement", lambda _pid, _path: found)
    monkeypatch.setattr(replacing, "image_of", lambda _pid: images.pop(0))
    async with stage(shim, own_layers=(breakpoints, hidden), strict=False) as scene, trio.open_nursery() as nursery:
        delve = LateDelve(scene.adapter, PROGRAM)

        def lose(place: Place) -> Json | None:
            """The new image's memory has no breakpoint; but Delve looks at the address where it begins."""
            if place == ENTRY:
                for kept in delve.lists.values():
                    for each in kept.values():
                        each.places = [there for there in each.places if there == ENTRY]
            return None

        nursery.start_soon(delve.serve, lose)
        await scene.client.says(request(1, "launch"))
        await scene.client.gets({"command": "launch"})
        await delve.says("process", name="p", systemProcessId=7)
        await delve.says("initialized")
        await scene.client.gets({"event": "process"}, {"event": "initialized"})
        yield scene, delve
        nursery.cancel_scope.cancel()


async def test_all_are_set_anew_before_the_first_instruction(monkeypatch):
    async with session(monkeypatch, Replacement("0x401000"), images=[(1, 2), (1, 2)]) as (scene, delve):
        (line,) = await sets(scene, 9)
        assert told(await runs(scene)) == [("stopped", [line["id"]])] * 2
        assert delve.stops == 4
        assert not delve.lists["setInstructionBreakpoints", ""]


async def test_variables_of_packages_are_watched_again_and_of_others_it_is_told(monkeypatch):
    """Watchpoints want debug registers, which a virtual machine may not have: the law alone."""
    kept = ["-1,0,main.count", "-1,0,*(*[8]byte)(0x500008)"]
    gone = ["1,0,local", "-1,0,*(*[8]byte)(0xc000012008)", "-1,0,*(*[8]byte)(0x500ffc)"]
    refused = "-1,0,main.absent"
    found = Replacement("0x401000", data=((0x500000, 0x501000),))
    asked = [gone[0], kept[0], *gone[1:], refused, kept[1]]
    async with session(monkeypatch, found, images=[(1, 2), (1, 2)]) as (scene, delve):
        delve.program += [Place(each) for each in asked]
        entries = [{"dataId": each, "accessType": "write"} for each in asked]
        await scene.client.says(request(3, "setDataBreakpoints", breakpoints=entries))
        answers = (await scene.client.gets({"command": "setDataBreakpoints"}))["body"]["breakpoints"]
        assert all(each["verified"] for each in answers)
        ids = {each: answer["id"] for each, answer in zip(asked, answers, strict=True)}
        # From the entry on that variable is not there.
        delve.got.clear()
        delve.code = lambda place, _command: place.function != refused
        events = await runs(scene)
        changed = [each["body"]["breakpoint"] for each in events if each["event"] == "breakpoint"]
        assert {each["id"]: each["verified"] for each in changed} == {ids[each]: False for each in (*gone, refused)}
        assert all("the program has replaced itself" in each["message"] for each in changed)
        assert next(each["message"] for each in changed if each["id"] == ids[refused]).endswith("not found)")
        assert list(delve.lists["setDataBreakpoints", ""]) == kept
        assert [each["body"]["hitBreakpointIds"] for each in events if each["event"] == "stopped"] == [
            [ids[each]] for each in kept
        ]


async def test_the_memory_of_another_program_is_not_written(monkeypatch):
    async with session(monkeypatch, Replacement("0x401000"), images=[(1, 2), (1, 3)]) as (scene, delve):
        (line,) = await sets(scene, 9)
        events = await runs(scene)
        assert told(events) == [("stopped", [line["id"]])]
        assert ["it has become another program" in each["body"]["output"] for each in events if each["event"] == "output"] == [
            True
        ]
        assert [each for each in delve.commands if each == "setBreakpoints"] == ["setBreakpoints"]


async def test_where_it_cannot_be_it_is_said(monkeypatch):
    async with session(monkeypatch, Replacement(why="a reason. A remedy"), images=[(1, 2)]) as (scene, delve):
        (line,) = await sets(scene, 9)
        events = await runs(scene)
        assert told(events) == [("stopped", [line["id"]])]
        (said,) = [each["body"] for each in events if each["event"] == "output"]
        expected = "dapshim: the program replaces itself, and no breakpoint is hit from here on: a reason. A remedy.\n"
        assert said == {"output": expected, "category": "important"}
        assert delve.stops == 2


async def test_one_that_does_not_replace_itself_costs_nothing(monkeypatch):
    async with session(monkeypatch, Replacement(), images=[], replaces=False) as (scene, delve):
        await sets(scene, 9)
        await runs(scene)
        assert delve.commands == ["launch", "setBreakpoints", "configurationDone", "continue"]
