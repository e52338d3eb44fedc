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

_FOLDERS_MOST: Final = 500
_MODULE_FILES: Final = ("go.mod", "go.sum", "go.work", "go.work.sum", "vendor/modules.txt")


@attrs.frozen
class Recorded:
    """What a program's line table tells of its sources: GOROOT, folders outside of it, base names of main's files."""

    goroot: str = ""
    folder: str = ""
    """That of the main package, as this machine spells it, or as the program does where that is the same folder."""
    folders: tuple[str, ...] = ()
    main_files: tuple[str, ...] = ()


def recorded_by(path: str, folder: str) -> Recorded:
    """Read it; an empty one where the table cannot be read. Blocks."""
    try:
        with OpenedFile(path) as source:
            found = read_recorded(source)
    except BinaryError:
        return Recorded(folder=folder)
    names = [each.path for each in found.files]
    folders = dict.fromkeys(posixpath.dirname(each) for each in names if each.startswith("/"))
    own = [each for each in folders if not found.goroot or not each.startswith(f"{found.goroot}/")]
    main = {each.package for each in found.files if "main.main" in each.functions}
    files = [posixpath.basename(each.path) for each in found.files if each.package in main and each.path.endswith(".go")]
    there = [each for each in dict.fromkeys(files) if os.path.isfile(posixpath.join(folder, each))]  # noqa: PTH113
    spelled = next((posixpath.dirname(each.path) for each in found.files if "main.main" in each.functions), "")
    if spelled.startswith("/") and os.path.realpath(spelled) == os.path.realpath(folder):
        folder = spelled
    return Recorded(found.goroot, folder, tuple(own[:_FOLDERS_MOST]), tuple(sorted(there)))


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
