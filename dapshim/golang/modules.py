"""Main modules: a go.mod on its own, or those that a go.work uses, with all for which the go command would refuse them."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from dapshim.golang.files import Files
from dapshim.golang.modfile import GoLine, ModFile, Use, WorkFile, parse_mod, parse_work
from dapshim.golang.quoting import flag_value
from dapshim.golang.spelling import join, parent
from dapshim.golang.versions import GoVersion, VersionError, parse_version

Code = Literal[
    "unreadable", "no-module-line", "syntax", "used-twice", "same-path", "work-too-old", "modfile", "mod-flag", "replaced-main"
]

IMPLIED_BY_WORK: Final = "1.18"
"""The go line of a go.work that has none."""
IMPLIED_BY_MOD: Final = "1.16"
"""The go line of a go.mod that has none."""
MAX_MOD: Final = 16 * 1024 * 1024
"""Bytes of a go.mod or go.work that are read, as many as Go takes from a module proxy."""
STRICT: Final = GoVersion(1, 21)
"""From this go line of a module on, the go.work must not ask for less."""


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
    """A `use` that leads nowhere; with one, the go command refuses the whole workspace."""

    use: Use
    directory: str
    what: Literal["folder", "go.mod"]
    """What is not there: the folder, or the go.mod in it."""


@attrs.frozen
class Problem:
    """Something for which the go command refuses the whole workspace. `line` is 0 where no line is at fault."""

    code: Code
    message: str
    file: str
    line: int = 0


def line_version(line: GoLine | None, implied: str) -> GoVersion:
    """Return the version of a go line, `implied` where there is none; like Go, the lowest of all for one that is none."""
    try:
        return parse_version(line.version if line is not None else implied)
    except VersionError:
        return GoVersion(0)


def load_module(files: Files, directory: str, file: str, use: Use | None = None) -> tuple[FoundModule, list[Problem]]:
    """Read the module in `directory` from `file`, and say for what Go would refuse it."""
    try:
        mod = parse_mod(files.read(file, MAX_MOD))
    except OSError as error:
        unreadable = Problem("unreadable", f"{file} cannot be read: {error.strerror or error}", file)
        return FoundModule(directory, file, ModFile(), use), [unreadable]
    problems = [Problem("syntax", f"{file}:{each.line}: {each.message}", file, each.line) for each in mod.errors]
    if not mod.path and not problems:
        problems.append(Problem("no-module-line", f"{file} has no module line", file))
    return FoundModule(directory, file, mod, use), problems


class WorkReader:
    """A go.work and the modules that it uses."""

    def __init__(self, files: Files, path: str, flags: tuple[str, ...]) -> None:
        self._files = files
        self._path = path
        self._folder = parent(path)
        self._flags = flags
        self.work = WorkFile()
        self.modules: tuple[FoundModule, ...] = ()
        self.missing: list[Missing] = []
        self.problems: list[Problem] = []
        self._read()

    def _read(self) -> None:
        try:
            self.work = parse_work(self._files.read(self._path, MAX_MOD))
        except OSError as error:
            self._problem("unreadable", f"{self._path} cannot be read: {error.strerror or error}")
        for fault in self.work.errors:
            self._problem("syntax", f"{self._path}:{fault.line}: {fault.message}", fault.line)
        self.modules = self._modules()
        self._check_flags()
        self._check_paths()
        self._check_versions()

    def _problem(
        self,
        code: Code,
        message: str,
        line: int = 0,
    ) -> None:
        self.problems.append(Problem(code, message, self._path, line))

    def _modules(self) -> tuple[FoundModule, ...]:
        modules: dict[str, FoundModule] = {}
        for use in self.work.use:
            directory = join(self._folder, use.path)
            file = join(directory, "go.mod")
            if directory in modules:
                self._problem("used-twice", f"{self._path}:{use.line}: {use.path} is used twice", use.line)
            elif self._files.kind(file) == "file":
                modules[directory], problems = load_module(self._files, directory, file, use)
                self.problems += problems
            else:
                there = self._files.kind(directory) == "folder"
                self.missing.append(Missing(use, directory, "go.mod" if there else "folder"))
        return tuple(modules.values())

    def _check_flags(self) -> None:
        mod = flag_value(self._flags, "mod")
        if mod not in (None, "", "readonly", "vendor"):
            self._problem("mod-flag", f"-mod={mod} cannot be used with {self._path}: drop it, or set GOWORK=off")
        if flag_value(self._flags, "modfile"):
            self._problem("modfile", f"-modfile cannot be used with {self._path}: drop it, or set GOWORK=off")

    def _check_paths(self) -> None:
        seen: dict[str, FoundModule] = {}
        for module in self.modules:
            line = module.use.line if module.use is not None else 0
            if module.path and module.path in seen:
                others = f"{seen[module.path].directory} and {module.directory}"
                self._problem("same-path", f"{self._path}:{line}: {others} are both module {module.path}", line)
            seen.setdefault(module.path, module)
        for each in self.work.replace:
            if not each.old_version and each.old_path in seen:
                message = f"{self._path}:{each.line}: module {each.old_path} is used and replaced at all versions"
                self._problem("replaced-main", message, each.line)

    def _check_versions(self) -> None:
        offered = line_version(self.work.go, IMPLIED_BY_WORK)
        for module in self.modules:
            asked = line_version(module.mod.go, IMPLIED_BY_MOD)
            if asked > offered and asked >= STRICT:
                message = (
                    f"module {module.directory} requires go >= {asked}, but {self._path} says go {offered}; run: go work use"
                )
                self._problem("work-too-old", message, self.work.go.line if self.work.go is not None else 0)
