"""Single rules, on facts that no binary of the matrix has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from dapshim.binary.core import CoreFacts
from dapshim.binary.dwarf_units import Dwarf
from dapshim.binary.elf_dynamic import Dynamic
from dapshim.binary.facts import BinaryFacts, Damage
from dapshim.binary.packing import Packing
from dapshim.binary.recorded import BuildInfo, ModuleVersion
from dapshim.binary.source import FileState
from dapshim.diagnose.catalogue import CATALOGUE, diagnostics_page
from dapshim.diagnose.diagnosing import RULES, diagnose
from dapshim.diagnose.facts import (
    DlvFacts,
    EndingFacts,
    Facts,
    ForeignModule,
    HostFacts,
    LaunchFacts,
    SourceFacts,
    StaleFile,
)
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.verdicts import NOTHING, Abilities, Verdicts, verdicts
from dapshim.sources.stale import Freshness, Moved, Staleness
from tests.diagnose.scene import DLV, HOST, PATH, binary, build, codes, dwarf, facts, findings, units

PAGE = Path(__file__).parents[2] / "docs" / "diagnostics.md"
PACKED = Packing(("`UPX!` at byte 0xec", "no section headers"))


def verdict(found: BinaryFacts | None, **more: Any) -> Verdicts:
    given = facts(found, **more)
    return verdicts(given, diagnose(given))


# -- laws ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_without_facts_a_rule_says_nothing(rule):
    assert list(rule(Facts())) == []


def test_a_healthy_program_has_no_finding():
    assert findings() == ()
    assert verdict(None).plain == verdict(None).dapshim == Abilities("yes", "yes", "yes")


@pytest.mark.parametrize("flag", ["race", "msan", "asan", "cover", "trimpath"])
def test_a_healthy_program_has_nothing_above_info(flag):
    (found,) = findings(binary(build=build(**{flag: "true"})))
    assert found.severity is Severity.INFO
    assert found.code == ("trimpath" if flag == "trimpath" else "instrumented")


def test_the_page_is_made_from_the_catalogue():
    assert PAGE.read_text() == diagnostics_page(), "make it anew with: dapshim explain --markdown > docs/diagnostics.md"


PROMISED = """
no-dwarf no-symtab optimized trimpath packed not-go not-main not-executable truncated wrong-platform debug-only-file go-version
stale-source foreign-version test-binary instrumented core-mismatch missing-loader
"""
"""Codes on which scripts rely."""


def test_codes_are_there_once_and_those_that_were_promised_all_are():
    names = [each.code for each in CATALOGUE]
    assert len(set(names)) == len(names)
    assert set(names) >= set(PROMISED.split())
    for each in CATALOGUE:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", each.code)
        assert each.meaning.endswith(".")
        assert each.why.endswith(".")
        assert each.remedy.endswith(".")


# -- optimised -------------------------------------------------------------------------------------------------------------


def test_only_packages_of_other_modules():
    found = binary(dwarf=dwarf(*units("-N -l regabi", "main", "example.com/prog/sub"), *units("regabi", "dep.org/d/x", "fmt")))
    assert codes(found) == {"optimized": "info"}
    assert "packages of other modules (dep.org/d/x)" in findings(found)[0].message


def test_the_runtime_alone_says_nothing():
    assert codes(binary(dwarf=dwarf(*units("-N -l", "main"), *units("-l", "runtime", "internal/abi")))) == {}


def test_three_packages_are_named_and_the_rest_are_counted():
    names = [f"example.com/prog/p{number}" for number in range(5)]
    (found,) = findings(binary(dwarf=dwarf(*units("-N -l", "main"), *units("", *names))))
    assert found.message.startswith(f"{names[0]}, {names[1]}, {names[2]} and 2 more are compiled with optimisation")


def test_a_module_without_a_dot_is_the_person_s_own():
    own = BuildInfo("go1.26.6", "prog", ModuleVersion("prog"), (), {"-buildmode": "exe"})
    assert codes(binary(build=own, dwarf=dwarf(*units("-N -l", "main"), *units("", "prog/sub")))) == {"optimized": "warning"}


def test_without_build_info_a_dot_tells():
    unknown = binary(build=BuildInfo(), dwarf=dwarf(*units("-N -l", "main"), *units("", "example.com/a", "fmt")))
    assert codes(unknown) == {"optimized": "warning"}


def test_debug_info_that_cannot_be_read_here_leaves_build_info():
    zstd = Dwarf((".debug_info",), compression="zstd", problem="not supported: section .debug_info is compressed with zstd")
    assert codes(binary(dwarf=zstd)) == {}
    assert codes(binary(dwarf=zstd, build=attrs.evolve(build(), settings={"-buildmode": "exe"}))) == {"optimized": "warning"}


def test_debug_info_of_c_libraries_alone_is_none():
    (found,) = findings(binary(dwarf=Dwarf((".debug_info",), 5, others=7, whole=True)))
    assert found.code == "no-dwarf"
    assert found.evidence[0] == "7 units of debug info, none of them of Go"


# -- versions --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("go", "dlv", "said"),
    [
        ("go1.24.11", DLV, "Delve 1.27.1 takes Go 1.25 to 1.27"),
        ("go1.28rc1", DLV, "Delve 1.27.1 takes Go 1.25 to 1.27"),
        ("go1.26.6", attrs.evolve(DLV, built_with=(1, 24)), "was built with Go 1.24"),
        ("go1.26.6-X:nogreenteagc", DLV, ""),
        ("devel +0123abc", DLV, ""),
        ("go1.26.6", DlvFacts("9.9.9"), ""),
    ],
)
def test_versions(go, dlv, said):
    found = binary(dwarf=dwarf(*units("-N -l regabi", "main", version=go)))
    told = [each.message for each in findings(found, dlv=dlv)]
    assert ([said in each for each in told] == [True]) if said else told == []


def test_the_version_is_not_checked_where_dlv_is_told_not_to_or_nothing_tells_it():
    old = binary(dwarf=dwarf(*units("-N -l", "main", version="go1.21.13"), version=4))
    assert codes(old) == {"go-version": "error"}
    assert codes(old, launch=LaunchFacts(check_go_version=False)) == {}
    assert codes(attrs.evolve(old, dwarf=None)) == {"no-dwarf": "warning"}
    assert verdict(old).plain == NOTHING
    assert verdict(old).dapshim == Abilities("yes", "yes", "yes")


def test_the_remedy_is_the_delve_that_takes_it():
    (found,) = findings(
        binary(dwarf=dwarf(*units("-N -l", "main", version="go1.24.1"))), dlv=attrs.evolve(DLV, suited="1.26.3")
    )
    assert [each.command for each in found.remedies] == [
        "go install github.com/go-delve/delve/cmd/dlv@v1.26.3",
        f"dlv exec --check-go-version=false {PATH}",
    ]


# -- the file --------------------------------------------------------------------------------------------------------------


def test_packed_is_an_error_unless_upx_is_there():
    found = binary(table=None, dwarf=None, build=BuildInfo(), packing=PACKED, table_damage=Damage("not-go", "no table"))
    assert codes(found) == {"packed": "error"}
    assert codes(found, host=attrs.evolve(HOST, upx=True)) == {"packed": "warning"}
    assert verdict(found).dapshim == NOTHING
    assert verdict(found, host=attrs.evolve(HOST, upx=True)).dapshim == Abilities("partly", "yes", "partly")


def test_a_core_in_place_of_a_program():
    assert codes(binary(type="core", table=None, dwarf=None, build=BuildInfo())) == {"core-file": "error"}


def test_a_universal_file_that_has_this_machine_is_of_it():
    fat = binary(container="universal", system="darwin", machine="amd64", architectures=("amd64", "arm64"))
    assert codes(fat, host=HostFacts("darwin", "arm64"), dlv=None) == {}
    assert codes(fat, host=HostFacts("darwin", "riscv64"), dlv=None) == {"wrong-platform": "error"}


def test_missing_libraries_and_loaders():
    asks = binary(interpreter="/lib/ld-musl-x86_64.so.1", dynamic=Dynamic(("libfoo.so.1", "libc.so")))
    gone = attrs.evolve(HOST, interpreter=False)
    (loader,) = findings(asks, host=gone)
    assert "/lib/ld-musl-x86_64.so.1, of musl (Alpine), is not on this machine" in loader.message
    (library,) = findings(asks, host=attrs.evolve(HOST, interpreter=True, missing_libraries=("libfoo.so.1",)))
    assert library.code == "missing-loader"
    assert "libfoo.so.1" in library.message
    assert codes(attrs.evolve(asks, machine="arm64"), host=gone) == {"wrong-platform": "error"}


def test_damage_is_an_error_where_delve_gives_no_answer():
    large = Dwarf((".debug_info",), problem="section .debug_info unpacks to 2147483648 bytes", damaged=True, too_large=True)
    assert codes(binary(dwarf=large)) == {"damaged": "error"}
    broken = attrs.evolve(large, too_large=False)
    assert codes(binary(dwarf=broken)) == {"damaged": "warning"}
    assert verdict(binary(dwarf=broken)).dapshim == Abilities("yes", "yes", "yes")
    partly = attrs.evolve(dwarf(), damaged=True, problem="the unit at 0x40 of the debug info is damaged", whole=False)
    assert codes(binary(dwarf=partly)) == {"damaged": "warning"}


# -- commands --------------------------------------------------------------------------------------------------------------


def command(**settings: str) -> str:
    found = binary(dwarf=None, build=attrs.evolve(build(), settings={f"-{name}": value for name, value in settings.items()}))
    return findings(found)[0].remedies[-1].command


def test_a_command_keeps_what_it_was_built_with():
    assert command() == f'cd /src/prog && go build -gcflags="all=-N -l" -o {PATH} .'
    said = command(tags="a,b", race="true", buildmode="pie", ldflags="-s -w -X main.v=1 -X=main.w=2")
    assert "-tags=a,b -race -buildmode=pie '-ldflags=-X=main.v=1 -X=main.w=2'" in said


@pytest.mark.parametrize("flag", ["-extld=/tmp/evil", "-extldflags=-fplugin=/tmp/evil.so", "-toolexec=/tmp/evil"])
def test_a_command_never_takes_over_what_could_name_a_program(flag):
    assert "evil" not in command(ldflags=f"-s {flag}", toolexec="/tmp/evil", gcflags=flag)
    assert "evil" not in command(tags="a; /tmp/evil")


def test_names_are_quoted():
    odd = binary(dwarf=None, file=FileState("/x/a b'c", executable=True))
    assert findings(odd)[0].remedies[-1].command.endswith("""-o '/x/a b'"'"'c' .""")


def test_without_the_source_the_title_says_where_to_run_it():
    (found,) = findings(binary(dwarf=None), sources=None)
    assert found.remedies[-1].title == "Build it again for debugging, in the folder of its module"
    assert found.remedies[-1].command.endswith(" example.com/prog")


def test_a_program_of_go_install_is_installed_again():
    main = ModuleVersion("example.com/prog", "v1.2.3", sum="h1:x=")
    (found,) = findings(binary(dwarf=None, build=attrs.evolve(build(), main=main)))
    assert found.remedies[-1].command == 'GOBIN=/x go install -gcflags="all=-N -l" example.com/prog@v1.2.3'


# -- what surrounds it -----------------------------------------------------------------------------------------------------


def test_stale_sources_and_foreign_modules():
    stale = StaleFile("/src/prog/main.go", Staleness(Freshness.STALE, (Moved("main.main", 5, 9),), (), 1, 1))
    foreign = ForeignModule("dep.org/d", "v1.2.0", "v1.3.0", "/src/prog/go.mod")
    found = findings(sources=SourceFacts("/src/prog", (stale,), (foreign,)))
    assert [(each.code, each.severity, each.where) for each in found] == [
        ("stale-source", Severity.WARNING, "/src/prog/main.go"),
        ("foreign-version", Severity.WARNING, "/src/prog/go.mod"),
    ]
    assert "main.main was at line 5, is at 9" in found[0].message
    assert "has dep.org/d v1.2.0, and /src/prog/go.mod here selects v1.3.0" in found[1].message


def test_a_core_of_another_program():
    assert codes(core=CoreFacts("/x/core", "/y/other", same=False, evidence=("x",))) == {"core-mismatch": "error"}
    assert codes(core=CoreFacts("/x/core", PATH, same=True)) == {}
    assert codes(core=CoreFacts("/x/core")) == {}


def test_killed_by_the_kernel():
    (found,) = findings(ending=EndingFacts(9, 1, 64 << 20, "/sys/fs/cgroup/x"))
    assert found.code == "killed"
    assert "whose limit is 64 MiB" in found.message
    assert codes(ending=EndingFacts(9, 0)) == codes(ending=EndingFacts(11, 1)) == {}


@pytest.mark.parametrize(
    ("launch", "code", "where"),
    [
        (LaunchFacts("debug", goflags=("-ldflags=-s",)), "no-dwarf", "GOFLAGS"),
        (LaunchFacts("debug", goflags=("-trimpath",)), "trimpath", "GOFLAGS"),
        (LaunchFacts("test", after=("-ldflags", "-w")), "no-dwarf", "buildFlags"),
        (LaunchFacts("debug", after=("-gcflags=-m",)), "optimized", "buildFlags"),
        (LaunchFacts("debug", after=("-gcflags", "all=-l")), "optimized", "buildFlags"),
        (LaunchFacts("debug", before=("-gcflags=-m",)), "", ""),
        (LaunchFacts("debug", before=("-ldflags=-w=0",), goflags=("-ldflags=-s",)), "", ""),
        (LaunchFacts("debug", before=("-trimpath=false",), goflags=("-trimpath",)), "", ""),
        (LaunchFacts("debug", after=("-tags", "x", "-gcflags=all=-N -l -m")), "", ""),
        (LaunchFacts("exec", goflags=("-ldflags=-s",)), "", ""),
    ],
)
def test_what_undoes_a_debug_build(launch, code, where):
    found = diagnose(Facts(launch=launch))
    assert [(each.code, each.where) for each in found] == ([(code, where)] if code else [])
