from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.binary.dwarf_files import c_files
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
    except BinaryError as error:
        assert str(error)  # noqa: PT017 - either way is right
