"""What a launch plan takes on a go.work as large as they get, beside what the go command takes to tell of the same tree."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.big_workspace import BigWorkspace, make
from benchmarks.client import AdapterError
from benchmarks.measurement import DIRECT, Measurement
from benchmarks.roads import Dapshim
from benchmarks.scenarios import Stage

TARGET_MS: Final = 200.0
SLOW_ROUNDS: Final = 3
"""Of `go list -json all`, which takes seconds."""
NOTE: Final = "40 modules, 5,000 packages, 100,000 files; from the arguments to the plan, go env included"


def plan(stage: Stage, rounds: int) -> list[Measurement]:
    """From launch arguments to the whole plan, on a warm disk; `go list` for comparison."""
    plans = {
        "plan": Measurement("plan", "plan: a folder", "ms", "figure", TARGET_MS, NOTE),
        "plan_import": Measurement("plan_import", "plan: an import path", "ms", "figure", TARGET_MS),
        "plan_only": Measurement(
            "plan_only", "plan: the only program below", "ms", "figure", TARGET_MS, "a module of 125 packages"
        ),
        "plan_many": Measurement(
            "plan_many", "plan: one of 40 below the root", "ms", "figure", TARGET_MS, "all of them listed"
        ),
    }
    loading = Measurement(
        "plan_load", "plan: loading the planner", "ms", "figure", note="once, at the first launch of a dapshim"
    )
    lists = {
        "list_modules": Measurement("list_modules", "go list -m -json", "ms", "figure", note="the same tree"),
        "list_all": Measurement("list_all", "go list -json all", "ms", "figure", note="the same tree"),
    }
    road = next((road.name for road in stage.roads if isinstance(road, Dapshim)), None)
    with tempfile.TemporaryDirectory(prefix="dapshim-bench-plan-") as folder:
        stage.say("writing 100,000 files")
        tree = make(str(Path(folder).resolve()))
        if road is not None:
            planned(tree.root, *programs(tree)["plan_many"])  # the disk is warm, and Python's own caches are written
        for number in range(rounds):
            stage.say(f"plans: round {number + 1} of {rounds}")
            for name, (program, outcome) in programs(tree).items():
                if road is not None:
                    load, milliseconds = planned(tree.root, program, outcome)
                    plans[name].add(road, milliseconds)
                    if name == "plan":
                        loading.add(road, load)
            lists["list_modules"].add(DIRECT, listed(tree.root, "-m", "-json"))
            if number < SLOW_ROUNDS:
                lists["list_all"].add(DIRECT, listed(tree.root, "-json", "all"))
    return [*plans.values(), loading, *lists.values()]


def programs(tree: BigWorkspace) -> Mapping[str, tuple[str, str]]:
    """Return what is asked for in each measurement, and how the answer begins."""
    last, import_path = tree.last_program
    built = f"builds {last}"
    return {
        "plan": (last, built),
        "plan_import": (import_path, built),
        "plan_only": (tree.modules[-1], built),
        "plan_many": (tree.root, f'"program" is {tree.root}, which has no package main, and there are several'),
    }


def planned(workspace: str, program: str, outcome: str) -> tuple[float, float]:
    """Plan in a new process; return the milliseconds of loading and planning, or raise AdapterError for another outcome."""
    command = [sys.executable, str(Path(__file__).with_name("one_plan.py")), workspace, program]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    load, milliseconds, found = done.stdout.split(" ", 2) if done.returncode == 0 else ("", "", done.stderr)
    if done.returncode != 0 or not found.startswith(outcome):
        raise AdapterError(f"the plan for {program} came to: {found}")
    return float(load), float(milliseconds)


def listed(workspace: str, *words: str) -> float:
    """Run `go list` and return the milliseconds; raises AdapterError when it refuses."""
    begun = time.perf_counter()
    done = subprocess.run(["go", "list", *words], cwd=workspace, capture_output=True, check=False)
    if done.returncode != 0:
        raise AdapterError(f"go list {' '.join(words)}: {done.stderr.decode(errors='replace')}")
    return (time.perf_counter() - begun) * 1e3
