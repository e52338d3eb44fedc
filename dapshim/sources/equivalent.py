"""The `substitutePath` that says the same as a PathMap, for people who cannot run dapshim: checked as Delve applies it.

Delve 1.27.1 takes the first rule that matches, in both directions from one list; a Windows path makes it lower-case the rest.
A rule that is right for one file can be wrong for another, so every pair is tried, and what fails gets a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from dapshim.sources.path_map import PathMap
from dapshim.sources.rules import Rule, rule_between
from dapshim.sources.spelling import AdapterPath, ClientPath, is_absolute, is_windows, joined, parts

Pair = tuple[ClientPath, AdapterPath]

SEPARATORS: Final = ("/", "\\")
MAX_ROUNDS: Final = 4
"""A rule for one file may be in the way of another one; after so many attempts the rest is told."""


@attrs.frozen
class Equivalent:
    """`rules` in the order in which Delve must have them, and the pairs that no list of rules was found for."""

    rules: tuple[Rule, ...]
    inexpressible: tuple[Pair, ...] = ()


def equivalent_rules(made: PathMap, paths: Iterable[AdapterPath] | None = None) -> Equivalent:
    """Return the rules for the recorded `paths`, by default for all of them."""
    asked = paths if paths is not None else [AdapterPath(each.path) for each in made.facts.recorded.files]
    pairs = [(client, path) for path in asked if (client := made.to_client(path).path) is not None]
    return rules_for(pairs)


def rules_for(pairs: Sequence[Pair]) -> Equivalent:
    """Return few rules under which Delve maps each pair both ways."""
    folders = {_folder_rule(client, adapter): None for client, adapter in pairs if str(client) != str(adapter)}
    general = sorted(folders, key=lambda rule: (-rule.lengths[0], -rule.lengths[1]))
    single: dict[Rule, None] = {}
    for _ in range(MAX_ROUNDS):
        rules = (*single, *general)
        wrong = [pair for pair in pairs if not _holds(pair, rules)]
        if not wrong:
            break
        single.update(dict.fromkeys(Rule(client, adapter, "inferred") for client, adapter in wrong))
    rules = (*single, *general)
    # A folder whose files all have rules of their own needs none.
    for rule in general:
        fewer = tuple(each for each in rules if each is not rule)
        if all(_holds(pair, fewer) for pair in pairs if _touches(pair, rule)):
            rules = fewer
    return Equivalent(rules, tuple(pair for pair in pairs if not _holds(pair, rules)))


def _folder_rule(client: ClientPath, adapter: AdapterPath) -> Rule:
    """Return the shortest rule; never one with an empty side, which in Delve is a rule for all relative names."""
    rule = rule_between(client, adapter)
    if is_absolute(rule.adapter) or not is_absolute(rule.client) or "/" not in adapter:
        return rule
    own, theirs = parts(client), parts(adapter)
    # `strings/strings.go` has all its elements in common with the local path; its first one must stay in the rule.
    return rule if len(theirs) > 1 and rule.adapter != theirs[0] else Rule(_upto(own, theirs), theirs[0], "inferred")


def _upto(own: list[str], theirs: list[str]) -> str:
    kept = own[: len(own) - len(theirs) + 1]
    return joined(kept[0], "/".join(kept[1:])) if len(kept) > 1 else kept[0]


def _touches(pair: Pair, rule: Rule) -> bool:
    return pair[0].startswith(rule.client) or pair[1].startswith(rule.adapter)


def _holds(pair: Pair, rules: Sequence[Rule]) -> bool:
    client, adapter = pair
    return as_delve(client, [(each.client, each.adapter) for each in rules]) == adapter and (
        as_delve(adapter, [(each.adapter, each.client) for each in rules]) == client
    )


def as_delve(path: str, rules: Sequence[tuple[str, str]]) -> str:
    """Apply rules (from, to) as Delve 1.27.1 does (locspec.SubstitutePath)."""
    windows = any(is_windows(each) for each in (path, *(side for rule in rules for side in rule)))
    for head, other in rules:
        if path == head:
            return other
        if not head:
            if is_absolute(path):
                continue
            rest = path
        else:
            wanted = head
            if windows and path.lower().startswith(head.lower()):
                path, wanted = path.lower(), head.lower()  # Delve goes on with it, whether the rule holds or not
            if not path.startswith(wanted):
                continue
            rest = path[len(wanted) :]
            if not head.endswith(SEPARATORS) and not rest.startswith(SEPARATORS):
                continue
        if not other:
            return rest[1:] if rest.startswith(SEPARATORS) else rest
        return _joined_as_delve(other, rest)
    return path


def _joined_as_delve(head: str, rest: str) -> str:
    kinds = {each for each in head if each in SEPARATORS}
    separator = kinds.pop() if len(kinds) == 1 else ""
    if separator:
        rest = rest.replace("\\" if separator == "/" else "/", separator)
    if head.endswith(SEPARATORS):
        return head[:-1] + rest if rest.startswith(SEPARATORS) else head + rest
    return head + rest if rest.startswith(SEPARATORS) else head + (separator or "/") + rest
