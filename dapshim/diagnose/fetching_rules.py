"""Rules about modules that are not here: whether go could fetch them, and whether it could verify them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from dapshim.diagnose import workspace_codes as codes
from dapshim.diagnose.deeds import GoDeed
from dapshim.diagnose.placed import Fix, Place, Placed, place_of, placed
from dapshim.diagnose.workspace_facts import Needed, WorkspaceFacts
from dapshim.diagnose.workspace_rules import Rule
from dapshim.golang.quoting import flag_value
from dapshim.golang.spelling import parent


def matches(patterns: str, path: str) -> bool:
    """Say whether a module path matches a list of patterns as GOPRIVATE's, by its leading elements (x/mod/module)."""
    elements = path.split("/")
    for pattern in patterns.split(","):
        wanted = pattern.strip().rstrip("/").split("/")
        if wanted == [""] or len(wanted) > len(elements):
            continue
        if all(fnmatchcase(element, each) for element, each in zip(elements, wanted, strict=False)):
            return True
    return False


def _list(variables: Mapping[str, str], name: str) -> str:
    """Return GONOPROXY or GONOSUMDB; GOPRIVATE is the default of both."""
    return variables.get(name) or variables.get("GOPRIVATE", "")


def why_not_fetched(variables: Mapping[str, str], path: str, *, git: bool) -> str | None:
    """Say why go cannot fetch a module with these settings, None when there is a way."""
    direct = "git, which would fetch it directly, is not there"
    if matches(_list(variables, "GONOPROXY"), path):
        return None if git else f"GONOPROXY has it fetched directly, and {direct}"
    proxy = variables.get("GOPROXY", "")
    reason = f"GOPROXY={proxy} names no proxy"
    for word in proxy.replace("|", ",").split(","):
        way = word.strip()
        if way == "off":
            return f"GOPROXY={proxy} forbids to fetch anything" if proxy == "off" else reason
        if way == "direct":
            if git:
                return None
            reason = direct
        elif "://" in way:
            return None
        elif way:
            return f"GOPROXY={proxy} has {way}, which is no address (its scheme is missing)"
    return reason if proxy else None


def _by_file(needed: Iterable[Needed]) -> Iterator[list[Needed]]:
    """Yield what one go.mod needs: one finding for all, since one command mends it."""
    found: dict[str, list[Needed]] = {}
    for each in needed:
        found.setdefault(each.file, []).append(each)
    yield from found.values()


def _named(needed: Sequence[Needed]) -> str:
    first = f"{needed[0].path} {needed[0].version}"
    return first if len(needed) == 1 else f"{first} and {len(needed) - 1} more"


def unfetchable(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find modules that are needed, are not in the cache, and cannot be fetched."""
    if facts.space.vendor.active:
        return
    why = {each.path: why_not_fetched(facts.variables, each.path, git=facts.git) for each in facts.needed}
    for needed in _by_file(each for each in facts.needed if not each.cached and why[each.path] is not None):
        verb = "is" if len(needed) == 1 else "are"
        message = f"{_named(needed)} {verb} not in the module cache, and {why[needed[0].path]}."
        paths = shlex.join(each.path for each in needed)
        folder = shlex.quote(parent(needed[0].file))
        command = f"cd {folder} && GOPROXY=https://proxy.golang.org,direct go mod download {paths}"
        deed = GoDeed(
            ("mod", "download", *(each.path for each in needed)),
            parent(needed[0].file),
            (("GOPROXY", "https://proxy.golang.org,direct"),),
        )
        fixes = (Fix("Fetch it where there is a way", command, deed=deed),)
        yield placed(codes.UNFETCHABLE, message, _place(needed), evidence=_all(needed), fixes=fixes)


def go_sum(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find modules without a hash in go.sum."""
    adds = flag_value(facts.goflags.split(), "mod") == "mod"
    if facts.space.vendor.active or adds:
        return
    for needed in _by_file(each for each in facts.needed if not each.summed):
        message = f"go.sum has no hash of {_named(needed)}, and a build adds none."
        folder = parent(needed[0].file)
        tidy = GoDeed(("mod", "tidy"), folder)
        fixes = [Fix("Add what is missing", f"cd {shlex.quote(folder)} && go mod tidy", deed=tidy)]
        halves = [each.path for each in needed if _is_private_by_halves(facts.variables, each.path)]
        if halves:
            message += (
                f" {halves[0]} is private by GONOPROXY, but not by GONOSUMDB: the public database is asked, and lacks it."
            )
            private = f"GOPRIVATE={','.join(halves)}"
            command = f"go env -w {shlex.quote(private)}"
            fixes.insert(0, Fix("Have it counted as private for both", command, deed=GoDeed(("env", "-w", private))))
        yield placed(codes.GO_SUM, message, _place(needed), evidence=_all(needed), fixes=fixes)


def _is_private_by_halves(variables: Mapping[str, str], path: str) -> bool:
    private = matches(_list(variables, "GONOPROXY"), path)
    return private and not matches(_list(variables, "GONOSUMDB"), path) and variables.get("GOSUMDB") != "off"


def _place(needed: Sequence[Needed]) -> Place:
    return place_of(needed[0].file, needed[0].line)


def _all(needed: Iterable[Needed]) -> list[str]:
    return [f"{each.path} {each.version}" for each in needed]


FETCHING_RULES: Final[tuple[Rule, ...]] = (unfetchable, go_sum)
