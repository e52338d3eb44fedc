"""The mapping of one session's source files: read when the program is known, asked by whoever meets a path.

Light, because every session has one from its first message on; what reads and maps is `source_map.py`, which is imported in the
thread where it works. It knows no message: a program that is not on this machine is read through an `Asker`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

import attrs
import trio

from dapshim.delve.beside import in_thread
from dapshim.delve.further_programs import LOADED, FurtherPrograms
from dapshim.delve.program_mapping import ProgramMapping

if TYPE_CHECKING:
    from dapshim.binary.files_of_code import FilesOfCode
    from dapshim.delve.planner import Planner
    from dapshim.delve.remote_reading import Asker, ReadTarget
    from dapshim.delve.source_map import SourceMap
    from dapshim.delve.target_reading import TargetReading
    from dapshim.sources.answers import Answer
    from dapshim.sources.rules import Rules
    from dapshim.sources.spelling import AdapterPath, ClientPath

T = TypeVar("T")

Code = tuple[str, int]
"""A function as Delve names a frame, and an address in it."""

SURVEYED_AT_ONCE: Final = 20
"""Recorded files that are looked up in one turn of the thread, about a millisecond, while nobody else can ask."""

LOOKING_UP: Final = 5.0
"""Seconds that a look into the mapping may take, not torn by an interruption: it is quick, and half a translation is none."""

BETWEEN_TURNS: Final = 0.01
"""Seconds from one turn to the next: all that is on its way goes first."""


class SessionMap:
    """The mapping of one session; `begin` starts anew with each program.

    What was still being read or asked of the program before has no part in that of the next one.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._ready = trio.Event()
        self._asking = trio.Lock()
        self._begun = False
        self._known: dict[AdapterPath, Answer[ClientPath]] = {}
        self.made: SourceMap | None = None
        """The mapping, None before it is made, and where none can be."""
        self.path = ""
        """The executable, where it is a file of this machine."""
        self.surveyed = False
        """Whether every recorded file is known to be where it was."""
        self.survey_wanted = trio.Event()
        """Set by who would rather not look into many more texts."""
        self._respelt = False
        self.told_apart = False
        """Whether a recorded file may be shown in more than one way, so that a stop decides which."""
        self.has_variables = False
        """Whether Delve has told variables of the program, so that it has debug info."""
        self._open_as: dict[AdapterPath, ClientPath] = {}
        self._built_at: float | None = None
        self._mapping = ProgramMapping(planner)
        self._ahead: TargetReading | None = None
        self._shown_as: dict[AdapterPath, tuple[ClientPath, int]] = {}
        self.placed: dict[Code, tuple[AdapterPath, int] | None] = {}
        """What `places_of_code` has answered."""
        self.further = FurtherPrograms(planner.programs)
        """What the program has beside it; what blocks there is asked in the thread of `ask`."""
        self.untranslated: set[str] = set()
        """The client's files whose last list of breakpoints went to Delve as it came: the mapping was not waited for."""

    def begin(self) -> None:
        """Forget the program that was; whoever asks from now on waits for the next one's mapping."""
        self.made, self.path = None, ""
        self.surveyed = self._respelt = self.told_apart = self.has_variables = False
        self._known, self._shown_as, self._open_as, self.placed = {}, {}, {}, {}
        self.untranslated = set()
        self.further = FurtherPrograms(self._planner.programs)
        self._mapping.begin()
        planned = self._planner.current
        self._built_at = time.time() if planned is not None and planned.plan.build is not None else None
        self._begun = True
        before, self._ready = self._ready, trio.Event()
        before.set()

    @property
    def nothing_to_translate(self) -> bool:
        """Whether every recorded path is the client's own, so that messages need not be looked into."""
        return self.surveyed and not self._respelt and not self._has_further

    @property
    def _has_further(self) -> bool:
        """Whether there may be code of other executables, whose sources lie elsewhere; a host of plugins is not surveyed."""
        is_none_of_gos = bool(self.path) and self.made is not None and not self.made.map.facts.recorded.files
        return self.further.has_own_code or is_none_of_gos

    def note_process(self, pid: int) -> None:
        """Note a process of the session that runs on this machine."""
        self.further.note(pid)

    @property
    def lacks_process(self) -> bool:
        """Whether the program runs on this machine, and nobody has told its process: Delve 1.27.1 does not at a restart."""
        return bool(self.path) and not self.further.pids

    def is_foreign(self, paths: Iterable[str]) -> bool:
        """Whether one of these recorded paths is none of the program's own."""
        from dapshim.sources.spelling import AdapterPath, key

        return self.made is not None and any(key(AdapterPath(path)) not in self.made.map.index.by_key for path in paths)

    def to_adapter(self, made: SourceMap, client: ClientPath) -> Answer[AdapterPath]:
        """Return the recorded path of a file of the client's, in whichever executable has it; in the thread of `ask`."""
        from dapshim.delve.opened_workspace import is_at_home, look_there

        if not is_at_home(made) and look_there(made, client, self._mapping.go) is not None:
            self._known = {}
        return self.further.to_adapter(made, client)

    @property
    def is_ready(self) -> bool:
        """Whether nobody has to wait for the mapping, or for the knowledge that there is none."""
        return self._ready.is_set()

    async def ready(self) -> SourceMap | None:
        """Wait for the mapping, and return it, None where there is none."""
        waited = None
        while waited is not self._ready:  # another program may have come meanwhile
            waited = self._ready
            await waited.wait()
        return self.made

    # -- reading -------------------------------------------------------------------------------------------------------------

    def looking_around(self, rules: Rules) -> Callable[[], Awaitable[None]]:
        """Return what looks around on this machine, to be done beside all else; see `ProgramMapping`."""
        return self._mapping.looking_around(rules)

    async def read_file(self, path: str, rules: Rules) -> SourceMap | None:
        """Make the mapping of an executable of this machine; one that cannot be read has the rules alone."""
        self.path = path
        self.further.is_beside(path)
        with self._making() as take:
            made = take(await self._mapping.of(await self._mapping.read(path), rules))
        if made is not None and made.code is not None:
            # While dlv reads the program, and nobody asks.
            await in_thread(_get_ready, made.code)
        return made

    async def look_ahead(self) -> None:
        """Look around before it is known what will be attached to; see `ProgramMapping`."""
        await self._mapping.look_ahead()

    async def read_ahead(self, asker: Asker) -> bool:
        """Read the program that dlv alone can read before anybody has attached to it; return whether that could be done."""
        from dapshim.delve.target_reading import TargetReading

        self._ahead = TargetReading(asker, self._planner.programs)
        return await self._ahead.read() is not None

    async def read_target(self, asker: Asker, rules: Rules) -> SourceMap | None:
        """Make the mapping of a program that dlv alone can read, and that is halted; else it has the rules alone.

        What was read ahead is that program, if this is the first one.
        """
        with self._making() as take:
            target, keeping = await self._read_or_read_before(asker)
            if target is None:
                return take(await self._mapping.of(None, rules))
            self.has_variables = target.how == "table"
            made = take(attrs.evolve(await self._mapping.of(target.program, rules), text=target.text))
        for keep in keeping:  # nobody waits for that
            await in_thread(keep)
        return made

    async def _read_or_read_before(self, asker: Asker) -> tuple[ReadTarget | None, list[Callable[[], None]]]:
        """Return what was read of a program, and what is to be done when nobody waits for it any more."""
        from dapshim.delve.target_reading import TargetReading

        ahead, self._ahead = self._ahead, None
        if ahead is not None and (found := await ahead.found()) is not None:
            return found, ahead.keeping
        reading = TargetReading(asker, self._planner.programs)
        return await reading.read(), reading.keeping

    @contextmanager
    def _making(self) -> Iterator[Callable[[SourceMap], SourceMap | None]]:
        """Give what takes the mapping of the program that is there now; None when that is another one meanwhile."""
        ready = self._ready

        def take(made: SourceMap) -> SourceMap | None:
            if ready is not self._ready:
                return None
            self.made = made
            return made

        try:
            yield take
        finally:
            # Whatever becomes of it, nobody may wait for ever.
            ready.set()

    def give_up(self) -> None:
        """Let nobody wait: there will be no mapping."""
        self._ready.set()

    # -- asking --------------------------------------------------------------------------------------------------------------

    async def ask(self, question: Callable[[SourceMap], T]) -> T | None:
        """Return what `question` answers; it runs in a thread, since it may read files, and alone. None without a mapping."""
        made = await self._expected()
        return await self._asked(made, question) if made is not None else None

    async def client_paths(self, paths: Iterable[AdapterPath]) -> dict[AdapterPath, Answer[ClientPath]]:
        """Return what each recorded path is to the client; those that were asked for before cost no thread."""
        wanted = dict.fromkeys(paths)
        made = await self._expected() if any(path not in self._known for path in wanted) else None
        known = self._known
        new = [path for path in wanted if path not in known]
        if new and made is not None:
            found = await self._asked(made, lambda made: {path: self.further.to_client(made, path) for path in new})
            for path, answer in found.items():
                known.setdefault(path, answer)  # a breakpoint that was hit meanwhile knows better
        return {path: known[path] for path in wanted if path in known}

    async def _expected(self) -> SourceMap | None:
        """Wait for the mapping, but not where no program was asked for yet."""
        return await self.ready() if self._begun else self.made

    async def _asked(self, made: SourceMap, question: Callable[[SourceMap], T]) -> T:
        with trio.CancelScope(deadline=trio.current_time() + LOOKING_UP, shield=True):
            async with self._asking:
                return await trio.to_thread.run_sync(question, made)
        async with self._asking:  # a slow disk: whoever has waited so long may be interrupted
            return await trio.to_thread.run_sync(question, made)

    async def places_of_code(self, asked: Iterable[Code]) -> dict[Code, tuple[AdapterPath, int] | None]:
        """Return where code is of which Delve does not say it; None for what is nowhere. It is asked for once."""
        wanted = dict.fromkeys(asked)
        new = [each for each in wanted if each not in self.placed]
        found = await self.ask(lambda made: {each: self._place_of(made, each) for each in new}) if new else {}
        if found is not None:
            self.placed.update(found)
        return {each: self.placed.get(each) for each in wanted}

    def _place_of(self, made: SourceMap, code: Code) -> tuple[AdapterPath, int] | None:
        function, address = code
        found, pid = made.place_of(function, address), next(iter(self.further.pids), None)
        if found is not None or pid is None or made.program is None:
            return found
        from dapshim.delve.live_program import moved

        return made.place_of(function, address - moved(pid, made.program.base))

    def known(self, path: AdapterPath) -> Answer[ClientPath] | None:
        """Return what a recorded path is to the client, None where that has not been asked yet."""
        return self._known.get(path)

    # -- what the client has open ----------------------------------------------------------------------------------------------

    def uses(self, client: ClientPath, answer: Answer[AdapterPath]) -> None:
        """Note that the client has a file open: what comes back of it comes in this spelling."""
        if answer.path is not None:
            if self.made is not None:
                # Noted by the map when it was asked for `client`, so that no file is read here.
                self._known[answer.path] = (self.further.map_of(answer.path) or self.made).map.to_client(answer.path)
            if self._open_as.setdefault(answer.path, client) != client:
                self.told_apart = True
        if answer.spans:
            self.told_apart = True
        if answer.spans or (answer.path is not None and str(answer.path) != str(client)):
            self._respelt = True

    def prefer(self, client: ClientPath, path: AdapterPath, line: object = None) -> None:
        """Show a recorded file, from now on, as this one of the client's, asked for before, at `line` first of all."""
        if self.made is None:
            return
        made = self.further.map_of(path) or self.made
        answer = made.map.to_adapter(client)
        if answer.path == path:
            self._known[path] = made.map.to_client(path)
            self._shown_as.pop(path, None)
        else:
            self._shown_as[path] = client, line if isinstance(line, int) else 0

    def prefer_none(self) -> None:
        """Show recorded places again where they are recorded, not in the generated files whose breakpoints were hit."""
        self._shown_as.clear()

    def shown_as(self, path: AdapterPath, line: int) -> tuple[ClientPath, int] | None:
        """Return the generated file and line that a recorded place is shown as, where a breakpoint in that file was hit."""
        if path not in self._shown_as or self.made is None:
            return None
        client, hit = self._shown_as[path]
        # Several lines may be of one line of the template: then that of the breakpoint is meant.
        for span in sorted(self.made.map.to_adapter(client).spans, key=lambda each: not each.first <= hit <= each.last):
            if span.path == path and span.line <= line <= span.line + span.last - span.first:
                return client, span.first + line - span.line
        return None

    def may_have_changed(self, client: ClientPath) -> bool:
        """Whether a local file may be another than the one that was compiled; what was just built is not looked at again."""
        if self._built_at is None:
            return True
        try:
            return os.stat(client).st_mtime > self._built_at  # noqa: PTH116 - texts, as everywhere on this way
        except OSError:
            return True

    # -- all files at once ---------------------------------------------------------------------------------------------------

    async def survey(self, made: SourceMap) -> None:
        """Find out whether every recorded file is where it was, so that messages need not be looked into."""
        from dapshim.sources.spelling import AdapterPath

        paths = [AdapterPath(each.path) for each in made.map.facts.recorded.files]
        for first in range(0, len(paths), SURVEYED_AT_ONCE):
            some = paths[first : first + SURVEYED_AT_ONCE]
            found = await self.client_paths(some)
            if made is not self.made or any(path not in found or str(found[path].path) != str(path) for path in some):
                return
            await trio.sleep(BETWEEN_TURNS)
        # What a plugin records is looked at when it is there.
        self.surveyed = made.address_of(LOADED) is None


def _get_ready(code: FilesOfCode) -> None:
    from dapshim.binary.errors import BinaryError

    with suppress(BinaryError):  # who asks is told
        code.get_ready()
