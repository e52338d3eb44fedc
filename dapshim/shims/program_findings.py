"""What a program turns out to be once it is there, and how it ended: findings that no look at it before the launch can give."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from dapshim.proxy.shim import Shim, on
from dapshim.wire.bodies import ProcessBody

if TYPE_CHECKING:
    from dapshim.delve.examining import Examined
    from dapshim.delve.memory_cgroup import MemoryCgroup
    from dapshim.delve.planned import Planned
    from dapshim.delve.planner import Planner
    from dapshim.delve.session_map import SessionMap
    from dapshim.delve.source_map import SourceMap
    from dapshim.diagnose.facts import SourceFacts
    from dapshim.proxy.examination import Examination
    from dapshim.wire.messages import Message

log = logging.getLogger(__name__)

_KILLED: Final = -9
"""What Delve 1.27.1 gives as `exitCode` of a program that SIGKILL has ended."""

_TOLD_AT_THE_BREAKPOINT: Final = "stale-source"
"""The finding that has its line where it matters: when a breakpoint is set in such a file."""


LOOK_AFTER: Final = 1.5
"""Seconds after which a program that runs is looked at, unless it ends before: at its first stop a person waits for more."""

LOOK_AT_THE_END: Final = 1.0
"""Seconds that the end of a program waits for the look at it."""


class ProgramFindings(Shim):
    """What is wrong with the program that runs is said while it runs, too.

    The binary that Delve has built is examined: flags that come by other ways than the configuration optimise or strip it all
    the same. Sources that were changed since a program was built, and modules of which another version is open here, are found.
    A program that the kernel killed because memory was used up did not end by a fault of its own, and that is said.
    """

    def __init__(self, planner: Planner, session_map: SessionMap, examination: Examination, *, elsewhere: bool) -> None:
        """`elsewhere`: the dlv ran already, so that its files and processes may be another machine's."""
        self._planner = planner
        self._map = session_map
        self._examination = examination
        self._elsewhere = elsewhere
        self._pid: int | None = None
        self._cgroup: MemoryCgroup | None = None
        self._counted: trio.Event | None = None
        self._kills = 0
        self._ends = trio.Event()
        self._looked: trio.Event | None = None

    @property
    def _here(self) -> Planned | None:
        """The plan of a program that runs on this machine."""
        planned = self._planner.current
        return None if self._elsewhere or planned is None or planned.plan.dlv.connect is not None else planned

    @property
    def _looks(self) -> bool:
        return self._planner.options.text("preflight") != "off"

    # -- what runs -------------------------------------------------------------------------------------------------------------

    @on.event("process")
    def note_process(self, event: Message) -> None:
        """Note the program: what memory it may use is known by its number."""
        self._pid = event.view(ProcessBody).systemProcessId

    @on.response("configurationDone")
    def begin(self, response: Message) -> None:
        """Look at the program now that it runs, so that nobody waits for it."""
        if response.success and self._looks:
            self._ends, self._looked = trio.Event(), trio.Event()
            self.session.start(partial(self._look, self._here, self.session.binary, self._ends, self._looked))

    async def _look(self, planned: Planned | None, built: str | None, ends: trio.Event, looked: trio.Event) -> None:
        """Look at what was built; of what was not, at its sources: what was just built is of what is here."""
        with trio.move_on_after(LOOK_AFTER):
            await ends.wait()
        try:
            if planned is not None and planned.plan.build is not None:
                await self._look_at_built(planned, built)
            else:
                await self._look_at_sources()
        except Exception:
            # A look that fails costs what it would have told, and nothing else.
            log.exception("the program could not be examined while it runs")
        finally:
            looked.set()

    async def _look_at_built(self, planned: Planned, path: str | None) -> None:
        if path is None:
            return
        examined = await trio.to_thread.run_sync(_examine_built, planned, path, abandon_on_cancel=True)
        if examined is not None:
            self._examination.examined = examined
            new = [each for each in examined.findings if not self._examination.was_told(each.code)]
            await self._examination.tell(new, examined, self.session)

    async def _look_at_sources(self) -> None:
        made = await self._map.ready()
        if made is None:
            return
        sources = await self._sources(made)
        if sources is None or made is not self._map.made:
            return
        examined = await trio.to_thread.run_sync(_examine_sources, self._examination.examined, sources)
        quietly = [each for each in examined.findings if each.code == _TOLD_AT_THE_BREAKPOINT]
        await self._examination.tell(examined.findings, examined, self.session, quietly=quietly)

    async def _sources(self, made: SourceMap) -> SourceFacts | None:
        """Ask the mapping, one file at a time."""
        from dapshim.delve import mapped_sources
        from dapshim.diagnose.facts import SourceFacts

        answers = await self._map.client_paths(mapped_sources.own_files(made))
        local = [(path, answer.path) for path, answer in answers.items() if answer.path is not None]
        examined, stale = self._examination.examined, []
        built = examined.facts.binary.file.modified if examined is not None and examined.facts.binary is not None else None
        for path, client in await trio.to_thread.run_sync(mapped_sources.newest, built, local):
            found = await self._map.ask(partial(mapped_sources.stale_file, path, client))
            if made is not self._map.made:
                return None
            if found is not None:
                stale.append(found)
        foreign = await self._map.ask(mapped_sources.foreign)
        return SourceFacts(made.map.facts.program, tuple(stale), foreign or ())

    # -- how it ends -----------------------------------------------------------------------------------------------------------

    @on.event("initialized")
    def begin_to_count(self, _event: Message) -> None:
        """Note how many processes were killed before this one runs, beside what the client says meanwhile."""
        planned, self._cgroup, self._counted = self._here, None, None
        if planned is None or not self._looks:
            return
        wanted = planned.plan.arguments.get("processId") if planned.plan.request == "attach" else self._pid
        if isinstance(wanted, int):
            self._counted = trio.Event()
            self.session.start(partial(self._count, wanted, self._counted))

    async def _count(self, pid: int, counted: trio.Event) -> None:
        try:
            found = await trio.to_thread.run_sync(_kills, pid, abandon_on_cancel=True)
            if counted is self._counted:
                self._cgroup, self._kills = found
        finally:
            counted.set()

    @property
    def has_counted(self) -> bool:
        """Whether nothing is counted any more."""
        return self._counted is None or self._counted.is_set()

    @on.request("configurationDone", unless="has_counted")
    async def let_it_run(self, _request: Message) -> None:
        """See to it that what is counted was before the program ran."""
        if self._counted is not None:
            await self._counted.wait()

    @on.event("exited")
    async def explain_end(self, event: Message) -> None:
        """Say what is still to be said; and that the kernel ended the program, where it did so because memory was used up."""
        self._ends.set()
        if self._looked is not None:
            with trio.move_on_after(LOOK_AT_THE_END):
                await self._looked.wait()
        kills = self._cgroup.oom_kills() if self._cgroup is not None and event.body.get("exitCode") == _KILLED else None
        if self._cgroup is None or kills is None or kills <= self._kills:
            return
        from dapshim.delve.examining import examine_ending
        from dapshim.diagnose.facts import EndingFacts

        ending = EndingFacts(-_KILLED, kills - self._kills, self._cgroup.limit(), self._cgroup.path)
        examined = examine_ending(self._examination.examined, ending)
        await self._examination.tell(examined.findings, examined, self.session, before=True)


def _kills(pid: int) -> tuple[MemoryCgroup | None, int]:
    from dapshim.delve.memory_cgroup import memory_cgroup

    group = memory_cgroup(pid)
    return group, (group.oom_kills() or 0) if group is not None else 0


def _examine_built(planned: Planned, path: str) -> Examined | None:
    from dapshim.delve.examining import examine_built

    return examine_built(planned, path)


def _examine_sources(known: Examined | None, sources: SourceFacts) -> Examined:
    from dapshim.delve.examining import examine_sources

    return examine_sources(known, sources)
