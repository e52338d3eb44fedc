"""Layouts where folders moved or have several names: links, containers, GOROOT, GOPATH, Windows, WSL, look-alikes."""

from __future__ import annotations

from typing import Final

from dapshim.binary.recorded import BuildInfo, ModuleVersion
from dapshim.sources.answers import Reason
from dapshim.sources.rules import Rule, Rules
from tests.layouts import Link
from tests.sources.layouts_modules import LIB, MAIN, SINGLE, STR, UTIL_DEP, X
from tests.sources.scene import CACHE, GO, GOROOT, UTIL, Layout, built, dep, env, file, module, text


def main_at(path: str, module_path: str, version: str) -> BuildInfo:
    return BuildInfo(GO, path, ModuleVersion(module_path, version))


LIB_FILE: Final = file("/ws/lib/lib.go", "example.com/a/lib", LIB)
INDEX: Final = text("strings", "Index")
TOOLCHAIN: Final = f"{CACHE}/golang.org/toolchain@v0.0.1-go1.25.5.linux-amd64"
CLONES: Final = {
    f"/{each}/{name}": value
    for each in ("one", "two")
    for name, value in {"go.mod": module("example.com/a"), "lib/lib.go": LIB}.items()
}
BIG: Final = {
    "/ws/go.work": "go 1.25.0\n\nuse (\n" + "".join(f"\t./svc{each}\n" for each in range(9)) + ")\n",
    **{f"/ws/svc{each}/go.mod": module(f"example.com/big/svc{each}") for each in range(9)},
    **{f"/ws/svc{each}/pkg{each}/f3.go": text(f"pkg{each}", "F") for each in range(9)},
    **{f"/ws/svc{each}/lib/f3.go": text("lib", "F") for each in range(9)},
}
OTHER: Final = "package a\n\nfunc Nothing() {\n}\n"

