"""What mends a program before it is debugged, carried out for one session; the heals themselves are `dapshim.heal`'s.

Only what was proved is used, the person is told each in one line, and what does not succeed leaves the plan as it was.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import attrs
import trio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dapshim.delve.examining import Examined
    from dapshim.delve.planned import Planned
    from dapshim.heal.outcome import Borrowed
    from dapshim.heal.store import Store
    from dapshim.proxy.own_dlv import OwnDlv
    from dapshim.proxy.progress import Progress
    from dapshim.proxy.shim import SessionApi

log = logging.getLogger(__name__)

WOULD: Final = {
    "no-dwarf": "borrow its debug info from a twin that is rebuilt and proved equal",
    "no-symtab": "add a symbol table to a copy and launch that",
    "packed": "unpack a copy and launch that",
}
"""What each heal does, by the code of the finding that it mends."""


@attrs.frozen
class Mended:
    """What became of a finding: the plan, whether the finding is settled, and a line for the person."""

    planned: Planned
    settled: bool
    line: str


class Healing:
    """Mends the programs of one session."""

    def __init__(self, own: OwnDlv, progress: Progress) -> None:
        self._own = own
        self._progress = progress
        self._heals: dict[str, Callable[[Planned, Examined, Store, SessionApi], Awaitable[Mended]]] = {
            "no-symtab": self._with_symbols,
            "packed": self._unpacked,
            "no-dwarf": self._borrowed,
        }

    async def mended(self, code: str, planned: Planned, examined: Examined, session: SessionApi) -> Mended | None:
        """Do what mends a finding of this code; None where nothing does, or where the person does not want it."""
        wanted = planned.options.text("heal")
        if code not in self._heals or wanted == "off" or planned.plan.build is not None:
            return None
        if wanted == "ask":
            return Mended(planned, settled=False, line=f'With "heal": "auto" dapshim would {WOULD[code]}.')
        from dapshim.heal.store import store_of

        store = store_of(os.environ)
        if store is None:
            return None
        try:
            return await self._heals[code](planned, examined, store, session)
        except Exception:
            log.exception("%s could not be mended; it is debugged as it is", code)
            return None

    # -- copies ----------------------------------------------------------------------------------------------------------------

    async def _with_symbols(self, planned: Planned, examined: Examined, store: Store, _session: SessionApi) -> Mended:
        from dapshim.heal.outcome import Copied
        from dapshim.heal.symbol_table import with_symbol_table

        assert examined.facts.binary is not None  # noqa: S101 - a finding of a file has one
        found = await with_symbol_table(examined.facts.binary, store)
        if isinstance(found, Copied):
            return Mended(_in_its_place(planned, found.path), settled=True, line=found.line)
        return Mended(planned, settled=False, line=found.reason)

    async def _unpacked(self, planned: Planned, examined: Examined, store: Store, _session: SessionApi) -> Mended:
        from dapshim.heal.outcome import Copied
        from dapshim.heal.unpacking import unpacked

        assert examined.facts.binary is not None  # noqa: S101 - see above
        upx = shutil.which("upx")
        if upx is None or planned.plan.request == "attach":
            return Mended(planned, settled=False, line="")
        found = await unpacked(examined.facts.binary, upx, self._own.run, store)
        if isinstance(found, Copied):
            return Mended(_in_its_place(planned, found.path), settled=True, line=found.line)
        return Mended(planned, settled=False, line=found.reason)

    # -- borrowed debug info ---------------------------------------------------------------------------------------------------

    async def _borrowed(self, planned: Planned, examined: Examined, store: Store, session: SessionApi) -> Mended:
        from dapshim.heal.borrowing import borrow
        from dapshim.heal.outcome import Borrowed

        binary = examined.facts.binary
        assert binary is not None  # noqa: S101 - see above
        folder, gos = await trio.to_thread.run_sync(_whereabouts, planned, examined)
        found = None
        scope = trio.CancelScope()
        with (
            scope,
            self._progress.shown(session, f"Debug info for {binary.file.path}", scope.cancel) as shown,
        ):
            found = await borrow(binary, folder, gos, self._own.run, store, limit=_seconds(planned), progress=shown.update)
        if found is None:
            return Mended(planned, settled=False, line="The build of its debug info was cancelled.")
        if isinstance(found, Borrowed):
            return Mended(_lent(planned, found), settled=True, line=found.line)
        return Mended(planned, settled=False, line=found.reason)


def _seconds(planned: Planned) -> float:
    value = planned.options["healSeconds"].value
    return float(value) if isinstance(value, int) else 0.0


def _in_its_place(planned: Planned, path: str) -> Planned:
    plan = planned.plan
    program = plan.arguments.get("program")
    own = os.path.join(str(plan.arguments.get("dlvCwd") or ""), program) if isinstance(program, str) else ""  # noqa: PTH118
    changed = attrs.evolve(plan, arguments={**plan.arguments, "program": path})
    return attrs.evolve(planned, plan=changed, origin=planned.origin or own)


def _lent(planned: Planned, found: Borrowed) -> Planned:
    """Return the plan whose dlv alone sees where the debug info is; the program gets the person's own environment back."""
    plan = planned.plan
    dlv = attrs.evolve(plan.dlv, environment={**plan.dlv.environment, **found.dlv})
    arguments = dict(plan.arguments)
    if plan.request == "launch":
        given = arguments.get("env")
        arguments["env"] = {**found.program, **(given if isinstance(given, dict) else {})}
    return attrs.evolve(planned, plan=attrs.evolve(plan, dlv=dlv, arguments=arguments))


def _whereabouts(planned: Planned, examined: Examined) -> tuple[str, Sequence[str]]:
    """Return the folder of the program's main package here, and the go commands of this machine, the person's first."""
    from dapshim.binary.opened import OpenedFile
    from dapshim.delve.own_sources import source_facts
    from dapshim.golang.files import CachedFiles, RealFiles
    from dapshim.golang.spelling import parent
    from dapshim.golang.toolchain import find_gos

    binary, files = examined.facts.binary, CachedFiles(RealFiles())
    assert binary is not None  # noqa: S101 - a finding of a file has one
    environ: Mapping[str, str] = os.environ
    with OpenedFile(binary.file.path) as source:
        found = source_facts(source, binary, (planned.folder, parent(binary.file.path)), files)
    named = planned.options.text("go")
    return found.folder or "", tuple(dict.fromkeys((*((named,) if named else ()), *find_gos(environ, files))))
