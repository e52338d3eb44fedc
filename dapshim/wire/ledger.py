"""Who is owed an answer on one link, and which number we gave to what.

The rules of this file:

1. Everything that changes a number or an open request is here; nobody else writes a `seq` or a `request_seq`.
2. Each link has its own count: 1, 2, 3 … for all that we send on it, in the order in which it is sent, without gaps. So the
   client's first request reaches the adapter as 1, which Delve quotes in an error text, and the client never sees a 0.
3. A number is remembered after it was answered: Delve answers a failed `restart` twice, success first (1.27.1). Only the
   newest KEPT answered ones are kept.
4. An own call that nobody waits for any more keeps its place, so that its late answer is recognised and swallowed.
5. Any message may be answered, not only a request: Delve answers an event or a message of an unknown type with an error.

The file knows no I/O, no clock and no message but its numbers.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Generic, TypeVar

import attrs

Caller = TypeVar("Caller")

KEPT: Final = 4096
"""Answered entries that are remembered: more than any client has open, and below 1 MiB of memory."""


@attrs.define
class Entry(Generic[Caller]):
    """What we sent under one number.

    `peer_seq` is the number that the other peer gave it; `name` its command; `owed` says whether it is a request of that peer;
    `caller` is who waits for the answer of an own call, None for a message that was passed on.
    """

    seq: int
    name: str
    peer_seq: int = 0
    owed: bool = False
    caller: Caller | None = None
    own: bool = False
    answered: bool = False


class Ledger(Generic[Caller]):
    """The numbers of one link: what was sent on it, and what of that is open."""

    def __init__(self) -> None:
        self._last = 0
        self._open: dict[int, Entry[Caller]] = {}
        self._by_peer: dict[int, dict[int, None]] = {}  # the other peer's number -> ours, of its open requests, in order
        self._answered: OrderedDict[int, Entry[Caller]] = OrderedDict()
        self._own_open = 0

    @property
    def last_seq(self) -> int:
        """The number of the last message that was sent, 0 before the first."""
        return self._last

    @property
    def own_calls_open(self) -> bool:
        """Whether somebody waits for the answer of an own call on this link."""
        return self._own_open > 0

    def next_seq(self) -> int:
        """Return the number of a message that nobody can answer: an event to a client, or a response."""
        self._last += 1
        return self._last

    def passed(self, peer_seq: int, name: str, *, owed: bool) -> int:
        """Return the number of a message of the other peer that is passed on; `owed` when it is a request."""
        entry: Entry[Caller] = Entry(self.next_seq(), name, peer_seq, owed)
        if owed:
            self._open[entry.seq] = entry
            self._by_peer.setdefault(peer_seq, {})[entry.seq] = None
        else:
            self._remember(entry)
        return entry.seq

    def call(self, name: str, caller: Caller) -> int:
        """Return the number of an own call whose answer goes to `caller`."""
        entry = Entry(self.next_seq(), name, owed=False, caller=caller, own=True)
        self._open[entry.seq] = entry
        self._own_open += 1
        return entry.seq

    def give_up(self, seq: int) -> None:
        """Nobody waits for the own call `seq` any more; its late answer will be swallowed."""
        entry = self._open.get(seq)
        if entry is not None and entry.own and entry.caller is not None:
            entry.caller = None
            self._own_open -= 1

    def peek(self, request_seq: int) -> Entry[Caller] | None:
        """Return what an answer to `request_seq` answers, and change nothing."""
        return self._open.get(request_seq) or self._answered.get(request_seq)

    def answer(self, request_seq: int) -> Entry[Caller] | None:
        """Note an answer to `request_seq` and return what it answers, also a second time; None when we sent no such thing."""
        entry = self._open.pop(request_seq, None)
        if entry is None:
            return self._answered.get(request_seq)
        if entry.own and entry.caller is not None:
            self._own_open -= 1
        if entry.owed:
            same = self._by_peer[entry.peer_seq]
            del same[entry.seq]
            if not same:
                del self._by_peer[entry.peer_seq]
        entry.answered = True
        self._remember(entry)
        return entry

    def find(self, peer_seq: int) -> int | None:
        """Return the number under which the open request that the other peer calls `peer_seq` was sent; of two, the later."""
        same = self._by_peer.get(peer_seq)
        return next(reversed(same)) if same else None

    def owed(self) -> list[Entry[Caller]]:
        """Return the other peer's requests that have no answer yet, in the order in which they were sent."""
        return [entry for entry in self._open.values() if entry.owed]

    def callers(self) -> list[Caller]:
        """Return those who wait for the answer of an own call."""
        return [entry.caller for entry in self._open.values() if entry.own and entry.caller is not None]

    def _remember(self, entry: Entry[Caller]) -> None:
        self._answered[entry.seq] = entry
        while len(self._answered) > KEPT:
            self._answered.popitem(last=False)
