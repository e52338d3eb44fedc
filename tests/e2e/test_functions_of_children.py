"""Function breakpoints in children that are followed, with the real dlv: Delve alone sets none of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.test_built_elsewhere import hits
from tests.e2e.test_further_programs import built_elsewhere, top
from tests.e2e.test_late_breakpoints import HOSTS, PENDING, WHOLE, became, built, late, launched, line, set_functions, set_lines

__all__ = ["late"]


@pytest.mark.parametrize("where", ["here", "elsewhere"])
@pytest.mark.parametrize("build", HOSTS)
async def test_a_function_that_only_the_child_has(late, tmp_path, build, where):
    program = built(late, f"again-{build}", "again", *HOSTS[build])
    if where == "here":
        child = built(late, f"steps-{build}", "steps", *HOSTS[build])
    else:
        child = built_elsewhere(tmp_path, flags=(*HOSTS[build], "-trimpath"), steps=())["steps"]
    source = late / "steps/main.go"
    more: Any = {"followExec": True, "dapshim": {"workspaceFolder": str(late)}}
    async with launched(program, "starts", child, **more) as client:
        other, no = await set_functions(client, "main.other", "main.nowhere")
        assert (other["verified"], PENDING in other["message"]) == (False, True)
        await client.ok("configurationDone")
        stop, path, number = await top(client)
        # Where it stops is Delve's own place for `main.other`: its first line.
        assert (stop["reason"], stop["hitBreakpointIds"]) == ("function breakpoint", [other["id"]])
        assert (path, number) == (str(source), line(source, "other") - 1)
        await client.ok("continue", {"threadId": stop["threadId"]})
        assert await hits(client) == []
        assert became(client) == [(other["id"], True)]
        assert no["verified"] is False


@pytest.mark.parametrize("condition", ["", 'name == "last"'])
async def test_a_function_that_program_and_child_have(late, condition):
    """The child is the same program: it works first."""
    program = built(late, "again-program", "again", *WHOLE)
    source = late / "again/main.go"
    async with launched(program, "child", followExec=True) as client:
        asked = {"breakpoints": [{"name": "main.work", "condition": condition}, {"name": "main.init.0"}]}
        work, init = (await client.ok("setFunctionBreakpoints", asked))["breakpoints"]
        assert (work["verified"], init["verified"]) == (True, True)
        await client.ok("configurationDone")
        found = [(ids, number) for ids, _, number in await hits(client)]
        # init() has no frame, so that Delve stops at its first statement.
        begins, works = [([init["id"]], line(source, "init"))], [([work["id"]], line(source, "work") - 1)]
        assert found == [*begins * 2, *works * (1 if condition else 2)]


async def test_a_function_that_is_asked_for_while_there_is_a_child(late):
    """Delve refuses it; and one that is taken away is hit no more."""
    program = built(late, "again-program", "again", *WHOLE)
    child = built(late, "steps-debug", "steps", *WHOLE)
    async with launched(program, "starts", child, followExec=True) as client:
        (main,) = await set_lines(client, late / "steps/main.go", "main")
        await client.ok("configurationDone")
        stop, _, _ = await top(client)
        assert stop["hitBreakpointIds"] == [main["id"]]
        answers = await set_functions(client, "main.other", "main.work")
        await client.ok("setFunctionBreakpoints", {"breakpoints": [{"name": "main.other"}]})
        (other,) = await set_functions(client, "main.other")
        changed = await client.until(lambda each: each.get("event") == "breakpoint" and each["body"]["breakpoint"]["verified"])
        assert changed["body"]["breakpoint"]["id"] in {other["id"], answers[0]["id"]}
        await client.ok("continue", {"threadId": stop["threadId"]})
        stop, path, _ = await top(client)
        assert (stop["reason"], stop["hitBreakpointIds"]) == ("function breakpoint", [other["id"]])
        assert path == str(late / "steps/main.go")
        await client.ok("continue", {"threadId": stop["threadId"]})
        assert await hits(client) == []


async def test_a_step_over_the_start_of_a_child_ends_behind_it(late):
    program = built(late, "again-program", "again", *WHOLE)
    child = built(late, "steps-debug", "steps", *WHOLE)
    source = late / "again/main.go"
    async with launched(program, "starts", child, followExec=True) as client:
        (starts,) = await set_lines(client, source, "starts")
        await client.ok("configurationDone")
        stop, _, _ = await top(client)
        assert stop["hitBreakpointIds"] == [starts["id"]]
        await client.ok("next", {"threadId": stop["threadId"]})
        stop, path, number = await top(client)
        assert (stop["reason"], path) == ("step", str(source))
        assert number > line(source, "starts")


async def test_a_line_of_the_users_at_the_same_place_is_the_users(late):
    program = built(late, "again-program", "again", *WHOLE)
    child = built(late, "steps-debug", "steps", *WHOLE)
    source = late / "steps/main.go"
    async with launched(program, "starts", child, followExec=True) as client:
        await set_functions(client, "main.other")
        asked = {"source": {"path": str(source)}, "breakpoints": [{"line": line(source, "other") - 1}]}
        (first,) = (await client.ok("setBreakpoints", asked))["breakpoints"]
        await client.ok("configurationDone")
        stop, _, _ = await top(client)
        assert stop["hitBreakpointIds"] == [first["id"]]
        await client.ok("continue", {"threadId": stop["threadId"]})
        assert await hits(client) == []
