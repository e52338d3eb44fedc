"""What of a workspace can be debugged: those packages that `go list -f … ./...` of each module finds, and the bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import RealFiles
from dapshim.golang.versions import parse_version
from dapshim.golang.workspace import read_workspace
from dapshim.golang.workspace_programs import Debuggables, debuggables
from tests.golang.gocommand import Go, write
from tests.golang.test_main_packages import MAIN, TREE, A
from tests.layouts import Link, MemoryFiles

LINUX = BuildContext("linux", "amd64", cgo_enabled=True, version=parse_version("go1.26.8"))

TESTED = {
    **TREE,
    "m/cmd/x/x_test.go": "package main\n",
    "m/lib/lib_test.go": "package a\n",
    "m/outside/o.go": A,
    "m/outside/o_test.go": "package a_test\n",
    "m/outside/windows/o_windows_test.go": "package windows\n",
    "m/tagged/o.go": A,
    "m/tagged/o_test.go": "//go:build mine\n\npackage a\n",
    "m/testdata/t_test.go": "package t\n",
    "m/used/only/only_test.go": "package only\n",
    "m/unused/u_test.go": "package main\n",
}


def rows(found: Debuggables, root: Path) -> set[tuple[str, str, str, str]]:
    return {
        (each.kind, str(Path(each.directory).relative_to(root)), each.import_path, str(Path(each.module).relative_to(root)))
        for each in found.packages
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "ws", TESTED)


def test_they_are_those_that_go_list_finds(tmp_path, root):
    go = Go(tmp_path, more={"GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "1"})
    form = (
        '{{if and (eq .Name "main") (or .GoFiles .CgoFiles)}}main {{.Dir}} {{.ImportPath}} {{.Module.Dir}}\n{{end}}'
        "{{if or .TestGoFiles .XTestGoFiles}}test {{.Dir}} {{.ImportPath}} {{.Module.Dir}}\n{{end}}"
    )
    theirs = set()
    for module in ("m", "m/used", "deep/er/n"):
        said = go.says("list", "-e", "-find", "-f", form, "./...", cwd=root / module)
        assert said is not None
        for line in said.splitlines():
            if line:
                kind, folder, path, own = line.split()
                theirs.add((kind, str(Path(folder).relative_to(root)), path, str(Path(own).relative_to(root))))
    found = debuggables(RealFiles(), LINUX, go.workspace(root))
    assert rows(found, root) == theirs
    assert found.complete
    assert ("test", "m/outside", "example.com/m/outside", "m") in theirs
    assert ("main", "m/used", "example.com/m/used", "m/used") in theirs


def test_without_a_go_work_each_module_below_counts(tmp_path, root):
    (root / "go.work").unlink()
    found = rows(debuggables(RealFiles(), LINUX, Go(tmp_path).workspace(root)), root)
    assert {
        ("main", "m/unused", "example.com/m/unused", "m/unused"),
        ("main", "deep/er/n", "example.com/n", "deep/er/n"),
        ("test", "m/lib", "example.com/m/lib", "m"),
    } <= found
    assert not [each for each in found if each[1] in (".", "deep/loose", "m/generated", "m/vendor/v")]
    # A folder of a module: what is in it, and what modules are below it.
    below = rows(debuggables(RealFiles(), LINUX, Go(tmp_path).workspace(root / "m" / "used")), root)
    assert below == {
        ("main", "m/used", "example.com/m/used", "m/used"),
        ("test", "m/used/only", "example.com/m/used/only", "m/used"),
    }


def test_a_go_work_further_below_says_which_of_its_modules_count(tmp_path, root):
    found = rows(debuggables(RealFiles(), LINUX, read_workspace(RealFiles(), str(root.parent), None, "", ())), root)
    assert ("main", "m/used", "example.com/m/used", "m/used") in found
    assert ("main", "deep/er/n", "example.com/n", "deep/er/n") in found
    assert not [each for each in found if each[1] == "m/unused"]


def test_a_module_elsewhere_and_one_behind_a_link():
    files = MemoryFiles(
        {
            "/ws/go.work": "go 1.25.0\nuse ./m\nuse ../elsewhere\nuse ./gone\n",
            "/ws/m": Link("/real"),
            "/real/go.mod": "module example.com/m\ngo 1.25.0\n",
            "/real/x/main.go": MAIN,
            "/elsewhere/go.mod": "module example.com/e\ngo 1.25.0\n",
            "/elsewhere/main.go": MAIN,
        }
    )
    found = debuggables(files, LINUX, read_workspace(files, "/ws", None, "", ()))
    assert [(each.directory, each.import_path) for each in found.packages] == [
        ("/elsewhere", "example.com/e"),
        ("/ws/m/x", "example.com/m/x"),
    ]


def test_a_go_mod_without_a_module_line_has_no_path_and_no_crash():
    files = MemoryFiles({"/ws/go.mod": "nonsense (", "/ws/main.go": MAIN, "/ws/cmd/main.go": MAIN})
    found = debuggables(files, LINUX, read_workspace(files, "/ws", None, "", ()))
    assert [(each.directory, each.import_path) for each in found.packages] == [("/ws", ""), ("/ws/cmd", "")]


def test_the_walk_ends_at_its_limit_and_when_time_is_up_and_says_so(tmp_path, root):
    seen = Go(tmp_path).workspace(root)
    few = debuggables(RealFiles(), LINUX, seen, limit=3)
    assert not few.complete
    assert len(few.packages) < len(debuggables(RealFiles(), LINUX, seen).packages)
    asked = iter([True, True])
    assert not debuggables(RealFiles(), LINUX, seen, go_on=lambda: next(asked, False)).complete
