"""Framing: any way of cutting the stream gives the same bodies, and nothing but the base protocol gets in."""

from __future__ import annotations

import io
import re
import time
import tracemalloc
from collections.abc import Sequence
from typing import Any
from unittest import mock

import pytest
from debugpy.common.messaging import JsonIOStream
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.wire.framing import MAX_ADAPTER_BODY, MAX_CLIENT_BODY, MAX_HEADER, FrameReader, FramingError, frame
from tests.wire.strategies import calm, pieces

Stream: Any = JsonIOStream  # it has no types
LIMIT = 1000
BODIES = st.lists(st.binary(max_size=60), max_size=5)
NAMES = st.sampled_from(["Content-Length", "content-length", "CONTENT-LENGTH", "cOnTeNt-LeNgTh"])
STRANGERS = st.sampled_from(
    [
        "Content-Type: application/vscode-jsonrpc; charset=utf-8",
        "X:",
        "x-content-length: 9",
        "Content-Length-2: 1",
        "!#$: \t Origin",
    ]
)


PLACES = st.sampled_from([0, 7, 256 * 1024])


def read(chunks: Sequence[bytes], limit: int = LIMIT, *, place: int = 256 * 1024) -> tuple[list[bytes], FrameReader]:
    """Feed all, or what comes before the first failure; a body that lacks more than `place` gets a place of its own."""
    reader = FrameReader(limit)
    bodies: list[bytes] = []
    with mock.patch.multiple("dapshim.wire.framing", _LARGE=place, _GROWTH=place // 2 + 1):
        for chunk in chunks:
            try:
                bodies += reader.feed(chunk)
            except FramingError:
                break
    return bodies, reader


@st.composite
def odd_frames(draw: st.DrawFn, bodies: Sequence[bytes]) -> list[bytes]:
    """Frames as other programs may write them: any case, any other headers, the length twice."""
    made = []
    for body in bodies:
        value = (
            draw(st.sampled_from(["", " ", "\t "]))
            + "0" * draw(st.integers(0, 3))
            + str(len(body))
            + draw(st.sampled_from(["", " "]))
        )
        lines = [f"{name}:{value}" for name in draw(st.lists(NAMES, min_size=1, max_size=2))]
        lines = draw(st.permutations([*lines, *draw(st.lists(STRANGERS, max_size=3))]))
        made.append("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body)
    return made


# -- what goes in and out ----------------------------------------------------------------------------------------------------


@calm
@given(st.binary(max_size=200))
def test_what_goes_out_has_the_one_header_that_go_dap_reads(body: bytes) -> None:
    found = re.fullmatch(rb"Content-Length: ([0-9]+)\r\n\r\n(.*)", frame(body), re.DOTALL)
    assert found is not None
    assert (int(found[1]), found[2]) == (len(body), body)


@calm
@given(BODIES, PLACES, st.data())
def test_every_split_of_the_stream_gives_the_same_bodies(bodies: list[bytes], place: int, data: st.DataObject) -> None:
    chunks = data.draw(pieces(b"".join(map(frame, bodies))))
    found, reader = read(chunks, place=place)
    assert found == bodies
    assert reader.at_rest
    assert reader.missing == 0


@calm
@given(BODIES, st.data())
def test_other_spellings_and_other_headers_change_nothing(bodies: list[bytes], data: st.DataObject) -> None:
    chunks = data.draw(pieces(b"".join(data.draw(odd_frames(bodies)))))
    found, reader = read(chunks)
    assert found == bodies
    assert reader.failure is None
    assert reader.at_rest


@calm
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=3), PLACES, st.data())
def test_a_stream_that_stops_anywhere_has_given_what_was_complete(bodies: list[bytes], place: int, data: st.DataObject) -> None:
    frames = data.draw(odd_frames(bodies))
    ends = [len(b"".join(frames[: index + 1])) for index in range(len(frames))]
    stop = data.draw(
        st.integers(0, ends[-1]) | st.tuples(st.sampled_from(ends), st.integers(0, 9)).map(lambda at: at[0] - at[1])
    )
    found, reader = read(data.draw(pieces(b"".join(frames)[:stop])), place=place)
    complete = sum(end <= stop for end in ends)
    assert found == bodies[:complete]
    assert reader.at_rest == (stop in {0, *ends})
    header_ended = complete < len(bodies) and stop >= ends[complete] - len(bodies[complete])
    assert reader.missing == (ends[complete] - stop if header_ended else 0)


def test_what_was_fed_can_be_used_again() -> None:
    reader, one, two = FrameReader(LIMIT), bytearray(frame(b"{}")), bytearray(frame(b"{}") * 2)
    bodies = [body for chunk in (one, two, memoryview(one), memoryview(two)) for body in reader.feed(chunk)]
    one[:], two[:] = b"x" * len(one), b"x" * len(two)
    assert bodies == [b"{}"] * 6
    assert all(type(body) is bytes for body in bodies)


