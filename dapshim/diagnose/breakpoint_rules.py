"""Why a breakpoint by line is not set: one rule, one cause; the first that applies is the answer.

Three kinds in this order: what was asked for cannot be (`request_rules`), the file is none of the program's, the line has no
code.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Final

import attrs

from dapshim.diagnose.breakpoint_codes import (
    INLINED,
    MAIN_UNDER_TEST,
    NO_CODE,
    NOT_LINKED,
    OPTIMIZED_AWAY,
    PAST_END,
    UNREACHABLE,
)
from dapshim.diagnose.breakpoint_facts import Explanation, LineFacts
from dapshim.diagnose.breakpoint_file_rules import (
    FILE_RULES,
    built_for_debugging,
    line_directive,
    or_folded,
    seen_in_a_debug_build,
)
from dapshim.diagnose.finding import Finding, Remedy, Severity
from dapshim.diagnose.request_rules import REQUEST_RULES
from dapshim.golang.spelling import parent
from dapshim.sources.regions import (
    LineKind,
    Region,
    behind,
    function_at,
    is_a_statement,
    kind_of,
    next_line,
    previous_line,
    region_at,
)


def explain_line(facts: LineFacts) -> Explanation:
    """Return why a breakpoint is not set, or that nothing stands in its way. `asked.delves` counts where Delve was asked."""
    near = nearest(facts)
    finding = next((found for rule in LINE_RULES if (found := rule(facts)) is not None), None)
    quiet = finding is not None and finding.code == NOT_LINKED.code and finding.severity is Severity.INFO
    to = None
    if finding is not None and finding.code in SLIDING and facts.text is not None and facts.lines is not None:
        to = next_line(facts.text, facts.asked.line, facts.lines)
        if to in facts.asked.others:
            said = f"{finding.message} Line {to} has a breakpoint already."
            finding, to = attrs.evolve(finding, message=said, remedies=(Remedy("Remove one of the two"),)), None
    return Explanation(finding, near, quiet, to or 0)


def nearest(facts: LineFacts) -> tuple[int, ...]:
    """Return the nearest lines with code of the same function, before and behind the asked one."""
    if not facts.lines or facts.asked.line in facts.lines:
        return ()
    if facts.text is None:
        before = [each for each in facts.lines if each < facts.asked.line]
        behind_it = [each for each in facts.lines if each > facts.asked.line]
        return (*([max(before)] if before else []), *([min(behind_it)] if behind_it else []))
    found = (previous_line(facts.text, facts.asked.line, facts.lines), next_line(facts.text, facts.asked.line, facts.lines))
    return tuple(each for each in found if each is not None)


# -- the line ----------------------------------------------------------------------------------------------------------------


def stripped(facts: LineFacts) -> Finding | None:
    """Find a program without debug info."""
    if not facts.program.stripped and not facts.asked.delves.endswith("binary is stripped"):
        return None
    from dapshim.diagnose.rules_debug_info import NO_DWARF

    return NO_DWARF.found(
        "The program was stripped of its debug info, so that Delve can set no breakpoint by line.",
        where=facts.asked.file,
        evidence=[text for text in (facts.asked.delves,) if text],
        remedies=[built_for_debugging(facts.program)],
    )


def past_end(facts: LineFacts) -> Finding | None:
    """Find a line that is not there."""
    if facts.text is None or kind_of(facts.text, facts.asked.line) is not LineKind.BEYOND:
        return None
    return PAST_END.found(
        f"{facts.asked.name} has {facts.text.line_count} lines, and no line {facts.asked.line}.",
        where=facts.asked.at,
        remedies=[Remedy("Remove the breakpoint")],
    )


def stale(facts: LineFacts) -> Finding | None:
    """Find a text that is not the one that was compiled."""
    if not facts.stale or _has_code(facts):
        return None
    from dapshim.diagnose.rules_session import STALE_SOURCE

    return STALE_SOURCE.found(facts.stale, where=facts.asked.file, remedies=[Remedy("Build it again")])


def main_under_test(facts: LineFacts) -> Finding | None:
    """Find the main function of a program whose tests run."""
    function = function_at(facts.text, facts.asked.line) if facts.text is not None else None
    if not facts.program.test or function is None or (function.name, function.receiver) != ("main", "") or _has_code(facts):
        return None
    return MAIN_UNDER_TEST.found(
        f"{facts.asked.place} is in main, which does not run in a test: go test has a main of its own.",
        where=facts.asked.at,
        remedies=[Remedy("Debug the program itself (mode debug)", f"dlv debug {shlex.quote(parent(facts.asked.file))}")],
    )


def without_body(facts: LineFacts) -> Finding | None:
    """Find a function that the file only declares."""
    function = function_at(facts.text, facts.asked.line) if facts.text is not None else None
    if function is None or function.has_body or facts.lines is None or _has_code(facts):
        return None
    where = f"in {facts.written_at}" if facts.written_at else "in assembly, or in the package that //go:linkname names"
    return NO_CODE.found(
        f"{function.name} is only declared at {facts.asked.place}: its code is {where}.",
        where=facts.asked.at,
        remedies=[Remedy(f"Set it {where}" if facts.written_at else "Set it where the function is called")],
    )


def without_function(facts: LineFacts) -> Finding | None:
    """Find a function that is nowhere in the program, or only in its callers."""
    region = _function(facts)
    if region is None or facts.text is None or facts.lines is None or _has_code(facts):
        return None
    if facts.begun is None or facts.inlined is None or region.first in facts.begun:
        return None
    if region.first in facts.inlined and _may_run(facts):
        return INLINED.found(
            f"{region.name} is inlined wherever it is called, and line {facts.asked.line} has no code of its "
            f"own{_near(facts)}.",
            where=facts.asked.at,
            evidence=["the line table has no function that begins there, and names it in its inline trees"],
            remedies=[
                built_for_debugging(facts.program),
                Remedy(f"Or write //go:noinline above {region.name}, and set it at a statement of it"),
            ],
        )
    if region.first in facts.inlined or any(region.first <= line <= region.last for line in facts.lines):
        return None
    if region.name == "init":
        return UNREACHABLE.found(
            "This program has no code of this init: it does nothing.",
            where=facts.asked.at,
            evidence=[f"the line table has no code of lines {region.first} to {region.last}"],
        )
    # Nobody optimises assembly.
    program = attrs.evolve(facts.program, optimized=False) if facts.asked.name.endswith(".s") else facts.program
    return UNREACHABLE.found(
        f"This program has no code of {region.name}: nothing that it runs calls it{or_folded(program)}.",
        where=facts.asked.at,
        evidence=[f"the line table has no code of lines {region.first} to {region.last}"],
        remedies=seen_in_a_debug_build(program, f"call {region.name}, or debug the program or the test that does"),
    )


def no_code(facts: LineFacts) -> Finding | None:
    """Find a line on which there is nothing to run."""
    if facts.text is None or facts.lines is None or _has_code(facts):
        return None
    if _may_run(facts) and facts.program.optimized is not False:
        return None
    near = [Remedy(f"Set it at line {each}") for each in reversed(nearest(facts))]
    said = f"{facts.asked.place} {_what_stands_there(facts)}{_near(facts)}."
    return NO_CODE.found(said, where=facts.asked.at, remedies=near[:1])


def _what_stands_there(facts: LineFacts) -> str:
    """Return what a line without code is, as the middle of a sentence."""
    assert facts.text is not None  # noqa: S101 - asked before
    text, line = facts.text, facts.asked.line
    kind, region = kind_of(text, line), region_at(text, line)
    if kind is not LineKind.CODE:
        comment = "is a comment, or C without a statement" if facts.imports_c else "is a comment"
        return {LineKind.BLANK: "is blank", LineKind.COMMENT: comment}.get(kind, f"is {kind} without code")
    if region is None:
        return "is outside of any function, and has no code"
    if (begins := text.text_around(line)) != 0:
        return f"is part of the text that begins in line {begins}"
    if (leaving := behind(text, line)) != 0:
        word = text.code(leaving).partition(b"(")[0].split()[0].decode()
        return f"stands behind the {word} of line {leaving}, so that it never runs"
    if function_at(text, line) is None and not region.literal:
        return f"is part of {region.name}, and nothing runs there"
    return "has no instruction" if facts.asked.name.endswith(".s") else "has no statement that runs"


def _may_run(facts: LineFacts) -> bool:
    """Whether the line is one of a function for which a build without optimisation is likely to have code."""
    text, line = facts.text, facts.asked.line
    if text is None or facts.asked.name.endswith(".s") or kind_of(text, line) is not LineKind.CODE:
        return False
    region = region_at(text, line)
    is_function = region is not None and (region.literal or function_at(text, line) is not None)
    return is_function and is_a_statement(text, line) and not behind(text, line)


def not_go(facts: LineFacts) -> Finding | None:
    """Find a line without code of a file that is not Go's, and that `//line` has named in a generated one."""
    if facts.text is not None or not facts.lines or _has_code(facts):
        return None
    near = nearest(facts)
    listed = f"; the nearest lines that have some: {' and '.join(map(str, near))}"
    return NO_CODE.found(
        f"No code of the program is of {facts.asked.place}{listed}.",
        where=facts.asked.at,
        remedies=[Remedy(f"Set it at line {near[-1]}")],
    )


