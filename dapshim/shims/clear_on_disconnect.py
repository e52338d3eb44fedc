"""No breakpoint is left behind in a server that goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dapshim.options.table import named
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import Shim, on

if TYPE_CHECKING:
    from dapshim.proxy.breakpoints import Breakpoints
    from dapshim.wire.messages import Message

log = logging.getLogger(__name__)


class ClearOnDisconnect(Shim):
    """Your breakpoints leave a server that goes on when you do.

    A headless dlv with `--accept-multiclient` keeps the breakpoints of a client that disconnects, and the program then stops
    at them with nobody there. They are taken out first.
    """

    option = named("clearOnDisconnect")

    def __init__(self, breakpoints: Breakpoints, *, wanted: Callable[[], bool]) -> None:
        """`wanted` says whether the option is on."""
        self._own = breakpoints
        self._wanted = wanted
        self._remote = self._goes_on = False

    @on.request("attach")
    def note_attach(self, request: Message) -> None:
        """Note whether the program belongs to a server."""
        self._remote = request.arguments.get("mode") == "remote"

    @on.event("capabilities")
    def note_capabilities(self, event: Message) -> None:
        """Note whether the server lets the client choose: Delve 1.27.1 does where it can go on without."""
        found = event.body.get("capabilities")
        if isinstance(found, dict) and "supportTerminateDebuggee" in found:
            self._goes_on = found["supportTerminateDebuggee"] is True

    @on.request("disconnect")
    async def clear(self, request: Message) -> None:
        """Take them out."""
        arguments: dict[str, Any] = request.arguments
        if not (self._remote and self._goes_on and self._wanted()) or arguments.get("terminateDebuggee") is True:
            return
        try:
            await self._own.clear()
        except OwnCallError as error:
            log.info("the breakpoints stay in the server: %s", error)
