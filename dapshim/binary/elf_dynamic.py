"""What an ELF file asks of the loader, and how it names itself: libraries, build ids, its debug link."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import attrs

from dapshim.binary.image import WIDE, Image

_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 0, 1, 5, 14, 15, 29

DYNAMIC_MOST: Final = 64 * 1024
"""The most bytes of the dynamic section that are read; a program with a hundred libraries has some kilobytes."""

NOTES_MOST: Final = 1024 * 1024
"""The most bytes of notes that are read; those of a core file with a thousand threads have half of that."""

_NAME_MOST: Final = 4096
_ALIGN: Final = 4
_GO_BUILD_ID, _GNU_BUILD_ID = 4, 3
_ID_MOST: Final = 256


@attrs.frozen
class Dynamic:
    """The libraries that are asked for by name, and the folders in which the file itself says to look for them."""

    needed: tuple[str, ...] = ()
    run_path: tuple[str, ...] = ()


def read_dynamic(image: Image) -> Dynamic:
    """Return what the dynamic section asks for; nothing where there is none, or where it is damaged."""
    if image.dynamic is None:
        return Dynamic()
    offset, size = image.dynamic
    form = f"{image.order}{'QQ' if image.pointer_size == WIDE else 'II'}"
    data = image.source.read(offset, min(size, DYNAMIC_MOST))
    rows: list[tuple[int, int]] = []
    for tag, value in struct.iter_unpack(form, data[: len(data) // struct.calcsize(form) * struct.calcsize(form)]):
        if tag == _DT_NULL:
            break
        rows.append((tag, value))
    strings = next((value for tag, value in rows if tag == _DT_STRTAB), 0)

    def text(place: int) -> str:
        return image.read_at(strings + place, _NAME_MOST).partition(b"\0")[0].decode(errors="replace")

    needed = tuple(filter(None, (text(value) for tag, value in rows if tag == _DT_NEEDED)))
    # The newer of the two counts alone where both are there (ld.so(8)).
    paths = [text(value) for wanted in (_DT_RUNPATH, _DT_RPATH) for tag, value in rows if tag == wanted]
    return Dynamic(needed, tuple(filter(None, paths[0].split(":"))) if paths else ())


def notes(image: Image) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield (owner, type, what it says) of every note: of sections, as Delve looks for them; without sections, of segments.

    Go's own linker puts `.note.gnu.build-id` into no segment of notes (Go 1.24 to 1.27).
    """
    places = [(each.offset, each.file_size) for each in image.sections if each.name.startswith(".note.")] or list(image.notes)
    left = NOTES_MOST
    for offset, size in places:
        data = image.source.read(offset, min(size, left))
        left -= len(data)
        at = 0
        while at + 12 <= len(data):
            owner_size, length, kind = struct.unpack_from(f"{image.order}III", data, at)
            at += 12
            owner = data[at : at + owner_size].rstrip(b"\0")
            at += _aligned(owner_size)
            yield owner, kind, data[at : at + length]
            at += _aligned(length)


def _aligned(size: int) -> int:
    return (size + _ALIGN - 1) // _ALIGN * _ALIGN


@attrs.frozen
class BuildIds:
    """`go`: the four hashes that the go command wrote; `gnu`: hexadecimal digits, as debuggers look for them."""

    go: str = ""
    gnu: str = ""


def read_build_ids(image: Image) -> BuildIds:
    """Return both build ids; "" for one that is not there."""
    go = gnu = ""
    for owner, kind, said in notes(image):
        if (owner, kind) == (b"Go", _GO_BUILD_ID):
            go = go or said[:_ID_MOST].decode(errors="replace").rstrip("\0")
        elif (owner, kind) == (b"GNU", _GNU_BUILD_ID):
            gnu = gnu or said[:_ID_MOST].hex()
    return BuildIds(go, gnu)


@attrs.frozen
class DebugLink:
    """Which file has the debug info, by its name, and that file's CRC-32."""

    name: str
    crc: int


def read_debug_link(image: Image) -> DebugLink | None:
    """Return what `.gnu_debuglink` says, read as Delve 1.27.1 reads it (the CRC is the last word, little-endian)."""
    section = image.section(".gnu_debuglink")
    if section is None or section.compression or not 0 < section.file_size <= _NAME_MOST:
        return None
    data = image.source.read(section.offset, section.file_size)
    name, _, rest = data.partition(b"\0")
    if not name or len(rest) < _ALIGN:
        return None
    return DebugLink(name.decode(errors="replace"), int.from_bytes(data[-_ALIGN:], "little"))