def optimized_away(facts: LineFacts) -> Finding | None:
    """Find a statement without an instruction."""
    if facts.text is None or facts.lines is None or _has_code(facts) or facts.program.optimized is False:
        return None
    return OPTIMIZED_AWAY.found(
        f"The compiler has optimised the statement of {facts.asked.place} away{_near(facts)}"
        f"{'; it optimises the packages of the runtime always' if facts.program.always_optimized else ''}.",
        where=facts.asked.at,
        remedies=[] if facts.program.always_optimized else [built_for_debugging(facts.program)],
    )


def refused_by_delve(facts: LineFacts) -> Finding | None:
    """Find a line that Go's table has and Delve's has not: part of a statement that begins elsewhere."""
    if not _has_code(facts) or "could not find statement" not in facts.asked.delves:
        return None
    return OPTIMIZED_AWAY.found(
        f"No statement begins at {facts.asked.place}: optimisation has merged its code with another line's.",
        where=facts.asked.at,
        evidence=[facts.asked.delves],
        remedies=[built_for_debugging(facts.program)],
    )


def _has_code(facts: LineFacts) -> bool:
    return facts.lines is not None and facts.asked.line in facts.lines


def _function(facts: LineFacts) -> Region | None:
    """Return the function at the top level that holds the line; its literals stand and fall with it."""
    if facts.text is None:
        return None
    found = function_at(facts.text, facts.asked.line)
    return region_at(facts.text, found.first) if found is not None else None


def _near(facts: LineFacts) -> str:
    """Return the rest of a sentence that names the nearest lines with code."""
    found = nearest(facts)
    if not found or facts.text is None:
        return ""
    region = region_at(facts.text, facts.asked.line)
    lines = " and ".join(map(str, found))
    name = region.name if region is not None else "the file"
    return f"; the nearest {'line' if len(found) == 1 else 'lines'} with code in {name}: {lines}"


SLIDING: Final = frozenset({NO_CODE.code, OPTIMIZED_AWAY.code, INLINED.code})
"""Causes for which a breakpoint moves to the next line with code of its function."""

LINE_RULES: Final[tuple[Callable[[LineFacts], Finding | None], ...]] = (
    *REQUEST_RULES,
    *FILE_RULES,
    past_end,
    stripped,
    line_directive,
    stale,
    main_under_test,
    without_body,
    without_function,
    no_code,
    not_go,
    optimized_away,
    refused_by_delve,
)
