"""The shim `build_progress` between two scripted peers: what is shown of a build, by how long it takes."""

from __future__ import annotations

import pytest
import trio

from dapshim.delve.planned import Planned, Setting
from dapshim.delve.planner import Planner
from dapshim.options.layers import resolve
from dapshim.plan.outcome import Build, Dlv, Plan
from dapshim.proxy.progress import Progress
from dapshim.shims.build_progress import MOMENT, BuildProgress
from tests.playbook import event, request, response, stage


@pytest.mark.parametrize(("seconds", "shown"), [(MOMENT / 2, False), (MOMENT * 2, True)])
async def test_only_a_build_that_lasts_is_shown(autojump_clock, seconds, shown):
    planner = Planner(Setting())
    planner.current = Planned(Plan("launch", "debug", {}, Dlv(), Build("/ws", ".", test=False)), resolve(()))
    async with stage(BuildProgress(planner, Progress())) as (client, adapter):
        await client.says(request(1, "initialize", supportsProgressReporting=True), request(2, "launch"))
        await adapter.gets(request(1, "initialize"), request(2, "launch"))
        await adapter.says(response(1, 1, "initialize"))
        await client.gets(response(1, 1, "initialize"))
        await trio.sleep(seconds)
        await adapter.says(event(2, "process", name="x"), event(3, "initialized"), response(4, 2, "launch"))
        name = {"progressId": "dapshim-1"}
        begun = [event(2, "progressStart", **name, title="Building /ws", cancellable=True)] if shown else []
        update = [event(3, "progressUpdate", **name, message="Loading")] if shown else []
        ended = [event(5, "progressEnd", **name)] if shown else []
        told = [*begun, *update, event(4, "process", name="x"), *ended, event(6, "initialized"), response(7, 2, "launch")]
        await client.gets(*({**each, "seq": seq} for seq, each in enumerate(told, 2)))
        await trio.sleep(MOMENT * 2)
        await adapter.says(event(5, "terminated"))
        await client.gets(event(len(told) + 2, "terminated"))


@pytest.mark.parametrize("wanted", ["other", ["dapshim-1"], {}, None, 1])
async def test_what_is_no_progress_of_ours_is_delves_to_refuse(wanted):
    async with stage(BuildProgress(Planner(Setting()), Progress())) as (client, adapter):
        await client.says(request(1, "cancel", progressId=wanted))
        await adapter.gets(request(1, "cancel", progressId=wanted))
        await adapter.says(response(1, 1, "cancel", success=False))
        await client.gets(response(1, 1, "cancel", success=False))
