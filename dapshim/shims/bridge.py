"""Debugging a program that has no debug info: by its line table, which every Go program has.

It speaks recorded paths and stands directly outside of `breakpoints`: what is further out, and the client, see what a Delve
would say that could do this. What the program is made of and where it stands is `dapshim.delve`'s; here is only who is told
what, when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import trio

from dapshim.proxy.breakpoints import STEP, Breakpoints, Hidden, Next
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import PASS, Answer, Refuse, Shim, Verdict, on
from dapshim.wire import messages
from dapshim.wire.bodies import (
    BreakpointsBody,
    OutputBody,
    ProcessBody,
    SetBreakpointsArguments,
    SetListArguments,
    StoppedBody,
)
from dapshim.wire.messages import Message, words_of_failure

if TYPE_CHECKING:
    from dapshim.delve.address_breakpoints import AddressBreakpoints, Entry
    from dapshim.delve.current_program import Current
    from dapshim.delve.live_program import Thread
    from dapshim.delve.program_state import ProgramState
    from dapshim.delve.session_map import SessionMap
    from dapshim.delve.steps import Kind, Step
    from dapshim.delve.stripped_program import StrippedProgram

BUDGET: Final = 10.0
"""Seconds for what asks Delve several things: a large executable is read first, and a step sets some hundred breakpoints."""

Saw = Callable[[str], bool]
LIST: Final = "setInstructionBreakpoints"

TOLD: Final = (
    "dapshim: {} has no debug info (built with -s or -w, or stripped). Breakpoints, steps, the stack and goroutines work by "
    "its line table; variables, expressions and conditions do not. Build without -s and -w to have them.\n"
)
NOT_TOLD: Final = "dapshim: the executable has no debug info (built with -s or -w, or stripped), and nothing can be done: {}.\n"


class Bridge(Shim):
    """A program that was built with `-s` or `-w`, or stripped, can be debugged.

    Delve finds no line in such a program, and its threads and steps go astray. dapshim reads the line table that every Go
    program has: breakpoints on lines and functions, log points and hit counts work, stacks have files and lines, goroutines
    are listed, and steps end where they should. The values of variables are not in the program.
    """

    def __init__(
        self, session_map: SessionMap, breakpoints: Breakpoints, current: Current, saw_debug_info: Saw = lambda _path: False
    ) -> None:
        """`saw_debug_info` tells of an executable that was examined already, so that nobody waits for another look."""
        self._map = session_map
        self._saw_debug_info = saw_debug_info
        self._breakpoints = breakpoints
        self._current = current
        self._setting = trio.Lock()
        """Held while Delve's list is sent, since both pumps may."""
        self._undecided = False
        self._process: ProcessBody | None = None
        self._told: set[str] = set()
        self._begin_anew()

    def _begin_anew(self) -> None:
        if self._current.found is not None:
            self._current.found.file.close()
        self._current.found = None
        self._lists: AddressBreakpoints
        self._current.state = None
        self._quiet: list[Hidden] = []
        self._stops: list[Hidden] = []
        self._step: Step | None = None
        self._ended: Thread | None = None
        self._fatal = False
        self._hits: list[tuple[Entry, Thread]] = []
        self._resumed_for: dict[int, str] = {}

    @property
    def idle(self) -> bool:
        """Whether this program has debug info, or there is none."""
        return self._current.found is None and not self._undecided

    @property
    def not_bridging(self) -> bool:
        """Whether no program without debug info is debugged."""
        return self._current.found is None

    @property
    def _bridged(self) -> StrippedProgram:
        if self._current.found is None:
            raise RuntimeError("no program without debug info is debugged")
        return self._current.found

    # -- whether it is needed --------------------------------------------------------------------------------------------------

    @on.event("process")
    def note_process(self, event: Message) -> None:
        """Note which process it is, so that a look at its executable may be all that is needed."""
        self._process = self._process or event.view(ProcessBody)

    @on.event("initialized")
    def begin(self, _event: Message) -> None:
        """Decide anew, when the client says more."""
        self._begin_anew()
        self._undecided = True

    @on.request("configurationDone", unless="idle", budget=BUDGET)
    async def decide(self, _request: Message) -> None:
        """Decide at the latest before the program runs."""
        await self._needed()
        self._current.state = None

    async def _needed(self) -> bool:
        if self._undecided:
            self._undecided = False
            if await self._is_healthy():
                return False
            from dapshim.delve.stripped_program import UnbridgedError, stripped_program

            try:
                found = await stripped_program(self._ask, self._map.path)
            except UnbridgedError as error:
                await self._say(NOT_TOLD.format(error))
                return False
            if found is not None:
                await self._take_up(found)
        return self._current.found is not None

    async def _is_healthy(self) -> bool:
        """Whether the executable is known to have debug info, without Delve being asked."""
        if self._map.has_variables or (self._map.path and self._saw_debug_info(self._map.path)):
            self._process = None
            return True
        from dapshim.delve.debug_info import executable_of, has_debug_info

        process, self._process = self._process, None
        for path in filter(None, (self._map.path, executable_of(process.systemProcessId, process.name) if process else None)):
            if await trio.to_thread.run_sync(has_debug_info, path):
                return True
        return False

    async def _take_up(self, found: StrippedProgram) -> None:
        from dapshim.delve.address_breakpoints import AddressBreakpoints
        from dapshim.delve.program_state import ProgramState

        self._current.found = found
        self._lists = AddressBreakpoints(found.program.code, found.program.bias)
        self._current.state = ProgramState(found.program)
        if found.fatal:
            await self._breakpoints.exchange([], [self._hidden(each, self._at_fatal) for each in found.fatal])
        if found.path not in self._told:
            self._told.add(found.path)
            await self._say(TOLD.format(found.path))

    async def _ask(self, command: str, arguments: dict[str, Any]) -> Message:
        try:
            return await self.session.call(command, arguments)
        except OwnCallError as error:
            return messages.failure(messages.request(command), str(error), error_id=9601)

    async def _say(self, text: str) -> None:
        await self.session.emit("output", OutputBody(output=text, category="console"))

    async def abandon(self) -> None:
        """Leave Delve without breakpoints of ours, and close the file."""
        with suppress(OwnCallError):
            await self._breakpoints.exchange([*self._quiet, *self._stops], [])
        self._begin_anew()

    # -- breakpoints -----------------------------------------------------------------------------------------------------------

    @on.request("setBreakpoints", unless="idle", budget=BUDGET)
    async def set_lines(self, request: Message) -> Verdict:
        """Set lines as instructions."""
        if not await self._needed():
            return PASS
        asked = request.view(SetBreakpointsArguments)
        return await self._set(self._lists.set_lines, asked.source.path or "", asked.breakpoints)

    @on.request("setFunctionBreakpoints", unless="idle", budget=BUDGET)
    async def set_functions(self, request: Message) -> Verdict:
        """Set functions as instructions."""
        if not await self._needed():
            return PASS
        return await self._set(self._lists.set_functions, request.view(SetListArguments).breakpoints)

    @on.request("setInstructionBreakpoints", unless="idle", budget=BUDGET)
    async def set_instructions(self, request: Message) -> Verdict:
        """Set instructions among the others."""
        if not await self._needed():
            return PASS
        return await self._set(self._lists.set_instructions, request.view(SetListArguments).breakpoints)

    async def _set(self, place: Callable[..., list[Entry]], *asked: object) -> Verdict:
        """Set one of the person's lists, send Delve all that is set, and answer for that list."""
        entries = await trio.to_thread.run_sync(place, *asked)
        verdict: Verdict = Refuse("Delve did not answer in time", error_id=2002)
        async with self._setting:
            with self.session.untorn(BUDGET):
                verdict = await self._send_all(entries)
        return verdict

    async def _send_all(self, entries: list[Entry]) -> Verdict:
        loud, quiet = self._lists.loud(), self._lists.quiet()
        wanted = [{"instructionReference": hex(address)} for address in loud]
        response = await self._ask(LIST, {"breakpoints": wanted})
        if not response.success:
            return Refuse(words_of_failure(response), error_id=2002)
        self._lists.note(loud, response.view(BreakpointsBody).breakpoints)
        if {hidden.entry["instructionReference"] for hidden in self._quiet} != {hex(each) for each in quiet}:
            old, self._quiet = self._quiet, [self._hidden(each, self._at_hidden) for each in sorted(quiet)]
            with suppress(OwnCallError):
                await self._breakpoints.exchange(old, self._quiet)
        return Answer({"breakpoints": [entry.answer() for entry in entries]})

    @staticmethod
    def _hidden(address: int, work: Any) -> Hidden:
        return Hidden(LIST, {"instructionReference": hex(address)}, work)

    async def _passed(self, state: ProgramState, threads: Iterable[Thread]) -> list[tuple[Entry, Thread]]:
        """Do what is due where threads stand; return what is hit of the person's breakpoints."""
        found = []
        for thread in threads:
            for entry in self._lists.at(thread.pc):
                if entry.is_quiet and not entry.counts():
                    continue
                if entry.log_message:
                    await self._log(entry, await state.on(thread))
                else:
                    found.append((entry, thread))
        return found

    async def _log(self, entry: Entry, goroutine: Any) -> None:
        text = f"> [Go {goroutine.id if goroutine is not None else 0}]: {entry.log_message}\n"
        await self.session.emit("output", {"category": "stdout", "output": text, **entry.source})

    # -- stops -----------------------------------------------------------------------------------------------------------------

    def _look(self) -> ProgramState:
        """Look at the program anew: it has run since."""
        from dapshim.delve.program_state import ProgramState

        return ProgramState(self._bridged.program)

    @on.event("stopped", unless="not_bridging", budget=BUDGET)
    async def show(self, event: Message) -> None:
        """Say which goroutine has stopped, and why."""
        state = self._current.state = self._look()
        stop = event.view(StoppedBody)
        step, self._step = self._step, None
        ended, self._ended = self._ended, None
        hits, self._hits = self._hits, []
        if self._fatal:
            event.body.update(reason="exception", description="panic")
        elif not hits and ended is None and stop.hitBreakpointIds and stop.reason != "exception":
            hits = await self._hit(state, stop.hitBreakpointIds)
        thread = hits[0][1] if hits else ended
        if hits:
            event.body["reason"] = hits[0][0].reason
            event.body["hitBreakpointIds"] = list(dict.fromkeys(entry.id for entry, each in hits if each is thread))
        elif ended is not None and step is not None:
            event.body["reason"] = "step"
        goroutine = await state.on(thread) if thread is not None else None
        event.body["threadId"] = goroutine.id if goroutine is not None else await state.shown()

    async def _hit(self, state: ProgramState, ids: list[int]) -> list[tuple[Entry, Thread]]:
        """Return which of the person's breakpoints were hit, and by which thread: what Delve names before what it does not."""
        named = {self._lists.address_of(each) for each in ids}
        threads = sorted(await state.threads(), key=lambda each: each.pc not in named)
        found = await self._passed(state, threads)
        return sorted(found, key=lambda each: each[1].pc not in named)

    @on.event("continued", unless="not_bridging")
    def run_on(self, event: Message) -> None:
        """Name a goroutine in the place of none."""
        event.body.setdefault("threadId", 1)

    # -- going on --------------------------------------------------------------------------------------------------------------

    @on.request("continue", unless="not_bridging", budget=BUDGET)
    async def go_on(self, _request: Message) -> None:
        """Take out what the last step has set."""
        self._current.state = None
        with suppress(OwnCallError):
            await self._exchange_stops()

    @on.request("next", unless="not_bridging", budget=BUDGET)
    async def step_over(self, request: Message) -> None:
        """Step over a line."""
        await self._begin_step(request, "next")

    @on.request("stepIn", unless="not_bridging", budget=BUDGET)
    async def step_in(self, request: Message) -> None:
        """Step into a call."""
        await self._begin_step(request, "stepIn")

    @on.request("stepOut", unless="not_bridging", budget=BUDGET)
    async def step_out(self, request: Message) -> None:
        """Step out of a function, or of an inlined call."""
        await self._begin_step(request, "stepOut")

    async def _begin_step(self, request: Message, kind: Kind) -> None:
        """Let the request be a `continue` to where the step may end; Delve answers it, so its order is Delve's."""
        goid, state = request.arguments.get("threadId"), self._current.state
        self._current.state = None
        step = None
        with suppress(OwnCallError):
            if request.arguments.get("granularity") != "instruction" and state is not None and isinstance(goid, int):
                step = await self._planned(kind, state, goid)
            await self._exchange_stops(step)
        if step is None:
            request.arguments["threadId"] = 0
            return
        self._step = step
        self._resumed_for[request.seq] = request.name
        request.data["command"] = request.name = "continue"
        await self.session.emit("continued", {"threadId": goid, "allThreadsContinued": True})

    async def _planned(self, kind: Kind, state: ProgramState, goid: int) -> Step | None:
        from dapshim.delve.disassembly import calls_to_anywhere
        from dapshim.delve.steps import begin_step

        program, goroutine = self._bridged.program, await state.goroutine(goid)
        if goroutine is None:
            return None
        step = begin_step(
            kind, program.code, program.bias, await state.frames(goid), goroutine, await state.deferred(goroutine)
        )
        if step is not None and kind == "stepIn":
            step.calls = await calls_to_anywhere(self._ask, program.code, program.bias, step.top)
        return step

    @on.response("continue", unless="not_bridging")
    def answer_step(self, response: Message) -> None:
        """Let the answer be one to the step that was asked for."""
        command = self._resumed_for.pop(response.reply_to or 0, None)
        if command is not None:
            response.data["command"] = response.name = command
            response.data.pop("body", None)

    async def _exchange_stops(self, step: Step | None = None) -> None:
        """Have the program stopped where a step may end and nowhere else; where the person's breakpoints are, it is anyway."""
        taken = self._lists.quiet().union(self._lists.loud())
        wanted = {address + self._bridged.program.bias for address in step.addresses} if step is not None else set[int]()
        old, self._stops = self._stops, [self._hidden(each, self._at_hidden) for each in sorted(wanted - taken)]
        if old or self._stops:
            async with self._setting:
                await self._breakpoints.exchange(old, self._stops)

    async def _at_hidden(self, _event: Message) -> Next:
        """Count and log what stands here of the person's, and look whether a step has ended: right goroutine, right frame."""
        state, step = self._look(), self._step
        threads = await state.threads()
        if step is not None and step.calling:
            return await self._after_call(step, threads)
        self._hits = await self._passed(state, threads)
        if step is None or self._hits:
            return bool(self._hits)
        from dapshim.delve.steps import reached

        program = self._bridged.program
        now = await state.goroutine_at(step.goroutine.address)
        found = reached(step, program.code, program.bias, threads, now) if now is not None else None
        if found is None:
            return False
        thread, at_call = found
        if at_call:
            # The instruction is run by the thread that stopped; another one's CALL is stepped over.
            step.calling = thread is threads[0]
            return STEP if step.calling else False
        self._ended = thread
        return True

    async def _at_fatal(self, _event: Message) -> Next:
        self._fatal = True
        return True

    async def _after_call(self, step: Step, threads: Sequence[Thread]) -> Next:
        """Have the step end in what was called."""
        from dapshim.delve.steps import enter

        step.calling = False
        program = self._bridged.program
        if threads and enter(step, program.code, threads[0].pc - program.bias):
            self._ended = threads[0]
            return True
        await self._exchange_stops(step)
        return False
