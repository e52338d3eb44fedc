"""Rules about what a Go program tells a debugger: debug info, symbols, optimisation, paths, versions."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from dapshim.binary.facts import BinaryFacts
from dapshim.binary.moduledata import minor_of
from dapshim.diagnose.deeds import InstallDlvDeed
from dapshim.diagnose.facts import DlvFacts, Facts, GoRelease
from dapshim.diagnose.finding import Diagnosis, Finding, Remedy, Severity
from dapshim.diagnose.optimization import optimized_packages, owner_of
from dapshim.diagnose.rebuilding import linker_words, rebuilt, stripping

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

NO_DWARF: Final = Diagnosis(
    "no-dwarf",
    "The debug info is gone",
    (_WARNING,),
    "There is no DWARF: no source breakpoint can be set, and no variable shown. Delve starts it all the same.",
    "Built with `-ldflags=-s` or `-w` (in Go, `-s` alone takes the debug info too), `strip` or `objcopy` afterwards, `go run` "
    "or `go test`, whose temporary programs have none, or a debug link whose file is missing.",
    'Build it again without `-s` and `-w`: `go build -gcflags="all=-N -l"`. dapshim lends it the debug info of a rebuilt twin '
    "where the source is at hand, else it breaks by Go's own line table, with the stack and without variables.",
)
PARTIAL_DWARF: Final = Diagnosis(
    "partial-dwarf",
    "Debug info without variables",
    (_WARNING,),
    "Packages were compiled with `-dwarf=false`: lines are known, variables are not.",
    "`-gcflags=-dwarf=false` was given.",
    "Build it again without that flag.",
)
NO_SYMTAB: Final = Diagnosis(
    "no-symtab",
    "Debug info, but no symbol table",
    (_ERROR,),
    "The linker kept DWARF and left out `.symtab`. Delve 1.27.1 refuses to launch it: `could not parse ELF symbols: no symbol "
    "section`.",
    '`-ldflags="-s -w=0"`, which since Go 1.22 keeps debug info, or `strip` with options that keep it.',
    "Build it again without `-s`; or add a symbol to a copy: `objcopy --add-symbol x=0 FILE COPY`, which is enough.",
)
OPTIMIZED: Final = Diagnosis(
    "optimized",
    "Compiled with optimisation",
    (_WARNING, _INFO),
    "Some lines have no code of their own, so that their breakpoints cannot be set; some variables cannot be read or are "
    "missing, and functions cannot be called. Info where only other modules or Go's own packages are optimised, or where "
    "optimisation is off and only `-l` is missing: then lines and variables are right.",
    "`go build` optimises unless it is told not to. The evidence quotes what the compiler wrote into the debug info of each "
    "package; build info may say otherwise, when `-gcflags` named packages that are not there.",
    'Build it with `-gcflags="all=-N -l"`; `all=`, or else only the named packages are meant.',
)
TRIMPATH: Final = Diagnosis(
    "trimpath",
    "Paths were trimmed",
    (_INFO,),
    "Files are recorded by import path (`example.com/prog/main.go`), which no editor opens. Delve finds none of them; "
    "dapshim maps them.",
    "Built with `-trimpath`, maybe through GOFLAGS.",
    "Nothing with dapshim. Without it: a `substitutePath`, which `dapshim paths FILE` prints, or a build without `-trimpath`.",
)
GO_VERSION: Final = Diagnosis(
    "go-version",
    "Delve does not take this version of Go",
    (_ERROR,),
    "Delve refuses programs of a Go that is older or newer than those that it knows, and DWARF 5 when it was built with a Go "
    "before 1.25.",
    "Delve's releases each know some versions of Go. The compiler's version stands in the debug info; stripped programs are "
    "not checked.",
    "Install the Delve that goes with it; or have it try with `--check-go-version=false`.",
)
INSTRUMENTED: Final = Diagnosis(
    "instrumented",
    "Built with a sanitizer or for coverage",
    (_INFO,),
    "All of debugging works. With `-race` it is slower and a race is reported on stderr; with `-cover` the line of `func` may "
    "have several places.",
    "Built with `-race`, `-msan`, `-asan` or `-cover`.",
    "Nothing; or build it without the flag.",
)
TEST_BINARY: Final = Diagnosis(
    "test-binary",
    "A test binary",
    (_INFO,),
    "`go test -c` built it: it runs the tests of a package. Breakpoints in tests and in what they call work; `func main` of "
    "the package is never called, and its breakpoints are not hit.",
    "`main.main` is in the generated `_testmain.go`.",
    "Launch it with `-test.run NAME` among its arguments, or use mode `test`. For the program itself, `go build`.",
)

DIAGNOSES: Final = (NO_DWARF, PARTIAL_DWARF, NO_SYMTAB, OPTIMIZED, TRIMPATH, GO_VERSION, INSTRUMENTED, TEST_BINARY)

_TEMPORARY: Final = re.compile(r"[/\\]go-build\d+[/\\]b\d+[/\\]")
_NAMED: Final = 3
"""Packages that a sentence names; the rest are counted."""


def no_dwarf(facts: Facts) -> Iterator[Finding]:
    """No debug info, and why: what build info, the symbol table and a debug link tell of it."""
    binary = facts.program
    if binary is None or facts.dwarf is not None:
        return
    why, remedies = _why_stripped(facts, binary)
    yield NO_DWARF.found(
        f"The debug info is gone: {why}. By itself Delve sets no breakpoint by line in it and shows no variable.",
        where=binary.file.path,
        evidence=[_none_of_go(binary), *_stripped_evidence(binary)],
        remedies=[*remedies, rebuilt(facts)],
    )


def _why_stripped(facts: Facts, binary: BinaryFacts) -> tuple[str, list[Remedy]]:
    flags = stripping(linker_words(binary))
    link = binary.debug_link
    if flags:
        return f"it was built with -ldflags={shlex.quote(' '.join(flags))}", []
    if link is not None:
        folder = posixpath.dirname(binary.file.path)
        beside = facts.host.debug_file if facts.host is not None else None
        move = Remedy(f"Put {link.name} of this very build into {folder or '.'}")
        if beside is not None:
            return f"its debug link leads to {beside.path}, which is of another build", [move]
        return f"its debug link asks for {link.name}, which is not there", [move]
    return _told_by_nothing(binary), []


def _told_by_nothing(binary: BinaryFacts) -> str:
    if _TEMPORARY.search(binary.file.path):
        return "it is a temporary program of `go run` or `go test`, which link without it"
    if binary.build.settings.get("-trimpath") == "true":
        return "it was linked with -s or -w, or stripped afterwards (with -trimpath, -ldflags are not recorded)"
    if not binary.build.settings:
        return "it was linked with -s or -w, or stripped afterwards"
    if binary.is_test:
        return "it is a test binary of `go test` itself, which links without it, or it was stripped afterwards"
    return "it was stripped afterwards by `strip` or `objcopy`, or is of `go run`, since build info tells of no -s or -w"


def _none_of_go(binary: BinaryFacts) -> str:
    if binary.dwarf is None:
        return "no section .debug_info"
    return f"{binary.dwarf.others} units of debug info, none of them of Go"


def _stripped_evidence(binary: BinaryFacts) -> Iterator[str]:
    yield "symbol table kept" if binary.symbols else "no symbol table"
    if "-ldflags" in binary.build.settings:
        yield f"build info: -ldflags={binary.build.settings['-ldflags']}"
    if binary.debug_link is not None:
        yield f"debug link: {binary.debug_link.name}, CRC {binary.debug_link.crc:08x}"


def partial_dwarf(facts: Facts) -> Iterator[Finding]:
    """`-dwarf=false` for packages of one's own."""
    binary, dwarf = facts.program, facts.dwarf
    if binary is None or dwarf is None:
        return
    units = [each for each in dwarf.units if "-dwarf=false" in each.flags.split() and owner_of(each.package, binary) == "own"]
    if units:
        names = _listed(sorted({each.package for each in units}))
        yield PARTIAL_DWARF.found(
            f"{names} was compiled with -dwarf=false: lines are known, variables are not.",
            where=binary.file.path,
            evidence=[f"{units[0].package}: {units[0].producer}"],
            remedies=[rebuilt(facts)],
        )


