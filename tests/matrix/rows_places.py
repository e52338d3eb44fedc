"""Rows of -trimpath, links, builds elsewhere, other GOROOTs, odd characters, GOPATH, `go install` and stale sources."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import attrs

from tests.matrix.layout import DEBUG, SINGLE, Place, Rows, Session, Stop, code, containing, main, module, refusal, toolchain
from tests.matrix.rows_modules import STRUTIL, UTIL, VENDORED, both, replaced, using, vendored

PLACES: Final = Rows()

# -- -trimpath -------------------------------------------------------------------------------------------------------------


@PLACES("f1", "-trimpath", everyday=True)
def _(place: Place) -> Session:
    place.write(SINGLE)
    refused = place.refuse("ws/other/lib.go", "not linked")
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), refused=(refused,))


@PLACES("f2", "-trimpath, optimised")
def _(place: Place) -> Session:
    place.write(SINGLE)
    return place.exec(place.optimised("ws", "-trimpath"), "ws", *both(place))


@PLACES("f3", "-trimpath, with a dependency, built elsewhere and moved")
def _(place: Place) -> Session:
    using(place, STRUTIL)
    program = place.build("ws", "-trimpath")
    place.move("ws", "home/me/ws")
    return place.exec(program, "home/me/ws", *both(place, "home/me/ws"), place.at(UTIL))


@PLACES("f4", "-trimpath, go build of one file: the binary names neither package nor module", everyday=True)
def _(place: Place) -> Session:
    place.write(SINGLE)
    return place.exec(place.build("ws/cmd/x", "-trimpath", of="./main.go"), "ws", *both(place))


@PLACES("f5", "-trimpath in GOFLAGS, mode debug")
def _(place: Place) -> Session:
    place.write(SINGLE)
    return place.debug("ws/cmd/x", "ws", *both(place), environment={"GOFLAGS": "-trimpath"})


@PLACES("f6", "-trimpath, the module is the root's package, files of the root")
def _(place: Place) -> Session:
    place.write({"ws/go.mod": module("example.com/a"), "ws/main.go": main("example.com/a/lib"), "ws/lib/lib.go": code("lib")})
    return place.exec(place.build("ws", "-trimpath", of="."), "ws", place.at("ws/main.go"), place.at("ws/lib/lib.go"))


@PLACES("f7", "-trimpath, and one of the compiler's own: Go's files are recorded below $GOROOT")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.folder / "bin/program"
    flags = ("-trimpath", f"{DEBUG} -trimpath={place.folder}/ws")
    place.run("build", *flags, "-o", str(program), "./cmd/x", at="ws")
    frames = {"runtime.main": str(Path(real_goroot(place)) / "src/runtime/proc.go")}
    return place.exec(program, "ws", *both(place), frames=frames)


# -- symbolic links --------------------------------------------------------------------------------------------------------


@PLACES("g1", "the editor has opened the workspace by a link", everyday=True)
def _(place: Place) -> Session:
    place.write({**SINGLE, "link": "->ws"})
    return place.exec(place.build("ws"), "link", *both(place, "link"))


@PLACES("g2", "the editor has opened the workspace by a link, mode debug")
def _(place: Place) -> Session:
    place.write({**SINGLE, "link": "->ws"})
    return place.debug("link/cmd/x", "link", *both(place, "link"))


@PLACES("g3", "built by a link (PWD), opened by the real path")
def _(place: Place) -> Session:
    place.write({**SINGLE, "link": "->ws"})
    return place.exec(place.build("link"), "ws", *both(place))


@PLACES("g4", "a package's folder is a link, opened where it really is")
def _(place: Place) -> Session:
    place.write({**SINGLE, "shared/linked/linked.go": code("linked"), "ws/linked": "->../shared/linked"})
    place.write({"ws/cmd/x/main.go": main("example.com/a/lib", "example.com/a/linked")})
    return place.exec(place.build("ws"), "ws", *both(place), place.at("shared/linked/linked.go"))


@PLACES("g5", "a file is a link, opened where it really is")
def _(place: Place) -> Session:
    place.write({**SINGLE, "shared/far.go": code("lib", function="Far"), "ws/lib/far.go": "->../../shared/far.go"})
    text = code("lib").replace('println("lib")', 'Far(); println("lib")')
    place.write({"ws/lib/lib.go": text})
    main_, lib = both(place)
    return place.exec(place.build("ws"), "ws", main_, lib, place.at("shared/far.go"))


@PLACES("g6", "GOMODCACHE by a link, the file opened where it really is")
def _(place: Place) -> Session:
    using(place, STRUTIL)
    place.write({"cache": "->mod"})
    program = place.build("ws", GOMODCACHE=str(place.folder / "cache"))
    return place.exec(program, "ws", *both(place), place.at(UTIL))


WITH_STD: Final = {
    **SINGLE,
    "ws/lib/lib.go": """package lib

