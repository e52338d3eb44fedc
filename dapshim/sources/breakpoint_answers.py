"""What the client was told of each of its breakpoints, and by which id it knows it. PURE.

The adapter has one breakpoint where two files of the client's have one each, and knows it by one id; DAP wants one for each. A
breakpoint keeps the id under which the client heard of it first, whatever becomes of those that it shares a line with. Where
one of the client's stands in several executables, the adapter has one for each: it is set when any of them is.

"Inner" ids are those that the layers within give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dapshim.sources.breakpoint_lists import ClientList, Owner
from dapshim.sources.spelling import AdapterPath, key

Told = Mapping[str, Any]
"""DAP's `Breakpoint`, as the client got it."""


class BreakpointAnswers:
    """All that was told in a session.

    `new_id` gives ids that no one else has; `holds` says whether a breakpoint still counts.
    """

    def __init__(self, new_id: Callable[[], int], holds: Callable[[Owner], bool]) -> None:
        self._new_id = new_id
        self._holds = holds
        self._told: dict[Owner, dict[str, Any]] = {}
        self._ids: dict[Owner, int] = {}
        self._owner_of_id: dict[int, Owner] = {}
        self._aliases: dict[tuple[str, object], int] = {}
        self._inner: dict[int, list[Owner]] = {}
        self._inner_of_path: dict[str, set[int]] = {}
        self._of_paths: dict[Owner, dict[str, Told]] = {}
        self.renamed = False
        """Whether any breakpoint has another id for the client than within."""

    def begin_list(self, path: AdapterPath) -> None:
        """Forget by which inner ids the list of a recorded file is known: new answers to it are there."""
        for inner in self._inner_of_path.pop(key(path), ()):
            self._inner.pop(inner, None)

    def forget(self, before: ClientList | None) -> None:
        """Forget the breakpoints of a list in whose place another one is."""
        for owner in before.owners if before is not None else ():
            self._told.pop(owner, None)
            self._of_paths.pop(owner, None)
            number = self._ids.pop(owner, None)
            if number is not None and self._owner_of_id.get(number) == owner:
                del self._owner_of_id[number]

    def move(self, before: ClientList, now: ClientList) -> None:
        """Let the breakpoints of a list have what was told of them in a list of the same that stands elsewhere."""
        for old, new in zip(before.owners, now.owners, strict=True):
            if (told := self._told.pop(old, None)) is not None:
                self._told[new] = told
            if (number := self._ids.pop(old, None)) is not None:
                self._ids[new], self._owner_of_id[number] = number, new
            self._of_paths.pop(old, None)
            for owners in self._inner.values():
                owners[:] = [new if each == old else each for each in owners]

    def told(self, owner: Owner) -> Told | None:
        """Return what the client was told last."""
        return self._told.get(owner)

    def tell(self, owner: Owner, answer: Mapping[str, Any], path: AdapterPath, *, with_id: bool = False) -> dict[str, Any]:
        """Note what the client is told now of a breakpoint that stands in `path`, and return it with the client's id.

        `answer` has the inner id, if there is one. `with_id` gives an id also where there is none, for what may change later.
        """
        inner = answer.get("id")
        made = dict(self._best(owner, answer, path))
        if isinstance(inner, int):
            owners = self._inner.setdefault(inner, [])
            if owner not in owners:
                owners.append(owner)
            self._inner_of_path.setdefault(key(path), set()).add(inner)
        if isinstance(inner, int) or with_id or owner in self._ids:
            made["id"] = self._id_for(owner, inner if isinstance(inner, int) else None)
        if self._holds(owner):
            self._told[owner] = made
        return made

    def _best(self, owner: Owner, answer: Told, path: AdapterPath) -> Told:
        """Return the answer for a breakpoint that stands in several executables: of one where it is set, else of the first."""
        if len(owner.places) < 2:  # noqa: PLR2004 - in one alone
            return answer
        told = self._of_paths.setdefault(owner, {})
        told[key(path)] = answer
        known = [told[key(place.path)] for place in owner.places if key(place.path) in told]
        return next((each for each in known if each.get("verified") is True), next(iter(known), answer))

    def path_of(self, inner: object) -> AdapterPath | None:
        """Return the recorded file in whose list an inner id is; None for one that is in none."""
        return next((AdapterPath(path) for path, known in self._inner_of_path.items() if inner in known), None)

    def owners(self, inner: object) -> list[Owner]:
        """Return the client's breakpoints that an inner id stands for, the first one first."""
        return [owner for owner in self._inner.get(inner, ()) if self._holds(owner)] if isinstance(inner, int) else []

    def client_ids(self, inner: Iterable[int]) -> list[int]:
        """Return the client's ids for inner ones; one that stands for none of ours stays."""
        found: dict[int, None] = {}
        for each in inner:
            owners = self.owners(each)
            found |= dict.fromkeys([self._id_for(owner, each) for owner in owners] or [each])
        return [*found]

    def _id_for(self, owner: Owner, inner: int | None) -> int:
        known = self._ids.get(owner)
        if known is not None:
            self.renamed = self.renamed or known != inner
            return known
        number = inner
        if number is None or self._is_taken(number, owner):
            alias = self._aliases.get(_where(owner))
            number = alias if alias is not None and not self._is_taken(alias, owner) else self._new_id()
            self._aliases[_where(owner)] = number
            self.renamed = True
        if self._holds(owner):
            self._ids[owner] = number
            self._owner_of_id[number] = owner
        return number

    def _is_taken(self, number: int, owner: Owner) -> bool:
        other = self._owner_of_id.get(number)
        return other is not None and other != owner and self._holds(other)


def _where(owner: Owner) -> tuple[str, object]:
    return owner.client, owner.entry.get("line")
