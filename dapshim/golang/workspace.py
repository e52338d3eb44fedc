"""What the go command would see from a folder: go.work, its modules, go.mod, GOPATH; read without `go list`.

Two rules:

1. The spelling that came in goes out. `Files.real` is used to compare, never to name.
2. Where the go command compares spellings, so does `covers`; `module_of` also finds what lies behind a link, so that the right
   spelling can be offered.

Versions are those that require lines name. cmd/go would select over the whole module graph; since Go 1.17 a go.mod lists every
module that its packages need, so the lines are enough for a tidy module, and for others the answer may be an older version.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final, Literal

import attrs

from dapshim.golang.files import Files
from dapshim.golang.modfile import GoLine, WorkFile
from dapshim.golang.modules import FoundModule, Missing, Problem, WorkReader, load_module
from dapshim.golang.quoting import flag_value
from dapshim.golang.spelling import below, clean, join, parent, paths, upwards
from dapshim.golang.vendoring import Vendor, find_vendor, read_modules_txt

__all__ = ["FoundModule", "Missing", "Problem", "Vendor", "Workspace", "WorkspaceError", "WorkspaceKind", "read_workspace"]

WorkspaceKind = Literal["work", "module", "gopath", "none"]
NO_VENDOR: Final = Vendor(active=False, directory="", reason="")


class WorkspaceError(Exception):
    """A setting with which no go command works: GO111MODULE=nonsense, a GOWORK that is not absolute."""


@attrs.frozen(eq=False)
class Workspace:
    """What the go command sees from `directory`.

    `kind`: "work" (a go.work is in force), "module" (one main module), "gopath" (GO111MODULE), "none" (module mode, but no
    go.mod at or above). `modules` are the main modules in the order of go.work.
    """

    files: Files
    kind: WorkspaceKind
    directory: str
    work: WorkFile | None = None
    work_path: str = ""
    modules: tuple[FoundModule, ...] = ()
    missing: tuple[Missing, ...] = ()
    problems: tuple[Problem, ...] = ()
    vendor: Vendor = NO_VENDOR
    goroot: str = ""
    gopath: tuple[str, ...] = ()
    gomodcache: str = ""

    @property
    def go_line(self) -> str:
        """What decides about language and vendoring: the go line of go.work, or of the only go.mod; "" for none."""
        owner = self.work if self.work is not None else self.modules[0].mod if self.modules else None
        return _text(owner.go) if owner is not None else ""

    @property
    def toolchain_line(self) -> str:
        """The toolchain line of go.work, or of the only go.mod; "" for none."""
        owner = self.work if self.work is not None else self.modules[0].mod if self.modules else None
        return owner.toolchain.name if owner is not None and owner.toolchain is not None else ""

    @cached_property
    def roots(self) -> dict[str, FoundModule]:
        """The main modules by their folders as spelt."""
        return {each.directory: each for each in self.modules}

    @cached_property
    def real_roots(self) -> dict[str, FoundModule]:
        """The main modules by where their folders really are."""
        return {self.files.real(each.directory): each for each in self.modules}

    @cached_property
    def vendored(self) -> dict[str, tuple[str, str]]:
        """Import path -> (module path, version) of what the vendor folder lists; empty unless it is in use."""
        return read_modules_txt(self.files, self.vendor.directory) if self.vendor.active else {}

    def module_of(self, directory: str) -> FoundModule | None:
        """Return the main module that holds `directory`, by its spelling or, failing that, by where links lead."""
        found = self._spelt_within(directory)
        if found is not None:
            return found
        root = self._root_of(self.files.real(directory))
        return self.real_roots.get(root) if root is not None else None

    def covers(self, directory: str) -> FoundModule | None:
        """Return the main module by which `go build` accepts `directory` in this very spelling; None when it refuses.

        Go compares spellings: below the link that leads to a module it refuses, "directory … outside main module". What lies in
        vendor/ it accepts when the vendor folder is in use and lists the package. In GOPATH mode there are no modules.
        """
        found = self._spelt_within(directory)
        if found is None:
            return None
        inside = below(clean(directory), found.directory) or ""
        if "@" in inside:
            return None
        if inside.startswith("vendor/"):
            return found if inside.removeprefix("vendor/") in self.vendored else None
        return found

    def nearest_module(self, directory: str) -> FoundModule | None:
        """Return the module whose go.mod is the nearest at or above `directory`, whether it is used or not.

        For "module X in DIR is not listed in GO.WORK; run: go work use DIR".
        """
        root = self._root_of(directory)
        if root is None:
            return None
        return self.roots.get(root) or load_module(self.files, root, join(root, "go.mod"))[0]

    def respell(self, directory: str) -> str | None:
        """Return `directory` in the spelling in which the go command accepts it, None when there is none."""
        found = self.module_of(directory)
        if found is None:
            return None
        if self._spelt_within(directory) is not None:
            return clean(directory)
        inside = below(self.files.real(directory), self.files.real(found.directory))
        return join(found.directory, inside) if inside else found.directory

    def import_path_of(self, directory: str) -> str | None:
        """Return the path by which the package in `directory` is imported, None when it belongs to nothing that is built here.

        `go list DIR` knows some of them only by that path: a folder by replace that lies within another module's tree.
        """
        from dapshim.golang.resolving import import_path_of

        return import_path_of(self, directory)

    def directory_of(self, import_path: str) -> str | None:
        """Return the folder of a package, None when no module that is at hand has Go files for it."""
        from dapshim.golang.resolving import directory_of

        return directory_of(self, import_path)

    def _spelt_within(self, directory: str) -> FoundModule | None:
        root = self._root_of(directory)
        return self.roots.get(root) if root is not None else None

    def _root_of(self, directory: str) -> str | None:
        """Return the folder of the nearest go.mod at or above `directory`."""
        return _nearest(self.files, directory, "go.mod")


def read_workspace(  # noqa: PLR0913 - each is a variable of `go env`
    files: Files,
    directory: str,
    env_gowork: str | None,
    go111module: str,
    gopath: Sequence[str],
    goflags: Sequence[str] = (),
    *,
    goroot: str = "",
    gomodcache: str = "",
    temporary: str = "/tmp",  # noqa: S108 - no file is made there: a go.mod in it is ignored
) -> Workspace:
    """Read what the go command sees from `directory` (absolute, in the spelling that dlv's PWD will have).

    `env_gowork` is GOWORK as set, or as `go env` prints it: None, "" and "auto" look for a go.work, "off" and a path are
    themselves. `goflags` are those of GOFLAGS and of the build, in this order; -mod and -modfile count. `temporary` is the
    folder for temporary files, whose own go.mod Go ignores.

    Raises:
        WorkspaceError: GO111MODULE or GOWORK has a value that the go command refuses.

    """
    directory = clean(directory)
    if go111module not in ("", "on", "off", "auto"):
        raise WorkspaceError(f"GO111MODULE={go111module} is unknown to Go: set it to on, off or auto, or unset it")
    seen = Workspace(
        files, "gopath", directory, goroot=clean(goroot) if goroot else "", gopath=tuple(gopath), gomodcache=gomodcache
    )
    if go111module == "off":
        return seen
    mod_flag, modfile = flag_value(goflags, "mod"), flag_value(goflags, "modfile")
    work_path = _work_path(files, directory, env_gowork, seen.goroot)
    if work_path:
        read = WorkReader(files, work_path, tuple(goflags))
        return attrs.evolve(
            seen,
            kind="work",
            work=read.work,
            work_path=work_path,
            modules=read.modules,
            missing=tuple(read.missing),
            problems=tuple(read.problems),
            vendor=find_vendor(files, parent(work_path), _text(read.work.go), mod_flag, workspace=True),
        )
    root = _nearest(files, directory, "go.mod")
    if root is None or root == clean(temporary):
        return seen if go111module == "auto" else attrs.evolve(seen, kind="none")
    module, problems = load_module(files, root, join(directory, modfile) if modfile else join(root, "go.mod"))
    vendor = find_vendor(files, root, _text(module.mod.go), mod_flag, workspace=False)
    return attrs.evolve(seen, kind="module", modules=(module,), problems=tuple(problems), vendor=vendor)


def _work_path(files: Files, directory: str, setting: str | None, goroot: str) -> str:
    if setting == "off":
        return ""
    if setting not in (None, "", "auto"):
        if not paths.isabs(setting):
            raise WorkspaceError(
                f"GOWORK={setting} is not an absolute path, which Go demands: give the whole path, off or auto"
            )
        return setting
    for folder in upwards(directory):
        if files.kind(join(folder, "go.work")) == "file":
            return join(folder, "go.work")
        if parent(folder) == goroot:
            break  # Go does not look beyond its own tree from within it
    return ""


def _nearest(files: Files, directory: str, name: str) -> str | None:
    return next((folder for folder in upwards(directory) if files.kind(join(folder, name)) == "file"), None)


def _text(line: GoLine | None) -> str:
    return line.version if line is not None else ""
