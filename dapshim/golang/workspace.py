"""API skeleton: see the docstrings; bodies follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

from dapshim.golang.files import Files
from dapshim.golang.modfile import ModFile, Use, WorkFile

WorkspaceKind = Literal["work", "module", "gopath", "none"]


class WorkspaceError(Exception):
    """A setting with which no go command would work: GO111MODULE=nonsense, a GOWORK that is not absolute."""


@attrs.frozen
class FoundModule:
    """A module on disk: `directory` as spelt, the `file` that was read (its go.mod, or what -modfile names), and its facts."""

    directory: str
    file: str
    mod: ModFile
    use: Use | None = None
    """The line of go.work that names it."""

    @property
    def path(self) -> str:
        """The module path, "" when the file names none."""
        return self.mod.path


@attrs.frozen
class Missing:
    """A `use` that leads nowhere."""

    use: Use
    directory: str
    what: Literal["folder", "go.mod"]
    """What is not there: the folder, or the go.mod in it."""


@attrs.frozen
class Problem:
    """Something for which the go command refuses the whole workspace. `line` is 0 where no line is at fault."""

    code: str
    message: str
    file: str = ""
    line: int = 0


@attrs.frozen
class Vendor:
    """Whether packages come from a vendor folder, by which rule, and which (import path -> (module path, version))."""

    active: bool
    directory: str
    reason: str


@attrs.frozen(eq=False)
class Workspace:
    """What the go command would see from `directory`."""

    files: Files
    kind: WorkspaceKind
    directory: str
    work: WorkFile | None = None
    work_path: str = ""
    modules: tuple[FoundModule, ...] = ()
    missing: tuple[Missing, ...] = ()
    problems: tuple[Problem, ...] = ()
    vendor: Vendor = Vendor(active=False, directory="", reason="")
    goroot: str = ""
    gopath: tuple[str, ...] = ()
    gomodcache: str = ""

    def module_of(self, directory: str) -> FoundModule | None:
        """Return the main module that holds `directory`, by its spelling or, failing that, by where links lead."""
        raise NotImplementedError

    def covers(self, directory: str) -> FoundModule | None:
        """Return the main module by which `go build` accepts `directory` in this very spelling; None when it refuses."""
        raise NotImplementedError

    def nearest_module(self, directory: str) -> FoundModule | None:
        """Return the module of the nearest go.mod at or above `directory`, used or not."""
        raise NotImplementedError

    def import_path_of(self, directory: str) -> str | None:
        """Return the import path of the package in `directory`."""
        raise NotImplementedError

    def directory_of(self, import_path: str) -> str | None:
        """Return the folder of a package."""
        raise NotImplementedError


def read_workspace(
    files: Files,
    directory: str,
    env_gowork: str | None,
    go111module: str,
    gopath: Sequence[str],
    goflags: Sequence[str] = (),
    *,
    goroot: str = "",
    gomodcache: str = "",
    temporary: str = "",
) -> Workspace:
    """Read what the go command would see from `directory` (absolute, in the editor's spelling)."""
    raise NotImplementedError
