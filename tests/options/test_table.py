from __future__ import annotations

import pytest

from dapshim.options.table import FEATURE, TABLE, Option, Source, lookup, named, nearest
from dapshim.proxy.shim import Shim
from dapshim.shims import make_layers


def test_every_name_is_there_once_in_all_its_spellings():
    for spelling in ("name", "snake_name", "flag", "variable"):
        assert len({getattr(option, spelling) for option in TABLE}) == len(TABLE)
    assert all(option.name.isalnum() and option.name[0].islower() for option in TABLE)


def test_the_spellings_of_a_name():
    option = named("logFile")
    assert (option.snake_name, option.flag, option.variable) == ("log_file", "--log-file", "DAPSHIM_LOG_FILE")


def test_every_default_is_none_or_a_value_that_the_option_may_have():
    for option in TABLE:
        assert option.default is None or isinstance(option.default, option.type)
        assert not option.choices or option.default in option.choices


@pytest.mark.parametrize("option", TABLE, ids=lambda option: option.name)
def test_a_project_never_names_a_program_an_address_or_a_file_nor_opens_a_door(option):
    risky = {"listen", "connect", "dlv", "shims", "allowRemote", "trace", "logFile", "logLevel", "go", "workspaceFolder"}
    assert (Source.PROJECT in option.scope) == (option.name not in risky)


@pytest.mark.parametrize("option", TABLE, ids=lambda option: option.name)
def test_a_launch_decides_about_its_session_only(option):
    whole = {"substitutePath", "listen", "connect", "shims", "allowRemote", "trace", "logFile", "logLevel"}
    assert (Source.LAUNCH in option.scope) == (option.name not in whole)


def test_a_new_option_is_a_feature_that_anybody_may_switch():
    assert Option("lateBreakpoints", bool, default=True, help="…").scope == FEATURE == frozenset(Source) - {Source.DEFAULT}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("go_work", "goWork"),
        ("go-work", "goWork"),
        ("GOWORK", "goWork"),
        ("gowrk", "goWork"),
        ("LOG_FILE", None),
        ("xyzzy", None),
    ],
)
def test_the_nearest_name_is_one_that_may_stand_there(written, meant):
    found = nearest(written, Source.LAUNCH)
    assert (found.name if found is not None else None) == meant


def test_a_name_that_there_is_not():
    assert lookup("xyzzy") is None
    with pytest.raises(KeyError):
        named("xyzzy")


def test_the_option_of_a_shim_stands_in_the_table():
    for layer in make_layers():
        assert layer.option is None or layer.option in TABLE
    with pytest.raises(ValueError, match="xyzzy of Stray is not in the table"):

        class Stray(Shim):
            option = Option("xyzzy", bool, default=True, help="…")
