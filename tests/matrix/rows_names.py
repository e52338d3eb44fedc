"""Rows where a recorded name is no file's own: cgo, `//line`, tests, execroots, look-alikes, assembly, plugins, overlays."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Final

from tests.matrix.layout import SINGLE, Place, Rows, Session, Stop, code, main, module, refusal
from tests.matrix.rows_modules import both

NAMES: Final = Rows()

# -- cgo -------------------------------------------------------------------------------------------------------------------

CGO: Final = {
    "ws/go.mod": module("example.com/j"),
    "ws/cmd/x/main.go": """package main

// int csum(int a, int b);
import "C"

func main() {
	println("main") // break: here
	println(C.csum(2, 3))
}
""",
    "ws/cmd/x/csum.c": """#include "twice.h"

int csum(int a, int b) {
	int r = a + b; // break: here
	return twice(r);
}
""",
    "ws/cmd/x/twice.h": """static int twice(int n) {
	int m = n * 2; // break: here
	return m;
}
""",
}
OF_CGO: Final = ("main.go", "csum.c", "twice.h")
NOT_OURS: Final = ("*_Cfunc_*", "_cgoexp_*", "runtime.cgocallbackg", "[?][?][?]")
"""What cgo writes for the build and deletes, and the runtime's way there and back."""

UNOPTIMISED: Final = {"CGO_ENABLED": "1", "CGO_CFLAGS": "-g -O0"}


def of_cgo(place: Place, folder: str = "ws") -> tuple[Stop, ...]:
    return tuple(place.at(f"{folder}/cmd/x/{each}") for each in OF_CGO)


@NAMES("j1", "cgo: breakpoints in Go, C and a header", needs="gcc")
def _(place: Place) -> Session:
    place.write(CGO)
    return place.exec(place.build("ws", **UNOPTIMISED), "ws", *of_cgo(place), served=NOT_OURS)


@NAMES("j2", "cgo, -trimpath", everyday=True, needs="gcc")
def _(place: Place) -> Session:
    place.write(CGO)
    return place.exec(place.build("ws", "-trimpath", **UNOPTIMISED), "ws", *of_cgo(place), served=NOT_OURS)


@NAMES("j3", "cgo, moved", needs="gcc")
def _(place: Place) -> Session:
    place.write(CGO)
    program = place.build("ws", **UNOPTIMISED)
    place.move("ws", "home/ws")
    return place.exec(program, "home/ws", *of_cgo(place, "home/ws"), served=NOT_OURS)


@NAMES("j4", "cgo, -trimpath, C calls back into Go", needs="gcc")
def _(place: Place) -> Session:
    place.write(
        {
            "ws/go.mod": module("example.com/j"),
            "ws/cmd/x/main.go": """package main

// void visit(void);
import "C"

//export back
func back() {
	println("back") // break: back
}

func main() {
	C.visit() // break: main
}
""",
            "ws/cmd/x/visit.c": """#include "_cgo_export.h"

void visit(void) {
	int n = 1; // break: here
	(void)n;
	back();
}
""",
        }
    )
    program = place.build("ws", "-trimpath", **UNOPTIMISED)
    go = "ws/cmd/x/main.go"
    stops = (place.at(go, "main"), place.at("ws/cmd/x/visit.c"), place.at(go, "back"))
    return place.exec(program, "ws", *stops, served=(*NOT_OURS, "C.back"))


# -- //line ----------------------------------------------------------------------------------------------------------------

TEMPLATE: Final = '<page>\n\t<% println("page") %> // break: here\n</page>\n'


def generated(name: str, package: str = "lib") -> str:
    """Return what a generator makes of the template, which it names as `name`."""
    return f'package {package}\n\n//line {name}:1\nfunc Do() {{\n\tprintln("page") // break: here\n}}\n'


def paged(place: Place, name: str, at: str) -> None:
    place.write({**SINGLE, "ws/lib/lib.go": generated(name), at: TEMPLATE})


@NAMES("k1", "//line with a relative name")
def _(place: Place) -> Session:
    paged(place, "page.tmpl", "ws/lib/page.tmpl")
    return place.exec(place.build("ws"), "ws", place.at("ws/cmd/x/main.go"), place.at("ws/lib/page.tmpl"))


