"""Looking at processes that the tests did not start themselves, by other means than the code under test."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import trio


class Watch:
    """A hold on a process, be it a child of ours or not: it can be waited for and is never mistaken for another."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    async def ended(self) -> None:
        await trio.lowlevel.wait_readable(self._descriptor)

    def lives(self) -> bool:
        """Whether it runs, under a debugger or without."""
        return stat_of(self.pid) not in ("", "Z", "X")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def close(self) -> None:
        os.close(self._descriptor)


@contextlib.contextmanager
def watching(*pids: int) -> Iterator[tuple[Watch, ...]]:
    """Hold these processes, and end them with the test."""
    watches = tuple(Watch(pid) for pid in pids)
    try:
        yield watches
    finally:
        for watch in watches:
            watch.kill()
            watch.close()


def _ps(*arguments: str) -> list[str]:
    listing = subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False)
    return listing.stdout.split("\n")


def stat_of(pid: int) -> str:
    """Return the state letter that ps shows, nothing for no process."""
    return _ps("-o", "state=", "-p", str(pid))[0].strip()


def lives(pid: int) -> bool:
    """Whether a process runs or could run, as neither a zombie nor one that a debugger has stopped could."""
    return stat_of(pid) in ("R", "S", "D", "I")


def living_in(sid: int) -> list[str]:
    """Return the command lines of what lives in a process session, according to ps."""
    lines = [line.split(None, 1) for line in _ps("-o", "state=,args=", "-s", str(sid)) if line]
    return [line[-1] for line in lines if line[0] not in ("Z", "X")]


def kill_all_in(sid: int) -> None:
    """Kill what lives in a process session that a test has started."""
    for pid in " ".join(_ps("-o", "pid=", "-s", str(sid))).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


PROGRAM = [sys.executable, "-IS", "-c"]

LEADER = """
import os, subprocess, sys
own = subprocess.Popen(["/bin/sleep", "1000"], process_group=0)
same = subprocess.Popen(["/bin/sleep", "1000"])
print(os.getpid(), own.pid, same.pid, flush=True)
sys.stdin.read()
"""


class ProcessSession:
    """A process session: a leader, a child in its group and one in a group of its own."""

    def __init__(self) -> None:
        self.leader = subprocess.Popen(
            [*PROGRAM, LEADER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.leader.stdout is not None
        self.sid, self.own, self.same = map(int, self.leader.stdout.readline().split())

    def close(self) -> None:
        for pid in (self.sid, self.own, self.same):
            with contextlib.suppress(ProcessLookupError):
                if pid == self.leader.pid:
                    self.leader.kill()
                elif os.getsid(pid) == self.sid:
                    os.kill(pid, signal.SIGKILL)
        self.leader.communicate()


@contextlib.contextmanager
def process_session() -> Iterator[ProcessSession]:
    """Run one, and end it with the test."""
    session = ProcessSession()
    try:
        yield session
    finally:
        session.close()
