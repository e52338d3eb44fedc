"""`dapshim inspect` of the program of 100 MB, the whole command; beside it what others read of such a file."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from benchmarks import big_program
from benchmarks.client import AdapterError
from benchmarks.measurement import DIRECT, Measurement
from benchmarks.roads import Dapshim, dapshim_program
from benchmarks.scenarios import Stage

OTHERS = {"inspect_readelf": ("readelf", "-S"), "inspect_go": ("go", "version", "-m")}
"""What reads the table of sections alone, and what reads the build info alone."""


def inspect(stage: Stage, rounds: int) -> list[Measurement]:
    """Run each command in turn, warm: the file is in memory, and Python has compiled what it imports."""
    taken = Measurement("inspect", "100 MB: dapshim inspect", "ms", "figure", 300, "--json, warm; the whole command")
    memory = Measurement("inspect_memory", "100 MB: most memory of it", "MiB", "figure", 100, "RSS")
    note = "the same file; most memory {}, below 9 MiB it is not known"
    road = next((road.name for road in stage.roads if isinstance(road, Dapshim)), None)
    stage.say("building a program of 100 MB: a minute or two, once")
    program = big_program.make(stage.binaries.resolve())
    found = {name: Measurement(name, " ".join(words), "ms", "figure", note=note) for name, words in OTHERS.items()}
    commands = {name: [*there, program.binary] for name, words in OTHERS.items() if (there := located(words))}
    options = ["--dlv", str(stage.roads[0].dlv), "--workspace-folder", str(program.folder)]
    own = [*dapshim_program(), *options, "inspect", "--json", program.binary]
    for command in (own, *commands.values()):
        one(stage, command)
    most: dict[str, float] = {}
    for number in range(rounds):
        stage.say(f"{taken.title}: round {number + 1} of {rounds}")
        if road is not None:
            mine = one(stage, own)
            if "dapshim" not in json.loads(mine["printed"]):
                raise AdapterError(f"dapshim inspect does not say what can be debugged: {mine['printed']}")
            taken.add(road, mine["ms"])
            memory.add(road, mine["memory"])
        for name, command in commands.items():
            other = one(stage, command)
            found[name].add(DIRECT, other["ms"])
            most[name] = max(most.get(name, 0.0), other["memory"])
    for name, each in found.items():
        each.note = note.format(f"{most[name]:.0f} MiB") if name in most else "not on the PATH"
    return [taken, memory, *found.values()]


def located(words: tuple[str, ...]) -> list[str] | None:
    """Return a command with the path of its program, None where the PATH has none."""
    program = shutil.which(words[0])
    return None if program is None else [program, *words[1:]]


def one(stage: Stage, command: list[str]) -> dict[str, Any]:
    """Run a command as one_command.py does; raises AdapterError when it fails."""
    script = str(Path(__file__).with_name("one_command.py"))
    # Without site packages, since a parent's memory is counted.
    process = stage.processes.start([sys.executable, "-I", "-S", script, *command])
    printed, _ = process.communicate()
    found: dict[str, Any] = json.loads(printed) if printed else {}
    # 1: dapshim has found something.
    if found.get("code") not in (0, 1) or not found["printed"]:
        raise AdapterError(f"{' '.join(command)} failed")
    return found
