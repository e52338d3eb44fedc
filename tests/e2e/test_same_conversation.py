"""Conversations written once, and held with the scripted adapter of tests/playbook.py and with the real `dlv dap`.

Most tests of the proxy play Delve's part themselves. Here the part is checked against Delve: what the scripted adapter says is,
member for member and in this order, what Delve 1.27.1 says. What differs from run to run is a `Varies`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import attrs
import pytest
import trio

from dapshim.delve.capabilities import OF_DAPSHIM
from dapshim.wire.framing import DELVE_MAX_BODY
from tests.playbook import stage
from tests.real import BOUND, Client, EndOfConversation, Json, Program, dapshim, dlv_dap

MAIN = 1
"""The goroutine of main.main, which is what Delve calls a thread."""


BEFORE = 1000
"""What the client has counted before it speaks to dapshim, so that a number of one side is none of the other's."""


@attrs.frozen
class Varies:
    """Another value in each run: the scripted adapter says `sample`, Delve one of its type that begins with `begins`."""

    sample: Any
    begins: str = ""


@attrs.frozen
class Step:
    """What the client asks, and all that Delve says to it until it is quiet; `seq` is Delve's own count."""

    command: str
    arguments: Json | None
    says: list[Json]


def answer(seq: int, command: str, body: Any = None, *, success: bool = True, message: str | None = None) -> Json:
    """Return a response, to whichever request its step is about."""
    made: Json = {"seq": seq, "type": "response", "success": success, "command": command}
    if message is not None:
        made["message"] = message
    return made if body is None else made | {"body": body}


def event(seq: int, name: str, body: Any = None) -> Json:
    made: Json = {"seq": seq, "type": "event", "event": name}
    return made if body is None else made | {"body": body}


def error(number: int, text: str, *, show: bool = False) -> Json:
    return {"error": {"id": number, "format": text, "showUser": show}}


def output(seq: int, text: Any) -> Json:
    return event(seq, "output", {"category": "console", "output": text})


def stopped(seq: int, reason: str, *hit: int) -> Json:
    ids = {"hitBreakpointIds": list(hit)} if hit else {}
    return event(seq, "stopped", {"reason": reason, "threadId": MAIN, "allThreadsStopped": True, **ids})


CAPABILITIES = {
    **dict.fromkeys(
        [
            "supportsConfigurationDoneRequest",
            "supportsFunctionBreakpoints",
            "supportsConditionalBreakpoints",
            "supportsHitConditionalBreakpoints",
            "supportsEvaluateForHovers",
            "supportsSetVariable",
            "supportsExceptionInfoRequest",
            "supportsDelayedStackTraceLoading",
            "supportsLogPoints",
            "supportsDataBreakpoints",
            "supportsDisassembleRequest",
            "supportsClipboardContext",
            "supportsSteppingGranularity",
            "supportsInstructionBreakpoints",
            "supportsRestartRequest",
            "supportsReadMemoryRequest",
            "supportsWriteMemoryRequest",
        ],
        True,
    ),
    "exceptionBreakpointFilters": [
        {"filter": "unrecovered-panic", "label": "Unrecovered Panics", "default": True},
        {"filter": "runtime-fatal-throw", "label": "Fatal Throws", "default": True},
    ],
}

NOT_STARTED = "No debug session started: Use launch or attach request first."


def session(program: Program, *, mended: bool = False) -> Iterator[Step]:
    """A launch in exec mode with breakpoints of each kind, steps, and the end; `mended` is how it is with shims on."""
    yield from beginning(program, OF_DAPSHIM if mended else {})
    yield from breakpoints_of_each_kind(program)
    yield from the_first_stop()
    yield from what_delve_does_not_know()
    yield from stepping(program)
    yield from (a_mended_restart_and_the_end if mended else a_failed_restart_and_the_end)(program)


def source_of(program: Program) -> Json:
    return {"name": "main.go", "path": str(program.source)}


def launch_of(program: Program) -> Json:
    return {"mode": "exec", "program": str(program.binary)}


def beginning(program: Program, promised: Json) -> Iterator[Step]:
    launch = launch_of(program)
    process = {"name": launch["program"], "systemProcessId": Varies(4711), "isLocalProcess": True, "startMethod": "launch"}
    yield Step("initialize", {"adapterID": "go"}, [answer(1, "initialize", CAPABILITIES | promised)])
    yield Step(
        "threads",
        None,
        [answer(2, "threads", error(3000, NOT_STARTED, show=True), success=False, message="No debug session started")],
    )
    yield Step("launch", launch, [event(3, "process", process), event(4, "initialized"), answer(5, "launch")])


