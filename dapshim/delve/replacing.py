"""A program that replaces itself by another image (`syscall.Exec`): which one, and where Delve can be stopped in it.

Delve 1.27.1 without followExec sees nothing of that: the breakpoints that it has written are gone with the old image's memory,
and it believes them there. But the kernel stops the new image before its first instruction (ptrace(2): SIGTRAP after execve),
and Delve looks whether a breakpoint of its own has that address. So one at the entry point is a stop before anything has run,
where the same program begins again at the same place: a static one at a fixed address. Blocks: files are looked at.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import attrs

from dapshim.binary.containers import read_image
from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import OpenedFile
from dapshim.delve.proc import field_of, seen_by, tracer_of

EXEC: Final = "syscall.Exec"
"""The function of Go's library that all others call for it (`unix.Exec` too); no program has it that does not use it."""

DATA_GONE: Final = (
    "the program has replaced itself, and what this watched went with its memory; set it again where the variable is there"
)
"""Why a data breakpoint is not set any more."""

_ADDRESS: Final = re.compile(r"-1,0,\*\(\*\[([0-9]{1,9})\]byte\)\(0x([0-9a-f]{1,16})\)")
_NAME: Final = re.compile(r"-1,0,[^\W\d][\w./-]*\.[^\W\d][\w.]*")

_FOLLOW: Final = 'Write "followExec": true in the launch configuration'

ANOTHER: Final = f"it has become another program, of which Delve sees nothing. {_FOLLOW}"
"""Why there are no breakpoints in one that begins at the same address by chance."""


@attrs.frozen
class Replacement:
    """`entry` is the address of the new image's first instruction, as an instruction breakpoint wants it.

    Where that is "", `why` says why the new image has no breakpoints, and what to do.
    """

    entry: str = ""
    why: str = ""
    data: tuple[tuple[int, int], ...] = ()
    """Where the image has its variables, which the new one has at the same addresses: first addresses, and those behind."""

    def keeps(self, data_id: str) -> bool:
        """Whether a data breakpoint's id means in the new image what it meant before: a variable of a package.

        Delve 1.27.1: `goroutine,frame,expression`; what is of no frame has -1, and what a variable holds is an address.
        """
        found = _ADDRESS.fullmatch(data_id)
        if found is None:
            return _NAME.fullmatch(data_id) is not None
        begin = int(found[2], 16)
        return any(first <= begin and begin + int(found[1]) <= end for first, end in self.data)


def replacement(pid: int, path: str) -> Replacement:
    """Return what becomes of process `pid` when it executes `path`; "" where nobody knows what it executes."""
    if path and not is_image_of(pid, path):
        return Replacement(why=f"it executes {path}, and Delve sees nothing of another program. {_FOLLOW}")
    try:
        with OpenedFile(f"/proc/{pid}/exe") as source:
            image = read_image(source)
    except BinaryError as error:
        return Replacement(why=f"its executable cannot be read ({error}). {_FOLLOW}")
    if image.position_independent:
        return Replacement(
            why="it is position-independent, so that it begins again at another address, which Delve does not see. Build it "
            "without -buildmode=pie"
        )
    if image.interpreter or not image.entry:
        return Replacement(why=f"it begins again in {image.interpreter or 'a loader'}, which Delve does not see. {_FOLLOW}")
    data = [(each.address, each.address + each.memory_size) for each in image.segments if not each.executable]
    return Replacement(hex(image.entry), data=tuple(data))


def is_image_of(pid: int, path: str) -> bool:
    """Whether a path, as process `pid` sees it, is the program that it runs."""
    try:
        return os.path.samefile(f"/proc/{pid}/exe", seen_by(pid, path))  # noqa: PTH121 - texts
    except OSError:
        return False


def spent_while_held(pid: int) -> int | None:
    """Return the processor time, in ticks, of the debugger that holds every thread of a process; None where one is not held."""
    try:
        threads = [int(name) for name in os.listdir(f"/proc/{pid}/task")]  # noqa: PTH208 - as above
        if any(field_of(each, "State")[:1] != "t" for each in threads):
            return None
        times = Path(f"/proc/{tracer_of(pid)}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    user, system = times[11:13]
    return int(user) + int(system)


def image_of(pid: int) -> tuple[int, int] | None:
    """Return what tells the program that a process runs from any other; None where it is gone."""
    try:
        found = os.stat(f"/proc/{pid}/exe")  # noqa: PTH116 - as above
    except OSError:
        return None
    return found.st_dev, found.st_ino
