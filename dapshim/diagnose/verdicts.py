"""What can be debugged: breakpoints by source line, the stack and variables, in plain Delve and through dapshim. PURE.

docs and facts of Delve 1.27.1: stripped programs get no breakpoint by line, and no stack for a thread that a client names;
trimmed paths are found by none; optimised code has lines and variables in part.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import attrs

from dapshim.binary.facts import BinaryFacts
from dapshim.diagnose.facts import Facts
from dapshim.diagnose.finding import Finding, Severity
from dapshim.diagnose.optimization import optimized_by_build_info
from dapshim.diagnose.rebuilding import UNNAMED, linker_words, stripping

Answer = Literal["yes", "partly", "no"]


@attrs.frozen
class Abilities:
    """What works; `breakpoints` are those by source line."""

    breakpoints: Answer
    stack: Answer
    variables: Answer


NOTHING: Final = Abilities("no", "no", "no")


@attrs.frozen
class Verdicts:
    """In plain Delve; and through dapshim, with all that it mends by itself and the source at hand."""

    plain: Abilities
    dapshim: Abilities


_HOPELESS: Final = frozenset(
    {
        "not-executable",
        "truncated",
        "not-main",
        "core-file",
        "debug-only-file",
        "wrong-platform",
        "missing-loader",
        "core-mismatch",
    }
)
"""What neither Delve nor dapshim debugs as it is."""

_MENDED: Final = frozenset({"no-symtab", "go-version"})
"""What plain Delve refuses, and dapshim mends on a copy or by a flag."""


def verdicts(facts: Facts, findings: Iterable[Finding]) -> Verdicts:
    """Return what works, from the facts and what was found in them."""
    severities = {each.code: each.severity for each in findings}
    binary = facts.binary
    if binary is None or severities.keys() & _HOPELESS or severities.get("damaged") is Severity.ERROR:
        return Verdicts(NOTHING, NOTHING)
    if "not-go" in severities:
        # Delve 1.27.1: breakpoints in C with debug info are hit, the stack is empty.
        answer = Abilities("yes" if binary.dwarf is not None else "no", "no", "no")
        return Verdicts(answer, answer)
    if "packed" in severities:
        unpacked = Abilities("partly", "yes", "partly") if severities["packed"] is Severity.WARNING else NOTHING
        return Verdicts(NOTHING, unpacked)
    unreadable = binary.dwarf is not None and binary.dwarf.damaged and not binary.dwarf.units
    if "no-dwarf" in severities or unreadable:
        return Verdicts(NOTHING, _without_dwarf(binary))
    mended = _with_dwarf(severities)
    if severities.keys() & _MENDED:
        plain = NOTHING
    elif "trimpath" in severities:
        plain = attrs.evolve(mended, breakpoints="no")
    else:
        plain = mended
    return Verdicts(plain, mended)


def _with_dwarf(severities: dict[str, Severity]) -> Abilities:
    optimised = severities.get("optimized") is Severity.WARNING
    lines: Answer = "partly" if optimised or severities.keys() & {"stale-source", "damaged"} else "yes"
    variables: Answer = "partly" if optimised or "damaged" in severities else "yes"
    return Abilities(lines, "yes", "no" if "partial-dwarf" in severities else variables)


def _without_dwarf(binary: BinaryFacts) -> Abilities:
    """Return what a twin's debug info gives, where it can be rebuilt, else what Go's line table does."""
    if (binary.container, binary.machine) != ("elf", "amd64"):
        return NOTHING
    optimised = optimized_by_build_info(binary)
    lines: Answer = "yes" if optimised is False else "partly"
    return Abilities(lines, "yes", lines if can_be_rebuilt(binary) else "no")


def can_be_rebuilt(binary: BinaryFacts) -> bool:
    """Tell whether build info says enough to build an equal twin, with the source at hand.

    A main package that was named by its files has no import path, and the temporary program of `go test` equals nothing that
    can be built (Go 1.26).
    """
    if not binary.build.settings or binary.build.path in ("", UNNAMED):
        return False
    return not binary.is_test or bool(stripping(linker_words(binary)))
