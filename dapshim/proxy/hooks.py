"""Which hooks a session's shims have, and how one of them runs: on a copy, within its budget, failing open (laws 2, 4, 5).

Knows no queue and no link: whoever runs hooks says what they are handling, and what becomes of a shim that failed.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal

import attrs
import trio

from dapshim.proxy.pump import Item
from dapshim.proxy.shim import HIDE, PASS, Answer, Refuse, Shim, Verdict
from dapshim.wire import vocabulary
from dapshim.wire.messages import BodyError, Message

log = logging.getLogger(__name__)

Side = Literal["to_adapter", "to_client"]

LANES: Final[dict[Side, dict[str, str]]] = {
    "to_adapter": {"request": "request", "response": "reverse_response"},
    "to_client": {"response": "response", "event": "event", "request": "reverse_request"},
}
"""What the marks of hooks call a kind of message that goes one way."""

_NAMES: Final = vocabulary.REQUESTS | vocabulary.REVERSE_REQUESTS | vocabulary.EVENTS

_PASSED: Final = repr(PASS)

Verdicts = list[tuple[str, str]]


@attrs.frozen(eq=False)
class BoundHook:
    """A hook of one session's shim, at its layer."""

    layer: int
    shim: Shim
    function: Callable[[Message], Any]
    is_async: bool
    budget: float
    unless: str | None
    interrupted: Verdict
    at_once: Callable[[Message], bool] | None
    passed: Verdicts
    """What a trace tells of a message that was done at once."""

    @property
    def wants_none(self) -> bool:
        """Whether it wants no message now."""
        return self.unless is not None and bool(getattr(self.shim, self.unless))


@attrs.define(eq=False)
class Handling:
    """The message that a pump's hooks are handling now, and what they send around it."""

    side: Side
    message: Message
    scope: trio.CancelScope | None = None
    before: list[Item] = attrs.field(factory=list)
    after: list[Item] = attrs.field(factory=list)
    interrupted: bool = False
    over: bool = False
    """Nothing can be sent around the message any more: it has left, or it is an own call's."""

    @property
    def request_number(self) -> int | None:
        """The client's number of the request that is handled, None for anything else."""
        return self.message.seq if self.side == "to_adapter" and self.message.kind == "request" else None


current_handling: contextvars.ContextVar[Handling | None] = contextvars.ContextVar("dapshim_handling", default=None)
"""What the hook handles that runs in this task; None outside of a hook."""


class _Table(dict[str, "Sequence[BoundHook]"]):
    """The hooks for messages of one lane, by name, bound when the first such message comes: a session meets few of them."""

    def __init__(self, hooks: Hooks, side: Side, lane: str) -> None:
        super().__init__()
        self._hooks, self._side, self._lane = hooks, side, lane

    def __missing__(self, name: str) -> Sequence[BoundHook]:
        found = self._hooks.bound(self._side, self._lane, name)
        if name in _NAMES:  # of a stranger's own names there may be any number
            self[name] = found
        return found


