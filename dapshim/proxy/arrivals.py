"""What a session does with each message at the moment it arrives, before it takes its place in the line.

The answer to an own call goes straight to its caller (law 1). A few messages are looked at in passing, so that the session can
end rightly: `initialize`, `launch`, `attach`, `process`, `disconnect`, `terminated`; `pause` and its like interrupt hooks
(law 3). None is changed, and nothing is sent from here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

import trio

from dapshim.proxy.adapter import Adapter
from dapshim.proxy.calls import Call
from dapshim.proxy.link import Edge
from dapshim.proxy.pump import Item
from dapshim.wire.bodies import LaunchArguments, ProcessBody
from dapshim.wire.ledger import Ledger
from dapshim.wire.messages import BodyError, MalformedError, Message
from dapshim.wire.parsing import parse

if TYPE_CHECKING:
    from dapshim.proxy.trace import SessionTrace

log = logging.getLogger(__name__)

BUILDING_MODES: Final = frozenset({"auto", "debug", "test"})
"""Modes in which Delve builds a binary that it deletes at the end of the session."""

ASKED_MOST: Final = 8
"""Launches that wait for Delve's answer and are remembered; a client sends one."""


class Interruptible(Protocol):
    """What a client can let go of: the hooks that run, and what they show as progress."""

    def interrupt(self, named: int | None = None) -> None:
        """Cancel the hooks that run; with `named` those of that request."""

    def cancel_progress(self, progress_id: str | None) -> None:
        """Do what the cancelling of a progress means, None: of all."""


