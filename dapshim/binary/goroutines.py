"""The goroutines in the memory of a running Go program (64 bit), found without debug info.

`runtime.allgs` has no symbol in a stripped program. `runtime.allgadd` appends to it, so it is the place of which all three
words of a slice are moved there. The places of what is in a `g` were measured with Go 1.20 to 1.27
(`src/runtime/runtime2.go`).
"""

from __future__ import annotations

import struct
from typing import Final

import attrs

from dapshim.binary.code_lines import CodeLines
from dapshim.binary.image import Image
from dapshim.binary.moduledata import minor_of

G_SIZE: Final = 192
"""Bytes of a `g` that are looked at."""

M_SIZE: Final = 80
"""Bytes of an `m` that are looked at."""

RUNNING: Final = 2
DEFERRED_FUNCTION: Final = 24
"""Where in a `_defer` its function is, a pointer to a word with the address of the code."""

LIVING: Final = frozenset({1, RUNNING, 3, 4, 8, 9})
"""Runnable, running, in a system call, waiting, with a stack that is copied, preempted."""

_SCANNED: Final = 0x1000


@attrs.frozen
class Layout:
    """Where things are in a `g` and an `m`, by release."""

    syscall_sp: int
    status: int
    goid: int
    procid: int


_TO_1_22: Final = Layout(112, 144, 152, 72)
_TO_1_24: Final = Layout(112, 152, 160, 72)
_SINCE_1_25: Final = Layout(104, 144, 152, 64)


def layout_of(go_version: str) -> Layout:
    """Return the layout of a release ("go1.26.6"); that of the newest for what does not tell."""
    minor = minor_of(go_version)
    if not minor or minor >= 25:  # noqa: PLR2004 - Go 1.25
        return _SINCE_1_25
    return _TO_1_24 if minor >= 23 else _TO_1_22  # noqa: PLR2004 - Go 1.23


@attrs.frozen
class Goroutine:
    """A `g` as it stands: its stack's bounds, its state, its `m` (0: none), and where it goes on."""

    address: int
    id: int
    status: int
    low: int
    high: int
    m: int
    deferred: int
    """Where the function is told that it has deferred last, in a record; 0 for none. Optimised code needs no record."""
    sched: tuple[int, int]
    """PC and SP where it was switched away, or where its thread left its stack."""
    syscall: tuple[int, int]
    """PC and SP of the system call that it is in; zeros where it is in none."""

    def holds(self, sp: int) -> bool:
        """Whether a stack pointer is in its stack."""
        return self.low < sp <= self.high


def read_goroutine(data: bytes, layout: Layout, address: int) -> Goroutine | None:
    """Return the goroutine in the first G_SIZE bytes of a `g`; None for bytes that can be none."""
    if len(data) < G_SIZE:
        return None
    low, high = struct.unpack_from("<QQ", data)
    deferred, m = struct.unpack_from("<QQ", data, 40)
    sp, pc = struct.unpack_from("<QQ", data, 56)
    syscall_sp, syscall_pc = struct.unpack_from("<QQ", data, layout.syscall_sp)
    (status,) = struct.unpack_from("<I", data, layout.status)
    (goid,) = struct.unpack_from("<Q", data, layout.goid)
    state = status & ~_SCANNED
    if low > high:
        return None
    return Goroutine(address, goid, state, low, high, m, deferred, (pc, sp), (syscall_pc, syscall_sp))


def all_goroutines_at(code: CodeLines, image: Image) -> int | None:
    """Return the file's address of `runtime.allgs`, None where it is not found (amd64)."""
    numbers = code.named("runtime.allgadd").get("runtime.allgadd", [])
    if not numbers:
        return None
    entry = code.entry(numbers[0])
    data = image.read_at(entry, code.end(numbers[0]) - entry)
    moved = set()
    # REX.W (and REX.R), MOV to or from memory, ModRM: relative to the program counter.
    for at in range(len(data) - 6):
        if data[at] in (0x48, 0x4C) and data[at + 1] in (0x8B, 0x89) and data[at + 2] & 0xC7 == 0x05:  # noqa: PLR2004
            (way,) = struct.unpack_from("<i", data, at + 3)
            moved.add(entry + at + 7 + way)
    return next((each for each in sorted(moved) if {each + 8, each + 16} <= moved), None)
