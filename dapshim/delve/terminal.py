"""A place where a dlv that somebody else starts, in a terminal, comes to: one connection, of this user."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import trio

from dapshim.delve import loopback

BACKLOG: Final = 4
ROOT: Final = 0

Dialled = Callable[[float], Awaitable[trio.SocketStream | None]]


@asynccontextmanager
async def rendezvous() -> AsyncIterator[tuple[str, Dialled]]:
    """Listen on loopback; give the address for `--client-addr`, and what waits for dlv to dial it.

    That takes the seconds to wait, and returns None when they are over. Whoever dials must be this user, or root where dlv runs
    under sudo; Linux tells, elsewhere nobody does.
    """
    with trio.socket.from_stdlib_socket(socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)) as listener:

        async def dialled(seconds: float) -> trio.SocketStream | None:
            with trio.move_on_after(seconds):
                while True:
                    peer, _ = await listener.accept()
                    if _is_ours(peer):
                        return trio.SocketStream(peer)
                    peer.close()
            return None

        yield f"127.0.0.1:{listener.getsockname()[1]}", dialled


def _is_ours(peer: trio.socket.SocketType) -> bool:
    if sys.platform != "linux":
        return True
    try:
        found = loopback.owner(peer.getpeername(), peer.getsockname())
    except OSError:
        return False
    return found is not None and bool(found.inode) and found.uid in (os.geteuid(), ROOT)
