"""Attaching to a headless dlv: what dapshim needs until the first breakpoint stands, beside plain Delve.

The executable is read over DAP, from the halted program, and kept by its build id: the first attach reads it, a later one does
not. Every attach has a dlv of its own that has started its program and waits; dapshim listens before. What the reading itself
costs is measured by asking plain dlv the same, and is what dapshim may take beside the target.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import attrs
import trio
from msgspec import Raw

from benchmarks.big_program import BigProgram
from benchmarks.client import ENCODER, AdapterError, Client
from benchmarks.mapped import MODULE, MOVED, move, rules
from benchmarks.measurement import Measurement
from benchmarks.processes import end
from benchmarks.roads import Dapshim, Direct, Fixed, Road, banner_port
from benchmarks.scenarios import Stage
from dapshim.delve.remote_reading import read_target
from dapshim.delve.target_cache import cache_of
from dapshim.wire.messages import Message
from dapshim.wire.parsing import parse

# Delve 1.27.1: "API server listening at: 127.0.0.1:41235".
BANNER: Final = re.compile(rb"API server listening at: [^:]+:(\d+)")
TARGET: Final = 1.2
IDLE_SECONDS: Final = 2.0
"""From the moment that dlv listens to the attach, on every road: dlv reads its program meanwhile, and dapshim starts."""


def attach(stage: Stage, rounds: int) -> list[Measurement]:
    """Measure the small program."""
    move(stage)
    path, line = stage.source(MOVED)
    return measured(stage, rounds, "attach", "attach", stage.binaries / MOVED, (path, line, str(stage.sources), MODULE))


def attach_large(stage: Stage, large: BigProgram, rounds: int) -> list[Measurement]:
    """Measure the large one."""
    place = (*large.breakpoint, str(large.folder), "example.com/large")
    return measured(stage, min(rounds, 5), "attach_large", "attach, 100 MB", Path(large.binary), place)


def measured(
    stage: Stage, rounds: int, name: str, title: str, binary: Path, place: tuple[str, int, str, str]
) -> list[Measurement]:
    """From the connection to a verified breakpoint: with the table read before, and read now."""
    note = "headless dlv, to a verified breakpoint; ratio without the read"
    cached = Measurement(name, f"{title}: read before", "ms", target=TARGET, note=note)
    cold = Measurement(f"{name}_cold", f"{title}: read now", "ms", target=TARGET, note=note)
    asked = "the same questions to plain dlv"
    read = Measurement(f"{name}_read", f"{title}: the read, read before", "ms", "figure", note=asked)
    read_cold = Measurement(f"{name}_read_cold", f"{title}: the read, read now", "ms", "figure", note=asked)
    roads = [road for road in stage.roads if isinstance(road, Direct) or (isinstance(road, Dapshim) and not road.options)]
    with tempfile.TemporaryDirectory(prefix="dapshim-bench-cache-") as kept:
        for number in range(rounds):
            stage.say(f"{title}: round {number + 1} of {rounds}")
            for road in roads[:: 1 if number % 2 else -1]:
                with tempfile.TemporaryDirectory(prefix="dapshim-bench-cold-") as empty:
                    now, read_now = attached(stage, road, binary, place, empty)
                if number == 0:
                    attached(stage, road, binary, place, kept)
                before, read_before = attached(stage, road, binary, place, kept)
                cold.add(road.name, now)
                cached.add(road.name, before)
                if isinstance(road, Direct):
                    cold.beside.append(read_now)
                    cached.beside.append(read_before)
                    read.add(road.name, read_before)
                    read_cold.add(road.name, read_now)
    return [cached, cold, read, read_cold]


def attached(stage: Stage, road: Road, binary: Path, place: tuple[str, int, str, str], cache: str) -> tuple[float, float]:
    """Attach once; return the milliseconds of that, and of the reading alone where nothing stands before dlv, else 0.

    Raises AdapterError when the breakpoint is not verified.
    """
    path, line, folder, module = place
    said = {"mode": "remote", "stopOnEntry": True, **rules(road, folder, module)}
    with headless(stage, binary) as port, in_front(stage, road, port, cache, folder) as way:
        trip = way.trip()
        try:
            start = time.perf_counter()
            trip.begin()
            client = trip.connect()
            attach_to(client, said)
            read = read_by(client, cache) if isinstance(road, Direct) else 0.0
            places = {"source": {"path": path}, "breakpoints": [{"line": line}]}
            found: Sequence[Mapping[str, object]] = client.request("setBreakpoints", places).decoded()["breakpoints"]
            taken = (time.perf_counter() - start) * 1e3
            if not found[0]["verified"]:
                raise AdapterError(f"{road.name}: the breakpoint was not verified: {found[0].get('message')}")
            return taken - read, read
        finally:
            trip.end()


def attach_to(client: Client, arguments: Mapping[str, object]) -> None:
    """Initialize and attach, up to `initialized`."""
    initialize = {"adapterID": "go", "linesStartAt1": True, "columnsStartAt1": True, "pathFormat": "path"}
    client.request("initialize", {"clientID": "benchmark", **initialize})
    client.send("attach", arguments)
    client.event("initialized")


@attrs.frozen
class Plain:
    """An `Asker` on a connection of ours: all questions of a moment are sent before the first is waited for."""

    client: Client

    async def call(self, command: str, arguments: object | None = None, *, deadline: float = 0.0) -> Message:
        """Return the response, failed or not; the connection has its own patience."""
        del deadline
        seq = self.client.send(command, cast("Mapping[str, object]", arguments))
        await trio.lowlevel.checkpoint()
        answer = self.client.answer(seq)
        answer.body = answer.body or Raw(b"{}")
        return parse(ENCODER.encode(answer))


def read_by(client: Client, cache: str) -> float:
    """Read which files the program records as dapshim does; return the milliseconds."""

    async def read() -> float:
        start = time.perf_counter()
        await read_target(Plain(client), cache_of({"XDG_CACHE_HOME": cache}), later=lambda _: None)
        return (time.perf_counter() - start) * 1e3

    return trio.run(read)


@contextmanager
def headless(stage: Stage, binary: Path) -> Iterator[int]:
    """Run a headless dlv that has started its program; yields its port."""
    dlv = stage.roads[0].dlv
    command: list[str | Path] = [dlv, "exec", "--headless", "--accept-multiclient", "--listen=127.0.0.1:0", binary]
    process = stage.processes.start(command)
    try:
        yield banner_port(process, BANNER, "dlv exec --headless")
    finally:
        end(process)
        stage.processes.settle("dlv")


@contextmanager
def in_front(stage: Stage, road: Road, port: int, cache: str, folder: str) -> Iterator[Road]:
    """Open the road to that port; a dapshim keeps what it reads in `cache`, and was started in the workspace `folder`."""
    ready = time.monotonic() + IDLE_SECONDS
    if not isinstance(road, Dapshim):
        time.sleep(IDLE_SECONDS)
        yield Fixed(road.processes, road.dlv, road.name, port)
        return
    options = ("--connect", f"127.0.0.1:{port}", "--workspace-folder", folder)
    with Dapshim(stage.processes, road.dlv, road.name, options, spawns=False, environment={"XDG_CACHE_HOME": cache}) as one:
        time.sleep(max(0.0, ready - time.monotonic()))
        yield one
