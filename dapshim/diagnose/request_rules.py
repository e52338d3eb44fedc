"""What is wrong with what was asked for, wherever it stands: conditions, hit counts, log messages; and what Delve's words tell.

Delve 1.27.1's texts: `service/dap/server.go` setBreakpoints, `pkg/proc/target_group.go` parseHitCondition.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Final, Protocol

from dapshim.diagnose.breakpoint_codes import (
    CONDITION_CALL,
    CONDITION_NAME,
    CONDITION_SYNTAX,
    CORE_BREAKPOINT,
    DUPLICATE,
    HIT_CONDITION,
    LOG_MESSAGE,
    PROGRAM_EXITED,
)
from dapshim.diagnose.breakpoint_facts import Asked, LineFacts
from dapshim.diagnose.finding import Finding, Remedy
from dapshim.diagnose.go_expression import calls, fault, names, packages
from dapshim.diagnose.hit_counts import as_delve_reads, divides_by_zero
from dapshim.sources.go_text import GoText
from dapshim.sources.regions import function_at

_EXITED: Final = re.compile(r"has exited with status (-?\d+)")
_CORE: Final = "cannot write a breakpoint to a core file"
_EXISTS: Final = ("Breakpoint exists at", "breakpoint already exists")
_EXISTS_AT: Final = re.compile(r"Breakpoint exists at (.+) at [0-9a-f]+")
_AT: Final = re.compile(r"(\d+):(\d+): (.+)")
_HIT: Final = re.compile(r"\s*(==|!=|>=|<=|>|<|%)?\s*(\d+)\s*", re.ASCII)
_DELVES_HIT: Final = "unable to parse breakpoint hit condition"
_DELVES_LOG: Final = ("invalid log point format", "empty evaluation string")
_WORD: Final = re.compile(rb"[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*")
_DOT_IMPORT: Final = re.compile(rb"(?:^|\n)[ \t]*(?:import[ \t]+)?\.[ \t]+[\"`]")
MAX_INT: Final = (1 << 63) - 1


class HasAsked(Protocol):
    """Facts about any breakpoint."""

    @property
    def asked(self) -> Asked:
        """What was asked for."""


def exited(facts: HasAsked) -> Finding | None:
    """Find a program that is not there any more."""
    found = _EXITED.search(facts.asked.delves)
    if found is None:
        return None
    return PROGRAM_EXITED.found(
        f"The program has ended (exit status {found[1]}), so that nothing can be set.",
        where=facts.asked.place,
        evidence=[facts.asked.delves],
        remedies=[Remedy("Start it again")],
    )


def core(facts: HasAsked) -> Finding | None:
    """Find a core file."""
    if _CORE not in facts.asked.delves:
        return None
    return CORE_BREAKPOINT.found(
        "A core file does not run, so that no breakpoint can be reached.",
        where=facts.asked.place,
        evidence=[facts.asked.delves],
        remedies=[Remedy("Debug the program itself (mode exec)")],
    )


def duplicate(facts: HasAsked) -> Finding | None:
    """Find a place that another breakpoint has."""
    if not facts.asked.delves.startswith(_EXISTS):
        return None
    at = _EXISTS_AT.match(facts.asked.delves)
    where = f" ({at[1]})" if at is not None else ""
    return DUPLICATE.found(
        f"Another breakpoint stands at {facts.asked.place} already{where}; the program stops there by that one.",
        where=facts.asked.place,
        evidence=[facts.asked.delves],
        remedies=[Remedy("Remove one of the two")],
    )


def condition_syntax(facts: HasAsked) -> Finding | None:
    """Find a condition that is no expression; where Delve has parsed it, its word counts."""
    condition, said = facts.asked.condition.strip(), _AT.search(facts.asked.delves)
    if facts.asked.condition and not condition and said is not None:
        said_of_it = f"The condition of {facts.asked.place} is blank."
        return CONDITION_SYNTAX.found(said_of_it, where=facts.asked.place, remedies=[Remedy("Take it out, or write one")])
    if not condition or (facts.asked.delves and said is None and "unable to set breakpoint" not in facts.asked.delves):
        return None
    wrong = fault(condition)
    if wrong is None and said is None:
        return None
    if wrong is not None:
        what = str(wrong)
    else:
        assert said is not None  # noqa: S101 - one of the two
        what = f"{f'line {said[1]}, ' if said[1] != '1' else ''}column {said[2]}: {said[3]}"
    return CONDITION_SYNTAX.found(
        f"The condition {condition} of {facts.asked.place} is no Go expression, {what}.",
        where=facts.asked.place,
        evidence=[facts.asked.delves] if facts.asked.delves else [],
        remedies=[Remedy("Correct the condition")],
    )


def hit_condition(facts: HasAsked) -> Finding | None:
    """Find a hit count that is none, or that never comes."""
    text = facts.asked.hit_condition
    refused = facts.asked.delves.startswith(_DELVES_HIT)
    if not text.strip() and not (text and refused):
        return None
    found, read = _HIT.fullmatch(text), as_delve_reads(text)
    if divides_by_zero(text):
        said = f'The hit count "{text}" of {facts.asked.place} divides by 0, at which Delve hangs: it was not set.'
    elif found is None or int(found[2]) > MAX_INT:
        # Delve 1.27.1 takes the first thing in it that looks like one.
        taken = f", and Delve takes it for {read[0] or '=='} {read[1]}" if read is not None and not refused else ""
        said = (
            f'The hit count "{text}" of {facts.asked.place} is none{taken}: write a number, or an operator and one, like > 5.'
        )
    elif never(found[1] or "==", int(found[2])):
        said = f'The hit count "{text}" of {facts.asked.place} never comes: hits are counted from 1.'
    else:
        return None
    return HIT_CONDITION.found(
        said,
        where=facts.asked.place,
        evidence=[facts.asked.delves] if refused else [],
        remedies=[Remedy("Correct the hit count")],
    )


def never(operator: str, count: int) -> bool:
    """Whether no hit, counted from 1, can be meant."""
    return (operator in ("==", "<=") and count < 1) or (operator == "<" and count <= 1)


def log_message(facts: HasAsked) -> Finding | None:
    """Find a log message with a brace that has no partner."""
    if not facts.asked.delves.startswith(_DELVES_LOG):
        return None
    return LOG_MESSAGE.found(
        f"The log message of {facts.asked.place} cannot be read: {facts.asked.delves}. Expressions stand in braces, each "
        "with its "
        "partner: n is {n}.",
        where=facts.asked.place,
        evidence=[facts.asked.log_message],
        remedies=[Remedy("Close the brace, or take it out")],
    )


def condition_name(facts: LineFacts, others: tuple[bytes, ...] = ()) -> Finding | None:
    """Find a condition that names what is nowhere: neither in the function, nor at the top level of its package.

    `others` are the texts of the package's other files. A package with a dot import may have any name, and is left alone.
    """
    condition, text = facts.asked.condition.strip(), facts.text
    if not condition or text is None or fault(condition) is not None:
        return None
    function = function_at(text, facts.asked.line)
    if function is None or _DOT_IMPORT.search(text.data) is not None:
        return None
    body = text.blanked[text.offset_of(function.first) : text.offset_of(function.last + 1)]
    inside = {each.decode("utf-8", "replace") for each in _WORD.findall(body)}
    outside = {name for each in (text, *map(GoText, others)) for name in top_level(each)}
    dotted = set(packages(condition))
    missing = [each for each in names(condition) if each not in inside and each not in outside and each not in dotted]
    if not missing:
        return None
    near = difflib.get_close_matches(missing[0], sorted(inside | outside), n=2)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return CONDITION_NAME.found(
        f"The condition {condition} of {facts.asked.place} names {missing[0]}, which is not there: Delve stops each time, "
        "since it "
        f"cannot evaluate it.{hint}",
        where=facts.asked.place,
        evidence=[f"{missing[0]} stands neither in {function.name} nor at the top level of the package"],
        remedies=[Remedy(f"Write {near[0]}" if near else "Correct the name")],
    )


def condition_call(facts: LineFacts, others: tuple[bytes, ...] = ()) -> Finding | None:
    """Find a condition that calls a function of the package, `others` as above; `pkg.F(x)` may be a conversion."""
    condition, text = facts.asked.condition.strip(), facts.text
    if not condition or text is None or fault(condition) is not None:
        return None
    known = [each for one in (text, *map(GoText, others)) for each in one.functions]
    declared = {f".{each.name}" if each.receiver else each.name for each in known}
    called = next((each.removeprefix(".") for each in calls(condition) if each in declared), None)
    if called is None:
        return None
    return CONDITION_CALL.found(
        f"The condition {condition} of {facts.asked.place} calls {called}, and Delve calls no function in a condition: it "
        "stops each time.",
        where=facts.asked.place,
        remedies=[Remedy(f"Compare what {called} would look at")],
    )


def top_level(text: GoText) -> set[str]:
    """Return all words outside of functions: more than what is declared there, and nothing less."""
    found: set[str] = set()
    at = 0
    for each in text.functions:
        begin, end = text.offset_of(each.first), text.offset_of(each.last + 1)
        found.update(word.decode("utf-8", "replace") for word in _WORD.findall(text.blanked[at:begin]))
        found.add(each.name)
        at = end
    found.update(word.decode("utf-8", "replace") for word in _WORD.findall(text.blanked[at:]))
    return found


REQUEST_RULES: Final[tuple[Callable[[HasAsked], Finding | None], ...]] = (
    exited,
    core,
    duplicate,
    condition_syntax,
    hit_condition,
    log_message,
)
"""Those that need no source."""
