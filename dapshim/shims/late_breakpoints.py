"""Set again what Delve could not set at first, at the moment at which it can be."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import trio

from dapshim.delve.further_programs import LOADED
from dapshim.delve.late_code import Hope
from dapshim.options.table import named
from dapshim.proxy.breakpoint_list import Hidden, Identity, Key, id_of, identity, is_verified
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.hiding import hide, unhide
from dapshim.proxy.shim import Shim, on
from dapshim.wire.bodies import BreakpointsBody, ProcessBody, StoppedBody

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dapshim.delve.late_code import LateCode
    from dapshim.proxy.breakpoints import Breakpoints
    from dapshim.proxy.hidden_stops import HiddenStops
    from dapshim.wire.messages import Message

log = logging.getLogger(__name__)

SETTLING: Final = 10.0
"""Seconds that the program is held at its entry, or an answer back, at most."""

_RUNTIME_MAIN: Final = "runtime.main"
_MAIN: Final = "main.main"
_UNCONDITIONAL: Final = ("condition", "hitCondition", "logMessage")


class LateBreakpoints(Shim):
    """A breakpoint that can be set at any moment of the program's life is set at that moment.

    Code may come later: a plugin is opened, a C program loads a library of Go, a child process begins. A breakpoint there
    waits, is set when the code is there and before a line of it has run, and the editor is told. Where the adapter could not
    set one although the program has that line, it is tried again at the program's entry, before its first `init()`, and at the
    first instruction of `main.main`. You see none of these stops.
    """

    option = named("lateBreakpoints")

    def __init__(
        self,
        code: LateCode,
        breakpoints: Breakpoints,
        stops: HiddenStops,
        place_again: Callable[[], Awaitable[None]],
        *,
        wanted: Callable[[], bool],
    ) -> None:
        """`wanted` says whether the option is on, once the launch is known.

        `place_again` has the client's lists put where executables record their files, which is known when these are there.
        """
        self._place_again = place_again
        self._code = code
        self._own = breakpoints
        self._stops = stops
        self._wanted = wanted
        self._pids: set[int | None] = set()
        self._begin()

    def _begin(self) -> None:
        self._hopes: dict[tuple[Key, Identity], Hope] = {}
        self._hidden: dict[str, Hidden] = {}
        self._asked: dict[int, dict[str, Any]] = {}
        self._unmapped: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}

    # -- when it has nothing to do -----------------------------------------------------------------------------------------

    @property
    def none_waits(self) -> bool:
        """Whether all that may be set is set."""
        return self._own.none_waits

    def _some(self, hope: Hope) -> bool:
        """Whether a breakpoint waits that has this hope."""
        return any(self._hopes.get(each) is hope for each in self._own.waiting)

    @property
    def is_mapped(self) -> bool:
        """Whether answers do not wait for the program's files to be known."""
        return self._code.is_mapped

    @property
    def nothing_asked(self) -> bool:
        """Whether no list that was asked for before the files were known has no answer."""
        return not self._asked

    # -- what is remembered ------------------------------------------------------------------------------------------------

    @on.request("launch")
    @on.request("attach")
    def note_how(self, request: Message) -> None:
        """Note what Delve follows."""
        self._code.follows_exec = request.arguments.get("followExec") is True
        self._pids.clear()

    @on.event("initialized")
    def begin(self, _event: Message) -> None:
        """Forget the program that was (law 8)."""
        self._begin()
        on_now = self._wanted()
        self._own.may_come = self._may_come if on_now else None
        self._stops.on_library = self._at_library if on_now else None

    async def _may_come(self, key: Key, entry: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
        hope = await self._code.hope(*key, entry, answer)
        self._hopes[key, identity(entry)] = hope
        return hope is not Hope.NEVER

    # -- the beginning of the program --------------------------------------------------------------------------------------

    @on.request("configurationDone", budget=SETTLING)
    async def settle(self, _request: Message) -> None:
        """Hold the program at its entry until what it has code for was tried again."""
        if self._code.is_go:
            self._stops.on_library = None
        if not self._some(Hope.EXPECTED):
            return
        await self._try()
        if not self._some(Hope.EXPECTED):
            return
        await self._hide("setFunctionBreakpoints", {"name": _RUNTIME_MAIN}, self._at_runtime_main, _RUNTIME_MAIN)
        # The first instruction is before the user's own breakpoint in main.main, which is behind the function's prologue.
        address = self._code.entry_of(_MAIN)
        if address is not None:
            await self._hide("setInstructionBreakpoints", {"instructionReference": address}, self._at_main, _MAIN)
        if _MAIN not in self._hidden:
            await self._hide("setFunctionBreakpoints", {"name": _MAIN}, self._at_main, _MAIN)

    async def _at_runtime_main(self, _event: Message) -> bool:
        """Try again before the first `init()` and the first initialiser of a package's variable."""
        await self._try()
        await self._unhide(_RUNTIME_MAIN)
        if not self._some(Hope.EXPECTED):
            await self._unhide(_MAIN)
        return False

    async def _at_main(self, event: Message) -> bool:
        """Try again before the first line of `main.main`; where a breakpoint of the user's now is here, it is their stop."""
        hidden = self._hidden[_MAIN]
        await self._unhide(_RUNTIME_MAIN)
        await self._unhide(_MAIN)
        told = [answer for entry, answer in await self._try() if not any(entry.get(each) for each in _UNCONDITIONAL)]
        if not told:
            return False
        try:
            await self._own.add(hidden)
            taken = hidden.id is None
            await self._own.remove(hidden)
            line = await self._line_of(event.view(StoppedBody).threadId or 0) if taken else None
        except OwnCallError:
            return False
        if taken:
            event.body["reason"] = "breakpoint"
            event.body["hitBreakpointIds"] = [each["id"] for each in told if "id" in each and each.get("line", line) == line]
        return taken

    async def _line_of(self, thread: int) -> int | None:
        answer = await self._own.session.call("stackTrace", {"threadId": thread, "levels": 1})
        frames = answer.body.get("stackFrames") if answer.success else None
        return frames[0].get("line") if frames else None

    # -- code that comes ---------------------------------------------------------------------------------------------------

    @on.response("setBreakpoints", budget=SETTLING, unless="none_waits")
    @on.response("setFunctionBreakpoints", budget=SETTLING, unless="none_waits")
    async def watch(self, _response: Message) -> None:
        """Have the program stop where it has opened a plugin, while something waits for one."""
        await self._watch()

    async def _watch(self) -> None:
        if LOADED not in self._hidden and self._some(Hope.LOADED) and self._code.loads_plugins:
            await self._hide("setFunctionBreakpoints", {"name": LOADED}, self._at_plugin, LOADED)

    async def _at_plugin(self, _event: Message) -> bool:
        """Try again where a plugin's code is there, and none of it has run."""
        await self._try_in_what_came(self._hidden[LOADED])
        if self._own.none_waits:
            await self._unhide(LOADED)
        return False

    async def _at_library(self, _event: Message) -> bool:
        """Try again where a library of Go's was loaded; Delve has stopped by itself."""
        await self._try_in_what_came()
        return False

    async def _try_in_what_came(self, last: Hidden | None = None) -> None:
        """Try again, and put the lists where what came records their files: it is read while Delve looks for the lines."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._look_at_what_came)
            await self._try(last)
        await self._place_again()

    async def _look_at_what_came(self) -> None:
        """Have what was loaded read: it is mapped by a process of the session."""
        if self._code.lacks_process:
            from dapshim.delve.session_processes import processes_of

            with suppress(OwnCallError):
                self._code.note_processes(await processes_of(self.session))
        await self._code.read_further()

    @on.event("stopped", budget=SETTLING, unless="none_waits")
    async def try_at_theirs(self, _event: Message) -> None:
        """Try again at the user's own breakpoint, where it is at the place of one of ours."""
        if any(hidden.shadowed for hidden in self._hidden.values()):
            await self._try()

    @on.event("process", budget=SETTLING)
    async def follow(self, event: Message) -> None:
        """Try again where another program is in this one's place.

        Not in a child: lines Delve 1.27.1 sets there itself, functions it refuses while there are two processes, and a thread
        that is at a breakpoint when a list comes loses that stop or has it twice.
        """
        pid = event.view(ProcessBody).systemProcessId
        if pid in self._pids:
            if not self._own.nothing_asked:
                await self._place_again()
            if not self.none_waits:
                await self._try(suspended=False)
        self._pids.add(pid)

    # -- files that are known later ----------------------------------------------------------------------------------------

    @on.request("setBreakpoints", unless="is_mapped")
    def remember(self, request: Message) -> None:
        """Remember a list that may be answered before the program's files are known."""
        self._asked[request.seq] = dict(request.arguments)

    @on.response("setBreakpoints", unless="nothing_asked")
    def note_answer(self, response: Message) -> None:
        """Have it set again when they are."""
        asked = self._asked.pop(response.reply_to or 0, None)
        path = str((asked.get("source") or {}).get("path")) if asked is not None else ""
        if asked is None or not response.success or not self._wanted():
            return
        if self._code.is_mapped and not self._code.went_as_it_came(path):
            return  # it has waited for them
        if not self._unmapped:
            self.session.start(self._when_mapped)
        self._unmapped[path] = asked, [dict(each) for each in response.view(BreakpointsBody).breakpoints]

    async def _when_mapped(self) -> None:
        known = await self._code.mapped()
        lists, self._unmapped = self._unmapped, {}
        for path, (arguments, answers) in lists.items():
            if known and not all(map(is_verified, answers)):
                await self._set_mapped(path, arguments, answers)
        await self._watch()

    async def _set_mapped(self, path: str, arguments: dict[str, Any], answers: list[dict[str, Any]]) -> None:
        entries = arguments.get("breakpoints") or []
        ids = [id_of(answer) for answer in answers]
        self._own.drop(("setBreakpoints", path))
        self._own.ids.inherit({identity(entry): known for entry, known in zip(entries, ids, strict=False) if known})
        try:
            response = await self.session.call("setBreakpoints", arguments)
        except OwnCallError:
            return
        finally:
            self._own.ids.inherit({})
        found = response.view(BreakpointsBody).breakpoints if response.success else []
        for before, answer in zip(answers, found, strict=False):
            if answer != before:
                await self.session.emit("breakpoint", {"reason": "changed", "breakpoint": {**answer, "id": before.get("id")}})

    # -- asking Delve ------------------------------------------------------------------------------------------------------

    async def _try(self, last: Hidden | None = None, *, suspended: bool = True) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Try again what waits; a Delve that does not answer is no failure of ours, and there will be another moment.

        `last` and `suspended` as in `Breakpoints.retry`.
        """
        try:
            return await self._own.retry(last, suspended=suspended)
        except OwnCallError as error:
            log.info("breakpoints that wait were not tried again: %s", error)
            return []

    # -- hidden stops ------------------------------------------------------------------------------------------------------

    async def _hide(self, command: str, entry: dict[str, Any], work: Any, name: str) -> None:
        hidden = Hidden(command, entry, work)
        if await hide(self._own, hidden, f"in {name}"):
            self._hidden[name] = hidden

    async def _unhide(self, name: str) -> None:
        hidden = self._hidden.pop(name, None)
        if hidden is not None:
            await unhide(self._own, hidden)

    async def abandon(self) -> None:
        """Let nothing wait, and stop nowhere."""
        self._own.may_come = self._stops.on_library = None
        for name in list(self._hidden):
            await self._unhide(name)
