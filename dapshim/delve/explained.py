"""Puts the facts about a breakpoint and the rules together; blocks as `breakpoint_reading` does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from dapshim.delve.breakpoint_reading import BreakpointReader
from dapshim.diagnose.breakpoint_facts import Asked, Explanation, FunctionFacts
from dapshim.diagnose.breakpoint_rules import SLIDING, explain_line
from dapshim.diagnose.function_rules import explain_function
from dapshim.diagnose.go_expression import calls
from dapshim.diagnose.request_rules import REQUEST_RULES, condition_call, condition_name
from dapshim.sources.regions import next_line

_NAME: Final = re.compile(r"[^\s:/*+-][^\s:]*|\(\*[^\s:]*")
"""A function's name, and no other of Delve's ways to name a place."""


_NO_LINE: Final = " can not be enabled"
"""How Delve 1.27.1 ends its answer to a function breakpoint `main.go:12` on a line without a statement."""


def explained(reader: BreakpointReader, asked: Asked) -> Explanation:
    """Return why a breakpoint is not set; of one that is, what is wrong with its condition."""
    if not asked.file and asked.function and _NAME.fullmatch(asked.function):
        return explain_function(reader.function_facts(asked))
    if not asked.file and asked.delves.endswith(_NO_LINE) and (line := reader.named_line(asked.function)) is not None:
        # Delve's words for a place without a statement name a number that nobody knows.
        return explain_line(reader.line_facts(attrs.evolve(asked, file=line[0], line=line[1], function="", delves="")))
    if not asked.file:
        # An instruction, a variable, `file:line`, `/a pattern/`: what was said of it is all that there is.
        told = FunctionFacts(asked)
        return Explanation(next((finding for rule in REQUEST_RULES if (finding := rule(told)) is not None), None))
    facts = reader.line_facts(asked)
    if asked.delves and facts.answer is not None and asked.delves == facts.answer.sentence:
        # What stood for Delve's words is the mapping's own: Delve was not asked.
        facts = attrs.evolve(facts, asked=attrs.evolve(asked, delves=""))
    found = explain_line(facts)
    if found.finding is None and asked.condition and facts.text is not None:
        wrong = condition_name(facts)
        if wrong is not None or calls(asked.condition):
            others = reader.siblings(asked.file)
            wrong = condition_name(facts, others) or condition_call(facts, others)
        return attrs.evolve(found, finding=wrong)
    return found


def slid(
    reader: BreakpointReader, asked: Sequence[Asked], taken: frozenset[int], refused: frozenset[int]
) -> list[tuple[int, str]]:
    """Return for each breakpoint the line to which it moves, and why; (0, "") where it stays.

    `taken` are lines with another breakpoint: what would move there stays, since Delve has one at a place. `refused` are lines
    that Delve did not take: they are passed over.
    """
    held = set(taken)
    found = []
    for each in asked:
        to, said = _slid(reader, each, refused)
        if to in held:
            to, said = 0, ""
        found.append((to, said))
        held.add(to)
    return found


def _slid(reader: BreakpointReader, asked: Asked, refused: frozenset[int]) -> tuple[int, str]:
    facts = reader.line_facts(asked, programs=False)
    finding = explain_line(facts).finding
    if finding is None or finding.code not in SLIDING or facts.text is None or not facts.lines:
        return 0, ""
    to = next_line(facts.text, asked.line, facts.lines, refused=refused)
    return (to, finding.message) if to is not None else (0, "")
