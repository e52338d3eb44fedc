"""JSON as text: what stands where, what is JSON at all, and that neither depth nor size of a text can harm."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.wire import json_text
from dapshim.wire.json_text import MAX_NESTING, NotJsonError, Span, TooDeepError
from tests.wire.strategies import (
    SPACES,
    calm,
    is_json,
    little_stack,
    nested,
    objects,
    spelling,
    strings,
    values,
    without_spaces,
)

# -- where the members stand -------------------------------------------------------------------------------------------------


@calm
@given(SPACES, objects(lone=True, huge=True), SPACES)
def test_each_member_is_found_where_it_stands(before: str, text: str, after: str) -> None:
    raw = f"{before}{text}{after}".encode()
    found = json_text.members(raw)
    assert {name: without_spaces(raw[span.start : span.end]) for name, span in found.items()} == spelling(raw)
    for span in found.values():
        value = raw[span.start : span.end]
        assert value == value.strip()


@calm
@given(values(lone=True, huge=True).filter(lambda text: not text.startswith("{")))
def test_what_is_no_object_has_no_members(text: str) -> None:
    with pytest.raises(NotJsonError):
        json_text.members(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "{",
            '{"a"',
            '{"a":',
            '{"a":1',
            '{"a":1,',
            '{"a":1,}',
            "{,}",
            '{"a" 1}',
            "{a:1}",
            "{1:1}",
            '{"a":}',
            '{"a":,}',
            "nul",
        ),
        *(
            '{"a":1}}',
            '{"a":1} x',
            '{"a":1}{}',
            '{"a":[1}',
            '{"a":"b}',
            r'{"a":"b\"}',
            '{"a":["b]}',
            r'{"a":["\"]}',
            '{"a":1 2}',
            '{"a"::1}',
        ),
        *('{"a\nb":1}', r'{"\x":1}', r'{"\u12":1}'),
    ],
)
def test_what_is_cut_off_or_goes_on_is_refused(text: str) -> None:
    with pytest.raises(NotJsonError):
        json_text.members(text.encode())


def test_of_two_members_of_one_name_the_last_counts() -> None:
    assert json_text.members(rb'{"a":1,"b":2,"\u0061":3}') == {"a": Span(22, 23), "b": Span(11, 12)}


def test_a_name_that_is_no_utf8_is_a_name() -> None:
    assert list(json_text.members(b'{"\xff":1,"b":2}')) == ["\udcff", "b"]


# -- what is JSON ------------------------------------------------------------------------------------------------------------


@calm
@given(values(lone=True, huge=True))
def test_json_is_json(text: str) -> None:
    json_text.check(text.encode())


@calm
@given(st.data())
def test_what_is_json_is_what_the_standard_library_reads(data: st.DataObject) -> None:
    text = data.draw(values(lone=True, huge=True)).encode()
    at = data.draw(st.integers(0, len(text)))
    removed = data.draw(st.integers(0, 2))
    put_in = data.draw(
        st.sampled_from([b"", b'"', b"\\", b",", b"]", b"}", b"\\u", b"\\ud8", b"0", b".", b"\x00", b"\xff", b"NaN", b"e"])
    )
    broken = text[:at] + put_in + text[at + removed :]
    if is_json(broken):
        json_text.check(broken)
    else:
        with pytest.raises(NotJsonError):
            json_text.check(broken)


@calm
@given(values(lone=True))
def test_what_is_decoded_and_encoded_means_the_same(text: str) -> None:
    value = json_text.decode(text.encode())
    assert value == json.loads(text)
    encoded = json_text.encode(value)
    assert encoded.isascii()
    assert json.loads(encoded) == value


@pytest.mark.parametrize(
    "text", [b"1e400", b"[-1e999]", b"NaN", b"[Infinity]", b"-Infinity", b'"\xff"', b"", b"[", nested(1100), b"9" * 5000]
)
def test_what_no_value_can_hold_is_refused(text: bytes) -> None:
    with pytest.raises(NotJsonError):
        json_text.decode(text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": -float("inf")}])
def test_what_is_no_json_is_not_encoded(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text.encode(value)


@calm
@given(strings(lone=True))
def test_a_string_is_decoded(text: str) -> None:
    assert json_text.string(text.encode()) == json.loads(text)


@pytest.mark.parametrize("text", [b"1", b"null", b"[]", b'"', b'"a', b"", nested(1100)])
def test_what_is_no_string_is_refused(text: bytes) -> None:
    with pytest.raises(NotJsonError):
        json_text.string(text)


# -- depth and size ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [1, 900, 1100, MAX_NESTING - 1, MAX_NESTING])
@pytest.mark.parametrize("shape", ["lists", "objects"])
def test_a_text_may_nest_as_deep_as_go_reads_it(levels: int, shape: Any) -> None:
    value = nested(levels - 1, shape) if levels > 1 else b"0"
    with little_stack():
        json_text.check(b'{"a":%b,"b":1}' % value)
        assert json_text.members(b'{"a":%b,"b":1}' % value) == {
            "a": Span(5, 5 + len(value)),
            "b": Span(len(value) + 10, len(value) + 11),
        }


@pytest.mark.parametrize("levels", [MAX_NESTING + 1, 100_000])
@pytest.mark.parametrize("shape", ["lists", "objects"])
def test_deeper_is_refused_with_what_stands_before_and_behind(levels: int, shape: Any) -> None:
    value = nested(levels - 1, shape)
    with little_stack(), pytest.raises(TooDeepError) as raised:
        json_text.members(b'{"b":1,"a":%b,"c":2}' % value)
    assert raised.value.members == {
        "b": Span(5, 6),
        "a": Span(11, 11 + len(value)),
        "c": Span(len(value) + 16, len(value) + 17),
    }


def test_what_is_flat_behind_it_makes_nothing_less_deep() -> None:
    with pytest.raises(TooDeepError):
        json_text.members(b'{"a":[%b,[[1]]]}' % nested(MAX_NESTING - 1))


def test_only_what_is_wanted_is_remembered() -> None:
    assert json_text.members(b'{"a":1,"seq":2,"b":{"seq":3}}', {"seq"}) == {"seq": Span(13, 14)}


def test_brackets_in_strings_nest_nothing() -> None:
    text = rb'{"a":["' + b"[" * 20_000 + rb'\"[{"],"b":"' + b"{" * 20_000 + b'"}'
    assert list(json_text.members(text)) == ["a", "b"]


def test_one_after_another_is_not_one_in_another() -> None:
    assert list(json_text.members(b'{"a":[' + b"[[]]," * 20_000 + b"1]}")) == ["a"]


@pytest.mark.parametrize(
    "text", [b'{"a":["' + rb"\"" * 100_000, b'{"a":"' + rb"\"" * 100_000, b'{"' + rb"\"" * 100_000, b" " * 500_000]
)
def test_a_text_is_read_once(text: bytes) -> None:
    started = time.process_time()
    with pytest.raises(NotJsonError):
        json_text.members(text)
    # Looking for the end of a string again from each quote within it takes a minute.
    assert time.process_time() - started < 2


@pytest.mark.parametrize("filling", [b"x", rb"\n"])
def test_a_long_string_costs_no_memory(filling: bytes) -> None:
    text = b'{"a":["' + filling * 1_000_000 + b'"],"b":"' + filling * 1_000_000 + b'"}'
    tracemalloc.start()
    try:
        json_text.check(text)
        assert len(json_text.members(text)) == 2
        assert tracemalloc.get_traced_memory()[1] < 3 * len(text)
    finally:
        tracemalloc.stop()
