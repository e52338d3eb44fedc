"""Programs without debug info of every Go release since 1.20: each runtime lays out its goroutines in its way."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.stripped import begun, bridged, stack, stopped, walk
from tests.real import BOUND, PROGRAMS, Program, clean_environment, tool

pytestmark = pytest.mark.matrix

RELEASES = ["1.20.14", "1.21.13", "1.22.12", "1.23.12", "1.24.11", "1.25.5", "1.27.3"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("flags", [["-gcflags=all=-N -l"], ["-buildmode=pie"]], ids=["plain", "optimised pie"])
async def test_goroutines_and_steps(release: str, flags: list[str], tmp_path: Path) -> None:
    where = tmp_path / "walk"
    shutil.copytree(PROGRAMS / "walk", where)
    environment = clean_environment(GOTOOLCHAIN=f"go{release}", CGO_ENABLED="0")
    command = [tool("go"), "build", *flags, "-ldflags=-s -w", "-o", "program", "."]
    subprocess.run(command, cwd=where, env=environment, check=True, timeout=BOUND * 10)
    program = Program(where / "program", where / "main.go")
    async with bridged() as server:
        client = await server.connect()
        await begun(client, program, {"setBreakpoints": [{"line": program.line("worker")}]})
        stop = await stopped(client)
        found = await stack(client, stop["threadId"])
        assert found[0] == ("main.work", program.line("worker"))
        assert found[-1][0] == "runtime.goexit"
        threads = (await client.ok("threads"))["threads"]
        assert len(threads) >= 6
        for each in threads:
            assert (await stack(client, each["id"]))[-1][0] == "runtime.goexit"
        assert ("main.main" in [name for name, _ in await stack(client, 1)]) is True
        await client.ok("disconnect", {"terminateDebuggee": True})
        places = await walk(await server.connect(), program, "call", ["stepIn", "stepOut", "next", "next"])
    assert [name for name, _ in places] == ["main.main", "main.middle", "main.main", "main.main", "main.main"]
    lines = [line for _, line in places]
    assert lines[0] == lines[2] < lines[3] < lines[4]
