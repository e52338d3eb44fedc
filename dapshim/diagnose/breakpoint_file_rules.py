"""Why the file of a breakpoint is none of the program's; one rule, one cause.

The rules about whole programs, whose codes are used here too, are imported where they are: a person waits for `dapshim why`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Final

from dapshim.diagnose.breakpoint_codes import (
    AMBIGUOUS_PATH,
    LINE_DIRECTIVE,
    NO_CODE,
    NO_MODULE,
    NOT_IN_BUILD,
    NOT_LINKED,
    NOT_LOADED,
    OTHER_FILE,
    OVERLAID,
    UNREACHABLE,
)
from dapshim.diagnose.breakpoint_facts import LineFacts, ProgramFacts
from dapshim.diagnose.finding import Finding, Remedy, Severity
from dapshim.golang.spelling import below, parent
from dapshim.sources.answers import Reason
from dapshim.sources.explaining import NO_CODE_OF_ITS_OWN
from dapshim.sources.regions import LineKind, kind_of

_PROGRAMS_NAMED: Final = 3


def built_for_debugging(program: ProgramFacts) -> Remedy:
    """Return the remedy that builds the program again without optimisation."""
    from dapshim.diagnose.deeds import RebuildDeed
    from dapshim.diagnose.rebuilding import DEBUG_FLAGS, OWN_FLAGS, UNNAMED

    settings = program.build.settings
    kept = [flag for flag in ("-tags", "-race") if settings.get(flag, "false") not in ("", "false")]
    values = [f"{flag}={settings[flag]}" for flag in kept]
    verb = ("test", "-c") if program.test else ("build",)
    there = bool(program.path) and not program.path.startswith("/proc/")
    words = ["go", *verb, DEBUG_FLAGS, *map(shlex.quote, values), *(["-o", shlex.quote(program.path)] if there else [])]
    if there and program.folder:
        deed = RebuildDeed(program.path, (*verb, *OWN_FLAGS, "-ldflags=", *values, "-o", program.path, "."), program.folder)
        return Remedy("Build it for debugging", " ".join(["cd", shlex.quote(program.folder), "&&", *words, "."]), deed)
    words.append(shlex.quote(program.build.path) if program.build.path not in ("", UNNAMED) else ".")
    return Remedy("Build it for debugging, in the folder of its module", " ".join(words))


def or_folded(program: ProgramFacts) -> str:
    """Return the end of a sentence that says why code may be missing: an optimised program may have it in other functions."""
    return ", or optimisation has left nothing of it in its callers" if program.optimized is not False else ""


def seen_in_a_debug_build(program: ProgramFacts, otherwise: str) -> list[Remedy]:
    """Return the remedies for code that is missing: a build without optimisation, where that may help, and what else may."""
    if program.optimized is False:
        return [Remedy(otherwise[:1].upper() + otherwise[1:])]
    return [built_for_debugging(program), Remedy(f"If that does not help, {otherwise}")]


def overlay(facts: LineFacts) -> Finding | None:
    """Find a file in whose place another one was compiled."""
    if facts.answer is None or facts.answer.reason is not Reason.REPLACED_BY_OVERLAY:
        return None
    others = [Remedy(f"Set it in {each}, whose text was compiled") for each in facts.answer.others]
    return OVERLAID.found(_sentence(facts.answer.sentence), where=facts.asked.file, remedies=others)


def ambiguous(facts: LineFacts) -> Finding | None:
    """One of several files that may be meant."""
    if facts.answer is None or facts.answer.reason is not Reason.AMBIGUOUS:
        return None
    remedies = []
    if (rule := facts.answer.rule) is not None:
        from dapshim.diagnose.deeds import MappingDeed

        remedies.append(Remedy(f"Say in .dapshim.toml that it was built from {rule[0]}", deed=MappingDeed(*rule)))
    sentence, others = _sentence(facts.answer.sentence), facts.answer.others
    return AMBIGUOUS_PATH.found(sentence, where=facts.asked.file, evidence=others, remedies=remedies)


def other_version(facts: LineFacts) -> Finding | None:
    """Find a module's file of a version that is not the program's."""
    if facts.answer is None or facts.answer.reason is not Reason.OTHER_VERSION:
        return None
    from dapshim.diagnose.rules_session import FOREIGN_VERSION

    return FOREIGN_VERSION.found(
        _sentence(facts.answer.sentence),
        where=facts.asked.file,
        remedies=[Remedy("Build it again from what is here, or open the file of the version that was built")],
    )


def other_file(facts: LineFacts) -> Finding | None:
    """Find a file that only looks like the one that was compiled, or that a rule by hand hides."""
    if facts.answer is None or facts.answer.reason not in (Reason.OTHER_PROJECT, Reason.HIDDEN):
        return None
    return OTHER_FILE.found(_sentence(facts.answer.sentence), where=facts.asked.file)


def not_in_build(facts: LineFacts) -> Finding | None:
    """Find a file that its package leaves out."""
    if facts.answer is None or facts.answer.reason is not Reason.NOT_IN_BUILD:
        return None
    sentence = facts.answer.sentence
    if facts.imports_c and facts.program.build.settings.get("CGO_ENABLED") == "0":
        said = f'{facts.asked.name} imports "C", and the program was built with CGO_ENABLED=0, which leaves such files out.'
        return NOT_IN_BUILD.found(said, where=facts.asked.file, remedies=[Remedy("Build it with cgo", _with_cgo(facts))])
    if sentence.endswith(NO_CODE_OF_ITS_OWN):
        return _without_code(facts, sentence)
    return NOT_IN_BUILD.found(_sentence(sentence), where=facts.asked.file, remedies=[_into_the_build(facts)])


def _without_code(facts: LineFacts, sentence: str) -> Finding:
    """Find a file of which nothing is in the program although it was compiled."""
    if facts.text is not None and not facts.text.functions and facts.asked.name.endswith(".go"):
        return NO_CODE.found(
            f"{facts.asked.name} has no function, and the program no code of it.", where=facts.asked.file, evidence=[sentence]
        )
    return UNREACHABLE.found(
        f"This program has no code of {facts.asked.name}: nothing that it runs calls a function of it"
        f"{or_folded(facts.program)}, or the file is newer than the program.",
        where=facts.asked.file,
        evidence=[sentence],
        remedies=[Remedy("Build it again; if that does not help, debug what calls it: another program, or a test")],
    )


def _into_the_build(facts: LineFacts) -> Remedy:
    if facts.asked.name.endswith("_test.go"):
        return Remedy("Debug the tests of its package (mode test)", f"dlv test {shlex.quote(parent(facts.asked.file))}")
    return Remedy("Build the program for what the file is for: with its tags (-tags), or its GOOS and GOARCH")


def not_loaded(facts: LineFacts) -> Finding | None:
    """Code that a plugin or a child process may bring."""
    elsewhere = facts.answer is not None and facts.answer.reason in (Reason.NOT_LINKED, Reason.UNRELATED)
    # Of a program that is not Go's nothing is recorded, and its own file may be meant.
    unknown = facts.asked.waits and facts.answer is not None and facts.answer.reason is Reason.AS_IT_IS
    if facts.answer is None or not (unknown or (elsewhere and (facts.program.later or facts.asked.waits))):
        return None
    return NOT_LOADED.found(
        f"{facts.asked.place} is not part of the program itself; a plugin or a child process may bring it: the breakpoint "
        "will be set when it is loaded.",
        where=facts.asked.file,
        evidence=[text for text in (facts.answer.sentence,) if text],
    )


def not_linked(facts: LineFacts) -> Finding | None:
    """Find a package that the program does not have; which programs do."""
    if facts.answer is None or facts.answer.reason is not Reason.NOT_LINKED:
        return None
    sentence, importers = _sentence(facts.answer.sentence), facts.importers
    if importers is None or not importers.programs:
        known = importers is not None and importers.complete
        said = f"{sentence} No program of the workspace imports it." if known else sentence
        return NOT_LINKED.found(
            said,
            where=facts.asked.file,
            remedies=[Remedy("Debug a test of the package (mode test)", f"dlv test {shlex.quote(parent(facts.asked.file))}")],
        )
    names = [_below(each, importers.root) for each in importers.programs]
    shown = ", ".join(names[:_PROGRAMS_NAMED])
    more = len(importers.programs) - _PROGRAMS_NAMED
    said = f"{sentence} It belongs to {shown}{f' and {more} more' if more > 0 else ''}."
    return NOT_LINKED.found(
        said,
        severity=Severity.INFO,
        where=facts.asked.file,
        evidence=importers.programs,
        remedies=[Remedy(f"Debug {names[0]}", f"dlv debug {shlex.quote(importers.programs[0])}")],
    )


def _below(folder: str, root: str) -> str:
    """Return a folder as it is called from the root of its workspace."""
    inside = below(folder, root) if root else None
    return inside or folder


def no_module(facts: LineFacts) -> Finding | None:
    """Find a file of nobody's."""
    if facts.answer is None or facts.answer.reason is not Reason.UNRELATED:
        return None
    return NO_MODULE.found(_sentence(facts.answer.sentence), where=facts.asked.file)


