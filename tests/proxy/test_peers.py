"""Who is at the other end: what /proc/net/tcp and a Unix socket's credentials say decides, with tables made up for the test."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import trio

from dapshim.delve import loopback
from dapshim.proxy import peers
from dapshim.proxy.peers import ForeignPeerError, check_same_user

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
STRANGER = os.geteuid() + 1

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc/net/tcp is Linux's")


@asynccontextmanager
async def connected(family: socket.AddressFamily, host: str) -> AsyncIterator[tuple[trio.SocketStream, trio.SocketStream]]:
    """Connect over TCP; give the accepted end and the other."""
    with trio.socket.socket(family, socket.SOCK_STREAM) as listening:
        await listening.bind((host, 0))
        listening.listen(1)
        peer = trio.SocketStream(trio.socket.socket(family, socket.SOCK_STREAM))
        await peer.socket.connect((host, listening.getsockname()[1]))
        accepted, _ = await listening.accept()
        async with peer, trio.SocketStream(accepted) as own:
            yield own, peer


def spelt(port: int) -> str:
    """Spell 127.0.0.1 and a port as the kernel does."""
    return f"{struct.unpack('=I', bytes([127, 0, 0, 1]))[0]:08X}:{port:04X}"


def row(local: str, remote: str, *, uid: int, inode: int = 4711, state: str = "01") -> str:
    return (
        f"   7: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 {uid:5d}        0 {inode} 1 0 20 4 30 10 -1\n"
    )


def table(monkeypatch: pytest.MonkeyPatch, folder: Path, *rows: str) -> None:
    """Put a table in the place of /proc/net/tcp, and let nothing else be asked."""
    monkeypatch.setattr(loopback, "_asked", lambda _peer, _own: None)
    path = folder / "tcp"
    path.write_text(HEADER + "".join(rows))
    monkeypatch.setattr(loopback, "PROC_TCP", (folder / "missing", path))


async def a_fabricated_stranger_is_refused(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Check what the end-to-end tests check with a real stranger, which takes root."""
    async with connected(socket.AF_INET, "127.0.0.1") as (own, peer):
        ours, theirs = spelt(own.socket.getsockname()[1]), spelt(peer.socket.getsockname()[1])
        # Our own end of it stands there too, as ours.
        table(monkeypatch, folder, row(ours, theirs, uid=os.geteuid()), row(theirs, ours, uid=STRANGER))
        with pytest.raises(ForeignPeerError, match=f"belongs to user {STRANGER}, this is user {os.geteuid()}"):
            await check_same_user(own)


@linux
async def test_another_users_connection_is_refused(monkeypatch, tmp_path):
    await a_fabricated_stranger_is_refused(monkeypatch, tmp_path)


@linux
async def test_our_own_connection_is_let_in(monkeypatch, tmp_path):
    async with connected(socket.AF_INET, "127.0.0.1") as (own, peer):
        ours, theirs = spelt(own.socket.getsockname()[1]), spelt(peer.socket.getsockname()[1])
        table(monkeypatch, tmp_path, row(ours, theirs, uid=STRANGER), row(theirs, ours, uid=os.geteuid()))
        await check_same_user(own)


@linux
async def test_the_owner_of_another_connection_from_the_same_port_does_not_count(monkeypatch, tmp_path):
    async with connected(socket.AF_INET, "127.0.0.1") as (own, peer):
        theirs = spelt(peer.socket.getsockname()[1])
        table(monkeypatch, tmp_path, row(theirs, spelt(1), uid=os.geteuid()))
        with pytest.raises(ForeignPeerError, match="not to be found"):
            await check_same_user(own)


@linux
async def test_what_stands_in_no_table_is_refused(monkeypatch, tmp_path):
    async with connected(socket.AF_INET, "127.0.0.1") as (own, _peer):
        table(monkeypatch, tmp_path)
        with pytest.raises(ForeignPeerError, match="not to be found"):
            await check_same_user(own)


@linux
async def test_one_who_left_words_behind_is_refused_because_nobody_owns_them(monkeypatch, tmp_path):
    async with connected(socket.AF_INET, "127.0.0.1") as (own, peer):
        ours, theirs = spelt(own.socket.getsockname()[1]), spelt(peer.socket.getsockname()[1])
        await peer.send_all(b"Content-Length: 2\r\n\r\n{}")
        await peer.aclose()
        # As Linux shows a socket whose process has closed it: of root, without an inode.
        table(monkeypatch, tmp_path, row(theirs, ours, uid=0, inode=0, state="05"))
        with pytest.raises(ForeignPeerError, match="nobody can tell who it was"):
            await check_same_user(own)


@linux
async def test_one_who_left_without_a_word_is_let_in_whoever_it_was(monkeypatch, tmp_path):
    async with connected(socket.AF_INET, "127.0.0.1") as (own, peer):
        ours, theirs = spelt(own.socket.getsockname()[1]), spelt(peer.socket.getsockname()[1])
        await peer.aclose()
        table(monkeypatch, tmp_path, row(theirs, ours, uid=STRANGER, inode=0, state="05"))
        await check_same_user(own)


@linux
@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET6, "::ffff:127.0.0.1")]
)
@pytest.mark.parametrize("stranger", [False, True])
async def test_the_real_table_is_read(monkeypatch, family, host, stranger):
    try:
        async with connected(family, host) as (own, _peer):
            if stranger:
                monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
                with pytest.raises(ForeignPeerError, match=f"this is user {STRANGER}"):
                    await check_same_user(own)
            else:
                await check_same_user(own)
    except OSError as error:
        if family == socket.AF_INET6:
            pytest.skip(f"no IPv6 here: {error}")
        raise


@linux
async def test_a_peer_on_another_machine_has_no_user_here(monkeypatch, tmp_path):
    table(monkeypatch, tmp_path)
    monkeypatch.setattr(loopback, "is_loopback", lambda host: host != "127.0.0.1")
    async with connected(socket.AF_INET, "127.0.0.1") as (own, _peer):
        await check_same_user(own)


async def test_a_system_that_does_not_tell_is_trusted(monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "sys", SimpleNamespace(platform="darwin"))
    table(monkeypatch, tmp_path)
    async with connected(socket.AF_INET, "127.0.0.1") as (own, _peer):
        await check_same_user(own)


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="no peer credentials on this system")
async def test_the_credentials_of_a_unix_socket_count(monkeypatch):
    ours, theirs = (trio.SocketStream(each) for each in trio.socket.socketpair(socket.AF_UNIX))
    async with ours, theirs:
        await check_same_user(ours)
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
        with pytest.raises(ForeignPeerError, match=f"this is user {STRANGER}"):
            await check_same_user(ours)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("::", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to look at
    ],
)
def test_which_addresses_are_this_machines_own(host, own):
    assert loopback.is_loopback(host) is own
