"""A local port is an attack surface: who may not talk to the debugger, and what starts nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from tests.e2e.hostile import dial, dlvs, door, framed, request
from tests.proxy.test_peers import a_fabricated_stranger_is_refused
from tests.real import BOUND, clean_environment, dapshim, gone

NOBODY = 65534
MESSAGE = b'{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"go"}}'
BODY = framed(MESSAGE)


def refused(*arguments: str) -> tuple[int, str]:
    """Run a dapshim that must not start; return its exit code and what it wrote to stderr."""
    ran = subprocess.run(
        [sys.executable, "-m", "dapshim", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=clean_environment(),
        timeout=BOUND,
        check=False,
    )
    assert ran.stdout == ""
    return ran.returncode, ran.stderr


# -- which addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.invalid:0", "[::ffff:127.0.0.1]:0"])
def test_a_host_that_others_can_reach_is_refused_without_allow_remote(address):
    code, said = refused("--listen", address)
    assert code == 2
    assert said.count("\n") == 1
    assert "can be reached from other machines" in said
    assert "--allow-remote" in said


async def test_with_allow_remote_it_listens_there():
    async with dapshim("--allow-remote", "--connect", "127.0.0.1:1", listen="0.0.0.0:0") as shim:
        assert shim.address.startswith("0.0.0.0:")
        client = await dial(shim)
        await client.says(request(1, "initialize", adapterID="go"))
        assert "no adapter answers" in (await client.gets())["message"]
        await client.vanishes()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "[::1]"])
async def test_every_name_of_the_loopback_is_let_in(host):
    async with door() as opened, dapshim("--connect", opened.address, listen=f"{host}:0") as shim:
        name = shim.address.rpartition(":")[0].strip("[]")
        assert name == host.strip("[]") or host == "localhost"
        async with await trio.open_tcp_stream(name, shim.port) as stream:
            await stream.send_all(BODY)
            adapter = await opened.opened()
            assert await adapter.gets_body() == MESSAGE
            await adapter.vanishes()


# -- another user of this machine ----------------------------------------------------------------------------------------------

STRANGER = """
import encodings.idna, os, socket, sys
family, address, port, then, message = sys.argv[1:]
os.setgroups([])
os.setgid({nobody})
os.setuid({nobody})
stranger = socket.socket(getattr(socket, family))
stranger.connect((address, int(port)) if family == "AF_INET" else address)
try:
    stranger.sendall(bytes.fromhex(message))
    if then == "leave":
        stranger.close()
        print("left")
    else:
        print("got", stranger.recv(1000))
except ConnectionError:
    print("got b''")
