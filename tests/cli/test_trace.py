"""`dapshim trace`: what a person sees, what a program gets, and how damaged files end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dapshim.cli import trace
from dapshim.proxy.trace import TraceFile


def run(*arguments: str, **how) -> Result:
    return CliRunner().invoke(trace.command, [str(argument) for argument in arguments], **how)


def body(line: str) -> bytes:
    return json.dumps(json.loads(line)).encode()


@pytest.fixture
def recorded(tmp_path):
    """A short session in which everything happens once, and the beginning of another."""
    times = iter(
        [0.0, 0.0004, 0.001, 0.3, 0.3, 0.301, 0.32, 0.321, 0.322, 0.323, 0.33, 0.331, 0.4, 0.401, 0.402, 0.5, 0.6, 0.7, 0.8]
    )
    file = TraceFile(tmp_path / "session.jsonl", clock=lambda: next(times))
    session = file.session(1)
    asked = b'{"seq":1,"type":"request","command":"launch","arguments":{"mode":"exec","program":"/home/ann/shop"}}'
    session.arrived("client", asked)
    session.left("adapter", [asked], origin="client", verdicts=[("output", "PASS")])
    session.note("dlv started, pid 7")
    failed = (
        b'{"seq":1,"type":"response","request_seq":1,"success":false,"command":"launch","message":"no file /home/ann/shop"}'
    )
    session.arrived("adapter", failed)
    session.left("client", [failed], origin="adapter", verdicts=[("output", "over budget")])
    stopped = b'{"seq":2,"type":"event","event":"stopped","body":{"reason":"breakpoint","threadId":1}}'
    session.arrived("adapter", stopped)
    session.left("adapter", [b'{"seq":2,"type":"request","command":"threads"}'], origin="late_breakpoints")
    session.arrived(
        "adapter", b'{"seq":3,"type":"response","request_seq":2,"success":true,"command":"threads","body":{"threads":[]}}'
    )
    session.held("adapter", stopped, verdicts=[("late_breakpoints", "HIDE")])
    asked = (
        b'{"seq":2,"type":"request","command":"setBreakpoints","arguments":{"source":{"path":"/home/ann/main.go"},"lines":[3]}}'
    )
    session.arrived("client", asked)
    session.left("adapter", [asked.replace(b"/home/ann", b"/build")], origin="client")
    session.left("client", [b'{"seq":4,"type":"event","event":"output","body":{"output":"\\u001b[2Jhi"}}'], origin="output")
    session.arrived("client", b'{"seq":3,"type":"request","command":"modules"}')
    session.left(
        "client", [b'{"seq":5,"type":"response","request_seq":3,"success":true,"command":"modules"}'], origin="fill_in"
    )
    file.session(2).arrived("client", b"GET / HTTP/1.1\r\n", valid=False)
    session.arrived("client", b'{"seq":4,"type":"request","command":"pause","arguments":{"threadId":1}}')
    file.close()
    return tmp_path / "session.jsonl"


def test_the_conversation_at_a_glance(recorded):
    shown = run(recorded)
    assert shown.exit_code == 0
    assert shown.output.splitlines()[1:] == [
        "   time    gap s way  request",
        "  0.000        1 ────▶   1 launch         exec /home/ann/shop",
        "  0.300 +0.300 1   ·       dlv started, pid 7",
        (
            "  0.300        1 ◀────   1 launch         failed  301 ms  no file /home/ann/shop  "
            "(output: over budget, 1.0 ms in dapshim)"
        ),
        "  0.320 +0.020 1   ·◀─     stopped        hidden by late_breakpoints  breakpoint, thread 1",
        "  0.321 +0.001 1   ·─▶   2 threads        by late_breakpoints",
        "  0.322 +0.001 1   ·◀─   2 threads        1.0 ms  for late_breakpoints  0 threads",
        "  0.330 +0.008 1 ────▶   2 setBreakpoints ann/main.go [3]  (1.0 ms in dapshim)",
        "                           changed /home/ann → /build (…/main.go) in source.path",
        "  0.400 +0.070 1 ◀─·       output         by output  console: \\x1b[2Jhi",
        "  0.401 +0.001 1 ─▶·     3 modules        answered by fill_in",
        "  0.402 +0.001 1 ◀─·     3 modules        1.0 ms  by fill_in",
        "  0.500 +0.098 2 ─▶·       16 bytes that are no message: GET / HTTP/1.1\\r\\n",
        "  0.600 +0.100 1 ─▶·     4 pause          went no further  thread 1",
        "",
        (
            "11 messages in 600 ms, 4 requests, 2 events, 1 own call, 1 hidden event, 1 request answered by dapshim, 1 failed, "
            "2 sessions"
        ),
        "slowest: launch #1 301 ms, modules #3 1.0 ms",
        "without an answer: setBreakpoints #2, pause #4",
    ]


def test_the_head_says_when_it_was_recorded(recorded):
    head = run(recorded).output.splitlines()[0]
    assert head.startswith("recorded by dapshim on 20")


def test_lines_are_cut_to_the_width_and_what_went_wrong_is_wrapped(recorded):
    shown = run(recorded, "--width", "60").output.splitlines()
    assert max(map(len, shown)) == 60
    assert shown[5:9] == [
        "  0.300        1 ◀────   1 launch         failed  301 ms  no",
        "                           file /home/ann/shop  (output:",
        "                           over budget, 1.0 ms in dapshim)",
        "  0.320 +0.020 1   ·◀─     stopped        hidden by late_br…",
    ]
    assert shown[-5:-2] == [
        "11 messages in 600 ms, 4 requests, 2 events, 1 own call, 1",
        "hidden event, 1 request answered by dapshim, 1 failed, 2",
        "sessions",
    ]


def test_in_a_pipe_there_are_no_colours_and_nothing_is_cut(recorded):
    assert "\x1b" not in run(recorded).output


def test_colours_when_they_are_asked_for(recorded):
    shown = run(recorded, "--width", "100", env={"FORCE_COLOR": "1", "TERM": "xterm-256color", "NO_COLOR": None}, color=True)
    assert "\x1b[1;31m" in shown.output
    assert "\x1b[33m" in shown.output


def test_no_color_is_respected(recorded):
    shown = run(recorded, env={"FORCE_COLOR": "1", "TERM": "xterm-256color", "NO_COLOR": "1"}, color=True)
    assert "\x1b[1m" in shown.output
    assert "\x1b[31m" not in shown.output
    assert "36m" not in shown.output


def test_redacted(recorded):
    shown = run("--redact", recorded).output
    assert "ann" not in shown
    assert "exec /home/p1/p2" in shown
    assert "no file /home/p1/p2" in shown
    assert "changed /home/p1 → /build (…/main.go) in source.path" in shown
    assert "GET" not in shown


def test_json_is_what_was_recorded(recorded):
    assert run("--json", recorded).stdout_bytes == recorded.read_bytes()


def test_json_keeps_the_spelling_of_numbers_when_redacted(tmp_path):
    file = TraceFile(tmp_path / "trace")
    file.session(1).arrived("client", b'{"type":"event","event":"x","body":{"a":1.0,"b":1e400,"c":"s3cret","d":"\\ud800"}}')
    file.close()
    shown = run("--json", "--redact", tmp_path / "trace").output.splitlines()
    assert shown[1].endswith('"message":{"type":"event","event":"x","body":{"a":1.0,"b":1e400,"c":"<hidden>","d":"<hidden>"}}}')
    assert "recorded by dapshim" in shown[0]


def test_redacted_json_can_be_read_again(recorded, tmp_path):
    again = tmp_path / "redacted.jsonl"
    again.write_bytes(run("--json", "--redact", recorded).stdout_bytes)
    without_head = [run(*arguments).output.splitlines()[1:] for arguments in (("--redact", recorded), (again,))]
    assert [line for line in without_head[0] if "no message" not in line] == [
        line for line in without_head[1] if "no message" not in line
    ]


def test_one_session(recorded):
    shown = run("--session", "2", recorded).output
    assert "GET / HTTP" in shown
    assert "launch" not in shown
    lines = [json.loads(line) for line in run("--session", "2", "--json", recorded).output.splitlines()]
    assert [line["session"] for line in lines] == [0, 2]


def test_a_session_that_is_not_there(recorded):
    for arguments in ((), ("--json",)):
        shown = run("--session", "3", *arguments, recorded)
        assert shown.exit_code == 1
        assert shown.stderr == f"Error: {recorded} has no session 3; it has 1, 2\n"


def test_standard_input(recorded):
    assert "launch" in run("-", input=recorded.read_bytes()).output


def test_a_trace_that_was_cut_off_is_read_as_far_as_it_goes(recorded):
    recorded.write_bytes(recorded.read_bytes()[:-30])
    shown = run(recorded)
    assert shown.exit_code == 0
    assert "line 17 of the file is left out: it is cut off" in shown.output
    assert "1 line left out" in shown.output
    assert "launch" in shown.output


def test_damaged_lines_are_told_beside_the_json(recorded):
    whole = recorded.read_bytes()
    recorded.write_bytes(whole.replace(b"\n", b"\n\x00\xff\n"))
    shown = run("--json", recorded)
    assert shown.exit_code == 0
    assert shown.stdout_bytes == whole
    assert shown.stderr.splitlines()[0] == "line 2 is left out: it is no JSON"
    assert shown.stderr.splitlines()[-1] == "12 more lines are left out"
    assert len(shown.stderr.splitlines()) == 6


@pytest.mark.parametrize(("data", "reason"), [(b"", "it is empty"), (b"\x7fELF\x00\x01", "dapshim wrote none of its lines")])
@pytest.mark.parametrize("option", ["--json", "--redact"])
def test_a_file_that_is_no_trace(tmp_path, data, reason, option):
    (tmp_path / "file").write_bytes(data)
    shown = run(option, tmp_path / "file")
    assert shown.exit_code == 1
    assert shown.output == f"Error: {tmp_path / 'file'} is no trace: {reason}\n"


def test_a_file_that_is_not_there(tmp_path):
    shown = run(tmp_path / "missing")
    assert shown.exit_code == 2
    assert "missing': No such file or directory" in shown.stderr


def test_a_directory(tmp_path):
    shown = run(tmp_path)
    assert shown.exit_code == 2
    assert "Is a directory" in shown.stderr


def test_a_trace_of_another_version_is_read_with_a_warning(recorded):
    recorded.write_bytes(recorded.read_bytes().replace(b'"trace":1,', b'"trace":2,', 1))
    shown = run(recorded)
    assert shown.exit_code == 0
    assert "by another version (2, this is 1)" in shown.output


def test_odd_heads_do_no_harm(recorded):
    whole = recorded.read_bytes()
    for started in (b"1e300", b"-1.0", b"NaN", b'"now"', b"null"):
        head, _, rest = whole.partition(b"\n")
        recorded.write_bytes(head.split(b'"started":')[0] + b'"started":' + started + b',"note":"x"}\n' + rest)
        assert run(recorded).output.splitlines()[0] == "x"


def test_notes_outside_of_every_session_are_shown_and_are_no_session(tmp_path):
    file = TraceFile(tmp_path / "trace")
    file.session(0).note("listening")
    file.close()
    assert "listening" in run(tmp_path / "trace").output
    assert run("--session", "1", tmp_path / "trace").stderr.endswith("has no session 1; it has none\n")


def test_a_disk_that_is_full_is_told(recorded):
    with Path("/dev/full").open("wb") as full:
        shown = subprocess.run(
            [sys.executable, "-c", PROGRAM, "--json", str(recorded)], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert shown.returncode == 1
    assert b"cannot be shown: No space left on device" in shown.stderr


def test_help_has_examples():
    assert "dapshim trace --redact --json session.jsonl" in run("--help").output


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 ms"), (0.00042, "0.4 ms"), (0.352, "352 ms"), (0.99949, "999 ms"), (1, "1.00 s"), (75, "75.00 s")],
)
def test_durations(seconds, said):
    assert trace.duration(seconds) == said


PROGRAM = "from dapshim.cli.trace import command; command()"


def start(path: Path, **how) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, check=False, timeout=60, **how)


def test_a_terminal_that_knows_only_ascii(recorded):
    shown = start(recorded, env={"PYTHONIOENCODING": "ascii"})
    assert shown.returncode == 0
    assert b"  0.330 +0.008 1 ---->   2 setBreakpoints" in shown.stdout
    assert b"changed /home/ann > /build (.../main.go)" in shown.stdout
    assert shown.stdout.isascii()


def test_a_reader_that_goes_away_is_no_fault(recorded):
    lines = recorded.read_bytes().splitlines(keepends=True)
    recorded.write_bytes(lines[0] + b"".join(lines[1:]) * 500)
    shown = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" "$2" | head -n 1', sys.executable, PROGRAM, str(recorded)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert shown.stdout.startswith(b"recorded by dapshim")
    assert b"Traceback" not in shown.stderr


def test_rich_is_not_imported_before_it_is_needed():
    check = "import sys, dapshim.cli.trace; assert 'rich' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", check], check=False, timeout=60).returncode == 0
