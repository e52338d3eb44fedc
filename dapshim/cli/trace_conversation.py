"""A recorded trace put together to the conversation that it was: one passage for each message, from whom to whom.

A message that was passed on has two lines, its arrival at one edge and its departure at the other. They become one, with
what was changed on the way and how long the asker waited. Only what is still on its way is held, so a trace may have any
size. Nothing here reads a file or knows a terminal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Final, Literal

import attrs

from dapshim.cli.trace_lines import Line, verdicts
from dapshim.wire.summaries import first_difference, summarize

Actor = Literal["client", "dapshim", "adapter"]

ON_THE_WAY: Final = 1000
"""Passages that wait for an earlier one's departure: more than dapshim ever queues in practice, few enough for memory."""

OWN_CALLS_KEPT: Final = 1000
"""Own calls whose answers are still known as such: a late or a second answer comes soon or never."""

_OTHER: Final[dict[str, Actor]] = {"client": "adapter", "adapter": "client"}
_NUMBERS: Final = ("seq", "request_seq")


@attrs.define(eq=False)
class Passage:
    """One message and its way through dapshim, or a note (`kind` "note"), or what cannot be shown (`kind` "garbage").

    `at` is when it was first seen, `left` when it went out, in seconds. `number` is the request's number as its asker counts.
    `by` is the shim that made, hid or answered it. `waited` is a response's time since its request, in seconds.
    """

    at: float
    session: int
    source: Actor = "dapshim"
    target: Actor = "dapshim"
    kind: str = "note"
    name: str = ""
    number: int | None = None
    says: str = ""
    success: bool | None = None
    by: str = ""
    verdicts: list[tuple[str, str]] = attrs.field(factory=list)
    changed: str = ""
    left: float | None = None
    waited: float | None = None
    fate: Literal["on its way", "passed", "made", "hidden", "answered", "kept", "lost"] = "passed"
    message: Line | None = None


@attrs.define
class Totals:
    """What there was in all of a conversation."""

    messages: int = 0
    requests: int = 0
    events: int = 0
    own_calls: int = 0
    hidden: int = 0
    answered: int = 0
    failed: int = 0
    last: float = 0.0
    sessions: set[int] = attrs.field(factory=set)
    slowest: list[Passage] = attrs.field(factory=list)
    unanswered: list[Passage] = attrs.field(factory=list)


class Conversation:
    """Puts the lines of a trace together, in the order in which the messages came."""

    def __init__(self) -> None:
        self.totals = Totals()
        self._order: deque[Passage] = deque()
        self._sessions: dict[int, _Session] = {}

    def feed(self, line: Line) -> Iterator[Passage]:
        """Take the next line; yield the passages that are complete now and have no incomplete one before them."""
        self._take(line)
        while self._order and (self._order[0].fate != "on its way" or len(self._order) > ON_THE_WAY):
            yield self._count(self._order.popleft())

    def finish(self) -> Iterator[Passage]:
        """Yield what is left at the end of the trace; `totals` is complete after that."""
        while self._order:
            yield self._count(self._order.popleft())
        for session in self._sessions.values():
            self.totals.unanswered += session.open.values()

    def _take(self, line: Line) -> None:
        number = line["session"]
        self.totals.last = max(self.totals.last, line["t"])
        if "note" in line:
            self._order.append(Passage(line["t"], number, says=line["note"]))
            return
        self.totals.sessions.add(number)
        if "message" not in line:
            size = line.get("size", 0)
            self._order.append(Passage(line["t"], number, line["edge"], kind="garbage", says=line["garbage"], number=size))
            return
        session = self._sessions.setdefault(number, _Session())
        passage = session.take(line)
        if passage is not None:
            self._order.append(passage)

    def _count(self, passage: Passage) -> Passage:
        if passage.fate == "on its way":
            passage.fate = "lost"
        passage.message = None
        totals = self.totals
        if passage.kind == "note":
            return passage
        totals.messages += 1
        totals.requests += passage.kind == "request" and passage.fate != "made"
        totals.events += passage.kind == "event"
        totals.own_calls += passage.kind == "request" and passage.fate == "made"
        totals.hidden += passage.fate == "hidden"
        totals.answered += passage.fate == "answered"
        totals.failed += passage.success is False
        if passage.waited is not None and passage.fate != "kept":
            totals.slowest = sorted([*totals.slowest, passage], key=lambda answer: -(answer.waited or 0.0))[:3]
        return passage


