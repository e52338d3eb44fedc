"""The shim `explain` between two scripted peers, with a program that the real go built."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from dapshim.delve.breakpoint_questions import BreakpointQuestions
from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.shims.explain import Explain
from dapshim.sources.rules import NO_RULES
from tests.playbook import Containing, Json, Stage, event, request, response, stage
from tests.real import Program

COMMENT = "main.go:5 is a comment; the nearest lines with code in main: 4 and 7. Set it at line 7."

WAITS = 7
"""The id of a breakpoint that is set again when code comes."""


@attrs.frozen
class Scene:
    """A session in which the program was read, or in which nothing is known."""

    stage: Stage
    path: str
    map: SessionMap

    @property
    def delves(self) -> str:
        return f"could not find statement at {self.path}:5, please use a line with a statement"

    def asks(self, seq: int, *entries: Json, path: str = "") -> Json:
        return request(seq, "setBreakpoints", source={"path": path or self.path}, breakpoints=list(entries))


@asynccontextmanager
async def explaining(program: Program | None) -> AsyncIterator[Scene]:
    session_map = SessionMap(Planner(Setting()))
    if program is not None:
        await session_map.read_file(str(program.binary), NO_RULES)
    else:
        session_map.give_up()
    async with stage(Explain(BreakpointQuestions(session_map), waits=lambda number: number == WAITS)) as scene:
        yield Scene(scene, str(program.source) if program is not None else "/x/main.go", session_map)


async def exchanged(scene: Scene, seq: int, command: str, entries: list[Json], found: list[Json], **more: Any) -> None:
    """The client asks, and the adapter answers."""
    client, adapter = scene.stage
    await client.says(request(seq, command, breakpoints=entries, **more))
    await adapter.gets(request(seq, command, breakpoints=entries))
    await adapter.says(response(seq, seq, command, breakpoints=found))


def output(seq: int, text: str, **more: Any) -> Json:
    return event(seq, "output", output=f"dapshim: {text}\n", category="console", **more)


async def test_the_reason_stands_before_delves_and_is_said_once(gapped):
    async with explaining(gapped) as scene:
        source = {"path": scene.path}
        hollow: Json = {"verified": False, "message": scene.delves}
        explained: Json = {"verified": False, "message": f"{COMMENT} (Delve: {scene.delves})"}
        await exchanged(
            scene, 1, "setBreakpoints", [{"line": 5}, {"line": 7}], [hollow, {"id": 1, "verified": True}], source=source
        )
        client, _ = scene.stage
        await client.gets(response(1, 1, "setBreakpoints", breakpoints=[explained, {"id": 1, "verified": True}]))
        await client.gets(output(2, COMMENT, source={"name": "main.go", "path": scene.path}, line=5))
        await exchanged(scene, 2, "setBreakpoints", [{"line": 5}], [hollow], source=source)
        await client.gets(response(3, 2, "setBreakpoints", breakpoints=[explained]))


async def test_what_source_paths_has_said_is_one_voice_with_it(gapped):
    async with explaining(gapped) as scene:
        told = {"verified": False, "message": f"a sentence (Delve: {scene.delves})"}
        await exchanged(scene, 1, "setBreakpoints", [{"line": 5}], [told], source={"path": scene.path})
        client, _ = scene.stage
        await client.gets(response(1, 1, "setBreakpoints", breakpoints=[{"message": f"{COMMENT} (Delve: {scene.delves})"}]))
        await client.gets(output(2, COMMENT))


async def test_verified_breakpoints_pass_as_they_came(gapped):
    async with explaining(gapped) as scene:
        found: list[Json] = [{"id": 1, "verified": True, "message": "moved"}, {"id": 2, "verified": True}]
        await exchanged(scene, 1, "setBreakpoints", [{"line": 4}, {"line": 7}], found, source={"path": scene.path})
        client, _ = scene.stage
        answer = await client.gets(response(1, 1, "setBreakpoints"))
        assert answer["body"]["breakpoints"] == found


@pytest.mark.parametrize(
    ("command", "more"), [("setBreakpoints", {"line": 7}), ("setFunctionBreakpoints", {"name": "main.main"})]
)
async def test_delve_never_gets_a_count_that_divides_by_nothing(gapped, command, more):
    async with explaining(gapped) as scene:
        client, adapter = scene.stage
        where = {"source": {"path": scene.path}} if command == "setBreakpoints" else {}
        await client.says(
            request(1, command, breakpoints=[{**more, "hitCondition": "% 0"}, {**more, "hitCondition": "% 10"}], **where)
        )
        await adapter.gets(request(1, command, breakpoints=[{**more, "hitCondition": "%"}, {**more, "hitCondition": "% 10"}]))
        refused = {"verified": False, "message": 'unable to parse breakpoint hit condition: "%"'}
        await adapter.says(response(1, 1, command, breakpoints=[refused, {"id": 1, "verified": True}]))
        said = {"verified": False, "message": Containing('The hit count "% 0" of ')}
        await client.gets(response(1, 1, command, breakpoints=[said, {"id": 1, "verified": True}]))
        await client.gets(event(2, "output", output=Containing("divides by 0, at which Delve hangs")))


async def test_a_condition_that_names_nothing_is_said_of_a_verified_one(gapped):
    async with explaining(gapped) as scene:
        entries = [{"line": 7, "condition": "y > 1"}, {"line": 12, "condition": "x > 1"}]
        found = [{"id": 1, "verified": True}, {"id": 2, "verified": True}]
        await exchanged(scene, 1, "setBreakpoints", entries, found, source={"path": scene.path})
        client, _ = scene.stage
        said = Containing("names y, which is not there")
        answer = await client.gets(
            response(1, 1, "setBreakpoints", breakpoints=[{"verified": True, "message": said}, found[1]])
        )
        assert "message" not in answer["body"]["breakpoints"][1]
        await client.gets(event(2, "output", output=said))


async def test_a_function_that_waits_is_pending(gapped):
    """Whatever the program is, and whatever name of its own looks like that one."""
    async with explaining(gapped) as scene:
        delves = 'location "main.mian" not found'
        for seq, number in ((1, WAITS), (2, WAITS + 1)):
            hollow = {"id": number, "verified": False, "message": delves}
            await exchanged(scene, seq, "setFunctionBreakpoints", [{"name": "main.mian"}], [hollow])
            client, _ = scene.stage
            pending = "will be set when it is loaded. If it is none of these: did you mean main.main?"
            said = Containing(pending) if number == WAITS else Containing("no function main.mian. Did you mean main.main?")
            await client.gets(response(2 * seq - 1, seq, "setFunctionBreakpoints", breakpoints=[{"message": said}]))
            await client.gets(event(2 * seq, "output", output=said))


async def test_functions_have_reasons_too(gapped):
    async with explaining(gapped) as scene:
        hollow = {"verified": False, "message": 'location "main.mian" not found'}
        await exchanged(scene, 1, "setFunctionBreakpoints", [{"name": "main.mian"}], [hollow])
        client, _ = scene.stage
        said = "The program has no function main.mian. Did you mean main.main? Write main.main."
        message = f'{said} (Delve: location "main.mian" not found)'
        await client.gets(response(1, 1, "setFunctionBreakpoints", breakpoints=[{"verified": False, "message": message}]))
        await client.gets(output(2, said))


async def test_the_words_of_a_stranger_may_hold_half_of_a_character(gapped):
    async with explaining(gapped) as scene:
        hollow = {"verified": False, "message": "location not found"}
        await exchanged(scene, 1, "setFunctionBreakpoints", [{"name": "main.\ud800"}], [hollow])
        client, _ = scene.stage
        await client.gets(response(1, 1, "setFunctionBreakpoints", breakpoints=[hollow]))
        await client.gets(output(2, "The program has no function main.\ud800. Did you mean main.main? Write main.main."))
        # No file can be called so, and the next list is explained.
        client, adapter = scene.stage
        asked = request(2, "setBreakpoints", source={"path": "/x/\ud800.go"}, breakpoints=[{"line": 1}])
        await client.says(asked)
        await adapter.gets(asked)
        await adapter.says(response(2, 2, "setBreakpoints", breakpoints=[hollow]))
        assert await client.gets(response(3, 2, "setBreakpoints", breakpoints=[hollow]))
        found = [{"verified": False, "message": scene.delves}]
        await exchanged(scene, 3, "setBreakpoints", [{"line": 5}], found, source={"path": scene.path})
        await client.gets(response(4, 3, "setBreakpoints", breakpoints=[{"message": Containing(COMMENT)}]))
        await client.gets(output(5, COMMENT))


@pytest.mark.parametrize("command", ["setInstructionBreakpoints", "setDataBreakpoints"])
async def test_of_other_lists_delves_words_tell(gapped, command):
    async with explaining(gapped) as scene:
        hollow = {"verified": False, "message": "Process 7 has exited with status 1"}
        await exchanged(scene, 1, command, [{}], [hollow])
        client, _ = scene.stage
        said = Containing("The program has ended (exit status 1)")
        await client.gets(response(1, 1, command, breakpoints=[{"message": said}]), event(2, "output", output=said))


@pytest.mark.parametrize(
    ("command", "entry"),
    [
        ("setInstructionBreakpoints", {"instructionReference": "0x1"}),
        ("setDataBreakpoints", {"dataId": "x"}),
        ("setFunctionBreakpoints", {"name": "main.go:99"}),
        ("setFunctionBreakpoints", {"name": "/a pattern/"}),
        ("setFunctionBreakpoints", {"name": "*0x47"}),
    ],
)
async def test_what_nobody_can_explain_stays_delves(gapped, command, entry):
    async with explaining(gapped) as scene:
        hollow = {"verified": False, "message": "could not do it"}
        await exchanged(scene, 1, command, [entry], [hollow])
        client, _ = scene.stage
        await client.gets(response(1, 1, command, breakpoints=[hollow]))


async def test_a_file_of_nobodys(gapped, tmp_path):
    stray = Path(tmp_path) / "stray.go"
    stray.write_text("package stray\n")
    async with explaining(gapped) as scene:
        hollow = {"verified": False, "message": f"could not find file {stray}"}
        await exchanged(scene, 1, "setBreakpoints", [{"line": 1}, {"line": 1}], [hollow, hollow], source={"path": str(stray)})
        client, _ = scene.stage
        said = Containing("lies in no module")
        await client.gets(response(1, 1, "setBreakpoints", breakpoints=[{"message": said}, {"message": said}]))
        await client.gets(event(2, "output", output=said))  # once, for the file


async def test_one_that_changes_is_explained_and_one_that_is_set_is_not(gapped):
    async with explaining(gapped) as scene:
        hollow = {"id": 4, "verified": False, "message": "unable to set breakpoint"}
        await exchanged(scene, 1, "setBreakpoints", [{"line": 5}], [hollow], source={"path": scene.path})
        client, adapter = scene.stage
        await client.gets(response(1, 1, "setBreakpoints", breakpoints=[{"message": Containing(COMMENT)}]), output(2, COMMENT))
        changed = {"id": 4, "verified": False, "message": scene.delves}
        await adapter.says(event(2, "breakpoint", reason="changed", breakpoint=changed))
        await client.gets(event(3, "breakpoint", breakpoint={"message": f"{COMMENT} (Delve: {scene.delves})"}))
        await adapter.says(event(3, "breakpoint", reason="changed", breakpoint={"id": 4, "verified": True}))
        await client.gets(event(4, "breakpoint", breakpoint={"id": 4, "verified": True}))
        await adapter.says(event(4, "breakpoint", reason="changed", breakpoint=changed))
        await client.gets(event(5, "breakpoint", breakpoint=changed))


@pytest.mark.parametrize("body", [{"breakpoint": 1}, {"breakpoint": {"id": "x"}}, {}])
async def test_strange_events_pass(gapped, body):
    async with explaining(gapped) as scene:
        hollow = {"id": 4, "verified": False, "message": scene.delves}
        await exchanged(scene, 1, "setBreakpoints", [{"line": 5}], [hollow], source={"path": scene.path})
        client, adapter = scene.stage
        await client.gets(response(1, 1, "setBreakpoints"), output(2, COMMENT))
        await adapter.says(event(2, "breakpoint", **body))
        await client.gets(event(3, "breakpoint", **body))


async def test_a_program_of_which_nothing_is_known_changes_nothing():
    async with explaining(None) as scene:
        hollow = {"verified": False, "message": scene.delves}
        await exchanged(scene, 1, "setBreakpoints", [{"line": 5}], [hollow], source={"path": scene.path})
        client, _ = scene.stage
        await client.gets(response(1, 1, "setBreakpoints", breakpoints=[hollow]))


async def test_a_failed_answer_passes(gapped):
    async with explaining(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, {"line": 5}))
        await adapter.gets(scene.asks(1, {"line": 5}))
        await adapter.says(response(1, 1, "setBreakpoints", success=False, message="no"))
        await client.gets(response(1, 1, "setBreakpoints", success=False, message="no"))
