from __future__ import annotations

import pytest

from dapshim.golang import importers
from dapshim.golang.build_context import BuildContext
from dapshim.golang.importers import ImportReader
from dapshim.golang.source_header import read_header
from dapshim.golang.versions import parse_version
from dapshim.golang.workspace import read_workspace
from tests.layouts import MemoryFiles

TREE = {
    "/ws/go.work": "go 1.25\n\nuse ./a\nuse ./b\n",
    "/ws/a/go.mod": "module example.com/a\n\ngo 1.25\n\nreplace example.com/c => ../c\n\nrequire example.com/c v1.0.0\n",
    "/ws/a/main.go": 'package main\n\nimport "example.com/a/in"\n\nfunc main() { in.Do() }\n',
    "/ws/a/in/in.go": 'package in\n\nimport (\n\tc2 "example.com/c"\n\t"fmt"\n)\n',
    "/ws/a/in/in_test.go": 'package in\n\nimport "example.com/b/tested"\n',
    "/ws/a/in/in_windows.go": 'package in\n\nimport "example.com/b/windows"\n',
    "/ws/b/go.mod": "module example.com/b\n\ngo 1.25\n",
    "/ws/b/cmd/x/main.go": 'package main\n\nimport _ "example.com/b/tested"\n\nfunc main() {}\n',
    "/ws/b/tested/t.go": "package tested\n",
    "/ws/b/windows/w.go": "package windows\n",
    "/ws/b/circle/c.go": 'package circle\n\nimport "example.com/b/circle"\n',
    "/ws/c/go.mod": "module example.com/c\n\ngo 1.25\n",
    "/ws/c/c.go": 'package c\n\nimport "golang.org/x/far"\n',
}


def reader(tree: dict[str, str] = TREE) -> ImportReader:
    files = MemoryFiles(tree)
    workspace = read_workspace(files, "/ws", None, "", ())
    context = BuildContext("linux", "amd64", cgo_enabled=True, version=parse_version("go1.26.6"))
    return ImportReader(files, workspace, context)


@pytest.mark.parametrize(
    ("package", "programs"),
    [
        ("example.com/a", ("/ws/a",)),
        ("example.com/a/in", ("/ws/a",)),
        ("example.com/c", ("/ws/a",)),  # by a replace, through another package
        ("golang.org/x/far", ("/ws/a",)),
        ("fmt", ("/ws/a",)),
        ("example.com/b/tested", ("/ws/b/cmd/x",)),  # what a test imports is in no program
        ("example.com/b/windows", ()),
        ("example.com/b/circle", ()),
        ("example.com/nosuch", ()),
    ],
)
def test_the_programs_that_have_a_package(package, programs):
    found = reader().programs_with(package, "/ws")
    assert (found.directories, found.complete) == (programs, True)


def test_what_a_package_reaches():
    assert reader().reached("/ws/a") == ("/ws/a", "/ws/a/in", "/ws/c")
    assert reader().reached("/ws/b/circle") == ("/ws/b/circle",)
    assert reader().reaches("/ws/b/tested", "example.com/b/tested")
    assert not reader().reaches("/ws/b/tested", "example.com/a")


def test_more_than_may_be_looked_at_is_said(monkeypatch):
    monkeypatch.setattr(importers, "PACKAGES_MOST", 1)
    assert not reader().programs_with("example.com/c", "/ws").complete
    monkeypatch.setattr(importers, "FOLDERS_MOST", 1)
    assert not reader().programs_with("example.com/a", "/ws").complete


def test_what_cannot_be_read_imports_nothing():
    broken = {**TREE, "/ws/a/in/in.go": "packag"}
    assert reader(broken).programs_with("example.com/c", "/ws").directories == ()


def test_the_imports_of_a_head():
    header = read_header(b'package a\n\nimport "C"\nimport (\n\t. "x/y"\n\t_ `z`\n)\n', whole=True)
    assert header is not None
    assert header.imports == ("C", "x/y", "z")
    assert header.imports_c
