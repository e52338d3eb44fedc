"""Peers that keep no rule: both ends of a dapshim as raw connections, on which a test says any bytes when it wants.

Nothing of dapshim's code is used here, so that a fault there cannot hide itself.
"""

from __future__ import annotations

import fcntl
import json
import re
import socket
import struct
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import attrs
import trio

from tests.real import BOUND, Running, children, dapshim

Json = dict[str, Any]
How = Literal["FIN", "RST"]

MIB = 1024 * 1024


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def request(seq: int, command: str, **arguments: Any) -> Json:
    made: Json = {"seq": seq, "type": "request", "command": command}
    return {**made, "arguments": arguments} if arguments else made


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@attrs.define(eq=False)
class RawPeer:
    """One end of a connection."""

    stream: trio.SocketStream
    _buffer: bytearray = attrs.field(factory=bytearray)
    _last_seq: int = 0

    async def sends(self, data: bytes) -> None:
        with trio.fail_after(BOUND):
            await self.stream.send_all(data)

    async def says(self, *messages: Json) -> None:
        """Send messages, each framed."""
        await self.sends(b"".join(framed(json.dumps(message).encode()) for message in messages))

    async def answers(self, asked: Json, *, success: bool = True, **body: Any) -> None:
        """Answer a request as an adapter does."""
        self._last_seq += 1
        named = {"type": "response", "request_seq": asked["seq"], "success": success, "command": asked["command"]}
        await self.says({"seq": self._last_seq, **named, "body": body})

    async def tells(self, event: str, **body: Any) -> None:
        """Send an event as an adapter does."""
        self._last_seq += 1
        await self.says({"seq": self._last_seq, "type": "event", "event": event, "body": body})

    async def gets(self) -> Json:
        """Return the next message; fails at the end of the stream."""
        message: Json = json.loads(await self.gets_body())
        return message

    async def gets_body(self) -> bytes:
        """Return the next body as it came; fails at the end of the stream."""
        with trio.fail_after(BOUND):
            while (body := self._take()) is None:
                data = await self.stream.receive_some(MIB)
                assert data, "the stream has ended"
                self._buffer += data
        return body

    async def end(self) -> tuple[list[Json], How]:
        """Read to the end; return the messages that still came, and how the other side ended."""
        how: How = "FIN"
        with trio.fail_after(BOUND):
            try:
                async for data in self.stream:
                    self._buffer += data
            except trio.BrokenResourceError:
                how = "RST"
        messages = []
        while (body := self._take()) is not None:
            messages.append(json.loads(body))
            if len(messages) % 500 == 0:
                await trio.lowlevel.checkpoint()  # for those who measure at the same time
        assert not self._buffer, f"half a message at the end: {bytes(self._buffer[:100])!r}"
        return messages, how

    async def vanishes(self, how: How = "FIN") -> None:
        """Close both halves, as a process that ends does; with RST, as one that ends with unread data does.

        A reset throws away what the other machine has not taken yet, so that is waited for.
        """
        if how == "RST":
            with trio.fail_after(BOUND):
                while self._untaken():
                    await trio.sleep(0.01)
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await trio.aclose_forcefully(self.stream)

    def _untaken(self) -> int:
        """Return how many bytes that were sent the other side's system has not acknowledged."""
        count = fcntl.ioctl(self.stream.socket.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
        return int(struct.unpack("i", count)[0])

    def _take(self) -> bytes | None:
        head = re.match(rb"Content-Length: (\d+)\r\n\r\n", self._buffer)
        if head is None:
            assert len(self._buffer) < 40, f"not a header that Delve would send: {bytes(self._buffer[:40])!r}"
            return None
        end = head.end() + int(head[1])
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[head.end() : end])
        del self._buffer[:end]
        return body


