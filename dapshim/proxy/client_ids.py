"""Which ids of breakpoints the client knows, where they are not Delve's: it never learns that one was set anew.

Delve 1.27.1 gives a breakpoint that is set anew another id, may give two of them the same, and gives none to some.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dapshim.proxy.breakpoint_list import OWN_IDS, BreakpointList, Identity, id_of, identity


class ClientIds:
    """The ids of one program's breakpoints."""

    def __init__(self) -> None:
        self._of_delve: dict[int, list[int]] = {}  # Delve's id -> the client's, where they differ
        self._last_own = OWN_IDS
        self._inherited: dict[Identity, int] = {}

    @property
    def are_delves(self) -> bool:
        """Whether all of them are Delve's own."""
        return not self._of_delve

    def begin_anew(self) -> None:
        """Forget them: Delve numbers its breakpoints anew. Numbers of our own are not given twice."""
        self._of_delve.clear()

    def own(self) -> int:
        """Return a new id for a breakpoint that Delve gives none."""
        self._last_own += 1
        return self._last_own

    def inherit(self, ids: Mapping[Identity, int]) -> None:
        """Let entries keep these ids of ours though they will stand in other lists; empty: no more."""
        self._inherited = dict(ids)

    def of(self, delve_id: int) -> list[int]:
        """Return the client's ids for one of Delve's."""
        return self._of_delve.get(delve_id) or [delve_id]

    def put_into(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return Delve's answer with the client's id."""
        delve_id = id_of(answer)
        if delve_id is None or delve_id not in self._of_delve:
            return answer
        return {**answer, "id": self._of_delve[delve_id][0]}

    def name(self, group: BreakpointList, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Note the ids in the answers to a list of the client's; give one to who waits without; return them for the client."""
        before, group.own, named = {**group.own, **self._inherited}, {}, []
        for place, (entry, answer) in enumerate(zip(group.asked, answers, strict=False)):
            ours, delve_id = before.get(identity(entry)), id_of(answer)
            if delve_id is None:
                ours = (ours or self.own()) if place in group.waiting else None
            elif ours is not None:
                self._of_delve[delve_id] = [ours]
            if ours is not None:
                group.own[identity(entry)] = ours
            named.append({**answer, "id": ours} if ours is not None and delve_id is None else answer)
        group.ids = [id_of(answer) for answer in named]
        return [self.put_into(answer) for answer in named]

    def follow(self, group: BreakpointList, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Let the client's ids follow Delve's, entry by entry, after a list was set again by us; return them for the client.

        An entry that waits, and for which Delve has no id, keeps the one that the client knows.
        """
        moved: dict[int, list[int]] = {}
        ids: list[int | None] = []
        for place, answer in enumerate(answers):
            old = group.ids[place] if place < len(group.ids) else None
            new = id_of(answer) or (old if place in group.waiting else None)
            ids.append(new)
            if old is not None and new is not None:
                known = moved.setdefault(new, [])
                known += [client_id for client_id in self.of(old) if client_id not in known]
        for old in group.ids:
            if old is not None:
                self._of_delve.pop(old, None)
        self._of_delve |= {new: known for new, known in moved.items() if known != [new]}
        group.ids = ids
        return [self.put_into({**answer, "id": new} if new else answer) for answer, new in zip(answers, ids, strict=True)]
