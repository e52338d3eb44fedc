"""The shim `breakpoint_locations` between two scripted peers, with a program that the real go built."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from dapshim.delve.breakpoint_questions import BreakpointQuestions
from dapshim.delve.capabilities import LOCATIONS
from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.shims.breakpoint_locations import BreakpointLocations
from dapshim.sources.rules import NO_RULES
from tests.playbook import Json, Stage, request, response, stage
from tests.real import Program


@attrs.frozen
class Scene:
    """A session whose program was launched; `read` reads one, as who knows the program does."""

    stage: Stage
    map: SessionMap

    async def read(self, program: Program) -> None:
        await self.map.read_file(str(program.binary), NO_RULES)


@asynccontextmanager
async def launched() -> AsyncIterator[Scene]:
    session_map = SessionMap(Planner(Setting()))
    async with stage(BreakpointLocations(BreakpointQuestions(session_map))) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"), request(2, "launch", mode="exec"))
        await adapter.gets(request(1, "initialize"), request(2, "launch", mode="exec"))
        await adapter.says(response(1, 1, "initialize", supportsLogPoints=True), response(2, 2, "launch"))
        answer = await client.gets(response(1, 1, "initialize"))
        assert answer["body"] == {"supportsLogPoints": True, **LOCATIONS}
        await client.gets(response(2, 2, "launch"))
        yield Scene(scene, session_map)


def asks(path: object, **more: object) -> Json:
    return request(3, "breakpointLocations", source={"path": path}, **more)


async def is_delves(scene: Scene, wanted: Json) -> None:
    client, adapter = scene.stage
    await client.says(wanted)
    await adapter.gets(wanted)
    await adapter.says(response(3, 3, "breakpointLocations", success=False, message="Unsupported command"))
    await client.gets(response(3, 3, "breakpointLocations", success=False, message="Unsupported command"))


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [(1, 99, [3, 4, 7, 8, 10, 11, 12, 13]), (4, 7, [4, 7]), (7, None, [7]), (5, None, []), (9, 3, [])],
)
async def test_lines_with_code(gapped, first, last, lines):
    async with launched() as scene:
        await scene.read(gapped)
        client, _ = scene.stage
        await client.says(asks(str(gapped.source), line=first, **({"endLine": last} if last is not None else {})))
        await client.gets(response(3, 3, "breakpointLocations", breakpoints=[{"line": line} for line in lines]))


async def test_a_file_of_another_program_has_none(gapped, loop):
    async with launched() as scene:
        await scene.read(gapped)
        client, _ = scene.stage
        await client.says(asks(str(loop.source), line=1, endLine=99))
        await client.gets(response(3, 3, "breakpointLocations", breakpoints=[]))


async def test_who_asks_early_is_answered_when_the_program_was_read(gapped):
    async with launched() as scene, trio.open_nursery() as nursery:
        client, _ = scene.stage
        await client.says(asks(str(gapped.source), line=7))
        await client.gets_nothing()
        nursery.start_soon(scene.read, gapped)
        await client.gets(response(3, 3, "breakpointLocations", breakpoints=[{"line": 7}]))


async def test_nobody_waits_for_ever(gapped, autojump_clock):
    async with launched() as scene:
        begin = trio.current_time()
        await is_delves(scene, asks(str(gapped.source), line=7))
        assert 1 < trio.current_time() - begin < 10
        scene.map.give_up()


@pytest.mark.parametrize("more", [{"line": 0}, {"line": "7"}, {}, {"line": True}, {"line": 1, "endLine": None}])
async def test_what_is_no_line_is_delves(gapped, more):
    async with launched() as scene:
        await scene.read(gapped)
        await is_delves(scene, asks(str(gapped.source), **more))


@pytest.mark.parametrize("path", ["", None, 7])
async def test_what_is_no_path_is_delves(gapped, path):
    async with launched() as scene:
        await scene.read(gapped)
        await is_delves(scene, asks(path, line=7))


async def test_where_nothing_is_known_it_is_delves():
    async with launched() as scene:
        scene.map.give_up()
        await is_delves(scene, asks("/x.go", line=7))


async def test_before_a_launch_there_is_nothing_to_wait_for():
    async with stage(BreakpointLocations(BreakpointQuestions(SessionMap(Planner(Setting()))))) as (client, adapter):
        await client.says(request(1, "breakpointLocations", source={"path": "/x.go"}, line=1))
        await adapter.gets(request(1, "breakpointLocations"))
