"""The processes of this machine that a person may want to attach to, found by name or awaited.

It reads /proc, or asks `ps` where there is none, and stops and signals nothing. Whether one of them may be attached to is told
by `attaching`. The root of /proc is passed in, so that tests can show what their own machine does not have.

vscode-go resolves `"processId": "name"` by the name that `ps` calls comm, and shows a picker when not exactly one process has
it (`pickProcess.ts`). Linux cuts comm after 15 bytes, so here the names of the executable and of argv[0] count as well. A part
of a name is not enough: who is attached to is stopped, and a wrong guess stops somebody's database.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from typing import Final

import attrs
import trio

COMM_BYTES: Final = 15
"""Bytes to which Linux cuts a process's name."""

SETTLE: Final = 0.01
"""Seconds after which an awaited command line is read again: between fork and exec a child wears its parent's."""

SHORTEST_POLL: Final = 0.01
"""Seconds between two looks at all processes, at the least."""

_DELETED: Final = " (deleted)"
_KERNEL_THREAD: Final = 0x00200000
"""PF_KTHREAD, in the flags of /proc/PID/stat."""

_STATE, _PARENT, _FLAGS, _THREADS, _STARTED = 0, 1, 6, 17, 19
"""Fields of /proc/PID/stat, counted behind the name."""


@attrs.frozen
class Machine:
    """Where a machine tells of its processes, and which of them is dapshim."""

    proc: str = "/proc"
    yama: str = "/proc/sys/kernel/yama/ptrace_scope"
    own_pid: int = attrs.field(factory=os.getpid)

    @property
    def tells(self) -> bool:
        """Whether there is a /proc."""
        return os.path.isdir(self.proc)  # noqa: PTH112 - /proc is read by plain names throughout, at each poll

    def read(self, pid: int, name: str) -> str | None:
        """Return a file of /proc/PID, None when it cannot be read."""
        try:
            with open(f"{self.proc}/{pid}/{name}", "rb") as file:  # noqa: PTH123 - the same
                return os.fsdecode(file.read())
        except OSError:
            return None

    def link(self, pid: int, name: str) -> str | None:
        """Return where a link of /proc/PID leads, None when that is not told."""
        try:
            return os.readlink(f"{self.proc}/{pid}/{name}")  # noqa: PTH115 - the same
        except OSError:
            return None

    def pids(self) -> list[int]:
        """Return the processes that there are; threads are not listed."""
        try:
            return sorted(int(name) for name in os.listdir(self.proc) if name.isdecimal())  # noqa: PTH208 - the same
        except OSError:
            return []


@attrs.frozen
class Target:
    """A process: `comm` is its name as the kernel cuts it, `exe` its executable where the system tells it, `argv` its words.

    `state` is the kernel's letter. `started` is not comparable but with itself: a process id that was used again has another.
    """

    pid: int
    ppid: int
    uid: int
    state: str
    comm: str
    exe: str | None = None
    argv: tuple[str, ...] = ()
    started: str = ""
    is_kernels: bool = False

    @property
    def name(self) -> str:
        """How a person calls it: after its executable, else its first word, else comm."""
        return _base(self.exe or (self.argv[0] if self.argv else "")) or self.comm

    @property
    def command_line(self) -> str:
        """Its words with blanks between them, as Delve 1.27.1 compares them with `waitFor`."""
        return " ".join(self.argv)

    def is_called(self, name: str) -> bool:
        """Whether `name` is exactly the base name of the executable or of argv[0], or comm; a path must end either."""
        paths = [path for path in (self.exe, self.argv[0] if self.argv else None) if path]
        if "/" in name:
            return any(path == name or path.endswith(f"/{name.removeprefix('./')}") for path in paths)
        if any(_base(path) == name for path in paths) or self.comm == name:
            return True
        cut = os.fsencode(name)[:COMM_BYTES]
        return not paths and len(os.fsencode(name)) > COMM_BYTES and os.fsencode(self.comm) == cut


def list_targets(machine: Machine | None = None) -> tuple[Target, ...]:
    """Return the processes that could be attached to, by their ids.

    Zombies and kernel threads are none; dapshim, what it has started, and the dlv's among that are left out. What a dlv of
    dapshim's has started stays: it is a program.
    """
    machine = machine or Machine()
    found = {target.pid: target for target in _all(machine)}
    own = _own(machine, found)
    return tuple(target for pid, target in found.items() if pid not in own and not _is_dead(target) and not target.is_kernels)


def find_targets(name: str, machine: Machine | None = None) -> tuple[Target, ...]:
    """Return the processes that are called exactly `name`; see `Target.is_called`. `name` may be a path or its end."""
    return tuple(target for target in list_targets(machine) if name and target.is_called(name))


def near_targets(name: str, machine: Machine | None = None) -> tuple[Target, ...]:
    """Return the processes in whose name or executable's path `name` occurs, in any case: to be offered, not to be taken."""
    part = name.casefold()
    return tuple(
        target
        for target in list_targets(machine)
        if part and any(part in text.casefold() for text in (target.name, target.comm, target.exe or ""))
    )