@pytest.mark.parametrize("place", [0, 256 * 1024])
def test_what_looks_like_a_message_within_another_is_none(place: int) -> None:
    inner = frame(b"{}")
    outer = frame(inner)
    header = outer[: -len(inner)]
    found, reader = read([header, inner, header, inner[:1], inner[1:], frame(b"a" + inner), b"X: y\r\n", inner], place=place)
    assert found == [inner, inner, b"a" + inner, b"{}"]
    assert reader.at_rest


# -- what is refused ---------------------------------------------------------------------------------------------------------

FAULTS = {
    "http": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "http with a message in it": b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
    "tls": b"\x16\x03\x01\x02",
    "origin": b"Origin: https://example.com\r\n",
    "origin in another case": b"oRIGIN:null\r\n",
    "origin behind the length": b"Content-Length: 2\r\norigin: https://example.com\r\n",
    "lines that end in lf only": b"Content-Length: 2\n\n{}",
    "a last line that ends in lf only": b"Content-Length: 2\r\n\n{}",
    "a negative length": b"Content-Length: -1\r\n",
    "a length with a sign": b"Content-Length: +5\r\n",
    "no digits": b"Content-Length:\r\n",
    "words": b"Content-Length: five\r\n",
    "hexadecimal": b"Content-Length: 0x10\r\n",
    "a float": b"Content-Length: 2.0\r\n",
    "digits with a space": b"Content-Length: 1 0\r\n",
    "digits with an underscore": b"Content-Length: 1_0\r\n",
    "digits of another script": "Content-Length: \N{ARABIC-INDIC DIGIT TWO}\r\n".encode(),
    "superscript digits": "Content-Length: \N{SUPERSCRIPT TWO}\r\n".encode(),
    "more than is read": b"Content-Length: %d\r\n" % (LIMIT + 1),
    "thirteen digits": b"Content-Length: 0000000000002\r\n",
    "a huge number": b"Content-Length: " + b"9" * 5000 + b"\r\n",
    "two lengths that differ": b"Content-Length: 2\r\nX: y\r\ncontent-length: 3\r\n",
    "no length": b"Content-Type: text/plain\r\n\r\n{}",
    "no header": b"\r\n{}",
    "no colon": b"Content-Length 2\r\n",
    "no name": b": 2\r\n",
    "a space before the colon": b"Content-Length : 2\r\n\r\n{}",
    "a line that goes on": b"Content-Length: 2\r\n  and\r\n\r\n{}",
    "a letter that is none": b"Content\xffLength: 2\r\n",
    "a body without a header": b'{"seq":1,"type":"request","command":"initialize"}',
    "a header without an end": b"X: " + b"y" * MAX_HEADER,
    "many headers without an end": b"Xy: z\r\n" * MAX_HEADER,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@settings(calm, max_examples=30)
@given(bodies=BODIES, data=st.data())
def test_a_fault_ends_all_and_what_came_before_is_handed_out(fault: bytes, bodies: list[bytes], data: st.DataObject) -> None:
    before = b"".join(map(frame, bodies))
    chunks = [*data.draw(pieces(before + fault[:300])), fault[300:], frame(b"{}")]
    found, reader = read(chunks, place=data.draw(PLACES))
    assert found == bodies
    assert reader.failure is not None
    assert not reader.begun_well
    with pytest.raises(FramingError) as raised:
        reader.feed(frame(b"{}"))
    assert raised.value is reader.failure


@pytest.mark.parametrize(
    "begun",
    [
        b"GET ",
        b"POST ",
        b"\x16",
        b"{",
        b" ",
        b"Origin: x\r\n",
        b"Content-Length:2\r\nOrigin:\r\n",
        b"Content-Length: 1001\r\n",
        b"\n",
        b"X\n",
    ],
)
def test_a_stranger_is_refused_before_the_header_has_ended(begun: bytes) -> None:
    with pytest.raises(FramingError):
        FrameReader(LIMIT).feed(begun)


def test_a_fault_says_what_is_wrong() -> None:
    with pytest.raises(FramingError, match="web page"):
        FrameReader(LIMIT).feed(FAULTS["origin"])
    with pytest.raises(FramingError, match="1001 bytes is announced; at most 1000"):
        FrameReader(LIMIT).feed(FAULTS["more than is read"])
    with pytest.raises(FramingError, match="differ: 2 and 3"):
        FrameReader(LIMIT).feed(FAULTS["two lengths that differ"])
    with pytest.raises(FramingError, match="GET / HTTP"):
        FrameReader(LIMIT).feed(FAULTS["http"])


# -- limits ------------------------------------------------------------------------------------------------------------------


def header_of(size: int) -> bytes:
    """A header of so many bytes, most of it in short lines."""
    end = b"Content-Length: 2\r\n\r\n"
    lines = b"a:\r\n" * ((size - len(end)) // 4 - 2)
    return lines + b"b: " + b"y" * (size - len(end) - len(lines) - 5) + b"\r\n" + end


@pytest.mark.parametrize("piece", [MAX_HEADER * 2, 1000, 1])
def test_a_header_may_have_just_as_many_bytes(piece: int) -> None:
    started = time.process_time()
    for size, expected in ((16 * 1024, [b"{}"]), (16 * 1024 + 1, [])):
        stream = header_of(size) + b"{}"
        assert len(stream) == size + 2
        found, reader = read([stream[at : at + piece] for at in range(0, len(stream), piece)])
        assert found == expected
        assert (reader.failure is None) == bool(expected)
    # A reader that begins each header anew with every byte takes half a minute.
    assert time.process_time() - started < 5


def test_a_body_may_have_just_as_many_bytes() -> None:
    assert read([frame(b"x" * LIMIT)])[0] == [b"x" * LIMIT]
    assert read([frame(b"x" * (LIMIT + 1))])[0] == []


@pytest.mark.parametrize("announced", [MAX_CLIENT_BODY, MAX_ADAPTER_BODY, MAX_ADAPTER_BODY + 1, 10**12 - 1])
def test_a_lying_length_costs_no_memory(announced: int) -> None:
    reader = FrameReader(MAX_ADAPTER_BODY)
    tracemalloc.start()
    try:
        if announced > MAX_ADAPTER_BODY:
            with pytest.raises(FramingError):
                reader.feed(b"Content-Length: %d\r\n\r\n" % announced)
        else:
            assert reader.feed(b"Content-Length: %d\r\n\r\n{" % announced) == []
            assert reader.missing == announced - 1
            assert not reader.at_rest
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("begun", "well"),
    [
        (b"", False),
        (b"Content-Length", False),
        (b"Content-Length:", True),
        (b"content-length: 5", True),
        (b"X: y\r\n", False),
        (b"X: y\r\nContent-Length: 2\r\n", True),
        (frame(b"{}"), True),
        (frame(b"{}") + b"C", True),
    ],
)
def test_a_message_has_begun_well_when_its_first_bytes_look_like_one(begun: bytes, well: bool) -> None:
    assert read([begun])[1].begun_well == well


# -- an independent witness --------------------------------------------------------------------------------------------------

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda smaller: st.lists(smaller, max_size=3) | st.dictionaries(st.text(), smaller, max_size=3),
    max_leaves=8,
)


