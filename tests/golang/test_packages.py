"""Packages: each folder is sorted as `go list -find -json` sorts it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dapshim.golang.build_context import BuildContext, build_tags
from dapshim.golang.files import RealFiles
from dapshim.golang.packages import Excluded, Package, read_package
from dapshim.golang.toolchain import ENV_COMMAND, parse_env
from dapshim.golang.versions import parse_version
from tests.golang.gocommand import Go, write
from tests.layouts import Link, MemoryFiles

LINUX = BuildContext("linux", "amd64", cgo_enabled=True, version=parse_version("go1.26.8"))
MAIN = "package main\n\nfunc main() {}\n"

FOLDERS = {
    "a program": {"main.go": MAIN, "other.go": "package main\n"},
    "a library": {"a.go": "package a\n", "b.go": "package a\n"},
    "tests in and out": {"a.go": "package a\n", "in_test.go": "package a\n", "out_test.go": "package a_test\n"},
    "only tests": {"in_test.go": "package a\n"},
    "only external tests": {"out_test.go": "package a_test\n"},
    "a package that is called so": {"a.go": "package x_test\n", "a_test.go": "package x_test\n"},
    "systems by name": {
        "a.go": "package a\n",
        "a_linux.go": "package a\n",
        "a_windows.go": "package a\n",
        "a_windows_amd64.go": "package a\n",
        "a_linux_amd64_test.go": "package a\n",
        "a_arm64.go": "package a\n",
        "a_unix.go": "package a\n",
        "linux.go": "package a\n",
        "windows.go": "package a\n",
        "a_darwin_test.go": "package a\n",
        "a_windows.x.go": "package a\n",
    },
    "systems by line": {
        "a.go": "//go:build linux\n\npackage a\n",
        "b.go": "//go:build !linux\n\npackage a\n",
        "c.go": "// +build windows\n\npackage a\n",
        "d.go": "//go:build go1.18 && !go1.99\n\npackage a\n",
        "e.go": "//go:build unix && gc\n\npackage a\n",
        "f.go": "//go:build mine\n\npackage a\n",
        "g.go": "//go:build race\n\npackage a\n",
        "h.go": "//go:build amd64.v1 || arm64.v8.0\n\npackage a\n",
        "i.go": "//go:build amd64.v3\n\npackage a\n",
    },
    "cgo": {"a.go": 'package a\n\nimport "C"\n', "b.go": "package a\n", "c.go": "//go:build cgo\n\npackage a\n"},
    "documentation": {"a.go": "package documentation\n", "b.go": "package b\n"},
    "names that are skipped": {"a.go": "package a\n", "_b.go": "package b\n", ".c.go": "package c\n", "d.txt": "", "e.go/": ""},
    "links": {
        "a.go": "package a\n",
        "b.go": "->../elsewhere/b.go",
        "c.go": "->../elsewhere",
        "../elsewhere/b.go": "package a\n",
    },
    "a generator": {"a.go": "package a\n", "gen.go": f"//go:build ignore\n\n{MAIN}"},
    "junk that is not in the build": {"a.go": "package a\n", "b.go": "//go:build ignore\n\nthis is not Go\n"},
    "a long licence": {
        "a.go": "// licence\n" * 900 + "//go:build linux\n\npackage a\n",
        "b.go": "// x\n" * 2000 + "package a\n",
    },
    "nothing": {"a.txt": "x"},
    "nothing for this system": {"a_windows.go": "package a\n"},
}


def as_go_prints(directory: Path, context: BuildContext) -> dict[str, object]:
    """Put it as `go list -json` does; Go counts files that use cgo apart from the others."""
    found = read_package(RealFiles(), str(directory), context)
    return {
        "Name": found.name,
        "GoFiles": [each for each in found.go_files if each not in found.cgo_files],
        "CgoFiles": [*found.cgo_files],
        "TestGoFiles": [*found.test_files],
        "XTestGoFiles": [*found.external_test_files],
        "IgnoredGoFiles": sorted(each.name for each in found.excluded),
    }


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize(
    "more",
    [
        {"GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "1"},
        {"GOOS": "windows", "GOARCH": "amd64", "CGO_ENABLED": "0", "GOFLAGS": "-tags=mine"},
        {"GOOS": "android", "GOARCH": "arm64", "CGO_ENABLED": "0", "GOFLAGS": "-tags=x,mine,y -race=false"},
    ],
    ids=["linux", "windows", "android"],
)
def test_a_folder_is_sorted_as_go_sorts_it(tmp_path, name, more):
    folder = write(tmp_path / "p", {"go.mod": "module example.com/p\n\ngo 1.25.0\n", **FOLDERS[name]})
    go = Go(tmp_path, more=more)
    env = parse_env(go.run(*ENV_COMMAND, cwd=folder).stdout)
    answer = go.json("list", "-e", "-find", "-json", ".", cwd=folder)
    mine = as_go_prints(folder, BuildContext.of(env))
    theirs = {field: answer.get(field, "" if field == "Name" else []) for field in mine}
    theirs["IgnoredGoFiles"] = sorted(theirs["IgnoredGoFiles"])
    if not any(theirs[field] for field in mine if field not in ("Name", "IgnoredGoFiles")):
        theirs["Name"] = ""  # go list -e names it after what it left out, or not at all
    assert mine == theirs


def package(tree: Mapping[str, str], context: BuildContext = LINUX) -> Package:
    return read_package(MemoryFiles({f"/p/{name}": text for name, text in tree.items()}), "/p", context)


def test_a_program_has_a_main_function_and_a_library_none():
    found = package({"main.go": MAIN})
    assert (found.is_main, found.has_main_function, found.has_tests, found.uses_cgo) == (True, True, False, False)
    assert not package({"main.go": "package main\n"}).has_main_function
    assert not package({"a.go": "package a\n\nfunc main() {}\n"}).has_main_function
    assert not package({"main.go": "package main\n", "main_test.go": MAIN}).has_main_function
    assert not package({"main_test.go": MAIN}).is_main
    long = "package main\n\nvar s = `" + "func main() {}\n" * 1000 + "`\n"
    assert not package({"a.go": long}).has_main_function
    assert package({"a.go": long + "func main() {}\n"}).has_main_function


def test_two_packages_in_one_folder_are_a_conflict():
    found = package({"a.go": "package a\n", "b.go": "package b\n", "c.go": "package c\n"})
    assert found.conflict is not None
    assert (found.conflict.names, found.conflict.files) == (("a", "b"), ("a.go", "b.go"))
    assert package({"a.go": "package a\n", "a_test.go": "package a_test\n", "b_test.go": "package a\n"}).conflict is None
    assert package({"a.go": "package a\n", "b_test.go": "package b_test\n"}).conflict is not None


def test_why_a_file_is_not_in_the_build():
    found = package(
        {
            "a_windows.go": "package a\n",
            "b.go": "//go:build windows && !x\n\npackage a\n",
            "c.go": 'package a\n\nimport "C"\n',
            "d.go": "package documentation\n",
        },
        BuildContext("linux", "arm64", cgo_enabled=False, version=LINUX.version),
    )
    assert (found.name, found.go_files) == ("", ())
    assert [(each.name, each.reason) for each in found.excluded] == [
        ("a_windows.go", "its name says another system than linux/arm64"),
        ("b.go", "//go:build windows && !x does not hold for linux/arm64"),
        ("c.go", 'it imports "C" and cgo is off (CGO_ENABLED=0, or no C compiler)'),
        ("d.go", "package documentation is never built"),
    ]


def test_what_go_refuses_is_told_and_the_rest_is_read():
    found = package(
        {
            "a.go": "package a\n",
            "b.go": "not Go\n",
            "c.go": "//go:build a b\n\npackage a\n",
            "d.go": "//go:build linux\n//go:build linux\n\npackage a\n",
            "e_test.go": 'package a\n\nimport "C"\n',
        }
    )
    assert found.go_files == ("a.go",)
    assert found.errors == (
        Excluded("b.go", "expected 'package'"),
        Excluded("c.go", "parsing //go:build line: unexpected token b"),
        Excluded("d.go", "multiple //go:build comments"),
        Excluded("e_test.go", "use of cgo in test not supported"),
    )


def test_a_folder_that_is_none_and_a_file_that_goes_away():
    with pytest.raises(OSError, match="no such folder"):
        read_package(MemoryFiles({}), "/p", LINUX)
    broken = MemoryFiles({"/p/a.go": Link("gone.go"), "/p/b.go": "package a\n"})
    assert read_package(broken, "/p", LINUX).go_files == ("b.go",)


@pytest.mark.parametrize(
    ("flags", "tags"),
    [
        ([], ()),
        (["-tags=a,b"], ("a", "b")),
        (["--tags", "a,,b", "-v"], ("a", "b")),
        (["-tags=a", "-tags=b"], ("b",)),
        (["-tags=a b"], ("a", "b")),
        (["-tags='a' 'b'"], ("a", "b")),
        (["-tags"], ()),
        (["-race", "-tags=a", "-msan=false", "--asan"], ("a", "race", "asan")),
        (["tags=a", "-ldflags=-tags=b"], ()),
    ],
)
def test_the_tags_of_build_flags(flags, tags):
    assert build_tags(flags) == tags
