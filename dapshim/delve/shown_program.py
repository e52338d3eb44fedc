"""What a client is shown of a stopped program without debug info: goroutines and stacks, in the form that Delve gives them.

As Delve 1.27.1 does (`service/dap/server.go`): `* [Go 1] main.main (Thread 7)` for the one that stopped, and of a function's
package path the last element alone.
"""

from __future__ import annotations

from typing import Any, Final

from dapshim.binary.stacks import Frame
from dapshim.delve.address_breakpoints import source_of
from dapshim.delve.program_state import ProgramState

FIRST_FRAME: Final = 1000
"""Delve 1.27.1 counts frames from here."""

FRAMES_OF_A_STACK: Final = 1000
"""By which the numbers of frames of two goroutines differ at least."""

BEFORE_THE_FIRST: Final = "before the first goroutine"
UNKNOWN: Final = "???"


async def threads_body(state: ProgramState) -> dict[str, Any]:
    """Return the body of the answer to `threads`: the goroutines, one stand-in before there is any."""
    shown = await state.shown()
    threads = []
    for goroutine in await state.goroutines():
        frames = await state.frames(goroutine.id)
        number = await state.thread_id(goroutine)
        name = f"[Go {goroutine.id}] {_where(frames)}" + (f" (Thread {number})" if number else "")
        threads.append({"id": goroutine.id, "name": f"* {name}" if goroutine.id == shown else name})
    return {"threads": threads or [{"id": shown, "name": f"* {BEFORE_THE_FIRST}"}]}


def _where(frames: list[Frame]) -> str:
    """Return the function that a person takes a goroutine to be in: the first one that is not the runtime's."""
    names = [position.function for frame in frames for position in frame.positions if position.function]
    return short(next((name for name in names if not name.startswith("runtime.")), names[0] if names else UNKNOWN))


async def stack_body(state: ProgramState, goid: int, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the body of the answer to `stackTrace`: `levels` frames (0: all) from `startFrame` on."""
    frames = await state.frames(goid)
    lines = [_frame(frame, at, goid) for frame in frames for at in range(len(frame.positions))]
    first, levels = _count(arguments.get("startFrame")), _count(arguments.get("levels"))
    for number, line in enumerate(lines):
        line["id"] = FIRST_FRAME + goid * FRAMES_OF_A_STACK + number
    return {"stackFrames": lines[first : first + levels if levels else None], "totalFrames": len(lines)}


def _frame(frame: Frame, at: int, goid: int) -> dict[str, Any]:
    position = frame.positions[at]
    made: dict[str, Any] = {
        "id": goid,
        "name": short(position.function) or UNKNOWN,
        "line": position.line,
        "column": 0,
        "instructionPointerReference": hex(frame.pc),
    }
    if position.file and not position.is_generated:
        made["source"] = source_of(position.file)
    if position.function.startswith("runtime."):
        made["presentationHint"] = "subtle"
    return made


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def short(function: str) -> str:
    """Return a function's name without the path of its package: `pricing.Price`."""
    head = function.partition("[")[0]
    return function[head.rfind("/") + 1 :].replace("%2e", ".")
