"""Processes by their names, and waiting for one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from dapshim.delve import targets
from dapshim.delve.targets import Machine, find_targets, list_targets, look_at, near_targets, wait_for_target
from tests.delve.fake_proc import ALL_CAPABILITIES, KERNEL_THREAD, OWN, FakeProc
from tests.delve.programs import build, running
from tests.real import BOUND, dlv_dap


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    return FakeProc(tmp_path)


def pids(found: tuple[targets.Target, ...]) -> list[int]:
    return [target.pid for target in found]


# -- names -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("server", [200]),
        ("a-very-long-name-indeed", [201]),
        ("a-very-long-nam", [201]),
        ("renamed", [202]),
        ("argv-zero", [202]),
        ("odd) name (x", [203]),
        ("/srv/bin/server", [200]),
        ("bin/server", [200]),
        ("./server", [200]),
        ("/bin/server", []),
        ("another-users-server", [204]),
        ("gone", [205]),
        ("serve", []),
        ("Server", []),
        ("", []),
        ("twin", [206, 207]),
    ],
)
def test_a_name_is_exactly_that_of_the_executable_of_argv_0_or_comm(proc, name, found):
    proc.add(200, "server", "/srv/bin/server", "./server", "--port", "80")
    proc.add(201, "a-very-long-nam", "/x/a-very-long-name-indeed", "/x/a-very-long-name-indeed")
    proc.add(202, "renamed", "/x/real", "argv-zero")
    proc.add(203, "odd) name (x", "/x/odd", "/x/odd")
    proc.add(204, "another-users-s", None, uid=0)
    proc.add(205, "gone", "/x/gone (deleted)", "/x/gone")
    proc.add(206, "twin", "/x/twin", "/x/twin")
    proc.add(207, "twin", "/x/twin", "/x/twin", ppid=206)
    assert pids(find_targets(name, proc.machine)) == found


def test_what_nobody_attaches_to_is_left_out(proc):
    proc.add(2, "same", None, flags=KERNEL_THREAD)
    proc.add(200, "same", None, state="Z")
    proc.add(201, "same", "/x/same", "same", state="Z", threads=3)  # only its first thread has ended
    proc.add(OWN + 1, "same", "/usr/bin/python3", "python3", ppid=OWN)  # the guardian
    proc.add(OWN + 2, "wrapper", "/x/same", "same", ppid=OWN)
    proc.add(OWN + 3, "same", "/x/dlv", "dlv", "dap", ppid=OWN + 2)
    proc.add(OWN + 4, "same", "/x/same", "same", ppid=OWN + 3)  # what that dlv debugs
    proc.add(300, "same", "/x/dlv", "dlv", ppid=1)  # somebody else's dlv
    assert pids(find_targets("same", proc.machine)) == [OWN + 4, 201, 300]
    assert OWN not in pids(list_targets(proc.machine))


def test_a_part_of_a_name_only_offers(proc):
    proc.add(200, "orders", "/srv/orders-api", "orders-api", "--db=users")
    proc.add(201, "x", "/srv/Orders/x", "x")
    assert pids(near_targets("order", proc.machine)) == [200, 201]
    assert near_targets("users", proc.machine) == ()
    assert near_targets("", proc.machine) == ()


def test_all_that_a_person_needs_to_choose_is_there(proc):
    proc.add(
        200, "server", "/srv/server", "./server", "--greet", "good day", ppid=7, uid=33, state="D", CapPrm=ALL_CAPABILITIES
    )
    target = look_at(200, proc.machine)
    assert target is not None
    assert (target.ppid, target.uid, target.state, target.comm) == (7, 33, "D", "server")
    assert target.name == "server"
    assert target.command_line == "./server --greet good day"
    assert look_at(201, proc.machine) is None


# -- the machine as it is --------------------------------------------------------------------------------------------------


async def test_a_real_program_is_found_by_each_of_its_names(tmp_path):
    program = build(tmp_path)
    renamed = tmp_path / "orders-service-of-the-north"
    Path(program).rename(renamed)
    async with running(str(renamed)) as process:
        # It lies below this process, as a program lies below dapshim's dlv; seen from elsewhere it is nobody's own.
        elsewhere = Machine(own_pid=-1)
        (found,) = find_targets(renamed.name, elsewhere)
        for name in (renamed.name, renamed.name[:15], str(renamed)):
            assert find_targets(name, elsewhere) == (found,)
            assert (found.pid, found.exe, found.uid) == (process.pid, str(renamed), os.geteuid())
            assert found.argv == (str(renamed), "stay")
        assert find_targets(renamed.name) == ()
        by_ps = next(target for target in targets._by_ps() if target.pid == process.pid)
        assert (by_ps.ppid, by_ps.uid, by_ps.name, by_ps.argv) == (found.ppid, found.uid, found.name, found.argv)
        assert by_ps.comm == found.comm
    assert find_targets(renamed.name, elsewhere) == ()


def test_where_there_is_no_proc_ps_tells(tmp_path):
    nowhere = Machine(proc=str(tmp_path / "none"), own_pid=-1)
    assert os.getpid() in pids(list_targets(nowhere))
    me = look_at(os.getpid(), nowhere)
    assert me is not None
    assert me.ppid == os.getppid()
    assert me.started


# -- waiting ---------------------------------------------------------------------------------------------------------------


async def test_what_becomes_the_program_after_its_id_was_seen_is_found(proc, autojump_clock):
    proc.add(200, "sh", "/bin/sh", "sh", "-c", "sleep 1; exec prog")
    found: list[int] = []

    async def wait() -> None:
        found.append((await wait_for_target("/x/prog", poll=0.5, machine=proc.machine)).pid)

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.sleep(5)
            assert not found
            proc.execs(200, "/x/prog", "/x/prog", "--now")
    assert found == [200]


@pytest.mark.parametrize(("running_too", "found"), [(False, 201), (True, 200)])
async def test_what_runs_already_is_taken_only_when_that_is_asked_for(proc, autojump_clock, running_too, found):
    proc.add(200, "prog", "/x/prog", "/x/prog")
    async with trio.open_nursery() as nursery:

        async def start_another() -> None:
            await trio.sleep(3)
            proc.add(201, "prog", "/x/prog", "/x/prog")

        nursery.start_soon(start_another)
        with trio.fail_after(60):
            target = await wait_for_target("/x/prog", running_too=running_too, machine=proc.machine)
        assert target.pid == found
        nursery.cancel_scope.cancel()


async def test_an_id_that_is_used_again_is_another_process(proc, autojump_clock):
    proc.add(200, "prog", "/x/prog", "/x/prog")
    async with trio.open_nursery() as nursery:

        async def start_again() -> None:
            await trio.sleep(3)
            proc.ends(200)
            proc.add(200, "prog", "/x/prog", "/x/prog", started=8)

        nursery.start_soon(start_again)
        with trio.fail_after(60):
            assert (await wait_for_target("/x/prog", machine=proc.machine)).started == "8"


async def test_a_child_that_still_wears_its_parents_command_line_is_not_taken(proc, autojump_clock):
    proc.add(200, "prog", "/x/prog", "/x/prog")
    async with trio.open_nursery() as nursery:

        async def run_ls() -> None:
            await trio.sleep(1)
            proc.add(201, "prog", "/x/prog", "/x/prog", ppid=200)
            await trio.sleep(targets.SETTLE / 2)
            proc.execs(201, "/bin/ls", "ls")
            await trio.sleep(5)
            proc.add(202, "prog", "/x/prog", "/x/prog")

        nursery.start_soon(run_ls)
        with trio.fail_after(60):
            assert (await wait_for_target("/x/prog", poll=0.001, machine=proc.machine)).pid == 202


@pytest.mark.parametrize("prefix", ["/x/prog --a", "/x/prog --a b ", "/x/pr"])
async def test_the_prefix_is_compared_as_delve_does(proc, autojump_clock, prefix):
    proc.add(200, "prog", "/x/prog", "/x/prog", "--a", "b")
    with trio.fail_after(60):
        assert (await wait_for_target(prefix, running_too=True, machine=proc.machine)).pid == 200


async def test_an_empty_prefix_is_refused(proc):
    with pytest.raises(ValueError, match="waitFor is empty"):
        await wait_for_target("", machine=proc.machine)


async def test_the_real_delve_attaches_to_what_was_awaited(tmp_path):
    """`sh -c 'read; exec prog'` is what Delve's own waitFor misses every time (docs/delve.md)."""
    program = build(tmp_path)
    shell = await trio.lowlevel.open_process(
        ["sh", "-c", f"read _; exec {program} stay"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        found: list[targets.Target] = []

        async def wait() -> None:
            found.append(await wait_for_target(program, poll=0.05, machine=Machine(own_pid=-1)))

        with trio.fail_after(BOUND):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait)
                await trio.testing.wait_all_tasks_blocked()
                assert shell.stdin is not None
                await shell.stdin.send_all(b"\n")
        assert found[0].pid == shell.pid
        async with dlv_dap() as dlv:
            client = await dlv.connect()
            await client.ok("initialize", {"adapterID": "go"})
            await client.ok("attach", {"mode": "local", "processId": found[0].pid})
            threads = (await client.ok("threads"))["threads"]
            assert any(thread["name"].endswith("time.Sleep") for thread in threads), threads
            await client.ok("disconnect", {"terminateDebuggee": False})
    finally:
        shell.kill()
        await shell.wait()
        if shell.stdin is not None:
            await shell.stdin.aclose()


def test_looking_is_cheap_enough_to_poll():
    """One look opens three files and a link of each process, and nothing else."""
    opened: list[str] = []

    class Counting(Machine):
        def read(self, pid: int, name: str) -> str | None:
            opened.append(name)
            return super().read(pid, name)

    machine = Counting(own_pid=-1)
    list_targets(machine)
    assert len(opened) <= 3 * len(machine.pids()) + 3 * 10
    assert sys.platform != "linux" or opened
