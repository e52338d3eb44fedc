"""What a client can tell of dapshim: nothing with `--shims off`, and else what docs/transparency.md lists.

Two ways to look, each blind where the other sees:

- The same conversations are held with plain `dlv dap` and through dapshim, and what the client gets is compared message by
  message. What Delve itself does otherwise from one run to the next is named in `normal`, and only that is taken out.
- One conversation is tapped on both sides of dapshim. There every byte and the order count, because it is one run.
"""

from __future__ import annotations

import difflib
import json
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from dapshim.delve.capabilities import OF_DAPSHIM
from tests.real import BOUND, Client, Json, Program, Running, alive, dapshim, dlv_dap

DOCUMENT = Path(__file__).parents[2] / "docs" / "transparency.md"

DIFFERENCES = [
    (
        "`message` of a breakpoint that is not set, or whose condition names nothing: a sentence, and Delve's own words behind "
        "it in brackets"
    ),
    "an `output` event, category `console`, that begins with `dapshim:` and says the same",
    "a breakpoint on a line without code is verified at the next line that has some, with a `message`",
    "`source` and `line` of a frame that initialises a package's variables",
    "the number in the text of error 8888",
    "the first numbers of `variablesReference`, a few higher",
    "breakpoints for the `lines` of a `setBreakpoints` without `breakpoints`",
    "no `substitutePath` in what `dlv config -list` prints",
    "`output` events of category `stdout` and `stderr`",
    "`loadedSources`, `modules`, `source` and `breakpointLocations`",
]
"""The first column of the table of docs/transparency.md: all that a healthy session has with shims on and not without."""

PRINTED = {"stdout": "initialised\nhello from {program}\n", "stderr": "a word on stderr\n"}
"""What the program of the whole conversation has printed by the time that it is ended."""


# -- the conversations -----------------------------------------------------------------------------------------------------


class Told(Client):
    """A client that notes where in its log it asked for what, so that the log can be told step by step."""

    def __init__(self, stream: trio.abc.Stream, before: int = 0) -> None:
        super().__init__(stream)
        self._seq = before
        self.before = before
        self.asked: list[tuple[int, Json]] = []

    async def send(self, command: str, arguments: Json | None = None) -> int:
        """Send a request as editors write it, without a blank."""
        self._seq += 1
        made = {"seq": self._seq, "type": "request", "command": command} | ({"arguments": arguments} if arguments else {})
        await self.send_raw(json.dumps(made, separators=(",", ":")).encode())
        return self._seq

    async def send_raw(self, body: bytes) -> None:
        self.asked.append((len(self.log), json.loads(body)))
        await super().send_raw(body)

    async def begin(self) -> None:
        await self.ok("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path", "linesStartAt1": True})

    async def go(self, command: str, thread: int) -> Json:
        """Let the program run, and return the body of the stop that follows."""
        await self.ok(command, {"threadId": thread})
        body: Json = (await self.event("stopped"))["body"]
        return body

    async def look(self, thread: int) -> tuple[Json, list[Json]]:
        """Ask for all that an editor shows at a stop; return the top frame and its scopes."""
        frames = (await self.ok("stackTrace", {"threadId": thread, "startFrame": 0, "levels": 3}))["stackFrames"]
        scopes = (await self.ok("scopes", {"frameId": frames[0]["id"]}))["scopes"]
        for scope in scopes:
            await self.ok("variables", {"variablesReference": scope["variablesReference"]})
        return frames[0], scopes


