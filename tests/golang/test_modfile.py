"""go.mod and go.work: each file is read as `go mod edit -json` and `go work edit -json` read it, or refused by both."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.golang.modfile import ModFile, Replace, WorkFile, is_directory_path, parse_mod, parse_work
from tests.golang.gocommand import Go
from tests.wire.strategies import calm

EVERYTHING = """\
// Deprecated: use example.com/other.
module example.com/a/v2 // the module

go 1.25.0

toolchain go1.26.1

godebug default=go1.21
godebug (
	panicnil=1
)

require example.com/one v1.2.3
require (
	example.com/Two/v3 v3.0.0-20240101000000-0123456789ab // indirect
	"example.com/three" v0.0.0 // indirect; since it is so

	gopkg.in/yaml.v2 v2.4.0
	example.com/old v2.0.0+incompatible//indirect
)

exclude example.com/one v1.2.4

replace (
	example.com/one => ../one
	example.com/one v1.2.3 => "./one with space"
	example.com/Two/v3 v3.0.0 => example.com/fork/v3 v3.1.0
	example.com/x => C:/x
)
replace example.com/y => /abs/y

// All of these are broken.
retract (
	v2.0.1 // typo

	// several
	// lines
	[v2.1.0, v2.2.0]
	[ "v2.3.0" , v2.4.0 ] // hm
)

retract v2.5.0

tool example.com/one/cmd/x
tool (
	example.com/a/v2/tools/y
)

ignore ./node_modules
ignore (
	static
	"./a b"
)
"""

GOOD = {
    "everything": EVERYTHING,
    "windows line ends": EVERYTHING.replace("\n", "\r\n"),
    "empty": "",
    "comments only": "// hello\n\n// there",
    "module in quotes": 'module "example.com/a"\n',
    "escapes": 'module "example\\x2ecom/\\u0061\\142\\U00000063"\n',
    "module in a block": "module (\n\texample.com/a // Deprecated: no.\n)\n",
    "no newline at the end": "module example.com/a",
    "no space before a comment": "module example.com/a//comment",
    "no space before a parenthesis": "require(\nexample.com/b v1.0.0\n)\n",
    "an empty block": "module example.com/a\nrequire ( )\nexclude(\n)\n",
    "a short version": "require example.com/b v1.2\n",
    "build metadata": "require example.com/b v1.2.3+meta\n",
    "an old pseudo-version": "require gopkg.in/check.v1 v0.0.0-20161208181325-20d25e280405\n",
    "a blank line in a block": "retract (\n\t// one\n\n\t// two\n\tv1.0.0\n)\n",
    "a comment that a blank line parts": "// one\n\nretract v1.0.0\n",
    "deprecated in the second paragraph": "// Hello.\n//\n// Deprecated: gone\n// now.\n//\n// Bye.\nmodule example.com/a\n",
    "indirect in another word": "require example.com/b v1.0.0 // indirectly\n",
    "a pre-release": "go 1.21rc1\n",
    "toolchain default": "toolchain default\n",
    "toolchain of somebody": "toolchain go1.22.1-bigcorp\n",
    "unicode": 'module example.com/a\nreplace example.com/b => "../größe"\nreplace example.com/c => ../größe\n',
}

BAD = {
    "an unknown directive": "module example.com/a\nrequires example.com/b v1.0.0\n",
    "an unknown block": "module example.com/a\nfoo (\n\tbar\n)\n",
    "a block with a word before it": "require x (\n\texample.com/b v1.0.0\n)\n",
    "go in a block": "go (\n\t1.20\n)\n",
    "two modules": "module example.com/a\nmodule example.com/b\n",
    "two go lines": "go 1.20\ngo 1.21\n",
    "no module path": "module\n",
    "a space in the module path": "module example.com/a b\n",
    "backquotes": "module `example.com/a`\n",
    "a quote in a word": "module example.com/a'b\n",
    "a string without end": 'module "example.com/a\n',
    "an escape that is none": 'module "example.com/\\q"\n',
    "a slash-star comment": "module example.com/a /* no */\n",
    "a slash-star at the beginning": "/* no */ module example.com/a\n",
    "a slash-star within a word": "module example.com/*a\n",
    "a go version that is none": "go one\n",
    "a go version with go before it": "go go1.20\n",
    "a toolchain that is none": "toolchain 1.21.0\n",
    "no version": "require example.com/b\n",
    "a branch": "require example.com/b main\n",
    "a leading zero": "require example.com/b v1.02.3\n",
    "a wrong major": "require example.com/b v2.0.0\n",
    "another wrong major": "require example.com/b/v3 v2.0.0\n",
    "v1 in a path": "require example.com/b/v1 v1.0.0\n",
    "gopkg.in without a version": "require gopkg.in/yaml v2.0.0\n",
    "replace without a target": "replace example.com/b =>\n",
    "replace without an arrow": "replace example.com/b ../b\n",
    "replace by a module without a version": "replace example.com/b => example.com/c\n",
    "replace by path@version": "replace example.com/b => example.com/c@v1.0.0\n",
    "replace by a folder with a version": "replace example.com/b => ../c v1.0.0\n",
    "an interval without end": "retract [v1.0.0, v1.1.0\n",
    "an interval of one": "retract [v1.0.0]\n",
    "more after a retraction": "retract v1.0.0 v1.1.0\n",
    "godebug without a value": "godebug panicnil\n",
    "a block without end": "require (\n\texample.com/b v1.0.0\n",
    "more behind a block": "require (\n\texample.com/b v1.0.0\n) // fine\nexclude (\n) example.com/b\n",
    "a byte order mark": "\ufeffmodule example.com/a\n",
    "a control character": "module example.com/a\x01\n",
    "use in a go.mod": "use ./a\n",
}

WORK = """\
go 1.25.0 // since then

