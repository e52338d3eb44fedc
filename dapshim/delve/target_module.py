"""Where a program's line table is, by the program's own variables: `runtime.firstmoduledata`, asked for by names.

The names are those of Go 1.16 to 1.27; where the words stand is not asked, so that it may be any machine. Fields that came
later may lack. It reads no table, and does not know what one holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import attrs

from dapshim.binary.build_info import TEXT_MOST
from dapshim.binary.table_search import TABLE_MOST
from dapshim.delve.target_memory import NotReadError, TargetMemory, together

_IMAGE_MOST: Final = 1 << 32
"""How far apart two things of one program are at most."""

_MODULE: Final = "runtime.firstmoduledata"
ANY_VARIABLE: Final = f"uintptr(&{_MODULE})"
"""A number for every program that has symbols."""

_TABLE: Final = f"(*[]uint8)(uintptr(&{_MODULE}))"
"""A slice whose data begins at the table's header, the first word of the module's data. Its length is the second word, an
address, so that it ends nowhere near. `pclntable`, a slice too, would be taken for `ftab`, which begins where it does."""

_RODATA: Final = f"(*[]uint8)(uintptr(&{_MODULE}.rodata))"
"""A slice from the read-only data on; the next word, its length, is the address of the inline trees (Go 1.18 to 1.27)."""

_ALIGNED: Final = 64
LEAST_TABLE: Final = 80
"""Bytes of a table's header."""

_TREES_LEAST: Final = 1 << 20


@attrs.frozen
class Module:
    """What the program's variables say of it, corrected by `moved`: how far from there it is in fact.

    `table`, `info` and `rodata` are pointers that were evaluated, to be asked for their references.
    """

    header: int
    length: int
    text: int
    moved: int
    table: Mapping[str, Any]
    info: Mapping[str, Any]
    version: str
    rodata: Mapping[str, Any] = attrs.field(factory=dict)
    rodata_at: int = -1
    trees: int = -1
    behind: int = -1

    @property
    def trees_length(self) -> int:
        """The bytes of the inline trees, up to the table that follows them; 0 where they are not known."""
        length = self.behind - self.trees
        return length if self.trees > 0 and 0 < length <= max(self.length, _TREES_LEAST) else 0

    @property
    def whole(self) -> int:
        """The bytes to read from the header on: the table, and the trees where they stand right behind it (Go 1.26)."""
        end = self.header + self.length
        return self.behind - self.header if self.trees_length and end <= self.trees <= end + _ALIGNED else self.length

    @property
    def apart(self) -> int:
        """The bytes of the trees where they are to be read by themselves; 0 where they stand behind the table, or nowhere."""
        return self.trees_length if self.whole == self.length else 0


async def read_module(memory: TargetMemory) -> Module:
    """Ask the program's variables where its tables are: small questions, all at once.

    Raises:
        NoAnswerError: dlv does not answer.
        NotReadError: there are no such variables (stripped), or they make no sense.

    """
    async with together() as at_once:
        here = at_once.ask(partial(memory.number, ANY_VARIABLE))
        header = at_once.ask(partial(memory.number, f"uintptr({_MODULE}.pcHeader)"))
        records = at_once.ask(partial(memory.number, f"uintptr(&{_MODULE}.pclntable[0])"))
        size = at_once.ask(partial(memory.number, f"len({_MODULE}.pclntable)"))
        text = at_once.ask(partial(memory.number, f"{_MODULE}.text"))
        trees = at_once.ask(partial(memory.number, f"{_MODULE}.gofunc"))
        behind = at_once.ask(partial(memory.number, f"{_MODULE}.findfunctab"))
        table = at_once.ask(partial(memory.evaluate, _TABLE))
        rodata = at_once.ask(partial(memory.evaluate, _RODATA))
        rodata_at = at_once.ask(partial(memory.number, f"{_MODULE}.rodata"))
        info = at_once.ask(partial(memory.evaluate, "(*string)(uintptr(&runtime.modinfo))"))
        version = at_once.ask(partial(memory.printed, "runtime.buildVersion"))
    length = records.get() + size.get() - header.get()
    if not LEAST_TABLE <= length <= TABLE_MOST:
        raise NotReadError(f"a Go line table of {length} bytes is not believed")
    moved = 0
    if abs(here.get() - header.get()) > _IMAGE_MOST:
        moved = await _moved(memory, here.get())
        if abs(here.get() - moved - header.get()) > _IMAGE_MOST:
            raise NotReadError("its variables point elsewhere than into the program")
    return Module(
        header.get() + moved,
        length,
        text.get() + moved,
        moved,
        table.get(),
        info.get_or({}),
        version.get_or(""),
        rodata.get_or({}),
        rodata_at.get_or(-1) + moved,
        trees.get_or(-1) + moved,
        behind.get_or(-1) + moved,
    )


async def _moved(memory: TargetMemory, here: int) -> int:
    """Return how far a position-independent program was moved that has not begun, so that no pointer was corrected yet.

    Told by a pointer that the linker wrote and what it points to. Go 1.25: Delve finds no `lastmoduledatap`.
    """
    async with together() as at_once:
        last = at_once.ask(partial(memory.number, "uintptr(runtime.lastmoduledatap)"))
        itabs = at_once.ask(partial(memory.number, "uintptr(runtime.itabTable)"))
        init = at_once.ask(partial(memory.number, "uintptr(&runtime.itabTableInit)"))
    known = last.get_or(0)
    return here - known if known else init.get() - itabs.get()


async def unmoved(memory: TargetMemory, variable: str, moved: int) -> bytes:
    """Return the bytes of a string variable whose address was not corrected yet."""
    address, length = await memory.numbers(f"(*[2]uintptr)(uintptr(&{variable}))", 2)
    if length > TEXT_MOST:
        raise NotReadError(f"{variable} claims {length} bytes")
    return await memory.examine(address + moved, length) if length else b""