@NAMES("k2", "//line into another folder, -trimpath", everyday=True)
def _(place: Place) -> Session:
    paged(place, "../tmpl/page.tmpl", "ws/tmpl/page.tmpl")
    program = place.build("ws", "-trimpath")
    return place.exec(program, "ws", place.at("ws/cmd/x/main.go"), place.at("ws/tmpl/page.tmpl"))


@NAMES("k3", "//line with an absolute name")
def _(place: Place) -> Session:
    paged(place, str(place.folder / "ws/tmpl/page.tmpl"), "ws/tmpl/page.tmpl")
    return place.exec(place.build("ws"), "ws", place.at("ws/cmd/x/main.go"), place.at("ws/tmpl/page.tmpl"))


@NAMES("k4", "//line, the breakpoint is in the generated file")
def _(place: Place) -> Session:
    paged(place, "page.tmpl", "ws/lib/page.tmpl")
    return place.exec(place.build("ws"), "ws", *both(place))


PARSER: Final = """package lib

func Do() {
	println("head") // break: head
	action()
	tail()
}

//line gram.y:2
func action() {
	println("action") // break: here
}

//line parser.go:15
func tail() {
	println("tail") // break: tail
}
"""
GRAMMAR: Final = '%%\nrule: {\n\tprintln("action") // break: here\n}\n'


@NAMES("k5", "goyacc: //line into the grammar and back; one file under two recorded names")
def _(place: Place) -> Session:
    place.write({**SINGLE, "ws/lib/parser.go": PARSER, "ws/lib/gram.y": GRAMMAR})
    (place.folder / "ws/lib/lib.go").unlink()
    parser = [place.at("ws/lib/parser.go", each) for each in ("head", "tail")]
    stops = (place.at("ws/cmd/x/main.go"), parser[0], place.at("ws/lib/gram.y"), parser[1])
    return place.exec(place.build("ws"), "ws", *stops)


@NAMES("k6", "two packages with one relative //line name", cannot="Go records both under one name, without a folder")
def _(place: Place) -> Session:
    tree = {**SINGLE, "ws/cmd/x/main.go": main("example.com/a/lib", "example.com/a/other")}
    tree |= {f"ws/{each}/lib.go": generated("page.tmpl", each) for each in ("lib", "other")}
    place.write({**tree, "ws/lib/page.tmpl": TEMPLATE, "ws/other/page.tmpl": TEMPLATE})
    refused = tuple(refusal(place.at(f"ws/{each}/page.tmpl"), "AMBIGUOUS page.tmpl", told=True) for each in ("lib", "other"))
    return place.exec(place.build("ws"), "ws", place.at("ws/cmd/x/main.go"), refused=refused)


# -- test binaries ---------------------------------------------------------------------------------------------------------

TESTED: Final = {
    **SINGLE,
    "ws/lib/in_test.go": """package lib

import "testing"

func TestMain(m *testing.M) {
	println("main") // break: main
	m.Run()
}

func TestIn(t *testing.T) {
	println("in") // break: in
	Do()
}
""",
    "ws/lib/out_test.go": """package lib_test

import "testing"

func TestOut(t *testing.T) {
	println("out") // break: out
}
""",
}
MADE_BY_GO_TEST: Final = ("main.main",)


def of_tests(place: Place, folder: str = "ws/lib") -> tuple[Stop, ...]:
    inside = f"{folder}/in_test.go"
    lib = place.at(f"{folder}/lib.go")
    return place.at(inside, "main"), place.at(inside, "in"), lib, place.at(f"{folder}/out_test.go", "out")


@NAMES("l1", "mode test: TestMain, internal and external tests")
def _(place: Place) -> Session:
    place.write(TESTED)
    return place.debug("ws/lib", "ws", *of_tests(place), mode="test", served=MADE_BY_GO_TEST)


@NAMES("l2", "mode test, -trimpath in buildFlags")
def _(place: Place) -> Session:
    place.write(TESTED)
    more = {"buildFlags": "-trimpath"}
    return place.debug("ws/lib", "ws", *of_tests(place), mode="test", served=MADE_BY_GO_TEST, arguments=more)


