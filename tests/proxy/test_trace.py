"""The trace file: what is in it byte for byte, and that it never gets in the way of a session."""

import json
import logging
import os
import stat
from base64 import b64decode
from pathlib import Path

import pytest

from dapshim.proxy import trace
from dapshim.proxy.trace import GARBAGE_KEPT, TraceFile


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "trace.jsonl"


@pytest.fixture
def file(path, clock):
    opened = TraceFile(path, clock=clock)
    yield opened
    opened.close()


def lines(path: Path) -> list[bytes]:
    """Every line but the first, which is the header."""
    return path.read_bytes().splitlines(keepends=True)[1:]


def test_the_first_line_says_what_the_file_is(file, path):
    header = json.loads(path.read_bytes().splitlines()[0])
    assert header.pop("started") > 1_700_000_000
    assert header == {"t": 0.0, "session": 0, "trace": 1, "note": "recorded by dapshim"}


def test_a_request_on_its_way(file, path, clock):
    session = file.session(3)
    clock.now += 1.5
    session.arrived("client", b'{"seq":4,"type":"request","command":"next"}')
    clock.now += 0.000_25
    session.left(
        "adapter", [b'{"seq":7', b',"type":"request","command":"next"}'], origin="client", verdicts=[("output", "PASS")]
    )
    assert lines(path) == [
        b'{"t":1.500000,"session":3,"edge":"client","way":"in","message":{"seq":4,"type":"request","command":"next"}}\n',
        (
            b'{"t":1.500250,"session":3,"edge":"adapter","way":"out","origin":"client","verdicts":[["output", "PASS"]],'
            b'"message":{"seq":7,"type":"request","command":"next"}}\n'
        ),
    ]


def test_a_message_that_goes_nowhere(file, path):
    file.session(1).held("adapter", b'{"type":"event","event":"stopped"}', verdicts=[("late", "HIDE")])
    assert lines(path) == [
        (
            b'{"t":0.000000,"session":1,"edge":"adapter","way":"held","verdicts":[["late", "HIDE"]],'
            b'"message":{"type":"event","event":"stopped"}}\n'
        )
    ]


def test_a_message_that_a_shim_made(file, path):
    file.session(1).left("client", [b'{"type":"event","event":"output"}'], origin="output")
    assert b'"way":"out","origin":"output","message":{"type"' in lines(path)[0]


def test_sessions_are_interleaved_in_the_order_of_what_happened(file, path):
    one, two = file.session(1), file.session(2)
    for session in (one, two, one):
        session.note("x")
    assert [json.loads(line)["session"] for line in lines(path)] == [1, 2, 1]


def test_a_note_is_one_line_whatever_is_in_it(file, path):
    file.session(1).note('it said "no"\nand went\ud800')
    assert [json.loads(line)["note"] for line in lines(path)] == ['it said "no"\nand went\ud800']


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1.0,"b":18446744073709551616,"c":-0.0,"d":1e400,"e":1.00000000000000000000001}',
        rb'{"a":"\ud800","b":"\u00e4"}',
        b'{"a":1,"a":2}',
        b'{"a":"\xff\xfe"}',
        '{"a":"ä€😀"}'.encode(),
    ],
    ids=["numbers", "lone surrogate", "duplicate members", "invalid UTF-8", "UTF-8"],
)
def test_bodies_stay_as_they_were(file, path, raw):
    session = file.session(1)
    session.arrived("client", raw)
    session.left("adapter", [raw], origin="client")
    session.held("client", raw, verdicts=())
    assert all(line.endswith(b'"message":' + raw + b"}\n") for line in lines(path))
    assert len(lines(path)) == 3


def test_line_breaks_between_tokens_become_blanks(file, path):
    file.session(1).arrived("client", b'{\r\n"a":\n"b\\n"}\n')
    assert lines(path) == [b'{"t":0.000000,"session":1,"edge":"client","way":"in","message":{  "a": "b\\n"} }\n']


@pytest.mark.parametrize(
    "parts",
    [
        [b'{"seq":1}'],
        [b'{"seq":', memoryview(b"1}")],
        [b'Content-Length: 9\r\n\r\n{"seq":', memoryview(b"1}")],
        [b"Content-Length: 9\r\n", b"\r\n", b'{"seq":1}'],
    ],
    ids=["one", "two", "framed", "framed in three"],
)
def test_the_header_of_a_framed_message_is_left_out(file, path, parts):
    file.session(1).left("client", parts, origin="adapter")
    assert lines(path)[0].endswith(b'"message":{"seq":1}}\n')


def test_what_is_no_json_cannot_break_the_line(file, path):
    garbage = b'GET / HTTP/1.1\r\n\r\n"}' + bytes(range(256)) * 100
    file.session(1).arrived("client", garbage, valid=False)
    line = json.loads(lines(path)[0])
    assert b64decode(line["garbage"]) == garbage[:GARBAGE_KEPT]
    assert line["size"] == len(garbage)
    assert "message" not in line


def test_every_line_is_in_the_file_before_it_is_closed(file, path):
    file.session(1).note("dapshim may be killed now")
    assert b"killed now" in path.read_bytes()


def test_the_file_is_for_its_owner_alone(path):
    path.write_text("an old trace that all the world may read\n")
    path.chmod(0o644)
    TraceFile(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"old trace" not in path.read_bytes()


def test_a_new_file_is_for_its_owner_alone(path):
    old = os.umask(0)
    try:
        TraceFile(path).close()
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_others_write_into_the_file_is_not_overwritten(file, path):
    with path.open("ab") as other:
        other.write(b"another process\n")
    file.session(1).note("after it")
    assert [b"another process" in lines(path)[0], b"after it" in lines(path)[1]] == [True, True]


def test_a_file_that_cannot_be_opened_is_an_error_at_once(tmp_path):
    with pytest.raises(FileNotFoundError):
        TraceFile(tmp_path / "no such directory" / "trace.jsonl")


def test_a_pipe_that_nobody_reads_is_an_error_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device"):
        TraceFile(tmp_path / "pipe")


def test_a_full_disk_ends_the_trace_and_nothing_else(caplog):
    with caplog.at_level(logging.WARNING, logger=trace.__name__):
        file = TraceFile("/dev/full")
        session = file.session(1)
        session.arrived("client", b"{}")
        session.left("adapter", [b"{}"], origin="client")
        session.held("client", b"{}", verdicts=())
        session.note("x")
        file.close()
    assert [record.getMessage() for record in caplog.records] == [
        "the trace /dev/full ends here, the session goes on: No space left on device"
    ]


def test_a_pipe_whose_reader_sleeps_ends_the_trace_and_does_not_wait(tmp_path, caplog):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        file = TraceFile(tmp_path / "pipe")
        with caplog.at_level(logging.WARNING, logger=trace.__name__):
            for _ in range(100):
                file.session(1).arrived("client", b"x" * 10_000)
        assert not file.is_open
        assert len(caplog.records) == 1
    finally:
        os.close(reader)


def test_a_line_that_the_system_takes_in_pieces_is_written_whole(file, path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    file.session(1).note("longer than seven bytes")
    assert json.loads(lines(path)[0])["note"] == "longer than seven bytes"


def test_after_close_nothing_is_written_and_nothing_raised(file, path):
    session = file.session(1)
    file.close()
    file.close()
    session.arrived("client", b"{}")
    session.note("too late")
    assert lines(path) == []
