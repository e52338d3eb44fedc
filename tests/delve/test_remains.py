from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from dapshim.delve import remains
from tests.delve.processes import PROGRAM, ProcessSession, lives, living_in, process_session, stat_of, watching

LIMIT = 20


@pytest.fixture
def session():
    with process_session() as session:
        yield session


def test_members_are_the_processes_with_this_sid_whatever_their_group(session):
    found = {member.pid: member.pgid for member in remains.members(session.sid)}
    assert found == {session.sid: session.sid, session.own: session.own, session.same: session.sid}


def test_ps_tells_the_same_where_there_is_no_proc(session, monkeypatch):
    expected = sorted((member.pid, member.pgid) for member in remains.members(session.sid))
    monkeypatch.setattr(remains, "_PROC", False)
    assert sorted((member.pid, member.pgid) for member in remains.members(session.sid)) == expected


def test_a_zombie_is_not_left(session):
    session.leader.kill()
    os.waitid(os.P_PID, session.sid, os.WEXITED | os.WNOWAIT)
    assert stat_of(session.sid) == "Z"
    assert session.sid not in [member.pid for member in remains.members(session.sid)]


def test_a_process_whose_first_thread_ended_is_left():
    code = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(1000,)).start()\n"
        "print(flush=True)\n"
        "ctypes.CDLL(None).syscall(60, 0)\n"
    )
    if os.uname().machine != "x86_64":
        pytest.skip("the system call's number is that of x86-64")
    with subprocess.Popen([*PROGRAM, code], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while stat_of(process.pid) != "Z":
            os.sched_yield()
        try:
            assert [member.pid for member in remains.members(process.pid)] == [process.pid]
            assert remains.end(process.pid) == []
            assert process.wait() == -signal.SIGKILL
        finally:
            process.kill()


@given(name=st.binary(max_size=15), state=st.sampled_from("RSDZTtX"), pgid=st.integers(1, 2**22), threads=st.integers(1, 9))
def test_a_name_with_blanks_and_parentheses_does_not_disturb(name, state, pgid, threads):
    line = b"7 (%s) %s 1 %d 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 %d 0 9\n" % (name, state.encode(), pgid, threads)
    assert remains.parse_stat(line) == (state, pgid, threads)


def test_a_real_process_with_such_a_name_is_found():
    code = "open('/proc/self/comm', 'w').write(') Z 1 (2')\nprint(flush=True)\nimport sys; sys.stdin.read()"
    with subprocess.Popen([*PROGRAM, code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = remains.members(process.pid)
        process.kill()
    assert [(member.pid, member.pgid) for member in found] == [(process.pid, process.pid)]


def test_end_takes_all_of_a_session(session):
    assert remains.end(session.sid) == []
    assert living_in(session.sid) == []


def test_end_takes_only_the_groups_that_are_named(session):
    assert remains.end(session.sid, {session.sid}) == []
    assert [member.pid for member in remains.members(session.sid)] == [session.own]
    assert remains.end(session.sid, [session.own]) == []
    assert living_in(session.sid) == []


def test_end_without_pidfd(session, monkeypatch):
    def absent(_pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", absent)
    assert remains.end(session.sid) == []
    assert living_in(session.sid) == []


@pytest.mark.parametrize("sid", [-1, 0, 1, os.getsid(0)], ids=["-1", "0", "1", "ours"])
def test_these_sessions_and_our_own_are_not_even_looked_at(sid, monkeypatch):
    monkeypatch.setattr(remains, "members", lambda _sid: pytest.fail("looked"))
    assert remains.end(sid) == []
    assert remains.stop_build(sid) is False


async def test_a_process_that_is_of_another_session_by_now_is_not_signalled(session):
    other = ProcessSession()
    try:
        # As if the number had been given to another process after the session was looked at.
        assert remains._signal(other.own, session.sid, signal.SIGKILL) is True
        assert lives(other.own)
        assert remains._signal(other.own, other.sid, signal.SIGKILL, {other.sid}) is True
        assert lives(other.own)
        with trio.fail_after(LIMIT), watching(other.own) as (watch,):
            remains._signal(other.own, other.sid, signal.SIGKILL, {other.own})
            await watch.ended()
    finally:
        other.close()


def test_what_may_not_be_signalled_is_reported_at_once(session, monkeypatch):
    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(remains, "_send", forbidden)
    began = time.monotonic()
    assert sorted(remains.end(session.sid)) == sorted((session.sid, session.own, session.same))
    assert time.monotonic() - began < remains.PATIENCE / 2


def test_a_program_that_forks_and_exits_without_end_is_ended():
    code = "import os\nprint(flush=True)\nwhile True:\n    if os.fork():\n        os._exit(0)\n"
    with subprocess.Popen([*PROGRAM, code], stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            assert remains.end(process.pid) == []
            assert living_in(process.pid) == []
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_what_is_always_a_fork_ahead_is_ended_as_a_group(session, monkeypatch):
    monkeypatch.setattr(remains, "_signal", lambda *_: True)
    assert remains.end(session.sid, patience=LIMIT) == []
    assert living_in(session.sid) == []


# -- builds ----------------------------------------------------------------------------------------------------------------

PRETEND = "import sys\nprint(flush=True)\nsys.stdin.read()\n"


def pretend_go(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Run something whose command line is that of go: Python takes the first argument for its script."""
    (folder / arguments[0]).write_text(PRETEND)
    process = subprocess.Popen(
        ["go", *arguments],
        executable=sys.executable,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"\n"
    return process


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("build", "-o", "__debug_bin12", "-gcflags", "all=-N -l", "."), ["__debug_bin12"]),
        (("build", "-o", "/elsewhere/__debug_bin12", "."), ["/elsewhere/__debug_bin12"]),
        (("build", "-o=sub/../__debug_bin3", "."), ["__debug_bin3"]),
        (("test", "-c", "-o", "debug.test7", "."), ["debug.test7"]),
        (("build", "-o", "mine", "-o", "__debug_bin4"), ["__debug_bin4"]),
        (("build", "-o", "__debug_bin4", "-o", "mine"), []),
        (("build", "-o", "program", "."), []),
        (("build", "."), []),
        (("build", "-o"), []),
        (("list", "-o", "__debug_bin5"), []),
    ],
)
def test_the_binary_of_a_build_is_known_by_its_command_line(tmp_path, arguments, expected):
    with pretend_go(tmp_path, *arguments) as process:
        found = remains.debug_binaries(process.pid)
        process.kill()
    assert found == [str(tmp_path / name) for name in expected]


def test_who_builds_a_binary_is_known_while_it_does(tmp_path):
    with pretend_go(tmp_path, "build", "-o", "__debug_bin12", ".") as process:
        path = str(tmp_path / "__debug_bin12")
        assert remains.builder_of(path) == process.pid
        assert remains.builder_of(f"{path}3") is None
        process.kill()
    assert remains.builder_of(path) is None


@pytest.mark.parametrize(
    ("name", "age", "counts"), [("__debug_bin77", 0, True), ("__debug_bin77", 60, False), ("__debug_bin_mine", 0, False)]
)
def test_a_running_binary_counts_when_it_was_built_meanwhile(tmp_path, name, age, counts):
    binary = tmp_path / name
    binary.write_bytes(Path("/bin/sleep").read_bytes())
    binary.chmod(0o755)
    started = time.time()
    os.utime(binary, (started - age, started - age))
    with subprocess.Popen([binary, "1000"], start_new_session=True) as process:
        found, without = remains.debug_binaries(process.pid, started), remains.debug_binaries(process.pid)
        process.kill()
    assert found == ([str(binary)] if counts else [])
    assert without == []


def test_without_a_build_nothing_is_stopped(session):
    assert remains.stop_build(session.sid) is False
    assert len(remains.members(session.sid)) == 3
