"""The programs below a folder: those that `go list -f … ./...` finds, and a bound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.big_workspace import make
from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.packages import main_packages_below
from dapshim.golang.versions import parse_version
from dapshim.golang.workspace import read_workspace
from tests.golang.gocommand import Go, write
from tests.layouts import Link, MemoryFiles

LINUX = BuildContext("linux", "amd64", cgo_enabled=True, version=parse_version("go1.26.8"))
NO_CGO = BuildContext("linux", "amd64", cgo_enabled=False, version=parse_version("go1.26.8"))
A, MAIN = "package a\n", "package main\n\nfunc main() {}\n"

TREE = {
    "go.work": "go 1.25.0\n\nuse (\n\t./m\n\t./m/used\n\t./deep/er/n\n)\n",
    "main.go": MAIN,  # in no module
    "m/go.mod": "module example.com/m\n\ngo 1.25.0\n\nignore ./generated\nignore skipped\n",
    "m/m.go": A,
    "m/folder.go/main.go": MAIN,
    "m/cmd/x/main.go": MAIN,
    "m/cmd/a/main.go": "// Copyright.\n\n" + MAIN,
    "m/cmd/windows/main_windows.go": MAIN,
    "m/cmd/tagged/main.go": "//go:build mine\n\n" + MAIN,
    "m/cmd/linux/main.go": "//go:build linux\n\n" + MAIN,
    "m/cmd/tests_only/x_test.go": "package main\n",
    "m/cmd/documented/doc.go": "package documentation\n",
    "m/cmd/documented/main.go": MAIN,
    "m/cmd/cgo/main.go": 'package main\n\nimport "C"\n\nfunc main() {}\n',
    "m/cmd/long/main.go": "// licence\n" * 900 + MAIN,
    "m/cmd/strange/a_b.go": MAIN,
    "m/cmd/junk/a.go": "//go:build ignore\n\njunk\n",
    "m/cmd/junk/b.go": MAIN,
    "m/cmd/linked/main.go": "->../x/main.go",
    "m/lib/gen.go": "//go:build ignore\n\n" + MAIN,
    "m/lib/lib.go": A,
    "m/testdata/main.go": MAIN,
    "m/_x/main.go": MAIN,
    "m/.x/main.go": MAIN,
    "m/vendor/v/main.go": MAIN,
    "m/generated/main.go": MAIN,
    "m/sub/generated/main.go": MAIN,
    "m/sub/skipped/x/main.go": MAIN,
    "m/link": "->cmd/x",
    "m/used/go.mod": "module example.com/m/used\n\ngo 1.25.0\n",
    "m/used/main.go": MAIN,
    "m/unused/go.mod": "module example.com/m/unused\n\ngo 1.25.0\n",
    "m/unused/main.go": MAIN,
    "deep/er/n/go.mod": "module example.com/n\n\ngo 1.25.0\n",
    "deep/er/n/main.go": MAIN,
    "deep/loose/main.go": MAIN,
}


def names(found: Any, root: Path) -> list[str]:
    return [str(Path(each).relative_to(root)) for each in found.directories]


@pytest.fixture
def root(tmp_path):
    return write(tmp_path / "ws", TREE)


@pytest.mark.parametrize("context", [LINUX, NO_CGO], ids=["cgo", "no cgo"])
def test_they_are_those_that_go_list_finds(tmp_path, root, context):
    go = Go(tmp_path, more={"GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "1" if context.cgo_enabled else "0"})
    form = '{{if and (eq .Name "main") (or .GoFiles .CgoFiles)}}{{.Dir}}{{end}}'
    theirs: set[str] = set()
    for module in ("m", "m/used", "deep/er/n"):
        said = go.says("list", "-e", "-find", "-f", form, "./...", cwd=root / module)
        assert said is not None
        theirs.update(said.split())
    found = main_packages_below(CachedFiles(RealFiles()), str(root), context, go.workspace(root))
    assert names(found, root) == sorted(str(Path(each).relative_to(root)) for each in theirs)
    assert not found.cut_short
    assert "m/cmd/x" in names(found, root)
    assert ("m/cmd/cgo" in names(found, root)) == context.cgo_enabled


def test_below_a_part_only_that_part(tmp_path, root):
    seen = Go(tmp_path).workspace(root)
    assert names(main_packages_below(RealFiles(), str(root / "deep"), LINUX, seen), root) == ["deep/er/n"]
    assert names(main_packages_below(RealFiles(), str(root / "m/cmd/a"), LINUX, seen), root) == ["m/cmd/a"]
    assert names(main_packages_below(RealFiles(), str(root / "m/unused"), LINUX, seen), root) == []
    assert names(main_packages_below(RealFiles(), str(root / "gone"), LINUX, seen), root) == []


def test_without_a_workspace_the_folder_is_one_module(root):
    found = names(main_packages_below(RealFiles(), str(root / "m/unused"), LINUX), root)
    assert found == ["m/unused"]
    assert "m/used" not in names(main_packages_below(RealFiles(), str(root / "m"), LINUX), root)


def test_where_there_is_no_module_above_each_below_is_a_workspace_of_its_own(tmp_path, root):
    (root / "go.work").unlink()
    seen = Go(tmp_path).workspace(root)
    assert seen.kind == "none"
    found = names(main_packages_below(RealFiles(), str(root), LINUX, seen), root)
    assert {"m/used", "m/unused", "deep/er/n", "m/cmd/x"} <= set(found)
    assert not {".", "deep/loose"} & set(found)


def test_in_gopath_mode_a_go_mod_says_nothing(root):
    seen = read_workspace(RealFiles(), str(root), None, "off", [])
    assert {"m/unused", "deep/loose", "."} <= set(names(main_packages_below(RealFiles(), str(root), LINUX, seen), root))


def test_a_linked_module_that_is_used_is_walked():
    files = MemoryFiles(
        {
            "/ws/go.work": "go 1.25.0\nuse ./m\n",
            "/ws/m": Link("/real"),
            "/ws/other": Link("/real"),
            "/real/go.mod": "module example.com/m\ngo 1.25.0\n",
            "/real/x/main.go": MAIN,
        }
    )
    seen = read_workspace(files, "/ws", None, "", [])
    assert main_packages_below(files, "/ws", LINUX, seen).directories == ("/ws/m/x",)


def test_the_walk_ends_at_its_limit_and_says_so(tmp_path, root):
    seen = Go(tmp_path).workspace(root)
    everything = main_packages_below(RealFiles(), str(root), LINUX, seen)
    few = main_packages_below(RealFiles(), str(root), LINUX, seen, limit=5)
    assert few.cut_short
    assert set(few.directories) < set(everything.directories)
    assert not main_packages_below(RealFiles(), str(root), LINUX, seen, limit=1000).cut_short


def test_what_lies_in_no_module_is_not_walked():
    tree = {"/ws/go.work": "go 1.25.0\nuse ./m\n", "/ws/m/go.mod": "module example.com/m\n", "/ws/assets/a/b/main.go": MAIN}
    files = MemoryFiles(tree)
    seen = read_workspace(files, "/ws", None, "", [])
    files.asked.clear()
    assert main_packages_below(files, "/ws", LINUX, seen).directories == ()
    assert "/ws/assets/a" not in [path for _, path in files.asked]


class Counting(RealFiles):
    """Counts what is read."""

    def __init__(self) -> None:
        self.read_paths: list[str] = []

    def read(self, path: str, limit: int | None = None) -> bytes:
        self.read_paths.append(path)
        return super().read(path, limit)


def test_one_file_of_a_package_tells_what_it_is(tmp_path):
    made = make(str(tmp_path), modules=3, packages=30, files=600)
    files = Counting()
    seen = read_workspace(files, made.root, None, "", [])
    program, path = made.last_program
    assert [each.directory for each in seen.modules] == list(made.modules)
    assert seen.directory_of(path) == program
    files.read_paths.clear()
    assert main_packages_below(files, made.root, LINUX, seen).directories == made.programs
    assert len(files.read_paths) == made.packages


def test_the_same_is_found_through_a_cache_and_in_memory(tmp_path, root):
    seen = Go(tmp_path).workspace(root)
    real = main_packages_below(RealFiles(), str(root), LINUX, seen)
    assert main_packages_below(CachedFiles(RealFiles()), str(root), LINUX, seen) == real
    tree = {str(root / name): Link(text[2:]) if text.startswith("->") else text for name, text in TREE.items()}
    memory = MemoryFiles(tree)
    assert main_packages_below(memory, str(root), LINUX, read_workspace(memory, str(root), None, "", [])) == real
