"""Who is at the other end: connections of another user of this machine are refused, as Delve's `--only-same-user` does."""

from __future__ import annotations

import os
import socket
import struct
import sys

import trio

from dapshim.delve import loopback


class ForeignPeerError(Exception):
    """The peer is another user, or nobody can tell who it is."""


async def check_same_user(stream: trio.SocketStream) -> None:
    """Make sure that a connection from this machine is this user's.

    A Unix socket tells by its peer credentials, loopback TCP by the owner of the peer's socket in /proc/net/tcp. A system
    without either is let pass, as Delve 1.27.1 does (`sameuser`); a peer on another machine has no user here. One that has
    closed its end already belongs to nobody (Linux 6.18 shows user 0 and inode 0 for it): when it has left something to read it
    is refused, because another user who is quick enough would otherwise be taken for root.

    Raises:
        ForeignPeerError: it belongs to another user, or on Linux to nobody.

    """
    family = stream.socket.family
    if family == getattr(socket, "AF_UNIX", None):
        uid = _unix_peer(stream)
    elif sys.platform == "linux":
        uid = await _tcp_peer(stream)
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


async def _tcp_peer(stream: trio.SocketStream) -> int | None:
    """Return the owner of the peer's end of a loopback connection; None for another machine's, or one that left at once."""
    peer, own = stream.socket.getpeername(), stream.socket.getsockname()
    if not loopback.is_loopback(peer[0]):
        return None
    found = loopback.owner(peer, own)
    if found is None:
        raise ForeignPeerError("the owner of the connection is not to be found in /proc/net/tcp")
    if found.inode:
        return found.uid
    if await stream.socket.recv(1, socket.MSG_PEEK):
        raise ForeignPeerError("whoever connected has gone, and nobody can tell who it was")
    return None
