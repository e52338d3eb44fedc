"""An adapter that keeps no rule, stalls or vanishes: the client gets what was sent, an answer to each request, and an end."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
import trio

from tests.e2e.hostile import MIB, How, Json, RawPeer, Ring, dial, framed, nested, request, ring

PROMISED = 5.0
"""Seconds within which everything has ended, however it ends."""

# Each has 26 bytes or more: fewer, which no message of an adapter can have, count as half of one and wake nobody.
NO_DAP = {
    "noise": bytes(range(256)) * 8,
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "a message of dlv's on the wrong stream": b"panic: runtime error: index out of range\n\ngoroutine 1 [running]:\n",
    "a negative length": b"Content-Length: -1\r\n\r\n{}{}{}{}{}",
    "a length of 65 MiB": b"Content-Length: %d\r\n\r\n{" % (65 * MIB),
    "a length of ten to the twelfth": b"Content-Length: 1000000000000\r\n\r\n",
    "a header without end": b"X-Filler: x\r\n" * 2_000,
    "no object": framed(b'["a", "list"]'),
    "no JSON": framed(b"undefined"),
    "a length that is too short": b'Content-Length: 20\r\n\r\n{"seq":9,"type":"event","event":"output"}',
}


def told(messages: list[Json]) -> list[Any]:
    """Return what each message is about, short enough to compare: the request and success of a response, an event's name."""
    return [m.get("event") or (m["request_seq"], m["success"]) for m in messages]


async def check_end(client: RawPeer, adapter: RawPeer, *expected: Any) -> list[Json]:
    """Within the promised time the adapter is let go of, and the client gets what is expected and then a FIN."""
    with trio.fail_after(PROMISED):
        assert (await adapter.end())[0] == []
        await adapter.vanishes()
        left, how = await client.end()
        assert (told(left), how) == (list(expected), "FIN")
        await client.vanishes()
    return left


async def test_an_adapter_that_speaks_no_dap_ends_the_session_in_words():
    async with ring() as scene:
        for name, bad in NO_DAP.items():
            client, adapter = await scene.pair()
            await client.says(request(2, "threads"), request(3, "scopes"))
            await adapter.answers(await adapter.gets(), threads=[])
            assert (await adapter.gets())["command"] == "scopes"
            await adapter.sends(bad)
            try:
                left = await check_end(client, adapter, (2, True), (3, False), "output", "terminated")
            except AssertionError as error:
                raise AssertionError(name) from error
            assert "the adapter does not speak DAP" in left[1]["message"]
            assert left[2]["body"]["category"] == "stderr"


async def test_a_client_that_asked_nothing_yet_learns_of_a_broken_adapter_too():
    async with ring() as scene:
        client = await dial(scene.shim)
        adapter = await scene.door.opened()
        await adapter.sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await check_end(client, adapter, "output")


async def before_initialize_is_answered(scene: Ring) -> tuple[RawPeer, RawPeer, list[Any]]:
    client = await dial(scene.shim)
    await client.says(request(1, "initialize"))
    adapter = await scene.door.opened()
    await adapter.gets()
    return client, adapter, [(1, False), "terminated"]


async def in_the_middle_of_a_header(scene: Ring) -> tuple[RawPeer, RawPeer, list[Any]]:
    client, adapter = await scene.pair()
    await adapter.tells("output", output="last words")
    await adapter.sends(b"Content-Length: 9")
    return client, adapter, ["output", "terminated"]


async def in_the_middle_of_a_body(scene: Ring) -> tuple[RawPeer, RawPeer, list[Any]]:
    client, adapter = await scene.pair()
    await client.says(request(2, "threads"))
    await adapter.gets()
    await adapter.tells("output", output="last words")
    await adapter.sends(
        b"Content-Length: 1000000\r\n\r\n" + b'{"seq":3,"type":"response","request_seq":2,"body":"' + b"x" * 500_000
    )
    return client, adapter, ["output", (2, False), "terminated"]


async def after_it_stopped(scene: Ring) -> tuple[RawPeer, RawPeer, list[Any]]:
    client, adapter = await scene.pair()
    await adapter.tells("stopped", reason="breakpoint", threadId=1)
    assert (await client.gets())["event"] == "stopped"
    await client.says(request(2, "stackTrace"), request(3, "scopes"), request(4, "evaluate", expression="x"))
    asked = [await adapter.gets() for _ in range(3)]
    await adapter.answers(asked[1], scopes=[])
    return client, adapter, [(3, True), (2, False), (4, False), "terminated"]


async def after_it_said_terminated(scene: Ring) -> tuple[RawPeer, RawPeer, list[Any]]:
    client, adapter = await scene.pair()
    await client.says(request(2, "disconnect"))
    await adapter.gets()
    await adapter.tells("terminated")
    return client, adapter, ["terminated", (2, False)]


async def with_a_burst(scene: Ring) -> tuple[RawPeer, RawPeer, list[Any]]:
    client, adapter = await scene.pair()
    line = b'{"seq":7,"type":"event","event":"output","body":{"output":"' + b"x" * 1000 + b'"}}'
    await adapter.sends(framed(line) * 200)
    return client, adapter, ["output"] * 200 + ["terminated"]


MOMENTS = [
    before_initialize_is_answered,
    in_the_middle_of_a_header,
    in_the_middle_of_a_body,
    after_it_stopped,
    after_it_said_terminated,
    with_a_burst,
]


@pytest.mark.parametrize("how", ["FIN", "RST"])
async def test_an_adapter_that_vanishes_leaves_nobody_without_an_answer(how: How):
    async with ring() as scene:
        for moment in MOMENTS:
            client, adapter, expected = await moment(scene)
            await adapter.vanishes(how)
            with trio.fail_after(PROMISED):
                left, ended = await client.end()
            assert (told(left), ended) == (expected, "FIN"), moment.__name__
            assert all("the adapter ended the connection" in m["message"] for m in left if m.get("success") is False)
            await client.vanishes()


