"""The shims `bridge` and `without_debug_info` between two scripted peers: what they ask, and what they leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dapshim.delve.current_program import Current
from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.options.layers import resolve
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.shims import make_layers
from dapshim.shims.bridge import Bridge
from dapshim.shims.without_debug_info import WithoutDebugInfo
from tests.binary.executables import Executables
from tests.playbook import Containing, Stage, event, request, response, stage

FILE = {"path": "/w/main.go"}
TARGETS = {"expression": "dlv target list", "context": "repl"}
GOROUTINE = {"expression": "runtime.curg.goid", "context": "repl"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Executables:
    return Executables(tmp_path_factory.mktemp("executables"))


def bridge(path: str) -> tuple[Bridge, WithoutDebugInfo, Current]:
    """The two shims, in a session whose executable is known to be at `path`."""
    session_map, current = SessionMap(Planner(Setting(resolve(()), connected=True))), Current()
    session_map.path = path
    return Bridge(session_map, Breakpoints(), current), WithoutDebugInfo(current), current


async def lines_pass(scene: Stage, *, seq: int = 2) -> None:
    client, adapter = scene
    await adapter.gets(request(seq, "setBreakpoints", source=FILE, breakpoints=[{"line": 4}]))
    await adapter.says(response(9, seq, "setBreakpoints", breakpoints=[{"id": 1, "verified": True}]))
    await client.gets(response(3, 2, "setBreakpoints", breakpoints=[{"id": 1, "verified": True}]))


async def initialized(scene: Stage) -> None:
    client, adapter = scene
    await client.says(request(1, "initialize"))
    await adapter.gets(request(1, "initialize"))
    await adapter.says(response(1, 1, "initialize"), event(2, "initialized"))
    await client.gets(response(1, 1, "initialize"), event(2, "initialized"))


async def ready(scene: Stage) -> None:
    await initialized(scene)
    await scene.client.says(request(2, "setBreakpoints", source=FILE, breakpoints=[{"line": 4}]))


async def test_delve_is_asked_nothing_about_a_program_with_debug_info(built):
    shim, seen, _ = bridge(str(built.build("linux/amd64")))
    async with stage(seen, shim) as scene:
        await ready(scene)
        await lines_pass(scene)
        assert shim.idle
        assert shim.not_bridging


async def test_a_program_of_which_nothing_is_known_is_left_to_delve():
    shim, seen, _ = bridge("")
    async with stage(seen, shim) as scene:
        await ready(scene)
        await scene.adapter.gets(request(2, "evaluate", **TARGETS))
        await scene.adapter.says(
            response(2, 2, "evaluate", success=False, message="Unable to process `evaluate`: debuggee is running")
        )
        await lines_pass(scene, seq=3)


async def test_delve_has_found_debug_info_elsewhere(built):
    shim, seen, _ = bridge(str(built.build("linux/amd64", "-ldflags=-s -w")))
    async with stage(seen, shim) as scene:
        await ready(scene)
        await scene.adapter.gets(request(2, "evaluate", **TARGETS))
        await scene.adapter.says(response(2, 2, "evaluate", result="*\t4194303\t/elsewhere/program\n"))
        await scene.adapter.gets(request(3, "evaluate", **GOROUTINE))
        await scene.adapter.says(response(3, 3, "evaluate", success=False, message="could not read goid"))
        await lines_pass(scene, seq=4)


async def test_another_machines_code_is_not_guessed_at(built):
    shim, seen, _ = bridge(str(built.build("linux/arm64", "-ldflags=-s -w")))
    async with stage(seen, shim) as scene:
        client, adapter = scene
        await ready(scene)
        await adapter.gets(request(2, "evaluate", **TARGETS))
        await adapter.says(response(2, 2, "evaluate", result="*\t4194303\t/elsewhere/program\n"))
        await adapter.gets(request(3, "evaluate", **GOROUTINE))
        failed = "could not find runtime.g: no type entry found, use 'types' for a list of valid types"
        await adapter.says(response(3, 3, "evaluate", success=False, message=failed))
        await adapter.gets(request(4, "setBreakpoints"))
        why = "its code is of arm64, and only that of linux/amd64 can be read without debug info"
        await client.gets(event(3, "output", category="console", output=Containing(why)))
        await adapter.says(response(9, 4, "setBreakpoints", breakpoints=[]))
        await client.gets(response(4, 2, "setBreakpoints", breakpoints=[]))


async def test_lines_of_a_program_that_only_delve_can_reach(built):
    path = built.build("linux/amd64", "-ldflags=-s -w")
    shim, seen, current = bridge(str(path))
    async with stage(seen, shim) as scene:
        client, adapter = scene
        await initialized(scene)
        source = {"path": str(built.source / "main.go")}
        await client.says(request(2, "setBreakpoints", source=source, breakpoints=[{"line": 16}, {"line": 1}]))
        await adapter.gets(request(2, "evaluate", **TARGETS))
        await adapter.says(response(2, 2, "evaluate", result="*\t4194303\t/elsewhere/program\n"))
        await adapter.gets(request(3, "evaluate", **GOROUTINE))
        await adapter.says(response(3, 3, "evaluate", success=False, message="no type entry found"))
        heard = await adapter.gets(request(4, "setInstructionBreakpoints"))
        (entry,) = heard["arguments"]["breakpoints"]
        assert current.found is not None
        code = current.found.program.code
        assert code.positions(int(entry["instructionReference"], 16))[0].function == "main.main"
        await adapter.says(response(4, 4, "setInstructionBreakpoints", breakpoints=[{"id": 7, "verified": True}]))
        refused = {"id": 2, "verified": False, "message": Containing("could not find statement at")}
        await client.gets(response(3, 2, "setBreakpoints", breakpoints=[{"id": 1, "verified": True, "line": 16}, refused]))
        await client.gets(event(4, "output", output=Containing("has no debug info")))


CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (request(1, "scopes", frameId=1000), {"scopes": [{"name": "Locals (no debug info)", "variablesReference": 1}]}),
    (request(1, "variables", variablesReference=1), {"variables": [{"name": "why", "value": Containing("no debug info")}]}),
    (request(1, "dataBreakpointInfo", name="x"), {"dataId": None, "description": Containing("no debug info")}),
]


def bridged() -> tuple[WithoutDebugInfo, Current]:
    current = Current()
    current.found = object()  # type: ignore[assignment]  # only whether there is one is looked at
    return WithoutDebugInfo(current), current


@pytest.mark.parametrize(("asked", "answer"), CASES, ids=lambda each: each.get("command"))
async def test_what_is_not_there_is_said_without_a_failure(asked, answer):
    async with stage(bridged()[0]) as (client, _):
        await client.says(asked)
        await client.gets(response(1, 1, asked["command"], **answer))


async def test_delves_words_are_put_into_a_persons():
    async with stage(bridged()[0]) as (client, adapter):
        await client.says(request(1, "evaluate", expression="x", frameId=1000), request(2, "setVariable", name="x"))
        heard = await adapter.gets(request(1, "evaluate", expression="x"))
        assert "frameId" not in heard["arguments"]
        said = "Unable to evaluate expression: could not find symbol value for x"
        await adapter.says(
            response(1, 1, "evaluate", success=False, message="Unable to evaluate", error={"id": 2009, "format": said})
        )
        await client.gets(response(1, 2, "setVariable", success=False, error={"format": Containing("no debug info")}))
        await client.gets(response(2, 1, "evaluate", success=False, error={"id": 2009, "format": Containing("no debug info")}))
        await client.says(request(3, "evaluate", expression="1+"), request(4, "exceptionInfo", threadId=1))
        await adapter.gets(request(2, "evaluate"), request(3, "exceptionInfo"))
        wrong = {"id": 2009, "format": "Unable to evaluate expression: 1:3: expected operand, found 'EOF'"}
        await adapter.says(response(2, 2, "evaluate", success=False, error=wrong))
        await client.gets(response(3, 3, "evaluate", success=False, error=wrong))
        none = {"id": 2011, "format": "Unable to get exception info: could not find goroutine array"}
        await adapter.says(response(3, 3, "exceptionInfo", success=False, error=none))
        await client.gets(response(4, 4, "exceptionInfo", success=True, exceptionId="panic", description=Containing("output")))


async def test_where_there_is_debug_info_nothing_is_looked_into():
    shim = WithoutDebugInfo(Current())
    async with stage(shim) as (client, adapter):
        await client.sends(b'{"seq":1,"type":"request","command":"evaluate","arguments":{"frameId":1000, "expression":"x"}}')
        assert b'"frameId":1000, ' in await adapter.raw()


def test_they_stand_directly_outside_of_the_breakpoints():
    names = [layer.name for layer in make_layers()]
    assert names[-4:] == ["without_debug_info", "bridge", "breakpoints", "hidden_stops"]
    assert Path(__file__).name == "test_bridge.py"
