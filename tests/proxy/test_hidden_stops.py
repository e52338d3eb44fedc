"""Hidden stops beyond those of hidden breakpoints: Delve's own for a library, and steps that one of ours has cut short."""

from __future__ import annotations

from typing import Any

import pytest

from dapshim.proxy.breakpoints import Breakpoints, Hidden
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.proxy.shim import Shim, on
from dapshim.wire.messages import Message
from tests.playbook import Json, Stage, event, request, response, stage

LIBRARY = {"reason": "breakpoint", "description": "shared library loaded", "threadId": 1736415839}


class Wants(Shim):
    """Has a hidden breakpoint in `a.B`."""

    def __init__(self) -> None:
        self.breakpoints = Breakpoints()
        self.stops = HiddenStops(self.breakpoints)
        self.hidden = Hidden("setFunctionBreakpoints", {"name": "a.B"}, self.work)
        self.worked = 0

    async def work(self, _event: Message) -> bool:
        self.worked += 1
        return False

    @on.request("configurationDone", budget=100)
    async def add(self, _request: Message) -> None:
        await self.breakpoints.add(self.hidden)


def staged(shim: Wants) -> Any:
    return stage(shim, own_layers=(shim.breakpoints, shim.stops))


async def begin(scene: Stage) -> None:
    client, adapter = scene
    await client.says(request(1, "configurationDone"))
    await adapter.gets(request(1, "setFunctionBreakpoints", breakpoints=[{"name": "a.B"}]))
    await adapter.says(response(1, 1, "setFunctionBreakpoints", breakpoints=[{"id": 9, "verified": True}]))
    await adapter.gets(request(2, "configurationDone"))


async def deep(scene: Stage, seq: int, to: int, frames: int) -> None:
    """Answer the question how deep goroutine 1 is."""
    await scene.adapter.gets(request(to, "stackTrace", threadId=1))
    await scene.adapter.says(response(seq, to, "stackTrace", stackFrames=[{"id": 1000}] * frames))


def hit(seq: int, **more: Any) -> Json:
    return event(seq, "stopped", **({"reason": "function breakpoint", "hitBreakpointIds": [9], "threadId": 1} | more))


@pytest.mark.parametrize("command", ["next", "stepOut"])
async def test_a_step_that_ours_has_cut_short_is_brought_to_its_end(autojump_clock, command):
    shim = Wants()
    async with staged(shim) as scene:
        client, adapter = scene
        await begin(scene)
        await client.says(request(2, command, threadId=1))
        await deep(scene, 2, 3, 2)
        await adapter.gets(request(4, command, threadId=1))
        await adapter.says(event(3, "continued", threadId=1), response(4, 4, command))
        await client.gets(event(1, "continued"), response(2, 2, command))
        # Two calls deeper it stops for us; Delve has given the step up.
        await adapter.says(hit(5))
        await deep(scene, 6, 5, 4)
        for seq, frames in ((6, 3), (8, 2)):
            await adapter.gets(request(seq, "stepOut", threadId=1))
            await adapter.says(event(7, "continued", threadId=1), response(8, seq, "stepOut"))
            await adapter.says(event(9, "stopped", reason="step", threadId=1))
            await deep(scene, 10, seq + 1, frames)
        await adapter.gets(request(10, command, threadId=1))
        await adapter.says(event(11, "continued", threadId=1), response(12, 10, command))
        await client.gets_nothing()
        await adapter.says(event(13, "stopped", reason="step", threadId=1))
        await client.gets(event(3, "stopped", reason="step", threadId=1))
        assert shim.worked == 1


async def test_a_breakpoint_of_the_users_ends_the_way_out(autojump_clock):
    shim = Wants()
    async with staged(shim) as scene:
        client, adapter = scene
        await begin(scene)
        await client.says(request(2, "next", threadId=1))
        await deep(scene, 2, 3, 2)
        await adapter.gets(request(4, "next"))
        await adapter.says(response(4, 4, "next"), hit(5))
        await client.gets(response(1, 2, "next"))
        await deep(scene, 6, 5, 4)
        await adapter.gets(request(6, "stepOut"))
        await adapter.says(
            response(8, 6, "stepOut"), event(9, "stopped", reason="breakpoint", hitBreakpointIds=[3], threadId=1)
        )
        await client.gets(event(2, "stopped", reason="breakpoint", hitBreakpointIds=[3]))
        await adapter.says(event(10, "stopped", reason="step", threadId=1))
        await client.gets(event(3, "stopped", reason="step"))


@pytest.mark.parametrize("why", ["another goroutine", "continued since", "depth unknown"])
async def test_where_no_step_was_cut_short_the_program_goes_on(autojump_clock, why):
    shim = Wants()
    async with staged(shim) as scene:
        client, adapter = scene
        await begin(scene)
        await client.says(request(2, "next", threadId=1))
        await deep(scene, 2, 3, 0 if why == "depth unknown" else 2)
        await adapter.gets(request(4, "next"))
        await adapter.says(response(3, 4, "next"))
        await client.gets(response(1, 2, "next"))
        number = 5
        if why == "continued since":
            await client.says(request(3, "continue", threadId=1))
            await adapter.gets(request(5, "continue"))
            number = 6
        await adapter.says(hit(5, threadId=7 if why == "another goroutine" else 1))
        await adapter.gets(request(number, "continue"))
        await adapter.says(response(6, number, "continue"))


async def test_instruction_steps_are_never_cut_short(autojump_clock):
    async with staged(Wants()) as scene:
        client, adapter = scene
        await begin(scene)
        await client.says(request(2, "next", threadId=1, granularity="instruction"))
        await adapter.gets(request(3, "next", threadId=1, granularity="instruction"))


@pytest.mark.parametrize("hidden", [True, False])
async def test_delves_stop_for_a_library_is_hidden_for_who_wants_it(autojump_clock, hidden):
    shim = Wants()
    async with staged(shim) as scene:
        client, adapter = scene
        if hidden:
            shim.stops.on_library = shim.work
        await client.says(request(1, "threads"))
        await adapter.gets(request(1, "threads"))
        await adapter.says(event(1, "stopped", **LIBRARY))
        if not hidden:
            await client.gets(event(1, "stopped", **LIBRARY))
            return
        await adapter.gets(request(2, "continue"))
        await adapter.says(response(2, 2, "continue"))
        await client.gets_nothing()
        assert (shim.worked, shim.stops.count) == (1, 1)
        # A pause in the same moment is the user's.
        await adapter.says(event(3, "stopped", **LIBRARY | {"reason": "pause"}))
        await client.gets(event(1, "stopped", reason="pause"))