async def whole(client: Told, program: Program, _folder: Path) -> None:
    """Nearly all that an editor can ask of Delve in one session, right and wrong."""
    source = {"path": str(program.source)}
    await client.begin()
    await client.ask("threads")  # before there is anything to debug
    launch = await client.send(
        "launch", {"request": "launch", "mode": "exec", "program": str(program.binary), "showGlobalVariables": True}
    )
    await client.event("initialized")
    lines = [{"line": program.line("main")}, {"line": 1}, {"line": program.line("main")}]
    await client.ok("setBreakpoints", {"source": source, "breakpoints": lines})
    await client.ok("setBreakpoints", {"source": {"path": "/nowhere/main.go"}, "breakpoints": [{"line": 1}]})
    await client.ok("setFunctionBreakpoints", {"breakpoints": [{"name": "main.main"}, {"name": "no.such"}]})
    await client.ok("setInstructionBreakpoints", {"breakpoints": []})
    await client.ok("setExceptionBreakpoints", {"filters": ["unrecovered-panic"]})
    await client.ok("configurationDone")
    await client.response(launch)
    thread = (await client.event("stopped"))["body"]["threadId"]
    await client.ok("threads")
    await client.ok("continue", {"threadId": thread})
    await client.event("stopped")
    frame, _ = await client.look(thread)
    for expression in ("started", "nosuch", "1 +", "dlv help"):
        await client.ask("evaluate", {"expression": expression, "frameId": frame["id"], "context": "repl"})
    await client.ok("setFunctionBreakpoints", {"breakpoints": []})
    await client.ok("disassemble", {"memoryReference": frame["instructionPointerReference"], "instructionCount": 3})
    await client.ask("foo", {"bar": [1, 2.5, None]})
    await client.ask("source", {"sourceReference": 1})
    await client.ask("cancel", {"requestId": client.before + 3})
    for _ in range(4):
        await client.go("next", thread)
    await client.go("stepIn", thread)
    _, scopes = await client.look(thread)
    for value in ("7", "nosuch"):
        await client.ask("setVariable", {"variablesReference": scopes[0]["variablesReference"], "name": "n", "value": value})
    await client.go("stepOut", thread)
    await client.look(thread)
    step = program.line("step")
    places = [{"line": step, "logMessage": "n is {n}"}, {"line": step + 1, "condition": "n == 12"}]
    await client.ok("setBreakpoints", {"source": source, "breakpoints": places})
    await client.go("continue", thread)
    await client.ok("setBreakpoints", {"source": source, "breakpoints": [{"line": step, "hitCondition": "% 2"}]})
    await client.go("continue", thread)
    await client.ok("setBreakpoints", {"source": source, "breakpoints": []})
    await client.ok("continue", {"threadId": thread})
    await client.ask("stackTrace", {"threadId": thread})  # while it runs
    await client.go("pause", thread)
    await client.ok("disconnect", {"terminateDebuggee": True})
    await client.rest()


async def build_error(client: Told, _program: Program, folder: Path) -> None:
    """A launch that builds what does not compile, and what can be asked after that."""
    (folder / "go.mod").write_text("module example.com/bad\n\ngo 1.25\n")
    (folder / "main.go").write_text("package main\n\nfunc main() { nosuch() }\n")
    await client.begin()
    await client.ask("launch", {"request": "launch", "mode": "debug", "program": ".", "dlvCwd": str(folder)})
    await client.ask("threads")
    await client.ask("launch", {"request": "launch", "mode": "exec", "program": "/nonexistent"})
    await client.ok("disconnect")
    await client.rest()


async def failed_restart(client: Told, program: Program, _folder: Path) -> None:
    """A restart of what Delve cannot build again: it is answered twice, and the program is gone."""
    await client.start(program, "main")
    await client.event("stopped")
    await client.ok("restart", {"arguments": {"request": "launch", "mode": "exec", "program": str(program.binary)}})
    await client.event("terminated")
    assert [m["success"] for m in client.log if m.get("command") == "restart"] == [True, False]
    await client.ask("threads")
    await client.ok("disconnect")
    await client.rest()


