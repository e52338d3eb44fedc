"""One dlv that is started before anybody asks for it, so that F5 waits for none; another one follows it.

It has dapshim's own folder and environment, as the first dlv of any session has; a launch that needs another one gets another.
"""

from __future__ import annotations

import logging
from typing import Final

import trio

from dapshim.proxy.adapter import Adapter, StartedAdapter, StartError
from dapshim.proxy.own_dlv import OwnDlv
from dapshim.proxy.replacement import retire

log = logging.getLogger(__name__)

AFTER: Final = 2.0
"""Seconds after which the one that was taken is replaced, if its session has not ended before: F5 wants the processor."""


class ReadyDlv:
    """Keeps it, from `begin` to `close`."""

    def __init__(self, own: OwnDlv, nursery: trio.Nursery) -> None:
        self._own = own
        self._nursery = nursery
        self._ready: StartedAdapter | None = None
        self._path = ""
        self._wanted = False
        self._starting = False
        self._idle = trio.Event()

    def begin(self, delay: float = 0.0) -> None:
        """Have one started after `delay` seconds, where there is none."""
        self._wanted = True
        if self._ready is None and not self._starting:
            self._starting = True
            self._idle = trio.Event()
            self._nursery.start_soon(self._start, delay, self._idle)

    def hurry(self) -> None:
        """Wait no longer with the one that is to follow: nobody wants the processor, and the next F5 may come at once."""
        self._idle.set()

    async def source(self) -> Adapter:
        """Return the one that is ready, or start one. Raises like `OwnDlv.start`."""
        ready, self._ready = self._ready, None
        if self._wanted:
            self.begin(AFTER)
        if ready is not None:
            if ready.process.returncode is None and self._own.find().path == self._path:
                return ready
            self._nursery.start_soon(_retire, ready)
        return await self._own.start()

    def no_more(self) -> None:
        """Start no other."""
        self._wanted = False

    async def close(self) -> None:
        """End it, and start no other."""
        self.no_more()
        if self._ready is not None:
            ready, self._ready = self._ready, None
            await _retire(ready)

    async def _start(self, delay: float, idle: trio.Event) -> None:
        try:
            with trio.move_on_after(delay):
                await idle.wait()
            self._path = self._own.find().path
            started = await self._own.start() if self._wanted else None
        except StartError as error:
            log.info("no dlv is kept ready: %s", error)
            return
        finally:
            self._starting = False
        if self._wanted and isinstance(started, StartedAdapter):
            self._ready = started
        elif started is not None:
            await retire(started)


async def _retire(adapter: Adapter) -> None:
    with trio.CancelScope(shield=True), trio.move_on_after(1.0):
        await retire(adapter)
