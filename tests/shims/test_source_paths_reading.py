"""The shim `source_paths` between two scripted peers: what it reads how often, and what it keeps nobody waiting for."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from dapshim.delve.planned import Planned, Setting
from dapshim.delve.planner import Planner
from dapshim.delve.program_mapping import ProgramMapping
from dapshim.delve.session_map import SessionMap
from dapshim.plan.outcome import Plan
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.translated import Translator
from dapshim.shims.printed_paths import PRINTED_BEFORE, PrintedPaths
from dapshim.shims.source_breakpoints import SourceBreakpoints
from dapshim.shims.source_paths import SourcePaths
from dapshim.sources.served import Served
from dapshim.sources.spelling import AdapterPath
from tests.playbook import Stage, event, request, response, stage
from tests.real import clean_environment, tool

BOUND = 10.0
KNOWN = AdapterPath("example.com/shop/main.go"), AdapterPath("runtime/proc.go")
"""What every session has asked for."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source of a module, and its trimmed executable elsewhere."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.25\n")
    (folder / "main.go").write_text('package main\n\nfunc main() {\n\tprintln("sold")\n}\n')
    binary = tmp_path_factory.mktemp("elsewhere") / "shop"
    command = [tool("go"), "build", "-trimpath", "-o", str(binary), "."]
    subprocess.run(command, cwd=folder, env=clean_environment(), check=True, capture_output=True)
    return folder, binary


class Readings(SessionMap):
    """Counts what is read."""

    def __init__(self, planner: Planner) -> None:
        super().__init__(planner)
        self.read: list[str] = []

    async def read_file(self, path: str, *rest: Any) -> Any:
        self.read.append(path)
        return await super().read_file(path, *rest)


@asynccontextmanager
async def launched(
    shop: tuple[Path, Path], setting: Setting | None = None, *, told: bool = True, survey_after: float = 3600.0
) -> AsyncIterator[tuple[Stage, Readings]]:
    """A session whose program has been launched and read; `told`: dlv has said that it is there."""
    folder, binary = shop
    planner = Planner(setting or Setting())
    arguments = {"mode": "exec", "program": str(binary)}
    planner.current = Planned(Plan("launch", "exec", arguments), planner.options, arguments, str(folder))
    readings = Readings(planner)
    translator = Translator(readings, Served())
    own = Breakpoints()
    layers = [
        PrintedPaths(translator),
        SourcePaths(planner, translator, elsewhere=False, survey_after=survey_after),
        SourceBreakpoints(translator, own),
        own,
    ]
    async with stage(*layers) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"), request(2, "launch", **arguments))
        await adapter.gets(request(1, "initialize"), request(2, "launch", **arguments))
        if not told:
            yield scene, readings
            return
        with trio.fail_after(BOUND):
            made = await readings.ready()
        await adapter.says(
            response(1, 1, "initialize"), event(2, "process", systemProcessId=os.getpid()), event(3, "initialized")
        )
        await client.gets(response(1, 1, "initialize"), event(2, "process"), event(3, "initialized"))
        assert made is not None
        with trio.fail_after(BOUND):
            await readings.client_paths([each for each in KNOWN if each in made.map.index.by_key])
        yield scene, readings


def frames(*paths: str) -> Sequence[dict[str, Any]]:
    return [
        {"id": n, "name": "f", "line": 4, "source": {"name": Path(each).name, "path": each}} for n, each in enumerate(paths)
    ]


async def test_a_program_that_is_there_before_is_read_once(shop):
    async with launched(shop) as (_, readings):
        await trio.testing.wait_all_tasks_blocked()
        assert readings.read == [str(shop[1])]


async def test_a_file_that_tells_nothing_is_made_up_for_by_the_process(shop, tmp_path):
    script = tmp_path / "shop"
    script.write_text("#!/bin/sh\n")
    async with launched((shop[0], script)) as (_, readings):
        await trio.testing.wait_all_tasks_blocked()
        assert readings.read == [str(script), f"/proc/{os.getpid()}/exe"]


async def test_a_restarted_program_is_read_again(shop):
    async with launched(shop) as ((client, adapter), readings):
        await adapter.says(event(4, "initialized"))
        await client.gets(event(4, "initialized"))
        with trio.fail_after(BOUND):
            assert await readings.ready() is not None
        assert readings.read == [str(shop[1])] * 2


