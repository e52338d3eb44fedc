"""`dapshim paths` on programs that the real go builds."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.cli.running import ran
from tests.golang.gocommand import write
from tests.real import BOUND, clean_environment, tool


def do(package: str) -> str:
    return f"package {package}\n\n//go:noinline\nfunc Do() {{\n\tprintln(1)\n}}\n"


MAIN = """package main

import (
	"example.com/local"
	"example.com/m/lib"
)

func main() {
	lib.Do()
	local.Do()
}
"""
MOD = """module example.com/m

go 1.21

require example.com/local v1.0.0

replace example.com/local => ../local
"""
TREE = {
    "ws/go.mod": MOD,
    "ws/cmd/x/main.go": MAIN,
    "ws/lib/lib.go": do("lib"),
    "ws/lib/lib_test.go": "package lib\n",
    "ws/other/lib.go": do("lib"),
    "local/go.mod": "module example.com/local\n\ngo 1.21\n",
    "local/local.go": do("local"),
}


@attrs.frozen
class Built:
    """A tree that was built, and then moved to `here`: nothing is where it was recorded, but for `still`, which stayed."""

    here: Path
    still: Path

    @property
    def ws(self) -> Path:
        return self.here / "ws"


def build(folder: Path, output: str, *flags: str) -> None:
    command = [tool("go"), "build", *flags, "-o", output, "./cmd/x"]
    subprocess.run(command, cwd=folder, env=clean_environment(GOWORK="off"), check=True, timeout=BOUND * 5)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("paths")
    there = write(folder / "built", TREE)
    build(there / "ws", "../trimmed", "-trimpath")
    build(there / "ws", "../moved")
    still = write(folder / "still", TREE)
    build(still / "ws", "../plain")
    there.rename(folder / "here")
    return Built(folder / "here", still)


def run(cwd: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    return ran(*arguments, cwd=cwd, env=clean_environment(PWD=str(cwd), COLUMNS="200", **environment))


def document(cwd: Path, *arguments: str, **environment: str) -> Any:
    code, out, err = run(cwd, *arguments, "--json", **environment)
    assert (code, err) == (0, "")
    return json.loads(out)


def own(found: Any) -> dict[str, tuple[str | None, str, bool | None]]:
    """Return the rows of the tree's own files by their recorded names, without their folders."""
    return {
        Path(each["recorded"]).name: (each["local"], each["reason"], each["stale"])
        for each in found["files"]
        if Path(each["recorded"]).name in ("lib.go", "local.go") or each["recorded"].endswith("cmd/x/main.go")
    }


def test_a_plain_build_is_where_it_was_and_needs_no_rule(built):
    found = document(built.still / "ws", "paths", "../plain")
    assert own(found) == {
        "main.go": (f"{built.still}/ws/cmd/x/main.go", "exact", False),
        "lib.go": (f"{built.still}/ws/lib/lib.go", "exact", False),
        "local.go": (f"{built.still}/local/local.go", "exact", False),
    }
    assert found["rules"] == []


@pytest.mark.parametrize("binary", ["trimmed", "moved"])
def test_a_build_that_was_moved_is_found_by_what_its_files_are(built, binary):
    found = document(built.ws, "paths", f"../{binary}")
    assert set(found) == {"binary", "files", "rules"}
    assert found["binary"] == f"{built.here}/{binary}"
    assert all(set(each) == {"recorded", "local", "reason", "stale"} for each in found["files"])
    assert own(found) == {
        "main.go": (f"{built.ws}/cmd/x/main.go", "module", False),
        "lib.go": (f"{built.ws}/lib/lib.go", "module", False),
        "local.go": (f"{built.here}/local/local.go", "replaced module", False),
    }
    assert len(found["files"]) > 50
    assert all(set(each) == {"from", "to"} for each in found["rules"])
    assert any(each["from"].startswith(str(built.here)) for each in found["rules"])


def test_what_is_vendored_is_in_the_vendor_folder(built, tmp_path):
    shutil.copytree(built.ws, tmp_path / "ws")
    shutil.copytree(built.here / "local", tmp_path / "local")
    subprocess.run([tool("go"), "mod", "vendor"], cwd=tmp_path / "ws", env=clean_environment(), check=True, timeout=BOUND)
    build(tmp_path / "ws", "x", "-trimpath", "-mod=vendor")
    shutil.rmtree(tmp_path / "local")
    assert own(document(tmp_path / "ws", "paths", "x"))["local.go"] == (
        f"{tmp_path}/ws/vendor/example.com/local/local.go",
        "vendor",
        False,
    )


def test_a_file_that_was_changed_is_stale_and_the_page_says_where(built, tmp_path):
    shutil.copytree(built.here, tmp_path / "here")
    file = tmp_path / "here/ws/lib/lib.go"
    file.write_text(file.read_text().replace("\nfunc", "\n\nfunc"))
    assert own(document(tmp_path / "here/ws", "paths", "../trimmed"))["lib.go"] == (str(file), "module", True)
    _, out, _ = run(tmp_path / "here/ws", "paths", "../trimmed")
    assert f"* {file} was changed since the binary was built: example.com/m/lib.Do was at line 4, is at 5." in out


def test_a_statement_that_was_moved_within_its_function_is_noticed(built, tmp_path):
    shutil.copytree(built.here, tmp_path / "here")
    file = tmp_path / "here/ws/lib/lib.go"
    file.write_text(file.read_text().replace("\tprintln", "\n\tprintln"))
    assert own(document(tmp_path / "here/ws", "paths", "../trimmed"))["lib.go"][2] is True


