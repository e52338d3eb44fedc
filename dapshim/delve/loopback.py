"""Who owns the other end of a loopback TCP connection, as Linux tells it: of one by sock_diag(7), of all in /proc/net/tcp.

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

_SOCK_DIAG: Final = 4
_BY_FAMILY: Final = 20
_REQUEST: Final = 1
_ANY_STATE = _ANY = 0xFFFFFFFF
_HEAD: Final = 16
_FOUND: Final = 72
_BEFORE_SOCKETS: Final = 4
_BEFORE_UID: Final = 64
_ANSWER_MOST: Final = 4096
"""NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST; sizes of `nlmsghdr` and `inet_diag_msg`, and places in the latter."""

_ANSWERS_WITHIN: Final = 1.0
"""Seconds; the kernel answers within the system call."""

Address = tuple[Any, ...]
"""What `getpeername` and `getsockname` return: host, port, and for IPv6 two numbers more."""


@attrs.frozen
class Owner:
    """The user that owns a socket, and the socket's inode, by which its process is known."""

    uid: int
    inode: int


def owner(peer: Address, own: Address) -> Owner | None:
    """Return who owns the socket at `peer` that is connected to `own`; None when the system does not tell."""
    # The table takes a millisecond or two, since the kernel goes through all that it has: every session begins with two.
    return _asked(peer, own) or _listed(peer, own)


def _asked(peer: Address, own: Address) -> Owner | None:
    """Ask the kernel for this one socket; None where it has none such, or does not answer, as in some containers."""
    family = getattr(socket, "AF_NETLINK", None)
    if family is None:
        return None
    ends = [_packed(peer[0]), _packed(own[0])]
    kind = socket.AF_INET
    if {len(each) for each in ends} != {_V4_BYTES}:
        kind = socket.AF_INET6
        ends = [_MAPPED + each if len(each) == _V4_BYTES else each for each in ends]
    sockets = struct.pack("!HH16s16s", peer[1], own[1], *ends)
    request = struct.pack("=BBBxI", kind, socket.IPPROTO_TCP, 0, _ANY_STATE) + sockets + struct.pack("=III", 0, _ANY, _ANY)
    message = struct.pack("=IHHII", _HEAD + len(request), _BY_FAMILY, _REQUEST, 0, 0) + request
    try:
        with socket.socket(family, socket.SOCK_RAW, _SOCK_DIAG) as asking:
            asking.settimeout(_ANSWERS_WITHIN)
            asking.send(message)
            answer = asking.recv(_ANSWER_MOST)
    except OSError:
        return None
    if len(answer) < _HEAD + _FOUND or struct.unpack_from("=IH", answer)[1] != _BY_FAMILY:
        return None
    if not answer.startswith(sockets, _HEAD + _BEFORE_SOCKETS):
        return None
    uid, inode = struct.unpack_from("=II", answer, _HEAD + _BEFORE_UID)
    return Owner(uid, inode)


def _listed(peer: Address, own: Address) -> Owner | None:
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
