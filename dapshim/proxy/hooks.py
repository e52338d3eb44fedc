"""Which hooks a session's shims have, and how one of them runs: on a copy, within its budget, failing open (laws 2, 4, 5).

Knows no queue and no link: whoever runs hooks says what they are handling, and what becomes of a shim that failed.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Literal

import attrs
import trio

from dapshim.proxy.pump import Item
from dapshim.proxy.shim import HIDE, PASS, Answer, Refuse, Shim, Verdict
from dapshim.wire.messages import BodyError, Message

log = logging.getLogger(__name__)

Side = Literal["to_adapter", "to_client"]

LANES: Final[dict[Side, dict[str, str]]] = {
    "to_adapter": {"request": "request", "response": "reverse_response"},
    "to_client": {"response": "response", "event": "event", "request": "reverse_request"},
}
"""What the marks of hooks call a kind of message that goes one way."""

_KINDS: Final[dict[str, tuple[Side, str]]] = {
    lane: (side, kind) for side, kinds in LANES.items() for kind, lane in kinds.items()
}

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


class Hooks:
    """The hooks of one session's shims; a shim that fails is taken out for good, and `failed` is told."""

    def __init__(self, layers: Sequence[Shim], failed: Callable[[Shim, Exception], None]) -> None:
        self._layers = layers
        self._failed = failed
        self.off: set[int] = set()
        """The layers of shims that failed."""
        self._complained: set[int] = set()
        self.tables: dict[Side, dict[str, dict[str, list[BoundHook]]]] = {
            side: {kind: {} for kind in kinds} for side, kinds in LANES.items()
        }
        """By side, kind and name; each in the order in which a message meets them."""
        self._bind()

    def _bind(self) -> None:
        """Fill the tables with the hooks of the shims that are on."""
        for tables in self.tables.values():
            for table in tables.values():
                table.clear()
        for layer, shim in enumerate(self._layers):
            if layer in self.off:
                continue
            for hook in shim.hooks:
                side, kind = _KINDS[hook.mark.lane]
                mark, function = hook.mark, getattr(shim, hook.attribute)
                passed = [(shim.name, repr(PASS))]
                at_once = getattr(shim, mark.at_once) if mark.at_once is not None else None
                bound = BoundHook(
                    layer, shim, function, hook.is_async, mark.budget, mark.unless, mark.interrupted, at_once, passed
                )
                self.tables[side][kind].setdefault(hook.mark.name, []).append(bound)
        for table in self.tables["to_client"].values():
            for hooks in table.values():
                hooks.sort(key=lambda bound: -bound.layer)

    def met_by(self, side: Side, message: Message, start: int, above: int = -1) -> list[BoundHook]:
        """Return the hooks that a message meets which begins at layer `start`; none at or below layer `above` to the client."""
        hooks = self.tables[side].get(message.kind, {}).get(message.name, [])
        if side == "to_adapter":
            return [hook for hook in hooks if hook.layer >= start]
        return [hook for hook in hooks if above < hook.layer <= start]

    @staticmethod
    def done_at_once(hooks: list[BoundHook], message: Message) -> Verdicts | None:
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
            self._bind()
        self._failed(shim, error)


def _check(verdict: Verdict, message: Message) -> None:
    """Refuse a verdict that would leave somebody without an answer."""
    if not isinstance(verdict, Verdict):
        raise TypeError(f"{verdict!r} is no verdict")
    if verdict is HIDE and message.kind != "event":
        raise ValueError(f"HIDE for {message.describe()}: only events can be hidden")
    if isinstance(verdict, Answer | Refuse) and message.kind != "request":
        raise ValueError(f"{verdict!r} for {message.describe()}: only requests can be answered")