def no_symtab(facts: Facts) -> Iterator[Finding]:
    """DWARF without `.symtab`; ELF alone, Delve does not ask for it elsewhere."""
    binary = facts.program
    if binary is None or binary.container != "elf" or binary.dwarf is None or binary.symbols:
        return
    path = binary.file.path
    flags = stripping(linker_words(binary))
    add = f"objcopy --add-symbol x=0 {shlex.quote(path)} {shlex.quote(path + '.symbols')}"
    yield NO_SYMTAB.found(
        "There is debug info but no symbol table, and Delve refuses to launch it: `no symbol section`.",
        where=path,
        evidence=[
            f"section {binary.dwarf.sections[0]} and {len(binary.dwarf.sections) - 1} more, no .symtab",
            *([f"build info: -ldflags={binary.build.settings['-ldflags']}"] if flags else []),
        ],
        remedies=[rebuilt(facts), Remedy("Or make a copy that has a symbol table", add)],
    )


def optimized(facts: Facts) -> Iterator[Finding]:
    """Tell what the compiler wrote of each package."""
    binary, dwarf = facts.program, facts.dwarf
    if binary is None or dwarf is None or (not dwarf.units and dwarf.damaged):
        return
    if not dwarf.units:
        yield from _told_by_build_info(facts, binary)
        return
    found = optimized_packages(binary, dwarf)
    evidence = list(found.evidence)
    if found.packages:
        if (flags := binary.build.settings.get("-gcflags")) is not None:
            evidence.append(f"build info: -gcflags={flags}")
        else:
            evidence.append("build info: no -gcflags")
    if found.packages and found.only_inlining:
        yield OPTIMIZED.found(
            "It was compiled with -N and without -l: Delve calls it optimised, but lines and variables are right.",
            severity=_INFO,
            where=binary.file.path,
            evidence=evidence,
            remedies=[rebuilt(facts)],
        )
    elif found.packages:
        wholly = len(found.packages) == found.own
        what = "It is" if wholly else f"{_listed(found.packages)} {'is' if len(found.packages) == 1 else 'are'}"
        yield OPTIMIZED.found(
            f"{what} compiled with optimisation: some lines take no breakpoint, and some variables cannot be read.",
            where=binary.file.path,
            evidence=evidence,
            remedies=[rebuilt(facts)],
        )
    elif found.dependencies or found.go:
        what = f"packages of other modules ({_listed(found.dependencies)})" if found.dependencies else "Go's own packages"
        yield OPTIMIZED.found(
            f"Your packages are compiled for debugging; {what} are optimised.",
            severity=_INFO,
            where=binary.file.path,
            evidence=[f"build info: -gcflags={binary.build.settings.get('-gcflags', '')}"],
            remedies=[rebuilt(facts)],
        )


