"""An editor's side of the Language Server Protocol, as far as a demo needs it; over the pipes of a `dapshim lsp`.

It knows no rule of dapshim's and needs no pygls. Columns are characters: the server is asked for UTF-32.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec
import trio

from dapshim.cli.demo_listener import Listener, ListenerError
from dapshim.wire.framing import MAX_ADAPTER_BODY, FrameReader, FramingError, frame

Json = dict[str, Any]

_BYTES: Final = 64 * 1024
_CAPABILITIES: Final[Json] = {"general": {"positionEncodings": ["utf-32"]}}


@attrs.define(eq=False)
class Editor:
    """One window: its server, the texts that are open, and the findings that are shown in each."""

    server: Listener
    texts: dict[Path, str] = attrs.Factory(dict)
    shown: dict[Path, list[Json]] = attrs.Factory(dict)
    _answers: dict[int, Json] = attrs.Factory(dict)
    _versions: dict[Path, int] = attrs.Factory(dict)
    _number: int = 0
    _ended: str = ""
    _news: trio.Event = attrs.Factory(trio.Event)

    async def run(self) -> None:
        """Read what the server says until it ends; who waits then gets a ListenerError."""
        reader, stream = FrameReader(MAX_ADAPTER_BODY), self.server.process.stdout
        ended = "the language server has ended"
        try:
            while stream is not None and (data := await stream.receive_some(_BYTES)):
                for body in reader.feed(data):
                    await self._take(msgspec.json.decode(body, type=Json))
        except (FramingError, msgspec.MsgspecError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            ended = f"the language server could not be understood ({error})"
        finally:
            self._ended = ended
            self._wake()

    async def begin(self, folder: Path) -> Json:
        """Open a folder that is trusted; return what the server says of itself."""
        workspace = [{"uri": folder.as_uri(), "name": folder.name}]
        # No build before F5: what the demo shows is what it does itself.
        options = {"workspaceTrust": True, "warmBuilds": False}
        answer: Json = await self.ask(
            "initialize",
            {"processId": None, "workspaceFolders": workspace, "capabilities": _CAPABILITIES, "initializationOptions": options},
        )
        await self._send({"method": "initialized", "params": {}})
        return answer

    async def open(self, path: Path) -> None:
        """Open a file, as it is on the disk."""
        self.texts[path] = await trio.Path(path).read_text(encoding="utf-8")
        self._versions[path] = 1
        document = {"uri": path.as_uri(), "languageId": "jsonc", "version": 1, "text": self.texts[path]}
        await self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    async def ask(self, method: str, params: Any) -> Any:
        """Send a request and return its result.

        Raises:
            ListenerError: it is refused, or the server ends.

        """
        self._number += 1
        number = self._number
        await self._send({"id": number, "method": method, "params": params})
        await self.until(lambda: number in self._answers)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise ListenerError(f"the language server refused {method}: {answer['error'].get('message')}")
        return answer.get("result")

    async def close(self) -> int:
        """Close the window: end the server as the protocol says, and return its exit code."""
        await self.ask("shutdown", None)
        await self._send({"method": "exit"})
        return await self.server.process.wait()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something has happened that the server tells of."""
        while not happened():
            if self._ended:
                raise ListenerError(self._ended)
            await self._news.wait()

    async def quick_fix(self, path: Path, finding: Json) -> Json | None:
        """Return the fix of a finding that an editor would offer first; None where there is none."""
        params = {"textDocument": {"uri": path.as_uri()}, "range": finding["range"], "context": {"diagnostics": [finding]}}
        actions: list[Json] = await self.ask("textDocument/codeAction", params) or []
        return next((each for each in actions if each.get("isPreferred")), None)

    async def apply(self, action: Json) -> None:
        """Do a fix: make its edits and save them, or have the server do its command."""
        for change in action.get("edit", {}).get("documentChanges", ()):
            path = next(each for each in self.texts if each.as_uri() == change["textDocument"]["uri"])
            await self._change(path, edited(self.texts[path], change["edits"]))
            await self._save(path)
        if "command" in action:
            command = action["command"]
            await self.ask("workspace/executeCommand", {name: command[name] for name in ("command", "arguments")})
            await self._reload()

    async def _change(self, path: Path, text: str) -> None:
        self.texts[path] = text
        self._versions[path] += 1
        document = {"uri": path.as_uri(), "version": self._versions[path]}
        changes = {"textDocument": document, "contentChanges": [{"text": text}]}
        await self._send({"method": "textDocument/didChange", "params": changes})

    async def _save(self, path: Path) -> None:
        await trio.Path(path).write_text(self.texts[path], encoding="utf-8")
        await self._send({"method": "textDocument/didSave", "params": {"textDocument": {"uri": path.as_uri()}}})

    async def _reload(self) -> None:
        """Take up what another program has written, as editors do with a text that has no changes of its own."""
        for path, text in self.texts.items():
            there = await trio.Path(path).read_text(encoding="utf-8")
            if there != text:
                await self._change(path, there)

    async def _send(self, message: Json) -> None:
        stream = self.server.process.stdin
        if stream is not None:
            await stream.send_all(frame(msgspec.json.encode({"jsonrpc": "2.0", **message})))

    async def _take(self, message: Json) -> None:
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            path = next((each for each in self.texts if each.as_uri() == params["uri"]), None)
            if path is not None:
                self.shown[path] = params["diagnostics"]
        elif "method" in message and "id" in message:
            await self._send({"id": message["id"], "result": None})
        elif "id" in message:
            self._answers[message["id"]] = message
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()


def edited(text: str, edits: list[Json]) -> str:
    """Return a text with edits of the protocol made to it, of which none overlaps another."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def offset(position: Json) -> int:
        start = starts[min(int(position["line"]), len(starts) - 1)]
        return min(start + int(position["character"]), len(text))

    for each in sorted(edits, key=lambda each: offset(each["range"]["start"]), reverse=True):
        text = text[: offset(each["range"]["start"])] + each["newText"] + text[offset(each["range"]["end"]) :]
    return text
