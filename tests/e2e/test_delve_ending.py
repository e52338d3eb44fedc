"""The real dlv is started and ended, in every way that leaves something behind when nobody looks after it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator

import pytest
import trio

from dapshim.delve import remains
from dapshim.delve.ending import end_dlv, let_go
from dapshim.delve.process import DlvCommand, DlvProcess, start_dlv
from tests.delve.processes import living_in, stat_of, watching
from tests.delve.programs import HeldBuild, build, the_dlv
from tests.delve.raw_dap import RawDap

LIMIT = 30
PROMISED = 5


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return build(tmp_path_factory.mktemp("program"))


async def started() -> DlvProcess:
    return await start_dlv(DlvCommand(the_dlv()))


@contextlib.asynccontextmanager
async def running(program: str) -> AsyncIterator[trio.Process]:
    """Run a program that dlv has not started."""
    with trio.fail_after(LIMIT):
        process = await trio.lowlevel.open_process([program, "stay"], stderr=subprocess.PIPE)
        assert process.stderr is not None
        await process.stderr.receive_some()
        try:
            yield process
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()
                await process.stderr.aclose()


async def childs_pid(process: DlvProcess) -> int:
    printed = b""
    while b"child" not in printed or not printed.endswith(b"\n"):
        data = await process.stderr.receive_some()
        assert data
        printed += data
    return int(printed.split(b"child ")[1].split()[0])


async def test_a_dlv_that_was_started_speaks_dap_and_leads_its_own_session():
    with trio.fail_after(LIMIT):
        process = await started()
        answer = await RawDap(process.stream).ask("initialize", {"adapterID": "go"})
        assert answer["body"]["supportsConfigurationDoneRequest"] is True
        assert os.getsid(process.pid) == os.getpgid(process.pid) == process.pid
        assert str(await trio.Path(f"/proc/{process.pid}/fd/0").readlink()) == "/dev/null"
        await end_dlv(process, groups=None, grace=PROMISED)
        assert process.returncode == 0
        await process.aclose()


async def test_flags_reach_dlv_and_its_output_comes_through_the_pipe():
    with trio.fail_after(LIMIT):
        process = await start_dlv(DlvCommand(the_dlv(), flags=("--log", "--log-output=dap")))
        await RawDap(process.stream).ask("initialize", {"adapterID": "go"})
        await end_dlv(process, groups=None, grace=PROMISED)
        printed = b"".join([data async for data in process.stderr])
        assert b"initialize" in printed
        await process.aclose()


async def test_dlv_ends_with_its_program_when_its_connection_ends(program):
    with trio.fail_after(LIMIT):
        process = await started()
        debuggee = await RawDap(process.stream).launch(program, "stay")
        with watching(debuggee) as (watch,):
            await end_dlv(process, groups={debuggee}, grace=PROMISED)
            assert process.returncode == 0, "it was killed, though it would have ended by itself"
            await watch.ended()
        assert living_in(process.pid) == []
        await process.aclose()


async def test_a_program_outlives_a_killed_dlv_until_its_end_is_called(program):
    with trio.fail_after(LIMIT):
        process = await started()
        debuggee = await RawDap(process.stream).launch(program, "stay")
        with watching(debuggee) as (watch,):
            os.kill(process.pid, signal.SIGKILL)
            assert await process.wait() == -signal.SIGKILL
            assert watch.lives()
            assert (os.getsid(debuggee), os.getpgid(debuggee)) == (process.pid, debuggee)
            assert remains.end(process.pid, {process.pid, debuggee}) == []
            await watch.ended()
        await process.aclose()


@pytest.mark.parametrize("groups_are_known", [True, False])
async def test_end_dlv_leaves_nothing_of_a_killed_dlv(program, groups_are_known):
    with trio.fail_after(LIMIT):
        process = await started()
        debuggee = await RawDap(process.stream).launch(program, "stay")
        with watching(debuggee) as (watch,):
            os.kill(process.pid, signal.SIGKILL)
            with trio.fail_after(PROMISED):
                await end_dlv(process, groups={debuggee} if groups_are_known else None, grace=1)
                await watch.ended()
        assert living_in(process.pid) == []
        await process.aclose()


async def test_a_dlv_that_does_not_end_is_killed_after_the_grace(program):
    with trio.fail_after(LIMIT):
        process = await started()
        debuggee = await RawDap(process.stream).launch(program, "stay")
        with watching(debuggee) as (watch,):
            os.kill(process.pid, signal.SIGSTOP)
            await end_dlv(process, groups={debuggee}, grace=0.05)
            assert process.returncode == -signal.SIGKILL
            await watch.ended()
        await process.aclose()


async def test_a_cancelled_end_still_leaves_nothing(program):
    with trio.fail_after(LIMIT):
        process = await started()
        debuggee = await RawDap(process.stream).launch(program, "stay")
        os.kill(process.pid, signal.SIGSTOP)
        with watching(debuggee) as (watch,):
            with trio.CancelScope() as scope:
                scope.cancel()
                await end_dlv(process, groups={debuggee}, grace=1000)
            assert scope.cancelled_caught
            assert process.returncode == -signal.SIGKILL
            await watch.ended()
        await process.aclose()


async def test_what_a_program_left_in_a_group_of_its_own_lives_and_the_rest_goes(program):
    with trio.fail_after(LIMIT):
        process = await started()
        dap = RawDap(process.stream)
        debuggee = await dap.launch(program, "own-group")
        kept = await childs_pid(process)
        with watching(kept) as (watch,):
            await dap.event("terminated")
            await end_dlv(process, groups={debuggee}, grace=PROMISED)
            assert watch.lives()
            assert living_in(process.pid) == ["/bin/sleep 1000"]
        await process.aclose()


async def test_what_a_program_left_in_its_own_group_goes(program):
    with trio.fail_after(LIMIT):
        process = await started()
        dap = RawDap(process.stream)
        debuggee = await dap.launch(program, "same-group")
        child = await childs_pid(process)
        with watching(child) as (watch,):
            await dap.event("terminated")
            await end_dlv(process, groups={debuggee}, grace=PROMISED)
            await watch.ended()
        await process.aclose()


async def test_an_attached_program_lives_on_and_can_be_attached_to_again(program):
    async with running(program) as target:
        for _ in range(2):
            process = await started()
            await RawDap(process.stream).attach(target.pid)
            assert remains.members(process.pid)[0].pid == process.pid
            assert len(remains.members(process.pid)) == 1
            await let_go(process)
            assert process.returncode == 0
            assert stat_of(target.pid) == "S"
            await process.aclose()


async def test_letting_go_that_is_cancelled_leaves_dlv_alone(program):
    async with running(program) as target:
        process = await started()
        await RawDap(process.stream).attach(target.pid)
        os.kill(process.pid, signal.SIGSTOP)
        with trio.CancelScope() as scope:
            scope.cancel()
            await let_go(process)
        assert process.returncode is None
        os.kill(process.pid, signal.SIGCONT)
        assert await process.wait() == 0
        assert stat_of(target.pid) == "S"
        await process.aclose()


async def begin_build(process: DlvProcess, held: HeldBuild) -> None:
    dap = RawDap(process.stream)
    await dap.begin()
    await dap.post("launch", held.launch())
    await trio.to_thread.run_sync(held.await_start)


async def test_the_end_during_a_build_stops_it_and_dlv_ends_by_itself(tmp_path):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        process = await started()
        await begin_build(process, held)
        (binary,) = held.debug_binaries()
        assert remains.debug_binaries(process.pid) == [str(tmp_path / "module" / binary)]
        with trio.fail_after(PROMISED):
            await end_dlv(process, groups=None, grace=PROMISED)
        assert process.returncode == 0
        assert living_in(process.pid) == []
        assert held.left() == []
        await process.aclose()


@pytest.mark.parametrize("dlv_is", ["killed", "stopped"])
async def test_a_dlv_that_is_gone_during_its_build_leaves_no_build_and_no_binary(tmp_path, dlv_is):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        process = await started()
        await begin_build(process, held)
        assert len(held.debug_binaries()) == 1
        os.kill(process.pid, signal.SIGKILL if dlv_is == "killed" else signal.SIGSTOP)
        with trio.fail_after(PROMISED):
            await end_dlv(process, groups=None, grace=0.5)
        assert living_in(process.pid) == []
        assert held.left() == []
        await process.aclose()


async def test_a_binary_that_was_just_built_goes_with_a_killed_dlv(tmp_path):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        process = await started()
        await begin_build(process, held)
        held.release()
        await RawDap(process.stream).event("initialized")
        assert len(held.debug_binaries()) == 1
        os.kill(process.pid, signal.SIGKILL)
        # As if the `process` event had not been seen yet: nobody told which binary it was.
        await end_dlv(process, groups=None, grace=0)
        assert held.left() == []
        assert living_in(process.pid) == []
        await process.aclose()
