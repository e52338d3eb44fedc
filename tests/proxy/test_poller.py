"""The poller waits in Trio's place: bytes of a link are passed on in its turn, and nothing else has to wait for that."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trio
import trio.lowlevel
import trio.testing

from dapshim.proxy import poller
from dapshim.proxy.link import EndOfLinkError, Link
from dapshim.wire.framing import FramingError, frame
from dapshim.wire.messages import Message

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no epoll; links wait by their own tasks there")

EVENT = frame(b'{"seq":1,"type":"event","event":"output","body":{}}')


@contextmanager
def a_link() -> Iterator[tuple[Link, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        yield Link("client", trio.SocketStream(trio.socket.from_stdlib_socket(ours)), 1 << 20), theirs


class Taker:
    """Notes what is passed on at once; `go_on` is what it answers."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.tasks: list[trio.lowlevel.Task | None] = []
        self.go_on = True
        self.heard = trio.Event()

    def __call__(self, batch: list[Message]) -> bool:
        self.got += [message.name for message in batch]
        if batch:
            self.heard.set()
        return self.go_on


async def test_this_trio_shows_what_the_poller_needs():
    with poller.polling() as made:
        assert made is not None
        assert poller.current() is made
    assert poller.current() is None


async def test_a_thread_that_computes_gives_way_soon_and_only_as_long_as_there_is_a_poller():
    before = sys.getswitchinterval()
    with poller.polling():
        assert sys.getswitchinterval() == pytest.approx(poller.SWITCH, rel=0.01)
    assert sys.getswitchinterval() == before


async def test_messages_are_passed_on_while_the_reader_goes_on_waiting(nursery):
    with poller.polling(), a_link() as (link, peer):
        take = Taker()
        ended: list[str] = []

        async def read() -> None:
            with pytest.raises(EndOfLinkError):
                await link.receive(take)
            ended.append("end")

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(3):
            take.heard = trio.Event()
            peer.sendall(EVENT)
            await take.heard.wait()
        assert take.got == ["output"] * 3
        assert not ended
        peer.shutdown(socket.SHUT_WR)
        while not ended:
            await trio.lowlevel.checkpoint()
        await link.close()


async def test_without_a_poller_the_reader_gets_everything():
    with a_link() as (link, peer):
        take = Taker()
        peer.sendall(EVENT)
        assert [message.name for message in await link.receive(take)] == ["output"]
        assert not take.got
        await link.close()


async def test_pieces_of_a_message_are_put_together(nursery):
    with poller.polling(), a_link() as (link, peer):
        take = Taker()
        nursery.start_soon(link.receive, take)
        for piece in (EVENT[:5], EVENT[5:30], EVENT[30:] + EVENT[:40], EVENT[40:]):
            await trio.testing.wait_all_tasks_blocked()
            peer.sendall(piece)
        await take.heard.wait()
        while len(take.got) < 2:
            await trio.sleep(0.001)
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await link.close()


async def test_one_that_wants_no_more_lets_the_reader_go_on():
    with poller.polling(), a_link() as (link, peer):
        take = Taker()
        take.go_on = False
        peer.sendall(EVENT)
        assert await link.receive(take) == []
        assert take.got == ["output"]
        await link.close()


async def test_what_takes_long_to_read_is_left_to_the_reader():
    with poller.polling(), a_link() as (link, peer):
        take = Taker()
        slow = frame(b'{"seq":2,"type":"event","event":"stopped","body":{"x":"\\ud800"}}')
        peer.sendall(EVENT + slow + EVENT)
        assert [message.name for message in await link.receive(take)] == ["stopped", "output"]
        assert take.got == ["output"]
        await link.close()


async def test_garbage_behind_a_message_fails_the_link_after_it():
    with poller.polling(), a_link() as (link, peer):
        take = Taker()
        peer.sendall(EVENT + b"GET / HTTP/1.1\r\n\r\n")
        assert await link.receive(take) == []
        assert take.got == ["output"]
        with pytest.raises(FramingError):
            await link.receive(take)
        await link.close()


async def test_garbage_alone_fails_the_link():
    with poller.polling(), a_link() as (link, peer):
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(FramingError):
            await link.receive(Taker())
        await link.close()


async def test_an_error_in_the_pollers_turn_is_the_readers():
    def fail(_batch: list[Message]) -> bool:
        raise ValueError("of ours")

    with poller.polling() as made, a_link() as (link, peer):
        peer.sendall(EVENT)
        with pytest.raises(ValueError, match="of ours"):
            await link.receive(fail)
        await link.close()
        # Trio takes an instrument away that raises.
        assert poller.current() is made


async def test_a_link_that_is_closed_lets_its_reader_go(nursery):
    with poller.polling(), a_link() as (link, _peer):
        ended = trio.Event()

        async def read() -> None:
            with pytest.raises(EndOfLinkError):
                await link.receive(Taker())
            ended.set()

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        await link.close()
        await ended.wait()


async def test_a_descriptor_that_was_closed_and_given_to_another_is_not_read(nursery):
    with poller.polling() as made, a_link() as (link, _peer):
        assert made is not None
        assert isinstance(link.stream, trio.SocketStream)
        number = link.stream.socket.fileno()
        ended = trio.Event()

        async def read() -> None:
            with pytest.raises(EndOfLinkError):
                await link.receive(Taker())
            ended.set()

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        stranger, strangers_peer = socket.socketpair()
        # Closed behind the link's back, and the number is another's at once.
        link.stream.socket.close()
        with stranger, strangers_peer, os.fdopen(os.dup2(stranger.fileno(), number), "rb", closefd=True):
            made._epoll.register(number)
            strangers_peer.sendall(b"a secret of another session")
            await ended.wait()
            assert stranger.recv(1000) == b"a secret of another session"


async def test_a_cancelled_reader_is_forgotten():
    with poller.polling() as made, a_link() as (link, peer):
        assert made is not None
        take = Taker()
        with trio.move_on_after(0.01):
            await link.receive(take)
        assert not made._handlers
        peer.sendall(EVENT)
        await trio.sleep(0.01)
        assert not take.got
        await link.close()


async def test_tasks_timers_threads_and_other_sockets_do_not_wait_for_a_link_that_never_rests(nursery):
    with poller.polling(), a_link() as (link, peer):
        stop = threading.Event()

        def chatter() -> None:
            peer.settimeout(0.1)
            while not stop.is_set():
                try:
                    peer.sendall(EVENT * 20)
                except TimeoutError:
                    continue

        talker = threading.Thread(target=chatter)
        talker.start()
        try:
            with trio.fail_after(20):
                nursery.start_soon(link.receive, Taker())
                for _ in range(20):
                    await trio.sleep(0.001)
                    await trio.to_thread.run_sync(int)
                    ours, theirs = trio.socket.socketpair()
                    await theirs.send(b"x")
                    assert await ours.recv(1) == b"x"
                    ours.close()
                    theirs.close()
        finally:
            stop.set()
            talker.join()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await link.close()


async def test_a_deadline_is_kept_when_a_link_is_quiet(nursery):
    with poller.polling(), a_link() as (link, _peer):
        nursery.start_soon(link.receive, Taker())
        await trio.testing.wait_all_tasks_blocked()
        begun = trio.current_time()
        with trio.move_on_after(0.2) as scope:
            await trio.sleep_forever()
        assert scope.cancelled_caught
        # Waited for once by us and once more by Trio, it would be 0.4 s and more.
        assert trio.current_time() - begun < 0.39
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await link.close()
