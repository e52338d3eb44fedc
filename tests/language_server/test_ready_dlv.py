"""When a dlv is started ahead, and when the next one: with a clock that jumps, and a dlv that is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import attrs
import pytest
import trio
import trio.testing

from dapshim.language_server.ready_dlv import AFTER, ReadyDlv
from dapshim.proxy.adapter import StartedAdapter
from dapshim.proxy.own_dlv import OwnDlv


@attrs.define
class Starts:
    """Stands for what starts them; notes when it did."""

    at: list[float] = attrs.field(factory=list)

    def find(self) -> Any:
        return SimpleNamespace(path="/dlv")

    async def start(self) -> StartedAdapter:
        self.at.append(trio.current_time())
        return StartedAdapter(cast("Any", SimpleNamespace(returncode=None)), None)


@pytest.mark.parametrize(("lasts", "after"), [(0.7, 0.7), (60.0, AFTER)])
async def test_the_next_one_is_started_when_the_session_has_ended_or_soon(nursery, autojump_clock, lasts, after):
    starts = Starts()
    ready = ReadyDlv(cast("OwnDlv", starts), nursery)
    ready.begin()
    await trio.testing.wait_all_tasks_blocked()
    began = trio.current_time()
    await ready.source()
    assert starts.at == [began]
    await trio.sleep(lasts)
    ready.hurry()
    await trio.testing.wait_all_tasks_blocked()
    assert starts.at == [began, began + after]
    await ready.source()
    assert len(starts.at) == 2


async def test_none_is_started_when_no_more_are_wanted(nursery, autojump_clock):
    starts = Starts()
    ready = ReadyDlv(cast("OwnDlv", starts), nursery)
    ready.begin()
    await trio.testing.wait_all_tasks_blocked()
    await ready.source()
    ready.no_more()
    ready.hurry()
    await trio.sleep(2 * AFTER)
    assert len(starts.at) == 1