class Arrivals:
    """Looks at the messages of both sides as they arrive, and keeps what the session's end and a new adapter must know."""

    def __init__(self, number: int, client: Ledger[Call], hooks: Interruptible, trace: SessionTrace | None) -> None:
        """Look at the messages of session `number`; `client` is its client's ledger, `hooks` those that may run."""
        self._number = number
        self._client = client
        self._hooks = hooks
        self._trace = trace
        self._adapter: Adapter | None = None
        self._mode: str | None = None
        self._no_debug = False
        self._asked: list[Message] = []
        self._begun = False
        self._builds = trio.Event()
        self.spoken = trio.Event()
        """The client has sent a complete valid message."""
        self.initialize: Message | None = None
        """The client's request."""
        self.capabilities: dict[str, Any] | None = None
        """What the adapter said it can do."""
        self.attached = False
        """The program ran before, and is to be let go of at the end."""
        self.said_goodbye = False
        """The client has sent `disconnect`."""
        self.terminated = False
        """The adapter has sent `terminated`."""

    def restarts(self, request: Message) -> None:
        """Forget a program that has ended, and note the one that is launched in its place."""
        self.terminated = self._begun = False
        self.starts(request)

    def serve(self, adapter: Adapter) -> None:
        """Note the adapter that is there now; it learns what is known of its program."""
        self._adapter = adapter
        self._note_no_debug()

    async def watch_build(self, adapter: Adapter) -> None:
        """Let an adapter look for the binary that it builds, when the client wants something built."""
        await self._builds.wait()
        await adapter.watch_build()

    def from_client(self, message: Message) -> Item | None:
        """Look at a message of the client; None when it goes no further."""
        if self._trace is not None:
            self._trace.arrived("client", message.raw)
        if message.kind == "response":
            entry = self._client.peek(message.request_seq)
            if entry is not None and entry.own:
                self._client.answer(message.request_seq)
                if entry.caller is not None:
                    entry.caller.answer(message)
                return None
            message.reply_to = entry.peer_seq if entry is not None else None
            return Item(message, "client", ledger=self._client)
        watch = _WATCHED_REQUESTS.get(message.name) if message.kind == "request" else None
        if watch is not None:
            watch(self, message)
        if not self.spoken.is_set():
            self.spoken.set()
        return Item(message, "client")

    def from_adapter(self, message: Message, ledger: Ledger[Call]) -> Item | None:
        """Look at a message of the adapter whose link has this ledger; None when it goes no further."""
        if self._trace is not None:
            self._trace.arrived("adapter", message.raw)
        if message.kind == "event":
            watch = _WATCHED_EVENTS.get(message.name)
            if watch is not None:
                watch(self, message)
            return Item(message, "adapter")
        if message.kind != "response":
            return Item(message, "adapter")
        entry = ledger.peek(message.request_seq)
        if entry is None:
            if ledger.find(message.request_seq) is not None:
                # It answers nothing we sent, and its number would make the client take it for the answer to another request.
                log.warning("session %d: dropped an answer to nothing: %s", self._number, message.describe())
                if self._trace is not None:
                    self._trace.note(f"dropped an answer to nothing: {message.describe()}")
                return None
            return Item(message, "adapter")
        if entry.own:
            ledger.answer(message.request_seq)
            if entry.caller is not None:
                entry.caller.answer(message)
            return None
        message.reply_to = entry.peer_seq
        message.name = message.name or entry.name
        if message.name == "initialize" and message.success:
            self.capabilities = _body_of(message)
        if message.name in ("launch", "attach") and message.success:
            self._see_begun(message)
        return Item(message, "adapter", ledger=ledger)

    def garbage(self, edge: Edge, error: Exception) -> None:
        """Record what is no message."""
        if self._trace is not None and isinstance(error, MalformedError):
            self._trace.arrived(edge, error.raw, valid=False)

    # -- what is watched in passing ----------------------------------------------------------------------------------------

    def _see_initialize(self, request: Message) -> None:
        self.initialize = self.initialize or request

    def starts(self, request: Message) -> None:
        """Note what a launch or attach is about, unless Delve will refuse it since something is debugged already."""
        if self._begun:
            return
        self._asked = [*self._asked[1 - ASKED_MOST :], request]
        # Until it is known better: to let go of a program that was launched is the smaller mistake.
        self.attached = request.name == "attach"
        try:
            wanted = request.view(LaunchArguments)
        except BodyError:
            return
        self.attached = request.name == "attach" and (wanted.mode or "local") == "local"
        self._mode = (wanted.mode or "debug") if request.name == "launch" else None
        self._no_debug = wanted.noDebug is True
        if self._mode in BUILDING_MODES:
            self._builds.set()
        self._note_no_debug()

    def _see_begun(self, response: Message) -> None:
        """Keep what the one launch or attach is about that Delve has carried out, whatever was asked for behind it."""
        for request in [each for each in self._asked if each.seq == response.reply_to][:1]:
            self.starts(request)
        self._asked.clear()
        self._begun = True

    def _note_no_debug(self) -> None:
        """Delve 1.27.1 tells no `process` of a program that it does not debug, which stays in dlv's own process group."""
        if self._no_debug and self._adapter is not None:
            self._adapter.debugs(None, built=False)

    def _see_interruption(self, request: Message) -> None:
        """Let go of hooks that run: the user wants something now (law 3)."""
        if request.name == "disconnect":
            self.said_goodbye = True
            # Delve 1.27.1 reads no `disconnect` while it builds.
            self._hooks.cancel_progress(None)
        self._hooks.interrupt()

    def _see_cancel(self, request: Message) -> None:
        try:
            wanted, progress = request.arguments.get("requestId"), request.arguments.get("progressId")
        except BodyError:
            return
        finally:
            request.discard()
        if isinstance(wanted, int):
            self._hooks.interrupt(wanted)
        if isinstance(progress, str):
            self._hooks.cancel_progress(progress)

    def _see_process(self, event: Message) -> None:
        """Note the program's process id, and whether Delve built its file for this session alone."""
        try:
            process = event.view(ProcessBody)
        except BodyError:
            return
        if self._adapter is not None:
            self._adapter.debugs(process.systemProcessId, built=self._mode in BUILDING_MODES)

    def _see_terminated(self, _event: Message) -> None:
        self.terminated = True


_WATCHED_REQUESTS: Final[dict[str, Callable[[Arrivals, Message], None]]] = {
    "initialize": Arrivals._see_initialize,  # noqa: SLF001 - the table of this class
    "launch": Arrivals.starts,
    "attach": Arrivals.starts,
    "disconnect": Arrivals._see_interruption,  # noqa: SLF001
    "terminate": Arrivals._see_interruption,  # noqa: SLF001
    "pause": Arrivals._see_interruption,  # noqa: SLF001
    "cancel": Arrivals._see_cancel,  # noqa: SLF001
}

_WATCHED_EVENTS: Final[dict[str, Callable[[Arrivals, Message], None]]] = {
    "process": Arrivals._see_process,  # noqa: SLF001
    "terminated": Arrivals._see_terminated,  # noqa: SLF001
}


def _body_of(message: Message) -> dict[str, Any] | None:
    """Return a copy of a body, or None when it cannot be read."""
    try:
        return dict(parse(message.raw).body)
    except BodyError:
        return None
