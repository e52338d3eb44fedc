"""Who is at the other end: connections of another user of this machine are refused, as Delve's `--only-same-user` does."""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any, Final

import trio

PROC_TCP: Final = Path("/proc/net/tcp"), Path("/proc/net/tcp6")
_MAPPED: Final = b"\0" * 10 + b"\xff\xff"
_LOOPBACK_V6: Final = b"\0" * 15 + b"\x01"
_LOOPBACK_NET: Final = 127
_V4_BYTES: Final = 4
_LOCAL, _REMOTE, _UID = 1, 2, 7
"""Columns of /proc/net/tcp."""


class ForeignPeerError(Exception):
    """The peer is another user, or nobody can tell who it is."""


def check_same_user(stream: trio.SocketStream) -> None:
    """Make sure that a connection from this machine is this user's.

    A Unix socket tells by its peer credentials, loopback TCP by the owner of the peer's socket in /proc/net/tcp. A system
    without either is let pass, as Delve 1.27.1 does (`sameuser`); a peer on another machine has no user here.

    Raises:
        ForeignPeerError: it belongs to another user, or on Linux to nobody.

    """
    family = stream.socket.family
    if family == getattr(socket, "AF_UNIX", None):
        uid = _unix_peer(stream)
    elif sys.platform == "linux":
        uid = _tcp_peer(stream)
    else:
        return
    if uid is not None and uid != os.geteuid():
        raise ForeignPeerError(f"the connection belongs to user {uid}, this is user {os.geteuid()}")


def _unix_peer(stream: trio.SocketStream) -> int | None:
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    size = struct.calcsize("3i")
    credentials = stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return int(struct.unpack("3i", credentials)[1])


def _tcp_peer(stream: trio.SocketStream) -> int | None:
    """Return the owner of the peer's end of a loopback connection; None when the peer is on another machine."""
    peer, own = stream.socket.getpeername(), stream.socket.getsockname()
    if not _is_loopback(_packed(peer[0])):
        return None
    wanted = {(_spelt(peer, mapped=mapped), _spelt(own, mapped=mapped)) for mapped in (False, True)}
    for path in PROC_TCP:
        if not path.exists():
            continue
        with path.open() as table:
            next(table, None)
            for line in table:
                columns = line.split()
                if (columns[_LOCAL], columns[_REMOTE]) in wanted:
                    return int(columns[_UID])
    raise ForeignPeerError("the owner of the connection is not to be found in /proc/net/tcp")


def _packed(host: str) -> bytes:
    """Return an address as bytes; an IPv4 address that is mapped into IPv6 as its four."""
    host = host.partition("%")[0]
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    packed = socket.inet_pton(socket.AF_INET6, host)
    return packed.removeprefix(_MAPPED)


def _is_loopback(packed: bytes) -> bool:
    return packed[0] == _LOOPBACK_NET if len(packed) == _V4_BYTES else packed == _LOOPBACK_V6


def _spelt(address: tuple[Any, ...], *, mapped: bool) -> str:
    """Spell an address as /proc/net/tcp does: 32-bit words in the machine's byte order, and the port, in hex."""
    packed = _packed(address[0])
    if mapped and len(packed) == _V4_BYTES:
        packed = _MAPPED + packed
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"
