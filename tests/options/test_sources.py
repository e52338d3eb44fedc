from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.options import sources
from dapshim.options.layers import Value
from dapshim.options.sources import from_command_line, from_environment, from_launch, mismatch
from dapshim.options.table import TABLE, Option, Source, named

HERE = '"{}" of the "dapshim" object in the launch configuration'


def plain(values: Mapping[str, Value]) -> dict[str, object]:
    return {name: value.value for name, value in values.items()}


# -- the command line ------------------------------------------------------------------------------------------------------


def test_what_is_written_is_called_as_it_is_written():
    layer = from_command_line({"logFile": "/x", "allowRemote": True})
    assert plain(layer.values) == {"logFile": "/x", "allowRemote": True}
    assert layer.values["logFile"].origin.place == "--log-file"


# -- the environment -------------------------------------------------------------------------------------------------------


def test_variables_are_typed_and_an_empty_one_is_none():
    layer = from_environment({"DAPSHIM_GO_WORK": "off", "DAPSHIM_ALLOW_REMOTE": "Yes", "DAPSHIM_DLV": "", "PATH": "/bin"})
    assert plain(layer.values) == {"goWork": "off", "allowRemote": True}
    assert layer.values["goWork"].origin.place == "DAPSHIM_GO_WORK"
    assert (layer.errors, layer.notices) == ((), ())


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("on", True), ("T", True), ("0", False), ("OFF", False), ("n", False)]
)
def test_the_spellings_of_a_switch_are_those_of_the_parser(text, value):
    assert plain(from_environment({"DAPSHIM_ALLOW_REMOTE": text}).values) == {"allowRemote": value}


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("DAPSHIM_ALLOW_REMOTE", "maybe", 'DAPSHIM_ALLOW_REMOTE: expected true or false, found the text "maybe"'),
        (
            "DAPSHIM_LOG_LEVEL",
            "inf",
            'DAPSHIM_LOG_LEVEL: expected debug, info, warning or error, found the text "inf"; did you mean info?',
        ),
    ],
)
def test_a_wrong_value_is_called_by_its_variable(variable, text, said):
    assert from_environment({variable: text}).errors == (said,)


def test_an_unknown_variable_is_a_notice_and_names_the_nearest():
    layer = from_environment({"DAPSHIM_LSTEN": "1", "DAPSHIM_XYZZY": "1"})
    assert (layer.values, layer.errors) == ({}, ())
    assert layer.notices == (
        "the environment variable DAPSHIM_LSTEN is no option of dapshim and is ignored; did you mean DAPSHIM_LISTEN?",
        "the environment variable DAPSHIM_XYZZY is no option of dapshim and is ignored",
    )


def test_what_the_parser_makes_for_itself_is_none():
    environ = {"_DAPSHIM_COMPLETE": "bash_source", "DAPSHIM_TRACE_REDACT": "1", "DAPSHIM_INSTALL_DLV_TO": "/x"}
    assert from_environment(environ, ["DAPSHIM_TRACE_", "DAPSHIM_INSTALL_DLV_"]).notices == ()


def test_an_option_that_may_not_stand_there_is_unknown_there(monkeypatch):
    secret = Option("goWork", str, default=None, help="…", scope=frozenset({Source.LAUNCH}))
    monkeypatch.setattr(sources, "TABLE", (secret,))
    assert from_environment({"DAPSHIM_GO_WORK": "off"}).values == {}


# -- the launch configuration ----------------------------------------------------------------------------------------------


def test_what_a_launch_says():
    layer = from_launch({"goWork": "off", "workspaceFolder": "/w", "dlv": "/dlv", "go": "/go"})
    assert plain(layer.values) == {"goWork": "off", "workspaceFolder": "/w", "dlv": "/dlv", "go": "/go"}
    assert layer.values["dlv"].origin.place == HERE.format("dlv")
    assert from_launch({}).values == {}


@pytest.mark.parametrize(
    ("found", "words"),
    [(None, "null"), (True, "true"), (4, "the number 4"), ("x", 'the text "x"'), ("", "an empty text"), ([1], "a list")],
)
def test_the_object_must_be_one(found, words):
    layer = from_launch(found)
    assert layer.errors == (f'"dapshim" in the launch configuration: expected an object with options, found {words}',)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"gowork": "off"}, "there is no such option; did you mean goWork?"),
        ({"xyzzy": 1}, "there is no such option; see `dapshim options`"),
        ({"goWork": False}, "expected off, auto or a path, found false"),
        ({"goWork": ""}, "expected off, auto or a path, found an empty text"),
        ({"goWork": None}, "expected off, auto or a path, found null"),
        ({"goWork": {}}, "expected off, auto or a path, found an object"),
        ({"goWork": 1.5}, "expected off, auto or a path, found the number 1.5"),
        ({"dlv": ["/dlv"]}, "expected a path, found a list"),
        ({"dlv": "/d\0lv"}, 'expected a path, found the text "/d\\u0000lv"'),
        (
            {"substitutePath": []},
            (
                "this option may not stand here: it can be given in .dapshim.toml or in your own file (dapshim/config.toml in "
                '$XDG_CONFIG_HOME or ~/.config), and in the launch configuration itself, beside "program"'
            ),
        ),
        (
            {"listen": "4711"},
            (
                "this option may not stand here: it can be given on the command line (--listen), in the environment "
                "(DAPSHIM_LISTEN) or in your own file (dapshim/config.toml in $XDG_CONFIG_HOME or ~/.config)"
            ),
        ),
    ],
)
def test_what_is_wrong_there_is_named(found, said):
    (name,) = found
    assert from_launch(found).errors == (f"{HERE.format(name)}: {said}",)


def test_each_wrong_one_is_named_and_the_right_ones_are_kept():
    layer = from_launch({"x1": 1, "goWork": "off", "x2": 2})
    assert len(layer.errors) == 2
    assert plain(layer.values) == {"goWork": "off"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([option.name for option in TABLE]) | st.text(), JSON) | JSON)
def test_whatever_a_client_sends_is_a_right_value_or_an_error(found):
    layer = from_launch(found)
    assert len(layer.values) + len(layer.errors) == (len(found) if isinstance(found, dict) else 1)
    for name, value in layer.values.items():
        assert Source.LAUNCH in named(name).scope
        assert mismatch(named(name), value.value) is None
    assert all(len(error) < 700 for error in layer.errors if not isinstance(found, dict) or max(map(len, found)) < 100)


# -- values ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "right"),
    [(int, 3, True), (int, True, False), (int, 3.0, False), (bool, True, True), (bool, 1, False), (bool, "true", False)],
)
def test_a_switch_is_no_number(kind, value, right):
    assert (mismatch(Option("x", kind, default=None, help="…"), value) is None) == right


def test_a_number_from_the_environment(monkeypatch):
    monkeypatch.setattr(sources, "TABLE", (Option("go", int, default=1, help="…"),))
    assert plain(from_environment({"DAPSHIM_GO": "12"}).values) == {"go": 12}
    assert from_environment({"DAPSHIM_GO": "x"}).errors == ('DAPSHIM_GO: expected a whole number, found the text "x"',)


def test_a_long_value_is_cut_in_the_error():
    assert from_launch({"goWork": 10**200}).errors[0].endswith("found the number 1" + "0" * 59 + "…")
