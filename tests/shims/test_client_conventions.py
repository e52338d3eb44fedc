"""The shim `client_conventions`: lines and columns from 0, and URIs, for clients that ask for them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.proxy.shim import Shim, on
from dapshim.shims import client_conventions, make_layers
from dapshim.shims.client_conventions import ClientConventions, path_of, uri_of
from dapshim.wire import messages
from dapshim.wire.messages import Message
from tests.playbook import Json, Peer, event, request, response, stage

FROM_0 = {"linesStartAt1": False, "columnsStartAt1": False}
URIS = {"pathFormat": "uri"}


@asynccontextmanager
async def begun(*inner: Shim, **asks: Any) -> AsyncIterator[tuple[Peer, Peer]]:
    """A session whose client has asked for that."""
    async with stage(ClientConventions(), *inner) as (client, adapter):
        await client.says(request(1, "initialize", adapterID="go", **asks))
        heard = await adapter.gets(request(1, "initialize", adapterID="go"))
        arguments = heard["arguments"]
        assert arguments.get("linesStartAt1", True) is True
        assert arguments.get("columnsStartAt1", True) is True
        assert arguments.get("pathFormat", "path") == "path"
        yield client, adapter


async def answered(client: Peer, adapter: Peer, command: str, body: Json, expected: Json) -> None:
    """Let the client ask something and see the body of the answer as `expected`, with no member more."""
    await client.says(request(2, command))
    await adapter.gets(request(2, command))
    await adapter.says(response(1, 2, command, **body))
    found = await client.gets(response(1, 2, command))
    assert found.get("body", {}) == expected


async def told(client: Peer, adapter: Peer, name: str, body: Json, expected: Json) -> None:
    await adapter.says(event(1, name, **body))
    found = await client.gets(event(1, name))
    assert found["body"] == expected


async def asked(client: Peer, adapter: Peer, command: str, arguments: Json, expected: Json) -> None:
    await client.says({**request(2, command), "arguments": arguments})
    found = await adapter.gets(request(2, command))
    assert found["arguments"] == expected


# -- who asks for what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        "{}",
        '{"linesStartAt1":true,"columnsStartAt1":true,"pathFormat":"path"}',
        '{"linesStartAt1":null,"columnsStartAt1":0,"pathFormat":"URI"}',
        '{"pathFormat":7}',
    ],
)
async def test_who_asks_for_nothing_special_is_not_touched(autojump_clock, arguments):
    """What is no boolean, or no format that DAP knows, is Delve's to refuse."""
    shim = ClientConventions()
    async with stage(shim) as (client, adapter):
        sent = b'{"seq":1, "type":"request","command":"initialize", "arguments":%b}' % arguments.encode()
        await client.sends(sent)
        assert await adapter.raw() == sent
        assert shim.lines_and_paths_are_delves
        assert shim.paths_are_delves
        await client.says(request(2, "setBreakpoints", source={"path": "file:///x.go"}, breakpoints=[{"line": 1}]))
        await adapter.gets(request(2, "setBreakpoints", source={"path": "file:///x.go"}, breakpoints=[{"line": 1}]))
        await adapter.says(response(1, 2, "setBreakpoints", breakpoints=[{"line": 0, "source": {"path": "/x.go"}}]))
        await client.gets(response(1, 2, "setBreakpoints", breakpoints=[{"line": 0, "source": {"path": "/x.go"}}]))


def test_who_asks_for_nothing_special_pays_nothing():
    """No other message is looked into then (law 5) but lists of breakpoints, into which everybody looks."""
    shim = ClientConventions()
    always = [hook for hook in shim.hooks if hook.mark.unless is None]
    assert sorted(hook.mark.name for hook in always) == ["initialize", "setBreakpoints"]
    assert all(getattr(shim, str(hook.mark.unless)) for hook in shim.hooks if hook not in always)


@pytest.mark.parametrize(
    ("asks", "breakpoint"),
    [
        ({"linesStartAt1": False}, {"line": 5, "column": 4}),
        ({"columnsStartAt1": False}, {"line": 4, "column": 5}),
        (FROM_0, {"line": 5, "column": 5}),
        (URIS, {"line": 4, "column": 4}),
    ],
)
async def test_each_is_asked_for_by_itself(autojump_clock, asks, breakpoint):  # noqa: A002 - DAP's word
    async with begun(**asks) as (client, adapter):
        arguments = {"source": {"path": "/x.go"}, "breakpoints": [{"line": 4, "column": 4}]}
        await asked(client, adapter, "setBreakpoints", arguments, {"source": {"path": "/x.go"}, "breakpoints": [breakpoint]})


