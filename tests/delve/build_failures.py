"""Trees that do not build, and how the first error of each begins; built with the real go in test_build_errors.py."""

from __future__ import annotations

import os

import attrs

MOD = "module example.com/m\n\ngo 1.25\n"
MAIN = "package main\n\nfunc main() {}\n"
USES = 'package main\n\nimport "example.com/m/lib"\n\nfunc main() { lib.X() }\n'
BAD = "package lib\n\nfunc X() { nosuch() }\n"
BUILD = ("build", "-o", os.devnull, ".")
TEST = ("test", "-c", "-o", os.devnull, ".")


@attrs.frozen
class Case:
    """A tree that does not build, where and how it is built, and how the first error begins; `{root}` is the tree."""

    name: str
    files: dict[str, str]
    error: str
    cwd: str = "."
    command: tuple[str, ...] = BUILD
    env: dict[str, str] = attrs.field(factory=dict)


def main(body: str) -> str:
    return f"package main\n\n{body}\n"


def c_code(comment: str, body: str = "C.f(1)") -> str:
    return main(f'// {comment}\nimport "C"\n\nfunc main() {{ {body} }}')


def replaced(place: str, **files: str) -> dict[str, str]:
    """Lay out a module `m` that has example.com/o from the folder `place`."""
    mod = f'{MOD}require example.com/o v0.0.0\nreplace example.com/o => "../{place}"\n'
    uses = 'package main\n\nimport "example.com/o"\n\nfunc main() { o.X() }\n'
    return {"m/go.mod": mod, "m/main.go": uses} | {f"{place}/{name.replace('_', '.')}": text for name, text in files.items()}


READONLY = {"GOFLAGS": "-mod=readonly"}
NO_MOD = {"GOFLAGS": ""}

