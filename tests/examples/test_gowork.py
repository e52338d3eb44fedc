"""The example workspace: builds, is tidy, does what its README says, and each of its editor configurations debugs."""

from __future__ import annotations

import json
import os
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

ROOT = Path(__file__).resolve().parents[2] / "examples" / "gowork"
MODULES = ["cmd/pricelist", "libs/pricing", "services/orders"]
RECEIPTS = """\
0001  Ada          18.40
0002  Grace        26.78
0003  Edsger       11.70
0004  Georges   refused: no product "moon"
0005  Barbara      69.69
"""


@pytest.fixture(scope="module")
def workspace() -> demo_workspace.Workspace:
    return demo_workspace.read(ROOT)


def go(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `go` as on a fresh machine: without flags of the person's own, without network."""
    own = {name: value for name, value in os.environ.items() if name not in ("GOFLAGS", "GOWORK")}
    clean = {**own, "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOPROXY": "off", **environment}
    return subprocess.run(["go", *arguments], cwd=folder, env=clean, text=True, capture_output=True, timeout=300, check=False)


def test_go_work_uses_every_module_and_no_other() -> None:
    used = go("list", "-m", "-f", "{{.Dir}}", folder=ROOT).stdout.split()
    assert used == [str(ROOT / module) for module in MODULES]
    assert sorted(str(file.parent.relative_to(ROOT)) for file in ROOT.rglob("go.mod")) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_go_vet_has_nothing_to_say(module: str) -> None:
    done = go("vet", "./...", folder=ROOT / module)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("module", MODULES)
def test_the_go_tests_pass(module: str) -> None:
    done = go("test", "-count=1", "./...", folder=ROOT / module)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no test files" not in done.stdout


def test_the_source_is_formatted() -> None:
    gofmt = shutil.which("gofmt") or str(Path(go("env", "GOROOT", folder=ROOT).stdout.strip(), "bin", "gofmt"))
    done = subprocess.run([gofmt, "-l", "."], cwd=ROOT, text=True, capture_output=True, timeout=60, check=True)
    assert done.stdout == ""


def test_the_service_ends_by_itself_and_prints_its_receipts() -> None:
    done = go("run", "-buildvcs=false", ".", "-once", folder=ROOT / "services" / "orders")
    assert (done.returncode, done.stdout) == (0, RECEIPTS)


def test_the_second_command_prints_the_price_list() -> None:
    done = go("run", "-buildvcs=false", ".", folder=ROOT / "cmd" / "pricelist")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == ["biscuits", "3.25"]


def test_no_module_comes_from_elsewhere() -> None:
    listed = go("list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", folder=ROOT / "services" / "orders").stdout
    assert set(listed.split()) == {"example.com/shop/orders", "example.com/shop/pricing"}


def test_the_marks_are_those_that_the_readme_lists(workspace: demo_workspace.Workspace) -> None:
    listed = re.findall(r"^\| `break: (.+?)` +\| `(.+?)` ", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {mark: str(place.path.relative_to(ROOT)) for mark, place in workspace.marked.items()} == dict(listed)


def test_each_mark_stands_on_one_line_only() -> None:
    marks = [mark for file in ROOT.rglob("*.go") for mark in re.findall(r"// break: .*", file.read_text(encoding="utf-8"))]
    assert len(marks) == len(set(marks))
    assert len(marks) >= 5


def launch_configurations() -> list[dict[str, Any]]:
    text = (ROOT / ".vscode" / "launch.json").read_text(encoding="utf-8")
    without_comments = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    return list(json.loads(without_comments.replace("${workspaceFolder}", str(ROOT)))["configurations"])


def dlv() -> str:
    """The dlv of the PATH, else the one that the set-up installed into the project."""
    return shutil.which("dlv") or str(ROOT.parents[1] / ".tools" / "bin" / "dlv")


STOPS = {"orders": "library", "pricelist": "pricelist", "tests of pricing": "test"}


def test_every_launch_configuration_goes_through_dapshim() -> None:
    configurations = launch_configurations()
    assert {each["name"] for each in configurations} == set(STOPS)
    assert {(each["type"], each["request"], each["debugServer"]) for each in configurations} == {("go", "launch", 4711)}


@pytest.mark.parametrize("configuration", launch_configurations(), ids=lambda configuration: str(configuration["name"]))
async def test_a_launch_configuration_stops_where_a_breakpoint_is(
    configuration: dict[str, Any], workspace: demo_workspace.Workspace
) -> None:
    place = workspace.place(STOPS[configuration["name"]])
    with trio.fail_after(180):
        async with trio.open_nursery() as nursery:
            listener = await Listener.start(nursery, demo_listener.command(dlv()))
            client = DemoClient(await trio.open_tcp_stream(*await listener.ready()))
            nursery.start_soon(client.run)
            await client.request("initialize", {"adapterID": "go"})
            launched = await client.send("launch", {**configuration, "env": {"GOFLAGS": "-buildvcs=false"}})
            await client.event("initialized", unless_refused=launched)
            source = {"path": str(place.path)}
            await client.request("setBreakpoints", {"source": source, "breakpoints": [{"line": place.line}]})
            await client.request("configurationDone")
            stopped = (await client.event("stopped")).body
            stack = await client.request("stackTrace", {"threadId": stopped["threadId"], "levels": 1})
            await client.request("setBreakpoints", {"source": source, "breakpoints": []})
            await client.request("continue", {"threadId": stopped["threadId"]})
            exited = await client.event("exited")
            await client.request("disconnect")
            await client.end()
            await listener.end()
    top = stack["stackFrames"][0]
    assert (top["source"]["path"], top["line"]) == (str(place.path), place.line)
    assert exited.body["exitCode"] == 0
    assert list(ROOT.rglob("__debug_bin*")) == []