def _told_by_build_info(facts: Facts, binary: BinaryFacts) -> Iterator[Finding]:
    """For debug info that cannot be read here (zstd): build info says what was asked for."""
    flags = binary.build.settings.get("-gcflags", "")
    if binary.build.settings and not ("-N" in flags and "-l" in flags):
        yield OPTIMIZED.found(
            "It was built with optimisation: some lines take no breakpoint, and some variables cannot be read.",
            where=binary.file.path,
            evidence=[f"build info: -gcflags={flags}" if flags else "build info: no -gcflags"],
            remedies=[rebuilt(facts)],
        )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def trimpath(facts: Facts) -> Iterator[Finding]:
    """Trimmed paths, by build info; the recorded path of main.main where there is none."""
    binary = facts.program
    if binary is None or (binary.table is None and not binary.build.settings):
        return
    file = binary.table.main_file if binary.table is not None else ""
    told = binary.build.settings.get("-trimpath") == "true"
    if not told and (not file or _is_absolute(file) or binary.is_test or binary.build.settings):
        return
    yield TRIMPATH.found(
        "The paths of its sources are trimmed: plain Delve finds no file of yours, dapshim maps them.",
        where=binary.file.path,
        evidence=[*(["build info: -trimpath=true"] if told else []), *([f"main.main is in {file}"] if file else [])],
        remedies=[
            Remedy("For a plain dlv, print the substitutePath that it needs", f"dapshim paths {shlex.quote(binary.file.path)}")
        ],
    )


