"""Breakpoints by the editor's paths, in binaries that record others, with the real dlv."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.real import clean_environment, dapshim, tool

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
