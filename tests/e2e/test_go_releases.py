"""Programs of older Gos, which this Delve refuses, in mode exec; the go command downloads each, so these run in the matrix."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real import BOUND, PROGRAMS, Program, clean_environment, dapshim, tool

pytestmark = pytest.mark.matrix

RELEASES = ["1.20.14", "1.22.12", "1.24.11"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("flags", [["-gcflags=all=-N -l"], ["-gcflags=all=-N -l", "-trimpath"]], ids=["plain", "trimmed"])
async def test_a_program_of_an_older_go_is_debugged(release: str, flags: list[str], tmp_path: Path) -> None:
    where = tmp_path / "loop"
    shutil.copytree(PROGRAMS / "loop", where)
    (where / "go.mod").write_text(f"module example.com/loop\n\ngo {release.rpartition('.')[0]}\n")
    environment = clean_environment(GOTOOLCHAIN=f"go{release}", CGO_ENABLED="0")
    command = [tool("go"), "build", *flags, "-o", "program", "."]
    subprocess.run(command, cwd=where, env=environment, check=True, timeout=BOUND * 10)
    program = Program(where / "program", where / "main.go")
    async with dapshim("--workspace-folder", str(where)) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        launched = await client.send("launch", {"mode": "exec", "program": str(program.binary)})
        await client.event("initialized")
        asked = {"source": {"path": str(program.source)}, "breakpoints": [{"line": program.line("step")}]}
        (found,) = (await client.ok("setBreakpoints", asked))["breakpoints"]
        assert found["verified"], found
        await client.ok("configurationDone")
        assert (await client.response(launched))["success"]
        stop = (await client.event("stopped"))["body"]
        assert stop["hitBreakpointIds"] == [found["id"]]
        frames = (await client.ok("stackTrace", {"threadId": stop["threadId"]}))["stackFrames"]
        assert (frames[0]["source"]["path"], frames[0]["line"]) == (str(program.source), program.line("step"))
        assert (await client.ok("evaluate", {"expression": "n", "frameId": frames[0]["id"]}))["result"].isdigit()
        await client.ok("disconnect", {"terminateDebuggee": True})
