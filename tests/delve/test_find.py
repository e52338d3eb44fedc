from __future__ import annotations

from pathlib import Path

import pytest

from dapshim.delve.find import DlvNotFound, FoundDlv, find_dlv, own_folder
from dapshim.delve.versions import INSTALL
from dapshim.options.layers import Value, default_value, value_of
from dapshim.options.table import Source, named


def put(path: Path, mode: int = 0o755) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return str(path)


def by(source: Source, path: object) -> Value:
    """The option dlv as somebody gave it."""
    places = {
        Source.COMMAND_LINE: "--dlv",
        Source.ENVIRONMENT: "DAPSHIM_DLV",
        Source.LAUNCH: '"dlv" of the "dapshim" object in the launch configuration',
        Source.USER: "/home/u/.config/dapshim/config.toml:1",
    }
    return value_of("dlv", str(path), source, places[source])


STRICT = [Source.COMMAND_LINE, Source.ENVIRONMENT, Source.LAUNCH]
SAID = [*STRICT, Source.USER]


@pytest.fixture
def places(tmp_path):
    """Every place that is looked at, in order, each with a dlv."""
    order = (
        "gobin",
        "gopath1/bin",
        "gopath2/bin",
        "asked/bin",
        "home/go/bin",
        "path1",
        "path2",
        "home/.local/share/dapshim/bin",
    )
    return [put(tmp_path / place / "dlv") for place in order]


@pytest.fixture
def environ(tmp_path):
    return {
        "PATH": f"{tmp_path}/path1:{tmp_path}/path2",
        "GOBIN": f"{tmp_path}/gobin",
        "GOPATH": f"{tmp_path}/gopath1:{tmp_path}/gopath2",
        "HOME": f"{tmp_path}/home",
    }


def test_the_places_are_tried_in_order(tmp_path, places, environ):
    gopath = f"{tmp_path}/asked"
    for place in places:
        assert find_dlv(None, environ, gopath=gopath) == FoundDlv(place)
        Path(place).unlink()
    with pytest.raises(DlvNotFound):
        find_dlv(None, environ, gopath=gopath)


@pytest.mark.parametrize("source", SAID)
def test_what_a_person_named_comes_before_every_place(tmp_path, places, environ, source):
    dlv = put(tmp_path / "named")
    assert find_dlv(by(source, dlv), environ) == FoundDlv(dlv)


def test_an_option_that_nobody_gave_is_none(places, environ):
    assert find_dlv(default_value(named("dlv")), environ) == FoundDlv(places[0])
    assert find_dlv(by(Source.COMMAND_LINE, ""), environ) == FoundDlv(places[0])


@pytest.mark.parametrize("state", ["a folder", "not executable", "missing"])
def test_something_else_of_that_name_on_the_path_is_passed_over(tmp_path, environ, state):
    second = put(tmp_path / "path2/dlv")
    if state == "a folder":
        (tmp_path / "path1/dlv").mkdir(parents=True)
    elif state == "not executable":
        put(tmp_path / "path1/dlv", 0o644)
    assert find_dlv(None, environ).path == second


@pytest.mark.parametrize(("make", "reason"), [("folder", "is a folder"), ("file", "is not executable"), ("", "does not exist")])
@pytest.mark.parametrize("source", SAID)
def test_what_a_person_named_is_never_passed_over(tmp_path, places, environ, source, make, reason):
    wanted = tmp_path / "named"
    if make == "folder":
        wanted.mkdir()
    elif make:
        put(wanted, 0o644)
    value = by(source, wanted)
    with pytest.raises(DlvNotFound) as caught:
        find_dlv(value, environ)
    message = str(caught.value)
    assert str(wanted) in message
    assert value.origin.place in message
    assert reason in message
    assert INSTALL in message


# -- dlvToolPath -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", STRICT)
def test_the_tool_path_comes_after_what_was_said_for_this_dapshim_or_launch(tmp_path, environ, source):
    dlv, tool = put(tmp_path / "named"), put(tmp_path / "tool")
    assert find_dlv(by(source, dlv), environ, tool_path=tool) == FoundDlv(dlv)


def test_and_before_the_users_file_and_the_places(tmp_path, places, environ):
    dlv, tool = put(tmp_path / "named"), put(tmp_path / "tool")
    assert find_dlv(by(Source.USER, dlv), environ, tool_path=tool) == FoundDlv(tool)
    assert find_dlv(None, environ, tool_path=tool) == FoundDlv(tool)


def test_a_stale_one_is_passed_over_and_said(tmp_path, places, environ):
    dlv, stale = put(tmp_path / "named"), f"{tmp_path}/gone/dlv"
    said = f"{stale}, which dlvToolPath names as the dlv to run, does not exist"
    assert find_dlv(None, environ, tool_path=stale) == FoundDlv(places[0], f"{said}; {places[0]} is used instead")
    assert find_dlv(by(Source.USER, dlv), environ, tool_path=stale) == FoundDlv(dlv, f"{said}; {dlv} is used instead")


def test_a_stale_one_is_an_error_when_there_is_no_other(tmp_path, environ):
    with pytest.raises(DlvNotFound) as caught:
        find_dlv(None, environ, tool_path=f"{tmp_path}/gone/dlv")
    assert str(caught.value).startswith(
        f"{tmp_path}/gone/dlv, which dlvToolPath names as the dlv to run, does not exist. dlv, the"
    )
    assert "dapshim install-dlv" in str(caught.value)


# -- nothing found ---------------------------------------------------------------------------------------------------------


def test_nothing_found_names_every_place_and_the_command(tmp_path, environ):
    with pytest.raises(DlvNotFound) as caught:
        find_dlv(None, environ, gopath="/asked")
    message = str(caught.value)
    gopath = environ["GOPATH"].split(":")[1]
    for place in ("PATH", environ["GOBIN"], f"{gopath}/bin", "/asked/bin", environ["HOME"] + "/go/bin", INSTALL):
        assert place in message


def test_an_empty_environment_is_an_error_in_words():
    with pytest.raises(DlvNotFound, match="neither PATH nor HOME"):
        find_dlv(None, {})


def test_relative_and_empty_folders_of_the_path_are_not_looked_at(tmp_path, monkeypatch):
    put(tmp_path / "dlv")
    put(tmp_path / "bin/dlv")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DlvNotFound):
        find_dlv(None, {"PATH": ":.:bin"}, gopath="relative")


def test_a_relative_name_and_the_home_of_the_caller_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dlv = put(tmp_path / "tools/dlv")
    assert find_dlv(by(Source.COMMAND_LINE, "tools/dlv"), {}).path == dlv
    assert find_dlv(by(Source.ENVIRONMENT, "~/tools/dlv"), {"HOME": str(tmp_path)}).path == dlv


def test_the_folder_for_a_dlv_of_our_own():
    assert own_folder({"XDG_DATA_HOME": "/data", "HOME": "/home/u"}) == "/data/dapshim/bin"
    assert own_folder({"XDG_DATA_HOME": "data", "HOME": "/home/u"}) == "/home/u/.local/share/dapshim/bin"
    assert own_folder({}) is None
