"""Which packages an executable has debug info for, and the flags that each was compiled with: `DW_AT_producer` of its units.

Every unit's header and first entry are read and nothing else, since the go command compiles each package with flags of its own:
`-gcflags=-N -l` without `all=` leaves all but the named packages optimised, and no sample would show which. The section is
unpacked in one direction, in pieces; what is in between costs its time to unpack.
"""

from __future__ import annotations

import re
import struct
from functools import cached_property
from typing import Final

import attrs

from dapshim.binary.errors import BinaryError, damage_named
from dapshim.binary.image import Compression, Image, Section
from dapshim.binary.moduledata import minor_of
from dapshim.binary.section_stream import SectionStream, unpacked_size

UNITS_MOST: Final = 30_000
"""The most units that are read; Kubernetes' largest program has some 4,000."""

UNPACKED_MOST: Final = 256 * 1024 * 1024
"""How far into `.debug_info` units are read; that of a 100 MB program has 40 MB."""

CLAIMED_MOST: Final = 1024 * 1024 * 1024
"""A section that claims to unpack to more is damage: Delve 1.27.1 unpacks it all, and at 2 GiB gives no answer in a minute."""

RATIO_MOST: Final = 1040
"""Deflate packs 1032 bytes into one at best; a claim of more is no true one."""

ABBREVIATIONS_MOST: Final = 4 * 1024 * 1024
ATTRIBUTES_MOST: Final = 200_000
"""The most attributes that are decoded in all; a Go unit has ten."""

_HEAD: Final = 768
_WHOLE_HEAD: Final = 16 * 1024
_LONG: Final = 0xFFFFFFFF
_GO: Final = 0x16
_COMPILE_UNIT: Final = 0x11
_NAME, _LANGUAGE, _PRODUCER = 0x03, 0x13, 0x25
_STRING, _ULEB, _SLEB = 0x08, 0x0F, 0x0D
_FIXED: Final = {
    0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x0C: 1, 0x11: 1, 0x12: 2, 0x13: 4, 0x14: 8, 0x19: 0, 0x1E: 16, 0x20: 8, 0x21: 0,
    0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4, 0x29: 1, 0x2A: 2, 0x2B: 3, 0x2C: 4,
}  # fmt: skip
"""The sizes of forms."""
_OFFSETS: Final = frozenset({0x0E, 0x10, 0x17, 0x1F, 0x1D, 0x1C})
_ULEBS: Final = frozenset({0x0F, 0x15, 0x1A, 0x1B, 0x22, 0x23})
_BLOCKS: Final = {0x0A: 1, 0x03: 2, 0x04: 4, 0x09: 0, 0x18: 0}
"""Forms with a length in front, and its size; 0 for one of LEB128."""
_ADDRESS, _IMPLICIT = 0x01, 0x21

_INFO: Final = (".debug_info", ".zdebug_info", "__debug_info", "__zdebug_info")
_ABBREVIATIONS: Final = (".debug_abbrev", ".zdebug_abbrev", "__debug_abbrev", "__zdebug_abbrev")
_DEBUG: Final = re.compile(r"(?:\.|__)z?debug_")
_SCRIPTS: Final = frozenset({".debug_gdb_scripts", "__debug_gdb_scri"})
"""What a linker writes for gdb; it is no debug info."""
_GO_VERSION: Final = re.compile(r"\b(?:devel )?go1\.\d[^\s;]*")


@attrs.frozen(slots=False)
class CompileUnit:
    """One unit of Go code: its package's import path, and what made it, verbatim."""

    package: str
    producer: str

    @cached_property
    def flags(self) -> str:
        """What stands behind the `;`: `-N -l regabi`. "" where there is none."""
        return self.producer.partition(";")[2].strip()

    @property
    def go_version(self) -> str:
        """The compiler's version as it stands there, `go1.26.6`; "" where none does."""
        found = _GO_VERSION.search(self.producer)
        return found[0] if found is not None else ""

    @property
    def no_optimizations(self) -> bool:
        """Whether `-N` is among the flags."""
        return "-N" in self.flags.split()

    @property
    def no_inlining(self) -> bool:
        """Whether `-l` is among the flags."""
        return "-l" in self.flags.split()

    @property
    def optimized(self) -> bool:
        """Whether Delve takes it for optimised (1.27.1, bininfo.go): since Go 1.10 without `-N` or without `-l`."""
        return not (self.no_optimizations and self.no_inlining) and not 0 < minor_of(self.go_version) < 10  # noqa: PLR2004


