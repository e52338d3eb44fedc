"""Whether a Linux core file is of a program. Delve 1.27.1 does not look, and shows garbage where it is not.

A core names the program that it came from in its notes, has its entry point in the auxiliary vector, and by default (bit 4 of
`coredump_filter`) the first page of it in memory, with the program's own headers and build id.
"""

from __future__ import annotations

import struct
from typing import Final

import attrs

from dapshim.binary.elf_dynamic import notes
from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.image import WIDE, Image
from dapshim.binary.source import ByteSource

_NT_AUXV, _NT_FILE = 6, 0x46494C45
_AT_ENTRY: Final = 9
_PAGE: Final = 4096
_FILES_MOST: Final = 10_000


@attrs.frozen
class CoreFacts:
    """A core file beside a program. `same` is None where the core has nothing that could be compared.

    `program` is the path that the core names, "" where none; `evidence` is what was compared.
    """

    path: str
    program: str = ""
    same: bool | None = None
    evidence: tuple[str, ...] = ()


def compare_core(path: str, core: Image, program: BinaryFacts, source: ByteSource) -> CoreFacts:
    """Compare a core with the program at `source`; raise BinaryError for a file that is no core."""
    if core.type != "core":
        raise BinaryError("not-a-binary", f"{path} is no core file")
    entry, mapped = 0, list[tuple[int, int, str]]()
    for owner, kind, said in notes(core):
        if (owner, kind) == (b"CORE", _NT_AUXV):
            entry = entry or _auxiliary(core, said, _AT_ENTRY)
        elif (owner, kind) == (b"CORE", _NT_FILE):
            mapped = mapped or _mapped(core, said)
    named = _named(mapped, entry)
    begins = [start for start, offset, name in mapped if name == named and offset == 0]
    page = core.read_at(begins[0], _PAGE) if begins else b""
    if page.startswith(b"\x7fELF"):
        same = page == source.read(0, len(page))
        compared = "is" if same else "is not"
        return CoreFacts(path, named, same, (f"the first page of {named} in the core {compared} that of the program",))
    if entry and program.entry:
        shown = f"the core's program begins at {entry:#x}, this one at {program.entry:#x}"
        if program.position_independent:
            return CoreFacts(path, named, None if entry % _PAGE == program.entry % _PAGE else False, (shown,))
        return CoreFacts(path, named, None if entry == program.entry else False, (shown,))
    return CoreFacts(path, named)


def _auxiliary(core: Image, said: bytes, wanted: int) -> int:
    form = f"{core.order}{'QQ' if core.pointer_size == WIDE else 'II'}"
    size = struct.calcsize(form)
    rows = struct.iter_unpack(form, said[: len(said) // size * size])
    return next((int(value) for tag, value in rows if tag == wanted), 0)


def _mapped(core: Image, said: bytes) -> list[tuple[int, int, str]]:
    """Return (address, offset in the file, path) of every mapped file."""
    word = "Q" if core.pointer_size == WIDE else "I"
    size = struct.calcsize(word)
    if len(said) < 2 * size:
        return []
    count, page = struct.unpack_from(f"{core.order}2{word}", said)
    count = min(count, _FILES_MOST, len(said) // (3 * size))
    names = said[2 * size + count * 3 * size :].split(b"\0")
    if len(names) < count or len(said) < (2 + 3 * count) * size:
        return []
    rows = struct.iter_unpack(f"{core.order}3{word}", said[2 * size : (2 + 3 * count) * size])
    return [
        (start, offset * page, name.decode(errors="replace")) for (start, _, offset), name in zip(rows, names, strict=False)
    ]


def _named(mapped: list[tuple[int, int, str]], entry: int) -> str:
    """Return the file in which the entry point lies: the last one that begins below it."""
    below = [(start, name) for start, _, name in mapped if start <= entry]
    return max(below)[1] if below and entry else mapped[0][2] if mapped else ""
