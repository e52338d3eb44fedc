"""Starts that go wrong, with programs that are no dlv. The real one is started in tests/e2e."""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
from pathlib import Path

import pytest
import trio

from dapshim.delve import process as starting
from dapshim.delve.ending import end_dlv
from dapshim.delve.process import DlvCommand, DlvDidNotStart, start_dlv
from dapshim.delve.versions import INSTALL
from tests.delve.processes import living_in

LIMIT = 20

DIAL = f"""#!{sys.executable} -IS
import os, socket, sys, time
(address,) = [word.removeprefix("--client-addr=") for word in sys.argv if word.startswith("--client-addr=")]
if address.startswith("unix:"):
    peer = socket.socket(socket.AF_UNIX)
    to = address.removeprefix("unix:")
else:
    peer = socket.socket()
    to = ("127.0.0.1", int(address.removeprefix("127.0.0.1:")))
BEFORE
peer.connect(to)
"""

UNTIL_CLOSED = "peer.recv(1)\n"
"""A dlv that ended right after it dialled might be seen to end first."""


def dialling(after: str, before: str = "") -> str:
    """Return a program that dials as dlv does, and does something before and after it."""
    return DIAL.replace("BEFORE", before) + after


@pytest.fixture
def fake(tmp_path):
    """Write a program that stands where dlv would."""

    def write(text: str, mode: int = 0o755) -> str:
        path = tmp_path / "fake-dlv"
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    return write


async def failure(command: DlvCommand) -> DlvDidNotStart:
    with trio.fail_after(LIMIT), pytest.raises(DlvDidNotStart) as caught:
        await start_dlv(command)
    return caught.value


async def test_one_that_ends_before_it_dials_is_quoted(fake):
    path = fake("#!/bin/sh\necho on stdout\necho on stderr >&2\nexit 3\n")
    error = await failure(DlvCommand(path))
    assert error.status == 3
    assert error.printed == "on stderr\non stdout"
    for part in (path, "exit status 3", "on stderr", "on stdout"):
        assert part in str(error)


@pytest.mark.parametrize("said", ["unknown flag: --client-addr", 'unknown command "dap" for "dlv"'])
async def test_one_that_is_too_old_to_dial_says_so_and_spares_its_help(fake, said):
    # Delve 1.7.2 writes this, and then 40 lines of help.
    error = await failure(DlvCommand(fake(f"#!/bin/sh\necho 'Error: {said}' >&2\necho Usage: >&2\nexit 1\n")))
    assert "is too old: dapshim needs `dlv dap --client-addr`, which Delve has from 1.7.3 on" in str(error)
    assert INSTALL in str(error)
    assert "Usage" not in str(error)
    assert "Usage" in error.printed


async def test_one_that_is_killed_names_the_signal(fake):
    error = await failure(DlvCommand(fake("#!/bin/sh\nkill -KILL $$\n")))
    assert error.status == -signal.SIGKILL
    assert "SIGKILL" in str(error)
    assert "printed nothing" in str(error)


async def test_what_it_printed_is_bounded(fake):
    error = await failure(DlvCommand(fake("#!/bin/sh\necho first\nhead -c 60000 /dev/zero | tr '\\0' x\nexit 1\n")))
    assert error.printed.startswith("first")
    assert len(str(error)) < 5000


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("#!/bin/sh\n", 0o644, "Permission denied"),
        ("#!/no/such/interpreter\n", 0o755, "interpreter"),
        ("\x7fELF of another world", 0o755, "Exec format error"),
    ],
)
async def test_one_that_cannot_be_executed_says_why(fake, text, mode, reason):
    path = fake(text, mode)
    error = await failure(DlvCommand(path))
    assert path in str(error)
    assert reason in str(error)


async def test_one_that_is_missing_and_a_folder_that_is_missing_are_told_apart(fake, tmp_path):
    error = await failure(DlvCommand("/no/such/dlv"))
    assert "/no/such/dlv cannot be run" in str(error)
    error = await failure(DlvCommand(fake("#!/bin/sh\n"), cwd="/no/such/folder"))
    assert "/no/such/folder" in str(error)
    assert "fake-dlv" not in str(error)


async def test_one_that_never_dials_is_given_up_and_ended(fake, tmp_path, monkeypatch):
    monkeypatch.setattr(starting, "START_LIMIT", 1.0)
    error = await failure(DlvCommand(fake(f"#!/bin/sh\necho $$ > {tmp_path}/pid\necho waiting\nexec sleep 1000\n")))
    assert error.status is None
    assert "did not connect" in str(error)
    assert error.printed == "waiting"
    assert living_in(int((tmp_path / "pid").read_text())) == []


async def test_a_cancelled_start_leaves_no_process_and_no_descriptor(fake, tmp_path):
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    path = fake(f"#!/bin/sh\nsleep 1000 &\necho $$ > {fifo}\nsleep 1000\n")
    before = descriptors()
    with trio.fail_after(LIMIT):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(start_dlv, DlvCommand(path))
            sid = int(await trio.to_thread.run_sync(fifo.read_text, abandon_on_cancel=True))
            assert len(living_in(sid)) >= 2
            nursery.cancel_scope.cancel()
    assert living_in(sid) == []
    assert descriptors() == before


