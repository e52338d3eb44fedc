"""What dapshim costs while nobody waits for it: its start, its memory, and fifty sessions at once."""

from __future__ import annotations

import time

from benchmarks.client import Client
from benchmarks.measurement import Measurement
from benchmarks.processes import children, end, memory_mib
from benchmarks.roads import DAPSHIM_BANNER, Dapshim, Road, banner_port, dapshim_command
from benchmarks.scenarios import Stage, stopped_thread

SESSIONS = 50
IDLE_SECONDS = 0.3


def ready(stage: Stage, rounds: int) -> list[Measurement]:
    """From exec to the ready line on stdout."""
    found = Measurement("ready", "exec to ready line", "s", "figure", target=0.35)
    for number in range(rounds):
        stage.say(f"{found.title}: round {number + 1} of {rounds}")
        for road in stage.roads:
            if isinstance(road, Dapshim):
                start = time.perf_counter()
                process = stage.processes.start(dapshim_command("--dlv", str(road.dlv), *road.options))
                try:
                    banner_port(process, DAPSHIM_BANNER, "dapshim")
                    found.add(road.name, time.perf_counter() - start)
                finally:
                    end(process)
    return [found]


def memory(stage: Stage, rounds: int) -> list[Measurement]:
    """Memory of dapshim idle, with one session and with fifty, and how long fifty take to stop."""
    what = {
        "idle": Measurement("idle", "idle memory", "MiB", "figure", target=45.0, note="PSS, after its ready line"),
        "idle_rss": Measurement("idle_rss", "idle memory, RSS", "MiB", "figure"),
        "one": Measurement("one", "first session", "MiB", "figure", note="PSS, more than idle, at a stop"),
        "fifty": Measurement("fifty", "fifty sessions", "MiB", "figure", note="PSS of all of dapshim, all at a stop"),
        "each": Measurement("each", "each of fifty", "MiB", "figure", note="PSS, more than idle, by the number of sessions"),
        "stops": Measurement(
            "stops", "fifty to their first stop", "s", note="all started at once; 50 dlv share the processors"
        ),
    }
    for number in range(rounds):
        for road in stage.turns(number):
            if isinstance(road, Dapshim):
                stage.say(f"fifty sessions at once: round {number + 1} of {rounds}, {road.name}")
                # A dapshim of its own: memory that an earlier scenario needed may not have been given back.
                with Dapshim(road.processes, road.dlv, road.name, road.options) as fresh:
                    dapshim_memory(stage, fresh, what)
            elif road.name == "direct":
                stage.say(f"fifty sessions at once: round {number + 1} of {rounds}, {road.name}")
                what["stops"].add(road.name, fifty(stage, road)[0])
    return list(what.values())


def dapshim_memory(stage: Stage, road: Dapshim, what: dict[str, Measurement]) -> None:
    """Measure one fresh dapshim."""
    time.sleep(IDLE_SECONDS)
    idle, resident = own_memory(road)
    what["idle"].add(road.name, idle)
    what["idle_rss"].add(road.name, resident)
    trip = road.trip()
    try:
        stage.stop(trip.connect(), "small")
        what["one"].add(road.name, own_memory(road)[0] - idle)
    finally:
        trip.end()
        stage.processes.settle("dlv")
    seconds, total = fifty(stage, road)
    what["stops"].add(road.name, seconds)
    what["fifty"].add(road.name, total)
    what["each"].add(road.name, (total - idle) / SESSIONS)


def fifty(stage: Stage, road: Road) -> tuple[float, float]:
    """Bring fifty sessions to their first stop at once; return the seconds that it took and dapshim's PSS in MiB."""
    trips = [road.trip() for _ in range(SESSIONS)]
    path, line = stage.source("small")
    places = {"source": {"path": path}, "breakpoints": [{"line": line}]}
    try:
        start = time.perf_counter()
        for trip in trips:
            trip.begin()
        clients: list[Client] = []
        launches: list[int] = []
        for trip in trips:
            client = trip.connect()
            clients.append(client)
            client.send("initialize", {"adapterID": "go", "linesStartAt1": True, "columnsStartAt1": True, "pathFormat": "path"})
            launches.append(client.send("launch", {"mode": "exec", "program": str(stage.binaries / "small")}))
        for client in clients:
            client.event("initialized")
            client.send("setBreakpoints", places)
            client.send("configurationDone")
        for client, launch in zip(clients, launches, strict=True):
            client.response(launch)
            stopped_thread(client)
        seconds = time.perf_counter() - start
        return seconds, own_memory(road)[0] if isinstance(road, Dapshim) else 0.0
    finally:
        for trip in trips:
            trip.end()
        stage.processes.settle("dlv")


def own_memory(road: Dapshim) -> tuple[float, float]:
    """Return PSS and RSS in MiB of dapshim and of processes of its own, but not of the dlv that it started."""
    if road.process is None:
        return 0.0, 0.0
    debuggers = set(road.processes.running("dlv"))
    pid = road.process.pid
    return memory_mib([pid, *(child for child in children(pid) if child not in debuggers)])
