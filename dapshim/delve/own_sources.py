"""The person's own sources of a program, compared with what it records of them, and the versions of its modules.

The short way, for `inspect` and a launch that has no map: a recorded path that is there is the file; a trimmed one is found by
the main module's folder. Only functions of the main module are looked at, and only FILES_MOST files, those that are newer than
the program first; a program of 100 MB takes a tenth of a second. `source_map` is the whole way.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from dapshim.binary.containers import read_image
from dapshim.binary.errors import BinaryError, damage_named
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.files_of_code import FilesOfCode
from dapshim.binary.pclntab import LineTable
from dapshim.binary.recorded import BuildInfo, RecordedFile
from dapshim.binary.recorded_names import clean
from dapshim.binary.source import ByteSource
from dapshim.binary.table_search import find_table
from dapshim.diagnose.facts import ForeignModule, SourceFacts, StaleFile
from dapshim.golang.files import Files
from dapshim.golang.workspace import Workspace, WorkspaceError, read_workspace
from dapshim.sources.stale import Freshness, compare

FUNCTIONS_MOST: Final = 4000
FILES_MOST: Final = 24
"""The most files that are compared, 2 to 10 ms each."""

OLD_FILES_MOST: Final = 4
"""How many of them may be older than the program, which an edit or a checkout never leaves; functions alone are compared."""

RANGES_MOST: Final = 5_000
"""The most ranges of code that are decoded for one file, some milliseconds."""

_TEXT_MOST: Final = 4 << 20


def source_facts(
    source: ByteSource,
    binary: BinaryFacts,
    folders: tuple[str, ...],
    files: Files,
    modified: Callable[[str], float] | None = None,
) -> SourceFacts:
    """Look for the sources of a program; `folders` are those that are worked in, GOWORK of the environment is not looked at.

    `modified` tells when a file was changed, to compare the newest first; without it, files are compared in their order.
    """
    space = _workspace(folders, files, binary)
    try:
        table = find_table(read_image(source, binary.machine)).table
        with damage_named("the line table"):
            recorded = _own_functions(table, binary)
    except BinaryError:
        return SourceFacts(_folder(binary, {}, space, files), (), foreign_modules(binary.build, space))
    local = {path: here for path in recorded if (here := _local(path, binary, space, files)) is not None}
    stale = _stale(table, binary, recorded, local, files, modified)
    return SourceFacts(_folder(binary, local, space, files), tuple(stale), foreign_modules(binary.build, space))


def main_folder(binary: BinaryFacts, folders: tuple[str, ...], files: Files) -> str:
    """Return the folder of a program's main package on this machine, "" where it is not; the arguments are as above.

    It looks at no source, so that a launch has the time for it.
    """
    return _folder(binary, {}, _workspace(folders, files, binary), files)


def _workspace(folders: tuple[str, ...], files: Files, binary: BinaryFacts) -> Workspace | None:
    """Return the workspace of the first folder that has the program's main module among its own; else None."""
    wanted = binary.build.main.path if binary.build.main is not None else ""
    for folder in folders:
        try:
            space = read_workspace(files, folder, None, "", ())
        except WorkspaceError:
            continue
        if wanted and any(each.path == wanted for each in space.modules):
            return space
    return None


def _own_functions(table: LineTable, binary: BinaryFacts) -> dict[str, dict[int, int]]:
    """Return for each recorded path of the main module the numbers of its functions, with their start lines."""
    prefixes = [b"main."]
    if binary.build.main is not None and binary.build.main.path:
        module = binary.build.main.path.encode()
        prefixes += [module + b".", module + b"/"]
    found: dict[str, dict[int, int]] = {}
    for number in table.named(tuple(prefixes), FUNCTIONS_MOST):
        path, line = table.beginning(number)
        if path.endswith(".go"):
            found.setdefault(clean(path), {})[number] = line
    return found


def _local(path: str, binary: BinaryFacts, space: Workspace | None, files: Files) -> str | None:
    if path.startswith("/"):
        return path if files.kind(path) == "file" else None
    module = binary.build.main.path if binary.build.main is not None else ""
    if space is None or not module or not path.startswith(f"{module}/"):
        return None
    root = next((each.directory for each in space.modules if each.path == module), None)
    here = f"{root}/{path.removeprefix(f'{module}/')}" if root is not None else None
    return here if here is not None and files.kind(here) == "file" else None


def _stale(
    table: LineTable,
    binary: BinaryFacts,
    recorded: Mapping[str, dict[int, int]],
    local: Mapping[str, str],
    files: Files,
    modified: Callable[[str], float] | None,
) -> Iterator[StaleFile]:
    code = FilesOfCode(table)
    newer = {path for path in local if modified is None or modified(local[path]) > binary.file.modified}
    others = [path for path in local if path not in newer][:OLD_FILES_MOST]
    for path in [*[each for each in local if each in newer], *others][:FILES_MOST]:
        try:
            text = files.read(local[path], _TEXT_MOST)
            lines = code.lines_of_functions(path, recorded[path], RANGES_MOST) if path in newer else ()
            functions = {table.name(number): line for number, line in recorded[path].items()}
        except (OSError, BinaryError):
            continue
        found = compare(RecordedFile(path, "", functions), text, {"": lines})
        if found.freshness is Freshness.STALE and not found.alien:
            yield StaleFile(local[path], found)


def _folder(binary: BinaryFacts, local: Mapping[str, str], space: Workspace | None, files: Files) -> str:
    """Return the folder of the main package here; "" where it is not."""
    main = binary.table.main_file if binary.table is not None else ""
    if main in local:
        return posixpath.dirname(local[main])
    if space is not None and binary.build.path:
        found = space.directory_of(binary.build.path)
        if found:
            return found
    if binary.is_test:
        folders = {posixpath.dirname(each) for each in local.values() if each.endswith("_test.go")}
        if len(folders) == 1:
            return folders.pop()
    folder = posixpath.dirname(main)
    return folder if folder.startswith("/") and files.kind(folder) == "folder" else ""


def foreign_modules(build: BuildInfo, space: Workspace | None) -> tuple[ForeignModule, ...]:
    """Return the modules that go.mod here asks for in another version. With go.work, only those that are older in the program.

    Since Go 1.17 go.mod names all modules that are needed, at the version that is selected. In a workspace the selection may be
    of another module's go.mod, and higher.
    """
    if space is None:
        return ()
    wanted: dict[str, tuple[str, str]] = {}
    replaced = {each.old_path for module in space.modules for each in module.mod.replace}
    if space.work is not None:
        replaced |= {each.old_path for each in space.work.replace}
    for module in space.modules:
        for each in module.mod.require:
            known = wanted.get(each.path)
            if known is None or _key(known[0]) < _key(each.version):
                wanted[each.path] = (each.version, f"{module.directory}/go.mod")
    found = []
    for dep in build.deps:
        here = wanted.get(dep.path)
        if here is None or dep.replaced_by is not None or dep.path in replaced or dep.version in ("", "(devel)", here[0]):
            continue
        if len(space.modules) == 1 or _key(dep.version) < _key(here[0]):
            found.append(ForeignModule(dep.path, dep.version, here[0], here[1]))
    return tuple(found)


def _key(version: str) -> tuple[tuple[int, int | str], ...]:
    """Return what sorts versions well enough: numbers as numbers, a pre-release before its release."""
    core, dash, pre = version.removeprefix("v").partition("-")
    numbers = [(0, int(each)) if each.isdigit() else (1, each) for each in core.partition("+")[0].split(".")]
    return (*numbers, (0, 0 if dash else 1), (1, pre))
