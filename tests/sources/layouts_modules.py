"""Layouts of modules, go.work, replace, the module cache, vendor and -trimpath; the letters are classes of layouts."""

from __future__ import annotations

from typing import Final

import attrs

from dapshim.sources.answers import Reason
from tests.sources.scene import CACHE, GOROOT, UTIL, Layout, built, dep, env, file, module, text

MAIN: Final = text("main", "main")
LIB: Final = text("lib", "Do", "Help")
STR: Final = text("strutil", "Upper", "lower")
X: Final = "example.com/a/cmd/x"
SINGLE: Final = {
    "/ws/go.mod": module("example.com/a"),
    "/ws/cmd/x/main.go": MAIN,
    "/ws/lib/lib.go": LIB,
    "/ws/lib/lib_test.go": text("lib", "TestDo"),
    "/ws/lib/lib_windows.go": text("lib", "Do"),
    "/ws/other/lib.go": LIB,
    f"{GOROOT}/VERSION": "go1.26.6\ntime 2026",
    f"{GOROOT}/src/strings/strings.go": text("strings", "Index"),
}
FMT: Final = file(f"{GOROOT}/src/strings/strings.go", "strings", text("strings", "Index"))
REQUIRE: Final = "\nrequire github.com/Acme/Util v1.2.3\n"
DEP: Final = {
    **SINGLE,
    "/ws/go.mod": module("example.com/a", REQUIRE),
    f"{UTIL}/go.mod": module("github.com/Acme/Util"),
    f"{UTIL}/strutil/util.go": STR,
    f"{CACHE}/github.com/!acme/!util@v1.3.0/strutil/util.go": STR,
}
UTIL_DEP: Final = dep("github.com/Acme/Util", "v1.2.3")
VENDORED: Final = {
    **DEP,
    "/ws/vendor/modules.txt": "# github.com/Acme/Util v1.2.3\n## explicit\ngithub.com/Acme/Util/strutil\n",
    "/ws/vendor/github.com/Acme/Util/strutil/util.go": STR,
}
WORK: Final = {
    "/ws/go.work": "go 1.25.0\n\nuse (\n\t./a\n\t./b\n)\n",
    "/ws/a/go.mod": module("example.com/a"),
    "/ws/a/cmd/x/main.go": MAIN,
    "/ws/a/lib/lib.go": LIB,
    "/ws/b/go.mod": module("example.com/b"),
    "/ws/b/lib/lib.go": LIB,
}
LOCAL: Final = {
    **SINGLE,
    "/ws/go.mod": module("example.com/a", "\nrequire example.com/local v0.0.0\nreplace example.com/local => ../local\n"),
    "/local/go.mod": module("example.com/local"),
    "/local/local.go": text("local", "G"),
}
BOTH: Final = {
    **SINGLE,
    "/ws/go.mod": module("example.com/a", "\nrequire example.com/local v0.0.0\nreplace example.com/local => ./local\n"),
    "/ws/local/go.mod": module("example.com/local"),
    "/ws/local/local.go": text("local", "G"),
    "/ws/vendor/modules.txt": "# example.com/local v0.0.0 => ./local\n## explicit\nexample.com/local\n",
    "/ws/vendor/example.com/local/local.go": text("local", "G"),
}
FORK: Final = {
    **SINGLE,
    "/ws/go.mod": module(
        "example.com/a", "\nrequire github.com/acme/orig v1.0.0\nreplace github.com/acme/orig => github.com/me/fork v1.0.1\n"
    ),
    f"{CACHE}/github.com/me/fork@v1.0.1/orig.go": text("orig", "O"),
    f"{CACHE}/github.com/acme/orig@v1.0.0/orig.go": text("orig", "O"),
}
E_TRIM: Final = (
    file("example.com/a/cmd/x/main.go", X, MAIN),
    file("example.com/a/lib/lib.go", "example.com/a/lib", LIB),
    file("strings/strings.go", "strings", text("strings", "Index")),
)