def look_at(pid: int, machine: Machine | None = None) -> Target | None:
    """Return one process, whatever it is; None when there is none."""
    machine = machine or Machine()
    if machine.tells:
        return _in_proc(machine, pid)
    return next((target for target in _by_ps() if target.pid == pid), None)


async def wait_for_target(
    prefix: str, *, poll: float = 0.1, running_too: bool = False, machine: Machine | None = None
) -> Target:
    """Wait until a process runs whose command line begins with `prefix`, and return it; looks every `poll` seconds.

    Delve 1.27.1 (`waitForSearchProcess`) looks at each process id once, so it never finds a program whose id it has seen before
    its exec: `sh -c 'sleep 1; exec prog'`. Here each is looked at again until it matches. What matched already when this
    began is not taken, unless `running_too`: Delve takes it.

    Raises:
        ValueError: `prefix` is empty, which every process matches.

    """
    if not prefix:
        raise ValueError("waitFor is empty: it must say how the command line of the program begins")
    machine = machine or Machine()
    old = set() if running_too else {(target.pid, target.started) for target in _matching(machine, prefix)}
    while True:
        for target in _matching(machine, prefix):
            if (target.pid, target.started) in old:
                continue
            await trio.sleep(SETTLE)
            again = look_at(target.pid, machine)
            if again is not None and again.started == target.started and _begins(again, prefix):
                return again
        await trio.sleep(max(poll, SHORTEST_POLL))


def _matching(machine: Machine, prefix: str) -> list[Target]:
    return [target for target in list_targets(machine) if _begins(target, prefix)]


def _begins(target: Target, prefix: str) -> bool:
    # Delve makes a blank of the NUL behind the last word too, so a prefix may end with one.
    return f"{target.command_line} ".startswith(prefix)


def _own(machine: Machine, found: dict[int, Target]) -> set[int]:
    """Return dapshim itself and what it has started, down to its dlv's."""
    own = {machine.own_pid}
    below: dict[int, list[Target]] = {}
    for target in found.values():
        below.setdefault(target.ppid, []).append(target)
    todo = list(below.get(machine.own_pid, ()))
    while todo:
        target = todo.pop()
        if target.pid not in own:
            own.add(target.pid)
            if target.name not in ("dlv", "dlv.exe"):
                todo += below.get(target.pid, ())
    return own


def _is_dead(target: Target) -> bool:
    return target.state[:1] in ("Z", "X", "x")


def _base(path: str) -> str:
    return path.removesuffix(_DELETED).rpartition("/")[2]


# -- where processes are told ----------------------------------------------------------------------------------------------


def _all(machine: Machine) -> Iterable[Target]:
    if not machine.tells:
        return _by_ps()
    return (target for pid in machine.pids() if (target := _in_proc(machine, pid)) is not None)


def _in_proc(machine: Machine, pid: int) -> Target | None:
    stat, status = machine.read(pid, "stat"), machine.read(pid, "status")
    if not stat or not status:
        return None
    # The name is the program's own choice: it may hold blanks and parentheses, so the last one counts.
    head, _, tail = stat.rpartition(")")
    fields = tail.split()
    state = fields[_STATE]
    if state == "Z" and int(fields[_THREADS]) > 1:
        state = "S"  # only its first thread has ended
    words = (machine.read(pid, "cmdline") or "").removesuffix("\0")
    exe = machine.link(pid, "exe")
    return Target(
        pid,
        int(fields[_PARENT]),
        uid_of(status),
        state,
        head.partition("(")[2],
        exe.removesuffix(_DELETED) if exe is not None else None,
        tuple(words.split("\0")) if words else (),
        fields[_STARTED],
        bool(int(fields[_FLAGS]) & _KERNEL_THREAD),
    )


def uid_of(status: str) -> int:
    """Return the effective user of a process from its /proc/PID/status."""
    for line in status.splitlines():
        if line.startswith("Uid:"):
            return int(line.split()[2])
    return -1


def _by_ps() -> Iterator[Target]:
    """Yield the processes as `ps` tells them; it does not tell where words begin that hold blanks."""
    columns = _ps("pid", "ppid", "uid", "stat", "comm"), _ps("pid", "lstart"), _ps("pid", "args")
    started = dict(line.split(None, 1) for line in columns[1] if line.strip())
    args = dict(line.split(None, 1) for line in columns[2] if len(line.split(None, 1)) > 1)
    for line in columns[0]:
        fields = line.split(None, 4)
        if len(fields) == len(("pid", "ppid", "uid", "stat", "comm")):
            pid, ppid, uid, state, comm = fields
            # macOS: comm is the path of the executable, which may hold blanks.
            words = args.get(pid, "")
            rest = words.removeprefix(comm).split() if words.startswith(comm) else words.split()[1:]
            first = comm if words.startswith(comm) else words.partition(" ")[0]
            exe = comm if comm.startswith("/") else None
            argv = (first, *rest) if words else ()
            yield Target(int(pid), int(ppid), int(uid), state, _base(comm), exe, argv, started.get(pid, ""))


def _ps(*columns: str) -> list[str]:
    command = ["ps", "-A", "-ww", *(word for column in columns for word in ("-o", f"{column}="))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", check=False)  # noqa: S603 - ours
    except OSError:
        return []
    return done.stdout.splitlines()
