"""Why a process cannot be attached to. What this machine cannot be made to do is shown by a /proc of files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from dapshim.delve.attaching import DebugRights, debug_rights, why_not_attach
from dapshim.delve.targets import Machine
from tests.delve.fake_proc import ALL_CAPABILITIES, KERNEL_THREAD, OWN, FakeProc
from tests.delve.programs import build, running
from tests.real import BOUND, alive, dlv_dap, gone

PTRACE_ONLY = f"{1 << 19:016x}"
SOME_UID = 61234
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's answers are Linux's")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    made = FakeProc(tmp_path)
    made.add(90, "nvim", "/usr/bin/nvim", "nvim")
    made.add(200, "server", "/srv/server", "server")
    return made


def become(proc: FakeProc, uid: int = 1000, CapEff: str = "0", Seccomp: str = "0") -> None:  # noqa: N803 - the kernel's names
    """Give dapshim another user or other capabilities."""
    proc.ends(OWN)
    proc.add(OWN, "dapshim", "/usr/bin/python3", "python3", ppid=90, uid=uid, CapEff=CapEff, CapPrm=CapEff, Seccomp=Seccomp)


def test_nothing_hinders(proc):
    assert why_not_attach(200, machine=proc.machine) is None
    assert why_not_attach(200, refused=True, machine=proc.machine) is None
    proc.scope(0)
    assert why_not_attach(200, machine=proc.machine) is None


@pytest.mark.parametrize("pid", [0, -1, 999])
def test_no_such_process(proc, pid):
    assert why_not_attach(pid, machine=proc.machine) == (
        f"there is no process {pid}; it may have ended, or run in another container. See: ps -e"
    )


def test_what_it_is(proc):
    proc.add(2, "kworker", None, flags=KERNEL_THREAD)
    proc.add(300, "done", None, state="Z", ppid=200)
    proc.add(301, "server", "/srv/server", "server", Tgid="200")
    said = {pid: why_not_attach(pid, machine=proc.machine) for pid in (2, 300, 301, OWN, 90)}
    assert said == {
        2: "process 2 (kworker) is a thread of the kernel. Name another process. See: ps -e",
        300: "process 300 (done) has ended and only waits for process 200 (server) to take note of it (it is a zombie). "
        "Start it again",
        301: '301 is a thread of process 200; attach to that: "processId": 200',
        OWN: "process 100 is dapshim itself, which cannot debug itself. Name another process. See: ps -e",
        90: "process 90 (nvim) has started dapshim, so a stop of it could stop the debugger as well. "
        "Start dapshim elsewhere: setsid dapshim --listen 4711",
    }


def test_process_1_is_no_ancestor_in_a_container_it_is_the_program(proc):
    proc.add(1, "server", "/srv/server", "server", ppid=0)
    assert why_not_attach(1, machine=proc.machine) is None


def test_traced_already(proc):
    proc.add(300, "dlv", "/usr/bin/dlv", "dlv")
    proc.add(310, "dlv", "/usr/bin/dlv", "dlv", Tgid="300")  # one of its threads
    proc.add(301, "traced", "/x/traced", "traced", TracerPid="310")
    proc.add(302, "traced", "/x/traced", "traced", TracerPid="999")
    assert why_not_attach(301, machine=proc.machine) == (
        "process 301 (traced) is being debugged already, by process 300 (dlv), and can have one debugger. "
        "End that one: kill -INT 300"
    )
    assert "by process 999, " in str(why_not_attach(302, machine=proc.machine))


def test_another_users(proc):
    proc.add(300, "postgres", None, uid=0)
    proc.add(301, "postgres", None, uid=54321)
    assert "belongs to root, and dapshim runs as " in str(why_not_attach(300, machine=proc.machine))
    assert str(why_not_attach(300, machine=proc.machine)).endswith("Start dapshim as that user: sudo dapshim --listen 4711")
    assert str(why_not_attach(301, machine=proc.machine)).endswith("sudo -u '#54321' dapshim --listen 4711")


def test_root_of_a_container_without_the_capability(proc):
    become(proc, uid=0, CapEff="00000000a80425fb")
    proc.add(300, "server", None, "server", uid=1000)
    assert str(why_not_attach(300, machine=proc.machine)).endswith(
        "the container has no CAP_SYS_PTRACE. Start it with: docker run --cap-add=SYS_PTRACE"
    )


def test_another_user_namespace(proc):
    proc.add(300, "server", None, "server", map="0 1000 1")
    assert "runs in another user namespace (a container)" in str(why_not_attach(300, machine=proc.machine))
    assert str(why_not_attach(300, machine=proc.machine)).endswith("sudo nsenter --target 300 --all")


def test_one_who_may_do_all_and_still_may_not(proc):
    become(proc, uid=0, CapEff=ALL_CAPABILITIES)
    proc.add(300, "guarded", None, "guarded", uid=0)
    assert "or a security module guards it" in str(why_not_attach(300, machine=proc.machine))


def test_capabilities_and_memory_of_its_own(proc):
    proc.add(300, "ping", None, "ping", CapPrm="0000000000002000")
    proc.add(301, "agent", None, "agent")
    assert "has capabilities that dapshim has not (CapPrm in /proc/300/status)" in str(
        why_not_attach(300, machine=proc.machine)
    )
    assert "keeps its memory to itself" in str(why_not_attach(301, machine=proc.machine))


@pytest.mark.parametrize(
    ("scope", "said", "mend"),
    [
        (1, "may be debugged only by a process that has started it", "sudo sysctl -w kernel.yama.ptrace_scope=0"),
        (2, "may be debugged only by an administrator", "sudo sysctl -w kernel.yama.ptrace_scope=0"),
        (3, "may be debugged by nobody", "sudo reboot"),
    ],
)
def test_yama(proc, scope, said, mend):
    proc.scope(scope)
    found = str(why_not_attach(200, machine=proc.machine))
    assert found.startswith(f"process 200 (server) {said}")
    assert f"ptrace_scope is {scope};" in found
    assert found.endswith(mend)
    become(proc, CapEff=PTRACE_ONLY)
    assert (why_not_attach(200, machine=proc.machine) is None) == (scope < 3)


def test_yamas_file_may_hold_what_nobody_knows(proc):
    proc.yama.write_text("many\n")
    assert why_not_attach(200, machine=proc.machine) is None
    proc.scope(9)
    assert why_not_attach(200, machine=proc.machine) is None


def test_a_filter_of_system_calls_is_named_only_when_delve_was_refused(proc):
    become(proc, Seccomp="2")
    assert why_not_attach(200, machine=proc.machine) is None
    assert str(why_not_attach(200, refused=True, machine=proc.machine)).endswith(
        "docker run --cap-add=SYS_PTRACE --security-opt seccomp=unconfined"
    )


# -- the kernel itself -----------------------------------------------------------------------------------------------------


def as_another(ask: Callable[[], str | None], uid: int = SOME_UID) -> str:
    """Ask in a child that has become another user, without rights."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(out)
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os.write(into, str(ask()).encode())
        finally:
            os._exit(0)
    os.close(into)
    with os.fdopen(out) as file:
        said = file.read()
    os.waitpid(child, 0)
    return said


