"""What a session's mapping tells of a program's sources: files that were changed since it was built, modules of other versions.

`own_sources` is the short way of one who has no mapping. Each function asks the mapping one small question, so that a
breakpoint which is set meanwhile waits for one file at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from dapshim.delve.own_sources import FILES_MOST, OLD_FILES_MOST, foreign_modules
from dapshim.delve.source_map import SourceMap
from dapshim.diagnose.facts import ForeignModule, StaleFile
from dapshim.sources.spelling import AdapterPath, ClientPath
from dapshim.sources.stale import Freshness

LISTED_MOST: Final = 2000
"""Recorded files of the person's own that are looked for; a go.work of a hundred modules has fewer."""


def own_files(made: SourceMap) -> list[AdapterPath]:
    """Return the recorded files of the modules that are worked in: of the workspaces here, and the program's own."""
    recorded = made.map.facts.recorded
    modules = {each.path for space in made.map.facts.workspaces for each in space.modules}
    if recorded.build.main is not None:
        modules.add(recorded.build.main.path)
    modules.discard("")
    found = [
        AdapterPath(each.path)
        for each in recorded.files
        if each.functions and (each.package == "main" or any(_within(each.package, module) for module in modules))
    ]
    return found[:LISTED_MOST]


def _within(package: str, module: str) -> bool:
    return package == module or package.startswith(f"{module}/")


def newest(built: float | None, files: Iterable[tuple[AdapterPath, ClientPath]]) -> list[tuple[AdapterPath, ClientPath]]:
    """Return the files that are here and were changed last, as many as are compared; `built` is when the program was."""
    dated = [(_modified(client), path, client) for path, client in files]
    there = sorted((each for each in dated if each[0] is not None), reverse=True)
    newer = sum(1 for each in there if built is None or (each[0] or 0) > built)
    return [(path, client) for _, path, client in there[: min(FILES_MOST, newer + OLD_FILES_MOST)]]


def _modified(path: str) -> float | None:
    try:
        return Path(path).stat().st_mtime
    except (OSError, ValueError):
        return None


def stale_file(path: AdapterPath, client: ClientPath, made: SourceMap) -> StaleFile | None:
    """Compare one file with what is recorded of it; None where nothing proves that it was changed."""
    if made.owner(client):
        return None
    found = made.staleness(path)
    return StaleFile(client, found) if found.freshness is Freshness.STALE and not found.alien else None


def foreign(made: SourceMap) -> tuple[ForeignModule, ...]:
    """Return the modules of which another version is selected here, in the workspace that has the program's main module."""
    build = made.map.facts.recorded.build
    main = build.main.path if build.main is not None else ""
    space = next((each for each in made.map.facts.workspaces if main and any(m.path == main for m in each.modules)), None)
    return foreign_modules(build, space)
