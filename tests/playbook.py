"""A whole session between two scripted peers, without sockets: a test reads as the conversation.

    async with stage(MyShim()) as (client, adapter):
        await client.says(request(1, "threads"))
        await adapter.gets(request(1, "threads"))

A message that a peer gets must match what the test says, member for member as far as it says anything; a mismatch prints both,
and the conversation before it. A message that came and that the test forgot fails it at the end.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio
import trio.testing

from dapshim.proxy.adapter import Adapter, StartError
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.proxy.session import Session, SessionOptions
from dapshim.proxy.shim import Shim
from dapshim.wire.framing import MAX_ADAPTER_BODY, FrameReader, frame

Json = dict[str, Any]


def request(seq: int, command: str, **arguments: Any) -> Json:
    made: Json = {"seq": seq, "type": "request", "command": command}
    return {**made, "arguments": arguments} if arguments else made


def response(seq: int, to: int, command: str, *, success: bool = True, message: str | None = None, **body: Any) -> Json:
    made: Json = {"seq": seq, "type": "response", "request_seq": to, "success": success, "command": command}
    if message is not None:
        made["message"] = message
    return {**made, "body": body} if body else made


def event(seq: int, name: str, /, **body: Any) -> Json:
    made: Json = {"seq": seq, "type": "event", "event": name}
    return {**made, "body": body} if body else made


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """What `found` lacks or has otherwise than `expected` says; members that `expected` does not name may be anything."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        missing = [f"{where}.{key} is missing" for key in expected if key not in found]
        return missing + [
            text for key in expected if key in found for text in differences(expected[key], found[key], f"{where}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            text
            for index, pair in enumerate(zip(expected, found, strict=True))
            for text in differences(*pair, f"{where}[{index}]")
        ]
    if isinstance(expected, Containing):
        return (
            []
            if isinstance(found, str) and expected.text in found
            else [f"{where} does not contain {expected.text!r}: {found!r}"]
        )
    return [] if type(expected) is type(found) and expected == found else [f"{where}: {expected!r} expected, {found!r} found"]


@attrs.frozen
class Containing:
    """A text of which only a part is said."""

    text: str


@attrs.define(eq=False)
class Peer:
    """A scripted client or adapter."""

    name: str
    stream: trio.StapledStream[trio.testing.MemorySendStream, trio.testing.MemoryReceiveStream]
    told: list[str]
    reader: FrameReader = attrs.field(factory=lambda: FrameReader(MAX_ADAPTER_BODY))
    arrived: deque[bytes] = attrs.field(factory=deque)
    ended: bool = False

    async def says(self, *messages: Json) -> None:
        for message in messages:
            await self.sends(json.dumps(message).encode())

    async def sends(self, body: bytes) -> None:
        """Send a body as it is, framed."""
        self.told.append(f"{self.name} says {body.decode(errors='replace')[:300]}")
        await self.stream.send_all(frame(body))

    async def raw(self) -> bytes:
        """The next body that arrives."""
        with trio.fail_after(60):
            while not self.arrived:
                data = await self.stream.receive_some()
                if not data:
                    self.ended = True
                    raise AssertionError("\n".join([*self.told, f"{self.name}: the stream has ended"]))
                self.arrived.extend(self.reader.feed(data))
        body = self.arrived.popleft()
        self.told.append(f"{self.name} gets {body.decode(errors='replace')[:300]}")
        return body

    async def gets(self, *expected: Json) -> Json:
        """Read the next messages; each must match. Returns the last."""
        found: Json = {}
        for pattern in expected:
            try:
                found = json.loads(await self.raw())
            except trio.TooSlowError:
                raise AssertionError("\n".join([*self.told, f"{self.name} got nothing instead of {pattern}"])) from None
            wrong = differences(pattern, found)
            if wrong:
                raise AssertionError("\n".join([*self.told, f"expected {json.dumps(pattern, default=str)}", *wrong]))
        return found

    async def gets_end(self) -> None:
        """The other side ends its stream, and nothing came before that."""
        with trio.fail_after(60):
            while data := await self.stream.receive_some():
                self.arrived.extend(self.reader.feed(data))
        self.ended = True
        self.check_nothing_left()

    async def gets_nothing(self) -> None:
        """Nothing is on its way when everybody waits."""
        await trio.testing.wait_all_tasks_blocked()
        buffered = self.stream.receive_stream._incoming._data  # no public look waits for nothing
        self.arrived.extend(self.reader.feed(bytes(buffered)))
        buffered.clear()
        self.check_nothing_left()

    def check_nothing_left(self) -> None:
        if self.arrived:
            left = [body.decode(errors="replace")[:300] for body in self.arrived]
            raise AssertionError("\n".join([*self.told, f"{self.name} got what nobody expected:", *left]))

    async def hangs_up(self) -> None:
        self.told.append(f"{self.name} hangs up")
        await self.stream.aclose()


@attrs.define(eq=False)
class ScriptedAdapter:
    """What a session thinks is its adapter; `pid` makes it one that dapshim started."""

    stream: trio.abc.Stream
    pid: int | None = None
    outputs: Mapping[str, trio.abc.ReceiveStream] = attrs.field(factory=dict)
    told: list[tuple[int | None, bool]] = attrs.field(factory=list)
    ended: list[bool] = attrs.field(factory=list)
    builds: int = 0
    stopped: int = 0
    binary: str | None = None

    def debugs(self, debuggee: int | None, *, built: bool) -> None:
        self.told.append((debuggee, built))

    async def watch_build(self) -> None:
        self.builds += 1

    async def stop_build(self) -> None:
        self.stopped += 1

    async def end(self, *, attached: bool) -> None:
        self.ended.append(attached)
        await self.close()

    async def close(self) -> None:
        await trio.aclose_forcefully(self.stream)


@attrs.define(eq=False)
class Stage:
    """The two peers, and the session between them."""

    client: Peer
    adapter: Peer
    session: Session
    scripted: ScriptedAdapter
    breakpoints: Breakpoints

    def __iter__(self) -> Any:
        return iter((self.client, self.adapter))


@asynccontextmanager
async def stage(
    *shims: Shim,
    relay_only: bool = False,
    pid: int | None = None,
    outputs: Mapping[str, trio.abc.ReceiveStream] | None = None,
    start_error: str | None = None,
    dial_at_once: bool = False,
    strict: bool = True,
    own_layers: tuple[Breakpoints, HiddenStops] | None = None,
) -> AsyncIterator[Stage]:
    """Run a session between a scripted client and a scripted adapter; `strict` fails it for messages that nobody read."""
    told: list[str] = []
    client_end, client_stream = trio.testing.memory_stream_pair()
    adapter_end, adapter_stream = trio.testing.memory_stream_pair()
    scripted = ScriptedAdapter(adapter_stream, pid, outputs or {})
    breakpoints = Breakpoints() if own_layers is None else own_layers[0]
    layers = [*shims, breakpoints, HiddenStops(breakpoints) if own_layers is None else own_layers[1]]

    async def source() -> Adapter:
        if start_error is not None:
            raise StartError(start_error)
        return scripted

    session = Session(1, client_stream, SessionOptions(source, None if relay_only else lambda: layers, dial_at_once), None)
    client, adapter = Peer("client", client_end, told), Peer("adapter", adapter_end, told)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.run)
        yield Stage(client, adapter, session, scripted, breakpoints)
        if strict:
            await client.gets_nothing() if not client.ended else None
            await adapter.gets_nothing() if not adapter.ended else None
        await client.stream.aclose()
        await adapter.stream.aclose()
