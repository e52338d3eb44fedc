"""The program again without optimisation, from its sources as they are today: another program, so it is only ever offered."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs
import trio

from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.diagnose.facts import Facts, SourceFacts
from dapshim.diagnose.optimization import optimized_packages
from dapshim.diagnose.rebuilding import rebuilt
from dapshim.heal.borrowing import Progress, build_environment, silent
from dapshim.heal.copying import Unusable, file_name, finished, key_of, removed
from dapshim.heal.flags import Refused
from dapshim.heal.gos import Go, NoGo, Run, any_go, go_of
from dapshim.heal.outcome import NotRebuilt, Rebuilt
from dapshim.heal.source_state import Recorded, recorded_by, source_state
from dapshim.heal.store import Kept, Store, StoreError
from dapshim.heal.twin_build import TwinBuild, twin_build

LIMIT: Final = 120.0
"""Seconds that the build may take: all packages are compiled anew, the first time."""

_SAID_MOST: Final = 600
_LEFT_OUT: Final = ("-trimpath", "-pgo", "vcs", "-gcflags")


def offer(binary: BinaryFacts, folder: str) -> str:
    """Return the command by which a person builds the program for debugging.

    `folder` is that of its main package, "" where it is not known.
    """
    return rebuilt(Facts(binary=binary, sources=SourceFacts(folder or None))).command


async def debug_twin(
    binary: BinaryFacts,
    folder: str,
    gos: Sequence[str],
    run: Run,
    store: Store,
    *,
    environ: Mapping[str, str] | None = None,
    limit: float = LIMIT,
    progress: Progress = silent,
) -> Rebuilt | NotRebuilt:
    """Build the program with `-N -l` into the store. Only for a person who said yes: what then runs is another program.

    The arguments are those of `dapshim.heal.borrowing.borrow`. Go is of the release that built the program, where this
    machine has it, else the person's own.
    """
    path = binary.file.path
    environ = os.environ if environ is None else environ
    why = f"it was not built within {limit:g} s; what is compiled is kept, the next time comes further"
    try:
        await trio.to_thread.run_sync(_demand_sources, binary, folder)
        recorded = await trio.to_thread.run_sync(recorded_by, path, folder)
        state = await trio.to_thread.run_sync(source_state, folder, recorded)
        key = f"{await trio.to_thread.run_sync(key_of, 'debug', path)}-{state[:16]}"
        kept = await trio.to_thread.run_sync(store.find, key)
        if kept is None:
            with trio.move_on_after(limit):
                go = await _go(binary, gos, recorded, run, environ)
                build = twin_build(_for_debugging(binary), folder, recorded.main_files, go.env, environ)
                kept = await _built(binary, folder, go, build, run, store, key, progress)
        if kept is not None:
            line = (
                f"{kept.path} runs in place of {path}, which is optimised: built without optimisation from {folder} as it is "
                f"today, with {kept.notes['go']}. It is another program: slower, and of other sources if they were edited."
            )
            return Rebuilt(kept.path, offer(binary, folder), line)
    except (Unusable, Refused, NoGo, StoreError, BinaryError) as error:
        why = str(error)
    except OSError as error:
        why = f"{error.filename or 'a file'}: {error.strerror or error}"
    return NotRebuilt(f"{path} was not built again for debugging: {why}.")


def _demand_sources(binary: BinaryFacts, folder: str) -> None:
    """Raise Unusable where there is nothing to build, or nothing that tells how."""
    if not binary.is_go or not binary.build.path or not binary.build.go_version:
        raise Unusable("it has no build info, which tells how it was built")
    if not Path(folder).is_absolute() or not Path(folder).is_dir():
        raise Unusable("its sources are not on this machine")


async def _go(binary: BinaryFacts, gos: Sequence[str], recorded: Recorded, run: Run, environ: Mapping[str, str]) -> Go:
    try:
        return await go_of(binary.go_version, gos, recorded.places.goroot, run, environ)
    except NoGo:
        return await any_go(gos, run, environ)


def _for_debugging(binary: BinaryFacts) -> BinaryFacts:
    """Return the facts with the build info of a build without optimisation, stripping and trimming."""
    settings = {name: value for name, value in binary.build.settings.items() if name not in _LEFT_OUT}
    settings["-gcflags"] = "all=-N -l"
    return attrs.evolve(binary, build=attrs.evolve(binary.build, settings=settings))


async def _built(
    binary: BinaryFacts,
    folder: str,
    go: Go,
    build: TwinBuild,
    run: Run,
    store: Store,
    key: str,
    progress: Progress,
) -> Kept:
    path = binary.file.path
    progress(f"Building {file_name(path)} without optimisation")
    workplace = await trio.to_thread.run_sync(store.workplace)
    try:
        environ = await trio.to_thread.run_sync(build_environment, workplace, go, build)
        status, printed = await run((go.command, *build.command(str(Path(workplace, file_name(path))))), folder, environ)
        if status != 0:
            said = printed.decode(errors="replace").strip()[-_SAID_MOST:]
            raise Unusable(f"its sources in {folder} do not build: {said or f'exit status {status}'}")
        await trio.to_thread.run_sync(removed, str(Path(workplace, "work")))

        def keep() -> Kept:
            version = go.env.get("GOVERSION", "") if not binary.go_version else binary.go_version
            return finished(store, key, workplace, path, lambda found: _wrong(binary, found), go=version)

        return await trio.to_thread.run_sync(keep)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(removed, workplace)


def _wrong(original: BinaryFacts, made: BinaryFacts) -> str:
    """Return what is wrong with what was built; "" when it is the same program without optimisation."""
    if made.dwarf is None:
        return "what was built has no debug info"
    if optimized_packages(made, made.dwarf).packages:
        return "what was built is optimised in spite of -N -l"
    same = (original.build.path, original.system, original.machine) == (made.build.path, made.system, made.machine)
    return "" if same else "what was built is another program, or for another platform"
