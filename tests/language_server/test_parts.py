"""The parts by themselves: streams, places, the board, and texts."""

from __future__ import annotations

import os
import threading
import time
from functools import partial

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from dapshim.diagnose.deeds import GoDeed
from dapshim.diagnose.jsonc import Position, Range
from dapshim.diagnose.placed import Fix, Place, Placed, placed
from dapshim.diagnose.workspace_codes import LAUNCH_IGNORED
from dapshim.golang.files import RealFiles
from dapshim.language_server.actions import code_actions
from dapshim.language_server.board import Board
from dapshim.language_server.conversion import Text, path_of, uri_of
from dapshim.language_server.lookout import Lookout, Surroundings, _line_now
from dapshim.language_server.offers import Offers
from dapshim.language_server.streams import HEADER_MOST, Inbox, Outbox, ThreadedPipe
from dapshim.language_server.texts import EditorTexts
from dapshim.options.layers import resolve
from dapshim.proxy.address import UnixAddress
from dapshim.proxy.listener import close_listener, open_listener
from tests.real import BOUND


def found(message: str, path: str = "/a", line: int = 1) -> Placed:
    return placed(LAUNCH_IGNORED, message, Place(path, Range(Position(line, 0), Position(line, 1))))


class Pieces:
    """Gives bytes in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def receive_some(self, max_bytes: int | None = None) -> bytes:  # noqa: ARG002 - pieces as they are
        return self._pieces.pop(0) if self._pieces else b""


@given(st.lists(st.binary(min_size=1, max_size=7), max_size=8), st.integers(1, 20))
def test_an_inbox_gives_the_same_however_the_bytes_come(pieces, number):
    whole = b"".join(pieces)

    async def read(given: list[bytes]) -> tuple[bytes, bytes]:
        inbox = Inbox(Pieces(given))
        return await inbox.readline(), await inbox.readexactly(number)

    assert trio.run(read, list(pieces)) == trio.run(read, [whole])


async def test_a_line_without_an_end_is_the_end():
    assert await Inbox(Pieces([b"x" * (HEADER_MOST + 1), b"\n"])).readline() == b""


async def test_an_outbox_writes_in_order_and_ends():
    sending, receiving = trio.testing.memory_stream_one_way_pair()
    outbox = Outbox(sending)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outbox.run)
        for number in range(10):
            outbox.write(b"%d" % number)
        outbox.close()
    assert await receiving.receive_some() == b"0123456789"
    assert outbox.finished.is_set()


async def test_an_outbox_that_nobody_reads_says_so():
    sending, receiving = trio.testing.memory_stream_one_way_pair()
    receiving.close()
    outbox = Outbox(sending)
    outbox.write(b"x")
    await outbox.run()
    assert outbox.broken.is_set()
    outbox.write(b"y")


async def test_a_pipe_in_a_thread(tmp_path):

    reading, writing = os.pipe()
    try:
        await ThreadedPipe(writing).send_all(b"hello")
        assert await ThreadedPipe(reading).receive_some(100) == b"hello"
        with trio.move_on_after(0.05) as scope:
            await ThreadedPipe(reading).receive_some(1)
        assert scope.cancelled_caught
    finally:
        os.close(writing)
        await trio.sleep(0.05)
        os.close(reading)


TEXTS = st.text(alphabet="aé€𐐀\n\r\t ", max_size=40)


@given(TEXTS, st.data(), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_positions_there_and_back(text, data, encoding):
    made = Text(text, encoding)
    offset = data.draw(st.integers(0, len(text)))
    place = made.document.position(offset)
    if text[offset - 1 : offset + 1] != "\r\n":
        assert made.column(made.position(place.line, place.column)) == (place.line, place.column)


@pytest.mark.parametrize("path", ["/a/b c/d#e?.json", "/ü/x", "/a/%20/y"])
def test_addresses_there_and_back(path):
    assert path_of(uri_of(path)) == path


def test_what_is_no_file_has_no_path():
    assert path_of("untitled:Untitled-1") is None
    assert path_of("git:/a/b?x") is None


def test_a_board_tells_what_changed_and_no_more():
    told: list[tuple[str, list[str]]] = []
    board = Board(lambda path, listed: told.append((path, [each.finding.message for each in listed])))
    board.put("one", [found("x"), found("y", "/b")])
    board.put("one", [found("x"), found("y", "/b")])
    board.put("other", [found("x"), found("z")])
    board.put("one", [])
    assert told == [("/a", ["x"]), ("/b", ["y"]), ("/a", ["x", "z"]), ("/b", [])]
    board.tell_again("/a")
    assert told[-1] == ("/a", ["x", "z"])
    board.tell_again("/b")
    assert len(told) == 5


@pytest.mark.parametrize(
    ("before", "now", "line", "moved"),
    [
        (["a", "b"], ["a", "b"], 2, 2),
        (["a", "b"], ["x", "a", "b"], 2, 3),
        (["a", "b"], ["a"], 2, 0),
        (["a", "b"], ["x", "b", "y", "b"], 1, 0),
        (["a"], ["x", "a", "a"], 1, 0),
        ([], ["a"], 1, 0),
    ],
)
def test_where_a_line_is_now(before, now, line, moved):
    assert _line_now(before, now, line) == moved


async def test_texts_of_the_editor_count_and_reading_can_be_cancelled(tmp_path):
    texts = EditorTexts(RealFiles())
    path, other = str(tmp_path / "x"), str(tmp_path / "y")
    (tmp_path / "x").write_text("disk")
    texts.open(path, "typed")
    texts.open(other, "new")

    def look() -> tuple[object, ...]:
        return texts.read(path), texts.read(path, 2), texts.kind(other), [name for name, _ in texts.list(str(tmp_path))]

    assert await trio.to_thread.run_sync(look) == (b"typed", b"ty", "file", ["x", "y"])
    texts.open(path, None)
    assert await trio.to_thread.run_sync(partial(texts.read, path)) == b"disk"

    def endless() -> None:
        while True:
            texts.kind(path)

    with trio.move_on_after(0.1) as scope:
        await trio.to_thread.run_sync(endless)
    assert scope.cancelled_caught


class Stuck(RealFiles):
    """Files of which the first look at a launch.json has no end, but for that it is called off."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def read(self, path: str, limit: int | None = None) -> bytes:
        if path.endswith("launch.json") and not self.begun.is_set():
            self.begun.set()
            while True:
                time.sleep(0.005)
                trio.from_thread.check_cancelled()
        return super().read(path, limit)


