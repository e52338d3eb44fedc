"""Where a recorded file may be on this machine: the candidates, each with the reason for which it is one. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import attrs

from dapshim.binary.recorded import ModuleVersion, RecordedFile
from dapshim.golang.spelling import join, parent, paths
from dapshim.sources.answers import Reason
from dapshim.sources.goroots import go_version
from dapshim.sources.local_tree import LocalTree
from dapshim.sources.recorded_index import COMMAND_LINE, NO_VERSIONS, ROOTED, TRIMMED_C, RecordedIndex, is_trimmed, version_in
from dapshim.sources.spelling import base, folder, is_absolute, is_windows, key, parts


@attrs.frozen
class Candidate:
    """A local path and why it may be the file. `sure` when identity alone is proof, so that no text need be read.

    `rank` is the order in which go itself would take them: the lowest first. `settled` means that no copy can be meant,
    `aside` that go does not look there now, so that to be in a folder that is open counts for nothing.
    """

    path: str
    reason: Reason
    sure: bool = True
    rank: int = 0
    settled: bool = False
    aside: bool = False


@attrs.frozen
class Place:
    """A local folder that may be the one of a package."""

    folder: str
    reason: Reason
    sure: bool = True
    rank: int = 0
    aside: bool = False


@attrs.frozen(eq=False)
class Candidates:
    """From the identity of a recorded file to local paths."""

    index: RecordedIndex
    tree: LocalTree

    def of(self, file: RecordedFile) -> Iterator[Candidate]:
        """Yield the candidates that identity gives; whether they exist is not asked."""
        for package in self.index.packages_of(file):
            yield from self.of_package(file, package)

    def of_package(self, file: RecordedFile, package: str) -> Iterator[Candidate]:
        """Yield those by which one package can mean the recorded name."""
        name = base(file.path)
        if is_absolute(file.path) and not file.path.startswith(TRIMMED_C) and self.index.folder_of_package(package) is None:
            yield from self._below_module(file.path, package)
        bare = not folder(file.path) and package not in ("main", COMMAND_LINE)
        for inner in self._own_names(file, package):
            for place in self.places(package, file.path):
                by_line = bare or inner != name
                reason = Reason.LINE if by_line else place.reason
                sure = place.sure and inner == name
                yield Candidate(join(place.folder, inner), reason, sure=sure, rank=place.rank, aside=place.aside)

    def _below_module(self, path: str, package: str) -> Iterator[Candidate]:
        """Yield where the ends of a path that a `//line` names lead from the module's folder; -trimpath hides where it was."""
        module = self.index.module_of(package)
        if module is None or path.endswith((".go", ".s")):
            return
        rest, ends = package[len(module.path) :], parts(path)
        for place in self.places(package, path):
            for number in range(1, len(ends)):
                yield Candidate(join(place.folder.removesuffix(rest), "/".join(ends[number:])), Reason.LINE, sure=False)

    def _own_names(self, file: RecordedFile, package: str) -> list[str]:
        """Return the file's name as seen from its package's folder: more than the base name where `//line` gave another one."""
        path, name = file.path, base(file.path)
        if is_absolute(path):
            home = self.index.folder_of_package(package)
            if home is None or key(home) == key(folder(path)) or path.startswith(TRIMMED_C):
                return [name]
            # The package lies elsewhere, so a `//line` named this one: it is where it was, seen from the package.
            seen = _seen_from(path, home)
            return [seen] if seen is not None else []
        if not folder(path) or path.startswith(ROOTED) or is_trimmed(path, package) or package in ("main", COMMAND_LINE):
            return [name]
        tail = folder(path)
        if tail.startswith("external/") or f"/{package}".endswith(f"/{tail}"):
            return [name, path]  # a build in an execroot, or a `//line` that happens to look like one
        return [path]

    def places(self, package: str, path: str = "") -> Iterator[Place]:
        """Yield the local folders of a package; `path` is the recorded file for whose sake it is asked."""
        if self.index.is_standard(package, path):
            yield from self._standard(package)
            return
        if package in ("main", COMMAND_LINE) or package.endswith(".test"):
            if self.tree.facts.program:
                program = self.tree.facts.program
                yield Place(parent(program) if program.endswith(".go") else program, Reason.MODULE, sure=False)
            if folder(path) and not is_absolute(path):
                # Without build info nothing names the main package; in an execroot its path is seen from the workspace.
                yield from (Place(join(each, folder(path)), Reason.MODULE, sure=False) for each in self._tops)
            return
        module = self.index.module_of(package)
        if module is None:
            yield from self._unversioned(package)
            return
        rest = package[len(module.path) + 1 :]
        for each in self._of_module(module, package, path):
            yield attrs.evolve(each, folder=join(each.folder, rest)) if rest and each.reason is not Reason.VENDOR else each

    def _standard(self, package: str) -> Iterator[Place]:
        wanted = go_version(self.index.recorded.build.go_version)
        for number, (goroot, version) in enumerate(self.tree.goroots.items()):
            if not wanted or version == wanted:
                yield Place(join(goroot, f"src/{package}"), Reason.GOROOT, sure=bool(wanted), rank=number)

    def _of_module(self, module: ModuleVersion, package: str, path: str) -> Iterator[Place]:
        """Yield the folders of a linked module, for a vendored one that of the package itself."""
        if self.index.is_main_module(module):
            # `go install m@v` builds in the module cache, and its recorded names say so.
            version = version_in(path)
            if version and (cached := self.tree.cached(module.path, version)):
                yield Place(cached, Reason.CACHE)
            else:
                yield from self._main(module.path)
            return
        new = module.replaced_by
        if new is not None and new.version in NO_VERSIONS:
            yield from self._replacing(new.path, module.path)
            yield from self._vendored(package, module.version, path)
            return
        if module.version in NO_VERSIONS and new is None:
            yield from self._main(module.path)
            return
        yield from self._vendored(package, module.version, path)
        source = (new.path, new.version) if new is not None else (module.path, module.version)
        if cached := self.tree.cached(*source):
            yield Place(cached, Reason.REPLACED if new is not None else Reason.CACHE, rank=5)

    def _main(self, module: str) -> Iterator[Place]:
        """Yield the folders of a module that is worked on."""
        for workspace in self.tree.facts.workspaces:
            for each in workspace.modules:
                if each.path == module:
                    yield Place(each.directory, Reason.MODULE)

    def _replacing(self, new_path: str, module: str) -> Iterator[Place]:
        """Yield the folder that replaces a module: build info has it as go.mod or go.work spells it, seen from there."""
        if paths.isabs(new_path) or is_windows(new_path):
            yield Place(new_path, Reason.REPLACED)
        else:
            for workspace in self.tree.facts.workspaces:
                owners = [each.directory for each in workspace.modules if self._built(each.path)]
                if workspace.work is not None:
                    owners.insert(0, parent(workspace.work_path))
                for owner in dict.fromkeys(owners):
                    yield Place(join(owner, new_path), Reason.REPLACED)
        # The lines as they are now, for a build that was made where the folders lie otherwise.
        for at, replaced in self.tree.replaced_folders.items():
            if any(path == module for path, _ in replaced):
                yield Place(at, Reason.REPLACED, sure=False, rank=1)

    def _built(self, module: str) -> bool:
        main = self.index.recorded.build.main
        return main is None or main.path == module

    def _vendored(self, package: str, version: str, path: str) -> Iterator[Place]:
        """Yield the package's folder in each vendor folder that holds it at this version."""
        for at, modules in self.tree.vendor_folders.items():
            _, listed = modules.get(package, ("", ""))
            if listed and version not in NO_VERSIONS and listed != version:
                continue
            # The recorded name tells whether it came from here; a trimmed one does not, so go's own way must.
            trimmed = not is_absolute(path) or path.startswith(TRIMMED_C)
            vendored = at in self._active if trimmed else "/vendor/" in path
            yield Place(join(at, package), Reason.VENDOR, sure=bool(listed), rank=-1 if vendored else 6, aside=not vendored)

    @cached_property
    def _tops(self) -> tuple[str, ...]:
        """The folders at the top of what is worked on."""
        workspaces = self.tree.facts.workspaces
        works = [parent(each.work_path) for each in workspaces if each.work_path]
        return tuple(dict.fromkeys([*works, *(module.directory for each in workspaces for module in each.modules)]))

    @cached_property
    def _active(self) -> frozenset[str]:
        """The vendor folders that go uses without being asked."""
        return frozenset(each.vendor.directory for each in self.tree.facts.workspaces if each.vendor.active)

    def _unversioned(self, package: str) -> Iterator[Place]:
        """Yield the folders of a package whose module build info does not name (Bazel, GOPATH): what go would take today."""
        seen = set()
        for workspace in self.tree.facts.workspaces:
            for each in sorted(workspace.modules, key=lambda each: -len(each.path)):
                if each.path and (package == each.path or package.startswith(each.path + "/")):
                    rest = package[len(each.path) + 1 :]
                    yield Place(join(each.directory, rest) if rest else each.directory, Reason.MODULE, sure=False)
                    break
            else:
                place = workspace.directory_of(package)
                if place is not None and place not in seen:
                    seen.add(place)
                    found = self.tree.identities(join(place, "x.go"))
                    yield Place(place, found[0].reason if found else Reason.MODULE, sure=False, rank=3)
        for gopath in self.tree.gopath:
            yield Place(join(gopath, f"src/{package}"), Reason.GOPATH, sure=False, rank=4)


def _seen_from(path: str, home: str) -> str | None:
    """Return an absolute path relative to a recorded folder, None when they share no more than the root."""
    own, theirs = parts(path), parts(home)
    shared = 0
    while shared < min(len(own), len(theirs)) and own[shared] == theirs[shared]:
        shared += 1
    if shared < 2:  # noqa: PLR2004 - the root and a folder
        return None
    return "/".join([".."] * (len(theirs) - shared) + own[shared:])
