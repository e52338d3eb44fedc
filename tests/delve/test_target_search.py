"""What is believed of headers in memory, and how far a search for the table goes."""

from __future__ import annotations

import struct

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from dapshim.delve.remote_reading import SEARCH, read_target
from dapshim.delve.target_memory import EXAMINED_MOST, NotReadError, TargetMemory
from dapshim.delve.target_search import SEARCHED_MOST, Fetched, TargetSearch, build_id_in_text, mapped_at
from dapshim.wire.messages import Message
from tests.binary.tables import Func, table
from tests.delve.asking import Body, ScriptedAsker
from tests.real import BOUND

BASE = 0x400000
ID = "a" * 20 + "/" + "b" * 20 + "/" + "c" * 20 + "/" + "d" * 20
READ, READ_EXECUTE, READ_WRITE = 4, 5, 6
TABLE = table([Func("main.main", ["/build/main.go"], [3, 4])])


def note(text: bytes, name: bytes = b"Go\0\0", kind: int = 4) -> bytes:
    return struct.pack("<III", len(name), len(text), kind) + name + text


def page(*segments: tuple[int, int, int, int], notes: bytes = b"", address: int = BASE) -> bytes:
    """Return a first page: `segments` are (flags, offset, address, size), the first one is that of the page itself."""
    rows = [(READ_EXECUTE, 0, address, 4096), *segments]
    head = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, address, 64, 9999, 0, 64, 56, len(rows), 64, 30, 29
    )
    programs = b"".join(
        struct.pack("<IIQQQQQQ", 1, flags, at, where, where, size, size, 4096) for flags, at, where, size in rows
    )
    return (head + programs + notes).ljust(4096, b"\0")


def examined(memory: dict[int, bytes]) -> ScriptedAsker:
    """An asker for which memory is what is given, and nothing evaluates."""

    def answer(command: str, arguments: Body) -> Body | str:
        what = str(arguments.get("expression", command)).split()
        if what[:2] != ["dlv", "examinemem"]:
            return "could not find symbol value"
        address, count = int(what[8], 16), int(what[5])
        for start, data in memory.items():
            if start <= address and address + 8 * count <= start + len(data):
                words = struct.unpack_from(f"<{count}Q", data, address - start)
                return {"result": f"{address:#x}:" + "".join(f"   0x{word:016x}" for word in words)}
        return {"result": "examine memory error: input/output error"}

    return ScriptedAsker(answer)


def search(asker: ScriptedAsker, first: bytes) -> TargetSearch:
    mapped = mapped_at(BASE, first)
    assert mapped is not None
    return TargetSearch(TargetMemory(asker), mapped)


def test_headers_say_where_the_program_is_and_what_build_it_is() -> None:
    mapped = mapped_at(0x555500000000, page((READ, 4096, 0x2000, 100), notes=note(ID.encode()), address=0))
    assert mapped is not None
    assert (mapped.bias, mapped.build_id) == (0x555500000000, ID)
    assert [each.address for each in mapped.image.segments] == [0, 0x2000]
    assert mapped.image.sections == ()


@pytest.mark.parametrize(
    "notes",
    [
        note(b"redacted"),
        note(b""),
        note(ID.encode() + b"x"),
        note(ID.encode(), name=b"GNU\0"),
        note(ID.encode(), kind=3),
        note(ID.encode())[:40],
        b"Go\0\0",
    ],
)
def test_what_is_no_id_of_the_go_command_identifies_nothing(notes: bytes) -> None:
    mapped = mapped_at(BASE, page(notes=notes))
    assert mapped is not None
    assert mapped.build_id == ""


def test_an_id_in_the_text_counts_at_its_head_alone() -> None:
    text = b'\xff Go build ID: "' + ID.encode() + b'"\n \xff'
    assert build_id_in_text(text + b"code") == ID
    assert build_id_in_text(b"\x90" + text) == build_id_in_text(text.replace(b"/", b"-")) == build_id_in_text(b"") == ""


@given(st.binary(max_size=300), st.integers(0, 4095))
def test_any_page_is_a_program_or_none(junk: bytes, at: int) -> None:
    whole = bytearray(page((READ, 4096, 0x401000, 100), notes=note(ID.encode())))
    whole[at : at + len(junk)] = junk
    mapped = mapped_at(BASE, bytes(whole[:4096]))
    assert mapped is None or all(each.file_size <= 1 << 32 for each in mapped.image.segments)
    assert mapped_at(BASE, junk) is None or junk.startswith(b"\x7fELF")


