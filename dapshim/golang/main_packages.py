"""The programs below a folder. PURE of everything but `Files`; bounded, because a folder may be a whole disk."""

from __future__ import annotations

import re
from typing import Final

import attrs

from dapshim.golang.build_context import BuildContext
from dapshim.golang.build_lines import why_not_built
from dapshim.golang.files import CachedFiles, Files, GoFolder, glance
from dapshim.golang.modules import FoundModule
from dapshim.golang.source_files import read_head
from dapshim.golang.source_header import package_clause
from dapshim.golang.spelling import below, clean, paths, upwards
from dapshim.golang.workspace import Workspace

MAX_DIRECTORIES: Final = 20_000
FIRST_LINES: Final = 1024
"""Bytes that tell the package of nearly every file."""
_NEVER: Final = frozenset({"testdata", "vendor", "node_modules"})
"""Folders that are not walked. Go would walk node_modules, and find a Go file there once in a blue moon."""


@attrs.frozen
class MainPackages:
    """The folders of programs, sorted, in the spelling of the folder that was asked about."""

    directories: tuple[str, ...]
    cut_short: bool
    """Whether there were more folders than were looked at, so that there may be more programs."""


def main_packages_below(
    files: Files, directory: str, context: BuildContext, workspace: Workspace | None = None, *, limit: int = MAX_DIRECTORIES
) -> MainPackages:
    """Return the programs at and below `directory`, looking at no more than `limit` folders.

    Walked is what `./...` walks: not `testdata`, `vendor`, `_x`, `.x`, what a go.mod ignores, links; and of other modules
    only the main modules of `workspace`; of one of kind "none" every module, since each is a workspace of its own. What belongs
    to no module is no program: the go command would not build it. Without a workspace the folder is taken for part of one
    module, whatever lies above it. What cannot be listed is passed over.
    """
    # A walk asks each question once, so a cache would only cost.
    walk = _Walk(files.source if isinstance(files, CachedFiles) else files, context, workspace, limit)
    found = walk.below(clean(directory))
    return MainPackages(tuple(sorted(found)), walk.cut_short)


class _Walk:
    def __init__(self, files: Files, context: BuildContext, workspace: Workspace | None, limit: int) -> None:
        self._files = files
        self._heads = PackageHeads(files, context)
        self._workspace = workspace if workspace is not None and workspace.kind != "gopath" else None
        self._modules = self._workspace is not None or workspace is None
        self._any_module = workspace is not None and workspace.kind == "none"
        self._left = limit
        self.cut_short = False
        # Folders above main modules are walked though they are in none.
        roots = self._workspace.roots if self._workspace is not None else {}
        self._towards = frozenset(above for root in roots for above in upwards(root))

    def below(self, top: str) -> list[str]:
        found: list[str] = []
        module, inside = self._begin(top)
        ways = [(top, module, inside)]
        while ways:
            if self._left <= 0:
                self.cut_short = True
                break
            self._left -= 1
            folder, module, inside = ways.pop()
            try:
                seen = glance(self._files, folder)
            except OSError:
                continue
            if seen.has_mod and self._modules and folder != top:
                module = self._workspace.roots.get(folder) if self._workspace is not None else None
                inside = module is not None or self._any_module
            if inside:
                if self._heads.is_main(seen):
                    found.append(folder)
            elif not self._any_module and folder not in self._towards:
                continue
            ways += [(each, module, inside) for each in self._folders(seen, module)]
        return found

    def _begin(self, top: str) -> tuple[FoundModule | None, bool]:
        if self._workspace is None:
            return None, True
        module = self._workspace.covers(top)
        return module, module is not None or (self._any_module and self._workspace.nearest_module(top) is not None)

    def _folders(self, seen: GoFolder, module: FoundModule | None) -> list[str]:
        prefix = _prefix(seen.path)
        found = [prefix + name for name in seen.folders if name[0] not in "._" and name not in _NEVER]
        if seen.links and self._workspace is not None:
            # A link is not walked, but the go.work may name one.
            found += [path for name in seen.links if (path := prefix + name) in self._workspace.roots]
        if module is not None and module.mod.ignore:
            ignored = ignored_folders(module)
            found = [path for path in found if not ignored.search(f"/{below(path, module.directory)}/")]
        return found


class PackageHeads:
    """Says what the package of a folder is, from as few heads of files as tell it."""

    def __init__(self, files: Files, context: BuildContext) -> None:
        self._files = files
        self._context = context
        self._left_out: dict[bytes, bool] = {}

    def is_main(self, seen: GoFolder) -> bool:
        """Whether a file in the build says `package main`; the first to be seen decides, others would be in conflict with it.

        First come names without _, which are neither tests nor for one system, and seldom generators that are not built.
        """
        prefix, later = _prefix(seen.path), []
        for name in seen.go_files:
            if "_" in name:
                later.append(name)
            elif name[0] != "." and (package := self._package_of(prefix + name)) is not None:
                return package == "main"
        for name in later:
            if name[0] in "._" or name.endswith("_test.go") or not self._context.takes_name(name):
                continue
            if (package := self._package_of(prefix + name)) is not None:
                return package == "main"
        return False

    def _package_of(self, path: str) -> str | None:
        """Return the package that the file is of, None when it is not in the build."""
        try:
            data = self._files.read(path, FIRST_LINES)
            found = package_clause(data)
            if found is None or found[1] >= FIRST_LINES or not self._context.cgo_enabled:
                # Only with cgo off does it matter what the file imports.
                header, data = read_head(self._files, path)
                if header.imports_c and not self._context.cgo_enabled:
                    return None
                found = header.package, header.clause
            package, end = found
            if package == "documentation" or (data.find(b"build", 0, end) >= 0 and self._is_left_out(data[:end])):
                return None
        except (OSError, ValueError):
            return None
        return package

    def _is_left_out(self, header: bytes) -> bool:
        """Whether build lines keep a file out; the same few stand in many files."""
        if header not in self._left_out:
            self._left_out[header] = why_not_built(header, self._context.holds) is not None
        return self._left_out[header]

    def has_tests(self, seen: GoFolder) -> bool:
        """Whether a file of tests is in the build."""
        prefix = _prefix(seen.path)
        tests = (name for name in sorted(seen.go_files) if name.endswith("_test.go") and name[0] not in "._")
        return any(self._context.takes_name(name) and self._package_of(prefix + name) is not None for name in tests)


def _prefix(folder: str) -> str:
    return folder if folder.endswith(paths.sep) else folder + paths.sep


def ignored_folders(module: FoundModule) -> re.Pattern[str]:
    """Return what finds an ignored folder in /its/path/ below the module: `./x` at the top, `x` anywhere."""
    patterns = []
    for each in module.mod.ignore:
        name = each.path.removeprefix("./").strip("/")
        patterns.append(f"{'^' if each.path.startswith('./') else ''}/{re.escape(name)}/")
    return re.compile("|".join(patterns))
