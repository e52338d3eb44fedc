"""What a folder's packages are to this machine: its platform, its tags, its version of Go, without running go."""

from __future__ import annotations

from pathlib import Path

import pytest

from dapshim.delve.workspace_programs import as_json, programs
from dapshim.golang.workspace import WorkspaceError
from dapshim.options.layers import resolve
from tests.delve.checkup_scene import MAIN, mod
from tests.golang.gocommand import write
from tests.real import tool

TREE = {
    "go.mod": mod("example.com/m"),
    "main.go": MAIN,
    "tagged/main.go": "//go:build mine\n\n" + MAIN,
    "new/main.go": "//go:build go1.20\n\n" + MAIN,
    "never/main.go": "//go:build go1.999\n\n" + MAIN,
    "lib/lib.go": "package lib\n",
    "lib/lib_test.go": "package lib\n",
    "plan9/main_plan9.go": MAIN,
}


def found(folder: Path, **environ: str) -> set[tuple[str, str]]:
    answer = as_json(programs(str(folder), {"PATH": str(Path(tool("go")).parent), "HOME": str(folder), **environ}, resolve(())))
    assert answer["complete"] is True
    return {(each["kind"], str(Path(each["folder"]).relative_to(folder))) for each in answer["programs"]}


def test_what_this_machine_builds(tmp_path):
    write(tmp_path, TREE)
    assert found(tmp_path) == {("main", "."), ("main", "new"), ("test", "lib")}


@pytest.mark.parametrize(
    ("environ", "more"),
    [
        ({"GOFLAGS": "-tags=mine"}, {("main", "tagged")}),
        ({"GOFLAGS": "-tags 'mine"}, set()),
        ({"GOOS": "plan9"}, {("main", "plan9")}),
        ({"PATH": "/nowhere", "HOME": "/nowhere"}, set()),
        ({"GO111MODULE": "off"}, set()),
    ],
)
def test_what_the_environment_says_counts(tmp_path, environ, more):
    write(tmp_path, TREE)
    assert found(tmp_path, **environ) == {("main", "."), ("main", "new"), ("test", "lib")} | more


def test_what_go_env_w_wrote_counts(tmp_path):
    write(tmp_path, TREE)
    (tmp_path / "goenv").write_text("GOFLAGS=-tags=mine\n")
    assert ("main", "tagged") in found(tmp_path, GOENV=str(tmp_path / "goenv"))


def test_no_program_is_run_for_it(tmp_path):
    """A go that would leave a trace is on the PATH; its tree's VERSION file is all that is asked of it."""
    write(tmp_path, TREE)
    go = tmp_path / "sdk" / "bin" / "go"
    go.parent.mkdir(parents=True)
    go.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    go.chmod(0o755)
    (tmp_path / "sdk" / "VERSION").write_text("go1.19.1\n")
    assert found(tmp_path, PATH=str(go.parent)) == {("main", "."), ("test", "lib")} | {("main", "new")}
    assert not (tmp_path / "ran").exists()


def test_a_setting_with_which_no_go_works_is_said(tmp_path):
    with pytest.raises(WorkspaceError, match="GO111MODULE=x"):
        found(tmp_path, GO111MODULE="x")
