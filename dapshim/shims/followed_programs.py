"""A program that the session will follow has its breakpoints from its first instruction on, wherever it was built."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from dapshim.delve import proc
from dapshim.proxy.breakpoint_list import Hidden
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.hiding import hide, unhide
from dapshim.proxy.shim import Shim, on
from dapshim.proxy.stand_ins import stand_in
from dapshim.wire.bodies import StoppedBody

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dapshim.delve.late_code import LateCode
    from dapshim.proxy.breakpoints import Breakpoints
    from dapshim.wire.messages import Message

log = logging.getLogger(__name__)

SETTLING: Final = 10.0
"""Seconds that the program is held at its entry at most."""

STARTS: Final = "syscall.forkExec"
"""The function of Go's library through which every other one starts a program: `argv0`, in the folder `attr.Dir`.

Go 1.10 to 1.27 (`syscall/exec_unix.go`). Not `syscall.Exec`: a program that was stopped there, and then replaces itself, Delve
1.27.1 loses in half of all cases: it waits for a thread that is no more, and tells nothing from then on.
"""


class FollowedPrograms(Shim):
    """With `followExec`, a child has your breakpoints also where it was built elsewhere and records other paths.

    Delve sets a breakpoint in a child by the path that the child has recorded. dapshim reads that path out of the child's
    executable just before it is started, where the program stops for a moment that you do not see. A file of which both have
    code has its breakpoints in both.
    """

    def __init__(
        self,
        code: LateCode,
        breakpoints: Breakpoints,
        place_again: Callable[[], Awaitable[None]],
        *,
        local: bool,
        wanted: Callable[[], bool],
    ) -> None:
        """`place_again` has the client's lists put where executables record their files; all else as in `replaced_program`."""
        self._code = code
        self._own = breakpoints
        self._place_again = place_again
        self._wanted = wanted
        self._local = local and proc.tells()
        self._begin()

    def _begin(self) -> None:
        self._hidden: Hidden | None = None
        self._runs = False
        self._begins_again = False
        self.no_child = True
        self._stand_ins: dict[tuple[object, ...], Hidden] = {}

    @property
    def off(self) -> bool:
        """Whether there is nothing to watch: Delve follows nothing, the program has not begun, or it is watched."""
        return not (self._local and self._code.follows_exec and self._runs) or self._hidden is not None

    @on.event("initialized")
    def begin(self, _event: Message) -> None:
        """Forget the program that was (law 8)."""
        self._begin()

    @on.request("configurationDone", budget=SETTLING)
    async def watch(self, _request: Message) -> None:
        """Have the program stop where it starts another one, if it can and there are breakpoints."""
        self._runs = True
        await self._watch()

    @on.response("setBreakpoints", unless="off", budget=SETTLING)
    @on.response("setFunctionBreakpoints", unless="off", budget=SETTLING)
    async def watch_now(self, _response: Message) -> None:
        """Have it stop there from now on."""
        await self._watch()

    async def _watch(self) -> None:
        if self.off or not self._wanted() or self._own.nothing_asked or self._code.entry_of(STARTS) is None:
            return
        hidden = Hidden("setFunctionBreakpoints", {"name": STARTS}, self._at_start)
        # Delve 1.27.1 takes no function while there are two processes.
        if await hide(self._own, hidden, "where it starts others"):
            self._hidden = hidden

    async def _at_start(self, event: Message) -> bool:
        """Read the executable that will run, and put the breakpoints where it records their files."""
        from dapshim.delve.session_processes import as_seen_by, process_of_goroutine, texts_of

        goroutine = event.view(StoppedBody).threadId or 0
        try:
            path, folder = await texts_of(self.session, goroutine, "argv0", "attr.Dir")
            pid = await process_of_goroutine(self.session, goroutine) if path else None
        except OwnCallError:
            return False
        if pid is None:
            return False
        path, self.no_child = as_seen_by(pid, path, folder), False
        self._begins_again = self._begins_again or self._code.is_program(path)
        if self._code.will_run(path):
            await self._place_again()
        await self._stand_in()
        return False

    @on.response("setFunctionBreakpoints", unless="no_child", budget=SETTLING)
    async def follow_functions(self, _response: Message) -> None:
        """Set those that Delve takes in no child, or not while there is one."""
        await self._stand_in()

    async def _stand_in(self) -> None:
        """Have each function breakpoint stand in the children by a line, which Delve sets there."""
        wanted: dict[tuple[object, ...], Hidden] = {}
        for entry, known in self._own.asked_functions():
            in_program = self._begins_again or self._own.waits(known)
            for path, line in await self._code.places_of(str(entry.get("name", "")), in_program=in_program):
                made = stand_in(entry, known, path, line)
                key = (path, *made.entry.items())
                wanted.setdefault(key, self._stand_ins.get(key, made)).stands_for = known
        before, self._stand_ins = self._stand_ins, wanted
        old = [hidden for key, hidden in before.items() if key not in wanted]
        new = [hidden for key, hidden in wanted.items() if key not in before]
        if old or new:
            try:
                await self._own.stand_in(old, new)
            except OwnCallError as error:
                log.info("function breakpoints are not set in children: %s", error)

    async def abandon(self) -> None:
        """Stop nowhere."""
        if self._hidden is not None:
            await unhide(self._own, self._hidden)