@attrs.frozen
class Dwarf:
    """The debug info of an executable, as far as its units' heads tell.

    `version` is that of the first Go unit, else of the first one; `compression` that of `.debug_info`. `others` counts units of
    other languages. `whole` says whether all units were looked at; `problem` why not, or what is damaged.
    """

    sections: tuple[str, ...] = ()
    version: int = 0
    compression: Compression = ""
    units: tuple[CompileUnit, ...] = attrs.field(default=(), repr=False)
    others: int = 0
    whole: bool = False
    problem: str = ""
    damaged: bool = False
    """Whether `problem` is one of the file, and not of what can be read here."""
    too_large: bool = False
    """Whether a section unpacks to more than Delve can take (CLAIMED_MOST)."""


def read_dwarf(image: Image) -> Dwarf | None:
    """Return what the debug info tells of itself; None for an executable without any. Damage is told, not raised."""
    sections = tuple(
        each for each in image.sections if _DEBUG.match(each.name) and each.name not in _SCRIPTS and each.file_size
    )
    info = image.section(*_INFO)
    if info is None or not info.file_size:
        return None
    names = tuple(each.name for each in sections)
    try:
        for each in sections:
            _demand_possible(image, each)
        reader = _Units(image, info)
        with damage_named("the debug info"):
            reader.read()
    except BinaryError as error:
        large, damaged = isinstance(error, _TooLargeError), error.kind != "unsupported"
        return Dwarf(names, compression=info.compression, problem=str(error), damaged=damaged, too_large=large)
    return Dwarf(
        names,
        reader.version,
        info.compression,
        tuple(reader.units),
        reader.others,
        reader.whole,
        reader.problem,
        reader.damaged,
    )


def _demand_possible(image: Image, section: Section) -> None:
    """Raise BinaryError for a section that ends behind the file, or claims what it cannot unpack to."""
    if section.offset + section.file_size > image.source.size:
        end = section.offset + section.file_size
        raise BinaryError("truncated", f"truncated: section {section.name} ends at byte {end}, the file at {image.source.size}")
    size = unpacked_size(image, section)
    if section.compression in ("zlib", "zdebug") and size > RATIO_MOST * section.file_size:
        raise BinaryError(
            "malformed", f"section {section.name} of {section.file_size} bytes claims to unpack to {size}, which cannot be"
        )
    if size > CLAIMED_MOST:
        raise _TooLargeError("malformed", f"section {section.name} unpacks to {size} bytes, more than {CLAIMED_MOST}")


class _TooLargeError(BinaryError):
    pass


@attrs.frozen
class _Abbreviation:
    tag: int
    attributes: tuple[tuple[int, int], ...]


