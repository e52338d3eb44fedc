"""Which folders are watched, and what their configurations build and debug. Knows no rule and no message."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import trio

from dapshim.golang.spelling import parent, paths
from dapshim.language_server.lookout import Lookout, Surroundings

if TYPE_CHECKING:
    from dapshim.delve.checkup import Glance
    from dapshim.plan.outcome import Build


class Watch:
    """All lookouts of one client. `interesting` says whether findings can be of a file."""

    def __init__(self, around: Surroundings, nursery: trio.Nursery, interesting: Callable[[str], bool]) -> None:
        self._around = around
        self._nursery = nursery
        self._interesting = interesting
        self._lookouts: dict[str, tuple[Lookout, trio.CancelScope]] = {}

    def begin(self, where: str) -> Lookout:
        """Watch a folder or a .code-workspace, unless it is watched."""
        if where not in self._lookouts:
            lookout, scope = Lookout(where, self._around, interesting=self._interesting), trio.CancelScope()
            self._lookouts[where] = lookout, scope
            self._nursery.start_soon(_run, lookout, scope)
            lookout.changed(where, on_disk=True)
        return self._lookouts[where][0]

    def end(self, where: str) -> None:
        """Watch it no more, and take back what was found."""
        found = self._lookouts.pop(where, None)
        if found is not None:
            found[1].cancel()
            found[0].close()

    def of(self, path: str) -> list[Lookout]:
        """Return who watches a file; for one of no folder that is open, somebody who does from now on."""
        found = [each for each in self.all if each.covers(path)]
        if found:
            return found
        folder = parent(path)
        if path.endswith(".code-workspace"):
            folder = path
        elif paths.basename(folder) == ".vscode":
            folder = parent(folder)
        return [self.begin(folder)]

    @property
    def all(self) -> list[Lookout]:
        """Every lookout, in the order in which they began."""
        return [each for each, _ in self._lookouts.values()]

    @property
    def glances(self) -> list[Glance]:
        """The last look at each."""
        return [each.glance for each in self.all if each.glance is not None]

    @property
    def folder(self) -> str:
        """The first folder that is open, for who names none."""
        return next((where for where in self._lookouts if not where.endswith(".code-workspace")), os.getcwd())  # noqa: PTH109

    @property
    def go(self) -> str:
        """The go command that was found; else its name."""
        for each in self.all:
            if each.checkup is not None and each.checkup.toolchain.env is not None:
                return each.checkup.toolchain.env.go
        return "go"

    def builds(self) -> Iterator[Build]:
        """Yield what the configurations build."""
        for glance in self.glances:
            yield from (each.build for each in glance.configurations if each.build is not None)

    def executables(self) -> Iterator[str]:
        """Yield the executables that configurations debug as they are, whether they are there or not."""
        for glance in self.glances:
            yield from (each.executable for each in glance.configurations if each.executable)

    def changed(self, path: str) -> None:
        """Have those look again who watch a file that was changed on the disk."""
        for each in self.all:
            if each.covers(path):
                each.changed(each.where, on_disk=True)

    def look_again(self) -> None:
        """Have all look again: anything may have changed."""
        for each in self.all:
            each.changed(each.where, on_disk=True)


async def _run(lookout: Lookout, scope: trio.CancelScope) -> None:
    with scope:
        await lookout.run()
