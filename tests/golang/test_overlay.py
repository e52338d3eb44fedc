"""Files as a build with -overlay sees them, and the go command as the witness."""

from __future__ import annotations

import json
import subprocess

import pytest

from dapshim.golang.files import RealFiles
from dapshim.golang.overlay import overlaid
from tests.golang.gocommand import write
from tests.layouts import MemoryFiles

TREE = {"/m/a.go": "package a", "/m/sub/b.go": "package b", "/m/gone.go": "package a", "/x/new": "package a // new"}
REPLACE = {"Replace": {"/m/a.go": "/x/new", "/m/gone.go": "", "deep/er/c.go": "/x/new"}}


def seen(flag: str = "-overlay=/o.json", directory: str = "/m", text: str | None = None):
    files = MemoryFiles({**TREE, "/o.json": text if text is not None else json.dumps(REPLACE)})
    return files, overlaid(files, [flag], directory)


def test_a_file_stands_in_the_place_of_another():
    _, files = seen()
    assert files.read("/m/a.go") == b"package a // new"
    assert (files.kind("/m/gone.go"), files.kind("/m/a.go"), files.kind("/m/sub/b.go")) == (None, "file", "file")
    with pytest.raises(FileNotFoundError, match="taken away"):
        files.read("/m/gone.go")


def test_what_is_added_is_listed_with_the_folders_on_its_way():
    _, files = seen()
    assert files.list("/m") == [("a.go", "file"), ("deep", "folder"), ("sub", "folder")]
    assert (files.list("/m/deep"), files.list("/m/deep/er")) == ([("er", "folder")], [("c.go", "file")])
    assert files.kind("/m/deep") == "folder"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"Replace": 5}'])
def test_an_overlay_that_cannot_be_read_is_left_to_go(text):
    plain, files = seen(text=text)
    assert files is plain


def test_without_the_flag_there_is_none():
    plain, files = seen(flag="-tags=x")
    assert files is plain


def test_go_sees_the_same(tmp_path):
    root = write(tmp_path / "m", {"go.mod": "module example.com/m\n\ngo 1.25\n", "a.go": "package a\n", "b.go": "package a\n"})
    other = tmp_path / "other.txt"
    other.write_text("package a\n")
    overlay = tmp_path / "o.json"
    overlay.write_text(json.dumps({"Replace": {str(root / "b.go"): "", "c.go": str(other), "new/d.go": str(other)}}))
    told = subprocess.run(
        ["go", "list", f"-overlay={overlay}", "-f", "{{.Dir}} {{.GoFiles}}", "./..."],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    files = overlaid(RealFiles(), [f"-overlay={overlay}"], str(root))
    for line in told:
        folder, _, names = line.partition(" ")
        assert [name for name, _ in files.list(folder) if name.endswith(".go")] == names.strip("[]").split()
    assert len(told) == 2
