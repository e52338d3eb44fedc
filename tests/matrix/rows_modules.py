"""Rows of single modules, go.work, replace, the module cache and vendor."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.matrix.layout import SINGLE, Place, Rows, Session, Stop, code, main, module

MODULES: Final = Rows()

MAIN_LIB: Final = ("ws/cmd/x/main.go", "ws/lib/lib.go")


def both(place: Place, folder: str = "ws") -> tuple[Stop, ...]:
    """Return the stops of the single module: its program, then its package."""
    return place.at(f"{folder}/cmd/x/main.go"), place.at(f"{folder}/lib/lib.go")


# -- a single module -------------------------------------------------------------------------------------------------------


@MODULES("a1", "one module, built and debugged where it is", everyday=True)
def _(place: Place) -> Session:
    place.write(SINGLE)
    return place.exec(place.build("ws"), "ws", *both(place), refused=(place.refuse("ws/other/lib.go", "not linked"),))


@MODULES("a2", "mode debug, the program is a folder")
def _(place: Place) -> Session:
    place.write(SINGLE)
    return place.debug("ws/cmd/x", "ws", *both(place))


@MODULES("a3", "mode debug, the program is a file")
def _(place: Place) -> Session:
    place.write(SINGLE)
    return place.debug("ws/cmd/x/main.go", "ws", *both(place))


@MODULES("a4", "optimised, as it is shipped")
def _(place: Place) -> Session:
    place.write(SINGLE)
    return place.exec(place.optimised("ws"), "ws", *both(place))


@MODULES("a5", "go build of a list of files: command-line-arguments")
def _(place: Place) -> Session:
    place.write(
        {**SINGLE, "ws/cmd/x/more.go": code("main", function="more"), "ws/cmd/x/aside.go": "//go:build ignore\n" + main()}
    )
    program = place.build("ws/cmd/x", of="./main.go")
    refused = place.refuse("ws/cmd/x/more.go", "")
    return place.exec(program, "ws", *both(place), refused=(refused,))


@MODULES("a6", "files of one name in several packages, one of them the root")
def _(place: Place) -> Session:
    place.write(
        {
            "ws/go.mod": module("example.com/a"),
            "ws/do.go": main("example.com/a/p", "example.com/a/q"),
            "ws/p/do.go": code("p", "example.com/a/p/q", last=True),
            "ws/q/do.go": code("q"),
            "ws/p/q/do.go": code("q"),
        }
    )
    stops = [place.at(f"ws/{each}do.go") for each in ("", "p/q/", "p/", "q/")]
    return place.exec(place.build("ws", of="."), "ws", *stops)


GENERIC: Final = """package main

type T[V any] struct{ v V }

//go:noinline
func (t T[V]) Go() {
	println("go") // break: method
}

//go:noinline
func each[V any](v V, f func()) {
	f()
	println("each") // break: generic
}

