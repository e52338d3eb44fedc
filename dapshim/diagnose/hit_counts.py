"""What Delve 1.27.1 makes of a hit count: it takes the first thing that looks like one. PURE, and light: F5 imports it."""

from __future__ import annotations

import re
from typing import Final

_READING: Final = re.compile(r"((?:=|>|<|%|!)+|) ?([\d_]+)", re.ASCII)


def as_delve_reads(text: str) -> tuple[str, str] | None:
    """Return the operator, "" for none, and the digits that Delve finds in a hit count; None where it finds none."""
    found = _READING.search(text)
    return (found[1], found[2]) if found is not None else None


def divides_by_zero(text: str) -> bool:
    """Whether Delve sets it, divides by zero when the line is reached, and answers no more."""
    read = as_delve_reads(text)
    return read is not None and read[0] == "%" and not read[1].strip("0")
