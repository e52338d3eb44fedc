"""A program's headers as they stand in its memory: where it is, what identifies its build, and where its line table is.

The table is looked for in one without symbols, of which Delve evaluates nothing. The loader maps an ELF file's header and
program headers with its first segment, its notes too; section headers it does not. So an `Image` is made of what was fetched
of the memory, without sections, and the readers of `dapshim.binary` work on it as they work on a stripped file. Which bytes to
fetch is what stands here; what they mean those readers know.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from typing import Final

import attrs
import trio

from dapshim.binary.elf import MAGIC, read_elf
from dapshim.binary.errors import BinaryError
from dapshim.binary.image import WIDE, Image, Segment
from dapshim.binary.pclntab import MAGICS, read_header
from dapshim.binary.reading import Executable, executable_of
from dapshim.binary.table_search import RECORD_MOST, TABLE_MOST
from dapshim.delve.target_memory import EXAMINED_MOST, NotReadError, TargetMemory

PAGE: Final = 4096
"""What is fetched of a place where a program may begin: header, program headers and notes are there (Go 1.26, gcc, clang)."""

USUAL_BASE: Final = 0x400000
"""Where Go's linker and gcc put an ELF program of amd64 that is not position-independent; for arm64 Go takes 0x10000."""

BASES: Final = (USUAL_BASE, 0x10000)

SEARCHED_MOST: Final = 48 << 20
"""Bytes that a search fetches at most; a program of 23 MB needs some eight."""

SEGMENT_MOST: Final = 1 << 32
"""The largest segment that is believed."""

_STEP: Final = 4 * EXAMINED_MOST
"""Bytes that are fetched before they are searched: at a distance each step costs a delay."""

_FINDFUNCTAB: Final = 19
"""The word of moduledata with the table that follows the inline trees (Go 1.18 to 1.27)."""

_BUILD_INFO_MOST: Final = 1 << 20
_NT_GO: Final = 4
_GO_ID: Final = re.compile(rb"[\w-]{20}(?:/[\w-]{20}){3}")
"""The id that the go command gives: hashes of what went into the program and of what came out. One that somebody sets by
-ldflags=-buildid=, as Bazel does, may be that of many programs, so it identifies none."""

_IN_TEXT: Final = re.compile(rb'\xff Go build ID: "([\w/-]+)"\n \xff')


