"""The screen of `dapshim why`: the answer, what to do, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dapshim.cli import one_line
from dapshim.cli.styled_lines import StyledLines

if TYPE_CHECKING:
    from dapshim.delve.hollow import Why

_INDENT: Final = 4


def print_page(found: Why) -> None:
    """Print it."""
    lines = StyledLines(None, _INDENT)
    finding = found.explanation.finding
    lines.write([(one_line(found.asked.at), "bold"), (f" in {one_line(found.target)}", "")], wrap=True)
    lines.write([])
    if finding is None:
        lines.write([("can be set", "bold green")])
    else:
        head = [("cannot be set ", "bold red"), (finding.code, "bold"), (": ", "")]
        lines.write([*head, (one_line(found.message), "")], wrap=True)
        for remedy in finding.remedies:
            lines.write([("  → ", "green"), (one_line(remedy.title) + (":" if remedy.command else ""), "")], wrap=True)
            if remedy.command:
                # Not cut nor folded: it is there to be copied.
                lines.write_whole([("    ", ""), (one_line(remedy.command), "bold")])
    lines.write([])
    evidence = [*found.evidence, *(finding.evidence if finding is not None else ())]
    for each in dict.fromkeys(evidence):
        lines.write([("  · ", "dim"), (one_line(each), "dim")], wrap=True)
    lines.flush()
