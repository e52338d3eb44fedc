"""The low-water mark of a TCP connection: have the system wake us for whole messages only.

go-dap 0.12.0 writes header and body by two calls, and to be woken for the header alone costs a tenth of a step. Only Linux
heeds the mark for polling, and only for TCP. Knows sockets; knows no message.
"""

from __future__ import annotations

import os
import socket
import sys
from array import array
from typing import Final

import trio

if os.name == "posix":
    import fcntl
    import termios

LOW_WATER: Final = 26
"""Bytes that wake us: one more than the header of a five-digit body, fewer than the smallest DAP message with its own."""

STRAGGLERS: Final = 0.25
"""Seconds between two looks for bytes that wait below the mark."""


class LowWater:
    """The mark of one stream (None: of none); it does nothing where there is none to set."""

    def __init__(self, stream: trio.abc.Stream | None) -> None:
        self._socket = stream.socket if isinstance(stream, trio.SocketStream) else None
        tcp = self._socket is not None and sys.platform == "linux" and self._socket.family != socket.AF_UNIX
        self._mark: int | None = 1 if tcp else None

    @property
    def heeded(self) -> bool:
        """Whether this stream has a mark."""
        return self._mark is not None

    def wait_for(self, missing: int) -> None:
        """Be woken for the next whole message, of whose body `missing` bytes have to come; 0 when nothing of it is known."""
        wanted = LOW_WATER if missing == 0 else min(LOW_WATER, missing)
        if self._mark is not None and wanted != self._mark:
            self._set(wanted)

    async def notice_stragglers(self) -> None:
        """See to it that fewer bytes than the mark are read too, though later: they are no message of Delve's."""
        while self._socket is not None and self.heeded:
            await trio.sleep(STRAGGLERS)
            waiting = array("i", [0])
            try:
                fcntl.ioctl(self._socket.fileno(), termios.FIONREAD, waiting)
            except (OSError, ValueError):
                return
            mark = self._mark
            if mark is not None and 0 < waiting[0] < mark:
                self._set(1)

    def _set(self, wanted: int) -> None:
        try:
            if self._socket is not None:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
                self._mark = wanted
        except (OSError, trio.ClosedResourceError):
            self._mark = None
