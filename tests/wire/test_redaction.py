"""What a redacted conversation keeps, and above all what it does not."""

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dapshim.wire.redaction import HIDDEN, KEPT_EXTENSIONS, KEPT_SEGMENTS, KEPT_WORDS, MAX_NESTING, Redactor


def redact(message: Any) -> Any:
    return Redactor().redact(message)


def request(command: str, /, **arguments: Any) -> dict[str, Any]:
    return {"seq": 1, "type": "request", "command": command, "arguments": arguments}


def response(command: str, /, **body: Any) -> dict[str, Any]:
    return {"seq": 1, "type": "response", "request_seq": 1, "success": True, "command": command, "body": body}


def event(name: str, /, **body: Any) -> dict[str, Any]:
    return {"seq": 1, "type": "event", "event": name, "body": body}


# -- what stays ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        request(
            "initialize", clientID="vscode", clientName="Visual Studio Code", adapterID="go", locale="en-us", pathFormat="path"
        ),
        request("launch", mode="exec", type="go", request="launch", stopOnEntry=True, console="integratedTerminal", port=4711),
        request("launch", env={"PATH": None, "GOFLAGS": "-mod=mod"}, buildFlags="-tags=false -race -gcflags=all=-N"),
        request("attach", mode="remote", host="127.0.0.1", port=4711),
        request("setBreakpoints", source={"path": "/usr/local/go/src/runtime/proc.go"}, breakpoints=[{"line": 7}]),
        request("setFunctionBreakpoints", breakpoints=[{"name": "main.main"}]),
        request("setExceptionBreakpoints", filters=["unrecovered-panic"], filterOptions=[{"filterId": "all"}]),
        request("evaluate", expression="", context="hover", frameId=1000),
        request("disassemble", memoryReference="0x4bcdd9", instructionCount=8),
        response(
            "initialize",
            supportsX=True,
            exceptionBreakpointFilters=[{"filter": "a-b", "label": "Fatal Throws", "default": True}],
        ),
        response("threads", threads=[{"id": 1, "name": "* [Go 1] main.main (Thread 24065)"}]),
        response("stackTrace", stackFrames=[{"name": "runtime.gopark", "presentationHint": "subtle"}], totalFrames=1),
        response("scopes", scopes=[{"name": "Locals (warning: optimized function)", "expensive": False}]),
        response("variables", variables=[{"name": "count", "value": "", "type": "map[string]int", "evaluateName": "p.X[3]"}]),
        event("stopped", reason="function breakpoint", threadId=1, hitBreakpointIds=[2]),
        event("process", name="/tmp/main", startMethod="launch"),
        event("output", category="console", output="Type 'dlv help' for list of commands.\n"),
        event("invalidated", areas=["variables"]),
    ],
)
def test_what_dap_delve_and_go_say_themselves_stays(message):
    assert redact(message) == message


@pytest.mark.parametrize(
    "text",
    [
        "Failed to launch: Build error: Check the debug console for details.",
        "Unable to process `stackTrace`: debuggee is running",
        "invalid debug configuration - unsupported 'mode' attribute",
        (
            "Go version go1.24.11 is too old for this version of Delve (minimum supported version 1.25, suppress this error "
            "with --check-go-version=false)"
        ),
        (
            "debug session already in progress at 127.0.0.1:45771 - use remote attach mode to connect to a server with an "
            "active debug session"
        ),
        "Process 9314 has exited with status 0",
    ],
)
def test_delves_own_messages_can_still_be_read(text):
    assert Redactor().text(text) == text


def test_the_message_is_not_changed_itself():
    message = request("launch", program="/home/ann/x", args=["--password", "hunter2"])
    before = copy.deepcopy(message)
    redact(message)
    assert message == before


def test_structure_numbers_and_booleans_stay():
    message = {"seq": 2**70, "type": "event", "event": "x", "body": [1.5, -0.0, True, None, [], {}, {"a": [2]}], "strange": 7}
    assert redact(message) == message


