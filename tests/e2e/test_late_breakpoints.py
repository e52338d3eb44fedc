"""Code that comes late, with the real dlv: plugins, C libraries, children, programs that replace themselves, restarts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.real import PROGRAMS, Client, Json, Program, clean_environment, dapshim, dlv_headless, tool, traced

WHOLE = ("-gcflags=all=-N -l",)
HOSTS = {"debug": WHOLE, "optimised": ()}
PENDING = "the breakpoint will be set when it is loaded"


@pytest.fixture(scope="session")
def late(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module of late programs, with what is built of it in its folder."""
    folder = tmp_path_factory.mktemp("late")
    for source in (PROGRAMS / "late").rglob("*"):
        if source.is_file():
            target = folder / source.relative_to(PROGRAMS / "late")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return folder


def built(folder: Path, name: str, package: str, *flags: str) -> str:
    """Build a package of the module once; return the binary's path."""
    output = folder / name
    if not output.exists():
        command = [tool("go"), "build", *flags, "-o", str(output), f"./{package}"]
        subprocess.run(command, cwd=folder, env=clean_environment(CGO_ENABLED="1"), check=True, capture_output=True)
    return str(output)


def line(source: Path, mark: str) -> int:
    return Program(source, source).line(mark)


async def set_lines(client: Client, source: Path, *marks: str, **more: Any) -> list[Json]:
    lines = [{"line": line(source, mark), **more} for mark in marks]
    answer = await client.ok("setBreakpoints", {"source": {"path": str(source)}, "breakpoints": lines})
    found: list[Json] = answer["breakpoints"]
    return found


async def set_functions(client: Client, *names: str) -> list[Json]:
    answer = await client.ok("setFunctionBreakpoints", {"breakpoints": [{"name": name} for name in names]})
    found: list[Json] = answer["breakpoints"]
    return found


@asynccontextmanager
async def launched(program: str, *args: str, trace: Path | None = None, **more: Any) -> AsyncIterator[Client]:
    """Launch a program up to `initialized`."""
    options = ["--trace", str(trace)] if trace is not None else []
    async with dapshim(*options) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        await client.send("launch", {"mode": "exec", "program": program, "args": list(args), **more})
        await client.event("initialized")
        yield client


async def stops(client: Client) -> list[tuple[str, int, list[int]]]:
    """Run the program to its end; return each stop: the function, the line, and the ids that were hit."""
    return [(frame["name"], frame["line"], ids) for ids, frame in await frames(client)]


async def frames(client: Client) -> list[tuple[list[int], Json]]:
    """Run the program to its end; return the ids that were hit at each stop, and the top frame."""
    found: list[tuple[list[int], Json]] = []
    while True:
        message = await client.until(lambda each: each.get("event") in ("stopped", "terminated"))
        if message["event"] == "terminated":
            return found
        body = message["body"]
        thread = body.get("threadId", 0)
        (frame,) = (await client.ok("stackTrace", {"threadId": thread, "levels": 1}))["stackFrames"]
        found.append((body.get("hitBreakpointIds"), frame))
        await client.ok("continue", {"threadId": thread})


def became(client: Client) -> list[tuple[int, bool]]:
    """Return the breakpoints that the client was told of, by events."""
    changed = [each["body"]["breakpoint"] for each in client.log if each.get("event") == "breakpoint"]
    return [(each["id"], each["verified"]) for each in changed]


@pytest.mark.parametrize("host", HOSTS)
async def test_a_plugin_has_its_breakpoints_before_its_init(late, host):
    """Delve alone: too late for init() in a debug build, never in an optimised one, and never for functions."""
    program = built(late, f"host-{host}", "host", *HOSTS[host])
    plugin = built(late, f"plugin-{host}.so", "plug", *HOSTS[host], "-buildmode=plugin")
    source = late / "plug/plug.go"
    async with launched(program, plugin) as client:
        lines = await set_lines(client, source, "init", "greet", hitCondition="!= 2")
        (function,) = await set_functions(client, "plug.Greet")
        await set_lines(client, late / "host/main.go", "opened")
        assert [each["verified"] for each in (*lines, function)] == [False] * 3
        assert all(PENDING in each["message"] for each in (*lines, function))
        init, greet, called = (each["id"] for each in (*lines, function))
        await client.ok("configurationDone")
        found = [(name, ids[0]) for name, _, ids in await stops(client) if name != "main.main"]
        assert sorted(became(client)) == sorted([(init, True), (greet, True), (called, True)])
        assert found[0] == ("plug.init.0", init)
        # Of three calls the second one does not count for the line.
        assert found[1:] == [("plug.Greet", each) for each in (called, greet, called, called, greet)]


