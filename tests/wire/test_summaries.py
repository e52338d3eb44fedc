"""What a message says in a few words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.wire import summaries
from dapshim.wire.summaries import LONGEST, first_difference, printable, summarize

SOURCE = {"name": "main.go", "path": "/w/cmd/tool/main.go"}


def asked(command: str, /, **arguments: Any) -> str:
    return summarize({"type": "request", "command": command, "arguments": arguments})


def answered(command: str, /, **body: Any) -> str:
    return summarize({"type": "response", "command": command, "success": True, "body": body})


def told(event: str, /, **body: Any) -> str:
    return summarize({"type": "event", "event": event, "body": body})


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        (asked("initialize", clientID="vscode", clientName="VS Code", adapterID="go"), "VS Code, adapter go"),
        (asked("initialize", clientID="x", pathFormat="uri", linesStartAt1=False), "x, uri paths, lines from 0"),
        (asked("launch", program="./cmd/x", args=["-v", 1]), "debug ./cmd/x, args -v 1"),
        (
            asked("launch", mode="exec", program="/x", env={"A": "1"}, stopOnEntry=True),
            "exec /x, 1 env variable, stop on entry",
        ),
        (asked("attach", processId=7), "local, process 7"),
        (asked("attach", mode="remote", host="h", port=4), "remote, h:4"),
        (
            asked("setBreakpoints", source=SOURCE, breakpoints=[{"line": 24}, {"line": 31, "condition": "x > 3"}]),
            "tool/main.go [24, 31 if x > 3]",
        ),
        (
            asked("setBreakpoints", source=SOURCE, breakpoints=[{"line": 1, "logMessage": "hi", "hitCondition": "> 2"}]),
            "tool/main.go [1 hits > 2 logs “hi”]",
        ),
        (asked("setBreakpoints", source=SOURCE, lines=[1, 2]), "tool/main.go [1, 2]"),
        (asked("setBreakpoints", source=SOURCE, breakpoints=[]), "tool/main.go none"),
        (asked("setFunctionBreakpoints", breakpoints=[{"name": "main.main"}]), "[main.main]"),
        (asked("setExceptionBreakpoints", filters=["a"], filterOptions=[{"filterId": "b"}]), "a, b"),
        (asked("stackTrace", threadId=1, startFrame=20, levels=20), "thread 1, frames 20 to 39"),
        (asked("stackTrace", threadId=1), "thread 1, frames from 0"),
        (asked("variables", variablesReference=1000, filter="indexed", start=0, count=64), "of 1000, indexed 0 to 63"),
        (asked("evaluate", expression="p.X", context="hover"), "p.X (hover)"),
        (asked("next", threadId=1, granularity="line"), "thread 1, by line"),
        (asked("disconnect", terminateDebuggee=True), "end the program"),
        (asked("disconnect", terminateDebuggee=False, restart=True), "let the program run, to restart"),
        (asked("cancel", requestId=4), "request #4"),
        (asked("restart", arguments={"program": "/x"}), "debug /x"),
        (asked("runInTerminal", kind="integrated", args=["dlv", "dap"], cwd="/w"), "integrated, dlv dap, in /w"),
        (asked("configurationDone"), ""),
        (asked("madeUp", a=1, b=None, c=[1, 2], d={"x": 1}, e=True, f=1.5, g=7), "a=1, b=null, c=[2], d={…}, e=true, f=1.5, …"),
        (answered("initialize", supportsA=True, supportsB=False, filters=[1]), "2 capabilities"),
        (
            answered("setBreakpoints", breakpoints=[{"verified": True}, {"verified": False, "message": "no file"}]),
            "1 verified, 1 unverified: no file",
        ),
        (answered("setBreakpoints", breakpoints=[{"verified": False, "message": "no file"}]), "1 unverified: no file"),
        (answered("setBreakpoints", breakpoints=[{"verified": True}] * 2), "2 verified"),
        (answered("setBreakpoints", breakpoints=[]), ""),
        (answered("threads", threads=[{"id": 1, "name": "[Go 1] a"}, {"id": 2, "name": "* [Go 2] b"}]), "2 threads, [Go 2] b"),
        (
            answered(
                "stackTrace",
                stackFrames=[{"name": "main.f", "source": SOURCE, "line": 3}, {"name": "main.main"}],
                totalFrames=2,
            ),
            "2 frames, main.f tool/main.go:3 ← main.main",
        ),
        (answered("scopes", scopes=[{"name": "Locals"}, {"name": "Globals"}]), "Locals, Globals"),
        (answered("variables", variables=[{"name": "x", "value": "1"}, {"name": "y", "value": "2"}]), "x = 1, y = 2"),
        (answered("variables", variables=[{"name": "x", "value": "1"}] * 5), "x = 1, x = 1, x = 1, …"),
        (answered("evaluate", result="42"), "42"),
        (answered("continue", allThreadsContinued=True), ""),
        (answered("readMemory", address="0x1", data="AAAA"), "3 bytes at 0x1"),
        (told("stopped", reason="breakpoint", threadId=1, hitBreakpointIds=[2, 3]), "breakpoint, thread 1, hit 2, 3"),
        (told("stopped", reason="exception", threadId=1, text="panic: x"), "exception, thread 1, panic: x"),
        (told("output", category="stdout", output="a\nb\n"), "stdout: a\\nb"),
        (told("output", output="x", source=SOURCE, line=3), "console: x at tool/main.go:3"),
        (told("process", name="/x", systemProcessId=7, startMethod="launch"), "pid 7, launch, /x"),
        (told("exited", exitCode=0), "code 0"),
        (told("terminated"), ""),
        (
            told("breakpoint", reason="changed", breakpoint={"id": 3, "verified": True, "line": 7, "source": SOURCE}),
            "changed 3, verified, tool/main.go:7",
        ),
        (told("capabilities", capabilities={"supportsStepBack": True}), "supportsStepBack=true"),
        (told("continued", threadId=1, allThreadsContinued=False), "thread 1, this thread only"),
        (told("madeUp", a="b"), "a=b"),
    ],
)
def test_the_words(summary, words):
    assert summary == words


def test_a_failure_says_why_in_the_words_that_say_most():
    failure = {"type": "response", "command": "launch", "success": False, "message": "Failed to launch"}
    assert summarize(failure) == "Failed to launch"
    assert (
        summarize({**failure, "body": {"error": {"format": "Failed to launch: no such file"}}})
        == "Failed to launch: no such file"
    )
    assert summarize({**failure, "message": None, "body": 7}) == "no reason given"


def test_a_body_that_is_not_as_dap_says_shows_what_it_has():
    assert asked("setBreakpoints", source=7, breakpoints="x") == "source=7, breakpoints=x"
    assert summarize({"type": "request", "command": "next", "arguments": [1, 2]}) == "[2]"


def test_nothing_can_move_the_cursor_or_turn_the_writing_round():
    assert printable("a\x1b[2J\r\nb\u202e\ud800ä") == r"a\x1b[2J\r\nb\u202e\ud800ä"
    assert "\x1b" not in told("output", output="\x1b[31mred")


def test_a_long_text_is_cut():
    summary = told("output", category="stdout", output="x" * 10_000_000)
    assert summary == "stdout: " + "x" * (LONGEST - 1) + "…"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": 1}, {"a": 1}, ""),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "1 → 2 in a.b"),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, "x → y in a[1].b"),
        ({"a": [1]}, {"a": [1, 2]}, "[1] → [2] in a"),
        ({"a": 1}, {"a": 1, "b": 2}, "2 added as b"),
        ({"a": 1, "b": 2}, {"a": 1}, "2 taken out of b"),
        ({"p": "/home/ann/w/x.go"}, {"p": "/build/w/x.go"}, "/home/ann → /build (…/w/x.go) in p"),
        ({"p": "/w/a.go"}, {"p": "/w/b.go"}, "/w/a.go → /w/b.go in p"),
        ({"p": "w/x.go"}, {"p": "/build/w/x.go"}, "w/x.go → /build/w/x.go in p"),
        (None, {}, "null → {}"),
    ],
)
def test_the_first_difference(before, after, said):
    assert first_difference(before, after) == said


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(
    [
        "source",
        "path",
        "line",
        "breakpoints",
        "name",
        "threads",
        "stackFrames",
        "variables",
        "scopes",
        "args",
        "env",
        "output",
        "text",
        "reason",
        "threadId",
        "hitBreakpointIds",
        "breakpoint",
        "capabilities",
        "body",
        "areas",
        "module",
        "exitCode",
        "start",
        "count",
        "levels",
        "restart",
        "arguments",
    ]
)


@given(
    st.sampled_from(["request", "response", "event"]),
    st.sampled_from(sorted({*summaries._REQUESTS, *summaries._RESPONSES, *summaries._EVENTS})),
    st.dictionaries(keys, json_values | st.lists(st.dictionaries(keys, json_values))) | json_values,
)
def test_any_body_has_a_summary_of_one_printable_line(kind, name, body):
    message = {"type": kind, "command": name, "event": name, "success": True, "arguments": body, "body": body}
    assert summarize(message).isprintable()
    assert summarize(json.loads(json.dumps(message))).isprintable()


@given(json_values, json_values)
def test_a_difference_is_said_when_there_is_one(before, after):
    said = first_difference(before, after)
    assert said.isprintable()
    assert bool(said) == (before != after)
