"""Which source files a program records that only dlv can reach: attached to at a distance, or its file is not ours to read.

Delve tells it while the program stands still, between `initialized` and `configurationDone` or at a stop. Three ways, the next
one where one leads nowhere:

    table     Go's own variables name the line table, and one `readMemory` brings it; for a position-independent program that
              has not begun, and whose variables do not know yet where it is, pieces of 64 KiB
    search    a stripped program has no variables, but its headers are in memory, and the table is found as in a stripped file
    sources   `dlv sources`, names alone

What was read is kept by the build id, so that a second attach asks a few small questions only. All questions are such that the
client sees nothing of them. This file knows no session: who asks is passed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, Literal, TypeVar

import attrs
import trio

from dapshim.binary.build_info import TEXT_MOST, read_build_text, unframed, unquote
from dapshim.binary.elf import MAGIC
from dapshim.binary.files_of_code import FilesOfCode
from dapshim.binary.pclntab import GO_1_16, LineTable
from dapshim.binary.recorded import Recorded
from dapshim.binary.recorded_names import clean
from dapshim.delve.beside import in_thread
from dapshim.delve.program_reading import program_of_names
from dapshim.delve.read_programs import ReadProgram, ReadPrograms
from dapshim.delve.target_cache import TargetCache, TargetRecord
from dapshim.delve.target_memory import (
    TRANSFER,
    Asker,
    NoAnswerError,
    NotReadError,
    Pending,
    Reference,
    TargetMemory,
    TargetMissingError,
    TargetRunningError,
    TargetUnreadableError,
    together,
)
from dapshim.delve.target_module import ANY_VARIABLE, Module, read_module, unmoved
from dapshim.delve.target_program import assembled, keep_program, key_of, may_be_kept
from dapshim.delve.target_search import BASES, PAGE, USUAL_BASE, Mapped, TargetSearch, build_id_in_text, mapped_at
from dapshim.sources.infer import with_names
from dapshim.sources.spelling import AdapterPath

__all__ = ["Asker", "ReadTarget", "TargetMissingError", "TargetRunningError", "TargetUnreadableError", "read_target"]

SEARCH: Final = 10.0
"""Seconds for a search in memory: a program of 23 MB takes one."""

NAMES_MOST: Final = 200_000
"""The most names that are taken from `dlv sources`; dlv itself has some 1,300."""

_CGO: Final = "_cgo_gotypes.go"
_GOS: Final = (".go", ".s", ">", "?")
"""How names end that Go's own table has too, or that are none."""

_IN_TEXT_MOST: Final = 256

_HIGH: Final = 1 << 32
"""Programs that are not position-independent lie below."""

_PAGES_BELOW: Final = 64
"""How many pages below its text a program's beginning is looked for, where it is not where it usually is."""

T = TypeVar("T")

Source = Literal["table", "search", "sources"]
Later = Callable[[Callable[[], None]], None]


@attrs.frozen(eq=False)
class ReadTarget:
    """What was read. Addresses are those of the running program; they are None where nothing told them."""

    program: ReadProgram
    how: Source
    kept: bool = False
    """Whether it was in a cache, so that nothing large was read."""
    text: int | None = None
    """What the table's entries count from: the address `pc` is `table.position(pc - text)`."""
    bias: int | None = None
    """How far the program was moved from where its file says."""
    notices: tuple[str, ...] = ()
    """Why a better way was not taken, as sentences for a log."""

    @property
    def recorded(self) -> Recorded:
        """Its files."""
        return self.program.recorded

    @property
    def code(self) -> FilesOfCode | None:
        """Questions about single files, such as the lines with a statement; None when names alone are known."""
        return self.program.code

    @property
    def table(self) -> LineTable | None:
        """Its line table, None when names alone are known."""
        return self.program.table


async def read_target(
    asker: Asker, cache: TargetCache | None, programs: ReadPrograms | None = None, later: Later | None = None
) -> ReadTarget:
    """Read which source files the program records that the adapter has; `programs` are those that this dapshim has read.

    What is to be written into `cache` is handed to `later`, as functions that block; without it, it is written at once.

    Raises:
        TargetRunningError: it runs; ask again when it stands still.
        TargetMissingError: there is none yet.
        TargetUnreadableError: neither its memory nor dlv tells any file; the message says what was tried.

    Whatever `asker.call` raises because there is no adapter any more goes through.

    """
    return await _Reading(TargetMemory(asker), cache, programs or ReadPrograms(), later).target()


