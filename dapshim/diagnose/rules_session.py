"""Rules about what surrounds a program: its sources, its core, its launch configuration, how it ended."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from dapshim.diagnose.facts import Facts, LaunchFacts
from dapshim.diagnose.finding import Diagnosis, Finding, Remedy, Severity
from dapshim.diagnose.rebuilding import rebuilt, stripping
from dapshim.diagnose.rules_debug_info import NO_DWARF, OPTIMIZED, TRIMPATH
from dapshim.golang.quoting import split_flags

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

STALE_SOURCE: Final = Diagnosis(
    "stale-source",
    "Sources were changed since the program was built",
    (_WARNING,),
    "Functions or statements stand on other lines than those that were compiled. Delve verifies breakpoints all the same, at "
    "statements that mean something else, and says nothing.",
    "The program was not built again after an edit, a pull or a checkout.",
    "Build it again.",
)
FOREIGN_VERSION: Final = Diagnosis(
    "foreign-version",
    "Built from other versions of modules than those here",
    (_WARNING,),
    "The program has another version of a module than the one that go.mod or go.work here selects, so that what is open is not "
    "what runs.",
    "It was built elsewhere, before an update, or with another go.work.",
    "Build it again here; or check out the version that it was built from.",
)
CORE_MISMATCH: Final = Diagnosis(
    "core-mismatch",
    "The core is not of this program",
    (_ERROR,),
    "The program that died was another one, or another build of it. Delve does not notice, and shows a stack that is garbage.",
    "The program was built again since, or the wrong file was named.",
    "Name the program that the core names, of the very build.",
)
KILLED: Final = Diagnosis(
    "killed",
    "The kernel killed the program: out of memory",
    (_ERROR,),
    "The memory of its cgroup (container, systemd unit) was used up, and the kernel ended the program with SIGKILL.",
    "Debugging takes memory of its own: Delve reads all debug info of the program (a few times its size).",
    "Raise the limit of the container, or lower what the program uses (GOMEMLIMIT).",
)

DIAGNOSES: Final = (STALE_SOURCE, FOREIGN_VERSION, CORE_MISMATCH, KILLED)
_SIGKILL: Final = 9


def stale_source(facts: Facts) -> Iterator[Finding]:
    """Files that moved on."""
    if facts.sources is None or not facts.sources.stale:
        return
    first, *more = facts.sources.stale
    others = f" {len(more)} more files were changed too." if len(more) > 1 else f" So was {more[0].path}." if more else ""
    yield STALE_SOURCE.found(
        first.staleness.sentence(first.path) + others,
        where=first.path,
        evidence=[*(f"{moved}" for moved in first.staleness.moved[:3]), *_lines(first.staleness.lines)],
        remedies=[rebuilt(facts, "Build it again", debug=False)] if facts.binary is not None else [Remedy("Build it again")],
    )


def _lines(lines: tuple[int, ...]) -> list[str]:
    return [f"recorded lines without code here: {', '.join(map(str, lines[:5]))}"] if lines else []


def foreign_version(facts: Facts) -> Iterator[Finding]:
    """Modules of another version."""
    if facts.sources is None or not facts.sources.foreign:
        return
    first, *more = facts.sources.foreign
    others = f" So do {len(more)} more modules." if more else ""
    yield FOREIGN_VERSION.found(
        f"The program has {first.path} {first.recorded}, and {first.where} here selects {first.here}: what you see is not what "
        f"runs.{others}",
        where=first.where,
        evidence=[f"{each.path}: {each.recorded} in the program, {each.here} here" for each in facts.sources.foreign[:5]],
        remedies=[rebuilt(facts, "Build it again from what is here", debug=False)] if facts.binary is not None else [],
    )


def core_mismatch(facts: Facts) -> Iterator[Finding]:
    """Find a core of another program."""
    core = facts.core
    if core is None or core.same is not False:
        return
    named = core.program or "another program"
    yield CORE_MISMATCH.found(
        f"The core {core.path} is of {named}, in another build than this file: Delve would show garbage.",
        where=core.path,
        evidence=core.evidence,
        remedies=[
            Remedy(
                "Open it with its own program", f"dlv core {shlex.quote(core.program or 'PROGRAM')} {shlex.quote(core.path)}"
            )
        ],
    )


def killed(facts: Facts) -> Iterator[Finding]:
    """Find what the kernel's out-of-memory killer did."""
    ending = facts.ending
    if ending is None or ending.signal != _SIGKILL or ending.oom_kills <= 0:
        return
    limit = f", whose limit is {ending.limit // (1 << 20)} MiB" if ending.limit is not None else ""
    yield KILLED.found(
        f"The kernel killed the program because memory was used up{limit}.",
        where=ending.cgroup,
        evidence=[f"oom_kill of cgroup {ending.cgroup or '/'} rose by {ending.oom_kills}", "ended by signal 9 (SIGKILL)"],
        remedies=[Remedy("Raise the memory limit of the container, or set GOMEMLIMIT in the launch configuration's env")],
    )