import "unicode/utf8"

//go:noinline
func Do() {
	println("lib") // break: here
	println(utf8.RuneLen('x'))
}
""",
}
UTF8: Final = "src/unicode/utf8/utf8.go"


def in_std(goroot: Path | str) -> Stop:
    """Return a stop in a function of Go's own that nothing but the program calls."""
    return containing(Path(goroot) / UTF8, "func RuneLen(", 2)


def real_goroot(place: Place) -> str:
    return place.run("env", "GOROOT", at=".").strip()


@PLACES("g7", "GOROOT by a link, its file opened where it really is")
def _(place: Place) -> Session:
    place.write({**WITH_STD, "goroot": f"->{real_goroot(place)}"})
    program = place.build("ws", GOROOT=str(place.folder / "goroot"))
    return place.exec(program, "ws", *both(place), in_std(real_goroot(place)))


@PLACES("g8", "-trimpath, the editor has opened the workspace by a link")
def _(place: Place) -> Session:
    place.write({**SINGLE, "link": "->ws"})
    return place.exec(place.build("ws", "-trimpath"), "link", *both(place, "link"))


@PLACES("g9", "one file opened in two spellings at once, other lines: each stop in its own")
def _(place: Place) -> Session:
    text = code("lib").replace("println(", 'println("first") // break: first\n\tprintln(')
    place.write({**SINGLE, "ws/lib/lib.go": text, "link": "->ws"})
    stops = (place.at("ws/cmd/x/main.go"), place.at("link/lib/lib.go", "first"), place.at("ws/lib/lib.go"))
    return place.exec(place.build("ws"), "ws", *stops)


@PLACES("g10", "one line of one file in two spellings at once")
def _(place: Place) -> Session:
    place.write({**SINGLE, "link": "->ws"})
    main_, lib = both(place)
    twin = Stop(path=lib.path, line=lib.line, twin=(str(place.folder / "link/lib/lib.go"), lib.line))
    return place.exec(place.build("ws"), "ws", main_, twin)


@PLACES("g11", "files are links into a store, under other names, and opened there")
def _(place: Place) -> Session:
    place.write(SINGLE)
    (place.folder / "store").mkdir()
    for each in ("cmd/x/main.go", "lib/lib.go"):
        there = place.move(f"ws/{each}", f"store/3f2a-{each.replace('/', '-')}")
        place.write({f"ws/{each}": f"->{there}"})
    return place.exec(place.build("ws"), "ws", place.at("store/3f2a-cmd-x-main.go"), place.at("store/3f2a-lib-lib.go"))


# -- built in a container --------------------------------------------------------------------------------------------------


def contained(place: Place, *flags: str) -> Path:
    """Build where sources, module cache and GOROOT lie in one folder, and have only the sources here afterwards."""
    using(place, STRUTIL)
    place.write({"ws/lib/lib.go": WITH_STD["ws/lib/lib.go"]})
    place.move("ws", "build/src")
    place.goroot("build/goroot")
    place.move("mod", "build/mod")
    folder = place.folder / "build"
    program = place.build("build/src", *flags, GOROOT=str(folder / "goroot"), GOMODCACHE=str(folder / "mod"))
    place.move("build/src", "ws")
    place.move("build/mod", "mod")
    place.move("build", "gone")
    return program


@PLACES("h1", "built in a container: sources, module cache and GOROOT were elsewhere", everyday=True)
def _(place: Place) -> Session:
    program = contained(place)
    return place.exec(program, "ws", *both(place), in_std(real_goroot(place)), place.at(UTIL))


@PLACES("h2", "the same, -trimpath")
def _(place: Place) -> Session:
    program = contained(place, "-trimpath")
    return place.exec(program, "ws", *both(place), in_std(real_goroot(place)), place.at(UTIL))


@PLACES("h3", "moved, optimised")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.optimised("ws")
    place.move("ws", "home/ws")
    return place.exec(program, "home/ws", *both(place, "home/ws"))


@PLACES("h4", "moved, with a replaced folder")
def _(place: Place) -> Session:
    place.write(replaced("require example.com/local v0.0.0", "replace example.com/local => ../local"))
    program = place.build("ws")
    place.move("ws", "home/ws")
    place.move("local", "home/local")
    return place.exec(program, "home/ws", *both(place, "home/ws"), place.at("home/local/local.go"))


@PLACES("h5", "moved, and another project lies where it was built")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws")
    place.move("ws", "home/ws")
    other = {name: "\n\n\n" + text.replace("Do()", "Other()") for name, text in SINGLE.items() if name.endswith(".go")}
    place.write({"ws/go.mod": module("example.com/other"), **other})
    refused = place.refuse("ws/lib/lib.go", "the file of this build is")
    return place.exec(program, "home/ws", *both(place, "home/ws"), refused=(refused,))


