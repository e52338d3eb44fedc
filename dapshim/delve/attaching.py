"""Why a process cannot be attached to, and the one command that mends it.

Delve says `could not attach to pid N: operation not permitted`, which is what the kernel says. The kernel's reasons can be read
in /proc, and are read here in the order in which it asks (`__ptrace_may_access`, then the security modules): the two users,
whether the target keeps its memory to itself, its capabilities and its user namespace; then Yama. That a link of /proc/PID can
be read shows that all but Yama would allow it, since that takes the same permission.

It looks and changes nothing. The tracer is thought to have the rights of dapshim, which has started dlv.
"""

from __future__ import annotations

import os
from typing import Final

import attrs

from dapshim.delve.proc import field_in
from dapshim.delve.targets import Machine, Target, look_at, uid_of

CAP_SYS_PTRACE: Final = 19
"""The number of the capability to debug others' processes."""

_FILTERED: Final = "2"
"""`Seccomp:` of a process whose system calls a filter decides on."""

_ANYBODY: Final = 0
_NOBODY: Final = 3
"""What `ptrace_scope` may hold (Linux, admin-guide/LSM/Yama), from the least to the most strict."""


def why_not_attach(pid: int, *, refused: bool = False, machine: Machine | None = None) -> str | None:
    """Say in one or two sentences why process `pid` cannot be attached to, with the command that mends it; None: nothing does.

    `refused` says that Delve has tried already and was not permitted: then what is only likely is said too.
    """
    machine = machine or Machine()
    target = look_at(pid, machine) if pid > 0 else None
    if target is None:
        return f"there is no process {pid}; it may have ended, or run in another container. See: ps -e"
    leader = field_in(machine.read(pid, "status") or "", "Tgid")
    if leader and int(leader) != pid:
        return f'{pid} is a thread of process {leader}; attach to that: "processId": {leader}'
    said = _by_what_it_is(target, machine)
    if said is not None or not machine.tells:
        return said
    mine = machine.read(machine.own_pid, "status") or ""
    if not _may_be_read(target, machine):
        return _by_rights(target, machine, mine)
    # Scope 3 binds administrators too.
    said = None if _is_able(mine) and _scope(machine) != _NOBODY else _by_yama(target, machine)
    return said or (_likely(target, mine) if refused else None)


@attrs.frozen
class DebugRights:
    """What the system lets dapshim, and the dlv that it starts, debug. `scope` is Yama's, 0 where there is none.

    `able` says that it has CAP_SYS_PTRACE, `filtered` that a filter decides on its system calls.
    """

    scope: int
    able: bool
    filtered: bool


def debug_rights(machine: Machine | None = None) -> DebugRights:
    """Return what holds for any process; where there is no /proc, nothing is forbidden that could be told."""
    machine = machine or Machine()
    mine = machine.read(machine.own_pid, "status")
    if mine is None:
        return DebugRights(_ANYBODY, able=True, filtered=False)
    return DebugRights(_scope(machine), _is_able(mine), field_in(mine, "Seccomp") == _FILTERED)


def _by_what_it_is(target: Target, machine: Machine) -> str | None:
    """Say why nobody at all could attach to it, or should."""
    called = _called(target)
    if target.pid == machine.own_pid:
        return f"process {target.pid} is dapshim itself, which cannot debug itself. Name another process. See: ps -e"
    if target.is_kernels:
        return f"{called} is a thread of the kernel. Name another process. See: ps -e"
    if target.state[:1] in ("Z", "X", "x"):
        parent = look_at(target.ppid, machine)
        whom = _called(parent) if parent is not None else "its parent"
        return f"{called} has ended and only waits for {whom} to take note of it (it is a zombie). Start it again"
    if target.pid in _ancestors(machine):
        return (
            f"{called} has started dapshim, so a stop of it could stop the debugger as well. "
            "Start dapshim elsewhere: setsid dapshim --listen 4711"
        )
    return _by_tracer(target, machine)


def _by_tracer(target: Target, machine: Machine) -> str | None:
    """Say who debugs it already."""
    thread = int(field_in(machine.read(target.pid, "status") or "", "TracerPid") or 0)
    if not thread:
        return None
    # Delve traces from one of its threads, and the kernel names that one.
    tracer = int(field_in(machine.read(thread, "status") or "", "Tgid") or thread)
    by = look_at(tracer, machine)
    whom = _called(by) if by is not None else f"process {tracer}"
    # By SIGINT a dlv lets go of the program; any other signal leaves breakpoint instructions in it.
    end = f"kill -INT {tracer}" if by is not None and by.name == "dlv" else f"kill {tracer}"
    return f"{_called(target)} is being debugged already, by {whom}, and can have one debugger. End that one: {end}"


