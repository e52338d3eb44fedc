"""The end of a program that Delve does not report."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import pytest
import trio

from dapshim.delve import replacing
from dapshim.shims.vanished_program import VanishedProgram
from tests.playbook import Containing, Stage, event, request, stage


def ended() -> int:
    """Return the id of a process that is gone."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


async def follows(scene: Stage, *pids: int, **arguments: object) -> None:
    client, adapter = scene
    await client.says(request(1, "launch", **({"followExec": True} | arguments)))
    await adapter.gets(request(1, "launch"))
    for number, pid in enumerate(pids, 1):
        await adapter.says(event(number, "process", name="p", systemProcessId=pid))
        await client.gets(event(number, "process"))


async def test_it_ends_the_session(autojump_clock):
    async with stage(VanishedProgram(local=True)) as scene:
        await follows(scene, ended())
        told = event(2, "output", category="console", output=Containing("Delve does not say how"))
        await scene.client.gets(told)
        await scene.client.gets({"command": "launch", "success": False, "message": Containing("has ended")})
        await scene.client.gets(event(4, "terminated"))
        await scene.client.gets_end()
        await scene.adapter.gets_end()


@pytest.mark.parametrize("why", ["one is there", "not followed", "not here", "reported", "restarted"])
async def test_it_does_not_when(autojump_clock, why):
    async with stage(VanishedProgram(local=why != "not here")) as scene:
        client, adapter = scene
        pids = [ended(), *([os.getpid()] if why == "one is there" else [])]
        await follows(scene, *pids, **({"followExec": False} if why == "not followed" else {}))
        if why == "reported":
            await adapter.says(event(3, "exited", exitCode=0))
            await client.gets(event(2, "exited"))
        if why == "restarted":
            await client.says(request(2, "restart"))
            await adapter.gets(request(2, "restart"))
        await trio.sleep(60)
        await client.gets_nothing()


@pytest.mark.parametrize("why", ["lost", "another process", "works", "runs", "stopped"])
async def test_a_program_that_delve_has_lost(autojump_clock, monkeypatch, why):
    """It replaced itself, stands still, and its debugger does nothing: only all of that ends the session."""
    spent = itertools.count(0, 50 if why == "works" else 1)
    monkeypatch.setattr(replacing, "spent_while_held", lambda _pid: None if why == "runs" else next(spent))
    async with stage(VanishedProgram(local=True)) as scene:
        client, adapter = scene
        await follows(scene, os.getpid(), os.getppid() if why == "another process" else os.getpid())
        if why == "stopped":
            await adapter.says(event(3, "stopped", reason="breakpoint"))
            await client.gets(event(3, "stopped"))
        if why == "lost":
            await client.gets(event(3, "output", category="important", output=Containing("runtime.LockOSThread()")))
            await client.gets({"command": "launch", "success": False, "message": Containing("lost")})
            await client.gets(event(5, "terminated"))
        else:
            await trio.sleep(60)
            await client.gets_nothing()
