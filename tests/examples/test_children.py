"""The example of a program that starts another: does what its README says, and its configuration stops in the child."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import trio

from dapshim.cli import demo_listener, demo_workspace
from dapshim.cli.demo_client import DemoClient
from dapshim.cli.demo_listener import Listener
from tests.real import clean_environment, tool

ROOT = Path(__file__).resolve().parents[2] / "examples" / "children"
README = (ROOT / "README.md").read_text(encoding="utf-8")
BUILD = ["go", "build", "-o", "bin/", "-gcflags=all=-N -l", "./tower", "./bell"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace with both programs, built as the README says."""
    copied = Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("clock") / "children", ignore=shutil.ignore_patterns("bin")))
    assert '    go build -o bin/ "-gcflags=all=-N -l" ./tower ./bell\n' in README
    go(*BUILD[1:], folder=copied)
    return copied


def go(*arguments: str, folder: Path) -> str:
    own = clean_environment(GOTOOLCHAIN="local", GOPROXY="off")
    done = subprocess.run(["go", *arguments], cwd=folder, env=own, text=True, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["tower", "bell"])
def test_the_modules_are_healthy_and_formatted(module: str) -> None:
    assert go("vet", "./...", folder=ROOT / module) == ""
    gofmt = shutil.which("gofmt") or str(Path(go("env", "GOROOT", folder=ROOT).strip(), "bin", "gofmt"))
    assert subprocess.run([gofmt, "-l", "."], cwd=ROOT, text=True, capture_output=True, timeout=60, check=True).stdout == ""


def test_the_tower_strikes_by_its_bell(copy: Path) -> None:
    command = [str(copy / "bin" / "tower"), "-hour", "2"]
    done = subprocess.run(command, text=True, capture_output=True, timeout=60, check=True)
    assert done.stdout == "stroke 1\nstroke 2\n"


def test_the_marks_are_those_that_the_readme_lists() -> None:
    listed = re.findall(r"^\| `break: (.+?)` +\| `(.+?)` ", README, re.MULTILINE)
    marked = demo_workspace.read(ROOT, "children").marked
    assert {mark: str(place.path.relative_to(ROOT)) for mark, place in marked.items()} == dict(listed)


def launch_configuration(folder: Path) -> dict[str, Any]:
    text = (ROOT / ".vscode" / "launch.json").read_text(encoding="utf-8")
    without_comments = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    (configuration,) = json.loads(without_comments.replace("${workspaceFolder}", str(folder)))["configurations"]
    return dict(configuration)


async def test_its_configuration_follows_the_child(copy: Path, tmp_path: Path) -> None:
    workspace = demo_workspace.read(copy, "children")
    place = workspace.place("bell")
    with trio.fail_after(120):
        async with trio.open_nursery() as nursery:
            listener = await Listener.start(nursery, demo_listener.command(tool("dlv")), tmp_path)
            client = DemoClient(await trio.open_tcp_stream(*await listener.ready()))
            nursery.start_soon(client.run)
            await client.request("initialize", {"adapterID": "go", "pathFormat": "path"})
            launched = await client.send("launch", launch_configuration(copy))
            await client.event("initialized", unless_refused=launched)
            asked = {"source": {"path": str(place.path)}, "breakpoints": [{"line": place.line}]}
            (answer,) = (await client.request("setBreakpoints", asked))["breakpoints"]
            assert answer["verified"] is False
            await client.request("configurationDone")
            stopped = (await client.event("stopped")).body
            assert stopped["hitBreakpointIds"] == [answer["id"]]
            (frame, *_) = (await client.request("stackTrace", {"threadId": stopped["threadId"]}))["stackFrames"]
            assert (frame["source"]["path"], frame["line"]) == (str(place.path), place.line)
            await client.request("disconnect", {"terminateDebuggee": True})
            await client.end()
            await listener.end()
