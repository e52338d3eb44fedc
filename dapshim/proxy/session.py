"""One debug session: a client, an adapter, and the order in which everything begins and ends.

    begin   first complete valid message of the client → the adapter is started (or dialled, with `--connect`, when the client
            connects) → the two links are read and pumped
    end     whoever goes first, the other gets all that was sent; see `_finish`

The session watches a few messages on their way (`initialize`, `launch`, `attach`, `process`, `disconnect`, `terminated`), in
order to end rightly; it changes none. What it makes up, it makes up only when shims are on.
"""

from __future__ import annotations

import contextlib
import enum
import itertools
import logging
import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from dapshim.proxy.adapter import Adapter, AdapterSource, StartError
from dapshim.proxy.calls import Call
from dapshim.proxy.link import Edge, EndOfLinkError, Link
from dapshim.proxy.pipeline import Pipeline
from dapshim.proxy.pump import Item, QueueFullError
from dapshim.proxy.shim import CALL_DEADLINE, Shim
from dapshim.wire import messages
from dapshim.wire.bodies import LaunchArguments, ProcessBody
from dapshim.wire.framing import MAX_ADAPTER_BODY, MAX_CLIENT_BODY, FramingError
from dapshim.wire.messages import BodyError, MalformedError, Message
from dapshim.wire.parsing import parse

if TYPE_CHECKING:
    from dapshim.proxy.trace import SessionTrace

log = logging.getLogger(__name__)

DIAL_PATIENCE: Final = 0.05
"""Seconds that `--connect` waits for the first bytes of a client, to see that it is no browser, before it dials anyway.
Delve 1.27.1's own tests need less than 0.5; 0.1 is allowed for."""

GOODBYE: Final = 1.5
"""Seconds that a step of the end may take before the next one is taken anyway; all steps together stay below 5."""

SLOW_CLIENT: Final = 30.0
"""Seconds that a client which does not read has to read the end of its session, unless dapshim is told to stop."""

ANSWERS_AT_ONCE: Final = 100
"""Failed responses that are made without a turn for the other sessions: a client can have a hundred thousand requests open."""

LEAVE_ALONE: Final = 3.0
"""Seconds after which a dlv that still has to let go of an attached program is left to do so alone, when dapshim must stop."""

OPEN_LATE: Final = 2.0
"""Seconds that an adapter still has to come when the client, having asked for something, has ended its half of the stream."""


class Reason(enum.Enum):
    """Why a session ends."""

    CLIENT_GONE = "the client ended the connection"
    CLIENT_BROKEN = "the client does not speak DAP"
    ADAPTER_GONE = "the adapter ended the connection"
    ADAPTER_BROKEN = "the adapter does not speak DAP"
    TOLD = "dapshim was told to stop"
    FAILED = "the session failed"
    NO_ADAPTER = "there is no adapter"


@attrs.frozen
class SessionOptions:
    """How sessions are made.

    `shims` makes the layers of one session, outermost first; None is `--shims off`. `dial_at_once` is for `--connect`.
    """

    source: AdapterSource
    shims: Callable[[], Sequence[Shim]] | None
    dial_at_once: bool = False


