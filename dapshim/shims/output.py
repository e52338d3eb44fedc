"""dlv's own output, and the program's, in the debug console."""

from __future__ import annotations

import codecs
from typing import Final

import trio

from dapshim.proxy.shim import Shim, on
from dapshim.wire.bodies import OutputBody
from dapshim.wire.messages import Message

SETTLE: Final = 0.2
"""Seconds that the end of the program waits for the last of its output; it is in the pipe by then, so a turn or two suffice."""

QUIET_TURNS: Final = 3
"""Turns of the scheduler without output after which there is none left in the pipes."""


class Output(Shim):
    """What dlv and your program print appears in the debug console.

    Delve writes its warnings, its log and (unless `outputMode` is `remote`) the program's output to its own standard output and
    error, which nobody sees when dapshim started it. They become `output` events of `stdout` and `stderr`, as they come.
    """

    def __init__(self) -> None:
        # An incremental decoder, because a character can be cut in two by a read.
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": decoder("replace"), "stderr": decoder("replace")}
        self._arrivals = 0

    async def take_output(self, category: str, data: bytes) -> bool:
        """Send one `output` event for what was printed."""
        text = self._decoders[category].decode(data)
        self._arrivals += 1
        if text:
            await self.session.emit("output", OutputBody(output=text, category=category), before=True)
        return True

    @on.event("exited")
    @on.event("terminated")
    async def settle(self, _event: Message) -> None:
        """Let what the program printed last come before its end, since many clients stop listening then."""
        with trio.move_on_after(SETTLE):
            quiet = 0
            while quiet < QUIET_TURNS:
                before = self._arrivals
                await trio.lowlevel.checkpoint()
                quiet = quiet + 1 if self._arrivals == before else 0
