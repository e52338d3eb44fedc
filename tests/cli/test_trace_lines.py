"""Reading a trace back, whole or damaged, and making it fit to be shown."""

import io
import json

import msgspec
import pytest

from dapshim.cli import trace_lines
from dapshim.cli.trace_lines import STRANGE_LINES, NoTraceError, read, redacted, verdicts
from dapshim.proxy.trace import TraceFile
from dapshim.wire.redaction import HIDDEN, Redactor

NOTE = b'{"t":0.5,"session":1,"note":"x"}\n'
MESSAGE = b'{"t":0.5,"session":1,"edge":"client","way":"in","message":{"seq":1}}\n'


def problems(data: bytes) -> list[str]:
    return [record.problem for record in read(io.BytesIO(data))]


def test_what_was_written_is_read(tmp_path):
    file = TraceFile(tmp_path / "trace", clock=lambda: 7.0)
    session = file.session(2)
    session.arrived("client", b'{"seq":1}')
    session.left("adapter", [b'{"seq":2}'], origin="client", verdicts=[("output", "PASS")])
    session.held("adapter", b'{"seq":3}', verdicts=[("late", "HIDE")])
    session.arrived("client", b"GET /", valid=False)
    session.note("gone")
    file.close()
    with (tmp_path / "trace").open("rb") as opened:
        records = list(read(opened))
    assert [record.problem for record in records] == [""] * 6
    assert [record.line.get("way", "note") for record in records] == ["note", "in", "out", "held", "in", "note"]
    assert records[2].line["message"] == {"seq": 2}
    assert verdicts(records[3].line) == [("late", "HIDE")]
    assert [record.number for record in records] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"half a li\n", "it is no JSON"),
        (MESSAGE[:40], "it is cut off"),
        (b"[1]\n", "dapshim did not write it"),
        (b'{"t":1}\n', "dapshim did not write it"),
        (b'{"t":"1","session":1,"note":"x"}\n', "dapshim did not write it"),
        (b'{"t":1,"session":1,"edge":"client","way":"sideways","message":{}}\n', "dapshim did not write it"),
        (b'{"t":1,"session":1,"edge":["client"],"way":"in","message":{}}\n', "dapshim did not write it"),
        (b'{"t":1,"session":1,"edge":"client","way":"in","message":7}\n', "dapshim did not write it"),
        (MESSAGE.replace(b"1}", b"[" * 100_000 + b"]" * 100_000 + b"}"), "its message nests too deep to be read"),
        (MESSAGE.replace(b"1}", b"9" * 5000 + b"}"), "it is no JSON"),
        (b"\n", "it is no JSON"),
    ],
)
def test_a_damaged_line_is_told_and_the_others_are_read(line, problem):
    last = [""] if line.endswith(b"\n") else []
    assert problems(NOTE + line + (NOTE if last else b"")) == ["", problem, *last]


def test_a_damaged_beginning_is_told_too():
    assert problems(b"\x00\x00\n" + NOTE) == ["it is no JSON", ""]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"\x7fELF\x02\x01\x01", "dapshim wrote none of its lines"),
        (b'{"json":"but no trace"}\n' * (STRANGE_LINES + 5), "dapshim wrote none of its lines"),
    ],
)
def test_another_kind_of_file_is_no_trace(data, reason):
    with pytest.raises(NoTraceError, match=reason):
        problems(data)


def test_another_kind_of_file_is_not_read_to_its_end():
    file = io.BytesIO(b"x\n" * 100_000)
    with pytest.raises(NoTraceError):
        list(read(file))
    assert file.tell() == 2 * STRANGE_LINES


def test_a_line_without_end_is_skipped_without_being_held(monkeypatch):
    monkeypatch.setattr(trace_lines, "MAX_LINE", 100)
    assert problems(NOTE + b"x" * 950 + b"\n" + NOTE) == ["", "it has no end", ""]
    assert problems(NOTE + b"x" * 950) == ["", "it has no end"]


def test_a_trace_is_read_while_it_goes_not_before():
    class Endless(io.BytesIO):
        def readline(self, _size=-1):
            return NOTE

    records = read(Endless())
    assert [next(records).number for _ in range(1000)][-1] == 1000


def test_invalid_utf_8_is_read():
    record = next(read(io.BytesIO(MESSAGE.replace(b"1}", b'"\xff"}'))))
    assert record.line["message"] == {"seq": "\udcff"}


def test_numbers_keep_their_spelling_when_asked():
    body = b"1.0,1e400,-0.0,18446744073709551616,1.00000000000000000000001,12]}"
    line = next(read(io.BytesIO(MESSAGE.replace(b"1}", b"[" + body)), spelt=True)).line
    assert msgspec.json.encode(line["message"]) == b'{"seq":[' + body


@pytest.mark.parametrize("odd", [None, 7, "x", [1, ["a"]], {"a": "b"}])
def test_odd_verdicts_are_none(odd):
    assert verdicts({"verdicts": odd}) == []


def test_a_redacted_line_keeps_what_the_format_says_and_nothing_else():
    line = json.loads(
        b'{"t":1.5,"session":2,"edge":"client","way":"out","origin":"late_breakpoints","secret":"s3cret",'
        b'"verdicts":[["late_breakpoints","Refuse(no file s3cret)"]],"message":{"type":"event","event":"x","body":"s3cret"}}'
    )
    assert redacted(line, Redactor()) == {
        "t": 1.5,
        "session": 2,
        "edge": "client",
        "way": "out",
        "origin": "late_breakpoints",
        "verdicts": [["late_breakpoints", "Refuse(no file <hidden>)"]],
        "message": {"type": "event", "event": "x", "body": HIDDEN},
    }


def test_garbage_and_notes_are_redacted():
    garbage = {"t": 0, "session": 1, "edge": "client", "way": "in", "garbage": "czNjcmV0", "size": 6}
    assert redacted(garbage, Redactor()) == {**garbage, "garbage": HIDDEN}
    note = {"t": 0, "session": 1, "note": "dlv started, pid 7, in /home/ann"}
    assert redacted(note, Redactor())["note"] == "dlv started, pid 7, in /home/p1"
