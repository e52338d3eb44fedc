""".dapshim.toml in an editor: what is wrong, where, and what was meant."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dapshim.diagnose.finding import Severity
from dapshim.diagnose.option_file_rules import option_file
from dapshim.diagnose.placed import applied

FILE = "/ws/.dapshim.toml"


@pytest.mark.parametrize(
    ("text", "underlined", "says", "mended"),
    [
        ('heall = "auto"\n', "heall", "did you mean heal?", 'heal = "auto"\n'),
        ('# a\nheal = "atuo" # b\n', '"atuo"', "did you mean auto?", '# a\nheal = "auto" # b\n'),
        ('dlv = "/x"\n', "dlv", "may not stand here", ""),
        ("heal = 3\n", "3", "expected", ""),
        ("heal = \n", "heal =", "no TOML", ""),
        ("[heal]\n", "[heal]", "expected", ""),
        ('heal = "auto"\nheal = "off"\n', '"off"', "given twice", ""),
        ('a = "x"\r\nheal = "atuo"\r\n', "a", "no such option", ""),
    ],
)
def test_it_is_found(text, underlined, says, mended):
    found = next(each for each in option_file(FILE, text) if says in each.finding.message)
    assert found.finding.severity is Severity.ERROR
    assert found.place is not None
    where = found.place.range
    assert where is not None
    assert text.split("\n")[where.start.line - 1][where.start.column : where.end.column] == underlined
    assert [applied(text, fix.edits) for fix in found.fixes] == ([mended] if mended else [])


def test_rules_in_each_others_way_are_a_warning():
    text = 'substitutePath = [{from = "/a", to = "/x"}, {from = "/a", to = "/y"}]\n'
    (found,) = option_file(FILE, text)
    assert found.finding.severity is Severity.WARNING
    assert "never used" in found.finding.message


def test_healthy_gives_nothing():
    assert list(option_file(FILE, 'heal = "auto"\nsubstitutePath = [{from = "/a", to = "/x"}]\n')) == []
    assert list(option_file(FILE, "")) == []


@example(" \r")
@given(st.text(alphabet='heal=" \n\r#[]{}x.\\', max_size=60))
def test_any_text_gets_places_within_it(text):
    for each in option_file(FILE, text):
        assert each.place is not None
        if each.place.range is not None:
            line = text.split("\n")[each.place.range.start.line - 1]
            assert 0 <= each.place.range.start.column <= each.place.range.end.column <= len(line)
        for fix in each.fixes:
            applied(text, fix.edits)
