from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.golang.build_lines import evaluate, why_not_built
from tests.wire.strategies import calm

TRUE = {"linux", "amd64", "go1.26", "x.y", "größe"}


def holds(tag: str) -> bool:
    return tag in TRUE


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("linux", True),
        ("windows", False),
        ("!windows", True),
        ("linux && amd64", True),
        ("linux && arm64", False),
        ("windows || linux", True),
        ("windows || darwin && linux", False),
        ("(windows || linux) && !cgo", True),
        ("!(windows || linux)", False),
        ("linux&&!cgo||ignore", True),
        ("\t linux \t", True),
        ("x.y && go1.26 && !go1.27", True),
        ("größe", True),
        ("linux || (windows && !(a || b)) ", True),
    ],
)
def test_an_expression(expression, value):
    assert evaluate(expression, holds) is value


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "&&",
        "linux &&",
        "linux amd64",
        "!!linux",
        "(linux",
        "linux)",
        "linux & amd64",
        "linux | amd64",
        "a-b",
        "linux || ||",
        "()",
        "!",
        "linux || " * 2000 + "linux",
        "(" * 400 + "linux" + ")" * 400,
    ],
)
def test_what_is_no_expression(expression):
    with pytest.raises(ValueError, match="parsing //go:build line"):
        evaluate(expression, holds)


BUILT = {
    "no line": "package a\n",
    "a line that holds": "//go:build linux\n\npackage a\n",
    "right before the package clause": "//go:build linux\npackage a\n",
    "after a licence": "// Copyright.\n\n/* more */\n\n//go:build linux\n\npackage a\n",
    "behind the clause it is a comment": "package a\n\n//go:build windows\n",
    "in a comment": "/*\n//go:build windows\n*/\npackage a\n",
    "another directive": "//go:buildx windows\n\npackage a\n",
    "with a space it is a comment": "// go:build windows\n\npackage a\n",
    "an old line without a blank line behind it": "// +build windows\npackage a\n",
    "an old line behind a slash-star comment": "/* x */\n\n// +build windows\n\npackage a\n",
    "an old line that holds": "//+build linux,amd64 windows\n\npackage a\n",
    "old lines are and": "// +build linux windows\n// +build !cgo\n\npackage a\n",
    "the new line wins": "//go:build linux\n// +build windows\n\npackage a\n",
    "indented": "\t//go:build linux\n\npackage a\n",
    "windows line ends": "//go:build linux\r\n\r\npackage a\r\n",
    "nothing": "",
}
LEFT_OUT = {
    "the wrong system": "//go:build windows\n\npackage a\n",
    "ignore": "//go:build ignore\n\npackage main\n",
    "not": "//go:build !linux\n\npackage a\n",
    "an old line": "// +build windows\n\npackage a\n",
    "the second old line": "// +build linux\n// +build windows\n\npackage a\n",
    "an old line with an unknown word": "// +build a-b\n\npackage a\n",
    "an old line of nothing": "// +build\n\npackage a\n",
    "an old line above a comment": "// +build windows\n\n// Package a is a.\npackage a\n",
    "after a slash-star comment": "/* x\n */\n//go:build windows\npackage a\n",
}


@pytest.mark.parametrize("text", BUILT.values(), ids=BUILT)
def test_a_file_in_the_build(text):
    assert why_not_built(text.encode(), holds) is None


@pytest.mark.parametrize("text", LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_file_that_is_left_out_names_its_line(text):
    line = why_not_built(text.encode(), holds)
    assert line is not None
    assert line in text


@pytest.mark.parametrize(
    "text", ["//go:build linux\n//go:build linux\npackage a\n", "//go:build a b\npackage a\n", "//go:build\n\n"]
)
def test_a_file_that_go_refuses(text):
    with pytest.raises(ValueError, match="go:build"):
        why_not_built(text.encode(), holds)


NAMES = st.sampled_from([*sorted(TRUE), "windows", "cgo"])
EXPRESSIONS = st.recursive(
    NAMES.map(lambda name: (name, name in TRUE)),
    lambda inner: (
        st.tuples(inner, inner, st.sampled_from(["&&", "||"])).map(
            lambda x: (f"({x[0][0]}) {x[2]} ({x[1][0]})", (x[0][1] and x[1][1]) if x[2] == "&&" else (x[0][1] or x[1][1]))
        )
        | inner.map(lambda x: (f"!({x[0]})", not x[1]))
    ),
    max_leaves=8,
)


@calm
@given(EXPRESSIONS)
def test_any_expression_has_its_value(made: tuple[str, bool]) -> None:
    assert evaluate(made[0], holds) is made[1]
    header = f"//go:build {made[0]}\n\npackage a\n".encode()
    assert (why_not_built(header, holds) is None) is made[1]


@calm
@given(st.text("ab!&|() \t.ö-", max_size=30))
def test_any_text_has_a_value_or_is_refused(text: str) -> None:
    with suppress(ValueError):
        assert evaluate(text, holds) in (True, False)
