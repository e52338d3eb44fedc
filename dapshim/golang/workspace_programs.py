"""What of a workspace can be debugged: its programs, and its packages with tests. PURE of everything but `Files`.

Read from the heads of files, as a build for this machine sees them; nothing is built, and go is not run. Bounded, because a
folder may be a whole disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

import attrs

from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import Files, GoFolder, glance
from dapshim.golang.main_packages import PackageHeads, ignored_folders
from dapshim.golang.modules import FoundModule, WorkReader, load_module
from dapshim.golang.spelling import below, clean, join, paths
from dapshim.golang.workspace import Workspace

FOLDERS_MOST: Final = 20_000
PROGRAMS_MOST: Final = 5_000
"""Programs and packages with tests; nobody chooses from more."""
_NEVER: Final = frozenset({"testdata", "vendor", "node_modules"})


@attrs.frozen(order=True)
class Debuggable:
    """A package that a session can be begun with: a program ("main"), or one with tests ("test").

    `directory` is its folder and `module` that of its module, in the spelling of the workspace; `import_path` is what go calls
    it, "" where its go.mod has no module line.
    """

    directory: str
    kind: Literal["main", "test"]
    import_path: str
    module: str


@attrs.frozen
class Debuggables:
    """What was found, sorted by folder. `complete` is False where there was more than may be looked at."""

    packages: tuple[Debuggable, ...]
    complete: bool


def always() -> bool:
    """Say that there is time."""
    return True


def debuggables(
    files: Files, context: BuildContext, workspace: Workspace, *, limit: int = FOLDERS_MOST, go_on: Callable[[], bool] = always
) -> Debuggables:
    """Return what can be debugged of a go.work's modules, wherever they lie; else of the modules at and below the folder.

    Walked is what `./...` walks: not `testdata`, `vendor`, `_x`, `.x`, what a go.mod ignores, links. Of a module that is not in
    the go.work above it nothing is listed, because go refuses to build it there. `go_on` is asked before each folder, and ends
    the search with False.
    """
    walk = _Walk(files, context, limit, go_on)
    if workspace.kind == "work":
        for module in workspace.modules:
            walk.begin(module.directory, module, workspace.roots)
    else:
        walk.begin(workspace.directory, workspace.covers(workspace.directory), None)
    return Debuggables(tuple(sorted(walk.found)), walk.complete)


@attrs.frozen
class _Way:
    """A folder to be looked at, the module that it is in, and the modules of the go.work that counts, by their folders."""

    folder: str
    module: FoundModule | None
    used: Mapping[str, FoundModule] | None
    ignored: re.Pattern[str] | None


class _Walk:
    def __init__(self, files: Files, context: BuildContext, limit: int, go_on: Callable[[], bool]) -> None:
        self._files = files
        self._heads = PackageHeads(files, context)
        self._left = limit
        self._go_on = go_on
        self.found: list[Debuggable] = []
        self.complete = True

    def begin(self, top: str, module: FoundModule | None, used: Mapping[str, FoundModule] | None) -> None:
        """Look at a folder and what is below it."""
        top = clean(top)
        ways = [_Way(top, module, used, _ignored(module))]
        while ways:
            if self._left <= 0 or len(self.found) >= PROGRAMS_MOST or not self._go_on():
                self.complete = False
                return
            self._left -= 1
            way = ways.pop()
            try:
                seen = glance(self._files, way.folder)
            except OSError:
                continue
            entered = self._entered(way, seen, top)
            if entered is None:
                continue
            if entered.module is not None and seen.go_files:
                self.found += self._of(seen, entered.module)
            ways += self._below(entered, seen)

    def _entered(self, way: _Way, seen: GoFolder, top: str) -> _Way | None:
        """Return the way with the module and the go.work that count in its folder; None when nothing there does."""
        if way.used is None and way.folder != top and self._files.kind(join(way.folder, "go.work")) == "file":
            read = WorkReader(self._files, join(way.folder, "go.work"), ())
            way = attrs.evolve(way, module=None, used={each.directory: each for each in read.modules})
        if not seen.has_mod or way.folder == top:
            return way
        if way.used is not None:
            module = way.used.get(way.folder)
            # The modules of a go.work at the top begin ways of their own; of one further below they do not.
            if module is not None and top in way.used:
                return None
            return attrs.evolve(way, module=module, ignored=_ignored(module))
        module, _ = load_module(self._files, way.folder, join(way.folder, "go.mod"))
        return attrs.evolve(way, module=module, ignored=_ignored(module))

    def _below(self, way: _Way, seen: GoFolder) -> Iterator[_Way]:
        for name in seen.folders:
            folder = way.folder + ("" if way.folder.endswith(paths.sep) else paths.sep) + name
            if name[0] in "._" or name in _NEVER:
                continue
            inside = below(folder, way.module.directory) if way.module is not None else None
            if way.ignored is None or not way.ignored.search(f"/{inside}/"):
                yield attrs.evolve(way, folder=folder)

    def _of(self, seen: GoFolder, module: FoundModule) -> Iterator[Debuggable]:
        inside = below(seen.path, module.directory)
        path = f"{module.path}/{inside}" if inside and module.path else module.path
        if self._heads.is_main(seen):
            yield Debuggable(seen.path, "main", path, module.directory)
        if self._heads.has_tests(seen):
            yield Debuggable(seen.path, "test", path, module.directory)


def _ignored(module: FoundModule | None) -> re.Pattern[str] | None:
    return ignored_folders(module) if module is not None and module.mod.ignore else None
