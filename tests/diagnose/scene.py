"""Facts for tests of single rules: a healthy program, and what differs from it."""

from __future__ import annotations

from typing import Any

import attrs

from dapshim.binary.dwarf_units import CompileUnit, Dwarf
from dapshim.binary.elf_dynamic import BuildIds
from dapshim.binary.facts import BinaryFacts, LineTableFacts
from dapshim.binary.recorded import BuildInfo, ModuleVersion
from dapshim.binary.source import FileState
from dapshim.diagnose.diagnosing import diagnose
from dapshim.diagnose.facts import DlvFacts, Facts, HostFacts, SourceFacts
from dapshim.diagnose.finding import Finding

PATH = "/x/prog"
HOST = HostFacts("linux", "amd64")
DLV = DlvFacts("1.27.1", (1, 25), (1, 27), (1, 26), "1.27.1")


def units(flags: str, *packages: str, version: str = "go1.26.6") -> tuple[CompileUnit, ...]:
    return tuple(CompileUnit(each, f"Go cmd/compile {version}; {flags}".rstrip("; ")) for each in packages)


def dwarf(*more: CompileUnit, version: int = 5) -> Dwarf:
    made = (*units("-N -l regabi", "main", "fmt"), *units("-l regabi", "runtime"))
    return Dwarf((".debug_info",), version, "zlib", more or made, 0, whole=True)


def build(**settings: str) -> BuildInfo:
    given = {"-buildmode": "exe", "-gcflags": "all=-N -l"} | {f"-{name}": value for name, value in settings.items()}
    main = ModuleVersion("example.com/prog", "(devel)")
    return BuildInfo("go1.26.6", "example.com/prog", main, (ModuleVersion("dep.org/d", "v1.2.0"),), given)


def binary(**changes: Any) -> BinaryFacts:
    """Return a healthy program, `-N -l`, but for what is changed."""
    healthy = BinaryFacts(
        FileState(PATH, executable=True, size=1 << 20),
        "elf",
        type="executable",
        system="linux",
        machine="amd64",
        entry=0x401000,
        link_mode="internal",
        sections=20,
        symbols=True,
        table=LineTableFacts(".gopclntab", 1000, True, "/src/prog/main.go", False, False),
        build=build(),
        build_ids=BuildIds("a/b/c/d"),
        dwarf=dwarf(),
    )
    return attrs.evolve(healthy, **changes)


def facts(found: BinaryFacts | None = None, **more: Any) -> Facts:
    given: dict[str, Any] = {"host": HOST, "dlv": DLV, "sources": SourceFacts("/src/prog")} | more
    return Facts(found if found is not None else binary(), **given)


def findings(found: BinaryFacts | None = None, **more: Any) -> tuple[Finding, ...]:
    return diagnose(facts(found, **more))


def codes(found: BinaryFacts | None = None, **more: Any) -> dict[str, str]:
    return {each.code: str(each.severity) for each in findings(found, **more)}
