"""`make bench`: the same debug sessions directly with Delve, through socat, and through dapshim, in one interleaved run.

Prints a table and writes results.json, results.md and results.svg beside this file. Never fails because a target is missed: the
table says so.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A script's own folder is on its path, not the tree that the folder stands in.
sys.path.insert(0, str(HERE.parent))

from benchmarks import (  # noqa: E402 - needs the line above
    attaching,
    cold_starts,
    example,
    footprint,
    inspecting,
    language_server,
    mapped,
    mapping,
    planning,
    report,
    scenarios,
    warm,
)
from benchmarks.client import AdapterError  # noqa: E402
from benchmarks.measurement import Measurement  # noqa: E402
from benchmarks.processes import Processes  # noqa: E402
from benchmarks.roads import Dapshim, Direct, Road, RoadError, Socat, socat_is_there  # noqa: E402
from benchmarks.scenarios import Stage  # noqa: E402

Scenario = Callable[[Stage, int], list[Measurement]]
# Each with its rounds in a whole run and in a quick one; together about fifteen minutes on two processors.
SCENARIOS: dict[str, tuple[Scenario, int, int]] = {
    "f5": (scenarios.f5, 25, 3),
    "f5_modes": (mapped.f5, 15, 2),
    "step": (scenarios.step, 24, 3),
    "step_moved": (mapped.step, 24, 3),
    "attach": (attaching.attach, 11, 2),
    "body": (scenarios.body, 12, 3),
    "events": (scenarios.events, 5, 1),
    "events_moved": (mapped.events, 5, 1),
    "flood": (scenarios.flood, 7, 2),
    "plan": (planning.plan, 15, 2),
    "infer": (mapping.infer, 11, 2),
    "large": (mapping.large, 11, 2),
    "inspect": (inspecting.inspect, 11, 2),
    "preflight": (example.preflight, 25, 3),
    "heal": (example.heal, 7, 1),
    "cold": (cold_starts.cold, 6, 1),
    "lsp": (language_server.lsp, 15, 2),
    "warm": (warm.warm, 3, 1),
    "ready": (footprint.ready, 15, 3),
    "memory": (footprint.memory, 2, 1),
}
SHIMS_OFF = ("--shims", "off")


class CannotRunError(Exception):
    """Something that the run needs is missing; the message names it and the way out."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure dapshim beside plain dlv.")
    parser.add_argument("--quick", action="store_true", help="few rounds: a look, not a result; writes no files")
    parser.add_argument("--only", action="append", choices=sorted(SCENARIOS), metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each scenario, instead of its own number")
    parser.add_argument("--roads", metavar="A,B", help="only these of direct, socat, dapshim, dapshim --shims off")
    parser.add_argument("--dlv", type=Path, metavar="PATH", help="the dlv to use; found by itself otherwise")
    return parser.parse_args()


def find_dlv(asked: Path | None) -> Path:
    """Return the dlv that every road uses: the one asked for, the project's own, or the PATH's."""
    own = HERE.parent / ".tools" / "bin" / "dlv"
    found = asked or (own if own.exists() else shutil.which("dlv"))
    if found is None or not Path(found).exists():
        raise CannotRunError("there is no dlv; `make setup` installs one, or name it with --dlv PATH")
    return Path(found).resolve()


def build(binaries: Path) -> Path:
    """Build the programs for the debugger and return where their sources are."""
    sources = HERE / "programs"
    go = shutil.which("go", path=f"{HERE.parent / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    if go is None:
        raise CannotRunError("there is no go on the PATH; `make setup` installs one")
    command = [go, "build", "-gcflags=all=-N -l", "-o", str(binaries), "./..."]
    built = subprocess.run(command, cwd=sources, check=False, capture_output=True, text=True)
    if built.returncode != 0:
        raise CannotRunError(f"the programs do not build:\n{built.stderr}")
    return sources


def versions(dlv: Path) -> dict[str, str | int]:
    """Return what the figures depend on; nothing that tells one machine of a kind from another."""
    words = subprocess.run([dlv, "version"], check=True, capture_output=True, text=True).stdout.split()
    go = subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout.strip()
    return {
        "cpus": os.cpu_count() or 0,
        "system": platform.system(),
        "python": platform.python_version(),
        "go": go.removeprefix("go"),
        "dlv": words[words.index("Version:") + 1],
    }


def open_roads(stack: ExitStack, processes: Processes, dlv: Path, wanted: str | None) -> list[Road]:
    """Make every road warm; without socat the others are compared all the same."""
    roads: list[Road] = [Direct(processes, dlv)]
    if socat_is_there():
        roads.append(Socat(processes, dlv))
    else:
        say("socat is not on the PATH, so its column is missing; `apt-get install socat` brings it")
    roads += [Dapshim(processes, dlv, "dapshim"), Dapshim(processes, dlv, "dapshim --shims off", SHIMS_OFF)]
    if wanted is not None:
        names = {"direct", *wanted.split(",")}
        roads = [road for road in roads if road.name in names]
    return [stack.enter_context(road) for road in roads]


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(options: argparse.Namespace) -> None:
    """Measure, print and write."""
    dlv = find_dlv(options.dlv)
    begun = time.monotonic()
    with ExitStack() as stack:
        processes = Processes()
        stack.callback(processes.end_all)
        binaries = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dapshim-bench-")))
        say("building the programs")
        sources = build(binaries)
        stage = Stage(processes, open_roads(stack, processes, dlv, options.roads), binaries, sources, say)
        measurements: list[Measurement] = []
        for name, (scenario, whole, quick) in SCENARIOS.items():
            if options.only is None or name in options.only:
                measurements += scenario(stage, options.rounds or (quick if options.quick else whole))
    say(f"took {time.monotonic() - begun:.0f} s")
    # A scenario may have a road of its own.
    more = (name for each in measurements for name in each.rounds)
    names = list(dict.fromkeys([*(road.name for road in stage.roads), *more]))
    results = report.Results(versions(dlv), names, measurements)
    report.print_table(results)
    if options.quick or options.only or options.roads:
        say("part of a run: results.json, results.md and results.svg stay as they are")
    else:
        report.write(results, HERE, say)


def main() -> int:
    """Run; return the exit code."""
    # A run that is told to end ends its processes, as it does at Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        run(arguments())
    except KeyboardInterrupt:
        say("interrupted; everything that it started has been ended")
        return 130
    except (CannotRunError, RoadError, AdapterError, OSError) as error:
        say(f"{error}; everything that was started has been ended")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
