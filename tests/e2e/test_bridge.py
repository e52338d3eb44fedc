"""A program without debug info with the real dlv: breakpoints, stacks, goroutines and what is said of the rest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.stripped import begun, bridged, build_twins, configured, stack, stopped
from tests.real import BOUND, Program, clean_environment, dlv_headless, kill, tool

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "gowork"
FLAVOURS: Final = ["plain", "optimised", "pie", "cgo", "race", "trimmed"]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program]:
    folder = tmp_path_factory.mktemp("stripped")
    return {flavour: build_twins(folder, flavour).stripped for flavour in FLAVOURS}


def lines(program: Program, *markers: str, **more: Any) -> list[dict[str, Any]]:
    return [{"line": program.line(marker), **more} for marker in markers]


def outputs(client: Any) -> list[str]:
    return [message["body"]["output"] for message in client.log if message.get("event") == "output"]


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_breakpoints_are_hit_in_order_with_full_stacks(flavour, programs):
    program = programs[flavour]
    markers = ["variable", "init", "down", "area", "panic"]
    async with bridged() as server:
        client = await server.connect()
        functions = [{"name": "main.main"}, {"name": "square.area"}, {"name": "main.nowhere"}]
        asked = {"setBreakpoints": lines(program, *markers), "setFunctionBreakpoints": functions}
        answers = await begun(client, program, asked)
        by_marker = dict(zip(markers, answers["setBreakpoints"], strict=True))
        assert all(each["verified"] for each in answers["setBreakpoints"])
        assert [each["line"] for each in answers["setBreakpoints"]] == [program.line(marker) for marker in markers]
        assert [each["verified"] for each in answers["setFunctionBreakpoints"]] == [True, True, False]
        assert answers["setFunctionBreakpoints"][2]["message"].endswith('(Delve: location "main.nowhere" not found)')
        ids = [each["id"] for each in [*answers["setBreakpoints"], *answers["setFunctionBreakpoints"]]]
        assert len(set(ids)) == len(ids)

        async def hits(marker: str, *names: str) -> None:
            stop = await stopped(client)
            assert (stop["reason"], stop["hitBreakpointIds"], stop["threadId"]) == ("breakpoint", [by_marker[marker]["id"]], 1)
            found = await stack(client, 1)
            assert [name for name, _ in found][: len(names)] == list(names)
            assert found[0][1] == program.line(marker)
            assert all(line > 0 for _, line in found)
            assert [name for name, _ in found][-2:] == ["runtime.main", "runtime.goexit"]
            await client.ok("continue", {"threadId": 1})

        await hits("variable", "main.init", "runtime.doInit1")
        await hits("init", "main.init.0", "runtime.doInit1")
        stop = await stopped(client)
        assert (stop["reason"], stop["hitBreakpointIds"]) == (
            "function breakpoint",
            [answers["setFunctionBreakpoints"][0]["id"]],
        )
        assert (await stack(client, 1))[0] == ("main.main", program.line("function"))
        await client.ok("continue", {"threadId": 1})
        for depth in (1, 2, 3):
            await hits("down", *["main.recursive"] * depth, "main.main")
        # In optimised code the function's first line and its statement are one address, and two breakpoints are hit.
        stop = await stopped(client)
        assert answers["setFunctionBreakpoints"][1]["id"] in stop["hitBreakpointIds"]
        assert (await stack(client, 1))[0][0] == "main.square.area"
        await client.ok("continue", {"threadId": 1})
        if by_marker["area"]["id"] not in stop["hitBreakpointIds"]:
            await hits("area", "main.square.area", "main.main")
        await hits("panic", "main.fail", "main.mended", "main.main")
        await client.event("terminated")
        told = [text for text in outputs(client) if "has no debug info" in text]
        assert len(told) == 1


async def test_goroutines_are_listed_with_their_stacks(programs):
    program = programs["cgo"]
    async with bridged() as server:
        client = await server.connect()
        await begun(client, program, {"setBreakpoints": lines(program, "worker")})
        stop = await stopped(client)
        threads = (await client.ok("threads"))["threads"]
        names = {each["id"]: each["name"] for each in threads}
        assert re.fullmatch(rf"\* \[Go {stop['threadId']}\] main\.work \(Thread \d+\)", names[stop["threadId"]])
        assert sum(name.startswith("*") for name in names.values()) == 1
        mains = await stack(client, 1)
        assert "main.main" in [name for name, _ in mains]
        for number in names:
            assert (await stack(client, number))[-1][0] == "runtime.goexit"
        await client.ok("disconnect", {"terminateDebuggee": True})


async def test_what_cannot_be_had_says_why_and_nothing_fails(programs):
    program = programs["plain"]
    async with bridged() as server:
        client = await server.connect()
        asked = {"setBreakpoints": [{"line": program.line("call"), "condition": "started > 1"}, *lines(program, "recursion")]}
        answers = (await begun(client, program, asked))["setBreakpoints"]
        assert not answers[0]["verified"]
        assert answers[0]["message"].startswith(
            'the condition "started > 1" cannot be checked, because the executable has no debug'
        )
        await stopped(client)
        frame = (await client.ok("stackTrace", {"threadId": 1}))["stackFrames"][0]
        (scope,) = (await client.ok("scopes", {"frameId": frame["id"]}))["scopes"]
        (why,) = (await client.ok("variables", {"variablesReference": scope["variablesReference"]}))["variables"]
        assert "no debug info" in why["value"]
        refused = await client.ask("evaluate", {"expression": "sum", "frameId": frame["id"], "context": "watch"})
        assert "no debug info" in refused["body"]["error"]["format"]
        assert (await client.ok("evaluate", {"expression": "40+2", "frameId": frame["id"]}))["result"] == "42"
        assert "/main.go" in (await client.ok("evaluate", {"expression": "dlv sources walk", "context": "repl"}))["result"]
        await client.ok("disconnect", {"terminateDebuggee": True})


@pytest.mark.parametrize("flavour", ["plain", "pie"])
async def test_log_points_and_hit_counts(flavour, programs):
    program = programs[flavour]
    async with bridged() as server:
        client = await server.connect()
        asked = [*lines(program, "loop", logMessage="around"), *lines(program, "down", hitCondition="2")]
        asked += lines(program, "worker", hitCondition=">= 6")
        answers = (await begun(client, program, {"setBreakpoints": asked}))["setBreakpoints"]
        stop = await stopped(client)
        assert stop["hitBreakpointIds"] == [answers[1]["id"]]
        assert [name for name, _ in await stack(client, 1)][:3] == ["main.recursive", "main.recursive", "main.main"]
        await client.ok("continue", {"threadId": 1})
        stop = await stopped(client)
        assert stop["hitBreakpointIds"] == [answers[2]["id"]]
        await client.ok("continue", {"threadId": stop["threadId"]})
        await client.event("terminated")
        logged = [text for text in outputs(client) if text.startswith("> [Go ")]
        assert len(logged) == 3 * 7
        assert logged[:3] == ["> [Go 1]: around\n"] * 3


async def test_restart(programs):
    program = programs["pie"]
    async with bridged() as server:
        client = await server.connect()
        lists = {"setBreakpoints": lines(program, "call", "recursion")}
        ids = []
        await begun(client, program, lists)
        for _ in range(3):
            stop = await stopped(client)
            assert (await stack(client, stop["threadId"]))[0] == ("main.main", program.line("call"))
            await client.ok("next", {"threadId": 1})
            assert (await stopped(client))["reason"] == "breakpoint"
            restart = await client.send("restart", {})
            ids.append([each["id"] for each in (await configured(client, program, lists))["setBreakpoints"]])
            assert (await client.response(restart))["success"]
        assert ids[0] == ids[1] == ids[2]
        await stopped(client)
        await client.ok("disconnect", {"terminateDebuggee": True})


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """tests/programs/loop, stripped."""
    where = tmp_path_factory.mktemp("endless") / "loop"
    shutil.copytree(Path(__file__).parents[1] / "programs" / "loop", where)
    command = [tool("go"), "build", "-ldflags=-s -w", "-buildmode=pie", "-o", "program", "."]
    subprocess.run(command, cwd=where, env=clean_environment(), check=True, timeout=BOUND * 5)
    return Program(where / "program", where / "main.go")


async def test_attach_pause_and_let_go(endless):
    program = subprocess.Popen([endless.binary], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        async with bridged() as server:
            client = await server.connect()
            await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
            attach = await client.send("attach", {"mode": "local", "processId": program.pid})
            await configured(client, endless, {})
            assert (await client.response(attach))["success"]
            await client.ok("pause", {"threadId": 1})
            stop = await stopped(client)
            assert stop["reason"] == "pause"
            assert (await stack(client, stop["threadId"]))[-1][0] == "runtime.goexit"
            assert "main.main" in [name for name, _ in await stack(client, 1)]
            await client.ok("continue", {"threadId": 1})
            # While it runs.
            asked = {"source": {"path": str(endless.source)}, "breakpoints": lines(endless, "step")}
            assert (await client.ok("setBreakpoints", asked))["breakpoints"][0]["verified"]
            stop = await stopped(client)
            assert (await stack(client, stop["threadId"]))[0][1] == endless.line("step")
            await client.ok("stepOut", {"threadId": stop["threadId"]})
            assert (await stopped(client))["reason"] == "step"
            await client.ok("disconnect", {"terminateDebuggee": False})
        assert program.poll() is None
    finally:
        kill(program.pid)
        program.wait()


@pytest.mark.parametrize("flavour", ["optimised", "pie"])
async def test_a_headless_dlv_that_ran_already(flavour, programs):
    program = programs[flavour]
    async with dlv_headless(program) as headless, bridged("--connect", headless.address) as server:
        client = await server.connect()
        await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
        attach = await client.send("attach", {"mode": "remote"})
        answers = await configured(client, program, {"setBreakpoints": lines(program, "down")})
        assert (await client.response(attach))["success"]
        assert answers["setBreakpoints"][0]["verified"]
        stop = await stopped(client)
        assert [name for name, _ in await stack(client, stop["threadId"])][:2] == ["main.recursive", "main.main"]
        await client.ok("disconnect", {"terminateDebuggee": True})


@pytest.mark.parametrize("flags", [[], ["-buildmode=pie"]], ids=["exe", "pie"])
async def test_the_example_stops_in_main_main(flags, tmp_path):
    workspace = tmp_path / "gowork"
    shutil.copytree(EXAMPLE, workspace)
    orders = workspace / "services" / "orders"
    command = [tool("go"), "build", "-ldflags=-s -w", *flags, "-o", str(tmp_path / "orders"), "."]
    subprocess.run(command, cwd=orders, env=clean_environment(), check=True, timeout=BOUND * 5)
    program = Program(tmp_path / "orders", orders / "main.go")
    os.mkdir(tmp_path / "inbox")  # noqa: PTH102 - one folder
    async with bridged() as server:
        client = await server.connect()
        arguments = {"args": ["-once", "-inbox", str(tmp_path / "inbox")]}
        await begun(client, program, {"setBreakpoints": lines(program, "init", "main")}, **arguments)
        for marker, name in (("init", "main.init.0"), ("main", "main.main")):
            stop = await stopped(client)
            found = await stack(client, stop["threadId"])
            assert found[0] == (name, program.line(marker))
            assert found[-1][0] == "runtime.goexit"
            await client.ok("next" if marker == "main" else "continue", {"threadId": stop["threadId"]})
        stop = await stopped(client)
        assert stop["reason"] == "step"
        assert (await stack(client, stop["threadId"]))[0] == ("main.main", program.line("main") + 1)
        await client.ok("disconnect", {"terminateDebuggee": True})
        assert not [text for text in outputs(client) if "failed" in text]


@pytest.mark.parametrize("linked", ["", "-linkmode=external "], ids=["exe", "cgo"])
async def test_a_panic_that_nobody_recovers_stops_the_program(linked, tmp_path):
    (tmp_path / "go.mod").write_text("module example.com/dies\n\ngo 1.22\n")
    source = tmp_path / "main.go"
    source.write_text('package main\n\nfunc main() {\n\tvar none map[string]int\n\tnone["x"] = 1 // break: dies\n}\n')
    command = [tool("go"), "build", f"-ldflags={linked}-s -w", "-o", "program", "."]
    environment = clean_environment(CGO_ENABLED="1" if linked else "0")
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=BOUND * 5)
    program = Program(tmp_path / "program", source)
    async with bridged() as server:
        client = await server.connect()
        await begun(client, program, {})
        stop = await stopped(client)
        assert (stop["reason"], stop["description"], stop["threadId"]) == ("exception", "panic", 1)
        found = await stack(client, 1)
        assert found[0][0] == "runtime.fatalpanic"
        assert ("main.main", program.line("dies")) in found
        assert "output" in (await client.ok("exceptionInfo", {"threadId": 1}))["description"]
        await client.ok("continue", {"threadId": 1})
        await client.event("terminated")
