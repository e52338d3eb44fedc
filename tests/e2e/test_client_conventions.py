"""A client that counts from 0 and writes URIs has the same session with the real dlv as one that does not."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from tests.real import Client, Json, Program, build, dapshim, dlv_dap

ORDINARY = {"clientID": "test", "adapterID": "go", "pathFormat": "path"}
SPECIAL = {**ORDINARY, "linesStartAt1": False, "columnsStartAt1": False, "pathFormat": "uri"}


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The loop, in a folder whose name a URI cannot hold as it is."""
    return build("loop", tmp_path_factory.mktemp("my #1 programs, 100% säfe"))


def spelt(path: object) -> str:
    """Write a path as VS Code does: small hexadecimal digits, all that is not plain encoded."""
    plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
    return "file://" + "".join(each if each in plain else "".join(f"%{b:02x}" for b in each.encode()) for each in str(path))


def ordinary(value: Any) -> Any:
    """Convert what the special client got to what an ordinary one gets; by other means than the code under test."""
    if isinstance(value, list):
        return [ordinary(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: ordinary(member) for name, member in value.items()}
    if "line" in made:
        made["line"] += 1
    if str(made.get("path", "")).startswith("file://"):
        made["path"] = unquote(made["path"].removeprefix("file://"))
    return made


async def looked(client: Client, program: Program, *, special: bool) -> dict[str, Any]:
    """Hold one session with all kinds of places in it; return what was told."""
    first = 0 if special else 1
    path = spelt(program.source) if special else str(program.source)
    seen: dict[str, Any] = {}

    def line(marker: str) -> int:
        return program.line(marker) - 1 + first

    await client.ok("initialize", SPECIAL if special else ORDINARY)
    binary = spelt(program.binary) if special else str(program.binary)
    cwd = spelt(program.binary.parent) if special else str(program.binary.parent)
    launch = await client.send("launch", {"mode": "exec", "program": binary, "cwd": cwd})
    await client.event("initialized")
    places = [{"line": line("main")}, {"line": line("step"), "logMessage": "n is {n}", "hitCondition": "== 1"}, {"line": first}]
    answer = await client.ok("setBreakpoints", {"source": {"path": path}, "breakpoints": places})
    seen["breakpoints"] = answer["breakpoints"]
    seen["functions"] = await client.ok("setFunctionBreakpoints", {"breakpoints": [{"name": "main.step"}, {"name": "no.such"}]})
    await client.ok("setFunctionBreakpoints", {"breakpoints": []})
    await client.ok("configurationDone")
    assert (await client.response(launch))["success"]
    thread = (await client.event("stopped"))["body"]["threadId"]
    stack = (await client.ok("stackTrace", {"threadId": thread, "levels": 3}))["stackFrames"]
    seen["frames"] = [{name: frame[name] for name in ("name", "line", "column", "source")} for frame in stack]
    seen["scopes"] = [
        {name: value for name, value in scope.items() if name != "variablesReference"}
        for scope in (await client.ok("scopes", {"frameId": stack[0]["id"]}))["scopes"]
    ]
    at = stack[0]["instructionPointerReference"]
    seen["instructions"] = (await client.ok("disassemble", {"memoryReference": at, "instructionCount": 12}))["instructions"]
    answer = await client.ok("setInstructionBreakpoints", {"breakpoints": [{"instructionReference": at}]})
    seen["instruction breakpoints"] = answer["breakpoints"]
    await client.ok("setInstructionBreakpoints", {"breakpoints": []})
    await client.ok("continue", {"threadId": thread})
    output = await client.until(lambda message: "n is" in str(message.get("body", {}).get("output", "")))
    seen["output"] = output["body"]
    await client.ok("disconnect", {"terminateDebuggee": True})
    await client.rest()
    return seen


def numbers(seen: Json) -> list[int]:
    """Return the lines of what was told, as they came."""
    frames = [frame["line"] for frame in seen["frames"]]
    return [*frames, *(each["line"] for each in seen["breakpoints"] if "line" in each), seen["output"].get("line", -1)]


async def test_delve_alone_refuses_such_a_client():
    async with dlv_dap() as dlv:
        answer = await (await dlv.connect()).ask("initialize", SPECIAL)
        assert not answer["success"]
        assert answer["body"]["error"]["id"] == 3002


async def test_it_has_the_same_session(awkward):
    async with dapshim() as shim:
        theirs = await looked(await shim.connect(), awkward, special=True)
        ours = await looked(await shim.connect(), awkward, special=False)
    line = awkward.line("main")
    assert theirs["frames"][0] == {
        "name": "main.main",
        "line": line - 1,
        "column": 0,
        "source": {"name": "main.go", "path": spelt(awkward.source)},
    }
    assert ours["frames"][0]["line"] == line
    assert numbers(theirs) == [number - 1 for number in numbers(ours)]
    assert [each["verified"] for each in theirs["breakpoints"]] == [True, True, False]
    # Delve's own words keep counting as people do.
    assert theirs["breakpoints"][2]["message"] == ours["breakpoints"][2]["message"]
    assert theirs["output"]["source"]["path"] == spelt(awkward.source)
    for part, told in theirs.items():
        assert ordinary(told) == ours[part], part
