"""Hooks whose work needs no wait: done in the reader's own turn, and by the hook itself where that is not so."""

from __future__ import annotations

from typing import Any

import pytest

from dapshim.proxy.pipeline import Pipeline
from dapshim.proxy.shim import Shim, on
from dapshim.wire.messages import Message
from tests.playbook import Containing, event, request, response, stage


class Names(Shim):
    """Knows the names of some numbers; a new one it has to think about."""

    def __init__(self) -> None:
        self.known = {1: "one"}
        self.thought: list[int] = []

    def name_known(self, event: Message) -> bool:
        if event.body["threadId"] not in self.known:
            return False
        event.body["description"] = self.known[event.body["threadId"]]
        return True

    @on.event("stopped", at_once="name_known")
    async def put_name(self, event: Message) -> None:
        self.thought.append(event.body["threadId"])
        event.body["description"] = "new"


@pytest.fixture
def handled(monkeypatch) -> list[str]:
    """What took more than the reader's turn."""
    names: list[str] = []
    original = Pipeline._handle

    async def handle(self: Pipeline, side: Any, item: Any) -> None:
        names.append(item.message.name)
        await original(self, side, item)

    monkeypatch.setattr(Pipeline, "_handle", handle)
    return names


async def test_what_needs_no_wait_is_done_in_the_readers_turn_and_in_order(autojump_clock, handled):
    names = Names()
    async with stage(names) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"), event(2, "stopped", threadId=1))
        await client.gets(response(1, 1, "initialize"), event(2, "stopped", threadId=1, description="one"))
        assert (handled, names.thought) == ([], [])
        await adapter.says(event(3, "stopped", threadId=7), event(4, "stopped", threadId=1))
        await client.gets(
            event(3, "stopped", threadId=7, description="new"), event(4, "stopped", threadId=1, description="one")
        )
    assert names.thought == [7]


async def test_what_fails_at_once_is_met_again_by_the_hook(autojump_clock):
    class Fails(Names):
        def name_known(self, event: Message) -> bool:
            event.body["description"] = "half done"
            raise RuntimeError("a bug")

    names = Fails()
    async with stage(names) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"), event(2, "stopped", threadId=1))
        await client.gets(response(1, 1, "initialize"), event(2, "stopped", threadId=1, description="new"))
    assert names.thought == [1]


async def test_a_message_that_two_shims_want_goes_the_long_way_in_their_order(autojump_clock, handled):
    class Adds(Shim):
        @on.event("stopped")
        def add(self, event: Message) -> None:
            event.body["description"] += "!"

    async with stage(Adds(), Names()) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"), event(2, "stopped", threadId=1))
        await client.gets(response(1, 1, "initialize"), event(2, "stopped", threadId=1, description=Containing("new!")))
    assert handled == ["stopped"]


async def test_what_a_shim_sends_is_done_at_once_by_those_outside_of_it_alone(autojump_clock):
    class Stops(Shim):
        @on.response("threads")
        async def stop(self, _response: Message) -> None:
            await self.session.emit("stopped", {"threadId": 1})

    outer, inner = Names(), Names()
    inner.known[1] = "never asked"
    async with stage(outer, Stops(), inner) as (client, adapter):
        await client.says(request(1, "threads"))
        await adapter.gets(request(1, "threads"))
        await adapter.says(response(1, 1, "threads"))
        await client.gets(response(1, 1, "threads"), event(2, "stopped", threadId=1, description="one"))
