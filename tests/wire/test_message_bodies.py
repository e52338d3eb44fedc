"""Bodies: looking costs no byte, an edit appears, what cannot be decoded passes; and the messages of our own."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.wire import messages
from dapshim.wire.bodies import LaunchArguments, OutputBody, StoppedBody
from dapshim.wire.messages import MAX_PARTS, BodyError
from dapshim.wire.parsing import parse
from tests.wire.strategies import Sample, calm, nested, objects, samples, values


def event(body: str) -> messages.Message:
    return parse(f'{{"seq":1,"type":"event","event":"output","body":{body}}}'.encode())


@calm
@given(samples(values(lone=True)))
def test_looking_changes_no_byte(sample: Sample) -> None:
    message = parse(sample.raw)
    assert message.data == json.loads(sample.raw)
    with contextlib.suppress(BodyError):
        assert message.body is message.arguments
    with contextlib.suppress(BodyError):
        message.view(OutputBody)
    assert message.commit() is False
    assert message.raw is sample.raw
    assert message.data == json.loads(sample.raw)


@calm
@given(samples(objects(lone=True)), values())
def test_an_edit_appears_and_everything_else_stays(sample: Sample, value: str) -> None:
    message = parse(sample.raw)
    message.body["dapshim"] = json.loads(value)
    message.data["outside"] = 1.5
    assert message.commit() is True
    came = json.loads(sample.raw)
    assert json.loads(message.raw) == {
        **came,
        sample.body_key: {**came[sample.body_key], "dapshim": json.loads(value)},
        "outside": 1.5,
    }
    assert message.commit() is False
    again = parse(message.raw)
    assert (again.kind, again.name, again.seq, again.request_seq) == (
        message.kind,
        message.name,
        message.seq,
        message.request_seq,
    )
    assert json.loads(parse(b"".join(message.encode(5, 6)).split(b"\r\n\r\n", 1)[1]).raw)["outside"] == 1.5


@calm
@given(samples(objects(lone=True)))
def test_a_discarded_edit_is_gone(sample: Sample) -> None:
    message = parse(sample.raw)
    message.body["dapshim"] = 1
    message.discard()
    assert message.commit() is False
    assert message.raw is sample.raw
    assert message.data == json.loads(sample.raw)


def test_a_discarded_edit_leaves_the_committed_one() -> None:
    message = event('{"output":"a"}')
    message.body["output"] = "b"
    assert message.commit()
    message.body["output"] = "c"
    message.discard()
    assert message.body == {"output": "b"}
    assert message.commit() is False


def test_an_edit_that_is_undone_is_none() -> None:
    message = event('{"output":"a","n":1e2}')
    message.body["output"] = "b"
    message.body["output"] = "a"
    assert message.commit() is False
    message.body["n"] = True
    assert message.commit() is True


def test_lone_surrogates_survive_an_edit() -> None:
    message = event(r'{"output":"\ud800 and \udc00\ud800","x":"\u00e9"}')
    assert message.body["output"] == "\ud800 and \udc00\ud800"
    message.body["output"] += " and"
    assert message.commit() is True
    assert json.loads(message.raw)["body"] == {"output": "\ud800 and \udc00\ud800 and", "x": "\u00e9"}


@pytest.mark.parametrize("value", ["1e400", "[-1e400]", str(nested(1100), "ascii"), '["\\ud800",1e400]', "9" * 5000])
def test_what_cannot_be_decoded_passes_all_the_same(value: str) -> None:
    message = event(value)
    raw = message.raw
    for look in (lambda: message.data, lambda: message.body, lambda: message.view(OutputBody)):
        with pytest.raises(BodyError, match='event #1 "output"'):
            look()
    assert message.commit() is False
    assert b"".join(message.encode(5)) == b"Content-Length: %d\r\n\r\n%b" % (len(raw), raw.replace(b":1", b":5", 1))


def test_what_is_too_large_to_be_decoded_passes_all_the_same() -> None:
    message = event(f'"{"x" * 4 * 1024 * 1024}"')
    with pytest.raises(BodyError, match="too large"):
        _ = message.data
    assert message.commit() is False
    assert parse(b"".join(message.encode(5)).split(b"\r\n\r\n", 1)[1]).seq == 5


@pytest.mark.parametrize("raw", [b'{"x":"\xff"}', b'{"x":"\xff","y":"\\ud800"}', b'{"\xff":1}'])
def test_what_is_no_utf8_cannot_be_decoded(raw: bytes) -> None:
    with pytest.raises(BodyError):
        _ = parse(raw).data


@pytest.mark.parametrize("value", [object(), b"\xff".decode("utf-8", "surrogateescape"), {1j: 1}])
def test_what_cannot_be_encoded_is_no_edit(value: Any) -> None:
    message = event('{"output":"a"}')
    raw = message.raw
    message.body["output"] = value
    with pytest.raises(BodyError):
        message.commit()
    message.discard()
    assert message.commit() is False
    assert message.raw is raw


@pytest.mark.parametrize("body", ["", ',"body":null'])
@pytest.mark.parametrize("more", ["", r',"x":"\ud800"'])
def test_a_missing_body_is_lent_and_taken_back(body: str, more: str) -> None:
    raw = f'{{"seq":1,"type":"event","event":"e"{body},"z":1{more}}}'.encode()
    message = parse(raw)
    assert message.body == {}
    assert message.body is message.body
    assert message.commit() is False
    assert message.raw is raw
    assert message.data == json.loads(raw)
    message.body["a"] = 1
    assert message.commit() is True
    assert json.loads(message.raw) == {**json.loads(raw), "body": {"a": 1}}


def test_an_empty_body_that_a_hook_puts_in_is_an_edit() -> None:
    message = parse(b'{"seq":1,"type":"event","event":"e"}')
    assert message.body == {}
    message.data["body"] = {}
    assert message.commit() is True
    assert json.loads(message.raw)["body"] == {}


def test_a_body_that_was_there_and_empty_stays() -> None:
    message = event("{}")
    message.body["a"] = 1
    assert message.commit()
    del message.body["a"]
    assert message.commit()
    assert message.data["body"] == {}
    message.data["body"] = {"b": 1}
    assert message.commit()
    assert json.loads(message.raw)["body"] == {"b": 1}


@pytest.mark.parametrize("body", ["[]", "[1]", "0", '"a"', "true"])
def test_a_body_that_is_no_object_is_not_edited(body: str) -> None:
    with pytest.raises(BodyError, match="body is no object"):
        _ = event(body).body


def test_an_edit_may_turn_success_into_failure() -> None:
    message = parse(b'{"seq":1,"type":"response","request_seq":2,"success":true,"command":"launch"}')
    message.data["success"] = False
    assert message.commit()
    assert message.success is False


def test_a_view_has_what_it_names() -> None:
    body = event('{"reason":"breakpoint","threadId":1,"hitBreakpointIds":[2],"unknown":{}}').view(StoppedBody)
    assert body == StoppedBody("breakpoint", 1, [2])


@pytest.mark.parametrize("arguments", ["", ',"arguments":null', ',"arguments":{}'])
def test_a_view_of_nothing_has_what_is_missing_by_default(arguments: str) -> None:
    assert parse(f'{{"type":"request"{arguments}}}'.encode()).view(LaunchArguments) == LaunchArguments()


@pytest.mark.parametrize("body", ["{}", "null", '{"reason":1}', '{"reason":"step","threadId":"1"}', "[1]", '"a"'])
def test_a_view_of_another_shape_is_refused(body: str) -> None:
    with pytest.raises(BodyError, match='event #1 "output"'):
        event(body).view(StoppedBody)


# -- our own -----------------------------------------------------------------------------------------------------------------


def test_our_own_messages_have_delves_shapes() -> None:
    asked = parse(b'{"command":"launch","type":"request","seq":7}')
    error = '"body":{"error":{"id":3000,"format":"no","showUser":true}}}'
    made = [
        messages.request("threads"),
        messages.request("pause", {"threadId": 1}),
        messages.event("terminated"),
        messages.event("output", OutputBody("a\n", "console")),
        messages.response(asked),
        messages.response(asked, {"a": 1}),
        messages.failure(asked, "no", error_id=3000, show_user=True),
    ]
    assert [b"".join(message.encode(5, 6)).split(b"\r\n\r\n")[1].decode() for message in made] == [
        '{"seq":5,"type":"request","command":"threads"}',
        '{"seq":5,"type":"request","command":"pause","arguments":{"threadId":1}}',
        '{"seq":5,"type":"event","event":"terminated"}',
        '{"seq":5,"type":"event","event":"output","body":{"category":"console","output":"a\\n"}}',
        '{"seq":5,"type":"response","request_seq":6,"success":true,"command":"launch"}',
        '{"seq":5,"type":"response","request_seq":6,"success":true,"command":"launch","body":{"a":1}}',
        '{"seq":5,"type":"response","request_seq":6,"success":false,"command":"launch","message":"no",' + error,
    ]
    assert messages.failure(asked, "no", error_id=1).data["body"]["error"]["showUser"] is False


@calm
@given(st.integers(0, 10**9), st.sampled_from(["response", "failure"]))
def test_what_we_make_reads_back_as_what_it_is(seq: int, which: str) -> None:
    asked = parse(b'{"seq":%d,"type":"request","command":"next"}' % seq)
    made = messages.response(asked, {}) if which == "response" else messages.failure(asked, "no", error_id=1)
    read = parse(made.raw)
    for message in (made, read):
        assert (message.kind, message.name, message.seq, message.request_seq) == ("response", "next", 0, seq)
        assert message.success == (which == "response")
        assert message.reply_to is None
        assert not message.too_deep


def test_a_body_of_too_many_parts_is_not_decoded_and_passes() -> None:
    few = parse(b'{"seq":1,"type":"event","event":"x","body":{"x":[' + b"[]," * (MAX_PARTS - 10) + b"0]}}")
    assert len(few.body["x"]) == MAX_PARTS - 9
    many = parse(b'{"seq":1,"type":"event","event":"x","body":{"x":[' + b"[]," * MAX_PARTS + b"0]}}")
    with pytest.raises(BodyError, match="too large"):
        _ = many.body
    assert b"".join(many.encode(1)).endswith(many.raw)