async def attached(client: Told, program: Program, _folder: Path) -> None:
    """A program that ran before, and goes on afterwards."""
    with subprocess.Popen([program.binary], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as target:
        assert target.stdout is not None
        target.stdout.readline()
        try:
            await client.begin()
            attach = await client.send("attach", {"request": "attach", "mode": "local", "processId": target.pid})
            await client.event("initialized")
            lines = {"source": {"path": str(program.source)}, "breakpoints": [{"line": program.line("step")}]}
            await client.ok("setBreakpoints", lines)
            await client.ok("configurationDone")
            await client.response(attach)
            thread = (await client.event("stopped"))["body"]["threadId"]
            await client.ok("stackTrace", {"threadId": thread, "levels": 2})
            await client.ok("setBreakpoints", lines | {"breakpoints": []})
            await client.ok("disconnect", {"terminateDebuggee": False})
            await client.rest()
            assert alive(target.pid)
        finally:
            target.kill()


async def hang_up(client: Told, _program: Program, _folder: Path) -> None:
    """A request with an argument of the wrong type: Delve 1.27.1 closes the connection without a word."""
    await client.begin()
    await client.send("stackTrace", {"threadId": "one"})
    await client.rest()


BEFORE = 1000
"""What the client has counted before it speaks to dapshim, so that a number of one side is none of the other's. Delve still
quotes 15 where it quotes the number of the fifteenth request."""

CONVERSATIONS = [whole, build_error, failed_restart, attached]


# -- the roads to a dlv ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def directly() -> AsyncIterator[Running]:
    async with dlv_dap() as dlv:
        yield dlv


@asynccontextmanager
async def started(*options: str) -> AsyncIterator[Running]:
    async with dapshim(*options) as shim:
        yield shim


@asynccontextmanager
async def in_front(*options: str) -> AsyncIterator[Running]:
    async with dlv_dap() as dlv, dapshim("--connect", dlv.address, *options) as shim:
        yield shim


ROADS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "its own dlv": (started, ()),
    "its own dlv, shims off": (started, ("--shims", "off")),
    "connected": (in_front, ()),
    "connected, shims off": (in_front, ("--shims", "off")),
}


# -- what is compared ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Transcript:
    """A conversation as the client saw it: what it asked, and what came until it asked again."""

    steps: list[tuple[Json, list[Json]]]

    def lines(self) -> list[str]:
        """Tell it in lines that can be compared, one member each."""
        told = []
        for asked, got in self.steps:
            told.append(f"==> {asked['command']} {json.dumps(asked.get('arguments'), sort_keys=True)}")
            # Delve's threads answer one request while another one reports: only the order among themselves is certain.
            for message in sorted(got, key=lambda each: each["type"], reverse=True):
                told += json.dumps(message, indent=1, sort_keys=True, ensure_ascii=False).splitlines()
        return told


async def hold(
    conversation: Callable[[Told, Program, Path], Awaitable[None]],
    server: Running,
    program: Program,
    folder: Path,
    *,
    before: int = 0,
) -> Transcript:
    """Hold a conversation in which the client begins to count behind `before`."""
    stream = await trio.open_tcp_stream("127.0.0.1", server.port)
    client = Told(stream, before)
    with trio.fail_after(2 * BOUND):
        await conversation(client, program, folder)
    await trio.aclose_forcefully(stream)
    ends = [*[at for at, _ in client.asked[1:]], len(client.log)]
    return Transcript(
        [
            (normal(asked, before), [normal(message, before) for message in client.log[at:end]])
            for (at, asked), end in zip(client.asked, ends, strict=True)
        ]
    )


def normal(message: Json, before: int) -> Json:
    """Take out what Delve 1.27.1 does otherwise from run to run, and by how much the client's numbers are higher."""
    text = json.dumps({key: value for key, value in message.items() if key != "seq"})
    for pattern, name in (
        (r'"(systemP|p)rocessId": \d+', r'"\1rocessId": 1'),
        (r"\(Thread \d+\)", "(Thread 1)"),
        (r"Process \d+ has exited", "Process 1 has exited"),
        (r"__debug_bin\d+", "__debug_bin1"),
        (r"is not supported \(seq: \d+\)", "is not supported (seq: 1)"),
    ):
        text = re.sub(pattern, name, text)
    made: Json = json.loads(text)
    body = made.get("body", {})
    if made["type"] == "request":
        if made["command"] == "cancel":
            made["arguments"]["requestId"] -= before
        return made
    if made["type"] == "response":
        made["request_seq"] -= before
    if made.get("command") == "threads" and made["success"]:
        # The runtime's own goroutines have begun or not, under these numbers or those.
        body["threads"] = [each for each in body["threads"] if each["id"] == 1]
    if made.get("command") == "variables":
        # A result that is not assigned yet is whatever lies on the stack.
        body["variables"] = [each for each in body["variables"] if each["name"] != "~r0"]
    if made.get("event") == "stopped" and body["reason"] == "pause":
        body.pop("threadId", None)
    return made