toolchain go1.26.1

use ./a
use (
	.
	"./b c"
	// commented
	../outside // why not
	/abs/d
)

replace example.com/x v1.0.0 => ./x
godebug panicnil=1
"""

GOOD_WORK = {"everything": WORK, "empty": "", "windows": WORK.replace("\n", "\r\n"), "a use of two": "use (\n./a\n./a\n)\n"}
BAD_WORK = {
    "require": "require example.com/a v1.0.0\n",
    "two folders": "use ./a ./b\n",
    "a module line": "module example.com/a\n",
    "toolchain in a block": "toolchain (\n\tgo1.21.0\n)\n",
}


def version(path: str, number: str) -> dict[str, str]:
    return {"Path": path, **({"Version": number} if number else {})}


def replaced(lines: tuple[Replace, ...]) -> Any:
    return [{"Old": version(x.old_path, x.old_version), "New": version(x.new_path, x.new_version)} for x in lines] or None


def as_go_prints_mod(mod: ModFile) -> dict[str, Any]:
    """Put it as `go mod edit -json` does."""
    required = [{**version(x.path, x.version), **({"Indirect": True} if x.indirect else {})} for x in mod.require]
    retracted = [{"Low": x.low, "High": x.high, **({"Rationale": x.rationale} if x.rationale else {})} for x in mod.retract]
    named = {"Path": mod.path}
    if mod.module is not None and mod.module.deprecated:
        named["Deprecated"] = mod.module.deprecated
    found = {
        "Module": named,
        "Go": mod.go.version if mod.go else None,
        "Toolchain": mod.toolchain.name if mod.toolchain else None,
        "GoDebug": [{"Key": x.key, "Value": x.value} for x in mod.godebug] or None,
        "Require": required or None,
        "Exclude": [version(x.path, x.version) for x in mod.exclude] or None,
        "Replace": replaced(mod.replace),
        "Retract": retracted or None,
        "Tool": [{"Path": x.path} for x in mod.tool] or None,
        "Ignore": [{"Path": x.path} for x in mod.ignore] or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def as_go_prints_work(work: WorkFile) -> dict[str, Any]:
    """Put it as `go work edit -json` does, which leaves out toolchain and godebug (Go 1.26.8)."""
    found = {
        "Go": work.go.version if work.go else None,
        "Use": [{"DiskPath": x.path} for x in work.use] or None,
        "Replace": replaced(work.replace),
    }
    return {name: value for name, value in found.items() if value is not None}


def printed(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if value is not None}


@pytest.mark.parametrize("name", GOOD)
def test_a_go_mod_is_read_as_go_reads_it(tmp_path, name):
    (tmp_path / "go.mod").write_bytes(GOOD[name].encode())
    mod = parse_mod(GOOD[name].encode())
    assert mod.errors == ()
    assert as_go_prints_mod(mod) == printed(Go(tmp_path).json("mod", "edit", "-json", cwd=tmp_path))


@pytest.mark.parametrize("name", GOOD_WORK)
def test_a_go_work_is_read_as_go_reads_it(tmp_path, name):
    (tmp_path / "go.work").write_bytes(GOOD_WORK[name].encode())
    work = parse_work(GOOD_WORK[name].encode())
    assert work.errors == ()
    assert as_go_prints_work(work) == printed(Go(tmp_path).json("work", "edit", "-json", cwd=tmp_path))


@pytest.mark.parametrize("name", BAD)
def test_what_go_refuses_is_an_error_and_the_rest_is_read(tmp_path, name):
    text = BAD[name]
    (tmp_path / "go.mod").write_text(text)
    assert Go(tmp_path).run("mod", "edit", "-json", cwd=tmp_path).returncode != 0
    mod = parse_mod((text + "tool example.com/last\n").encode())
    assert mod.errors
    rows = (text + "tool example.com/last").split("\n")
    assert all(each.text == rows[each.line - 1] for each in mod.errors)
    if name != "a block without end":
        assert [each.path for each in mod.tool] == ["example.com/last"]


@pytest.mark.parametrize("name", BAD_WORK)
def test_a_go_work_that_go_refuses_is_an_error(tmp_path, name):
    (tmp_path / "go.work").write_text(BAD_WORK[name])
    assert Go(tmp_path).run("work", "edit", "-json", cwd=tmp_path).returncode != 0
    assert parse_work(BAD_WORK[name].encode()).errors


def test_every_directive_knows_its_line_and_columns():
    lines = EVERYTHING.split("\n")
    mod = parse_mod(EVERYTHING.encode())
    assert mod.module is not None
    assert lines[mod.module.line - 1][mod.module.start : mod.module.end] == "module example.com/a/v2"
    assert [lines[x.line - 1][x.start : x.end] for x in mod.require[:3]] == [
        "require example.com/one v1.2.3",
        "example.com/Two/v3 v3.0.0-20240101000000-0123456789ab",
        '"example.com/three" v0.0.0',
    ]
    for directives in (mod.replace, mod.exclude, mod.retract, mod.tool, mod.ignore, mod.godebug):
        assert all(lines[each.line - 1][each.start : each.end].strip() for each in directives)
    uses = parse_work(WORK.encode()).use
    assert [(x.line, WORK.split("\n")[x.line - 1][x.start : x.end]) for x in uses] == [
        (5, "use ./a"),
        (7, "."),
        (8, '"./b c"'),
        (10, "../outside"),
        (11, "/abs/d"),
    ]


def test_the_lines_of_a_go_work_that_go_does_not_print():
    work = parse_work(WORK.encode())
    assert work.toolchain is not None
    assert (work.toolchain.name, work.toolchain.line) == ("go1.26.1", 3)
    assert [(each.key, each.value) for each in work.godebug] == [("panicnil", "1")]


def test_one_broken_line_costs_only_itself():
    mod = parse_mod(b"module example.com/a\nrequire (\n\texample.com/b v1.0.0\n\texample.com/c\n\texample.com/d v1.0.0\n)\n")
    assert [each.path for each in mod.require] == ["example.com/b", "example.com/d"]
    assert [(each.line, each.text) for each in mod.errors] == [(4, "\texample.com/c")]
    assert "usage: require" in mod.errors[0].message


def test_bytes_that_are_no_utf8_are_kept():
    (use,) = parse_work(b"use ./a\xff\n").use
    assert use.path.encode("utf-8", "surrogateescape") == b"./a\xff"


@pytest.mark.parametrize("path", [".", "..", "./x", "../x", ".\\x", "/x", "\\x", "C:", "c:/x"])
def test_a_folder_in_a_replacement(path):
    assert is_directory_path(path)


@pytest.mark.parametrize("path", ["x", ".x", "..x", "x/./y", "example.com/x", "1:"])
def test_a_module_in_a_replacement(path):
    assert not is_directory_path(path)


@calm
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_is_read_without_a_failure(data: bytes) -> None:
    lines = data.count(b"\n") + 1
    for parsed in (parse_mod(data), parse_work(data)):
        assert all(1 <= each.line <= lines for each in parsed.errors)


PATHS = st.from_regex(r"example\.com/[a-z]{1,8}", fullmatch=True)
VERSIONS = st.from_regex(r"v[01]\.[1-9][0-9]?\.[0-9](-rc\.[1-9])?", fullmatch=True)
GAPS = st.sampled_from(["", "\n", "// a comment\n", "\r\n", "\t\n"])


@calm
@given(st.lists(st.tuples(PATHS, VERSIONS, st.booleans(), GAPS), max_size=8), st.booleans())
def test_what_is_written_is_what_is_read(required: list[tuple[str, str, bool, str]], block: bool) -> None:
    lines = [
        f"{gap}{'' if block else 'require '}{path}\t{number}{' // indirect' if indirect else ''}\n"
        for path, number, indirect, gap in required
    ]
    text = "".join(["require (\n", *lines, ")\n"] if block else lines)
    mod = parse_mod(text.encode())
    assert mod.errors == ()
    assert [(each.path, each.version, each.indirect) for each in mod.require] == [each[:3] for each in required]
    rows = text.split("\n")
    assert all(each.path in rows[each.line - 1] and each.version in rows[each.line - 1] for each in mod.require)
