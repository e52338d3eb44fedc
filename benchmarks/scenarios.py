"""What the user waits for, measured on every road in turn: F5, a step, a large answer, a flood of output.

Each scenario runs in rounds. In a round every road has its turn, and the order moves on by one from round to round, so that
what else the machine does meets all roads alike. A round gives one figure for each road.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from benchmarks.client import AdapterError, Client
from benchmarks.measurement import Measurement
from benchmarks.processes import Processes, cpu_seconds, end
from benchmarks.roads import ADAPTER_BANNER, Dapshim, Fixed, Road, Socat, Trip, banner_port, start_socat

MARK = "// the breakpoint"
STACK_LEVELS = 20
WARM_UP_STEPS = 5
BLOCKS = 3
STEPS_A_BLOCK = 8
BODY_BYTES = 7_500_000
BODIES_A_ROUND = 4
EVENTS = 100_000


@attrs.frozen
class Stage:
    """What every scenario needs: the roads, the programs, and how to start more."""

    processes: Processes
    roads: Sequence[Road]
    binaries: Path
    sources: Path
    say: Callable[[str], None]

    def source(self, program: str) -> tuple[str, int]:
        """Return the path of a program's source and the line of its breakpoint, counted from 1.

        A folder before its name tells which executable of it is meant, such as `moved/small`.
        """
        path = self.sources / Path(program).name / "main.go"
        lines = path.read_text().splitlines()
        return str(path), next(number for number, line in enumerate(lines, 1) if MARK in line)

    def turns(self, round_number: int) -> list[Road]:
        """Return the roads in the order of this round."""
        shift = round_number % len(self.roads)
        return [*self.roads[shift:], *self.roads[:shift]]

    def launch(self, client: Client, program: str, /, *args: str, **attributes: object) -> int:
        """Initialize, and launch `program` up to `initialized`; return the seq of the launch request."""
        initialize = {"adapterID": "go", "linesStartAt1": True, "columnsStartAt1": True, "pathFormat": "path"}
        client.request("initialize", {"clientID": "benchmark", **initialize})
        arguments = {"mode": "exec", "program": str(self.binaries / program), "args": list(args), **attributes}
        launch = client.send("launch", arguments)
        client.event("initialized")
        return launch

    def stop(self, client: Client, program: str, /, **attributes: object) -> int:
        """Launch `program` and run it to its breakpoint, as an editor does; return the stopped thread."""
        launch = self.launch(client, program, **attributes)
        return self.to_breakpoint(client, launch, *self.source(program))

    def to_breakpoint(self, client: Client, launch: int, path: str, line: int) -> int:
        """Set one breakpoint and run to it; return the stopped thread."""
        client.request("setBreakpoints", {"source": {"path": path}, "breakpoints": [{"line": line}]})
        client.request("configurationDone")
        client.response(launch)
        return stopped_thread(client)

    @contextmanager
    def sessions(
        self, round_number: int, program: str, attributes: Callable[[Road], Mapping[str, object]] = lambda _road: {}
    ) -> Iterator[dict[str, tuple[Client, int]]]:
        """Open one session on every road, each stopped in `program`: clients and threads by road."""
        trips: list[Trip] = []
        opened: dict[str, tuple[Client, int]] = {}
        try:
            for road in self.turns(round_number):
                trip = road.trip()
                trips.append(trip)
                trip.begin()
                client = trip.connect()
                opened[road.name] = client, self.stop(client, program, **attributes(road))
            yield opened
        finally:
            for trip in trips:
                trip.end()
            self.processes.settle("dlv")


def stopped_thread(client: Client) -> int:
    """Wait for `stopped` and return its thread."""
    thread: int = client.event("stopped").decoded()["threadId"]
    return thread


def f5(stage: Stage, rounds: int) -> list[Measurement]:
    """From the key to the first stop in main.main, in exec mode, with dlv started by each side.

    Delve 1.27.1: `wait` in pkg/proc/native/proc_linux.go sleeps 200 ms when the program has not stopped at its first look, so a
    launch takes one of two times, 0.2 s apart, by chance.
    """
    note = "Delve sleeps 200 ms in some launches, on every road, so only pairs compare"
    found = Measurement("f5", "F5 to first stop", "ms", target=1.05, note=note)
    starts(stage, rounds, found, lambda client, _road: stage.stop(client, "small"))
    return [found]


def starts(stage: Stage, rounds: int, found: Measurement, stop: Callable[[Client, Road], object]) -> None:
    """Time, from the key on, a session on every road until `stop` has brought it to its first stop."""
    for number in range(rounds):
        stage.say(f"{found.title}: round {number + 1} of {rounds}")
        for road in stage.turns(number):
            trip = road.trip()
            busy = relay_cpu(road)
            try:
                start = time.perf_counter()
                trip.begin()
                stop(trip.connect(), road)
                found.add(road.name, (time.perf_counter() - start) * 1e3)
                found.add_cpu(road.name, cpu_since(road, busy, 1))
            finally:
                trip.end()
                stage.processes.settle("dlv")


def one_step(client: Client, thread: int) -> None:
    """Step over a line and ask for all that an editor then shows."""
    step = client.send("next", {"threadId": thread})
    client.event("stopped")
    client.response(step)
    client.request("threads")
    stack = client.request("stackTrace", {"threadId": thread, "startFrame": 0, "levels": STACK_LEVELS}).decoded()
    scopes = client.request("scopes", {"frameId": stack["stackFrames"][0]["id"]}).decoded()["scopes"]
    client.request("variables", {"variablesReference": scopes[0]["variablesReference"]})


def step(stage: Stage, rounds: int) -> list[Measurement]:
    """One line further, with threads, stack, scopes and variables; the roads' sessions are open at once and alternate.

    Two dlv of the same kind differ by a tenth in one round, so there are many rounds of few steps.
    """
    found = Measurement("step", "one step", "ms", target=1.15, note="next, stopped, threads, stackTrace, scopes, variables")
    steps(stage, rounds, found)
    return [found]


def steps(
    stage: Stage,
    rounds: int,
    found: Measurement,
    program: str = "small",
    attributes: Callable[[Road], Mapping[str, object]] = lambda _road: {},
) -> None:
    """Time steps of `small`, or of another executable of it, launched with `attributes`."""
    path, _ = stage.source("small")
    for number in range(rounds):
        stage.say(f"{found.title}: round {number + 1} of {rounds}")
        with stage.sessions(number, program, attributes) as sessions:
            for client, thread in sessions.values():
                client.request("setBreakpoints", {"source": {"path": path}, "breakpoints": []})
                for _ in range(WARM_UP_STEPS):
                    one_step(client, thread)
            times: dict[str, list[float]] = {name: [] for name in sessions}
            busy = {road.name: relay_cpu(road) for road in stage.roads}
            for block in range(BLOCKS):
                for road in stage.turns(number + block):
                    client, thread = sessions[road.name]
                    for _ in range(STEPS_A_BLOCK):
                        start = time.perf_counter()
                        one_step(client, thread)
                        times[road.name].append((time.perf_counter() - start) * 1e3)
            for road in stage.roads:
                found.add(road.name, statistics.median(times[road.name]))
                found.add_cpu(road.name, cpu_since(road, busy[road.name], BLOCKS * STEPS_A_BLOCK))


def memory_reference(client: Client, thread: int) -> str:
    """Return what `readMemory` needs to read the variable `blob` of the top frame."""
    stack = client.request("stackTrace", {"threadId": thread, "startFrame": 0, "levels": 1}).decoded()
    scopes = client.request("scopes", {"frameId": stack["stackFrames"][0]["id"]}).decoded()["scopes"]
    answer = client.request("variables", {"variablesReference": scopes[0]["variablesReference"]}).decoded()
    return next(str(variable["memoryReference"]) for variable in answer["variables"] if variable["name"] == "blob")


def body(stage: Stage, rounds: int) -> list[Measurement]:
    """From `readMemory` of 7.5 MB to the end of its answer of 10 MB."""
    found = Measurement("body", "a body of 10 MB", "ms", target=1.4, note="readMemory of 7.5 MB")
    for number in range(rounds):
        stage.say(f"{found.title}: round {number + 1} of {rounds}")
        with stage.sessions(number, "blob") as sessions:
            references = {name: memory_reference(client, thread) for name, (client, thread) in sessions.items()}
            times: dict[str, list[float]] = {name: [] for name in sessions}
            busy = {road.name: relay_cpu(road) for road in stage.roads}
            for turn in range(BODIES_A_ROUND):
                for road in stage.turns(number + turn):
                    client = sessions[road.name][0]
                    arguments = {"memoryReference": references[road.name], "offset": 0, "count": BODY_BYTES}
                    start = time.perf_counter()
                    client.send("readMemory", arguments)
                    size = len(client.frame())
                    times[road.name].append((time.perf_counter() - start) * 1e3)
                    if size < BODY_BYTES:
                        raise AdapterError(f"{road.name}: an answer of {size} bytes to a readMemory of {BODY_BYTES}")
            for road in stage.roads:
                found.add(road.name, statistics.median(times[road.name]))
                found.add_cpu(road.name, cpu_since(road, busy[road.name], BODIES_A_ROUND))
    return [found]


def events(stage: Stage, rounds: int) -> list[Measurement]:
    """From `configurationDone` to the last of 100,000 output events of a program that prints as many lines."""
    found = Measurement("events", "100,000 output events", "ms", target=2.0, note="a program prints, Delve sends")
    floods(stage, rounds, found)
    return [found]


def floods(
    stage: Stage,
    rounds: int,
    found: Measurement,
    program: str = "printer",
    attributes: Callable[[Road], Mapping[str, object]] = lambda _road: {},
) -> None:
    """Time the output of `printer`, or of another executable of it, launched with `attributes`."""
    for number in range(rounds):
        stage.say(f"{found.title}: round {number + 1} of {rounds}")
        for road in stage.turns(number):
            trip = road.trip()
            try:
                trip.begin()
                client = trip.connect()
                launch = stage.launch(client, program, str(EVENTS), outputMode="remote", **attributes(road))
                count_outputs(found, road, client, launch)
            finally:
                trip.end()
                stage.processes.settle("dlv")


def flood(stage: Stage, rounds: int) -> list[Measurement]:
    """Measure the same from an adapter that has all of them ready: what is left is the relay's own time."""
    note = "a scripted adapter sends them in one piece, faster than anything real, so no ratio and no target"
    found = Measurement("flood", "100,000 prepared events", "ms", "figure", note=note)
    adapter = stage.processes.start([sys.executable, Path(__file__).with_name("adapter.py"), str(EVENTS)])
    with ExitStack() as stack:
        stack.callback(end, adapter)
        port = banner_port(adapter, ADAPTER_BANNER, "the scripted adapter")
        roads = [stack.enter_context(in_front_of(stage, road, port)) for road in stage.roads]
        flooded = attrs.evolve(stage, roads=roads)
        for number in range(rounds):
            stage.say(f"{found.title}: round {number + 1} of {rounds}")
            for road in flooded.turns(number):
                trip = road.trip()
                try:
                    client = trip.connect()
                    client.request("initialize", {"adapterID": "go"})
                    launch = client.send("launch", {"mode": "exec", "program": "none"})
                    count_outputs(found, road, client, launch)
                finally:
                    trip.end()
    return [found]


