"""The shim `program_findings` between two scripted peers: what is made of a program's end, on any machine."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import trio

from dapshim.delve.planned import Planned, Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.options.sources import from_launch
from dapshim.plan.outcome import Dlv, Plan
from dapshim.proxy.examination import Examination
from dapshim.shims.program_findings import ProgramFindings
from tests.playbook import Containing, event, request, response, stage
from tests.real import BOUND


@attrs.define
class Counted:
    """A cgroup in which `kills` processes were killed."""

    kills: int | None = 2
    path: str = "/x.slice"
    asked: list[int] = attrs.field(factory=list)

    def oom_kills(self) -> int | None:
        return self.kills

    def limit(self) -> int | None:
        return 64 << 20


@pytest.fixture
def cgroup(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()

    def found(pid: int) -> Counted:
        counted.asked.append(pid)
        return counted

    monkeypatch.setattr("dapshim.delve.memory_cgroup.memory_cgroup", found)
    return counted


def findings(plan: Plan, *, elsewhere: bool = False, **options: Any) -> ProgramFindings:
    planner = Planner(Setting())
    planner.current = Planned(plan, Setting().options.extended(from_launch(options)))
    return ProgramFindings(planner, SessionMap(planner), Examination(), elsewhere=elsewhere)


LAUNCH = Plan("launch", "exec", {"program": "/p"})
ATTACH = Plan("attach", "local", {"processId": 8})

BEGUN = (event(1, "process", name="/p", systemProcessId=7), event(2, "initialized"))


@pytest.mark.parametrize(("plan", "pid"), [(LAUNCH, 7), (ATTACH, 8)])
async def test_an_end_for_want_of_memory_is_told_before_it(cgroup, plan, pid):
    async with stage(findings(plan)) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"))
        await client.gets(response(1, 1, "initialize"))
        await adapter.says(*BEGUN)
        await client.gets(event(2, "process"), event(3, "initialized"))
        await client.says(request(2, "configurationDone"))
        await adapter.gets(request(2, "configurationDone"))
        cgroup.kills = 3
        await adapter.says(event(3, "exited", exitCode=-9))
        await client.gets(
            event(
                4, "output", category="important", output=Containing("because memory was used up, whose limit is 64 MiB. Raise")
            ),
            event(5, "dapshim/findings"),
            event(6, "exited", exitCode=-9),
        )
        assert cgroup.asked == [pid]
        # A restart counts anew.
        await adapter.says(event(4, "initialized"), event(5, "exited", exitCode=-9))
        await client.gets(event(7, "initialized"), event(8, "exited", exitCode=-9))
        with trio.fail_after(BOUND):
            while cgroup.asked != [pid, pid]:
                await trio.sleep(0.01)


@pytest.mark.parametrize(
    ("code", "kills", "shim"),
    [
        (-9, 2, findings(LAUNCH)),
        (-11, 3, findings(LAUNCH)),
        (0, 3, findings(LAUNCH)),
        (-9, None, findings(LAUNCH)),
        (-9, 3, findings(LAUNCH, elsewhere=True)),
        (-9, 3, findings(attrs.evolve(LAUNCH, dlv=Dlv(connect=("127.0.0.1", 1))))),
        (-9, 3, findings(LAUNCH, preflight="off")),
    ],
    ids=["a kill by hand", "a crash", "an end", "a cgroup that is gone", "elsewhere", "at a port", "switched off"],
)
async def test_every_other_end_passes_as_it_came(cgroup, code, kills, shim):
    async with stage(shim) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"), *BEGUN)
        await client.gets(response(1, 1, "initialize"), event(2, "process"), event(3, "initialized"))
        cgroup.kills = kills
        await adapter.says(event(3, "exited", exitCode=code))
        await client.gets(event(4, "exited", exitCode=code))