class _Session:
    """What of one session is on its way: messages inside of dapshim, and requests without an answer."""

    def __init__(self) -> None:
        self.inside: dict[str, deque[Passage]] = {"client": deque(), "adapter": deque()}
        # By the asker's edge and its number: requests of the peers, and dapshim's own to the peer at an edge.
        self.open: dict[tuple[str, Any], Passage] = {}
        self.own: dict[tuple[str, Any], Passage] = {}

    def take(self, line: Line) -> Passage | None:
        """Take a line with a message; return its passage when it is new."""
        if line["way"] == "in":
            return self._arrived(line)
        if line["way"] == "held":
            return self._held(line)
        return self._passed_on(line) if line.get("origin") == _OTHER[line["edge"]] else self._made(line)

    def _arrived(self, line: Line) -> Passage:
        edge, passage = line["edge"], _passage(line)
        if passage.kind == "response":
            asked = self.own.get((edge, _number(line, "request_seq")))
            if asked is not None:
                passage.fate, passage.by, passage.waited = "kept", asked.by, passage.at - asked.at
                return passage
        elif passage.kind == "request":
            self.open[edge, _number(line, "seq")] = passage
        passage.fate = "on its way"
        self.inside[edge].append(passage)
        return passage

    def _passed_on(self, line: Line) -> Passage | None:
        edge = line["edge"]
        arrived = self._resolve(_OTHER[edge], line["message"])
        passage = arrived or _passage(line)
        passage.source, passage.target, passage.fate, passage.left = _OTHER[edge], edge, "passed", line["t"]
        passage.verdicts = verdicts(line)
        if arrived is not None and arrived.message is not None:
            passage.changed = _difference(arrived.message, line["message"])
        if passage.kind == "request":
            # The number is this request's now: an own call that once had it (before the adapter was replaced) is over.
            self.own.pop((edge, _number(line, "seq")), None)
        elif passage.kind == "response":
            self._answers(passage, line)
        return None if arrived else passage

    def _made(self, line: Line) -> Passage:
        edge, passage = line["edge"], _passage(line)
        passage.source, passage.target, passage.fate, passage.by = "dapshim", edge, "made", str(line.get("origin", "dapshim"))
        if passage.kind == "request":
            self.own[edge, _number(line, "seq")] = passage
            if len(self.own) > OWN_CALLS_KEPT:
                del self.own[next(iter(self.own))]
        elif passage.kind == "response":
            asked = self._answers(passage, line)
            if asked is not None and asked.fate == "on its way":
                self.inside[edge].remove(asked)
                asked.fate, asked.by = "answered", passage.by
        return passage

    def _held(self, line: Line) -> Passage | None:
        arrived = self._resolve(line["edge"], line["message"])
        passage = arrived or _passage(line)
        passage.verdicts = verdicts(line)
        passage.by = passage.verdicts[-1][0] if passage.verdicts else ""
        passage.fate = "answered" if passage.kind == "request" else "hidden"
        return None if arrived else passage

    def _answers(self, passage: Passage, line: Line) -> Passage | None:
        """Find the request that a response, on its way out, answers."""
        number = _number(line, "request_seq")
        passage.number = number
        asked = self.open.pop((line["edge"], number), None)
        if asked is not None:
            passage.waited = line["t"] - asked.at
            # Delve 1.27.1 answers a request that it does not know with an empty command.
            passage.name = passage.name or asked.name
        return asked

    def _resolve(self, edge: str, message: Line) -> Passage | None:
        """Find what came in at `edge` and now goes on or is held; order is kept, so what came before it stayed inside."""
        queue = self.inside[edge]
        kind, name = _kind(message), _name(message)
        found = next((passage for passage in queue if passage.kind == kind and passage.name == name), None)
        while found is not None:
            passage = queue.popleft()
            if passage is found:
                break
            passage.fate = "lost"
        return found


def _passage(line: Line) -> Passage:
    message = line["message"]
    kind = _kind(message)
    number = _number(line, "request_seq" if kind == "response" else "seq")
    success = message.get("success") is True if kind == "response" else None
    return Passage(
        line["t"],
        line["session"],
        line["edge"],
        kind=kind,
        name=_name(message),
        number=number if kind in ("request", "response") else None,
        says=summarize(message),
        success=success,
        message=message,
    )


def _kind(message: Line) -> str:
    kind = message.get("type")
    return kind if isinstance(kind, str) else "message"


def _name(message: Line) -> str:
    name = message.get("event" if message.get("type") == "event" else "command")
    return name if isinstance(name, str) else "?"


def _number(line: Line, key: str) -> int | None:
    number = line["message"].get(key)
    return number if isinstance(number, int) else None


def _difference(before: Line, after: Line) -> str:
    """Return what dapshim changed: first in the body, else around it."""
    try:
        for key in ("arguments", "body"):
            if before.get(key) != after.get(key):
                return first_difference(before.get(key), after.get(key)) or key
        rest = [{key: value for key, value in message.items() if key not in _NUMBERS} for message in (before, after)]
        return "" if rest[0] == rest[1] else first_difference(rest[0], rest[1])
    except RecursionError:
        return "somewhere deep inside"