def _by_rights(target: Target, machine: Machine, mine: str) -> str:
    """Say which of the rights is missing that the kernel asks for before Yama."""
    called, me = _called(target), _user(_uid(mine))
    maps = machine.read(target.pid, "uid_map"), machine.read(machine.own_pid, "uid_map")
    if _is_able(mine) or (None not in maps and maps[0] != maps[1]):
        return (
            f"{called} runs in another user namespace (a container), where {me} has no rights, or a security module guards it. "
            f"Start dapshim where it runs, in a shell by: sudo nsenter --target {target.pid} --all"
        )
    if _uid(mine) == 0:
        return (
            f"{called} may not be debugged even by root here: the container has no CAP_SYS_PTRACE. "
            "Start it with: docker run --cap-add=SYS_PTRACE"
        )
    if target.uid != _uid(mine):
        return (
            f"{called} belongs to {_user(target.uid)}, and dapshim runs as {me}. "
            f"Start dapshim as that user: {_as_user(target.uid)} dapshim --listen 4711"
        )
    if _capabilities(machine.read(target.pid, "status") or "", "CapPrm") & ~_capabilities(mine, "CapPrm"):
        return (
            f"{called} has capabilities that dapshim has not (CapPrm in /proc/{target.pid}/status). "
            "Start dapshim as root: sudo dapshim --listen 4711"
        )
    return (
        f"{called} keeps its memory to itself: it has changed its user, was started from a file that cannot be read or has "
        "setuid or capabilities, or has said so (PR_SET_DUMPABLE). Start dapshim as root: sudo dapshim --listen 4711"
    )


def _by_yama(target: Target, machine: Machine) -> str | None:
    """Say what the Yama security module forbids one who is no administrator."""
    called, scope = _called(target), _scope(machine)
    mend = "Allow it until the next start: sudo sysctl -w kernel.yama.ptrace_scope=0"
    where = f"({machine.yama} is {scope}; the host's, in a container)"
    match scope:
        case 1:
            return f"{called} may be debugged only by a process that has started it {where}. {mend}"
        case 2:
            return f"{called} may be debugged only by an administrator {where}. {mend}"
        case 3:
            return (
                f"{called} may be debugged by nobody, and this cannot be changed while the system runs {where}. "
                "Set kernel.yama.ptrace_scope = 0 in /etc/sysctl.d, then: sudo reboot"
            )
        case _:
            return None


def _likely(target: Target, mine: str) -> str | None:
    """Say what may have been the reason when nothing that can be read forbids it."""
    if field_in(mine, "Seccomp") == _FILTERED:
        return (
            f"{_called(target)} could not be attached to, probably because this container filters a debugger's system calls. "
            "Start it with: docker run --cap-add=SYS_PTRACE --security-opt seccomp=unconfined"
        )
    return None


def _may_be_read(target: Target, machine: Machine) -> bool:
    """Whether the kernel shows what it shows only to those who may debug the process, but for Yama."""
    return machine.link(target.pid, "exe") is not None


def _scope(machine: Machine) -> int:
    try:
        with open(machine.yama) as file:  # noqa: PTH123 - as all of /proc
            return int(file.read())
    except (OSError, ValueError):
        return _ANYBODY  # a kernel without Yama


def _ancestors(machine: Machine) -> set[int]:
    """Return who has started dapshim; not process 1, which is given every orphan, and in a container is often the program."""
    found: set[int] = set()
    target = look_at(machine.own_pid, machine)
    while target is not None and target.ppid > 1 and target.ppid not in found:
        found.add(target.ppid)
        target = look_at(target.ppid, machine)
    return found


def _called(target: Target) -> str:
    return f"process {target.pid} ({target.name})"


def _uid(status: str) -> int:
    return uid_of(status) if status else os.geteuid()


def _capabilities(status: str, which: str) -> int:
    return int(field_in(status, which) or "0", 16)


def _is_able(status: str) -> bool:
    return bool(_capabilities(status, "CapEff") >> CAP_SYS_PTRACE & 1)


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return f"user {uid}"


def _as_user(uid: int) -> str:
    name = _user(uid)
    return "sudo" if uid == 0 else f"sudo -u {name}" if not name.startswith("user ") else f"sudo -u '#{uid}'"
