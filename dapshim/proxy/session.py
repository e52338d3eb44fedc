"""One debug session: a client, an adapter, and the order in which everything begins and ends.

    begin   first complete valid message of the client → the adapter is started (or dialled, with `--connect`, when the client
            connects) → the two links are read and pumped
    end     whoever goes first, the other gets all that was sent; see `_finish`

What it must know to end rightly it learns from `arrivals.py`. What it makes up, it makes up only when shims are on.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import attrs
import trio

from dapshim.proxy import printed
from dapshim.proxy.adapter import Adapter, AdapterSource, NoDlvError, StartError
from dapshim.proxy.arrivals import Arrivals
from dapshim.proxy.calls import Call
from dapshim.proxy.first_of import first_of
from dapshim.proxy.link import EndOfLinkError, Link
from dapshim.proxy.pipeline import Pipeline
from dapshim.proxy.pump import Item, QueueFullError
from dapshim.proxy.reasons import TOLD_TO_THE_USER, Reason
from dapshim.proxy.replacement import introduce, retire
from dapshim.proxy.shim import Shim
from dapshim.wire import messages
from dapshim.wire.framing import MAX_ADAPTER_BODY, MAX_CLIENT_BODY, FramingError
from dapshim.wire.messages import MalformedError, Message

if TYPE_CHECKING:
    from dapshim.proxy.trace import SessionTrace

log = logging.getLogger(__name__)

DIAL_PATIENCE: Final = 0.05
"""Seconds that `--connect` waits for a client's first bytes, to see that it is no browser; Delve's own tests allow for 0.1."""

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
        self.pipeline.house = self
        self.arrivals = Arrivals(number, self.client.ledger, self.pipeline, trace)
        self.adapter: Adapter | None = None
        self._link: Link | None = None
        self._nursery: trio.Nursery
        self._sending = trio.CancelScope()
        self._adapter_tasks = trio.CancelScope()
        self._outputs_read = trio.Event()
        self._begun = trio.Event()
        self._ended = trio.Event()
        self._told = False
        self._letting_go = trio.CancelScope()
        self._farewell = trio.CancelScope()
        self._listening = trio.CancelScope()
        self._client_gone = trio.Event()
        self._adapter_gone = trio.Event()
        self._reason = Reason.TOLD
        self._detail = ""
        self._client_read = trio.Event()

    # -- life -------------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the client until one side goes, and leave nothing behind."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self.client.write)
            nursery.start_soon(self.pipeline.to_client.run)
            nursery.start_soon(self.pipeline.background.run)
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
            for scope, seconds in ((self._farewell, GOODBYE), (self._letting_go, LEAVE_ALONE)):
                scope.deadline = min(scope.deadline, trio.current_time() + seconds)
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
                await first_of(self._begun, self._ended)
        else:
            await first_of(self.arrivals.spoken, self._ended)
        return not self._ended.is_set() or self._wanted_at_the_end()

    def _wanted_at_the_end(self) -> bool:
        """Whether a session that has ended already still needs its adapter, to hear what came before the end.

        A client may end its half of the stream at once and wait for the answers. A server of somebody else waits for a client:
        it gets to see that one came, also one that spoke no JSON, but not a browser.
        """
        if self._options.dial_at_once:
            return self._reason is Reason.CLIENT_GONE or (self._reason is Reason.CLIENT_BROKEN and self.client.begun_well)
        return self._reason is Reason.CLIENT_GONE and self.arrivals.spoken.is_set()

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
            except NoDlvError as error:
                if self._relay_only:
                    self.end(Reason.NO_ADAPTER, str(error))
                self.pipeline.why_none = str(error)
                nursery.start_soon(self._pump_to_adapter)
            except StartError as error:
                self.end(Reason.NO_ADAPTER, str(error))
            opening.cancel_scope.cancel()
        if self.adapter is not None:
            self._note(f"the adapter is there{f', pid {self.adapter.pid}' if self.adapter.pid else ''}")
            self.arrivals.serve(self.adapter)
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
            nursery.start_soon(self.arrivals.watch_build, adapter)
            async with trio.open_nursery() as outputs:
                for category, stream in adapter.outputs.items():
                    outputs.start_soon(self._hand_on, category, stream)
            self._outputs_read.set()

    async def replace_adapter(self, source: AdapterSource, launched: Message | None = None) -> None:
        """Put another adapter in the place of this one (law 7), and introduce it; see `SessionApi.replace_adapter`."""
        adapter = await source()
        link = Link("adapter", adapter.stream, MAX_ADAPTER_BODY)
        before, now = self.arrivals.capabilities, await introduce(adapter, link, self.arrivals.initialize)
        if self._ended.is_set():
            await retire(adapter)
            raise StartError(self._explain())
        old, old_tasks, old_link = self.adapter, self._adapter_tasks, self._link
        old_tasks.cancel()
        self.adapter, self._link, self.pipeline.adapter = adapter, link, link
        self.arrivals.serve(adapter)
        self._outputs_read = trio.Event()
        self._nursery.start_soon(self._serve_adapter, adapter, link)
        if now is not None and now != before:
            self.pipeline.announce(messages.event("capabilities", {"capabilities": now}))
        if launched is not None:
            if old_link is not None:
                self.pipeline.give_up(old_link, "the program was restarted")
            self.arrivals.restarts(launched)
        if old is not None:
            self._nursery.start_soon(retire, old, retired := trio.Event())
            if launched is not None:
                await retired.wait()  # the new program may want the old one's ports

    @property
    def binary(self) -> str | None:
        """See `SessionApi.binary`."""
        return self.adapter.binary if self.adapter is not None else None

    def stop_build(self) -> None:
        """See `SessionApi.stop_build`."""
        if self.adapter is not None:
            self._nursery.start_soon(self.adapter.stop_build)

    async def _hand_on(self, category: str, stream: trio.abc.ReceiveStream) -> None:
        try:
            await printed.hand_on(self.pipeline, category, stream, hurry=self._own_calls_open)
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
            arrived = [self.arrivals.from_client(message) for message in batch]
            pump.feed([item for item in arrived if item is not None])
            return not pump.over_mark

        try:
            with self._listening:
                while True:
                    take(await self.client.receive(take))
                    if pump.over_mark:
                        await pump.below_mark(unless=lambda: self.client.ledger.own_calls_open)
        except EndOfLinkError:
            self._client_gone.set()
            for call in self.client.ledger.callers():
                call.fail()
            self.end(Reason.CLIENT_GONE)
        except (FramingError, MalformedError) as error:
            self.arrivals.garbage("client", error)
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
            arrived = [self.arrivals.from_adapter(message, link.ledger) for message in batch]
            pump.feed([item for item in arrived if item is not None])
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
            self.arrivals.garbage("adapter", error)
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
        if self._link is not None:
            self._lose_adapter(self._link)  # nobody reads there any more, and a hook that waits may be shielded
        if self.adapter is not None:
            await self.adapter.close()

    async def _end_adapter(self, adapter: Adapter) -> None:
        """End a dlv of our own; one that lets go of an attached program is waited for, unless we were told to stop."""
        with self._letting_go:
            await adapter.end(attached=self.arrivals.attached)

    async def _say_goodbye(self, adapter: Adapter, link: Link) -> None:
        """Let the adapter have all that the client sent, and end; then read what it still has to say."""
        if not self._adapter_gone.is_set():
            await self.pipeline.to_adapter.empty()
            if not self._relay_only and adapter.pid is not None and not self.arrivals.said_goodbye:
                await self._disconnect(link)
            await link.finish(GOODBYE)
            await self._adapter_gone.wait()
        await self.pipeline.to_client.empty()

    async def _disconnect(self, link: Link) -> None:
        """Ask a dlv of our own to end its program, or to let go of one that it was attached to."""
        call = Call("disconnect")
        arguments = {"restart": False, "terminateDebuggee": not self.arrivals.attached}
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
            self._listening.cancel()  # a close with unread bytes would be a reset, and the client might lose our last words
            with trio.move_on_after(GOODBYE):
                await self._client_read.wait()
                if not self._client_gone.is_set():
                    await self.client.drain()
        await self.client.close()

    async def _answer_what_is_open(self) -> None:
        """Give each open request a failed response, in the order in which they came, then `terminated` if there was none."""
        text = self._explain()
        owed = self._link.ledger.owed() if self._link is not None else []
        passed = (messages.request(entry.name, seq=entry.peer_seq) for entry in owed)
        for number, request in enumerate(itertools.chain(passed, self.pipeline.unanswered()), 1):
            try:
                self.pipeline.refuse(request, text)
            except QueueFullError:
                return  # it has not read so much, and reads no answers
            if number % ANSWERS_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
                await self.pipeline.to_client.below_mark(unless=bool)
        await self.pipeline.to_client.empty()
        self.pipeline.speak_freely()
        if self._reason in TOLD_TO_THE_USER:
            self.pipeline.tell(f"dapshim: {text}", "stderr")
        if not self.arrivals.terminated and self.arrivals.spoken.is_set():
            self.pipeline.to_client.feed([Item(messages.event("terminated"), "dapshim", -1)])

    def _explain(self) -> str:
        if self._reason is Reason.NO_ADAPTER:
            return self._detail
        return f"{self._reason.value}{f': {self._detail}' if self._detail else ''}"
