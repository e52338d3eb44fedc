from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import lief
import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.binary.containers import read_image
from dapshim.binary.errors import BinaryError
from dapshim.binary.image import UNPACKED_MOST, Image, Section
from dapshim.binary.macho import architectures
from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import read_recorded
from dapshim.binary.source import BytesSource
from tests.binary.executables import TARGETS, needs_c, read


def image_of(path: Path) -> Image:
    return read_image(BytesSource(path.read_bytes()))


@pytest.mark.parametrize("target", [each for each in TARGETS if each.split("/")[0] in ("linux", "freebsd")])
def test_elf_as_pyelftools_reads_it(target, built):
    path = built.build(target)
    image, said = image_of(path), ELFFile(io.BytesIO(path.read_bytes()))
    rows = [
        (each.name, each["sh_addr"], each["sh_size"], each["sh_offset"], bool(each["sh_flags"] & 0x800))
        for each in said.iter_sections()
    ][1:]
    assert [(each.name, each.address, each.size, each.offset, each.compression != "") for each in image.sections] == rows
    loads = [each for each in said.iter_segments() if each["p_type"] == "PT_LOAD"]
    assert [(each.address, each.offset, each.file_size, each.memory_size) for each in image.segments] == [
        (each["p_vaddr"], each["p_offset"], each["p_filesz"], each["p_memsz"]) for each in loads
    ]
    assert image.entry == said["e_entry"]
    assert (image.byte_order == "little") == said.little_endian
    assert image.pointer_size * 8 == said.elfclass
    assert (image.machine, image.system or "linux") == tuple(reversed(target.split("/")))
    assert image.type == "executable"


def test_compressed_sections_unpack_as_pyelftools_unpacks_them(built):
    path = built.build("linux/amd64")
    image, said = image_of(path), ELFFile(io.BytesIO(path.read_bytes()))
    section = image.section(".debug_line")
    assert section is not None
    assert section.compression == "zlib"
    other: Any = said.get_section_by_name(".debug_line")
    assert image.read_section(section) == other.data()


@pytest.mark.parametrize("target", ["windows/amd64", "windows/386"])
def test_pe_as_lief_reads_it(target, built):
    path = built.build(target)
    image, said = image_of(path), lief.PE.parse(str(path))
    assert isinstance(said, lief.PE.Binary)
    base = said.optional_header.imagebase
    assert image.base == base
    assert image.entry == base + said.optional_header.addressof_entrypoint
    assert [(each.address, each.size, each.offset) for each in image.sections] == [
        (base + each.virtual_address, each.virtual_size, each.pointerto_raw_data) for each in said.sections
    ]
    assert (image.system, image.machine) == tuple(target.split("/"))
    names = {each.name for each in image.sections}
    assert {".text", ".zdebug_line"} <= names
    section = image.section(".zdebug_line")
    assert section is not None
    assert section.compression == "zdebug"
    plain = image_of(built.build(target, "-ldflags=-compressdwarf=false"))
    unpacked = plain.section(".debug_line")
    assert unpacked is not None
    assert image.read_section(section) == plain.read_section(unpacked)


@pytest.mark.parametrize("target", ["darwin/amd64", "darwin/arm64"])
def test_macho_as_lief_reads_it(target, built):
    path = built.build(target)
    image, fat = image_of(path), lief.MachO.parse(str(path))
    assert fat is not None
    said: Any = fat.at(0)
    assert [(each.name, each.address, each.size, each.offset) for each in image.sections] == [
        (each.name, each.virtual_address, each.size, each.offset) for each in said.sections
    ]
    assert [(each.name, each.address, each.file_size) for each in image.segments] == [
        (each.name, each.virtual_address, each.file_size) for each in said.segments
    ]
    assert image.base == said.imagebase
    assert (image.system, image.machine, image.type) == ("darwin", target.split("/")[1], "executable")


def universal(*parts: tuple[int, bytes], wide: bool = False) -> bytes:
    head = struct.pack(">4sI", b"\xca\xfe\xba\xbf" if wide else b"\xca\xfe\xba\xbe", len(parts))
    at, body, rows = 4096, b"", b""
    for cpu, data in parts:
        rows += struct.pack(">IIQQII" if wide else ">IIIII", cpu, 0, at + len(body), len(data), 12, *([0] if wide else []))
        body += data + bytes(-len(data) % 4096)
    return (head + rows).ljust(4096, b"\0") + body


