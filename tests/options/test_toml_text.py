from __future__ import annotations

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.options.table import Source
from dapshim.options.toml_text import COLUMNS_MOST, LINES_MOST, from_toml

FILE = "/w/a/.dapshim.toml"


def values(text: str, source: Source = Source.USER) -> dict[str, tuple[object, str]]:
    layer = from_toml(text, FILE, source)
    assert layer.errors == ()
    return {name: (value.value, value.origin.place.removeprefix(FILE)) for name, value in layer.values.items()}


def errors(text: str, source: Source = Source.USER) -> list[str]:
    return [error.removeprefix(FILE) for error in from_toml(text, FILE, source).errors]


def test_each_value_has_its_line():
    text = '# mine\n\ngoWork = "off"\n  "logLevel" = \'info\'\r\nallowRemote = true # no\ndlv = """\n/x"""\nshims="on"'
    assert values(text) == {
        "goWork": ("off", ":3"),
        "logLevel": ("info", ":4"),
        "allowRemote": (True, ":5"),
        "dlv": ("/x", ":6"),
        "shims": ("on", ":8"),
    }


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "\r\n\r\n"])
def test_an_empty_file_says_nothing(text):
    assert values(text) == {}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("../go.work", "/w/go.work"),
        ("go.work", "/w/a/go.work"),
        ("/x/go.work", "/x/go.work"),
        ("~/go.work", "~/go.work"),
        ("off", "off"),
        ("auto", "auto"),
    ],
)
def test_a_relative_path_starts_at_the_file(written, meant):
    assert values(f'goWork = "{written}"', Source.PROJECT)["goWork"] == (meant, ":1")


def test_what_a_project_may_not_say_names_where_it_may_stand():
    assert errors('\ndlv = "/x"', Source.PROJECT) == [
        (
            ":2: dlv: this option may not stand here: it can be given on the command line (--dlv), in the environment "
            '(DAPSHIM_DLV), in the "dapshim" object of a launch configuration ("dlv") '
            "or in your own file (dapshim/config.toml in $XDG_CONFIG_HOME or ~/.config)"
        )
    ]
    for name in ("go", "listen", "connect", "allowRemote", "trace", "logFile", "workspaceFolder"):
        assert f":1: {name}: this option may not stand here" in errors(f'{name} = "x"', Source.PROJECT)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gowork = 1", ":1: gowork: there is no such option; did you mean goWork?"),
        ("\ngoWork = false", ":2: goWork: expected off, auto or a path, found false"),
        ("goWork = 2026-01-01", ":1: goWork: expected off, auto or a path, found 2026-01-01"),
        ('goWork = "off"\ngoWork = "auto"', f":2: goWork: given twice, first in {FILE}:1"),
        ("\n\n[dapshim]\ngoWork = 1", ":3: expected `option = value`, found a table, dapshim"),
        ("a.b = 1", ":1: expected `option = value`, found a table, a"),
        ("goWork = {}", ":1: expected `option = value`, found a table, goWork"),
        ("goWork = [1]", ":1: expected `option = value`, found a list, goWork"),
        ("\ngoWork = off", ":2: this is no TOML: Invalid value (column 10)"),
        ("goWork", ":1: this is no TOML: Expected '=' after a key in a key/value pair"),
        ('goWork = "off', ":1: this is no TOML: Unterminated string"),
        ("goWork = [\n1,\n", ":1: this is no TOML: Invalid value"),
    ],
)
def test_what_is_wrong_has_its_line(text, said):
    (found,) = errors(text)
    assert found.startswith(said)


def test_the_first_statement_that_cannot_be_read_is_the_last_that_is_reported():
    text = 'x = 1\n\nshims = on\nlogLevel = "info"\n' + "y = 1\n" * 2 * LINES_MOST
    assert errors(text) == [
        ":1: x: there is no such option; see `dapshim options`",
        ":3: this is no TOML: Invalid value (column 9)",
    ]


# -- rules for paths ------------------------------------------------------------------------------------------------------


