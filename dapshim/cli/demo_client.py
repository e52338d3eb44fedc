"""A small DAP client over a Trio stream: what a scripted session such as `dapshim demo` speaks with.

It sends requests, waits for their responses and for events, and keeps the end of the conversation, so that a wait that was in
vain can show what came instead. It knows no request and no event by name, and neither Delve nor Go: what a session consists of
is its caller's business. Its waits have no deadlines of their own; the caller's cancel scope bounds them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import attrs
import msgspec
import trio

from dapshim.wire.framing import MAX_ADAPTER_BODY, FrameReader, FramingError, frame

Body = dict[str, Any]
"""The `arguments` of a request, or the `body` of a response or an event; empty where the message had none."""

_RECEIVE_BYTES: Final = 65536
_REMEMBERED_MESSAGES: Final = 6
_SHOWN_CHARACTERS: Final = 500


class DemoClientError(Exception):
    """The conversation did not go on as the client needs; the message is a sentence for the user."""


@attrs.frozen
class Event:
    """One event of the adapter."""

    name: str
    body: Body


@attrs.frozen
class Ticket:
    """A request that was sent; `DemoClient.response` trades it for the answer."""

    seq: int
    command: str


class DemoClient:
    """One client's conversation over `stream`; `run` must be running while the waiting methods are used."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._last_seq = 0
        self._responses: dict[int, Body] = {}
        self._events: list[Event] = []
        self._news = trio.Event()
        self._ended: str | None = None
        self._last_messages: deque[str] = deque(maxlen=_REMEMBERED_MESSAGES)

    @property
    def last_messages(self) -> list[str]:
        """The newest messages of the conversation, oldest first, long ones cut."""
        return list(self._last_messages)

    async def run(self) -> None:
        """Read what the peer sends until the stream ends; whoever waits then gets a `DemoClientError`."""
        reader = FrameReader(MAX_ADAPTER_BODY)
        ended = "the connection was closed"
        try:
            while data := await self._stream.receive_some(_RECEIVE_BYTES):
                for body in reader.feed(data):
                    self._take(body)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            ended = "the connection broke"
        except (FramingError, msgspec.MsgspecError) as error:
            ended = f"a message could not be read ({error})"
        finally:
            self._ended = ended
            self._wake()

    async def send(self, command: str, arguments: Body | None = None) -> Ticket:
        """Send a request without waiting for its answer.

        Raises:
            DemoClientError: the connection has ended.

        """
        self._last_seq += 1
        message: Body = {"seq": self._last_seq, "type": "request", "command": command}
        if arguments is not None:
            message["arguments"] = arguments
        body = msgspec.json.encode(message)
        self._remember("->", body)
        try:
            await self._stream.send_all(frame(body))
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise DemoClientError(f"{command!r} could not be sent because the connection is closed") from error
        return Ticket(self._last_seq, command)

    async def response(self, ticket: Ticket) -> Body:
        """Wait for the response to a request and return its body.

        Raises:
            DemoClientError: the request was refused (the message quotes why), or the connection ended before the answer.

        """
        await self.until(lambda: ticket.seq in self._responses, f"the answer to {ticket.command!r}")
        response = self._responses.pop(ticket.seq)
        if not response.get("success"):
            raise DemoClientError(f"{ticket.command!r} was refused: {_reason(response)}")
        return response.get("body") or {}

    async def request(self, command: str, arguments: Body | None = None) -> Body:
        """Send a request and return the body of its response; raises what `send` and `response` raise."""
        return await self.response(await self.send(command, arguments))

    async def event(self, *names: str, unless_refused: Ticket | None = None) -> Event:
        """Wait for the first event that has one of `names` and was not taken yet, and take it.

        With `unless_refused` the wait also ends when that request is refused, because then the event cannot come any more.

        Raises:
            DemoClientError: the request was refused, or the connection ended before such an event came.

        """

        def refused() -> bool:
            return unless_refused is not None and not self._responses.get(unless_refused.seq, {}).get("success", True)

        def came() -> bool:
            return any(event.name in names for event in self._events)

        await self.until(lambda: came() or refused(), " or ".join(map(repr, names)))
        if unless_refused is not None and not came():
            await self.response(unless_refused)
        return self._events.pop(next(i for i, event in enumerate(self._events) if event.name in names))

    def taken(self, name: str) -> list[Event]:
        """Take all events of a name that have come so far; waits for nothing."""
        taken = [event for event in self._events if event.name == name]
        self._events = [event for event in self._events if event.name != name]
        return taken

    async def until(self, happened: Callable[[], bool], awaited: str) -> None:
        """Wait for `happened()`, which is asked again after every message; `awaited` says in a failure what was waited for.

        Raises:
            DemoClientError: the connection ended before.

        """
        while not happened():
            if self._ended is not None:
                raise DemoClientError(f"{self._ended} before {awaited} came")
            await self._news.wait()

    async def end(self) -> None:
        """Wait until the peer has ended the connection, and close our side."""
        while self._ended is None:
            await self._news.wait()
        await self.close()

    async def close(self) -> None:
        """Close our side, whatever the peer does."""
        await self._stream.aclose()

    def _take(self, body: bytes) -> None:
        self._remember("<-", body)
        message = msgspec.json.decode(body, type=Body)
        if message.get("type") == "event":
            self._events.append(Event(str(message.get("event")), message.get("body") or {}))
        elif message.get("type") == "response":
            self._responses[message.get("request_seq", 0)] = message
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()

    def _remember(self, direction: str, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        cut = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."
        self._last_messages.append(f"{direction} {cut}")


def _reason(response: Body) -> str:
    error = (response.get("body") or {}).get("error") or {}
    return str(error.get("format") or response.get("message") or "no reason was given")