CASES = [
    # -- the compiler
    Case("type", {"main.go": main('import "os"\n\nfunc main() {}')}, '{root}/main.go:3:8: "os" imported and not used'),
    Case("syntax", {"main.go": main("func main( {\n}")}, "{root}/main.go:3:12: syntax error: unexpected"),
    Case("no package clause", {"main.go": "pakage main\n"}, "{root}/main.go:1:1: expected 'package', found pakage"),
    Case("package below", {"main.go": USES, "lib/x.go": BAD}, "{root}/lib/x.go:3:12: undefined: nosuch"),
    Case("package beside", {"cmd/main.go": USES, "lib/x.go": BAD}, "{root}/lib/x.go:3:12: undefined: nosuch", "cmd"),
    Case("package far away", {"a/b/c/d/e/main.go": USES, "lib/x.go": BAD}, "{root}/lib/x.go:3:12: ", "a/b/c/d/e"),
    Case(
        "imported package's syntax",
        {"cmd/main.go": USES, "lib/x.go": "packag lib\n"},
        "{root}/lib/x.go:1:1: expected 'package'",
        "cmd",
    ),
    Case("blank", {"my x.go": main("func main() { nosuch() }")}, "{root}/my x.go:3:15: undefined: nosuch"),
    Case("colon", {"my:3:x.go": main("func main() { nosuch() }")}, "{root}/my:3:x.go:3:15: undefined: nosuch"),
    Case(
        "blank and colon in a folder",
        replaced("x y:3:4", go_mod="module example.com/o\n", o_go="package o\n\nfunc X() { nosuch() }\n"),
        "{root}/x y:3:4/o.go:3:12: undefined: nosuch",
        "m",
    ),
    Case("declared twice", {"a.go": MAIN, "b.go": MAIN}, "{root}/b.go:3:6: main redeclared in this block"),
    Case(
        "initialised in a circle",
        {"a.go": main("var a = b\nvar b = a\nfunc main() {}")},
        "{root}/a.go:3:5: initialization cycle",
    ),
    Case("no main", {"a.go": "package main\n"}, "runtime.main_main·f: function main is undeclared in the main package"),
    Case(
        "//line, far",
        {"main.go": main("//line /abs/page.tmpl:42:7\nfunc main() { nosuch() }")},
        "/abs/page.tmpl:42:21: undefined: nosuch",
    ),
    Case(
        "//line, relative to the package",
        {"cmd/main.go": USES, "lib/x.go": "package lib\n\n//line t/page.tmpl:42\nfunc X() { nosuch() }\n"},
        "{root}/lib/t/page.tmpl:42: undefined: nosuch",
        "cmd",
    ),
    Case("one file", {"main.go": main("func main() { no() }")}, "{root}/main.go:3:15: ", command=(*BUILD[:3], "main.go")),
    # -- packages and modules
    Case(
        "import cycle",
        {
            "main.go": main('import _ "example.com/m/a"\nfunc main() {}'),
            "a/x.go": 'package a\nimport _ "example.com/m/b"\n',
            "b/y.go": 'package b\nimport _ "example.com/m/a"\n',
        },
        "package example.com/m imports example.com/m/a from main.go imports example.com/m/b from x.go "
        "imports example.com/m/a from y.go: import cycle not allowed",
    ),
    Case(
        "missing module",
        {"main.go": main('import _ "example.net/nope/x"\nfunc main() {}')},
        "{root}/main.go:3:8: no required module provides package example.net/nope/x; to add it: go get example.net/nope/x",
        env=NO_MOD,
    ),
    Case(
        "missing module that go looks for",
        {"main.go": main('import _ "example.net/nope/x"\nfunc main() {}')},
        "{root}/main.go:3:8: cannot find module providing package example.net/nope/x",
    ),
    Case(
        "not in std",
        {"main.go": main('import _ "nosuchstd"\nfunc main() {}')},
        "{root}/main.go:3:8: package nosuchstd is not in std",
    ),
    Case(
        "internal",
        {"main.go": main('import _ "net/http/internal"\nfunc main() {}')},
        "{root}/main.go:3:8: use of internal package net/http/internal not allowed",
    ),
    Case(
        "replaced by nothing",
        replaced("o"),
        "{root}/m/main.go:3:8: example.com/o@v0.0.0: replacement directory ../o does not",
        "m",
    ),
    Case(
        "not in go.sum",
        {"go.mod": f"{MOD}require example.net/o v1.2.3\n", "main.go": main('import _ "example.net/o"\nfunc main() {}')},
        "{root}/main.go:3:8: missing go.sum entry for module providing package example.net/o",
        env=READONLY,
    ),
    Case("no go files", {"x.txt": ""}, "no Go files in {root}"),
    Case("only tests", {"x_test.go": "package main\n"}, "example.com/m: no non-test Go files in {root}"),
    Case("two packages", {"a.go": MAIN, "b.go": "package lib\n"}, "found packages main (a.go) and lib (b.go) in {root}"),
    Case(
        "another system's files",
        {"main_windows.go": MAIN},
        "package example.com/m: build constraints exclude all Go files in {root}",
        env={"GOOS": "linux"},
    ),
    Case(
        "embed",
        {"main.go": main('import _ "embed"\n\n//go:embed nope/*.txt\nvar s string\n\nfunc main() {}')},
        "{root}/main.go:5:12: pattern nope/*.txt: no matching files found",
    ),
    # -- go.mod and go.work
    Case(
        "go.mod, unknown word", {"go.mod": f"{MOD}unknown x\n", "main.go": MAIN}, "{root}/go.mod:4: unknown directive: unknown"
    ),
    Case("go.mod above", {"go.mod": f"{MOD}unknown x\n", "cmd/main.go": MAIN}, "{root}/go.mod:4: unknown directive", "cmd"),
    Case(
        "go too old",
        {"go.mod": "module example.com/m\n\ngo 1.99\n", "main.go": MAIN},
        "go: go.mod requires go >= 1.99 (running go ",
    ),
    Case(
        "toolchain that cannot be had",
        {"go.mod": "module example.com/m\n\ngo 1.99\n", "main.go": MAIN},
        "go: download go1.99.0 for ",
        env={"GOTOOLCHAIN": "auto"},
    ),
    Case(
        "go.mod wants an update",
        replaced("o", go_mod="module example.com/o\n\ngo 1.25.3\n\nrequire example.com/p v0.1.0\n", o_go="package o\n"),
        "go: updates to go.mod needed, disabled by -mod=readonly; to update it: go mod tidy",
        "m",
        env=READONLY,
    ),
    Case(
        "no go.mod",
        {"go.mod": "", "main.go": MAIN},
        "go: go.mod file not found in current directory or any parent directory; see",
    ),
    Case(
        "module outside of go.work",
        {"go.work": "go 1.25\n\nuse ./a\n", "a/go.mod": MOD, "b/go.mod": "module example.com/b\n", "b/main.go": MAIN},
        "current directory is contained in a module that is not one of the workspace modules listed in go.work. You can add "
        "the module to the workspace using: go work use .",
        "b",
        env=NO_MOD,
    ),
    Case(
        "directory outside of go.work",
        {"go.work": "go 1.25\n\nuse ./a\n", "a/go.mod": MOD, "b/go.mod": "module example.com/b\n", "b/main.go": MAIN},
        "directory ../b is contained in a module that is not one of the workspace modules listed in go.work. You can add the "
        "module to the workspace using: go work use ../b",
        "a",
        (*BUILD[:3], "../b"),
        env=NO_MOD,
    ),
    Case(
        "go.work, unknown word",
        {"go.work": "go 1.25\n\nfoo ./a\n", "a/go.mod": MOD, "a/main.go": MAIN},
        "{root}/go.work:3: unknown directive: foo",
        "a",
        env=NO_MOD,
    ),
    Case(
        "go.work names a module whose go.mod is bad",
        {"go.work": "go 1.25\n\nuse ./a\n", "a/go.mod": f"{MOD}foo\n", "a/main.go": MAIN},
        "{root}/a/go.mod:4: unknown directive: foo",
        "a",
        env=NO_MOD,
    ),
    Case(
        "go.work names what is not there",
        {"go.work": "go 1.25\n\nuse (\n\t./a\n\t./z\n)\n", "a/go.mod": MOD, "a/main.go": MAIN},
        "go: cannot load module ../z listed in go.work file: open ../z/go.mod: no such file or directory",
        "a",
        env=NO_MOD,
    ),
    Case(
        "vendor folder behind go.mod",
        {"go.mod": f"{MOD}require example.net/o v1.2.3\n", "main.go": MAIN, "vendor/modules.txt": "# example.net/p v1.0.0\n"},
        "go: inconsistent vendoring in {root}: example.net/o@v1.2.3: is explicitly required in go.mod",
        env=NO_MOD,
    ),
    # -- tests, vet, assembly, flags
    Case(
        "test",
        {"x_test.go": main('import "testing"\n\nfunc TestX(t *testing.T) { nosuch() }')},
        "{root}/x_test.go:5:28: ",
        command=TEST,
    ),
    Case(
        "outer test",
        {"main.go": MAIN, "x_test.go": 'package main_test\n\nimport "testing"\n\nfunc TestX(t *testing.T) { nosuch() }\n'},
        "{root}/x_test.go:5:28: undefined: nosuch",
        command=TEST,
    ),
    Case(
        "test of a package that is not there",
        {"main.go": MAIN, "x_test.go": main('import _ "example.net/nope"')},
        "{root}/x_test.go:3:8: cannot find module providing package example.net/nope",
        command=TEST,
    ),
    Case(
        "vet",
        {"main.go": main('import "fmt"\n\nfunc main() { fmt.Printf("%d", "a") }')},
        "{root}/main.go:5:27: fmt.Printf format %d has arg",
        command=("vet", "."),
    ),
    Case(
        "vet, type",
        {"main.go": main("func main() { nosuch() }")},
        "{root}/main.go:3:15: undefined: nosuch",
        command=("vet", "."),
    ),
    Case(
        "assembly",
        {"main.go": main("func f()\n\nfunc main() { f() }"), "f.s": "TEXT ·f(SB), 4, $0\n\tNOSUCH AX, BX\n\tRET\n"},
        '{root}/f.s:2: unrecognized instruction "NOSUCH"',
    ),
    Case(
        "function without a body",
        {"main.go": main("func f()\n\nfunc main() { f() }")},
        "{root}/main.go:3:6: missing function body",
    ),
    Case(
        "link flag",
        {"main.go": MAIN},
        "flag provided but not defined: -debug",
        command=("build", "-ldflags=-debug=full", *BUILD[1:]),
    ),
    Case(
        "compile flag",
        {"main.go": MAIN},
        "flag provided but not defined: -nosuch",
        command=("build", "-gcflags=-nosuch", *BUILD[1:]),
    ),
    Case("build flag", {"main.go": MAIN}, "flag provided but not defined: -nosuch", command=("build", "-nosuch", *BUILD[1:])),
    Case("GOFLAGS", {"main.go": MAIN}, 'go: parsing $GOFLAGS: non-flag "nonsense"', env={"GOFLAGS": "nonsense"}),
    Case("GOOS", {"main.go": MAIN}, "go: unsupported GOOS/GOARCH pair nosuch/", env={"GOOS": "nosuch"}),
    Case(
        "overlay",
        {"main.go": MAIN, "y.txt": main("func main() { nosuch() }"), "over.json": '{"Replace": {"main.go": "y.txt"}}'},
        "{root}/y.txt:3:15: undefined: nosuch",
        command=("build", "-overlay=over.json", *BUILD[1:]),
    ),
    Case(
        "overlay that is not there",
        {"main.go": MAIN},
        "go: reading overlay: open nope.json: no such file or directory",
        command=("build", "-overlay=nope.json", *BUILD[1:]),
    ),
    Case(
        "broken repository",
        {"main.go": MAIN, ".git/HEAD": "garbage\n"},
        "error obtaining VCS status: exit status 128. Use -buildvcs=false to disable VCS stamping.",
        command=("build", "-buildvcs=true", *BUILD[1:]),
    ),
    Case(
        "no C compiler",
        {"main.go": c_code("int f(int);")},
        'cgo: C compiler "nosuchgcc" not found: exec: "nosuchgcc"',
        env={"CC": "nosuchgcc", "CGO_ENABLED": "1"},
    ),
    Case(
        "flag that cgo refuses", {"main.go": c_code("#cgo CFLAGS: -fplugin=x")}, "example.com/m: invalid flag in #cgo CFLAGS: "
    ),
]

