"""Gathers what the mapping of an executable's source files rests on, from this machine, and has it made.

The mapping itself is `dapshim.sources`', which reads nothing but through `Files`. What is done here blocks: `go env` is run,
and the executable and workspaces are read. It knows no message and prints nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.files_of_code import FilesOfCode
from dapshim.binary.pclntab import LineTable
from dapshim.binary.reading import Executable
from dapshim.binary.recorded_names import clean
from dapshim.delve.go_command import GoCommand
from dapshim.delve.program_reading import program_of
from dapshim.delve.read_programs import ReadProgram
from dapshim.golang.files import CachedFiles
from dapshim.golang.spelling import below, join, parent, upwards
from dapshim.golang.toolchain import GoEnv, ToolchainError
from dapshim.golang.workspace import Workspace, WorkspaceError, read_workspace
from dapshim.sources.facts import read_overlay
from dapshim.sources.infer import Facts, PathMap, infer
from dapshim.sources.rules import NO_RULES, Rules
from dapshim.sources.spelling import AdapterPath, ClientPath, key
from dapshim.sources.stale import Freshness, Staleness
from dapshim.sources.symbols import package_of_symbol

Owner = Literal["go", "cache", ""]
"""Whose a file is: a Go tree's, the module cache's, or the person's own."""


@attrs.frozen
class Whereabouts:
    """Where to look. `folders` are those that are worked in, as they are spelt, the nearer first.

    `environ` is what the go command is run with; GOWORK in it counts. `program` is the folder that was built, "" to find it by
    the main package's import path.
    """

    folders: tuple[str, ...]
    environ: Mapping[str, str]
    roots: tuple[ClientPath, ...] = ()
    program: str = ""
    rules: Rules = NO_RULES
    flags: tuple[str, ...] = ()
    """What the build was given beside GOFLAGS, as far as that is known: an `-overlay` among them counts."""


@attrs.frozen(eq=False)
class SourceMap:
    """The mapping of one executable. `notices` are sentences about what could not be looked at, so that less is mapped.

    `code` is None where no line table was read, `table` too. `text` is the address that the table's entries count from: the
    file's own, or where the running program has it.
    """

    map: PathMap
    code: FilesOfCode | None
    notices: tuple[str, ...] = ()
    table: LineTable | None = None
    text: int | None = None
    program: ReadProgram | None = None
    """What sessions of the same program share, which is theirs as long as one of them holds it."""
    around: Surroundings | None = None
    looked_at: set[str] = attrs.field(factory=set)
    """Folders of what the editor has opened that were looked at for the workspace, where none was known."""

    def address_of(self, function: str) -> int | None:
        """Return where a function of Go's begins, by its full name; None where the program has none of that name."""
        if self.table is None or self.text is None or not function:
            return None
        number = self.table.number_of(function.encode())
        return None if number is None else self.text + self.table.entries[number]

    def place_of(self, function: str, pc: int) -> tuple[AdapterPath, int] | None:
        """Return the recorded file and line of a frame's own code at an address; None where the line table has none.

        `function` is as Delve 1.27.1 names a frame: with the last element of the package only. It proves that the address is
        one of the table's.
        """
        if self.table is None or self.text is None:
            return None
        at = pc - self.text
        try:
            number = self.table.function_at(at)
            if number is None or self.table.name(number).rpartition("/")[2] != function:
                return None
            offset = at - self.table.entries[number]
            inlined = next((index for first, end, index in self.table.inline_ranges(number) if first <= offset < end), -1)
            path, line = self.table.position(at)
        except BinaryError:
            return None
        recorded = AdapterPath(clean(path))
        return (recorded, line) if inlined < 0 < line and key(recorded) in self.map.index.by_key else None

    def owner(self, path: ClientPath) -> Owner:
        """Say whose a local file is, by where it lies; a toolchain in the module cache is a Go tree."""
        tree = self.map.tree
        if any(below(path, each) is not None for each in tree.goroots):
            return "go"
        return "cache" if tree.gomodcache and below(path, tree.gomodcache) is not None else ""

    def staleness(self, path: AdapterPath) -> Staleness:
        """Compare the local text of a recorded file with all that is recorded: where functions begin, and statements stand.

        Reads the executable's code, so its file must still be open. Where that is damaged, functions alone are compared.
        """
        known = self.map.staleness(path)
        if known.freshness is not Freshness.FRESH or self.code is None:
            return known
        try:
            lines = self.code.statement_lines(path)
        except BinaryError:
            return known
        return self.map.staleness(path, {"": lines})

    def package_of(self, path: AdapterPath, function: str, pc: int | None) -> str:
        """Return the package of a frame in a file of which several have that name; "" where it cannot be told.

        `function` is as Delve 1.27.1 names a frame: with the last element of the package only.
        """
        file = self.map.index.by_key.get(key(path))
        if file is None:
            return ""
        named = {package_of_symbol(each) for each in file.functions if each.rpartition("/")[2] == function}
        named |= {each for each in file.users if each.rpartition("/")[2] == function.partition(".")[0]}
        if len(named) > 1 and pc is not None and self.table is not None and self.text is not None:
            number = self.table.function_at(pc - self.text)
            named &= {package_of_symbol(self.table.name(number))} if number is not None else set()
        return named.pop() if len(named) == 1 else ""


