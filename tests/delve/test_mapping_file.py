"""The rule that a person agreed to is in the very file that a session reads."""

from __future__ import annotations

import stat

import pytest

from dapshim.delve.mapping_file import MappingError, add_rule, mapping_file, mapping_of
from dapshim.delve.rewriting import ChangedError, rewrite
from dapshim.options.option_files import read_project


def test_the_file_is_made_at_the_root_and_the_nearest_counts(tmp_path):
    ws = tmp_path / "ws"
    program = ws / "cmd" / "x"
    program.mkdir(parents=True)
    (ws / "go.work").write_text("go 1.25\n")
    (program / "go.mod").write_text("module m\n")
    client = str(program / "main.go")
    path = mapping_file(client, str(ws))
    assert path == str(ws / ".dapshim.toml")
    add_rule(path, str(program), "/src/x")
    add_rule(path, str(ws), "/src")
    assert read_project(str(program)).values["substitutePath"].value == (
        {"from": str(ws), "to": "/src"},
        {"from": str(program), "to": "/src/x"},
    )
    assert not (ws / ".dapshim.toml").stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    (ws / "cmd" / ".dapshim.toml").write_text("")
    assert mapping_file(client, str(ws)) == str(ws / "cmd" / ".dapshim.toml")
    # A file of another tree is the open folder's business.
    assert mapping_file("/elsewhere/main.go", str(ws)) == str(ws / ".dapshim.toml")


def test_a_file_that_a_person_shows_gives_a_rule_of_the_project(tmp_path):
    ws = tmp_path / "shop"
    (ws / "lib").mkdir(parents=True)
    (ws / "go.work").write_text("go 1.25\n")
    made = mapping_of("/build/shop/lib/x.go", str(ws / "lib" / "x.go"), str(ws))
    assert made.as_json() == {"file": str(ws / ".dapshim.toml"), "from": str(ws), "to": "/build/shop"}
    add_rule(made.file, made.client, made.adapter)
    assert (ws / ".dapshim.toml").read_text() == 'substitutePath = [{ from = ".", to = "/build/shop" }]\n'
    assert mapping_of("C:\\build\\lib\\x.go", str(ws / "lib" / "x.go"), str(ws)).adapter == "C:\\build"


@pytest.mark.parametrize(
    ("recorded", "local", "said"),
    [
        ("/build/x.go", "/home/y.go", "y.go has another name than /build/x.go"),
        ("/home/x.go", "/home/x.go", "that very file"),
        ("  ", "/home/x.go", "has no name"),
    ],
)
def test_two_files_that_are_no_pair_give_none(recorded, local, said):
    with pytest.raises(MappingError, match=said):
        mapping_of(recorded, local, "/home")


def test_a_file_is_replaced_at_once_and_keeps_its_mode_and_its_link(tmp_path):
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_text("a\n")
    real.chmod(0o600)
    link.symlink_to(real)
    rewrite(str(link), "a\n", "b\n")
    assert (real.read_text(), link.is_symlink(), real.stat().st_mode & 0o777) == ("b\n", True, 0o600)
    with pytest.raises(ChangedError, match="left alone"):
        rewrite(str(link), "a\n", "c\n")
    with pytest.raises(ChangedError):
        rewrite(str(tmp_path / "new"), "a", "c\n")
    with pytest.raises(ChangedError):
        rewrite(str(link), None, "c\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.toml", "real.toml"]


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    folder = tmp_path / "x"
    folder.mkdir()
    with pytest.raises(OSError, match=r"directory|Permission"):
        rewrite(str(folder), None, "text")
    assert list(tmp_path.iterdir()) == [folder]
