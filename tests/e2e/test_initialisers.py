"""Stops where a package's variables are initialised, with the real dlv, which names no line there: each has its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.test_late_breakpoints import line as line_of
from tests.e2e.test_late_breakpoints import set_lines
from tests.real import Client, Json, Program, clean_environment, dapshim, dlv_dap, dlv_headless, tool

MAIN = """package main

import "example.com/vars/lib"

var first = compute(3) // break: first

var table = map[string]int{
	"a": compute(1), // break: a
	"b": compute(2), // break: b
}

//go:noinline
func compute(n int) int {
	return n * n // break: compute
}

func main() {
	println(first, len(table), lib.Made)
}
"""
LIB = """package lib

var Made = make(chan int) // break: made

var Other = double(4) // break: other

//go:noinline
func double(n int) int {
	return 2 * n
}
"""
WHOLE = "-gcflags=all=-N -l"
BUILDS = {"whole": [WHOLE], "optimised": [], "trimmed and moved": [WHOLE, "-trimpath"], "pie": [WHOLE, "-buildmode=pie"]}


def built(folder: Path, output: Path, *flags: str) -> None:
    (folder / "lib").mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/vars\n\ngo 1.25\n")
    (folder / "main.go").write_text(MAIN)
    (folder / "lib/lib.go").write_text(LIB)
    output.parent.mkdir()
    command = [tool("go"), "build", *flags, "-o", str(output), "."]
    subprocess.run(command, cwd=folder, env=clean_environment(), check=True, capture_output=True)


async def set_marks(client: Client, path: Path, *marks: str) -> None:
    found = await set_lines(client, path, *marks)
    assert [(each["verified"], each["line"], each["source"]["path"]) for each in found] == [
        (True, line_of(path, mark), str(path)) for mark in marks
    ]


async def stack(client: Client) -> tuple[int, list[Json]]:
    """Wait for a stop; return its thread and the two upper frames."""
    thread = (await client.event("stopped"))["body"]["threadId"]
    return thread, (await client.ok("stackTrace", {"threadId": thread, "levels": 2}))["stackFrames"]


def place(frame: Json) -> tuple[str, str | None, int]:
    return frame["name"], frame.get("source", {}).get("path"), frame["line"]


@pytest.mark.parametrize("build", BUILDS)
async def test_each_stop_is_at_its_line(tmp_path, build):
    folder, binary = tmp_path / "here", tmp_path / "there" / "vars"
    built(folder, binary, *BUILDS[build])
    main, lib = folder / "main.go", folder / "lib/lib.go"
    async with dapshim("--workspace-folder", str(folder)) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        await client.send("launch", {"mode": "exec", "program": str(binary)})
        await client.event("initialized")
        await set_marks(client, lib, "other")
        await set_marks(client, main, "first", "a", "compute")
        await client.ok("configurationDone")
        seen: list[tuple[str, str | None, int]] = []
        for _ in range(4):
            thread, (top, caller) = await stack(client)
            seen.append(place(top))
            if top["name"] == "main.compute":
                seen.append(place(caller))
            await client.ok("continue", {"threadId": thread})
    first, a = ("main.init", str(main), line_of(main, "first")), ("main.init", str(main), line_of(main, "a"))
    compute = ("main.compute", str(main), line_of(main, "compute"))
    assert seen == [("lib.init", str(lib), line_of(lib, "other")), first, compute, first, a]


async def test_steps_show_the_lines_that_they_come_to(tmp_path):
    folder, binary = tmp_path / "here", tmp_path / "there" / "vars"
    built(folder, binary, WHOLE)
    main = folder / "main.go"
    async with dlv_headless(Program(binary, main)) as dlv, dapshim("--connect", dlv.address) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        await client.send("attach", {"mode": "remote"})
        await client.event("initialized")
        await set_marks(client, main, "first")
        await client.ok("configurationDone")
        seen: list[int] = []
        for _ in range(3):
            thread, (top, _) = await stack(client)
            assert place(top)[:2] == ("main.init", str(main))
            seen.append(top["line"])
            await client.ok("next", {"threadId": thread})
    assert seen == [line_of(main, "first"), line_of(main, "first") + 2, line_of(main, "a")]


async def test_what_dlv_says_alone(tmp_path):
    """If this fails, Delve has learnt the lines, and there is nothing to mend."""
    folder, binary = tmp_path / "here", tmp_path / "there" / "vars"
    built(folder, binary, WHOLE)
    main = folder / "main.go"
    async with dlv_dap() as dlv:
        client = await dlv.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        await client.send("launch", {"mode": "exec", "program": str(binary)})
        await client.event("initialized")
        await set_lines(client, main, "first")
        await client.ok("configurationDone")
        _, (top, _) = await stack(client)
        assert place(top) == ("main.init", None, 1)