@attrs.frozen(eq=False)
class Surroundings:
    """What is here, whatever the program is: the workspaces, each with what go says in it, and what could not be looked at."""

    where: Whereabouts
    files: CachedFiles
    workspaces: tuple[Workspace, ...] = ()
    env: GoEnv | None = None
    overlay: Mapping[str, str] = attrs.field(factory=dict)
    notices: tuple[str, ...] = ()


def surroundings(where: Whereabouts, go: GoCommand) -> Surroundings:
    """Look around; most of the time it is waited for go."""
    gathering = _Gathering(where, go)
    spaces = tuple(gathering.workspaces())
    overlay: dict[str, str] = {}
    for env, space in gathering.seen:
        try:
            overlay.update(read_overlay(go.files, (*env.goflags, *where.flags), space.directory))
        except ValueError as error:
            gathering.notices.append(str(error))
    first = gathering.seen[0][0] if gathering.seen else None
    return Surroundings(where, go.files, spaces, first, overlay, tuple(dict.fromkeys(gathering.notices)))


def source_map(executable: Executable, where: Whereabouts, go: GoCommand) -> SourceMap:
    """Return the mapping of an executable's files to those of this machine."""
    return source_map_of(program_of(executable), surroundings(where, go))


def source_map_of(program: ReadProgram, around: Surroundings) -> SourceMap:
    """Return the mapping of a program that has been read to what is here."""
    made = infer(facts_of(program, around), program.index)
    return SourceMap(made, program.code, around.notices, program.table, program.text, program, around)


def facts_of(program: ReadProgram, around: Surroundings) -> Facts:
    """Return all that the mapping of a program rests on."""
    built, where = program.recorded.build.path, around.where
    folder = where.program or next(filter(None, (each.directory_of(built) for each in around.workspaces if built)), "")
    spaces = around.workspaces
    if where.program:
        # It was built there just now: another checkout of the module, which the editor has open, cannot be meant.
        spaces = tuple(each for each in spaces if each.module_of(where.program) is not None) or spaces
    return Facts(
        recorded=program.recorded,
        files=around.files,
        workspaces=spaces,
        env=around.env,
        roots=where.roots,
        rules=where.rules,
        overlay=around.overlay,
        program=folder or "",
        may_walk=True,
    )


@attrs.frozen(eq=False)
class _Gathering:
    """The workspaces of several folders; go is asked once for each that the ones before it do not hold."""

    where: Whereabouts
    go: GoCommand
    seen: list[tuple[GoEnv, Workspace]] = attrs.field(factory=list)
    notices: list[str] = attrs.field(factory=list)

    @property
    def _files(self) -> CachedFiles:
        return self.go.files

    def workspaces(self) -> Iterator[Workspace]:
        """Yield them, and note why one cannot be read."""
        for folder in self.where.folders:
            if any(space.covers(folder) is not None for _, space in self.seen) or self._has_nothing_of_its_own(folder):
                continue
            try:
                env = self.go.env(folder, self.where.environ)
                space = workspace_at(self._files, folder, env, self.where.flags)
            except (ToolchainError, WorkspaceError) as error:
                self.notices.append(str(error))
                continue
            self.seen.append((env, space))
            yield space

    def _has_nothing_of_its_own(self, folder: str) -> bool:
        """Whether go says of a folder what it said before: an executable often lies where there is no module."""
        if not self.seen or self.seen[0][1].kind == "gopath":
            return False
        return not any(self._files.kind(join(each, name)) for each in upwards(folder) for name in ("go.mod", "go.work"))


def workspace_at(files: CachedFiles, folder: str, env: GoEnv, flags: tuple[str, ...] = ()) -> Workspace:
    """Return the workspace as the go command sees it from `folder`, in which it has said `env`, when it is given `flags`.

    Raises:
        WorkspaceError: GOWORK or GO111MODULE has a value that Go refuses.

    """
    if env.gowork not in ("", "off") and files.kind(env.gowork) != "file":
        raise WorkspaceError(f"GOWORK={env.gowork} is not there, so nothing of {parent(env.gowork)} is looked at")
    return read_workspace(
        files,
        folder,
        env.gowork or "off",
        env.go111module,
        env.gopath,
        (*env.goflags, *flags),
        goroot=env.goroot,
        gomodcache=env.gomodcache,
    )
