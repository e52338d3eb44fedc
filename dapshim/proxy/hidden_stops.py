"""Hidden stops: dapshim stops the program for its own ends, and the user must not see it.

The one mechanism for that. The `stopped` event is held back, the work of the hidden breakpoints done, the program resumed, and
the `continued` event of that resume held back too. The stop is shown instead

- when a breakpoint of the user's was hit in the same stop;
- when the user says pause, or ends the session, before the program was resumed (law 3 cancels the hook, so the event goes on);
- when the work says so, fails, or the program cannot be resumed.

A stop that the user asked for is never dropped. This layer is next to the adapter: it sees Delve's ids.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from dapshim.proxy.breakpoints import Breakpoints, Hidden
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
        self.count = 0
        """How many stops were hidden in this session."""

    @property
    def idle(self) -> bool:
        """Whether no stop can be ours."""
        return self._breakpoints.nothing_hidden and not self._resuming

    @on.event("stopped", budget=STOP_BUDGET, unless="idle")
    async def hold(self, event: Message) -> Verdict:
        """Do the work of a hidden stop and resume the program, or show the stop."""
        self._resuming = False
        stop = event.view(StoppedBody)
        hit = [self._breakpoints.hidden_with(delve_id) for delve_id in stop.hitBreakpointIds or ()]
        ours = [hidden for hidden in hit if hidden is not None]
        if not ours or len(ours) < len(hit):
            return PASS
        if await self._work(ours, event):
            return PASS
        return HIDE if await self._resume(stop) else PASS

    @on.event("continued", unless="idle")
    def swallow(self, _event: Message) -> Verdict:
        """Hold back the `continued` that our own resume causes."""
        if self._resuming:
            self._resuming = False
            return HIDE
        return PASS

    @staticmethod
    async def _work(ours: list[Hidden], event: Message) -> bool:
        """Do what the hit breakpoints are for; return whether the stop must be shown."""
        show = False
        for hidden in ours:
            try:
                show = await hidden.work(event) or show
            except Exception:
                log.exception("the work of a hidden stop failed; the stop is shown")
                show = True
        return show

    async def _resume(self, stop: StoppedBody) -> bool:
        """Let the program go on; return whether it does. Not torn: a program that runs on must not be shown as stopped."""
        arguments: dict[str, Any] = {"threadId": stop.threadId or 0}
        with self.session.untorn(RESUME_DEADLINE + 1):
            self._resuming = True
            try:
                response = await self.session.call("continue", arguments, deadline=RESUME_DEADLINE)
            except OwnCallError:
                self._resuming = False
                return False
            if response.success:
                self.count += 1
                return True
            self._resuming = False
        return False
