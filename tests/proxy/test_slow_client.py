"""A client that does not read: it gets its time to read the end of its session, unless dapshim has to stop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio
import trio.testing

from dapshim.proxy.adapter import Adapter
from dapshim.proxy.reasons import Reason
from dapshim.proxy.session import SLOW_CLIENT, Session, SessionOptions
from dapshim.wire.framing import FrameReader, frame
from tests.playbook import Json, ScriptedAdapter, event, request


@attrs.define(eq=False)
class Scene:
    session: Session
    client: trio.abc.Stream
    adapter: trio.abc.Stream
    ended: trio.Event

    async def everything(self) -> list[Json]:
        """Read to the end of the client's stream."""
        reader = FrameReader(1_000_000)
        bodies: list[bytes] = []
        while data := await self.client.receive_some(1_000_000):
            bodies += reader.feed(data)
        return [json.loads(body) for body in bodies]


@asynccontextmanager
async def without_buffers() -> AsyncIterator[Scene]:
    """Run a session whose client's connection holds nothing: what is not read is not sent."""
    client_end, client_stream = trio.testing.lockstep_stream_pair()
    adapter_end, adapter_stream = trio.testing.memory_stream_pair()

    async def source() -> Adapter:
        return ScriptedAdapter(adapter_stream)

    ended = trio.Event()
    session = Session(1, client_stream, SessionOptions(source, list), None)

    async def run() -> None:
        await session.run()
        ended.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        yield Scene(session, client_end, adapter_end, ended)
        await client_end.aclose()
        await adapter_end.aclose()


async def test_a_client_that_was_busy_still_gets_the_end_of_its_session(autojump_clock):
    async with without_buffers() as scene:
        await scene.client.send_all(frame(json.dumps(request(1, "threads")).encode()))
        await trio.testing.wait_all_tasks_blocked()
        await scene.adapter.send_all(frame(json.dumps(event(1, "output", output="last words")).encode()))
        await scene.adapter.aclose()
        await trio.sleep(SLOW_CLIENT - 1)
        assert not scene.ended.is_set()
        left = await scene.everything()
        assert [message.get("event", message.get("command")) for message in left] == ["output", "threads", "terminated"]


async def test_a_client_that_never_reads_is_given_up(autojump_clock):
    async with without_buffers() as scene:
        await scene.client.send_all(frame(json.dumps(request(1, "threads")).encode()))
        await trio.testing.wait_all_tasks_blocked()
        await scene.adapter.aclose()
        with trio.fail_after(SLOW_CLIENT + 5):
            await scene.ended.wait()


async def test_it_does_not_keep_a_dapshim_that_is_told_to_stop_meanwhile(autojump_clock):
    async with without_buffers() as scene:
        await scene.client.send_all(frame(json.dumps(request(1, "threads")).encode()))
        await trio.testing.wait_all_tasks_blocked()
        await scene.adapter.aclose()
        await trio.sleep(SLOW_CLIENT / 2)
        began = trio.current_time()
        scene.session.end(Reason.TOLD)
        await scene.ended.wait()
        assert trio.current_time() - began < 5


async def test_a_client_that_has_left_all_unread_is_owed_no_answers(autojump_clock, monkeypatch):
    monkeypatch.setattr("dapshim.proxy.pump.QUEUE_CAP", 20_000)
    async with without_buffers() as scene:
        await scene.client.send_all(frame(json.dumps(request(1, "threads")).encode()))
        await trio.testing.wait_all_tasks_blocked()
        printed = frame(json.dumps(event(1, "output", output="x" * 1000)).encode())
        await scene.adapter.send_all(printed * 5000)
        with trio.fail_after(2 * SLOW_CLIENT):
            await scene.ended.wait()
