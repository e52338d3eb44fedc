"""Hidden stops: dapshim stops the program for its own ends, and the user must not see it.

The one mechanism for that. The `stopped` event is held back, the work of the hidden breakpoints done, the program resumed, and
the `continued` event of that resume held back too. The stop is shown instead

- when a breakpoint of the user's was hit in the same stop;
- when the user says pause, or ends the session, before the program was resumed (law 3 cancels the hook, so the event goes on);
- when the work says so, fails, or the program cannot be resumed.

A stop that the user asked for is never dropped. A step that a hidden stop has cut short is brought to its end
(`interrupted_step.py`). Delve's own stop at a shared library that was loaded is hidden in the same way, for who wants it so.
This layer is next to the adapter: it sees Delve's ids.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from dapshim.proxy import interrupted_step
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.interrupted_step import Step
from dapshim.proxy.shim import HIDE, PASS, Shim, Verdict, on
from dapshim.wire.bodies import StoppedBody
from dapshim.wire.messages import Message

log = logging.getLogger(__name__)

STOP_BUDGET: Final = 10.0
"""Seconds that the work of one hidden stop may take before the stop is shown."""

RESUME_DEADLINE: Final = 5.0
"""Seconds within which Delve must answer `continue`."""

LIBRARY_LOADED: Final = "shared library loaded"
"""Delve 1.27.1: the description of the stop that it makes by itself when a library with Go in it is there; it has no ids."""

Work = Callable[[Message], Awaitable[bool]]


class HiddenStops(Shim):
    """Stop the program without the user seeing it."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints
        self._resuming = False
        self._step: Step | None = None
        self._leading = False
        self.on_library: Work | None = None
        """What to do at a stop for a library, as `Hidden.work`; None: it is shown."""
        self.count = 0
        """How many stops were hidden in this session."""

    @property
    def idle(self) -> bool:
        """Whether no stop can be ours."""
        return self._breakpoints.nothing_hidden and not self._resuming and not self._leading and self.on_library is None

    @property
    def nothing_interrupts(self) -> bool:
        """Whether no hidden breakpoint can cut a step short."""
        return self._breakpoints.nothing_hidden

    @on.request("next", unless="nothing_interrupts")
    @on.request("stepIn", unless="nothing_interrupts")
    @on.request("stepOut", unless="nothing_interrupts")
    async def note_step(self, request: Message) -> None:
        """Note where a step begins."""
        self._step = await interrupted_step.begun(self.session, request)

    @on.request("continue", unless="nothing_interrupts")
    def note_continue(self, _request: Message) -> None:
        """Forget the step: what comes now is none."""
        self._step = None

    @on.event("stopped", budget=STOP_BUDGET, unless="idle")
    async def hold(self, event: Message) -> Verdict:
        """Do the work of a hidden stop and resume the program, or show the stop."""
        self._resuming = False
        stop = event.view(StoppedBody)
        if self._leading and stop.reason == "step" and stop.threadId is not None:
            return await self._lead_out(stop, stop.threadId)
        self._leading = False
        hit = [self._breakpoints.hidden_with(delve_id) for delve_id in stop.hitBreakpointIds or ()]
        ours = [hidden.work for hidden in hit if hidden is not None]
        if self.on_library is not None and stop.reason == "breakpoint" and stop.description == LIBRARY_LOADED:
            ours = [self.on_library]
        elif not ours or len(ours) < len(hit):
            self._step = None
            return PASS
        if await self._work(ours, event):
            return PASS
        if self._step is not None and stop.threadId == self._step.thread:
            return await self._lead_out(stop, self._step.thread)
        return await self._resume(stop, "continue")

    @on.event("continued", unless="idle")
    def swallow(self, _event: Message) -> Verdict:
        """Hold back the `continued` that our own resume causes."""
        if self._resuming:
            self._resuming = False
            return HIDE
        return PASS

    @staticmethod
    async def _work(ours: list[Work], event: Message) -> bool:
        """Do what the stop is for; return whether it must be shown."""
        show = False
        for work in ours:
            try:
                show = await work(event) or show
            except Exception:
                log.exception("the work of a hidden stop failed; the stop is shown")
                show = True
        return show

    async def _lead_out(self, stop: StoppedBody, thread: int) -> Verdict:
        """Bring a step that was cut short nearer to its end: out to where it began, and then it is said again."""
        step = self._step
        if step is None:
            self._leading = False
            return PASS
        depth = await interrupted_step.depth_of(self.session, thread)
        self._leading = depth > step.depth
        if self._leading:
            return await self._resume(stop, "stepOut", thread=thread)
        self._step = None
        return await self._resume(stop, step.command, thread=thread, **step.arguments)

    async def _resume(self, stop: StoppedBody, command: str, *, thread: int = 0, **more: Any) -> Verdict:
        """Let the program go on; HIDE when it does. Not torn: a program that runs on must not be shown as stopped."""
        arguments: dict[str, Any] = {"threadId": thread or stop.threadId or 0, **more}
        with self.session.untorn(RESUME_DEADLINE + 1):
            self._resuming = True
            try:
                response = await self.session.call(command, arguments, deadline=RESUME_DEADLINE)
            except OwnCallError:
                self._resuming = self._leading = False
                return PASS
            if response.success:
                self.count += 1
                self.session.note(f"stop {self.count} was hidden")
                return HIDE
            self._resuming = self._leading = False
        return PASS