def test_segments_without_end_are_not_believed() -> None:
    assert mapped_at(BASE, page((READ, 4096, 0x401000, 1 << 60))) is None


@given(st.lists(st.tuples(st.integers(0, 50), st.binary(min_size=1, max_size=20)), max_size=8))
def test_what_was_fetched_is_what_is_read(parts: list[tuple[int, bytes]]) -> None:
    whole = bytes(range(100))
    fetched = Fetched()
    for at, data in parts:
        fetched.put(at, whole[at : at + len(data)])
        assert fetched.read(at, len(data)) == whole[at : at + len(data)]
        assert fetched.end_of(at) >= at + len(data)
    for at in range(80):
        found = fetched.read(at, 10)
        assert found == whole[at : at + len(found)]


async def test_a_table_is_found_and_what_is_before_it_is_no_trap() -> None:
    size = 3 * EXAMINED_MOST
    trap = TABLE[:8] + b"\xff" * 72
    data = (bytes(EXAMINED_MOST - 4) + bytes(4) + trap + bytes(64) + TABLE).ljust(size, b"\0")
    first = page((READ, 4096, 0x500000, size))
    executable = await search(examined({BASE: first, 0x500000: data}), first).executable()
    assert executable.found.address == 0x500000 + data.index(TABLE)
    assert [each.path for each in executable.recorded().files] == ["/build/main.go"]


async def test_a_table_across_two_pieces_is_found() -> None:
    for before in (4 * EXAMINED_MOST - 4, 4 * EXAMINED_MOST - 8, 4 * EXAMINED_MOST - 40):
        data = (bytes(before) + TABLE).ljust(5 * EXAMINED_MOST, b"\0")
        first = page((READ, 4096, 0x500000, len(data)))
        executable = await search(examined({BASE: first, 0x500000: data}), first).executable()
        assert executable.found.address == 0x500000 + before


async def test_a_search_goes_through_no_more_than_its_limit() -> None:
    first = page((READ, 4096, 0x500000, 1 << 31))
    zeros = "   0x0000000000000000"
    asked = 0

    def answer(_command: str, arguments: Body) -> Body:
        nonlocal asked
        count = int(arguments["expression"].split()[5])
        asked += 8 * count
        return {"result": "0x500000:" + zeros * count}

    with pytest.raises(NotReadError, match="no table of Go functions was found in"):
        await search(ScriptedAsker(answer), first).executable()
    assert asked <= SEARCHED_MOST


@pytest.mark.parametrize("gap", [1, 100])
async def test_memory_that_cannot_be_read_ends_the_search(gap: int) -> None:
    first = page((READ, 4096, 0x500000, 2 * EXAMINED_MOST))
    asker = examined({BASE: first, 0x500000: bytes(2 * EXAMINED_MOST - gap)})
    with pytest.raises(NotReadError, match="examine memory error: input/output error"):
        await search(asker, first).executable()


async def test_a_search_that_takes_too_long_is_given_up(autojump_clock: trio.abc.Clock) -> None:
    zeros = "   0x0000000000000000"

    def answer(_command: str, arguments: Body) -> Body | str:
        words = str(arguments.get("expression")).split()
        if words[:2] == ["dlv", "sources"]:
            return {"result": "/build/main.go"}
        return {"result": zeros * int(words[5])} if words[:2] == ["dlv", "examinemem"] else "could not find symbol value"

    first = examined({BASE: page((READ, 4096, 0x500000, 1 << 30))})
    zero = ScriptedAsker(answer)

    class Slow:
        async def call(self, command: str, arguments: object | None = None, *, deadline: float = BOUND) -> Message:
            if "dlv examinemem" not in str(arguments):
                return await zero.call(command, arguments, deadline=deadline)
            if "0x400000" in str(arguments):
                return await first.call(command, arguments, deadline=deadline)
            await trio.sleep(4)
            return await zero.call(command, arguments, deadline=deadline)

    began = trio.current_time()
    target = await read_target(Slow(), None)
    assert target.how == "sources"
    assert "within 10 s" in target.notices[1]
    assert trio.current_time() - began == pytest.approx(SEARCH)