def line_directive(facts: LineFacts) -> Finding | None:
    """Find a line of a generated file that is recorded nowhere."""
    answer = facts.answer
    if answer is None or not answer.spans or (at := answer.at(facts.asked.line)) is None:
        return _before_directives(facts)
    if facts.lines is None or facts.asked.line in facts.lines or at[0] == answer.path:
        return None
    if facts.text is None or kind_of(facts.text, facts.asked.line) is not LineKind.CODE:
        return None
    return LINE_DIRECTIVE.found(
        f"{facts.asked.place} is line {at[1]} of {at[0]}, as a //line comment says, and that has no code.",
        where=facts.asked.file,
        remedies=[Remedy(f"Set it in {at[0]}, near line {at[1]}")],
    )


def _before_directives(facts: LineFacts) -> Finding | None:
    if facts.answer is None or facts.answer.path is not None or not facts.answer.spans:
        return None
    first = facts.answer.spans[0]
    return LINE_DIRECTIVE.found(
        f"{facts.asked.place} stands before the //line comment in line {first.first - 1}, from which on the file is "
        "recorded as "
        f"{first.path}.",
        where=facts.asked.file,
        remedies=[Remedy(f"Set it in {first.path}")],
    )


def _with_cgo(facts: LineFacts) -> str:
    """Return the line for a shell: the variable stands before the command that reads it, not before a `cd`."""
    place, there, build = built_for_debugging(facts.program).command.rpartition(" && ")
    return f"{place}{there}CGO_ENABLED=1 {build}"


def _sentence(text: str) -> str:
    """Return a sentence of the map's as one that begins and ends like the others; a rule to be copied stays as it is."""
    whole = text if text.endswith((".", "]", ".)")) or "\n" in text else f"{text}."
    first = whole.split(" ", 1)[0]
    # A name is written as it is.
    return whole if any(each in first for each in "/.\\:_") else whole[:1].upper() + whole[1:]


FILE_RULES: Final[tuple[Callable[[LineFacts], Finding | None], ...]] = (
    overlay,
    ambiguous,
    other_version,
    other_file,
    not_in_build,
    not_loaded,
    not_linked,
    no_module,
)
"""`line_directive` comes behind what is known of the line itself."""
