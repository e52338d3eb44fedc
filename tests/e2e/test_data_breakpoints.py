"""Data breakpoints with the real dlv: a shim's and the user's in one list, and Delve's answers told apart."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from dapshim.delve.find import find_dlv
from dapshim.delve.process import DlvCommand
from dapshim.proxy.adapter import spawner
from dapshim.proxy.breakpoints import Breakpoints, Hidden
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.proxy.session import Session, SessionOptions
from dapshim.proxy.shim import Shim, on
from dapshim.wire.messages import Message
from tests.real import BOUND, Client, Json, Program, dlv_dap

STARTED = "main.started"


class WatchesStarted(Shim):
    """Have a data breakpoint of its own from the user's first `threads` on."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints
        self.hidden = Hidden("setDataBreakpoints", {"dataId": f"-1,0,{STARTED}", "accessType": "write"}, self.work)

    async def work(self, _event: Message) -> bool:
        return False

    @on.request("threads", budget=BOUND)
    async def add(self, _request: Message) -> None:
        if self.hidden.id is None and not self.hidden.shadowed:
            await self._breakpoints.add(self.hidden)


@asynccontextmanager
async def watching() -> AsyncIterator[tuple[Client, WatchesStarted]]:
    """Run a session with a dlv of its own and the shim."""
    breakpoints = Breakpoints()
    shim = WatchesStarted(breakpoints)
    ours, theirs = trio.testing.memory_stream_pair()
    source = spawner(DlvCommand(find_dlv(None, os.environ).path), None)
    session = Session(1, theirs, SessionOptions(source, lambda: [shim, breakpoints, HiddenStops(breakpoints)]), None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.run)
        yield Client(ours), shim
        await ours.aclose()


async def watch(client: Client, *data_ids: str) -> list[Json]:
    """Set the client's data breakpoints and return what it is told of them."""
    asked = [{"dataId": each, "accessType": "write"} for each in data_ids]
    found: list[Json] = (await client.ok("setDataBreakpoints", {"breakpoints": asked}))["breakpoints"]
    return found


async def data_id(client: Client, stop: Json, frame: int, name: str) -> str:
    """Ask what a variable of a frame is called as data."""
    stack = await client.ok("stackTrace", {"threadId": stop["threadId"], "levels": 5})
    asked = {"name": name, "frameId": stack["stackFrames"][frame]["id"]}
    found: str = (await client.ok("dataBreakpointInfo", asked))["dataId"]
    return found


async def first_stop(client: Client, program: Program) -> tuple[Json, str]:
    """Stop in `step`; return the stop, and what its caller's `count` is called as data."""
    await client.start(program, "step")
    stop = (await client.event("stopped"))["body"]
    return stop, await data_id(client, stop, 1, "count")


async def skip_where_nothing_can_be_watched(client: Client, count: str) -> None:
    """Delve needs the processor's debug registers, which a virtual machine may keep to itself."""
    (answer,) = await watch(client, count)
    if not answer["verified"] and "exists" not in answer["message"]:
        pytest.skip(f"no data can be watched here: {answer['message']}")


async def test_ours_and_the_users_share_a_list_and_neither_takes_the_others_place(loop):
    async with watching() as (client, shim):
        _, count = await first_stop(client, loop)
        await skip_where_nothing_can_be_watched(client, count)
        (alone,) = await watch(client, count)
        await client.ok("threads")
        assert shim.hidden.id is not None
        assert await watch(client, count) == [alone]
        twice = await watch(client, count, count)
        assert [each["verified"] for each in twice] == [True, False]
        assert twice[0] == alone
        # Where the user's own wish is at the address of ours, the user's is the one that is set.
        both = await watch(client, count, f"-1,0,({STARTED})")
        assert [each["verified"] for each in both] == [True, True]
        assert both[0]["id"] == alone["id"]
        assert shim.hidden.shadowed
        assert await watch(client) == []
        assert await watch(client, "nonsense") == [{"verified": False, "message": 'malformed data ID: "nonsense"'}]


async def test_a_stop_at_data_is_told_as_delve_tells_it(loop):
    async with dlv_dap() as dlv:
        direct = await stop_at_data(await dlv.connect(), loop)
    async with watching() as (client, _):
        assert await stop_at_data(client, loop) == direct
    if direct is None:
        pytest.skip("Delve sets data breakpoints here, but the processor never reports one")
    assert direct["reason"] == "data breakpoint"


async def stop_at_data(client: Client, program: Program) -> Json | None:
    """Watch `count` and go on; return the stop that follows, or None when the program runs past the write."""
    stop, count = await first_stop(client, program)
    await skip_where_nothing_can_be_watched(client, count)
    # The same breakpoint as before is hit one round later, after `count` has been written.
    await client.ok("continue", {"threadId": stop["threadId"]})
    found: Json = (await client.event("stopped"))["body"]
    await client.ok("disconnect", {"terminateDebuggee": True})
    return found if found["reason"] != "breakpoint" else None
