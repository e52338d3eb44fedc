"""Facts of real executables, held against pyelftools, lief and what the linker was told."""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path

import lief
import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection

from dapshim.binary.containers import read_image
from dapshim.binary.dwarf_units import read_dwarf
from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts, read_facts
from dapshim.binary.image import Image
from dapshim.binary.opened import OpenedFile, facts_of, file_state
from dapshim.binary.packing import Packing
from dapshim.binary.source import BytesSource, FileState
from tests.binary.executables import TARGETS, WITH_C, Executables, needs_c
from tests.real import BOUND

pytestmark = pytest.mark.skipif(not WITH_C, reason="there is no C compiler")


def facts(path: Path) -> BinaryFacts:
    return facts_of(str(path))


def image(path: Path) -> Image:
    return read_image(BytesSource(path.read_bytes()))


@pytest.mark.parametrize("target", ["linux/amd64", "linux/386", "linux/s390x", "freebsd/amd64"])
@pytest.mark.parametrize("flags", [(), ("-ldflags=-compressdwarf=false",)], ids=["zlib", "plain"])
def test_units_are_those_that_pyelftools_reads(target, flags, built: Executables):
    path = built.build(target, *flags)
    with path.open("rb") as file:
        info = ELFFile(file).get_dwarf_info()
        expected = [
            (top.attributes["DW_AT_name"].value.decode(), top.attributes["DW_AT_producer"].value.decode())
            for top in (unit.get_top_DIE() for unit in info.iter_CUs())
            if top.attributes["DW_AT_language"].value == 0x16
        ]
        versions = {unit["version"] for unit in info.iter_CUs()}
    found = facts(path).dwarf
    assert found is not None
    assert [(each.package, each.producer) for each in found.units] == expected
    assert {found.version} == versions
    assert (found.whole, found.problem, found.damaged) == (True, "", False)
    assert found.compression == ("" if flags else "zlib")


@needs_c
def test_units_of_c_are_counted(built: Executables):
    path = built.build("linux/amd64", package="./withc")
    with path.open("rb") as file:
        languages = [
            unit.get_top_DIE().attributes["DW_AT_language"].value for unit in ELFFile(file).get_dwarf_info().iter_CUs()
        ]
    found = facts(path).dwarf
    assert found is not None
    assert found.others == sum(each != 0x16 for each in languages) > 0
    assert len(found.units) == sum(each == 0x16 for each in languages)


@pytest.mark.parametrize("target", TARGETS)
def test_every_platform(target, built: Executables):
    path = built.build(target)
    found = facts(path)
    system, machine = target.split("/")
    assert (found.system, found.machine) == (system, machine)
    assert (found.damage, found.table_damage, found.packing) == (None, None, None)
    assert found.type == "executable"
    assert found.is_go
    assert found.go_version == found.build.go_version
    assert found.build_ids.go.count("/") == 3
    assert found.symbols
    assert found.table is not None
    assert found.table.main
    assert found.table.main_file == str(built.source / "main.go")
    assert not found.is_test
    assert found.dwarf is not None
    assert found.dwarf.whole
    assert {"main", "runtime"} <= {each.package for each in found.dwarf.units}
    assert {each.optimized for each in found.dwarf.units} == {True}


@pytest.mark.parametrize("target", ["windows/amd64", "darwin/arm64"])
def test_libraries_are_those_that_lief_reads(target, built: Executables):
    path = built.build(target)
    read = lief.parse(str(path))
    if isinstance(read, lief.MachO.Binary):
        expected = [str(each.name) for each in read.libraries]
    else:
        assert isinstance(read, lief.PE.Binary)
        expected = [str(each.name) for each in read.imports]
    assert list(facts(path).dynamic.needed) == expected


@pytest.mark.parametrize("path", ["/bin/ls", "/bin/sh"])
def test_a_c_program_beside_pyelftools(path):
    found = facts_of(path)
    with Path(path).open("rb") as file:
        elf = ELFFile(file)
        dynamic, notes = elf.get_section_by_name(".dynamic"), elf.get_section_by_name(".note.gnu.build-id")
        assert isinstance(dynamic, DynamicSection)
        assert isinstance(notes, NoteSection)
        needed = [getattr(tag, "needed", "") for tag in dynamic.iter_tags() if tag.entry.d_tag == "DT_NEEDED"]
        identity = next(note["n_desc"] for note in notes.iter_notes())
        assert list(found.dynamic.needed) == needed
        assert found.build_ids.gnu == identity
        assert found.entry == elf["e_entry"]
    assert not found.is_go
    assert found.table_damage is not None
    assert found.table_damage.kind == "not-go"


@needs_c
def test_a_debug_link_and_a_run_path(built: Executables, tmp_path):
    path = tmp_path / "program"
    path.write_bytes(
        built.build("linux/amd64", "-ldflags=-linkmode=external '-extldflags=-Wl,-rpath,$ORIGIN/lib'").read_bytes()
    )
    kept = tmp_path / "program.debug"
    for command in (
        ["objcopy", "--only-keep-debug", path, kept],
        ["strip", path],
        ["objcopy", f"--add-gnu-debuglink={kept}", path],
    ):
        subprocess.run(command, check=True, timeout=BOUND)
    found = facts(path)
    assert found.debug_link is not None
    assert found.debug_link.name == "program.debug"
    assert found.debug_link.crc == zlib.crc32(kept.read_bytes())
    assert found.dynamic.run_path == ("$ORIGIN/lib",)
    assert found.link_mode == "external"
    assert found.dwarf is None
    assert facts(kept).type == "debug"


