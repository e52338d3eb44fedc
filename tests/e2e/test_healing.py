"""A stripped program of a workspace, mended by itself: with a twin's debug info, else by its line table."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import attrs
import pytest

from tests.real import Client, build, clean_environment, dapshim, tool

WORKSPACE = Path(__file__).parents[2] / "examples" / "gowork"
MAIN = "services/orders/main.go"


@attrs.frozen
class Stripped:
    """The service of the example, stripped, far from its sources."""

    workspace: Path
    binary: Path
    cache: Path

    @property
    def main(self) -> Path:
        return self.workspace / MAIN

    @property
    def line(self) -> int:
        lines = self.main.read_text().splitlines()
        return next(number for number, text in enumerate(lines, 1) if text.startswith("func main()")) + 2

    def environment(self, **more: str) -> dict[str, str]:
        return clean_environment(XDG_CACHE_HOME=str(self.cache), **more)


@pytest.fixture(scope="module")
def stripped(tmp_path_factory) -> Stripped:
    folder = tmp_path_factory.mktemp("stripped")
    made = Stripped(folder / "shop", folder / "elsewhere" / "orders", folder / "cache")
    shutil.copytree(WORKSPACE, made.workspace)
    made.binary.parent.mkdir()
    command = [tool("go"), "build", "-gcflags", "all=-N -l", "-ldflags=-s -w", "-o", str(made.binary), "."]
    subprocess.run(command, cwd=made.main.parent, env=clean_environment(), check=True)
    return made


async def stopped_in_main(client: Client, stripped: Stripped) -> tuple[list[str], list[str]]:
    """Stop in main.main by its line; return the names of the frames, and what of its variables is shown."""
    await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
    launched = await client.send("launch", {"mode": "exec", "program": str(stripped.binary), "args": ["-once"]})
    await client.event("initialized")
    asked = {"source": {"path": str(stripped.main)}, "breakpoints": [{"line": stripped.line}]}
    assert (await client.ok("setBreakpoints", asked))["breakpoints"][0]["verified"]
    await client.ok("configurationDone")
    assert (await client.response(launched))["success"]
    stop = (await client.event("stopped"))["body"]
    frames = (await client.ok("stackTrace", {"threadId": stop["threadId"]}))["stackFrames"]
    assert (frames[0]["source"]["path"], frames[0]["line"]) == (str(stripped.main), stripped.line)
    assert all(Path(frame["source"]["path"]).is_file() for frame in frames)
    scopes = (await client.ok("scopes", {"frameId": frames[0]["id"]}))["scopes"]
    shown = await client.ok("variables", {"variablesReference": scopes[0]["variablesReference"]})
    return [frame["name"] for frame in frames], [each["name"] for each in shown["variables"]]


def said(client: Client) -> str:
    return "".join(message["body"]["output"] for message in client.log if message.get("event") == "output")


FRAMES = ["main.main", "runtime.main", "runtime.goexit"]


async def test_debug_info_is_borrowed_from_a_twin(stripped):
    async with dapshim("--workspace-folder", str(stripped.workspace), env=stripped.environment()) as shim:
        client = await shim.connect()
        assert await stopped_in_main(client, stripped) == (FRAMES, ["folder"])
    assert "it is borrowed from a twin" in said(client)
    assert "The debug info is gone" not in said(client)


async def test_without_its_sources_it_is_debugged_by_its_line_table(stripped, tmp_path):
    hidden = attrs.evolve(stripped, workspace=tmp_path / "seen", cache=tmp_path / "cache")
    shutil.copytree(stripped.workspace, hidden.workspace)
    hidden.main.write_text(hidden.main.read_text().replace('"inbox"', '"other"'))  # no line moves, and it is another program
    stripped.workspace.rename(tmp_path / "gone")
    try:
        async with dapshim("--workspace-folder", str(hidden.workspace), env=hidden.environment()) as shim:
            client = await shim.connect()
            assert await stopped_in_main(client, hidden) == (FRAMES, ["why"])
    finally:
        (tmp_path / "gone").rename(stripped.workspace)
    assert "No debug info could be borrowed" in said(client)


@pytest.mark.parametrize(
    ("heal", "word"), [("off", "The debug info is gone"), ("ask", 'With "heal": "auto" dapshim would borrow')]
)
async def test_the_person_has_the_word(stripped, heal, word):
    async with dapshim("--workspace-folder", str(stripped.workspace), env=stripped.environment(DAPSHIM_HEAL=heal)) as shim:
        client = await shim.connect()
        assert (await stopped_in_main(client, stripped))[1] == ["why"]
    assert word in said(client)
    assert "borrowed from a twin" not in said(client)


async def test_a_process_that_runs_has_debug_info_of_a_twin_too(tmp_path):
    program = build("loop", tmp_path / "shop", "-ldflags=-s -w")
    cache = subprocess.run([tool("go"), "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip()
    environment = clean_environment(XDG_CACHE_HOME=str(tmp_path / "cache"), GOCACHE=cache)
    with subprocess.Popen([program.binary], stdout=subprocess.DEVNULL) as process:
        try:
            async with dapshim("--workspace-folder", str(program.source.parent), env=environment) as shim:
                client = await shim.connect()
                await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
                attached = await client.send("attach", {"mode": "local", "processId": process.pid})
                await client.event("initialized")
                asked = {"source": {"path": str(program.source)}, "breakpoints": [{"line": program.line("step")}]}
                (found,) = (await client.ok("setBreakpoints", asked))["breakpoints"]
                assert found["verified"]
                await client.ok("configurationDone")
                assert (await client.response(attached))["success"]
                stop = (await client.event("stopped"))["body"]
                assert stop["hitBreakpointIds"] == [found["id"]]
                frames = (await client.ok("stackTrace", {"threadId": stop["threadId"]}))["stackFrames"]
                assert (frames[0]["name"], frames[0]["source"]["path"]) == ("main.step", str(program.source))
                # A variable has a value: the line table alone knows none.
                assert (await client.ok("evaluate", {"expression": "n", "frameId": frames[0]["id"]}))["result"].isdigit()
                await client.ok("disconnect", {"terminateDebuggee": False})
        finally:
            process.kill()
    assert "it is borrowed from a twin" in said(client)
