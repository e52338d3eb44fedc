"""What came of the rows, and the table of both columns that stands at the end of `make matrix`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import attrs
import pytest

from tests.matrix.layout import Layout

WIDEST: Final = 100
"""Of a reason nobody reads more in a table; the failed test has all of it."""


@attrs.frozen
class Outcome:
    """A row's verdicts: None is right, a text why not."""

    layout: Layout
    plain: str | None
    dapshim: str | None


OUTCOMES: Final = pytest.StashKey[list[Outcome]]()


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of the table, one for each row, then the sums."""
    wide = max((len(each.layout.what) for each in outcomes), default=0)
    for each in outcomes:
        both = f"plain {_short(each.plain)}"
        both += " | dapshim " + ("the same" if each.plain == each.dapshim and each.plain else _short(each.dapshim))
        yield f"{each.layout.name:<4} {each.layout.what:<{wide}}  {both}"
    for name, right in (("plain dlv", _right(outcomes, "plain")), ("dapshim", _right(outcomes, "dapshim"))):
        yield f"{name}: {right} of {len(outcomes)} layouts right"
    for each in outcomes:
        if each.layout.cannot:
            yield f"{each.layout.name} is right when it is refused in words: {each.layout.cannot}"


def _right(outcomes: Sequence[Outcome], column: str) -> int:
    return sum(getattr(each, column) is None for each in outcomes)


def _short(verdict: str | None) -> str:
    if verdict is None:
        return "ok"
    line = " ".join(verdict.split())
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"
