"""Addresses as people write them: `4711`, `127.0.0.1:4711`, `[::1]:4711`, `unix:/run/x.sock`."""

from __future__ import annotations

import socket
from typing import Final

import attrs

UNIX: Final = "unix:"
HIGHEST_PORT: Final = 65535
LOOPBACK_NET: Final = 127


class AddressError(ValueError):
    """The text is no address; the message names it and shows what one looks like."""


@attrs.frozen
class TcpAddress:
    """A host and a port; port 0 lets the system pick one when it is listened on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host in ("localhost", "::1"):
            return True
        try:
            return socket.inet_pton(socket.AF_INET, self.host)[0] == LOOPBACK_NET
        except OSError:
            return False


@attrs.frozen
class UnixAddress:
    """The path of a Unix socket."""

    path: str

    def __str__(self) -> str:
        return UNIX + self.path


Address = TcpAddress | UnixAddress


def parse_address(text: str, *, lowest_port: int = 0) -> Address:
    """Read an address; a bare port means 127.0.0.1.

    Raises:
        AddressError: it is none.

    """
    if text.startswith(UNIX):
        path = text.removeprefix(UNIX)
        if not path:
            raise AddressError(f'"{text}" names no path; a Unix socket is written unix:/run/user/1000/dapshim.sock')
        return UnixAddress(path)
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = "127.0.0.1", text
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise AddressError(f'"{text}" is no address; an IPv6 host is written [::1]:4711')
    if not port.isascii() or not port.isdigit() or not host:
        raise AddressError(f'"{text}" is no address; write 4711, 127.0.0.1:4711 or unix:/path')
    if not lowest_port <= int(port) <= HIGHEST_PORT:
        raise AddressError(f'"{text}": a port is a number from {lowest_port} to {HIGHEST_PORT}')
    return TcpAddress(host, int(port))