def breakpoints_of_each_kind(program: Program) -> Iterator[Step]:
    file = source_of(program)
    main, step = program.line("main"), program.line("step")
    nowhere = f"could not find statement at {file['path']}:1, please use a line with a statement"
    taken = f"Breakpoint exists at {file['path']}:{main - 1} at "
    yield Step(
        "setBreakpoints",
        {"source": file, "breakpoints": [{"line": main - 1}, {"line": 1}, {"line": main}]},
        [
            answer(
                6,
                "setBreakpoints",
                {
                    "breakpoints": [
                        {"id": 1, "verified": True, "source": file, "line": main - 1},
                        {"verified": False, "message": nowhere},
                        {"id": 3, "verified": True, "source": file, "line": main},
                    ]
                },
            )
        ],
    )
    yield Step(
        "setFunctionBreakpoints",
        {"breakpoints": [{"name": "main.main"}, {"name": "main.step"}, {"name": "no.such"}]},
        [
            answer(
                7,
                "setFunctionBreakpoints",
                {
                    "breakpoints": [
                        {"verified": False, "message": Varies(taken + "4bced3", taken)},
                        {"id": 5, "verified": True, "source": file, "line": step - 1},
                        {"verified": False, "message": 'location "no.such" not found'},
                    ]
                },
            )
        ],
    )
    yield Step("setExceptionBreakpoints", {"filters": []}, [answer(8, "setExceptionBreakpoints", {})])


def the_first_stop() -> Iterator[Step]:
    yield Step(
        "configurationDone",
        None,
        [
            output(9, "Type 'dlv help' for list of commands.\n"),
            answer(10, "configurationDone"),
            stopped(11, "breakpoint", 1),
        ],
    )


def what_delve_does_not_know() -> Iterator[Step]:
    yield Step(
        "foo",
        {"x": 1},
        [
            answer(
                12,
                "",
                error(8888, "Internal Error: Request command 'foo' is not supported (seq: 8)"),
                success=False,
                message="Internal Error",
            )
        ],
    )
    yield Step(
        "source",
        {"sourceReference": 1},
        [
            answer(
                13,
                "source",
                error(9999, 'Unsupported command: cannot process "source" request'),
                success=False,
                message="Unsupported command",
            )
        ],
    )


def stepping(program: Program) -> Iterator[Step]:
    file, main = source_of(program), program.line("main")
    # The number of `continued` is the higher one, and it comes first. A step that ends on a breakpoint is a step.
    yield Step(
        "next",
        {"threadId": MAIN},
        [
            event(15, "continued", {"threadId": MAIN, "allThreadsContinued": True}),
            answer(14, "next"),
            stopped(16, "step"),
        ],
    )
    yield Step(
        "setBreakpoints",
        {"source": file, "breakpoints": [{"line": main}]},
        [answer(17, "setBreakpoints", {"breakpoints": [{"id": 3, "verified": True, "source": file, "line": main}]})],
    )
    yield Step(
        "continue",
        {"threadId": MAIN},
        [answer(18, "continue", {"allThreadsContinued": True}), stopped(19, "function breakpoint", 5)],
    )
    yield Step(
        "next",
        {"threadId": MAIN},
        [
            event(21, "continued", {"threadId": MAIN, "allThreadsContinued": True}),
            answer(20, "next"),
            stopped(22, "step"),
        ],
    )


def a_failed_restart_and_the_end(program: Program) -> Iterator[Step]:
    launch = launch_of(program)
    cannot = "Failed to restart: cannot rebuild a binary"
    yield Step(
        "restart",
        {"arguments": launch},
        [
            answer(23, "restart"),
            answer(24, "restart", error(3000, cannot), success=False, message="Failed to restart"),
            event(25, "exited", {"exitCode": 0}),
            event(26, "terminated", {}),
        ],
    )
    yield Step(
        "disconnect",
        {"terminateDebuggee": True},
        [
            output(27, Varies("Process 4711 has exited with status 0\n", "Process ")),
            output(28, "Detaching\n"),
            answer(29, "disconnect"),
            event(30, "terminated", {}),
        ],
    )


def a_mended_restart_and_the_end(program: Program) -> Iterator[Step]:
    """With shims on Delve is told to build nothing."""
    yield Step("restart", {"arguments": launch_of(program)}, [answer(23, "restart"), event(24, "initialized")])
    yield Step(
        "disconnect",
        {"terminateDebuggee": True},
        [
            output(25, "Detaching and terminating target process\n"),
            answer(26, "disconnect"),
            event(27, "terminated", {}),
        ],
    )


def spoken(value: Any) -> Any:
    """Return what the scripted adapter says."""
    if isinstance(value, Varies):
        return value.sample
    if isinstance(value, dict):
        return {name: spoken(each) for name, each in value.items()}
    return [spoken(each) for each in value] if isinstance(value, list) else value


def unlike(said: Any, found: Any, where: str) -> list[str]:
    """What Delve says otherwise; nothing may be missing, and nothing more may be there."""
    if isinstance(found, str):
        found = re.sub(r"^.+ \(Delve: (.+)\)$", r"\1", found)  # an explanation stands in front of Delve's own words
    if isinstance(said, Varies):
        alike = type(said.sample) is type(found) and (not said.begins or found.startswith(said.begins))
        return [] if alike else [f"{where}: {said} said, {found!r} found"]
    if isinstance(said, dict) and isinstance(found, dict):
        odd = [f"{where}.{name} is there on one side only: {(said | found)[name]!r}" for name in said.keys() ^ found.keys()]
        return odd + [
            text for name in said.keys() & found.keys() for text in unlike(said[name], found[name], f"{where}.{name}")
        ]
    if isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        return [text for i, pair in enumerate(zip(said, found, strict=True)) for text in unlike(*pair, f"{where}[{i}]")]
    if isinstance(said, str) and isinstance(found, str):
        said, found = (re.sub(r"is not supported \(seq: \d+\)", "is not supported", each) for each in (said, found))
    return [] if type(said) is type(found) and said == found else [f"{where}: {said!r} said, {found!r} found"]


