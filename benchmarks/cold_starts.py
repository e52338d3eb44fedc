"""Cold starts: is what runs first hit every time? A variable's initialiser, init() and main.main, in order, once each.

Not a time but a share, for each kind of build, with plain dlv and through dapshim. `make bench` prints it, of few starts; more:

    python benchmarks/cold_starts.py --starts 100
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    # A script's own folder is on its path, not the tree that the folder stands in.
    sys.path.insert(0, str(HERE.parent))

from benchmarks.client import AdapterError, Client  # noqa: E402 - needs the line above
from benchmarks.measurement import Measurement  # noqa: E402 - the same
from benchmarks.roads import Dapshim, Direct, Road  # noqa: E402

if TYPE_CHECKING:
    from benchmarks.scenarios import Stage

MARKS = ("variable", "init", "main")
WHOLE = "-gcflags=all=-N -l"


@attrs.frozen
class Kind:
    """A kind of build: its flags, or none where Delve builds; `share` of the starts are made with it."""

    name: str
    flags: tuple[str, ...] | None
    program: str = "starts"
    share: float = 0.5
    arguments: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def label(self) -> str:
        """Its name as a file and a program may have it."""
        return "".join(letter if letter.isalnum() else "_" for letter in self.name)


KINDS = (
    Kind("exec", (WHOLE,), share=1.0),
    Kind("debug", None, share=1.0),
    Kind("exec, default flags", ()),
    Kind("PIE", (WHOLE, "-buildmode=pie")),
    Kind("race", (WHOLE, "-race")),
    Kind("cgo", (WHOLE,), "startsc"),
    Kind("-trimpath", (WHOLE, "-trimpath")),
    Kind("stripped, by the bridge", ("-ldflags=-s -w",), arguments={"dapshim": {"heal": "off"}}),
    Kind("stripped, healed", ("-ldflags=-s -w",)),
)


@attrs.define
class Count:
    """How many of the starts had all three, in order, once."""

    good: int = 0
    all: int = 0
    first_bad: str = ""

    @property
    def missed(self) -> float:
        """The share of the others, in percent."""
        return 100.0 * (self.all - self.good) / self.all

    def __str__(self) -> str:
        return f"{self.good} of {self.all}" + (f" ({self.first_bad})" if self.first_bad else "")


def lines(source: Path) -> list[int]:
    """Return the lines of the three places."""
    texts = source.read_text().splitlines()
    return [next(number for number, text in enumerate(texts, 1) if text.endswith(f"// start: {mark}")) for mark in MARKS]


def start(client: Client, source: Path, arguments: Mapping[str, Any]) -> list[str]:
    """Run a program to its end; return which of the places it stopped at."""
    client.request("initialize", {"adapterID": "go", "linesStartAt1": True, "columnsStartAt1": True, "pathFormat": "path"})
    client.send("launch", arguments)
    client.event("initialized")
    wanted = {"source": {"path": str(source)}, "breakpoints": [{"line": line} for line in lines(source)]}
    answers = client.request("setBreakpoints", wanted).decoded()["breakpoints"]
    by_id = {answer["id"]: mark for mark, answer in zip(MARKS, answers, strict=True) if answer.get("id")}
    client.request("configurationDone")
    hit: list[str] = []
    while True:
        try:
            body = client.event("stopped").decoded()
        except AdapterError:  # the session has ended
            return hit
        hit += [by_id.get(each, "?") for each in body.get("hitBreakpointIds") or [0]]
        client.send("continue", {"threadId": body.get("threadId", 0)})


def built(kind: Kind, folder: Path, sources: Path) -> dict[str, Any]:
    """Build a program, or say how Delve shall; return the arguments of its launch.

    Raises:
        AdapterError: it does not build, as without a C compiler some do not.

    """
    source = sources / kind.program
    if kind.flags is None:
        return {"mode": "debug", "program": str(source), "dlvCwd": str(source), **kind.arguments}
    binary = folder / kind.label
    go = shutil.which("go", path=f"{HERE.parent / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}") or "go"
    command = [go, "build", *kind.flags, "-o", str(binary), f"./{kind.program}"]
    environment = os.environ | {"CGO_ENABLED": "1", "GOFLAGS": ""}
    done = subprocess.run(command, cwd=sources, check=False, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise AdapterError(f"it does not build: {done.stderr.strip()}")
    return {"mode": "exec", "program": str(binary), **kind.arguments}


def count(stage: Stage, roads: Sequence[Road], kind: Kind, arguments: Mapping[str, Any], starts: int) -> dict[str, Count]:
    """Start a program this often on each road in turn."""
    source = stage.sources / kind.program / "main.go"
    found = {road.name: Count() for road in roads}
    for _ in range(starts):
        for road in roads:
            # Only dapshim takes its own object out of a launch.
            own = arguments if isinstance(road, Dapshim) else {name: arguments[name] for name in arguments if name != "dapshim"}
            trip = road.trip()
            try:
                trip.begin()
                hit = start(trip.connect(), source, own)
            finally:
                trip.end()
                stage.processes.settle("dlv")
            of_road = found[road.name]
            of_road.all += 1
            of_road.good += hit == list(MARKS)
            if hit != list(MARKS) and not of_road.first_bad:
                of_road.first_bad = f"hit: {', '.join(hit) or 'none'}"
    return found


def cold(stage: Stage, rounds: int) -> list[Measurement]:
    """Count the cold starts in which not all was hit; `rounds` starts, half as many of the kinds that matter less."""
    roads = [road for road in stage.roads if isinstance(road, Direct) or (isinstance(road, Dapshim) and not road.options)]
    rows: list[Measurement] = []
    for kind in KINDS:
        starts = max(1, round(rounds * kind.share))
        note = (
            f"of {starts} on each road"
            if rows
            else f"of {starts} on each road; hit: initialiser, init(), main.main, in order, once"
        )
        row = Measurement(f"cold_{kind.label}", f"missed at a cold start: {kind.name}", "%", "figure", 0.0, note)
        try:
            arguments = built(kind, stage.binaries, stage.sources)
        except AdapterError as error:
            # One kind less is no reason to lose what a whole run has measured.
            stage.say(f"cold starts, {kind.name}: {error}")
            continue
        found = count(stage, roads, kind, arguments, starts)
        stage.say(f"cold starts, {kind.name}: " + "; ".join(f"{name} {counted}" for name, counted in found.items()))
        for name, counted in found.items():
            row.add(name, counted.missed)
        rows.append(row)
    return rows


def main() -> int:
    """Count without the rest of `make bench`."""
    import argparse
    import tempfile
    from contextlib import ExitStack

    from benchmarks.processes import Processes
    from benchmarks.scenarios import Stage

    parser = argparse.ArgumentParser(description="Count cold starts in which all that runs first is hit.")
    parser.add_argument("--starts", type=int, default=100, metavar="N")
    parser.add_argument("--dlv", type=Path, default=Path(shutil.which("dlv") or "dlv"))
    options = parser.parse_args()
    with ExitStack() as stack:
        processes = Processes()
        stack.callback(processes.end_all)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dapshim-starts-")))
        roads: list[Road] = [Direct(processes, options.dlv), Dapshim(processes, options.dlv, "dapshim", ())]
        opened = [stack.enter_context(road) for road in roads]
        cold(Stage(processes, opened, folder, HERE / "programs", lambda text: print(text, flush=True)), options.starts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
