"""Messages: what nobody edits goes out as it came in, but for its numbers; what is edited appears; nothing else gets in."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from debugpy.common.messaging import JsonIOStream
from hypothesis import given
from hypothesis import strategies as st

from dapshim.wire import messages
from dapshim.wire.framing import MAX_ADAPTER_BODY, FrameReader
from dapshim.wire.messages import BodyError, MalformedError, Message, drained
from dapshim.wire.parsing import parse, parse_at_once, parse_in_turns
from tests.wire.strategies import Sample, calm, is_json, little_stack, nested, samples, spelling, values

Stream: Any = JsonIOStream  # it has no types
NUMBERS = st.integers(1, 10**12)
LARGE = 64 * 1024


def sent(message: Message, seq: int, request_seq: int | None = None) -> bytes:
    """The body that goes out; its frame must be right."""
    reader = FrameReader(MAX_ADAPTER_BODY)
    bodies = reader.feed(b"".join(message.encode(seq, request_seq)))
    assert len(bodies) == 1
    assert reader.at_rest
    return bodies[0]


def expected(sample: Sample, seq: int, request_seq: int) -> dict[str, bytes]:
    numbers = {"seq": seq, "request_seq": request_seq} if sample.kind == "response" else {"seq": seq}
    return spelling(sample.raw) | {name: b"%d" % number for name, number in numbers.items()}


# -- untouched ---------------------------------------------------------------------------------------------------------------


@calm
@given(samples(), NUMBERS, NUMBERS)
def test_only_the_numbers_change(sample: Sample, seq: int, request_seq: int) -> None:
    message = parse(sample.raw)
    assert (message.kind, message.name) == (sample.kind, sample.name)
    assert (message.seq, message.request_seq) == (sample.seq, sample.request_seq)
    out = sent(message, seq, request_seq)
    assert is_json(out)
    assert spelling(out) == expected(sample, seq, request_seq)
    again = parse(out)
    assert (again.seq, again.request_seq) == (seq, request_seq if sample.kind == "response" else 0)
    assert message.raw == sample.raw


@calm
@given(samples(), NUMBERS, NUMBERS)
def test_what_is_read_in_turns_is_the_same(sample: Sample, seq: int, request_seq: int) -> None:
    message = drained(parse_in_turns(sample.raw))
    assert (message.kind, message.name) == (sample.kind, sample.name)
    assert (message.seq, message.request_seq) == (sample.seq, sample.request_seq)
    assert spelling(sent(message, seq, request_seq)) == expected(sample, seq, request_seq)


def test_what_takes_long_is_read_in_turns() -> None:
    raw = b'{"body":[' + b"[],{}," * 50_000 + b'0],"type":"event","seq":7 }'
    assert parse_at_once(raw) is None
    turns = parse_in_turns(raw)
    assert sum(1 for _ in turns) > 10
    assert sent(parse(raw), 5) == raw.replace(b":7", b":5")


@calm
@given(samples(), NUMBERS)
def test_without_another_number_a_response_keeps_what_it_answers(sample: Sample, seq: int) -> None:
    assert parse(sent(parse(sample.raw), seq)).request_seq == sample.request_seq


@pytest.mark.parametrize(
    ("came", "went"),
    [
        (b'{"seq":7,"type":"event","event":"x","body":{"seq":7}}', b'{"seq":5,"type":"event","event":"x","body":{"seq":7}}'),
        (b'{"type":"request","command":"x","seq":7}', b'{"type":"request","command":"x","seq":5}'),
        (b'{"seq":7,"type":"response","request_seq":7,"x":[1, 2]}', b'{"seq":5,"type":"response","request_seq":6,"x":[1, 2]}'),
        (b'{"seq":7}', b'{"seq":5}'),
        (b"{}", b'{"seq":5}'),
        (b'{"command":"\xff","seq":7, "x":1}', b'{"command":"\xff","seq":5, "x":1}'),
        (b'{ "x":"\\ud800" }', b'{"seq":5, "x":"\\ud800" }'),
        (b'{"\xff":1,"seq":7 }', b'{"\xff":1,"seq":5 }'),
        (b'{"seq":7,"type":"request","arguments":0,"seq":7}', b'{"seq":7,"type":"request","arguments":0,"seq":5}'),
        (b'{"seq":7,"type":"event","seq":7,"x":1}', b'{"seq":5,"type":"event","x":1}'),
        (b'{"seq":7,"type":"request","\\u0073eq":7,"x":1}', b'{"seq":5,"type":"request","x":1}'),
        (b'{"seq":7,"type":"response","request_seq":7,"request_seq":7}', b'{"seq":5,"type":"response","request_seq":6}'),
        (b'{"seq":1.0,"type":"request"}', b'{"seq":5,"type":"request"}'),
        (b'{"seq":0.5,"type":"event","x":1}', b'{"seq":5,"type":"event","x":1}'),
    ],
)
def test_byte_for_byte(came: bytes, went: bytes) -> None:
    assert sent(parse(came), 5, 6) == went


HEADS = [
    b'{"seq":7,"type":"response","request_seq":7,"body":',
    b'{"seq":7,"type":"event","body":',
    b'{"seq":7,"type":"request","arguments":',
    b'{"type":"request","command":"x","arguments":',
    b'{"type":"request","seq":7,"arguments":',
    b'{"type":"event","seq":7, "\\ud800":0, "body":',
]


@pytest.mark.parametrize("size", [LARGE - 200, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE])
@pytest.mark.parametrize("head", HEADS)
def test_bodies_of_every_size(head: bytes, size: int) -> None:
    raw = head + b'["%b"],' % (b"x" * size) + (b'"x":1}' if b'"seq"' in head else b'"seq":7}')
    message = parse(raw)
    numbers = {"seq": b"5", "request_seq": b"6"} if message.kind == "response" else {"seq": b"5"}
    assert spelling(sent(message, 5, 6)) == spelling(raw) | numbers


@pytest.mark.parametrize(
    "raw",
    [
        b'{"seq":8,"type":"event","event":"x","body":"%b","seq":7}',
        b'{"seq":7,"type":"response","request_seq":8,"body":"%b","request_seq":7}',
    ],
)
def test_a_large_message_with_two_numbers_goes_out_with_the_one_that_counts(raw: bytes) -> None:
    message = parse(sent(parse(raw % (b"x" * LARGE)), 5, 6))
    assert (message.seq, message.request_seq) == (5, 6 if message.kind == "response" else 0)


@pytest.mark.parametrize("head", HEADS[:3])
def test_a_large_body_is_not_copied(head: bytes) -> None:
    message = parse(head + b'"%b"}' % (b"x" * LARGE))
    first, rest = message.encode(5, 6)
    assert isinstance(rest, memoryview)
    assert rest.obj is message.raw
    assert len(first) < 100


@calm
@given(samples(values(huge=False)), NUMBERS, NUMBERS)
def test_debugpy_reads_what_we_send(sample: Sample, seq: int, request_seq: int) -> None:
    came = json.loads(sample.raw)
    read = Stream(io.BytesIO(b"".join(parse(sample.raw).encode(seq, request_seq))), io.BytesIO(), "ours").read_json()
    assert read == came | {"seq": seq} | ({"request_seq": request_seq} if sample.kind == "response" else {})


def test_we_read_what_debugpy_sends() -> None:
    theirs, value = io.BytesIO(), {"seq": 7, "type": "request", "command": "threads", "arguments": {"a": ["\N{SNOWMAN}", None]}}
    Stream(io.BytesIO(), theirs, "theirs").write_json(value)
    message = parse(FrameReader(LARGE).feed(theirs.getvalue())[0])
    assert (message.kind, message.seq, message.name, message.data) == ("request", 7, "threads", value)


# -- what is no message, and what is a strange one ---------------------------------------------------------------------------


@calm
@given(st.data())
def test_what_is_an_object_is_a_message_and_nothing_else_is(data: st.DataObject) -> None:
    raw = data.draw(samples()).raw
    at, removed = data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, 2))
    put_in = data.draw(
        st.sampled_from([b"", b'"', b"\\", b",", b"]", b"}", b":", b"\\ud8", b"0", b"\x00", b"\xff", b"NaN", b'"x":1,'])
    )
    broken = raw[:at] + put_in + raw[at + removed :]
    if not is_json(broken):
        with pytest.raises(MalformedError):
            parse(broken)
        return
    out = sent(parse(broken), 5, 6)
    assert is_json(out)
    assert parse(out).seq == 5


@pytest.mark.parametrize(
    "raw", [b"", b"x", b"1", b'"a"', b"null", b"[{}]", b"{} {}", b'{"a":NaN}', b'{"a":1', b"\xef\xbb\xbf{}", b'{"\nb":1}']
)
def test_a_body_that_is_no_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(raw)


WRONG = [b"null", b"true", b"[1]", b'{"a":1}', b"1.5", b'"7"', b"1e0"]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("rest", [b"", b',"x":"\\ud800"', b',"x":' + nested(1100)], ids=["plain", "surrogate", "deep"])
def test_an_envelope_member_of_another_type_counts_as_missing(wrong: bytes, rest: bytes) -> None:
    numbers = parse(b'{"seq":%b,"type":"response","request_seq":%b,"command":"x"%b}' % (wrong, wrong, rest))
    assert (numbers.kind, numbers.seq, numbers.request_seq, numbers.name, numbers.success) == ("response", 0, 0, "x", False)
    other = wrong if wrong != b'"7"' else b"7"
    names = parse(b'{"seq":3,"type":%b,"command":%b,"success":1%b}' % (other, other, rest))
    assert (names.kind, names.seq, names.name, names.success) == ("", 3, "", False)
    assert spelling(sent(names, 5)) == spelling(names.raw) | {"seq": b"5"}


@pytest.mark.parametrize(
    ("raw", "kind", "seq", "name", "success", "described"),
    [
        (b'{"seq":4,"type":"request","command":"launch"}', "request", 4, "launch", False, 'request #4 "launch"'),
        (b'{"seq":4,"type":"event","event":"exited","command":"no"}', "event", 4, "exited", False, 'event #4 "exited"'),
        (b'{"seq":4,"type":"response","success":true,"request_seq":3}', "response", 4, "", True, 'response #4 to #3 ""'),
        (b'{"seq":-4,"type":"\\u0072equest","command":"\\u0000"}', "request", -4, "\0", False, 'request #-4 "\0"'),
        (b'{"command":"\\ud800x","type":"request"}', "request", 0, "\ufffdx", False, 'request #0 "\ufffdx"'),
        (b'{"command":"\xff","type":"odd"}', "odd", 0, "\ufffd", False, 'odd #0 "\ufffd"'),
        (b'{"seq":-4,"type":"event","x":"\\ud800"}', "event", -4, "", False, 'event #-4 ""'),
        (b"{}", "", 0, "", False, 'message #0 ""'),
    ],
)
def test_the_envelope(raw: bytes, kind: str, seq: int, name: str, success: bool, described: str) -> None:
    message = parse(raw)
    assert (message.kind, message.seq, message.name, message.success) == (kind, seq, name, success)
    assert message.describe() == described
    assert repr(message) == f"<{described}>"
    assert messages.failure(message, message.describe(), error_id=1).data["command"] == name


@pytest.mark.parametrize("levels", [900, 1100, 9_999, 10_000])
@pytest.mark.parametrize("shape", ["lists", "objects"])
def test_a_message_may_nest_as_deep_as_go_reads_it(levels: int, shape: Any) -> None:
    raw = b'{"type":"request","seq":7 ,"arguments":%b,"x":1}' % nested(levels - 1, shape)
    message = parse(raw)
    assert (message.kind, message.seq, message.too_deep) == ("request", 7, False)
    assert b"".join(sent(message, 5).split()) == b"".join(raw.replace(b":7", b":5").split())


@pytest.mark.parametrize("levels", [10_001, 100_000])
@pytest.mark.parametrize("shape", ["lists", "objects"])
def test_deeper_is_too_deep_and_can_still_be_answered(levels: int, shape: Any) -> None:
    raw = b'{"type":"request","seq":7 ,"command":"launch","arguments":%b}' % nested(levels - 1, shape)
    with little_stack():
        message = parse(raw)
        assert (message.kind, message.name, message.seq, message.too_deep) == ("request", "launch", 7, True)
        assert sent(message, 5) == raw.replace(b":7", b":5", 1)
        with pytest.raises(BodyError):
            _ = message.data
        assert parse(b'{"arguments":%b,"seq":7}' % nested(levels - 1, shape)).seq == 7


def test_a_message_can_be_sent_from_a_deeper_stack_than_it_was_read_on() -> None:
    raw = b'{"type":"request","seq":7 ,"arguments":%b}' % nested(500)
    message = parse(raw)
    with little_stack():
        assert sent(message, 5) == raw.replace(b":7", b":5")
        with pytest.raises(BodyError):
            _ = message.data
