"""Who is left of a dlv's process session, and the end of them.

This file stands alone (standard library only, nothing of dapshim), because the guardian uses it too, a small process of its own
which outlives a dapshim that was killed. It knows processes; it knows nothing of sessions of debugging or of messages.

Laws of this file:
1. A dlv that dapshim started leads a process session of its own: the session's id (sid) is dlv's process id. The program that
   it debugs has a process group of its own and the same sid, also after dlv was killed (Delve 1.27.1). An attached program is
   never in it.
2. Nothing is signalled whose sid is not the one asked for, and never sid 0 or 1 or our own session. A pidfd is held while
   that is checked, so that a number which was given to another process meanwhile is not hit.
3. Everything is bounded in time, but for the guardian, which waits as long as a dlv lives: dlv cleans up best by itself.
"""

# pathlib would double the guardian's start, for a few names in /proc:
# ruff: noqa: PTH112, PTH115, PTH116, PTH118, PTH119, PTH208

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import Final

PATIENCE: Final = 5.0
"""Seconds after which `end` gives up: what survives SIGKILL that long hangs in the kernel or belongs to another user."""

BUILD_PATIENCE: Final = 0.7
"""Seconds that a `go build` without tools has to remove its work folder; it takes under 0.1 s with Go 1.26."""

ONE_BY_ONE: Final = 4
"""Rounds of signals to single processes, before whole groups are signalled: a fork bomb has got ahead by then."""

CLOCK_SLACK: Final = 2.0
"""Seconds that a file's time may be behind the clock (FAT counts in twos, other file systems by ticks)."""

_PROC: Final = os.path.isdir("/proc/self/task")
_STATE, _GROUP, _THREADS = 0, 2, 17
"""Fields of /proc/PID/stat, counted behind the name."""


class Member:
    """A process of a session, as it was when it was looked at; zombies are none."""

    __slots__ = ("pgid", "pid", "state")

    def __init__(self, pid: int, pgid: int, state: str) -> None:
        self.pid = pid
        self.pgid = pgid
        self.state = state

    def __repr__(self) -> str:
        return f"Member(pid={self.pid}, pgid={self.pgid}, state={self.state!r})"


def members(sid: int) -> list[Member]:
    """Return the living processes of session `sid`, in the system's order."""
    found = (_member(pid) for pid in _pids() if _sid(pid) == sid) if _PROC else _members_by_ps(sid)
    return [member for member in found if member is not None]


def debug_binaries(sid: int, since: float | None = None) -> list[str]:
    """Return the temporary binaries which a dlv of session `sid` would have removed.

    That is what a `go build -o` or `go test -c -o` is writing there, and, given `since` (seconds since the epoch), a binary
    that runs there and was written later than that, so that a program of the user's which only looks like one is none. Only
    names that Delve 1.27.1 gives (`__debug_bin*`) or gave (`debug.test*`) count.
    """
    paths = []
    for member in members(sid):
        output = _build_output(member.pid)
        if output is not None and os.path.basename(output).startswith(("__debug_bin", "debug.test")):
            paths.append(output)
        running = executable(member.pid)
        if since is not None and running is not None and _is_newer_debug_binary(running, since):
            paths.append(running)
    return sorted(set(paths))


def builder_of(path: str) -> int | None:
    """Return the process id of the go command that writes `path`, as `debug_binaries` names it; None when there is none."""
    return next((pid for pid in _pids() if _build_output(pid) == path), None) if _PROC else None


def executable(pid: int) -> str | None:
    """Return the path of the file that a process runs, None where the system does not tell.

    Delve 1.27.1's `process` event does not: its `name` is the command line, the program's arguments included.
    """
    return _link(pid, "exe")


def stop_build(sid: int, patience: float = BUILD_PATIENCE) -> bool:
    """Take the tools from a `go build`, dlv's or one that leads the session, so that it fails; say whether there was one.

    A `go build` that is signalled itself leaves its work folder in $TMPDIR (Go 1.26 dies of SIGINT as well). One whose compiler
    dies removes it; dlv then reports the failed build, removes its binary and reads its connection again.
    """
    if not _may_end(sid):
        return False
    deadline = time.monotonic() + patience
    commands, tools = _builders(sid)
    if not commands:
        return False
    # When dlv is dead, `go` would die of SIGPIPE on its own error message, before it has cleaned up.
    held = [descriptor for pid in commands for descriptor in _hold_pipes(pid)]
    while commands and time.monotonic() < deadline:
        for pid in tools:
            _signal(pid, sid, signal.SIGKILL)
        time.sleep(0.005)
        commands, tools = _builders(sid)
    for descriptor in held:
        os.close(descriptor)
    return True


def end(sid: int, groups: Collection[int] | None = None, patience: float = PATIENCE) -> list[int]:
    """End the processes of session `sid`; return the process ids of those that are left in spite of it, normally none.

    Args:
        sid: the session, which is the process id of the dlv that led it.
        groups: only what is in these process groups: what a normally ended program left in another one lives. None means all.
        patience: seconds after which it is given up.

    """
    if not _may_end(sid):
        return []
    deadline = time.monotonic() + patience
    if groups is None:
        stop_build(sid)
    pause, rounds = 0.001, 0
    while left := _within(members(sid), groups):
        if time.monotonic() > deadline:
            break
        # dlv last: what it holds stopped would run on for a moment without it.
        left.sort(key=lambda member: member.pid == sid)
        if rounds < ONE_BY_ONE:
            allowed = [_signal(member.pid, sid, signal.SIGKILL, groups) for member in left]
        else:
            allowed = [_kill_group(pgid, sid) for pgid in {member.pgid for member in left}]
        if not any(allowed):
            break
        time.sleep(pause)
        pause, rounds = min(pause * 2, 0.05), rounds + 1
    return [member.pid for member in left]


