"""The mapping of one session's source files: read when the program is known, asked by whoever meets a path.

Light, because every session has one from its first message on; what reads and maps is `source_map.py`, which is imported in the
thread where it works. It knows no message: a program that is not on this machine is read through an `Asker`.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import attrs
import trio

if TYPE_CHECKING:
    from dapshim.binary.recorded import Recorded
    from dapshim.delve.go_command import GoCommand
    from dapshim.delve.planner import Planner
    from dapshim.delve.remote_reading import Asker
    from dapshim.delve.source_map import SourceMap, Whereabouts
    from dapshim.sources.answers import Answer
    from dapshim.sources.rules import Rules
    from dapshim.sources.spelling import AdapterPath, ClientPath

log = logging.getLogger(__name__)

T = TypeVar("T")

SURVEYED_AT_ONCE: Final = 200
"""Recorded files that are looked up in one turn of the thread, about ten milliseconds, while nobody else can ask."""


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
        self._respelt = False
        self.told_apart = False
        """Whether a recorded file may be shown in more than one way, so that a stop decides which."""
        self._open_as: dict[AdapterPath, ClientPath] = {}
        self._built_at: float | None = None
        self._shown_as: dict[AdapterPath, ClientPath] = {}

    def begin(self) -> None:
        """Forget the program that was; whoever asks from now on waits for the next one's mapping."""
        self.made, self.path = None, ""
        self.surveyed = self._respelt = self.told_apart = False
        self._known, self._shown_as, self._open_as = {}, {}, {}
        planned = self._planner.current
        self._built_at = time.time() if planned is not None and planned.plan.build is not None else None
        self._begun = True
        before, self._ready = self._ready, trio.Event()
        before.set()

    @property
    def nothing_to_translate(self) -> bool:
        """Whether every recorded path is the client's own, so that messages need not be looked into."""
        return self.surveyed and not self._respelt

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

    async def read_file(self, path: str, rules: Rules) -> SourceMap | None:
        """Make the mapping of an executable of this machine; one that cannot be read has the rules alone."""
        self.path = path
        with self._making() as take:
            return take(await _in_thread(lambda: self._read(path, rules)))

    async def read_target(self, asker: Asker, rules: Rules) -> SourceMap | None:
        """Make the mapping of a program that dlv alone can read, and that is halted; else it has the rules alone."""
        from dapshim.delve.remote_reading import TargetUnreadableError, read_target
        from dapshim.delve.target_cache import cache_of

        with self._making() as take:
            try:
                target = await read_target(asker, cache_of(os.environ))
            except TargetUnreadableError as error:
                log.info("the source files of the program are not mapped: %s", error)
                return take(await _in_thread(lambda: self._of(None, rules)))

            def make() -> SourceMap:
                made = self._of(target.recorded, rules)
                return attrs.evolve(made, code=target.code, table=target.table, text=target.text)

            return take(await _in_thread(make))

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
            found = await self._asked(made, lambda made: {path: made.map.to_client(path) for path in new})
            for path, answer in found.items():
                known.setdefault(path, answer)  # a breakpoint that was hit meanwhile knows better
        return {path: known[path] for path in wanted if path in known}

    async def _expected(self) -> SourceMap | None:
        """Wait for the mapping, but not where no program was asked for yet."""
        return await self.ready() if self._begun else self.made

    async def _asked(self, made: SourceMap, question: Callable[[SourceMap], T]) -> T:
        async with self._asking:
            return await trio.to_thread.run_sync(question, made)

    def known(self, path: AdapterPath) -> Answer[ClientPath] | None:
        """Return what a recorded path is to the client, None where that has not been asked yet."""
        return self._known.get(path)

    # -- what the client has open ----------------------------------------------------------------------------------------------

    def uses(self, client: ClientPath, answer: Answer[AdapterPath]) -> None:
        """Note that the client has a file open: what comes back of it comes in this spelling."""
        if answer.path is not None:
            if self.made is not None:
                # Noted by the map when it was asked for `client`, so that no file is read here.
                self._known[answer.path] = self.made.map.to_client(answer.path)
            if self._open_as.setdefault(answer.path, client) != client:
                self.told_apart = True
        if answer.spans:
            self.told_apart = True
        if answer.spans or (answer.path is not None and str(answer.path) != str(client)):
            self._respelt = True

    def prefer(self, client: ClientPath, path: AdapterPath) -> None:
        """Show a recorded file, from now on, as this one of the client's, which was asked for before."""
        if self.made is None:
            return
        answer = self.made.map.to_adapter(client)
        if answer.path == path:
            self._known[path] = self.made.map.to_client(path)
            self._shown_as.pop(path, None)
        else:
            self._shown_as[path] = client

    def prefer_none(self) -> None:
        """Show recorded places again where they are recorded, not in the generated files whose breakpoints were hit."""
        self._shown_as.clear()

    def shown_as(self, path: AdapterPath, line: int) -> tuple[ClientPath, int] | None:
        """Return the generated file and line that a recorded place is shown as, where a breakpoint in that file was hit."""
        client = self._shown_as.get(path)
        if client is None or self.made is None:
            return None
        for span in self.made.map.to_adapter(client).spans:
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

    # -- reading ---------------------------------------------------------------------------------------------------------------

    def whereabouts(self, rules: Rules) -> Whereabouts:
        """Return where to look for the sources of the program that is planned."""
        from dapshim.delve.source_map import Whereabouts
        from dapshim.delve.written_rules import written_rules
        from dapshim.golang.spelling import join, parent
        from dapshim.plan.environment import overlaid
        from dapshim.sources.rules import Rules
        from dapshim.sources.spelling import ClientPath

        rules = Rules((*rules.rules, *written_rules(self._planner.options).rules))
        planned = self._planner.current
        if planned is None:
            return Whereabouts((os.getcwd(),), dict(os.environ), rules=rules)  # noqa: PTH109 - texts, as everywhere on this way
        build, folders = planned.plan.build, []
        if build is not None:
            folders.append(join(build.directory, build.package) if build.package.startswith(".") else build.directory)
        elif isinstance(program := planned.plan.arguments.get("program"), str) and program.startswith(os.sep):
            folders.append(parent(program))
        folder = planned.folder
        return Whereabouts(
            tuple(dict.fromkeys([folder, *folders] if build is None else [*folders, folder])),
            overlaid(os.environ, build.environment if build is not None else {}),
            (ClientPath(folder),),
            folders[0] if build is not None else "",
            rules,
            build.flags if build is not None else (),
        )

    def _read(self, path: str, rules: Rules) -> SourceMap:
        from dapshim.binary.errors import BinaryError
        from dapshim.binary.opened import OpenedFile
        from dapshim.binary.reading import read_executable
        from dapshim.delve.source_map import source_map

        try:
            with OpenedFile(path) as source:
                return source_map(read_executable(source), self.whereabouts(rules), self._go())
        except BinaryError as error:
            log.info("the source files of %s are not mapped: %s", path, error)
            return self._of(None, rules)

    def _of(self, recorded: Recorded | None, rules: Rules) -> SourceMap:
        from dapshim.binary.recorded import Recorded
        from dapshim.delve.source_map import source_map_of

        return source_map_of(recorded or Recorded(), self.whereabouts(rules), self._go())

    def _go(self) -> GoCommand:
        from dapshim.delve.go_command import GoCommand
        from dapshim.golang.files import CachedFiles, RealFiles

        return GoCommand(self._planner.options["go"], CachedFiles(RealFiles()))

    async def survey(self, made: SourceMap) -> None:
        """Find out whether every recorded file is where it was, so that messages need not be looked into."""
        from dapshim.sources.spelling import AdapterPath

        paths = [AdapterPath(each.path) for each in made.map.facts.recorded.files]
        for first in range(0, len(paths), SURVEYED_AT_ONCE):
            some = paths[first : first + SURVEYED_AT_ONCE]
            found = await self.client_paths(some)
            if made is not self.made or any(path not in found or str(found[path].path) != str(path) for path in some):
                return
        self.surveyed = True


async def _in_thread(make: Callable[[], SourceMap]) -> SourceMap:
    return await trio.to_thread.run_sync(make, abandon_on_cancel=True)
