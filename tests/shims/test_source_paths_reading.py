"""The shim `source_paths` between two scripted peers: what it reads how often, and what it keeps nobody waiting for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from dapshim.delve.planned import Planned, Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.plan.outcome import Plan
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.translated import Translator
from dapshim.shims.source_breakpoints import SourceBreakpoints
from dapshim.shims.source_paths import SourcePaths
from dapshim.sources.served import Served
from tests.playbook import Stage, event, request, response, stage
from tests.real import clean_environment, tool

BOUND = 10.0


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
async def launched(shop: tuple[Path, Path]) -> AsyncIterator[tuple[Stage, Readings]]:
    """A session whose program has been launched, read and looked through."""
    folder, binary = shop
    planner = Planner(Setting())
    arguments = {"mode": "exec", "program": str(binary)}
    planner.current = Planned(Plan("launch", "exec", arguments), planner.options, arguments, str(folder))
    readings = Readings(planner)
    translator = Translator(readings, Served())
    own = Breakpoints()
    layers = [SourcePaths(planner, translator, elsewhere=False), SourceBreakpoints(translator, own), own]
    async with stage(*layers) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"), request(2, "launch", **arguments))
        await adapter.gets(request(1, "initialize"), request(2, "launch", **arguments))
        with trio.fail_after(BOUND):
            made = await readings.ready()
            assert made is not None
            while made.map.index.by_key and not readings.known(next(iter(made.map.index.by_key.values())).path):  # type: ignore[arg-type]  # a text
                await trio.sleep(0.01)
        await adapter.says(
            response(1, 1, "initialize"), event(2, "process", systemProcessId=os.getpid()), event(3, "initialized")
        )
        await client.gets(response(1, 1, "initialize"), event(2, "process"), event(3, "initialized"))
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
        recorded = frames("example.com/shop/main.go", "runtime/proc.go")
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