@NAMES("l3", "a test binary, mode exec")
def _(place: Place) -> Session:
    place.write(TESTED)
    return place.exec(place.test("ws/lib"), "ws", *of_tests(place), served=MADE_BY_GO_TEST)


@NAMES("l4", "a test binary, -trimpath, moved")
def _(place: Place) -> Session:
    place.write(TESTED)
    program = place.test("ws/lib", "-trimpath")
    place.move("ws", "home/ws")
    return place.exec(program, "home/ws", *of_tests(place, "home/ws/lib"), served=MADE_BY_GO_TEST)


@NAMES("l5", "mode test of a module of go.work, the editor has the folder above open")
def _(place: Place) -> Session:
    place.write({**TESTED, "ws/go.work": "go 1.25\n\nuse .\n"})
    return place.debug("ws/lib", ".", *of_tests(place), mode="test", served=MADE_BY_GO_TEST, folder=place.folder)


# -- an execroot, as Bazel has it ------------------------------------------------------------------------------------------

EXTERNAL: Final = "external/gazelle++go_deps+com_github_acme_util"


def in_execroot(place: Place, execroot: str) -> Path:
    """Compile and link as rules_go does: no go build, so no build info; names are seen from the execroot."""
    root = place.folder / execroot
    list_ = ["list", "-export", "-deps", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}"]
    config = place.run(*list_, "-gcflags=all=-N -l", "runtime", at=root)
    packages = {
        "github.com/Acme/Util/strutil": f"{EXTERNAL}/strutil/util.go",
        "example.com/a/lib": "lib/lib.go",
        "main": "cmd/x/main.go",
    }
    out = place.folder / "out"
    out.mkdir()
    for package, file in packages.items():
        (out / "importcfg").write_text(config)
        made = out / f"{Path(file).stem}.a"
        flags = ("-N", "-l", "-p", package, "-trimpath", f"{root}=>", "-importcfg", str(out / "importcfg"), "-o", str(made))
        place.run("tool", "compile", *flags, str(root / file), at=root)
        config += f"packagefile {package}={made}\n"
    (out / "importcfg").write_text(config)
    program = place.folder / "bin/program"
    program.parent.mkdir()
    place.run("tool", "link", "-importcfg", str(out / "importcfg"), "-o", str(program), str(out / "main.a"), at=root)
    return program


BAZEL: Final = {
    "ws/go.mod": module("example.com/a"),
    "ws/cmd/x/main.go": main("example.com/a/lib"),
    "ws/lib/lib.go": code("lib", "github.com/Acme/Util/strutil"),
    "ws/other/lib.go": code("lib"),
    f"ws/{EXTERNAL}/strutil/util.go": code("strutil"),
}


@NAMES("m1", "names seen from an execroot, no build info at all")
def _(place: Place) -> Session:
    place.write(BAZEL)
    program = in_execroot(place, "ws")
    refused = place.refuse("ws/other/lib.go", "not linked")
    stops = (*both(place), place.at(f"ws/{EXTERNAL}/strutil/util.go"))
    return place.exec(program, "ws", *stops, refused=(refused,))


@NAMES("m2", "the same; the execroot was a sandbox and is gone")
def _(place: Place) -> Session:
    place.write(BAZEL)
    program = in_execroot(place, "ws")
    place.move("ws", "home/ws")
    return place.exec(program, "home/ws", *both(place, "home/ws"), place.at(f"home/ws/{EXTERNAL}/strutil/util.go"))


# -- look-alikes -----------------------------------------------------------------------------------------------------------


def services(*linked: int, count: int = 6) -> dict[str, str]:
    """Return modules of one inner layout in one go.work, the program of the first of which calls some."""
    tree = {"ws/go.work": "go 1.25\n\nuse (\n" + "".join(f"\t./svc{n}\n" for n in range(count)) + ")\n"}
    for n in range(count):
        tree |= {f"ws/svc{n}/go.mod": module(f"example.com/svc{n}"), f"ws/svc{n}/lib/lib.go": code("lib")}
    imports = [f"lib{n} example.com/svc{n}/lib" for n in linked]
    return {**tree, "ws/svc0/cmd/x/main.go": main(*imports)}