def rules(text: str) -> object:
    return values(text)["substitutePath"][0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/src", "/src"),
        ("src", "/w/a/src"),
        (".", "/w/a"),
        ("../b/", "/w/b"),
        ("", ""),
        ("~/src", "~/src"),
        ("C:/src", "C:/src"),
        (r"C:\src", r"C:\src"),
        (r"\\server\share", r"\\server\share"),
    ],
)
def test_from_is_a_path_of_this_machine_and_starts_at_the_file(written, meant):
    assert rules(f"substitutePath = [{{ from = '{written}', to = 'example.com/m' }}]") == (
        {"from": meant, "to": "example.com/m"},
    )


def test_a_list_may_take_lines_and_stand_among_others():
    many = "".join(f'  {{ from = "/s{n}", to = "/b{n}" }}, # one\n' for n in range(100))
    found = values(f'goWork = "off"\n\nsubstitutePath = [\n{many}]\nlogLevel = "info"\n')
    assert found["goWork"] == ("off", ":1")
    assert found["logLevel"] == ("info", ":105")
    assert found["substitutePath"] == (tuple({"from": f"/s{n}", "to": f"/b{n}"} for n in range(100)), ":3")
    assert rules("substitutePath = []") == ()


FORM = 'expected a list of rules [{ from = "…", to = "…" }]'


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[1]", f": {FORM}: rule 1 is no {{ from = …, to = … }}"),
        ('[{ from = "/a", to = "/b" }, { from = "/a" }]', f': {FORM}: rule 2 has no "to"'),
        ('[{ from = "/a", to = 1 }]', f': {FORM}: "to" of rule 1 is no text that a path can be'),
        ('[{ from = "/a\\u0000", to = "/b" }]', f': {FORM}: "from" of rule 1 is no text that a path can be'),
        ('[{ form = "/a", to = "/b" }]', f': {FORM}: rule 1 has "form"; there are only "from" and "to"'),
        ('"/a => /b"', f': {FORM}, found the text "/a => /b"'),
        ("[[]]", f": {FORM}: rule 1 is no {{ from = …, to = … }}"),
    ],
)
def test_what_is_no_rule_is_named(written, said):
    assert errors(f"\nsubstitutePath = {written}") == [f":2: substitutePath{said}"]


@pytest.mark.parametrize("header", ["[substitutePath]", "[[substitutePath]]"])
def test_a_table_is_told_how_it_is_written(header):
    assert errors(f'{header}\nfrom = "/a"\nto = "/b"') == [
        ':1: expected `substitutePath = [{ from = "…", to = "…" }]`, found a table, substitutePath'
    ]


def test_a_list_that_does_not_end_is_named_where_it_begins():
    (found,) = errors('goWork = "off"\nsubstitutePath = [\n  { from = "/a", to = "/b" },\nlogLevel = "info"\n')
    assert found.startswith(":2: this is no TOML: ")


# -- hostile files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 32_000) + " = 1",
        "\n".join(f"[{'.'.join([f'a{n}'] * 200)}]" for n in range(80)),
        "\n".join(f"{'.'.join([f'a{n}'] * 200)} = 1" for n in range(80)),
        "a = [\n" + "1,\n" * 20_000 + "]",
        "a = " + "[" * 32_000 + "]" * 32_000,
        "a = " + "9" * 60_000,
        "\n".join(f"a{n} = 1" for n in range(8000)),
        "a =\n" * 16_000,
        "a = " + "1" * (COLUMNS_MOST - 4),
        '"' * 65_000,
        ("substitutePath = [" + "\n#]" * 190 + "\n]\n") * 80,
        "substitutePath = [" + "\n#]" * 20_000,
    ],
    ids=[
        "one long key",
        "tables",
        "keys",
        "a long list",
        "nesting",
        "a long number",
        "many",
        "nothing",
        "a number",
        "quotes",
        "lists",
        "one list",
    ],
)
def test_a_hostile_file_is_refused_in_no_time(text):
    begin = time.process_time()
    assert errors(text)
    assert time.process_time() - begin < 2


SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20)


@given(st.text(max_size=200) | st.lists(st.sampled_from(['goWork="off"', "x=1", "[a]", '"""', "[", "#", ""])).map("\n".join))
def test_any_text_is_a_layer(text):
    layer = from_toml(text, FILE, Source.PROJECT)
    if not layer.errors:
        # The standard library, which takes the text as a whole, says the same.
        assert tomllib.loads(text).keys() == layer.values.keys()