@PLACES("h6", "moved, stripped of build info's revision, under another folder name than the module's")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws", "-buildvcs=false", "-ldflags=-buildid=")
    place.move("ws", "home/my checkout")
    return place.exec(program, "home/my checkout", *both(place, "home/my checkout"))


# -- GOROOT ----------------------------------------------------------------------------------------------------------------


@PLACES("i1", "GOROOT was elsewhere, and is gone")
def _(place: Place) -> Session:
    place.write(WITH_STD)
    goroot = place.goroot("goroot")
    program = place.build("ws", GOROOT=str(goroot))
    place.move("goroot", "gone")
    return place.exec(program, "ws", *both(place), in_std(real_goroot(place)))


OLDER: Final = "1.25.5"


def by_another_go(place: Place, *flags: str) -> tuple[Path, Path]:
    """Build with another release, which lies in the module cache as GOTOOLCHAIN has it; return the program and that GOROOT."""
    there = toolchain(OLDER)
    goroot = place.folder / "mod/golang.org" / there.name
    goroot.parent.mkdir(parents=True)
    goroot.symlink_to(there)
    place.write(WITH_STD)
    program = place.build("ws", *flags, GO=str(goroot / "bin/go"), GOROOT=str(goroot))
    return program, goroot


@PLACES("i2", "another Go, of the module cache, by GOTOOLCHAIN; the file of this Go is refused")
def _(place: Place) -> Session:
    program, goroot = by_another_go(place)
    here = refusal(in_std(real_goroot(place)), f"go{OLDER}")
    return place.exec(program, "ws", *both(place), in_std(goroot), refused=(here,))


@PLACES("i3", "the same, -trimpath: frames of Go's own come from the right release")
def _(place: Place) -> Session:
    program, goroot = by_another_go(place, "-trimpath")
    frames = {"runtime.main": str(goroot / "src/runtime/proc.go")}
    return place.exec(program, "ws", *both(place), in_std(goroot), frames=frames)


@PLACES("i4", "-trimpath, a breakpoint in this Go's own file")
def _(place: Place) -> Session:
    place.write(WITH_STD)
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), in_std(real_goroot(place)))


# -- odd characters --------------------------------------------------------------------------------------------------------

ODD: Final = "wś p ü%20 #1? [x]{y}"
DOTTED: Final = {
    "ws/go.mod": module("example.com/a.b"),
    "ws/cmd/x/main.go": main("lib example.com/a.b/lib.v2"),
    "ws/lib.v2/größe.go": code("lib"),
}


@PLACES("p1", "odd characters in the folder's name")
def _(place: Place) -> Session:
    place.write(SINGLE)
    place.move("ws", ODD)
    return place.exec(place.build(ODD), ODD, *both(place, ODD))


@PLACES("p2", "odd characters, -trimpath, a file name that is not ASCII, dots in the package's name", everyday=True)
def _(place: Place) -> Session:
    place.write(DOTTED)
    place.move("ws", ODD)
    stops = (place.at(f"{ODD}/cmd/x/main.go"), place.at(f"{ODD}/lib.v2/größe.go"))
    return place.exec(place.build(ODD, "-trimpath"), ODD, *stops)


@PLACES("p3", "odd characters, moved to other odd ones")
def _(place: Place) -> Session:
    place.write(DOTTED)
    place.move("ws", ODD)
    program = place.build(ODD)
    place.move(ODD, f"home/{ODD[::-1]}")
    there = f"home/{ODD[::-1]}"
    return place.exec(program, there, place.at(f"{there}/cmd/x/main.go"), place.at(f"{there}/lib.v2/größe.go"))


# -- dapshim was started elsewhere -----------------------------------------------------------------------------------------


def elsewhere(session: Session, place: Place) -> Session:
    """Return the session of a dapshim whose folder has nothing to do with the program: a port that several editors share."""
    return attrs.evolve(session, root=place.write({"elsewhere/": ""}) / "elsewhere", folder=session.root)


@PLACES("h7", "dapshim was started elsewhere, moved: the frame of a file that nobody has opened")
def _(place: Place) -> Session:
    using(place, STRUTIL)
    program = place.build("ws", "-trimpath")
    place.move("ws", "home/ws")
    frames = {"main.main": str(place.folder / "home/ws/cmd/x/main.go")}
    session = place.exec(program, "home/ws", place.at("home/ws/lib/lib.go"), place.at(UTIL), frames=frames)
    return elsewhere(session, place)


@PLACES("h8", "dapshim was started elsewhere, -trimpath, vendor; the module cache has the same version")
def _(place: Place) -> Session:
    program = vendored(place, "-trimpath")
    return elsewhere(place.exec(program, "ws", *both(place), place.at(f"ws/{VENDORED}")), place)


