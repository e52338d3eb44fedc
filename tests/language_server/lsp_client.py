"""A scripted client of the language server, over pipes. It knows nothing of pygls, so that a fault there cannot hide itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs
import trio
import trio.testing

from tests.real import BOUND, clean_environment

Json = dict[str, Any]
Stream = TypeVar("Stream", bound=trio.abc.Stream)


class RequestFailed(Exception):  # noqa: N818 - it is what happened
    """The server answered with an error, which is `error`."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["message"])
        self.error = error


@attrs.define(eq=False)
class LspClient:
    """One server. `log` is all that it sent, `diagnostics` the last ones of each file; `program` is None for one in here."""

    outgoing: trio.abc.SendStream
    incoming: trio.abc.ReceiveStream
    program: trio.Process | None = None
    log: list[Json] = attrs.field(factory=list)
    diagnostics: dict[str, list[Json]] = attrs.field(factory=dict)
    versions: dict[str, int] = attrs.field(factory=dict)
    published_at: dict[str, float] = attrs.field(factory=dict)
    stderr: bytearray = attrs.field(factory=bytearray)
    capabilities: Json = attrs.field(factory=dict)
    answer: Callable[[Json], Any] = lambda _: None
    """What the server's own requests are answered with."""
    streams: list[trio.abc.Stream] = attrs.field(factory=list)
    _number: int = 0
    _news: trio.Event = attrs.field(factory=trio.Event)
    _ended: bool = False

    def keep(self, stream: Stream) -> Stream:
        """Have a stream be closed in the end, and return it."""
        self.streams.append(stream)
        return stream

    @property
    def process(self) -> trio.Process:
        assert self.program is not None
        return self.program

    async def raw(self, data: bytes) -> None:
        await self.outgoing.send_all(data)

    async def send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        await self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def notify(self, method: str, params: Any = None) -> None:
        await self.send({"method": method, "params": params})

    async def begin(self, method: str, params: Any = None) -> int:
        self._number += 1
        await self.send({"id": self._number, "method": method, "params": params})
        return self._number

    async def answered(self, number: int) -> Any:
        message = await self.until(lambda each: each.get("id") == number and "method" not in each)
        if "error" in message:
            raise RequestFailed(message["error"])
        return message.get("result")

    async def ask(self, method: str, params: Any = None) -> Any:
        return await self.answered(await self.begin(method, params))

    async def until(self, wanted: Callable[[Json], bool], since: int = 0) -> Json:
        """Return the first message that is wanted, from number `since` of the log on."""
        seen = since
        with trio.fail_after(BOUND):
            while True:
                for index in range(seen, len(self.log)):
                    if wanted(self.log[index]):
                        return self.log[index]
                seen = len(self.log)
                assert not self._ended, f"the server has gone: {bytes(self.stderr[-3000:]).decode()}"
                await self._news.wait()

    async def shown(self, path: Path, wanted: Callable[[list[Json]], bool]) -> list[Json]:
        """Wait until the diagnostics of a file are as wanted, and return them."""
        uri = path.as_uri()
        with trio.fail_after(BOUND):
            while not wanted(self.diagnostics.get(uri, [])):
                assert not self._ended, f"the server has gone: {bytes(self.stderr[-3000:]).decode()}"
                await self._news.wait()
        return self.diagnostics.get(uri, [])

    async def code(self, path: Path, code: str) -> Json:
        """Wait for the diagnostic of a code, and return it."""
        found = await self.shown(path, lambda listed: any(each["code"] == code for each in listed))
        return next(each for each in found if each["code"] == code)

    async def open(self, path: Path, text: str | None = None, version: int = 1) -> None:
        document = {
            "uri": path.as_uri(),
            "languageId": "jsonc",
            "version": version,
            "text": path.read_text() if text is None else text,
        }
        await self.notify("textDocument/didOpen", {"textDocument": document})

    async def change(self, path: Path, text: str, version: int) -> None:
        """Send the whole text; see `type` for a piece of it."""
        document = {"uri": path.as_uri(), "version": version}
        await self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    async def type(self, path: Path, line: int, character: int, text: str, version: int) -> None:
        """Insert a text, as typing does."""
        position = {"line": line, "character": character}
        change = {"range": {"start": position, "end": position}, "text": text}
        document = {"uri": path.as_uri(), "version": version}
        await self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    async def save(self, path: Path) -> None:
        await self.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})

    async def actions(self, path: Path, where: Json) -> list[Json]:
        params = {"textDocument": {"uri": path.as_uri()}, "range": where, "context": {"diagnostics": []}}
        found: list[Json] = await self.ask("textDocument/codeAction", params)
        return found

    async def initialize(self, folder: Path | None, *, options: Any = None, capabilities: Json | None = None) -> Json:
        if isinstance(options, dict):
            options = {"warmBuilds": False, **options}  # who asks for none would only be slowed down by the others'
        made = {
            "processId": os.getpid(),
            "rootUri": folder.as_uri() if folder is not None else None,
            "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}] if folder is not None else None,
            "capabilities": capabilities or {},
            "initializationOptions": options,
        }
        result: Json = await self.ask("initialize", made)
        self.capabilities = result["capabilities"]
        await self.notify("initialized", {})
        return result

    async def shut_down(self) -> int:
        """End it as LSP says, and return its exit code."""
        await self.ask("shutdown")
        await self.notify("exit")
        return await self.ended()

    async def ended(self) -> int:
        with trio.fail_after(BOUND):
            return await self.process.wait()

    async def _read(self) -> None:
        buffer = bytearray()
        async for data in self.incoming:
            buffer += data
            while (head := re.match(rb"Content-Length: (\d+)\r\n(?:[^\r\n]+\r\n)*\r\n", buffer)) is not None:
                end = head.end() + int(head[1])
                if len(buffer) < end:
                    break
                message = json.loads(buffer[head.end() : end])
                del buffer[:end]
                await self._take(message)
        self._ended = True
        self._tell()

    async def _take(self, message: Json) -> None:
        self.log.append(message)
        if message.get("method") == "textDocument/publishDiagnostics":
            uri = message["params"]["uri"]
            self.diagnostics[uri] = message["params"]["diagnostics"]
            self.versions[uri] = message["params"].get("version")
            self.published_at[uri] = trio.current_time()
        elif "method" in message and "id" in message:
            await self.send({"id": message["id"], "result": self.answer(message)})
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def _keep_stderr(self) -> None:
        assert self.process.stderr is not None
        async for data in self.process.stderr:
            self.stderr += data


