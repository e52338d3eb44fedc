"""Why a breakpoint by a function's name is not set."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection
from typing import Final

import attrs

from dapshim.diagnose.breakpoint_codes import (
    AMBIGUOUS_FUNCTION,
    INLINED,
    NO_FUNCTION,
    NOT_LOADED,
    OPTIMIZED_AWAY,
)
from dapshim.diagnose.breakpoint_facts import Explanation, FunctionFacts
from dapshim.diagnose.breakpoint_file_rules import built_for_debugging, or_folded
from dapshim.diagnose.finding import Finding, Remedy
from dapshim.diagnose.request_rules import REQUEST_RULES

_NAMED: Final = 4
_AMBIGUOUS: Final = re.compile(r'Location ".*" ambiguous: (.+?)…?', re.DOTALL)
_DELVES_NO_NAME: Final = ("location ", "breakpoint name ")
"""How Delve 1.27.1 says that it knows no function of a name, or takes a text for none."""
NEAR_MOST: Final = 3


def explain_function(facts: FunctionFacts) -> Explanation:
    """Return why it is not set, or that nothing stands in its way."""
    return Explanation(next((found for rule in FUNCTION_RULES if (found := rule(facts)) is not None), None))


def ambiguous(facts: FunctionFacts) -> Finding | None:
    """Find a name that several functions have; Delve counts the wrappers of methods that the compiler makes, too."""
    said = _AMBIGUOUS.fullmatch(facts.asked.delves)
    candidates = facts.matches
    if said is not None and len(candidates) < 2:  # noqa: PLR2004 - several
        others = [each for each in said[1].split(", ") if each not in candidates]
        candidates = (*candidates, *others)
    if len(candidates) < 2:  # noqa: PLR2004 - several
        return None
    shown = ", ".join(candidates[:_NAMED])
    more = len(candidates) - _NAMED
    return AMBIGUOUS_FUNCTION.found(
        f"{facts.asked.function} may be {len(candidates)} functions: {shown}{f' and {more} more' if more > 0 else ''}. "
        "Write the whole name.",
        where=facts.asked.function,
        evidence=candidates[:20],
        remedies=[Remedy(f"Write {each}") for each in candidates[:_NAMED]],
    )


def spelt_otherwise(facts: FunctionFacts) -> Finding | None:
    """Find a name that means one function, and of which Delve makes none."""
    if len(facts.matches) != 1:
        return None
    asked, match = facts.asked.function.strip(), facts.matches[0]
    refused = facts.asked.delves.startswith(_DELVES_NO_NAME)
    if not refused and "[" not in asked and is_a_name(asked):
        return None
    if is_a_name(match) and match != asked:
        said = f"Delve makes nothing of the name {asked}: it calls the function {match}."
        return NO_FUNCTION.found(said, where=facts.asked.function, remedies=[Remedy(f"Write {match}")])
    if is_a_name(match):
        return None
    where = facts.place or "its first line"
    return NO_FUNCTION.found(
        f"Delve takes no breakpoint by a name of this many parts: {asked}.",
        where=facts.asked.function,
        evidence=[f"{match} begins at {facts.place}"] if facts.place else [],
        remedies=[Remedy(f"Set one by line, at {where}")],
    )


def is_a_name(name: str) -> bool:
    """Whether Delve 1.27.1 takes a text for a function's name (`pkg/locspec`): three parts at most behind the last `/`."""
    return name.rpartition("/")[2].count(".") < 3  # noqa: PLR2004 - package, receiver, function


def inlined(facts: FunctionFacts) -> Finding | None:
    """Find a function that is only part of others."""
    if facts.matches or not facts.inlined:
        return None
    name = facts.inlined[0]
    return INLINED.found(
        f"{name} is inlined wherever it is called, so that there is no function to stop in.",
        where=facts.asked.function,
        remedies=[built_for_debugging(facts.program), Remedy("Or set a breakpoint by line, in it or where it is called")],
    )


