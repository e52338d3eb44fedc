"""Rules about modules that are not here: whether go could fetch them, and whether it could verify them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from dapshim.diagnose import workspace_codes as codes
from dapshim.diagnose.placed import Fix, Placed, place_of, placed
from dapshim.diagnose.workspace_facts import WorkspaceFacts
from dapshim.diagnose.workspace_rules import Rule
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


def unfetchable(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find a module that is needed, is not in the cache, and cannot be fetched."""
    if facts.space.vendor.active:
        return
    for each in facts.needed:
        if each.cached:
            continue
        why = why_not_fetched(facts.variables, each.path, git=facts.git)
        if why is not None:
            message = f"{each.path} {each.version} is not in the module cache, and {why}."
            command = (
                f"cd {shlex.quote(parent(each.file))} && GOPROXY=https://proxy.golang.org,direct "
                f"go mod download {shlex.quote(each.path)}"
            )
            fixes = (Fix("Fetch it where there is a way", command),)
            yield placed(codes.UNFETCHABLE, message, place_of(each.file, each.line), fixes=fixes)


def go_sum(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find a module without a hash in go.sum."""
    if facts.space.vendor.active:
        return
    for each in facts.needed:
        if each.summed:
            continue
        private = matches(_list(facts.variables, "GONOPROXY"), each.path)
        verified = not matches(_list(facts.variables, "GONOSUMDB"), each.path) and facts.variables.get("GOSUMDB") != "off"
        message = f"go.sum has no hash of {each.path} {each.version}, and a build adds none."
        folder = shlex.quote(parent(each.file))
        fixes = [Fix("Add what is missing", f"cd {folder} && go mod tidy")]
        if private and verified:
            message += " It is private by GONOPROXY, but not by GONOSUMDB, so go would ask the public database, which lacks it."
            fixes.insert(0, Fix("Have it counted as private for both", f"go env -w GOPRIVATE={shlex.quote(each.path)}"))
        yield placed(codes.GO_SUM, message, place_of(each.file, each.line), fixes=fixes)


FETCHING_RULES: Final[tuple[Rule, ...]] = (unfetchable, go_sum)
