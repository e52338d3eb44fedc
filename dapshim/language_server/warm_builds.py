"""The first F5 of the day is fast: with nobody at work, what launch.json would debug is built into Go's cache.

1. Nothing of it is in the way: lowest priority, one build at a time, ended when a session begins, or on battery.
2. Nothing is run unless the workspace is trusted, nothing is fetched, and no file changes but those of Go's cache.
3. A build that fails is nobody's business here: F5 says why.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Final

import trio

from dapshim.delve.power import on_battery
from dapshim.delve.warm_build import may_be_warmed, warming, warming_environment
from dapshim.plan.outcome import Build

log = logging.getLogger(__name__)

IDLE: Final = 5.0
"""Seconds without a change after which the editor counts as idle."""
AGAIN: Final = 30.0
"""Seconds after which is looked again whether there is something to build."""
POWER: Final = 10.0
"""Seconds between two looks at the battery during a build."""
LIMIT: Final = 1800.0
"""Seconds that one build may take: it is at the lowest priority."""
BUILDS_MOST: Final = 8
"""Builds of a window; a launch.json of 40 configurations is not 40 times a person's first F5."""

Run = Callable[[Sequence[str], str, Mapping[str, str]], Awaitable[tuple[int, bytes]]]


class WarmBuilds:
    """Builds for one client. `wanted` are the builds of its configurations, `may` says whether it is free to build."""

    def __init__(
        self,
        run: Run,
        environ: Mapping[str, str],
        wanted: Callable[[], Iterable[Build]],
        may: Callable[[], bool],
        told: Callable[[int], None],
    ) -> None:
        """`told` hears how many were built, when all are."""
        self._run = run
        self._environ = environ
        self._wanted = wanted
        self._may = may
        self._told = told
        self._scope = trio.CancelScope()
        self._building = False
        self._done: dict[Hashable, None] = {}

    def changed(self, *, anew: bool = False) -> None:
        """Hear that somebody is at work. A build that runs goes on; `anew`: what was built may be out of date."""
        if anew:
            self._done.clear()
        if not self._building:
            self._scope.cancel()

    def stop(self) -> None:
        """End what runs: the processor is wanted. What is compiled by then is in the cache."""
        self._scope.cancel()

    async def run(self) -> None:
        """Build whenever nobody is at work, until cancelled."""
        while True:
            with trio.CancelScope() as self._scope:
                await trio.sleep(IDLE)
                while True:
                    await self._build_all()
                    await trio.sleep(AGAIN)

    def _next(self) -> tuple[Hashable, Build] | None:
        if not self._may() or len(self._done) >= BUILDS_MOST:
            return None
        for build in self._wanted():
            key = (build.directory, build.command(""), tuple(sorted(build.environment.items(), key=str)))
            if key not in self._done and may_be_warmed(build, self._environ):
                return key, build
        return None

    async def _build_all(self) -> None:
        built = 0
        while (found := self._next()) is not None and not await battery_drains():
            key, build = found
            if not await self._built(build):
                return
            self._done[key] = None
            built += 1
        if built:
            self._told(built)

    async def _built(self, build: Build) -> bool:
        """Build one; say whether it came to its end."""
        self._building = True
        ended = False
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_watch_power, nursery.cancel_scope)
                with trio.move_on_after(LIMIT):
                    ended = await self._ran(build)
                nursery.cancel_scope.cancel()
        finally:
            self._building = False
        return ended

    async def _ran(self, build: Build) -> bool:
        try:
            status, printed = await self._run(warming(build), build.directory, warming_environment(build, self._environ))
        except OSError as error:
            log.info("nothing is built before F5 in %s: %s", build.directory, error)
            return True
        said = printed.decode("utf-8", "replace").strip()
        log.info("built before F5 in %s: exit status %d%s", build.directory, status, f"\n{said}" if status else "")
        return True


async def battery_drains() -> bool:
    """Say whether the machine runs on its battery; the kernel may have to ask the battery for that."""
    return await trio.to_thread.run_sync(on_battery)


async def _watch_power(scope: trio.CancelScope) -> None:
    while True:
        await trio.sleep(POWER)
        if await battery_drains():
            scope.cancel()
            return
