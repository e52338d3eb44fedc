"""What Linux tells of a process below /proc, in the words that more than one room needs. Blocks, for some microseconds."""

from __future__ import annotations

import os
from typing import Final

_SELF: Final = ("/proc/self/", "/proc/thread-self/")


def tells() -> bool:
    """Whether this system has such a tree."""
    return os.path.isdir("/proc/self")  # noqa: PTH112 - as everywhere on the way of a message


def field_in(status: str, name: str) -> str:
    """Return a field of the text of `/proc/PID/status`, "" where it is not among them."""
    for line in status.splitlines():
        if line.startswith(f"{name}:"):
            return line.partition(":")[2].strip()
    return ""


def field_of(pid: int, name: str) -> str:
    """Return a field of a process or thread, "" where it has none of that name. Raises OSError where it is gone."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - as above
        return field_in(file.read(), name)


def process_of(thread: int) -> int | None:
    """Return the process of a thread; None where it is gone."""
    try:
        found = field_of(thread, "Tgid")
    except OSError:
        return None
    return int(found) if found else None


def tracer_of(pid: int) -> int:
    """Return the thread that traces a process, 0 where none does or the process is gone."""
    try:
        return int(field_of(pid, "TracerPid") or 0)
    except OSError:
        return 0


def seen_by(pid: int, path: str, folder: str = "") -> str:
    """Return where a process has a path, as anybody can open it; `folder`, if one is given, is where it goes first."""
    for each in _SELF:
        if path.startswith(each):
            path = f"/proc/{pid}/{path.removeprefix(each)}"
    return os.path.join(f"/proc/{pid}/cwd", folder, path)  # noqa: PTH118 - texts, as above
