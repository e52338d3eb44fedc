"""Sessions in which dapshim has work with paths, and those in which it has none: F5 in each mode, and steps of a moved binary.

The moved binary is built with -trimpath from a copy of the sources that is gone when it runs, so plain Delve needs a
`substitutePath`; it gets the right one, as a person would write it by hand, and dapshim gets none.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.big_program import BigProgram
from benchmarks.client import AdapterError, Client
from benchmarks.measurement import Measurement
from benchmarks.roads import Dapshim, Road
from benchmarks.scenarios import EVENTS, Stage, cpu_since, floods, relay_cpu, starts, steps

MODULE: Final = "example.com/dapshim/benchmarks"
MOVED: Final = "moved/small"
F5_TARGET: Final = 1.05
STEP_TARGET: Final = 1.15
LARGE_ROUNDS: Final = 7
"""Of what takes seconds."""


def f5(stage: Stage, rounds: int) -> list[Measurement]:
    """F5 where plain Delve needs help, where it builds first, and the first F5 of a dapshim that has just been started."""
    move(stage)
    moved = Measurement("f5_moved", "F5, moved -trimpath", "ms", target=F5_TARGET, note="plain dlv is given the substitutePath")
    starts(stage, rounds, moved, lambda client, road: stage.stop(client, MOVED, **by_hand(stage, road)))
    debug = Measurement("f5_debug", "F5, debug mode", "ms", target=F5_TARGET, note="dlv builds; all is in Go's build cache")
    starts(stage, max(3, rounds // 2), debug, lambda client, _road: stop_built(stage, client))
    return [moved, debug, first(stage, rounds)]


def first(stage: Stage, rounds: int) -> Measurement:
    """F5 in a dapshim that has never had one, a second after its start; each has a process of its own."""
    found = Measurement("f5_first", "the first F5 of a dapshim", "ms", target=F5_TARGET, note="a second after its ready line")
    for number in range(rounds):
        stage.say(f"{found.title}: round {number + 1} of {rounds}")
        for road in stage.turns(number):
            fresh = Dapshim(road.processes, road.dlv, road.name, road.options) if isinstance(road, Dapshim) else road
            with fresh as one:
                time.sleep(1.0)
                trip = one.trip()
                busy = relay_cpu(one)
                try:
                    start = time.perf_counter()
                    trip.begin()
                    stage.stop(trip.connect(), "small")
                    found.add(road.name, (time.perf_counter() - start) * 1e3)
                    found.add_cpu(road.name, cpu_since(one, busy, 1))
                finally:
                    trip.end()
                    stage.processes.settle("dlv")
    return found


def step(stage: Stage, rounds: int) -> list[Measurement]:
    """Step through the moved binary, where every stack is translated."""
    move(stage)
    found = Measurement("step_moved", "one step, moved -trimpath", "ms", target=STEP_TARGET, note="the stack is translated")
    steps(stage, rounds, found, MOVED, lambda road: by_hand(stage, road))
    return [found]


def events(stage: Stage, rounds: int) -> list[Measurement]:
    """Let the moved binary print: what it prints may be a trace, which names files."""
    move(stage, "printer")
    note = "a moved -trimpath binary; its output is looked through for traces"
    found = Measurement("events_moved", f"{EVENTS:,} events, moved", "ms", target=2.0, note=note)
    floods(stage, rounds, found, "moved/printer", lambda road: by_hand(stage, road))
    return [found]


def f5_large(stage: Stage, large: BigProgram, rounds: int) -> Measurement:
    """F5 of an executable of 100 MB, trimmed and moved."""
    goroot()
    found = Measurement("f5_large", "F5, 100 MB, moved -trimpath", "ms", target=F5_TARGET, note="5,000 source files of its own")

    def stop(client: Client, road: Road) -> None:
        launch = stage.launch(client, large.binary, **rules(road, str(large.folder), "example.com/large"))
        stage.to_breakpoint(client, launch, *large.breakpoint)

    starts(stage, min(rounds, LARGE_ROUNDS), found, stop)
    return found


def by_hand(stage: Stage, road: Road) -> dict[str, object]:
    """Return what a launch of the moved binary says on a road."""
    return rules(road, str(stage.sources), MODULE)


def rules(road: Road, folder: str, module: str) -> dict[str, object]:
    """Return what a person says by hand of a trimmed module; with dapshim there is nothing to say but what is open."""
    if isinstance(road, Dapshim) and not road.options:
        return {"dapshim": {"workspaceFolder": folder}}
    return {"substitutePath": [{"from": folder, "to": module}, {"from": goroot() + "/src/runtime", "to": "runtime"}]}


@functools.cache
def goroot() -> str:
    """Return the Go tree that the programs are built with; asked before anything is timed."""
    return subprocess.run(["go", "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip()


def move(stage: Stage, program: str = "small") -> None:
    """Build a program from a copy of its source that is gone afterwards, unless that has been done."""
    goroot()
    built = stage.binaries / "moved" / program
    if built.exists():
        return
    with tempfile.TemporaryDirectory(prefix="dapshim-bench-elsewhere-") as elsewhere:
        copy = shutil.copytree(stage.sources, Path(elsewhere) / "copy")
        command = ["go", "build", "-trimpath", "-gcflags=all=-N -l", "-o", str(built), f"./{program}"]
        done = subprocess.run(command, cwd=copy, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise AdapterError(f"the trimmed program does not build: {done.stderr}")


def stop_built(stage: Stage, client: Client) -> None:
    """Launch in debug mode, where dlv builds, up to the first stop."""
    folder = stage.sources / "small"
    with tempfile.TemporaryDirectory(prefix="dapshim-bench-debug-") as output:
        arguments: Mapping[str, object] = {"program": str(folder), "output": f"{output}/built", "dlvCwd": str(folder)}
        stage.stop(client, "small", mode="debug", **arguments)
