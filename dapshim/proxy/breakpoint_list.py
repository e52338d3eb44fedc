"""One list of breakpoints that Delve gets, and how its entries and answers are read. Knows no session.

DAP sets breakpoints by whole lists: one for each source file, one of functions, one of instructions, one of data.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

import attrs

from dapshim.wire.bodies import SetBreakpointsArguments, SetListArguments
from dapshim.wire.messages import Message

Key = tuple[str, str]
"""A list's command, and its file (Delve's spelling) or ''."""

Identity = tuple[object, ...]
"""What makes an entry of a list the same in the next one."""

STEP: Final = "step"
Next = bool | Literal["step"]
"""What follows a hidden stop: True, it is shown; False, the program goes on; STEP, it goes on by one instruction."""

EXISTS: Final = "Breakpoint exists at"
"""Delve 1.27.1: how the message of a breakpoint at a taken address begins."""

TWICE: Final = "breakpoint already exists"
"""Delve 1.27.1: the message of an entry that an earlier one of its list is equal to."""

OWN_IDS: Final = 1_000_000_000
"""Ids from here on are dapshim's own, for what Delve gives no id; Delve counts from 1."""

_IDENTITY: Final = ("line", "column", "name", "instructionReference", "dataId")


@attrs.define(eq=False)
class Hidden:
    """A breakpoint that a shim wants and the user must not see.

    `command` is the DAP request that sets its list, `entry` its element in that list, `path` its file for `setBreakpoints`.
    `work` is awaited when the program stops there; the program then goes on, unless `work` returns True: show the stop. When it
    returns STEP, one instruction of that thread is run, and `work` awaited again at that stop.
    """

    command: str
    entry: dict[str, Any]
    work: Callable[[Message], Awaitable[Next]]
    path: str = ""
    id: int | None = None
    shadowed: bool = False
    """A breakpoint of the user's is at its address: the program stops there anyway, and the user sees it."""
    stands_for: int | None = None
    """The client's function breakpoint in whose place it is, by the client's id: the stop is the user's, and `work` is none."""
    answer: dict[str, Any] | None = None
    """What Delve said of it last."""

    @property
    def key(self) -> Key:
        """Which list it belongs to."""
        return self.command, self.path


@attrs.define(eq=False)
class BreakpointList:
    """One list: what the client asked for last, what shims added, and the ids of the client's entries, in its order.

    An id is Delve's, or one of ours where Delve gave none to what waits; None for the rest.
    """

    arguments: dict[str, Any] = attrs.field(factory=dict)
    asked: list[dict[str, Any]] = attrs.field(factory=list)
    hidden: list[Hidden] = attrs.field(factory=list)
    ids: list[int | None] = attrs.field(factory=list)
    own: dict[Identity, int] = attrs.field(factory=dict)
    """The ids that we gave to entries."""
    waiting: set[int] = attrs.field(factory=set)
    """The places of the entries that are not set, and that may be set later."""

    def wants(self, count: int) -> bool:
        """Whether all of these many answers belong to entries."""
        return len(self.asked) == count

    def suspended(self) -> set[int]:
        """Return the places of those that wait and that Delve has under a number: it only looks anew at what it has not."""
        return {place for place in self.waiting if place < len(self.ids) and 0 < (self.ids[place] or 0) < OWN_IDS}

    def to_set_again(self, key: Key) -> list[int]:
        """Return the places of the client's entries that a list which we send anew has."""
        known = len(self.ids) == len(self.asked)
        return [place for place in range(len(self.asked)) if key[0] != "setDataBreakpoints" or not known or self.ids[place]]

    def note_hidden(self, answers: list[dict[str, Any]]) -> None:
        """Note what became of the hidden ones."""
        for hidden, answer in zip(self.hidden, answers, strict=False):
            hidden.shadowed = exists(answer) or answer.get("message") == TWICE
            # One that stands for another is suspended until there is a process that has its code.
            is_suspended = hidden.stands_for is not None and not hidden.shadowed
            hidden.id = id_of(answer) if is_verified(answer) or is_suspended else None
            hidden.answer = answer


def read_list(request: Message) -> tuple[Key, list[dict[str, Any]]]:
    """Return which list a request sets, and its entries."""
    if request.name == "setBreakpoints":
        source = request.view(SetBreakpointsArguments)
        return (request.name, source.source.path or ""), source.breakpoints
    return (request.name, ""), request.view(SetListArguments).breakpoints


def identity(entry: Mapping[str, Any]) -> Identity:
    """Return what an entry is known by."""
    return tuple(entry.get(name) for name in _IDENTITY)


def is_verified(answer: Mapping[str, Any]) -> bool:
    """Whether an answer says that the breakpoint is set."""
    return answer.get("verified") is True


def exists(answer: Mapping[str, Any]) -> bool:
    """Whether an answer says that there is one at its address already."""
    return not is_verified(answer) and str(answer.get("message", "")).startswith(EXISTS)


def id_of(answer: Mapping[str, Any]) -> int | None:
    """Return the id in an answer; Delve gives 0 or none to some."""
    found = answer.get("id")
    return found if isinstance(found, int) and found > 0 else None
