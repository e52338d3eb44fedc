"""Which programs of a workspace have a package in them, told from imports, without the go command; bounded.

Followed are imports among the workspace's own modules and the folders that replace others. What lies in the module cache
imports none of them, but for a replaced one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import Files
from dapshim.golang.main_packages import main_packages_below
from dapshim.golang.modules import FoundModule
from dapshim.golang.packages import read_package
from dapshim.golang.source_files import read_head
from dapshim.golang.spelling import join
from dapshim.golang.workspace import Workspace

FOLDERS_MOST: Final = 4000
"""Folders in which programs are looked for; some tenths of a second."""
PACKAGES_MOST: Final = 2000
"""Packages whose imports are read, some tenths of a millisecond each."""


@attrs.frozen
class Programs:
    """The folders of programs, sorted. `complete` is False where there was more than may be looked at."""

    directories: tuple[str, ...] = ()
    complete: bool = True


class ImportReader:
    """Reads the imports of packages, each once."""

    def __init__(self, files: Files, workspace: Workspace, context: BuildContext) -> None:
        self._files = files
        self._workspace = workspace
        self._context = context
        self._imports: dict[str, tuple[str, ...]] = {}
        self._folders: dict[str, str | None] = {}
        self._programs: dict[str, Programs] = {}
        self._cut_short = False

    def programs_with(self, import_path: str, below: str) -> Programs:
        """Return the programs at and below a folder that import a package, directly or not, or are it."""
        if below not in self._programs:
            found = main_packages_below(self._files, below, self._context, self._workspace, limit=FOLDERS_MOST)
            self._programs[below] = Programs(found.directories, not found.cut_short)
        every = self._programs[below]
        own = self._workspace.directory_of(import_path)
        with_it = tuple(each for each in every.directories if each == own or self._reaches(each, import_path))
        return Programs(with_it, every.complete and not self._cut_short)

    def reaches(self, start: str, import_path: str) -> bool:
        """Tell whether the package in a folder imports another one, directly or not, or is it."""
        return self._folder(import_path) == start or self._reaches(start, import_path)

    def reached(self, start: str) -> tuple[str, ...]:
        """Return the folders of the workspace's packages that the one in a folder imports, directly or not; itself first."""
        return tuple(folder for folder, _ in self._walked(start))

    def _reaches(self, start: str, wanted: str) -> bool:
        return any(wanted in imports for _, imports in self._walked(start))

    def _walked(self, start: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the folders that a package reaches, each with what it imports."""
        seen, left = {start}, [start]
        while left:
            here = left.pop()
            imports = self._of(here)
            yield here, imports
            for each in imports:
                folder = self._folder(each)
                if folder is not None and folder not in seen:
                    seen.add(folder)
                    left.append(folder)

    def _folder(self, import_path: str) -> str | None:
        """Return the folder of a package of the workspace's own modules; None for all others."""
        if import_path not in self._folders:
            mine = any(
                import_path == each or import_path.startswith(f"{each}/")
                for module in self._workspace.modules
                for each in _paths(module)
            )
            self._folders[import_path] = self._workspace.directory_of(import_path) if mine else None
        return self._folders[import_path]

    def _of(self, folder: str) -> tuple[str, ...]:
        if folder in self._imports:
            return self._imports[folder]
        if len(self._imports) >= PACKAGES_MOST:
            self._cut_short = True
            return ()
        found: dict[str, None] = {}
        try:
            for name in read_package(self._files, folder, self._context).go_files:
                header, _ = read_head(self._files, join(folder, name))
                found.update(dict.fromkeys(header.imports))
        except (OSError, ValueError):
            pass
        self._imports[folder] = tuple(found)
        return self._imports[folder]


def _paths(module: FoundModule) -> tuple[str, ...]:
    """Return the paths under which a module's own tree, and the folders that replace others there, are imported."""
    return (module.path, *(each.old_path for each in module.mod.replace if each.is_directory))
