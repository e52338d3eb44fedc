from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.binary.dwarf_files import c_files, c_lines
from dapshim.binary.errors import BinaryError
from dapshim.binary.image import Image, Section
from dapshim.binary.source import BytesSource
from tests.binary.executables import needs_c, read


@needs_c
@pytest.mark.parametrize("flags", [[], ["-buildmode=c-shared"], ["-ldflags=-compressdwarf=false"]], ids=" ".join)
def test_c_files_of_a_program(flags, built):
    names = c_files(read(built.build("linux/amd64", *flags, package="./withc")).image)
    own = [name for name in names if name.startswith(str(built.source))]
    assert f"{built.source}/withc/twice.c" in own
    assert "/tmp/go-build/_cgo_export.c" in names
    assert any(name.endswith("/stdint.h") or "/include/" in name for name in names)
    assert not any(name.endswith((".go", ".s")) for name in names)
    assert all(re.match("/|cgo-|_cgo", name) for name in names)


@needs_c
def test_trimmed_c_files(built):
    names = c_files(read(built.build("linux/amd64", "-trimpath", package="./withc")).image)
    assert "/_/example.com/recorded/withc/twice.c" in names


def test_program_without_c_has_none(built):
    assert c_files(read(built.build("linux/amd64")).image) == ("page.tmpl",)
    assert c_files(read(built.build("linux/amd64", "-ldflags=-s -w")).image) == ()


def test_older_form_and_relative_names():
    # DWARF 4: two folders, three files.
    head = b"\1\1\1\xfb\x0e\x04\0\1\1"
    body = head + b"/usr/include\0sub\0\0main.c\0\0\0\0stdio.h\0\1\0\0x.go\0\2\0\0\0"
    unit = b"\4\0" + len(body).to_bytes(4, "little") + body
    data = len(unit).to_bytes(4, "little") + unit
    assert c_files(image(data)) == ("main.c", "/usr/include/stdio.h")


def image(data: bytes) -> Image:
    section = Section(".debug_line", 0, len(data), 0, len(data))
    return Image(BytesSource(data), "elf", "little", 8, "amd64", "", "executable", sections=(section,))


@settings(max_examples=300)
@given(st.sampled_from([b"\4\0", b"\5\0", b"\3\0"]), st.binary(max_size=120))
def test_noise_is_refused_or_read(version, noise):
    data = (len(noise) + 2).to_bytes(4, "little") + version + noise
    try:
        c_files(image(data))
        c_lines(image(data), "main.c")
    except BinaryError as error:
        assert str(error)  # noqa: PT017 - either way is right


def test_the_lines_of_one_file_by_its_line_program():
    # DWARF 4: two files; special instructions move the line by -5 to +8.
    head = bytes([1, 1, 1, 0xFB, 14, 13]) + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    body = head + b"\0main.c\0\0\0\0other.c\0\0\0\0\0"
    program = bytes([0, 9, 2, *[0] * 8])  # an address
    program += bytes([3, 9, 1])  # line 10, a row
    program += bytes([13 + 5 + 2])  # line 12, a row
    program += bytes([6, 3, 1, 1, 6])  # line 13 is no statement
    program += bytes([4, 2, 3, 0x7D, 1, 4, 1])  # line 10 of the other file
    program += bytes([2, 5, 8, 9, 1, 0, 5, 3, 10, 3, 0xE4, 0, 1])  # the address and the column; then line 110
    program += bytes([0, 1, 1])  # the end of the sequence: line 1 again
    program += bytes([3, 2, 1])  # line 3
    unit = b"\4\0" + len(body).to_bytes(4, "little") + body + program
    data = len(unit).to_bytes(4, "little") + unit
    assert c_lines(image(data), "main.c") == {3, 10, 12, 110}
    assert c_lines(image(data), "other.c") == {10}
    assert c_lines(image(data), "nothing.c") == frozenset()


@needs_c
def test_lines_of_c_in_a_program(built):
    whole = read(built.build("linux/amd64", package="./withc")).image
    assert c_lines(whole, f"{built.source}/withc/twice.c") == {3}
