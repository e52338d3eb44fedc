"""Line tables made by hand, in every layout: what the linker would write for a few functions."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

import attrs

from dapshim.binary.pclntab import GO_1_16, GO_1_20

STEP = 4
"""How many bytes of code each value holds for."""


@attrs.frozen
class Func:
    """One function: the file (one is that of all), the line and the inline index of each of its steps of code."""

    name: str
    files: Sequence[str]
    lines: Sequence[int]
    inlined: Sequence[int] = ()
    start_line: int = 1


def _each_step(function: Func) -> Sequence[str]:
    return list(function.files) * len(function.lines) if len(function.files) == 1 else function.files


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def values(steps: Sequence[int]) -> bytes:
    """Encode a value for each step of code."""
    last = -1
    merged: list[list[int]] = []
    for value in steps:
        if merged and merged[-1][0] == value:
            merged[-1][1] += STEP
        else:
            merged.append([value, STEP])
    parts = []
    for value, length in merged:
        change = value - last
        parts.append(varint(change << 1 if change >= 0 else (-change << 1) - 1) + varint(length))
        last = value
    return b"".join(parts) + b"\0"


def table(
    functions: Sequence[Func],
    *,
    magic: int = GO_1_20,
    order: Literal["little", "big"] = "little",
    pointer_size: Literal[4, 8] = 8,
    share: bool = False,
    shift_names: bool = False,
) -> bytes:
    """Return a whole table; every function is of one package.

    `share` writes the values of equal functions once; `shift_names` lets every name begin within the first one.
    """
    sign = "<" if order == "little" else ">"
    word, pointer = f"{sign}I", f"{sign}{'Q' if pointer_size == 8 else 'I'}"
    files = list(dict.fromkeys(file for each in functions for file in each.files))
    filetab, cutab = b"", b""
    for file in files:
        cutab += struct.pack(word, len(filetab))
        filetab += file.encode() + b"\0"
    names, pctab, entries, records = b"", b"\0", b"", b""
    field = pointer if magic == GO_1_16 else word
    size = (2 * len(functions) + 1) * struct.calcsize(field)
    size += -size % 8
    entry = 0x1000
    written: dict[int, tuple[int, int, int]] = {}
    for number, each in enumerate(functions):
        entries += struct.pack(field, entry) + struct.pack(field, size + len(records))
        if not share or id(each) not in written:
            places = []
            for steps in ([files.index(file) for file in _each_step(each)], each.lines, each.inlined):
                places.append(len(pctab) if steps else 0)
                pctab += values(steps) if steps else b""
            written[id(each)] = (places[0], places[1], places[2])
        pcfile, pcln, inline = written[id(each)]
        name = number if shift_names else len(names)
        records += struct.pack(field, entry) + struct.pack(f"{sign}8I", name, 0, 0, 0, pcfile, pcln, 3, 0)
        records += struct.pack(word, each.start_line) if magic == GO_1_20 else b""
        records += bytes(4) + struct.pack(f"{sign}3I", 0, 0, inline)
        records += bytes(-len(records) % 8)
        names += each.name.encode() + b"\0" if not shift_names or not number else b""
        entry += STEP * len(each.lines)
    entries += struct.pack(field, entry)
    parts = [names, cutab, filetab, pctab, entries.ljust(size, b"\0") + records + bytes(64)]
    count = 7 if magic == GO_1_16 else 8
    at, places = 8 + count * pointer_size, []
    padded = []
    for part in parts:
        at += -at % 8
        places.append(at)
        padded.append(part)
        at += len(part)
    numbers = [len(functions), len(files), *([0] if magic != GO_1_16 else []), *places]
    made = bytearray(
        magic.to_bytes(4, order) + bytes([0, 0, 1, pointer_size]) + b"".join(struct.pack(pointer, n) for n in numbers)
    )
    for place, part in zip(places, padded, strict=True):
        made += bytes(place - len(made)) + part
    return bytes(made)