def _is_absolute(path: str) -> bool:
    return path.startswith(("/", "\\")) or path[1:2] == ":"


def go_version(facts: Facts) -> Iterator[Finding]:
    """Delve's check, which reads the compiler's version in the debug info."""
    binary, dlv, dwarf = facts.program, facts.dlv, facts.dwarf
    if binary is None or dlv is None or dwarf is None or (facts.launch is not None and not facts.launch.check_go_version):
        return
    version = next((each.go_version for each in dwarf.units if each.go_version), binary.build.go_version)
    release = _release(version)
    if release is None:
        return
    here = facts.host is None or (binary.system or facts.host.system, binary.machine) == (facts.host.system, facts.host.machine)
    why = _why_refused(dlv, release, dwarf.version) if here else ""
    if why:
        yield GO_VERSION.found(
            f"{why}, and this program is of {version.partition(' ')[0]}: Delve refuses to launch it.",
            where=binary.file.path,
            evidence=[f"compiled by {version}, DWARF {dwarf.version}", f"Delve {dlv.version}"],
            remedies=_suited(facts, dlv),
        )


def _release(version: str) -> GoRelease | None:
    minor = minor_of(version)
    return (1, minor) if minor else None


def _why_refused(dlv: DlvFacts, release: GoRelease, dwarf: int) -> str:
    if dlv.oldest is not None and dlv.newest is not None and not dlv.oldest <= release <= dlv.newest:
        return f"Delve {dlv.version} takes Go {_dotted(dlv.oldest)} to {_dotted(dlv.newest)}"
    if dwarf >= 5 and dlv.built_with is not None and dlv.built_with < (1, 25):  # noqa: PLR2004 - DWARF 5 came with Go 1.25
        return f"this Delve {dlv.version} was built with Go {_dotted(dlv.built_with)}, and reads DWARF 5 only from Go 1.25 on"
    return ""


def _dotted(release: GoRelease) -> str:
    return ".".join(map(str, release))


def _suited(facts: Facts, dlv: DlvFacts) -> list[Remedy]:
    path = shlex.quote(facts.where)
    tried = Remedy("Or have it try all the same", f"dlv exec --check-go-version=false {path}")
    if not dlv.suited:
        return [tried]
    better = f"go install github.com/go-delve/delve/cmd/dlv@v{dlv.suited}"
    return [Remedy(f"Install Delve {dlv.suited}, which takes it", better, InstallDlvDeed(dlv.suited)), tried]


def instrumented(facts: Facts) -> Iterator[Finding]:
    """Sanitizers and coverage."""
    binary = facts.program
    if binary is not None and binary.instrumented:
        flags = ", ".join(binary.instrumented)
        yield INSTRUMENTED.found(
            f"It was built with {flags}: all of debugging works, more slowly.",
            where=binary.file.path,
            evidence=[flags],
        )


def test_binary(facts: Facts) -> Iterator[Finding]:
    """A test binary that is launched as a program."""
    binary = facts.program
    if binary is not None and binary.is_test and (facts.launch is None or facts.launch.mode != "test"):
        yield TEST_BINARY.found(
            "It is a test binary: it runs tests, and never calls func main of its package.",
            where=binary.file.path,
            evidence=["main.main is in _testmain.go"],
            remedies=[Remedy("Run one test", f"dlv exec {shlex.quote(binary.file.path)} -- -test.run '^TestName$'")],
        )


RULES: Final = (no_symtab, go_version, no_dwarf, partial_dwarf, optimized, trimpath, instrumented, test_binary)
