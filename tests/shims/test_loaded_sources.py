"""The shim `loaded_sources` between two scripted peers, with a program that the real go built."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from dapshim.delve.capabilities import CAPABILITIES, LISTS
from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.shims.loaded_sources import LoadedSources
from dapshim.sources.answers import Answer, Reason
from dapshim.sources.rules import NO_RULES
from dapshim.sources.served import Served
from dapshim.sources.spelling import AdapterPath
from tests.playbook import Containing, Stage, request, response, stage
from tests.real import Program

NOWHERE = AdapterPath("/nowhere/x.go")
WHY = Answer(None, Reason.MISSING, "/nowhere/x.go was found nowhere here. To have it: go mod download x@v1")


@attrs.frozen
class Scene:
    """A session whose program was launched; `read` reads one, as who knows the program does."""

    stage: Stage
    map: SessionMap
    served: Served

    async def read(self, program: Program) -> None:
        await self.map.read_file(str(program.binary), NO_RULES)

    async def asked(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Ask; the answer must be dapshim's own."""
        await self.stage.client.says(request(3, command, **arguments))
        answer = await self.stage.client.gets(response(3, 3, command, success=True))
        found: dict[str, Any] = answer["body"]
        return found


@asynccontextmanager
async def launched() -> AsyncIterator[Scene]:
    session_map, served = SessionMap(Planner(Setting())), Served()
    async with stage(LoadedSources(session_map, served)) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"), request(2, "launch", mode="exec"))
        await adapter.gets(request(1, "initialize"), request(2, "launch", mode="exec"))
        await adapter.says(response(1, 1, "initialize", supportsLogPoints=True), response(2, 2, "launch"))
        await client.gets(response(1, 1, "initialize", supportsLogPoints=True, **LISTS), response(2, 2, "launch"))
        yield Scene(scene, session_map, served)


async def is_delves(scene: Scene, command: str, **arguments: Any) -> None:
    """A request that Delve answers itself."""
    client, adapter = scene.stage
    await client.says(request(3, command, **arguments))
    await adapter.gets(request(3, command, **arguments))
    await adapter.says(response(3, 3, command, success=False, message="Unsupported command"))
    await client.gets(response(3, 3, command, success=False, message="Unsupported command"))


async def test_both_lists_are_promised_and_no_more():
    async with stage(LoadedSources(SessionMap(Planner(Setting())), Served())) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize", supportsLogPoints=True))
        answer = await client.gets(response(1, 1, "initialize"))
        assert answer["body"] == {"supportsLogPoints": True, **LISTS}
    assert CAPABILITIES.items() >= LISTS.items()


async def test_a_failed_initialize_promises_nothing():
    async with stage(LoadedSources(SessionMap(Planner(Setting())), Served())) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize", success=False, error={"id": 1}))
        assert (await client.gets(response(1, 1, "initialize", success=False)))["body"] == {"error": {"id": 1}}


# -- lists -----------------------------------------------------------------------------------------------------------------


async def test_every_file_of_a_program_is_listed(loop):
    async with launched() as scene:
        await scene.read(loop)
        sources = (await scene.asked("loadedSources"))["sources"]
        assert {"name": "main.go", "path": str(loop.source)} in sources
        assert len(sources) > 50
        assert all("path" in each or scene.served.recorded(each["sourceReference"]) for each in sources)


async def test_its_modules_are_listed(loop):
    async with launched() as scene:
        await scene.read(loop)
        found = await scene.asked("modules")
        main, *_, library = found["modules"]
        assert found["totalModules"] == len(found["modules"]) >= 2
        assert (main["isUserCode"], main["path"], main["isOptimized"]) == (True, str(loop.source.parent), False)
        assert main["symbolFilePath"] == str(loop.binary)
        assert (library["id"], library["isUserCode"]) == ("std", False)


@pytest.mark.parametrize(
    ("asked", "ids"), [({"startModule": 1}, slice(1, None)), ({"moduleCount": 1}, slice(1)), ({"startModule": 9}, slice(9, 9))]
)
async def test_a_part_of_the_modules(loop, asked, ids):
    async with launched() as scene:
        await scene.read(loop)
        whole = (await scene.asked("modules"))["modules"]
        client = scene.stage.client
        await client.says(request(4, "modules", **asked))
        await client.gets(response(4, 4, "modules", modules=whole[ids], totalModules=len(whole)))


@pytest.mark.parametrize("wrong", ["1", -1, True, None])
async def test_a_part_that_is_none(wrong):
    async with launched() as scene:
        client = scene.stage.client
        await client.says(request(3, "modules", startModule=wrong))
        refused = response(3, 3, "modules", success=False)
        await client.gets(refused | {"message": Containing('"startModule" of a modules request must be a whole number')})


@pytest.mark.parametrize("command", ["loadedSources", "modules"])
async def test_who_asks_early_is_answered_when_the_program_was_read(loop, command):
    async with launched() as scene, trio.open_nursery() as nursery:
        client = scene.stage.client
        await client.says(request(3, command))
        await client.gets_nothing()
        nursery.start_soon(scene.read, loop)
        await client.gets(response(3, 3, command, success=True))


@pytest.mark.parametrize("command", ["loadedSources", "modules"])
async def test_nobody_waits_for_ever(command, autojump_clock):
    async with launched() as scene:
        begin = trio.current_time()
        await is_delves(scene, command)
        assert 1 < trio.current_time() - begin < 10
        scene.map.give_up()


@pytest.mark.parametrize("command", ["loadedSources", "modules"])
async def test_without_a_mapping_it_is_delves_own_answer(command):
    async with launched() as scene:
        scene.map.give_up()
        await is_delves(scene, command)


@pytest.mark.parametrize("command", ["loadedSources", "modules"])
async def test_before_a_launch_there_is_nothing_to_wait_for(command):
    async with stage(LoadedSources(SessionMap(Planner(Setting())), Served())) as (client, adapter):
        await client.says(request(1, command))
        await adapter.gets(request(1, command))


# -- texts -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["source", "top"])
async def test_a_file_that_is_served_opens(loop, where):
    async with launched() as scene:
        await scene.read(loop)
        source = scene.served.source(NOWHERE, WHY, 7)
        number = source["sourceReference"]
        asked = {"source": source, "sourceReference": 0} if where == "source" else {"sourceReference": number}
        body = await scene.asked("source", **asked)
        assert body.keys() == {"content"}
        assert "//     go mod download x@v1\n" in body["content"]
        assert body["content"].count("\n") >= 7


async def test_its_functions_stand_on_their_lines(loop):
    async with launched() as scene:
        await scene.read(loop)
        number = scene.served.source(AdapterPath(str(loop.source)), WHY)["sourceReference"]
        lines = (await scene.asked("source", sourceReference=number))["content"].split("\n")
        begins = next(at for at, line in enumerate(loop.source.read_text().splitlines()) if line.startswith("func main("))
        assert lines[begins] == "func main  // recorded here"
        assert len(lines) > loop.line("main")


async def test_it_opens_also_when_the_program_is_not_known():
    async with launched() as scene:
        number = scene.served.source(NOWHERE, WHY)["sourceReference"]
        assert "go mod download" in (await scene.asked("source", sourceReference=number))["content"]


@pytest.mark.parametrize(
    "arguments",
    [{"sourceReference": 7}, {"sourceReference": "1"}, {"source": {"path": "/x.go"}}, {"source": 1}, {"sourceReference": True}],
)
async def test_what_dapshim_does_not_serve_is_delves(arguments):
    async with launched() as scene:
        await is_delves(scene, "source", **arguments)
