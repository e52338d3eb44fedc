"""Takes the session of a row to a server and says what is wrong first; it sees nothing but DAP.

A row is right when every breakpoint is verified and hit, in order; each stop comes back in the editor's spelling, at its line;
and each frame of each stack has a file that exists, or one that the server gives. What must be refused is unverified.
"""

from __future__ import annotations

import fnmatch
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

import attrs
import trio

from tests.matrix.layout import Json, Place, Refusal, Session, Stop
from tests.real import Client, EndOfConversation, serving, tool

Server = Literal["plain", "dapshim"]

ENOUGH: Final = 40.0
"""Seconds for one session; the build of what it imports may be the first of this machine."""

LEVELS: Final = 200


class Wrong(Exception):  # noqa: N818 - it is what was found, not a fault of the test
    """What is wrong first."""


async def verdict(server: Server, session: Session, place: Place) -> str | None:
    """Return why a session is wrong, None when it is right."""
    try:
        with trio.fail_after(ENOUGH):
            async with _target(session, place) as where, _client(server, session, place, where) as client:
                await _Run(client, server, session, where.arguments(session)).whole()
    except Exception as error:
        found = _first(error)
        match found:
            case Wrong():
                return str(found)
            case EndOfConversation():
                return f"the connection has {found}"
            case trio.TooSlowError():
                return f"nothing came for {ENOUGH:.0f} s"
        raise
    return None


def _first(error: Exception) -> Exception:
    """Return what lies in the groups that nurseries make."""
    found = error
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    return found


# -- servers ---------------------------------------------------------------------------------------------------------------


@attrs.frozen
class Target:
    """What runs already before the session begins."""

    process: int = 0
    port: int = 0

    def arguments(self, session: Session) -> Json:
        """Return the arguments of the session, with what is known only now."""
        if session.way == "attach":
            return {**session.arguments, "processId": self.process}
        if session.way == "remote":
            return {**session.arguments, "host": "127.0.0.1", "port": self.port}
        return session.arguments


