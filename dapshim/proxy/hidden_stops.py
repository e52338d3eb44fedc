"""Hidden stops: dapshim stops the program for its own ends, and the user must not see it.

The one mechanism for that. The `stopped` event is held back, the work of the hidden breakpoints done, the program resumed, and
the `continued` event of that resume held back too. The stop is shown instead

- when a breakpoint of the user's was hit in the same stop;
- when the user says pause, or ends the session, before the program was resumed (law 3 cancels the hook, so the event goes on);
- when the work says so, fails, or the program cannot be resumed.

The work may have the program go on by one instruction instead; Delve ends that with a stop for no breakpoint, which belongs to
the same work.

A stop that the user asked for is never dropped. A step that a hidden stop has cut short is brought to its end
(`interrupted_step.py`). Delve's own stop at a shared library that was loaded is hidden in the same way, for who wants it so.
This layer is next to the adapter: it sees Delve's ids.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import trio

from dapshim.proxy import interrupted_step
from dapshim.proxy.breakpoints import STEP, Breakpoints, Next
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

Work = Callable[[Message], Awaitable[Next]]


class HiddenStops(Shim):
    """Stop the program without the user seeing it."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints
        self._resuming = False
        self._stepping: list[Work] = []
        self._step: Step | None = None
        self._leading = False
        self.on_library: Work | None = None
        """What to do at a stop for a library, as `Hidden.work`; None: it is shown."""
        self.count = 0
        """How many stops were hidden in this session."""

    @property
    def idle(self) -> bool:
        """Whether no stop can be ours."""
        busy = self._resuming or self._leading or self._stepping
        return self._breakpoints.nothing_hidden and not busy and self.on_library is None

    @property
    def nothing_interrupts(self) -> bool:
        """Whether no hidden breakpoint can cut a step short."""
        return self._breakpoints.nothing_hidden

    @on.request("next", unless="nothing_interrupts")
    @on.request("stepIn", unless="nothing_interrupts")
    @on.request("stepOut", unless="nothing_interrupts")
    async def note_step(self, request: Message) -> None:
        """Note where a step begins; a layer further out may have made something else of it."""
        is_step = request.name in interrupted_step.COMMANDS
        self._step = await interrupted_step.begun(self.session, request) if is_step else None

    @on.request("continue", unless="nothing_interrupts")
    def note_continue(self, _request: Message) -> None:
        """Forget the step: what comes now is none."""
        self._step = None

    def forget_step(self) -> None:
        """Bring no step to its end that was said before: where it began is no more."""
        self._step, self._leading = None, False

    @on.event("stopped", budget=STOP_BUDGET, unless="idle")
    async def hold(self, event: Message) -> Verdict:
        """Do the work of a hidden stop and resume the program, or show the stop."""
        self._resuming = False
        stepped, self._stepping = self._stepping, []
        stop = event.view(StoppedBody)
        if self._leading and stop.reason == "step" and stop.threadId is not None:
            return await self._lead_out(stop, stop.threadId)
        self._leading = False
        ours = self._ours(stop, stepped)
        if not ours:
            self._step = None
            return PASS
        following = await self._work(ours, event)
        if following is not True:
            verdict = await self._go_on(stop, by_instruction=following == STEP)
            if verdict is HIDE:
                self._stepping = ours if following == STEP else []
                return HIDE
        if stepped:
            event.body["reason"] = "pause"
        return PASS

    def _ours(self, stop: StoppedBody, stepped: list[Work]) -> list[Work]:
        """Return what is to be done at a stop that is ours alone; nothing at one that is somebody else's too."""
        if self.on_library is not None and stop.reason == "breakpoint" and stop.description == LIBRARY_LOADED:
            return [self.on_library]
        hit = [self._breakpoints.hidden_with(delve_id) for delve_id in stop.hitBreakpointIds or ()]
        if stepped and not hit and stop.reason == "step":
            return stepped
        ours = [hidden.work for hidden in hit if hidden is not None and hidden.stands_for is None]
        return ours if len(ours) == len(hit) else []

    async def _go_on(self, stop: StoppedBody, *, by_instruction: bool) -> Verdict:
        if by_instruction:
            return await self._resume(stop, "stepIn", granularity="instruction")
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
    async def _work(ours: list[Work], event: Message) -> Next:
        """Do what the stop is for; return what follows. To show the stop goes before all else."""
        wanted: set[Next] = set()
        for work in ours:
            try:
                wanted.add(await work(event))
            except Exception:
                log.exception("the work of a hidden stop failed; the stop is shown")
                wanted |= {True}
        return True if True in wanted else STEP if STEP in wanted else False

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
        await trio.lowlevel.checkpoint_if_cancelled()  # the work may have been shielded when the user said pause
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
