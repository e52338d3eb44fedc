"""The matrix: for each binary what is found in it, and what plain dlv does with it.

`plain` and `dapshim` are breakpoints, stack and variables. What dlv answers is observed in the same test, and must be `plain`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from tests.diagnose.binaries import DEBUG, Binaries

NOTHING = "no no no"
ALL = "yes yes yes"
PART = "partly yes partly"
BRIDGE = "partly yes no"

NOT_EXECUTABLE = "could not launch process: not an executable file"
NO_SYMBOLS = "could not launch process: could not parse ELF symbols: no symbol section"
TOO_OLD = "is too old for this version of Delve"

W, E, I = "warning", "error", "info"  # noqa: E741 - they stand in a table


@attrs.frozen
class Shape:
    """Which sources are looked at, and with which arguments the program runs; the first source has main, or the test."""

    sources: Sequence[str] = ("main.go", "sum/sum.go")
    arguments: Sequence[str] = ()
    recorded: Sequence[str] = ()
    """Names by which plain dlv knows the sources, where it does not know them by their own."""


@attrs.frozen
class Row:
    """One binary.

    `launch` is a part of what dlv answers, "ok" when it launches; `ended` what then becomes of the program. `observed` is what
    dlv does where that is not `plain`: what verifies breakpoints and dies is not debugged. `message` is a part of the worst
    finding's sentence. With `mended_by`, flags of dlv, plain dlv does what `dapshim` says.
    """

    name: str
    make: Callable[[Binaries], Path]
    findings: dict[str, str]
    plain: str = NOTHING
    dapshim: str = NOTHING
    launch: str = "ok"
    ended: str = "exited 0"
    shape: Shape = attrs.field(factory=Shape)
    quick: bool = False
    message: str = ""
    observed: str = ""
    mended_by: Sequence[str] = ()


TRIMMED = Shape(recorded=("example.com/inspected/main.go", "example.com/inspected/sum/sum.go"))
TEST = Shape(("main_test.go", "sum/sum.go"), ("-test.run", "TestTotal"))
CGO = Shape(("withc/main.go", "sum/sum.go"))
C = Shape(("c/main.c",))


PLUG = {"package": "./plug", "CGO_ENABLED": "1"}
TRY = ("--check-go-version=false",)


def flags(*given: str, **more: str) -> Callable[[Binaries], Path]:
    return lambda shop: shop.go(*given, **more)


def stripped(*options: str) -> Callable[[Binaries], Path]:
    return lambda shop: shop.tool(f"strip {options}", shop.go(DEBUG), "strip", *options, "{}")


def with_link(*, there: bool, other: bool = False) -> Callable[[Binaries], Path]:
    def make(shop: Binaries) -> Path:
        def change(out: Path) -> None:
            kept = out.with_name("program.debug")
            shop.run(["objcopy", "--only-keep-debug", str(out), str(kept)])
            shop.run(["strip", "--strip-debug", str(out)])
            shop.run(["objcopy", f"--add-gnu-debuglink={kept}", str(out)])
            if not there:
                kept.unlink()
            if other:
                shop.run(["objcopy", "--only-keep-debug", str(shop.go()), str(kept)])

        return shop.changed(f"link {there} {other}", shop.go(DEBUG), change)

    return make


def runnable(mode: str) -> Callable[[Binaries], Path]:
    def make(shop: Binaries) -> Path:
        library = shop.go(f"-buildmode={mode}", package="./plug", CGO_ENABLED="1", name="lib.so")
        return shop.changed(f"runnable {mode}", library, lambda out: out.chmod(0o755))

    return make


def other_loader(shop: Binaries) -> Path:
    """Link it for a loader that is not here, as a program of Alpine is on a machine with glibc."""
    loader = "-ldflags=-linkmode=external -extldflags=-Wl,--dynamic-linker=/lib/ld-musl-nowhere.so.1"
    return shop.go(DEBUG, loader, package="./withc", CGO_ENABLED="1")


def only_debug(shop: Binaries) -> Path:
    return shop.tool("only", shop.go(DEBUG), "objcopy", "--only-keep-debug", "{}")


def unexecutable(shop: Binaries) -> Path:
    return shop.changed("mode", shop.go(DEBUG), lambda out: out.chmod(0o644))


def cut(shop: Binaries) -> Path:
    def change(out: Path) -> None:
        data = out.read_bytes()
        out.write_bytes(data[: len(data) // 2])

    return shop.changed("cut", shop.go(DEBUG), change)


def written(name: str, text: str, mode: int) -> Callable[[Binaries], Path]:
    def make(out: Path) -> None:
        out.write_text(text)
        out.chmod(mode)

    return lambda shop: shop.made(("written", name), make, name)


def folder(shop: Binaries) -> Path:
    return shop.made("folder", lambda out: out.mkdir())


def from_go_run(shop: Binaries) -> Path:
    """Take the temporary program from `go run` itself, which keeps its name."""

    def make(out: Path) -> None:
        script = out.with_name("keep")
        script.write_text(f'#!/bin/sh\ncp "$1" "{out}"\n')
        script.chmod(0o755)
        shop.run_go("run", "-exec", str(script), ".")

    return shop.made("go run", make)


def from_go_test(shop: Binaries) -> Path:
    def make(out: Path) -> None:
        script = out.with_name("keep")
        script.write_text(f'#!/bin/sh\ncp "$1" "{out}"\n')
        script.chmod(0o755)
        shop.run_go("test", "-exec", str(script), ".")

    return shop.made("go test", make)


def c_program(*options: str) -> Callable[[Binaries], Path]:
    gcc = ["gcc", *options]
    return lambda shop: shop.made(("c", options), lambda out: shop.run([*gcc, "-o", str(out), str(shop.source / "c/main.c")]))


def object_file(shop: Binaries) -> Path:
    return shop.made("object", lambda out: shop.run(["gcc", "-c", "-o", str(out), str(shop.source / "c/main.c")]), "main.o")


def without_library(shop: Binaries) -> Path:
    def make(out: Path) -> None:
        library = out.with_name("libgone.so")
        shop.run(["gcc", "-shared", "-o", str(library), "-x", "c", "/dev/null"])
        link = f"-extldflags=-Wl,--no-as-needed -L{out.parent} -lgone"
        shop.run_go("build", DEBUG, f"-ldflags=-linkmode=external '{link}'", "-o", str(out), "./withc", CGO_ENABLED="1")
        library.unlink()

    return shop.made("library", make)


def claiming(shop: Binaries) -> Path:
    """Have the compressed debug info claim that it unpacks to 2 GiB."""

    def change(out: Path) -> None:
        from elftools.elf.elffile import ELFFile

        with out.open("r+b") as file:
            section = ELFFile(file).get_section_by_name(".debug_info")
            assert section is not None
            file.seek(section["sh_offset"] + 8)
            file.write((2 << 30).to_bytes(8, "little"))

    return shop.changed("claim", shop.go(DEBUG), change)


ROWS = (
    # -- healthy builds: nothing above info --------------------------------------------------------------------------------
    Row("-N -l", flags(DEBUG), {}, ALL, ALL, quick=True),
    Row("-N -l, uncompressed", flags(DEBUG, "-ldflags=-compressdwarf=false"), {}, ALL, ALL),
    Row("-N -l, PIE", flags(DEBUG, "-buildmode=pie"), {}, ALL, ALL),
    Row("-N -l, cgo", flags(DEBUG, package="./withc", CGO_ENABLED="1"), {}, ALL, ALL, shape=CGO),
    Row("-N -l, linked by C", flags(DEBUG, "-ldflags=-linkmode=external", CGO_ENABLED="1"), {}, ALL, ALL),
    Row("-N -l, race", flags(DEBUG, "-race", CGO_ENABLED="1"), {"instrumented": I}, ALL, ALL),
    Row("-N -l, cover", flags(DEBUG, "-cover"), {"instrumented": I}, ALL, ALL),
    Row("-N -l, test", flags(DEBUG, command="test -c"), {"test-binary": I}, ALL, ALL, shape=TEST),
    Row("-N -l, debug link", with_link(there=True), {}, ALL, ALL),
    # -- optimised ---------------------------------------------------------------------------------------------------------
    Row("default", flags(), {"optimized": W}, PART, PART, quick=True, message="It is compiled with optimisation"),
    Row("default, PIE", flags("-buildmode=pie"), {"optimized": W}, PART, PART),
    Row("default, uncompressed", flags("-ldflags=-compressdwarf=false"), {"optimized": W}, PART, PART),
    Row("default, cgo", flags(package="./withc", CGO_ENABLED="1"), {"optimized": W}, PART, PART, shape=CGO),
    Row(
        "main alone -N -l",
        flags("-gcflags=-N -l"),
        {"optimized": W},
        PART,
        PART,
        message="example.com/inspected/sum is compiled",
        quick=True,
    ),
    Row("a pattern that names nothing", flags("-gcflags=main=-N -l"), {"optimized": W}, PART, PART),
    Row("-l alone", flags("-gcflags=all=-l"), {"optimized": W}, PART, PART),
    Row("-N alone", flags("-gcflags=all=-N"), {"optimized": I}, ALL, ALL),
    Row("own packages -N -l", flags("-gcflags=example.com/inspected/...=-N -l"), {"optimized": I}, ALL, ALL),
    Row("test", flags(command="test -c"), {"optimized": W, "test-binary": I}, PART, PART, shape=TEST),
    Row("no variables", flags("-gcflags=all=-N -l -dwarf=false"), {"partial-dwarf": W}, "yes yes no", "yes yes no"),
    # -- without debug info ------------------------------------------------------------------------------------------------
    Row("-w", flags("-ldflags=-w"), {"no-dwarf": W}, NOTHING, PART, message="-ldflags=-w"),
    Row("-s", flags("-ldflags=-s"), {"no-dwarf": W}, NOTHING, PART, message="-ldflags=-s"),
    Row("-s -w", flags("-ldflags=-s -w"), {"no-dwarf": W}, NOTHING, PART, quick=True, message="-ldflags='-s -w'"),
    Row("-N -l, -s -w", flags(DEBUG, "-ldflags=-s -w"), {"no-dwarf": W}, NOTHING, ALL),
    Row("-s -w, PIE", flags("-ldflags=-s -w", "-buildmode=pie"), {"no-dwarf": W}, NOTHING, PART),
    Row("-s -w, cgo", flags("-ldflags=-s -w", package="./withc", CGO_ENABLED="1"), {"no-dwarf": W}, NOTHING, PART, shape=CGO),
    Row("strip", stripped("-s"), {"no-dwarf": W}, NOTHING, ALL, quick=True, message="stripped afterwards"),
    Row("strip --strip-debug", stripped("--strip-debug"), {"no-dwarf": W}, NOTHING, ALL),
    Row(
        "debug link, missing",
        with_link(there=False),
        {"no-dwarf": W},
        NOTHING,
        ALL,
        message="program.debug, which is not there",
        quick=True,
    ),
    Row(
        "debug link, other",
        with_link(there=True, other=True),
        {"no-dwarf": W},
        NOTHING,
        ALL,
        message="which is of another build",
    ),
    Row("go run", from_go_run, {"no-dwarf": W}, NOTHING, PART),
    Row(
        "go test",
        from_go_test,
        {"no-dwarf": W, "test-binary": I},
        NOTHING,
        "partly yes no",
        message="`go test` itself",
        shape=TEST,
    ),
    Row("-s -w=0", flags("-ldflags=-s -w=0"), {"no-symtab": E, "optimized": W}, NOTHING, PART, NO_SYMBOLS, quick=True),
    Row("-N -l, -s -w=0", flags(DEBUG, "-ldflags=-s -w=0"), {"no-symtab": E}, NOTHING, ALL, NO_SYMBOLS),
    # -- paths -------------------------------------------------------------------------------------------------------------
    Row(
        "-trimpath",
        flags("-trimpath"),
        {"optimized": W, "trimpath": I},
        "no yes partly",
        PART,
        shape=TRIMMED,
    ),
    Row(
        "-N -l, -trimpath",
        flags("-trimpath", DEBUG),
        {"trimpath": I},
        "no yes yes",
        ALL,
        shape=TRIMMED,
        quick=True,
    ),
    Row("-s -w, -trimpath", flags("-trimpath", "-ldflags=-s -w"), {"no-dwarf": W, "trimpath": I}, NOTHING, PART),
    # -- no program --------------------------------------------------------------------------------------------------------
    Row("no x bit", unexecutable, {"not-executable": E}, launch=NOT_EXECUTABLE, quick=True, message="x bit"),
    Row("folder", folder, {"not-executable": E}, launch=NOT_EXECUTABLE, quick=True, message="is a folder"),
    Row(
        "script",
        written("run.sh", "#!/bin/sh\necho\n", 0o755),
        {"not-executable": E},
        launch=NOT_EXECUTABLE,
        message="a script",
    ),
    Row(
        "Go file", written("x.go", "package main\n", 0o644), {"not-executable": E}, launch=NOT_EXECUTABLE, message="a text file"
    ),
    Row("empty", written("empty", "", 0o755), {"not-executable": E}, launch=NOT_EXECUTABLE, message="is empty"),
    Row("cut short", cut, {"truncated": E}, launch=NOT_EXECUTABLE, quick=True, message="cut short"),
    Row("plugin", flags("-buildmode=plugin", **PLUG, name="plug.so"), {"not-main": E}, launch=NOT_EXECUTABLE),
    Row(
        "C library",
        flags("-buildmode=c-shared", **PLUG, name="lib.so"),
        {"not-main": E},
        launch=NOT_EXECUTABLE,
    ),
    Row("plugin, x bit", runnable("plugin"), {"not-main": E}, ended="any", observed="any"),
    Row("C library, x bit", runnable("c-shared"), {"not-main": E}, ended="any", observed="any"),
    Row(
        "C archive",
        flags("-buildmode=c-archive", **PLUG, name="lib.a"),
        {"not-main": E},
        launch=NOT_EXECUTABLE,
    ),
    Row("object file", object_file, {"not-main": E}, launch=NOT_EXECUTABLE, message="an object file"),
    Row("debug info only", only_debug, {"debug-only-file": E}, ended="exited -11", observed="yes no no"),
    Row("debug info that claims 2 GiB", claiming, {"damaged": W}, NOTHING, ALL),
    # -- not for here ------------------------------------------------------------------------------------------------------
    Row(
        "linux/386",
        flags(DEBUG, GOARCH="386"),
        {"wrong-platform": E},
        ended="hangs or exited -11",
        observed="yes no no",
        message="hangs",
    ),
    Row("linux/arm64", flags(DEBUG, GOARCH="arm64"), {"wrong-platform": E}, launch="exec format error", quick=True),
    Row("freebsd", flags(DEBUG, GOOS="freebsd"), {"wrong-platform": E}, ended="exited -11", observed="yes no no"),
    Row("windows", flags(DEBUG, GOOS="windows"), {"wrong-platform": E}, launch=NOT_EXECUTABLE, message="windows/amd64"),
    Row("windows, default", flags(GOOS="windows"), {"wrong-platform": E, "optimized": W}, launch=NOT_EXECUTABLE),
    Row("windows, -s -w", flags("-ldflags=-s -w", GOOS="windows"), {"wrong-platform": E, "no-dwarf": W}, launch=NOT_EXECUTABLE),
    Row("darwin", flags(DEBUG, GOOS="darwin", GOARCH="arm64"), {"wrong-platform": E}, launch=NOT_EXECUTABLE),
    Row("darwin, -s -w", flags("-ldflags=-s -w", GOOS="darwin"), {"wrong-platform": E, "no-dwarf": W}, launch=NOT_EXECUTABLE),
    Row("wasm", flags(GOOS="js", GOARCH="wasm"), {"wrong-platform": E}, launch=NOT_EXECUTABLE, message="WebAssembly"),
    Row("missing library", without_library, {"missing-loader": E}, ended="exited 127", observed="yes no no", shape=CGO),
    Row("missing loader", other_loader, {"missing-loader": E}, launch="no such file", message="musl", shape=CGO),
    # -- not Go ------------------------------------------------------------------------------------------------------------
    Row("C -g", c_program("-g"), {"not-go": W}, "yes no no", "yes no no", shape=C, quick=True),
    Row("C", c_program("-s"), {"not-go": W}, shape=C),
    # -- other releases of Go ----------------------------------------------------------------------------------------------
    *(
        row
        for go in ("1.21.13", "1.24.11")
        for row in (
            Row(f"{go}, -N -l", flags(DEBUG, go=go), {"go-version": E}, NOTHING, ALL, TOO_OLD, mended_by=TRY),
            Row(f"{go}, default", flags(go=go), {"go-version": E, "optimized": W}, NOTHING, PART, TOO_OLD, mended_by=TRY),
            Row(f"{go}, -s -w", flags("-ldflags=-s -w", go=go), {"no-dwarf": W}, NOTHING, PART),
            Row(f"{go}, PIE -s -w", flags("-ldflags=-s -w", "-buildmode=pie", go=go), {"no-dwarf": W}, NOTHING, PART),
        )
    ),
    Row(
        "1.24.11, -s -w=0",
        flags(DEBUG, "-ldflags=-s -w=0", go="1.24.11"),
        {"no-symtab": E, "go-version": E},
        NOTHING,
        ALL,
        NO_SYMBOLS,
    ),
    *(
        row
        for go in ("1.25.5", "1.27.3")
        for row in (
            Row(f"{go}, -N -l", flags(DEBUG, go=go), {}, ALL, ALL),
            Row(f"{go}, default", flags(go=go), {"optimized": W}, PART, PART),
            Row(f"{go}, -s -w", flags("-ldflags=-s -w", go=go), {"no-dwarf": W}, NOTHING, PART),
            Row(f"{go}, -N -l PIE", flags(DEBUG, "-buildmode=pie", go=go), {}, ALL, ALL),
            Row(
                f"{go}, -N -l, -trimpath",
                flags(DEBUG, "-trimpath", go=go),
                {"trimpath": I},
                "no yes yes",
                ALL,
                shape=TRIMMED,
            ),
            Row(f"{go}, race", flags("-race", go=go, CGO_ENABLED="1"), {"optimized": W, "instrumented": I}, PART, PART),
        )
    ),
)

WITH_C = shutil.which("gcc") is not None
