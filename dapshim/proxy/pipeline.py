"""The way of a message between the two links, and the shims on it.

    bytes → framing → message → [answers an own call? wake its caller, done] → pump: hooks, one at a time → ledger → send

The laws, each with a test that fails when it is broken:

1. A reader never waits for its pump while an own call is open on its link: the answer may be behind queued messages. Memory is
   bounded by bytes: above a mark reading pauses unless own calls are open; a hard cap fails the session. (`pump.py`)
2. Every own call has a deadline; every hook run has a budget. Past it the message goes on as it came.
3. `disconnect`, `terminate` and `pause`, seen by the reader, cancel the hooks that are running in both pumps; `cancel` only
   the one it names. They keep their place in the line. What must not be torn is shielded, with a deadline of its own. A hook's
   mark may say that its request is refused then: Delve would end a program for a `restart` that the user has given up.
4. Fail open: a hook works on a copy; when it raises, it is logged with its traceback, the original bytes go on, the shim is
   off for the rest of the session, its `abandon` runs, and the user gets one `output` line. One that `stays_on` misses only
   that message.
5. A hook whose (kind, name) nobody registered costs one dictionary miss; the body is not decoded.
6. `breakpoints.py` alone composes the lists of breakpoints that Delve gets.
7. The adapter's link can be replaced within a session. (`session.py`)
8. What is known of the program, its mapping and Delve's breakpoint ids begins anew at each `initialized`.
9. The client gets no event of ours before the first other message, for it is the response to `initialize`, and DAP allows no
   event before it. They are held back where they would have left; what the adapter sends passes as it comes.

Layers are numbered from the client's side: layer 0 is next to the client, the last one next to the adapter. A message to the
adapter meets them in rising order, one to the client in falling order. What a layer itself sends begins at its neighbour.

This file knows no socket and no process, and no meaning of any message but `cancel`, whose requestId is a number of ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dapshim.proxy.background import Background
from dapshim.proxy.calls import AdapterGoneError, Call
from dapshim.proxy.hooks import Handling, Hooks, Side, Verdicts, current_handling
from dapshim.proxy.place import House, Place
from dapshim.proxy.pump import OVERHEAD, QUEUE_MARK, Item, Pump, QueueFullError
from dapshim.proxy.reasons import Reason
from dapshim.proxy.shim import HIDE, Answer, Refuse, Shim
from dapshim.wire import messages
from dapshim.wire.framing import DELVE_MAX_BODY
from dapshim.wire.messages import BodyError, Message

if TYPE_CHECKING:
    from dapshim.proxy.link import Link
    from dapshim.proxy.trace import SessionTrace


class Pipeline:
    """The two pumps of a session and the hooks on them.

    `layers` is in the order of the house, outermost first; empty with `--shims off`, and then nothing is ever made up.
    """

    def __init__(self, client: Link, layers: Sequence[Shim], trace: SessionTrace | None, *, relay_only: bool = False) -> None:
        self.client = client
        self.adapter: Link | None = None
        self.relay_only = relay_only
        self.why_none = ""
        """Why there is no adapter, in a session that waits for a launch to name one."""
        self.cancels: dict[str, Callable[[], None]] = {}
        """What cancels a progress that is shown."""
        self.house: House
        self._trace = trace
        self._layers = list(layers)
        self._current: dict[Side, Handling | None] = {"to_adapter": None, "to_client": None}
        self._opened = False
        self._early: list[tuple[Item, Sequence[tuple[str, str]]]] = []
        self._early_bytes = 0
        for layer, shim in enumerate(self._layers):
            shim.session = Place(self, layer, shim.name)
        self._hooks = Hooks(self._layers, self._note_failed)
        self.background = Background(self._hooks.switch_off)
        self._own_calls = 0
        self._tables = self._hooks.tables
        self.to_adapter = Pump(partial(self._quick, "to_adapter"), partial(self._handle, "to_adapter"), lambda: self.adapter)
        self.to_client = Pump(partial(self._quick, "to_client"), partial(self._handle, "to_client"), lambda: self.client)

    # -- what the session asks ---------------------------------------------------------------------------------------------

    def interrupt(self, named: int | None = None) -> None:
        """Cancel the hooks that run now (law 3); with `named`, a client's number, those on that request or its answer."""
        for handling in self._current.values():
            if handling is None or handling.scope is None:
                continue
            if named is None or named in (handling.message.reply_to, handling.request_number):
                handling.interrupted = True
                handling.scope.cancel()

    def cancel_progress(self, progress_id: str | None) -> None:
        """Do what the cancelling of a progress means, None: of all. At once, since a hook of it may hold up the line."""
        for name, cancel in list(self.cancels.items()):
            if progress_id is None or progress_id == name:
                cancel()

    def unanswered(self) -> list[Message]:
        """Return the client's requests that have not reached the adapter: queued, or in a hook's hands."""
        current = self._current["to_adapter"]
        found = [*([current.message] if current is not None else []), *self.to_adapter.waiting]
        return [message for message in found if message.kind == "request"]

    def speak_freely(self) -> None:
        """Send the events of ours that were held back, and hold back none any more (law 9)."""
        self._opened = True
        early, self._early = self._early, []
        for item, verdicts in early:
            self._deliver_to_client(item, verdicts)
        self.client.push()

    # -- what a shim asks --------------------------------------------------------------------------------------------------

    async def call(self, place: Place, command: str, arguments: object | None, deadline: float) -> Message:
        """Send an own call from `place` and return its response; see `SessionApi.call`."""
        self._own_calls -= 1
        request = messages.request(command, arguments)
        request.seq = self._own_calls  # as hooks know it; on the wire it gets the next number
        verdicts: Verdicts = []
        hooks = self._hooks.met_by("to_adapter", request, place.layer + 1)
        verdict, _ = await self._hooks.run(hooks, request, verdicts, Handling("to_adapter", request, over=True))
        if isinstance(verdict, Answer):
            return messages.response(request, verdict.body)
        if isinstance(verdict, Refuse):
            return messages.failure(request, verdict.text, error_id=verdict.error_id)
        link = self.adapter
        if link is None or link.broken:
            raise AdapterGoneError(f'there is no adapter to answer "{command}"')
        waiting = Call(command)
        seq = link.ledger.call(command, waiting)
        self._post(link, request.encode(seq), place.name, verdicts)
        link.push()
        self.to_client.let_reader_go()
        try:
            response = await waiting.wait(deadline)
        finally:
            link.ledger.give_up(seq)
        response.reply_to = request.seq
        inner = self._hooks.met_by("to_client", response, len(self._layers) - 1, above=place.layer)
        await self._hooks.run(inner, response, [], Handling("to_client", response, over=True))
        return response

    async def ask_client(self, place: Place, command: str, arguments: object | None, deadline: float) -> Message:
        """Send the client a request of our own and return its response; see `SessionApi.ask_client`."""
        if self.client.broken:
            raise AdapterGoneError(f'there is no client to answer "{command}"')
        waiting = Call(command)
        ledger = self.client.ledger
        seq = ledger.call(command, waiting)
        self._post(self.client, messages.request(command, arguments).encode(seq), place.name, [])
        self.client.push()
        self.to_adapter.let_reader_go()
        try:
            return await waiting.wait(deadline)
        finally:
            ledger.give_up(seq)

    def start(self, layer: int, work: Callable[[], Awaitable[None]]) -> None:
        """Have a shim's work done beside everything else; see `SessionApi.start`."""
        self.background.start(layer, self._layers[layer], work)

    def emit(self, item: Item, *, before: bool) -> None:
        """Send the client a message that dapshim made; see `SessionApi.emit`."""
        handling = current_handling.get()
        if handling is None or handling.over or (before and handling.side == "to_adapter"):
            if before:
                self.to_client.feed_urgent(item)
            else:
                self.to_client.feed([item])
        elif before:
            handling.before.append(item)
        else:
            handling.after.append(item)

    def tell(self, text: str, category: str = "console") -> None:
        """Tell the user one line, outside of every shim; nothing with `--shims off`."""
        if not self.relay_only:
            self.announce(messages.event("output", {"category": category, "output": text.rstrip("\n") + "\n"}))

    def note(self, text: str) -> None:
        """Note a text in the trace, where there is one."""
        if self._trace is not None:
            self._trace.note(text)

    def announce(self, event: Message) -> None:
        """Send the client an event of the session's own, outside of every shim."""
        self.emit(Item(event, "dapshim", -1), before=False)

    async def offer_output(self, category: str, data: bytes) -> bool:
        """Offer what dlv or the program printed to the shims; return whether one took it.

        Raises:
            QueueFullError: more waits for the client than memory is allowed for.

        """
        for layer, shim in enumerate(self._layers):
            if layer in self._hooks.off:
                continue
            try:
                if await shim.take_output(category, data):
                    return True
            except QueueFullError:
                raise
            except Exception as error:  # noqa: BLE001 - law 4: our bug must not cost a session
                self._hooks.switch_off(layer, shim, error)
        return False

    def _note_failed(self, shim: Shim, error: Exception) -> None:
        """Have a shim that was switched off let go, and tell the user in one line (law 4)."""
        if not shim.stays_on:
            self.background.abandon(shim)
        self.note(f"{shim.name} switched off: {type(error).__name__}: {error}")
        self.tell(
            f"dapshim: its part {shim.name} failed ({type(error).__name__}: {error})"
            f"{', and a message was passed without it' if shim.stays_on else ' and is off'}; the session goes on.",
            "stderr",
        )

    # -- handling one message ----------------------------------------------------------------------------------------------

    def _quick(self, side: Side, item: Item) -> bool:
        """Pass a message that no hook wants, or whose only one need not wait; say whether that was so.

        Nothing is awaited; of what nobody wants no body is decoded (law 5).
        """
        message = item.message
        table = self._tables[side].get(message.kind)
        hooks = table[message.name] if table is not None else ()
        verdicts: Sequence[tuple[str, str]] = ()
        if hooks and not all(hook.wants_none for hook in hooks):
            if side == "to_adapter":
                return False
            met = hooks if item.start is None else self._hooks.met_by(side, message, item.start)
            if (done := self._hooks.done_at_once(met, message)) is None:
                return False
            verdicts = done
        if side == "to_client":
            self._deliver_to_client(item, verdicts)
        elif self.relay_only or message.kind != "request" or not self._refused(item):
            self._deliver_to_adapter(item, ())
        return True

    async def _handle(self, side: Side, item: Item) -> None:
        """Run the hooks on a message and do what they decide."""
        message = item.message
        if side == "to_adapter" and not self.relay_only and message.kind == "request" and self._refused(item):
            return
        handling = self._current[side] = Handling(side, message)
        verdicts: Verdicts = []
        try:
            start = item.start if item.start is not None else (0 if side == "to_adapter" else len(self._layers) - 1)
            verdict, layer = await self._hooks.run(self._hooks.met_by(side, message, start), message, verdicts, handling)
        finally:
            handling.over = True
            self._current[side] = None
        urgent = self.to_client.take_urgent() if side == "to_client" and not item.urgent else []
        await self._send_around([*urgent, *handling.before])
        if isinstance(verdict, Answer | Refuse):
            self._answer_here(side, item, verdict, verdicts, layer)
        elif verdict is HIDE:
            if self._trace is not None:
                self._trace.held("adapter", message.raw, verdicts=verdicts)
        elif side == "to_client":
            self._deliver_to_client(item, verdicts)
        else:
            self._deliver_to_adapter(item, verdicts)
        if isinstance(verdict, Answer | Refuse):
            # The answer takes its place in the line, and they theirs behind it.
            self.to_client.feed(handling.after)
            return
        await self._send_around(handling.after)
        if side == "to_adapter" and handling.after:
            # This pump sends what it has for the adapter; nobody else would send what goes the other way.
            self.client.push()

    async def _send_around(self, items: list[Item]) -> None:
        """Send what hooks emitted, each through the layers outside of its maker."""
        for item in items:
            if not self._quick("to_client", item):
                await self._handle("to_client", item)

    def _answer_here(self, side: Side, item: Item, verdict: Answer | Refuse, verdicts: Verdicts, layer: int) -> None:
        """Answer a request in the place of the peer that it was meant for, from the layer that decided so."""
        request = item.message
        if isinstance(verdict, Answer):
            made = messages.response(request, verdict.body)
        else:
            made = messages.failure(request, verdict.text, error_id=verdict.error_id, show_user=verdict.show_user)
        made.reply_to = request.seq
        by = self._layers[layer].name
        if self._trace is not None:
            self._trace.held("client" if side == "to_adapter" else "adapter", request.raw, verdicts=verdicts)
        if side == "to_adapter":
            self.to_client.feed([Item(made, by, layer - 1)])
        else:
            self.to_adapter.feed([Item(made, by, layer + 1)])

    def _refused(self, item: Item) -> bool:
        """Refuse a request that Delve would answer by hanging up; say whether it was one."""
        message = item.message
        if message.too_deep:
            text = f'"{message.name}" nests more than 10,000 levels; Delve reads no such message'
        elif len(message.raw) > DELVE_MAX_BODY:
            text = f'"{message.name}" has {len(message.raw)} bytes; Delve reads none above {DELVE_MAX_BODY} and would hang up'
        else:
            return False
        self.refuse(message, text)
        return True

    def refuse(self, request: Message, text: str, *, show_user: bool = True) -> None:
        """Answer a client's request with a failure that dapshim itself decided on."""
        made = messages.failure(request, text, error_id=9601, show_user=show_user)
        made.reply_to = request.seq
        self.to_client.feed([Item(made, "dapshim", -1)])

    def _answer_alone(self, request: Message) -> None:
        """Answer in a session without any adapter; to its end nobody else is needed."""
        if request.name != "disconnect":
            self.refuse(request, self.why_none)
            return
        made = messages.response(request)
        made.reply_to = request.seq
        self.to_client.feed([Item(made, "dapshim", -1)])
        self.house.end(Reason.LEFT)

    def give_up(self, link: Link, text: str) -> None:
        """Answer what the client asked an adapter that goes while the session stays, and wake who waits for it."""
        answers = [item.message for item in self.to_client.queued if item.ledger is link.ledger]
        handled = self._current["to_client"]
        on_their_way = {answer.request_seq for answer in [*answers, *([handled.message] if handled is not None else [])]}
        for entry in link.ledger.owed():
            if entry.seq not in on_their_way:
                self.refuse(messages.request(entry.name, seq=entry.peer_seq), text)
        for call in link.ledger.callers():
            call.fail()

    # -- delivery: the only places where a number is given ----------------------------------------------------------------

    def _deliver_to_client(self, item: Item, verdicts: Sequence[tuple[str, str]]) -> None:
        message = item.message
        ledger = self.client.ledger
        opening = not self._opened
        if opening and message.kind == "event" and item.origin != "adapter":
            self._hold_back(item, verdicts)
            return
        if message.kind == "request":
            parts = message.encode(ledger.passed(message.seq, message.name, owed=True))
        elif message.kind == "response":
            if item.ledger is not None:
                item.ledger.answer(message.request_seq)
            parts = message.encode(ledger.next_seq(), message.reply_to)
        else:
            parts = message.encode(ledger.next_seq())
        self._post(self.client, parts, item.origin, verdicts)
        if opening:
            self.speak_freely()

    def _hold_back(self, item: Item, verdicts: Sequence[tuple[str, str]]) -> None:
        """Keep an event of ours for later (law 9), unless an adapter that does not answer prints more than is worth it."""
        self._early.append((item, verdicts))
        self._early_bytes += len(item.message.raw) + OVERHEAD
        if self._early_bytes > QUEUE_MARK:
            self.speak_freely()

    def _deliver_to_adapter(self, item: Item, verdicts: Sequence[tuple[str, str]]) -> None:
        message = item.message
        link = self.adapter
        if link is None:
            if message.kind == "request" and self.why_none:
                self._answer_alone(message)
            return
        ledger = link.ledger
        if message.name == "cancel" and message.kind == "request":
            _translate_cancel(message, ledger.find)
        seq = ledger.passed(message.seq, message.name, owed=message.kind == "request")
        if message.kind == "response":
            if item.ledger is not None:
                item.ledger.answer(message.request_seq)
            parts = message.encode(seq, message.reply_to)
        else:
            parts = message.encode(seq)
        self._post(link, parts, item.origin, verdicts)

    def _post(self, link: Link, parts: messages.Parts, origin: str, verdicts: Sequence[tuple[str, str]]) -> None:
        if self._trace is not None:
            self._trace.left(link.edge, parts, origin=origin, verdicts=verdicts)
        link.post(parts)


def _translate_cancel(message: Message, find: Callable[[int], int | None]) -> None:
    """Put the number under which the adapter knows the request in place of the client's."""
    try:
        wanted = message.arguments.get("requestId")
        seq = find(wanted) if isinstance(wanted, int) else None
        if seq is not None:
            message.arguments["requestId"] = seq
        message.commit()
    except BodyError:
        message.discard()