MODULES: Final = [
    Layout(
        name="a1 a single module, recorded where it is",
        tree=SINGLE,
        files=(file("/ws/cmd/x/main.go", X, MAIN), file("/ws/lib/lib.go", "example.com/a/lib", LIB), FMT),
        build=built(),
        same={
            "/ws/cmd/x/main.go": ("/ws/cmd/x/main.go", Reason.EXACT),
            "/ws/lib/lib.go": "/ws/lib/lib.go",
            f"{GOROOT}/src/strings/strings.go": FMT.path,
        },
        unmapped={
            "/ws/other/lib.go": Reason.NOT_LINKED,
            "/ws/lib/lib_test.go": Reason.NOT_IN_BUILD,
            "/elsewhere/lib/lib.go": Reason.UNRELATED,
        },
        says=("package example.com/a/other is not linked", "a test file is built by go test only"),
    ),
    Layout(
        name="a2 the same, built elsewhere and moved",
        tree=SINGLE,
        files=(file("/build/cmd/x/main.go", X, MAIN), file("/build/lib/lib.go", "example.com/a/lib", LIB)),
        build=built(GOOS="linux", GOARCH="amd64"),
        same={
            "/ws/cmd/x/main.go": ("/build/cmd/x/main.go", Reason.MODULE),
            "/ws/lib/lib.go": ("/build/lib/lib.go", Reason.MODULE),
        },
        unmapped={"/ws/lib/lib_windows.go": Reason.NOT_IN_BUILD, "/ws/other/lib.go": Reason.NOT_LINKED},
        never=(("/ws/other/lib.go", "/build/lib/lib.go"),),
        says=("by its name it is for windows, and the binary for linux/amd64",),
    ),
    Layout(
        name="a3 a file whose functions were all inlined takes the package of its folder",
        tree={**SINGLE, "/ws/lib/tiny.go": text("lib", "Tiny")},
        files=(file("/build/lib/lib.go", "example.com/a/lib", LIB), file("/build/lib/tiny.go", "")),
        build=built(),
        same={"/ws/lib/tiny.go": "/build/lib/tiny.go"},
    ),
    Layout(
        name="a4 the folder of a package that has no functions of its own at all",
        tree={**SINGLE, "/ws/lib/inner/i.go": text("inner", "I")},
        files=(file("/build/lib/lib.go", "example.com/a/lib", LIB), file("/build/lib/inner/i.go", "")),
        build=built(),
        same={"/ws/lib/inner/i.go": "/build/lib/inner/i.go"},
    ),
    Layout(
        name="a5 command-line-arguments, where it was built",
        tree=SINGLE,
        files=(file("/ws/cmd/x/main.go", "command-line-arguments", MAIN),),
        build=built("command-line-arguments", ""),
        same={"/ws/cmd/x/main.go": "/ws/cmd/x/main.go"},
        unmapped={"/ws/lib/lib.go": Reason.NOT_LINKED},
    ),
    Layout(
        name="a6 command-line-arguments, trimmed: the program tells the folder",
        tree={**SINGLE, "/ws/cmd/y/main.go": text("main", "main", "more")},
        files=(file("main.go", "command-line-arguments", MAIN),),
        build=built("command-line-arguments", ""),
        program="/ws/cmd/x",
        same={"/ws/cmd/x/main.go": "main.go"},
        never=(("/ws/cmd/y/main.go", "main.go"),),
    ),
    Layout(
        name="a7 command-line-arguments, trimmed, found by its functions alone",
        tree={**SINGLE, "/ws/cmd/y/main.go": text("main", "main", "more", blank=2)},
        files=(file("main.go", "command-line-arguments", MAIN),),
        build=built("command-line-arguments", ""),
        may_walk=True,
        same={"/ws/cmd/x/main.go": "main.go"},
        opens={"main.go": "/ws/cmd/x/main.go"},
        never=(("/ws/cmd/y/main.go", "main.go"),),
    ),
    Layout(
        name="a8 the same with two programs alike: neither",
        tree={**SINGLE, "/ws/cmd/y/main.go": MAIN},
        files=(file("main.go", "command-line-arguments", MAIN),),
        build=built("command-line-arguments", ""),
        may_walk=True,
        lost={"main.go": Reason.AMBIGUOUS},
        unmapped={"/ws/cmd/x/main.go": Reason.AMBIGUOUS, "/ws/cmd/y/main.go": Reason.AMBIGUOUS},
        says=(
            "AMBIGUOUS main.go: /ws/cmd/x/main.go, /ws/cmd/y/main.go",
            'substitutePath = [{ from = "/ws/cmd/x/main.go", to = "main.go" }]',
        ),
    ),
    Layout(
        name="b1 go.work, moved: two modules of one inner layout are not confused",
        tree=WORK,
        files=(
            file("/src/a/cmd/x/main.go", X, MAIN),
            file("/src/a/lib/lib.go", "example.com/a/lib", LIB),
            file("/src/b/lib/lib.go", "example.com/b/lib", LIB),
        ),
        build=built(X, "example.com/a", dep("example.com/b", "(devel)")),
        same={"/ws/a/lib/lib.go": "/src/a/lib/lib.go", "/ws/b/lib/lib.go": ("/src/b/lib/lib.go", Reason.MODULE)},
        never=(("/ws/a/lib/lib.go", "/src/b/lib/lib.go"),),
    ),
    Layout(
        name="b2 go.work, only one of the two is linked",
        tree=WORK,
        files=(file("/src/b/lib/lib.go", "example.com/b/lib", LIB),),
        build=built(X, "example.com/a", dep("example.com/b", "(devel)")),
        same={"/ws/b/lib/lib.go": "/src/b/lib/lib.go"},
        unmapped={"/ws/a/lib/lib.go": Reason.NOT_LINKED},
        never=(("/ws/a/lib/lib.go", "/src/b/lib/lib.go"),),
    ),
    Layout(
        name="b3 go.work now uses a module that was downloaded for the build",
        tree={**WORK, f"{CACHE}/example.com/b@v1.0.0/lib/lib.go": LIB},
        files=(file(f"{CACHE}/example.com/b@v1.0.0/lib/lib.go", "example.com/b/lib", LIB),),
        build=built(X, "example.com/a", dep("example.com/b", "v1.0.0")),
        same={f"{CACHE}/example.com/b@v1.0.0/lib/lib.go": f"{CACHE}/example.com/b@v1.0.0/lib/lib.go"},
        unmapped={"/ws/b/lib/lib.go": Reason.OTHER_VERSION},
        says=("built with example.com/b v1.0.0, and you have opened a working copy",),
    ),
    Layout(
        name="c1 replace by a folder, moved, as build info has it: (devel)",
        tree=LOCAL,
        files=(file("/src/local/local.go", "example.com/local", text("local", "G")),),
        build=built(X, "example.com/a", dep("example.com/local", "v0.0.0", "../local", "(devel)")),
        same={"/local/local.go": ("/src/local/local.go", Reason.REPLACED)},
    ),
    Layout(
        name="c2 replace by a folder, trimmed: recorded under the version of the require line",
        tree=LOCAL,
        files=(file("example.com/local@v0.0.0/local.go", "example.com/local", text("local", "G")),),
        build=built(X, "example.com/a", dep("example.com/local", "v0.0.0", "../local")),
        same={"/local/local.go": ("example.com/local@v0.0.0/local.go", Reason.REPLACED)},
    ),
    Layout(
        name="c3 replace in go.work, whose folder is seen from there",
        tree={
            **WORK,
            "/ws/go.work": "go 1.25.0\n\nuse (\n\t./a\n\t./b\n)\nreplace example.com/local => ./local\n",
            "/ws/local/go.mod": module("example.com/otherwise"),
            "/ws/local/local.go": text("local", "G"),
        },
        files=(file("example.com/local@v0.2.0/local.go", "example.com/local", text("local", "G")),),
        build=built(X, "example.com/a", dep("example.com/local", "v0.2.0", "./local", "(devel)")),
        folder="/ws/a",
        same={"/ws/local/local.go": ("example.com/local@v0.2.0/local.go", Reason.REPLACED)},
    ),
    Layout(
        name="c4 replace by another module, trimmed: under the old name, in the new one's folder",
        tree=FORK,
        files=(file("github.com/acme/orig@v1.0.0/orig.go", "github.com/acme/orig", text("orig", "O")),),
        build=built(X, "example.com/a", dep("github.com/acme/orig", "v1.0.0", "github.com/me/fork", "v1.0.1")),
        same={f"{CACHE}/github.com/me/fork@v1.0.1/orig.go": ("github.com/acme/orig@v1.0.0/orig.go", Reason.REPLACED)},
        unmapped={f"{CACHE}/github.com/acme/orig@v1.0.0/orig.go": Reason.OTHER_VERSION},
        never=((f"{CACHE}/github.com/acme/orig@v1.0.0/orig.go", "github.com/acme/orig@v1.0.0/orig.go"),),
        says=("github.com/me/fork v1.0.1 in place of github.com/acme/orig",),
    ),
    Layout(
        name="c5 replace by another module, another cache",
        tree=FORK,
        files=(file("/root/go/pkg/mod/github.com/me/fork@v1.0.1/orig.go", "github.com/acme/orig", text("orig", "O")),),
        build=built(X, "example.com/a", dep("github.com/acme/orig", "v1.0.0", "github.com/me/fork", "v1.0.1")),
        same={f"{CACHE}/github.com/me/fork@v1.0.1/orig.go": "/root/go/pkg/mod/github.com/me/fork@v1.0.1/orig.go"},
        unmapped={f"{CACHE}/github.com/acme/orig@v1.0.0/orig.go": Reason.OTHER_VERSION},
    ),
    Layout(
        name="c6 a folder by replace, absolute in build info",
        tree=LOCAL,
        files=(file("/local/local.go", "example.com/local", text("local", "G")),),
        build=built(X, "example.com/a", dep("example.com/local", "v0.0.0", "/local")),
        same={"/local/local.go": ("/local/local.go", Reason.EXACT)},
    ),
    Layout(
        name="d1 the module cache, where it was",
        tree=DEP,
        files=(file(f"{UTIL}/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        same={f"{UTIL}/strutil/util.go": (f"{UTIL}/strutil/util.go", Reason.EXACT)},
        unmapped={f"{CACHE}/github.com/!acme/!util@v1.3.0/strutil/util.go": Reason.OTHER_VERSION},
        says=("built with github.com/Acme/Util v1.2.3, and you have opened v1.3.0",),
    ),
    Layout(
        name="d2 another module cache",
        tree=DEP,
        files=(file("/go/pkg/mod/github.com/!acme/!util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        same={f"{UTIL}/strutil/util.go": ("/go/pkg/mod/github.com/!acme/!util@v1.2.3/strutil/util.go", Reason.CACHE)},
        never=(
            (
                f"{CACHE}/github.com/!acme/!util@v1.3.0/strutil/util.go",
                "/go/pkg/mod/github.com/!acme/!util@v1.2.3/strutil/util.go",
            ),
        ),
    ),
    Layout(
        name="d3 go.mod has moved on to v1.3.0, and v1.2.3 is gone from the cache",
        tree={key: value for key, value in DEP.items() if not key.startswith(UTIL)},
        files=(file("/go/pkg/mod/github.com/!acme/!util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        unmapped={f"{CACHE}/github.com/!acme/!util@v1.3.0/strutil/util.go": Reason.OTHER_VERSION},
        lost={"/go/pkg/mod/github.com/!acme/!util@v1.2.3/strutil/util.go": Reason.MISSING},
        says=("go mod download github.com/Acme/Util@v1.2.3",),
    ),
    Layout(
        name="d4 two majors of one module",
        tree={**DEP, f"{CACHE}/github.com/!acme/!util/v2@v2.0.0/strutil/util.go": STR},
        files=(
            file("github.com/Acme/Util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR),
            file("github.com/Acme/Util/v2@v2.0.0/strutil/util.go", "github.com/Acme/Util/v2/strutil", STR),
        ),
        build=built(X, "example.com/a", UTIL_DEP, dep("github.com/Acme/Util/v2", "v2.0.0")),
        same={
            f"{UTIL}/strutil/util.go": "github.com/Acme/Util@v1.2.3/strutil/util.go",
            f"{CACHE}/github.com/!acme/!util/v2@v2.0.0/strutil/util.go": "github.com/Acme/Util/v2@v2.0.0/strutil/util.go",
        },
    ),
    Layout(
        name="e1 vendor, moved",
        tree=VENDORED,
        files=(file("/build/vendor/github.com/Acme/Util/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        same={
            "/ws/vendor/github.com/Acme/Util/strutil/util.go": (
                "/build/vendor/github.com/Acme/Util/strutil/util.go",
                Reason.VENDOR,
            )
        },
        never=((f"{UTIL}/strutil/util.go", "/build/vendor/github.com/Acme/Util/strutil/util.go"),),
    ),
    Layout(
        name="e2 vendor, trimmed: recorded as module@version",
        tree=VENDORED,
        files=(file("github.com/Acme/Util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        same={
            "/ws/vendor/github.com/Acme/Util/strutil/util.go": ("github.com/Acme/Util@v1.2.3/strutil/util.go", Reason.VENDOR)
        },
        unmapped={f"{UTIL}/strutil/util.go": Reason.OTHER_PROJECT},
        says=("is a copy: the file of this build is /ws/vendor/",),
    ),
    Layout(
        name="e2 the same with -mod=mod: go does not look into the vendor folder",
        tree=VENDORED,
        files=(file("github.com/Acme/Util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        env=attrs.evolve(env(), goflags=("-mod=mod",)),
        same={f"{UTIL}/strutil/util.go": ("github.com/Acme/Util@v1.2.3/strutil/util.go", Reason.CACHE)},
        unmapped={"/ws/vendor/github.com/Acme/Util/strutil/util.go": Reason.OTHER_PROJECT},
    ),
    Layout(
        name="e3 recorded in the module cache: the vendor folder made later is not it",
        tree=VENDORED,
        files=(file(f"{UTIL}/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        same={f"{UTIL}/strutil/util.go": f"{UTIL}/strutil/util.go"},
        unmapped={"/ws/vendor/github.com/Acme/Util/strutil/util.go": Reason.OTHER_PROJECT},
    ),
    Layout(
        name="e4 vendor at another version than the binary's",
        tree={
            **VENDORED,
            "/ws/vendor/modules.txt": "# github.com/Acme/Util v1.3.0\n## explicit\ngithub.com/Acme/Util/strutil\n",
        },
        files=(file("github.com/Acme/Util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        same={f"{UTIL}/strutil/util.go": "github.com/Acme/Util@v1.2.3/strutil/util.go"},
        unmapped={"/ws/vendor/github.com/Acme/Util/strutil/util.go": Reason.OTHER_VERSION},
    ),
    Layout(
        name="e5 vendored, trimmed, and the replaced folder lies beside it: go builds from vendor",
        tree=BOTH,
        files=(file("example.com/local@v0.0.0/local.go", "example.com/local", text("local", "G")),),
        build=built(X, "example.com/a", dep("example.com/local", "v0.0.0", "./local", "(devel)")),
        same={"/ws/vendor/example.com/local/local.go": ("example.com/local@v0.0.0/local.go", Reason.VENDOR)},
        unmapped={"/ws/local/local.go": Reason.OTHER_PROJECT},
    ),
    Layout(
        name="e6 the same, where the recorded name says that it was not vendored",
        tree=BOTH,
        files=(file("/build/local/local.go", "example.com/local", text("local", "G")),),
        build=built(X, "example.com/a", dep("example.com/local", "v0.0.0", "./local", "(devel)")),
        same={"/ws/local/local.go": ("/build/local/local.go", Reason.REPLACED)},
        never=(("/ws/vendor/example.com/local/local.go", "/build/local/local.go"),),
    ),
    Layout(
        name="f1 -trimpath",
        tree=SINGLE,
        files=E_TRIM,
        build=built(),
        goroot="",
        same={
            "/ws/cmd/x/main.go": ("example.com/a/cmd/x/main.go", Reason.MODULE),
            "/ws/lib/lib.go": ("example.com/a/lib/lib.go", Reason.MODULE),
            f"{GOROOT}/src/strings/strings.go": ("strings/strings.go", Reason.GOROOT),
        },
        unmapped={"/ws/other/lib.go": Reason.NOT_LINKED},
        never=(("/ws/other/lib.go", "example.com/a/lib/lib.go"),),
    ),
    Layout(
        name="f2 -trimpath with a download",
        tree=DEP,
        files=(*E_TRIM, file("github.com/Acme/Util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR)),
        build=built(X, "example.com/a", UTIL_DEP),
        goroot="",
        same={f"{UTIL}/strutil/util.go": ("github.com/Acme/Util@v1.2.3/strutil/util.go", Reason.CACHE)},
    ),
    Layout(
        name="f3 -trimpath, main known only as main",
        tree=SINGLE,
        files=(file("example.com/a/cmd/x/main.go", "main", MAIN),),
        build=built(),
        same={"/ws/cmd/x/main.go": "example.com/a/cmd/x/main.go"},
    ),
    Layout(
        name="f4 packages that the standard library vendors",
        tree={
            **SINGLE,
            f"{GOROOT}/src/vendor/golang.org/x/net/idna/idna.go": text("idna", "To"),
            f"{CACHE}/golang.org/x/net@v0.1.0/idna/idna.go": text("idna", "To"),
        },
        files=(file("vendor/golang.org/x/net/idna/idna.go", "vendor/golang.org/x/net/idna", text("idna", "To")),),
        build=built(),
        goroot="",
        same={f"{GOROOT}/src/vendor/golang.org/x/net/idna/idna.go": ("vendor/golang.org/x/net/idna/idna.go", Reason.GOROOT)},
        unmapped={f"{CACHE}/golang.org/x/net@v0.1.0/idna/idna.go": Reason.NOT_LINKED},
    ),
    Layout(
        name="f5 a module path without a dot is no standard library",
        tree={"/ws/go.mod": module("app"), "/ws/main.go": MAIN, "/ws/lib/lib.go": LIB, f"{GOROOT}/VERSION": "go1.26.6"},
        files=(file("app/main.go", "app", MAIN), file("app/lib/lib.go", "app/lib", LIB)),
        build=built("app", "app"),
        goroot="",
        same={"/ws/main.go": "app/main.go", "/ws/lib/lib.go": "app/lib/lib.go"},
    ),
]