def count_outputs(found: Measurement, road: Road, client: Client, launch: int) -> None:
    """Let the program run, count, and note the time; raises AdapterError when the number is not what it must be."""
    client.response(launch)
    busy = relay_cpu(road)
    start = time.perf_counter()
    client.send("configurationDone")
    count, last = client.count_outputs()
    # Shims may say something of their own, and Delve does when the program ends.
    if not EVENTS <= count <= EVENTS + 10:
        raise AdapterError(f"{road.name}: {count} output events of {EVENTS}")
    found.add(road.name, (last - start) * 1e3)
    found.add_cpu(road.name, cpu_since(road, busy, 1))


def in_front_of(stage: Stage, road: Road, port: int) -> Road:
    """Return the same road in front of an adapter that runs at `port`."""
    if isinstance(road, Dapshim):
        return Dapshim(road.processes, road.dlv, road.name, ("--connect", f"127.0.0.1:{port}", *road.options), spawns=False)
    if isinstance(road, Socat):
        socat, port = start_socat(stage.processes, port)
        return Fixed(road.processes, road.dlv, road.name, port, socat)
    return Fixed(road.processes, road.dlv, road.name, port)


def relay_cpu(road: Road) -> float | None:
    """Return the seconds of processor time that a dapshim has used, None for other roads."""
    if isinstance(road, Dapshim) and road.process is not None:
        return cpu_seconds(road.process.pid)
    return None


def cpu_since(road: Road, before: float | None, times: int) -> float | None:
    """Return the milliseconds of processor time since `before`, for each of `times`."""
    now = relay_cpu(road)
    return None if now is None or before is None else (now - before) * 1e3 / times
