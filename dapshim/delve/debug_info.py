"""Whether an executable of this machine has debug info: the one question that every session asks, so it costs little.

Headers alone are read, and the rooms for what a program without debug info needs are not imported.
"""

from __future__ import annotations

from typing import Final

from dapshim.binary.containers import read_image
from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import OpenedFile
from dapshim.delve.targets import Machine

_SECTIONS: Final = (".debug_info", ".zdebug_info", "__debug_info", "__zdebug_info")


def has_debug_info(path: str) -> bool | None:
    """Say whether there is DWARF in a file; None for one that cannot be read, or is no executable."""
    try:
        with OpenedFile(path) as file:
            return read_image(file).section(*_SECTIONS) is not None
    except BinaryError:
        return None


def executable_of(pid: int | None, command_line: str, machine: Machine | None = None) -> str | None:
    """Return where this machine has the executable of a process that a dlv tells of; None unless the process is one of here.

    A dlv elsewhere may name a number that somebody has here too, so the command line must be the same.
    """
    machine = machine or Machine()
    words = machine.read(pid, "cmdline") if pid is not None else None
    if not words or words.removesuffix("\0").replace("\0", " ").strip() != command_line.strip():
        return None
    return f"{machine.proc}/{pid}/exe"
