"""The cgroup whose memory a process uses: its limit, and how many processes the kernel has killed in it for want of memory.

Reads some small files below /proc and /sys, and nothing where there are none (macOS, no memory controller).
cgroup v2 tells it in `memory.events`, v1 in `memory.oom_control` (Linux 4.13 on; `memory.failcnt` proves nothing, it counts
every time that memory had to be reclaimed). The count is of the processes of this cgroup, whosever limit it was: a
container's, a systemd unit's, or the whole machine's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

import attrs

_OOM_KILL: Final = re.compile(r"^oom_kill (\d{1,18})$", re.MULTILINE)
_MOUNT: Final = re.compile(
    r"^\d+ \d+ \S+ (?P<root>\S+) (?P<point>\S+) .*? - (?P<type>cgroup2?) \S+ (?P<options>\S+)$", re.MULTILINE
)
_NO_LIMIT: Final = 1 << 60
"""Bytes from which on a v1 limit is none: it is the highest multiple of a page."""


@attrs.frozen
class MemoryCgroup:
    """`folder` is the cgroup's, `top` that of the hierarchy; `path` is its name in the hierarchy."""

    folder: Path
    top: Path
    path: str
    unified: bool

    def oom_kills(self) -> int | None:
        """Return how many of its processes were killed since it is there; None where the kernel does not say."""
        found = _OOM_KILL.search(_read(self.folder / ("memory.events" if self.unified else "memory.oom_control")))
        return int(found[1]) if found is not None else None

    def limit(self) -> int | None:
        """Return the lowest limit in bytes, its own or one above it; None where there is none."""
        name = "memory.max" if self.unified else "memory.limit_in_bytes"
        folders = [self.folder, *(each for each in self.folder.parents if each.is_relative_to(self.top))]
        texts = [_read(each / name).strip() for each in folders]
        return min((int(each) for each in texts if each.isdecimal() and int(each) < _NO_LIMIT), default=None)


def memory_cgroup(pid: int, root: Path = Path("/")) -> MemoryCgroup | None:
    """Return the cgroup of a process; None where there is none that counts memory. `root` is where proc and sys are."""
    own = _read(root / f"proc/{pid}/cgroup")
    return _found(own, root)


@lru_cache(maxsize=8)
def _found(own: str, root: Path) -> MemoryCgroup | None:
    """Look for what `/proc/PID/cgroup` names, once: a dapshim's programs are mostly of one cgroup."""
    mounts = list(_MOUNT.finditer(_read(root / "proc/self/mountinfo")))
    for line in own.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        unified = number == "0" and not controllers
        if not unified and "memory" not in controllers.split(","):
            continue
        for mount in mounts:
            wanted = mount["type"] == "cgroup2" if unified else "memory" in mount["options"].split(",")
            below = _below(path, mount["root"]) if wanted else None
            if below is None:
                continue
            top = root / mount["point"].lstrip("/")
            found = MemoryCgroup(top / below, top, path, unified)
            if found.oom_kills() is not None:
                return found
    return None


def _below(path: str, mounted: str) -> str | None:
    """Return a cgroup's place below a mount point: a container may see only its own, under the name that it has outside."""
    whole = PurePosixPath(path)
    return str(whole.relative_to(mounted)) if whole.is_relative_to(mounted) and ".." not in whole.parts else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""