def without_code(facts: FunctionFacts) -> Finding | None:
    """Find a function that is in the source, and not in the program."""
    if facts.matches or facts.inlined or facts.declared is None:
        return None
    from dapshim.diagnose.breakpoint_rules import explain_line

    finding = explain_line(facts.declared).finding
    if finding is None:
        return None
    if finding.code == OPTIMIZED_AWAY.code:  # said of one line; what is in it, a literal perhaps, has code
        return INLINED.found(
            f"{facts.asked.function} has no code of its own: optimisation has put what is left of it into its callers.",
            where=facts.asked.function,
            remedies=[built_for_debugging(facts.program)],
        )
    return attrs.evolve(finding, where=facts.asked.function)


def missing(facts: FunctionFacts) -> Finding | None:
    """Find a name that no function has."""
    if facts.matches or facts.inlined:
        return None
    if facts.asked.waits or (facts.program.later and not facts.near):
        return NOT_LOADED.found(
            f"The program has no function {facts.asked.function} yet; {_what_brings_it(facts)}",
            where=facts.asked.function,
            evidence=[facts.asked.delves] if facts.asked.delves else [],
        )
    nothing = f" Nothing in it is called alike, or nothing calls it{or_folded(facts.program)}."
    hint = f" Did you mean {' or '.join(facts.near)}?" if facts.near else nothing
    if facts.lacks:
        hint = f" No package {facts.lacks} is part of it."
    return NO_FUNCTION.found(
        f"The program has no function {facts.asked.function}.{hint}",
        where=facts.asked.function,
        evidence=[facts.asked.delves] if facts.asked.delves else [],
        remedies=[Remedy(f"Write {each}") for each in facts.near] if not facts.lacks else [],
    )


def _what_brings_it(facts: FunctionFacts) -> str:
    hint = f" If it is none of these: did you mean {' or '.join(facts.near)}?" if facts.near else ""
    pending = ": the breakpoint will be set when it is loaded" if facts.asked.waits else ""
    if facts.asked.waits and not facts.program.later and facts.program.build.go_version:
        # Nothing can be loaded into it, so that what is followed is all that may come.
        return f"a child process, or a program that it replaces itself by, may bring it{pending}.{hint}"
    return f"a plugin or a library may bring it{pending}.{hint}"


FUNCTION_RULES: Final[tuple[Callable[[FunctionFacts], Finding | None], ...]] = (
    *REQUEST_RULES,
    ambiguous,
    spelt_otherwise,
    inlined,
    without_code,
    missing,
)


def spellings(symbol: str) -> tuple[str, ...]:
    """Return what Delve 1.27.1 takes for a function besides its symbol, the longest first.

    `a/b.(*T).M` is also `b.(*T).M`, `b.T.M`, `T.M`, `(*T).M` and `M`.
    """
    bare = _without_types(symbol).rpartition("/")[2]
    plain = bare.replace("(*", "").replace(")", "")
    local, plain_local = bare.partition(".")[2], plain.partition(".")[2]
    return tuple(dict.fromkeys((bare, plain, local, plain_local, plain_local.rpartition(".")[2])))


def matching(name: str, symbols: Collection[str]) -> tuple[str, ...]:
    """Return the symbols that may be meant: the one of that very name, else all that can be written so."""
    whole = _without_types(name)
    exact = [each for each in symbols if each == name or _without_types(each) == whole]
    if exact:
        return tuple(dict.fromkeys(map(_without_types, exact)))
    last = whole.rpartition(".")[2]
    return tuple(dict.fromkeys(_without_types(each) for each in symbols if last in each and whole in spellings(each)))


def similar(name: str, symbols: Collection[str]) -> tuple[str, ...]:
    """Return the names that look like it, the nearest first: of the same shape, or with another case."""
    short: dict[str, str] = {}
    for each in symbols:
        whole = _without_types(each)
        for spelt in (whole, *spellings(each)):
            short.setdefault(spelt.lower(), whole)
    found = difflib.get_close_matches(name.lower(), short, n=NEAR_MOST * 2, cutoff=0.75)
    return tuple(dict.fromkeys(short[each] for each in found))[:NEAR_MOST]


def _without_types(symbol: str) -> str:
    """Return a symbol without type arguments: `main.F[go.shape.int]` is `main.F`, which Delve takes for all of them."""
    head, bracket, rest = symbol.partition("[")
    return head + rest.rpartition("]")[2] if bracket else symbol
