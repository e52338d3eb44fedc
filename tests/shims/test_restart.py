"""The shim `restart` and its neighbours between two scripted peers: what Delve is asked, and what it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.options.layers import resolve
from dapshim.proxy.examination import Examination
from dapshim.proxy.progress import Progress
from dapshim.shims.build_failures import BuildFailures
from dapshim.shims.build_progress import BuildProgress
from dapshim.shims.launch_plan import LaunchPlan
from dapshim.shims.restart import Restart
from tests.playbook import Stage, request, response, stage


@asynccontextmanager
async def launched(**arguments: Any) -> AsyncIterator[Stage]:
    """A session in front of a dlv that ran already, whose program was launched."""
    introduction: dict[str, Any] = {"supportsProgressReporting": True}
    planner, progress = Planner(Setting(resolve(()), connected=True)), Progress()
    layers = (
        LaunchPlan(planner, None, Examination()),
        Restart(planner, None, progress, Examination()),
        BuildProgress(planner, progress),
        BuildFailures(planner),
    )
    async with stage(*layers) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize", **introduction), request(2, "launch", **arguments))
        await adapter.gets(request(1, "initialize"), request(2, "launch", mode=arguments["mode"]))
        await adapter.says(response(1, 1, "initialize"), response(2, 2, "launch"))
        await client.gets(response(1, 1, "initialize"), response(2, 2, "launch"))
        yield scene


async def restarted(scene: Stage, **nested: Any) -> dict[str, Any]:
    """Restart; return the nested arguments that Delve gets."""
    client, adapter = scene
    await client.says(request(3, "restart", arguments=nested) if nested else request(3, "restart"))
    heard = await adapter.gets(request(3, "restart"))
    await adapter.says(response(3, 3, "restart"))
    await client.gets(response(3, 3, "restart"))
    found: dict[str, Any] = heard["arguments"]["arguments"]
    return found


EXEC: dict[str, Any] = {"request": "launch", "mode": "exec", "program": "/ws/program", "args": ["x"]}


@pytest.mark.parametrize("nested", [{}, EXEC, {"request": "launch", "rebuild": False}, {**EXEC, "rebuild": True}])
async def test_delve_is_told_not_to_build_an_executable(nested):
    async with launched(**EXEC) as scene:
        assert await restarted(scene, **nested) == {**EXEC, "rebuild": False}


@pytest.mark.parametrize(("nested", "rebuild"), [({}, None), ({"rebuild": False}, False), ({"rebuild": True}, None)])
async def test_a_dlv_that_runs_elsewhere_builds_itself_unless_it_is_told_not_to(nested, rebuild):
    debug: dict[str, Any] = {"request": "launch", "mode": "debug", "program": "/elsewhere/cmd"}
    async with launched(**debug) as scene:
        found = await restarted(scene, **nested)
        assert found.get("rebuild") is rebuild
        assert found["program"] == "/elsewhere/cmd"


async def test_dapshims_own_options_are_taken_out_and_new_words_are_passed():
    async with launched(**EXEC) as scene:
        found = await restarted(scene, **{**EXEC, "args": "a 'b c'", "dapshim": {"goWork": "off"}})
        assert found == {**EXEC, "args": ["a", "b c"], "rebuild": False}


async def test_wrong_arguments_cost_no_program():
    async with launched(**EXEC) as scene:
        client, adapter = scene
        await client.says(request(3, "restart", arguments={**EXEC, "args": 7}))
        refused = await client.gets(response(3, 3, "restart", success=False))
        assert refused["message"].startswith('Failed to restart: "args" must be a text or a list of texts; it is ')
        await client.says(request(4, "threads"))
        await adapter.gets(request(3, "threads"))


async def test_before_anything_was_launched_it_is_delves_own():
    planner, progress = Planner(Setting(resolve(()), connected=True)), Progress()
    async with stage(LaunchPlan(planner, None, Examination()), Restart(planner, None, progress, Examination())) as scene:
        client, adapter = scene
        await client.says(request(1, "restart", arguments={"anything": 1}))
        heard = await adapter.gets(request(1, "restart"))
        assert heard["arguments"] == {"arguments": {"anything": 1}}
