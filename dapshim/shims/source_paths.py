"""Stacks open in the editor's own paths."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import trio

from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import Shim, on
from dapshim.wire.bodies import OutputBody, ProcessBody

if TYPE_CHECKING:
    from dapshim.delve.planner import Planner
    from dapshim.delve.source_map import SourceMap
    from dapshim.proxy.translated import Translator
    from dapshim.sources.rules import Rules
    from dapshim.wire.messages import Message

log = logging.getLogger(__name__)

READING: Final = 120.0
"""Seconds that a program at a distance is held until it has been read: it can be read only while it stands still."""

SURVEY_AFTER: Final = 2.0
"""Seconds from `initialized` on until all files are looked at: dlv and a first stop want the processor before."""

LOOK: Final = 0.02
"""Seconds between two looks whether it is known what Delve builds."""

_RULES: Final = ("substitutePath", "guessSubstitutePath")
"""What dapshim does in Delve's place, so that nothing is done twice."""

_READY_MADE: Final = frozenset({"exec", "core"})
"""Modes whose program is there before dlv is asked."""


class SourcePaths(Shim):
    """The stack opens in your files, whatever paths the binary recorded, with nothing to configure.

    dapshim reads which files the program was built from and finds them here: in the modules of go.work, in `replace`, vendor,
    the module cache, GOROOT; through symbolic links, containers and `-trimpath`. `substitutePath` and `remotePath` are obeyed
    first, by dapshim itself. What is nowhere on this machine is served as a text, so that every frame opens.
    """

    stays_on = True

    def __init__(
        self, planner: Planner, translator: Translator, *, elsewhere: bool, survey_after: float = SURVEY_AFTER
    ) -> None:
        """`elsewhere`: the dlv ran already, so that its files may be another machine's."""
        self._survey_after = survey_after
        self._planner = planner
        self._map = translator.session_map
        self._translator = translator
        self._elsewhere = elsewhere
        self._rules: Rules | None = None
        self._expected = False
        self._there = False
        self._reading: object | None = None
        self._read_ahead = ""
        self._is_read_before = False
        self._seen = trio.Event()
        self._pid: int | None = None

    @property
    def nothing_to_translate(self) -> bool:
        """Whether every recorded path is the client's own."""
        return self._map.nothing_to_translate

    @property
    def read(self) -> bool:
        """Whether nothing is being read."""
        return self._reading is None

    # -- what the mapping is made of -------------------------------------------------------------------------------------------

    @on.request("initialize")
    def look_ahead(self, request: Message) -> None:
        """Look around while a dlv that ran already takes its time for the first answer (Delve 1.27.1: 5 ms)."""
        request.discard()
        if self._elsewhere and not self._there:
            self.session.start(self._map.look_ahead)

    @on.response("initialize")
    def read_ahead(self, response: Message) -> None:
        """Read a program that a headless dlv has already, while the client attaches to it; ask nobody who reads no memory."""
        reads_memory = response.success and response.body.get("supportsReadMemoryRequest") is True
        response.discard()
        if self._elsewhere and reads_memory and not self._there:
            self.session.start(self._read_before_attach)

    async def _read_before_attach(self) -> None:
        try:
            is_read = await self._map.read_ahead(self.session)
        except OwnCallError as error:
            log.info("the program was not read ahead: %s", error)
            return
        self._is_read_before = is_read
        if self._expected and not self._seen.is_set():
            self._take_what_is_read()

    def _take_what_is_read(self) -> None:
        """Have the mapping made of what was read before the client attached, so that it is there when dlv says it is ready."""
        if self._is_read_before:
            self._is_read_before = False
            self._read_by(partial(self._map.read_target, self.session, self._all_rules()))

    @on.request("launch")
    @on.request("attach")
    def begin(self, request: Message) -> None:
        """Take the rules, and read a program that is there already while dlv starts it."""
        if self._there and request.seq > 0:
            return  # Delve refuses a second one; that of a restart is an own call
        arguments = request.arguments
        self._rules, self._pid, self._expected, self._reading, self._read_ahead = _taken(arguments), None, True, None, ""
        self._seen.set()  # who still waits for the program before finds that it is gone
        self._seen = trio.Event()
        self._map.begin()
        if arguments.get("noDebug") is True:
            self._map.give_up()  # Delve 1.27.1 sends no `initialized` then, and sets no breakpoint
            return
        self.session.start(self._map.looking_around(self._all_rules()))
        mode = arguments.get("mode") or "debug"
        program = arguments.get("program")
        if request.name == "launch" and mode in _READY_MADE and isinstance(program, str) and not self._is_elsewhere:
            self._read_file(os.path.join(str(arguments.get("dlvCwd") or ""), program))  # noqa: PTH118 - the user's spelling
        elif request.name == "attach" and isinstance(arguments.get("processId"), int):
            self._pid = arguments["processId"]
            self._note(self._pid)
        elif self._is_built_here:
            self.session.start(partial(self._read_what_is_built, self._seen))
        else:
            self._take_what_is_read()

    async def _read_what_is_built(self, seen: trio.Event) -> None:
        """Read a program when it is built, while Delve loads it: the first breakpoints wait for what was read."""
        from dapshim.delve.build import built

        def is_awaited() -> bool:
            return seen is self._seen and not seen.is_set() and self._expected

        while is_awaited() and self.session.binary is None:  # noqa: ASYNC110 - it is seen from outside, by looking too
            await trio.sleep(LOOK)
        path = self.session.binary
        if path is not None and is_awaited() and await built(path) and is_awaited():
            self._read_ahead = path
            self._read_by(partial(self._map.read_file, path, self._all_rules()))

    @on.response("launch")
    @on.response("attach")
    def end_in_vain(self, response: Message) -> None:
        """Note that there is a program, or let nobody wait for one that will not come."""
        if response.success:
            self._there = True
        elif self._expected:
            self._expected = False
            self._map.give_up()

    @on.request("restart")
    def begin_again(self, request: Message) -> None:
        """Take the rules of the program that will come; until it is there, those that hold go on to hold."""
        nested = request.arguments.get("arguments")
        # A whole configuration without rules has none; one that only says what to do differently leaves them as they are.
        if isinstance(nested, dict) and any(name in nested for name in (*_RULES, "program", "mode")):
            self._rules = _taken(nested)

    @on.event("process")
    def note_process(self, event: Message) -> None:
        """Note the program, and apart from it its children."""
        pid = event.view(ProcessBody).systemProcessId
        if self._expected and self._pid is None:
            self._pid = pid
        self._note(pid)

    def _note(self, pid: int | None) -> None:
        if pid is not None and not self._is_elsewhere:
            self._map.note_process(pid)

    @on.event("initialized")
    def see_program(self, _event: Message) -> None:
        """Have the program read now that it is there, unless that was begun at its launch."""
        again, self._expected = not self._expected, False
        self._seen.set()
        before = self._map.path if again else ""
        if again:
            self._map.begin()
        elif self._reading is not None or not self._read_nothing:
            if self._read_ahead:
                self._tell(self._read_ahead)
            return
        path = self._executable(before)
        if path is not None:
            self._read_file(path)
        else:
            self._read_by(partial(self._map.read_target, self.session, self._all_rules()))

    def _executable(self, before: str) -> str | None:
        """Return the program's file, None where dlv alone can read it; `before` is that of the program that was restarted."""
        if self._is_elsewhere:
            return None
        # Delve 1.27.1 tells no new process id after a restart, so that of the program before leads nowhere then.
        known = (self.session.binary, before, f"/proc/{self._pid}/exe" if self._pid else "")
        return next((each for each in known if each and os.path.exists(each)), None)  # noqa: PTH110 - texts, as on all this way

    @on.request("configurationDone", budget=READING, unless="read")
    async def hold(self, _request: Message) -> None:
        """Let a program that dlv alone can read stand still until it has been read."""
        await self._map.ready()

    @property
    def _read_nothing(self) -> bool:
        """Whether the file that a launch names has told nothing, so that the process may tell more."""
        made = self._map.made
        return made is None or not made.map.facts.recorded.files

    @property
    def _is_elsewhere(self) -> bool:
        planned = self._planner.current
        return self._elsewhere or planned is None or planned.plan.dlv.connect is not None

    @property
    def _is_built_here(self) -> bool:
        planned = self._planner.current
        return planned is not None and planned.plan.build is not None and not self._is_elsewhere

    def _tell(self, path: str) -> None:
        current = self._planner.current
        self._planner.runs((current.origin if current is not None else "") or path)

    def _read_file(self, path: str) -> None:
        self._tell(path)
        self._read_by(partial(self._map.read_file, path, self._all_rules()))

    def _read_by(self, way: Callable[[], Awaitable[SourceMap | None]]) -> None:
        """Have the map made beside everything else, where it is asked for."""
        reading = self._reading = object()
        self.session.start(partial(self._read, way, reading))

    async def _read(self, way: Callable[[], Awaitable[SourceMap | None]], reading: object) -> None:
        """Have the map made; say what is wrong with the rules, and what could not be looked at; look at all files, later."""
        seen = self._seen
        try:
            made = await way()
        except OwnCallError as error:
            log.info("the program was not read: %s", error)  # its dlv went away
            return
        finally:
            if self._reading is reading:
                self._reading = None
        if made is None:
            return
        for text in (*made.map.warnings, *made.notices):
            await self.session.emit("output", OutputBody(output=f"dapshim: {text}\n", category="console"))
        await seen.wait()
        with trio.move_on_after(self._survey_after):
            await self._map.survey_wanted.wait()
        await self._map.survey(made)

    def _all_rules(self) -> Rules:
        from dapshim.sources.rules import NO_RULES

        return self._rules or NO_RULES

    # -- what Delve says -------------------------------------------------------------------------------------------------------

    def open_known_stack(self, response: Message) -> bool:
        """Give every frame its file where no path is new, as at most stops."""
        if self._map.nothing_to_translate and self._translator.all_have_places(response.raw):
            return True
        frames = response.body.get("stackFrames")
        return isinstance(frames, list) and self._translator.known_frames(frames)

    @on.response("stackTrace", at_once="open_known_stack")
    async def open_stack(self, response: Message) -> None:
        """Give every frame a file that can be opened."""
        frames = response.body.get("stackFrames")
        if response.success and isinstance(frames, list):
            if self._map.lacks_process and self._map.is_foreign(_paths(frames)):
                await self._find_process()
            await self._translator.frames(frames)

    async def _find_process(self) -> None:
        """Find the process of a program that was started again: it has code that the program's own file has not."""
        from dapshim.delve.session_processes import processes_of

        try:
            found = await processes_of(self.session)
        except OwnCallError as error:
            log.info("the process of the program is not known: %s", error)
            return
        for pid in found:
            self._note(pid)

    @on.response("disassemble", unless="nothing_to_translate")
    async def open_instructions(self, response: Message) -> None:
        """Give instructions the client's places, which Delve 1.27.1 leaves as they were recorded."""
        instructions = response.body.get("instructions")
        if response.success and isinstance(instructions, list):
            await self._translator.places(instructions, "location")

    @on.response("exceptionInfo", unless="nothing_to_translate")
    async def reword_exception(self, response: Message) -> None:
        """Let the stack of a panic name the client's files."""
        details = response.body.get("details")
        if isinstance(details, dict) and isinstance(text := details.get("stackTrace"), str):
            from dapshim.sources.texts import in_stack, paths_in_stack

            details["stackTrace"] = in_stack(text, await self._translator.words(paths_in_stack(text)))


def _paths(frames: list[Any]) -> list[str]:
    sources = [frame.get("source") for frame in frames if isinstance(frame, dict)]
    return [source["path"] for source in sources if isinstance(source, dict) and isinstance(source.get("path"), str)]


def _taken(arguments: dict[str, Any]) -> Rules | None:
    """Take the rules out of a launch or attach, so that Delve applies none; what are no rules stays, for Delve to refuse."""
    from dapshim.sources.rules import rules_of

    given = arguments.get("substitutePath")
    try:
        rules = rules_of(given) if isinstance(given, list) and all(isinstance(each, Mapping) for each in given) else None
    except ValueError:
        return None
    if rules is not None or given is None:
        for name in _RULES:
            arguments.pop(name, None)
    return rules
