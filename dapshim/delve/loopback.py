"""Who owns the other end of a loopback TCP connection, as Linux tells it in /proc/net/tcp.

It knows sockets and processes; it decides nothing.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import attrs

PROC_TCP: Final = Path("/proc/net/tcp"), Path("/proc/net/tcp6")
_MAPPED: Final = b"\0" * 10 + b"\xff\xff"
_LOOPBACK_V6: Final = b"\0" * 15 + b"\x01"
_LOOPBACK_NET: Final = 127
_V4_BYTES: Final = 4
_LOCAL, _REMOTE, _UID, _INODE = 1, 2, 7, 9
"""Columns of /proc/net/tcp."""

Address = tuple[Any, ...]
"""What `getpeername` and `getsockname` return: host, port, and for IPv6 two numbers more."""


@attrs.frozen
class Owner:
    """The user that owns a socket, and the socket's inode, by which its process is known."""

    uid: int
    inode: int


def owner(peer: Address, own: Address) -> Owner | None:
    """Return who owns the socket at `peer` that is connected to `own`; None when the system does not tell."""
    wanted = {(_spelt(peer, mapped=mapped), _spelt(own, mapped=mapped)) for mapped in (False, True)}
    for path in PROC_TCP:
        try:
            with path.open() as table:
                next(table, None)
                for line in table:
                    columns = line.split()
                    if (columns[_LOCAL], columns[_REMOTE]) in wanted:
                        return Owner(int(columns[_UID]), int(columns[_INODE]))
        except OSError:
            continue
    return None


def holds(pids: Iterable[int], inode: int) -> bool:
    """Whether one of these processes has the socket with this inode open."""
    wanted = f"socket:[{inode}]"
    for pid in pids:
        folder = f"/proc/{pid}/fd"
        try:
            names = os.listdir(folder)  # noqa: PTH208 - a dozen names, at every start of a session
        except OSError:
            continue
        for name in names:
            try:
                if os.readlink(f"{folder}/{name}") == wanted:  # noqa: PTH115 - the same
                    return True
            except OSError:
                continue
    return False


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own, IPv4, IPv6, or IPv4 mapped into IPv6."""
    packed = _packed(host)
    return packed[0] == _LOOPBACK_NET if len(packed) == _V4_BYTES else packed == _LOOPBACK_V6


def _packed(host: str) -> bytes:
    host = host.partition("%")[0]
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    return socket.inet_pton(socket.AF_INET6, host).removeprefix(_MAPPED)


def _spelt(address: Address, *, mapped: bool) -> str:
    """Spell an address as /proc/net/tcp does: 32-bit words in the machine's byte order, and the port, in hex."""
    packed = _packed(address[0])
    if mapped and len(packed) == _V4_BYTES:
        packed = _MAPPED + packed
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"
