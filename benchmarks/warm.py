"""The first F5 of a day, in debug mode: with what it compiles in Go's cache, since the editor was idle before, and without."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.example import EXAMPLE, MARK
from benchmarks.language_server import NAME, LspTrip, Server
from benchmarks.measurement import Measurement
from benchmarks.scenarios import Stage, stopped_thread

TARGET: Final = 30.0
PROGRAM: Final = "services/orders"
NOTE: Final = "the service of examples/gowork, a cold GOCACHE of its own"


def warm(stage: Stage, rounds: int) -> list[Measurement]:
    """F5 to the first stop, both ways in each round."""
    without = Measurement("warm_off", "first F5, mode debug", "s", "figure", note=NOTE)
    after = Measurement("warm_on", "first F5, mode debug, built before", "s", "figure", note="warmBuilds, the editor idle")
    building = Measurement(
        "warm_build", "what was built before", "s", "figure", note="at idle priority, 5 s of idleness included"
    )
    share = Measurement("warm", "first F5 after a build before it", "%", "figure", TARGET, "of the one without, round by round")
    for number in range(rounds):
        stage.say(f"{share.title}: round {number + 1} of {rounds}")
        cold, _ = _f5(stage, before=False)
        quick, idle = _f5(stage, before=True)
        without.add(NAME, cold)
        after.add(NAME, quick)
        building.add(NAME, idle)
        share.add(NAME, 100.0 * quick / cold)
    return [without, after, building, share]


def _f5(stage: Stage, *, before: bool) -> tuple[float, float]:
    """Return the seconds from the key to the first stop, and those that were waited for the build before."""
    with tempfile.TemporaryDirectory(prefix="dapshim-bench-warm-") as folder:
        tree, cache = Path(folder).resolve() / "gowork", Path(folder).resolve() / "cache"
        shutil.copytree(EXAMPLE, tree)
        program = tree / PROGRAM
        configuration = {"name": "orders", "type": "go", "request": "launch", "mode": "debug", "program": str(program)}
        (tree / ".vscode").mkdir(exist_ok=True)
        (tree / ".vscode" / "launch.json").write_text(json.dumps({"configurations": [configuration]}))
        dlv = stage.roads[0].dlv
        options = {"workspaceTrust": True, "warmBuilds": before}
        server = Server(stage.processes, dlv, tree, options, {"GOCACHE": str(cache), "GOFLAGS": ""})
        begun = time.perf_counter()
        try:
            if before:
                server.until(lambda each: each.get("method") == "dapshim/warmed")
            else:
                time.sleep(2.0)  # the server's own look at the folder is over
            waited = time.perf_counter() - begun
            trip = LspTrip(stage.processes, dlv, server)
            try:
                begun = time.perf_counter()
                trip.begin()
                _stop(trip, program)
                return time.perf_counter() - begun, waited
            finally:
                trip.end()
        finally:
            server.close()


def _stop(trip: LspTrip, program: Path) -> None:
    path = program / "main.go"
    lines = path.read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.endswith(MARK))
    client = trip.connect()
    client.request("initialize", {"clientID": "benchmark", "adapterID": "go", "pathFormat": "path"})
    launch = client.send("launch", {"name": "orders", "mode": "debug", "program": str(program)})
    client.event("initialized")
    client.request("setBreakpoints", {"source": {"path": str(path)}, "breakpoints": [{"line": line}]})
    client.request("configurationDone")
    client.response(launch)
    stopped_thread(client)