@pytest.mark.parametrize("host", HOSTS)
async def test_a_plugin_whose_paths_are_the_editors_costs_one_look_of_delves(late, host, tmp_path):
    """Its suspended lines are taken out and set; the list of functions takes the hidden breakpoint along."""
    program = built(late, f"host-{host}", "host", *HOSTS[host])
    plugin = built(late, f"plugin-{host}.so", "plug", *HOSTS[host], "-buildmode=plugin")
    trace = tmp_path / "trace.jsonl"
    async with launched(program, plugin, trace=trace) as client:
        await set_lines(client, late / "plug/plug.go", "init", "greet")
        await client.ok("configurationDone")
        assert await stops(client)
    assert own_calls(trace) == [
        "breakpoints: setFunctionBreakpoints",
        "breakpoints: setBreakpoints",
        "breakpoints: setBreakpoints",
        "breakpoints: setFunctionBreakpoints",
        "hidden_stops: continue",
        "dapshim: disconnect",
        "hidden_stops: stop 1 was hidden",
    ]


@pytest.mark.parametrize("host", HOSTS)
async def test_a_step_over_the_opening_of_a_plugin_ends_behind_it(late, host):
    program = built(late, f"host-{host}", "host", *HOSTS[host])
    plugin = built(late, f"plugin-{host}.so", "plug", *HOSTS[host], "-buildmode=plugin")
    async with launched(program, plugin) as client:
        (greet,) = await set_lines(client, late / "plug/plug.go", "greet")
        await set_lines(client, late / "host/main.go", "open")
        await client.ok("configurationDone")
        thread = (await client.event("stopped"))["body"]["threadId"]
        await client.ok("next", {"threadId": thread})
        stop = (await client.event("stopped"))["body"]
        (frame,) = (await client.ok("stackTrace", {"threadId": thread, "levels": 1}))["stackFrames"]
        # In a debug build the next line is the one behind, in an optimised one the next that has code.
        opened = line(late / "host/main.go", "open")
        assert (stop["reason"], frame["name"]) == ("step", "main.main")
        assert opened < frame["line"] <= line(late / "host/main.go", "opened")
        assert became(client) == [(greet["id"], True)]


async def test_a_c_program_loads_a_library_of_go_and_its_user_sees_no_stop(late):
    library = built(late, "lib.so", "lib", *WHOLE, "-buildmode=c-shared")
    host = late / "chost-program"
    subprocess.run([tool("gcc"), "-g", "-o", str(host), str(late / "chost/host.c"), "-ldl"], check=True, capture_output=True)
    async with launched(str(host), library) as client:
        (add,) = await set_lines(client, late / "lib/lib.go", "add")
        (function,) = await set_functions(client, "main.Add")
        assert (add["verified"], function["verified"]) == (False, False)
        assert PENDING in add["message"]
        assert PENDING in function["message"]
        await client.ok("configurationDone")
        found = [(name, ids) for name, _, ids in await stops(client)]
        assert found == [("main.Add", [function["id"]]), ("main.Add", [add["id"]])]
        assert became(client) == [(add["id"], True), (function["id"], True)]


async def test_a_child_that_is_followed(late):
    program = built(late, "again-program", "again", *WHOLE)
    async with launched(program, "child", followExec=True) as client:
        (work,) = await set_lines(client, late / "again/main.go", "work")
        await client.ok("configurationDone")
        assert [(name, ids) for name, _, ids in await stops(client)] == [("main.work", [work["id"]])] * 2
        assert [each["body"]["exitCode"] for each in client.log if each.get("event") == "exited"] == [0]


async def test_a_program_that_replaced_itself_ends_its_session(late):
    """Delve alone reports no end, and answers nothing any more."""
    program = built(late, "again-program", "again", *WHOLE)
    async with launched(program, "exec", followExec=True) as client:
        (work,) = await set_lines(client, late / "again/main.go", "work")
        await client.ok("configurationDone")
        with trio.fail_after(15):
            assert [(name, ids) for name, _, ids in await stops(client)] == [("main.work", [work["id"]])]
            await client.rest()
        said = [each["body"]["output"] for each in client.log if each.get("event") == "output"]
        assert any("the program has ended; Delve does not say how" in each for each in said)


async def test_a_program_that_another_thread_replaced_is_not_waited_for_without_end(late):
    """Delve alone hangs at the first stop in the new image, and answers neither pause nor disconnect."""
    program = built(late, "again-program", "again", *WHOLE)
    async with launched(program, "elsewhere", followExec=True) as client:
        (work,) = await set_lines(client, late / "again/main.go", "work")
        assert work["verified"]
        await client.ok("configurationDone")
        with trio.fail_after(40):
            await client.event("terminated")
        said = [each["body"]["output"] for each in client.log if each.get("event") == "output"]
        (lost,) = [each for each in said if "lost it" in each]
        assert "runtime.LockOSThread()" in lost


async def test_without_follow_exec_another_thread_may_replace_the_program(late):
    """The remedy that the words above name; the other is what the programs of the other tests do."""
    program = built(late, "again-program", "again", *WHOLE)
    async with launched(program, "elsewhere") as client:
        (work,) = await set_lines(client, late / "again/main.go", "work")
        await client.ok("configurationDone")
        assert [(name, ids) for name, _, ids in await stops(client)] == [("main.work", [work["id"]])]


