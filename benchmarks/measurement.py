"""What a run found out, and the arithmetic of it. Knows neither how a figure was measured nor how it is shown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

import attrs

DIRECT = "direct"


@attrs.frozen
class Spread:
    """The middle of some figures and how far they scatter."""

    median: float
    lower: float
    upper: float
    least: float
    most: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """Return median, quartiles and extremes of at least one figure."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], values[0], values[0], 1)
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, lower, upper, min(values), max(values), len(values))


@attrs.define
class Measurement:
    """One figure for each road, once a round.

    `target` bounds the ratio to direct when `compared` is `ratio`, the figure itself when it is `figure`. `cpu` is the
    processor time that the relay itself used, in the same unit, where it is known: it tells more than the clock when
    something else keeps the machine busy. `beside` is what every other road may take beside the ratio, round by round: what
    it does that direct need not.
    """

    name: str
    title: str
    unit: Literal["µs", "ms", "s", "MiB", "%"]
    compared: Literal["ratio", "figure"] = "ratio"
    target: float | None = None
    note: str = ""
    rounds: dict[str, list[float]] = attrs.field(factory=dict)
    cpu: dict[str, list[float]] = attrs.field(factory=dict)
    beside: list[float] = attrs.field(factory=list)

    def add(self, road: str, value: float) -> None:
        """Note one round's figure of one road."""
        self.rounds.setdefault(road, []).append(value)

    def add_cpu(self, road: str, value: float | None) -> None:
        """Note one round's processor time of one road, if it is known."""
        if value is not None:
            self.cpu.setdefault(road, []).append(value)

    def ratios(self, road: str) -> list[float]:
        """Return the road's figure, without `beside`, over direct's, round by round; empty when nothing can be compared."""
        direct, own = self.rounds.get(DIRECT, []), self.rounds.get(road, [])
        if self.compared != "ratio":
            return []
        beside = self.beside if self.beside and road != DIRECT else [0.0] * len(own)
        return [(each - more) / other for each, more, other in zip(own, beside, direct, strict=False)]

    def met(self, road: str) -> bool | None:
        """Say whether the road reaches the target; None when there is none for it."""
        if self.target is None or not road.startswith("dapshim"):
            return None
        values = self.ratios(road) if self.compared == "ratio" else self.rounds.get(road, [])
        return statistics.median(values) <= self.target if values else None
