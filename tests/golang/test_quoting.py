from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.golang.quoting import flag_value, join_flags, quote_flag, split_flags
from tests.golang.gocommand import Go
from tests.wire.strategies import calm

WORDS = st.text(st.sampled_from("ab=- \t\n'\"\\ö"), max_size=8).filter(lambda word: not ("'" in word and '"' in word))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        (" \t\n\r", ()),
        ("-a  -b=c", ("-a", "-b=c")),
        ("'-ldflags=-s -w' -v", ("-ldflags=-s -w", "-v")),
        ("\"-ldflags=-X 'a=b'\"", ("-ldflags=-X 'a=b'",)),
        ("-ldflags='-s -w'", ("-ldflags='-s", "-w'")),
        ("'a'b", ("a", "b")),
        ("''", ("",)),
        ("\\'a", ("\\'a",)),
    ],
)
def test_goflags_are_split_as_go_splits_them(text, words):
    assert split_flags(text) == words


@pytest.mark.parametrize("text", ["'a", 'b "', "-a '-b=\""])
def test_a_quoted_word_that_does_not_end_is_refused(text):
    with pytest.raises(ValueError, match="unterminated"):
        split_flags(text)


@calm
@given(st.lists(WORDS, max_size=5))
def test_what_is_quoted_is_split_again(words: list[str]) -> None:
    assert split_flags(join_flags(words)) == tuple(words)


def test_both_kinds_of_quotes_cannot_be_written():
    with pytest.raises(ValueError, match="both"):
        quote_flag('it\'s "it"')


def test_go_takes_a_quoted_flag_as_one(tmp_path):
    (tmp_path / "go.mod").write_text("module example.com/a\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    flags = join_flags(["-ldflags=-X 'main.a=b c'", "-tags=x,y"])
    go = Go(tmp_path, more={"GOFLAGS": flags})
    assert go.says("list", "-f", "{{context.BuildTags}}", cwd=tmp_path) == "[x y]"
    assert Go(tmp_path, more={"GOFLAGS": "'-tags=x"}).says("list", cwd=tmp_path) is None


@pytest.mark.parametrize(
    ("flags", "value"),
    [
        ([], None),
        (["-mod=vendor"], "vendor"),
        (["--mod=mod", "-mod=vendor"], "vendor"),
        (["-mod="], ""),
        (["-mod"], "true"),
        (["-modfile=x", "mod=y", "-x-mod=z"], None),
    ],
)
def test_the_last_value_of_a_flag(flags, value):
    assert flag_value(flags, "mod") == value
