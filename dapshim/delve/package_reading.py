"""Gathers what the rules about breakpoints look at for a program that was not built: sources and build constraints alone.

Nothing is built. What only a compiler knows (inlining, dead code) is not known here, and a debug build, which neither inlines
nor optimises, is what is meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

import attrs

from dapshim.binary.recorded import BuildInfo
from dapshim.delve.go_command import GoCommand
from dapshim.diagnose.breakpoint_facts import Asked, FunctionFacts, Importers, LineFacts, ProgramFacts
from dapshim.diagnose.function_rules import matching, similar
from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import CachedFiles
from dapshim.golang.importers import ImportReader
from dapshim.golang.packages import Package, read_package
from dapshim.golang.spelling import join, parent
from dapshim.golang.toolchain import GoEnv
from dapshim.golang.workspace import Workspace, read_workspace
from dapshim.sources.answers import Answer, Reason
from dapshim.sources.go_text import GoText
from dapshim.sources.regions import initialised_lines, likely_lines
from dapshim.sources.resolution import MAX_SOURCE
from dapshim.sources.spelling import AdapterPath, base

FILES_MOST: Final = 5000
"""Files whose functions are listed, to look for one by its name."""


@attrs.frozen(slots=False)
class PackageReader:
    """Answers for the program that is built of the package in `folder`; `test`: for its tests."""

    folder: str
    go: GoCommand
    environ: Mapping[str, str]
    flags: Sequence[str] = ()
    test: bool = False

    @property
    def files(self) -> CachedFiles:
        """The machine's files."""
        return self.go.files

    @cached_property
    def env(self) -> GoEnv:
        """What go says of itself there; raises ToolchainError."""
        return self.go.env(self.folder, self.environ)

    @cached_property
    def workspace(self) -> Workspace:
        """What go would see there; raises WorkspaceError."""
        env = self.env
        return read_workspace(
            self.files,
            self.folder,
            env.gowork or "off",
            env.go111module,
            env.gopath,
            (*env.goflags, *self.flags),
            goroot=env.goroot,
            gomodcache=env.gomodcache,
        )

    @cached_property
    def context(self) -> BuildContext:
        """For what it would be built."""
        return BuildContext.of(self.env, self.flags)

    @cached_property
    def _imports(self) -> ImportReader:
        return ImportReader(self.files, self.workspace, self.context)

    @property
    def program(self) -> ProgramFacts:
        """What is known of the program: it will be built for debugging."""
        path = self.workspace.import_path_of(self.folder) or ""
        return ProgramFacts(build=BuildInfo(path=path), optimized=False, stripped=False, test=self.test)

    def line_facts(self, asked: Asked) -> LineFacts:
        """Return what the source tells of a line. Raises ToolchainError, WorkspaceError, and OSError for a missing file."""
        text = GoText(self.files.read(asked.file, MAX_SOURCE))
        answer, importers = self._answer(asked.file)
        lines = likely_lines(text) | initialised_lines(text)
        functions = frozenset(each.first for each in text.functions)
        return LineFacts(asked, self.program, answer, text, lines, functions, frozenset(), importers=importers)

    def _answer(self, path: str) -> tuple[Answer[AdapterPath], Importers | None]:
        """Return whether the file will be part of the program."""
        folder, name = parent(path), base(path)
        package = read_package(self.files, folder, self.context)
        imported = self.workspace.import_path_of(folder)
        if imported is None:
            said = f"{path} belongs to no module that go sees from {self.folder}; go work use, or open it from its own module"
            return Answer(None, Reason.UNRELATED, said), None
        if folder != self.folder and not self._imports.reaches(self.folder, imported):
            root = parent(self.workspace.work_path) if self.workspace.work_path else self.workspace.modules[0].directory
            found = self._imports.programs_with(imported, root)
            said = f"package {imported} is not imported by {self.folder}"
            return Answer(None, Reason.NOT_LINKED, said), Importers(found.directories, found.complete, root)
        why = self._left_out(package, name)
        if why:
            return Answer(None, Reason.NOT_IN_BUILD, f"{name} is left out of the build: {why}"), None
        return Answer(AdapterPath(path), Reason.EXACT), None

    def _left_out(self, package: Package, name: str) -> str:
        tests = (*package.test_files, *package.external_test_files)
        if name in tests:
            return "" if self.test and package.directory == self.folder else "a test file is built by go test only (mode test)"
        return next((each.reason for each in (*package.excluded, *package.errors) if each.name == name), "")

    def function_facts(self, asked: Asked) -> FunctionFacts:
        """Return what the source tells of a name: the functions of the packages that the program imports here."""
        found = tuple(self._functions)
        matches = matching(asked.function, found)
        return FunctionFacts(asked, self.program, matches, (), () if matches else similar(asked.function, found))

    def place_of(self, symbol: str) -> tuple[str, int]:
        """Return the file and line of a function that was found."""
        return self._functions.get(symbol, ("", 0))

    @cached_property
    def _functions(self) -> dict[str, tuple[str, int]]:
        found: dict[str, tuple[str, int]] = {}
        files = 0
        for folder in self._imports.reached(self.folder):
            package = read_package(self.files, folder, self.context)
            prefix = "main" if package.name == "main" else self.workspace.import_path_of(folder) or package.name
            names = package.go_files + (package.test_files if self.test and folder == self.folder else ())
            for name in names:
                files += 1
                if files > FILES_MOST:
                    return found
                path = join(folder, name)
                for each in GoText(self.files.read(path, MAX_SOURCE)).functions:
                    receiver = f"{each.receiver}." if each.receiver else ""
                    found[f"{prefix}.{receiver}{each.name}"] = path, each.first
        return found