class Hooks:
    """The hooks of one session's shims; a shim that fails is taken out for good, and `failed` is told."""

    def __init__(self, layers: Sequence[Shim], failed: Callable[[Shim, Exception], None]) -> None:
        self._layers = layers
        self._failed = failed
        self.off: set[int] = set()
        """The layers of shims that failed."""
        self._complained: set[int] = set()
        self.tables: Mapping[Side, Mapping[str, _Table]] = {
            side: {kind: _Table(self, side, lane) for kind, lane in kinds.items()} for side, kinds in LANES.items()
        }
        """By side, kind and name; each in the order in which a message meets them. To be asked by `[name]`."""

    def bound(self, side: Side, lane: str, name: str) -> list[BoundHook]:
        """Return the hooks for messages of one name that are on."""
        found = [
            BoundHook(
                layer,
                shim,
                getattr(shim, hook.attribute),
                hook.is_async,
                hook.mark.budget,
                hook.mark.unless,
                hook.mark.interrupted,
                getattr(shim, hook.mark.at_once) if hook.mark.at_once is not None else None,
                [(shim.name, _PASSED)],
            )
            for layer, shim in enumerate(self._layers)
            if layer not in self.off
            for hook in shim.hooks_for.get((lane, name), ())
        ]
        return found if side == "to_adapter" else sorted(found, key=lambda bound: -bound.layer)

    def met_by(self, side: Side, message: Message, start: int, above: int = -1) -> list[BoundHook]:
        """Return the hooks that a message meets which begins at layer `start`; none at or below layer `above` to the client."""
        table = self.tables[side].get(message.kind)
        hooks = table[message.name] if table is not None else ()
        if side == "to_adapter":
            return [hook for hook in hooks if hook.layer >= start]
        return [hook for hook in hooks if above < hook.layer <= start]

    @staticmethod
    def done_at_once(hooks: Sequence[BoundHook], message: Message) -> Verdicts | None:
        """Have the one hook that wants a message do its work without waiting; None where it must run as any other.

        What fails here is met again by the hook itself, with all that follows from it (law 4).
        """
        wanting = [hook for hook in hooks if not hook.wants_none]
        if len(wanting) != 1 or (at_once := wanting[0].at_once) is None:
            return None
        try:
            if not at_once(message):
                return None
            message.commit()
        except Exception as error:  # noqa: BLE001 - see above
            log.debug("%s: not at once: %s", message.describe(), error)
            message.discard()
            return None
        return wanting[0].passed

    async def run(
        self, hooks: list[BoundHook], message: Message, verdicts: Verdicts, handling: Handling
    ) -> tuple[Verdict, int]:
        """Run hooks in their order until one decides; return what it decided, and its layer."""
        for hook in hooks:
            if hook.layer in self.off or hook.wants_none:
                continue
            verdict, note = await self._run_one(hook, message, handling)
            verdicts.append((hook.shim.name, note or repr(verdict)))
            if verdict is not PASS:
                return verdict, hook.layer
        return PASS, -1

    async def _run_one(self, hook: BoundHook, message: Message, handling: Handling) -> tuple[Verdict, str]:
        """Run one hook on its copy; return its verdict, or PASS with the reason why it did not count."""
        token = current_handling.set(handling)
        sent_before, sent_after = len(handling.before), len(handling.after)
        try:
            verdict = await self._call_hook(hook, message, handling)
            if verdict is None:
                message.discard()
                return (hook.interrupted, "gave way") if handling.interrupted else (PASS, "over budget")
            _check(verdict, message)
            message.commit()
        except BodyError as error:
            # The message is not of the shape that the hook needs: a stranger's doing, not the shim's.
            log.debug("%s: passed without %s: %s", message.describe(), hook.shim.name, error)
            message.discard()
            return PASS, "unreadable"
        except Exception as error:  # noqa: BLE001 - law 4: our bug must not cost a session
            message.discard()
            del handling.before[sent_before:], handling.after[sent_after:]
            self.switch_off(hook.layer, hook.shim, error)
            return PASS, f"failed: {type(error).__name__}"
        finally:
            handling.scope = None
            handling.interrupted = False
            current_handling.reset(token)
        return verdict, ""

    @staticmethod
    async def _call_hook(hook: BoundHook, message: Message, handling: Handling) -> Verdict | None:
        """Return the hook's verdict, or None when it was cancelled."""
        if not hook.is_async:
            made: Verdict | None = hook.function(message)
            return PASS if made is None else made
        with trio.CancelScope(deadline=trio.current_time() + hook.budget) as scope:
            handling.scope = scope
            running: Awaitable[Verdict | None] = hook.function(message)
            made = await running
            return PASS if made is None else made
        return None

    def switch_off(self, layer: int, shim: Shim, error: Exception) -> None:
        """Take a shim that failed out of the session (law 4), unless it would be worse without it."""
        if shim.stays_on:
            log.error("%s failed; a message is passed without it", shim.name, exc_info=error)
            if layer in self._complained:
                return
            self._complained.add(layer)
        else:
            log.error("%s failed and is off for the rest of this session", shim.name, exc_info=error)
            self.off.add(layer)
            for tables in self.tables.values():
                for table in tables.values():
                    table.clear()
        self._failed(shim, error)


def _check(verdict: Verdict, message: Message) -> None:
    """Refuse a verdict that would leave somebody without an answer."""
    if not isinstance(verdict, Verdict):
        raise TypeError(f"{verdict!r} is no verdict")
    if verdict is HIDE and message.kind != "event":
        raise ValueError(f"HIDE for {message.describe()}: only events can be hidden")
    if isinstance(verdict, Answer | Refuse) and message.kind != "request":
        raise ValueError(f"{verdict!r} for {message.describe()}: only requests can be answered")
