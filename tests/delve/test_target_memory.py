"""Answers about memory as bytes: whatever dlv writes comes back, and whatever it does not write is refused."""

from __future__ import annotations

import base64
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.delve.target_memory import EXAMINED_MOST, NotReadError, TargetMemory, decoded_memory, examined
from tests.delve.asking import Body, ScriptedAsker


def shown(words: tuple[int, ...], address: int = 0x7FFF12345678) -> str:
    """Write words as Delve 1.27.1 does, eight in a row, through a tabwriter."""
    rows = [words[at : at + 8] for at in range(0, len(words), 8)]
    return "".join(
        f"{address + 64 * number:#x}:   " + "   ".join(f"0x{word:016x}" for word in row) + "   \n"
        for number, row in enumerate(rows)
    )


@given(st.binary(max_size=400).map(lambda data: data[: len(data) // 8 * 8]))
def test_words_are_the_bytes_in_memory(data: bytes) -> None:
    words = struct.unpack(f"<{len(data) // 8}Q", data)
    assert examined(shown(words), len(words)) == data
    # An address that is as long as a word is none.
    assert examined(shown(words, 0xFFFF800000000000), len(words)) == data


@given(st.text(max_size=200), st.integers(1, 9))
def test_other_texts_are_refused_in_dlvs_own_words(text: str, count: int) -> None:
    with pytest.raises(NotReadError):
        examined(text.replace("0x", ""), count)


def test_fewer_or_more_words_than_were_asked_for_are_refused() -> None:
    for count in (1, 3):
        with pytest.raises(NotReadError, match=f"2 words instead of {count}"):
            examined(shown((1, 2)), count)


@given(st.binary(max_size=300))
def test_what_is_read_comes_back(data: bytes) -> None:
    answer = msgspec.json.encode({"type": "response", "body": {"address": "0x1", "data": base64.b64encode(data).decode()}})
    assert decoded_memory(answer, len(data)) == data
    if data:
        with pytest.raises(NotReadError, match="more than the"):
            decoded_memory(answer, len(data) - 1)


def test_large_answers_are_decoded_in_parts() -> None:
    data = bytes(range(256)) * (1 << 14)
    answer = msgspec.json.encode({"body": {"data": base64.b64encode(data).decode()}})
    assert decoded_memory(answer, len(data)) == data


@given(st.binary(max_size=60))
def test_no_answer_raises_anything_else(raw: bytes) -> None:
    for answer in (raw, msgspec.json.encode({"body": {"data": raw.decode("latin-1")}})):
        try:
            found = decoded_memory(answer, 100)
        except NotReadError:
            continue
        assert len(found) <= 100


@pytest.mark.parametrize("length", [1, 7, 8, EXAMINED_MOST, EXAMINED_MOST + 1, 9 * EXAMINED_MOST + 5])
@pytest.mark.parametrize("offset", [0, 3])
async def test_any_range_is_read_in_pieces(length: int, offset: int) -> None:
    whole = bytes(range(251)) * (10 * EXAMINED_MOST // 251 + 1)

    def answer(_command: str, arguments: Body) -> Body:
        words = arguments["expression"].split()
        count, address = int(words[5]), int(words[8], 16)
        assert count * 8 <= EXAMINED_MOST
        return {"result": shown(struct.unpack_from(f"<{count}Q", whole, address), address)}

    assert await TargetMemory(ScriptedAsker(answer)).examine(offset, length) == whole[offset : offset + length]


@pytest.mark.parametrize(("address", "length"), [(-8, 16), ((1 << 64) - 8, 16), (0, 0)])
async def test_a_range_that_cannot_be_is_not_asked_for(address: int, length: int) -> None:
    asker = ScriptedAsker(lambda *_: None)
    with pytest.raises(NotReadError, match="there are no"):
        await TargetMemory(asker).examine(address, length)
    assert asker.asked == []
