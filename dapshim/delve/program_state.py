"""One stop of a program without debug info: its goroutines, whose thread stands where, and their stacks.

Made anew at each stop, and reads what is asked for, once. It knows no message; what the program is made of comes from the line
table, what it does now from `live_program`.
"""

from __future__ import annotations

import struct
from typing import Final

import attrs

from dapshim.binary.code_lines import CodeLines
from dapshim.binary.goroutines import DEFERRED_FUNCTION, G_SIZE, LIVING, M_SIZE, RUNNING, Goroutine, Layout, read_goroutine
from dapshim.binary.stacks import Frame, OutsideError, Stack, frames_of
from dapshim.delve.live_program import LiveProgram, Thread

GOROUTINES_MOST: Final = 1000
"""The most goroutines that are listed; Delve 1.27.1 lists as many."""

FRAMES_MOST: Final = 500
"""The most frames of a stack."""

_FIRST_PART: Final = 8 * 1024
_PART_MOST: Final = 1 << 20


@attrs.frozen
class Program:
    """What stays the same while a program runs: its code, how far it was moved, and where its goroutines are told."""

    code: CodeLines
    bias: int
    layout: Layout
    all_goroutines: int | None
    live: LiveProgram


@attrs.define(eq=False)
class ProgramState:
    """What is known of one stop."""

    program: Program
    _threads: tuple[Thread, ...] | None = None
    _goroutines: list[Goroutine] | None = None
    _stacks: dict[int, list[Frame]] = attrs.field(factory=dict)
    truncated: bool = False
    """Whether there are more goroutines than were read."""

    async def threads(self) -> tuple[Thread, ...]:
        """Return the threads, the one that stopped first."""
        if self._threads is None:
            self._threads = await self.program.live.threads()
        return self._threads

    async def goroutines(self) -> list[Goroutine]:
        """Return the goroutines that live, in the order in which they were made; [] before the first."""
        if self._goroutines is None:
            self._goroutines = await self._read_goroutines()
        return self._goroutines

    async def _read_goroutines(self) -> list[Goroutine]:
        if self.program.all_goroutines is None:
            return []
        header = await self.program.live.read(self.program.all_goroutines + self.program.bias, 16)
        if len(header) < 16:  # noqa: PLR2004 - address and length of the slice
            return []
        array, count = struct.unpack("<QQ", header)
        self.truncated = count > GOROUTINES_MOST
        data = await self.program.live.read(array, 8 * min(count, GOROUTINES_MOST))
        found = []
        for (address,) in struct.iter_unpack("<Q", data[: len(data) // 8 * 8]):
            goroutine = await self.goroutine_at(address)
            if goroutine is not None and goroutine.status in LIVING and goroutine.id:
                found.append(goroutine)
        return found

    async def goroutine_at(self, address: int) -> Goroutine | None:
        """Return the goroutine whose `g` is at an address."""
        return read_goroutine(await self.program.live.read(address, G_SIZE), self.program.layout, address)

    async def goroutine(self, goid: int) -> Goroutine | None:
        """Return the goroutine of a number."""
        return next((each for each in await self.goroutines() if each.id == goid), None)

    async def on(self, thread: Thread) -> Goroutine | None:
        """Return whose stack a thread is on; where it is on a system's stack, who it works for."""
        for each in await self.goroutines():
            if each.holds(thread.sp):
                return each
        for each in await self.goroutines():
            if each.status == RUNNING and await self.thread_id(each) == thread.id:
                return each
        return None

    async def thread_id(self, goroutine: Goroutine) -> int:
        """Return the number of the thread that a goroutine has, 0 for none."""
        if not goroutine.m:
            return 0
        data = await self.program.live.read(goroutine.m, M_SIZE)
        at = self.program.layout.procid
        return int.from_bytes(data[at : at + 8], "little") if len(data) >= at + 8 else 0

    async def deferred(self, goroutine: Goroutine) -> int:
        """Return the file's address of the function that a goroutine has deferred last, 0 where that is told nowhere."""
        place = await self._word(goroutine.deferred + DEFERRED_FUNCTION) if goroutine.deferred else 0
        found = await self._word(place) if place else 0
        return found - self.program.bias if found else 0

    async def _word(self, address: int) -> int:
        return int.from_bytes(await self.program.live.read(address, 8), "little")

    async def shown(self) -> int:
        """Return the goroutine to be shown: the stopped thread's, else one that runs, else the first; 1 for none."""
        threads, all_of_them = await self.threads(), await self.goroutines()
        found = await self.on(threads[0]) if threads else None
        for each in all_of_them:
            if found is None and each.status == RUNNING:
                found = each
        return found.id if found is not None else all_of_them[0].id if all_of_them else 1

    # -- stacks ----------------------------------------------------------------------------------------------------------------

    async def registers(self, goroutine: Goroutine) -> tuple[int, int]:
        """Return PC and SP where a goroutine stands, or goes on."""
        for thread in await self.threads():
            if goroutine.holds(thread.sp):
                return thread.pc, thread.sp
        return goroutine.syscall if goroutine.syscall[1] else goroutine.sched

    async def frames(self, goid: int) -> list[Frame]:
        """Return the stack of a goroutine; before there is any, that of the thread that stopped; [] where none is."""
        if goid not in self._stacks:
            goroutine = await self.goroutine(goid)
            if goroutine is not None:
                pc, sp = await self.registers(goroutine)
                self._stacks[goid] = await self._walk(pc, sp, goroutine.high)
            elif not await self.goroutines() and (threads := await self.threads()):
                self._stacks[goid] = await self._walk(threads[0].pc, threads[0].sp, threads[0].sp + _FIRST_PART)
            else:
                self._stacks[goid] = []
        return self._stacks[goid]

    async def _walk(self, pc: int, sp: int, high: int) -> list[Frame]:
        size = _FIRST_PART
        while True:
            wanted = max(0, min(high - sp, size))
            stack = Stack(sp, await self.program.live.read(sp, wanted))
            found: list[Frame] = []
            try:
                for frame in frames_of(self.program.code, self.program.bias, pc, sp, stack):
                    found.append(frame)
                    if len(found) >= FRAMES_MOST:
                        return found
            except OutsideError:
                if wanted == size and size < _PART_MOST:
                    size *= 8
                    continue
            return found
