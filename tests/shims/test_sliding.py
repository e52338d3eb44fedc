"""The shim `sliding` between two scripted peers, with a program that the real go built."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from dapshim.delve.breakpoint_questions import BreakpointQuestions
from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.options.layers import Layer, resolve, value_of
from dapshim.options.table import Source
from dapshim.shims.sliding import Sliding
from dapshim.sources.rules import NO_RULES
from tests.playbook import Containing, Json, Stage, event, request, response, stage
from tests.real import Program


@attrs.frozen
class Scene:
    """A session in which the program was read; `path` is its source."""

    stage: Stage
    path: str

    def asks(self, seq: int, *lines: int, **more: Any) -> Json:
        return request(
            seq, "setBreakpoints", source={"path": self.path}, breakpoints=[{"line": line, **more} for line in lines]
        )

    def hollow(self, line: int) -> Json:
        return {
            "verified": False,
            "message": f"could not find statement at {self.path}:{line}, please use a line with a statement",
        }

    async def is_hollow(self, line: int) -> None:
        """Let the client ask first of all for a line on which the adapter finds nothing."""
        await self.stage.client.says(self.asks(1, line))
        await self.stage.adapter.gets(self.asks(1, line))
        await self.stage.adapter.says(answers(1, 1, self.hollow(line)))


def verified(number: int, line: int) -> Json:
    return {"id": number, "verified": True, "line": line}


def answers(seq: int, to: int, *found: Json) -> Json:
    return response(seq, to, "setBreakpoints", breakpoints=list(found))


@asynccontextmanager
async def sliding(program: Program, *, on: bool = True) -> AsyncIterator[Scene]:
    layer = Layer(Source.LAUNCH, {"slideBreakpoints": value_of("slideBreakpoints", on, Source.LAUNCH, "the launch")})
    planner = Planner(Setting(resolve([layer])))
    session_map = SessionMap(planner)
    await session_map.read_file(str(program.binary), NO_RULES)
    async with stage(Sliding(planner, BreakpointQuestions(session_map))) as scene:
        yield Scene(scene, str(program.source))


async def moved(scene: Scene) -> None:
    """The first list: one on line 4, one on the comment in line 5, which moves to 7."""
    client, adapter = scene.stage
    await client.says(scene.asks(1, 4, 5))
    await adapter.gets(scene.asks(1, 4, 5))
    await adapter.says(answers(1, 1, verified(1, 4), scene.hollow(5)))
    await adapter.gets(scene.asks(2, 4, 7))
    await adapter.says(answers(2, 2, verified(1, 4), verified(2, 7)))
    message = "main.go:5 is a comment; the nearest lines with code in main: 4 and 7. It has moved to line 7."
    await client.gets(answers(1, 1, verified(1, 4), {**verified(2, 7), "message": message}))


async def test_a_comment_moves_to_the_next_line_with_code(gapped):
    async with sliding(gapped) as scene:
        await moved(scene)


async def test_later_lists_keep_it_where_it_is_and_what_it_is(gapped):
    async with sliding(gapped) as scene:
        await moved(scene)
        client, adapter = scene.stage
        await client.says(scene.asks(2, 5, 12))
        await adapter.gets(scene.asks(3, 7, 12))
        await adapter.says(answers(3, 3, verified(2, 7), verified(3, 12)))
        await client.gets(answers(2, 2, {**verified(2, 7), "message": Containing("moved to line 7")}, verified(3, 12)))


async def test_verified_breakpoints_cost_no_call(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, 4, 7))
        await adapter.gets(scene.asks(1, 4, 7))
        await adapter.says(answers(1, 1, verified(1, 4), verified(2, 7)))
        answer = await client.gets(answers(1, 1, verified(1, 4), verified(2, 7)))
        assert "message" not in answer["body"]["breakpoints"][0]


@pytest.mark.parametrize("line", [[], {}, "5", 5.5, None])
async def test_what_is_no_line_stays_and_does_not_switch_it_off(gapped, line):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        asked = request(1, "setBreakpoints", source={"path": scene.path}, breakpoints=[{"line": line}])
        await client.says(asked)
        await adapter.gets(asked)
        await adapter.says(answers(1, 1, {"verified": False, "message": "no"}))
        await client.gets(answers(1, 1, {"verified": False, "message": "no"}))
        await client.says(scene.asks(2, 5))
        await adapter.gets(scene.asks(2, 5))
        await adapter.says(answers(2, 2, scene.hollow(5)))
        await adapter.gets(scene.asks(3, 7))
        await adapter.says(answers(3, 3, verified(2, 7)))
        await client.gets(answers(2, 2, {**verified(2, 7), "message": Containing("moved to line 7")}))


async def test_switched_off_it_stays(gapped):
    async with sliding(gapped, on=False) as scene:
        await scene.is_hollow(5)
        await scene.stage.client.gets(answers(1, 1, scene.hollow(5)))


@pytest.mark.parametrize("lines", [(5, 7), (7, 5)])
async def test_it_does_not_move_onto_another_one(gapped, lines):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, *lines))
        await adapter.gets(scene.asks(1, *lines))
        said = [verified(1, 7) if line == 7 else scene.hollow(5) for line in lines]
        await adapter.says(answers(1, 1, *said))
        await client.gets(answers(1, 1, *said))


async def test_of_two_that_would_move_to_one_line_the_first_does(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, 5, 6))
        await adapter.gets(scene.asks(1, 5, 6))
        await adapter.says(answers(1, 1, scene.hollow(5), scene.hollow(6)))
        await adapter.gets(scene.asks(2, 7, 6))
        await adapter.says(answers(2, 2, verified(1, 7), scene.hollow(6)))
        await client.gets(answers(1, 1, verified(1, 7), scene.hollow(6)))


async def test_one_that_was_moved_gives_way_to_one_that_is_set_there(gapped):
    async with sliding(gapped) as scene:
        await moved(scene)
        client, adapter = scene.stage
        await client.says(scene.asks(2, 5, 7))
        await adapter.gets(scene.asks(3, 5, 7))
        await adapter.says(answers(3, 3, scene.hollow(5), verified(2, 7)))
        await client.gets(answers(2, 2, scene.hollow(5), verified(2, 7)))


async def test_a_line_that_delve_does_not_take_is_passed_over(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await scene.is_hollow(5)
        await adapter.gets(scene.asks(2, 7))
        await adapter.says(answers(2, 2, scene.hollow(7)))
        await adapter.gets(scene.asks(3, 8))
        await adapter.says(answers(3, 3, verified(1, 8)))
        await client.gets(answers(1, 1, {**verified(1, 8), "message": Containing("It has moved to line 8.")}))


async def test_it_says_where_delve_has_set_it(gapped):
    """Of a line on which a function begins Delve makes the one behind the prologue, in code that is not inlined."""
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await scene.is_hollow(5)
        await adapter.gets(scene.asks(2, 7))
        await adapter.says(answers(2, 2, verified(1, 8)))
        await client.gets(answers(1, 1, {**verified(1, 8), "message": Containing("It has moved to line 8.")}))


async def test_it_has_moved_also_where_delve_names_no_line(gapped):
    """Delve 1.27.1 names none for a line with code in several places."""
    several = {"id": 1, "verified": True, "source": {"path": "<multiple locations>"}}
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await scene.is_hollow(5)
        await adapter.gets(scene.asks(2, 7))
        await adapter.says(answers(2, 2, several))
        await client.gets(answers(1, 1, {**several, "line": 7, "message": Containing("It has moved to line 7.")}))


async def test_where_delve_takes_none_the_list_is_the_clients_again(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await scene.is_hollow(5)
        for seq, line in ((2, 7), (3, 8), (4, 11)):
            await adapter.gets(scene.asks(seq, line))
            await adapter.says(answers(seq, seq, scene.hollow(line)))
        await adapter.gets(scene.asks(5, 5))
        await adapter.says(answers(5, 5, scene.hollow(5)))
        await client.gets(answers(1, 1, scene.hollow(5)))


async def test_it_stays_in_its_function_literal(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, 9))
        await adapter.gets(scene.asks(1, 9))
        await adapter.says(answers(1, 1, scene.hollow(9)))
        await adapter.gets(scene.asks(2, 10))
        await adapter.says(answers(2, 2, verified(1, 10)))
        await client.gets(answers(1, 1, verified(1, 10)))


@pytest.mark.parametrize("line", [1, 2, 13, 14, 99])
async def test_it_leaves_no_function(gapped, line):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, line))
        await adapter.gets(scene.asks(1, line))
        await adapter.says(answers(1, 1, scene.hollow(line)))
        await client.gets(answers(1, 1, scene.hollow(line)))


@pytest.mark.parametrize(
    "message",
    [
        "could not find file /x.go",
        "Process 1 has exited with status 0",
        "could not find statement at /x.go:5, binary is stripped",
        "1:3: expected '==', found '='",
    ],
)
async def test_other_reasons_move_nothing(gapped, message):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, 5))
        await adapter.gets(scene.asks(1, 5))
        await adapter.says(answers(1, 1, {"verified": False, "message": message}))
        await client.gets(answers(1, 1, {"verified": False, "message": message}))


async def test_where_delve_hides_its_reason_the_line_table_tells(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, 5))
        await adapter.gets(scene.asks(1, 5))
        await adapter.says(answers(1, 1, {"id": 1, "verified": False, "message": "unable to set breakpoint"}))
        await adapter.gets(scene.asks(2, 7))
        await adapter.says(answers(2, 2, verified(2, 7)))
        await client.gets(answers(1, 1, verified(2, 7)))


async def test_a_new_program_begins_anew(gapped):
    async with sliding(gapped) as scene:
        await moved(scene)
        client, adapter = scene.stage
        await adapter.says(event(3, "initialized"))
        await client.gets(event(2, "initialized"))
        await client.says(scene.asks(2, 5))
        await adapter.gets(scene.asks(3, 5))
        await adapter.says(answers(4, 3, scene.hollow(5)))
        await adapter.gets(scene.asks(4, 7))
        await adapter.says(answers(5, 4, verified(1, 7)))
        await client.gets(answers(3, 2, verified(1, 7)))


async def test_a_column_is_left_out_and_a_condition_stays(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, 5, column=3, condition="x > 1"))
        await adapter.gets(scene.asks(1, 5, column=3, condition="x > 1"))
        await adapter.says(answers(1, 1, scene.hollow(5)))
        sent = await adapter.gets(scene.asks(2, 7, condition="x > 1"))
        assert "column" not in sent["arguments"]["breakpoints"][0]
        await adapter.says(answers(2, 2, verified(1, 7)))
        await client.gets(answers(1, 1, verified(1, 7)))


async def test_a_list_that_comes_meanwhile_is_set_last(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await scene.is_hollow(5)
        await adapter.gets(scene.asks(2, 7))
        await client.says(scene.asks(2, 12))
        await adapter.gets_nothing()
        await adapter.says(answers(2, 2, verified(1, 7)))
        await client.gets(answers(1, 1, verified(1, 7)))
        await adapter.gets(scene.asks(3, 12))
        await adapter.says(answers(3, 3, verified(2, 12)))
        await client.gets(answers(2, 2, verified(2, 12)))


async def test_an_answer_to_a_list_that_is_not_the_newest_moves_nothing(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await client.says(scene.asks(1, 5), scene.asks(2, 12))
        await adapter.gets(scene.asks(1, 5), scene.asks(2, 12))
        await adapter.says(answers(1, 1, scene.hollow(5)), answers(2, 2, verified(1, 12)))
        await client.gets(answers(1, 1, scene.hollow(5)), answers(2, 2, verified(1, 12)))


async def test_an_adapter_that_refuses_leaves_what_it_said(gapped):
    async with sliding(gapped) as scene:
        client, adapter = scene.stage
        await scene.is_hollow(5)
        for seq, line in ((2, 7), (3, 5)):
            await adapter.gets(scene.asks(seq, line))
            await adapter.says(response(seq, seq, "setBreakpoints", success=False, message="no"))
        await client.gets(answers(1, 1, scene.hollow(5)))