def ours(message: Json) -> bool:
    """Whether it is a line of dapshim's own, of which docs/transparency.md tells."""
    return message.get("event") == "output" and message["body"]["output"].startswith("dapshim:")


async def hold(client: Client, steps: Iterator[Step], *, counted: bool) -> None:
    """Hold a conversation with what is real; through dapshim both sides have numbers of their own, `counted` as they come."""
    arrived = 0
    client._seq = BEFORE if counted else 0
    for step in steps:
        number = await client.send(step.command, step.arguments)
        for said in step.says:
            with trio.fail_after(BOUND):
                found = await client.next()
                arrived += 1
                while counted and ours(found):
                    found = await client.next()
                    arrived += 1
            wanted = said | ({"request_seq": number} if said["type"] == "response" else {})
            wrong = unlike(wanted | ({"seq": arrived} if counted else {}), found, said.get("event") or said["command"])
            assert not wrong, "\n".join([f"after {step.command}, message {arrived}:", *wrong, str(found)])
    assert await client.rest() == []


async def test_with_the_scripted_adapter(loop):
    arrived = 0
    async with stage() as (client, adapter):
        for number, step in enumerate(session(loop), 1):
            asked: Json = {"seq": BEFORE + number, "type": "request", "command": step.command}
            asked |= {} if step.arguments is None else {"arguments": step.arguments}
            await client.says(asked)
            assert await adapter.gets({}) == asked | {"seq": number}
            for said in spoken(step.says):
                arrived += 1
                answers = said["type"] == "response"
                await adapter.says(said | ({"request_seq": number} if answers else {}))
                passed_on = said | {"seq": arrived} | ({"request_seq": BEFORE + number} if answers else {})
                assert await client.gets({}) == passed_on


async def test_with_the_real_one(loop):
    async with dlv_dap() as dlv:
        await hold(await dlv.connect(), session(loop), counted=False)


@pytest.mark.parametrize("shims", ["on", "off"])
async def test_with_the_real_one_through_dapshim(loop, shims):
    async with dlv_dap() as dlv, dapshim("--connect", dlv.address, "--shims", shims) as shim:
        await hold(await shim.connect(), session(loop, mended=shims == "on"), counted=True)


# -- the limit of 4 MiB ----------------------------------------------------------------------------------------------------


def padded(seq: int, size: int) -> bytes:
    """Return a request that Delve answers with an error, of so many bytes."""
    head, tail = b'{"seq":%d,"type":"request","command":"threads","arguments":{"pad":"' % seq, b'"}}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


@pytest.mark.parametrize("road", ["dlv dap", "a relay"])
async def test_delve_reads_4_mib_and_hangs_up_on_a_byte_more(road):
    async with dlv_dap() as dlv, dapshim("--connect", dlv.address, "--shims", "off") as shim:
        client = await (dlv if road == "dlv dap" else shim).connect()
        await client.send_raw(padded(1, DELVE_MAX_BODY))
        with trio.fail_after(BOUND):
            assert (await client.next())["request_seq"] == 1
            with suppress(trio.BrokenResourceError):  # it hangs up when it has read the header
                await client.send_raw(padded(2, DELVE_MAX_BODY + 1))
            with pytest.raises(EndOfConversation):
                await client.next()


async def test_shims_refuse_the_byte_more_and_the_session_lives():
    async with dlv_dap() as dlv, dapshim("--connect", dlv.address) as shim:
        client = await shim.connect()
        client._seq = 1
        await client.send_raw(padded(1, DELVE_MAX_BODY + 1))
        refused = await client.response(1)
        assert (refused["success"], refused["body"]["error"]["id"]) == (False, 9601)
        assert "Delve reads none above 4194304" in refused["message"]
        assert (await client.ask("initialize", {"adapterID": "go"}))["success"]


# -- the comparison itself can fail ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "event", "event": "stopped", "body": {"id": 1, "text": "ab", "more": 1}},
        {"type": "event", "event": "stopped", "body": {"id": 1}},
        {"type": "event", "event": "stopped", "body": {"id": "1", "text": "ab"}},
        {"type": "event", "event": "stopped", "body": {"id": 2, "text": "b"}},
        {"type": "event", "event": "continued", "body": {"id": 2, "text": "ab"}},
    ],
)
def test_what_delve_would_say_otherwise_is_found(changed):
    said = {"type": "event", "event": "stopped", "body": {"id": Varies(7), "text": Varies("ax", "a")}}
    assert unlike(said, spoken(said), "stopped") == []
    assert unlike(said, changed, "stopped")