def sleeping(uid: int) -> subprocess.Popen[bytes]:
    """Start a process of that user, which says `.` when it is ready."""
    command = ["sh", "-c", "echo .; exec cat"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=uid, group=uid)


@linux
@as_root
def test_the_kernel_another_user(tmp_path):
    mine, others = sleeping(SOME_UID), sleeping(SOME_UID + 1)
    try:
        for process in (mine, others):
            assert process.stdout is not None
            process.stdout.readline()
        said = as_another(lambda: why_not_attach(others.pid, machine=Machine()))
        assert said.startswith(f"process {others.pid} (")
        assert f"belongs to user {SOME_UID + 1}, and dapshim runs as user {SOME_UID}." in said
        if not Path(Machine().yama).exists():
            assert as_another(lambda: why_not_attach(mine.pid, machine=Machine())) == "None"
    finally:
        for process in (mine, others):
            process.communicate()


@linux
@as_root
def test_the_kernel_memory_of_its_own():
    ready, hold = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hold[1])
        os.setresgid(SOME_UID, SOME_UID, SOME_UID)
        os.setresuid(SOME_UID, SOME_UID, SOME_UID)  # which makes it keep its memory to itself
        os.write(ready[1], b".")
        os.read(hold[0], 1)
        os._exit(0)
    try:
        os.read(ready[0], 1)
        said = as_another(lambda: why_not_attach(child, machine=Machine()))
        assert "keeps its memory to itself: it has changed its user" in said
    finally:
        os.close(hold[1])
        os.waitpid(child, 0)
        for descriptor in (*ready, hold[0]):
            os.close(descriptor)


@linux
@as_root
@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare")
def test_the_kernel_another_user_namespace():
    inside = subprocess.Popen(
        ["unshare", "--user", "sh", "-c", "echo .; exec cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        user=SOME_UID,
        group=SOME_UID,
    )
    try:
        assert inside.stdout is not None
        if inside.stdout.readline() != b".\n":
            pytest.skip("this system makes no user namespaces")
        said = as_another(lambda: why_not_attach(inside.pid, machine=Machine()), SOME_UID + 1)
        assert "runs in another user namespace" in said
    finally:
        inside.communicate()


@linux
async def test_the_kernel_traced_by_a_real_delve(tmp_path):
    async with running(build(tmp_path)) as program, dlv_dap() as dlv:
        assert why_not_attach(program.pid) is None
        client = await dlv.connect()
        await client.ok("initialize", {"adapterID": "go"})
        await client.ok("attach", {"mode": "local", "processId": program.pid})
        said = why_not_attach(program.pid)
        assert said is not None
        assert f"is being debugged already, by process {dlv.process.pid} (dlv)" in said
        # The command that it names ends that session, and the program lives.
        command = said.rpartition(": ")[2].split()
        assert command[0] == "kill"
        await trio.run_process(command)
        await client.rest()
        await gone(lambda: why_not_attach(program.pid), BOUND)
        assert alive(program.pid)


@linux
def test_the_kernel_a_zombie_and_a_thread():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert "has ended and only waits for" in str(why_not_attach(child))
    os.waitpid(child, 0)
    assert why_not_attach(child) == f"there is no process {child}; it may have ended, or run in another container. See: ps -e"
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        said = str(why_not_attach(thread.native_id or 0))
        assert said == f'{thread.native_id} is a thread of process {os.getpid()}; attach to that: "processId": {os.getpid()}'
    finally:
        stop.set()
        thread.join()


@linux
def test_the_kernel_dapshim_and_who_has_started_it():
    assert "is dapshim itself" in str(why_not_attach(os.getpid()))
    assert os.getppid() == 1 or "has started dapshim" in str(why_not_attach(os.getppid()))


def test_what_holds_for_any_process(proc):
    assert debug_rights(proc.machine) == DebugRights(0, able=False, filtered=False)
    proc.scope(2)
    become(proc, CapEff=PTRACE_ONLY, Seccomp="2")
    assert debug_rights(proc.machine) == DebugRights(2, able=True, filtered=True)
    assert debug_rights(Machine("/nonexistent", "/nonexistent")) == DebugRights(0, able=True, filtered=False)
