"""API skeleton: see the docstrings; bodies follow."""

from __future__ import annotations

import attrs

from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import Files
from dapshim.golang.workspace import Workspace

MAX_DIRECTORIES = 20_000


@attrs.frozen
class Excluded:
    """A Go file that is not in the build, and why, in words for a person."""

    name: str
    reason: str


@attrs.frozen
class Conflict:
    """Two files of one folder that belong to different packages, for which Go refuses it."""

    names: tuple[str, str]
    files: tuple[str, str]


@attrs.frozen
class Package:
    """The Go package in one folder, as a build sees it. `name` is "" when no file is in the build."""

    directory: str
    name: str = ""
    go_files: tuple[str, ...] = ()
    """In the build and no tests, those with `import "C"` too."""
    cgo_files: tuple[str, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    test_files: tuple[str, ...] = ()
    external_test_files: tuple[str, ...] = ()
    external_test_name: str = ""
    has_main_function: bool = False
    conflict: Conflict | None = None
    errors: tuple[Excluded, ...] = ()
    """Files that cannot be read as Go."""

    @property
    def is_main(self) -> bool:
        """Whether it is a program."""
        return self.name == "main" and bool(self.go_files)

    @property
    def has_tests(self) -> bool:
        """Whether `go test` has files to run."""
        return bool(self.test_files or self.external_test_files)

    @property
    def uses_cgo(self) -> bool:
        """Whether building it runs the C compiler."""
        return bool(self.cgo_files)


@attrs.frozen
class MainPackages:
    """The programs below a folder, in sorted order."""

    directories: tuple[str, ...]
    cut_short: bool
    """Whether there were more folders than were looked at."""


def read_package(files: Files, directory: str, context: BuildContext) -> Package:
    """Read the package in `directory`.

    Raises:
        OSError: the folder cannot be listed.

    """
    raise NotImplementedError


def main_packages_below(
    files: Files, directory: str, context: BuildContext, workspace: Workspace | None = None, *, limit: int = MAX_DIRECTORIES
) -> MainPackages:
    """Return the folders of programs at and below `directory`, looking at no more than `limit` folders."""
    raise NotImplementedError