@attrs.define(eq=False)
class _Reading:
    """One reading of a program, way by way."""

    memory: TargetMemory
    cache: TargetCache | None
    programs: ReadPrograms
    later: Later | None
    notices: list[str] = attrs.field(factory=list)

    async def target(self) -> ReadTarget:
        """Return what the first way that leads somewhere brings."""
        try:
            return await self._by_table_or_search()
        except NotReadError as error:
            self.notices.append(str(error))
        try:
            return await self._by_sources()
        except NotReadError as error:
            tried = "; ".join([*self.notices, str(error)])
            raise TargetUnreadableError(f"the program's source files cannot be read through dlv: {tried}") from error

    async def _by_table_or_search(self) -> ReadTarget:
        try:
            known = await self._by_first_page() if self._has_any else None
            if known is not None:
                return known
            module = await read_module(self.memory)
        except NoAnswerError as error:
            # The smallest questions: whatever is asked next would wait as long.
            raise TargetUnreadableError(f"the program's source files cannot be read: {error}") from error
        except NotReadError as error:
            self.notices.append(f"its variables do not tell where its line table is: {error}")
            with trio.move_on_after(SEARCH):
                return await self._by_search()
            raise NotReadError(f"no line table was found in its memory within {SEARCH:g} s") from error
        with trio.move_on_after(2 * TRANSFER):
            return await self._by_table(module)
        raise NotReadError(f"its line table of {module.whole} bytes did not come within {2 * TRANSFER:g} s")

    # -- by what was read before ---------------------------------------------------------------------------------------------

    @property
    def _has_any(self) -> bool:
        """Whether any program was read before."""
        return not self.programs.is_empty or (self.cache is not None and not self.cache.is_empty)

    async def _by_first_page(self) -> ReadTarget | None:
        """Return a program that was read before, by the build id in the page where it usually begins; else None.

        These are three questions instead of some twenty. Raises NoAnswerError when dlv does not answer.
        """
        async with together() as at_once:
            variable = at_once.ask(partial(self.memory.number, ANY_VARIABLE))
            pages = {each: at_once.ask(partial(self.memory.examine, each, PAGE)) for each in BASES}
        try:
            variable.get()
            how: Source = "table"
        except NoAnswerError:
            raise
        except NotReadError:
            how = "search"
        mapped = _first(pages)
        if mapped is None or not mapped.build_id:
            return None
        program = await self._read_before(mapped.build_id)
        if program is None or program.table is None or program.text is None:
            return None
        return ReadTarget(program, how, kept=True, text=program.text + mapped.bias, bias=mapped.bias)

    # -- by variables ------------------------------------------------------------------------------------------------------

    async def _by_table(self, module: Module) -> ReadTarget:
        memory = self.memory
        page = module.text - module.text % PAGE
        places = dict.fromkeys((page - PAGE, module.moved + USUAL_BASE, module.moved or page - 2 * PAGE))
        async with together() as at_once:
            table = at_once.ask(partial(memory.reference, module.table)) if not module.moved else None
            info = at_once.ask(partial(memory.reference, module.info)) if not module.moved else None
            rodata = at_once.ask(partial(memory.reference, module.rodata)) if module.apart and not module.moved else None
            begin = at_once.ask(partial(memory.examine, module.text, _IN_TEXT_MOST))
            pages = [(each, at_once.ask(partial(memory.examine, each, PAGE))) for each in places]
        build_id = build_id_in_text(begin.get_or(b""))
        mapped = _holding(module.text, {address: each.get_or(b"") for address, each in pages})
        if mapped is None and not build_id and module.text > _HIGH:
            mapped = await self._found_below(module.text)
        if mapped is not None:
            build_id = mapped.build_id
        bias = module.moved or (mapped.bias if mapped is not None else None)

        async def read() -> TargetRecord:
            of_table = table.get() if table is not None else None
            of_info = info.get_or(None) if info is not None else None
            of_rodata = rodata.get_or(None) if rodata is not None else None
            async with together() as at_once:
                data = at_once.ask(partial(self._bytes, of_table, module.header, 0, module.whole))
                text = at_once.ask(partial(self._text, module, "runtime.modinfo", of_info))
                within = module.trees - module.rodata_at
                trees = at_once.ask(partial(self._bytes, of_rodata, module.trees, within, module.apart))
                spelt = at_once.ask(partial(unmoved, memory, "runtime.buildVersion", module.moved)) if module.moved else None
            version = unquote(module.version) if module.version[:1] == '"' else ""
            if spelt is not None:
                version = spelt.get_or(b"").decode(errors="replace")
            if len(data.get()) < module.length:
                raise NotReadError(f"only {len(data.get())} of the {module.length} bytes of its line table can be read")
            start = module.text - bias if bias is not None else -1
            behind = trees.get_or(b"")
            place = len(data.get()) if behind else module.trees - module.header if module.whole > module.length else -1
            return TargetRecord(data.get() + behind, version, unframed(text.get_or(b"")), place, start)

        return await self._from_record("table", build_id, read, module.text, bias)

    async def _bytes(self, reference: Reference | None, address: int, offset: int, length: int) -> bytes:
        """Return bytes by a reference and the offset from it, or, where there is none, by their address."""
        if reference is not None and offset >= 0:
            return await self.memory.read(reference.name, length, offset)
        return await self.memory.examine(address, length) if length else b""

    async def _text(self, module: Module, variable: str, reference: Reference | None) -> bytes:
        """Return the bytes of a string variable; by its reference Delve gives no more than it has."""
        if reference is not None:
            return await self.memory.read(reference.name, TEXT_MOST)
        return await unmoved(self.memory, variable, module.moved)

    async def _found_below(self, text: int) -> Mapped | None:
        """Return the position-independent program whose first page is farther below its text: C's linker has tables between."""
        page = text - text % PAGE
        async with together() as at_once:
            heads = {
                page - number * PAGE: at_once.ask(partial(self.memory.examine, page - number * PAGE, len(MAGIC)))
                for number in range(1, _PAGES_BELOW)
            }
        found = next((address for address, head in heads.items() if head.get_or(b"") == MAGIC), None)
        try:
            return _holding(text, {found: await self.memory.examine(found, PAGE)}) if found is not None else None
        except NotReadError:
            return None

    # -- by a search -------------------------------------------------------------------------------------------------------

    async def _by_search(self) -> ReadTarget:
        async with together() as at_once:
            pages = {each: at_once.ask(partial(self.memory.examine, each, PAGE)) for each in BASES}
        mapped = _first(pages)
        if mapped is None:
            where = ", ".join(map(hex, BASES))
            raise NotReadError(f"no program begins at {where}: it has no symbols, and may be anywhere")

        async def read() -> TargetRecord:
            search = TargetSearch(self.memory, mapped)
            executable = await search.executable()
            version, text = read_build_text(executable.image)
            table, trees = search.table_with_trees(executable)
            start = executable.module.text if executable.module.text is not None else -1
            return TargetRecord(table, version, text, trees, start)

        return await self._from_record("search", mapped.build_id, read, None, mapped.bias)

    # -- what was read -----------------------------------------------------------------------------------------------------

    async def _from_record(
        self, how: Source, build_id: str, read: Callable[[], Awaitable[TargetRecord]], text: int | None, bias: int | None
    ) -> ReadTarget:
        """Return what is kept of this build, or else what `read` brings, which is then kept."""
        program = await self._read_before(build_id)
        kept = program is not None
        if program is None or program.table is None:
            program = await self._read_now(build_id, read)
        if program.table is not None and program.table.header.magic == GO_1_16:
            text = 0
        else:
            if build_id:
                program = self.programs.keep(key_of(build_id), program)
            if text is None and program.text is not None and bias is not None:
                text = program.text + bias
        return ReadTarget(program, how, kept, text, bias, tuple(self.notices))

    async def _read_before(self, build_id: str) -> ReadProgram | None:
        """Return what was read of a build by this dapshim, or is kept on the disk by an earlier one."""
        if not build_id:
            return None
        cache, program = self.cache, self.programs.get(key_of(build_id))
        if cache is None:
            return program
        if program is not None:
            await self._do_later(partial(cache.note_use, build_id))
            return program

        def load() -> ReadProgram | None:
            record = cache.load(build_id)
            return assembled(record) if record is not None else None

        program = await in_thread(load)
        return self.programs.keep(key_of(build_id), program) if program is not None else None

    async def _do_later(self, work: Callable[[], None]) -> None:
        if self.later is not None:
            self.later(work)
        else:
            await in_thread(work)

    async def _read_now(self, build_id: str, read: Callable[[], Awaitable[TargetRecord]]) -> ReadProgram:
        record = await read()
        if _CGO.encode() in record.table:
            record = attrs.evolve(record, names=await self._c_names())
        program = await in_thread(assembled, record)
        if program is None:
            raise NotReadError("what was read of its memory is no Go line table")
        if self.cache is not None and build_id and may_be_kept(record):
            await self._do_later(partial(keep_program, self.cache, build_id, record, program))
        return program

    async def _c_names(self) -> tuple[str, ...]:
        """Return the names of files that are not Go's, which dlv alone tells."""
        try:
            names = await self._names()
        except NotReadError as error:
            self.notices.append(f"C files are not known: {error}")
            return ()
        return tuple(each for each in names if not each.endswith(_GOS))

    async def _by_sources(self) -> ReadTarget:
        names = await self._names()
        if not names:
            raise NotReadError("`dlv sources` names none")
        program = program_of_names(with_names(Recorded(), map(AdapterPath, names)))
        return ReadTarget(program, "sources", notices=tuple(self.notices))

    async def _names(self) -> list[str]:
        shown = await self.memory.printed("dlv sources", TRANSFER)
        names = (clean(each) for each in shown.split("\n")[:NAMES_MOST] if each and each != "?" and not each.startswith("<"))
        return list(dict.fromkeys(names))


def _first(pages: Mapping[int, Pending[bytes]]) -> Mapped | None:
    """Return the program that begins in one of these pages."""
    found = (mapped_at(address, page.get_or(b"")) for address, page in pages.items())
    return next((each for each in found if each is not None), None)


def _holding(text: int, pages: Mapping[int, bytes]) -> Mapped | None:
    """Return the program, begun by one of these pages, that has its text at an address."""
    found = (mapped_at(address, page) for address, page in pages.items())
    return next((each for each in found if each is not None and each.image.is_code(text - each.bias)), None)
