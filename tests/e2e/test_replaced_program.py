"""A program that replaces itself by `syscall.Exec`, without followExec, with the real dlv."""

from __future__ import annotations

import pytest

from tests.e2e.test_late_breakpoints import WHOLE, built, late, launched, own_calls, set_functions, set_lines, stops
from tests.real import Client

__all__ = ["late"]

AGAIN = "again/main.go"
BUILDS = {"debug": WHOLE, "optimised": (), "stripped": (*WHOLE, "-ldflags=-s -w")}


def told(client: Client) -> list[str]:
    """What dapshim said of the program that replaces itself."""
    said = [each["body"]["output"] for each in client.log if each.get("event") == "output"]
    return [each for each in said if "replaces itself" in each]


def exits(client: Client) -> list[int]:
    return [each["body"]["exitCode"] for each in client.log if each.get("event") == "exited"]


@pytest.mark.parametrize("build", BUILDS)
async def test_the_new_image_has_the_breakpoints_from_its_first_instruction_on(late, build):
    """Delve alone: none is hit, and nothing says so."""
    program = built(late, f"again-{build}", "again", *BUILDS[build])
    async with launched(program, "twice") as client:
        init, work = await set_lines(client, late / AGAIN, "init", "work")
        (main,) = await set_functions(client, "main.main")
        await client.ok("configurationDone")
        found = [(name, ids) for name, _, ids in await stops(client)]
        begins = [("main.init.0", [init["id"]]), ("main.main", [main["id"]])]
        assert found == [*begins, *begins, *begins, ("main.work", [work["id"]])]
        # Unlike with followExec, its exit status is known.
        assert exits(client) == [7]
        assert not told(client)


async def test_it_does_so_after_a_restart_too(late):
    program = built(late, "again-debug", "again", *WHOLE)
    async with launched(program, "exec") as client:
        for run in range(2):
            (work,) = await set_lines(client, late / AGAIN, "work")
            await client.ok("configurationDone")
            stop = (await client.event("stopped"))["body"]
            assert stop["hitBreakpointIds"] == [work["id"]]
            if run == 0:
                await client.ok("restart")
                await client.event("initialized")


async def test_data_is_watched_again_where_it_is_a_packages_variable_and_else_it_is_told(late):
    """Delve alone keeps both as they were, and neither is watched."""
    program = built(late, "again-debug", "again", *WHOLE)
    async with launched(program, "exec") as client:
        await set_lines(client, late / AGAIN, "count")
        await client.ok("configurationDone")
        stop = (await client.event("stopped"))["body"]
        (frame,) = (await client.ok("stackTrace", {"threadId": stop["threadId"], "levels": 1}))["stackFrames"]
        local = (await client.ok("dataBreakpointInfo", {"name": "count", "frameId": frame["id"]}))["dataId"]
        asked = [{"dataId": each, "accessType": "write"} for each in ("-1,0,main.begun", local)]
        answers = (await client.ok("setDataBreakpoints", {"breakpoints": asked}))["breakpoints"]
        if not all(each["verified"] for each in answers):
            pytest.skip(f"no data can be watched here: {answers}")
        await client.ok("continue", {"threadId": stop["threadId"]})
        changes = []
        while True:
            message = await client.until(lambda each: each.get("event") in ("stopped", "breakpoint", "terminated"))
            if message["event"] != "breakpoint":
                break
            changes.append(message["body"]["breakpoint"])
        told = [(each["id"], each["verified"], "has replaced itself" in each["message"]) for each in changes]
        assert told == [(answers[1]["id"], False, True)]
        await client.ok("disconnect", {"terminateDebuggee": True})


async def test_one_that_cannot_be_replaced_goes_on(late):
    program = built(late, "again-debug", "again", *WHOLE)
    async with launched(program, "fails") as client:
        (work,) = await set_lines(client, late / AGAIN, "work")
        await client.ok("configurationDone")
        assert [(name, ids) for name, _, ids in await stops(client)] == [("main.work", [work["id"]])]
        assert exits(client) == [0]


async def test_the_stops_are_hidden_and_few(late, tmp_path):
    program = built(late, "again-debug", "again", *WHOLE)
    trace = tmp_path / "trace.jsonl"
    async with launched(program, "exec", trace=trace) as client:
        await set_lines(client, late / AGAIN, "work")
        await client.ok("configurationDone")
        assert len(await stops(client)) == 1
        await client.ok("disconnect")
    made = own_calls(trace)
    assert [each for each in made if "was hidden" in each] == [f"hidden_stops: stop {number} was hidden" for number in (1, 2)]
    # One when it begins; where it is replaced what it executes and a breakpoint; then each list twice.
    assert len(made) == 14, made


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("-buildmode=pie",), "it is position-independent, so that it begins again at another address"),
        (("-ldflags=-linkmode=external",), 'Write "followExec": true in the launch configuration'),
    ],
    ids=["moved", "loaded"],
)
async def test_where_it_cannot_be_it_is_said(late, flags, said):
    program = built(late, f"again{flags[0].partition('=')[0]}", "again", *WHOLE, *flags)
    async with launched(program, "exec") as client:
        await set_lines(client, late / AGAIN, "work")
        await client.ok("configurationDone")
        await stops(client)
        (text,) = told(client)
        assert said in text


async def test_another_program_is_named(late, tmp_path):
    program = built(late, "again-debug", "again", *WHOLE)
    other = built(late, "steps-debug", "steps", *WHOLE)
    async with launched(program, "other", other) as client:
        breakpoints = await set_lines(client, late / AGAIN, "work")
        assert breakpoints[0]["verified"]
        await client.ok("configurationDone")
        await stops(client)
        (text,) = told(client)
        assert f"it executes {other}, and Delve sees nothing of another program" in text
