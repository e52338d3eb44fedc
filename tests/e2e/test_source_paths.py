"""Breakpoints by the editor's paths, in binaries that record others, with the real dlv."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.real import Client, Json, clean_environment, dapshim, tool

MAIN = """package main

import "example.com/shop/lib"

func main() {
	lib.Sell(3) // main
}
"""
LIB = """package lib

func Sell(n int) {
	if n > 2 {
		panic("sold out") // lib
	}
}
"""


def shop(folder: Path) -> Path:
    (folder / "lib").mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.25\n")
    (folder / "main.go").write_text(MAIN)
    (folder / "lib/lib.go").write_text(LIB)
    return folder


def go_build(folder: Path, output: Path, *flags: str) -> None:
    command = [tool("go"), "build", "-gcflags", "all=-N -l", *flags, "-o", str(output), "."]
    subprocess.run(command, cwd=folder, env=clean_environment(), check=True, capture_output=True)


@asynccontextmanager
async def launched(tmp_path: Path) -> AsyncIterator[tuple[Client, Path, int]]:
    """Launch a trimmed binary that was moved; the conversation stands before `configurationDone`."""
    folder = shop(tmp_path / "market")
    binary = tmp_path / "elsewhere" / "shop"
    binary.parent.mkdir()
    go_build(folder, binary, "-trimpath")
    async with dapshim("--workspace-folder", str(folder)) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        number = await client.send("launch", {"mode": "exec", "program": str(binary)})
        await client.event("initialized")
        yield client, folder, number


async def go(client: Client, launch: int) -> None:
    await client.ok("configurationDone")
    assert (await client.response(launch))["success"]


async def top(client: Client, stop: Json) -> tuple[str, int]:
    frames = (await client.ok("stackTrace", {"threadId": stop["threadId"]}))["stackFrames"]
    return frames[0]["source"]["path"], frames[0]["line"]


async def test_a_function_breakpoint_names_a_place_by_the_clients_path(tmp_path):
    async with launched(tmp_path) as (client, folder, launch):
        names = ["market/main.go:6", f"{folder}/lib/lib.go:4", "market/lib/nothing.go:1"]
        answer = await client.ok("setFunctionBreakpoints", {"breakpoints": [{"name": name} for name in names]})
        assert [each["verified"] for each in answer["breakpoints"]] == [True, True, False]
        await go(client, launch)
        for name, line in (("main.go", 6), ("lib/lib.go", 4)):
            stop = (await client.event("stopped"))["body"]
            assert await top(client, stop) == (str(folder / name), line)
            await client.ok("continue", {"threadId": stop["threadId"]})


async def test_a_file_that_is_open_under_two_paths(tmp_path):
    async with launched(tmp_path) as (client, folder, launch):
        link = tmp_path / "link"
        link.symlink_to(folder)
        one, two = str(folder / "lib/lib.go"), str(link / "lib/lib.go")
        ids = {}
        # Delve 1.27.1 does not look at the column: both mean one place.
        for path, entries in ((one, [{"line": 4, "column": 2}]), (two, [{"line": 4}, {"line": 5}])):
            answer = await client.ok("setBreakpoints", {"source": {"path": path}, "breakpoints": entries})
            assert all(each["verified"] for each in answer["breakpoints"]), answer
            assert {each["source"]["path"] for each in answer["breakpoints"]} == {path}
            ids[path] = [each["id"] for each in answer["breakpoints"]]
        await go(client, launch)
        stop = (await client.event("stopped"))["body"]
        assert stop["hitBreakpointIds"] == [ids[one][0], ids[two][0]]
        assert await top(client, stop) == (one, 4)
        await client.ok("setBreakpoints", {"source": {"path": one}, "breakpoints": []})
        await client.ok("continue", {"threadId": stop["threadId"]})
        stop = (await client.event("stopped"))["body"]
        assert stop["hitBreakpointIds"] == [ids[two][1]]
        assert await top(client, stop) == (two, 5)


async def test_a_trimmed_binary_that_was_moved(tmp_path):
    folder = shop(tmp_path / "shop")
    binary = tmp_path / "elsewhere" / "shop"
    binary.parent.mkdir()
    go_build(folder, binary, "-trimpath")
    async with dapshim("--workspace-folder", str(folder)) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        launched = await client.send("launch", {"mode": "exec", "program": str(binary)})
        await client.event("initialized")
        for name, line in (("main.go", 6), ("lib/lib.go", 5)):
            answer = await client.ok(
                "setBreakpoints", {"source": {"path": str(folder / name)}, "breakpoints": [{"line": line}]}
            )
            assert answer["breakpoints"][0]["verified"] is True, answer
            assert answer["breakpoints"][0]["source"] == {"name": Path(name).name, "path": str(folder / name)}
        await client.ok("configurationDone")
        assert (await client.response(launched))["success"]
        for name, line in (("main.go", 6), ("lib/lib.go", 5)):
            stop = (await client.event("stopped"))["body"]
            frames = (await client.ok("stackTrace", {"threadId": stop["threadId"]}))["stackFrames"]
            assert (frames[0]["source"]["path"], frames[0]["line"]) == (str(folder / name), line)
            assert all(Path(frame["source"]["path"]).is_file() for frame in frames if "source" in frame)
            await client.ok("continue", {"threadId": stop["threadId"]})
        stop = (await client.event("stopped"))["body"]
        text = (await client.ok("exceptionInfo", {"threadId": stop["threadId"]}))["details"]["stackTrace"]
        assert f"at {folder / 'lib/lib.go'}:5" in text
        await client.ok("continue", {"threadId": stop["threadId"]})
        await client.event("terminated")
        told = [each["body"] for each in client.log if each.get("event") == "output"]
        text = "".join(each["output"] for each in told if each.get("category") in ("stdout", "stderr"))
        assert f"\t{folder / 'lib/lib.go'}:5 +0x" in text
        assert "\texample.com/shop/" not in text


async def test_a_client_that_sends_lines_alone(tmp_path):
    """DAP's form of before 2016; Delve alone reads no `lines`, and clears the file."""
    async with launched(tmp_path) as (client, folder, launch):
        path = str(folder / "lib/lib.go")
        (answer,) = (await client.ok("setBreakpoints", {"source": {"path": path}, "lines": [4]}))["breakpoints"]
        assert (answer["verified"], answer["source"]["path"]) == (True, path)
        await go(client, launch)
        stop = (await client.event("stopped"))["body"]
        assert (stop["hitBreakpointIds"], await top(client, stop)) == ([answer["id"]], (path, 4))
