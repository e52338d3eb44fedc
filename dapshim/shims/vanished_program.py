"""The end of a program that Delve has lost sight of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import trio

from dapshim.proxy.shim import Shim, on
from dapshim.wire.bodies import OutputBody, ProcessBody

if TYPE_CHECKING:
    from dapshim.wire.messages import Message

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the processes of a session."""

LOOKS: Final = 3
"""Looks that must find no process before Delve is not waited for any more: an end that it sees it reports at once."""


class VanishedProgram(Shim):
    """A program that replaced itself has an end, too.

    With `followExec`, Delve never reports the end of a program that has called `syscall.Exec`, and answers nothing from then
    on. dapshim sees that the process is gone and ends the session; which exit status it had, nobody knows.
    """

    def __init__(self, *, local: bool) -> None:
        """`local`: the dlv was started by dapshim, so its processes are this machine's."""
        self._local = local and os.path.isdir("/proc/self")  # noqa: PTH112 - as everywhere on this way
        self._follows = False
        self._pids: set[int] = set()
        self._watching = trio.CancelScope()

    @property
    def off(self) -> bool:
        """Whether there is nothing to watch."""
        return not self._follows

    @on.request("launch")
    def note_how(self, request: Message) -> None:
        """Note whether Delve follows."""
        self._follows = self._local and request.arguments.get("followExec") is True
        self._pids.clear()

    @on.request("restart", unless="off")
    def give_up(self, _request: Message) -> None:
        """Watch no more: Delve 1.27.1 does not name the process of a program that it has started again."""
        self._follows = False
        self._watching.cancel()

    @on.event("process", unless="off")
    def note_process(self, event: Message) -> None:
        """Note each process of the session."""
        pid = event.view(ProcessBody).systemProcessId
        if pid is not None and not self._pids:
            self._watching = trio.CancelScope()
            self.session.start(self._watch)
        self._pids |= {pid} if pid is not None else set()

    @on.event("exited", unless="off")
    @on.event("terminated", unless="off")
    def note_end(self, _event: Message) -> None:
        """Delve has seen the end."""
        self._follows = False
        self._watching.cancel()

    async def _watch(self) -> None:
        with self._watching:
            gone = 0
            while gone < LOOKS:
                await trio.sleep(LOOK_EVERY)
                gone = 0 if any(map(_is_there, self._pids)) else gone + 1
            self._follows = False
            text = "the program has ended; Delve does not say how, since the program had replaced itself"
            await self.session.emit("output", OutputBody(output=f"dapshim: {text}\n", category="console"))
            self.session.end_session(text)


def _is_there(pid: int) -> bool:
    return os.path.exists(f"/proc/{pid}")  # noqa: PTH110 - as everywhere on this way