def without_extra(found: Transcript, plain: Transcript) -> tuple[Transcript, dict[str, str]]:
    """Part what dlv and the program printed, which plain dlv tells nobody, from the rest."""
    known = [message for _, got in plain.steps for message in got]
    extra = {"stdout": "", "stderr": ""}
    steps = []
    for asked, got in found.steps:
        kept = []
        for message in got:
            body = message.get("body", {})
            if message.get("event") == "output" and body["category"] == "console" and body["output"].startswith("dapshim: "):
                continue  # why a breakpoint is not set
            if message.get("event") == "output" and body.keys() == {"category", "output"} and message not in known:
                extra[body["category"]] += body["output"]
            else:
                kept.append(in_delves_words(message))
        steps.append((asked, kept))
    return Transcript(steps), extra


def in_delves_words(message: Json) -> Json:
    """Return a message without what dapshim says of a breakpoint that is not set, in front of Delve's own words."""
    for each in (message.get("body") or {}).get("breakpoints") or ():
        if not each["verified"] and (found := re.fullmatch(r".+ \(Delve: (.+)\)", each.get("message", ""))) is not None:
            each["message"] = found[1]
    return message


def without_lists(found: Transcript) -> Transcript:
    """Take out that both lists are promised, where shims are on: they must be."""
    steps = json.loads(json.dumps(found.steps))
    (answer,) = [message for message in steps[0][1] if message.get("command") == "initialize"]
    assert {name: answer["body"].pop(name) for name in OF_DAPSHIM} == OF_DAPSHIM
    return Transcript([(asked, got) for asked, got in steps])


def compare(plain: Transcript, found: Transcript, road: str) -> None:
    difference = list(difflib.unified_diff(plain.lines(), found.lines(), "dlv dap", f"dapshim, {road}", n=12, lineterm=""))
    if difference:
        pytest.fail("\n".join(["the client sees a difference:", *difference]), pytrace=False)


@pytest.fixture(scope="module")
def plain() -> dict[str, Transcript]:
    """What the client sees with plain dlv, by the name of the conversation; held once."""
    return {}


MENDED = {("its own dlv", "build_error"), ("its own dlv", "failed_restart"), ("connected", "failed_restart")}
"""What fails with Delve and is mended, or told better, with shims on; the tests of `restart` and `build_failures` show how."""


