"""A step after an interrupted one, in Delve 1.27.1's words."""

from __future__ import annotations

import pytest

from dapshim.shims.finish_steps import FinishSteps
from tests.playbook import Stage, event, request, response, stage

TEXT = (
    "Unable to step while the previous step is interrupted by a breakpoint.\n"
    "Use 'Continue' to resume the original step command."
)
REFUSAL = {"reason": "exception", "description": "invalid command", "threadId": 5, "text": TEXT, "allThreadsStopped": True}


async def interrupted(scene: Stage) -> None:
    """Bring a session to where a breakpoint of goroutine 5 has interrupted a step of goroutine 1."""
    client, adapter = scene
    await client.says(request(1, "next", threadId=1))
    await adapter.gets(request(1, "next", threadId=1))
    line = "Step interrupted by a breakpoint. Use 'Continue' to resume the original step command.\n"
    await adapter.says(
        response(1, 1, "next"),
        event(2, "stopped", reason="breakpoint", threadId=5, hitBreakpointIds=[2]),
        event(3, "output", category="console", output=line),
    )
    await client.gets(response(1, 1, "next"), event(2, "stopped", reason="breakpoint", hitBreakpointIds=[2]))
    await client.gets(event(3, "output", output=line))
    await client.says(request(2, "next", threadId=5))
    await adapter.gets(request(2, "next", threadId=5))
    await adapter.says(
        event(4, "continued", threadId=5),
        response(5, 2, "next"),
        event(6, "output", category="console", output=f"invalid command: {TEXT}\n"),
        event(7, "stopped", **REFUSAL),
    )
    await client.gets(event(4, "continued"), response(5, 2, "next"))


async def test_the_interrupted_step_is_finished(autojump_clock):
    async with stage(FinishSteps(wanted=lambda: True)) as scene:
        client, adapter = scene
        await interrupted(scene)
        await adapter.gets(request(3, "continue", threadId=5))
        await adapter.says(response(8, 3, "continue", allThreadsContinued=True))
        await client.gets_nothing()
        await adapter.says(event(9, "stopped", reason="step", threadId=1))
        await client.gets(event(6, "stopped", reason="step", threadId=1))


async def test_a_breakpoint_on_the_way_keeps_its_reason(autojump_clock):
    async with stage(FinishSteps(wanted=lambda: True)) as scene:
        client, adapter = scene
        await interrupted(scene)
        await adapter.gets(request(3, "continue", threadId=5))
        await adapter.says(response(8, 3, "continue"), event(9, "stopped", reason="breakpoint", hitBreakpointIds=[4]))
        await client.gets(event(6, "stopped", reason="breakpoint", hitBreakpointIds=[4]))


@pytest.mark.parametrize("wanted", [True, False])
async def test_what_cannot_be_finished_or_shall_not_be_is_shown(autojump_clock, wanted):
    async with stage(FinishSteps(wanted=lambda: wanted)) as scene:
        client, adapter = scene
        await interrupted(scene)
        if wanted:
            await adapter.gets(request(3, "continue"))
            await adapter.says(response(8, 3, "continue", success=False))
        else:
            await client.gets(event(6, "output", output=f"invalid command: {TEXT}\n"))
        await client.gets({"event": "stopped", "body": REFUSAL})


async def test_a_program_that_prints_the_words_keeps_them(autojump_clock):
    async with stage(FinishSteps(wanted=lambda: True)) as (client, adapter):
        await client.says(request(1, "next", threadId=1))
        await adapter.gets(request(1, "next"))
        await adapter.says(event(1, "output", category="stdout", output=TEXT))
        await client.gets(event(1, "output", category="stdout", output=TEXT))


async def test_without_a_step_nothing_is_looked_into(autojump_clock):
    shim = FinishSteps(wanted=lambda: True)
    async with stage(shim) as (client, adapter):
        assert shim.no_step
        await client.says(request(1, "threads"))
        await adapter.gets(request(1, "threads"))
        await adapter.says(event(1, "stopped", **REFUSAL))
        await client.gets(event(1, "stopped", **REFUSAL))