async def test_a_look_that_is_out_of_date_is_called_off(tmp_path, nursery):
    launch = tmp_path / ".vscode" / "launch.json"
    launch.parent.mkdir()
    launch.write_text('{"configurations": [{"name": "x", "type": "go", "request": "launch", "stopOnEntyr": true}]}')
    files, board = Stuck(), Board(lambda _path, _found: None)
    around = Surroundings(EditorTexts(files), dict(os.environ), resolve(()), board)
    lookout = Lookout(str(tmp_path), around, interesting=lambda _: True)
    lookout.changed(str(tmp_path), on_disk=True)
    nursery.start_soon(lookout.run)
    with trio.fail_after(BOUND):
        while not files.begun.is_set():
            await trio.sleep(0.01)
        lookout.changed(str(launch))
        await lookout.settled()
    assert "launch-ignored" in [each.finding.code for each in board.of(str(launch))]


def test_a_remedy_keeps_its_number():
    offers = Offers(EditorTexts(RealFiles()))
    one, other = Fix("a", "go a", deed=GoDeed(("a",))), Fix("b", "go b", deed=GoDeed(("b",)))
    first, second = offers.offer(one), offers.offer(other)
    assert first is not None
    assert (second, offers.offer(one)) == (first + 1, first)
    found = offers.get(second)
    assert found is not None
    assert found.fix == other
    for stranger in (str(second), True, first + 2, None, float(first)):
        assert offers.get(stranger) is None


def test_a_number_of_a_server_that_is_gone_means_nothing_here():
    numbers = {Offers(EditorTexts(RealFiles())).offer(Fix("a", "go a", deed=GoDeed(("a",)))) for _ in range(3)}
    assert len(numbers) == 3


@pytest.mark.parametrize(("safe", "preferred"), [((True, True), [True, False]), ((False, True), [False, False])])
def test_an_editor_that_mends_by_itself_takes_the_first_remedy_and_only_a_safe_one(safe, preferred):
    texts = EditorTexts(RealFiles())
    texts.open("/a", "{}")
    place = Place("/a", Range(Position(1, 0), Position(1, 1)))
    fixes = [Fix(f"{number}", f"go {number}", deed=GoDeed((f"{number}",)), safe=each) for number, each in enumerate(safe)]
    every = types.Range(types.Position(0, 0), types.Position(9, 0))
    made = code_actions(
        [placed(LAUNCH_IGNORED, "x", place, fixes=fixes)],
        every,
        Text("{}", types.PositionEncodingKind.Utf16),
        Offers(texts),
        texts,
        {},
    )
    assert [each.is_preferred for each in made] == preferred


def test_what_only_a_person_can_do_has_no_number():
    offers = Offers(EditorTexts(RealFiles()))
    assert offers.as_json(Fix("Install a C compiler", "sudo apt install gcc")) == {
        "title": "Install a C compiler",
        "command": "sudo apt install gcc",
    }


async def test_a_socket_is_made_for_its_owner_without_touching_what_holds_for_the_whole_process(tmp_path, monkeypatch):
    """A dlv that is started while the umask is another one builds a program that cannot be executed."""
    monkeypatch.setattr("os.umask", lambda _: pytest.fail("the umask is everybody's"))
    address = UnixAddress(str(tmp_path / "s.sock"))
    listener = await open_listener(address)
    try:
        assert (tmp_path / "s.sock").stat().st_mode & 0o777 == 0o600
    finally:
        await close_listener(listener)
