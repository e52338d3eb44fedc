"""One direction of a session: the messages that wait, and the one task that handles them in the order of arrival.

A pump knows neither hooks nor links: the pipeline gives it what to do with a message at once (`quick`, sync, for what nobody
wants to see) and what to do with it when it must be awaited (`handle`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

import attrs
import trio

from dapshim.proxy.calls import Call
from dapshim.wire.ledger import Ledger
from dapshim.wire.messages import Message

QUEUE_MARK: Final = 4 * 1024 * 1024
"""Bytes waiting above which the reader pauses, unless an own call is open on its link (law 1)."""

QUEUE_CAP: Final = 96 * 1024 * 1024
"""Bytes waiting that fail the session: one largest message, and what may come while an own call is open."""

OVERHEAD: Final = 512
"""Bytes that a waiting message costs beside its body: a flood of tiny ones is bounded too."""

FLUSH_EVERY: Final = 64
"""Messages after which those handled are sent, while more wait."""


class QueueFullError(Exception):
    """More waits than memory is allowed for; the session ends."""


@attrs.define(slots=True, eq=False)
class Item:
    """A message in a pump: `start` is the layer whose hooks it meets first, None for the outermost of its direction.

    `origin` is `client`, `adapter`, or the name of the shim that made it. `ledger` is the one that knows what a response of a
    peer answers. An `urgent` one goes ahead of all others, but of no earlier one of its kind.
    """

    message: Message
    origin: str
    start: int | None = None
    ledger: Ledger[Call] | None = None
    urgent: bool = False


class Outlet(Protocol):
    """Where the messages go; a `Link`."""

    @property
    def full(self) -> bool:
        """Whether the peer has to read before more may be posted."""

    def push(self) -> None:
        """Send what was posted."""

    async def room(self) -> None:
        """Wait until more may be posted."""


class Pump:
    """A queue bounded by bytes, and the task that empties it one message at a time."""

    def __init__(
        self,
        quick: Callable[[Item], bool],
        handle: Callable[[Item], Awaitable[None]],
        out: Callable[[], Outlet | None],
    ) -> None:
        self._quick = quick
        self._handle = handle
        self._out = out
        self._items: deque[Item] = deque()
        self._urgent: deque[Item] = deque()
        self._bytes = 0
        self._asleep = False
        self._wake = trio.Event()
        self._paused = trio.lowlevel.ParkingLot()
        self._emptied = trio.lowlevel.ParkingLot()

    @property
    def waiting(self) -> list[Message]:
        """The messages that nobody has handled yet."""
        return [item.message for item in self._items]

    @property
    def queued(self) -> list[Item]:
        """All that nobody has handled yet, with what each belongs to."""
        return [*self._urgent, *self._items]

    def feed(self, items: Iterable[Item]) -> None:
        """Take messages in the order of arrival; what nobody wants to see is handled here and now when nothing waits.

        Raises:
            QueueFullError: more than QUEUE_CAP bytes would wait.

        """
        rest = iter(items)
        if self._asleep and not self._items and not self._urgent:
            out = self._out()
            if out is not None and not out.full:
                for item in rest:
                    if not self._quick(item):
                        self._append(item)
                        break
                out.push()
        for item in rest:
            self._append(item)
        if self._items:
            self._wake.set()

    def feed_urgent(self, item: Item) -> None:
        """Take a message that goes ahead of all that waits, behind earlier ones of its kind.

        Raises:
            QueueFullError: more than QUEUE_CAP bytes would wait.

        """
        item.urgent = True
        out = self._out()
        idle = self._asleep and not self._items and not self._urgent
        if idle and out is not None and not out.full and self._quick(item):
            out.push()
            return
        # Not among the others, even when nothing waits: the next urgent one would overtake it.
        self._weigh(item)
        self._urgent.append(item)
        self._wake.set()

    def take_urgent(self) -> list[Item]:
        """Take out the urgent messages that wait."""
        return [self._taken(self._urgent) for _ in range(len(self._urgent))]

    def _append(self, item: Item) -> None:
        self._weigh(item)
        self._items.append(item)

    def _weigh(self, item: Item) -> None:
        self._bytes += len(item.message.raw) + OVERHEAD
        if self._bytes > QUEUE_CAP:
            raise QueueFullError(f"more than {QUEUE_CAP >> 20} MiB of messages wait to be handled")

    def _taken(self, queue: deque[Item]) -> Item:
        item = queue.popleft()
        self._bytes -= len(item.message.raw) + OVERHEAD
        return item

    @property
    def over_mark(self) -> bool:
        """Whether so much waits that the reader should pause."""
        return self._bytes > QUEUE_MARK

    async def below_mark(self, unless: Callable[[], bool]) -> None:
        """Wait until less than QUEUE_MARK bytes wait, or `unless` says that waiting is forbidden."""
        while self.over_mark and not unless():
            await self._paused.park()

    def let_reader_go(self) -> None:
        """Make a reader that waits in `below_mark` look again: an own call was opened."""
        self._paused.unpark_all()

    async def run(self) -> None:
        """Handle messages until cancelled."""
        while True:
            while self._items or self._urgent:
                item = self._taken(self._urgent or self._items)
                if not self._quick(item):
                    # What waits to be sent leaves before a hook that may take its time.
                    await self._flush()
                    await self._handle(item)
                elif not self._items or len(self._items) % FLUSH_EVERY == 0:
                    await self._flush()
                if self._paused and self._bytes <= QUEUE_MARK:
                    self._paused.unpark_all()
            await self._flush()
            if self._items or self._urgent:
                continue
            self._wake = trio.Event()
            self._asleep = True
            self._emptied.unpark_all()
            await self._wake.wait()
            self._asleep = False

    async def _flush(self) -> None:
        out = self._out()
        if out is not None:
            out.push()
            if out.full:
                await out.room()

    async def empty(self) -> None:
        """Wait until everything that came has been handled."""
        while not self._asleep or self._items or self._urgent:
            await self._emptied.park()
