"""Rules by hand: `substitutePath`, `remotePath`, a project's own. dapshim applies them itself and sends Delve none.

Other than Delve (1.27.1, which takes the first rule that matches and lower-cases what a Windows rule touches):

1. The longest match counts, on separator boundaries; of equals the first. No letter of what is left changes.
2. Both directions are inverses of each other: a pair counts only when each side's own rule leads to the other. What another
   rule hides has no answer, and `warnings` says so beforehand.
3. `from: ""` and `to: ""` mean relative paths, as in Delve: a rule with them is the shortest, so it comes last by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final

import attrs

from dapshim.sources.spelling import (
    AdapterPath,
    ClientPath,
    clean,
    is_absolute,
    is_windows,
    joined,
    key,
    parts,
    rest_below,
    same_part,
    twins,
)

Exists = Callable[[ClientPath], bool]


@attrs.frozen
class Rule:
    """`client` is what the editor says (`from`), `adapter` what the binary records (`to`): folder, file, or "" for relative.

    `origin` is where it was written, for a person.
    """

    client: str
    adapter: str
    origin: str = "substitutePath"

    def __str__(self) -> str:
        return f'{{"from": "{self.client}", "to": "{self.adapter}"}}'

    @cached_property
    def heads(self) -> tuple[str, str]:
        """Both sides without what does not count."""
        return clean(self.client), clean(self.adapter)

    @property
    def lengths(self) -> tuple[int, int]:
        """How many elements each side has."""
        return _length(self.heads[0]), _length(self.heads[1])


def _length(head: str) -> int:
    return len(parts(head)) if head else 0


@attrs.frozen
class Applied:
    """What a rule made of a path."""

    rule: Rule
    path: str


@attrs.frozen(eq=False)
class Rules:
    """All rules of a session, in their order. `exists`, where it is given, chooses between rules that lead to one `to`."""

    rules: tuple[Rule, ...] = ()

    def applied_to_client_path(self, path: ClientPath) -> Applied | None:
        """Return what the longest rule makes of an editor's path, whether it can be inverted or not."""
        for spelling in (clean(path), *twins(clean(path))):
            if found := _longest(self.rules, spelling, 0):
                return found[0]
        return None

    def clients_of(self, path: AdapterPath) -> tuple[ClientPath, ...]:
        """Return the editor's paths whose own rule leads to `path`, that by the longest rule first."""
        found: dict[str, ClientPath] = {}
        for applied in _longest(self.rules, clean(path), 1):
            client = ClientPath(applied.path)
            back = self.applied_to_client_path(client)
            if back is not None and key(back.path) == key(path):
                found.setdefault(key(client), client)
        return tuple(found.values())

    def to_client(self, path: AdapterPath, exists: Exists | None = None) -> ClientPath | None:
        """Return the editor's path of a recorded one, None when no rule has one."""
        clients = self.clients_of(path)
        if exists is not None and len(clients) > 1:
            return next((each for each in clients if exists(each)), clients[0])
        return clients[0] if clients else None

    def to_adapter(self, path: ClientPath, exists: Exists | None = None) -> AdapterPath | None:
        """Return the recorded path of an editor's one, None when no rule has one, or when another file has it."""
        applied = self.applied_to_client_path(path)
        if applied is None:
            return None
        back = self.to_client(AdapterPath(applied.path), exists)
        spellings = {key(each) for each in (path, *twins(clean(path)))}
        return AdapterPath(applied.path) if back is not None and key(back) in spellings else None

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of the rules before they are used."""
        found = [warning for each in self.rules for warning in _of_one(each)]
        for number, one in enumerate(self.rules):
            for other in self.rules[number + 1 :]:
                found += _of_two(one, other)
        return tuple(found)


NO_RULES: Final = Rules()


def _longest(rules: Iterable[Rule], path: str, side: int) -> list[Applied]:
    """Return what the rules make of a clean path on one side: the longest first, then those that match letter by letter."""
    found = []
    for number, rule in enumerate(rules):
        head, other = rule.heads[side], rule.heads[1 - side]
        rest = rest_below(path, head)
        if rest is not None:
            found.append((-rule.lengths[side], not path.startswith(head), number, Applied(rule, joined(other, rest))))
    return [each[-1] for each in sorted(found, key=lambda each: each[:-1])]


def _of_one(rule: Rule) -> list[str]:
    client, adapter = rule.heads
    if client and not is_absolute(client):
        return [f"{rule} ({rule.origin}) never matches: an editor's paths are absolute, and {rule.client} is not"]
    if not client and is_absolute(adapter):
        return [f'{rule} ({rule.origin}) cannot be inverted: "from" is empty, and an editor shows no relative path']
    return []


def _of_two(one: Rule, other: Rule) -> list[str]:
    if key(one.heads[0]) == key(other.heads[0]):
        if key(one.heads[1]) == key(other.heads[1]):
            return []
        return [f'{other} ({other.origin}) is never used for a breakpoint: {one} ({one.origin}) has the same "from"']
    if key(one.heads[1]) == key(other.heads[1]):
        return [
            f'{one} and {other} have one "to": of two files with one recorded path the one that exists counts, or the first'
        ]
    found = []
    for outer, inner in ((one, other), (other, one)):
        rest = rest_below(inner.heads[1], outer.heads[1])
        # The empty head holds all relative paths, so that any rule to one lies within it; that is what it is for.
        if rest is None or not outer.heads[1]:
            continue
        hidden = joined(outer.heads[0], rest)
        if key(hidden) != key(inner.heads[0]) and rest_below(hidden, inner.heads[0]) is None:
            found.append(f"{inner} ({inner.origin}) hides {hidden}: it has the recorded path that {outer} gives to that")
    return found


def rules_of(
    substitute_path: Iterable[Mapping[str, object]] = (),
    *,
    origin: str = "substitutePath",
    remote_path: str = "",
    cwd: str = "",
) -> Rules:
    """Return the rules of a launch or attach request, or of a project file. `remotePath` is where `cwd` is for the binary.

    As in VS Code's adapter, `remote_path` counts only where there is no `substitute_path`.

    Raises:
        ValueError: a rule without `from` or `to`, or one that is no text; the message names it.

    """
    found = []
    for number, each in enumerate(substitute_path):
        client, adapter = each.get("from"), each.get("to")
        if not isinstance(client, str) or not isinstance(adapter, str):
            raise ValueError(f'{origin}[{number}] needs both "from" and "to", as texts (either may be empty)')  # noqa: TRY004
        found.append(Rule(client, adapter, origin))
    if not found and remote_path and cwd and key(cwd) != key(remote_path):
        found.append(Rule(cwd, remote_path, "remotePath"))
    return Rules(tuple(found))


def rule_between(client: str, adapter: str, within: str = "") -> Rule:
    """Return the rule on folders that makes one path of the other; on the files themselves where their names differ.

    It is the widest one; of a `client` in the folder `within` it does not leave that, so that it holds for all who have it.
    """
    own, theirs = parts(clean(client)), parts(clean(adapter))
    least = len(parts(clean(within))) if within and rest_below(clean(client), clean(within)) else 1
    windows = is_windows(client) or is_windows(adapter)
    while len(own) > least and len(theirs) > 1 and same_part(own[-1], theirs[-1], windows=windows):
        own.pop()
        theirs.pop()
    return Rule(_spelt(own, client), _spelt(theirs, adapter), "inferred")


def _spelt(elements: list[str], like: str) -> str:
    head = elements[0]
    if is_windows(like):
        head = head if head.startswith("\\\\") else head + ("/" if "/" in like and "\\" not in like else "\\")
    return joined(head, "/".join(elements[1:]))
