"""Lines that fit: whatever is in them, and however narrow the terminal."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dapshim.cli.styled_lines import LINES_MOST, Piece, StyledLines, _fitted

words = st.text(alphabet=st.sampled_from("ab /-漢字😀é\u0301…"), max_size=200)


def written(capsys: pytest.CaptureFixture[str], pieces: list[Piece], width: int | None, **how: Any) -> list[str]:
    lines = StyledLines(width, 8)
    lines.write(pieces, **how)
    lines.flush()
    return capsys.readouterr().out.splitlines()


def test_a_line_that_fits_stays_as_it_is(capsys):
    assert written(capsys, [("abc ", "red"), ("def", "")], 7) == ["abc def"]


def test_a_line_that_does_not_fit_is_cut(capsys):
    assert written(capsys, [("abc ", "red"), ("defg", "")], 7) == ["abc de…"]


def test_in_a_pipe_nothing_is_cut(capsys):
    assert written(capsys, [("x" * 500, ""), ("y", "bold")], None) == ["x" * 500 + "y"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three four", ["one two three", "        four"]),
        ("/a/path/that/no/line/holds x", ["/a/path/that/n", "        o/line", "        /holds", "        x"]),
        ("one two three four five six seven", ["one two three", "        four", "        five", "        six s…"]),
    ],
)
def test_a_line_that_matters_is_wrapped_at_blanks(capsys, text, lines):
    assert written(capsys, [(text, "")], 14, wrap=True) == lines


def test_a_word_is_not_broken_where_two_pieces_meet(capsys):
    assert written(capsys, [("failed  ", "red"), ("elsewhere", "")], 12, wrap=True, indent=2) == ["failed", "  elsewhere"]


def test_a_wide_character_is_not_cut_in_two(capsys):
    assert written(capsys, [("漢字漢字", "")], 6) == ["漢字…"]


@given(st.lists(st.tuples(words, st.sampled_from(["", "red"])), max_size=6), st.integers(20, 60), st.booleans())
def test_no_line_is_wider_than_the_terminal(pieces, width, wrap):
    lines = _fitted(pieces, width, LINES_MOST if wrap else 1, 8)
    assert all(cell_len("".join(text for text, _ in line)) <= width for line in lines)
    assert len(lines) <= (LINES_MOST if wrap else 1)
    shown = "".join(text for line in lines for text, _ in line).replace(" ", "")
    whole = "".join(text for text, _ in pieces).replace(" ", "")
    assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1]))
