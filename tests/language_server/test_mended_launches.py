"""What a quick fix has mended works with the real dlv: the launch that was wrong before stops where it should."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from dapshim.diagnose.jsonc import parse
from tests.delve.checkup_scene import mod
from tests.language_server.lsp_client import LspClient, lsp
from tests.language_server.test_diagnostics import LAUNCH, edited, launch
from tests.language_server.test_sessions import TRUSTED, connected, environment
from tests.real import clean_environment, tool

PROGRAM = "package main\n\nfunc main() {\n\tprintln(1)\n\tprintln(2)\n}\n"
A = {"go.mod": mod("example.com/m"), "a/main.go": PROGRAM}
OWN = {"a/go.mod": mod("example.com/a"), "a/main.go": PROGRAM, "b/go.mod": mod("example.com/b"), "b/b.go": "package b\n"}
X = '"program": "${workspaceFolder}/a"'
EXEC = ('"mode": "exec"', '"program": "${workspaceFolder}/old"', '"preLaunchTask": "build"')
TASK = '{"label": "build", "type": "process", "command": "go", "args": ["build", "-gcflags=all=-N -l", "-o", "new", "./a"]}'


@attrs.frozen
class Case:
    """A workspace in which F5 does not do what it should, the finding, where it is shown, and the beginning of its fix."""

    code: str
    tree: Mapping[str, str]
    fix: str
    file: str = LAUNCH
    fails: bool = True
    """Whether the launch fails before; else its breakpoint is not hit, or dapshim has mended it silently."""

    def __str__(self) -> str:
        return f"{self.code}-{self.fix}"


CASES = [
    Case("work-unused", {**OWN, "go.work": "go 1.21\n\nuse ./b\n", **launch(X)}, "Have go.work use it", "go.work"),
    Case("work-empty", {**OWN, "go.work": "go 1.21\n", **launch(X)}, "Use every module below it", "go.work"),
    Case("work-missing", {**OWN, "go.work": "go 1.21\n\nuse ./a\nuse ./gone\n", **launch(X)}, "Drop the line", "go.work"),
    Case(
        "module-twice",
        {**OWN, "go.work": "go 1.21\n\nuse ./a\nuse ./b\n", "b/go.mod": mod("example.com/a"), **launch(X)},
        "Drop the second line",
        "go.work",
    ),
    Case(
        "replace-missing",
        {**A, "go.mod": mod("example.com/m", "replace example.com/l => ./gone"), **launch(X)},
        "Drop the replace",
        "go.mod",
        fails=False,
    ),
    Case("launch-flags", {**A, **launch(X, '"buildFlags": "-ldflags=-s"')}, 'Drop "build', fails=False),
    Case("launch-flags", {**A, **launch(X, '"buildFlags": ["-trimpath"]')}, "Drop -trimpath", fails=False),
    Case("launch-ignored", {**A, **launch('"porgram": "${workspaceFolder}/a"')}, 'Write "program"'),
    Case(
        "substitute-path",
        {**A, **launch(X, '"substitutePath": [{"from": "${workspaceFolder}", "to": "/nonexistent"}]')},
        "Drop the rule",
        fails=False,
    ),
    Case("launch-task", {**A, **launch(*EXEC, tasks=TASK)}, "Debug what the task builds", fails=False),
]


async def mended(server: LspClient, ws: Path, case: Case) -> None:
    """Take the quick fix as an editor does, and save."""
    path = ws / case.file
    await server.shown(path, lambda listed: any(each["code"] == case.code and each["data"]["remedies"] for each in listed))
    found = await server.code(path, case.code)
    actions = await server.actions(path, found["range"])
    action = next(each for each in actions if each["title"].startswith(case.fix))
    if "edit" in action:
        (change,) = action["edit"]["documentChanges"]
        path.write_text(edited(path.read_text(), change["edits"]))
    else:
        await server.ask("workspace/executeCommand", action["command"])
    await server.change(path, path.read_text(), 2)
    await server.save(path)
    await server.shown(path, lambda listed: all(each["code"] != case.code for each in listed))


async def hit(server: LspClient, ws: Path) -> bool:
    """Launch the configuration as it stands in the file, with a breakpoint, and say whether the program stops there."""
    plain = parse((ws / LAUNCH).read_text()).root.plain["configurations"][0]
    arguments: dict[str, Any] = {name: value for name, value in plain.items() if name != "preLaunchTask"}
    client = await connected(server)
    await client.ask("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path"})
    number = await client.send("launch", arguments)
    message = await client.until(
        lambda each: each.get("event") == "initialized" or (each.get("request_seq") == number and each["type"] == "response")
    )
    if message.get("event") != "initialized":
        await client.ask("disconnect", {})
        return False
    lines = {"source": {"path": str(ws / "a" / "main.go")}, "breakpoints": [{"line": 4}]}
    await client.ask("setBreakpoints", lines)
    await client.ask("configurationDone")
    event = await client.until(lambda each: each.get("event") in ("stopped", "terminated"))
    await client.ask("disconnect", {"terminateDebuggee": True})
    return bool(event["event"] == "stopped")


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_launch_works_with_the_real_dlv_when_it_is_mended(tmp_path, case):
    ws = tmp_path / "ws"
    for name, text in case.tree.items():
        (ws / name).parent.mkdir(parents=True, exist_ok=True)
        (ws / name).write_text(text)
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options={**TRUSTED, "warmBuilds": False})
        await server.open(ws / case.file)
        if case.fails:
            assert not await hit(server, ws)
        await mended(server, ws, case)
        if case.code == "launch-task":
            command = [tool("go"), "build", "-gcflags=all=-N -l", "-o", "new", "./a"]
            await trio.run_process(command, cwd=ws, env=clean_environment())
        assert await hit(server, ws)
