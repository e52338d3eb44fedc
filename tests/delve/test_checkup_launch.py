"""Doctor on launch configurations: each is planned as at F5; the place is exact, and the edit that is offered mends it."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from dapshim.diagnose.finding import Severity
from dapshim.diagnose.jsonc import parse
from dapshim.diagnose.placed import Placed
from tests.delve.checkup_scene import MAIN, Scene, mod

TREE: Mapping[str, str] = {
    "go.mod": mod("example.com/m"),
    "cmd/x/main.go": MAIN,
    "lib/lib.go": "package lib\n",
    "bin/x": "an executable",
}
PROGRAM = '"program": "${workspaceFolder}/cmd/x"'


def launch(*members: str, request: str = "launch", tasks: str = "", head: str = "") -> dict[str, str]:
    """Return the files of a workspace with one configuration, as a person writes it, with comments."""
    text = (
        f'{{\n  // mine\n  "version": "0.2.0",{head}\n  "configurations": [\n    {{\n      "name": "it", "type": "go", '
        f'"request": "{request}",\n' + "".join(f"      {member}, // why\n" for member in members) + "    },\n  ],\n}\n"
    )
    files = {**TREE, ".vscode/launch.json": text}
    return {**files, ".vscode/tasks.json": f'{{"tasks": [{tasks}]}}'} if tasks else files


def shown(scene: Scene, each: Placed) -> str:
    """Return the text that a finding underlines."""
    assert each.place is not None
    assert each.place.range is not None
    text = Path(each.place.file).read_text()
    document = parse(text)
    start, end = each.place.range.start, each.place.range.end
    lines = text.splitlines(keepends=True)
    first = sum(map(len, lines[: start.line - 1])) + start.column
    last = sum(map(len, lines[: end.line - 1])) + end.column
    assert document.position(first) == start
    return text[first:last]


@attrs.frozen
class Case:
    """A configuration, what is said of it, which text is underlined, and what it becomes by the first edit ("" for none)."""

    members: tuple[str, ...]
    code: str
    says: str
    underlined: str
    becomes: str = ""
    severity: Severity = Severity.ERROR
    request: str = "launch"
    tasks: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.underlined}"


def build(*arguments: str, label: str = "build") -> str:
    return json.dumps({"label": label, "type": "process", "command": "go", "args": ["build", *arguments]})


EXEC = ('"mode": "exec"', '"program": "${workspaceFolder}/bin/x"', '"preLaunchTask": "build"')
WARNING = Severity.WARNING

CASES = [
    Case(('"program": "${workspaceFolder}/cmd/y"',), "launch-refused", "does not exist", '"${workspaceFolder}/cmd/y"'),
    Case(('"program": "${workspaceFolder}/lib"',), "launch-refused", "", '"${workspaceFolder}/lib"'),
    Case((PROGRAM, '"mode": "debugg"'), "launch-refused", 'Did you mean "debug"?', '"debugg"'),
    Case((PROGRAM, '"cwd": "nowhere"'), "launch-refused", "it must be a folder", '"nowhere"'),
    Case(('"mode": "debug"',), "launch-refused", '"program" is missing', '"it"'),
    Case((PROGRAM, '"args": [1]'), "launch-refused", "[0]", "[1]"),
    Case(('"mode": "exec"', PROGRAM), "launch-refused", "which is a folder", '"${workspaceFolder}/cmd/x"'),
    Case((PROGRAM,), "launch-refused", 'it must be "launch" or "attach"', '"lunch"', request="lunch"),
    Case((PROGRAM, '"envFile": "missing.env"'), "launch-refused", "cannot be read", '"missing.env"'),
    Case((PROGRAM, '"dapshim": {"heel": "off"}'), "launch-refused", "heel", '{"heel": "off"}'),
    Case(
        ('"porgram": "${workspaceFolder}/cmd/x"', '"mode": "debug"'),
        "launch-ignored",
        '"program"?',
        '"porgram"',
        '"program"',
        WARNING,
    ),
    Case((PROGRAM, '"stoponentry": true'), "launch-ignored", '"stopOnEntry"?', '"stoponentry"', '"stopOnEntry"', WARNING),
    Case(
        (PROGRAM, '"buildFlags": "-ldflags=-s -tags=x"'),
        "launch-flags",
        "strips the program",
        '"-ldflags=-s -tags=x"',
        '"-tags=x"',
        WARNING,
    ),
    Case(
        (PROGRAM, '"buildFlags": ["-tags=a", "-ldflags", "-s -w -X main.v=1"]'),
        "launch-flags",
        "Drop -s and -w",
        '["-tags=a", "-ldflags", "-s -w -X main.v=1"]',
        '["-tags=a", "-ldflags=-X main.v=1"]',
        WARNING,
    ),
    Case(
        (PROGRAM, '"buildFlags": "-gcflags=-m"'),
        "launch-flags",
        "would optimise",
        '"-gcflags=-m"',
        "\"'-gcflags=-N -l -m'\"",
        WARNING,
    ),
    Case(
        (PROGRAM, '"buildFlags": "-tags=\\"a b\\""'),
        "launch-flags",
        "double quotes",
        '"-tags=\\"a b\\""',
        "\"'-tags=a b'\"",
        WARNING,
    ),
    Case((PROGRAM, '"debugServer": "4711"'), "debug-server", "must be a number", '"4711"', "4711"),
    Case((PROGRAM, '"debugServer": "localhost:4711"'), "debug-server", "must be a number", '"localhost:4711"', "4711"),
    Case((PROGRAM, '"debugServer": true'), "debug-server", "must be a number", "true"),
    Case((PROGRAM, '"debugServer": 70000'), "debug-server", "must be a number", "70000"),
    Case(
        (PROGRAM, '"substitutePath": [{"from": "/nonexistent/a", "to": "/b"}]'),
        "substitute-path",
        "/nonexistent/a is not on this machine",
        '"/nonexistent/a"',
        severity=WARNING,
    ),
    Case(
        (PROGRAM, '"substitutePath": [{"from": "${workspaceFolder}", "to": "/app"}]'),
        "substitute-path",
        "leads breakpoints away: dlv builds the program here",
        '"${workspaceFolder}"',
        severity=WARNING,
    ),
    Case(
        (PROGRAM, '"substitutePath": [{"from": "lib", "to": "/b"}]'),
        "substitute-path",
        "never matches",
        '[{"from": "lib", "to": "/b"}]',
        severity=WARNING,
    ),
    Case(
        (
            PROGRAM,
            '"substitutePath": [{"from": "${userHome}", "to": "/a"}, {"from": "${userHome}", "to": "/b"}]',
        ),
        "substitute-path",
        'has the same "from"',
        '[{"from": "${userHome}", "to": "/a"}, {"from": "${userHome}", "to": "/b"}]',
        severity=WARNING,
    ),
    Case(
        ('"mode": "exec"', '"program": "${workspaceFolder}/bin/gone"'),
        "launch-program",
        "which is not there",
        '"${workspaceFolder}/bin/gone"',
        severity=WARNING,
    ),
    Case((PROGRAM, '"preLaunchTask": "Build"'), "launch-task", "no task Build", '"Build"', '"build"', tasks=build()),
    Case((PROGRAM, '"preLaunchTask": "other"'), "launch-task", "no task other", '"other"', tasks=build()),
    Case(
        EXEC,
        "launch-task",
        "builds /",
        '"${workspaceFolder}/bin/x"',
        severity=WARNING,
        tasks=build("-gcflags=all=-N -l", "-o", "bin/y", "./cmd/x"),
    ),
    Case(
        EXEC,
        "launch-task",
        "strips it (-s -w)",
        '"-ldflags=-s -w -X main.v=1"',
        '"-ldflags=-X main.v=1"',
        WARNING,
        tasks=build("-ldflags=-s -w -X main.v=1", "-gcflags=all=-N -l", "-o", "bin/x", "./cmd/x"),
    ),
    Case(
        EXEC,
        "launch-task",
        "strips it (-s)",
        "\"go build -o bin/x -ldflags '-s -X main.v=1' -gcflags='all=-N -l' ./cmd/x\"",
        "\"go build -o bin/x -ldflags '-X main.v=1' -gcflags='all=-N -l' ./cmd/x\"",
        WARNING,
        tasks=json.dumps(
            {
                "label": "build",
                "type": "shell",
                "command": "go build -o bin/x -ldflags '-s -X main.v=1' -gcflags='all=-N -l' ./cmd/x",
            }
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_cannot_work_is_found_where_it_is_and_mended(case: Case, tmp_path: Path) -> None:
    scene = Scene.of(tmp_path).write(launch(*case.members, request=case.request, tasks=case.tasks))
    found = [each for each in scene.found() if each.finding.code == case.code]
    assert [each.finding.severity for each in found] == [case.severity]
    assert case.says in found[0].finding.message
    assert shown(scene, found[0]) == case.underlined
    edits = [fix for fix in found[0].fixes if fix.safe]
    assert bool(edits) is bool(case.becomes)
    if not edits:
        return
    files = [scene.ws / ".vscode" / name for name in ("launch.json", "tasks.json")]
    before = [each.read_text() if each.exists() else "" for each in files]
    scene.edit(found[0])
    after = [each.read_text() if each.exists() else "" for each in files]
    assert after == [text.replace(case.underlined, case.becomes, 1) for text in before]
    assert scene.codes() == []


HEALTHY: dict[str, dict[str, str]] = {
    "a folder": launch(PROGRAM),
    "what only an editor knows": launch('"program": "${fileDirname}"', '"mode": "${input:mode}"'),
    "a picked process": launch('"processId": 0', request="attach"),
    "a process that VS Code asks for": launch('"processId": "${command:pickGoProcess}"', request="attach"),
    "a process by name that does not run now": launch('"processId": "nobody-runs-this"', request="attach"),
    "remote": launch('"mode": "remote"', '"port": 2345', '"host": "10.0.0.1"', request="attach"),
    "an executable that a task makes": launch(
        *EXEC[:1],
        '"program": "${workspaceFolder}/bin/new"',
        EXEC[2],
        tasks=build("-gcflags=all=-N -l", "-o", "bin/new", "./cmd/x"),
    ),
    "a task that cannot be read": launch(*EXEC, tasks='{"label": "build", "type": "shell", "command": "make \'x"}'),
    "a task of the editor's": launch(PROGRAM, '"preLaunchTask": "go: build package"'),
    "buildFlags that do no harm": launch(PROGRAM, '"buildFlags": ["-ldflags=-X main.s=w", "-tags=a"]'),
    "a rule for a program of elsewhere": launch(
        '"mode": "exec"',
        '"program": "${workspaceFolder}/bin/x"',
        '"substitutePath": [{"from": "${workspaceFolder}", "to": "/app"}]',
    ),
    "a rule for recorded names without folders": launch(
        PROGRAM, '"buildFlags": "-trimpath"', '"substitutePath": [{"from": "${workspaceFolder}", "to": "example.com/m"}]'
    ),
    "a task in another folder": launch(
        *EXEC,
        tasks=json.dumps(
            {"label": "build", "type": "shell", "command": "cd bin && go build -gcflags='all=-N -l' -o x ../cmd/x"}
        ),
    ),
    "an editor's own attributes": launch(PROGRAM, '"presentation": {"order": 1}', '"internalConsoleOptions": "neverOpen"'),
    "what holds on another system only": launch(PROGRAM, '"windows": {"program": "C:\\\\x"}'),
    "another type": {**TREE, ".vscode/launch.json": '{"configurations": [{"type": "node", "porgram": 1}]}'},
    "an empty file": {**TREE, ".vscode/launch.json": "", ".vscode/settings.json": "\n"},
    "no configurations": {**TREE, ".vscode/launch.json": '{"configurations": 3}', ".vscode/tasks.json": '{"tasks": null}'},
    "odd members": {**TREE, ".vscode/launch.json": '{"configurations": [1, [], {"type": 2}]}'},
}


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_healthy_is_not_spoken_of(name, tmp_path):
    scene = Scene.of(tmp_path).write(HEALTHY[name])
    assert [each.finding.message for each in scene.found()] == []


@pytest.mark.parametrize("form", [[], {}, 1, "x", None, [{}], True])
@pytest.mark.parametrize(
    "name", ["buildFlags", "substitutePath", "debugServer", "preLaunchTask", "program", "mode", "dapshim", "env"]
)
def test_any_value_anywhere_is_judged_and_not_choked_on(name, form, tmp_path):
    member = f'"{name}": {json.dumps(form)}'
    others = () if name == "program" else (PROGRAM,)
    scene = Scene.of(tmp_path).write(
        launch(*others, member, tasks=f'{{"label": {json.dumps(form)}, "command": {json.dumps(form)}}}')
    )
    scene.look()


def test_a_file_that_is_no_json(tmp_path):
    scene = Scene.of(tmp_path).write({**TREE, ".vscode/launch.json": '{"configurations": [\n  {"type" "go"}\n]}'})
    (found,) = scene.found()
    assert (found.finding.code, found.finding.where) == ("launch-syntax", f"{scene.ws}/.vscode/launch.json:2:11")
    (scene.ws / ".vscode/launch.json").write_bytes(b'{"a": "\xff"}')
    assert "no UTF-8 text" in scene.found()[0].finding.message


def test_a_port_on_which_something_listens(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        scene = Scene.of(tmp_path).write(launch(PROGRAM, f'"debugServer": {port}'))
        assert scene.look().findings == ()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    (found,) = scene.look().findings
    assert (found.finding.code, found.finding.severity) == ("debug-server", Severity.INFO)
    assert found.fixes[0].command == f"dapshim --listen {port}"


def test_what_older_adapters_knew_is_a_note(tmp_path):
    scene = Scene.of(tmp_path).write(launch(PROGRAM, '"apiVersion": 2'))
    (found,) = scene.look().findings
    assert (found.finding.code, found.finding.severity) == ("launch-ignored", Severity.INFO)
    scene.edit(found)
    assert scene.look().findings == ()
    assert "apiVersion" not in (scene.ws / ".vscode/launch.json").read_text()


def test_a_workspace_of_several_folders(tmp_path):
    configuration: dict[str, Any] = {"name": "w", "type": "go", "request": "launch", "program": "${workspaceFolder}/gone"}
    scene = Scene.of(tmp_path).write(
        {
            "all.code-workspace": json.dumps(
                {"folders": [{"path": "a"}, {"path": "b"}], "launch": {"configurations": [configuration]}}
            ),
            **{f"{each}/go.mod": mod(f"example.com/{each}") for each in "ab"},
            **{f"{each}/main.go": MAIN for each in "ab"},
            "b/.vscode/launch.json": launch('"program": "${workspaceFolder}"')[".vscode/launch.json"],
        }
    )
    (found,) = scene.found("all.code-workspace")
    assert '/ws/a/gone" does not exist' in found.finding.message
    assert scene.look().configurations == 2
    assert [each.space.directory for each in scene.look().spaces] == [f"{scene.ws}/a", f"{scene.ws}/b"]


def test_a_folder_below_and_a_launch_json_by_name(tmp_path):
    scene = Scene.of(tmp_path).write(launch('"program": "${workspaceFolder}/cmd/y"'))
    assert scene.codes("cmd/x") == scene.codes(".vscode/launch.json") == scene.codes(".vscode") == ["launch-refused"]
    (scene.ws / "cmd/x/.git").mkdir()
    assert scene.codes("cmd/x") == []


def test_what_a_project_names_is_not_run(tmp_path):
    scene = Scene.of(tmp_path).write(
        {
            **launch(PROGRAM, '"dlvToolPath": "${workspaceFolder}/evil"'),
            ".vscode/settings.json": json.dumps({"go.alternateTools": dict.fromkeys(("go", "dlv"), "${workspaceFolder}/evil")}),
            "evil": f"#!/bin/sh\ntouch {tmp_path}/ran\n",
        }
    )
    (scene.ws / "evil").chmod(0o755)
    scene.look()
    assert not (tmp_path / "ran").exists()
