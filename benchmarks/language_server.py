"""The language server: how soon a finding shows, what a key costs, F5 through its sessions, and what these leave behind."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from benchmarks.big_workspace import BigWorkspace, make
from benchmarks.client import AdapterError, Client
from benchmarks.measurement import DIRECT, Measurement
from benchmarks.processes import Processes, end, memory_mib
from benchmarks.roads import DIAL_SECONDS, Direct, Road, Trip
from benchmarks.scenarios import Stage

NAME: Final = "dapshim lsp"
SESSIONS: Final = 50
AT_ONCE: Final = 10
KEYS: Final = 20
QUIET: Final = 0.05
READY_AGAIN: Final = 2.5
"""Seconds after which the server has another dlv ready: a person does not press F5 twice within two."""
OPTIONS: Final = {"workspaceTrust": True, "warmBuilds": False}
"""A build beside what is measured would be measured too; `warm.py` is about that."""
NOTE: Final = "40 modules, 5,000 packages, 100,000 files, 40 configurations"
_LENGTH: Final = re.compile(rb"Content-Length: (\d+)")


class Server:
    """One `dapshim lsp`, spoken to over its pipes."""

    def __init__(
        self,
        processes: Processes,
        dlv: Path,
        folder: Path,
        options: Mapping[str, bool] = OPTIONS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        program = Path(sys.executable).with_name("dapshim")
        command = [str(program), "--dlv", str(dlv), "lsp"]
        self.process = processes.start(command, stdin=subprocess.PIPE, environment=environment)
        self._number = 0
        workspace = [{"uri": folder.as_uri(), "name": folder.name}]
        self.ask(
            "initialize",
            {"workspaceFolders": workspace, "capabilities": {}, "initializationOptions": dict(options)},
        )
        self.send("initialized", {})

    def send(self, method: str, params: Any, number: int | None = None) -> None:
        """Send a notification, or a request of that number."""
        message = {"jsonrpc": "2.0", "method": method, "params": params, **({"id": number} if number is not None else {})}
        body = json.dumps(message).encode()
        assert self.process.stdin is not None  # noqa: S101 - we asked for it
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def ask(self, method: str, params: Any) -> Any:
        """Send a request and return its answer; raises AdapterError when it fails."""
        self._number += 1
        number = self._number
        self.send(method, params, number)
        answer = self.until(lambda each: each.get("id") == number and "method" not in each)
        if "error" in answer:
            raise AdapterError(f"{method}: {answer['error']['message']}")
        return answer.get("result")

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read until a message is wanted; those before it are forgotten."""
        while True:
            message = self._next()
            if wanted(message):
                return message

    def _next(self) -> dict[str, Any]:
        length = 0
        assert self.process.stdout is not None  # noqa: S101 - Processes pipes it
        while (line := self.process.stdout.readline()) != b"\r\n":
            if not line:
                raise AdapterError("the language server has gone")
            found = _LENGTH.match(line)
            length = int(found[1]) if found is not None else length
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message

    def published(self, uri: str) -> dict[str, Any]:
        """Wait for the diagnostics of a file."""
        return self.until(lambda each: each.get("method") == "textDocument/publishDiagnostics" and each["params"]["uri"] == uri)

    def close(self) -> None:
        """End it."""
        end(self.process)


