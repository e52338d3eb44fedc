"""All that one look at a file tells about whether and how it can be debugged: `read_facts`.

Nothing is raised for what is wrong with the file: what is wrong is a fact too. Only ranges are read; a 100 MB program takes a
quarter of a second, most of it for unpacking the debug info (`dwarf_units`) and looking at the line table's names.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import attrs

from dapshim.binary.build_info import read_build_info
from dapshim.binary.containers import Container, container_of, read_image
from dapshim.binary.dwarf_units import Dwarf, read_dwarf
from dapshim.binary.elf_dynamic import BuildIds, DebugLink, Dynamic, read_build_ids, read_debug_link, read_dynamic
from dapshim.binary.errors import BinaryError, Kind, damage_named
from dapshim.binary.image import FileType, Image
from dapshim.binary.macho import architectures
from dapshim.binary.packing import Packing, read_packing
from dapshim.binary.pclntab import LineTable
from dapshim.binary.recorded import BuildInfo
from dapshim.binary.source import ByteSource, FileState
from dapshim.binary.table_search import SECTIONS, find_table

LinkMode = Literal["internal", "external", ""]

_EXTERNAL: Final = (".init_array", ".comment", ".CRT", "__unwind_info")
"""Sections that a C linker leaves and Go's own does not, whatever the system (Go 1.21 to 1.27)."""

_LOADERS: Final = ((re.compile(r"/ld-linux|/ld64\.so|/ld-musl|/ld\.so\.1$"), "linux"), (re.compile(r"/ld-elf\.so"), "freebsd"))
_GO_BUILD_ID: Final = re.compile(rb"\xff Go build ID: \"([^\"]{1,256})\"\n \xff")


@attrs.frozen
class LineTableFacts:
    """Go's line table. `section` is "" where it was found without one's name.

    `main` is whether there is a function `main.main`, `main_file` where it is recorded to stand, and `test` whether `go test`
    generated it. `cgo`: C code is called.
    """

    section: str
    functions: int
    main: bool
    main_file: str
    test: bool
    cgo: bool


@attrs.frozen
class Damage:
    """What is wrong with the file: which kind of error, and its words."""

    kind: Kind
    message: str


@attrs.frozen(slots=False)
class BinaryFacts:
    """What a file is and holds. Fields of an executable are as empty as the file is none; `damage` says where reading ended."""

    file: FileState
    container: Container
    damage: Damage | None = None
    type: FileType = "other"
    system: str = ""
    """GOOS, as far as container, loader or build info tell it; "" where they do not."""
    machine: str = ""
    """GOARCH, else the container's number."""
    architectures: tuple[str, ...] = ()
    """What a universal file holds; the other facts are of `machine`."""
    position_independent: bool = False
    entry: int = 0
    interpreter: str = ""
    """The loader that an ELF program asks for; "" when it is static."""
    dynamic: Dynamic = attrs.field(factory=Dynamic)
    link_mode: LinkMode = ""
    sections: int = 0
    symbols: bool = False
    table: LineTableFacts | None = None
    table_damage: Damage | None = None
    """Why there is no line table: `not-go` where nothing is there, else what is wrong with it."""
    build: BuildInfo = attrs.field(factory=BuildInfo)
    build_ids: BuildIds = attrs.field(factory=BuildIds)
    debug_link: DebugLink | None = None
    dwarf: Dwarf | None = None
    packing: Packing | None = None

    @property
    def is_go(self) -> bool:
        """Whether Go built it: it has Go's line table, build info or build id, or debug info of Go code."""
        return bool(self.table or self.build.go_version or self.build_ids.go or (self.dwarf and self.dwarf.units))

    @property
    def packing_hides(self) -> bool:
        """Whether it is packed: there are marks of UPX, and no Go line table, which a packed program has not."""
        return self.packing is not None and self.table is None

    @property
    def go_version(self) -> str:
        """Go's version as build info has it, else as the compiler wrote it into the debug info; "" where none tells."""
        if self.build.go_version or self.dwarf is None:
            return self.build.go_version
        return next((each.go_version for each in self.dwarf.units if each.go_version), "")

    @property
    def is_test(self) -> bool:
        """Whether it is a test binary of `go test`: its main function stands in `_testmain.go`."""
        return self.table is not None and self.table.test

    @property
    def build_mode(self) -> str:
        """The `-buildmode` of build info; "" where it has none."""
        return self.build.settings.get("-buildmode", "")

    @property
    def instrumented(self) -> tuple[str, ...]:
        """Which of `-race`, `-msan`, `-asan` and `-cover` it was built with: build info says so, or the compiler's flags do."""
        flags = {word for each in (self.dwarf.units if self.dwarf else ()) for word in each.flags.split()}
        return tuple(
            each for each in ("-race", "-msan", "-asan", "-cover") if self.build.settings.get(each) == "true" or each in flags
        )