class _Units:
    """Walks the units; what was found until something was damaged stays."""

    def __init__(self, image: Image, info: Section) -> None:
        abbreviations = image.section(*_ABBREVIATIONS)
        if abbreviations is None:
            raise BinaryError("malformed", f"there is a section {info.name} and no .debug_abbrev")
        self.version = 0
        self.units: list[CompileUnit] = []
        self.others = 0
        self.whole = False
        self.problem = ""
        self.damaged = False
        self._order = image.order
        self._stream = SectionStream(image, info)
        stream = SectionStream(image, abbreviations)
        self._abbreviations = stream.read(0, min(stream.size, ABBREVIATIONS_MOST))
        self._known: dict[tuple[int, int], _Abbreviation] = {}
        self._left = ATTRIBUTES_MOST

    def read(self) -> None:
        at = 0
        size = min(self._stream.size, UNPACKED_MOST)
        try:
            for _ in range(UNITS_MOST):
                if at >= size:
                    break
                at = self._unit(at)
                if self._left < 0:
                    break
        except (BinaryError, IndexError, struct.error) as error:
            if not self.units and not self.others:
                raise
            self.damaged = True
            self.problem = str(error) if isinstance(error, BinaryError) else f"the unit at {at:#x} of the debug info is damaged"
            return
        self.whole = at >= self._stream.size
        if not self.whole:
            self.problem = f"only the first {len(self.units) + self.others} units of the debug info were looked at"

    def _unit(self, at: int) -> int:
        """Read the unit at `at` and return where the next one is."""
        head = self._stream.read(at, _HEAD)
        order = self._order
        (length,) = struct.unpack_from(f"{order}I", head)
        wide = length == _LONG
        if wide:
            (length,) = struct.unpack_from(f"{order}Q", head, 4)
        place = 12 if wide else 4
        end = at + place + length
        (version,) = struct.unpack_from(f"{order}H", head, place)
        if not 2 <= version <= 5 or end > self._stream.size:  # noqa: PLR2004 - DWARF's versions
            raise BinaryError("malformed", f"the unit at {at:#x} of the debug info has version {version} and {length} bytes")
        place += 2
        offset, letter = (8, "Q") if wide else (4, "I")
        if version >= 5:  # noqa: PLR2004 - from here on the kind of unit comes first
            kind, address = head[place], head[place + 1]
            (table,) = struct.unpack_from(f"{order}{letter}", head, place + 2)
            place += 2 + offset
            place += {2: 8 + offset, 4: 8, 5: 8, 6: 8 + offset}.get(kind, 0)
        else:
            (table,) = struct.unpack_from(f"{order}{letter}", head, place)
            address = head[place + offset]
            place += offset + 1
        sizes = _Sizes(address, offset, version)
        try:
            self._first_entry(head, place, table, sizes)
        except IndexError:
            # Names may be long.
            self._first_entry(self._stream.read(at, min(_WHOLE_HEAD, end - at)), place, table, sizes)
        return int(end)

    def _first_entry(self, data: bytes, at: int, table: int, sizes: _Sizes) -> None:
        code, at = _leb(data, at)
        entry = self._entry(table, code)
        found: dict[int, int | str] = {}
        self._left -= len(entry.attributes)
        for attribute, form in entry.attributes:
            value, at = _value(data, at, form, sizes, self._order)
            found[attribute] = value
        self.version = self.version or sizes.version
        if entry.tag == _COMPILE_UNIT and found.get(_LANGUAGE) == _GO:
            if not self.units:
                self.version = sizes.version
            name, producer = found.get(_NAME), found.get(_PRODUCER)
            self.units.append(CompileUnit(name if isinstance(name, str) else "", producer if isinstance(producer, str) else ""))
        else:
            self.others += 1

    def _entry(self, table: int, wanted: int) -> _Abbreviation:
        """Return an abbreviation of the table at a place; those behind it are not read, a C unit has hundreds."""
        known = self._known.get((table, wanted))
        if known is None:
            known = self._known[table, wanted] = self._search(table, wanted)
        return known

    def _search(self, at: int, wanted: int) -> _Abbreviation:
        data = self._abbreviations
        while self._left >= 0 and at < len(data):
            code, at = _leb(data, at)
            if not code:
                break
            tag, at = _leb(data, at)
            at += 1  # Whether it has children.
            attributes = []
            while True:
                attribute, at = _leb(data, at)
                form, at = _leb(data, at)
                if form == _IMPLICIT:
                    _, at = _leb(data, at)
                self._left -= 1
                if not attribute and not form:
                    break
                attributes.append((attribute, form))
            if code == wanted:
                return _Abbreviation(tag, tuple(attributes))
        raise BinaryError("malformed", f"a unit of the debug info has no abbreviation {wanted}")


@attrs.frozen
class _Sizes:
    address: int
    offset: int
    version: int


def _leb(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            return value, at
        shift += 7


def _value(data: bytes, at: int, form: int, sizes: _Sizes, order: str) -> tuple[int | str, int]:
    """Return a value, a text or a number (0 for what is neither), and the place behind it; IndexError behind the data's end."""
    if form == _STRING:
        end = data.find(b"\0", at)
        if end < 0:
            raise IndexError
        return data[at:end].decode(errors="replace"), end + 1
    if form in _FIXED:
        size = _FIXED[form]
        value = int.from_bytes(data[at : at + size], "little" if order == "<" else "big")
        return value, _within(data, at + size)
    if form in _OFFSETS:
        return 0, _within(data, at + (sizes.address if form == 0x10 and sizes.version == 2 else sizes.offset))  # noqa: PLR2004
    if form == _ADDRESS:
        return 0, _within(data, at + sizes.address)
    if form in _ULEBS or form == _SLEB:
        return _leb(data, at)
    if form in _BLOCKS:
        size = _BLOCKS[form]
        length, at = (
            (int.from_bytes(data[at : at + size], "little" if order == "<" else "big"), at + size) if size else _leb(data, at)
        )
        return 0, _within(data, at + length)
    raise BinaryError("unsupported", f"not supported: debug info with values of form {form:#x}")


def _within(data: bytes, at: int) -> int:
    if at > len(data):
        raise IndexError
    return at
