from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.sources.go_text import GoText
from dapshim.sources.regions import (
    LineKind,
    Region,
    behind,
    function_at,
    initialised_lines,
    is_a_statement,
    kind_of,
    likely_lines,
    literals,
    next_line,
    previous_line,
    region_at,
    variables,
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


# -- variables of the package ----------------------------------------------------------------------------------------------

COMMAND = GoText(
    b"""package main

var command = &Command{
	Name: "x",
	Run: func(n int) error {
		// c

		return run(n)
	},
	List: list(),
}

var (
	a, b = two(
		1,
	)
	c = 1 + // one and
		2

	d int
)

func f() {
	var local = func() {
		x()
	}
}
"""
)


def test_each_variable_of_the_package_is_one():
    assert [(each.name, each.first, each.last) for each in variables(COMMAND)] == [
        ("var command", 3, 11),
        ("var a", 14, 16),
        ("var c", 17, 18),
        ("var d", 20, 20),
    ]


@pytest.mark.parametrize(
    ("line", "region"),
    [
        (3, Region("var command", 3, 11)),
        (4, Region("var command", 3, 11)),
        (5, Region("var command", 3, 11)),
        (6, Region("var command", 5, 9, literal=True)),
        (15, Region("var a", 14, 16)),
        (13, None),
        (19, None),
        (24, Region("f", 23, 27)),
    ],
)
def test_a_variable_and_the_literals_in_it_are_regions(line, region):
    assert region_at(COMMAND, line) == region


@pytest.mark.parametrize(("line", "following"), [(6, 8), (7, 8), (3, 10), (4, 10), (9, 10), (10, None), (15, 16), (19, None)])
def test_a_line_of_a_variable_moves_within_it(line, following):
    assert next_line(COMMAND, line, {8, 10, 16}) == following


def test_the_line_before_is_of_the_same_variable():
    assert previous_line(COMMAND, 7, {3, 5, 8}) == 5
    assert previous_line(COMMAND, 10, {3, 8}) == 3
    assert previous_line(COMMAND, 14, {3, 8}) is None


def test_which_lines_of_variables_are_likely_to_have_code():
    assert initialised_lines(COMMAND) == {8, 10, 14}


# -- lines that never run --------------------------------------------------------------------------------------------------

LEFT = GoText(
    b"""package main

func f(n int) int {
	switch n {
	case 1:
		return 1
	case 2:
		n++
		return wrapped(
			n,
		).value()
	}
	for {
		if n > 3 {
			break
			n++
		}
		goto end
		n--
	}
end:
	n++
	panic("no")

	if n > 1 {
		n++
	}
	return n
}
"""
)


def test_what_stands_behind_a_return():
    lines = range(1, LEFT.line_count + 1)
    assert {line: behind(LEFT, line) for line in lines if behind(LEFT, line)} == {16: 15, 19: 18, 25: 23, 26: 23, 28: 23}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("x++", True),
        ("} else if x {", True),
        ("} else {", False),
        ("default:", False),
        ("again:", False),
        ("const x = 1", False),
        ("type t struct {", False),
        ("type1 := 2", True),
        ("})", False),
    ],
)
def test_whether_a_line_may_run(code, found):
    assert is_a_statement(GoText(f"package a\n\nfunc f() {{\n\t{code}\n}}\n".encode()), 4) is found


# -- functions -------------------------------------------------------------------------------------------------------------


def test_names_that_are_not_ascii():
    text = GoText("package a\n\nfunc (g *Größe) wächst() {}\n\nfunc 世界() {}\n\nfunc Éa1() {}\n".encode())
    assert [(each.receiver, each.name) for each in text.functions] == [("Größe", "wächst"), ("", "世界"), ("", "Éa1")]
    assembly = GoText("TEXT ·größe(SB), NOSPLIT, $0\n\tRET\n".encode())
    assert [each.name for each in assembly.functions] == ["größe"]


def test_a_function_without_a_body_is_its_line():
    text = GoText(
        b"package a\n\nfunc add(a, b int64) (c int64)\n\nvar x = T{1}\n\nfunc f() struct{ a int } {\n\tg()\n}\n\n"
        b"func h(\n\ta interface{ X() },\n) (\n\tb int,\n) {\n}\n\nfunc last()\n"
    )
    assert [(each.name, each.first, each.last, each.has_body) for each in text.functions] == [
        ("add", 3, 3, False),
        ("f", 7, 9, True),
        ("h", 11, 16, True),
        ("last", 18, 18, False),
    ]


def test_lines_within_a_text_are_no_statements():
    text = GoText(b"package a\n\nfunc f() {\n\tx := `one\n\ttwo()\n\nthree` + g(`a`)\n\ty := `four\nfive`\n}\n")
    assert [text.text_around(line) for line in range(1, 12)] == [0, 0, 0, 0, 4, 4, 4, 0, 8, 0, 0]
    assert [is_a_statement(text, line) for line in (4, 5, 7, 8, 9)] == [True, False, True, True, False]
