"""The service of examples/gowork: what the look at a program adds to F5, and what lending debug info to it takes.

Both are measured in pairs on one dapshim, with plain dlv beside: it runs the same program with its debug info.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.client import AdapterError, Client
from benchmarks.measurement import Measurement
from benchmarks.roads import Dapshim, Direct, Road
from benchmarks.scenarios import Stage, cpu_since, relay_cpu

EXAMPLE: Final = Path(__file__).resolve().parent.parent / "examples" / "gowork"
SERVICE: Final = EXAMPLE / "services" / "orders"
MARK: Final = "// break: main"
WHOLE: Final = "-gcflags=all=-N -l"
STRIPPED: Final = "-ldflags=-s -w"
F5_TARGET: Final = 1.05
ADDED_MS: Final = 30.0


def preflight(stage: Stage, rounds: int) -> list[Measurement]:
    """F5 with the look at the program and without, in turn which comes first."""
    plain = Measurement("preflight_off", "F5 of the example, no preflight", "ms", note="the service of examples/gowork")
    whole = Measurement(
        "preflight", "F5 of the example", "ms", target=F5_TARGET, note="with the preflight, as it is by default"
    )
    note = "F5 with it less F5 without, in pairs; Delve's 200 ms fall on either"
    added = Measurement("preflight_added", "what the preflight adds", "ms", "figure", ADDED_MS, note)
    program = built(stage, "orders", WHOLE)
    for number in range(rounds):
        stage.say(f"{whole.title}: round {number + 1} of {rounds}")
        for road in roads_of(stage):
            if not isinstance(road, Dapshim):
                taken = f5(stage, road, program, {})
                plain.add(road.name, taken)
                whole.add(road.name, taken)
                continue
            pair: dict[str, float] = {}
            for said in ("on", "off") if number % 2 else ("off", "on"):
                busy = relay_cpu(road)
                pair[said] = f5(stage, road, program, {"preflight": said})
                (whole if said == "on" else plain).add_cpu(road.name, cpu_since(road, busy, 1))
            plain.add(road.name, pair["off"])
            whole.add(road.name, pair["on"])
            added.add(road.name, pair["on"] - pair["off"])
            added.add_cpu(road.name, whole.cpu[road.name][-1] - plain.cpu[road.name][-1])
    return [plain, whole, added]


def heal(stage: Stage, rounds: int) -> list[Measurement]:
    """F5 of the service without debug info: the first time, when its twin is built, and the second, when it is there."""
    first = Measurement(
        "heal_first", "F5, stripped: the first time", "ms", note="its twin is built, compared and lent; Go's cache is warm"
    )
    second = Measurement("heal_second", "F5, stripped: the second time", "ms", target=F5_TARGET, note="the twin is kept")
    added = Measurement(
        "heal_added", "what the second time adds", "ms", "figure", note="to F5 with debug info of its own, in pairs"
    )
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        stage.say("debug info is lent on linux/amd64 only, so its rows are missing")
        return []
    whole, stripped = built(stage, "orders", WHOLE), built(stage, "orders_stripped", WHOLE, STRIPPED)
    cache = subprocess.run(["go", "env", "GOCACHE"], check=True, capture_output=True, text=True).stdout.strip()
    for number in range(rounds):
        stage.say(f"{first.title}: round {number + 1} of {rounds}")
        for road in roads_of(stage):
            if not isinstance(road, Dapshim):
                taken = f5(stage, road, whole, {}, expect_variables)
                first.add(road.name, taken)
                second.add(road.name, taken)
                continue
            with tempfile.TemporaryDirectory(prefix="dapshim-bench-healed-") as healed:
                # Go keeps what it has compiled in the same folder unless it is told.
                environment = {"XDG_CACHE_HOME": healed, "GOCACHE": cache}
                with Dapshim(stage.processes, road.dlv, road.name, environment=environment) as one:
                    # What every first F5 loads is no matter of healing.
                    f5(stage, one, whole, {})
                    for each in (first, second):
                        busy = relay_cpu(one)
                        each.add(road.name, f5(stage, one, stripped, {"heal": "auto"}, expect_variables))
                        each.add_cpu(road.name, cpu_since(one, busy, 1))
                    added.add(road.name, second.rounds[road.name][-1] - f5(stage, one, whole, {}))
    return [first, second, added]


def roads_of(stage: Stage) -> list[Road]:
    """Return plain dlv and a dapshim with all that it does."""
    return [road for road in stage.roads if isinstance(road, Direct) or (isinstance(road, Dapshim) and not road.options)]


def built(stage: Stage, name: str, *flags: str) -> Path:
    """Build the service, unless that has been done."""
    binary = stage.binaries / name
    if not binary.exists():
        # What a person has set for other projects must not change this build.
        environment = {**os.environ, "GOFLAGS": "", "GOWORK": str(EXAMPLE / "go.work")}
        command = ["go", "build", "-buildvcs=false", *flags, "-o", str(binary), "."]
        done = subprocess.run(command, cwd=SERVICE, env=environment, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise AdapterError(f"the service of the example does not build: {done.stderr}")
    return binary


def f5(
    stage: Stage,
    road: Road,
    program: Path,
    own: Mapping[str, Any],
    then: Callable[[Client, int], None] = lambda _client, _thread: None,
) -> float:
    """Return the milliseconds from the key to the stop in main.main; only dapshim is told what is dapshim's `own`."""
    source = SERVICE / "main.go"
    line = next(number for number, text in enumerate(source.read_text().splitlines(), 1) if text.endswith(MARK))
    said: dict[str, Any] = {"cwd": str(SERVICE)}
    if isinstance(road, Dapshim):
        said["dapshim"] = {"workspaceFolder": str(EXAMPLE), **own}
    trip = road.trip()
    try:
        start = time.perf_counter()
        trip.begin()
        client = trip.connect()
        launch = stage.launch(client, str(program), "-once", **said)
        thread = stage.to_breakpoint(client, launch, str(source), line)
        taken = (time.perf_counter() - start) * 1e3
        then(client, thread)
        return taken
    finally:
        trip.end()
        stage.processes.settle("dlv")


def expect_variables(client: Client, thread: int) -> None:
    """Raise AdapterError when no debug info is there: a stop alone needs none in dapshim."""
    stack = client.request("stackTrace", {"threadId": thread, "startFrame": 0, "levels": 1}).decoded()
    scopes = client.request("scopes", {"frameId": stack["stackFrames"][0]["id"]}).decoded()["scopes"]
    answer = client.request("variables", {"variablesReference": scopes[0]["variablesReference"]}).decoded()
    if "arrivals" not in [variable["name"] for variable in answer["variables"]]:
        raise AdapterError("the stripped service has no variables: no debug info was lent to it")