@PLACES("h9", "dapshim was started elsewhere, -trimpath, go build of one file")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws/cmd/x", "-trimpath", of="./main.go")
    return elsewhere(place.exec(program, "ws", *both(place)), place)


# -- GOPATH ----------------------------------------------------------------------------------------------------------------

OFF: Final = {"GO111MODULE": "off"}
IN_GOPATH: Final = {
    "gopath/src/example.com/t/cmd/x/main.go": main("example.com/t/lib", "github.com/q/q"),
    "gopath/src/example.com/t/lib/lib.go": code("lib"),
    "gopath/src/example.com/t/vendor/github.com/q/q/q.go": code("q"),
}


def of_gopath(place: Place, folder: str = "gopath") -> tuple[Stop, ...]:
    below = ("cmd/x/main.go", "lib/lib.go", "vendor/github.com/q/q/q.go")
    return tuple(place.at(f"{folder}/src/example.com/t/{each}") for each in below)


@PLACES("t1", "GOPATH mode, with vendor")
def _(place: Place) -> Session:
    place.write(IN_GOPATH)
    root = "gopath/src/example.com/t"
    return place.exec(place.build(root, **OFF), root, *of_gopath(place), environment=OFF)


@PLACES("t2", "GOPATH mode, with vendor, -trimpath")
def _(place: Place) -> Session:
    place.write(IN_GOPATH)
    root = "gopath/src/example.com/t"
    return place.exec(place.build(root, "-trimpath", **OFF), root, *of_gopath(place), environment=OFF)


@PLACES("t3", "GOPATH mode, GOPATH has moved")
def _(place: Place) -> Session:
    place.write(IN_GOPATH)
    root = "gopath/src/example.com/t"
    program = place.build(root, **OFF)
    place.move("gopath", "home/go")
    environment = {**OFF, "GOPATH": str(place.folder / "home/go")}
    return place.exec(program, "home/go/src/example.com/t", *of_gopath(place, "home/go"), environment=environment)


# -- go install m@v --------------------------------------------------------------------------------------------------------

TOOL: Final = "mod/example.com/tool@v1.4.0"


def installed(place: Place, *flags: str) -> Path:
    place.run("install", DEBUG, *flags, "example.com/tool/cmd/t@v1.4.0", at=".", GOBIN=str(place.folder / "bin"))
    return place.folder / "bin/t"


@PLACES("u1", "go install m@v: the program itself lies in the module cache")
def _(place: Place) -> Session:
    program = installed(place)
    return place.exec(program, TOOL, place.at(f"{TOOL}/cmd/t/main.go"), place.at(f"{TOOL}/lib/lib.go"))


@PLACES("u2", "go install m@v, -trimpath; a clone of the module is refused")
def _(place: Place) -> Session:
    program = installed(place, "-trimpath")
    place.write(
        {
            "ws/go.mod": module("example.com/tool"),
            "ws/cmd/t/main.go": main("example.com/tool/lib"),
            "ws/lib/lib.go": code("lib"),
        }
    )
    refused = place.refuse("ws/lib/lib.go", "v1.4.0")
    stops = (place.at(f"{TOOL}/cmd/t/main.go"), place.at(f"{TOOL}/lib/lib.go"))
    return place.exec(program, "ws", *stops, refused=(refused,))


# -- stale sources, other versions -----------------------------------------------------------------------------------------


@PLACES("v1", "a comment was put into a function since the build: it is said")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws")
    path = place.folder / "ws/lib/lib.go"
    path.write_text(path.read_text().replace("\tprintln", "\t// a comment\n\tprintln"))
    main_, lib = both(place)
    return place.exec(program, "ws", main_, Stop(path=lib.path, line=lib.line, says="changed"))


@PLACES("v2", "another version of the module is opened: refused, in those words")
def _(place: Place) -> Session:
    using(place, STRUTIL)
    program = place.build("ws", "-trimpath")
    place.run("mod", "download", "github.com/Acme/Util@v1.3.0", at="ws")
    refused = place.refuse(UTIL.replace("v1.2.3", "v1.3.0"), "v1.3.0")
    return place.exec(program, "ws", *both(place), place.at(UTIL), refused=(refused,))


@PLACES("v3", "go.mod has gone on to another version since the build")
def _(place: Place) -> Session:
    using(place, STRUTIL)
    program = place.build("ws", "-trimpath")
    place.run("get", "github.com/Acme/Util@v1.3.0", at="ws")
    refused = place.refuse(UTIL.replace("v1.2.3", "v1.3.0"), "v1.2.3")
    return place.exec(program, "ws", *both(place), place.at(UTIL), refused=(refused,))
