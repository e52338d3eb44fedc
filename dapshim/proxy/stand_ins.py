"""Breakpoints by line that stand for the client's function breakpoints, where Delve takes no function.

Delve 1.27.1 has a function breakpoint at addresses of one process, and refuses any while there are two. One by line it sets in
every process that has the line. The client knows the one that it has asked for, by its id; a stop names that, and its reason.

For `breakpoints.py`, whose lists they are in; speaks Delve's paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from dapshim.proxy.breakpoint_list import BreakpointList, Hidden, Key, is_verified
from dapshim.proxy.client_ids import ClientIds
from dapshim.wire.messages import Message

FUNCTIONS: Final[Key] = ("setFunctionBreakpoints", "")

_KEPT: Final = ("condition", "hitCondition", "logMessage")


def stand_in(entry: Mapping[str, Any], client_id: int, path: str, line: int) -> Hidden:
    """Return what stands for an entry of the function breakpoints, at a line of a recorded file."""

    async def shown(_event: Message) -> bool:
        return True

    kept = {name: entry[name] for name in _KEPT if entry.get(name)}
    return Hidden("setBreakpoints", {"line": line, **kept}, shown, path, stands_for=client_id)


def asked_functions(lists: Mapping[Key, BreakpointList], ids: ClientIds) -> list[tuple[dict[str, Any], int]]:
    """Return the client's function breakpoints that have an id, each with that, as the client knows it."""
    group = lists.get(FUNCTIONS)
    known = zip(group.asked, group.ids, strict=False) if group is not None else ()
    return [(entry, ids.of(number)[0]) for entry, number in known if number is not None]


def take_set(lists: Mapping[Key, BreakpointList], ids: ClientIds, client_id: int) -> bool:
    """Let a function breakpoint wait no more, since what stands for it is set; return whether it has waited."""
    group = lists.get(FUNCTIONS)
    for place in sorted(group.waiting) if group is not None else ():
        known = group.ids[place] if group is not None and place < len(group.ids) else None
        if group is not None and known is not None and client_id in ids.of(known):
            group.waiting.discard(place)
            return True
    return False


def set_now(hidden: Iterable[Hidden]) -> list[tuple[int, dict[str, Any]]]:
    """Return what of these is set: the client's id, and what Delve says of the place."""
    return [
        (each.stands_for, {**each.answer, "id": each.stands_for})
        for each in hidden
        if each.stands_for is not None and each.answer is not None and is_verified(each.answer)
    ]


def is_function_stop(hit: Iterable[Hidden | None]) -> bool:
    """Whether a stop is at nothing but these."""
    return all(each is not None and each.stands_for is not None for each in hit)