@NAMES("o1", "six modules of one inner layout, two of them linked, -trimpath, moved", everyday=True)
def _(place: Place) -> Session:
    place.write(services(4, 2))
    program = place.build("ws/svc0", "-trimpath")
    place.move("ws", "home/ws")
    stops = [place.at(f"home/ws/{each}") for each in ("svc0/cmd/x/main.go", "svc4/lib/lib.go", "svc2/lib/lib.go")]
    refused = tuple(place.refuse(f"home/ws/svc{n}/lib/lib.go", "not linked") for n in (0, 1, 3, 5))
    return place.exec(program, "home/ws", *stops, refused=refused)


@NAMES("o2", "modules whose names begin alike: a, a/b, a/bc; -trimpath")
def _(place: Place) -> Session:
    place.write(
        {
            "ws/go.work": "go 1.25\n\nuse (\n\t./one\n\t./two\n\t./three\n)\n",
            "ws/one/go.mod": module("example.com/a"),
            "ws/one/cmd/x/main.go": main("example.com/a/lib", "lib2 example.com/a/b/lib", "lib3 example.com/a/bc/lib"),
            "ws/one/lib/lib.go": code("lib"),
            "ws/two/go.mod": module("example.com/a/b"),
            "ws/two/lib/lib.go": code("lib"),
            "ws/three/go.mod": module("example.com/a/bc"),
            "ws/three/lib/lib.go": code("lib"),
        }
    )
    stops = [place.at(f"ws/{each}") for each in ("one/cmd/x/main.go", "one/lib/lib.go", "two/lib/lib.go", "three/lib/lib.go")]
    return place.exec(place.build("ws/one", "-trimpath"), "ws", *stops)


def cloned(place: Place) -> None:
    place.write(SINGLE)
    place.write({f"clone/{name.removeprefix('ws/')}": text for name, text in SINGLE.items()})


@NAMES("o3", "built in one clone, the editor has the other one open")
def _(place: Place) -> Session:
    cloned(place)
    return place.exec(place.build("ws"), "clone", *both(place, "clone"))


@NAMES("o4", "two clones side by side: only that which was built")
def _(place: Place) -> Session:
    cloned(place)
    refused = place.refuse("clone/lib/lib.go", "")
    return place.exec(place.build("ws"), ".", *both(place), refused=(refused,))


@NAMES("o5", "a nested module with the folder's name of a package of the outer one, -trimpath")
def _(place: Place) -> Session:
    place.write(
        {
            "ws/go.mod": module("example.com/a"),
            "ws/cmd/x/main.go": main("example.com/a/lib"),
            "ws/lib/lib.go": code("lib"),
            "ws/tools/go.mod": module("example.com/a/tools"),
            "ws/tools/lib/lib.go": code("lib"),
            "ws/tools/cmd/x/main.go": main("example.com/a/tools/lib"),
        }
    )
    refused = tuple(place.refuse(f"ws/tools/{each}", "") for each in ("lib/lib.go", "cmd/x/main.go"))
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), refused=refused)


@NAMES("o6", "mode debug of a worktree within the repository that is open, -trimpath, no changes")
def _(place: Place) -> Session:
    place.write(SINGLE)
    place.write({name.replace("ws/", "ws/.worktrees/fix/", 1): text for name, text in SINGLE.items()})
    stops = both(place, "ws/.worktrees/fix")
    refused = place.refuse("ws/lib/lib.go", "the file of this build is")
    more = {"buildFlags": "-trimpath"}
    return place.debug("ws/.worktrees/fix/cmd/x", "ws", *stops, refused=(refused,), arguments=more)


# -- assembly --------------------------------------------------------------------------------------------------------------

BODIES: Final = {
    "x86_64": ("amd64", "\tMOVQ $42, AX // break: here\n\tMOVQ AX, ret+0(FP)\n"),
    "aarch64": ("arm64", "\tMOVD $42, R0 // break: here\n\tMOVD R0, ret+0(FP)\n"),
}


