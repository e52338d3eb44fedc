"""Programs whose breakpoints cannot be set, each for one cause, and what the remedy makes of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

from tests.real import BOUND, Json, clean_environment, tool

DEBUG: Final = ("-gcflags=all=-N -l",)

MAIN: Final = """package main

import (
	"fmt"

	"example.com/causes/lib"
)

//go:noinline
func work(n int) int {
	total := 0
	// a comment inside

	for i := range n {
		total += i
	}
	return total
}

func dead() {
	fmt.Println("dead")
}

func small(n int) int {
	return n * 2
}

func main() {
	fmt.Println(work(3), small(len(lib.Name)), lib.Do())
}
"""

MODULE: Final = {
    "go.mod": "module example.com/causes\n\ngo 1.25\n",
    "main.go": MAIN,
    "main_test.go": (
        'package main\n\nimport "testing"\n\nfunc TestWork(t *testing.T) {\n\tif work(3) != 3 {\n\t\tt.Fail()\n\t}\n}\n'
    ),
    "lib/lib.go": 'package lib\n\nvar Name = "lib"\n\nfunc Do() int {\n\treturn extra() + len(Name)\n}\n',
    "lib/plain.go": "//go:build !more && !cgo\n\npackage lib\n\nfunc extra() int {\n\treturn 1\n}\n",
    "lib/more.go": "//go:build more\n\npackage lib\n\nfunc extra() int {\n\treturn 2\n}\n",
    "lib/with_c.go": (
        "//go:build !more\n\npackage lib\n\n// static int two(void) { return 2; }\n"
        'import "C"\n\nfunc extra() int {\n\treturn int(C.two())\n}\n'
    ),
    "lib/lib_windows.go": "package lib\n\nfunc onWindows() int {\n\treturn 3\n}\n",
    "lib/lib_test.go": (
        'package lib\n\nimport "testing"\n\nfunc TestDo(t *testing.T) {\n\tgot := Do()\n\tif got == 0 {\n\t\tt.Fail()\n\t}\n}\n'
    ),
    "other/other.go": "package other\n\nfunc Do() int {\n\treturn 4\n}\n",
    "cmd/other/main.go": (
        'package main\n\nimport (\n\t"fmt"\n\n\t"example.com/causes/other"\n)\n\nfunc main() {\n\tfmt.Println(other.Do())\n}\n'
    ),
    "alone/alone.go": "package alone\n\nfunc Do() int {\n\treturn 5\n}\n",
    "alone/alone_test.go": (
        'package alone\n\nimport "testing"\n\nfunc TestDo(t *testing.T) {\n\tif Do() != 5 {\n\t\tt.Fail()\n\t}\n}\n'
    ),
}
"""A module whose main package has a function for each cause, and packages that it leaves out."""


@attrs.frozen(kw_only=True)
class Session:
    """A program and a breakpoint in it.

    `at` is a text on the line (or the line's number) of `file`, `function` a name instead. `package` is built with `flags` and
    `environment`; `test` makes its tests. `files` are put over those of the module before the build, `edited` after it.
    """

    file: str = "main.go"
    at: str | int = ""
    function: str = ""
    entry: Mapping[str, str] = attrs.field(factory=dict)
    package: str = "."
    flags: tuple[str, ...] = DEBUG
    environment: Mapping[str, str] = attrs.field(factory=lambda: {"CGO_ENABLED": "0"})
    test: bool = False
    files: Mapping[str, str] = attrs.field(factory=dict)
    edited: Mapping[str, str] = attrs.field(factory=dict)
    overlay: Mapping[str, str] = attrs.field(factory=dict)

    def made(self, folder: Path) -> Made:
        """Write the module, build the program, and return where all is."""
        root = folder / "causes"
        for name, text in {**MODULE, **self.files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        flags = list(self.flags)
        if self.overlay:
            replaced = {str(root / name): str(root / other) for name, other in self.overlay.items()}
            (root / "overlay.json").write_text(json.dumps({"Replace": replaced}))
            flags.append(f"-overlay={root / 'overlay.json'}")
        binary = folder / "program"
        command = [tool("go"), *(("test", "-c") if self.test else ("build",)), *flags, "-o", str(binary), self.package]
        environment = clean_environment(**self.environment)
        subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True, timeout=BOUND * 5)
        for name, text in self.edited.items():
            (root / name).write_text(text)
        return Made(root, binary, root / self.file, self._line(root / self.file))

    def _line(self, path: Path) -> int:
        if isinstance(self.at, int) or not self.at:
            return int(self.at or 0)
        found = [number for number, text in enumerate(path.read_text().split("\n"), 1) if self.at in text]
        assert len(found) == 1, f"{self.at!r} stands on the lines {found} of {path}"
        return found[0]


@attrs.frozen
class Made:
    """What was made of a session."""

    root: Path
    binary: Path
    source: Path
    line: int

    @property
    def environment(self) -> dict[str, str]:
        """What a session is run in: an overlay is known by GOFLAGS."""
        overlay = self.root / "overlay.json"
        return clean_environment(GOFLAGS=f"-overlay={overlay}" if overlay.exists() else "")

    def entry(self, session: Session) -> Json:
        """Return the breakpoint as a client asks for it."""
        return {**({"name": session.function} if session.function else {"line": self.line}), **session.entry}


@attrs.frozen(kw_only=True)
class Cause:
    """`says` is in the message; `mended` is the session after the remedy, in which it is hit, None where none is."""

    name: str
    code: str
    session: Session
    says: str
    mended: Session | None = None
    quiet: bool = False


LIB: Final = "lib/lib.go"
OVERLAY: Final = {LIB: "lib/_lib.go"}
PLAIN: Final[Mapping[str, str]] = {"CGO_ENABLED": "0"}
CGO: Final[Mapping[str, str]] = {"CGO_ENABLED": "1"}
TRIMMED: Final = (*DEBUG, "-trimpath")
OPTIMIZED: Final[tuple[str, ...]] = ()
GENERATED: Final = 'package main\n\nimport "fmt"\n\n//line page.tmpl:1\nfunc generated() {\n\tfmt.Println("page")\n}\n'
PAGE: Final = '{{ define "page" }}\npage\n'
WITH_PAGE: Final = MAIN.replace("\tfmt.Println(work", "\tgenerated()\n\tfmt.Println(work")
LONGER: Final = MAIN.replace("//go:noinline", "// It adds.\n//\n//go:noinline")
WITH_DEAD: Final = MAIN.replace("\tfmt.Println(work", "\tdead()\n\tfmt.Println(work")

FOLDED: Final = MAIN.replace("func dead()", "func seven() int {\n\treturn 7\n}\n\nfunc dead()").replace(
    "small(len", "small(seven()*len"
)
LEFT: Final = WITH_DEAD.replace('\tfmt.Println("dead")', '\tfmt.Println("left")\n\treturn\n\n\tfmt.Println("dead")')
UMLAUT: Final = MAIN.replace("work(", "wörk(")
GENERIC: Final = MAIN.replace("work(3)", "twice(work(3))") + "\nfunc twice[T int | float64](n T) T {\n\treturn n * 2\n}\n"
NESTED: Final = MAIN.replace(
    "\treturn total\n", "\tf := func() func() int {\n\t\tg := func() int { return total }\n\t\treturn g\n\t}\n\treturn f()()\n"
)
WRAPPED: Final = (
    MAIN.replace("work(3)", "use(derived{&base{3}}), base.value(base{4})")
    + "\ntype base struct{ n int }\n\nfunc (b base) value() int {\n\treturn b.n\n}\n\ntype derived struct{ *base }\n\n"
    + "func use(v interface{ value() int }) int {\n\treturn v.value()\n}\n"
)
ASSEMBLY: Final = {
    "lib/add.go": "package lib\n\nfunc add(a, b int64) int64\n\nfunc init() {\n\tadd(1, 2)\n}\n",
    "lib/add_amd64.s": (
        '#include "textflag.h"\n\nTEXT ·add(SB), NOSPLIT, $0-24\n\tMOVQ a+0(FP), AX\n\tADDQ b+8(FP), AX\n'
        "\tMOVQ AX, ret+16(FP)\n\tRET\n"
    ),
}

CLONE: Final = {f"../{name}": text for name, text in MODULE.items()}
"""The same module once more, around the first one; the program lies there."""

DEP: Final = "vendor/example.com/dep/dep.go"


def vendored(version: str) -> Mapping[str, str]:
    """Return the module with a dependency of that version in its vendor folder."""
    return {
        "go.mod": f"{MODULE['go.mod']}\nrequire example.com/dep {version}\n",
        "main.go": MAIN.replace("work(3)", "dep.Value()").replace('causes/lib"', 'causes/lib"\n\t"example.com/dep"'),
        "vendor/modules.txt": f"# example.com/dep {version}\n## explicit; go 1.25\nexample.com/dep\n",
        DEP: "package dep\n\nfunc Value() int {\n\treturn 7\n}\n",
    }


CAUSES: Final = [
    Cause(
        name="comment",
        code="no-code",
        session=Session(at="// a comment inside"),
        says="main.go:12 is a comment; the nearest lines with code in work: 11 and 14. Set it at line 14.",
        mended=Session(at=14),
    ),
    Cause(
        name="blank line",
        code="no-code",
        session=Session(at=13),
        says="main.go:13 is blank; the nearest lines with code in work: 11 and 14.",
        mended=Session(at=11),
    ),
    Cause(
        name="closing brace",
        code="no-code",
        session=Session(at=18),
        says="main.go:18 is a closing brace without code; the nearest line with code in work: 17. Set it at line 17.",
        mended=Session(at=17),
    ),
    Cause(name="outside", code="no-code", session=Session(at="import ("), says="main.go:3 is outside of any function"),
    Cause(name="past the end", code="past-end", session=Session(at=99), says="main.go has 30 lines, and no line 99"),
    Cause(
        name="inlined",
        code="inlined",
        session=Session(at="func small", flags=OPTIMIZED),
        says="small is inlined wherever it is called",
        mended=Session(at="func small"),
    ),
    Cause(
        name="inlined, not inlined by a comment",
        code="inlined",
        session=Session(at="func small", flags=OPTIMIZED),
        says="small is inlined wherever it is called",
        mended=Session(
            at="return n * 2", flags=OPTIMIZED, files={"main.go": MAIN.replace("func small", "//go:noinline\nfunc small")}
        ),
    ),
    Cause(
        name="unreachable",
        code="unreachable",
        session=Session(at='Println("dead")'),
        says="This program has no code of dead: nothing that it runs calls it.",
        mended=Session(at='Println("dead")', files={"main.go": WITH_DEAD}),
    ),
    Cause(
        name="optimised away",
        code="optimized-away",
        session=Session(at="total := 0", flags=OPTIMIZED),
        says="The compiler has optimised the statement of main.go:11 away; the nearest line with code in work: 14.",
        mended=Session(at="total := 0"),
    ),
    Cause(
        name="folded into its caller",
        code="unreachable",
        session=Session(at="return 7", flags=OPTIMIZED, files={"main.go": FOLDED}),
        says="This program has no code of seven: nothing that it runs calls it, or optimisation has left nothing of it in its "
        "callers. Build it for debugging",
        mended=Session(at="return 7", files={"main.go": FOLDED}),
    ),
    Cause(
        name="folded into its caller, by its name",
        code="unreachable",
        session=Session(function="main.seven", flags=OPTIMIZED, files={"main.go": FOLDED}),
        says="This program has no code of seven: nothing that it runs calls it, or optimisation has left nothing of it",
        mended=Session(function="main.seven", files={"main.go": FOLDED}),
    ),
    Cause(
        name="behind a return",
        code="no-code",
        session=Session(at='Println("dead")', flags=OPTIMIZED, files={"main.go": LEFT}),
        says="main.go:24 stands behind the return of line 22, so that it never runs; the nearest line with code in dead: 21.",
    ),
    Cause(
        name="written in assembly",
        code="no-code",
        session=Session(file="lib/add.go", at="func add", files=ASSEMBLY),
        says="add is only declared at add.go:3: its code is in ",
        mended=Session(file="lib/add_amd64.s", at="ADDQ", files=ASSEMBLY),
    ),
    Cause(
        name="declarations alone",
        code="no-code",
        session=Session(
            file="lib/doc.go", at="package lib", files={"lib/doc.go": "// Package lib.\npackage lib\n\ntype T int\n"}
        ),
        says="doc.go has no function, and the program no code of it.",
    ),
    Cause(
        name="a letter that is not ASCII",
        code="no-code",
        session=Session(at="// a comment inside", files={"main.go": UMLAUT}),
        says="main.go:12 is a comment; the nearest lines with code in wörk: 11 and 14. Set it at line 14.",
        mended=Session(at=14, files={"main.go": UMLAUT}),
    ),
    Cause(
        name="a line of a template without code",
        code="no-code",
        session=Session(file="page.tmpl", at=9, files={"page.go": GENERATED, "page.tmpl": PAGE, "main.go": WITH_PAGE}),
        says="No code of the program is of page.tmpl:9; the nearest lines that have some: ",
        mended=Session(file="page.tmpl", at=2, files={"page.go": GENERATED, "page.tmpl": PAGE, "main.go": WITH_PAGE}),
    ),
    Cause(
        name="another program's package",
        code="not-linked",
        session=Session(file="other/other.go", at="return 4"),
        says="causes/other is not linked into this binary. It belongs to cmd/other. Debug cmd/other: dlv debug",
        mended=Session(file="other/other.go", at="return 4", package="./cmd/other"),
        quiet=True,
    ),
    Cause(
        name="nobody's package",
        code="not-linked",
        session=Session(file="alone/alone.go", at="return 5"),
        says="Package example.com/causes/alone is not linked into this binary. No program of the workspace imports it.",
        mended=Session(file="alone/alone.go", at="return 5", package="./alone", test=True),
    ),
    Cause(
        name="build tag",
        code="not-in-build",
        session=Session(file="lib/more.go", at="return 2"),
        says="//go:build more does not hold for it",
        mended=Session(file="lib/more.go", at="return 2", flags=(*DEBUG, "-tags=more")),
    ),
    Cause(
        name="another system by its name",
        code="not-in-build",
        session=Session(file="lib/lib_windows.go", at="return 3"),
        says="by its name it is for windows",
    ),
    Cause(
        name="test file",
        code="not-in-build",
        session=Session(file="lib/lib_test.go", at="got := Do()"),
        says="a test file is built by go test only (mode test)",
        mended=Session(file="lib/lib_test.go", at="got := Do()", package="./lib", test=True),
    ),
    Cause(
        name="cgo off",
        code="not-in-build",
        session=Session(file="lib/with_c.go", at="C.two()"),
        says='with_c.go imports "C", and the program was built with CGO_ENABLED=0',
        mended=Session(file="lib/with_c.go", at="C.two()", environment=CGO),
    ),
    Cause(
        name="no module",
        code="no-module",
        session=Session(file="../stray.go", at=3, files={"../stray.go": "package stray\n\nfunc Do() {}\n"}),
        says="lies in no module",
    ),
    Cause(
        name="stale",
        code="stale-source",
        session=Session(at="for i := range", edited={"main.go": LONGER}),
        says="was changed since the binary was built",
        mended=Session(at="for i := range", files={"main.go": LONGER}),
    ),
    Cause(
        name="another version of a module",
        code="foreign-version",
        session=Session(file=DEP, at="return 7", flags=TRIMMED, files=vendored("v1.0.0"), edited=vendored("v1.2.0")),
        says="v1.2.0",
        mended=Session(file=DEP, at="return 7", flags=TRIMMED, files=vendored("v1.2.0")),
    ),
    Cause(
        name="a clone of what was built",
        code="other-file",
        session=Session(file=f"../{LIB}", at="return extra", files=CLONE),
        says="causes/lib/lib.go",
        mended=Session(file=LIB, at="return extra", files=CLONE),
    ),
    Cause(
        name="before //line",
        code="line-directive",
        session=Session(
            file="page.go", at='import "fmt"', files={"page.go": GENERATED, "page.tmpl": PAGE, "main.go": WITH_PAGE}
        ),
        says="page.tmpl",
        mended=Session(file="page.tmpl", at=2, files={"page.go": GENERATED, "page.tmpl": PAGE, "main.go": WITH_PAGE}),
    ),
    Cause(
        name="main under test",
        code="main-under-test",
        session=Session(at="fmt.Println(work", test=True),
        says="main.go:29 is in main, which does not run in a test",
        mended=Session(at="fmt.Println(work"),
    ),
    Cause(
        name="overlay",
        code="overlaid",
        session=Session(file=LIB, at="return extra", overlay=OVERLAY, files={OVERLAY[LIB]: MODULE[LIB]}),
        says="lib/_lib.go",
        mended=Session(file=OVERLAY[LIB], at="return extra", overlay=OVERLAY, files={OVERLAY[LIB]: MODULE[LIB]}),
    ),
    Cause(
        name="condition syntax",
        code="condition-syntax",
        session=Session(at="total += i", entry={"condition": "i = 2"}),
        says="column 3: expected the end or an operator, found = (comparing is ==)",
        mended=Session(at="total += i", entry={"condition": "i == 2"}),
    ),
    Cause(
        name="condition that ends early",
        code="condition-syntax",
        session=Session(at="total += i", entry={"condition": "i =="}),
        says="column 5: expected a value, found the end. Correct the condition. (Delve: 1:5: expected operand, found 'EOF')",
        mended=Session(at="total += i", entry={"condition": "i == 2"}),
    ),
    Cause(
        name="condition that is blank",
        code="condition-syntax",
        session=Session(at="total += i", entry={"condition": "  "}),
        says="The condition of main.go:15 is blank. Take it out, or write one. (Delve: 1:3: expected operand, found 'EOF')",
        mended=Session(at="total += i"),
    ),
    Cause(
        name="hit count",
        code="hit-condition",
        session=Session(at="total += i", entry={"hitCondition": "twice"}),
        says='The hit count "twice" of main.go:15 is none',
        mended=Session(at="total += i", entry={"hitCondition": "2"}),
    ),
    Cause(
        name="hit count that never comes",
        code="hit-condition",
        session=Session(at="total += i", entry={"hitCondition": "< 1"}),
        says='The hit count "< 1" of main.go:15 never comes',
        mended=Session(at="total += i", entry={"hitCondition": "== 1"}),
    ),
    Cause(
        name="hit count that divides by nothing",
        code="hit-condition",
        session=Session(at="total += i", entry={"hitCondition": "% 0"}),
        says='The hit count "% 0" of main.go:15 divides by 0, at which Delve hangs: it was not set.',
        mended=Session(at="total += i", entry={"hitCondition": "% 1"}),
    ),
    Cause(
        name="log message",
        code="log-message",
        session=Session(at="total += i", entry={"logMessage": "i is {i"}),
        says="The log message of main.go:15 cannot be read",
    ),
    Cause(
        name="ambiguous function",
        code="ambiguous-function",
        session=Session(
            function="Do",
            files={
                "main.go": MAIN.replace("work(3)", "other.Do()").replace(
                    'causes/lib"', 'causes/lib"\n\t"example.com/causes/other"'
                )
            },
        ),
        says="Do may be ",
        mended=Session(function="example.com/causes/lib.Do"),
    ),
    Cause(
        name="misspelt function",
        code="no-function",
        session=Session(function="main.wrok"),
        says="The program has no function main.wrok. Did you mean main.work?",
        mended=Session(function="main.work"),
    ),
    Cause(
        name="function by the import path of main",
        code="no-function",
        session=Session(function="example.com/causes.work"),
        says="The program has no function example.com/causes.work. Did you mean main.work?",
        mended=Session(function="main.work"),
    ),
    Cause(
        name="function of a package that is not there",
        code="no-function",
        session=Session(function="example.com/causes/alone.Do"),
        says="The program has no function example.com/causes/alone.Do. No package example.com/causes/alone is part of it.",
    ),
    Cause(
        name="function with its types",
        code="no-function",
        session=Session(function="main.twice[int]", files={"main.go": GENERIC}),
        says="Delve makes nothing of the name main.twice[int]: it calls the function main.twice. Write main.twice.",
        mended=Session(function="main.twice", files={"main.go": GENERIC}),
    ),
    Cause(
        name="literal in a literal",
        code="no-function",
        session=Session(function="main.work.func1.1", files={"main.go": NESTED}),
        says="Delve takes no breakpoint by a name of this many parts: main.work.func1.1. Set one by line, at ",
        mended=Session(at="func() int { return total }", files={"main.go": NESTED}),
    ),
]
"""Those that one session in exec mode can show; more stand in test_causes.py."""
