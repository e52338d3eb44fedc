"""A program that replaces itself keeps its breakpoints."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import trio

from dapshim.delve import proc
from dapshim.proxy.breakpoint_list import Hidden
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.hiding import hide, unhide
from dapshim.proxy.shim import Shim, on
from dapshim.wire.bodies import OutputBody, ProcessBody, StoppedBody

if TYPE_CHECKING:
    from collections.abc import Callable

    from dapshim.delve.late_code import LateCode
    from dapshim.delve.replacing import Replacement
    from dapshim.proxy.breakpoints import Breakpoints
    from dapshim.proxy.hidden_stops import HiddenStops
    from dapshim.wire.messages import Message

SETTLING: Final = 10.0
"""Seconds that the program is held at its entry at most."""


class ReplacedProgram(Shim):
    """A program that begins again by `syscall.Exec` keeps its breakpoints, also without `followExec`.

    Delve does not see that its breakpoints are gone. dapshim has the program stop where it replaces itself, and before the
    first instruction of the new image, where all are set anew; you see neither. Where the new image is another program,
    position-independent, or loaded by ld.so, that cannot be, and the console says so and what to do.
    """

    def __init__(
        self, code: LateCode, breakpoints: Breakpoints, stops: HiddenStops, *, local: bool, wanted: Callable[[], bool]
    ) -> None:
        """`local`: the dlv was started by dapshim, so its processes are this machine's; `wanted` as in `late_breakpoints`."""
        self._code = code
        self._own = breakpoints
        self._stops = stops
        self._wanted = wanted
        self._local = local and proc.tells()
        self._pid: int | None = None
        self._image: tuple[int, int] | None = None
        self._entry: Hidden | None = None
        self._found: Replacement | None = None

    @on.request("launch")
    @on.request("attach")
    def note_process(self, request: Message) -> None:
        """Note which process it is, where that is said."""
        pid = request.arguments.get("processId")
        self._pid = pid if isinstance(pid, int) else None

    @on.event("process")
    def note_pid(self, event: Message) -> None:
        """Note the program, not its children."""
        self._pid = self._pid or event.view(ProcessBody).systemProcessId

    @on.request("configurationDone", budget=SETTLING)
    async def watch(self, _request: Message) -> None:
        """Have the program stop where it replaces itself, if it can."""
        self._entry = None
        if not self._local or not self._code.replaces_itself or not self._wanted():
            return
        from dapshim.delve.replacing import EXEC

        await hide(self._own, Hidden("setFunctionBreakpoints", {"name": EXEC}, self._at_exec), "where it replaces itself")

    async def _at_exec(self, event: Message) -> bool:
        """Have the new image stop at its first instruction; where that cannot be, say so."""
        from dapshim.delve.replacing import image_of, replacement
        from dapshim.delve.session_processes import process_of_goroutine, texts_of

        if self._entry is not None:
            await self._own.remove(self._entry)  # it could not be executed, or this is another time
            self._entry = None
        thread = event.view(StoppedBody).threadId or 0
        path = ""
        with suppress(OwnCallError):
            # After a restart Delve names the process nowhere else.
            self._pid = await process_of_goroutine(self.session, thread) or self._pid
            (path,) = await texts_of(self.session, thread, "argv0")
        pid = self._pid
        if pid is None:
            return False
        self._image = image_of(pid)
        found = await trio.to_thread.run_sync(replacement, pid, path)
        if found.entry:
            hidden = Hidden("setInstructionBreakpoints", {"instructionReference": found.entry}, self._at_entry)
            if await hide(self._own, hidden, "where its new image begins"):
                self._entry, self._found = hidden, found
            return False
        await self._say(found.why)
        return False

    async def _say(self, why: str) -> None:
        text = f"dapshim: the program replaces itself, and no breakpoint is hit from here on: {why}.\n"
        await self.session.emit("output", OutputBody(output=text, category="important"))

    async def _at_entry(self, _event: Message) -> bool:
        """Set all breakpoints anew in the new image."""
        from dapshim.delve.replacing import ANOTHER, DATA_GONE, image_of

        hidden, self._entry = self._entry, None
        if hidden is None or self._pid is None or self._found is None:
            return False
        if image_of(self._pid) != self._image:
            await self._say(ANOTHER)  # nothing is written: it is another program's memory
            return False
        self._stops.forget_step()
        await self._own.remove(hidden)
        await self._own.renew(self._found.keeps, DATA_GONE)
        self.session.note("the program has replaced itself, and its breakpoints were set anew")
        return False

    async def abandon(self) -> None:
        """Stop nowhere."""
        if self._entry is not None:
            await unhide(self._own, self._entry)
