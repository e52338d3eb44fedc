from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.sources.go_text import GoText
from dapshim.sources.regions import (
    LineKind,
    Region,
    function_at,
    kind_of,
    likely_lines,
    literals,
    next_line,
    previous_line,
    region_at,
)

TEXT = GoText(
    b"""package main

func (s *Stack[T]) Do(x func(int) (error)) (y int) {
	// c
	f := func(a struct{ b int }) interface{ X() } {
		/* d
		e */
		y = 2

	}
	var g func(int) error
	go func() {
		// f
	}()
	return
}

func b() { func() { println("{ func() {") }() }

var v = 1
"""
)
EVERY = frozenset(range(1, 30))


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (1, LineKind.CODE),
        (2, LineKind.BLANK),
        (4, LineKind.COMMENT),
        (6, LineKind.COMMENT),
        (7, LineKind.COMMENT),
        (10, LineKind.BRACE),
        (14, LineKind.CODE),
        (16, LineKind.BRACE),
        (20, LineKind.CODE),
        (21, LineKind.BEYOND),
        (0, LineKind.BEYOND),
        (-1, LineKind.BEYOND),
    ],
)
def test_what_stands_on_a_line(line, kind):
    assert kind_of(TEXT, line) is kind


def test_functions_and_the_literals_in_them():
    function = function_at(TEXT, 9)
    assert function is not None
    assert (function.receiver, function.name) == ("Stack", "Do")
    assert [(each.first, each.last) for each in literals(TEXT, function)] == [(5, 10), (12, 14)]
    one_line = function_at(TEXT, 18)
    assert one_line is not None
    assert literals(TEXT, one_line) == ()
    assert function_at(TEXT, 20) is None


@pytest.mark.parametrize(
    ("line", "first", "last"), [(3, 3, 16), (4, 3, 16), (5, 3, 16), (6, 5, 10), (10, 3, 16), (13, 12, 14), (15, 3, 16)]
)
def test_the_innermost_function_of_a_line(line, first, last):
    assert region_at(TEXT, line) == Region("Stack.Do", first, last, literal=first != 3)


@pytest.mark.parametrize(
    ("line", "following"),
    [
        (4, 5),
        (5, 11),  # not into the literal, nor to the line on which it ends
        (6, 7),
        (8, 9),
        (9, 10),  # the literal's own end
        (10, 11),
        (12, 15),
        (13, 14),
        (15, 16),
        (16, None),
        (17, None),
        (20, None),
    ],
)
def test_the_next_line_stays_in_its_function(line, following):
    assert next_line(TEXT, line, EVERY) == following


def test_the_next_line_has_code_and_is_not_refused():
    assert next_line(TEXT, 3, {1, 15, 18}) == 15
    assert next_line(TEXT, 3, {5, 15}, refused={5}) == 15
    assert next_line(TEXT, 3, {5}, refused={5}) is None
    assert previous_line(TEXT, 15, {1, 4, 8, 10}) == 4
    assert previous_line(TEXT, 9, {5, 8}) == 8
    assert previous_line(TEXT, 20, EVERY) is None


def test_what_the_text_alone_tells_of_code():
    assert likely_lines(TEXT) == {3, 5, 8, 11, 12, 15, 18}


@pytest.mark.parametrize(
    "text", [b"", b"func", b"func f(", b"func f() { func(", b"func f() {\nfunc(a struct{", b"func f() {\n}}}"]
)
def test_what_is_cut_off_is_read_as_far_as_it_goes(text):
    read = GoText(text)
    for line in range(4):
        region_at(read, line)
        next_line(read, line, EVERY)
    likely_lines(read)


PIECES = st.lists(
    st.sampled_from(
        ["func", " f", "(", ")", "{", "}", "\n", "struct", "interface", "[", "]", '"', "`", "//", "/*", "*/", "x", ","]
    ),
    max_size=60,
)


@given(PIECES, st.integers(0, 20), st.frozensets(st.integers(1, 20)))
def test_no_line_leaves_its_function(pieces, line, lines):
    text = GoText("".join(["func a() {\n", *pieces]).encode())
    found = next_line(text, line, lines)
    if found is not None:
        inside = function_at(text, line)
        assert inside is not None
        assert line < found <= inside.last
        assert found in lines
    before = previous_line(text, line, lines)
    assert before is None or (before < line and function_at(text, before) == function_at(text, line))