async def test_a_second_initialize_asks_anew(autojump_clock):
    async with begun(**FROM_0) as (client, adapter):
        await client.says(request(2, "initialize"), request(3, "gotoTargets", source={}, line=4))
        await adapter.gets(request(2, "initialize"), request(3, "gotoTargets", source={}, line=4))


async def test_what_follows_initialize_at_once_is_converted_already(autojump_clock):
    async with stage(ClientConventions()) as (client, adapter):
        await client.says(request(1, "initialize", **FROM_0), request(2, "gotoTargets", line=4))
        await adapter.gets(request(1, "initialize", linesStartAt1=True), request(2, "gotoTargets", line=5))


def test_it_is_the_outermost_of_the_features():
    """What any other says goes through it, so that the client sees one way of counting."""
    assert isinstance(make_layers()[0], ClientConventions)


# -- lines and columns -----------------------------------------------------------------------------------------------------

RANGE = {"line": 8, "column": 3, "endLine": 9, "endColumn": 1}
RANGE_0 = {"line": 7, "column": 2, "endLine": 8, "endColumn": 0}
UNKNOWN = {"line": 0, "column": 0, "endLine": 0, "endColumn": 0}

LISTS = {
    "setBreakpoints": "breakpoints",
    "setFunctionBreakpoints": "breakpoints",
    "setInstructionBreakpoints": "breakpoints",
    "setDataBreakpoints": "breakpoints",
    "setExceptionBreakpoints": "breakpoints",
    "breakpointLocations": "breakpoints",
    "stackTrace": "stackFrames",
    "scopes": "scopes",
    "disassemble": "instructions",
    "gotoTargets": "targets",
    "stepInTargets": "targets",
}
KEPT = {"stackTrace": {"line": 0, "column": 0}, "gotoTargets": {"line": 0}, "breakpointLocations": {"line": 0}}


@pytest.mark.parametrize("command", LISTS)
async def test_ranges_in_answers(autojump_clock, command):
    async with begun(**FROM_0) as (client, adapter):
        body = {LISTS[command]: [{"id": 1, "name": "x", **RANGE}, {"id": 2, **UNKNOWN}, {"line": None, "column": "3"}, 7]}
        expected = [{"id": 1, "name": "x", **RANGE_0}, {"id": 2, **KEPT.get(command, {})}, {"line": None, "column": "3"}, 7]
        await answered(client, adapter, command, body, {LISTS[command]: expected})


async def test_a_location_in_an_answer(autojump_clock):
    async with begun(**FROM_0) as (client, adapter):
        await answered(client, adapter, "locations", {"source": {"path": "/x"}, **RANGE}, {"source": {"path": "/x"}, **RANGE_0})


async def test_completions(autojump_clock):
    async with begun(**FROM_0) as (client, adapter):
        await asked(
            client, adapter, "completions", {"text": "x", "column": 0, "line": 0}, {"text": "x", "column": 1, "line": 1}
        )
        item = {"label": "x", "start": 3, "length": 2, "selectionStart": 1}
        await adapter.says(response(1, 2, "completions", targets=[item, {"label": "y", "start": 0}]))
        found = await client.gets(response(1, 2, "completions"))
        # selectionStart counts from 0 in every convention.
        assert found["body"]["targets"] == [{**item, "start": 2}, {"label": "y"}]


@pytest.mark.parametrize("command", ["breakpointLocations", "gotoTargets", "evaluate", "source"])
async def test_ranges_in_requests(autojump_clock, command):
    async with begun(**FROM_0) as (client, adapter):
        await asked(client, adapter, command, {"source": {"path": "/x"}, **RANGE_0}, {"source": {"path": "/x"}, **RANGE})


async def test_breakpoints_and_their_deprecated_form(autojump_clock):
    async with begun(**FROM_0) as (client, adapter):
        arguments = {
            "source": {"path": "/x"},
            "lines": [0, 4, None, True],
            "breakpoints": [{"line": 0}, {"line": 4, "column": 0}],
        }
        expected = {
            "source": {"path": "/x"},
            "lines": [1, 5, None, True],
            "breakpoints": [{"line": 1}, {"line": 5, "column": 1}],
        }
        await asked(client, adapter, "setBreakpoints", arguments, expected)