def _hold_pipes(pid: int) -> Iterator[int]:
    """Open the reading end of what a process writes to."""
    for number in (1, 2):
        if (_link(pid, f"fd/{number}") or "").startswith("pipe:"):
            try:
                yield os.open(f"/proc/{pid}/fd/{number}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                continue


def _builders(sid: int) -> tuple[list[int], list[int]]:
    """Return the `go build` that runs in session `sid`, and its tools; both empty when there is none."""
    # A build shares dlv's group, or leads a session of its own; a program that is debugged has its own group.
    found = [member.pid for member in members(sid) if member.pgid == sid]
    commands = [pid for pid in found if _build_output(pid)]
    return commands, [pid for pid in found if commands and pid not in commands and pid != sid]


def _within(found: Iterable[Member], groups: Collection[int] | None) -> list[Member]:
    return [member for member in found if groups is None or member.pgid in groups]


# -- looking ---------------------------------------------------------------------------------------------------------------


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdecimal())


def _sid(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def parse_stat(text: bytes) -> tuple[str, int, int]:
    """Return state, process group and number of threads from a line of /proc/PID/stat.

    The name in parentheses is the program's own choice: it may hold blanks and parentheses, so the last one counts.
    """
    fields = text[text.rindex(b")") + 1 :].split()
    return fields[_STATE].decode(), int(fields[_GROUP]), int(fields[_THREADS])


def _member(pid: int) -> Member | None:
    text = _proc_file(pid, "stat")
    if not text:
        return None
    state, pgid, threads = parse_stat(text)
    # A process whose first thread has ended looks like a zombie while its other threads run.
    return None if state in "ZX" and threads <= 1 else Member(pid, pgid, state)


def _members_by_ps(sid: int) -> Iterator[Member]:
    import subprocess

    # `sess` is not asked for: where ps has it, it can be an address instead of a process id.
    command = ["ps", "-A", "-o", "pid=,pgid=,stat="]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a constant
    for line in listing.splitlines():
        pid, pgid, state, *_ = line.split()
        if not state.startswith("Z") and _sid(int(pid)) == sid:
            yield Member(int(pid), int(pgid), state)


def _proc_file(pid: int, name: str) -> bytes:
    try:
        descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _link(pid: int, name: str) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return None


def _build_output(pid: int) -> str | None:
    """Return the absolute path that a `go build -o` or `go test -c -o` writes, None for any other process."""
    arguments = _proc_file(pid, "cmdline").split(b"\0")
    if len(arguments) < 2 or os.path.basename(arguments[0]) != b"go" or arguments[1] not in (b"build", b"test"):  # noqa: PLR2004
        return None
    # The flags that people add may come first, and name an output as well: the last one counts, as it does for go.
    output = b""
    for place, argument in enumerate(arguments):
        if argument == b"-o":
            output = b"".join(arguments[place + 1 : place + 2])
        elif argument.startswith(b"-o="):
            output = argument[3:]
    folder = _link(pid, "cwd")
    if not output or folder is None:
        return None
    return os.path.normpath(os.path.join(folder, os.fsdecode(output)))


def _is_newer_debug_binary(path: str, since: float) -> bool:
    name = os.path.basename(path)
    if not (name.startswith("__debug_bin") and name.removeprefix("__debug_bin").isdecimal()):
        return False
    try:
        return os.stat(path).st_mtime >= since - CLOCK_SLACK
    except OSError:
        return False


# -- signalling ------------------------------------------------------------------------------------------------------------


def _may_end(sid: int) -> bool:
    return sid > 1 and sid != os.getsid(0)


def pidfd(pid: int) -> int | None:
    """Return a descriptor of the process, None where the system has none; raises ProcessLookupError when it is gone."""
    if sys.platform == "linux":
        try:
            return os.pidfd_open(pid)
        except ProcessLookupError:
            raise
        except (AttributeError, OSError):
            # An old kernel, a Python built for one, or a sandbox.
            return None
    else:
        return None


def _signal(pid: int, sid: int, number: int, groups: Collection[int] | None = None) -> bool:
    """Signal a process if it still is of session `sid` (and of `groups`); False when it is forbidden: another user's."""
    try:
        descriptor = pidfd(pid)
        try:
            if os.getsid(pid) != sid or (groups is not None and os.getpgid(pid) not in groups):
                return True
            _send(pid, descriptor, number)
        finally:
            if descriptor is not None:
                os.close(descriptor)
    except PermissionError:
        return False
    except ProcessLookupError:
        return True
    return True


def _send(pid: int, descriptor: int | None, number: int) -> None:
    if sys.platform == "linux" and descriptor is not None:
        try:
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            raise
        except (AttributeError, OSError):
            os.kill(pid, number)
    else:
        os.kill(pid, number)


def _kill_group(pgid: int, sid: int) -> bool:
    """End a whole group in one go, which no fork can escape; False when that is forbidden."""
    if pgid > 1 and pgid != os.getpgrp() and any(member.pgid == pgid for member in members(sid)):
        try:
            os.killpg(pgid, signal.SIGKILL)
        except PermissionError:
            return False
        except ProcessLookupError:
            return True
    return True
