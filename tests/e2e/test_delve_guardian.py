"""dapshim, dlv or both are killed without a chance to clean up; the guardian sees to it that nothing is left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from tests.delve.processes import Watch, kill_all_in, lives, living_in, watching
from tests.delve.programs import HeldBuild, build, running, the_dlv

LIMIT = 40
PROMISED = 5
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return build(tmp_path_factory.mktemp("program"))


class Killable:
    """The parent process of tests/delve/parent.py, with what it has started."""

    def __init__(self, process: trio.Process, pids: dict[str, int], held: dict[str, Watch]) -> None:
        self.process = process
        self.pids = pids
        self.held = held

    async def kill(self, *names: str) -> None:
        """Kill these at one time, and wait for the parent."""
        for name in names:
            os.kill(self.process.pid if name == "parent" else self.pids[name], signal.SIGKILL)
        await self.process.wait()

    async def gone(self, *names: str) -> None:
        with trio.fail_after(PROMISED):
            for name in names:
                await self.held[name].ended()


@contextlib.asynccontextmanager
async def parent(*arguments: str) -> AsyncIterator[Killable]:
    the_dlv()
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "tests.delve.parent", *arguments], stdout=subprocess.PIPE, cwd=ROOT, start_new_session=True
    )
    assert process.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        data = await process.stdout.receive_some()
        assert data, "the parent process failed"
        line += data
    pids = json.loads(line)
    with watching(*pids.values()) as watches:
        try:
            yield Killable(process, pids, dict(zip(pids, watches, strict=True)))
        finally:
            with trio.CancelScope(shield=True):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                kill_all_in(pids["dlv"])
                await process.wait()
                await process.stdout.aclose()


@pytest.mark.parametrize("killed", [("parent",), ("parent", "dlv"), ("dlv", "parent")])
async def test_nothing_is_left_of_a_launched_program(program, killed):
    with trio.fail_after(LIMIT):
        async with parent("launch", program, "stay") as killable:
            assert killable.held["debuggee"].lives()
            await killable.kill(*killed)
            await killable.gone("dlv", "debuggee", "guardian")
            assert living_in(killable.pids["dlv"]) == []


async def test_a_debuggee_of_two_groups_keeps_the_one_that_it_left_on_purpose(program):
    with trio.fail_after(LIMIT):
        async with parent("launch", program, "same-group", "own-group", "stay") as killable:
            # The program's own output comes on dlv's pipe, which the parent holds; ps knows its children too.
            sid = killable.pids["dlv"]
            while len(living_in(sid)) < len(["dlv", "program", "child", "child"]):
                await trio.lowlevel.checkpoint()
            listing = subprocess.run(
                ["ps", "-o", "pid=,pgid=,args=", "-s", str(sid)], capture_output=True, text=True, check=True
            ).stdout
            children = [line.split() for line in listing.splitlines() if "/bin/sleep" in line]
            inside = [int(pid) for pid, pgid, *_ in children if int(pgid) == killable.pids["debuggee"]]
            outside = [int(pid) for pid, pgid, *_ in children if pid == pgid]
            with watching(*inside, *outside) as (child, kept):
                await killable.kill("parent", "dlv")
                await killable.gone("guardian")
                await child.ended()
                assert kept.lives()
                assert living_in(sid) == ["/bin/sleep 1000"]


@pytest.mark.parametrize("killed", [("parent",), ("parent", "dlv")])
async def test_a_temporary_binary_goes_too(tmp_path, killed):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(release_when_it_builds, held)
            async with parent("debug", str(tmp_path)) as killable:
                assert len(held.debug_binaries()) == 1
                await killable.kill(*killed)
                await killable.gone("dlv", "debuggee", "guardian")
                assert held.left() == []


async def release_when_it_builds(held: HeldBuild) -> None:
    await trio.to_thread.run_sync(held.await_start, abandon_on_cancel=True)
    held.release()


async def test_a_build_whose_dlv_is_killed_too_is_stopped(tmp_path):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        async with parent("build", str(tmp_path)) as killable:
            await trio.to_thread.run_sync(held.await_start, abandon_on_cancel=True)
            assert len(held.debug_binaries()) == 1
            await killable.kill("parent", "dlv")
            await killable.gone("dlv", "guardian")
            assert living_in(killable.pids["dlv"]) == []
            assert held.left() == []


async def test_a_dlv_that_builds_is_waited_for(tmp_path):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        async with parent("build", str(tmp_path)) as killable:
            await trio.to_thread.run_sync(held.await_start, abandon_on_cancel=True)
            await killable.kill("parent")
            assert killable.held["guardian"].lives()
            held.release()
            await killable.gone("dlv", "guardian")
            assert living_in(killable.pids["dlv"]) == []
            assert held.left() == []


async def test_an_attached_program_lives_on(program):
    with trio.fail_after(LIMIT):
        async with running(program) as target, parent("attach", str(target.pid)) as killable:
            await killable.kill("parent")
            await killable.gone("dlv", "guardian")
            assert lives(target.pid)