# -- what is hidden --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "hidden"),
    [
        (request("launch", name="Launch bank"), "bank"),
        (request("launch", args=["--token", "s3cret"]), "s3cret"),
        (request("launch", args="--token s3cret"), "s3cret"),
        (request("launch", env={"KEY": "s3cret"}), "s3cret"),
        (request("launch", env={"type": "s3cret", "path": "s3cret"}), "s3cret"),
        (request("launch", env={"deep": {"type": "s3cret"}}), "s3cret"),
        (request("launch", env={"PIN": 271828}), "271828"),
        (request("launch", buildFlags=["-ldflags=-X main.key=s3cret"]), "s3cret"),
        (request("launch", unheardOf="s3cret"), "s3cret"),
        (request("launch", unheardOf={"type": "s3cret", "mode": "s3cret"}), "s3cret"),
        (request("attach", host="db.acme.com"), "acme"),
        (request("evaluate", expression="user.password"), "password"),
        (request("setBreakpoints", breakpoints=[{"line": 1, "condition": 'user == "bob"'}]), "bob"),
        (request("setBreakpoints", breakpoints=[{"line": 1, "logMessage": "{user} bob"}]), "bob"),
        (request("setVariable", name="x", value="s3cret"), "s3cret"),
        (request("writeMemory", memoryReference="0x1", data="czNjcmV0"), "czNjcmV0"),
        (request("customThing", type="s3cret", mode="s3cret"), "s3cret"),
        (response("variables", variables=[{"name": '"bob"', "value": "1", "evaluateName": 'm["bob"]'}]), "bob"),
        (
            response("variables", variables=[{"name": "x", "value": "s3cret", "type": 'struct { X int "json:s3cret" }'}]),
            "s3cret",
        ),
        (response("evaluate", result="s3cret"), "s3cret"),
        (response("threads", threads=[{"id": 1, "name": "[Go 1] main.main {user: bob}"}]), "bob"),
        (response("threads", threads=[{"id": 1, "name": "bob"}]), "bob"),
        (response("readMemory", address="0x1", data="czNjcmV0"), "czNjcmV0"),
        ({"type": "response", "command": "launch", "success": False, "message": 'open "my files here"'}, "my files"),
        (event("output", output="bob logged in\n", category="stdout"), "bob"),
        (event("output", output="the file is open\n", category="stderr"), "open"),
        (event("output", output="bob\n", category="console"), "bob"),
        (event("stopped", reason="exception", text="panic: bob"), "bob"),
        (event("process", name="/home/ann/bin/tool --token s3cret"), "s3cret"),
    ],
)
def test_what_could_be_private_is_hidden(message, hidden):
    assert hidden in json.dumps(message)
    assert hidden not in json.dumps(redact(message))


def test_what_nests_too_deep_to_be_looked_into_is_hidden():
    message: Any = "s3cret"
    for _ in range(MAX_NESTING + 50):
        message = [message]
    assert "s3cret" not in json.dumps(redact({"type": "event", "event": "x", "body": message}))


def test_what_is_no_message_is_hidden():
    assert redact("s3cret") == HIDDEN
    assert redact(["s3cret", 1]) == [HIDDEN, 1]


# -- paths -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/ann/shop/orders.go", "/home/p1/p2/p3.go"),
        ("/home/ann/ann/ann.go", "/home/p1/p1/p1.go"),
        ("C:\\Users\\ann\\main.go", "C:\\Users\\p1\\main.go"),
        ("/a/../b/./c//d/", "/p1/../p2/./p3//p4/"),
        ("/x/order_test.go", "/x/p1_test.go"),
        ("/w/tool.test", "/p1/p2.test"),
        ("/home/ann/.ssh/id.s3cret", "/home/p1/.p2/p3"),
        ("/usr/local/go/pkg/mod/github.com/acme/util@v1.2.3/x.go", "/usr/local/go/pkg/mod/github.com/p1/p2@v1.2.3/x.go"),
        ("github.com/acme/util@v1.2.3-s3cret", "github.com/p1/p2@p3"),
        ("file:///home/ann/x.go", "file:///home/p1/x.go"),
        ("vscode-remote://127.0.0.1:4711/home/ann", "vscode-remote://127.0.0.1:4711/home/p1"),
        ("vscode-remote://ssh+build/home/ann", "vscode-remote://p1/home/p2"),
        ("<autogenerated>", "<autogenerated>"),
        ("", ""),
    ],
)
def test_a_path_keeps_its_shape(path, shown):
    assert Redactor().path(path) == shown


@pytest.mark.parametrize("other", ["Acme", "ACME", "%61cme", "!acme"])
def test_spellings_of_one_segment_can_be_told_apart_and_belong_together(other):
    redactor = Redactor()
    assert [redactor.path(segment) for segment in ("acme", other, "acme", other)] == ["p1", "p1_2", "p1", "p1_2"]


def test_unicode_forms_of_one_segment_belong_together():
    redactor = Redactor()
    assert [redactor.path("caf\u00e9"), redactor.path("cafe\u0301")] == ["p1", "p1_2"]


def test_a_segment_has_one_pseudonym_in_all_of_a_trace():
    redactor = Redactor()
    redactor.redact(request("launch", program="/home/ann/orders", substitutePath=[{"from": "/home/ann", "to": "/build"}]))
    shown = redactor.redact(
        response(
            "stackTrace",
            stackFrames=[
                {"name": "orders.(*Desk).Take", "source": {"name": "desk.go", "path": "/build/orders/desk.go"}, "line": 3}
            ],
        )
    )
    assert shown["body"]["stackFrames"][0]["source"]["path"] == "/build/p2/p3.go"
    assert shown["body"]["stackFrames"][0]["name"] == "p2.(*Desk).Take"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "could not find statement at /home/ann/x.go:30, please use a line with a statement",
            "could not find statement at /home/p1/x.go:30, please use a line with a statement",
        ),
        ("./orders.go:3:8: undefined: total", "./p1.go:3:8: undefined: <hidden>"),
        ("open C:\\Users\\ann: no such file", "open C:\\Users\\p1: no such file"),
        ('open "/home/ann": permission denied', 'open "/home/p1": permission denied'),
        ("two secret words", "<hidden>"),
        ("code 123 456", "code 123 <hidden>"),
    ],
)
def test_paths_are_recognised_in_text(text, shown):
    assert Redactor().text(text) == shown