@asynccontextmanager
async def _target(session: Session, place: Place) -> AsyncIterator[Target]:
    if session.way == "launch":
        yield Target()
        return
    assert session.program is not None
    environment = _environment(session, place, session.root)
    if session.way == "attach":
        program = subprocess.Popen(
            [session.program], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            await trio.sleep(0.1)  # it is in its loop then; before it, a stop would be anywhere
            yield Target(process=program.pid)
        finally:
            program.kill()
            program.wait()
        return
    command = [tool("dlv"), "exec", "--headless", "--accept-multiclient", "--listen=127.0.0.1:0", str(session.program)]
    async with serving(command, r"API server listening at: (.*)", environment, place.folder) as headless:
        await _loaded(headless.port)
        aside = session.program.with_name("elsewhere")
        if session.program_goes:
            session.program.rename(aside)
        try:
            yield Target(port=headless.port)
        finally:
            if session.program_goes:
                aside.rename(session.program)


async def _loaded(port: int) -> None:
    """Wait until a headless dlv has read its program: it says that it listens before that, and answers only then."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(b'{"method": "RPCServer.State", "params": [{"NonBlocking": true}], "id": 1}')
        await stream.receive_some()


def _environment(session: Session, place: Place, folder: Path) -> dict[str, str]:
    return {**place.go.environment(folder), "CGO_ENABLED": "1", **session.environment}


@asynccontextmanager
async def _client(server: Server, session: Session, place: Place, target: Target) -> AsyncIterator[Client]:
    """Connect as an editor does. dapshim is started in the editor's folder, with nothing configured."""
    if server == "plain" and target.port:
        stream = await trio.open_tcp_stream("127.0.0.1", target.port)
        async with stream:
            yield Client(stream)
        return
    if server == "plain":
        folder = session.folder or session.root
        command = [tool("dlv"), "dap", "--listen=127.0.0.1:0"]
        ready = r"DAP server listening at: (.*)"
    else:
        folder = session.root
        command = [sys.executable, "-m", "dapshim", "--listen", "127.0.0.1:0"]
        command += ["--connect", f"127.0.0.1:{target.port}"] if session.way == "connect" else []
        ready = r"dapshim: listening on (.*)"
    async with serving(command, ready, _environment(session, place, folder), folder) as running:
        client = await running.connect()
        async with client.stream:  # an editor that has gone is waited for no longer
            yield client


# -- a session -------------------------------------------------------------------------------------------------------------


@attrs.define
class _Run:
    client: Client
    server: Server
    session: Session
    arguments: Json
    ids: dict[int, Json] = attrs.field(factory=dict)

    async def whole(self) -> None:
        await self.client.ok("initialize", {"clientID": "vscode", "adapterID": "go", "pathFormat": "path", "locale": "en"})
        await self.begin()
        if self.session.core:
            await self.see_core()
            return
        await self.set_breakpoints()
        await self.client.ok("configurationDone")
        for stop in self.session.stops:
            await self.see(stop)
        await self.end()

    async def begin(self) -> None:
        """Launch or attach, and wait until breakpoints can be set."""
        seq = await self.client.send(self.arguments["request"], self.arguments)
        came = await self.client.until(
            lambda message: message.get("event") == "initialized" or message.get("request_seq") == seq
        )
        if came["type"] == "response" and not came["success"]:
            lines = "".join(m["body"]["output"] for m in self.client.log if m.get("event") == "output").splitlines()
            shown = [each for each in lines if re.search(r"\.go:\d+:|^go: |no Go files|outside", each)]
            raise Wrong(f"it does not start: {' '.join([came['body']['error']['format'], *shown[-1:]])}")

    async def set_breakpoints(self) -> None:
        """Set all, file by file, as an editor does that has them from an earlier session."""
        wanted: dict[str, list[int]] = {}
        for path, line in self.places():
            wanted.setdefault(path, [])
            if line not in wanted[path]:
                wanted[path].append(line)
        answers: dict[tuple[str, int], Json] = {}
        for path, lines in wanted.items():
            asked = {"source": {"path": path, "name": Path(path).name}, "breakpoints": [{"line": line} for line in lines]}
            body = await self.client.ok("setBreakpoints", asked)
            if len(body["breakpoints"]) != len(lines):
                raise Wrong(f"{len(lines)} breakpoints asked for in {self.short(path)}, {len(body['breakpoints'])} answered")
            answers.update(zip([(path, line) for line in lines], body["breakpoints"], strict=True))
        for stop in self.session.stops:
            for path, line in {(stop.path, stop.line), *([stop.twin] if stop.twin else [])}:
                self.check_answer(stop, path, line, answers[path, line])
        for refusal in self.session.refused:
            self.check_refusal(refusal, answers[refusal.path, refusal.line])

    def places(self) -> list[tuple[str, int]]:
        stops = [each for stop in self.session.stops for each in ((stop.path, stop.line), stop.twin) if each is not None]
        return [*stops, *((each.path, each.line) for each in self.session.refused)]

    def check_answer(self, stop: Stop, path: str, line: int, answer: Json) -> None:
        where = f"{self.short(path)}:{line}"
        if not answer["verified"]:
            if stop.late:
                return
            raise Wrong(f"{where} is unverified: {self.short(answer.get('message', 'without a word'))}")
        if stop.says not in answer.get("message", ""):
            raise Wrong(f"{where}: {stop.says!r} is not said, but {answer.get('message', '')!r}")
        if (shown := answer.get("source", {}).get("path", path)) != path and (shown, answer.get("line")) not in stop.places:
            raise Wrong(f"{where} is answered as {self.short(shown)}:{answer.get('line')}")

    def check_refusal(self, refusal: Refusal, answer: Json) -> None:
        where = f"{self.short(refusal.path)}:{refusal.line}"
        if answer["verified"]:
            raise Wrong(f"{where} is verified, and is not the file that was built")
        if (self.server == "dapshim" or refusal.told) and refusal.says not in answer.get("message", ""):
            raise Wrong(f"{where}: {refusal.says!r} is not said, but {self.short(answer.get('message', ''))!r}")

    async def see(self, stop: Stop) -> None:
        """Wait for the next stop, look at all of its stack, and go on."""
        where = f"{self.short(stop.path)}:{stop.line}"
        event = await self.client.until(lambda message: message.get("event") in ("stopped", "terminated"))
        if event["event"] == "terminated":
            raise Wrong(f"{where} is never hit")
        thread = event["body"].get("threadId", 0)
        frames = await self.stack(thread)
        top = (frames[0].get("source", {}).get("path", "no source"), frames[0]["line"])
        if top not in stop.places:
            raise Wrong(f"the stop at {where} is shown at {self.short(top[0])}:{top[1]} ({event['body']['reason']})")
        await self.check_stack(frames, f"stopped at {where}")
        if stop is not self.session.stops[-1] or self.session.way == "launch":
            await self.client.ok("continue", {"threadId": thread})

    async def stack(self, thread: int) -> list[Json]:
        body = await self.client.ok("stackTrace", {"threadId": thread, "startFrame": 0, "levels": LEVELS})
        frames: list[Json] = body["stackFrames"]
        if not frames:
            raise Wrong("a stop without a stack")
        return frames

    async def see_core(self) -> None:
        """A dead program has one stop, in whichever thread; the stacks of all goroutines are all that there is."""
        await self.client.ok("configurationDone")
        await self.client.until(lambda message: message.get("event") in ("stopped", "terminated"))
        seen = set()
        for thread in (await self.client.ok("threads"))["threads"]:
            frames = await self.stack(thread["id"])
            await self.check_stack(frames, "in the core file")
            seen |= {(each.get("source", {}).get("path"), each["line"]) for each in frames}
        for stop in self.session.stops:
            if (stop.path, stop.line) not in seen:
                raise Wrong(f"no frame at {self.short(stop.path)}:{stop.line}")
        await self.leave()

    async def end(self) -> None:
        """Let the program end, where it does; no stop may come that nobody asked for."""
        if self.session.way == "launch":
            event = await self.client.until(lambda message: message.get("event") in ("stopped", "terminated"))
            if event["event"] == "stopped":
                top = (await self.stack(event["body"].get("threadId", 0)))[0]
                place = f"{self.short(top.get('source', {}).get('path', ''))}:{top['line']}"
                raise Wrong(f"one stop too many, at {place} ({event['body']['reason']})")
        await self.leave()

    async def leave(self) -> None:
        await self.client.ask("disconnect", {"terminateDebuggee": True})

    # -- frames ------------------------------------------------------------------------------------------------------------

    async def check_stack(self, frames: Sequence[Json], where: str) -> None:
        for frame in frames:
            wrong = await self.wrong_frame(frame)
            if wrong:
                raise Wrong(f"{where}, frame {frame['name']}: {wrong}")

    async def wrong_frame(self, frame: Json) -> str:
        """Return what is wrong with one frame's file, "" when it can be opened and holds what it must."""
        name, source = frame["name"], frame.get("source") or {}
        path, reference = source.get("path", ""), source.get("sourceReference", 0)
        if name in self.session.frames and path != self.session.frames[name]:
            return f"is shown in {self.short(path)}, not in {self.short(self.session.frames[name])}"
        if reference == 0 and Path(path).is_absolute() and Path(path).is_file():
            return _unlike(name, Path(path), frame["line"])
        if not any(fnmatch.fnmatch(name, pattern) for pattern in self.session.served):
            return f"{self.short(path) or 'its source'} is not there" + (", but served" if reference else "")
        if not source:
            return ""
        if not reference:
            return f"{self.short(path)} is not there, and not served"
        return await self.wrong_text(source)

    async def wrong_text(self, source: Json) -> str:
        """Return what is wrong with a text that only the server has."""
        asked = {"source": source, "sourceReference": source["sourceReference"]}
        answer = await self.client.ask("source", asked)
        if not answer["success"]:
            return f"{source.get('name')} is not served: {answer.get('message')}"
        return "" if answer["body"].get("content") else f"{source.get('name')} is served without a text"

    def short(self, text: str) -> str:
        """Return a text without the folder that all rows have in common."""
        common = str(self.session.root.parent)
        return text.replace(f"{common}/", "") if common != "/" else text


def _unlike(name: str, path: Path, line: int) -> str:
    """Return why a file cannot be that of a function of this name, which is `pkg.F`, `pkg.(*T).F[…]` or `pkg.F.func1`."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if not 1 <= line <= len(lines):
        return f"{path} has no line {line}"
    text = lines[line - 1].strip()
    if not text or text.startswith("//"):
        return f"line {line} of {path} is no statement"
    if path.suffix not in (".go", ".s"):
        return ""
    plain = re.sub(r"\[[^\]]*\]", "", name)
    last = re.sub(r"(\.func\d+|\.\d+|\.deferwrap\d+|\.gowrap\d+|-range\d+|-fm)+$", "", plain).rpartition(".")[2]
    begins = r"TEXT\s+(\S*·)?" if path.suffix == ".s" else r"func\s(\(.*\)\s*)?"
    if not any(re.match(rf"{begins}{re.escape(last)}\b", each) for each in lines) and last != "init":
        return f"{path} has no {last}"
    return ""
