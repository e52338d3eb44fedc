"""The end of a program that Delve does not report."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import pytest
import trio

from dapshim.delve import replacing, session_processes
from dapshim.shims.vanished_program import LOOK_EVERY, LOOKS, VanishedProgram
from tests.playbook import Containing, Stage, event, request, response, stage


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


async def restarted(scene: Stage) -> None:
    await follows(scene, os.getpid())
    await scene.client.says(request(2, "restart"))
    await scene.adapter.gets(request(2, "restart"))


async def test_of_a_program_that_was_restarted_it_is_found_at_a_stop(autojump_clock, monkeypatch):
    """Delve names no process then; the listed thread is one of it."""
    process = ended()
    monkeypatch.setattr(session_processes, "process_of", {17: process, 18: process}.get)
    async with stage(VanishedProgram(local=True), strict=False) as scene:
        await restarted(scene)
        await scene.adapter.says(event(3, "stopped", reason="breakpoint", threadId=1))
        await scene.adapter.gets({"command": "threads"})
        threads = [{"id": 1, "name": "* [Go 1] main.main (Thread 17)"}, {"id": 2, "name": "[Go 2] runtime.gopark"}]
        await scene.adapter.says(response(4, 3, "threads", threads=threads))
        await scene.client.gets({"event": "stopped"}, {"event": "output", "body": {"category": "console"}})


async def test_of_a_program_that_was_restarted_all_are_found_when_one_is_told(monkeypatch):
    """That of the child is gone first, and the program's own, which was not told, is there. /proc is read in a thread."""
    monkeypatch.setattr(session_processes, "traced_with", lambda _pid: [ended(), os.getpid()])
    async with stage(VanishedProgram(local=True), strict=False) as scene:
        await restarted(scene)
        await scene.adapter.says(event(3, "process", name="child", systemProcessId=ended()))
        await scene.client.gets({"event": "process"})
        await trio.sleep(LOOK_EVERY * (LOOKS + 2))
        await scene.client.gets_nothing()


async def test_a_stop_asks_nothing_where_the_process_is_known(autojump_clock):
    async with stage(VanishedProgram(local=True), strict=False) as scene:
        await follows(scene, os.getpid())
        await scene.adapter.says(event(3, "stopped", reason="breakpoint", threadId=1))
        await scene.client.gets({"event": "stopped"})
        await scene.adapter.gets_nothing()


@pytest.mark.parametrize("why", ["one is there", "not followed", "not here", "reported", "restarted", "launched again"])
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
        if why == "launched again":
            await client.says(request(2, "launch"))
            await adapter.gets(request(2, "launch"))
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