class Session:
    """One client's session; `run` is its whole life."""

    def __init__(self, number: int, stream: trio.abc.Stream, options: SessionOptions, trace: SessionTrace | None) -> None:
        self.number = number
        self._options = options
        self._relay_only = options.shims is None
        self._trace = trace
        self._layers = list(options.shims()) if options.shims is not None else []
        self.client = Link("client", stream, MAX_CLIENT_BODY)
        self.pipeline = Pipeline(self.client, self._layers, trace, relay_only=self._relay_only)
        self.pipeline.replace_adapter = self.replace_adapter
        self.adapter: Adapter | None = None
        self._link: Link | None = None
        self._nursery: trio.Nursery
        self._sending = trio.CancelScope()
        self._adapter_tasks = trio.CancelScope()
        self._outputs_read = trio.Event()
        self._begun = trio.Event()
        self._spoken = trio.Event()
        self._ended = trio.Event()
        self._told = False
        self._farewell = trio.CancelScope()
        self._listening = trio.CancelScope()
        self._client_gone = trio.Event()
        self._adapter_gone = trio.Event()
        self._reason = Reason.TOLD
        self._detail = ""
        self._initialize: Message | None = None
        self._capabilities: dict[str, Any] | None = None
        self._client_read = trio.Event()
        self._mode: str | None = None
        self._attached = False
        self._no_debug = False
        self._said_goodbye = False
        self._terminated = False

    # -- life -------------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the client until one side goes, and leave nothing behind."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self.client.write)
            nursery.start_soon(self.pipeline.to_client.run)
            nursery.start_soon(self.pipeline.care_for_the_abandoned)
            nursery.start_soon(self._read_client)
            try:
                if await self._begin():
                    await self._open(nursery)
                await self._ended.wait()
            finally:
                with trio.CancelScope(shield=True):
                    await self._finish()
                nursery.cancel_scope.cancel()

    def end(self, reason: Reason = Reason.TOLD, detail: str = "") -> None:
        """End the session; the first reason counts, but to be told to stop makes the end of every session short."""
        if reason is Reason.TOLD:
            self._told = True
            self._farewell.deadline = min(self._farewell.deadline, trio.current_time() + GOODBYE)
        if not self._ended.is_set():
            self._reason = reason
            self._detail = detail
            log.info("session %d ends: %s%s", self.number, reason.value, f": {detail}" if detail else "")
            self._note(f"{reason.value}{f': {detail}' if detail else ''}")
            self._ended.set()

    async def _begin(self) -> bool:
        """Wait until an adapter is wanted; return whether one is."""
        if self._options.dial_at_once:
            with trio.move_on_after(DIAL_PATIENCE):
                await _first(self._begun, self._ended)
        else:
            await _first(self._spoken, self._ended)
        return not self._ended.is_set() or self._wanted_at_the_end()

    def _wanted_at_the_end(self) -> bool:
        """Whether a session that has ended already still needs its adapter, to hear what came before the end.

        A client may end its half of the stream at once and wait for the answers. A server of somebody else waits for a client:
        it gets to see that one came, also one that spoke no JSON, but not a browser.
        """
        if self._options.dial_at_once:
            return self._reason is Reason.CLIENT_GONE or (self._reason is Reason.CLIENT_BROKEN and self.client.begun_well)
        return self._reason is Reason.CLIENT_GONE and self._spoken.is_set()

    async def _open(self, nursery: trio.Nursery) -> None:
        """Get the adapter, or answer the client with the reason why there is none."""
        async with trio.open_nursery() as opening:

            async def give_up() -> None:
                await self._ended.wait()
                if self._wanted_at_the_end():
                    await trio.sleep(OPEN_LATE)
                opening.cancel_scope.cancel()

            opening.start_soon(give_up)
            try:
                self.adapter = await self._options.source()
            except StartError as error:
                self.end(Reason.NO_ADAPTER, str(error))
            opening.cancel_scope.cancel()
        if self.adapter is not None:
            self._note(f"the adapter is there{f', pid {self.adapter.pid}' if self.adapter.pid else ''}")
            self._note_no_debug()
            self._link = self.pipeline.adapter = Link("adapter", self.adapter.stream, MAX_ADAPTER_BODY)
            nursery.start_soon(self._serve_adapter, self.adapter, self._link)
            nursery.start_soon(self._pump_to_adapter)

    async def _pump_to_adapter(self) -> None:
        with self._sending:
            await self.pipeline.to_adapter.run()

    async def _serve_adapter(self, adapter: Adapter, link: Link) -> None:
        """Run all that belongs to one adapter, until it is replaced or the session ends."""
        async with trio.open_nursery() as nursery:
            self._adapter_tasks = nursery.cancel_scope
            nursery.start_soon(link.write)
            nursery.start_soon(self._read_adapter, link)
            nursery.start_soon(link.low_water.notice_stragglers)
            async with trio.open_nursery() as outputs:
                for category, stream in adapter.outputs.items():
                    outputs.start_soon(self._read_output, category, stream)
            self._outputs_read.set()

    async def replace_adapter(self, source: AdapterSource) -> None:
        """Put another adapter in the place of the one that answered `initialize` (law 7).

        The new one gets the client's `initialize` as its first message; its answer is swallowed, and what it can do otherwise
        becomes a `capabilities` event. Nothing but `initialize` may have reached the old one, which is ended.

        Raises:
            StartError: the new one could not be had; the old one stays.

        """
        old, old_tasks = self.adapter, self._adapter_tasks
        adapter = await source()
        link = Link("adapter", adapter.stream, MAX_ADAPTER_BODY)
        before, now = self._capabilities, await self._introduce(link)
        old_tasks.cancel()
        self.adapter, self._link, self.pipeline.adapter = adapter, link, link
        self._outputs_read = trio.Event()
        self._nursery.start_soon(self._serve_adapter, adapter, link)
        if now is not None and now != before:
            self.pipeline.announce(messages.event("capabilities", {"capabilities": now}))
        if old is not None:
            self._nursery.start_soon(self._retire, old)

    @staticmethod
    async def _retire(adapter: Adapter) -> None:
        await adapter.end(attached=False)
        await adapter.close()

    async def _introduce(self, link: Link) -> dict[str, Any] | None:
        """Replay `initialize` on a new link, before anything else is sent there; return what the adapter says it can do."""
        if self._initialize is None:
            return None
        link.post(self._initialize.encode(link.ledger.next_seq()))
        with trio.fail_after(CALL_DEADLINE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(link.write)
                link.push()
                while True:
                    for message in await link.receive():
                        if message.kind == "response":
                            nursery.cancel_scope.cancel()
                            return message.body if message.success else None

    async def _read_output(self, category: str, stream: trio.abc.ReceiveStream) -> None:
        """Hand what dlv and the program print to the shim that wants it, or to our own stderr."""
        try:
            async with stream:
                async for data in stream:
                    if not await self.pipeline.offer_output(category, bytes(data)):
                        # In a thread, because whoever started us may not read it; then only this program waits.
                        await trio.to_thread.run_sync(_write_all, sys.stderr.fileno(), bytes(data), abandon_on_cancel=True)
                    # A program that prints faster than the client reads has to wait too.
                    await self.pipeline.to_client.below_mark(unless=self._own_calls_open)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        except QueueFullError as error:
            self.end(Reason.FAILED, str(error))

    def _own_calls_open(self) -> bool:
        return self._link is not None and self._link.ledger.own_calls_open

    # -- readers ----------------------------------------------------------------------------------------------------------

    async def _read_client(self) -> None:
        pump = self.pipeline.to_adapter

        def take(batch: list[Message]) -> bool:
            if not self._begun.is_set() and self.client.begun_well:
                self._begun.set()
            pump.feed(map(self._from_client, batch))
            return not pump.over_mark

        try:
            with self._listening:
                while True:
                    take(await self.client.receive(take))
                    if pump.over_mark:
                        await pump.below_mark(unless=lambda: self.client.ledger.own_calls_open)
        except EndOfLinkError:
            self._client_gone.set()
            self.end(Reason.CLIENT_GONE)
        except (FramingError, MalformedError) as error:
            self._trace_garbage("client", error)
            self.end(Reason.CLIENT_BROKEN, str(error))
        except QueueFullError as error:
            self.end(Reason.FAILED, str(error))
        except Exception as error:
            log.exception("session %d: reading the client failed", self.number)
            self.end(Reason.FAILED, f"{type(error).__name__}: {error}")
        finally:
            self._client_read.set()

    async def _read_adapter(self, link: Link) -> None:
        pump = self.pipeline.to_client

        def take(batch: list[Message]) -> bool:
            pump.feed([item for item in map(self._from_adapter, batch) if item is not None])
            return not pump.over_mark

        try:
            while True:
                take(await link.receive(take))
                if pump.over_mark:
                    await pump.below_mark(unless=lambda: link.ledger.own_calls_open)
        except EndOfLinkError:
            self._lose_adapter(link)
            self.end(Reason.ADAPTER_GONE)
        except (FramingError, MalformedError) as error:
            self._trace_garbage("adapter", error)
            self._lose_adapter(link)
            self.end(Reason.ADAPTER_BROKEN, str(error))
        except QueueFullError as error:
            self.end(Reason.FAILED, str(error))
        except Exception as error:
            log.exception("session %d: reading the adapter failed", self.number)
            self.end(Reason.FAILED, f"{type(error).__name__}: {error}")

    def _lose_adapter(self, link: Link) -> None:
        self._adapter_gone.set()
        for call in link.ledger.callers():
            call.fail()

    def _from_client(self, message: Message) -> Item:
        """Look at a message of the client as it arrives."""
        if self._trace is not None:
            self._trace.arrived("client", message.raw)
        if message.kind == "response":
            entry = self.client.ledger.peek(message.request_seq)
            message.reply_to = entry.peer_seq if entry is not None else None
            return Item(message, "client", ledger=self.client.ledger)
        watch = _WATCHED_REQUESTS.get(message.name) if message.kind == "request" else None
        if watch is not None:
            watch(self, message)
        if not self._spoken.is_set():
            self._spoken.set()
        return Item(message, "client")

    def _from_adapter(self, message: Message) -> Item | None:
        """Look at a message of the adapter as it arrives; None when it goes no further."""
        if self._trace is not None:
            self._trace.arrived("adapter", message.raw)
        if message.kind == "event":
            watch = _WATCHED_EVENTS.get(message.name)
            if watch is not None:
                watch(self, message)
            return Item(message, "adapter")
        if message.kind != "response" or self._link is None:
            return Item(message, "adapter")
        ledger = self._link.ledger
        entry = ledger.peek(message.request_seq)
        if entry is None:
            if ledger.find(message.request_seq) is not None:
                # It answers nothing we sent, and its number would make the client take it for the answer to another request.
                log.warning("session %d: dropped an answer to nothing: %s", self.number, message.describe())
                self._note(f"dropped an answer to nothing: {message.describe()}")
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
            self._capabilities = _body_of(message)
        return Item(message, "adapter", ledger=ledger)

    # -- what is watched in passing ----------------------------------------------------------------------------------------

    def _see_initialize(self, request: Message) -> None:
        self._initialize = self._initialize or request

    def _see_start(self, request: Message) -> None:
        """Note what a launch or attach is about."""
        try:
            wanted = request.view(LaunchArguments)
        except BodyError:
            return
        self._attached = request.name == "attach" and (wanted.mode or "local") == "local"
        self._mode = (wanted.mode or "debug") if request.name == "launch" else None
        self._no_debug = wanted.noDebug
        self._note_no_debug()

    def _note_no_debug(self) -> None:
        """Delve 1.27.1 tells no `process` of a program that it does not debug, which stays in dlv's own process group."""
        if self._no_debug and self.adapter is not None:
            self.adapter.debugs(None, built=False)

    def _see_interruption(self, request: Message) -> None:
        """Let go of hooks that run: the user wants something now (law 3)."""
        if request.name == "disconnect":
            self._said_goodbye = True
        self.pipeline.interrupt()

    def _see_cancel(self, request: Message) -> None:
        try:
            wanted = request.arguments.get("requestId")
        except BodyError:
            return
        finally:
            request.discard()
        if isinstance(wanted, int):
            self.pipeline.interrupt(wanted)

    def _see_process(self, event: Message) -> None:
        """Note the program's process id, and whether Delve built its file for this session alone."""
        try:
            process = event.view(ProcessBody)
        except BodyError:
            return
        if self.adapter is not None:
            self.adapter.debugs(process.systemProcessId, built=self._mode in BUILDING_MODES)

    def _see_terminated(self, _event: Message) -> None:
        self._terminated = True

    def _trace_garbage(self, edge: Edge, error: Exception) -> None:
        if self._trace is not None and isinstance(error, MalformedError):
            self._trace.arrived(edge, error.raw, valid=False)

    def _note(self, text: str) -> None:
        if self._trace is not None:
            self._trace.note(text)

    # -- the end -----------------------------------------------------------------------------------------------------------

    async def _finish(self) -> None:
        """End both sides in order: what was sent arrives, every open request gets its one answer, and nothing stays behind."""
        if self._reason is not Reason.ADAPTER_GONE:
            # What the adapter said last is still handled as any other message.
            self.pipeline.interrupt()
        async with trio.open_nursery() as nursery:
            if self.adapter is not None and self._link is not None:
                with trio.move_on_after(GOODBYE):
                    await self._say_goodbye(self.adapter, self._link)
                self.pipeline.interrupt()
                nursery.start_soon(self._end_adapter, self.adapter)
                with trio.move_on_after(GOODBYE):
                    # What a dlv prints as it dies is the reason why; it comes before `terminated`.
                    await self._outputs_read.wait()
            self._sending.cancel()
            await self._end_client()
        self._adapter_tasks.cancel()
        if self.adapter is not None:
            await self.adapter.close()

    async def _end_adapter(self, adapter: Adapter) -> None:
        """End a dlv of our own; one that lets go of an attached program is waited for, unless we were told to stop."""
        with trio.move_on_after(LEAVE_ALONE if self._reason is Reason.TOLD else math.inf):
            await adapter.end(attached=self._attached)

    async def _say_goodbye(self, adapter: Adapter, link: Link) -> None:
        """Let the adapter have all that the client sent, and end; then read what it still has to say."""
        if not self._adapter_gone.is_set():
            await self.pipeline.to_adapter.empty()
            if not self._relay_only and adapter.pid is not None and not self._said_goodbye:
                await self._disconnect(link)
            await link.finish(GOODBYE)
            await self._adapter_gone.wait()
        await self.pipeline.to_client.empty()

    async def _disconnect(self, link: Link) -> None:
        """Ask a dlv of our own to end its program, or to let go of one that it was attached to."""
        call = Call("disconnect")
        arguments = {"restart": False, "terminateDebuggee": not self._attached}
        parts = messages.request("disconnect", arguments).encode(link.ledger.call("disconnect", call))
        if self._trace is not None:
            self._trace.left("adapter", parts, origin="dapshim")
        link.post(parts)
        link.push()
        await call.done.wait()

    async def _end_client(self) -> None:
        """Answer what is open, say why the session ends, and close with a FIN."""
        self._farewell.deadline = trio.current_time() + (GOODBYE if self._told else SLOW_CLIENT)
        with self._farewell:
            if not self._relay_only:
                await self._answer_what_is_open()
            await self.pipeline.to_client.empty()
            await self.client.finish(SLOW_CLIENT)
        if not self._farewell.cancelled_caught:
            # A close with unread bytes would be a reset, and the client might lose what we sent last.
            self._listening.cancel()
            with trio.move_on_after(GOODBYE):
                await self._client_read.wait()
                if not self._client_gone.is_set():
                    await self.client.drain()
        await self.client.close()

    async def _answer_what_is_open(self) -> None:
        """Give each open request a failed response, in the order in which they came, then `terminated` if there was none."""
        text = self._explain()
        owed = self._link.ledger.owed() if self._link is not None else []
        passed = (_request_again(entry.name, entry.peer_seq) for entry in owed)
        for number, request in enumerate(itertools.chain(passed, self.pipeline.unanswered()), 1):
            self.pipeline.refuse(request, text)
            if number % ANSWERS_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
                await self.pipeline.to_client.below_mark(unless=bool)
        if self._reason in TOLD_TO_THE_USER:
            self.pipeline.tell(f"dapshim: {text}", "stderr")
        if not self._terminated and self._spoken.is_set():
            self.pipeline.to_client.feed([Item(messages.event("terminated"), "dapshim", -1)])

    def _explain(self) -> str:
        if self._reason is Reason.NO_ADAPTER:
            return self._detail
        return f"{self._reason.value}{f': {self._detail}' if self._detail else ''}"


TOLD_TO_THE_USER: Final = frozenset({Reason.ADAPTER_BROKEN, Reason.TOLD, Reason.FAILED, Reason.NO_ADAPTER})

BUILDING_MODES: Final = frozenset({"debug", "test"})
"""Modes in which Delve builds a binary that it deletes at the end of the session."""

_WATCHED_REQUESTS: Final[dict[str, Callable[[Session, Message], None]]] = {
    "initialize": Session._see_initialize,  # noqa: SLF001 - the table of this class
    "launch": Session._see_start,  # noqa: SLF001
    "attach": Session._see_start,  # noqa: SLF001
    "disconnect": Session._see_interruption,  # noqa: SLF001
    "terminate": Session._see_interruption,  # noqa: SLF001
    "pause": Session._see_interruption,  # noqa: SLF001
    "cancel": Session._see_cancel,  # noqa: SLF001
}

_WATCHED_EVENTS: Final[dict[str, Callable[[Session, Message], None]]] = {
    "process": Session._see_process,  # noqa: SLF001
    "terminated": Session._see_terminated,  # noqa: SLF001
}


def _body_of(message: Message) -> dict[str, Any] | None:
    """Return a copy of a body, or None when it cannot be read."""
    try:
        return dict(parse(message.raw).body)
    except BodyError:
        return None


def _request_again(name: str, seq: int) -> Message:
    """Make what stands for a client's request that was passed on, so that it can be answered."""
    request = messages.request(name)
    request.seq = seq
    return request


def _write_all(descriptor: int, data: bytes) -> None:
    """Write to a descriptor, and block until it is done, or nobody reads there any more."""
    rest = memoryview(data)
    with contextlib.suppress(OSError):
        while rest:
            rest = rest[os.write(descriptor, rest) :]


async def _first(*events: trio.Event) -> None:
    """Wait until one of the events happens."""
    async with trio.open_nursery() as nursery:

        async def wait(event: trio.Event) -> None:
            await event.wait()
            nursery.cancel_scope.cancel()

        for event in events:
            nursery.start_soon(wait, event)