@pytest.mark.parametrize(("asks", "first"), [({}, 1), (FROM_0, 0)])
@pytest.mark.parametrize("nothing", [{}, {"breakpoints": None}])
async def test_lines_alone_become_breakpoints(autojump_clock, asks, first, nothing):
    async with begun(**asks) as (client, adapter):
        arguments = {"source": {"path": "/x"}, "lines": [first, first + 4], **nothing}
        expected = {"source": {"path": "/x"}, "lines": [1, 5], "breakpoints": [{"line": 1}, {"line": 5}]}
        await asked(client, adapter, "setBreakpoints", arguments, expected)


@pytest.mark.parametrize("arguments", [{"lines": []}, {"lines": ["7"]}, {"lines": 7}, {"lines": [7], "breakpoints": []}])
async def test_what_are_no_lines_alone_stays(autojump_clock, arguments):
    async with begun() as (client, adapter):
        await asked(client, adapter, "setBreakpoints", arguments, arguments)


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("output", {"output": "x", **RANGE}, {"output": "x", **RANGE_0}),
        ("output", {"output": "x"}, {"output": "x"}),
        ("output", {"output": "x", "line": 0}, {"output": "x"}),
        ("breakpoint", {"breakpoint": {"id": 1, **RANGE}}, {"breakpoint": {"id": 1, **RANGE_0}}),
        ("breakpoint", {"reason": "changed", "breakpoint": None}, {"reason": "changed", "breakpoint": None}),
    ],
)
async def test_events(autojump_clock, name, body, expected):
    async with begun(**FROM_0) as (client, adapter):
        await told(client, adapter, name, body, expected)


async def test_a_failed_answer_and_an_odd_one_pass(autojump_clock):
    async with begun(**FROM_0, **URIS) as (client, adapter):
        await client.says(request(2, "stackTrace"), request(3, "scopes"))
        await adapter.gets(request(2, "stackTrace"), request(3, "scopes"))
        await adapter.says(response(1, 2, "stackTrace", success=False, message="no", error={"id": 1, "line": 3}))
        await client.gets(response(1, 2, "stackTrace", success=False, message="no", error={"id": 1, "line": 3}))
        await adapter.sends(
            b'{"seq":2,"type":"response","request_seq":3,"success":true,"command":"scopes","body":[{"line":3}]}'
        )
        assert json.loads(await client.raw())["body"] == [{"line": 3}]


# -- paths and URIs --------------------------------------------------------------------------------------------------------


async def test_sources_both_ways_and_a_files_own_spelling_comes_back(autojump_clock):
    async with begun(**URIS) as (client, adapter):
        spelling = "file:///home/me/caf%c3%a9%20x/m.go"
        path = "/home/me/café x/m.go"
        await asked(
            client,
            adapter,
            "setBreakpoints",
            {"source": {"path": spelling, "sources": [{"path": "file:///y.go"}]}, "breakpoints": [{}, {}, {}]},
            {"source": {"path": path, "sources": [{"path": "/y.go"}]}, "breakpoints": [{}, {}, {}]},
        )
        await adapter.says(
            response(
                1,
                2,
                "setBreakpoints",
                breakpoints=[{"source": {"path": path}}, {"source": {"path": "/home/me/café x/o.go"}}, {"source": {}}],
            )
        )
        found = await client.gets(response(1, 2, "setBreakpoints"))
        assert found["body"]["breakpoints"] == [
            {"source": {"path": spelling}},
            {"source": {"path": "file:///home/me/caf%C3%A9%20x/o.go"}},
            {"source": {}},
        ]


@pytest.mark.parametrize(
    ("command", "body", "expected"),
    [
        (
            "stackTrace",
            {"stackFrames": [{"source": {"path": "/x y"}}]},
            {"stackFrames": [{"source": {"path": "file:///x%20y"}}]},
        ),
        ("scopes", {"scopes": [{"source": {"path": "/x"}}]}, {"scopes": [{"source": {"path": "file:///x"}}]}),
        (
            "disassemble",
            {"instructions": [{"location": {"path": "/x"}}]},
            {"instructions": [{"location": {"path": "file:///x"}}]},
        ),
        ("loadedSources", {"sources": [{"path": "/x"}]}, {"sources": [{"path": "file:///x"}]}),
        ("locations", {"source": {"path": "/x"}, "line": 4}, {"source": {"path": "file:///x"}, "line": 4}),
        (
            "stackTrace",
            {
                "stackFrames": [
                    {"source": {"path": each}} for each in ("<autogenerated>", ".", "", "example.com/m/x.go", "git:/x")
                ]
            },
            {
                "stackFrames": [
                    {"source": {"path": each}} for each in ("<autogenerated>", ".", "", "example.com/m/x.go", "git:/x")
                ]
            },
        ),
    ],
)
async def test_sources_in_answers(autojump_clock, command, body, expected):
    async with begun(**URIS) as (client, adapter):
        await answered(client, adapter, command, body, expected)


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("output", {"output": "/x", "source": {"path": "/x"}}, {"output": "/x", "source": {"path": "file:///x"}}),
        ("loadedSource", {"source": {"path": "/x"}}, {"source": {"path": "file:///x"}}),
        ("breakpoint", {"breakpoint": {"source": {"path": "/x"}}}, {"breakpoint": {"source": {"path": "file:///x"}}}),
    ],
)
async def test_sources_in_events(autojump_clock, name, body, expected):
    async with begun(**URIS) as (client, adapter):
        await told(client, adapter, name, body, expected)


