"""Moments at which breakpoints are set, with the real dlv, that need no code that comes late: the program or its files do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.real import Client, Json, Program, build, clean_environment, dapshim, dlv_headless, tool

EARLY = """package main

import (
	"fmt"
	"os"
)

var begun = wait()

func wait() bool {
	var one [1]byte
	_, err := os.Stdin.Read(one[:])
	return err == nil
}

func init() {
	fmt.Println("init") // break: init
}

func main() {
	fmt.Println("main", begun) // break: main
}
"""


async def set_lines(client: Client, program: Program, *marks: str) -> list[Json]:
    places = [{"line": program.line(mark)} for mark in marks]
    answer = await client.ok("setBreakpoints", {"source": {"path": str(program.source)}, "breakpoints": places})
    found: list[Json] = answer["breakpoints"]
    return found


async def test_a_program_that_is_attached_to_before_main(tmp_path):
    """It still initialises its variables: init() and main.main are before it."""
    (tmp_path / "go.mod").write_text("module example.com/early\n\ngo 1.25\n")
    (tmp_path / "main.go").write_text(EARLY)
    command = [tool("go"), "build", "-gcflags=all=-N -l", "-o", "program", "."]
    subprocess.run(command, cwd=tmp_path, env=clean_environment(), check=True)
    program = Program(tmp_path / "program", tmp_path / "main.go")
    with subprocess.Popen([program.binary], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        try:
            async with dapshim("--workspace-folder", str(tmp_path)) as shim:
                client = await shim.connect()
                await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
                await client.send("attach", {"mode": "local", "processId": process.pid})
                await client.event("initialized")
                init, main = await set_lines(client, program, "init", "main")
                function = {"breakpoints": [{"name": "main.main"}]}
                (begins,) = (await client.ok("setFunctionBreakpoints", function))["breakpoints"]
                assert [each["verified"] for each in (init, main, begins)] == [True] * 3
                await client.ok("configurationDone")
                assert process.stdin is not None
                process.stdin.write(b"x")
                process.stdin.flush()
                for wanted in (init, begins, main):
                    stop = (await client.event("stopped"))["body"]
                    assert stop["hitBreakpointIds"] == [wanted["id"]]
                    await client.ok("continue", {"threadId": stop["threadId"]})
                await client.event("terminated")
        finally:
            process.kill()


async def test_a_remote_program_that_runs_when_its_session_begins(tmp_path):
    """Built elsewhere as far as anybody can tell: its paths are trimmed, and they are read from its memory."""
    program = build("loop", tmp_path, "-trimpath")
    folder = str(program.source.parent)
    async with (
        dlv_headless(program, "--accept-multiclient", "--continue") as dlv,
        dapshim("--workspace-folder", folder) as shim,
    ):
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        await client.send("attach", {"mode": "remote", "host": "127.0.0.1", "port": dlv.port})
        await client.event("initialized")
        (step,) = await set_lines(client, program, "step")
        assert step["verified"]
        await client.ok("configurationDone")
        stop = (await client.event("stopped"))["body"]
        assert stop["hitBreakpointIds"] == [step["id"]]
        (frame,) = (await client.ok("stackTrace", {"threadId": stop["threadId"], "levels": 1}))["stackFrames"]
        assert frame["source"]["path"] == str(program.source)
        await client.ok("disconnect", {"terminateDebuggee": True})


SLOW_GO = """#!/bin/sh
while [ ! -e {gate} ]; do sleep 0.05; done
exec {go} "$@"
"""


async def test_files_that_are_known_after_the_breakpoint_was_answered(tmp_path):
    """A pause ends the wait for them, the breakpoint goes to Delve as it came, and is set when they are known."""
    program = build("loop", tmp_path, "-trimpath")
    gate, slow = tmp_path / "gate", tmp_path / "bin/go"
    slow.parent.mkdir()
    slow.write_text(SLOW_GO.format(gate=gate, go=tool("go")))
    slow.chmod(0o755)
    environment = clean_environment(PATH=f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    async with dapshim("--workspace-folder", str(program.source.parent), env=environment) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        await client.send("launch", {"mode": "exec", "program": str(program.binary)})
        await client.event("initialized")
        place = {"source": {"path": str(program.source)}, "breakpoints": [{"line": program.line("step")}]}
        asked = await client.send("setBreakpoints", place)
        await client.send("pause", {"threadId": 1})
        (step,) = (await client.response(asked))["body"]["breakpoints"]
        assert step["verified"] is False
        gate.touch()
        changed = (await client.event("breakpoint"))["body"]["breakpoint"]
        assert (changed["id"], changed["verified"], changed["line"]) == (step["id"], True, program.line("step"))
        assert changed["source"]["path"] == str(program.source)
        await client.ok("configurationDone")
        stop = await client.until(lambda each: each.get("event") == "stopped" and each["body"]["reason"] != "pause")
        assert stop["body"]["hitBreakpointIds"] == [step["id"]]
        assert Path(changed["source"]["path"]).is_file()
        await client.ok("disconnect", {"terminateDebuggee": True})
