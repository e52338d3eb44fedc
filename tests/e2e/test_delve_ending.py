"""The real dlv is started and ended, in every way that leaves something behind when nobody looks after it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator

import pytest
import trio

from dapshim.delve import remains
from dapshim.delve.ending import end_dlv, let_go
from dapshim.delve.process import DlvCommand, DlvProcess, start_dlv
from tests.delve.processes import kill_all_in, lives, living_in, watching
from tests.delve.programs import HeldBuild, build, running, the_dlv
from tests.delve.raw_dap import RawDap

LIMIT = 30
PROMISED = 5


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return build(tmp_path_factory.mktemp("program"))


@contextlib.asynccontextmanager
async def started(*flags: str) -> AsyncIterator[DlvProcess]:
    """Run a dlv, and leave nothing of it to the next test, however this one ends."""
    process = await start_dlv(DlvCommand(the_dlv(), flags=flags))
    try:
        yield process
    finally:
        with trio.CancelScope(shield=True):
            kill_all_in(process.pid)
            await process.wait()
            await process.aclose()


@pytest.fixture
async def process():
    async with started() as process:
        yield process


async def printed(process: DlvProcess, word: bytes) -> bytes:
    """Return what the program has printed when there is a whole line with this word."""
    lines = b""
    while word not in lines or not lines.endswith(b"\n"):
        data = await process.stderr.receive_some()
        assert data
        lines += data
    return lines


async def childs_pid(process: DlvProcess) -> int:
    return int((await printed(process, b"child ")).split(b"child ")[1].split()[0])


async def test_a_dlv_that_was_started_speaks_dap_and_leads_its_own_session(process):
    with trio.fail_after(LIMIT):
        answer = await RawDap(process.stream).ask("initialize", {"adapterID": "go"})
        assert answer["body"]["supportsConfigurationDoneRequest"] is True
        assert os.getsid(process.pid) == os.getpgid(process.pid) == process.pid
        assert str(await trio.Path(f"/proc/{process.pid}/fd/0").readlink()) == "/dev/null"
        await end_dlv(process, groups=None, grace=PROMISED)
        assert process.returncode == 0


async def test_flags_reach_dlv_and_its_output_comes_through_the_pipe():
    with trio.fail_after(LIMIT):
        async with started("--log", "--log-output=dap") as process:
            await RawDap(process.stream).ask("initialize", {"adapterID": "go"})
            await end_dlv(process, groups=None, grace=PROMISED)
            printed = b"".join([data async for data in process.stderr])
            assert b"initialize" in printed


async def test_dlv_ends_with_its_program_when_its_connection_ends(process, program):
    with trio.fail_after(LIMIT):
        debuggee = await RawDap(process.stream).launch(program, "stay")
        with watching(debuggee) as (watch,):
            await end_dlv(process, groups={debuggee}, grace=PROMISED)
            assert process.returncode == 0, "it was killed, though it would have ended by itself"
            await watch.ended()
        assert living_in(process.pid) == []


async def test_a_program_outlives_a_killed_dlv_until_its_end_is_called(process, program):
    with trio.fail_after(LIMIT):
        debuggee = await RawDap(process.stream).launch(program, "stay")
        with watching(debuggee) as (watch,):
            # One that its dlv has stopped at a trap dies of that trap; one that runs does not notice.
            await printed(process, b"running")
            os.kill(process.pid, signal.SIGKILL)
            assert await process.wait() == -signal.SIGKILL
            assert watch.lives()
            assert (os.getsid(debuggee), os.getpgid(debuggee)) == (process.pid, debuggee)
            assert remains.end(process.pid, {process.pid, debuggee}) == []
            await watch.ended()


@pytest.mark.parametrize("groups_are_known", [True, False])
async def test_end_dlv_leaves_nothing_of_a_killed_dlv(process, program, groups_are_known):
    with trio.fail_after(LIMIT):
        debuggee = await RawDap(process.stream).launch(program, "stay")
        with watching(debuggee) as (watch,):
            os.kill(process.pid, signal.SIGKILL)
            with trio.fail_after(PROMISED):
                await end_dlv(process, groups={debuggee} if groups_are_known else None, grace=1)
                await watch.ended()
        assert living_in(process.pid) == []


async def test_a_dlv_that_does_not_end_is_killed_after_the_grace(process, program):
    with trio.fail_after(LIMIT):
        debuggee = await RawDap(process.stream).launch(program, "stay")
        with watching(debuggee) as (watch,):
            os.kill(process.pid, signal.SIGSTOP)
            await end_dlv(process, groups={debuggee}, grace=0.05)
            assert process.returncode == -signal.SIGKILL
            await watch.ended()


async def test_a_cancelled_end_still_leaves_nothing(process, program):
    with trio.fail_after(LIMIT):
        debuggee = await RawDap(process.stream).launch(program, "stay")
        os.kill(process.pid, signal.SIGSTOP)
        with watching(debuggee) as (watch,):
            with trio.CancelScope() as scope:
                scope.cancel()
                await end_dlv(process, groups={debuggee}, grace=1000)
            assert scope.cancelled_caught
            assert process.returncode == -signal.SIGKILL
            await watch.ended()


async def test_what_a_program_left_in_a_group_of_its_own_lives_and_the_rest_goes(process, program):
    with trio.fail_after(LIMIT):
        dap = RawDap(process.stream)
        debuggee = await dap.launch(program, "own-group")
        kept = await childs_pid(process)
        with watching(kept) as (watch,):
            await dap.event("terminated")
            await end_dlv(process, groups={debuggee}, grace=PROMISED)
            assert watch.lives()
            assert living_in(process.pid) == ["/bin/sleep 1000"]


async def test_what_a_program_left_in_its_own_group_goes(process, program):
    with trio.fail_after(LIMIT):
        dap = RawDap(process.stream)
        debuggee = await dap.launch(program, "same-group")
        child = await childs_pid(process)
        with watching(child) as (watch,):
            await dap.event("terminated")
            await end_dlv(process, groups={debuggee}, grace=PROMISED)
            await watch.ended()


async def test_an_attached_program_lives_on_and_can_be_attached_to_again(program):
    with trio.fail_after(LIMIT):
        async with running(program) as target:
            for _ in range(2):
                async with started() as process:
                    await RawDap(process.stream).attach(target.pid)
                    assert [member.pid for member in remains.members(process.pid)] == [process.pid]
                    await let_go(process)
                    assert process.returncode == 0
                    assert lives(target.pid)


async def test_letting_go_that_is_cancelled_leaves_dlv_alone(program):
    with trio.fail_after(LIMIT):
        async with running(program) as target, started() as process:
            await RawDap(process.stream).attach(target.pid)
            os.kill(process.pid, signal.SIGSTOP)
            with trio.CancelScope() as scope:
                scope.cancel()
                await let_go(process)
            assert process.returncode is None
            os.kill(process.pid, signal.SIGCONT)
            assert await process.wait() == 0
            assert lives(target.pid)


async def begin_build(process: DlvProcess, held: HeldBuild) -> None:
    dap = RawDap(process.stream)
    await dap.begin()
    await dap.post("launch", held.launch())
    await trio.to_thread.run_sync(held.await_start, abandon_on_cancel=True)


async def test_the_end_during_a_build_stops_it_and_dlv_ends_by_itself(process, tmp_path):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        await begin_build(process, held)
        (binary,) = held.debug_binaries()
        assert remains.debug_binaries(process.pid) == [str(tmp_path / "module" / binary)]
        with trio.fail_after(PROMISED):
            await end_dlv(process, groups=None, grace=PROMISED)
        assert process.returncode == 0
        assert living_in(process.pid) == []
        assert held.left() == []


@pytest.mark.parametrize("dlv_is", ["killed", "stopped"])
async def test_a_dlv_that_is_gone_during_its_build_leaves_no_build_and_no_binary(process, tmp_path, dlv_is):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        await begin_build(process, held)
        assert len(held.debug_binaries()) == 1
        os.kill(process.pid, signal.SIGKILL if dlv_is == "killed" else signal.SIGSTOP)
        with trio.fail_after(PROMISED):
            await end_dlv(process, groups=None, grace=0.5)
        assert living_in(process.pid) == []
        assert held.left() == []


async def test_a_binary_that_was_just_built_goes_with_a_killed_dlv(process, tmp_path):
    held = HeldBuild(tmp_path)
    with trio.fail_after(LIMIT):
        await begin_build(process, held)
        held.release()
        await RawDap(process.stream).event("initialized")
        assert len(held.debug_binaries()) == 1
        os.kill(process.pid, signal.SIGKILL)
        # As if the `process` event had not been seen yet: nobody told which binary it was.
        await end_dlv(process, groups=None, grace=0)
        assert held.left() == []
        assert living_in(process.pid) == []
