"""Breakpoints in a server that goes on when its client goes."""

from __future__ import annotations

import pytest

from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.shims.clear_on_disconnect import ClearOnDisconnect
from tests.playbook import event, request, response, stage

FILE = {"path": "/w/main.go"}


@pytest.mark.parametrize(
    ("mode", "goes_on", "terminate", "on", "cleared"),
    [
        ("remote", True, False, True, True),
        ("remote", True, None, True, True),
        ("remote", True, True, True, False),
        ("remote", False, False, True, False),
        ("local", True, False, True, False),
        ("remote", True, False, False, False),
    ],
)
async def test_the_breakpoints_go_first(autojump_clock, mode, goes_on, terminate, on, cleared):
    breakpoints = Breakpoints()
    shim = ClearOnDisconnect(breakpoints, wanted=lambda: on)
    async with stage(shim, own_layers=(breakpoints, HiddenStops(breakpoints))) as (client, adapter):
        await client.says(request(1, "attach", mode=mode))
        await adapter.gets(request(1, "attach"))
        if goes_on:
            await adapter.says(event(1, "capabilities", capabilities={"supportTerminateDebuggee": True}))
            await client.gets(event(1, "capabilities"))
        await client.says(request(2, "setBreakpoints", source=FILE, breakpoints=[{"line": 4}]))
        await adapter.gets(request(2, "setBreakpoints"))
        await adapter.says(response(2, 2, "setBreakpoints", breakpoints=[{"id": 1, "verified": True}]))
        await client.gets({"command": "setBreakpoints"})
        await client.says(request(3, "setFunctionBreakpoints", breakpoints=[]))
        await adapter.gets(request(3, "setFunctionBreakpoints"))
        await adapter.says(response(3, 3, "setFunctionBreakpoints", breakpoints=[]))
        await client.gets({"command": "setFunctionBreakpoints"})
        await client.says(request(4, "disconnect", **({} if terminate is None else {"terminateDebuggee": terminate})))
        if cleared:
            await adapter.gets(request(4, "setBreakpoints", source=FILE, breakpoints=[]))
            await adapter.says(response(4, 4, "setBreakpoints", breakpoints=[]))
        await adapter.gets({"command": "disconnect"})


async def test_a_server_that_refuses_does_not_keep_the_client(autojump_clock):
    breakpoints = Breakpoints()
    shim = ClearOnDisconnect(breakpoints, wanted=lambda: True)
    async with stage(shim, own_layers=(breakpoints, HiddenStops(breakpoints))) as (client, adapter):
        await client.says(request(1, "attach", mode="remote"))
        await adapter.gets(request(1, "attach"))
        await adapter.says(event(1, "capabilities", capabilities={"supportTerminateDebuggee": True}))
        await client.gets(event(1, "capabilities"))
        await client.says(request(2, "setBreakpoints", source=FILE, breakpoints=[{"line": 4}]))
        await adapter.gets(request(2, "setBreakpoints"))
        await adapter.says(response(2, 2, "setBreakpoints", breakpoints=[{"id": 1, "verified": True}]))
        await client.gets({"command": "setBreakpoints"})
        await client.says(request(3, "disconnect"))
        await adapter.gets(request(3, "setBreakpoints", breakpoints=[]))
        await adapter.says(response(3, 3, "setBreakpoints", success=False))
        await adapter.gets(request(4, "disconnect"))
