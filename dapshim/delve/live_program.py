"""What can be read of a program that a dlv has stopped: its memory, and where its threads stand. Two ways, one face.

On this machine /proc tells of all threads. Elsewhere, or where the system forbids it, Delve 1.27.1 is asked: `dlv x` reads
memory, and of the thread that stopped PC is in its first frame and BP in `runtime.frameoff`, which without debug info is BP +
16. Of the other threads nothing can be had then.

Reading goes wrong when the program goes on or ends meanwhile: then there is nothing, `b""` or no thread.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, Protocol

import attrs

from dapshim.binary.code_lines import CodeLines
from dapshim.binary.stacks import Stack, sp_by_base_pointer
from dapshim.delve.debug_info import executable_of
from dapshim.delve.targets import Machine
from dapshim.wire.messages import Message

Ask = Callable[[str, dict[str, Any]], Awaitable[Message]]
"""Sends Delve a request of ours and returns its response, successful or not."""

AT_ONCE: Final = 120
"""Words that one `dlv x` reads; Delve 1.27.1 takes no more than 1000 bytes."""

BACK: Final = 4096
"""Bytes below BP in which a return address is looked for."""

BP_TO_CFA: Final = 16

_WORD_OF_X: Final = re.compile(r"0x([0-9a-f]{16})(?=\s)")
_TARGET: Final = re.compile(r"\*\t(\d+)\t(.*)")


@attrs.frozen
class Thread:
    """A thread and where it stands, as addresses in memory."""

    id: int
    pc: int
    sp: int


class LiveProgram(Protocol):
    """A stopped program."""

    @property
    def sees_all_threads(self) -> bool:
        """Whether `threads` returns all of them, and not only the one that stopped."""

    async def read(self, address: int, length: int) -> bytes:
        """Return bytes of its memory, fewer or none where there is none."""

    async def threads(self) -> tuple[Thread, ...]:
        """Return where its threads stand; the one that stopped is the first where that is told."""


@attrs.frozen
class HereByProc:
    """A program of this machine, by /proc; `ask` tells which thread it is that stopped."""

    pid: int
    ask: Ask
    machine: Machine = attrs.field(factory=Machine)

    @property
    def sees_all_threads(self) -> bool:
        """See `LiveProgram`."""
        return True

    async def read(self, address: int, length: int) -> bytes:
        """See `LiveProgram`."""
        if address <= 0 or length <= 0:
            return b""
        try:
            descriptor = os.open(f"{self.machine.proc}/{self.pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            return os.pread(descriptor, length, address)
        except (OSError, OverflowError):
            return b""
        finally:
            os.close(descriptor)

    async def threads(self) -> tuple[Thread, ...]:
        """See `LiveProgram`."""
        stopped = await number_of(self.ask, "runtime.threadid")
        return tuple(sorted(self.all_threads(), key=lambda each: each.id != stopped))

    def all_threads(self) -> list[Thread]:
        """Return all threads whose registers the system tells: a thread that runs has none."""
        try:
            names = os.listdir(f"{self.machine.proc}/{self.pid}/task")  # noqa: PTH208 - /proc is read by plain names
        except OSError:
            return []
        found = []
        for name in names:
            # `-1 SP PC` of one that is in no system call, else its number and six words, then both.
            words = (self.machine.read(self.pid, f"task/{name}/syscall") or "").split()
            with suppress(ValueError):
                if len(words) > 2:  # noqa: PLR2004 - both are there
                    found.append(Thread(int(name), int(words[-1], 16), int(words[-2], 16)))
        return found


@attrs.frozen
class ByDelve:
    """A program that only Delve can reach."""

    ask: Ask
    code: CodeLines
    bias: int

    @property
    def sees_all_threads(self) -> bool:
        """See `LiveProgram`."""
        return False

    async def read(self, address: int, length: int) -> bytes:
        """See `LiveProgram`."""
        found = bytearray()
        start = address - address % 8
        while start + len(found) < address + length:
            part = await self._words(start + len(found), min(AT_ONCE, (address + length - start - len(found) + 7) // 8))
            if not part:
                break
            found += part
        return bytes(found[address - start : address - start + length])

    async def _words(self, address: int, count: int) -> bytes:
        said = await evaluated(self.ask, f"dlv x -fmt hex -count {count} -size 8 {address:#x}")
        lines = [line.partition(":")[2] for line in (said or "").splitlines()]
        return b"".join(int(word, 16).to_bytes(8, "little") for line in lines for word in _WORD_OF_X.findall(f"{line} "))

    async def threads(self) -> tuple[Thread, ...]:
        """See `LiveProgram`."""
        response = await self.ask("stackTrace", {"threadId": 0, "startFrame": 0, "levels": 1})
        frames = response.body.get("stackFrames") if response.success else None
        cfa, thread = await number_of(self.ask, "runtime.frameoff"), await number_of(self.ask, "runtime.threadid")
        if not isinstance(frames, list) or not frames or cfa is None:
            return ()
        pc, bp = int(str(frames[0].get("instructionPointerReference", "0")), 0), cfa - BP_TO_CFA
        data = await self.read(bp - BACK, BACK) if bp > BACK else b""
        sp = sp_by_base_pointer(self.code, self.bias, pc, bp, Stack(bp - BACK, data))
        return (Thread(thread or 0, pc, sp),) if sp is not None else ()


async def evaluated(ask: Ask, expression: str) -> str | None:
    """Return what Delve makes of an expression or a command of its console; None when it fails."""
    response = await ask("evaluate", {"expression": expression, "context": "repl"})
    result = response.body.get("result") if response.success else None
    return result if isinstance(result, str) else None


async def number_of(ask: Ask, expression: str) -> int | None:
    """Return a number that Delve evaluates, None when it cannot."""
    try:
        return int(await evaluated(ask, expression) or "")
    except ValueError:
        return None


async def target_of(ask: Ask) -> tuple[int, str] | None:
    """Return process id and command line of the program that is debugged, as Delve tells them; None when it does not."""
    found = _TARGET.search(await evaluated(ask, "dlv target list") or "")
    return (int(found[1]), found[2].strip()) if found is not None else None


def is_here(pid: int, command_line: str, machine: Machine | None = None) -> bool:
    """Whether a process that a dlv debugs is one of this machine whose memory and threads we may look at.

    It must be traced too, since a dlv elsewhere may name a number that somebody has here.
    """
    machine = machine or Machine()
    status = machine.read(pid, "status")
    if status is None or "\nTracerPid:\t0\n" in status or executable_of(pid, command_line, machine) is None:
        return False
    return bool((machine.read(pid, f"task/{pid}/syscall") or "").strip()) and os.access(f"{machine.proc}/{pid}/mem", os.R_OK)


def bias_here(pid: int, path: str, base: int, machine: Machine | None = None) -> int | None:
    """Return how far a program was moved (PIE): where its file's first byte is mapped, less its first segment."""
    maps = (machine or Machine()).read(pid, "maps") or ""
    for line in maps.splitlines():
        fields = line.split(None, 5)
        if len(fields) > 5 and fields[5].removesuffix(" (deleted)") == path and int(fields[2], 16) == 0:  # noqa: PLR2004
            return int(fields[0].partition("-")[0], 16) - base
    return None


def moved(pid: int, base: int) -> int:
    """Return how far the program that a process runs was moved from `base` (PIE); 0 where nothing tells."""
    try:
        path = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")  # noqa: PTH115 - a text, as the kernel has it
    except OSError:
        return 0
    return bias_here(pid, path, base) or 0
