"""A section as a stream is the section as a whole, wherever it is read, and however it is packed."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.containers import read_image
from dapshim.binary.errors import BinaryError
from dapshim.binary.image import Image, Section
from dapshim.binary.section_stream import SectionStream, unpacked_size
from dapshim.binary.source import BytesSource
from tests.binary.hostile_files import Part, elf


def section(part: Part) -> tuple[Image, Section]:
    image = read_image(BytesSource(elf([part])))
    found = image.section(part.name)
    assert found is not None
    return image, found


def shapes(data: bytes) -> list[Part]:
    """Return a section that holds the data plain, compressed as ELF does it, and as Go does it in PE and Mach-O."""
    packed = zlib.compress(data)
    return [
        Part(".debug_info", data),
        Part(".debug_info", packed, len(data)),
        Part(".zdebug_info", b"ZLIB" + len(data).to_bytes(8, "big") + packed),
        Part(".zdebug_info", data),
    ]


@given(
    data=st.binary(max_size=400).map(lambda data: data * 40),
    steps=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 3000)), max_size=8),
    shape=st.integers(0, 3),
)
def test_ranges_in_rising_order(data, steps, shape):
    if shape == 3 and data.startswith(b"ZLIB"):
        return
    image, found = section(shapes(data)[shape])
    stream = SectionStream(image, found)
    assert stream.size == unpacked_size(image, found) == len(data)
    at = 0
    for skipped, length in steps:
        at += skipped
        assert stream.read(at, length) == data[at : at + length]


def test_a_window_is_all_that_is_kept():
    data = bytes(range(256)) * 40_000
    image, found = section(Part(".debug_info", zlib.compress(data), len(data)))
    stream = SectionStream(image, found)
    for at in range(0, len(data), 100_000):
        assert stream.read(at, 10) == data[at : at + 10]
        assert len(stream._window) < 1 << 20
    with pytest.raises(BinaryError, match="is read backwards"):
        stream.read(0, 1)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (Part(".debug_info", zlib.compress(b"x" * 100), 200), "section .debug_info claims 200 bytes and unpacks to 100"),
        (Part(".debug_info", zlib.compress(b"x" * 100)[:5], 100), "section .debug_info claims 100 bytes and unpacks to"),
        (Part(".debug_info", b"no zlib at all", 100), "section .debug_info does not unpack"),
    ],
)
def test_what_does_not_unpack_is_an_error(part, said):
    stream = SectionStream(*section(part))
    with pytest.raises(BinaryError, match=said):
        stream.read(0, 200)


def test_zstd_is_told_as_what_it_is():
    made = bytearray(elf([Part(".debug_info", b"\x28\xb5\x2f\xfd", 100)]))
    at = read_image(BytesSource(bytes(made))).sections[0].offset
    made[at] = 2
    image = read_image(BytesSource(bytes(made)))
    with pytest.raises(BinaryError, match="is compressed with zstd"):
        SectionStream(image, image.sections[0])