def test_a_stack_trace_that_the_program_prints_keeps_its_places():
    shown = Redactor().output("panic: bob\n\nmain.main()\n\t/home/ann/x.go:22 +0x2ba\n")
    assert shown == "<hidden>: <hidden>\n\n<hidden>()\n\t/home/p1/x.go:22 <hidden>\n"


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [
        ("main.main.func1", "main.main.func1"),
        ("github.com/acme/shop/orders.(*Desk).Take", "github.com/p1/p2/p3.(*Desk).Take"),
        ("map[string]*orders.Desk", "map[string]*p1.Desk"),
        ("func(int) (error, bool)", "func(int) (error, bool)"),
        ("<-chan []main.T", "<-chan []main.T"),
        ('struct { X int "s3cret" }', "struct { X int <hidden> }"),
        ("main.f[go.shape.int]", "main.f[go.shape.int]"),
    ],
)
def test_names_of_the_program_stay_and_their_packages_do_not(symbol, shown):
    assert Redactor().symbol(symbol) == shown


def test_names_of_shims_are_dapshims_own():
    assert Redactor().own_name("late_breakpoints") == "late_breakpoints"
    assert Redactor().own_name("s3cret key") == HIDDEN


# -- the promise -----------------------------------------------------------------------------------------------------------


def conversation(secret: str) -> list[dict[str, Any]]:
    """A session in which `secret` stands wherever a person's data can stand."""
    path = f"/home/{secret}/src/{secret}.go"
    return [
        request(
            "launch",
            name=secret,
            program=path,
            cwd=f"C:\\Users\\{secret}",
            args=[secret, f"--key={secret}"],
            env={"KEY": secret, "type": secret, "GOPATH": f"/home/{secret}", "GOFLAGS": f"-tags={secret}"},
            buildFlags=f"-ldflags='-X main.key={secret}'",
            substitutePath=[{"from": secret, "to": path}],
            unknown={"type": secret, "message": secret, "list": [secret]},
        ),
        request("attach", host=secret, waitFor=secret, envFile=path),
        request(
            "setBreakpoints",
            source={"path": path, "name": f"{secret}.go"},
            breakpoints=[{"condition": secret, "logMessage": secret}],
        ),
        response("setBreakpoints", breakpoints=[{"message": f"could not find file {path}:30", "source": {"path": path}}]),
        request("evaluate", expression=secret),
        response("evaluate", result=secret),
        response("variables", variables=[{"name": f'"{secret}"', "value": secret, "evaluateName": f'm["{secret}"]'}]),
        {
            "type": "response",
            "success": False,
            "message": f'no "{secret}"',
            "body": {"error": {"format": secret, "variables": {"x": secret}}},
        },
        event("output", category="stdout", output=secret),
        event("output", category="console", output=f"Building {path}\n{secret}"),
        event("output", category="stderr", output=f"panic: {secret}\n\t{path}:22 +0x2ba"),
        event("stopped", reason="exception", description=secret, text=f"panic: {secret}"),
        event("process", name=f"{path} {secret}"),
        event(secret, body=secret),
        request("custom", type=secret, path=secret),
    ]


def strings(value: Any) -> list[str]:
    """Every string value; keys are kept on purpose."""
    if isinstance(value, dict):
        return [found for key, member in value.items() if key not in ("event", "command") for found in strings(member)]
    if isinstance(value, list):
        return [found for item in value for found in strings(item)]
    return [value] if isinstance(value, str) else []


def says_something(secret: str) -> bool:
    """Whether there is anything in `secret` that is not itself on the lists of what is kept."""
    words = re.findall(r"[^\W_]+", secret)
    kept = KEPT_WORDS | KEPT_SEGMENTS | {extension[1:] for extension in KEPT_EXTENSIONS} | {"localhost"}
    return any(word.lower() not in kept and len(word) > 1 for word in words)


@given(
    st.text(min_size=4)
    | st.text(alphabet="ab1/\\.:-_@%!= \"'()[]{}<>\n", min_size=4)
    | st.from_regex(r"[A-Za-z0-9_]{4,20}", fullmatch=True)
)
def test_no_secret_survives(secret):
    assume(says_something(secret))
    redactor = Redactor()
    without = strings([redactor.redact(message) for message in conversation("")])
    assume(not any(secret in found for found in without))
    for message in conversation(secret):
        assert not [found for found in strings(redactor.redact(message)) if secret in found]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["type", "body", "env", "path", "name"]), inner)
    ),
)


@given(json_values)
def test_any_message_can_be_redacted_and_sent_as_json(value):
    assert json.dumps(redact(value)).isascii()
    json.dumps(redact(value), ensure_ascii=False).encode()


@given(json_values)
def test_redaction_keeps_the_shape(value):
    def shape(of: Any) -> Any:
        if isinstance(of, dict):
            return [shape(member) for member in of.values()]
        if isinstance(of, list):
            return [shape(item) for item in of]
        return "number" if isinstance(of, int | float) and not isinstance(of, bool) else type(of)

    assert shape(redact(value)) == shape(value)