class LspTrip(Trip):
    """A session through the door that startSession opens: asked for when the user presses F5."""

    def __init__(self, processes: Processes, dlv: Path, server: Server) -> None:
        super().__init__(processes, dlv)
        self.server = server
        self.number = 0
        self._path = ""

    def begin(self) -> None:
        """Ask for the door."""
        door = self.server.ask("dapshim/startSession", {})
        self.number, self._path = door["session"], door["path"]

    def connect(self) -> Client:
        """Go through it."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(DIAL_SECONDS)
        connection.connect(self._path)
        self._client = Client(connection)
        return self._client


class LspRoad(Road):
    """A language server that runs before F5, as it does in an editor."""

    name = NAME

    def __init__(self, processes: Processes, dlv: Path, folder: Path) -> None:
        super().__init__(processes, dlv)
        self._folder = folder

    def __enter__(self) -> Self:
        """Start it."""
        self.server = Server(self.processes, self.dlv, self._folder)
        return self

    def close(self) -> None:
        """End it."""
        self.server.close()

    def trip(self) -> LspTrip:
        """Return a session that it will host."""
        return LspTrip(self.processes, self.dlv, self.server)


def lsp(stage: Stage, rounds: int) -> list[Measurement]:
    """All of it."""
    dlv = stage.roads[0].dlv
    with tempfile.TemporaryDirectory(prefix="dapshim-bench-lsp-") as folder:
        stage.say("writing 100,000 files")
        tree = make(str(Path(folder).resolve()))
        shown = _shown(stage, dlv, tree, max(rounds // 3, 1))
    with LspRoad(stage.processes, dlv, stage.sources) as road:
        return [*shown, _f5(stage, road, rounds), _fifty(stage, road)]


def _shown(stage: Stage, dlv: Path, tree: BigWorkspace, rounds: int) -> list[Measurement]:
    """From opening a launch.json to its findings, and from a key to those of the text with it."""
    first = Measurement("lsp_first", "findings after opening", "ms", "figure", 500.0, NOTE)
    key = Measurement("lsp_key", "findings after a key", "ms", "figure", 50.0, f"{NOTE}; the median of a round")
    start = Measurement("lsp_start", "language server: exec to initialized", "ms", "figure", note="once for each window")
    launch = Path(tree.root, ".vscode", "launch.json")
    launch.parent.mkdir()
    listed = [
        {"name": f"c{number}", "type": "go", "request": "launch", "mode": "debug", "program": program}
        for number, program in enumerate(tree.programs)
    ]
    text = json.dumps({"configurations": [*listed, {"name": "wrong", "type": "go", "request": "launch"}]}, indent=2)
    launch.write_text(text)
    uri = launch.as_uri()
    for number in range(rounds):
        stage.say(f"{first.title}: round {number + 1} of {rounds}")
        begun = time.perf_counter()
        server = Server(stage.processes, dlv, Path(tree.root))
        start.add(NAME, (time.perf_counter() - begun) * 1e3)
        try:
            begun = time.perf_counter()
            document = {"uri": uri, "languageId": "jsonc", "version": 1, "text": text}
            server.send("textDocument/didOpen", {"textDocument": document})
            server.published(uri)
            first.add(NAME, (time.perf_counter() - begun) * 1e3)
            key.add(NAME, sorted(_key(server, uri, version) for version in range(2, KEYS + 2))[KEYS // 2])
        finally:
            server.close()
    return [start, first, key]


def _key(server: Server, uri: str, version: int) -> float:
    """Type a new line at the top and return the milliseconds until the findings have moved."""
    time.sleep(QUIET)
    place = {"line": 0, "character": 0}
    begun = time.perf_counter()
    server.send(
        "textDocument/didChange",
        {
            "textDocument": {"uri": uri, "version": version},
            "contentChanges": [{"range": {"start": place, "end": place}, "text": "\n"}],
        },
    )
    server.until(
        lambda each: each.get("method") == "textDocument/publishDiagnostics" and each["params"].get("version") == version
    )
    return (time.perf_counter() - begun) * 1e3


def _f5(stage: Stage, road: LspRoad, rounds: int) -> Measurement:
    found = Measurement("lsp_f5", "F5 to first stop, startSession", "ms", target=1.0, note="beside a dlv dap that starts at F5")
    direct = next((each for each in stage.roads if isinstance(each, Direct)), None)
    for number in range(rounds):
        stage.say(f"{found.title}: round {number + 1} of {rounds}")
        roads: list[Road] = [road, *([direct] if direct is not None else [])]
        for each in roads if number % 2 else reversed(roads):
            trip = each.trip()
            try:
                begun = time.perf_counter()
                trip.begin()
                stage.stop(trip.connect(), "small")
                found.add(DIRECT if each is direct else NAME, (time.perf_counter() - begun) * 1e3)
            finally:
                trip.end()
                _settle(stage, each, direct)
    return found


def _settle(stage: Stage, road: Road, direct: Road | None) -> None:
    """Wait for the end of a session: of the server's dlv's one stays, and it is there again before the next is timed."""
    if road is direct:
        time.sleep(QUIET)
        return
    assert isinstance(road, LspRoad)  # noqa: S101 - there are two
    deadline = time.monotonic() + DIAL_SECONDS
    while len(list(stage.processes.running("dlv"))) != 1 and time.monotonic() < deadline:
        time.sleep(QUIET)
    time.sleep(READY_AGAIN)


def _fifty(stage: Stage, road: LspRoad) -> Measurement:
    """Fifty sessions one after another, then ten at once: what memory stays, and that nothing else does."""
    found = Measurement(
        "lsp_left", f"left by {SESSIONS} sessions and {AT_ONCE} at once", "MiB", "figure", 8.0, "RSS, beyond as many before"
    )
    stage.say(f"{SESSIONS} sessions one after another, and {AT_ONCE} at once")
    server = road.server
    for _ in range(SESSIONS):
        _sessions(stage, road, 1)
    _sessions(stage, road, AT_ONCE)
    time.sleep(READY_AGAIN)
    before, open_before = memory_mib([server.process.pid])[1], _descriptors(server)
    for _ in range(SESSIONS):
        _sessions(stage, road, 1)
    _sessions(stage, road, AT_ONCE)
    time.sleep(READY_AGAIN)
    found.add(NAME, memory_mib([server.process.pid])[1] - before)
    if (now := _descriptors(server)) > open_before:
        raise AdapterError(f"{now - open_before} descriptors are left open by {SESSIONS + AT_ONCE} sessions")
    return found


def _sessions(stage: Stage, road: LspRoad, number: int) -> None:
    trips = [road.trip() for _ in range(number)]
    try:
        for trip in trips:
            trip.begin()
        for trip in trips:
            stage.stop(trip.connect(), "small")
    finally:
        for trip in trips:
            trip.end()
    for trip in trips:
        _gone(road.server, trip.number)


def _gone(server: Server, number: int) -> None:
    """Wait until the server says that a session is over; it may have said so already."""
    deadline = time.monotonic() + DIAL_SECONDS
    while time.monotonic() < deadline:
        listed = server.ask("dapshim/sessions", {})["sessions"]
        if all(each["state"] in ("ended", "failed") for each in listed if each["session"] == number):
            return
        time.sleep(QUIET)
    raise AdapterError(f"session {number} does not end")


def _descriptors(server: Server) -> int:
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())
