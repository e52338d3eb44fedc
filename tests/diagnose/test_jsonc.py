"""JSON with comments: what is read, where it stands, and edits that leave the rest alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dapshim.diagnose.jsonc import DEEPEST, Document, Node, Position, parse
from dapshim.diagnose.jsonc_edits import added, removed, removed_item, renamed, replaced
from dapshim.diagnose.placed import applied

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
COMMENTED = """{
  // what this is
  "version": "0.2.0", /* on */ "list": [1, 2.5e3, -0, null, true,],
  "name": "grüße \\"x\\" \\u00e9", // "not": "a member"
}
"""


@given(VALUES, st.sampled_from([None, 2, "\t"]), st.booleans())
def test_plain_json_is_read_as_json_reads_it(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = parse(text)
    assert document.faults == ()
    assert document.root.plain == value
    assert (document.root.start, document.root.end) == (0, len(text))


@given(VALUES)
def test_every_value_stands_where_it_says(value):
    text = "// head\r\n" + json.dumps(value, indent=1) + " // tail"
    document = parse(text)

    def walk(node: Node) -> None:
        assert json.loads(text[node.start : node.end]) == node.plain
        for member in node.members:
            assert json.loads(text[member.key.start : member.key.end]) == member.name
            walk(member.value)
        for item in node.items:
            walk(item)

    walk(document.root)


@given(st.text(alphabet='{}[]:,"\\/*\n 01ae-.tru') | st.text())
@example('{"a" 1}')
@example("[" * 5000)
@example('{"a":' * 5000)
@example("9" * 5000)
def test_any_text_is_read_without_an_error_and_its_faults_lie_in_it(text):
    document = parse(text)
    for fault in document.faults:
        assert 0 <= fault.start <= fault.end <= len(text)
        document.range(fault)
    try:
        expected = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not document.faults and json.dumps(expected, allow_nan=True) == json.dumps(expected):
        assert json.dumps(document.root.plain) == json.dumps(expected)


def test_comments_and_trailing_commas_are_taken():
    document = parse(COMMENTED)
    assert document.faults == ()
    assert document.root.plain == {"version": "0.2.0", "list": [1, 2500.0, 0, None, True], "name": 'grüße "x" é'}


def test_the_last_of_two_members_of_one_name_counts():
    assert parse('{"a": 1, "a": 2}').root.get("a") == Node("scalar", 14, 15, 2)


def test_a_way_that_leads_nowhere_is_none():
    root = parse('{"a": [{"b": "c"}]}').root
    found = root.get("a", 0, "b")
    assert found is not None
    assert found.text == "c"
    assert root.get("a", 1) is None
    assert root.get("a", 0, "b", "c") is None
    assert root.get("x", "y") is None


@pytest.mark.parametrize(
    ("text", "message", "line", "column", "rest"),
    [
        ("", "a value is missing here", 1, 0, None),
        ('{"a": 1', "this { has no }", 1, 0, {"a": 1}),
        ("[1", "this [ has no ]", 1, 0, [1]),
        ('{"a" 1}', "a colon is missing here", 1, 5, {"a": 1}),
        ('{"a": 1\n "b": 2}', "a comma is missing here", 1, 7, {"a": 1, "b": 2}),
        ('{"a": ,"b": 2}', "a value is missing here", 1, 6, {"a": None, "b": 2}),
        ("{'a': 1}", "a name must stand in double quotes", 1, 1, {"a": 1}),
        ("{a: 1}", "a name must stand in double quotes", 1, 1, {"a": 1}),
        ('{"a": yes}', "yes is no value of JSON", 1, 6, {"a": None}),
        ('{"a": "x\n}', "this text does not end", 1, 6, {"a": "x"}),
        ('{"a": 1} /* x', "this comment does not end", 1, 9, {"a": 1}),
        ('{"a": 1} {', "nothing may follow the value", 1, 9, {"a": 1}),
        ('{"a": [1}', "] is missing here", 1, 8, {"a": [1]}),
        ('{"a": "\\q"}', "invalid \\escape", 1, 6, {"a": "\\q"}),
        ("{,}", "the name of a member is missing here", 1, 1, {}),
        ("[" * (DEEPEST + 1), f"this is nested more than {DEEPEST} levels deep", 1, DEEPEST, ...),
    ],
)
def test_what_is_wrong_has_its_place_and_the_rest_is_read(text, message, line, column, rest):
    document = parse(text)
    assert [each.message for each in document.faults][:1] == [message]
    assert document.position(document.faults[0].start) == Position(line, column)
    if rest is not ...:
        assert document.root.plain == rest


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(newline):
    document = parse(newline.join(["{", ' "a": 1,', ' "b": x', "}"]))
    assert document.position(document.faults[0].start) == Position(3, 6)


# -- edits ------------------------------------------------------------------------------------------------------------------


def change(text: str, do: str, name: str, value: object = None) -> str:
    document = parse(text)
    member = document.root.member(name)
    if do == "add":
        return applied(text, [added("f", document, document.root, name, value)])
    assert member is not None
    if do == "remove":
        return applied(text, removed("f", document, document.root, member))
    return applied(text, [replaced("f", member.value, value) if do == "replace" else renamed("f", member, str(value))])


@pytest.mark.parametrize(
    ("text", "do", "name", "value", "expected"),
    [
        ('{"a": 1 /* x */}', "replace", "a", "ü", '{"a": "ü" /* x */}'),
        ('{"a" /* x */ : 1}', "rename", "a", "b", '{"b" /* x */ : 1}'),
        ("{}", "add", "a", 1, '{"a": 1}'),
        ('{"a": 1}', "add", "b", [2], '{"a": 1, "b": [2]}'),
        ('{\n\t"a": 1 // x\n}', "add", "b", 2, '{\n\t"a": 1,\n\t"b": 2 // x\n}'),
        ('{\n  "a": 1,\n}', "add", "b", 2, '{\n  "a": 1,\n  "b": 2,\n}'),
        ('{\r\n  "a": 1\r\n}', "add", "b", 2, '{\r\n  "a": 1,\r\n  "b": 2\r\n}'),
        ('{\n  "a": 1,\n  // of b\n  "b": 2\n}', "remove", "a", None, '{\n  // of b\n  "b": 2\n}'),
        ('{\n  "a": 1, // why\n  "b": 2\n}', "remove", "a", None, '{\n  // why\n  "b": 2\n}'),
        ('{\n  "a": 1, // x\n  "b": 2\n}', "remove", "b", None, '{\n  "a": 1 // x\n}'),
        ('{\n  "a": 1,\n  "b": 2,\n}', "remove", "b", None, '{\n  "a": 1,\n}'),
        ('{"a": 1, "b": 2}', "remove", "a", None, '{"b": 2}'),
        ('{"a": 1, "b": 2}', "remove", "b", None, '{"a": 1 }'),
        ('{"a": 1}', "remove", "a", None, "{}"),
        ('{"a": 1 /* x */, "b": 2}', "remove", "a", None, '{/* x */ "b": 2}'),
    ],
)
def test_an_edit_leaves_the_rest_as_it_is(text, do, name, value, expected):
    assert change(text, do, name, value) == expected
    assert parse(expected).faults == ()


@given(st.dictionaries(st.text(), VALUES, min_size=1, max_size=4), st.sampled_from([None, 2]), st.data())
def test_edits_make_the_change_and_no_other(value, indent, data):
    text = json.dumps(value, indent=indent)
    name = data.draw(st.sampled_from(list(value)))
    assert parse(change(text, "remove", name)).root.plain == {k: v for k, v in value.items() if k != name}
    assert parse(change(text, "replace", name, [1])).root.plain == {**value, name: [1]}
    new = data.draw(st.text().filter(lambda each: each not in value))
    assert parse(change(text, "add", new, {"x": 1})).root.plain == {**value, new: {"x": 1}}
    for changed in ("remove", "replace"):
        assert isinstance(parse(change(text, changed, name, 1)), Document)
        assert parse(change(text, changed, name, 1)).faults == ()


@given(st.lists(st.integers() | st.text(max_size=3), min_size=1, max_size=4), st.sampled_from([None, 2]), st.data())
def test_an_item_is_taken_out_of_a_list_and_no_other(items, indent, data):
    number = data.draw(st.integers(0, len(items) - 1))
    text = json.dumps({"a": items}, indent=indent)
    trailing = text.replace("\n  ]", ",\n  ] // more") if indent else text
    for each in (text, trailing):
        document = parse(each)
        target = document.root.get("a")
        assert target is not None
        after = applied(each, removed_item("f", document, target, number))
        assert parse(after).faults == ()
        assert parse(after).root.plain == {"a": items[:number] + items[number + 1 :]}