async def test_a_stack_of_known_files_waits_for_no_thread(shop, monkeypatch):
    async with launched(shop) as ((client, adapter), _):

        async def run_sync(*_: object, **__: object) -> None:
            raise AssertionError("a thread")

        monkeypatch.setattr(trio.to_thread, "run_sync", run_sync)
        await client.says(request(3, "stackTrace"))
        await adapter.gets(request(3, "stackTrace"))
        recorded = frames(*KNOWN)
        await adapter.says(response(4, 3, "stackTrace", stackFrames=recorded))
        found = (await client.gets(response(4, 3, "stackTrace")))["body"]["stackFrames"]
        assert found[0]["source"] == {"name": "main.go", "path": str(shop[0] / "main.go")}
        assert Path(found[1]["source"]["path"]).is_file()


async def test_a_stack_with_a_file_that_nobody_has_asked_for_is_opened_too(shop):
    async with launched(shop) as ((client, adapter), _):
        await client.says(request(3, "stackTrace"))
        await adapter.gets(request(3, "stackTrace"))
        recorded = frames("example.com/shop/main.go", "example.com/nowhere/x.go")
        await adapter.says(response(4, 3, "stackTrace", stackFrames=recorded))
        found = (await client.gets(response(4, 3, "stackTrace")))["body"]["stackFrames"]
        assert found[0]["source"]["path"] == str(shop[0] / "main.go")
        assert found[1]["source"]["sourceReference"] > 0


async def test_what_is_printed_stays_as_it_is_but_for_the_traces_among_it(shop):
    async with launched(shop) as ((client, adapter), _):
        texts = ["sold\n", "goroutine 1 [running]:\n", "main.main()\n", "\texample.com/shop/main.go:4 +0x1d\n", "the end\n"]
        for number, text in enumerate(texts, 4):
            await adapter.says(event(number, "output", category="stderr", output=text))
        told = "".join([(await client.gets(event(number, "output")))["body"]["output"] for number in range(4, 9)])
        assert told == "".join(texts).replace("example.com/shop/main.go", str(shop[0] / "main.go"))


async def test_files_are_looked_at_when_dlv_has_started_and_some_time_has_gone(shop, monkeypatch):
    surveys: list[object] = []

    async def survey(_: SessionMap, made: object) -> None:
        surveys.append(made)

    monkeypatch.setattr(SessionMap, "survey", survey)
    async with launched(shop, told=False, survey_after=0.1) as ((client, adapter), readings):
        await readings.ready()
        await trio.sleep(0.3)
        assert surveys == []
        await adapter.says(response(1, 1, "initialize"), event(2, "initialized"))
        await client.gets(response(1, 1, "initialize"), event(2, "initialized"))
        assert surveys == []
        with trio.fail_after(BOUND):
            while not surveys:
                await trio.sleep(0.01)
        assert surveys == [readings.made]


async def test_who_prints_much_has_its_files_looked_at_at_once(shop, monkeypatch):
    surveyed = trio.Event()

    async def survey(_: SessionMap, made: object) -> None:
        surveyed.set()

    monkeypatch.setattr(SessionMap, "survey", survey)
    async with launched(shop, survey_after=3600.0) as ((client, adapter), _):
        texts = [event(number, "output", category="stdout", output="sold\n") for number in range(4, 4 + PRINTED_BEFORE)]
        few, more = texts[: PRINTED_BEFORE // 4], texts[PRINTED_BEFORE // 4 :]
        await adapter.says(*few)
        await client.gets(*few)
        assert not surveyed.is_set()
        await adapter.says(*more)
        await client.gets(*more)
        with trio.fail_after(BOUND):
            await surveyed.wait()


async def test_this_machine_is_looked_at_while_the_program_is_read(shop, monkeypatch):
    seen: list[str] = []
    reading, looking = ProgramMapping._read, ProgramMapping._surroundings
    both = threading.Barrier(2, timeout=BOUND)

    def read(self: ProgramMapping, path: str) -> Any:
        both.wait()
        seen.append("read")
        return reading(self, path)

    def look(self: ProgramMapping, rules: Any) -> Any:
        both.wait()
        seen.append("looked")
        return looking(self, rules)

    monkeypatch.setattr(ProgramMapping, "_read", read)
    monkeypatch.setattr(ProgramMapping, "_surroundings", look)
    async with launched(shop) as (_, readings):
        assert readings.made is not None
    assert sorted(seen) == ["looked", "read"]


async def test_sessions_of_one_program_share_what_it_records(shop):
    setting = Setting()
    async with launched(shop, setting) as (_, one), launched(shop, setting) as (_, other), launched(shop) as (_, stranger):
        maps = [each.made.map for each in (one, other, stranger) if each.made is not None]
        assert maps[0].index is maps[1].index
        assert maps[0] is not maps[1]
        assert maps[0].index is not maps[2].index