@pytest.mark.parametrize("wide", [False, True])
def test_universal_macho(wide, built):
    intel, arm = (built.build(f"darwin/{each}", "-ldflags=-s -w").read_bytes() for each in ("amd64", "arm64"))
    source = BytesSource(universal((0x01000007, intel), (0x0100000C, arm), wide=wide))
    assert architectures(source) == ("amd64", "arm64")
    assert read_recorded(source).build.settings["GOARCH"] == "amd64"
    assert read_recorded(source, "arm64").build.settings["GOARCH"] == "arm64"
    with pytest.raises(BinaryError, match="without 386; it has amd64, arm64"):
        read_recorded(source, "386")
    with pytest.raises(BinaryError, match=r"truncated: architecture arm64 ends at byte"):
        read_image(BytesSource(source.data[:-5000]))
    with pytest.raises(BinaryError, match="inside a universal"):
        read_image(BytesSource(universal((7, source.data))))


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", "empty", "empty"),
        (b"package main\n", "not-a-binary", "a text file"),
        (b"#!/bin/sh\n", "not-a-binary", "a script"),
        (b"!<arch>\n", "not-a-binary", "an archive"),
        (b"\0asm\1\0\0\0", "unsupported", "not supported: WebAssembly"),
        (b"\x01\xf7" + bytes(30), "unsupported", "XCOFF"),
        (b"\x02\x03\x04\x05" + bytes(30), "not-a-binary", "it begins with 02 03 04 05"),
        (b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(30), "not-a-binary", "Java class"),
        (b"\x7fELF", "truncated", "the ELF header"),
        (b"\x7fELF\3\1\1" + bytes(60), "malformed", "unknown class 3"),
        (b"MZ" + bytes(100), "unsupported", "a DOS program"),
        (b"MZ", "truncated", "the MZ header"),
        (b"\xcf\xfa\xed\xfe" + bytes(8), "truncated", "the Mach-O header"),
        (b"\xca\xfe\xba\xbe\0\0\0\0" + bytes(30), "malformed", "without an architecture"),
    ],
)
def test_what_is_none(data, kind, said):
    with pytest.raises(BinaryError, match=said) as found:
        read_image(BytesSource(data))
    assert found.value.kind == kind


