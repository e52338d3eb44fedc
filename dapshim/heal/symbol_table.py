"""A copy with a symbol table, for a program that has debug info but no symbols (`-ldflags="-w=0 -s"`, Go 1.22 and newer).

Delve 1.27.1 refuses it: "could not parse ELF symbols: no symbol section". It only looks for `runtime.tlsg` there, to know where
a thread keeps its goroutine, and without it takes the place that Go's own linker chooses. So a table with no symbol but the
empty first one is enough, unless C code has variables of its own for each thread: then the place is another, and nothing is
added.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path
from typing import Final

import attrs
import trio

from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.source import ByteSource, read_exactly
from dapshim.heal.copying import Unusable, file_name, finished, key_of, needs_its_place, removed
from dapshim.heal.outcome import Copied, NotCopied
from dapshim.heal.store import Store, StoreError

_PT_TLS: Final = 7
_SYMTAB, _STRTAB = 2, 3
_FIRST_SYMBOL: Final = bytes(24)
_WIDE: Final = 2
_HEADER: Final = 64
_SECTION: Final = "IIQQQQIIQQ"
_SEGMENT: Final = "IIQQQQQQ"
_SECTIONS_MOST: Final = 1000


async def with_symbol_table(binary: BinaryFacts, store: Store) -> Copied | NotCopied:
    """Return a copy of the program to which a symbol table was added, made once for each program."""
    try:
        return await trio.to_thread.run_sync(_copied, binary, store)
    except (Unusable, StoreError, BinaryError) as error:
        why = str(error)
    except OSError as error:
        why = f"{error.filename or 'a file'}: {error.strerror or error}"
    return NotCopied(f"{binary.file.path} has no symbol table, and none was added to a copy: {why}.")


def _copied(binary: BinaryFacts, store: Store) -> Copied:
    path = binary.file.path
    if binary.container != "elf" or binary.symbols or binary.dwarf is None or binary.damage is not None:
        raise Unusable("it is no whole ELF program that has debug info and no symbols")
    if wrong := needs_its_place(binary):
        raise Unusable(wrong)
    key = key_of("symbols", path)
    kept = store.find(key)
    if kept is None:
        workplace = store.workplace()
        try:
            copy = Path(workplace, file_name(path))
            shutil.copyfile(path, copy)
            with copy.open("r+b") as file:
                end = file.seek(0, os.SEEK_END)
                place, added, fields = addition(_Opened(file.fileno(), end))
                file.seek(place)
                file.write(added)
                for at, value in fields:
                    file.seek(at)
                    file.write(value)
            kept = finished(store, key, workplace, path, lambda found: _wrong(binary, found))
        finally:
            removed(workplace)
    line = (
        f"{path} was linked with -s and has no symbol table, without which Delve refuses it. A copy with an empty one runs in "
        f"its place: {kept.path}."
    )
    return Copied(kept.path, line)


def _wrong(original: BinaryFacts, copy: BinaryFacts) -> str:
    """Return what is wrong with the copy; "" when it is the original with symbols."""
    expected = attrs.evolve(original, file=copy.file, sections=original.sections + 2, symbols=True)
    return "" if copy == expected else "the copy reads differently than the program"


@attrs.frozen
class _Opened:
    """The copy while it is changed."""

    descriptor: int
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset` on."""
        return os.pread(self.descriptor, max(0, min(length, self.size - offset)), offset)


def addition(source: ByteSource) -> tuple[int, bytes, tuple[tuple[int, bytes], ...]]:
    """Return where what is to be written, and which bytes of the ELF header change, so that it has a symbol table.

    What is added stands behind all that the file has: new names of sections, strings, one symbol, and the section headers
    again with two more.

    Raises:
        Unusable: the headers are of a kind for which this is not known to work.
        BinaryError: they are not in the file.

    """
    header = read_exactly(source, 0, _HEADER, "the ELF header")
    if header[4] != _WIDE:
        raise Unusable("it is a program of 32 bit")
    order = "<" if header[5] == 1 else ">"
    (machine,) = struct.unpack_from(f"{order}H", header, 18)
    phoff, shoff = struct.unpack_from(f"{order}QQ", header, 32)
    phentsize, phnum, shentsize, shnum, shstrndx = struct.unpack_from(f"{order}5H", header, 54)
    form = order + _SECTION
    if shentsize != struct.calcsize(form) or not 0 < shstrndx < shnum < _SECTIONS_MOST:
        raise Unusable("its section headers are unusual")
    _demand_known_place(source, order, machine, phoff, phentsize, phnum)
    rows = [
        list(each) for each in struct.iter_unpack(form, read_exactly(source, shoff, shnum * shentsize, "the section table"))
    ]
    names = read_exactly(source, rows[shstrndx][4], rows[shstrndx][5], "the table of section names")
    start = -(-source.size // 16) * 16
    added = bytearray(start - source.size)

    def put(data: bytes) -> int:
        at = source.size + len(added)
        added.extend(data)
        added.extend(bytes(-len(added) % 8))
        return at

    put(b"")
    rows[shstrndx][4:6] = [put(names + b".symtab\0.strtab\0"), len(names) + 16]
    strings, symbols = put(b"\0"), put(_FIRST_SYMBOL)
    rows.append([len(names), _SYMTAB, 0, 0, symbols, len(_FIRST_SYMBOL), shnum + 1, 1, 8, len(_FIRST_SYMBOL)])
    rows.append([len(names) + 8, _STRTAB, 0, 0, strings, 1, 0, 0, 1, 0])
    table = put(b"".join(struct.pack(form, *row) for row in rows))
    changed = ((40, struct.pack(f"{order}Q", table)), (60, struct.pack(f"{order}H", len(rows))))
    return source.size, bytes(added), changed


def _demand_known_place(source: ByteSource, order: str, machine: int, phoff: int, phentsize: int, phnum: int) -> None:
    """Raise Unusable unless Delve finds goroutines without `runtime.tlsg`: no thread's block, or one with Go's word alone."""
    form = order + _SEGMENT
    if phentsize != struct.calcsize(form):
        raise Unusable("its program headers are unusual")
    rows = struct.iter_unpack(form, read_exactly(source, phoff, phnum * phentsize, "the segment table"))
    for kind, _, _, _, _, _, memory, align in rows:
        # On amd64 alone Delve's own choice is then right: the last word in front of the thread's register.
        if kind == _PT_TLS and (machine != 62 or memory != 8 or align > 8):  # noqa: PLR2004 - EM_X86_64, and a word
            raise Unusable("its C code has variables of each thread, so Delve would not find the goroutines")
