"""Where the files of a launch lie: modules, workspaces, links; and the small Go programs in them.

Paths are below a test's folder, in which `ws` is the workspace and `home` the user's home.
"""

from __future__ import annotations

from typing import Final

from tests.layouts import Link

Layout = dict[str, str | Link]

# -- sources -------------------------------------------------------------------------------------------------------------------

MAIN: Final = """package main

import (
	"os"
	"strings"
)

func main() {
	args := strings.Join(os.Args[1:], "|")
	cwd, _ := os.Getwd()
	color := os.Getenv("COLOR")
	shape := os.Getenv("SHAPE")
	println(args, cwd, color, shape) // break: here
}
"""

TINY: Final = """package main

func main() {
	color := "red"
	println(color) // break: here
}
"""
"""For builds that share nothing with the others: it imports nothing, so little has to be compiled."""

CALLS_MORE: Final = MAIN.replace("println(", "more(); println(")
MORE: Final = "package main\n\nfunc more() {}\n"

LIB: Final = """package {name}

func Double(n int) int {{
	twice := n * 2
	return twice // break: here
}}
"""

USES: Final = """package main

import "{path}"

func main() {{
	println({name}.Double(21)) // break: here
}}
"""

TEST: Final = """package lib

import "testing"

func TestDouble(t *testing.T) {
	got := Double(21)
	if got != 42 { // break: here
		t.Fatal(got)
	}
}
"""

FANCY: Final = """//go:build fancy

package main

func init() {
	color := "fancy"
	println(color) // break: here
}
"""


def mod(path: str, *more: str) -> str:
    """Return a go.mod."""
    return "\n\n".join([f"module {path}", "go 1.25", *more]) + "\n"


def work(*uses: str) -> str:
    """Return a go.work."""
    return "go 1.25\n\n" + "".join(f"use {use}\n" for use in uses)


def lib(name: str) -> str:
    """Return the source of a library."""
    return LIB.format(name=name)


def uses(path: str) -> str:
    """Return the source of a program that uses a library."""
    return USES.format(path=path, name=path.rpartition("/")[2])


# -- layouts -------------------------------------------------------------------------------------------------------------------

SERVICE: Final[Layout] = {
    "api/go.mod": mod("example.com/acme/api"),
    "api/main.go": CALLS_MORE,
    "api/more.go": MORE,
    "api/lib/lib.go": lib("lib"),
    "api/lib/lib_test.go": TEST,
    "api/cmd/tool/main.go": uses("example.com/acme/api/lib"),
}
"""A service that is a module of its own, seen from the folder that holds it."""


def below(folder: str, layout: Layout) -> Layout:
    """Return a layout that lies below a folder."""
    return {f"{folder}/{path}": text for path, text in layout.items()}


ROOT_MODULE: Final[Layout] = {
    "ws/go.mod": mod("example.com/acme"),
    "ws/main.go": MAIN,
    "ws/fancy.go": FANCY,
    "ws/cmd/x/main.go": CALLS_MORE,
    "ws/cmd/x/more.go": MORE,
    "ws/cmd/y/main.go": uses("example.com/acme/lib"),
    "ws/lib/lib.go": lib("lib"),
    "ws/lib/lib_test.go": TEST,
    "ws/.env": "# colours\nexport COLOR=green\nSHAPE='round'\n",
    "ws/more.env": "SIDES=4\nSHAPE=${SIDES} sides\n",
    "ws/build.env": "GOFLAGS=-tags=fancy\n",
    "home/goenv": "GOPATH={root}/only dlv\n",
}

LAYOUTS: Final[dict[str, Layout]] = {
    "a module": ROOT_MODULE,
    "a module below": {**below("ws/services", SERVICE), "ws/README.md": "# acme\n"},
    "a module in the home": below("home/ws/services", SERVICE),
    "a module with odd letters": below("ws/my #1 services, 100% säfe", SERVICE),
    "one program": {
        "ws/tool/go.mod": mod("example.com/tool"),
        "ws/tool/lib/lib.go": lib("lib"),
        "ws/tool/cmd/only/main.go": uses("example.com/tool/lib"),
    },
    "go.work": {
        "ws/go.work": work("./api", "./shared"),
        **below("ws", SERVICE),
        "ws/shared/go.mod": mod("example.com/acme/shared"),
        "ws/shared/shared.go": lib("shared"),
        "ws/api/cmd/shares/main.go": uses("example.com/acme/shared"),
    },
    "go.work without it": {
        "ws/go.work": work("./shared"),
        "ws/all.work": work("./api", "./shared"),
        **below("ws", SERVICE),
        "ws/shared/go.mod": mod("example.com/acme/shared"),
        "ws/shared/shared.go": lib("shared"),
    },
    "go.work without it, and a file": {
        "ws/go.work": work("./shared"),
        "ws/.dapshim.toml": 'goWork = "off"\n',
        **below("ws", SERVICE),
        "ws/shared/go.mod": mod("example.com/acme/shared"),
        "ws/shared/shared.go": lib("shared"),
    },
    "a linked workspace": {**below("real/src", SERVICE), "ws": Link("real/src")},
    "a linked go.work": {
        "real/src/go.work": work("./api", "./shared"),
        **below("real/src", SERVICE),
        "real/src/shared/go.mod": mod("example.com/acme/shared"),
        "real/src/shared/shared.go": lib("shared"),
        "real/src/api/cmd/shares/main.go": uses("example.com/acme/shared"),
        "ws": Link("real/src"),
    },
    "linked modules": {
        "ws/go.work": work("./api"),
        **below("real", SERVICE),
        "ws/api": Link("../real/api"),
    },
    "a nested module": {
        "ws/go.mod": mod("example.com/acme"),
        "ws/acme.go": "package acme\n",
        "ws/tools/go.mod": mod("example.com/acme/tools"),
        "ws/tools/main.go": CALLS_MORE,
        "ws/tools/more.go": MORE,
    },
    "replace": {
        "ws/api/go.mod": mod(
            "example.com/acme/api", "require example.com/acme/shared v0.0.0", "replace example.com/acme/shared => ../shared"
        ),
        "ws/api/main.go": uses("example.com/acme/shared"),
        "ws/shared/go.mod": mod("example.com/acme/shared"),
        "ws/shared/shared.go": lib("shared"),
    },
    "vendor": {
        "ws/api/go.mod": mod("example.com/acme/api", "require example.com/dep v1.2.3"),
        "ws/api/main.go": uses("example.com/dep"),
        "ws/api/vendor/modules.txt": "# example.com/dep v1.2.3\n## explicit; go 1.25\nexample.com/dep\n",
        "ws/api/vendor/example.com/dep/dep.go": lib("dep"),
    },
    "GOPATH": {
        "ws/src/example.com/acme/cmd/x/main.go": uses("example.com/acme/lib"),
        "ws/src/example.com/acme/lib/lib.go": lib("lib"),
    },
    "a tiny module": {"ws/go.mod": mod("example.com/tiny"), "ws/main.go": TINY, "home/goenv": "GOOS=windows\n"},
}
