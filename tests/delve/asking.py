"""Who asks dlv in the tests of reading a program at a distance: one that has nothing but calls, and one that is a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import msgspec
import trio

from dapshim.wire.framing import MAX_ADAPTER_BODY, FrameReader
from dapshim.wire.messages import Message
from dapshim.wire.parsing import parse
from tests.real import BOUND, clean_environment, serving, tool

Body = dict[str, Any]


@attrs.define(eq=False)
class DlvAsker:
    """An `Asker` on a stream to a real dlv: what was asked and what came is kept."""

    stream: trio.abc.Stream
    asked: list[tuple[str, Any]] = attrs.field(factory=list)
    events: list[str] = attrs.field(factory=list)
    received: int = 0
    _waiting: dict[int, tuple[trio.Event, list[Message]]] = attrs.field(factory=dict)
    _sending: trio.Lock = attrs.field(factory=trio.Lock)
    _news: trio.Event = attrs.field(factory=trio.Event)

    async def run(self) -> None:
        reader = FrameReader(MAX_ADAPTER_BODY)
        while data := await self.stream.receive_some(1 << 18):
            self.received += len(data)
            for body in reader.feed(data):
                message = parse(body)
                if message.kind == "event" and b"built with trimpath" not in body:  # which dlv says whoever attaches
                    self.events.append(message.name)
                elif message.request_seq in self._waiting:
                    event, got = self._waiting[message.request_seq]
                    got.append(message)
                    event.set()
                self._news.set()
                self._news = trio.Event()

    async def call(self, command: str, arguments: object | None = None, *, deadline: float = BOUND) -> Message:
        self.asked.append((command, arguments))
        seq = len(self.asked)
        event, got = self._waiting[seq] = trio.Event(), []
        body = msgspec.json.encode({"seq": seq, "type": "request", "command": command, "arguments": arguments or {}})
        async with self._sending:
            await self.stream.send_all(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        with trio.fail_after(deadline):
            await event.wait()
        return got[0]

    async def event(self, name: str) -> None:
        with trio.fail_after(BOUND):
            while name not in self.events:
                await self._news.wait()


@asynccontextmanager
async def initialized(command: list[str], folder: Path) -> AsyncIterator[DlvAsker]:
    """Start a dlv in a folder, and initialize; it goes when it has been disconnected from."""
    where = serving(command, r"(?:API|DAP) server listening at: (.*)", clean_environment(), folder)
    async with where as server, trio.open_nursery() as nursery:
        asker = DlvAsker(await trio.open_tcp_stream("127.0.0.1", server.port))
        nursery.start_soon(asker.run)
        await asker.call("initialize", {"adapterID": "go", "pathFormat": "path"})
        try:
            yield asker
            await asker.call("disconnect", {"terminateDebuggee": True})
        finally:
            nursery.cancel_scope.cancel()
            await trio.aclose_forcefully(asker.stream)


@asynccontextmanager
async def attached(binary: Path, *flags: str) -> AsyncIterator[DlvAsker]:
    """Attach to a headless dlv that runs the program, and halt; the conversation stands before `configurationDone`."""
    command = [tool("dlv"), "exec", "--headless", "--listen=127.0.0.1:0", "--check-go-version=false", *flags, str(binary)]
    async with initialized(command, binary.parent) as asker, trio.open_nursery() as nursery:
        nursery.start_soon(asker.call, "attach", {"mode": "remote"})
        await asker.event("initialized")
        yield asker


@attrs.define(eq=False)
class ScriptedAsker:
    """An `Asker` whose answers are a function of the request: a body, a text (a refusal), or None for none at all."""

    answer: Callable[[str, Body], Body | bytes | str | None]
    asked: list[tuple[str, Body]] = attrs.field(factory=list)

    async def call(self, command: str, arguments: object | None = None, *, deadline: float = BOUND) -> Message:
        given: Body = arguments if isinstance(arguments, dict) else {}
        self.asked.append((command, given))
        await trio.lowlevel.checkpoint()
        answer = self.answer(command, given)
        if answer is None:
            await trio.sleep(deadline)
            raise AssertionError(f"{command} was not given up before its deadline")
        if isinstance(answer, bytes):
            return parse(answer)
        made: Body = {
            "seq": 1,
            "type": "response",
            "request_seq": 1,
            "command": command,
            "success": not isinstance(answer, str),
        }
        made |= {"body": {"error": {"id": 1, "format": answer}} if isinstance(answer, str) else answer}
        return parse(msgspec.json.encode(made))
