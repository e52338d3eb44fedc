"""Rules about the file itself: whether it is a program, of this machine, whole, and Go's.

What Delve 1.27.1 answers for most of them is one text, `not an executable file`; the texts here are told by the facts.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator
from typing import Final

from dapshim.binary.facts import BinaryFacts
from dapshim.diagnose.deeds import ExecutableDeed
from dapshim.diagnose.facts import Facts
from dapshim.diagnose.finding import Diagnosis, Finding, Remedy, Severity
from dapshim.diagnose.rebuilding import built_for_host, built_without_c, rebuilt

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

NOT_EXECUTABLE: Final = Diagnosis(
    "not-executable",
    "The file is no program, or may not be run",
    (_ERROR,),
    "A folder, a script, a text, an empty file, an archive, or a program without its x bit.",
    "The system runs only executable files, and Delve answers `not an executable file` for every other.",
    "`chmod +x FILE` for a program; else name the program: build it first, or launch with mode `debug` and the package.",
)
TRUNCATED: Final = Diagnosis(
    "truncated",
    "The executable ends too early",
    (_ERROR,),
    "A table or section that the headers name ends behind the end of the file.",
    "A copy or download that broke off, a full disk, or a build that is still running.",
    "Copy or build it again.",
)
DAMAGED: Final = Diagnosis(
    "damaged",
    "The executable contradicts itself",
    (_ERROR, _WARNING),
    "Headers or debug info have numbers that cannot be. It is a warning where only a part of the debug info is damaged.",
    "A broken copy, a tool that rewrote it, or a file that was made to do harm. Delve may answer with an error, or not at all.",
    "Build it again.",
)
NOT_MAIN: Final = Diagnosis(
    "not-main",
    "A library, plugin, archive or object file, not a program",
    (_ERROR,),
    "There is no `main` that could be run. One with its x bit set is started by Delve, and dies at once.",
    "It was built with `-buildmode=plugin`, `c-shared` or `c-archive`, or from a package that is not `main`.",
    "Debug the program that loads it; or build a main package.",
)
CORE_FILE: Final = Diagnosis(
    "core-file",
    "A core file, not a program",
    (_ERROR,),
    "It is the memory of a program that died.",
    "A core is looked at together with its program.",
    "`dlv core PROGRAM CORE`, or launch with mode `core` and `coreFilePath`.",
)
DEBUG_ONLY_FILE: Final = Diagnosis(
    "debug-only-file",
    "The debug info of a program, without its code",
    (_ERROR,),
    "`objcopy --only-keep-debug` made it. Delve starts it, verifies breakpoints, and it dies of signal 11.",
    "Debug info is kept apart from the program that is shipped.",
    "Launch the program itself; Delve finds this file by the program's debug link.",
)
PACKED: Final = Diagnosis(
    "packed",
    "Packed with UPX",
    (_ERROR, _WARNING),
    "Code, line table and debug info are compressed until the program runs, so that no breakpoint can be set. It is a warning "
    "where `upx` is there, because dapshim then debugs an unpacked copy.",
    "UPX makes files smaller. Delve starts it and runs past every breakpoint.",
    "`upx -d` gives back the very file that was packed, debug info included.",
)
NOT_GO: Final = Diagnosis(
    "not-go",
    "Not built by Go",
    (_WARNING,),
    "There is neither Go's line table nor its build info nor debug info of Go. Delve starts it; breakpoints in C with debug "
    "info are hit, without stack and variables.",
    "Another language, or a program that was packed or rewritten.",
    "A debugger for its language, such as gdb or lldb.",
)
WRONG_PLATFORM: Final = Diagnosis(
    "wrong-platform",
    "Built for another system or machine",
    (_ERROR,),
    "The system or the machine differs from the one that Delve runs on. A 386 or FreeBSD program on linux/amd64 is even "
    "launched, and breakpoints verify; then Delve hangs, or the program is gone.",
    "GOOS or GOARCH was set when it was built, or it is of another machine.",
    "Build it for this machine, or debug it on its own.",
)
MISSING_LOADER: Final = Diagnosis(
    "missing-loader",
    "A loader or library is missing",
    (_ERROR,),
    "The program asks for a loader (`ld-linux`, `ld-musl`) or a shared library that is not on this machine.",
    "It was linked elsewhere: with glibc and run on Alpine (musl), or the other way round.",
    "Install the library, or build it here; with `CGO_ENABLED=0` it needs none.",
)

DIAGNOSES: Final = (
    NOT_EXECUTABLE, TRUNCATED, DAMAGED, NOT_MAIN, CORE_FILE, DEBUG_ONLY_FILE, PACKED, NOT_GO, WRONG_PLATFORM, MISSING_LOADER,
)  # fmt: skip

_KINDS: Final = {
    "directory": "a folder", "pipe": "a named pipe", "socket": "a socket", "device": "a device", "empty": "empty",
    "script": "a script", "text": "a text file", "gzip": "a gzip archive", "zip": "a zip archive",
    "zstd": "a file compressed with zstd", "bitcode": "LLVM bitcode", "unknown": "no executable of any kind that is known",
}  # fmt: skip
_FOREIGN: Final = {"wasm": "WebAssembly", "xcoff": "AIX", "plan9": "Plan 9", "dos": "DOS"}


def not_executable(facts: Facts) -> Iterator[Finding]:
    """Find what is no program at all, or lacks its x bit."""
    binary = facts.binary
    if binary is None:
        return
    path = binary.file.path
    if binary.container in _KINDS:
        evidence = ["it begins with `#!`"] if binary.container == "script" else []
        yield NOT_EXECUTABLE.found(
            f"{path} is {_KINDS[binary.container]}, not an executable file.",
            where=path,
            evidence=evidence,
            remedies=_instead(binary),
        )
    elif facts.program is not None and binary.file.executable is False:
        yield NOT_EXECUTABLE.found(
            f"{path} is a program, but may not be run: its x bit is not set.",
            where=path,
            evidence=["mode without any x bit"],
            remedies=[Remedy("Allow it to be run", f"chmod +x {shlex.quote(path)}", ExecutableDeed(path))],
        )


def _instead(binary: BinaryFacts) -> list[Remedy]:
    path = binary.file.path
    if binary.container == "directory":
        return [Remedy("Debug the main package in it", f"cd {shlex.quote(path)} && dlv debug .")]
    if binary.container == "text" and path.endswith(".go"):
        return [Remedy("Debug the Go file: Delve builds it first", f"dlv debug {shlex.quote(path)}")]
    if binary.container == "empty":
        return [Remedy("Build it again; the last build or copy wrote nothing")]
    return [Remedy("Name the program that `go build` wrote, or launch with mode `debug` and its package")]


def truncated(facts: Facts) -> Iterator[Finding]:
    """Find what ends too early, and what contradicts itself."""
    binary = facts.binary
    if binary is None or binary.container in _KINDS or binary.container in _FOREIGN:
        return
    path, damage = binary.file.path, binary.damage
    if damage is not None and damage.kind == "truncated":
        yield TRUNCATED.found(
            f"{path} is cut short: it ends before what its headers name.",
            where=path,
            evidence=[damage.message],
            remedies=[Remedy("Copy or build it again, and wait for the end")],
        )
    elif damage is not None and damage.kind in ("malformed", "unsupported"):
        yield DAMAGED.found(
            f"{path} is damaged: its headers contradict themselves.",
            where=path,
            evidence=[damage.message],
            remedies=[Remedy("Build it again")],
        )


def damaged(facts: Facts) -> Iterator[Finding]:
    """Damage within: debug info or line table."""
    binary = facts.program
    if binary is None:
        return
    dwarf, table = binary.dwarf, binary.table_damage
    if dwarf is not None and dwarf.damaged:
        if dwarf.too_large:
            what = "The debug info claims to be larger than Delve can unpack: it would give no answer."
        elif not dwarf.units and not dwarf.others:
            what = "The debug info is damaged: Delve takes it for none, and sets no breakpoint by line."
        else:
            what = "A part of the debug info is damaged: breakpoints and variables of some packages will not work."
        yield DAMAGED.found(
            what,
            severity=_ERROR if dwarf.too_large else _WARNING,
            where=binary.file.path,
            evidence=[dwarf.problem],
            remedies=[rebuilt(facts, "Build it again")],
        )
    elif table is not None and table.kind != "not-go":
        yield DAMAGED.found(
            "Go's line table cannot be read.",
            severity=_WARNING,
            where=binary.file.path,
            evidence=[table.message],
            remedies=[rebuilt(facts, "Build it again")],
        )


def not_main(facts: Facts) -> Iterator[Finding]:
    """Libraries, plugins, archives, object files."""
    binary = facts.binary
    if binary is None:
        return
    mode = binary.build_mode
    if binary.container == "archive":
        what, evidence = "an archive (.a)", "it begins with `!<arch>`"
    elif binary.container == "go-object":
        what, evidence = "a Go object file", "it begins with `go object`"
    elif binary.damage is not None:
        return
    elif binary.type == "object":
        what, evidence = "an object file", f"{binary.container} of type object"
    elif mode == "plugin":
        what, evidence = "a Go plugin", "build info says -buildmode=plugin"
    elif mode == "c-shared":
        what, evidence = "a shared library of Go code for C", "build info says -buildmode=c-shared"
    elif binary.type == "shared":
        what, evidence = "a shared library", f"{binary.container} of type shared, without a loader and a mark of a program"
    else:
        return
    yield NOT_MAIN.found(
        f"{binary.file.path} is {what}, not a program: it has no main that could be run.",
        where=binary.file.path,
        evidence=[evidence],
        remedies=[Remedy("Launch the program that loads it; breakpoints in it are set when it is loaded")]
        if binary.type == "shared"
        else [Remedy("Build the program itself: a package main", 'go build -gcflags="all=-N -l" ./...')],
    )


def core_file(facts: Facts) -> Iterator[Finding]:
    """Find a core in place of a program."""
    binary = facts.binary
    if binary is not None and binary.type == "core" and binary.damage is None:
        path = binary.file.path
        yield CORE_FILE.found(
            f"{path} is a core file, the memory of a program that died, not a program.",
            where=path,
            evidence=["ELF of type core"],
            remedies=[Remedy("Open it together with its program", f"dlv core PROGRAM {shlex.quote(path)}")],
        )


def debug_only_file(facts: Facts) -> Iterator[Finding]:
    """Find what `objcopy --only-keep-debug` wrote, or a dSYM."""
    binary = facts.binary
    if binary is not None and binary.type == "debug" and binary.damage is None:
        path = binary.file.path
        yield DEBUG_ONLY_FILE.found(
            f"{path} holds the debug info of a program, and none of its code.",
            where=path,
            evidence=["section .text has no bytes" if binary.container == "elf" else "Mach-O of type dSYM"],
            remedies=[Remedy(f"Launch the program that it was made from, often {posixpath.splitext(path)[0]}")],
        )


def packed(facts: Facts) -> Iterator[Finding]:
    """UPX."""
    binary = facts.binary
    if binary is None or not binary.packing_hides or binary.packing is None:
        return
    path = binary.file.path
    there = facts.host is not None and facts.host.upx
    command = f"upx -d -o {shlex.quote(path + '.unpacked')} {shlex.quote(path)}"
    yield PACKED.found(
        f"{path} is packed with UPX: Delve sees neither its code nor its lines, and runs past every breakpoint.",
        severity=_WARNING if there else _ERROR,
        where=path,
        evidence=binary.packing.marks,
        remedies=[Remedy("Unpack it into a file beside it" if there else "Install upx, and unpack it", command)],
    )


def not_go(facts: Facts) -> Iterator[Finding]:
    """Another language."""
    binary = facts.binary
    if binary is None or binary.damage is not None or binary.type != "executable" or binary.packing_hides or binary.is_go:
        return
    path = binary.file.path
    why = binary.table_damage.message if binary.table_damage is not None else "no build info"
    debugger = "lldb" if binary.container == "macho" else "gdb"
    yield NOT_GO.found(
        f"{path} was not built by Go: Delve runs it, but knows neither its stack nor its variables.",
        where=path,
        evidence=[why, f"{binary.dwarf.others} units of debug info of other languages" if binary.dwarf else "no debug info"],
        remedies=[Remedy("Use a debugger of its language", f"{debugger} {shlex.quote(path)}")],
    )


def wrong_platform(facts: Facts) -> Iterator[Finding]:
    """Another system or machine than Delve's."""
    binary, host = facts.binary, facts.host
    if binary is None or host is None:
        return
    here = f"{host.system}/{host.machine}"
    if binary.container in _FOREIGN:
        system, machine = str(binary.container), ""
        built, evidence = _FOREIGN[binary.container], f"it is a file of {_FOREIGN[binary.container]}"
    elif binary.damage is not None or binary.type != "executable":
        return
    else:
        system = binary.system or host.system
        machine = binary.machine
        if (system, machine) == (host.system, host.machine):
            return
        if host.machine in binary.architectures and system == host.system:
            return
        built = f"{system}/{machine}"
        evidence = f"{binary.container} for {built}"
    then = _what_happens(system, machine, host.system, host.machine)
    yield WRONG_PLATFORM.found(
        f"This is a program for {built}, and this machine is {here}: {then}",
        where=binary.file.path,
        evidence=[evidence],
        remedies=[_built_for(facts, host.system, host.machine)],
    )