C_CASES = [
    Case(
        "header",
        {"main.go": c_code('#include "nosuch.h"')},
        "{root}/main.go:3:11: fatal error: nosuch.h: No such file or directory",
    ),
    Case("preamble", {"main.go": c_code("static int f(int x) { return y; }")}, "{root}/main.go:3:31: error: "),
    Case(
        "name",
        {"main.go": c_code("int f(int x);", "C.nope(1)")},
        "{root}/main.go:6:15: could not determine what C.nope refers to",
    ),
    Case(
        "C file of the package below",
        {
            "main.go": USES,
            "lib/x.go": c_code("int f(int x);").replace("main", "X").replace("package X", "package lib"),
            "lib/f.c": "int g(void) { return 1; }\nint f(int x) { return z; }\n",
        },
        "{root}/lib/f.c:2:23: error: ",
    ),
    Case(
        "header of a C file of a package beside",
        {
            "cmd/main.go": USES,
            "lib/x.go": c_code("int f(int x);").replace("main", "X").replace("package X", "package lib"),
            "lib/f.c": '#include "f.h"\n',
            "lib/f.h": "int q(nosuchtype x);\n",
        },
        "{root}/lib/f.h:1:7: error: ",
        "cmd",
    ),
    Case("not linked", {"main.go": c_code("int f(int x);")}, "/tmp/go-build/main.cgo2.c:56: undefined reference to `f'"),
    Case(
        "library",
        {"main.go": c_code("#cgo LDFLAGS: -lnosuchlib", "C.puts(nil)").replace("import", "// #include <stdio.h>\nimport", 1)},
        "{ld}cannot find -lnosuchlib",
    ),
]
