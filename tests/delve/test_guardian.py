"""The guardian process itself, with sleeping processes in the place of dlv."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from dapshim.delve import guardian_process
from dapshim.delve.guardian import Guardian
from tests.delve.processes import lives, watching

LIMIT = 20


@pytest.fixture
def dlv():
    """A process that leads a session of its own."""
    with subprocess.Popen(["/bin/sleep", "1000"], start_new_session=True) as process:
        yield process
        process.kill()


@pytest.fixture
def guardian():
    guardian = Guardian()
    yield guardian
    guardian.close()


def pid_of(guardian: Guardian) -> int:
    assert guardian.pid is not None
    return guardian.pid


async def test_there_is_none_before_there_is_something_to_watch_and_one_for_all(guardian, dlv):
    assert guardian.pid is None
    guardian.watch(dlv.pid)
    first = pid_of(guardian)
    guardian.start()
    guardian.watch(dlv.pid)
    assert guardian.pid == first


async def test_it_leads_its_own_session_and_holds_nothing_of_ours(guardian, dlv, tmp_path):
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        guardian.watch(dlv.pid)
    with trio.fail_after(LIMIT):
        await ready(pid_of(guardian))
    folder = trio.Path(f"/proc/{pid_of(guardian)}")
    assert os.getsid(pid_of(guardian)) == pid_of(guardian)
    assert str(await (folder / "cwd").readlink()) == "/"
    assert [str(await (folder / "fd" / number).readlink()) for number in "12"] == ["/dev/null"] * 2
    # Where it has got to, it may be opening a pidfd, but nothing after its standard streams is a file.
    files = [await descriptor(entry) for entry in await (folder / "fd").iterdir() if entry.name not in "012"]
    assert [name for name in files if name.startswith("/")] == []


async def descriptor(entry: trio.Path) -> str:
    try:
        return str(await entry.readlink())
    except FileNotFoundError:
        return ""


async def test_it_ends_when_it_is_closed_after_all_was_forgotten(guardian, dlv):
    with trio.fail_after(LIMIT):
        guardian.watch(dlv.pid)
        with watching(pid_of(guardian)) as (watch,):
            guardian.forget(dlv.pid)
            guardian.close()
            await watch.ended()
        assert lives(dlv.pid)


async def test_it_outlives_a_close_with_something_to_watch(guardian, dlv):
    with trio.fail_after(LIMIT):
        guardian.watch(dlv.pid)
        with watching(pid_of(guardian)) as (watch,):
            guardian.close()
            assert watch.lives()
            assert lives(dlv.pid)
            dlv.kill()
            dlv.wait()
            await watch.ended()


async def test_signals_that_end_a_terminal_do_not_end_it(guardian, dlv):
    with trio.fail_after(LIMIT):
        guardian.watch(dlv.pid)
        await ready(pid_of(guardian))
        with watching(pid_of(guardian)) as (watch,):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(watch.pid, number)
            status = await trio.Path(f"/proc/{watch.pid}/status").read_text()
            assert not int(status.split("SigPnd:")[1].split()[0], 16)
            assert watch.lives()


async def ready(pid: int) -> None:
    """Wait until the script ignores signals."""
    while True:
        status = await trio.Path(f"/proc/{pid}/status").read_text()
        if int(status.split("SigIgn:")[1].split()[0], 16) >> (signal.SIGTERM - 1) & 1:
            return


async def test_one_that_was_ended_is_started_once_more_and_told_all_again(guardian, dlv, tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    binary = tmp_path / "binary"
    binary.touch()
    with trio.fail_after(LIMIT):
        guardian.watch(dlv.pid)
        guardian.groups(dlv.pid, [dlv.pid])
        first = pid_of(guardian)
        await end(first)
        guardian.binary(dlv.pid, str(binary))
        assert "started again" in caplog.text
        with watching(pid_of(guardian)) as (second,):
            assert second.pid != first
            guardian.close()
            dlv.kill()
            dlv.wait()
            await second.ended()
    assert not binary.exists()


async def test_one_that_cannot_live_is_given_up_without_a_word_to_the_caller(guardian, dlv):
    with trio.fail_after(LIMIT):
        guardian.watch(dlv.pid)
        for _ in range(2):
            await end(pid_of(guardian))
            guardian.groups(dlv.pid, [1])
        assert guardian.pid is None
        guardian.watch(dlv.pid)
        guardian.binary(dlv.pid, "/x")
        guardian.forget(dlv.pid)
        assert guardian.pid is None


async def end(pid: int) -> None:
    with watching(pid) as (watch,):
        watch.kill()
        await watch.ended()


@pytest.mark.parametrize("python", ["/no/such/python", "/bin/true"])
async def test_a_guardian_that_does_not_start_disturbs_nobody(dlv, python):
    guardian = Guardian(python=python)
    guardian.watch(dlv.pid)
    guardian.groups(dlv.pid, [dlv.pid])
    guardian.binary(dlv.pid, "/x")
    guardian.forget(dlv.pid)
    guardian.close()


async def test_one_that_does_not_read_does_not_block_us(guardian, dlv):
    with trio.fail_after(LIMIT):
        guardian.watch(dlv.pid)
        await ready(pid_of(guardian))
        with watching(pid_of(guardian)) as (watch,):
            os.kill(watch.pid, signal.SIGSTOP)
            for number in range(2000):
                guardian.binary(dlv.pid, f"/a/path/of/some/length/so/that/the/pipe/is/full/{number}")
            assert guardian.pid == watch.pid
            for number in range(20000):
                guardian.binary(dlv.pid, f"/a/path/of/some/length/so/that/it/is/given/up/at/last/{number}")
            assert guardian.pid != watch.pid


async def test_what_it_was_not_told_to_watch_is_not_told_about(guardian, dlv):
    guardian.groups(dlv.pid, [dlv.pid])
    guardian.binary(dlv.pid, "/x")
    guardian.forget(dlv.pid)
    assert guardian.pid is None


def test_the_script_needs_nothing_but_the_standard_library_and_what_it_knows_of_processes():
    looked = "import sys; print(*sorted(name for name in sys.modules if name.startswith(('dapshim', 'trio', 'attr'))))"
    script = Path(guardian_process.__file__)
    run = f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__'); {looked}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", run], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, cwd="/"
    )
    assert done.stdout.split() == ["dapshim", "dapshim.delve", "dapshim.delve.remains"]