@pytest.mark.parametrize(
    ("road", "conversation"),
    [(road, each) for road in ROADS for each in CONVERSATIONS if (road, each.__name__) not in MENDED],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
async def test_the_client_sees_what_dlv_says(conversation, road, loop, tmp_path_factory, plain):
    name = conversation.__name__
    folder = tmp_path_factory.getbasetemp() / name
    folder.mkdir(exist_ok=True)
    if name not in plain:
        async with directly() as dlv:
            plain[name] = await hold(conversation, dlv, loop, folder)
    way, options = ROADS[road]
    async with way(*options) as shim:
        found = await hold(conversation, shim, loop, folder, before=BEFORE)
    if "--shims" not in options:
        found = without_lists(found)
    rest, extra = without_extra(found, plain[name])
    compare(plain[name], rest, road)
    if road == "its own dlv" and name == "whole":
        assert extra == {category: text.format(program=loop.binary) for category, text in PRINTED.items()}
    elif road == "its own dlv":
        assert all(PRINTED[category].format(program=loop.binary).startswith(text) for category, text in extra.items()), extra
    else:
        assert not any(extra.values()), extra


@pytest.mark.parametrize("road", ROADS)
async def test_where_delve_hangs_up_shims_say_so_and_a_relay_does_not(road, loop, tmp_path):
    async with directly() as dlv:
        plain = await hold(hang_up, dlv, loop, tmp_path)
    way, options = ROADS[road]
    async with way(*options) as shim:
        found = await hold(hang_up, shim, loop, tmp_path, before=BEFORE)
    assert plain.steps[-1][1] == []
    if "--shims" not in options:
        found = without_lists(found)
        answer, end = found.steps[-1][1]
        assert (answer["request_seq"], answer["success"], answer["body"]["error"]["id"]) == (2, False, 9601)
        assert end == {"type": "event", "event": "terminated"}
        found.steps[-1][1].clear()
    compare(plain, found, road)


def test_the_document_lists_what_the_tests_allow():
    text = DOCUMENT.read_text()
    begin = text.index("With shims on, a healthy session differs")
    rows = [line for line in text[begin : text.index("A session that is not healthy")].splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows[1:]] == DIFFERENCES
    assert "tests/e2e/test_transparency.py" in text


# -- one run, tapped on both sides -----------------------------------------------------------------------------------------


@attrs.define
class Tap:
    """A relay that keeps what passes it."""

    address: str
    forth: bytearray = attrs.field(factory=bytearray)
    back: bytearray = attrs.field(factory=bytearray)


@asynccontextmanager
async def tap(address: str, port: int = 0) -> AsyncIterator[Tap]:
    """Stand in front of `address`, for one connection."""
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
        kept = Tap(f"127.0.0.1:{listeners[0].socket.getsockname()[1]}")

        async def copy(source: trio.SocketStream, sink: trio.SocketStream, into: bytearray) -> None:
            try:
                async for data in source:
                    into += data
                    await sink.send_all(data)
                await sink.send_eof()
            except (trio.BrokenResourceError, OSError):
                return

        async def serve(client: trio.SocketStream) -> None:
            async with await trio.open_tcp_stream(*split(address)) as server, trio.open_nursery() as both:
                both.start_soon(copy, client, server, kept.forth)
                both.start_soon(copy, server, client, kept.back)

        nursery.start_soon(trio.serve_listeners, serve, listeners)
        yield kept
        nursery.cancel_scope.cancel()


def split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def bodies(data: bytearray) -> list[bytes]:
    """Cut a stream into bodies, of which nothing may be left over; the headers must be as Delve writes them."""
    found = []
    at = 0
    while at < len(data):
        head = re.compile(rb"Content-Length: (\d+)\r\n\r\n").match(data, at)
        assert head is not None, bytes(data[at : at + 80])
        at = head.end() + int(head[1])
        assert at <= len(data)
        found.append(bytes(data[head.end() : at]))
    return found


def comparable(body: bytes) -> bytes:
    """Take out the two numbers that each link counts for itself, and what else docs/transparency.md takes out."""
    if not re.match(rb'\{"seq":\d', body) and not re.search(rb'"seq":\d+\}$', body):
        body = re.sub(rb'("(?:[^"\\]|\\.)*")|\s+', rb"\1", body)
    return re.sub(rb'"(request_)?seq":\d+', rb'"\1seq":0', body)


STRANGE = [
    b'{"seq":%d,   "type": "request", "command": "foo", "arguments": {"n": [1.0, -0.0, 18446744073709551616, 1e400, 1E2]}}',
    b'{ "type": "request",\n"command": "foo", "arguments": {"n": [1.0, -0.0, 18446744073709551616, 1e400, 1E2]},"seq":%d}',
    rb'{"seq":%d, "type": "request", "command": "foo", "arguments": {"lone": "\ud800", "pair": "\ud83d\ude00", "s": "\/"}}',
    '{"seq":%d, "type": "request", "command": "foo", "arguments": {"ö": "ö", "twice": 1, "twice": 2}, "new": {}}'.encode(),
    b'{"type":"request","command":"foo","seq":%d,"arguments":{"n": [1.0, -0.0, 18446744073709551616, 1e400, 1E2]}}',
    b'{"type": "request", "seq": %d, "command": "foo", "arguments": {"n": [1.0, -0.0, 18446744073709551616, 1e400, 1E2]}}',
]
"""Requests that Delve does not know, with what a decoder and an encoder would not leave as it is."""


async def strange(client: Told, program: Program, folder: Path) -> None:
    """The whole conversation, and before it what an honest relay must not touch."""
    for body in STRANGE:
        client._seq += 1
        await client.send_raw(body % client._seq)
        assert not (await client.response(client._seq))["success"]
    await whole(client, program, folder)


EDITED = (b"/nowhere/main.go", b'"command":"initialize"', b'"message":"Internal Error"', b'"verified":false')
"""Parts of the answers that shims say otherwise (docs/transparency.md); every other message keeps its bytes."""


def without_ours(
    asked: list[bytes], passed_on: list[bytes], said: list[bytes], passed_back: list[bytes]
) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Take out dapshim's own calls with their answers, and the content of the answers that it edits."""
    clients, own = [comparable(each) for each in asked], []
    for each in passed_on:
        if clients and comparable(each) == clients[0]:
            del clients[0]
        else:
            own.append(each)
    assert {json.loads(each)["command"] for each in own} <= {"evaluate", "variables", "readMemory"}
    numbers = {json.loads(each)["seq"] for each in own}

    def kept(messages: list[bytes]) -> list[bytes]:
        return [b'{"seq":1,"edited"}' if any(part in each for part in EDITED) else each for each in messages]

    theirs = [each for each in said if b'"type":"response"' not in each or json.loads(each)["request_seq"] not in numbers]
    back = [each for each in passed_back if b'"output":"dapshim: ' not in each]
    return [each for each in passed_on if each not in own], kept(theirs), kept(back)


@pytest.mark.parametrize("options", [("--shims", "off"), ()], ids=["shims off", "shims on"])
async def test_every_byte_but_the_numbers_passes_in_the_order_in_which_it_came(options, loop, tmp_path):
    async with (
        dlv_dap() as dlv,
        tap(dlv.address) as inner,
        dapshim("--connect", inner.address, *options) as shim,
        tap(shim.address) as outer,
    ):
        await hold(strange, attrs.evolve(shim, address=outer.address, clients=[]), loop, tmp_path)
        asked, passed_on = bodies(outer.forth), bodies(inner.forth)
        said, passed_back = bodies(inner.back), bodies(outer.back)
    assert len(asked) > 50
    whole_numbers, back = ([json.loads(each)["seq"] for each in way] for way in (passed_on, passed_back))
    if not options:
        promising = next(at for at, each in enumerate(said) if json.loads(each).get("command") == "initialize")
        told = json.loads(passed_back[promising])["body"]
        assert told == json.loads(said[promising])["body"] | OF_DAPSHIM
        passed_on, said, passed_back = without_ours(asked, passed_on, said, passed_back)
    assert [comparable(each) for each in asked] == [comparable(each) for each in passed_on]
    assert [comparable(each) for each in said] == [comparable(each) for each in passed_back]
    assert whole_numbers == list(range(1, len(whole_numbers) + 1))
    assert back == list(range(1, len(back) + 1))


# -- the comparison itself can fail ----------------------------------------------------------------------------------------


async def test_a_difference_is_found_and_shown(loop, tmp_path):
    async with directly() as dlv:
        first = await hold(build_error, dlv, loop, tmp_path)
    asked, got = first.steps[1]
    changed = json.loads(json.dumps(got).replace("Failed to launch", "Failed to begin"))
    second = Transcript([first.steps[0], (asked, changed), *first.steps[2:]])
    with pytest.raises(pytest.fail.Exception, match=r'\+ "message": "Failed to begin"'):
        compare(first, second, "a road that changes a word")
    with pytest.raises(pytest.fail.Exception, match=r"-==> disconnect"):
        compare(first, Transcript(first.steps[:-1]), "a road that ends early")