@attrs.define(eq=False)
class Door:
    """A port at which the scripted adapter is reached; `streams` are all that came."""

    listener: trio.SocketListener
    streams: list[trio.SocketStream] = attrs.field(factory=list)
    _taken: int = 0
    _arrived: trio.Event = attrs.field(factory=trio.Event)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listener.socket.getsockname()[1]}"

    async def serve(self) -> None:
        while True:
            self.streams.append(await self.listener.accept())
            self._arrived.set()

    async def opened(self) -> RawPeer:
        """Return the next connection that came."""
        with trio.fail_after(BOUND):
            while self._taken == len(self.streams):
                self._arrived = trio.Event()
                await self._arrived.wait()
        self._taken += 1
        return RawPeer(self.streams[self._taken - 1])


@asynccontextmanager
async def door() -> AsyncIterator[Door]:
    """Listen as an adapter."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    opened = Door(listener)
    async with listener, trio.open_nursery() as nursery:
        nursery.start_soon(opened.serve)
        try:
            yield opened
        finally:
            # Closed before the cancellation: a checkpoint after it would put Cancelled in the place of a test's failure.
            for stream in opened.streams:
                await trio.aclose_forcefully(stream)
            nursery.cancel_scope.cancel()


async def dial(shim: Running) -> RawPeer:
    """Connect to a dapshim as a client."""
    stream = (await shim.connect()).stream
    assert isinstance(stream, trio.SocketStream)
    return RawPeer(stream)


@attrs.define(eq=False)
class Ring:
    """A dapshim with `--connect` between this test's clients and this test's adapters."""

    shim: Running
    door: Door
    relay_only: bool

    async def pair(self) -> tuple[RawPeer, RawPeer]:
        """Begin a session and return its client and its adapter, with `initialize` asked and answered."""
        client = await dial(self.shim)
        await client.says(request(1, "initialize", adapterID="go"))
        adapter = await self.door.opened()
        await adapter.answers(await adapter.gets())
        assert (await client.gets())["request_seq"] == 1
        return client, adapter

    async def check_alive(self) -> None:
        """Fail unless a new session works, whatever others did."""
        client, adapter = await self.pair()
        await client.says(request(2, "disconnect"))
        await adapter.answers(await adapter.gets())
        await adapter.vanishes()
        assert [message["type"] for message in (await client.end())[0]] == (
            ["response"] if self.relay_only else ["response", "event"]
        )
        await client.vanishes()


@asynccontextmanager
async def ring(*arguments: str, ends: bool = False) -> AsyncIterator[Ring]:
    """Run dapshim between scripted peers; afterwards it has logged no traceback and still serves, unless the test `ends` it."""
    async with door() as opened, dapshim("--connect", opened.address, *arguments) as shim:
        made = Ring(shim, opened, relay_only="off" in arguments)
        yield made
        if not ends:
            await made.check_alive()
        for stream in [*opened.streams, *(client.stream for client in shim.clients)]:
            await trio.aclose_forcefully(stream)
        assert b"Traceback" not in shim.stderr, shim.stderr.decode()


def memory(pid: int, what: Literal["VmHWM", "VmRSS"]) -> float:
    """Return the peak (VmHWM) or present (VmRSS) memory of a process in MiB."""
    found = re.search(rf"^{what}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def descriptors(pid: int) -> list[str]:
    """Return what the open file descriptors of a process are."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(entry.readlink()))
        except FileNotFoundError:
            continue
    return found


def dlvs(pid: int) -> list[int]:
    """Return the dlv processes that a dapshim has started."""
    found = []
    for child in children(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            if Path(f"/proc/{child}/comm").read_text() == "dlv\n":
                found.append(child)
    return found


async def at_rest(pid: int) -> None:
    """Wait until a process has neither read, written nor computed for a while: all between its peers stands still."""
    still, last = 0, ""
    with trio.fail_after(BOUND):
        while still < 20:
            moved = Path(f"/proc/{pid}/io").read_text().splitlines()[:4]
            computed = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            now = " ".join([*moved, *computed])
            still, last = (still + 1, last) if now == last else (0, now)
            await trio.sleep(0.02)
