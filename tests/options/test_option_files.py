from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from dapshim.options.option_files import BYTES_MOST, project_files, read_project, read_user, user_file

OFF = 'goWork = "off"\n'


def put(path: Path, text: str = OFF, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def tree(*paths: str):
    """A disk on which there are these things."""
    there = set(paths)
    return lambda path: path in there


# -- where it is looked for ------------------------------------------------------------------------------------------------

F = ".dapshim.toml"
EVERYWHERE = (f"/{F}", f"/r/{F}", f"/r/m/{F}", f"/r/m/cmd/{F}", f"/r/m/cmd/x/{F}")


@pytest.mark.parametrize(
    ("roots", "highest"),
    [
        (["/r/.git"], "/r"),
        (["/r/m/.git", "/r/go.work"], "/r"),
        (["/r/.git", "/r/m/go.work"], "/r"),
        (["/r/m/.git", "/r/.git"], "/r/m"),
        (["/r/m/go.work"], "/r/m"),
        (["/r/m/go.mod"], "/r/m"),
        (["/r/m/go.mod", "/r/m/cmd/.git"], "/r/m/cmd"),
        (["/.git"], "/"),
        ([], "/r/m/cmd/x"),
    ],
)
def test_from_the_program_up_to_the_root_and_never_above(roots, highest):
    found = list(project_files("/r/m/cmd/x", tree(*EVERYWHERE, *roots)))
    assert found == [path for path in reversed(EVERYWHERE) if path.startswith(highest)]


def test_dots_do_not_lead_out():
    assert list(project_files("/r/m/cmd/x/../../../../r/m", tree(*EVERYWHERE, "/r/.git"))) == [f"/r/m/{F}", f"/r/{F}"]


def test_the_nearest_file_counts_alone(tmp_path):
    (tmp_path / ".git").mkdir()
    put(tmp_path / F, 'goWork = "auto"')
    near = put(tmp_path / "cmd" / F)
    (tmp_path / "cmd/x").mkdir()
    assert read_project(str(tmp_path / "cmd/x")).values["goWork"].origin.place == f"{near}:1"
    near.write_text("")
    assert read_project(str(tmp_path / "cmd/x")).values == {}


def test_none_there_is_nothing(tmp_path):
    layer = read_project(str(tmp_path / "gone"))
    assert (layer.values, layer.errors, layer.notices) == ({}, (), ())


def test_errors_come_with_it(tmp_path):
    path = put(tmp_path / F, "x = 1")
    assert read_project(str(tmp_path)).errors == (f"{path}:1: x: there is no such option; see `dapshim options`",)


# -- whether it may be trusted ---------------------------------------------------------------------------------------------


def make(kind: str, path: Path) -> None:
    if kind == "link":
        path.symlink_to(put(path.parent / "elsewhere"))
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    elif kind == "large":
        put(path, "#" * (BYTES_MOST + 1))
    elif kind == "latin":
        path.write_bytes(b"# Gr\xf6\xdfe\n")
    else:
        put(path, mode=int(kind, 8))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("link", "it is a symbolic link"),
        ("folder", "it is no regular file"),
        ("fifo", "it is no regular file"),
        ("socket", "No such device or address"),
        ("large", "it is larger than 64 KiB"),
        ("latin", "it is not UTF-8 (byte 4)"),
        ("664", "others may write it; mend that with: chmod go-w "),
        ("646", "others may write it; mend that with: chmod go-w "),
    ],
)
def test_what_may_be_another_persons_is_passed_over_and_said(tmp_path, monkeypatch, kind, why):
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    put(tmp_path / "go.work", "")
    above = put(tmp_path / F)
    (tmp_path / "cmd").mkdir()
    monkeypatch.chdir(tmp_path / "cmd")
    make(kind, Path(F))
    layer = read_project(str(tmp_path / "cmd"))
    (notice,) = layer.notices
    assert notice.startswith(f"{tmp_path}/cmd/{F} is not read: {why}")
    assert layer.values["goWork"].origin.place == f"{above}:1"


@pytest.mark.parametrize(("owner", "read"), [(0, True), (1234, False)])
def test_it_is_ours_or_roots(tmp_path, monkeypatch, owner, read):
    put(tmp_path / F)
    status = os.stat

    def owned(descriptor: int) -> os.stat_result:
        fields = list(status(descriptor))
        fields[4] = owner
        return os.stat_result(fields)

    monkeypatch.setattr(os, "fstat", owned)
    layer = read_project(str(tmp_path))
    assert bool(layer.values) == read
    assert layer.notices == (
        () if read else (f"{tmp_path / F} is not read: it belongs to the user with the number 1234, not to you",)
    )


def test_a_byte_order_mark_is_no_error(tmp_path):
    (tmp_path / F).write_bytes(b"\xef\xbb\xbf" + OFF.encode())
    (tmp_path / F).chmod(0o600)
    assert read_project(str(tmp_path)).values["goWork"].value == "off"


# -- the user's own file ---------------------------------------------------------------------------------------------------


def test_where_it_is():
    assert user_file({"XDG_CONFIG_HOME": "/c", "HOME": "/h"}) == "/c/dapshim/config.toml"
    assert user_file({"XDG_CONFIG_HOME": "c", "HOME": "/h"}) == "/h/.config/dapshim/config.toml"
    assert user_file({"HOME": "h"}) is None
    assert read_user({}).values == {}


def test_it_may_say_more_than_a_project_and_may_be_a_link(tmp_path):
    put(tmp_path / "dotfiles/dapshim.toml", 'dlv = "bin/dlv"\n')
    (tmp_path / "dapshim").mkdir()
    (tmp_path / "dapshim/config.toml").symlink_to("../dotfiles/dapshim.toml")
    value = read_user({"XDG_CONFIG_HOME": str(tmp_path)}).values["dlv"]
    assert (value.value, value.origin.place) == (f"{tmp_path}/dapshim/bin/dlv", f"{tmp_path}/dapshim/config.toml:1")


def test_it_is_not_read_either_when_others_may_write_it(tmp_path):
    path = put(tmp_path / "dapshim/config.toml", OFF, 0o666)
    layer = read_user({"XDG_CONFIG_HOME": str(tmp_path)})
    assert layer.values == {}
    assert layer.notices == (f"{path} is not read: others may write it; mend that with: chmod go-w {path}",)
