"""Where the editor's next debug session comes in: a socket that is its own, taken by the first who connects, and then gone.

A Unix socket of mode 0600 in a folder of mode 0700: only this user can open it. Where there are none, a port of this machine
alone, and a token for it: the client sends it as its first line, ended by a newline, and the DAP follows. It counts once.
"""

from __future__ import annotations

import hmac
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from dapshim.proxy.address import TcpAddress, UnixAddress
from dapshim.proxy.listener import close_listener, open_listener

TOKEN_BYTES: Final = 32
TOKEN_PATIENCE: Final = 5.0
"""Seconds that who connects to a port has to send the token."""
STRANGERS_MOST: Final = 20
"""Connections without the right token after which a door is closed: nobody gets to try them out."""


@attrs.frozen(eq=False)
class Door:
    """One listening socket. `token` is "" for a Unix socket, which needs none."""

    listener: trio.SocketListener
    address: TcpAddress | UnixAddress
    token: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return where a client connects: `path`, or `host`, `port` and `token`."""
        if isinstance(self.address, UnixAddress):
            return {"transport": "unix", "address": str(self.address), "path": self.address.path}
        where = {"host": self.address.host, "port": self.address.port, "token": self.token}
        return {"transport": "tcp", "address": str(self.address), **where}

    async def admit(self) -> trio.SocketStream | None:
        """Return the first connection that may come in, and close the door; None when too many came that may not."""
        try:
            for _ in range(STRANGERS_MOST):
                stream = await self.listener.accept()
                if not self.token or await _has_token(stream, self.token):
                    return stream
                await trio.aclose_forcefully(stream)
            return None
        finally:
            await self.close()

    async def close(self) -> None:
        """Close it, and take the socket file away; again does no harm."""
        with trio.CancelScope(shield=True):
            if self.listener.socket.fileno() >= 0:
                await close_listener(self.listener)


class Doors:
    """Opens doors; the folder of their sockets is made with the first and taken away by `close`."""

    def __init__(self, made: Callable[[str], None] = lambda _folder: None) -> None:
        """`made` is told of the folder, so that somebody takes it away when we are killed."""
        self._made = made
        self._folder = ""
        self._number = 0

    async def open(self, transport: str | None = None) -> Door:
        """Open one: "unix", "tcp", or, None, the better one that this system has.

        Raises:
            ListenError: the system does not let us.

        """
        chosen = transport or ("unix" if hasattr(socket, "AF_UNIX") and os.name == "posix" else "tcp")
        if chosen == "unix":
            self._number += 1
            address = UnixAddress(os.path.join(self._own_folder(), f"{self._number}.sock"))  # noqa: PTH118 - a text, as it goes out
            return Door(await open_listener(address), address)
        listener = await open_listener(TcpAddress("127.0.0.1", 0))
        host, port = listener.socket.getsockname()[:2]
        return Door(listener, TcpAddress(host, port), secrets.token_hex(TOKEN_BYTES))

    def close(self) -> None:
        """Take the folder away."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""

    def _own_folder(self) -> str:
        if not self._folder:
            # mkdtemp makes it 0700. A socket's path may have about 100 characters, so the folder that is meant for sockets.
            base = os.environ.get("XDG_RUNTIME_DIR", "")
            usable = Path(base).is_absolute() and os.access(base, os.W_OK | os.X_OK)
            self._folder = tempfile.mkdtemp(prefix="dapshim-", dir=base if usable else None)
            Path(self._folder).chmod(0o700)
            self._made(self._folder)
        return self._folder


async def _has_token(stream: trio.SocketStream, token: str) -> bool:
    """Read the first line, and no byte more, and compare it in a time that tells nothing."""
    line = bytearray()
    try:
        with trio.fail_after(TOKEN_PATIENCE):
            while not line.endswith(b"\n") and len(line) <= len(token) + 1:
                byte = await stream.receive_some(1)
                if not byte:
                    return False
                line += byte
    except (trio.TooSlowError, trio.BrokenResourceError):
        return False
    return hmac.compare_digest(bytes(line.rstrip(b"\r\n")), token.encode())