def test_test_binaries_and_instrumentation(built: Executables):
    found = facts(built.build("linux/amd64", "-cover", package="./shape.v2", command="test -c"))
    assert found.is_test
    assert found.instrumented == ("-cover",)
    assert not facts(built.build("linux/amd64")).instrumented


def test_what_is_no_file_is_told_by_its_kind(tmp_path):
    (tmp_path / "empty").touch()
    assert facts(tmp_path).container == "directory"
    assert facts(tmp_path / "empty").container == "empty"
    assert facts_of("/dev/null").container == "device"
    with pytest.raises(BinaryError, match="nowhere: no such file or directory"):
        file_state(str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("start", "container"),
    [
        (b"#!/bin/sh\n", "script"),
        (b"\0asm\1\0\0\0", "wasm"),
        (b"!<arch>\n", "archive"),
        (b"go object linux amd64", "go-object"),
        (b"PK\3\4", "zip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"package main\n", "text"),
        (b"\xca\xfe\xba\xbe\0\0\0\x41", "unknown"),
        (b"\x89\0\1\2", "unknown"),
        (b"MZ" + bytes(100), "dos"),
    ],
)
def test_containers(start, container):
    found = read_facts(BytesSource(start.ljust(128, b"\0" if start[0] in (0, 0x4D, 0xCA, 0x89) else b" ")), FileState("/x"))
    assert found.container == container
    assert not found.is_go


def test_a_universal_file_has_the_facts_of_the_machine_that_is_asked_for(built: Executables, tmp_path):
    thin = [built.build("darwin/amd64").read_bytes(), built.build("darwin/arm64").read_bytes()]
    offset, rows, body = 1 << 14, b"", b""
    for cpu, data in zip((0x01000007, 0x0100000C), thin, strict=True):
        at = offset + len(body)
        rows += b"".join(each.to_bytes(4, "big") for each in (cpu, 0, at, len(data), 14))
        body += data.ljust(-(-len(data) // offset) * offset, b"\0")
    path = tmp_path / "fat"
    path.write_bytes((b"\xca\xfe\xba\xbe\0\0\0\2" + rows).ljust(offset, b"\0") + body)
    for machine in ("amd64", "arm64"):
        found = facts_of(str(path), machine)
        assert (found.container, found.architectures, found.machine) == ("universal", ("amd64", "arm64"), machine)
        assert found.dwarf is not None
        assert found.dwarf.units


def upx_shape(sections: bool = False) -> bytes:
    """Return what UPX 3.94 leaves to be seen: one ELF segment of code without sections, and its marks."""
    from tests.binary.hostile_files import CODE, Part, elf

    made = bytearray(elf([Part(".text", bytes(8000), loaded=CODE)]))
    made[200:204] = b"UPX!"
    made += (
        b"$Info: This file is packed with the UPX executable packer http://upx.sf.net $\n\0" + bytes(900) + b"UPX!" + bytes(32)
    )
    if not sections:
        made[40:48] = bytes(8)
        made[60:64] = bytes(4)
    return bytes(made)


def test_marks_of_upx():
    found = read_facts(BytesSource(upx_shape()), FileState("/x/packed", executable=True))
    assert found.packing == Packing(
        (
            "`UPX!` at byte 0xc8",
            "`UPX!` at the end of the file",
            "the line `$Info: This file is packed with the UPX executable packer`",
            "no section headers",
        )
    )
    assert found.packing_hides
    assert found.packing.sure


def test_a_go_program_that_holds_the_marks_is_not_packed(built: Executables, tmp_path):
    path = tmp_path / "program"
    path.write_bytes(built.build("linux/amd64").read_bytes() + b"UPX!" + bytes(32))
    found = facts(path)
    assert found.packing is not None
    assert not found.packing_hides


def test_debug_info_without_abbreviations_is_damage():
    from tests.binary.hostile_files import CODE, Part, elf, unit

    found = read_dwarf(read_image(BytesSource(elf([Part(".text", b"\xc3", loaded=CODE), Part(".debug_info", unit("a", "b"))]))))
    assert found is not None
    assert (found.damaged, found.problem) == (True, "there is a section .debug_info and no .debug_abbrev")


def test_the_disk_is_read_by_ranges(built: Executables):
    """The whole program is never asked for."""
    path = built.build("linux/amd64")
    read: list[int] = []
    with OpenedFile(str(path)) as file:

        class Counting:
            size = file.size

            def read(self, offset: int, length: int) -> bytes:
                data = file.read(offset, length)
                read.append(len(data))
                return data

        assert read_facts(Counting(), FileState(str(path))).is_go
    assert sum(read) < path.stat().st_size / 2