async def test_what_an_inner_shim_says_is_converted_too(autojump_clock):
    class Speaks(Shim):
        """Makes an event and an answer of its own."""

        @on.request("threads")
        async def speak(self, _request: Message) -> None:
            await self.session.emit("output", {"output": "x", "line": 4, "source": {"path": "/x"}})

    async with begun(Speaks(), **FROM_0, **URIS) as (client, adapter):
        await adapter.says(response(1, 1, "initialize"))
        await client.gets(response(1, 1, "initialize"))
        await client.says(request(2, "threads"))
        await adapter.gets(request(2, "threads"))
        await client.gets(event(2, "output", line=3, source={"path": "file:///x"}))


@pytest.mark.parametrize("command", ["launch", "attach"])
async def test_a_launch_configuration_may_name_files_by_uris(autojump_clock, command):
    async with begun(**URIS) as (client, adapter):
        arguments = {
            "program": "file:///a%20b/cmd",
            "cwd": "FILE:///a%20b",
            "args": ["file:///x"],
            "output": "bin/x",
            "dlvCwd": 7,
        }
        expected = {"program": "/a b/cmd", "cwd": "/a b", "args": ["file:///x"], "output": "bin/x", "dlvCwd": 7}
        await asked(client, adapter, command, arguments, expected)


async def test_so_may_the_arguments_inside_of_a_restart(autojump_clock):
    async with begun(**URIS) as (client, adapter):
        await asked(
            client,
            adapter,
            "restart",
            {"arguments": {"program": "file:///x", "cwd": "/y"}},
            {"arguments": {"program": "/x", "cwd": "/y"}},
        )


async def test_who_writes_paths_keeps_a_program_of_any_name(autojump_clock):
    async with begun(**FROM_0) as (client, adapter):
        await asked(client, adapter, "launch", {"program": "file:///x"}, {"program": "file:///x"})


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///home/me/x.go", "/home/me/x.go"),
        ("file:/home/me/x.go", "/home/me/x.go"),
        ("file://localhost/x.go", "/x.go"),
        ("File:///a%23b%3Fc%25d.go", "/a#b?c%d.go"),
        ("file:///a#b?c.go", "/a#b?c.go"),
        ("file:///a%2Fb", "/a/b"),
        ("file:///a+b", "/a+b"),
        ("file:///c%3A/x/y.go", "c:\\x\\y.go"),
        ("file:///C:/x/y.go", "C:\\x\\y.go"),
        ("file:///C:", "C:"),
        ("file://server/share/x.go", "\\\\server\\share\\x.go"),
        ("file:///", "/"),
        ("file:x.go", None),
        ("file://", None),
        ("file:///%ff.go", None),
        ("file:///a%00b", None),
        ("/home/me/x.go", None),
        ("C:\\x.go", None),
        ("untitled:x", None),
        ("vscode-remote://ssh/x.go", None),
        ("git:/home/me/x.go", None),
        ("profile:///x", None),
        ("", None),
    ],
)
def test_paths_of_uris(uri, path):
    assert path_of(uri) == path


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/home/me/x.go", "file:///home/me/x.go"),
        ("/a b/#1 100%/x?.go", "file:///a%20b/%231%20100%25/x%3F.go"),
        ("C:\\x y\\z.go", "file:///C:/x%20y/z.go"),
        ("c:/x/z.go", "file:///c:/x/z.go"),
        ("\\\\server\\share\\x.go", "file://server/share/x.go"),
        ("/\udcff.go", None),
        ("x.go", None),
        ("<autogenerated>", None),
        ("", None),
        ("C:x.go", None),
        ("https://x/y", None),
    ],
)
def test_uris_of_paths(path, uri):
    assert uri_of(path) == uri