def test_the_page_counts_what_is_gos_and_prints_it_when_asked(built):
    code, out, err = run(built.ws, "paths", "../trimmed")
    assert (code, err) == (0, "")
    assert f"=> {built.ws}/lib " in out
    assert " files of Go itself " in out
    assert "proc.go" not in out
    assert '"to": "runtime"' not in out
    assert '"substitutePath": [\n  {"from": "' in out
    _, out, _ = run(built.ws, "paths", "../trimmed", "--all")
    assert "   proc.go " in out
    assert " files of Go itself" not in out


def test_a_plain_build_counts_gos_files_too(built):
    _, out, _ = run(built.still / "ws", "paths", "../plain")
    assert " files of Go itself " in out
    assert "proc.go" not in out
    assert "A plain dlv needs no substitutePath for these." in out


def test_local_files_are_mapped_and_told_why_they_are_not(built):
    asked = ["--from", "lib/lib.go", "--from", f"{built.ws}/other/lib.go", "--from", "lib/lib_test.go"]
    found = document(built.ws, "paths", "../trimmed", *asked)
    first, second, third = found["files"]
    assert first == {
        "recorded": "example.com/m/lib/lib.go",
        "local": f"{built.ws}/lib/lib.go",
        "reason": "module",
        "stale": False,
        "sentence": "",
    }
    assert (second["recorded"], second["local"], second["reason"]) == (None, f"{built.ws}/other/lib.go", "not linked")
    assert second["sentence"] == "package example.com/m/other is not linked into this binary"
    assert (third["recorded"], third["reason"]) == (None, "file not in the build")
    assert found["rules"] != []
    _, out, _ = run(built.ws, "paths", "../trimmed", *asked)
    assert "* package example.com/m/other is not linked into this binary\n" in out
    assert "(not recorded)" in out


def test_the_workspace_may_be_another_folder_than_this_one(built, tmp_path):
    binary = shutil.copy(built.here / "trimmed", tmp_path)
    assert own(document(tmp_path, "paths", binary))["lib.go"] == (None, "not on this machine", None)
    found = document(tmp_path, "--workspace-folder", str(built.ws), "paths", binary)
    assert own(found)["lib.go"] == (f"{built.ws}/lib/lib.go", "module", False)
    assert own(document(tmp_path, "paths", str(built.here / "ws/../trimmed")))["lib.go"][0] is None


def test_the_folder_of_the_binary_is_looked_at_too(built, tmp_path):
    binary = shutil.copy(built.here / "trimmed", built.ws / "program")
    assert own(document(tmp_path, "paths", binary))["lib.go"] == (f"{built.ws}/lib/lib.go", "module", False)


def test_the_rules_of_the_project_come_first(built, tmp_path):
    binary = shutil.copy(built.here / "trimmed", tmp_path)
    shutil.copytree(built.ws, tmp_path / "elsewhere/ws")
    assert own(document(tmp_path, "paths", binary))["lib.go"] == (None, "not on this machine", None)
    file = tmp_path / ".dapshim.toml"
    file.write_text('substitutePath = [\n  { from = "elsewhere/ws", to = "example.com/m" },\n]\n')
    file.chmod(0o600)
    assert own(document(tmp_path, "paths", binary))["lib.go"] == (f"{tmp_path}/elsewhere/ws/lib/lib.go", "rule", False)


def test_a_rule_that_cannot_be_used_is_said_with_its_place(built, tmp_path):
    binary = shutil.copy(built.here / "trimmed", tmp_path)
    config = tmp_path / "config/dapshim"
    config.mkdir(parents=True)
    file = config / "config.toml"
    file.write_text('\nsubstitutePath = [{ from = "", to = "/build" }]\n')
    file.chmod(0o600)
    code, _, err = run(tmp_path, "paths", binary, XDG_CONFIG_HOME=str(tmp_path / "config"))
    assert code == 0
    assert f'{{"from": "", "to": "/build"}} ({file}:2) cannot be inverted' in err
    file.write_text('substitutePath = [{ from = "/x" }]\n')
    code, out, err = run(tmp_path, "paths", binary, XDG_CONFIG_HOME=str(tmp_path / "config"))
    assert (code, out) == (2, "")
    assert err == (
        f'dapshim: {file}:1: substitutePath: expected a list of rules [{{ from = "…", to = "…" }}]: rule 1 has no "to"\n'
    )


def test_without_go_it_says_what_it_lacks(built):
    code, out, err = run(built.ws, "--go", "/nonexistent/go", "paths", "../moved")
    assert code == 0
    assert err == "dapshim: /nonexistent/go, which --go names as the go command, is not there or cannot be run.\n"
    assert "not on this machine" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("paths", "missing"), 1, "missing: no such file or directory"),
        (("paths", "."), 1, "is a folder, not an executable file"),
        (("paths", "go.mod"), 1, "go.mod: "),
        (("paths", sys.executable), 1, "not built by Go"),
        (("paths",), 2, "Missing argument 'BINARY'."),
        (("paths", "../trimmed", "--from", ""), 2, "--from: an empty text names no file"),
        (("--workspace-folder", "nowhere", "paths", "../trimmed"), 2, "nowhere, which --workspace-folder names, is no folder"),
        (("--listen", "0", "paths", "../trimmed"), 2, "--listen is no option of dapshim paths"),
    ],
)
def test_what_cannot_be_is_one_line(built, arguments, code, said):
    found, out, err = run(built.ws, *arguments)
    assert (found, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1