def read_facts(source: ByteSource | None, file: FileState, machine: str = "") -> BinaryFacts:
    """Return what the bytes of a file tell; `source` is None for what has none. `machine` is wanted of a universal file.

    Raises BinaryError (`unreadable`) only, when the disk fails.
    """
    if source is None or not source.size:
        return BinaryFacts(file, "empty" if file.kind == "file" else file.kind)
    container = container_of(source.read(0, 16))
    several: tuple[str, ...] = ()
    try:
        if container == "universal":
            several = architectures(source)
        image = read_image(source, machine if machine in several else "")
    except BinaryError as error:
        if error.kind == "unreadable":
            raise
        if container == "universal" and error.kind == "not-a-binary":
            container = "unknown"
        if container == "pe" and "DOS" in str(error):
            container = "dos"
        return BinaryFacts(file, container, Damage(error.kind, str(error)), architectures=several)
    return attrs.evolve(_facts(image, file), container=container, architectures=several)


def _facts(image: Image, file: FileState) -> BinaryFacts:
    if image.type == "core":
        # A gigabyte of memory, in which tables of whatever was loaded would be found.
        return BinaryFacts(file, image.format, None, image.type, _system(image, BuildInfo()), image.machine)
    build = read_build_info(image)
    table, damage = _table(image)
    dynamic = read_dynamic(image) if image.format == "elf" else Dynamic(image.libraries)
    return BinaryFacts(
        file,
        image.format,
        _cut_short(image),
        image.type,
        _system(image, build),
        image.machine,
        (),
        image.position_independent,
        image.entry,
        image.interpreter,
        dynamic,
        "external" if image.section(*_EXTERNAL) else "internal" if table else "",
        len(image.sections),
        image.symbols,
        table,
        damage,
        build,
        _build_ids(image),
        read_debug_link(image),
        read_dwarf(image),
        read_packing(image),
    )


def _cut_short(image: Image) -> Damage | None:
    """Return the section that the file ends before; the headers of one that was cut mostly stand at its head."""
    if image.type in ("debug", "core"):
        return None
    for each in image.sections:
        if each.file_size and each.offset + each.file_size > image.source.size:
            end = each.offset + each.file_size
            return Damage("truncated", f"truncated: section {each.name} ends at byte {end}, the file at {image.source.size}")
    return None


def _system(image: Image, build: BuildInfo) -> str:
    """Return GOOS. An ELF header names few systems; build info knows better, and so does the loader's name."""
    named = image.system or build.settings.get("GOOS", "")
    if named or image.format != "elf":
        return named
    return next((system for pattern, system in _LOADERS if pattern.search(image.interpreter)), "")


def _table(image: Image) -> tuple[LineTableFacts | None, Damage | None]:
    try:
        found = find_table(image)
    except BinaryError as error:
        if error.kind == "unreadable":
            raise
        return None, Damage(error.kind, str(error))
    table, section = found.table, image.section(*SECTIONS)
    main = table.number_of(b"main.main")
    return LineTableFacts(
        section.name if section is not None else "",
        table.header.functions,
        main is not None,
        _file_of(table, main),
        _ends(table.filetab, b"_testmain.go"),
        _ends(table.filetab, b"_cgo_gotypes.go"),
    ), None


def _file_of(table: LineTable, number: int | None) -> str:
    """Return the recorded path of the file in which a function begins; "" where none is."""
    try:
        with damage_named("the line table"):
            return table.beginning(number)[0] if number is not None else ""
    except BinaryError:
        return ""


def _ends(names: bytes, wanted: bytes) -> bool:
    return wanted + b"\0" in names


def _build_ids(image: Image) -> BuildIds:
    if image.format == "elf":
        return read_build_ids(image)
    # Go's own stands in front of the code there.
    text = image.section(".text", "__text")
    found = _GO_BUILD_ID.search(image.source.read(text.offset, 512)) if text is not None else None
    return BuildIds(found[1].decode(errors="replace") if found is not None else "")
