"""The plot: one small panel for each figure that has a target or a ratio, all read the same way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.measurement import Measurement, spread

PANELS = (
    *("f5", "f5_moved", "f5_debug", "f5_first", "step", "step_moved", "attach", "attach_large"),
    *("body", "events", "events_moved", "flood", "f5_large", "large_read", "infer_all", "plan_many"),
    *("plan", "ready", "idle", "stops", "inspect", "preflight_added", "heal_first", "heal_second"),
)
COLUMNS = 4
COLOURS = {"direct": "#9aa3ad", "socat": "#c08a3e", "dapshim": "#0f766e", "dapshim --shims off": "#5fb3a8"}
INK = "#1f2933"
FAINT = "#8a94a0"
TARGET = "#b4232a"
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.hashsalt": "dapshim",
    "axes.edgecolor": "#d5dae0",
    "text.color": INK,
    "axes.labelcolor": FAINT,
    "xtick.color": FAINT,
    "ytick.color": INK,
}


def write(measurements: Sequence[Measurement], roads: Sequence[str], path: Path) -> None:
    """Draw the measurements that have a panel and write them as SVG."""
    by_name = {found.name: found for found in measurements}
    panels = [by_name[name] for name in PANELS if name in by_name]
    rows = -(-len(panels) // COLUMNS)
    with mpl.rc_context(STYLE):
        sheet: Any = Figure(figsize=(12, 0.95 + 2.25 * rows), facecolor="white")
        sheet.suptitle("What dapshim costs beside plain dlv", x=0.012, y=0.985, ha="left", fontsize=13, fontweight="bold")
        legend = "dot: median · thick: quartiles · thin: least to most of all rounds · red: target"
        sheet.text(0.988, 0.972, legend, ha="right", va="top", fontsize=8.5, color=FAINT)
        places = sheet.subplots(rows, COLUMNS, squeeze=False).flat
        lines = [road for road in reversed(roads) if road != "direct"]
        for number, (place, found) in enumerate(zip(places, panels, strict=False)):
            panel(place, found, lines)
            labels = [road.replace(" --", "\n--") for road in lines] if number % COLUMNS == 0 else []
            place.set_yticks(range(len(labels)), labels)
        for place in list(sheet.axes)[len(panels) :]:
            place.remove()
        sheet.tight_layout(rect=(0, 0, 1, 0.955), w_pad=2.0, h_pad=2.0)
        sheet.savefig(path, format="svg", metadata={"Date": None})


def panel(place: Any, found: Measurement, lines: Sequence[str]) -> None:
    """Draw one measurement: each road at the height of its name, the target as a line across."""
    compares = found.compared == "ratio"
    shown = [road for road in lines if found.rounds.get(road)]
    for road in shown:
        height = lines.index(road)
        middle = spread(found.ratios(road) if compares else found.rounds[road])
        colour = COLOURS.get(road, INK)
        place.plot([middle.least, middle.most], [height, height], color=colour, linewidth=1.2, alpha=0.55)
        place.plot([middle.lower, middle.upper], [height, height], color=colour, linewidth=6, solid_capstyle="butt", alpha=0.75)
        place.plot(middle.median, height, "o", color="white", markeredgecolor=colour, markeredgewidth=1.8, markersize=6.5)
        place.annotate(
            f"{middle.median:.2f}" if middle.median < 10 else f"{middle.median:.1f}",  # noqa: PLR2004 - three digits
            (middle.median, height),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )
    place.set_ylim(-0.6, len(lines) - 0.25)
    frame(place, found, shown, compares=compares)


def frame(place: Any, found: Measurement, shown: Sequence[str], *, compares: bool) -> None:
    """Give a panel its title, its axis, and the lines at direct and at the target."""
    values = [value for road in shown for value in (found.ratios(road) if compares else found.rounds[road])]
    marks = [mark for mark in (found.target, 1.0 if compares else None) if mark is not None]
    low, high = min([*values, *marks]), max([*values, *marks])
    if not compares:
        # A difference may be below nothing.
        low = min(0.0, low)
    margin = 0.08 * (high - low or 1.0)
    place.set_xlim(low if low == 0 else low - margin, high + margin)
    if compares:
        place.axvline(1.0, color=COLOURS["direct"], linewidth=1, zorder=0)
    if found.target is not None:
        place.axvline(found.target, color=TARGET, linewidth=1.3, linestyle=(0, (4, 2)), zorder=0)
    place.set_title(found.title, loc="left", fontsize=10, fontweight="bold", pad=8)
    place.set_xlabel("times direct" if compares else found.unit, fontsize=8.5)
    place.tick_params(axis="both", length=0)
    place.tick_params(axis="x", labelsize=8)
    place.xaxis.grid(visible=True, color="#eef1f4", linewidth=0.8)
    place.set_axisbelow(True)
    for side in ("top", "right", "left"):
        place.spines[side].set_visible(False)
