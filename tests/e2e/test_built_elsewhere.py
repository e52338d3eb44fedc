"""Breakpoints in plugins, libraries and children whose recorded paths are not the program's own, with the real dlv."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_further_programs import built_elsewhere, top
from tests.e2e.test_late_breakpoints import (
    HOSTS,
    PENDING,
    WHOLE,
    became,
    built,
    frames,
    late,
    launched,
    line,
    own_calls,
    set_functions,
    set_lines,
)
from tests.real import Client, Json, tool

__all__ = ["late"]

TYPED = {"whole": "{late}/plug/plug.go", "part": "plug/plug.go"}


async def hits(client: Client) -> list[tuple[list[int], str, int]]:
    """Run to the end; return what was hit, and where the editor sees it."""
    return [(ids, frame["source"].get("path"), frame["line"]) for ids, frame in await frames(client)]


@pytest.mark.parametrize("trimmed", [False, True], ids=["moved", "trimmed"])
@pytest.mark.parametrize("host", HOSTS)
async def test_lines_of_a_plugin(late, tmp_path, host, trimmed):
    """The host is here, or trimmed as the plugin is: Go refuses a plugin whose standard library is recorded otherwise."""
    more = ("-trimpath",) if trimmed else ()
    program = built(late, f"host-{host}{'-trimmed' * trimmed}", "host", *HOSTS[host], *more)
    plugin = built_elsewhere(tmp_path, flags=(*HOSTS[host], *more), plug=("-buildmode=plugin",))["plug"]
    source = late / "plug/plug.go"
    async with launched(program, plugin, dapshim={"workspaceFolder": str(late)}) as client:
        init, greet = await set_lines(client, source, "init", "greet", hitCondition="> 0")
        assert [each["verified"] for each in (init, greet)] == [False, False]
        assert PENDING in init["message"]
        await client.ok("configurationDone")
        found = await hits(client)
        assert found[0] == ([init["id"]], str(source), line(source, "init"))
        assert found[1:] == [([greet["id"]], str(source), line(source, "greet"))] * 3
        assert [(each, True) for each in (init["id"], greet["id"])] == became(client)


@pytest.mark.parametrize("asked", ["lines", "functions"])
async def test_a_plugin_of_a_program_that_was_restarted(late, tmp_path, asked):
    """Delve names no process of it; it is asked once, when there is a path that the program has not."""
    program, trace = built(late, "host-debug", "host", *WHOLE), tmp_path / "trace.jsonl"
    plugin = built_elsewhere(tmp_path, plug=("-buildmode=plugin",))["plug"]
    source = late / "plug/plug.go"
    async with launched(program, plugin, trace=trace, dapshim={"workspaceFolder": str(late)}) as client:
        await client.ok("configurationDone")
        await client.event("terminated")
        await client.ok("restart", {"arguments": {"request": "launch", "rebuild": False}})
        await client.event("initialized")
        if asked == "lines":
            (greet,) = await set_lines(client, source, "greet")
        else:
            (greet,) = await set_functions(client, "plug.Greet")
        await client.ok("configurationDone")
        stop, path, number = await top(client)
        assert (stop["hitBreakpointIds"], path) == ([greet["id"]], str(source))
        assert number == line(source, "greet") - (asked == "functions")
        await client.ok("disconnect", {"terminateDebuggee": True})
    assert sum(each.endswith(": threads") for each in own_calls(trace)) == 1


async def test_a_program_that_was_restarted_and_has_nothing_else_beside_it_is_asked_for_no_process(late, tmp_path):
    program, trace = built(late, "steps-debug", "steps", *WHOLE), tmp_path / "trace.jsonl"
    async with launched(program, trace=trace, followExec=True) as client:
        await client.ok("configurationDone")
        await client.event("terminated")
        await client.ok("restart", {"arguments": {"request": "launch", "rebuild": False}})
        await client.event("initialized")
        (main,) = await set_lines(client, late / "steps/main.go", "main")
        await client.ok("configurationDone")
        stop, _, _ = await top(client)
        assert stop["hitBreakpointIds"] == [main["id"]]
        await client.ok("disconnect", {"terminateDebuggee": True})
    # With followExec, it must be known whose end is to be noticed: once.
    assert own_calls(trace) == ["vanished_program: threads"]


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("host", HOSTS)
async def test_typed_places_of_a_plugin(late, tmp_path, host, typed):
    program = built(late, f"host-{host}", "host", *HOSTS[host])
    plugin = built_elsewhere(tmp_path, flags=HOSTS[host], plug=("-buildmode=plugin",))["plug"]
    source = late / "plug/plug.go"
    name = f"{TYPED[typed].format(late=late)}:{line(source, 'greet')}"
    async with launched(program, plugin, dapshim={"workspaceFolder": str(late)}) as client:
        greet, main = await set_functions(client, name, "main.main")
        assert (greet["verified"], main["verified"]) == (False, True)
        await client.ok("configurationDone")
        found = await hits(client)
        assert found[0][0] == [main["id"]]
        assert found[1:] == [([greet["id"]], str(source), line(source, "greet"))] * 3
        assert became(client) == [(greet["id"], True)]


async def test_lines_and_typed_places_of_a_library_of_a_c_program(late, tmp_path):
    library = built_elsewhere(tmp_path, flags=(*WHOLE, "-trimpath"), lib=("-buildmode=c-shared",))["lib"]
    host = late / "chost-program"
    subprocess.run([tool("gcc"), "-g", "-o", str(host), str(late / "chost/host.c"), "-ldl"], check=True, capture_output=True)
    source = late / "lib/lib.go"
    async with launched(str(host), library, dapshim={"workspaceFolder": str(late)}) as client:
        (add,) = await set_lines(client, source, "add")
        (typed,) = await set_functions(client, f"{source}:{line(source, 'add') + 1}")
        assert (add["verified"], typed["verified"]) == (False, False)
        await client.ok("configurationDone")
        number = line(source, "add")
        assert await hits(client) == [([add["id"]], str(source), number), ([typed["id"]], str(source), number + 1)]
        assert sorted(became(client)) == [(add["id"], True), (typed["id"], True)]


@pytest.mark.parametrize("trimmed", [False, True], ids=["moved", "trimmed"])
async def test_lines_of_a_child(late, tmp_path, trimmed):
    program = built(late, "again-program", "again", *WHOLE)
    child = built_elsewhere(tmp_path, flags=(*WHOLE, *(("-trimpath",) if trimmed else ())), steps=())["steps"]
    source = late / "steps/main.go"
    more: Any = {"followExec": True, "dapshim": {"workspaceFolder": str(late)}}
    async with launched(program, "starts", child, **more) as client:
        main, other = await set_lines(client, source, "main", "other")
        assert (main["verified"], PENDING.partition("when")[0] in main["message"]) == (False, True)
        await client.ok("configurationDone")
        for wanted, mark in ((main, "main"), (other, "other")):
            stop, path, number = await top(client)
            assert (stop["hitBreakpointIds"], path, number) == ([wanted["id"]], str(source), line(source, mark))
            await client.ok("continue", {"threadId": stop["threadId"]})
        assert await hits(client) == []
        assert sorted(became(client)) == [(main["id"], True), (other["id"], True)]


async def test_a_program_that_replaces_itself_by_one_that_was_built_elsewhere(late, tmp_path):
    """Its paths are known when Delve tells of it, so its first lines may have run; this one waits for three seconds."""
    program = built(late, "again-program", "again", *WHOLE)
    other = built_elsewhere(tmp_path, flags=WHOLE, host=())["host"]
    source = late / "host/main.go"
    more: Any = {"followExec": True, "dapshim": {"workspaceFolder": str(late)}}
    async with launched(program, "other", other, "/no/plugin", "later", **more) as client:
        (opens,) = await set_lines(client, source, "open")
        await client.ok("configurationDone")
        stop, path, number = await top(client)
        assert (stop["hitBreakpointIds"], path, number) == ([opens["id"]], str(source), line(source, "open"))


@asynccontextmanager
async def beside_a_trimmed_child(late: Path, folder: Path) -> AsyncIterator[Client]:
    """Launch a program that starts itself as it was built elsewhere, so that both record its file by a path of their own."""
    program = built(late, "again-program", "again", *WHOLE)
    child = built_elsewhere(folder, flags=(*WHOLE, "-trimpath"), again=())["again"]
    more: Any = {"followExec": True, "dapshim": {"workspaceFolder": str(late)}}
    async with launched(program, "starts", child, "last", **more) as client:
        yield client


async def test_a_file_that_program_and_child_record_by_two_paths_has_its_breakpoints_in_both(late, tmp_path):
    source = late / "again/main.go"
    async with beside_a_trimmed_child(late, tmp_path) as client:
        work, init = await set_lines(client, source, "work", "init")
        assert (work["verified"], init["verified"]) == (True, True)
        await client.ok("configurationDone")
        where, begins = (str(source), line(source, "work")), (str(source), line(source, "init"))
        # The program's own init(), that of the child, and then `work` in both: the child's first.
        wanted = [([init["id"]], *begins), ([init["id"]], *begins), ([work["id"]], *where), ([work["id"]], *where)]
        assert await hits(client) == wanted
        # A list that takes one away does so in both.
        assert {each for each, _ in became(client)} <= {work["id"], init["id"]}


async def test_a_list_that_is_sent_anew_stands_in_both(late, tmp_path):
    source = late / "again/main.go"
    async with beside_a_trimmed_child(late, tmp_path) as client:
        await set_lines(client, source, "work", "init")
        await client.ok("configurationDone")
        stop: Json = (await client.event("stopped"))["body"]
        await client.ok("continue", {"threadId": stop["threadId"]})
        stop = (await client.event("stopped"))["body"]
        # In the child's init(): work is taken away, in the child and in the program.
        (init,) = await set_lines(client, source, "init")
        assert init["verified"]
        await client.ok("continue", {"threadId": stop["threadId"]})
        assert await hits(client) == []


async def test_what_was_not_news_costs_nothing(late, tmp_path):
    """A child that records the program's own paths is looked at once, and no list is sent for it."""
    program = built(late, "again-program", "again", *WHOLE)
    trace = tmp_path / "trace.jsonl"
    async with launched(program, "child", followExec=True, trace=trace) as client:
        (work,) = await set_lines(client, late / "again/main.go", "work")
        await client.ok("configurationDone")
        assert [ids for ids, _, _ in await hits(client)] == [[work["id"]]] * 2
    assert '"origin": "source_breakpoints"' not in Path(trace).read_text().replace('":"', '": "')
