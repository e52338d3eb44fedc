"""Reads what an executable of this machine records of its sources, unless a session of this dapshim has read the same before.

A file is known again in two ways: by what the disk says of it, so that it is not even read; and by what it holds, because dlv
builds into a new file each time. Blocks, and knows no message.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from dapshim.binary.dwarf_files import c_files
from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import Executable, read_executable
from dapshim.delve.read_programs import ReadProgram
from dapshim.sources.infer import with_names
from dapshim.sources.recorded_index import RecordedIndex
from dapshim.sources.spelling import AdapterPath

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dapshim.binary.recorded import Recorded
    from dapshim.delve.read_programs import ReadPrograms

SETTLED: Final = 3.0
"""Seconds after which a file that is written again has another time: FAT counts in twos, most file systems in milliseconds."""

_CGO: Final = "_cgo_gotypes.go"
"""Recorded by each program with cgo in it; the runtime of one that is linked with C has it too."""


def is_settled(changed: float) -> bool:
    """Whether a file that was changed then shows another time when it is changed again."""
    return time.time() - changed > SETTLED


def read_program(path: str, programs: ReadPrograms) -> ReadProgram:
    """Return what the executable at `path` records; raises BinaryError as `read_executable` does."""
    with OpenedFile(path) as source:
        stamp = source.stamp()
        known = programs.stamped(stamp)
        if known is not None:
            return known
        with programs.turn(stamp):
            return programs.stamped(stamp) or _read(source, stamp, programs)


def _read(source: OpenedFile, stamp: Hashable, programs: ReadPrograms) -> ReadProgram:
    executable = read_executable(source)
    key = _content(executable, source, stamp)
    program = programs.of(key, lambda: program_of(executable))
    # One that was written just now may be written again without a change of its times, and so may one while it is read.
    if is_settled(source.changed()) and source.stamp() == stamp:
        programs.stamp(stamp, key)
    return program


def program_of(executable: Executable, *, with_c: bool = True) -> ReadProgram:
    """Return what there is to know of an executable that is open; `with_c`: what its debug info alone names, too."""
    recorded = recorded_with_c(executable) if with_c else executable.recorded()
    text, base = executable.module.text, executable.image.base
    return ReadProgram(recorded, RecordedIndex(recorded), executable.code, executable.table, text, base)


def program_of_names(recorded: Recorded) -> ReadProgram:
    """Return a program of which names alone are known, or nothing."""
    return ReadProgram(recorded, RecordedIndex(recorded))


def recorded_with_c(executable: Executable) -> Recorded:
    """Return an executable's files, those of C too where it has any; these are named in its debug info alone."""
    recorded = executable.recorded()
    if not any(each.path.endswith(_CGO) for each in recorded.files):
        return recorded
    try:
        return with_names(recorded, map(AdapterPath, c_files(executable.image)))
    except BinaryError:
        return recorded


def _content(executable: Executable, source: OpenedFile, stamp: Hashable) -> Hashable:
    """Return what tells this content from any other: all that `program_of` rests on, and not only an id that a person may set.

    The inline trees are not among it: they belong to the code, whose places the table has. Nor is debug info, so a program of
    which that tells something is known by its file alone.
    """
    table, module = executable.table, executable.module
    digest = sha256(repr((table.header, executable.build, module.text, module.gofunc, source.size)).encode("utf-8", "replace"))
    for part in table.parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return "file", digest.digest(), stamp if _CGO.encode() in table.filetab else None
