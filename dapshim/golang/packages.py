"""The package in a folder, as a build sees it, and the programs below a folder; from the heads of files, without `go list`.

The rules are go/build's (Go 1.26). A file is read as far as its imports, and farther only to look for `func main`.
"""

from __future__ import annotations

import attrs

from dapshim.golang.build_context import BuildContext
from dapshim.golang.build_lines import why_not_built
from dapshim.golang.files import Files
from dapshim.golang.main_packages import MainPackages, main_packages_below
from dapshim.golang.source_files import FIRST_PIECE, MAX_SOURCE, go_file_names, read_head
from dapshim.golang.source_header import Header, has_main_function
from dapshim.golang.spelling import join

__all__ = ["Conflict", "Excluded", "MainPackages", "Package", "main_packages_below", "read_package"]


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
    """In the build and no tests; those with `import "C"` too."""
    cgo_files: tuple[str, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    test_files: tuple[str, ...] = ()
    """Tests in the package itself."""
    external_test_files: tuple[str, ...] = ()
    """Tests in the package `external_test_name`."""
    external_test_name: str = ""
    has_main_function: bool = False
    conflict: Conflict | None = None
    errors: tuple[Excluded, ...] = ()
    """Files for which Go refuses the package: they do not begin as Go files do, or cannot be read."""

    @property
    def is_main(self) -> bool:
        """Whether it is a program."""
        return self.name == "main" and bool(self.go_files)

    @property
    def has_tests(self) -> bool:
        """Whether `go test` has files of tests to build."""
        return bool(self.test_files or self.external_test_files)

    @property
    def uses_cgo(self) -> bool:
        """Whether building it runs the C compiler."""
        return bool(self.cgo_files)


def read_package(files: Files, directory: str, context: BuildContext) -> Package:
    """Read the package in `directory`.

    Raises:
        OSError: the folder cannot be listed.

    """
    reader = _PackageReader(files, directory, context)
    for name in go_file_names(files, directory):
        reader.add(name)
    return reader.package()


class _PackageReader:
    """Sorts the files of one folder, in the order in which go/build does, since the first one names the package."""

    def __init__(self, files: Files, directory: str, context: BuildContext) -> None:
        self._files = files
        self._directory = directory
        self._context = context
        self._name = ""
        self._first = ""
        self._lists: dict[str, list[str]] = {"go": [], "cgo": [], "test": [], "external": []}
        self._excluded: list[Excluded] = []
        self._errors: list[Excluded] = []
        self._conflict: Conflict | None = None
        self._heads: dict[str, tuple[Header, bytes]] = {}

    def add(self, name: str) -> None:
        """Put one file where it belongs."""
        if not self._context.takes_name(name):
            self._excluded.append(Excluded(name, f"its name says another system than {self._context}"))
            return
        path = join(self._directory, name)
        wrong = ""
        try:
            try:
                header, data = read_head(self._files, path)
            except ValueError as error:
                # Go looks at the build lines of a broken file too: one that is not in the build may be anything.
                header, data, wrong = Header("", 0, 0, imports_c=False), self._files.read(path, MAX_SOURCE), str(error)
            line = why_not_built(data if wrong else data[: header.clause], self._context.holds)
        except OSError as error:
            self._errors.append(Excluded(name, f"it cannot be read: {error.strerror or error}"))
            return
        except ValueError as error:
            self._errors.append(Excluded(name, str(error)))
            return
        if line is not None:
            self._excluded.append(Excluded(name, f"{line} does not hold for {self._context}"))
        elif wrong:
            self._errors.append(Excluded(name, wrong))
        elif header.package == "documentation":
            self._excluded.append(Excluded(name, "package documentation is never built"))
        elif header.imports_c and not name.endswith("_test.go") and not self._context.cgo_enabled:
            self._take_name(name, header.package)
            self._excluded.append(Excluded(name, 'it imports "C" and cgo is off (CGO_ENABLED=0, or no C compiler)'))
        else:
            self._sort(name, header, data)

    def _sort(self, name: str, header: Header, data: bytes) -> None:
        test = name.endswith("_test.go")
        if test and header.imports_c:
            self._errors.append(Excluded(name, "use of cgo in test not supported"))
            return
        external = test and header.package.endswith("_test") and header.package != self._name
        self._take_name(name, header.package.removesuffix("_test") if external else header.package)
        if external:
            self._lists["external"].append(name)
        elif test:
            self._lists["test"].append(name)
        else:
            self._lists["go"].append(name)
            self._heads[name] = header, data
            if header.imports_c:
                self._lists["cgo"].append(name)

    def _take_name(self, name: str, package: str) -> None:
        if not self._name:
            self._name, self._first = package, name
        elif package != self._name and self._conflict is None:
            self._conflict = Conflict((self._name, package), (self._first, name))

    def package(self) -> Package:
        """Return what was found."""
        external = self._lists["external"]
        built = any(self._lists.values())
        return Package(
            directory=self._directory,
            name=self._name if built else "",
            go_files=tuple(self._lists["go"]),
            cgo_files=tuple(self._lists["cgo"]),
            excluded=tuple(self._excluded),
            test_files=tuple(self._lists["test"]),
            external_test_files=tuple(external),
            external_test_name=f"{self._name}_test" if external else "",
            has_main_function=self._name == "main" and any(self._has_main(name) for name in self._lists["go"]),
            conflict=self._conflict,
            errors=tuple(self._errors),
        )

    def _has_main(self, name: str) -> bool:
        header, data = self._heads[name]
        if len(data) == FIRST_PIECE:
            # The piece may end within a string or a comment, so the whole file is looked at.
            try:
                data = self._files.read(join(self._directory, name), MAX_SOURCE)
            except OSError:
                return False
        return has_main_function(data, header.body)
