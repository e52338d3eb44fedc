"""The least of DAP that the tests of this room need to make a real dlv build, run and attach."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import trio

Body = dict[str, Any]


class RawDap:
    """A client on a byte stream: posts requests, and reads until the message that is waited for."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._seq = 0
        self._read = b""

    async def post(self, command: str, arguments: Body | None = None) -> int:
        self._seq += 1
        body = json.dumps({"seq": self._seq, "type": "request", "command": command, "arguments": arguments or {}}).encode()
        await self._stream.send_all(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._seq

    async def ask(self, command: str, arguments: Body | None = None) -> Body:
        seq = await self.post(command, arguments)
        answer = await self.until(lambda message: message.get("request_seq") == seq)
        assert answer["success"], answer
        return answer

    async def event(self, name: str) -> Body:
        message = await self.until(lambda message: message.get("event") == name)
        body: Body = message.get("body", {})
        return body

    async def until(self, wanted: Callable[[Body], bool]) -> Body:
        while True:
            message = await self._receive()
            if wanted(message):
                return message

    async def _receive(self) -> Body:
        while True:
            head, end, rest = self._read.partition(b"\r\n\r\n")
            size = int(head.removeprefix(b"Content-Length: ")) if end else 0
            if end and len(rest) >= size:
                self._read = rest[size:]
                message: Body = json.loads(rest[:size])
                return message
            data = await self._stream.receive_some(65536)
            assert data, "dlv closed the connection"
            self._read += data

    async def begin(self) -> None:
        await self.ask("initialize", {"adapterID": "go", "pathFormat": "path"})

    async def launch(self, program: str, *arguments: str) -> int:
        """Run an executable; return its process id."""
        await self.begin()
        await self.post("launch", {"mode": "exec", "program": program, "args": list(arguments)})
        process = await self.event("process")
        await self.event("initialized")
        await self.ask("configurationDone")
        return int(process["systemProcessId"])

    async def attach(self, pid: int) -> None:
        """Attach to a process and let it go on."""
        await self.begin()
        await self.post("attach", {"mode": "local", "processId": pid})
        await self.event("initialized")
        await self.ask("configurationDone")
