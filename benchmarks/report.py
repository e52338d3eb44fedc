"""The results for people and programs: a table on the terminal, JSON, Markdown, and the plot. Measures nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.measurement import Measurement, Spread, spread

DIGITS = 4


@attrs.frozen
class Results:
    """One run: on what, over which roads, and what came out."""

    versions: Mapping[str, str | int]
    roads: Sequence[str]
    measurements: Sequence[Measurement]


def figure(value: float, unit: str) -> str:
    """Return a figure with about three digits and its unit."""
    if unit == "ms" and value >= 1000:  # noqa: PLR2004 - a thousand milliseconds are a second
        value, unit = value / 1000, "s"
    digits = max(0, 2 - len(str(int(abs(value)))) + 1)
    return f"{value:.{min(digits, 2)}f} {unit}"


def ratio(found: Spread) -> str:
    """Return a ratio with its quartiles."""
    return f"{found.median:.2f} ({found.lower:.2f} to {found.upper:.2f})"


def target(found: Measurement) -> str:
    """Return the target as it is said, empty without one."""
    if found.target is None:
        return ""
    return f"≤ {found.target:g}" if found.compared == "ratio" else f"≤ {figure(found.target, found.unit)}"


def cell(found: Measurement, road: str) -> tuple[str, str]:
    """Return a road's figure, and beneath it its ratio to direct or its spread; both empty when it was not measured."""
    values = found.rounds.get(road)
    if not values:
        return "", ""
    middle = spread(values)
    ratios = found.ratios(road)
    if ratios and road != "direct":
        return figure(middle.median, found.unit), ratio(spread(ratios))
    return figure(middle.median, found.unit), f"{figure(middle.lower, found.unit)} to {figure(middle.upper, found.unit)}"


def verdict(found: Measurement, roads: Sequence[str]) -> str:
    """Return `met` or what misses the target."""
    known = {road: found.met(road) for road in roads}
    missed = [road for road, met in known.items() if met is False]
    if missed:
        return f"missed by {' and '.join(missed)}"
    return "met" if True in known.values() else ""


def cpu_line(found: Measurement) -> str:
    """Return how much processor time each relay itself used."""
    parts = [f"{road} {figure(spread(values).median, found.unit)}" for road, values in found.cpu.items()]
    return f"processor time of {', of '.join(parts)}" if parts else ""


def print_table(results: Results) -> None:
    """Print the results to the terminal."""
    console = Console(width=None if Console().is_terminal else 150)
    machine = ", ".join(f"{name} {value}" for name, value in results.versions.items())
    table = Table(title="dapshim beside plain dlv", caption=f"median; ratio to direct (quartiles) below. {machine}")
    table.add_column("", overflow="fold")
    for road in results.roads:
        table.add_column(road, justify="right")
    table.add_column("target")
    for found in results.measurements:
        cells = []
        for road in results.roads:
            upper, lower = cell(found, road)
            style = {True: "green", False: "red", None: ""}[found.met(road)]
            cells.append(Text.assemble(upper, "\n", (lower, style or "dim")))
        notes = "; ".join(filter(None, (found.note, cpu_line(found))))
        said = verdict(found, results.roads)
        name = Text.assemble((found.title, "bold"), "\n", (notes, "dim"))
        table.add_row(name, *cells, Text.assemble(target(found), "\n", (said, "green" if said == "met" else "red")))
        table.add_section()
    console.print(table)


def as_json(results: Results) -> dict[str, Any]:
    """Return the results for programs: figures round by round, and their medians and spreads."""
    return {
        "versions": dict(results.versions),
        "measurements": [
            {
                "name": found.name,
                "title": found.title,
                "unit": found.unit,
                "compared": found.compared,
                "target": found.target,
                "note": found.note,
                "roads": {
                    road: {
                        "met": found.met(road),
                        "figure": rounded(spread(values)),
                        "ratio": rounded(spread(ratios)) if (ratios := found.ratios(road)) else None,
                        "cpu": rounded(spread(found.cpu[road])) if road in found.cpu else None,
                        "rounds": [significant(value) for value in values],
                    }
                    for road, values in found.rounds.items()
                },
            }
            for found in results.measurements
        ],
    }


def rounded(found: Spread) -> dict[str, float]:
    """Return a spread with as many digits as mean something."""
    return {name: significant(value) for name, value in attrs.asdict(found).items()}


def significant(value: float) -> float:
    """Return a number rounded to a few significant digits."""
    return float(f"{value:.{DIGITS}g}")


def as_markdown(results: Results) -> str:
    """Return the table as Markdown."""
    machine = ", ".join(f"{name} {value}" for name, value in results.versions.items())
    lines = [
        "# dapshim beside plain dlv",
        "",
        "Written by `make bench`. Every figure is the median over rounds in which each road had its turn; below it the ratio",
        "to direct of the same round, as median and quartiles.",
        "",
        f"Measured with {machine}.",
        "",
        "![ratios to direct](results.svg)",
        "",
        f"| | {' | '.join(results.roads)} | target |",
        f"|---|{'---:|' * len(results.roads)}---|",
    ]
    for found in results.measurements:
        cells = ["<br>".join(filter(None, cell(found, road))) for road in results.roads]
        goal = "<br>".join(filter(None, (target(found), verdict(found, results.roads))))
        notes = "; ".join(filter(None, (found.note, cpu_line(found))))
        name = f"**{found.title}**" + (f"<br>{notes}" if notes else "")
        lines.append(f"| {' | '.join((name, *cells, goal))} |")
    return "\n".join([*lines, ""])


def write(results: Results, folder: Path, say: Callable[[str], None]) -> None:
    """Write results.json, results.md and, where matplotlib is installed, results.svg into `folder`."""
    (folder / "results.json").write_text(json.dumps(as_json(results), indent=1, ensure_ascii=False) + "\n")
    (folder / "results.md").write_text(as_markdown(results))
    try:
        from benchmarks import plot
    except ImportError:
        say("no plot: matplotlib is missing (dependency group `bench`)")
        return
    plot.write(results.measurements, results.roads, folder / "results.svg")
    say("wrote results.json, results.md and results.svg")