@asynccontextmanager
async def lsp(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, python: tuple[str, ...] = ()
) -> AsyncIterator[LspClient]:
    """Start `dapshim lsp`, and see that it is gone in the end."""
    command = [sys.executable, *(python or ("-m", "dapshim")), *arguments, "lsp"]
    process = await trio.lowlevel.open_process(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env) if env is not None else clean_environment(),
        cwd=cwd,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    client = LspClient(process.stdin, process.stdout, process)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client._read)
        nursery.start_soon(client._keep_stderr)
        try:
            yield client
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + BOUND):
                if process.returncode is None:
                    process.terminate()
                await process.wait()
                for pipe in (process.stdin, process.stdout, process.stderr, *client.streams):
                    if pipe is not None:
                        await trio.aclose_forcefully(pipe)
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def lsp_here() -> AsyncIterator[LspClient]:
    """Run the server in the test's own process, with its environment; quick, since pygls is imported once."""
    from dapshim.language_server.server import serve
    from dapshim.options.layers import resolve

    to_server, to_client = trio.testing.memory_stream_one_way_pair(), trio.testing.memory_stream_one_way_pair()
    client = LspClient(to_server[0], to_client[1])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client._read)
        nursery.start_soon(serve, resolve(()), to_server[1], to_client[0])
        yield client
        await to_server[0].aclose()
        for stream in client.streams:
            await trio.aclose_forcefully(stream)
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()
