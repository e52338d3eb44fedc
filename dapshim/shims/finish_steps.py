"""A step after one that was interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from dapshim.options.table import named
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import HIDE, PASS, Shim, Verdict, on

if TYPE_CHECKING:
    from dapshim.wire.messages import Message

REFUSED: Final = "Unable to step while the previous step is interrupted"
"""Delve 1.27.1: how the text of the stop begins that it answers such a step with."""

_INVALID: Final = "invalid command"


class FinishSteps(Shim):
    """You can step on after a breakpoint of another goroutine has interrupted a step.

    Delve refuses the next step then, with `Unable to step while the previous step is interrupted`, until you say continue. Here
    that step finishes the one that was interrupted: the program goes on until it is done, or to the next breakpoint.
    """

    option = named("finishSteps")

    def __init__(self, *, wanted: Callable[[], bool]) -> None:
        """`wanted` says whether the option is on."""
        self._wanted = wanted
        self._stepping = False

    @property
    def no_step(self) -> bool:
        """Whether no step is under way: then no message is looked into."""
        return not self._stepping

    @on.request("next")
    @on.request("stepIn")
    @on.request("stepOut")
    def note_step(self, _request: Message) -> None:
        """Note that a step is under way."""
        self._stepping = True

    @on.event("output", unless="no_step")
    def hide_refusal(self, event: Message) -> Verdict:
        """Hide what Delve says of the refusal before it stops for it."""
        if REFUSED.encode() not in event.raw or not self._wanted():
            return PASS
        return HIDE if str(event.body.get("output", "")).startswith(f"{_INVALID}: {REFUSED}") else PASS

    @on.event("stopped", unless="no_step")
    async def finish(self, event: Message) -> Verdict:
        """Say continue in the place of the user."""
        body = event.body
        if body.get("reason") == "step":
            self._stepping = False
        refused = body.get("description") == _INVALID and str(body.get("text", "")).startswith(REFUSED)
        if not refused or not self._wanted():
            return PASS
        arguments: dict[str, Any] = {"threadId": body.get("threadId") or 0}
        try:
            response = await self.session.call("continue", arguments)
        except OwnCallError:
            return PASS
        return HIDE if response.success else PASS