func main() {
	each(1, T[string]{"x"}.Go)
	func() {
		println("closure") // break: closure
	}()
}
"""


@MODULES("a7", "generic functions, a method value's wrapper, a closure")
def _(place: Place) -> Session:
    place.write({"ws/go.mod": module("example.com/a"), "ws/cmd/x/main.go": GENERIC})
    stops = [place.at("ws/cmd/x/main.go", mark) for mark in ("method", "generic", "closure")]
    return place.exec(place.build("ws"), "ws", *stops, served=("*-fm",))


# -- go.work ---------------------------------------------------------------------------------------------------------------

WORK: Final = {
    "ws/go.work": "go 1.25\n\nuse (\n\t./a\n\t./b\n)\n",
    "ws/a/go.mod": module("example.com/a"),
    "ws/a/cmd/x/main.go": main("example.com/a/lib", "blib example.com/b/lib"),
    "ws/a/lib/lib.go": code("lib"),
    "ws/b/go.mod": module("example.com/b"),
    "ws/b/lib/lib.go": code("lib"),
}
OF_WORK: Final = ("a/cmd/x/main.go", "a/lib/lib.go", "b/lib/lib.go")


def worked(place: Place, folder: str = "ws") -> tuple[Stop, ...]:
    return tuple(place.at(f"{folder}/{each}") for each in OF_WORK)


@MODULES("b1", "go.work, two modules of one inner layout")
def _(place: Place) -> Session:
    place.write(WORK)
    return place.exec(place.build("ws", of="./a/cmd/x"), "ws", *worked(place))


@MODULES("b2", "go.work, mode debug, dlv started in the workspace's folder")
def _(place: Place) -> Session:
    place.write(WORK)
    return place.debug("ws/a/cmd/x", "ws", *worked(place), folder=place.folder / "ws")


@MODULES("b3", "go.work, mode debug, the editor has the folder above open", everyday=True)
def _(place: Place) -> Session:
    place.write(WORK)
    return place.debug("ws/a/cmd/x", ".", *worked(place), folder=place.folder)


@MODULES("b4", "go.work, mode debug, the program is a module without a program of its own in its root")
def _(place: Place) -> Session:
    place.write(WORK)
    return place.debug("ws/a", "ws", *worked(place))


@MODULES("b5", "go.work elsewhere, named by GOWORK")
def _(place: Place) -> Session:
    place.write({**WORK, "ws/go.work": "", "else/go.work": "go 1.25\n\nuse (\n\t../ws/a\n\t../ws/b\n)\n"})
    (place.folder / "ws/go.work").unlink()
    elsewhere = {"GOWORK": str(place.folder / "else/go.work")}
    program = place.build("ws/a", "-trimpath", **elsewhere)
    return place.exec(program, "ws/a", *worked(place), environment=elsewhere)


@MODULES("b6", "go.work, -trimpath", everyday=True)
def _(place: Place) -> Session:
    place.write(WORK)
    return place.exec(place.build("ws", "-trimpath", of="./a/cmd/x"), "ws", *worked(place))


@MODULES("b7", "go.work, built elsewhere and moved")
def _(place: Place) -> Session:
    place.write(WORK)
    program = place.build("ws", of="./a/cmd/x")
    place.move("ws", "home/mine")
    return place.exec(program, "home/mine", *worked(place, "home/mine"))


@MODULES("b8", "go.work, -trimpath, the editor has the other module open")
def _(place: Place) -> Session:
    place.write(WORK)
    return place.exec(place.build("ws", "-trimpath", of="./a/cmd/x"), "ws/b", *worked(place))


# -- replace ---------------------------------------------------------------------------------------------------------------


def replaced(*lines: str, uses: str = "example.com/local") -> dict[str, str]:
    """Return a module with requirements and replacements."""
    return {
        "ws/go.mod": module("example.com/a", *lines),
        "ws/cmd/x/main.go": main("example.com/a/lib", uses),
        "ws/lib/lib.go": code("lib"),
        "local/go.mod": module("example.com/local"),
        "local/local.go": code("local"),
    }


LOCAL: Final = ("require example.com/local v0.0.0", "replace example.com/local => ../local")


@MODULES("c1", "replace by a folder")
def _(place: Place) -> Session:
    place.write(replaced(*LOCAL))
    return place.exec(place.build("ws"), "ws", *both(place), place.at("local/local.go"))


@MODULES("c2", "replace by a folder, -trimpath", everyday=True)
def _(place: Place) -> Session:
    place.write(replaced(*LOCAL))
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), place.at("local/local.go"))


@MODULES("c3", "replace by a folder of another name, of one version, -trimpath")
def _(place: Place) -> Session:
    lines = ("require github.com/acme/orig v1.0.0", "replace github.com/acme/orig v1.0.0 => ../patched")
    place.write(replaced(*lines, uses="github.com/acme/orig"))
    place.write({"patched/go.mod": module("github.com/acme/orig"), "patched/orig.go": code("orig")})
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), place.at("patched/orig.go"))


FORK: Final = ("require github.com/acme/orig v1.0.0", "replace github.com/acme/orig => github.com/me/fork v1.0.1")
FORKED: Final = "mod/github.com/me/fork@v1.0.1/orig.go"


def forked(place: Place) -> None:
    place.write(replaced(*FORK, uses="github.com/acme/orig"))
    place.run("mod", "tidy", at="ws")


@MODULES("c4", "replace by another module")
def _(place: Place) -> Session:
    forked(place)
    return place.exec(place.build("ws"), "ws", *both(place), place.at(FORKED))


@MODULES("c5", "replace by another module, -trimpath; the original is in the cache too")
def _(place: Place) -> Session:
    forked(place)
    place.run("mod", "download", "github.com/acme/orig@v1.0.0", at=".")
    original = place.refuse("mod/github.com/acme/orig@v1.0.0/orig.go", "github.com/me/fork")
    program = place.build("ws", "-trimpath")
    return place.exec(program, "ws", *both(place), place.at(FORKED), refused=(original,))


@MODULES("c6", "replace in go.work by a folder, -trimpath")
def _(place: Place) -> Session:
    place.write(replaced("require example.com/local v1.2.0"))
    place.write({"ws/go.work": "go 1.25\n\nuse .\n\nreplace example.com/local => ../local\n"})
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), place.at("local/local.go"))


@MODULES("c7", "a chain of replaced modules, -trimpath, moved")
def _(place: Place) -> Session:
    place.write(replaced(*LOCAL, "require example.com/far v0.0.0", "replace example.com/far => ../deep/far"))
    place.write(
        {
            "local/go.mod": module("example.com/local", "require example.com/far v0.0.0"),
            "local/local.go": code("local", "example.com/far"),
            "deep/far/go.mod": module("example.com/far"),
            "deep/far/far.go": code("far"),
        }
    )
    program = place.build("ws", "-trimpath")
    for each in ("ws", "local", "deep"):
        place.move(each, f"home/{each}")
    stops = (place.at("home/local/local.go"), place.at("home/deep/far/far.go"))
    return place.exec(program, "home/ws", *both(place, "home/ws"), *stops)


# -- the module cache ------------------------------------------------------------------------------------------------------


def using(place: Place, *imports: str, at: str = "ws") -> None:
    """Write a module that uses published ones; go finds their versions unless go.mod names them."""
    tree = {
        f"{at}/go.mod": module("example.com/a", "require github.com/Acme/Util v1.2.3"),
        f"{at}/cmd/x/main.go": main("example.com/a/lib", *imports),
        f"{at}/lib/lib.go": code("lib"),
    }
    place.write(tree)
    place.run("mod", "tidy", at=at)


UTIL: Final = "mod/github.com/!acme/!util@v1.2.3/strutil/util.go"
STRUTIL: Final = "github.com/Acme/Util/strutil"


@MODULES("d1", "the module cache, a name with capitals")
def _(place: Place) -> Session:
    using(place, STRUTIL)
    return place.exec(place.build("ws"), "ws", *both(place), place.at(UTIL))


@MODULES("d2", "the module cache, a name with capitals, -trimpath", everyday=True)
def _(place: Place) -> Session:
    using(place, STRUTIL)
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), place.at(UTIL))


@MODULES("d3", "+incompatible, -trimpath")
def _(place: Place) -> Session:
    using(place, "github.com/old/thing")
    there = place.at("mod/github.com/old/thing@v3.1.0+incompatible/thing.go")
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), there)


@MODULES("d4", "v1 and v2 of one module in one program, -trimpath")
def _(place: Place) -> Session:
    using(place, "one github.com/acme/two", "two github.com/acme/two/v2")
    stops = [place.at(f"mod/github.com/acme/{each}/do.go") for each in ("two@v1.5.0", "two/v2@v2.0.1")]
    return place.exec(place.build("ws", "-trimpath"), "ws", *both(place), *stops)


@MODULES("d5", "the module cache has moved since the build")
def _(place: Place) -> Session:
    using(place, STRUTIL)
    program = place.build("ws")
    place.move("mod", "home/mod")
    there = place.at(f"home/{UTIL}")
    environment = {"GOMODCACHE": str(place.folder / "home/mod")}
    return place.exec(program, "ws", *both(place), there, environment=environment)


@MODULES("d6", "mode debug, buildFlags -trimpath, with a dependency")
def _(place: Place) -> Session:
    using(place, STRUTIL)
    return place.debug("ws/cmd/x", "ws", *both(place), place.at(UTIL), arguments={"buildFlags": "-trimpath"})


# -- vendor ----------------------------------------------------------------------------------------------------------------

VENDORED: Final = "vendor/github.com/Acme/Util/strutil/util.go"


def vendored(place: Place, *flags: str) -> Path:
    using(place, STRUTIL)
    place.run("mod", "vendor", at="ws")
    return place.build("ws", *flags)


@MODULES("e1", "vendor")
def _(place: Place) -> Session:
    return place.exec(vendored(place), "ws", *both(place), place.at(f"ws/{VENDORED}"))


@MODULES("e2", "vendor, -trimpath; the module cache has the same version", everyday=True)
def _(place: Place) -> Session:
    return place.exec(vendored(place, "-trimpath"), "ws", *both(place), place.at(f"ws/{VENDORED}"))


@MODULES("e3", "vendor with a replaced folder, -trimpath, moved, no module cache here")
def _(place: Place) -> Session:
    place.write(replaced(*LOCAL))
    place.run("mod", "vendor", at="ws")
    program = place.build("ws", "-trimpath")
    place.move("ws", "home/ws")
    place.move("local", "gone/local")
    there = place.at("home/ws/vendor/example.com/local/local.go")
    return place.exec(program, "home/ws", *both(place, "home/ws"), there)


def work_vendored(place: Place, *flags: str) -> Path:
    using(place, STRUTIL, at="ws/a")
    place.write({"ws/go.work": "go 1.25\n\nuse ./a\n"})
    place.run("work", "vendor", at="ws")
    return place.build("ws", *flags, of="./a/cmd/x")


@MODULES("e4", "go work vendor")
def _(place: Place) -> Session:
    return place.exec(work_vendored(place), "ws", *both(place, "ws/a"), place.at(f"ws/{VENDORED}"))


@MODULES("e5", "go work vendor, -trimpath, moved")
def _(place: Place) -> Session:
    program = work_vendored(place, "-trimpath")
    place.move("ws", "home/ws")
    return place.exec(program, "home/ws", *both(place, "home/ws/a"), place.at(f"home/ws/{VENDORED}"))


@MODULES("e6", "-mod=mod in GOFLAGS though there is a vendor folder, -trimpath")
def _(place: Place) -> Session:
    goflags = {"GOFLAGS": "-mod=mod"}
    program = vendored(place, "-mod=mod", "-trimpath")
    return place.exec(program, "ws", *both(place), place.at(UTIL), environment=goflags)


@MODULES("e7", "-mod=mod in buildFlags though there is a vendor folder, -trimpath, mode debug")
def _(place: Place) -> Session:
    vendored(place)
    more = {"buildFlags": "-mod=mod -trimpath"}
    return place.debug("ws/cmd/x", "ws", *both(place), place.at(UTIL), arguments=more)
