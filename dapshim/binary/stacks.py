"""Stacks of a Go program without debug info: the line table says how large each frame is at each instruction (amd64).

Pure: the stack's bytes are passed in, and who passes too few is told so. The rules are those of Go's own traceback: the return
address is above the frame; the line of a caller is that of its call, the instruction before; a function that nothing called, or
that writes the stack pointer, is the last.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import attrs

from dapshim.binary.code_lines import NOWHERE, CodeLines, Position

WORD: Final = 8

_TOP, _WRITES_SP = 1, 2
_LOWEST: Final = 4096
"""No code lies below; above the program's very first frame there is no return address, but the number of its arguments."""

_INTERRUPTING: Final = frozenset({"runtime.sigpanic", "runtime.asyncPreempt", "runtime.debugCallV2"})
"""They look as if they were called by an instruction that called nothing."""


class OutsideError(Exception):
    """A word is asked for that is not among the bytes at hand."""


@attrs.frozen
class Stack:
    """Bytes of a stack from `base` on, as they lie in memory."""

    base: int
    data: bytes = attrs.field(repr=False)

    def word(self, address: int) -> int:
        """Return the word at an address; raise OutsideError where it is not at hand."""
        at = address - self.base
        if at < 0 or at + WORD > len(self.data):
            raise OutsideError(hex(address))
        (value,) = struct.unpack_from("<Q", self.data, at)
        return int(value)


@attrs.frozen
class Frame:
    """One frame. `pc` is an address in memory; of a caller it is where the call returns to.

    `cfa` is just above its return address. `positions` are where it stands, inlined calls first; at least one.
    """

    pc: int
    cfa: int
    number: int | None
    positions: tuple[Position, ...]
    is_caller: bool = False


def frames_of(code: CodeLines, bias: int, pc: int, sp: int, stack: Stack) -> Iterator[Frame]:
    """Yield the frames from a thread's or a waiting goroutine's registers on, outwards.

    Raises OutsideError behind the last frame that `stack` has the bytes for.
    """
    is_caller = False
    while True:
        here = pc - bias - (1 if is_caller else 0)
        number = code.number_at(here)
        if number is None:
            yield Frame(pc, 0, None, (NOWHERE,), is_caller)
            return
        cfa = sp + code.frame_size(here) + WORD
        yield Frame(pc, cfa, number, code.positions(here) or (NOWHERE,), is_caller)
        flags = code.table.flags(number)
        if flags & _TOP or (flags & _WRITES_SP and is_caller):
            return
        pc, sp = stack.word(cfa - WORD), cfa
        if pc < _LOWEST:
            return
        is_caller = code.name(number) not in _INTERRUPTING


def sp_by_base_pointer(code: CodeLines, bias: int, pc: int, bp: int, stack: Stack) -> int | None:
    """Return the stack pointer of a thread of which only PC and BP are known, None where it cannot be told.

    Behind a prologue BP is that of this frame. In it, and in a function without a frame, it is the caller's, and the return
    address is where a call's PC and its frame's size agree with BP, and where this function may have been called.
    """
    number = code.number_at(pc - bias)
    if number is None:
        return None
    size = code.frame_size(pc - bias)
    if size and pc - bias >= code.body_start(number):
        return bp + WORD - size
    for at in range(bp - WORD, stack.base - 1, -WORD):
        try:
            back = stack.word(at)
        except OutsideError:
            continue
        if code.may_return_to(number, back - bias) and at + code.frame_size(back - bias - 1) == bp:
            return at - size
    return None