def _what_happens(system: str, machine: str, here: str, this: str) -> str:
    if (here, this) == ("linux", "amd64") and (system, machine) == ("linux", "386"):
        return "Delve starts it, and then it hangs or dies."
    if here == "linux" and system == "freebsd":
        return "Delve starts it, and it dies at once."
    return "it cannot be debugged here."


def _built_for(facts: Facts, system: str, machine: str) -> Remedy:
    if facts.binary is None or not (facts.binary.is_go or facts.binary.container == "wasm"):
        return Remedy(f"Use the program that was built for {system}/{machine}")
    return built_for_host(facts, "Build it for this machine")


def missing_loader(facts: Facts) -> Iterator[Finding]:
    """Find that the loader is missing, or a library that it would load."""
    binary, host = facts.binary, facts.host
    if binary is None or host is None or binary.type != "executable" or binary.damage is not None:
        return
    if (binary.system or host.system, binary.machine) != (host.system, host.machine):
        return
    again = [
        rebuilt(facts, "Build it again here, for this machine's C library"),
        built_without_c(facts, "Or without any, if it has no C code of its own"),
    ]
    if host.interpreter is False:
        kind = (
            "musl (Alpine)"
            if "musl" in binary.interpreter
            else "glibc"
            if "ld-linux" in binary.interpreter
            else "another C library"
        )
        yield MISSING_LOADER.found(
            f"The loader {binary.interpreter}, of {kind}, is not on this machine: the program cannot start.",
            where=binary.file.path,
            evidence=[f"interpreter {binary.interpreter}"],
            remedies=again if binary.is_go else [Remedy("Run it where it was built for")],
        )
    elif host.missing_libraries:
        names = ", ".join(host.missing_libraries)
        yield MISSING_LOADER.found(
            f"A shared library is missing on this machine: {names}. The program dies before its first instruction.",
            where=binary.file.path,
            evidence=[f"asked for: {', '.join(binary.dynamic.needed)}", f"not found: {names}"],
            remedies=[
                Remedy("Install it, or name its folder", f"LD_LIBRARY_PATH=FOLDER {shlex.quote(binary.file.path)}"),
                *(again if binary.is_go else []),
            ],
        )


RULES: Final = (
    not_executable, truncated, damaged, not_main, core_file, debug_only_file, packed, not_go, wrong_platform, missing_loader,
)  # fmt: skip
