"""All rules, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from dapshim.diagnose import rules_debug_info, rules_file, rules_session
from dapshim.diagnose.facts import Facts
from dapshim.diagnose.finding import Finding, ordered

RULES: Final[tuple[Callable[[Facts], Iterable[Finding]], ...]] = (
    *rules_file.RULES,
    *rules_debug_info.RULES,
    *rules_session.RULES,
)


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """Return all findings, the worst first."""
    return ordered(found for rule in RULES for found in rule(facts))
