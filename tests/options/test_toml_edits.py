"""A rule is put into a project file, and all else of it stays as a person wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.options.table import Source
from dapshim.options.toml_edits import NAME, NotEditedError, with_rule
from dapshim.options.toml_text import from_toml

FILE = "/ws/.dapshim.toml"
NEW = {"from": "/ws/libs/x", "to": "example.com/x"}


def rules(text: str) -> object:
    layer = from_toml(text, FILE, Source.PROJECT)
    assert layer.errors == ()
    return layer.values[NAME].value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'substitutePath = [{ from = "libs/x", to = "example.com/x" }]\n'),
        (
            '# Ours.\nheal = "ask" # for now',
            '# Ours.\nheal = "ask" # for now\nsubstitutePath = [{ from = "libs/x", to = "example.com/x" }]\n',
        ),
        ("substitutePath = []\n", 'substitutePath = [{ from = "libs/x", to = "example.com/x" }]\n'),
        (
            'substitutePath = [{ from = "a", to = "/b" }] # both\nheal = "off"\n',
            'substitutePath = [{ from = "libs/x", to = "example.com/x" }, { from = "a", to = "/b" }] # both\nheal = "off"\n',
        ),
        (
            'substitutePath = [ # all\n  # the first\n  { from = "a", to = "/b" },\n]\n',
            (
                'substitutePath = [ # all\n    { from = "libs/x", to = "example.com/x" },\n  # the first\n'
                '  { from = "a", to = "/b" },\n]\n'
            ),
        ),
        (
            'substitutePath = [\n  { from = "a", to = "/b" },\n]\n',
            'substitutePath = [\n  { from = "libs/x", to = "example.com/x" },\n  { from = "a", to = "/b" },\n]\n',
        ),
        ('heal = "off"\r\n', 'heal = "off"\r\nsubstitutePath = [{ from = "libs/x", to = "example.com/x" }]\r\n'),
    ],
)
def test_it_is_put_in_and_the_rest_stays(before, after):
    made = with_rule(before, FILE, NEW["from"], NEW["to"])
    assert made == after
    assert rules(made)[0] == NEW  # type: ignore[index]  # a tuple of rules


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("heal = \n", "mend that first"),
        ('heal = "sometimes"\n', "mend that first"),
        ("[table]\n", "mend that first"),
    ],
)
def test_a_file_with_a_fault_is_left_alone(text, says):
    with pytest.raises(NotEditedError, match=says):
        with_rule(text, FILE, NEW["from"], NEW["to"])


PATHS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(
    lambda text: "/" + text.strip("/")
)


@given(st.lists(st.tuples(PATHS, PATHS), min_size=1, max_size=4))
def test_any_rules_one_after_another_are_read_as_they_were_put_in(pairs):
    text = "# ours\n"
    put: list[dict[str, str]] = []
    for client, adapter in pairs:
        try:
            text = with_rule(text, FILE, client, adapter)
        except NotEditedError:
            continue  # not in its plain spelling
        put.insert(0, {"from": client, "to": adapter})
    assert not put or list(rules(text)) == put  # type: ignore[call-overload]  # a tuple of rules
    assert text.startswith("# ours\n")
