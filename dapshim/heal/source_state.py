"""What a program's sources look like today, as one short text: it is the same when names, sizes and times of files are."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import read_recorded
from dapshim.binary.recorded import Recorded as Program
from dapshim.golang.module_paths import cache_folder
from dapshim.heal.moved import Places

_FOLDERS_MOST: Final = 500
_MODULE_FILES: Final = ("go.mod", "go.sum", "go.work", "go.work.sum", "vendor/modules.txt")


@attrs.frozen
class Recorded:
    """What a program's line table tells of its sources.

    `places` are as recorded, the folder and GOROOT "" with -trimpath. `folders` are those outside of GOROOT from which code
    came, `main_files` the base names of the main package's files that are in the folder on this machine.
    """

    places: Places = attrs.field(factory=Places)
    folders: tuple[str, ...] = ()
    main_files: tuple[str, ...] = ()


def recorded_by(path: str, folder: str) -> Recorded:
    """Read it; an empty one where the table cannot be read. Blocks."""
    try:
        with OpenedFile(path) as source:
            found = read_recorded(source)
    except BinaryError:
        return Recorded()
    absolute = [each for each in found.files if each.path.startswith("/")]
    folders = dict.fromkeys(posixpath.dirname(each.path) for each in absolute)
    own = [each for each in folders if not found.goroot or not each.startswith(f"{found.goroot}/")]
    # Of a test the main function stands in a file that `go test` makes.
    packages = {found.build.path, *(each.package for each in found.files if "main.main" in each.functions)} - {""}
    main = [each.path for each in found.files if each.package in packages and each.path.endswith(".go")]
    names = dict.fromkeys(map(posixpath.basename, main))
    there = [each for each in names if os.path.isfile(posixpath.join(folder, each))]  # noqa: PTH113
    places = Places(_first(posixpath.dirname(each) for each in main), _module_cache(found), found.goroot)
    return Recorded(places, tuple(own[:_FOLDERS_MOST]), tuple(sorted(there)))


def _first(folders: Iterator[str]) -> str:
    return next((each for each in folders if each.startswith("/")), "")


def _module_cache(found: Program) -> str:
    """Return the folder below which the files of downloaded modules are recorded."""
    for dep in found.build.deps:
        module = dep.replaced_by or dep
        if module.version:
            try:
                below = f"/{cache_folder(module.path, module.version)}/"
            except ValueError:
                continue
            for each in found.files:
                if each.path.startswith("/") and below in each.path:
                    return each.path.partition(below)[0]
    return ""


def spelled(folder: str, recorded: Recorded) -> str:
    """Return the folder of the main package as the program spells it, where that is the same folder. Blocks."""
    other = recorded.places.folder
    return other if other and os.path.realpath(other) == os.path.realpath(folder) else folder


def in_workspace(folder: str) -> bool:
    """Tell whether there is a go.work above a folder. Blocks."""
    return any(path.endswith("/go.work") and os.path.isfile(path) for path in _module_files(folder))  # noqa: PTH113


def source_state(folder: str, recorded: Recorded) -> str:
    """Return the text for the folder of the main package and all others from which code came. Blocks."""
    total = hashlib.sha256()
    for path in (*_module_files(folder), *sorted({folder, *recorded.folders})):
        total.update(f"{path}\n".encode(errors="surrogateescape"))
        with suppress(OSError):
            for name, size, modified in _entries(path):
                total.update(f"{name}\0{size}\0{modified}\n".encode(errors="surrogateescape"))
    return total.hexdigest()


def _module_files(folder: str) -> Iterator[str]:
    while True:
        yield from (posixpath.join(folder, each) for each in _MODULE_FILES)
        above = posixpath.dirname(folder)
        if above == folder:
            return
        folder = above


def _entries(path: str) -> Iterator[tuple[str, int, int]]:
    found = os.stat(path)  # noqa: PTH116 - many of them
    if not os.path.isdir(path):  # noqa: PTH112 - the same
        yield "", found.st_size, found.st_mtime_ns
        return
    with os.scandir(path) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            state = entry.stat()
            yield entry.name, 0 if entry.is_dir() else state.st_size, state.st_mtime_ns