def debug_build(facts: Facts) -> Iterator[Finding]:
    """Find what undoes Delve's own debug build: GOFLAGS, and buildFlags in front of its `-gcflags all=-N -l` or behind."""
    launch = facts.launch
    if launch is None or launch.mode not in ("debug", "test"):
        return
    line = (*launch.before, *launch.after)
    for flag in ("ldflags", "trimpath"):
        place, value = _in_force(flag, line, launch.goflags)
        if flag == "ldflags" and (flags := stripping(_words(value))):
            yield NO_DWARF.found(
                f"{place} has -ldflags={shlex.quote(value)}: the debug build will have no debug info.",
                where=place,
                evidence=flags,
                remedies=[_undone(place, "-ldflags=-w=0", "-ldflags")],
            )
        elif flag == "trimpath" and value == "true":
            yield TRIMPATH.found(
                f"{place} has -trimpath: the debug build will record no path of yours.",
                where=place,
                evidence=["-trimpath"],
                remedies=[_undone(place, "-trimpath=false", "-trimpath")],
            )
    yield from _optimised_again(launch)


def _undone(place: str, flag: str, named: str) -> Remedy:
    if place == "GOFLAGS":
        return Remedy(f'Override it in the launch configuration: "buildFlags": ["{flag}"], or "env": {{"GOFLAGS": ""}}')
    return Remedy(f"Take {named} out of buildFlags")


def _optimised_again(launch: LaunchFacts) -> Iterator[Finding]:
    """Look at a later `-gcflags`: it wins for the packages that it names, without a pattern for main alone."""
    values = [value for name, value in _flags(launch.after) if name == "gcflags"]
    if not values:
        return
    last = values[-1]
    pattern, equals, rest = last.partition("=")
    flags = rest if equals and not pattern.startswith("-") else last
    if not {"-N", "-l"} <= set(flags.split()):
        who = "every package" if equals and pattern == "all" else "the main package" if flags is last else pattern
        yield OPTIMIZED.found(
            f"buildFlags has -gcflags={shlex.quote(last)}, which undoes Delve's own -N -l for {who}.",
            where="buildFlags",
            evidence=[f"-gcflags={last}, behind -gcflags=all=-N -l"],
            remedies=[Remedy(f'Add -N -l to it: "buildFlags": ["-gcflags={last} -N -l"]')],
        )


def _in_force(name: str, line: tuple[str, ...], goflags: tuple[str, ...]) -> tuple[str, str]:
    """Return where the flag that counts stands, and its value; ("", "") without one. The command line wins over GOFLAGS."""
    for place, words in (("buildFlags", line), ("GOFLAGS", goflags)):
        values = [value for found, value in _flags(words) if found == name]
        if values:
            return place, values[-1]
    return "", ""


def _flags(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of the flags; one that is alone has the value `true`, or the next word for those that take one."""
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals:
            value = next(rest, "") if name in ("gcflags", "ldflags", "tags", "o", "p", "mod", "C") else "true"
        yield name, value


def _words(value: str) -> tuple[str, ...]:
    try:
        return split_flags(value)
    except ValueError:
        return ()


RULES: Final = (core_mismatch, stale_source, foreign_version, killed, debug_build)