async def test_with_shims_off_nothing_is_made_up_when_an_adapter_vanishes():
    async with ring("--shims", "off") as scene:
        for moment in MOMENTS:
            client, adapter, expected = await moment(scene)
            await adapter.vanishes()
            with trio.fail_after(PROMISED):
                left, ended = await client.end()
            made_up = expected[-1:] if expected[-1] == "terminated" else []
            real = [each for each in expected if each[1] is not False][: -len(made_up) or None]
            assert (told(left), ended) == (real, "FIN"), moment.__name__
            await client.vanishes()


async def test_what_the_client_still_says_makes_no_reset_of_the_end():
    async with ring() as scene:
        client, adapter = await scene.pair()
        await adapter.vanishes()
        async with trio.open_nursery() as nursery:
            # More than dapshim still reads, so that the last of it is unread when the session is over.
            nursery.start_soon(client.sends, framed(b'{"seq":2,"type":"event","event":"x"}') * 200_000)
            assert await client.end() == ([{"seq": 2, "type": "event", "event": "terminated"}], "FIN")


# -- answers that nobody can place ---------------------------------------------------------------------------------------------


async def test_an_adapter_that_answers_twice_is_heard_twice():
    async with ring() as scene:
        client, adapter = await scene.pair()
        await client.says(request(7, "restart"))
        asked = await adapter.gets()
        await adapter.answers(asked)
        await adapter.answers(asked, success=False)
        assert told([await client.gets(), await client.gets()]) == [(7, True), (7, False)]


async def test_an_answer_to_nothing_is_never_taken_for_the_answer_to_something():
    async with ring() as scene:
        client, adapter = await scene.pair()
        await client.says(request(40, "threads"))
        asked = await adapter.gets()
        # The client's own number 40 is open, but the adapter was never sent a 40.
        await adapter.answers({"seq": 40, "command": "threads"}, threads=["wrong"])
        for stray in (0, -1, 41, 2**64):
            await adapter.answers({"seq": stray, "command": "threads"}, threads=["stray"])
        await adapter.answers(asked, threads=[])
        seen = [await client.gets() for _ in range(5)]
        assert [m["body"]["threads"] for m in seen if m["request_seq"] == 40] == [[]]
        assert [m["seq"] for m in seen] == [2, 3, 4, 5, 6]


async def test_a_deep_or_large_event_passes_as_it_came():
    body = b'{"seq":5,"type":"event","event":"output","body":{"output":"x","data":%b}}'
    async with ring() as scene:
        client, adapter = await scene.pair()
        for data in (nested(100_000), b'"' + b"x" * (20 * MIB) + b'"', b"[" + b"[]," * (4 * MIB) + b"0]"):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(adapter.sends, framed(body % data))
                got = await client.gets_body()
            assert got.partition(b",")[2] == (body % data).partition(b",")[2]


# -- an adapter that never answers -----------------------------------------------------------------------------------------


async def test_a_client_that_disconnects_from_a_hung_adapter_and_goes_is_not_kept():
    async with ring() as scene:
        client, adapter = await scene.pair()
        await client.says(request(2, "threads"), request(3, "disconnect"))
        await client.vanishes()
        began = time.monotonic()
        assert [(await adapter.gets())["command"] for _ in range(2)] == ["threads", "disconnect"]
        assert await adapter.end() == ([], "FIN")
        # It never closes its own end; ours is closed all the same.
        with trio.fail_after(PROMISED):
            await closed(adapter)
        assert time.monotonic() - began < PROMISED


async def test_a_client_that_vanishes_from_a_hung_adapter_leaves_no_connection():
    async with ring() as scene:
        client, adapter = await scene.pair()
        await client.vanishes("RST")
        with trio.fail_after(PROMISED):
            assert await adapter.end() == ([], "FIN")
            await closed(adapter)


async def closed(peer: RawPeer) -> None:
    """Wait until the other side has closed both its halves, so that what is sent there is answered by a reset."""
    try:
        while True:
            await peer.stream.send_all(b"x")
            await trio.sleep(0.02)
    except trio.BrokenResourceError:
        return


@pytest.mark.parametrize("reads", [True, False])
async def test_a_hung_adapter_does_not_keep_a_dapshim_that_is_told_to_stop(reads: bool):
    async with ring(ends=True) as scene:
        client, adapter = await scene.pair()
        await client.says(request(2, "threads"), request(3, "evaluate", expression="x"))
        assert [(await adapter.gets())["command"] for _ in range(2)] == ["threads", "evaluate"]
        if not reads:
            await fill(adapter)
        began = time.monotonic()
        scene.shim.process.send_signal(signal.SIGTERM)
        if reads:
            left, how = await client.end()
            assert (told(left), how) == ([(2, False), (3, False), "output", "terminated"], "FIN")
            assert all("dapshim was told to stop" in m["message"] for m in left if m["type"] == "response")
            assert await adapter.end() == ([], "FIN")
        with trio.fail_after(PROMISED):
            await scene.shim.process.wait()
        assert time.monotonic() - began < PROMISED
        assert scene.shim.process.returncode == 0


async def fill(adapter: RawPeer) -> None:
    """Send events until nobody takes more of them, since the client does not read."""
    line = framed(b'{"seq":7,"type":"event","event":"output","body":{"output":"' + b"x" * 10_000 + b'"}}')
    with trio.move_on_after(1) as scope:
        while True:
            await adapter.sends(line * 100)
            scope.deadline = trio.current_time() + 1