def assembled(place: Place) -> str:
    """Write a function in this machine's assembly; return its file below the workspace."""
    arch, body = BODIES[{"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())]
    text = '#include "textflag.h"\n\n// func answer() int\nTEXT ·answer(SB), NOSPLIT, $0-8\n' + body + "\tRET\n"
    lib = 'package lib\n\nfunc answer() int\n\nfunc Do() {\n\tprintln("lib") // break: here\n\tprintln(answer())\n}\n'
    place.write({**SINGLE, "ws/lib/lib.go": lib, f"ws/lib/answer_{arch}.s": text})
    return f"lib/answer_{arch}.s"


@NAMES("q1", "a breakpoint in assembly")
def _(place: Place) -> Session:
    file = assembled(place)
    return place.exec(place.build("ws"), "ws", *both(place), place.at(f"ws/{file}"))


@NAMES("q2", "a breakpoint in assembly, -trimpath, moved")
def _(place: Place) -> Session:
    file = assembled(place)
    program = place.build("ws", "-trimpath")
    place.move("ws", "home/ws")
    return place.exec(program, "home/ws", *both(place, "home/ws"), place.at(f"home/ws/{file}"))


# -- plugins ---------------------------------------------------------------------------------------------------------------

HOST: Final = """package main

import "plugin"

func main() {
	println("main") // break: here
	loaded, err := plugin.Open("PLUGIN")
	if err != nil {
		panic(err)
	}
	found, _ := loaded.Lookup("Do")
	found.(func())()
}
"""


def plugged(place: Place, *flags: str) -> Path:
    plugin = place.folder / "bin/plug.so"
    place.write(
        {
            "ws/go.mod": module("example.com/r"),
            "ws/cmd/x/main.go": HOST.replace("PLUGIN", str(plugin)),
            "ws/plug/plug.go": code("main") + "\nfunc main() {}\n",
        }
    )
    environment = {"CGO_ENABLED": "1"}
    place.build("ws", "-buildmode=plugin", *flags, of="./plug", out="plug.so", **environment)
    return place.build("ws", *flags, **environment)


def in_plugin(place: Place, folder: str = "ws") -> Stop:
    stop = place.at(f"{folder}/plug/plug.go")
    return Stop(path=stop.path, line=stop.line, late=True)


@NAMES("r1", "a plugin, its breakpoint set before it is loaded", needs="gcc")
def _(place: Place) -> Session:
    program = plugged(place)
    return place.exec(program, "ws", place.at("ws/cmd/x/main.go"), in_plugin(place), served=NOT_OURS)


@NAMES("r2", "a plugin, -trimpath", needs="gcc")
def _(place: Place) -> Session:
    program = plugged(place, "-trimpath")
    return place.exec(program, "ws", place.at("ws/cmd/x/main.go"), in_plugin(place), served=NOT_OURS)


# -- overlays --------------------------------------------------------------------------------------------------------------


def overlaid(place: Place) -> str:
    """Write a module of which one file is compiled from another place; return the flag."""
    place.write({**SINGLE, "patched/lib_patched.go": "\n\n" + code("lib")})
    replaced = {"Replace": {str(place.folder / "ws/lib/lib.go"): str(place.folder / "patched/lib_patched.go")}}
    place.write({"overlay.json": json.dumps(replaced)})
    return f"-overlay={place.folder}/overlay.json"


@NAMES("s1", "-overlay in buildFlags, mode debug; the replaced file is refused")
def _(place: Place) -> Session:
    flag = overlaid(place)
    stops = (place.at("ws/cmd/x/main.go"), place.at("patched/lib_patched.go"))
    refused = place.refuse("ws/lib/lib.go", "-overlay")
    return place.debug("ws/cmd/x", "ws", *stops, arguments={"buildFlags": flag}, refused=(refused,))


@NAMES("s2", "-overlay in GOFLAGS, mode exec")
def _(place: Place) -> Session:
    goflags = {"GOFLAGS": overlaid(place)}
    stops = (place.at("ws/cmd/x/main.go"), place.at("patched/lib_patched.go"))
    return place.exec(place.build("ws", **goflags), "ws", *stops, environment=goflags)


@NAMES("s3", "-overlay of a file that exists nowhere else, -trimpath")
def _(place: Place) -> Session:
    flag = overlaid(place)
    (place.folder / "ws/lib/lib.go").unlink()
    goflags = {"GOFLAGS": f"{flag} -trimpath"}
    stops = (place.at("ws/cmd/x/main.go"), place.at("patched/lib_patched.go"))
    return place.exec(place.build("ws", **goflags), "ws", *stops, environment=goflags)
