"""What it takes to map the source files of an executable: on a go.work as large as they get, and for one of 100 MB.

Beside it, on the same tree, what others do to learn as much: `go list -json all`, and the part of Delve's own guess that looks
at the client's side (`dlv substitute-path-guess-helper`, Delve 1.27.1).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks import attaching, big_program, mapped
from benchmarks.big_workspace import BigWorkspace, make
from benchmarks.client import AdapterError
from benchmarks.measurement import DIRECT, Measurement
from benchmarks.planning import listed
from benchmarks.roads import Dapshim
from benchmarks.scenarios import Stage

SLOW_ROUNDS: Final = 2
"""Of what takes seconds to look at the tree."""
ASKED_EACH: Final = 5
"""Files of each module that are asked for: few are linked, as in a real workspace."""


def infer(stage: Stage, rounds: int) -> list[Measurement]:
    """Map a trimmed program of the big workspace; `go list` and Delve's guess for comparison."""
    rows = [
        Measurement("infer_all", "map: all of it", "ms", "figure", 200, "reading the program, go env, go.work, inference"),
        Measurement("infer", "map: inference alone", "ms", "figure", 200, "40 modules, 5,000 packages, 100,000 files"),
        Measurement("infer_cold", "map: a path, cold", "ms", "figure", 1, "processor time; the middle of 200 files"),
        Measurement("infer_worst", "map: the slowest of them", "ms", "figure", 1),
        Measurement("infer_cached", "map: a path, asked before", "µs", "figure", 5),
        Measurement("infer_back", "map: all recorded files back", "ms", "figure", note="172 files, 170 of them Go's own"),
        Measurement("infer_load", "map: loading what maps", "ms", "figure", note="once, ahead of the first launch"),
    ]
    others = [
        Measurement("infer_list", "go list -json all, again", "ms", "figure", note="the same tree"),
        Measurement("infer_guess", "dlv's own guess", "ms", "figure", note="substitute-path-guess-helper on the same tree"),
    ]
    parts = ("whole", "infer", "cold", "cold_worst", "cached", "all", "load")
    road = next((road.name for road in stage.roads if isinstance(road, Dapshim)), None)
    with tempfile.TemporaryDirectory(prefix="dapshim-bench-map-") as folder:
        stage.say("writing 100,000 files")
        tree = make(str(Path(folder).resolve()))
        binary = built(tree)
        for number in range(rounds if road is not None else 0):
            stage.say(f"maps: round {number + 1} of {rounds}")
            found = one(binary, tree.root, asked(tree))
            if found["linked"] < 1 or found["mapped"] < found["files"]:
                raise AdapterError(f"of {found['files']:.0f} recorded files {found['mapped']:.0f} were found")
            for row, part in zip(rows, parts, strict=True):
                row.add(str(road), found[part])
        for number in range(min(rounds, SLOW_ROUNDS)):
            stage.say(f"others: round {number + 1}")
            others[0].add(DIRECT, listed(tree.root, "-json", "all"))
            others[1].add(DIRECT, guessed(stage.roads[0].dlv, tree.root))
    return [*rows, *others]


def large(stage: Stage, rounds: int) -> list[Measurement]:
    """Read an executable of 100 MB, and be in sessions with it."""
    read = Measurement("large_read", "100 MB: reading its files", "ms", "figure", 300, "pclntab and build info; memory-mapped")
    whole = Measurement("large_all", "100 MB: all of the mapping", "ms", "figure", note="reading, go env, go.mod, inference")
    back = Measurement("large_back", "100 MB: all files back", "ms", "figure", note="4,800 files")
    memory = Measurement("large_memory", "100 MB: most memory", "MiB", "figure", 100, "RSS, of which Python has 30 MiB")
    road = next((road.name for road in stage.roads if isinstance(road, Dapshim)), None)
    stage.say("building a program of 100 MB: a minute or two, once")
    program = big_program.make(stage.binaries.resolve())
    read.note = f"{Path(program.binary).stat().st_size / 1e6:.0f} MB; {read.note}"
    for number in range(rounds if road is not None else 0):
        stage.say(f"{read.title}: round {number + 1} of {rounds}")
        found = one(program.binary, str(program.folder), [program.breakpoint[0]])
        for row, part in ((read, "read"), (whole, "whole"), (back, "all"), (memory, "memory")):
            row.add(str(road), found[part])
    sessions = [mapped.f5_large(stage, program, rounds), *attaching.attach_large(stage, program, rounds)]
    return [read, whole, back, memory, *sessions]


def built(tree: BigWorkspace) -> str:
    """Build the last program of the workspace with -trimpath; return the executable."""
    folder, _ = tree.last_program
    binary = f"{tree.root}/built"
    command = ["go", "build", "-trimpath", "-o", binary, folder]
    done = subprocess.run(command, cwd=tree.root, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise AdapterError(f"the program of the big workspace does not build: {done.stderr}")
    return binary


def asked(tree: BigWorkspace) -> list[str]:
    """Return files that an editor may have open: the program's own, and some of each module, most of them not linked."""
    program, _ = tree.last_program
    own = [f"{program}/main.go", f"{program}/part1.go"]
    return own + [f"{module}/pkg{number * 20:03}/f{number + 1}.go" for module in tree.modules for number in range(ASKED_EACH)]


def one(binary: str, folder: str, files: Sequence[str]) -> Mapping[str, float]:
    """Map in a new process, and return what that took; see one_mapping.py."""
    command = [sys.executable, str(Path(__file__).with_name("one_mapping.py")), binary, folder, *files]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    if done.returncode != 0:
        raise AdapterError(f"the mapping of {binary} failed: {done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def guessed(dlv: Path, folder: str) -> float:
    """Run Delve's helper and return the milliseconds; raises AdapterError when it finds none of the modules."""
    begun = time.perf_counter()
    done = subprocess.run([dlv, "substitute-path-guess-helper"], cwd=folder, capture_output=True, check=False)
    if done.returncode != 0 or b"example.com/big/svc00" not in done.stdout:
        raise AdapterError(f"dlv's guess: {done.stderr.decode(errors='replace')}")
    return (time.perf_counter() - begun) * 1e3