@attrs.define(eq=False)
class Fetched:
    """A `ByteSource` of the file's bytes that were fetched from memory; where nothing was, there is nothing."""

    size: int = 1 << 62
    _parts: dict[int, bytearray] = attrs.field(factory=dict)

    def put(self, offset: int, data: bytes) -> None:
        """Keep bytes; those that continue a part that is there are joined to it."""
        for start, part in self._parts.items():
            if start <= offset <= start + len(part):
                part[offset - start :] = data
                return
        self._parts[offset] = bytearray(data)

    def end_of(self, offset: int) -> int:
        """Return where the bytes end that were fetched from `offset` on."""
        return max(
            (start + len(part) for start, part in self._parts.items() if start <= offset <= start + len(part)), default=offset
        )

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset` on that are there."""
        for start, part in self._parts.items():
            if start <= offset < start + len(part):
                return bytes(part[offset - start : offset - start + length])
        return b""


@attrs.frozen(eq=False)
class Mapped:
    """A program whose first page was found: its headers, what was fetched of it, and how far it was moved."""

    image: Image
    fetched: Fetched
    bias: int
    build_id: str
    """What identifies the build, "" when nothing certain does."""


def mapped_at(address: int, page: bytes) -> Mapped | None:
    """Return the program whose first page this is; None when it is none, or one whose headers make no sense."""
    if not page.startswith(MAGIC):
        return None
    fetched = Fetched()
    fetched.put(0, _without_sections(page))
    try:
        image = read_elf(fetched)
    except BinaryError:
        return None
    first = next((each for each in image.segments if each.offset == 0 and each.file_size), None)
    if first is None or any(each.file_size > SEGMENT_MOST for each in image.segments):
        return None
    return Mapped(image, fetched, address - first.address, _build_id(page, image))


def build_id_in_text(text: bytes) -> str:
    """Return the build id with which the text of a Mach-O or PE program begins; "" when none is there that is certain."""
    found = _IN_TEXT.match(text)
    return found[1].decode() if found is not None and _GO_ID.fullmatch(found[1]) else ""


def _without_sections(page: bytes) -> bytes:
    """Return an ELF header that names no sections, as they are not in memory."""
    wide = page[4:5] == b"\x02"
    numbers, table = (60, slice(40, 48)) if wide else (48, slice(32, 36))
    cut = bytearray(page)
    cut[table] = bytes(table.stop - table.start)
    cut[numbers : numbers + 4] = bytes(4)
    return bytes(cut)


def _build_id(page: bytes, image: Image) -> str:
    """Return Go's build id from the notes in the first page."""
    form = f"{image.order}III"
    at = page.find(b"Go\0\0")
    while at >= 0:
        start = at - struct.calcsize(form)
        if start >= 0:
            name, length, kind = struct.unpack_from(form, page, start)
            text = page[at + 4 : at + 4 + length]
            if (name, kind) == (4, _NT_GO) and _GO_ID.fullmatch(text):
                return text.decode()
        at = page.find(b"Go\0\0", at + 1)
    return ""


# -- the search ------------------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class TargetSearch:
    """The search for the line table of a program without symbols, by what its memory holds."""

    memory: TargetMemory
    mapped: Mapped
    _left: int = SEARCHED_MOST

    async def executable(self) -> Executable:
        """Return the program as far as it was fetched; raise NotReadError when its table is not found."""
        image = self.mapped.image
        await self._fetch_build_info()
        for segment in _likely_first(image.segments):
            if await self._has_table(segment):
                try:
                    executable = await trio.to_thread.run_sync(executable_of, image)
                except BinaryError:
                    continue
                await self._fetch_trees(segment, executable)
                return executable
        raise NotReadError("no table of Go functions was found in its memory")

    async def _fetch_build_info(self) -> None:
        """Fetch the head of what can be written to, where build info and moduledata are."""
        for segment in self.mapped.image.segments:
            if segment.writable and segment.file_size:
                await self._fetch(segment, min(segment.file_size, _BUILD_INFO_MOST))

    async def _has_table(self, segment: Segment) -> bool:
        """Fetch a segment until a whole table is there; return whether there may be one."""
        image, done = self.mapped.image, 0
        patterns = [magic.to_bytes(4, image.byte_order) + b"\0\0" for magic in MAGICS]
        while done < segment.file_size:
            end = min(segment.file_size, done + _STEP)
            await self._fetch(segment, end)
            data = self.mapped.fetched.read(segment.offset + done, end - done)
            for at in _places(data, patterns, image.pointer_size):
                if await self._fetch_table(segment, done + at):
                    return True
            done = end if end == segment.file_size else end - WIDE
        return False

    async def _fetch_table(self, segment: Segment, at: int) -> bool:
        """Fetch the table whose header may be `at` bytes into a segment; return whether it makes sense so far."""
        read = self.mapped.fetched.read
        await self._fetch(segment, min(segment.file_size, at + 80))
        try:
            header = read_header(read(segment.offset + at, 80))
        except BinaryError:
            return False
        entries = at + header.records_at + (2 * header.functions + 1) * header.field_size
        if not header.functions or entries - at > TABLE_MOST or entries > segment.file_size:
            return False
        await self._fetch(segment, entries)
        last = read(segment.offset + entries - 2 * header.field_size, header.field_size)
        end = at + header.records_at + int.from_bytes(last, header.byte_order) + RECORD_MOST
        await self._fetch(segment, min(segment.file_size, end))
        return True

    def table_with_trees(self, executable: Executable) -> tuple[bytes, int]:
        """Return the bytes of the table that was found, and where in them the inline trees begin; -1 where they are not."""
        image, module, address = executable.image, executable.module, executable.found.address
        table = image.read_at(address, TABLE_MOST)
        end = self._end_of_trees(executable)
        if module.gofunc is None or not 0 < end - module.gofunc <= TABLE_MOST:
            return table, -1
        if address < module.gofunc and end <= address + len(table):
            return table, module.gofunc - address
        return table + image.read_at(module.gofunc, end - module.gofunc), len(table)

    def _end_of_trees(self, executable: Executable) -> int:
        """Return the address of what follows the inline trees, which the module names; 0 where it does not."""
        module = executable.module
        words = executable.image.pointers_at(module.address, _FINDFUNCTAB + 1) if module.address is not None else ()
        return words[_FINDFUNCTAB] if words else 0

    async def _fetch_trees(self, segment: Segment, executable: Executable) -> None:
        """Fetch the inline trees where they stand behind the table (Go 1.26); before it, they are there already."""
        end, gofunc = self._end_of_trees(executable), executable.module.gofunc
        if gofunc is not None and executable.found.address < gofunc < end:
            await self._fetch(segment, min(segment.file_size, end - segment.address))

    async def _fetch(self, segment: Segment, end: int) -> None:
        """Fetch the bytes of a segment that are not there yet, up to `end` bytes into it."""
        fetched = self.mapped.fetched
        have = fetched.end_of(segment.offset) - segment.offset
        if have >= end:
            return
        self._left -= end - have
        if self._left < 0:
            raise NotReadError(f"no table of Go functions was found in {SEARCHED_MOST} bytes of its memory")
        data = await self.memory.examine(segment.address + self.mapped.bias + have, end - have)
        fetched.put(segment.offset + have, data)


def _likely_first(segments: Iterable[Segment]) -> list[Segment]:
    return sorted((each for each in segments if each.file_size), key=lambda each: (each.executable, each.writable))


def _places(data: bytes, patterns: Iterable[bytes], pointer_size: int) -> list[int]:
    """Return where in these bytes a table may begin."""
    found = []
    for pattern in patterns:
        at = data.find(pattern)
        while at >= 0:
            if data[at + 7 : at + 8] == bytes([pointer_size]):
                found.append(at)
            at = data.find(pattern, at + 1)
    return sorted(found)
