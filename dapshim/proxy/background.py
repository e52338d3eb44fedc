"""What shims do outside of their hooks: tasks that they start, and letting go when they are switched off."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import trio

from dapshim.proxy.hooks import current_handling
from dapshim.proxy.shim import Shim

log = logging.getLogger(__name__)

ABANDON_DEADLINE: Final = 5.0
"""Seconds that a shim which was switched off has to let go."""

Work = Callable[[], Awaitable[None]]


class Background:
    """The tasks of one session's shims; they end with the session, and one that fails counts as a hook that fails (law 4)."""

    def __init__(self, failed: Callable[[int, Shim, Exception], None]) -> None:
        self._failed = failed
        self._waiting: list[Work] = []
        self._some = trio.Event()

    def start(self, layer: int, shim: Shim, work: Work) -> None:
        """Have `work` of a shim done beside everything else."""

        async def run() -> None:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - law 4: our bug must not cost a session
                self._failed(layer, shim, error)

        self._take(run)

    def abandon(self, shim: Shim) -> None:
        """Let a shim that was switched off let go."""

        async def run() -> None:
            try:
                with trio.move_on_after(ABANDON_DEADLINE):
                    await shim.abandon()
            except Exception:
                log.exception("%s failed to let go after it was switched off", shim.name)

        self._take(run)

    def _take(self, work: Work) -> None:
        self._waiting.append(work)
        self._some.set()

    async def run(self) -> None:
        """Run what was started, until cancelled. A task has no part in the message whose hook started it."""
        current_handling.set(None)
        async with trio.open_nursery() as nursery:
            while True:
                await self._some.wait()
                self._some = trio.Event()
                while self._waiting:
                    nursery.start_soon(self._waiting.pop(0))
