"""The CALLs of a line that lead through a register or memory, as Delve decodes them."""

from __future__ import annotations

from typing import Final

from dapshim.binary.code_lines import CodeLines
from dapshim.binary.stacks import Frame
from dapshim.delve.live_program import Ask
from dapshim.delve.steps import lines_of

_RELATIVE: Final = "e8"
"""How the bytes of a CALL begin that says itself where it leads."""


async def calls_to_anywhere(ask: Ask, code: CodeLines, bias: int, frame: Frame) -> set[int]:
    """Return those on the line of a frame, as the file's addresses.

    () where Delve cannot disassemble: Delve 1.27.1 says `input/output error` for a stripped program that was linked by a C
    linker. Bytes that Delve has replaced by a breakpoint are shown as they were.
    """
    found: set[int] = set()
    if frame.number is None:
        return found
    position, entry = frame.positions[0], code.entry(frame.number)
    for span in lines_of(code, frame.number, (position.file, position.line)):
        start, end = entry + span.start + bias, entry + span.end + bias
        response = await ask("disassemble", {"memoryReference": hex(start), "instructionCount": end - start})
        for each in response.body.get("instructions", ()) if response.success else ():
            address, text = int(str(each.get("address", "0")), 0), str(each.get("instruction"))
            code_bytes = str(each.get("instructionBytes", "")).replace(" ", "").lower()
            if start <= address < end and text.startswith("CALL") and not code_bytes.startswith(_RELATIVE):
                found.add(address - bias)
    return found