"""


async def stranger_at(family: str, address: str, port: int, then: str = "stay") -> str:
    """Connect as user nobody and send a request; return what came of it."""
    script = STRANGER.format(nobody=NOBODY)
    command = [sys.executable, "-c", script, family, address, str(port), then, BODY.hex()]
    with trio.fail_after(BOUND):
        ran = await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)
    return ran.stdout.decode() or ran.stderr.decode()


def cannot_be_another_user() -> bool:
    """Whether these tests do not run as root and cannot start a stranger; said aloud, because less is checked then."""
    if os.geteuid() == 0 and sys.platform == "linux":
        return False
    print("not root: a made-up /proc/net/tcp stands in for the stranger")  # noqa: T201 - for whoever reads the run
    return True


async def test_another_users_tcp_connection_is_refused_before_anything_starts(monkeypatch, tmp_path):
    if cannot_be_another_user():
        await a_fabricated_stranger_is_refused(monkeypatch, tmp_path)
        return
    async with dapshim() as shim:
        assert await stranger_at("AF_INET", "127.0.0.1", shim.port) == "got b''\n"
        assert dlvs(shim.process.pid) == []
        await gone(lambda: f"belongs to user {NOBODY}, this is user 0".encode() not in shim.stderr, BOUND)


async def test_another_user_who_is_gone_before_the_check_is_not_taken_for_root(monkeypatch, tmp_path):
    if cannot_be_another_user():
        await a_fabricated_stranger_is_refused(monkeypatch, tmp_path)
        return
    async with door() as opened, dapshim("--connect", opened.address) as shim:
        shim.process.send_signal(signal.SIGSTOP)
        try:
            assert await stranger_at("AF_INET", "127.0.0.1", shim.port, "leave") == "left\n"
        finally:
            shim.process.send_signal(signal.SIGCONT)
        await gone(lambda: b"nobody can tell who it was" not in shim.stderr, BOUND)
        # A client of ours is let in, and is the first that the adapter hears of.
        client = await dial(shim)
        await client.says(request(7, "threads"))
        adapter = await opened.opened()
        assert (await adapter.gets())["command"] == "threads"
        await adapter.vanishes()
        await client.vanishes()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="dapshim-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def test_another_users_connection_to_a_unix_socket_is_refused(monkeypatch, tmp_path, open_folder):
    if cannot_be_another_user():
        await a_fabricated_stranger_is_refused(monkeypatch, tmp_path)
        return
    path = open_folder / "d.sock"
    async with dapshim(listen=f"unix:{path}") as shim:
        assert path.stat().st_mode & 0o777 == 0o600
        assert "PermissionError" in await stranger_at("AF_UNIX", str(path), 0)
        # Even where somebody has opened it up.
        path.chmod(0o666)
        assert await stranger_at("AF_UNIX", str(path), 0) == "got b''\n"
        assert dlvs(shim.process.pid) == []
        assert f"belongs to user {NOBODY}, this is user 0".encode() in shim.stderr


# -- the socket's file -------------------------------------------------------------------------------------------------------


async def test_a_dead_socket_is_replaced_and_gone_afterwards(tmp_path):
    path = tmp_path / "d.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with dapshim("--connect", "127.0.0.1:1", listen=f"unix:{path}") as shim:
        client = await dial(shim)
        await client.says(request(1, "initialize", adapterID="go"))
        assert "no adapter answers" in (await client.gets())["message"]
        await client.vanishes()
    assert not path.exists()


async def test_a_living_socket_is_refused_and_lives_on(tmp_path):
    path = tmp_path / "d.sock"
    async with dapshim("--connect", "127.0.0.1:1", listen=f"unix:{path}") as shim:
        code, said = await trio.to_thread.run_sync(refused, "--listen", f"unix:{path}")
        assert (code, said.count("\n")) == (1, 1)
        assert f"unix:{path} is in use" in said
        client = await dial(shim)
        await client.says(request(1, "initialize", adapterID="go"))
        assert "no adapter answers" in (await client.gets())["message"]
        await client.vanishes()


def test_a_living_socket_that_is_too_busy_to_answer_is_not_taken_for_dead(tmp_path):
    path = tmp_path / "d.sock"
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        code, said = refused("--listen", f"unix:{path}")
    assert (code, said.count("\n")) == (1, 1)
    assert path.is_socket()


@pytest.mark.parametrize("what", ["a file", "a folder", "a link to a socket"])
def test_what_is_no_socket_is_refused_and_stays(tmp_path, what):
    path = tmp_path / "d.sock"
    if what == "a file":
        path.write_text("somebody's work")
    elif what == "a folder":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(tmp_path / "other"))
        path.symlink_to(tmp_path / "other")
    before = path.lstat()
    code, said = refused("--listen", f"unix:{path}")
    assert (code, said.count("\n")) == (1, 1)
    assert "is there and is no socket" in said
    assert path.lstat() == before


# -- what starts nothing -----------------------------------------------------------------------------------------------------

STRANGERS = {
    "GET": b"GET / HTTP/1.1\r\nHost: localhost:4711\r\n\r\n",
    "a POST whose body is a message": b"POST / HTTP/1.1\r\nHost: localhost:4711\r\nContent-Length: %d\r\n\r\n%b"
    % (len(BODY), BODY),
    "a POST in HTTP/0.9": b"POST /\r\n" + BODY,
    "a WebSocket": b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: https://example.com\r\n\r\n" + BODY,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an Origin before the length": b"Origin: https://example.com\r\n" + BODY,
    "an Origin after the length": BODY.replace(b"\r\n\r\n", b"\r\nOrigin: https://example.com\r\n\r\n"),
    "an origin in small letters": BODY.replace(b"\r\n\r\n", b"\r\norigin:null\r\n\r\n"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SOCKS": b"\x05\x01\x00",
    "garbage": b"\x00" * 100,
    "a frame that is no message": framed(b"[1,2,3]"),
    "half a message": BODY[:-1],
    "a port scan": b"",
}


@pytest.fixture
def telltale(tmp_path: Path) -> Path:
    """A dlv that does nothing but leave a trace of having been started."""
    script = tmp_path / "dlv"
    script.write_text(f'#!/bin/sh\necho started >> "{tmp_path}/started"\nexit 1\n')
    script.chmod(0o755)
    return script


async def test_no_stranger_starts_a_dlv(telltale):
    started = telltale.with_name("started")
    async with dapshim("--dlv", str(telltale)) as shim:
        for name, sent in STRANGERS.items():
            stranger = await dial(shim)
            await stranger.sends(sent)
            if sent in (b"", BODY[:-1]):
                await stranger.stream.send_eof()
            # Closed without a word.
            assert (await stranger.end())[0] == [], name
            await stranger.vanishes()
            assert not started.exists(), name
        client = await dial(shim)
        await client.sends(BODY)
        assert not (await client.gets())["success"]
        await client.vanishes()
        assert started.read_text() == "started\n"


async def test_no_stranger_reaches_an_adapter_that_runs_already():
    heard: list[bytes] = []
    async with door() as opened, dapshim("--connect", opened.address) as shim, trio.open_nursery() as nursery:

        async def listen() -> None:
            while True:
                adapter = await opened.opened()
                async with adapter.stream:
                    heard.append(b"".join([data async for data in adapter.stream]))

        nursery.start_soon(listen)
        for name, sent in STRANGERS.items():
            stranger = await dial(shim)
            await stranger.sends(sent)
            await stranger.stream.send_eof()
            assert (await stranger.end())[0] == [], name
            await stranger.vanishes()
        client = await dial(shim)
        await client.sends(BODY)
        await client.stream.send_eof()
        await client.end()
        await client.vanishes()
        # Some have been announced, as clients are that come and go; none got a word through.
        assert set(heard) <= {b"", BODY}
        assert heard.count(BODY) == 1
        assert len(heard) <= 1 + len(COME_AND_GONE)
        nursery.cancel_scope.cancel()


COME_AND_GONE = ("a frame that is no message", "half a message", "a port scan")
"""What looks like a client up to its end, so that an adapter that waits for one sees it come and go."""


async def test_http_that_comes_late_reaches_nobody_either():
    async with door() as opened, dapshim("--connect", opened.address) as shim:
        stranger = await dial(shim)
        adapter = await opened.opened()
        await stranger.sends(STRANGERS["a POST whose body is a message"])
        assert await adapter.end() == ([], "FIN")
        await adapter.vanishes()
        await stranger.end()
        await stranger.vanishes()