async def test_a_failed_start_leaves_no_descriptor(fake):
    before = descriptors()
    await failure(DlvCommand(fake("#!/bin/sh\nexit 1\n")))
    await failure(DlvCommand("/no/such/dlv"))
    assert descriptors() == before


async def test_a_stranger_who_dials_first_is_turned_away(fake, tmp_path):
    asked, go = tmp_path / "asked", tmp_path / "go"
    os.mkfifo(asked)
    os.mkfifo(go)
    wait = f"open({str(asked)!r}, 'w').write(address); open({str(go)!r}).read()"
    path = fake(dialling(UNTIL_CLOSED, before=wait))
    with trio.fail_after(LIMIT):
        async with trio.open_nursery() as nursery:
            results = []

            async def start() -> None:
                results.append(await start_dlv(DlvCommand(path)))

            nursery.start_soon(start)
            address = await trio.to_thread.run_sync(asked.read_text, abandon_on_cancel=True)
            stranger = await trio.open_tcp_stream("127.0.0.1", int(address.removeprefix("127.0.0.1:")))
            assert await stranger.receive_some() == b""
            await stranger.aclose()
            assert not results
            await trio.to_thread.run_sync(go.write_text, "go", abandon_on_cancel=True)
        (process,) = results
        await end_dlv(process, groups=None, grace=LIMIT)
        assert process.returncode == 0
        await process.aclose()


async def test_a_stranger_who_resets_at_once_does_not_disturb_the_start():
    with trio.fail_after(LIMIT), socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.socket() as stranger:
            stranger.connect(listening.getsockname())
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert await starting._accept(trio.socket.from_stdlib_socket(listening), os.getpid()) is None


async def test_a_wrapper_that_starts_dlv_as_its_child_is_fine(fake, tmp_path):
    inner = tmp_path / "inner"
    inner.write_text(dialling("peer.sendall(b'here')\n" + UNTIL_CLOSED))
    inner.chmod(0o755)
    with trio.fail_after(LIMIT):
        process = await start_dlv(DlvCommand(fake(f'#!/bin/sh\n"{inner}" "$@"\nexit $?\n')))
        assert await process.stream.receive_some() == b"here"
        assert len(living_in(process.pid)) == 2
        await end_dlv(process, groups=None, grace=0)
        assert living_in(process.pid) == []
        await process.aclose()


async def test_flags_folder_environment_and_standard_streams(fake, tmp_path):
    (tmp_path / "folder").mkdir()
    path = fake(
        dialling(
            "seen = sys.argv[1], sys.argv[3:], os.getcwd(), os.environ.get('ONLY'), 'HOME' in os.environ\n"
            "peer.sendall(repr((*seen, sys.stdin.read(), os.getsid(0) == os.getpid())).encode())\n"
            "print('out', end='')\nprint('err', end='', file=sys.stderr)\n"
            "peer.shutdown(socket.SHUT_WR)\n" + UNTIL_CLOSED
        )
    )
    command = DlvCommand(path, flags=("--log", "--x=1"), cwd=str(tmp_path / "folder"), env={"ONLY": "this"})
    with trio.fail_after(LIMIT):
        process = await start_dlv(command)
        said = b"".join([data async for data in process.stream]).decode()
        assert said == repr(("dap", ["--log", "--x=1"], str(tmp_path / "folder"), "this", False, "", True))
        await trio.aclose_forcefully(process.stream)
        assert b"".join([data async for data in process.stdout]) == b"out"
        assert b"".join([data async for data in process.stderr]) == b"err"
        assert await process.wait() == process.returncode == 0
        await process.aclose()


async def test_no_descriptor_of_ours_reaches_dlv_and_no_socket_file_is_made(fake, tmp_path):
    path = fake(dialling("print(sorted(os.listdir('/proc/self/fd'), key=int), flush=True)\n" + UNTIL_CLOSED))
    with trio.fail_after(LIMIT), (tmp_path / "open").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        process = await start_dlv(DlvCommand(path, env={"TMPDIR": str(tmp_path)}))
        printed = bytes(await process.stdout.receive_some())
        # Its three streams, its end of the connection, and the listing itself.
        assert len(printed.decode().split(",")) == 5
        assert sorted(file.name for file in tmp_path.iterdir()) == ["fake-dlv", "open"]
        await end_dlv(process, groups=None, grace=0)
        await process.aclose()


async def test_the_folder_of_a_socket_file_is_private_and_gone_after_the_start(fake, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    # Looked at before it dials: after that the folder goes.
    look = "mode = os.stat(os.path.dirname(to)).st_mode"
    path = fake(dialling("peer.sendall(oct(mode & 0o777).encode())\n" + UNTIL_CLOSED, before=look))
    with trio.fail_after(LIMIT):
        process = await start_dlv(DlvCommand(path))
        assert await process.stream.receive_some() == b"0o700"
        assert list((tmp_path / "tmp").iterdir()) == []
        await end_dlv(process, groups=None, grace=0)
        await process.aclose()


def descriptors() -> list[str]:
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(entry.readlink()))
        except FileNotFoundError:
            continue
    return sorted(found)
