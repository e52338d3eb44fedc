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
_TABLE: Final = f"(*[]uint8)(uintptr(&{_MODULE}))"
"""A slice whose data begins at the table's header, the first word of the module's data. Its length is the second word, an
address, so that it ends nowhere near. `pclntable`, a slice too, would be taken for `ftab`, which begins where it does."""

LEAST_TABLE: Final = 80
"""Bytes of a table's header."""

_TREES_LEAST: Final = 1 << 20


@attrs.frozen
class Module:
    """What the program's variables say of it, corrected by `moved`: how far from there it is in fact.

    `table` and `info` are pointers that were evaluated, to be asked for their references.
    """

    header: int
    length: int
    text: int
    moved: int
    table: Mapping[str, Any]
    info: Mapping[str, Any]
    version: str
    trees: int = -1
    behind: int = -1

    @property
    def whole(self) -> int:
        """The bytes to read: the table, and the inline trees where they stand right behind it (Go 1.26)."""
        more = self.behind - self.header - self.length
        has_trees = self.header + self.length <= self.trees < self.behind
        return self.length + more if has_trees and 0 < more <= max(self.length, _TREES_LEAST) else self.length


async def read_module(memory: TargetMemory) -> Module:
    """Ask the program's variables where its tables are: small questions, all at once.

    Raises:
        NoAnswerError: dlv does not answer.
        NotReadError: there are no such variables (stripped), or they make no sense.

    """
    async with together() as at_once:
        here = at_once.ask(partial(memory.number, f"uintptr(&{_MODULE})"))
        last = at_once.ask(partial(memory.number, "uintptr(runtime.lastmoduledatap)"))
        header = at_once.ask(partial(memory.number, f"uintptr({_MODULE}.pcHeader)"))
        records = at_once.ask(partial(memory.number, f"uintptr(&{_MODULE}.pclntable[0])"))
        size = at_once.ask(partial(memory.number, f"len({_MODULE}.pclntable)"))
        text = at_once.ask(partial(memory.number, f"{_MODULE}.text"))
        trees = at_once.ask(partial(memory.number, f"{_MODULE}.gofunc"))
        behind = at_once.ask(partial(memory.number, f"{_MODULE}.findfunctab"))
        table = at_once.ask(partial(memory.evaluate, _TABLE))
        info = at_once.ask(partial(memory.evaluate, "(*string)(uintptr(&runtime.modinfo))"))
        version = at_once.ask(partial(memory.printed, "runtime.buildVersion"))
    length = records.get() + size.get() - header.get()
    if not LEAST_TABLE <= length <= TABLE_MOST:
        raise NotReadError(f"a Go line table of {length} bytes is not believed")
    moved = 0
    if abs(here.get() - header.get()) > _IMAGE_MOST:
        # A position-independent program at its first instruction: what points into it was not corrected yet.
        moved = here.get() - last.get()
        if abs(last.get() - header.get()) > _IMAGE_MOST or moved <= 0:
            raise NotReadError("its variables point elsewhere than into the program")
    return Module(
        header.get() + moved,
        length,
        text.get() + moved,
        moved,
        table.get(),
        info.get_or({}),
        version.get_or(""),
        trees.get_or(-1) + moved,
        behind.get_or(-1) + moved,
    )


async def unmoved(memory: TargetMemory, variable: str, moved: int) -> bytes:
    """Return the bytes of a string variable whose address was not corrected yet."""
    address, length = await memory.numbers(f"(*[2]uintptr)(uintptr(&{variable}))", 2)
    if length > TEXT_MOST:
        raise NotReadError(f"{variable} claims {length} bytes")
    return await memory.examine(address + moved, length) if length else b""
