"""The example of a program that runs elsewhere: does what its README says, and stops by the paths of this side."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from dapshim.cli import demo_listener, demo_workspace
from dapshim.cli.demo_client import DemoClient
from dapshim.cli.demo_listener import Listener
from tests.real import Running, clean_environment, serving, tool

ROOT = Path(__file__).resolve().parents[2] / "examples" / "headless"
BUILD = ["build", "-buildvcs=false", "-gcflags=all=-N -l", "-o"]


@pytest.fixture(scope="module")
def workspace() -> demo_workspace.Workspace:
    return demo_workspace.read(ROOT, "headless")


@pytest.fixture(scope="module", params=[["-trimpath"], []], ids=["trimmed", "recorded elsewhere"])
def moved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built in a copy that is there no more, and moved."""
    copy = tmp_path_factory.mktemp("far") / "away"
    shutil.copytree(ROOT, copy)
    program = tmp_path_factory.mktemp("run") / "controller"
    go(*BUILD, str(program), *request.param, ".", folder=copy / "controller")
    shutil.rmtree(copy)
    return program


def go(*arguments: str, folder: Path) -> str:
    own = clean_environment(GOTOOLCHAIN="local", GOPROXY="off")
    done = subprocess.run(["go", *arguments], cwd=folder, env=own, text=True, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["controller", "curve"])
def test_the_modules_are_healthy_and_formatted(module: str) -> None:
    assert go("vet", "./...", folder=ROOT / module) == ""
    gofmt = shutil.which("gofmt") or str(Path(go("env", "GOROOT", folder=ROOT).strip(), "bin", "gofmt"))
    assert subprocess.run([gofmt, "-l", "."], cwd=ROOT, text=True, capture_output=True, timeout=60, check=True).stdout == ""


def test_the_program_ends_by_itself_with_once() -> None:
    printed = go("run", "-buildvcs=false", ".", "-once", folder=ROOT / "controller")
    assert printed.splitlines()[-1] == "430 min  done at 1002 °C"


def test_the_marks_are_those_that_the_readme_lists(workspace: demo_workspace.Workspace) -> None:
    listed = re.findall(r"^\| `break: (.+?)` +\| `(.+?)` ", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {mark: str(place.path.relative_to(ROOT)) for mark, place in workspace.marked.items()} == dict(listed)


def test_the_container_installs_the_dlv_that_dapshim_pins() -> None:
    from dapshim.delve.versions import PINNED

    assert f"cmd/dlv@v{PINNED}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def launch_configurations() -> list[dict[str, Any]]:
    text = (ROOT / ".vscode" / "launch.json").read_text(encoding="utf-8")
    without_comments = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    return list(json.loads(without_comments.replace("${workspaceFolder}", str(ROOT)))["configurations"])


def test_both_configurations_attach_through_dapshim_and_name_no_path() -> None:
    dialled, connected = launch_configurations()
    for each in (dialled, connected):
        assert (each["type"], each["request"], each["mode"]) == ("go", "attach", "remote")
        assert {"substitutePath", "remotePath", "program"} & each.keys() == set()
    assert (dialled["debugServer"], dialled["host"], dialled["port"]) == (4711, "127.0.0.1", 2345)
    assert (connected["debugServer"], "port" in connected) == (4712, False)


def far_side(program: Path) -> Any:
    """The headless dlv that the README starts, on a port of its own choice."""
    command = [tool("dlv"), "exec", "--headless", "--listen=127.0.0.1:0", "--accept-multiclient", str(program), "--", "-once"]
    return serving(command, r"API server listening at: (.*)", clean_environment(), program.parent)


@asynccontextmanager
async def this_side(
    configuration: dict[str, Any], dlv: Running, folder: Path
) -> AsyncIterator[tuple[DemoClient, dict[str, Any]]]:
    """A dapshim as the configuration's comment starts it, and the configuration with the port of `dlv`."""
    command = demo_listener.command(None)
    given = dict(configuration)
    if "port" in given:
        given["port"] = dlv.port
    else:
        command += ["--connect", f"127.0.0.1:{dlv.port}"]
    async with trio.open_nursery() as nursery:
        listener = await Listener.start(nursery, command, folder)
        client = DemoClient(await trio.open_tcp_stream(*await listener.ready()))
        nursery.start_soon(client.run)
        yield client, given
        await client.request("disconnect", {"terminateDebuggee": True})
        await client.end()
        await listener.end()


@pytest.mark.parametrize("configuration", launch_configurations(), ids=lambda configuration: str(configuration["name"]))
async def test_a_configuration_stops_where_breakpoints_are_and_every_frame_opens(
    configuration: dict[str, Any],
    moved: Path,
    workspace: demo_workspace.Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GOFLAGS", raising=False)
    with trio.fail_after(120):
        async with far_side(moved) as dlv, this_side(configuration, dlv, tmp_path) as (client, given):
            await client.request("initialize", {"adapterID": "go", "pathFormat": "path"})
            attached = await client.send("attach", given)
            await client.event("initialized", unless_refused=attached)
            for mark in ("firing", "curve"):
                place = workspace.place(mark)
                asked = {"source": {"path": str(place.path)}, "breakpoints": [{"line": place.line}]}
                (answer,) = (await client.request("setBreakpoints", asked))["breakpoints"]
                assert answer["verified"], answer
                assert answer["source"]["path"] == str(place.path)
            await client.request("configurationDone")
            for mark in ("firing", "curve"):
                place = workspace.place(mark)
                stopped = (await client.event("stopped")).body
                frames = (await client.request("stackTrace", {"threadId": stopped["threadId"]}))["stackFrames"]
                assert (frames[0]["source"]["path"], frames[0]["line"]) == (str(place.path), place.line)
                for frame in frames:
                    assert Path(frame["source"]["path"]).is_file() or frame["source"]["sourceReference"], frame
                await client.request("continue", {"threadId": stopped["threadId"]})
    kept = list((tmp_path / "cache" / "dapshim" / "targets").iterdir())
    assert len(kept) == 1
