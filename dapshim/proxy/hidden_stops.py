"""Hidden stops: dapshim stops the program for its own ends, and the user must not see it.

The one mechanism for that. The `stopped` event is held back, the work of the hidden breakpoints done, the program resumed, and
the `continued` event of that resume held back too. The stop is shown instead

- when a breakpoint of the user's was hit in the same stop;
- when the user says pause, or ends the session, before the program was resumed (law 3 cancels the hook, so the event goes on);
- when the work says so, fails, or the program cannot be resumed.

The work may have the program go on by one instruction instead; Delve ends that with a stop for no breakpoint, which belongs to
the same work.

A stop that the user asked for is never dropped. This layer is next to the adapter: it sees Delve's ids.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from dapshim.proxy.breakpoints import STEP, Breakpoints, Hidden, Next
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import HIDE, PASS, Shim, Verdict, on
from dapshim.wire.bodies import StoppedBody
from dapshim.wire.messages import Message

log = logging.getLogger(__name__)

STOP_BUDGET: Final = 10.0
"""Seconds that the work of one hidden stop may take before the stop is shown."""

RESUME_DEADLINE: Final = 5.0
"""Seconds within which Delve must answer `continue`."""


class HiddenStops(Shim):
    """Stop the program without the user seeing it."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints
        self._resuming = False
        self._stepping: list[Hidden] = []
        self.count = 0
        """How many stops were hidden in this session."""

    @property
    def idle(self) -> bool:
        """Whether no stop can be ours."""
        return self._breakpoints.nothing_hidden and not self._resuming and not self._stepping

    @on.event("stopped", budget=STOP_BUDGET, unless="idle")
    async def hold(self, event: Message) -> Verdict:
        """Do the work of a hidden stop and resume the program, or show the stop."""
        self._resuming = False
        stepped, self._stepping = self._stepping, []
        stop = event.view(StoppedBody)
        hit = [self._breakpoints.hidden_with(delve_id) for delve_id in stop.hitBreakpointIds or ()]
        ours = [hidden for hidden in hit if hidden is not None]
        if stepped and not hit and stop.reason == "step":
            ours = stepped
        elif not ours or len(ours) < len(hit):
            return PASS
        following = await self._work(ours, event)
        if following is True or not await self._resume(stop, by_instruction=following == STEP):
            if stepped:
                event.body["reason"] = "pause"
            return PASS
        self._stepping = ours if following == STEP else []
        return HIDE

    @on.event("continued", unless="idle")
    def swallow(self, _event: Message) -> Verdict:
        """Hold back the `continued` that our own resume causes."""
        if self._resuming:
            self._resuming = False
            return HIDE
        return PASS

    @staticmethod
    async def _work(ours: list[Hidden], event: Message) -> Next:
        """Do what the hit breakpoints are for; return what follows. To show the stop goes before all else."""
        wanted: set[Next] = set()
        for hidden in ours:
            try:
                wanted.add(await hidden.work(event))
            except Exception:
                log.exception("the work of a hidden stop failed; the stop is shown")
                wanted |= {True}
        return True if True in wanted else STEP if STEP in wanted else False

    async def _resume(self, stop: StoppedBody, *, by_instruction: bool) -> bool:
        """Let the program go on; return whether it does. Not torn: a program that runs on must not be shown as stopped."""
        command, arguments = "continue", dict[str, Any](threadId=stop.threadId or 0)
        if by_instruction:
            command, arguments["granularity"] = "stepIn", "instruction"
        with self.session.untorn(RESUME_DEADLINE + 1):
            self._resuming = True
            try:
                response = await self.session.call(command, arguments, deadline=RESUME_DEADLINE)
            except OwnCallError:
                self._resuming = False
                return False
            if response.success:
                self.count += 1
                return True
            self._resuming = False
        return False