async def test_a_restart_begins_anew(late):
    program = built(late, "host-debug", "host", *HOSTS["debug"])
    plugin = built(late, "plugin-debug.so", "plug", *HOSTS["debug"], "-buildmode=plugin")
    source = late / "plug/plug.go"
    async with launched(program, plugin) as client:
        for run in range(2):
            (init,) = await set_lines(client, source, "init")
            assert init["verified"] is False
            await client.ok("configurationDone")
            stop = (await client.event("stopped"))["body"]
            assert stop["hitBreakpointIds"] == [init["id"]]
            if run == 0:
                await client.ok("restart")
                await client.event("initialized")


async def test_a_program_that_is_waited_for_and_opens_a_plugin_then(late, tmp_path):
    program = tmp_path / "waited-for-program"
    program.write_bytes(Path(built(late, "host-debug", "host", *HOSTS["debug"])).read_bytes())
    program.chmod(0o755)
    plugin = built(late, "plugin-debug.so", "plug", *HOSTS["debug"], "-buildmode=plugin")
    async with dapshim() as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        attached = await client.send("attach", {"mode": "local", "waitFor": str(program)})
        with subprocess.Popen([program, plugin, "later"], stdout=subprocess.DEVNULL) as target:
            try:
                await client.event("initialized")
                (init,) = await set_lines(client, late / "plug/plug.go", "init")
                await client.ok("configurationDone")
                assert (await client.response(attached))["success"]
                assert (await client.event("stopped"))["body"]["hitBreakpointIds"] == [init["id"]]
                assert became(client) == [(init["id"], True)]
                await client.ok("disconnect", {"terminateDebuggee": True})
            finally:
                target.kill()


async def test_an_interrupted_step_is_finished_by_the_next_one(late):
    program = built(late, "steps-program", "steps", *WHOLE)
    source = late / "steps/main.go"
    async with launched(program) as client:
        (_, other) = await set_lines(client, source, "step", "other")
        await client.ok("configurationDone")
        thread = (await client.event("stopped"))["body"]["threadId"]
        await client.ok("next", {"threadId": thread})
        stop = (await client.event("stopped"))["body"]
        assert (stop["reason"], stop["hitBreakpointIds"]) == ("breakpoint", [other["id"]])
        await client.ok("next", {"threadId": stop["threadId"]})
        stop = (await client.event("stopped"))["body"]
        (frame,) = (await client.ok("stackTrace", {"threadId": stop["threadId"], "levels": 1}))["stackFrames"]
        assert (stop["reason"], stop["threadId"], frame["line"]) == ("step", thread, line(source, "after"))
        assert not [each for each in client.log if "invalid command" in json.dumps(each)]


async def test_a_shared_server_keeps_no_breakpoint(loop):
    async with dlv_headless(loop, "--accept-multiclient") as server, dapshim("--connect", server.address) as shim:
        ids = []
        for _ in range(2):
            client = await shim.connect()
            await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
            await client.send("attach", {"mode": "remote"})
            await client.event("initialized")
            where = {"source": {"path": str(loop.source)}, "breakpoints": [{"line": loop.line("step")}]}
            (step,) = (await client.ok("setBreakpoints", where))["breakpoints"]
            assert step["verified"]
            ids.append(step["id"])
            await client.ok("disconnect", {"terminateDebuggee": False})
            await client.rest()
        # Delve would give the first client's breakpoint to the second, under its number, if it were still there.
        assert ids == [1, 2]


def own_calls(trace: Path) -> list[str]:
    """Return the requests in a trace that a shim made, and the notes of hidden stops."""
    lines = traced(trace)
    sent = [each for each in lines if each.get("edge") == "adapter" and each.get("way") == "out"]
    made = [f"{each['origin']}: {each['message']['command']}" for each in sent if each["origin"] != "client"]
    return made + [each["note"] for each in lines if "was hidden" in each.get("note", "")]


@pytest.mark.parametrize("build", HOSTS)
async def test_a_healthy_session_makes_no_call_and_no_hidden_stop(late, tmp_path, build):
    program = built(late, f"steps-{build}", "steps", *HOSTS[build])
    trace = tmp_path / "trace.jsonl"
    source = late / "steps/main.go"
    async with launched(program, trace=trace) as client:
        await set_lines(client, source, "main", "after")
        await client.ok("setBreakpoints", {"source": {"path": str(source)}, "breakpoints": [{"line": 1}, {"line": 999}]})
        await set_lines(client, source, "main", "after")
        answer = await set_functions(client, "main.main", "no.such")
        assert "id" not in answer[1]
        await client.ok("configurationDone")
        assert len(await stops(client)) == 3
        await client.ok("disconnect")
    assert own_calls(trace) == []


async def test_a_hidden_stop_is_told_in_the_trace(late, tmp_path):
    program = built(late, "host-debug", "host", *HOSTS["debug"])
    plugin = built(late, "plugin-debug.so", "plug", *HOSTS["debug"], "-buildmode=plugin")
    trace = tmp_path / "trace.jsonl"
    async with launched(program, plugin, trace=trace) as client:
        await set_lines(client, late / "plug/plug.go", "init")
        await client.ok("configurationDone")
        assert len(await stops(client)) == 1
        await client.ok("disconnect")
    assert own_calls(trace)[-1] == "hidden_stops: stop 1 was hidden"
