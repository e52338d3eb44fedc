"""The real parts for tests: Go programs built here, dapshim as a process, dlv, and a plain DAP client for both.

The client is the tests' own and knows nothing of dapshim's code, so that a fault there cannot hide itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import trio

Json = dict[str, Any]

PROGRAMS = Path(__file__).parent / "programs"
BOUND = float(os.environ.get("DAPSHIM_TESTS_BOUND", "60.0"))
"""Seconds that any one step of a test may take at most on a busy machine; nothing waits that long when all is well."""


def tool(name: str) -> str:
    """Return the path of a program that the tests need; `make test` has installed it."""
    found = shutil.which(name)
    assert found is not None, f"{name} is not on the PATH; run the tests with: make test"
    return found


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without what would change how Go builds or what dapshim does."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DAPSHIM_", "GOFLAGS", "GOWORK"))}
    return {**kept, "GOFLAGS": "", **more}


@attrs.frozen
class Program:
    """A Go program that was built for debugging: its binary and its source."""

    binary: Path
    source: Path

    def line(self, marker: str) -> int:
        """Return the line that carries `// break: MARKER`."""
        lines = self.source.read_text().splitlines()
        found = [number for number, text in enumerate(lines, 1) if text.endswith(f"// break: {marker}")]
        assert len(found) == 1, f"{self.source} has {len(found)} lines marked {marker}"
        return found[0]


def build(name: str, folder: Path, *flags: str) -> Program:
    """Copy a program of tests/programs into `folder` and build it with -N -l."""
    where = folder / name
    shutil.copytree(PROGRAMS / name, where)
    command = [tool("go"), "build", "-gcflags=all=-N -l", *flags, "-o", "program", "."]
    subprocess.run(command, cwd=where, env=clean_environment(), check=True, timeout=BOUND * 5)
    return Program(where / "program", where / "main.go")


class EndOfConversation(Exception):  # noqa: N818 - it is what happened
    """The other side ended the stream."""


@attrs.define(eq=False)
class Client:
    """A DAP client that keeps all it got, in order, in `log`."""

    stream: trio.abc.Stream
    log: list[Json] = attrs.field(factory=list)
    _buffer: bytearray = attrs.field(factory=bytearray)
    _seq: int = 0
    _read: int = 0

    async def send(self, command: str, arguments: Json | None = None) -> int:
        """Send a request and return its number."""
        self._seq += 1
        made: Json = {"seq": self._seq, "type": "request", "command": command}
        if arguments is not None:
            made["arguments"] = arguments
        await self.send_raw(json.dumps(made).encode())
        return self._seq

    async def send_raw(self, body: bytes) -> None:
        await self.stream.send_all(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def next(self) -> Json:
        """Return the next message; raise EndOfConversation at the end of the stream."""
        while True:
            head = re.match(rb"Content-Length: (\d+)\r\n\r\n", self._buffer)
            if head is not None and len(self._buffer) >= head.end() + int(head[1]):
                end = head.end() + int(head[1])
                message: Json = json.loads(self._buffer[head.end() : end])
                del self._buffer[:end]
                self.log.append(message)
                return message
            assert head is not None or len(self._buffer) < 40, (
                f"not a header that Delve would send: {bytes(self._buffer[:40])!r}"
            )
            try:
                data = await self.stream.receive_some()
            except trio.BrokenResourceError:
                raise EndOfConversation("reset") from None
            if not data:
                raise EndOfConversation(f"ended; the last messages were {self.log[-3:]}")
            self._buffer += data

    async def until(self, wanted: Callable[[Json], bool]) -> Json:
        """Return the next message that is wanted; earlier ones that nobody has asked for count too."""
        with trio.fail_after(BOUND):
            for index in range(self._read, len(self.log)):
                if wanted(self.log[index]):
                    self._read = index + 1
                    return self.log[index]
            while True:
                message = await self.next()
                if wanted(message):
                    self._read = len(self.log)
                    return message

    async def response(self, seq: int) -> Json:
        """Return the response to request number `seq`, wherever it stands among the events."""
        with trio.fail_after(BOUND):
            while True:
                for message in self.log:
                    if message["type"] == "response" and message["request_seq"] == seq:
                        return message
                await self.next()

    async def event(self, name: str) -> Json:
        """Return the next event of that name behind the last one that was asked for."""
        return await self.until(lambda message: message.get("event") == name)

    async def ask(self, command: str, arguments: Json | None = None) -> Json:
        """Send a request and return its response."""
        return await self.response(await self.send(command, arguments))

    async def ok(self, command: str, arguments: Json | None = None) -> Json:
        """Send a request that must succeed and return its body."""
        answer = await self.ask(command, arguments)
        assert answer["success"], answer
        body: Json = answer.get("body", {})
        return body

    async def rest(self) -> list[Json]:
        """Read to the end of the stream and return what came."""
        before = len(self.log)
        with trio.fail_after(BOUND):
            try:
                while True:
                    await self.next()
            except EndOfConversation:
                return self.log[before:]

    async def start(self, debuggee: Program, *markers: str, **arguments: Any) -> int:
        """Launch (by default in exec mode) with breakpoints at `markers`; return the process id of the program."""
        await self.ok("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path"})
        launch = await self.send("launch", {"request": "launch", "mode": "exec", "program": str(debuggee.binary)} | arguments)
        await self.event("initialized")
        lines = [{"line": debuggee.line(marker)} for marker in markers]
        answer = await self.ok("setBreakpoints", {"source": {"path": str(debuggee.source)}, "breakpoints": lines})
        assert all(each["verified"] for each in answer["breakpoints"]), answer
        await self.ok("configurationDone")
        assert (await self.response(launch))["success"]
        pids: list[int] = [m["body"]["systemProcessId"] for m in self.log if m.get("event") == "process"]
        return pids[-1]


@attrs.define(eq=False)
class Running:
    """A dapshim or dlv that serves, and what it has written to stderr."""

    process: trio.Process
    address: str
    stderr: bytearray = attrs.field(factory=bytearray)
    clients: list[Client] = attrs.field(factory=list)

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    async def connect(self) -> Client:
        with trio.fail_after(BOUND):
            if self.address.startswith("unix:"):
                stream = await trio.open_unix_socket(self.address.removeprefix("unix:"))
            else:
                stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        client = Client(stream)
        self.clients.append(client)
        return client


@asynccontextmanager
async def serving(
    command: list[str], ready: str, env: dict[str, str] | None = None, cwd: Path | None = None
) -> AsyncIterator[Running]:
    """Run a server, wait for its ready line on stdout, and end it afterwards with SIGTERM."""
    async with trio.open_nursery() as nursery:
        process = await trio.lowlevel.open_process(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=env or clean_environment(),
            cwd=cwd,
        )
        running = Running(process, "")

        async def keep_stderr() -> None:
            assert process.stderr is not None
            with suppress(trio.ClosedResourceError):
                async for data in process.stderr:
                    running.stderr += data

        async def drop_stdout() -> None:
            assert process.stdout is not None
            with suppress(trio.ClosedResourceError):
                async for _ in process.stdout:
                    pass

        nursery.start_soon(keep_stderr)
        try:
            assert process.stdout is not None
            line = b""
            with trio.fail_after(BOUND):
                while not line.endswith(b"\n"):
                    data = await process.stdout.receive_some(1)
                    assert data, f"{command} ended before it was ready: {bytes(running.stderr)!r}"
                    line += data
            found = re.fullmatch(ready, line.decode().rstrip("\n"))
            assert found is not None, f"the ready line is {line!r}"
            running.address = found[1]
            nursery.start_soon(drop_stdout)
            yield running
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + BOUND):
                if process.returncode is None:
                    process.terminate()
                await process.wait()
                for client in running.clients:
                    await trio.aclose_forcefully(client.stream)
                for pipe in (process.stdout, process.stderr):
                    if pipe is not None:
                        await trio.aclose_forcefully(pipe)
            nursery.cancel_scope.cancel()


def dapshim(*arguments: str, listen: str = "127.0.0.1:0", env: dict[str, str] | None = None) -> Any:
    """Run `dapshim --listen`; see `serving`."""
    return serving([sys.executable, "-m", "dapshim", "--listen", listen, *arguments], r"dapshim: listening on (.*)", env)


def dlv_dap(*flags: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Any:
    """Run a `dlv dap` of its own."""
    return serving([tool("dlv"), "dap", "--listen=127.0.0.1:0", *flags], r"DAP server listening at: (.*)", env, cwd)


def dlv_headless(program: Program, *flags: str) -> Any:
    """Run a headless dlv with the program, which speaks DAP and Delve's own protocol on one port."""
    command = [tool("dlv"), "exec", "--headless", "--listen=127.0.0.1:0", *flags, str(program.binary)]
    return serving(command, r"API server listening at: (.*)")


def traced(trace: Path) -> list[Json]:
    """Return the lines of a trace that are whole: it may be written to meanwhile."""
    return [json.loads(each) for each in trace.read_text().rpartition("\n")[0].splitlines()]


def alive(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def of_session(sid: int) -> list[int]:
    """Return the living processes of a process session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == sid and alive(int(entry.name)):
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def children(pid: int) -> list[int]:
    """Return the living children of a process, such as the dlv of a dapshim."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid and alive(int(entry.name)):
                found.append(int(entry.name))
    return found


async def gone(is_left: Callable[[], object], seconds: float) -> None:
    """Wait until nothing is left, for at most `seconds`."""
    with trio.move_on_after(seconds):
        while is_left():
            await trio.sleep(0.02)
    left = is_left()
    assert not left, f"still there after {seconds} s: {left}"


def kill(pid: int) -> None:
    """SIGKILL one process."""
    os.kill(pid, signal.SIGKILL)
