"""Own calls: requests that dapshim itself sends to the adapter, and who waits for their answers."""

from __future__ import annotations

import attrs
import trio

from dapshim.wire.messages import Message


class OwnCallError(Exception):
    """An own call has no answer."""


class OwnCallTimeoutError(OwnCallError):
    """The adapter did not answer within the deadline; a late answer is swallowed."""


class AdapterGoneError(OwnCallError):
    """The adapter's link ended before it answered."""


@attrs.define(eq=False)
class Call:
    """One own call that is open; the reader wakes its caller, never the pump (law 1)."""

    command: str
    done: trio.Event = attrs.field(factory=trio.Event)
    response: Message | None = None

    def answer(self, response: Message) -> None:
        """Hand the adapter's response to whoever waits."""
        self.response = response
        self.done.set()

    def fail(self) -> None:
        """Tell whoever waits that no answer will come."""
        self.done.set()

    async def wait(self, seconds: float) -> Message:
        """Return the response.

        Raises:
            OwnCallTimeoutError: none came within `seconds`.
            AdapterGoneError: the link ended.

        """
        with trio.move_on_after(seconds):
            await self.done.wait()
        if self.response is not None:
            return self.response
        if self.done.is_set():
            raise AdapterGoneError(f'the adapter went away before it answered "{self.command}"')
        raise OwnCallTimeoutError(f'the adapter did not answer "{self.command}" within {seconds:g} s')
