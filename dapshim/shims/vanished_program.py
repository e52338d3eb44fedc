"""The end of a program that Delve has lost sight of."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import trio

from dapshim.delve import proc
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import Shim, on
from dapshim.wire.bodies import OutputBody, ProcessBody

if TYPE_CHECKING:
    from dapshim.wire.messages import Message

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the processes of a session."""

LOOKS: Final = 3
"""Looks that must find no process before Delve is not waited for any more: an end that it sees it reports at once."""

HELD_LOOKS: Final = 6
"""Looks that must find the program held and its debugger idle before it is believed that Delve has lost it."""

IDLE_TICKS: Final = 1
"""Ticks of processor time that an idle debugger spends between two looks at most: its runtime's own."""

_ENDED: Final = "the program has ended; Delve does not say how, since the program had replaced itself"
_LOST: Final = (
    "Delve has stopped the program and lost it: the program had replaced itself (syscall.Exec) from another thread than its "
    "first, which Delve does not follow. Call runtime.LockOSThread() in an init function of package main; or leave out "
    '"followExec": dapshim then sets the breakpoints again itself'
)


class VanishedProgram(Shim):
    """A program that replaced itself has an end, too.

    With `followExec`, Delve never reports the end of a program that has called `syscall.Exec`, and answers nothing from then
    on. dapshim sees that the process is gone and ends the session; which exit status it had, nobody knows.

    Where another thread than the first has called it, Delve 1.27.1 hangs at the first stop in the new image (`procForThread`
    finds the first thread in the old process, so that the new one is waited for without end), and neither pause nor disconnect
    is answered. dapshim sees that the program stands still and nobody works, says so, and ends the session.
    """

    def __init__(self, *, local: bool) -> None:
        """`local`: the dlv was started by dapshim, so its processes are this machine's."""
        self._local = local and proc.tells()
        self._wants = self._follows = False
        self._is_lost = False
        self._pids: set[int] = set()
        self._replaced: int | None = None
        self._watching = trio.CancelScope()

    @property
    def off(self) -> bool:
        """Whether there is nothing to watch."""
        return not self._follows

    @on.request("launch")
    def note_how(self, request: Message) -> None:
        """Note whether Delve follows. A launch comes in a session that has a program when that is restarted in another dlv."""
        self._watching.cancel()
        self._wants = self._follows = self._local and request.arguments.get("followExec") is True
        self._is_lost = False
        self._pids.clear()
        self._replaced = None

    @property
    def knows_the_process(self) -> bool:
        """Whether it need not be looked for."""
        return not (self._follows and self._is_lost)

    @on.request("restart")
    def begin_again(self, _request: Message) -> None:
        """Watch the program that will come: Delve 1.27.1 does not name its process when it has started it again."""
        self._watching.cancel()
        self._pids.clear()
        self._replaced = None
        self._follows = self._is_lost = self._wants

    @on.event("process", unless="off")
    async def note_process(self, event: Message) -> None:
        """Note each process of the session."""
        pid = event.view(ProcessBody).systemProcessId
        if pid is None:
            return
        self._replaced = pid if pid in self._pids else None
        if self._is_lost:
            from dapshim.delve.session_processes import traced_with

            # It may be a child's: without the program's own, its end would be taken for that of all.
            self._note(*await trio.to_thread.run_sync(traced_with, pid))
        else:
            self._note(pid)

    @on.event("stopped", unless="knows_the_process")
    async def look_for_it(self, _event: Message) -> None:
        """Find the process of a program that was started again."""
        from dapshim.delve.session_processes import processes_of

        with suppress(OwnCallError):
            self._note(*await processes_of(self.session))

    def _note(self, *pids: int) -> None:
        if pids and not self._pids:
            self._watching = trio.CancelScope()
            self.session.start(self._watch)
        self._is_lost = self._is_lost and not pids
        self._pids |= {*pids}

    @on.event("stopped", unless="off")
    def note_stop(self, _event: Message) -> None:
        """Delve has not lost the new image."""
        self._replaced = None

    @on.event("exited", unless="off")
    @on.event("terminated", unless="off")
    def note_end(self, _event: Message) -> None:
        """Delve has seen the end."""
        self._follows = False
        self._watching.cancel()

    async def _watch(self) -> None:
        with self._watching:
            gone = held = 0
            spent: int | None = None
            while gone < LOOKS and held < HELD_LOOKS:
                await trio.sleep(LOOK_EVERY)
                gone = 0 if any(map(_is_there, self._pids)) else gone + 1
                before, spent = spent, self._spent_while_held()
                idle = spent is not None and before is not None and spent - before <= IDLE_TICKS
                held = held + 1 if idle else 0
            self._follows = False
            text = _ENDED if gone else _LOST
            await self.session.emit(
                "output", OutputBody(output=f"dapshim: {text}\n", category="console" if gone else "important")
            )
            self.session.end_session(text)

    def _spent_while_held(self) -> int | None:
        from dapshim.delve.replacing import spent_while_held

        return None if self._replaced is None else spent_while_held(self._replaced)


def _is_there(pid: int) -> bool:
    return os.path.exists(f"/proc/{pid}")  # noqa: PTH110 - as everywhere on this way
