"""A link on real sockets: what a number of a descriptor means changes when somebody closes it."""

from __future__ import annotations

import os
import socket

import pytest
import trio
import trio.testing

from dapshim.proxy.link import EndOfLinkError, Link
from dapshim.wire import messages
from dapshim.wire.framing import FramingError, frame


async def linked() -> tuple[Link, trio.SocketStream, int]:
    """Return a link to a client, the client's end, and the number of the link's descriptor."""
    ours, theirs = trio.socket.socketpair()
    return Link("client", trio.SocketStream(ours), 1000), trio.SocketStream(theirs), ours.fileno()


async def test_a_link_whose_stream_was_closed_takes_nothing_from_the_next_owner_of_its_descriptor():
    link, client, number = await linked()
    stranger, strangers_peer = socket.socketpair()
    await trio.aclose_forcefully(link.stream)
    with stranger, strangers_peer, os.fdopen(os.dup2(stranger.fileno(), number), "rb"):
        strangers_peer.sendall(b"a secret of another session")
        with pytest.raises(EndOfLinkError):
            await link.receive()
        link.post(messages.event("output").encode(1))
        link.push()
        assert link.broken
        assert stranger.recv(1000) == b"a secret of another session"
        strangers_peer.setblocking(False)
        with pytest.raises(BlockingIOError):
            strangers_peer.recv(1000)
    await client.aclose()


async def test_a_stream_that_is_closed_between_the_news_of_bytes_and_their_reading_ends_the_link(monkeypatch):
    link, client, number = await linked()
    stranger, strangers_peer = socket.socketpair()
    wait = trio.lowlevel.wait_readable

    async def wait_and_lose(descriptor: int) -> None:
        await wait(descriptor)
        await trio.aclose_forcefully(link.stream)
        os.dup2(stranger.fileno(), number)

    monkeypatch.setattr(trio.lowlevel, "wait_readable", wait_and_lose)
    with stranger, strangers_peer:
        strangers_peer.sendall(b"a secret of another session")
        await client.send_all(b"Content-Length: 2\r\n\r\n{}")
        with pytest.raises(EndOfLinkError):
            await link.receive()
        os.close(number)
        assert stranger.recv(1000) == b"a secret of another session"
    await client.aclose()


async def adapter_over_tcp() -> tuple[Link, trio.SocketStream]:
    """Return a link to an adapter over TCP that has spoken already, and the adapter's end."""
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    adapter = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
    link = Link("adapter", await listener.accept(), 10_000)
    await listener.aclose()
    await adapter.send_all(frame(b'{"seq":1,"type":"event","event":"initialized"}'))
    assert [message.name for message in await link.receive()] == ["initialized"]
    return link, adapter


async def test_a_header_alone_wakes_nobody_and_the_whole_message_does():
    link, adapter = await adapter_over_tcp()
    body = b'{"seq":2,"type":"event","event":"stopped"}'
    async with trio.open_nursery() as nursery:
        got: list[list[str]] = []

        async def read() -> None:
            got.append([message.name for message in await link.receive()])

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        await adapter.send_all(b"Content-Length: %d\r\n\r\n" % len(body))
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert got == []
        await adapter.send_all(body)
    assert got == [["stopped"]]
    await link.close()
    await adapter.aclose()


async def test_a_body_whose_last_byte_comes_alone_is_whole():
    link, adapter = await adapter_over_tcp()
    message = frame(b'{"seq":2,"type":"event","event":"stopped"}')
    await adapter.send_all(message[:-1])
    with trio.fail_after(60):
        assert await link.receive() == []
        await adapter.send_all(message[-1:])
        assert [each.name for each in await link.receive()] == ["stopped"]
    await link.close()
    await adapter.aclose()


async def test_what_is_shorter_than_any_message_is_noticed_too():
    link, adapter = await adapter_over_tcp()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.low_water.notice_stragglers)
        await adapter.send_all(b"garbage\r\n")
        with trio.fail_after(60), pytest.raises(FramingError):
            await link.receive()
        nursery.cancel_scope.cancel()
    await link.close()
    await adapter.aclose()
