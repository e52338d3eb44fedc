"""The guardian: a small process that ends what is left when dapshim and its dlv were killed together.

It is run as a script by an interpreter that finds the standard library alone; with what it needs of dapshim (`remains.py`),
that makes about 10 MB. What it hears from dapshim is in `note`; `guardian.py` is the other end.
"""

# pathlib would double the guardian's start, for a few names:
# ruff: noqa: PTH100, PTH106, PTH108, PTH120, PTH208

from __future__ import annotations

import os
import signal
import stat
import sys
import time

if __name__ == "__main__":
    # Behind the standard library's folders: nothing that lies beside dapshim can stand for a part of Python.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from dapshim.delve import remains

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Watched:
    """A dlv which the guardian was told of, or a build of dapshim's own (`builds`), which nobody wants any more."""

    def __init__(self, sid: int, *, builds: bool = False) -> None:
        self.sid = sid
        self.builds = builds
        self.since = time.time()
        self.groups: set[int] | None = None
        self.binaries: set[str] = set()
        try:
            self._descriptor = remains.pidfd(sid)
            self._gone = False
        except ProcessLookupError:
            self._descriptor = None
            self._gone = True

    def dlv_lives(self) -> bool:
        """Whether dlv has not ended, be it reaped or not."""
        if self._gone or self.builds:
            return False
        if self._descriptor is not None:
            import select

            # A pidfd becomes readable when its process ends, and is never another's.
            return not select.select([self._descriptor], [], [], 0)[0]
        return any(member.pid == self.sid for member in remains.members(self.sid))

    def clean_up(self) -> None:
        """End what dlv left behind, and remove its temporary binaries."""
        binaries = self.binaries | set(remains.debug_binaries(self.sid, self.since))
        remains.end(self.sid, self.groups)
        for path in binaries:
            try:
                os.unlink(path)
            except OSError:
                continue


def note(watched: dict[int, Watched], folders: set[str], line: bytes) -> None:
    r"""Take one line of what dapshim says.

    `watch SID`, `build SID`, `groups SID PGID...`, `binary SID PATH` (the bytes of the path in hexadecimal, so that any path
    fits a line), `forget SID`, `sockets 0 PATH` for a folder of sockets. A line that means nothing is passed over: the guardian
    must live.
    """
    try:
        word, number, *rest = line.decode("ascii").split()
        sid = int(number)
        if word == "watch":
            watched[sid] = Watched(sid)
        elif word == "build":
            watched[sid] = Watched(sid, builds=True)
        elif word == "groups":
            watched[sid].groups = {sid, *map(int, rest)}
        elif word == "binary":
            watched[sid].binaries.add(os.fsdecode(bytes.fromhex(rest[0])))
        elif word == "forget":
            watched.pop(sid, None)
        elif word == "sockets":
            folders.add(os.fsdecode(bytes.fromhex(rest[0])))
    except (ValueError, LookupError, OverflowError):
        return


def finish(watched: Iterable[Watched]) -> None:
    """Wait for each dlv to end as it does by itself, however long its build takes, and end what it leaves behind."""
    waiting, pause = list(watched), 0.02
    while waiting:
        gone = [one for one in waiting if not one.dlv_lives()]
        for one in gone:
            one.clean_up()
            waiting.remove(one)
        if waiting:
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)


def remove_sockets(folder: str) -> None:
    """Remove a folder of sockets, and nothing else that may be there."""
    try:
        for name in os.listdir(folder):
            path = f"{folder}/{name}"
            if stat.S_ISSOCK(os.lstat(path).st_mode):
                os.unlink(path)
        os.rmdir(folder)
    except OSError:
        return


def main() -> None:
    """Be the guardian: listen on stdin until dapshim is gone, then look after what it can no longer look after."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, Watched] = {}
    folders: set[str] = set()
    for line in sys.stdin.buffer:
        note(watched, folders, line)
    for folder in folders:
        remove_sockets(folder)
    finish(watched.values())


if __name__ == "__main__":
    main()
