"""Whether the program that a dlv debugs is one without debug info, and all that is needed to debug it nevertheless.

The executable says whether it has DWARF, and Delve whether it found any elsewhere (a debug link, `debug-info-directories`):
Delve 1.27.1 without any fails for `runtime.curg` with "no type entry found". Linux on amd64 alone: frames and calls differ
elsewhere.
"""

from __future__ import annotations

from typing import Final

import attrs
import trio

from dapshim.binary.code_lines import CodeLines
from dapshim.binary.errors import BinaryError
from dapshim.binary.goroutines import all_goroutines_at, layout_of
from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import Executable, read_executable
from dapshim.delve.debug_info import has_debug_info
from dapshim.delve.live_program import Ask, ByDelve, HereByProc, LiveProgram, bias_here, is_here, target_of
from dapshim.delve.program_state import Program
from dapshim.delve.targets import Machine
from dapshim.wire.messages import words_of_failure

_FATAL: Final = ("runtime.fatalpanic", "runtime.fatalthrow")
_NO_TYPES: Final = "no type entry found"
_PAGE: Final = 4096


class UnbridgedError(Exception):
    """A program without debug info that cannot be debugged nevertheless; the message says why."""


@attrs.frozen
class StrippedProgram:
    """A program without debug info: `path` is its executable's, `file` what must be closed when nobody asks any more."""

    path: str
    program: Program
    file: OpenedFile
    fatal: tuple[int, ...] = ()
    """Where it dies of a panic or a fatal error, in memory, when Delve does not find these functions itself."""


async def stripped_program(ask: Ask, told: str) -> StrippedProgram | None:
    """Return the program that is debugged, None when it has debug info or is none of Go's; `told` is its file, "" if unknown.

    The program must be stopped.

    Raises:
        UnbridgedError: it has none, and nothing can be done about it.

    """
    target = await target_of(ask)
    if target is None:
        return None
    machine = Machine()
    here = is_here(*target, machine)
    path = (machine.link(target[0], "exe") or told) if here else told
    if not path:
        return None
    # By way of the process: the file may have been replaced meanwhile.
    found = await trio.to_thread.run_sync(_read, f"{machine.proc}/{target[0]}/exe" if here else path)
    if found is None:
        return None
    file, executable = found
    try:
        if not await _has_none(ask):
            file.close()
            return None
        return await _program(ask, path.removesuffix(" (deleted)"), file, executable, target[0] if here else None)
    except BaseException:
        file.close()
        raise


def _read(path: str) -> tuple[OpenedFile, Executable] | None:
    """Return an executable of Go without debug info; None for any other file, and for what is none."""
    if has_debug_info(path) is not False:
        return None
    try:
        file = OpenedFile(path)
    except BinaryError:
        return None
    try:
        return file, read_executable(file)
    except BinaryError:
        file.close()
        return None


async def _has_none(ask: Ask) -> bool:
    response = await ask("evaluate", {"expression": "runtime.curg.goid", "context": "repl"})
    return not response.success and _NO_TYPES in words_of_failure(response)


async def _program(ask: Ask, path: str, file: OpenedFile, executable: Executable, pid: int | None) -> StrippedProgram:
    image = executable.image
    if image.format != "elf" or image.machine != "amd64":
        raise UnbridgedError(f"its code is of {image.machine}, and only that of linux/amd64 can be read without debug info")
    try:
        code = CodeLines(executable)
        bias: int | None = 0
        if image.position_independent:
            bias = bias_here(pid, path, image.base) if pid is not None else await _bias_by_delve(ask, code)
        if bias is None:
            raise UnbridgedError("where it was loaded in memory cannot be told")
        live: LiveProgram = HereByProc(pid, ask) if pid is not None else ByDelve(ask, code, bias)
        goroutines = all_goroutines_at(code, image)
    except BinaryError as error:
        raise UnbridgedError(str(error)) from error
    # Delve 1.27.1 takes the section for the start of Go's text, which it is not where C code was linked too.
    section = image.section(".text")
    fatal = [] if section is None or section.address == code.text else [*map(code.named, _FATAL)]
    places = tuple(code.body_start(each) + bias for named in fatal for numbers in named.values() for each in numbers)
    return StrippedProgram(path, Program(code, bias, layout_of(executable.build.go_version), goroutines, live), file, places)


async def _bias_by_delve(ask: Ask, code: CodeLines) -> int | None:
    """Return how far a program was moved that only Delve can see, by an instruction of which Delve tells the function.

    A function of no more than a page has one place for which a whole number of pages fits.
    """
    response = await ask("stackTrace", {"threadId": 0, "startFrame": 0, "levels": 50})
    for frame in response.body.get("stackFrames", ()) if response.success else ():
        pc = int(str(frame.get("instructionPointerReference", "0")), 0)
        for number in code.named(str(frame.get("name"))).get(str(frame.get("name")), []):
            if code.end(number) - code.entry(number) <= _PAGE:
                within = (pc - code.entry(number)) % _PAGE
                if within < code.end(number) - code.entry(number):
                    return pc - within - code.entry(number)
    return None
