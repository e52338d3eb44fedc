from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.diagnose.go_expression import calls, fault, names, packages


@pytest.mark.parametrize(
    "text",
    [
        "n > 3",
        'a.b[3].c == "x" && (d || !e)',
        "(*main.T)(0xc000).x > 1",
        "s == 'a'",
        r"s == '\n'",
        "a[1:2]",
        "a[:]",
        "[]int{1}[0] == 1",
        'map[string]int{"a": 1}["a"] == 1',
        "len(x) > 3",
        "i.(string) == `a`",
        "x == 1e-3",
        "x == 0x1p-2",
        "-n < +3 && ^m == 1",
        "*p == 3",
        "&a == b",
        "runtime.curg.goid == 1",
        '"example.com/a/b".Var == 1',
        "struct{}{} == x",
        "f(a, b...)",
        "func() bool { if x { return true }; return false }()",
        "n == 2 // the second",
        "n /* so */ == 2",
        's == "// not a comment"',
        "ünïcode == 1",
    ],
)
def test_what_go_takes_is_taken(text):
    assert fault(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column 1: expected a value, found the end"),
        ("n > ", "column 4: expected a value, found the end"),
        ("n = 3", "column 3: expected the end or an operator, found = (comparing is ==)"),
        ("n == 3 and x", "column 8: expected the end or an operator, found and (Go writes && for and)"),
        ("not n", "column 5: expected the end or an operator, found n"),
        ("n := 3", "column 3: expected an operator, found := (a condition cannot assign; comparing is ==)"),
        ("n++", "column 2: expected an operator, found ++"),
        ("(n", "column 3: expected ), found the end"),
        ("f(1, 2", "column 7: expected ) or ,, found the end"),
        ("n)", "column 2: expected the end or an operator, found )"),
        ("x.", "column 3: expected a field's name, found the end"),
        ("s == 'abc'", 'column 6: expected a value, found \' (texts stand in double quotes in Go: "…")'),
        ("a b", "column 3: expected the end or an operator, found b"),
        ("n == #", "column 6: expected a value, found #"),
    ],
)
def test_where_it_is_wrong(text, said):
    found = fault(text)
    assert found is not None
    assert str(found) == said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.b.c > len(d) && true", ("a", "d")),
        ("n == nil || n == n", ("n",)),
        ('T{x: 1} == y && z["k"]', ("T", "y", "z")),
        ("runtime.curg.goid == 3", ()),
        ("i.(string) == s", ("i", "s")),
    ],
)
def test_the_names_it_asks_for(text, found):
    assert names(text) == found


def test_names_with_a_dot_behind_may_be_packages():
    assert packages("fmt.X + a.b + c") == ("fmt", "a")


@given(st.text("ab1.()[]{}&|=!<>+-*/'\"` ,:é", max_size=40))
def test_any_text_gets_an_answer(text):
    found = fault(text)
    assert found is None or 1 <= found.column <= len(text) + 1
    names(text)


def test_depth_is_bounded():
    found = fault("(" * 5000)
    assert found is not None
    assert found.expected == "fewer brackets"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("check(n) == nil && s.area() > 3", ("check", ".area")),
        ("len(x) > int64(n)", ()),
        ("f // (n)", ()),
        ("a[f(1)]", ("f",)),
    ],
)
def test_what_is_called(text, found):
    assert calls(text) == found


def test_a_comment_names_nothing():
    assert names("n == 2 // of them") == ("n",)