@pytest.mark.parametrize("target", ["linux/amd64", "windows/amd64", "darwin/arm64"])
def test_truncated_file_says_so(target, built):
    data = built.build(target).read_bytes()
    for length in (len(data) - 10, len(data) * 2 // 3, 2000, 300, 70):
        try:
            read_recorded(BytesSource(data[:length]))
        except BinaryError as error:
            assert error.kind in ("truncated", "not-go", "malformed"), error  # noqa: PT017 - a tail may be missing unnoticed
        else:
            assert length == len(data) - 10


def test_lies_in_an_elf_header(built):
    data = built.build("linux/amd64").read_bytes()

    def broken(at: int, form: str, *numbers: int) -> BytesSource:
        changed = bytearray(data)
        struct.pack_into(form, changed, at, *numbers)
        return BytesSource(bytes(changed))

    for at, form, number, said in (
        (0x28, "<Q", 1 << 62, "truncated: the section table ends at byte"),
        (0x20, "<Q", 1 << 62, "truncated: the segment table ends at byte"),
        (0x3E, "<H", 0x3000, r"section names are said to be in section \d+ of"),
        (0x3A, "<H", 3, "entries of 3 bytes, less than 64"),
    ):
        with pytest.raises(BinaryError, match=said):
            read_image(broken(at, form, number))


def test_number_of_sections_in_the_first_section(built):
    data = bytearray(built.build("linux/amd64").read_bytes())
    (table,), (count,), (names,) = (
        struct.unpack_from(form, data, at) for form, at in (("<Q", 0x28), ("<H", 0x3C), ("<H", 0x3E))
    )
    struct.pack_into("<HH", data, 0x3C, 0, 0xFFFF)
    struct.pack_into("<Q", data, table + 32, count)
    struct.pack_into("<I", data, table + 40, names)
    assert read_image(BytesSource(bytes(data))).section(".gopclntab") is not None
    struct.pack_into("<Q", data, table + 32, 1 << 40)
    with pytest.raises(BinaryError, match="claims 1099511627776 entries"):
        read_image(BytesSource(bytes(data)))


def compressed(size: int, payload: bytes) -> tuple[Image, Section]:
    data = struct.pack("<IIQQ", 1, 0, size, 1) + payload
    section = Section(".debug_info", 0, len(data), 0, len(data), "zlib")
    return Image(BytesSource(data), "elf", "little", 8, "amd64", "", "executable", sections=(section,)), section


def test_compressed_bombs_are_refused():
    bomb = zlib.compress(bytes(64 << 20))
    started = time.perf_counter()
    for size, said in (
        (UNPACKED_MOST + 1, "claims to unpack to"),
        (100, "claims 100 bytes and"),
        (1 << 62, "claims to unpack to"),
    ):
        image, section = compressed(size, bomb)
        if size == 100:
            assert image.read_section(section) == bytes(100)
        else:
            with pytest.raises(BinaryError, match=said):
                image.read_section(section)
    image, section = compressed(50, zlib.compress(bytes(10)))
    with pytest.raises(BinaryError, match="claims 50 bytes and unpacks to 10"):
        image.read_section(section)
    image, section = compressed(50, b"no zlib at all")
    with pytest.raises(BinaryError, match="does not unpack"):
        image.read_section(section)
    assert time.perf_counter() - started < 10


@needs_c
def test_debug_file_is_known(built, tmp_path):
    import shutil
    import subprocess

    if shutil.which("objcopy") is None:
        pytest.skip("there is no objcopy")
    debug = tmp_path / "program.debug"
    subprocess.run(["objcopy", "--only-keep-debug", built.build("linux/amd64"), debug], check=True, capture_output=True)
    assert image_of(debug).type == "debug"
    with OpenedFile(str(debug)) as source, pytest.raises(BinaryError, match="debug info only"):
        read_recorded(source)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_headers_are_refused_or_read(built, data):
    target = data.draw(st.sampled_from(["linux/amd64", "linux/mips", "windows/386", "darwin/arm64"]))
    good = built.build(target, "-ldflags=-s -w").read_bytes()
    changed = bytearray(good)
    heads = [0x1000, len(good) - 1] if target.startswith("linux") else [0x1000]
    for _ in range(data.draw(st.integers(1, 8))):
        most = data.draw(st.sampled_from(heads))
        at = data.draw(st.integers(max(0, most - 0x1000), most))
        changed[at] = data.draw(st.integers(0, 255))
    started = time.perf_counter()
    try:
        read_recorded(BytesSource(bytes(changed)))
    except BinaryError as error:
        assert str(error)  # noqa: PT017 - either way is right
    assert time.perf_counter() - started < 10


def test_reads_only_what_it_needs(built):
    class Counting(BytesSource):
        taken = 0

        def read(self, offset: int, length: int) -> bytes:
            found = super().read(offset, length)
            type(self).taken += len(found)
            return found

    source = Counting(built.build("linux/amd64").read_bytes())
    recorded = read_recorded(source)
    table = read(built.build("linux/amd64")).image.section(".gopclntab")
    assert table is not None
    assert len(recorded.files) > 80
    assert Counting.taken < table.size + 100_000 < source.size


def test_hostile_segments_are_not_all_searched():
    # 60,000 segments, each of which is the whole file, and no table anywhere: 60,000 times 8 MB to look through.
    count = 60_000
    header = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 6, 0, 0x400000, 0, 8 << 20, 8 << 20, 0)
    data = (header + segment * count).ljust(8 << 20, b"\0")
    started = time.perf_counter()
    with pytest.raises(BinaryError, match="no table of Go functions"):
        read_recorded(BytesSource(data))
    assert time.perf_counter() - started < 10


def test_claims_of_a_line_table_take_no_memory(built, tmp_path):
    path = tmp_path / "sparse"
    data = bytearray(built.build("linux/amd64").read_bytes())
    section = read_image(BytesSource(bytes(data))).section(".gopclntab")
    assert section is not None
    (table,) = struct.unpack_from("<Q", data, 0x28)
    for number in range(struct.unpack_from("<H", data, 0x3C)[0]):
        if struct.unpack_from("<Q", data, table + 64 * number + 24)[0] == section.offset:
            struct.pack_into("<Q", data, table + 64 * number + 32, 2 << 30)
    struct.pack_into("<Q", data, section.offset + 8 + 8 * 7, 1 << 30)
    path.write_bytes(data)
    with path.open("r+b") as file:
        file.truncate(3 << 30)
    with OpenedFile(str(path)) as source, pytest.raises(BinaryError, match="a Go line table of more than"):
        read_recorded(source)
