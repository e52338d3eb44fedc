"""The mapping of one session's source files: read when the program is known, asked by whoever meets a path.

Light, because every session has one from its first message on; what reads and maps is `source_map.py`, which is imported in the
thread where it works. It knows no message: a program that is not on this machine is read through an `Asker`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, TypeVar

import trio

if TYPE_CHECKING:
    from dapshim.delve.planner import Planner
    from dapshim.delve.source_map import SourceMap, Whereabouts
    from dapshim.sources.answers import Answer
    from dapshim.sources.rules import Rules
    from dapshim.sources.spelling import AdapterPath, ClientPath

log = logging.getLogger(__name__)

T = TypeVar("T")

SURVEYED_AT_ONCE: Final = 200
"""Recorded files that are looked up in one turn of the thread, about ten milliseconds, while nobody else can ask."""


class SessionMap:
    """The mapping of one session; `begin` starts anew with each program."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._ready = trio.Event()
        self._asking = trio.Lock()
        self._known: dict[AdapterPath, Answer[ClientPath]] = {}
        self.made: SourceMap | None = None
        """The mapping, None before it is made, and where none can be."""
        self.path = ""
        """The executable, where it is a file of this machine."""
        self.surveyed = False
        """Whether every recorded file is known to be where it was: there is nothing to translate."""

    def begin(self) -> None:
        """Forget the program that was; whoever asks from now on waits for the next one's mapping."""
        self.made, self.path, self.surveyed = None, "", False
        self._known = {}
        if self._ready.is_set():
            self._ready = trio.Event()

    async def ready(self) -> SourceMap | None:
        """Wait for the mapping, and return it, None where there is none."""
        await self._ready.wait()
        return self.made

    async def read_file(self, path: str, rules: Rules) -> None:
        """Make the mapping of an executable of this machine. What cannot be read leaves the session without one."""
        ready = self._ready
        try:
            made = await trio.to_thread.run_sync(self._read, path, rules, abandon_on_cancel=True)
            if ready is self._ready:
                self.made, self.path = made, path
        finally:
            ready.set()
        if self.made is made and made is not None:
            await self._survey(made)

    def give_up(self) -> None:
        """Let nobody wait: there will be no mapping."""
        self._ready.set()

    async def ask(self, question: Callable[[SourceMap], T]) -> T | None:
        """Return what `question` answers; it runs in a thread, since it may read files, and alone. None without a mapping."""
        made = await self.ready()
        if made is None:
            return None
        async with self._asking:
            return await trio.to_thread.run_sync(question, made)

    async def client_paths(self, paths: Iterable[AdapterPath]) -> dict[AdapterPath, Answer[ClientPath]]:
        """Return what each recorded path is to the client; those that were asked for before cost no thread."""
        wanted = dict.fromkeys(paths)
        new = [path for path in wanted if path not in self._known]
        if new:
            found = await self.ask(lambda made: {path: made.map.to_client(path) for path in new})
            self._known |= found or {}
        return {path: self._known[path] for path in wanted if path in self._known}

    def forget(self, path: AdapterPath) -> None:
        """Ask again for a recorded path: the client has used another spelling of its file."""
        self._known.pop(path, None)

    # -- reading ---------------------------------------------------------------------------------------------------------------

    def whereabouts(self, rules: Rules) -> Whereabouts:
        """Return where to look for the sources of the program that is planned."""
        from dapshim.delve.source_map import Whereabouts
        from dapshim.golang.spelling import join, parent
        from dapshim.plan.environment import overlaid
        from dapshim.sources.spelling import ClientPath

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

    def _read(self, path: str, rules: Rules) -> SourceMap | None:
        from dapshim.binary.errors import BinaryError
        from dapshim.binary.opened import OpenedFile
        from dapshim.binary.reading import read_executable
        from dapshim.delve.go_command import GoCommand
        from dapshim.delve.source_map import source_map
        from dapshim.golang.files import CachedFiles, RealFiles

        try:
            with OpenedFile(path) as source:
                go = GoCommand(self._planner.options["go"], CachedFiles(RealFiles()))
                return source_map(read_executable(source), self.whereabouts(rules), go)
        except BinaryError as error:
            log.info("the source files of %s are not mapped: %s", path, error)
            return None

    async def _survey(self, made: SourceMap) -> None:
        """Find out whether every recorded file is where it was, so that messages need not be looked into."""
        from dapshim.sources.spelling import AdapterPath

        paths = [AdapterPath(each.path) for each in made.map.facts.recorded.files]
        for first in range(0, len(paths), SURVEYED_AT_ONCE):
            some = paths[first : first + SURVEYED_AT_ONCE]
            found = await self.client_paths(some)
            if made is not self.made or any(str(found[path].path) != str(path) for path in some):
                return
        self.surveyed = True