NAME = st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1).filter(lambda name: name[1:2] != ":")


@given(st.lists(NAME, min_size=1).map(lambda names: "/" + "/".join(names)))
def test_an_absolute_path_comes_back(path):
    uri = uri_of(path)
    assert uri is not None
    assert uri.isascii()
    assert path_of(uri) == path


@given(st.sampled_from(["C:", "z:", "\\\\host"]), st.lists(NAME, min_size=1))
def test_a_path_of_windows_comes_back(root, names):
    path = "\\".join([root, *names])
    assert path_of(str(uri_of(path))) == path


# -- the whole of DAP ------------------------------------------------------------------------------------------------------

ELSEWHERE = {
    "InitializeRequest.linesStartAt1",
    "InitializeRequest.columnsStartAt1",
    "InitializeRequest.pathFormat",
    "StackTraceRequest.format.line",  # whether a frame's name shows its line
    "RunInTerminalRequest.cwd",  # for a shell, which reads no URI
    "SetExceptionBreakpointsRequest.exceptionOptions[].path[]",  # of exceptions
    "ModulesResponse.modules[].path",  # of binaries; Delve 1.27.1 tells none
    "ModuleEvent.module.path",
    "SetBreakpointsRequest.lines[]",  # in code
}
"""What is called a line, a column or a path and is no place in a source."""


def members() -> Iterator[tuple[str, str, str]]:
    """Yield the members of DAP's bodies that may be places: their message, where they are, and their name."""
    package = find_spec("debugpy")
    assert package is not None
    schema = next(Path(str(package.origin)).parent.rglob("debugProtocol.json"))
    definitions = json.loads(schema.read_text())["definitions"]

    def walk(shape: Json, where: str, depth: int) -> Iterator[tuple[str, str]]:
        if "$ref" in shape:
            shape = definitions[shape["$ref"].rpartition("/")[2]]
        for part in shape.get("allOf", []):
            yield from walk(part, where, depth)
        for name, member in shape.get("properties", {}).items():
            if name in ("line", "column", "endLine", "endColumn", "lines", "start", "path", "linesStartAt1", "columnsStartAt1",
                        "pathFormat", "cwd", "source", "location", "sources"):  # fmt: skip
                yield where, name + ("[]" if member.get("type") == "array" else "")
            if depth < 3 and name not in ("sources", "source", "location"):
                yield from walk(member, f"{where}.{name}" if where else name, depth + 1)
        if "items" in shape:
            yield from walk(shape["items"], f"{where}[]", depth)

    for name, shape in definitions.items():
        if name.endswith(("Request", "Response", "Event")) and "allOf" in shape:
            body = shape["allOf"][1].get("properties", {}).get("arguments" if name.endswith("Request") else "body", {})
            yield from ((name, where, member) for where, member in walk(body, "", 0))


def test_every_place_that_dap_knows_is_in_a_table():
    tables = {
        "Request": client_conventions._REQUESTS,
        "Response": client_conventions._RESPONSES,
        "Event": client_conventions._EVENTS,
    }
    found, missing = set(), set()
    for message, where, member in members():
        kind = next(kind for kind in tables if message.endswith(kind))
        name = message.removesuffix(kind)
        name = name[0].lower() + name[1:]
        whole = f"{message}.{where}.{member}".replace("..", ".")
        at = "sources[]" if member == "sources[]" else where
        if whole in ELSEWHERE:
            continue
        if member == "start" and message != "CompletionsResponse":
            continue
        if at in tables[kind].get(name, ()):
            found.add((kind, name))
        else:
            missing.add(whole)
    assert missing == set()
    newer = {("Response", "locations"), ("Request", "evaluate")}
    """DAP 1.68, which debugpy's schema does not have yet."""
    assert {(kind, name) for kind, table in tables.items() for name in table} - found == newer


def test_every_message_of_the_tables_has_its_hook():
    shim = ClientConventions()
    marked = {(hook.mark.lane, hook.mark.name) for hook in shim.hooks}
    for lane, table in (
        ("request", client_conventions._REQUESTS),
        ("response", client_conventions._RESPONSES),
        ("event", client_conventions._EVENTS),
    ):
        assert {(lane, name) for name in table} <= marked


def test_a_message_that_has_no_place_is_not_changed():
    shim = ClientConventions()
    shim.agree(messages.request("initialize", FROM_0 | URIS))
    made = messages.event("output", {"output": "x", "category": "stdout"})
    before = made.raw
    shim.to_client(made)
    assert not made.commit()
    assert made.raw == before
