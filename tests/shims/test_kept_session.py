"""A restart that failed, as VS Code is told of it and as others are."""

from __future__ import annotations

from typing import Any

import pytest

from dapshim.proxy.shim import PASS, PROGRAM_LOST, Refuse, Shim, Verdict, on
from dapshim.shims.kept_session import KeptSession
from dapshim.wire.messages import Message
from tests.playbook import Stage, event, request, response, stage

VSCODE = [{"clientID": "vscode", "adapterID": "dapshim"}, {"clientID": "vscode", "adapterID": "go"}]


class Refusing(Shim):
    """Stands for `Restart`: refuses, or leaves it to Delve."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict

    @on.request("restart")
    def restart(self, _request: Message) -> Verdict:
        return self._verdict


async def met(scene: Stage, who: dict[str, str]) -> None:
    """Have the client and the adapter say hello."""
    client, adapter = scene
    await client.says(request(1, "initialize", **who))
    await adapter.gets(request(1, "initialize", **who))
    await adapter.says(response(1, 1, "initialize"))
    await client.gets(response(1, 1, "initialize"))


@pytest.mark.parametrize("who", VSCODE)
async def test_vs_code_keeps_the_session_and_hears_why(who):
    async with stage(KeptSession(), Refusing(Refuse("Failed to restart: main.go:5: x {y}", error_id=3000))) as scene:
        await met(scene, who)
        client, adapter = scene
        await client.says(request(2, "restart"))
        await client.gets(event(2, "output", category="important"))
        answer = await client.gets(response(3, 2, "restart", success=True))
        assert answer["body"] == {"dapshim": {"notRestarted": "Failed to restart: main.go:5: x {y}"}}
        assert "message" not in answer
        await client.says(request(3, "threads"))
        await adapter.gets(request(2, "threads"))


async def test_what_delve_refuses_is_told_the_same_way():
    async with stage(KeptSession(), Refusing(PASS)) as scene:
        await met(scene, VSCODE[0])
        client, adapter = scene
        await client.says(request(2, "restart"))
        await adapter.gets(request(2, "restart"))
        error: Any = {"error": {"id": 4000, "format": "Delve says no", "showUser": True}}
        await adapter.says({**response(2, 2, "restart", success=False), "body": error})
        await client.gets(event(2, "output", category="important", output="dapshim: Delve says no\n"))
        answer = await client.gets(response(3, 2, "restart", success=True))
        assert answer["body"] == {"dapshim": {"notRestarted": "Delve says no"}}


@pytest.mark.parametrize(
    ("who", "error_id"),
    [
        ({"clientID": "neovim", "adapterID": "go"}, 3000),
        ({"adapterID": "go"}, 3000),
        (VSCODE[0], PROGRAM_LOST),
    ],
)
async def test_others_are_told_that_it_failed_and_so_is_vs_code_of_a_program_that_is_gone(who, error_id):
    async with stage(KeptSession(), Refusing(Refuse("Failed to restart: no", error_id=error_id))) as scene:
        await met(scene, who)
        client, _ = scene
        await client.says(request(2, "restart"))
        refused = await client.gets(response(2, 2, "restart", success=False))
        assert refused["message"] == "Failed to restart: no"


async def test_a_restart_that_goes_well_is_answered_as_it_was():
    async with stage(KeptSession(), Refusing(PASS)) as scene:
        await met(scene, VSCODE[0])
        client, adapter = scene
        await client.says(request(2, "restart"))
        await adapter.gets(request(2, "restart"))
        await adapter.says(response(2, 2, "restart"))
        answer = await client.gets(response(2, 2, "restart"))
        assert "body" not in answer
