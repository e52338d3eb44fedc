"""A shim's way to its session, from its own layer (the `SessionApi` of `shim.py`), and what only the session itself can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import attrs
import trio

from dapshim.proxy.pump import Item
from dapshim.proxy.reasons import Reason
from dapshim.proxy.shim import CALL_DEADLINE
from dapshim.wire import messages
from dapshim.wire.messages import Message

if TYPE_CHECKING:
    from dapshim.proxy.adapter import AdapterSource
    from dapshim.proxy.pipeline import Pipeline


class House(Protocol):
    """What of a `SessionApi` only the session itself can do."""

    async def replace_adapter(self, source: AdapterSource, launched: Message | None) -> None:
        """See `SessionApi.replace_adapter`."""

    def stop_build(self) -> None:
        """See `SessionApi.stop_build`."""

    def end(self, reason: Reason, detail: str = "") -> None:
        """End the session."""

    @property
    def binary(self) -> str | None:
        """See `SessionApi.binary`."""


@attrs.define(eq=False)
class Place:
    """A shim's way to its session, from its own layer (the `SessionApi` of `shim.py`)."""

    pipeline: Pipeline
    layer: int
    name: str

    async def call(self, command: str, arguments: object | None = None, *, deadline: float = CALL_DEADLINE) -> Message:
        """See `SessionApi.call`."""
        return await self.pipeline.call(self, command, arguments, deadline)

    async def emit(self, event: str, body: object | None = None, *, before: bool = False) -> None:
        """See `SessionApi.emit`."""
        self.pipeline.emit(Item(messages.event(event, body), self.name, self.layer - 1), before=before)

    async def ask_client(self, command: str, arguments: object | None = None, *, deadline: float = CALL_DEADLINE) -> Message:
        """See `SessionApi.ask_client`."""
        return await self.pipeline.ask_client(self, command, arguments, deadline)

    @property
    def has_adapter(self) -> bool:
        """See `SessionApi.has_adapter`."""
        return self.pipeline.adapter is not None

    async def replace_adapter(self, source: AdapterSource, launched: Message | None = None) -> None:
        """See `SessionApi.replace_adapter`."""
        await self.pipeline.house.replace_adapter(source, launched)

    def stop_build(self) -> None:
        """See `SessionApi.stop_build`."""
        self.pipeline.house.stop_build()

    @property
    def binary(self) -> str | None:
        """See `SessionApi.binary`."""
        return self.pipeline.house.binary

    def announce(self, event: str, body: object | None = None) -> None:
        """See `SessionApi.announce`."""
        self.pipeline.to_client.feed_urgent(Item(messages.event(event, body), self.name, -1))

    def on_cancel(self, progress_id: str, cancel: Callable[[], None] | None) -> None:
        """See `SessionApi.on_cancel`."""
        if cancel is not None:
            self.pipeline.cancels[progress_id] = cancel
        else:
            self.pipeline.cancels.pop(progress_id, None)

    def start(self, work: Callable[[], Awaitable[None]]) -> None:
        """See `SessionApi.start`."""
        self.pipeline.start(self.layer, work)

    def note(self, text: str) -> None:
        """See `SessionApi.note`."""
        self.pipeline.note(f"{self.name}: {text}")

    def end_session(self, why: str) -> None:
        """See `SessionApi.end_session`."""
        self.pipeline.house.end(Reason.PROGRAM_GONE, why)

    def untorn(self, seconds: float) -> trio.CancelScope:
        """See `SessionApi.untorn`."""
        return trio.CancelScope(deadline=trio.current_time() + seconds, shield=True)
