"""`dapshim map` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dapshim.options.option_files import read_project
from tests.cli.running import ran
from tests.real import clean_environment


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "my shop"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "x.go").write_text("package lib\n")
    (folder / "go.mod").write_text("module shop\n\ngo 1.25\n")
    return folder


def test_the_rule_is_written_beside_what_is_there_and_counts(shop):
    (shop / ".dapshim.toml").write_text('goWork = "off" # why\n')
    code, out, err = ran("map", "/build/lib/x.go", "lib/x.go", cwd=shop, env=clean_environment())
    assert (code, err) == (0, "")
    assert out == f"{shop}/.dapshim.toml says now that {shop} was built as /build.\n"
    assert (shop / ".dapshim.toml").read_text().startswith('goWork = "off" # why\n')
    assert read_project(str(shop)).values["substitutePath"].value == ({"from": str(shop), "to": "/build"},)


def test_it_answers_programs_and_heeds_the_workspace_folder(shop, tmp_path):
    place = ("--workspace-folder", str(shop), "map", "C:\\b\\lib\\x.go", str(shop / "lib" / "x.go"), "--json")
    code, out, _ = ran(*place, cwd=tmp_path, env=clean_environment())
    assert (code, json.loads(out)) == (0, {"file": str(shop / ".dapshim.toml"), "from": str(shop), "to": "C:\\b"})


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("/build/y.go", "lib/x.go"), 1, "x.go has another name than /build/y.go"),
        (("/build/x.go", "lib/gone.go"), 2, "gone.go is no file"),
        (("/build/x.go", "lib"), 2, "lib is no file"),
        (("/build/x.go",), 2, "Missing argument 'FILE'"),
    ],
)
def test_what_it_does_not_do(shop, arguments, code, said):
    done, _, err = ran("map", *arguments, cwd=shop, env=clean_environment())
    assert done == code
    assert said in err
    assert not (shop / ".dapshim.toml").exists()


def test_a_file_with_a_fault_is_left_alone(shop):
    (shop / ".dapshim.toml").write_text("[x]\n")
    code, _, err = ran("map", "/build/lib/x.go", "lib/x.go", cwd=shop, env=clean_environment())
    assert code == 1
    assert "mend that first" in err
    assert (shop / ".dapshim.toml").read_text() == "[x]\n"
