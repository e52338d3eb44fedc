"""`program` of a debug or test session: from what a person writes to the one package that is built, and the folder for it.

Delve 1.27.1 runs `go build PROGRAM` in its own directory, which is right only when that is inside the program's module. So the
build is planned in the folder of the package, as vscode-go does it: dlv goes there, and builds `.`.

The spelling that the editor uses is kept everywhere: `go` records the paths below the folder as PWD spells it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import Files
from dapshim.golang.main_packages import main_packages_below
from dapshim.golang.overlay import overlaid
from dapshim.golang.packages import Package, read_package
from dapshim.golang.spelling import below, join, parent, paths
from dapshim.golang.toolchain import GoEnv, split_flags
from dapshim.golang.workspace import Workspace
from dapshim.plan.buildable import check_buildable, is_buildable, workspace_at
from dapshim.plan.facts import Facts
from dapshim.plan.flags import joined
from dapshim.plan.outcome import PlanError

SHOWN: Final = 20
"""Programs that an error lists at most: more do not fit a dialog."""


@attrs.frozen
class Target:
    """What is built: `package` is what the go command is told (`.`, `./x.go`, an import path) in `directory`."""

    directory: str
    package: str
    env: GoEnv
    note: str | None = None
    """What the user is told about a program that was found, not named."""
    modules: Mapping[str, str] = attrs.field(factory=dict)
    """Module path -> folder of the main modules."""


@attrs.frozen
class Wanted:
    """What was asked for: the attribute's text, whether its tests are meant, and the build's flags and environment."""

    program: str
    test: bool
    flags: Sequence[str]
    environ: Mapping[str, str]
    base: str
    """The folder from which a relative program is seen."""
    build_from: str | None = None
    """The folder in which a person wants go to run; None for that of the package."""


def resolve(wanted: Wanted, facts: Facts) -> Target:
    """Return the package that `program` means.

    Raises:
        PlanError: it means none, or several.
        ToolchainError: the go command is of no use there.

    """
    path = facts.variables.path("program", wanted.program, wanted.base)
    facts = _with_overlay(wanted, facts, path)
    kind = facts.files.kind(path)
    if kind == "folder":
        return _Folder(wanted, facts, path).target()
    if kind == "file":
        return _of_file(wanted, facts, path)
    if wanted.program.endswith("..."):
        raise PlanError(f'"program": "{wanted.program}" means many packages; name the one that is to be debugged.')
    if _may_be_import_path(wanted.program):
        return _of_import_path(wanted, facts)
    raise PlanError(_missing(wanted, facts, path))


def _with_overlay(wanted: Wanted, facts: Facts, path: str) -> Facts:
    """Return the facts as a build with -overlay finds them; its file is seen from the folder in which go will run."""
    try:
        flags = [*split_flags(wanted.environ.get("GOFLAGS", "")), *joined(list(wanted.flags), "overlay")]
    except ValueError:
        return facts
    run_in = wanted.build_from or (parent(path) if path.endswith(".go") else path)
    files = overlaid(facts.files, flags, run_in)
    return facts if files is facts.files else attrs.evolve(facts, files=files)


def _missing(wanted: Wanted, facts: Facts, path: str) -> str:
    above = parent(path)
    while facts.files.kind(above) != "folder" and above != parent(above):
        above = parent(above)
    seen = "" if paths.isabs(wanted.program) else f", seen from {wanted.base}, is {path}, which"
    return f'"program": "{wanted.program}"{seen} does not exist (the nearest folder that does is {above}).'


# -- a file ----------------------------------------------------------------------------------------


def _of_file(wanted: Wanted, facts: Facts, path: str) -> Target:
    """Take a file for its package, unless it is a program by itself, beside others or kept out of the build."""
    directory, name = parent(path), paths.basename(path)
    if not name.endswith(".go"):
        raise PlanError(
            f'"program" is {path}, which is no Go source; to debug a binary that is built already, use "mode": "exec".'
        )
    folder = _Folder(wanted, facts, directory)
    if wanted.test:
        return folder.target()
    if name.endswith("_test.go"):
        raise PlanError(f'"program" is {path}, which is a test; use "mode": "test", or "auto".')
    package = folder.package
    alone = package.conflict is not None or name not in package.go_files or _mains(facts.files, package) > 1
    whole = package.go_files == (name,) and not is_buildable(folder.workspace, directory)
    if (alone or whole) and _declares_main(facts.files, path):
        # With files named, go takes them for a package of their own; it needs no module either.
        return Target(directory, f"./{name}", folder.env, modules=folder.modules)
    return folder.target()


def _declares_main(files: Files, path: str) -> bool:
    from dapshim.golang.source_files import read_head
    from dapshim.golang.source_header import has_main_function

    try:
        header, _ = read_head(files, path)
        return header.package == "main" and has_main_function(files.read(path))
    except (OSError, ValueError):
        return False


def _mains(files: Files, package: Package) -> int:
    if not package.is_main or len(package.go_files) == 1:
        return int(package.is_main)
    return sum(_declares_main(files, join(package.directory, name)) for name in package.go_files)


# -- a folder --------------------------------------------------------------------------------------


class _Folder:
    """A folder that was named, and what the go command makes of it."""

    def __init__(self, wanted: Wanted, facts: Facts, directory: str) -> None:
        self._wanted = wanted
        self._facts = facts
        self._files = facts.files
        self.directory = directory
        run_in = wanted.build_from or directory
        self.env = facts.go_command.env(run_in, {**wanted.environ, "PWD": run_in})
        self._context = BuildContext.of(self.env, wanted.flags)
        try:
            self.package = read_package(facts.files, directory, self._context)
        except OSError as error:
            raise PlanError(f'"program" is {directory}, which cannot be read: {error.strerror or error}.') from error
        self.workspace = workspace_at(facts, run_in, self.env, wanted.flags)

    @property
    def modules(self) -> dict[str, str]:
        """The main modules: module path -> folder."""
        return {module.path: module.directory for module in self.workspace.modules}

    def target(self) -> Target:
        """Return what to build for this folder."""
        if self._wanted.test:
            self.check_tests()
            check_buildable(self.workspace, self.directory)
            return Target(self.directory, ".", self.env, modules=self.modules)
        if self.package.conflict is None and (self.package.is_main or self._whole_files_fail()):
            check_buildable(self.workspace, self.directory)
            return Target(self.directory, ".", self.env, modules=self.modules)
        if self.package.conflict is not None and self.package.name == "main":
            return Target(self.directory, ".", self.env, modules=self.modules)
        return self._program_below()

    def _whole_files_fail(self) -> bool:
        """Whether the folder is a program for which the compiler has the better words."""
        return bool(self.package.errors) and self.package.name in ("", "main")

    def check_tests(self) -> None:
        """Refuse a folder without tests."""
        package = self.package
        if package.has_tests or package.errors or package.conflict is not None:
            return
        hidden = [each for each in package.excluded if each.name.endswith("_test.go")]
        why = f"; {hidden[0].name} is not in the build: {hidden[0].reason}" if hidden else ""
        raise PlanError(f'"program" is {self.directory}, which has no tests (files that end in _test.go){why}.')

    def _program_below(self) -> Target:
        """Use the only program below the folder, or say which there are."""
        found = main_packages_below(self._files, self.directory, self._context, self.workspace)
        if not found.directories and not found.cut_short:
            found = main_packages_below(self._files, self.directory, self._context, _of_any_module(self.workspace))
        programs = [each for each in found.directories if each != self.directory]
        if len(programs) == 1 and not found.cut_short:
            inner = _Folder(self._wanted, self._facts, programs[0])
            check_buildable(inner.workspace, programs[0])
            return Target(
                programs[0],
                ".",
                inner.env,
                f"{self.directory} has no package main; {programs[0]}, the only program below it, is debugged.",
                inner.modules,
            )
        raise PlanError(self._no_program(programs, cut_short=found.cut_short))

    def _no_program(self, programs: list[str], *, cut_short: bool) -> str:
        if programs:
            lines = [f'    "program": "{self._shown(each)}"' for each in programs[:SHOWN]]
            more = f"\n    … and {len(programs) - SHOWN} more" if len(programs) > SHOWN else ""
            return (
                f'"program" is {self.directory}, which has no package main, and there are several below it. Say in launch.json '
                "which one:\n" + "\n".join(lines) + more
            )
        what = f"holds package {self.package.name}, a library" if self.package.name else "has no Go files"
        if self.package.excluded and not self.package.name:
            first = self.package.excluded[0]
            what = f"has no Go file in the build ({first.name}: {first.reason})"
        tests = ' To debug its tests, use "mode": "test".' if self.package.has_tests else ""
        elsewhere = self._elsewhere()
        cut = " (not every folder was looked at)" if cut_short else ""
        return f'"program" is {self.directory}, which {what}, and there is no package main below it{cut}.{tests}{elsewhere}'

    def _elsewhere(self) -> str:
        """Name the programs of the module, for somebody who pointed at one of its libraries."""
        module = self.workspace.module_of(self.directory) or self.workspace.nearest_module(self.directory)
        if module is None or module.directory == self.directory:
            return ""
        found = main_packages_below(self._files, module.directory, self._context, self.workspace).directories
        lines = "\n".join(f'    "program": "{self._shown(each)}"' for each in found[:SHOWN])
        return f" The programs of module {module.path or module.directory}:\n{lines}" if found else ""

    def _shown(self, directory: str) -> str:
        inside = below(directory, self._facts.workspace_folder)
        if inside is None:
            return directory
        return "${workspaceFolder}" + (f"/{inside}" if inside else "")


def _of_any_module(space: Workspace) -> Workspace:
    """Return a workspace in which a walk looks into every module below, each of which is a workspace of its own."""
    return space if space.kind == "gopath" else attrs.evolve(space, kind="none", work=None, modules=())


# -- an import path --------------------------------------------------------------------------------


def _may_be_import_path(text: str) -> bool:
    return not paths.isabs(text) and not text.startswith((".", "~")) and not text.endswith(".go") and "\\" not in text


def _of_import_path(wanted: Wanted, facts: Facts) -> Target:
    """Find the package that is named by its import path."""
    env = facts.go_command.env(wanted.base, {**wanted.environ, "PWD": wanted.base})
    space = workspace_at(facts, wanted.base, env, wanted.flags)
    directory = space.directory_of(wanted.program)
    if directory is None:
        directory = _of_module_below(wanted, facts, env, space)
        if directory is None:
            known = ", ".join(module.path for module in space.modules[:SHOWN])
            raise PlanError(
                f'"program": "{wanted.program}" is neither a path below {wanted.base} nor the import path of a package that go '
                f"finds from there{f' (its modules: {known})' if known else ''}."
            )
    elif space.covers(directory) is None:
        return _of_dependency(wanted, facts, directory)
    return _Folder(wanted, facts, directory).target()


def _of_dependency(wanted: Wanted, facts: Facts, directory: str) -> Target:
    """Build a package of a dependency from here, by its import path: go refuses a folder of the module cache."""
    folder = _Folder(attrs.evolve(wanted, build_from=wanted.base), facts, directory)
    if wanted.test:
        folder.check_tests()
    elif not folder.package.is_main:
        raise PlanError(f'"program": "{wanted.program}" is package {folder.package.name}, a library, in {directory}.')
    return Target(wanted.base, wanted.program, folder.env, modules=folder.modules)


def _of_module_below(wanted: Wanted, facts: Facts, env: GoEnv, space: Workspace) -> str | None:
    """Find the program in a module that is not in use: one below a root that is in none, or one that go.work leaves out."""
    context = BuildContext.of(env, wanted.flags)
    for directory in main_packages_below(facts.files, wanted.base, context, _of_any_module(space)).directories:
        module = space.nearest_module(directory)
        if module is not None and "/".join(filter(None, (module.path, below(directory, module.directory)))) == wanted.program:
            return directory
    return None
