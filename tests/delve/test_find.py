from __future__ import annotations

from pathlib import Path

import pytest

from dapshim.delve.find import INSTALL, DlvNotFound, find_dlv


def put(path: Path, mode: int = 0o755) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return str(path)


@pytest.fixture
def places(tmp_path):
    """Every place that is looked at, in order, each with a dlv."""
    return [put(tmp_path / place / "dlv") for place in ("path1", "path2", "gobin", "gopath1/bin", "gopath2/bin", "home/go/bin")]


@pytest.fixture
def environ(tmp_path):
    return {
        "PATH": f"{tmp_path}/path1:{tmp_path}/path2",
        "GOBIN": f"{tmp_path}/gobin",
        "GOPATH": f"{tmp_path}/gopath1:{tmp_path}/gopath2",
        "HOME": f"{tmp_path}/home",
    }


def test_the_places_are_tried_in_order(places, environ):
    for place in places:
        assert find_dlv(None, environ) == place
        Path(place).unlink()
    with pytest.raises(DlvNotFound):
        find_dlv(None, environ)


def test_what_a_person_named_comes_before_the_path_and_the_option_before_the_variable(tmp_path, places, environ):
    variable, option = put(tmp_path / "variable"), put(tmp_path / "option")
    assert find_dlv(None, environ | {"DAPSHIM_DLV": variable}) == variable
    assert find_dlv(option, environ | {"DAPSHIM_DLV": variable}) == option


@pytest.mark.parametrize("state", ["a folder", "not executable", "missing"])
def test_something_else_of_that_name_on_the_path_is_passed_over(tmp_path, environ, state):
    second = put(tmp_path / "path2/dlv")
    if state == "a folder":
        (tmp_path / "path1/dlv").mkdir(parents=True)
    elif state == "not executable":
        put(tmp_path / "path1/dlv", 0o644)
    assert find_dlv(None, environ) == second


@pytest.mark.parametrize(("make", "reason"), [("folder", "is a folder"), ("file", "is not executable"), ("", "does not exist")])
@pytest.mark.parametrize("setting", ["--dlv", "DAPSHIM_DLV"])
def test_what_a_person_named_is_never_passed_over(tmp_path, places, environ, setting, make, reason):
    named = tmp_path / "named"
    if make == "folder":
        named.mkdir()
    elif make:
        put(named, 0o644)
    explicit, variable = (str(named), "") if setting == "--dlv" else (None, str(named))
    with pytest.raises(DlvNotFound) as caught:
        find_dlv(explicit, environ | {"DAPSHIM_DLV": variable})
    message = str(caught.value)
    assert str(named) in message
    assert setting in message
    assert reason in message
    assert INSTALL in message


def test_nothing_found_names_every_place_and_the_command(environ):
    with pytest.raises(DlvNotFound) as caught:
        find_dlv(None, environ)
    message = str(caught.value)
    for place in ("PATH", environ["GOBIN"], environ["GOPATH"].split(":")[1] + "/bin", environ["HOME"] + "/go/bin", INSTALL):
        assert place in message


def test_an_empty_environment_is_an_error_in_words():
    with pytest.raises(DlvNotFound, match="neither PATH nor HOME"):
        find_dlv(None, {})


def test_relative_and_empty_folders_of_the_path_are_not_looked_at(tmp_path, monkeypatch):
    put(tmp_path / "dlv")
    put(tmp_path / "bin/dlv")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DlvNotFound):
        find_dlv(None, {"PATH": ":.:bin"})


def test_a_relative_name_and_the_home_of_the_caller_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dlv = put(tmp_path / "tools/dlv")
    assert find_dlv("tools/dlv", {}) == dlv
    assert find_dlv("~/tools/dlv", {"HOME": str(tmp_path)}) == dlv


def test_an_empty_setting_is_none(places, environ):
    assert find_dlv("", environ | {"DAPSHIM_DLV": ""}) == places[0]
