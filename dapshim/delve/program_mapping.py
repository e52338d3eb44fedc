"""How a program's mapping is made for a session: what is here is looked at once, and the program that was read is put to it.

Light, as `session_map.py` is; what reads and maps is imported in the thread where it works. Everything here is asked anew for
each program of a session, and keeps nothing of the one before.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Final

import attrs
import trio

from dapshim.delve.beside import in_thread

if TYPE_CHECKING:
    from dapshim.delve.go_command import GoCommand
    from dapshim.delve.planned import Planned
    from dapshim.delve.planner import Planner
    from dapshim.delve.read_programs import ReadProgram
    from dapshim.delve.source_map import SourceMap, Surroundings, Whereabouts
    from dapshim.golang.toolchain import GoEnv
    from dapshim.options.layers import Options
    from dapshim.sources.rules import Rules

log = logging.getLogger(__name__)

AHEAD: Final = 2.0
"""Seconds for which what was seen ahead holds: an editor attaches at once."""


class ProgramMapping:
    """Makes mappings for the program that is planned, by the rules that are given."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._looking: _Looking | None = None
        self._looked_for: Planned | None = None
        self._ahead: _Ahead | None = None

    def begin(self) -> None:
        """Forget what was seen for the program before."""
        self._looking = None

    def looking_around(self, rules: Rules) -> Callable[[], Awaitable[None]]:
        """Return what looks around on this machine, to be done beside all else; from now on the mapping waits for that.

        Mostly it is waited for go, and whoever has the program read need not wait for both, one after the other.
        """
        looking = self._looking = _Looking(rules)

        async def look() -> None:
            try:
                looking.found = await in_thread(self._surroundings, rules)
            finally:
                looking.done.set()

        return look

    async def look_ahead(self) -> None:
        """Look around as for an attach to a headless dlv that asks for nothing, while it is waited for dlv."""
        found = await in_thread(self.expected)
        self._ahead = _Ahead(found) if found is not None else None

    def expected(self) -> Surroundings | None:
        """Return what such an attach would see now, None where it cannot be planned. Blocks."""
        from dapshim.delve.source_map import surroundings
        from dapshim.sources.rules import NO_RULES

        planned = self._planner.expected()
        if planned is None:
            return None
        return surroundings(self._whereabouts(planned, NO_RULES), self._go_of(planned.options, {}))

    async def read(self, path: str) -> ReadProgram | None:
        """Read an executable of this machine; None where it is none."""
        return await in_thread(self._read, path)

    async def of(self, program: ReadProgram | None, rules: Rules) -> SourceMap:
        """Return the mapping of what was read; where nothing was, it has the rules alone."""
        around = await self._around(rules)

        def make() -> SourceMap:
            from dapshim.binary.recorded import Recorded
            from dapshim.delve.program_reading import program_of_names
            from dapshim.delve.source_map import source_map_of

            return source_map_of(program or program_of_names(Recorded()), around)

        return await in_thread(make)

    async def _around(self, rules: Rules) -> Surroundings:
        looking = self._looking
        if looking is not None and looking.rules == rules:
            await looking.done.wait()
            if looking.found is not None:
                return looking.found
        return await in_thread(self._surroundings, rules)

    def _whereabouts(self, planned: Planned | None, rules: Rules) -> Whereabouts:
        """Return where to look for the sources of a program that is planned."""
        from dapshim.delve.source_map import Whereabouts
        from dapshim.delve.written_rules import written_rules
        from dapshim.golang.spelling import join, parent
        from dapshim.plan.environment import overlaid
        from dapshim.sources.rules import Rules
        from dapshim.sources.spelling import ClientPath

        rules = Rules((*rules.rules, *written_rules(self._planner.options).rules))
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

    def _read(self, path: str) -> ReadProgram | None:
        from dapshim.binary.errors import BinaryError
        from dapshim.delve.program_reading import read_program

        try:
            return read_program(path, self._planner.programs)
        except BinaryError as error:
            log.info("the source files of %s are not mapped: %s", path, error)
            return None

    def _surroundings(self, rules: Rules) -> Surroundings:
        from dapshim.delve.source_map import surroundings

        planned = self._planner.current
        where = self._whereabouts(planned, rules)
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.is_of(where):
            return attrs.evolve(ahead.found, where=where)
        return surroundings(where, self.go())

    def go(self) -> GoCommand:
        """Return the go command of the session."""
        planned = self._planner.current
        # What go said for a plan holds for its launch. At a restart, which may go by the same plan, go may say something else.
        heard = dict(planned.heard) if planned is not None and planned is not self._looked_for else {}
        self._looked_for = planned
        return self._go_of(self._planner.options, heard)

    def _go_of(self, options: Options, heard: dict[Hashable, GoEnv]) -> GoCommand:
        from dapshim.delve.go_command import GoCommand
        from dapshim.golang.files import CachedFiles, RealFiles

        return GoCommand(options["go"], CachedFiles(RealFiles()), heard, self._planner.answers)


@attrs.define(eq=False)
class _Looking:
    """A look around that was begun: for which rules, and what came of it."""

    rules: Rules
    done: trio.Event = attrs.field(factory=trio.Event)
    found: Surroundings | None = None


@attrs.frozen(eq=False)
class _Ahead:
    """What was seen before anybody asked, and when."""

    found: Surroundings
    at: float = attrs.field(factory=time.monotonic)

    def is_of(self, where: Whereabouts) -> bool:
        """Whether it is what is to be seen there: rules and what is open change nothing of it."""
        seen = self.found.where
        same = (seen.folders, seen.environ, seen.program, seen.flags) == (
            where.folders,
            where.environ,
            where.program,
            where.flags,
        )
        return same and time.monotonic() - self.at < AHEAD