@calm
@given(st.lists(JSON, max_size=4), st.data())
def test_debugpy_reads_our_frames_and_we_read_debugpys(messages: list[Any], data: st.DataObject) -> None:
    theirs = io.BytesIO()
    for message in messages:
        Stream(io.BytesIO(), theirs, "theirs").write_json(message)
    bodies, reader = read(data.draw(pieces(theirs.getvalue())), limit=MAX_CLIENT_BODY)
    assert reader.at_rest
    ours = Stream(io.BytesIO(b"".join(map(frame, bodies))), io.BytesIO(), "ours")
    assert [ours.read_json() for _ in messages] == messages


@pytest.mark.parametrize("size", [300_000, 4 * 1024 * 1024, 9_000_001])
@pytest.mark.parametrize("chunk", [4096, 65_536, 1_000_000])
def test_a_large_body_comes_out_whole_and_what_follows_it_too(size, chunk):
    body = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    stream = frame(body) + frame(b"next")
    reader = FrameReader(MAX_ADAPTER_BODY)
    bodies = [each for at in range(0, len(stream), chunk) for each in reader.feed(stream[at : at + chunk])]
    assert bodies == [body, b"next"]
    assert reader.at_rest


def test_a_large_body_before_a_fault_is_handed_out():
    reader = FrameReader(MAX_ADAPTER_BODY)
    stream = frame(b"x" * 5_000_000)
    reader.feed(stream[:100])
    assert reader.feed(stream[100:] + b"GET / HTTP/1.1\r\n") == [b"x" * 5_000_000]
    with pytest.raises(FramingError):
        reader.feed(b"")


def test_a_large_body_is_filled_in_place():
    reader = FrameReader(MAX_ADAPTER_BODY)
    assert reader.feed(frame(b"x" * 6_000_000)[:1000]) == []
    got: list[bytes] = []
    while not got:
        room = reader.room
        assert room is not None
        count = min(len(room), 1_000_000)
        room[:count] = b"x" * count
        room.release()
        got = reader.fill(count)
    assert got == [b"x" * 6_000_000]
    assert reader.room is None
