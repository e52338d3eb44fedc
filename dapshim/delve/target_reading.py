"""The reading of a program that only dlv can reach, begun as soon as there is a dlv to ask.

A headless dlv has its program before any client attaches to it, and reads its memory for whoever asks (Delve 1.27.1: an
`evaluate` before the `attach` is answered; where there is no program yet, it is refused: "No debug session started").
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

import attrs
import trio

from dapshim.delve.read_programs import ReadPrograms
from dapshim.delve.remote_reading import Asker, ReadTarget, TargetUnreadableError, read_target
from dapshim.delve.target_cache import cache_of

log = logging.getLogger(__name__)


@attrs.define(eq=False)
class TargetReading:
    """One reading; `keeping` is what is to be done when nobody waits any more, each a function that blocks."""

    asker: Asker
    programs: ReadPrograms
    keeping: list[Callable[[], None]] = attrs.field(factory=list)
    _found: ReadTarget | None = None
    _done: trio.Event = attrs.field(factory=trio.Event)

    async def read(self) -> ReadTarget | None:
        """Read the program; None where it cannot be read now, as one that runs, or that is not there yet.

        Whatever the asker raises because there is no dlv any more goes through.
        """
        try:
            self._found = await read_target(self.asker, cache_of(os.environ), self.programs, self.keeping.append)
        except TargetUnreadableError as error:
            log.info("the source files of the program cannot be read: %s", error)
        finally:
            self._done.set()
        return self._found

    async def found(self) -> ReadTarget | None:
        """Wait until `read`, which another task runs, is done, and return what it has found."""
        await self._done.wait()
        return self._found