PLACES: Final = [
    Layout(
        name="g1 the editor goes through a link, the binary was built through the real folder",
        tree={**SINGLE, "/link": Link("/ws")},
        files=(LIB_FILE,),
        build=built(),
        roots=("/link",),
        folder="/link",
        same={"/link/lib/lib.go": ("/ws/lib/lib.go", Reason.SAME_FILE)},
        opens={"/ws/lib/lib.go": "/link/lib/lib.go"},
    ),
    Layout(
        name="g1 files that are links of another name, opened where they are",
        tree={**SINGLE, "/ws/lib/lib.go": Link("/store/3f-lib.go"), "/store/3f-lib.go": LIB, "/store/4a-lib.go": LIB},
        files=(file("example.com/a/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        goroot="",
        same={"/store/3f-lib.go": "example.com/a/lib/lib.go"},
        opens={"example.com/a/lib/lib.go": "/ws/lib/lib.go"},
        unmapped={"/store/4a-lib.go": Reason.UNRELATED},
    ),
    Layout(
        name="g2 the other way round",
        tree={**SINGLE, "/link": Link("/ws")},
        files=(file("/link/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        same={"/ws/lib/lib.go": ("/link/lib/lib.go", Reason.SAME_FILE)},
        opens={"/link/lib/lib.go": "/ws/lib/lib.go"},
    ),
    Layout(
        name="g3 a link inside of the module",
        tree={**SINGLE, "/shared/gen.go": text("lib", "Gen"), "/ws/lib/gen.go": Link("/shared/gen.go")},
        files=(LIB_FILE, file("/ws/lib/gen.go", "example.com/a/lib", text("lib", "Gen"))),
        build=built(),
        same={"/shared/gen.go": ("/ws/lib/gen.go", Reason.SAME_FILE)},
        opens={"/ws/lib/gen.go": "/ws/lib/gen.go"},
    ),
    Layout(
        name="g4 a linked module cache, recorded in the link's spelling",
        tree={**SINGLE, "/big/mod/github.com/!acme/!util@v1.2.3/strutil/util.go": STR, CACHE: Link("/big/mod")},
        files=(file(f"{CACHE}/github.com/!acme/!util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR),),
        build=built(X, "example.com/a", UTIL_DEP),
        same={
            f"{CACHE}/github.com/!acme/!util@v1.2.3/strutil/util.go": f"{CACHE}/github.com/!acme/!util@v1.2.3/strutil/util.go",
            "/big/mod/github.com/!acme/!util@v1.2.3/strutil/util.go": f"{CACHE}/github.com/!acme/!util@v1.2.3/strutil/util.go",
        },
    ),
    Layout(
        name="g5 a linked GOROOT",
        tree={
            "/opt/go1.26.6/VERSION": GO,
            "/opt/go1.26.6/src/strings/strings.go": INDEX,
            GOROOT: Link("/opt/go1.26.6"),
            "/ws/go.mod": module("example.com/a"),
        },
        files=(file(f"{GOROOT}/src/strings/strings.go", "strings", INDEX),),
        build=built(),
        same={
            "/opt/go1.26.6/src/strings/strings.go": (f"{GOROOT}/src/strings/strings.go", Reason.SAME_FILE),
            f"{GOROOT}/src/strings/strings.go": (f"{GOROOT}/src/strings/strings.go", Reason.EXACT),
        },
    ),
    Layout(
        name="h1 built in a container: sources, cache and GOROOT elsewhere",
        tree={**SINGLE, f"{CACHE}/github.com/!acme/!util@v1.2.3/strutil/util.go": STR},
        files=(
            file("/src/cmd/x/main.go", X, MAIN),
            file("/src/lib/lib.go", "example.com/a/lib", LIB),
            file("/go/pkg/mod/github.com/!acme/!util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", STR),
            file("/usr/lib/go/src/strings/strings.go", "strings", INDEX),
        ),
        goroot="/usr/lib/go",
        build=built(X, "example.com/a", UTIL_DEP),
        same={
            "/ws/cmd/x/main.go": "/src/cmd/x/main.go",
            "/ws/lib/lib.go": "/src/lib/lib.go",
            f"{UTIL}/strutil/util.go": "/go/pkg/mod/github.com/!acme/!util@v1.2.3/strutil/util.go",
            f"{GOROOT}/src/strings/strings.go": ("/usr/lib/go/src/strings/strings.go", Reason.GOROOT),
        },
    ),
    Layout(
        name="h2 the container's Go is another one, and it is not here",
        tree=SINGLE,
        files=(file("/usr/lib/go/src/strings/strings.go", "strings", INDEX),),
        goroot="/usr/lib/go",
        build=built(go="go1.25.5"),
        unmapped={f"{GOROOT}/src/strings/strings.go": Reason.OTHER_VERSION},
        lost={"/usr/lib/go/src/strings/strings.go": Reason.OTHER_VERSION},
        says=("built with go1.25.5, and this is a file of go1.26.6", "go install golang.org/dl/go1.25.5@latest"),
    ),
    Layout(
        name="h3 the container's Go is another one, downloaded as a toolchain",
        tree={**SINGLE, f"{TOOLCHAIN}/VERSION": "go1.25.5", f"{TOOLCHAIN}/src/strings/strings.go": INDEX},
        files=(file("/usr/lib/go/src/strings/strings.go", "strings", INDEX),),
        goroot="/usr/lib/go",
        build=built(go="go1.25.5"),
        same={f"{TOOLCHAIN}/src/strings/strings.go": ("/usr/lib/go/src/strings/strings.go", Reason.GOROOT)},
        unmapped={f"{GOROOT}/src/strings/strings.go": Reason.OTHER_VERSION},
        never=((f"{GOROOT}/src/strings/strings.go", "/usr/lib/go/src/strings/strings.go"),),
    ),
    Layout(
        name="h4 another project lies at the recorded path now",
        tree={**SINGLE, "/src/go.mod": module("example.com/z"), "/src/lib/lib.go": OTHER},
        files=(file("/src/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        same={"/ws/lib/lib.go": ("/src/lib/lib.go", Reason.MODULE)},
        unmapped={"/src/lib/lib.go": Reason.OTHER_PROJECT},
        never=(("/src/lib/lib.go", "/src/lib/lib.go"),),
    ),
    Layout(
        name="h5 another project lies there, and ours is not here at all",
        tree={"/src/go.mod": module("example.com/z"), "/src/lib/lib.go": OTHER, "/ws/go.mod": module("example.com/q")},
        files=(file("/src/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        unmapped={"/src/lib/lib.go": Reason.OTHER_PROJECT},
        lost={"/src/lib/lib.go": Reason.OTHER_PROJECT},
        says=("it belongs to example.com/z/lib, and what was built to example.com/a/lib",),
    ),
    Layout(
        name="i0 Go's own files below a literal $GOROOT",
        tree=SINGLE,
        files=(
            file("lib/lib.go", "example.com/a/lib", LIB),
            file("$GOROOT/src/strings/strings.go", "strings", INDEX),
        ),
        build=built(),
        goroot="$GOROOT",
        same={f"{GOROOT}/src/strings/strings.go": ("$GOROOT/src/strings/strings.go", Reason.GOROOT)},
        opens={"$GOROOT/src/strings/strings.go": f"{GOROOT}/src/strings/strings.go"},
    ),
    Layout(
        name="i1 GOROOT moved, same version",
        tree=SINGLE,
        files=(file("/opt/go/src/strings/strings.go", "strings", INDEX),),
        goroot="/opt/go",
        build=built(),
        same={f"{GOROOT}/src/strings/strings.go": ("/opt/go/src/strings/strings.go", Reason.GOROOT)},
    ),
    Layout(
        name="i2 Go was updated in place since, the file did not change",
        tree={**SINGLE, f"{GOROOT}/VERSION": "go1.26.7"},
        files=(file(f"{GOROOT}/src/strings/strings.go", "strings", INDEX),),
        build=built(),
        same={f"{GOROOT}/src/strings/strings.go": (f"{GOROOT}/src/strings/strings.go", Reason.EXACT)},
    ),
    Layout(
        name="i3 Go was updated in place since, the file changed",
        tree={**SINGLE, f"{GOROOT}/VERSION": "go1.26.7", f"{GOROOT}/src/strings/strings.go": text("strings", "Index", blank=3)},
        files=(file(f"{GOROOT}/src/strings/strings.go", "strings", INDEX),),
        build=built(),
        unmapped={f"{GOROOT}/src/strings/strings.go": Reason.OTHER_VERSION},
        lost={f"{GOROOT}/src/strings/strings.go": Reason.OTHER_VERSION},
    ),
    Layout(
        name="i4 an experiment in the version is no other version",
        tree=SINGLE,
        files=(file("/opt/go/src/strings/strings.go", "strings", INDEX),),
        goroot="/opt/go",
        build=built(go="go1.26.6-X:nogreenteagc"),
        same={f"{GOROOT}/src/strings/strings.go": "/opt/go/src/strings/strings.go"},
    ),
    Layout(
        name="n1 the binary records Windows paths, the editor spells the drive otherwise",
        tree={},
        files=(file("C:/src/app/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        roots=("c:\\src\\app",),
        same={"c:\\src\\app\\lib\\lib.go": ("C:/src/app/lib/lib.go", Reason.EXACT)},
        unmapped={"c:\\src\\app\\lib\\other.go": Reason.UNRELATED},
    ),
    Layout(
        name="n2 mixed separators, as a trimmed cross build records them",
        tree={},
        files=(file("C:\\src\\App/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        roots=("C:\\src\\App",),
        same={"C:\\src\\App\\lib\\lib.go": ("C:\\src\\App/lib/lib.go", Reason.EXACT)},
    ),
    Layout(
        name="n3 a rule to a folder of Windows finds what was recorded with mixed separators",
        tree=SINGLE,
        files=(file("C:\\src\\App/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        rules=Rules((Rule("/ws", "C:\\src\\App"),)),
        same={"/ws/lib/lib.go": ("C:\\src\\App/lib/lib.go", Reason.RULE)},
        opens={"C:\\src\\App/lib/lib.go": "/ws/lib/lib.go"},
    ),
    Layout(
        name="n4 the editor on Windows, the files in WSL",
        tree=SINGLE,
        files=(file("/ws/lib/lib.go", "example.com/a/lib", LIB), file(f"{GOROOT}/src/strings/strings.go", "strings", INDEX)),
        build=built(),
        roots=("\\\\wsl$\\Ubuntu\\ws",),
        same={
            "\\\\wsl$\\Ubuntu\\ws\\lib\\lib.go": "/ws/lib/lib.go",
            "\\\\wsl.localhost\\Ubuntu\\ws\\lib\\lib.go": "/ws/lib/lib.go",
        },
        opens={
            "/ws/lib/lib.go": "\\\\wsl$\\Ubuntu\\ws\\lib\\lib.go",
            f"{GOROOT}/src/strings/strings.go": "\\\\wsl$\\Ubuntu\\usr\\local\\go\\src\\strings\\strings.go",
        },
    ),
    Layout(
        name="n5 the editor on Windows, its drive mounted in WSL",
        tree={"/mnt/c/ws/go.mod": module("example.com/a"), "/mnt/c/ws/lib/lib.go": LIB},
        files=(file("/build/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        folder="/mnt/c/ws",
        roots=("C:\\ws",),
        same={"C:\\ws\\lib\\lib.go": ("/build/lib/lib.go", Reason.MODULE)},
        opens={"/build/lib/lib.go": "C:\\ws\\lib\\lib.go"},
    ),
    Layout(
        name="n6 case counts on POSIX",
        tree={**SINGLE, "/ws/lib/Lib.go": text("lib", "Upper")},
        files=(file("/build/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        same={"/ws/lib/lib.go": "/build/lib/lib.go"},
        unmapped={"/ws/lib/Lib.go": Reason.NOT_IN_BUILD},
    ),
    Layout(
        name="o1 one module path begins as another does",
        tree={
            "/ws/go.work": "go 1.25.0\n\nuse (\n\t./a\n\t./a/b\n\t./abc\n)\n",
            "/ws/a/go.mod": module("example.com/a"),
            "/ws/a/lib/lib.go": LIB,
            "/ws/a/b/go.mod": module("example.com/a/b"),
            "/ws/a/b/lib/lib.go": LIB,
            "/ws/abc/go.mod": module("example.com/a/bc"),
            "/ws/abc/lib/lib.go": LIB,
        },
        files=(
            file("/x/a/lib/lib.go", "example.com/a/lib", LIB),
            file("/x/a/b/lib/lib.go", "example.com/a/b/lib", LIB),
            file("/x/abc/lib/lib.go", "example.com/a/bc/lib", LIB),
        ),
        build=built(X, "example.com/a", dep("example.com/a/b", "(devel)"), dep("example.com/a/bc", "(devel)")),
        same={
            "/ws/a/lib/lib.go": "/x/a/lib/lib.go",
            "/ws/a/b/lib/lib.go": "/x/a/b/lib/lib.go",
            "/ws/abc/lib/lib.go": "/x/abc/lib/lib.go",
        },
    ),
    Layout(
        name="o2 many modules of one layout, moved; most are not linked",
        tree=BIG,
        files=(
            file("/x/svc7/pkg7/f3.go", "example.com/big/svc7/pkg7", text("pkg7", "F")),
            file("/x/svc7/lib/f3.go", "example.com/big/svc7/lib", text("lib", "F")),
        ),
        build=built("example.com/big/svc7", "example.com/big/svc7"),
        same={"/ws/svc7/pkg7/f3.go": "/x/svc7/pkg7/f3.go", "/ws/svc7/lib/f3.go": "/x/svc7/lib/f3.go"},
        unmapped={"/ws/svc5/pkg5/f3.go": Reason.NOT_LINKED, "/ws/svc5/lib/f3.go": Reason.NOT_LINKED},
        never=(("/ws/svc5/lib/f3.go", "/x/svc7/lib/f3.go"),),
    ),
    Layout(
        name="o3 two clones of one module, trimmed, alike: ambiguous, and how to settle it",
        tree={**CLONES, "/ws/go.work": "go 1.25.0\nuse ../one\nuse ../two\n"},
        files=(file("example.com/a/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        roots=("/one", "/two"),
        unmapped={"/one/lib/lib.go": Reason.AMBIGUOUS, "/two/lib/lib.go": Reason.AMBIGUOUS},
        lost={"example.com/a/lib/lib.go": Reason.AMBIGUOUS},
        says=(
            "AMBIGUOUS example.com/a/lib/lib.go: /one/lib/lib.go, /two/lib/lib.go",
            '[{ from = "/one", to = "example.com/a" }]',
        ),
    ),
    Layout(
        name="o4 the same, settled by that rule",
        tree={**CLONES, "/ws/go.work": "go 1.25.0\nuse ../one\nuse ../two\n"},
        files=(file("example.com/a/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        roots=("/one", "/two"),
        rules=Rules((Rule("/one", "example.com/a"),)),
        same={"/one/lib/lib.go": ("example.com/a/lib/lib.go", Reason.RULE)},
        unmapped={"/two/lib/lib.go": Reason.HIDDEN},
        opens={"example.com/a/lib/lib.go": "/one/lib/lib.go"},
    ),
    Layout(
        name="o5 two clones, one of which was changed since",
        tree={
            **CLONES,
            "/two/lib/lib.go": text("lib", "Do", "Help", blank=2),
            "/ws/go.work": "go 1.25.0\nuse ../one\nuse ../two\n",
        },
        files=(file("example.com/a/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        roots=("/one", "/two"),
        same={"/one/lib/lib.go": ("example.com/a/lib/lib.go", Reason.MODULE)},
        unmapped={"/two/lib/lib.go": Reason.OTHER_PROJECT},
        never=(("/two/lib/lib.go", "example.com/a/lib/lib.go"),),
    ),
    Layout(
        name="o6 built in a clone that is here, while the editor has another one open",
        tree={**CLONES, "/ws/x": ""},
        files=(file("/one/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        folder="/two",
        roots=("/two",),
        same={"/two/lib/lib.go": ("/one/lib/lib.go", Reason.MODULE)},
        unmapped={"/one/lib/lib.go": Reason.OTHER_PROJECT},
    ),
    Layout(
        name="o7 both clones are open: the one that was built",
        tree={**CLONES, "/ws/go.work": "go 1.25.0\nuse ../one\nuse ../two\n"},
        files=(file("/one/lib/lib.go", "example.com/a/lib", LIB),),
        build=built(),
        roots=("/one", "/two"),
        same={"/one/lib/lib.go": ("/one/lib/lib.go", Reason.EXACT)},
        unmapped={"/two/lib/lib.go": Reason.OTHER_PROJECT},
        never=(("/two/lib/lib.go", "/one/lib/lib.go"),),
    ),
    Layout(
        name="p1 odd characters, unescaped everywhere",
        tree={"/w s/ü%20#?/go.mod": module("example.com/a"), "/w s/ü%20#?/lib.v2/l b.go": LIB},
        files=(file("/b/lib.v2/l b.go", "example.com/a/lib.v2", LIB),),
        build=built(),
        folder="/w s/ü%20#?",
        roots=("/w s/ü%20#?",),
        same={"/w s/ü%20#?/lib.v2/l b.go": "/b/lib.v2/l b.go"},
    ),
    Layout(
        name="t1 GOPATH mode, moved",
        tree={"/home/me/go/src/example.com/t/t.go": LIB, "/home/me/go/src/example.com/t/vendor/github.com/q/q.go": STR},
        files=(
            file("/root/go/src/example.com/t/t.go", "example.com/t", LIB),
            file("/root/go/src/example.com/t/vendor/github.com/q/q.go", "example.com/t/vendor/github.com/q", STR),
        ),
        build=BuildInfo(GO, "example.com/t"),
        env=env(go111module="off"),
        folder="/home/me/go/src/example.com/t",
        roots=("/home/me/go/src/example.com/t",),
        same={
            "/home/me/go/src/example.com/t/t.go": ("/root/go/src/example.com/t/t.go", Reason.GOPATH),
            "/home/me/go/src/example.com/t/vendor/github.com/q/q.go": "/root/go/src/example.com/t/vendor/github.com/q/q.go",
        },
    ),
    Layout(
        name="t2 GOPATH mode with -trimpath keeps vendor",
        tree={"/home/me/go/src/example.com/t/t.go": LIB, "/home/me/go/src/example.com/t/vendor/github.com/q/q.go": STR},
        files=(
            file("example.com/t/t.go", "example.com/t", LIB),
            file("example.com/t/vendor/github.com/q/q.go", "example.com/t/vendor/github.com/q", STR),
        ),
        build=BuildInfo(GO, "example.com/t"),
        goroot="",
        env=env(go111module="off"),
        folder="/home/me/go/src/example.com/t",
        roots=("/home/me/go/src/example.com/t",),
        same={
            "/home/me/go/src/example.com/t/t.go": "example.com/t/t.go",
            "/home/me/go/src/example.com/t/vendor/github.com/q/q.go": "example.com/t/vendor/github.com/q/q.go",
        },
    ),
    Layout(
        name="u1 go install m@v: the main package lies in the module cache",
        tree={
            **SINGLE,
            f"{CACHE}/example.com/tool@v1.4.0/cmd/t/main.go": MAIN,
            "/tool/go.mod": module("example.com/tool"),
            "/tool/cmd/t/main.go": MAIN,
        },
        files=(file("/go/pkg/mod/example.com/tool@v1.4.0/cmd/t/main.go", "example.com/tool/cmd/t", MAIN),),
        build=main_at("example.com/tool/cmd/t", "example.com/tool", "v1.4.0"),
        same={f"{CACHE}/example.com/tool@v1.4.0/cmd/t/main.go": "/go/pkg/mod/example.com/tool@v1.4.0/cmd/t/main.go"},
        unmapped={"/tool/cmd/t/main.go": Reason.OTHER_PROJECT},
    ),
    Layout(
        name="u2 a main module that was stamped with its tag is a working copy all the same",
        tree=SINGLE,
        files=(file("example.com/a/lib/lib.go", "example.com/a/lib", LIB),),
        build=main_at(X, "example.com/a", "v0.3.0+dirty"),
        same={"/ws/lib/lib.go": "example.com/a/lib/lib.go"},
    ),
    Layout(
        name="v1 changed since the build: still the file",
        tree={**SINGLE, "/ws/lib/lib.go": text("lib", "Do", "Help", blank=4)},
        files=(LIB_FILE,),
        build=built(),
        same={"/ws/lib/lib.go": "/ws/lib/lib.go"},
    ),
    Layout(
        name="v2 rewritten altogether since the build: still the file",
        tree={**SINGLE, "/ws/lib/lib.go": text("lib", "Anew")},
        files=(LIB_FILE,),
        build=built(),
        same={"/ws/lib/lib.go": "/ws/lib/lib.go"},
    ),
    Layout(
        name="w1 the editor's files are on no machine that is seen from here",
        tree={},
        files=(LIB_FILE, file("/ws/lib/more.go", "example.com/a/lib", text("lib", "More"))),
        build=built(),
        same={"/ws/lib/lib.go": ("/ws/lib/lib.go", Reason.EXACT)},
        opens={"/ws/lib/more.go": "/ws/lib/more.go"},
    ),
]
