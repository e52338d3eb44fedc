"""Each finding in the editor: a file that has it, one that nearly has, and the quick fix that mends it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.delve.checkup_scene import MAIN, Scene, mod
from tests.language_server.lsp_client import LspClient, RequestFailed, lsp_here

Json = dict[str, Any]
LAUNCH = ".vscode/launch.json"
LIB = "package lib\n"
TREE = {"go.mod": mod("example.com/m"), "cmd/x/main.go": MAIN, "lib/lib.go": LIB}
X = '"program": "${workspaceFolder}/cmd/x"'
WORK = {
    "go.work": "go 1.21\n\nuse ./a\n",
    "a/go.mod": mod("example.com/a"),
    "a/main.go": MAIN,
    "b/go.mod": mod("example.com/b"),
    "b/main.go": MAIN,
}
APART = {name: text for name, text in WORK.items() if name != "go.work"}
DOCKER = (
    'FROM golang\nRUN --mount=type=cache,target=/c \\\n    # why\n    go build {} \\\n      -o /app ./cmd/x\nCMD ["/app"]\n'
)
REMOTE = '"mode": "remote", "port": 2345, "host": "127.0.0.1"'


def launch(*members: str, request: str = "launch", tasks: str = "") -> dict[str, str]:
    rows = "".join(f"      {each}, // why\n" for each in members)
    text = (
        '{\n  // mine\n  "configurations": [\n    {\n      "name": "it", "type": "go", '
        f'"request": "{request}",\n{rows}    }},\n  ],\n}}\n'
    )
    return {LAUNCH: text, **({".vscode/tasks.json": f'{{"tasks": [{tasks}]}}'} if tasks else {})}


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> AsyncIterator[LspClient]:
    scene = Scene.of(tmp_path, getattr(request, "param", None))
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in scene.environ.items():
        monkeypatch.setenv(name, value)
    async with lsp_here() as client:
        yield client


@attrs.frozen
class Case:
    """Files, the file in which a finding is shown and what it underlines there, what it says, and files that have it not.

    `fix` begins the title of the quick fix; "" where there is none to try, and then `near` alone shows the way.
    """

    code: str
    file: str
    tree: Mapping[str, str]
    near: Mapping[str, str]
    underlined: str
    says: str = ""
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.code}-{self.underlined}"


def of(code: str, bad: str, good: str, underlined: str, fix: str = "", says: str = "") -> Case:
    """Return a case of one configuration for a program."""
    return Case(code, LAUNCH, {**TREE, **launch(X, bad)}, {**TREE, **launch(X, good)}, underlined, says, fix)


def program(text: str, says: str, tree: Mapping[str, str] = TREE) -> Case:
    bad = launch(f'"program": "${{workspaceFolder}}/{text}"')
    return Case("launch-refused", LAUNCH, {**tree, **bad}, {**TREE, **launch(X)}, f'"${{workspaceFolder}}/{text}"', says)


TASK = '{"label": "build", "type": "shell", "command": "go build -gcflags=all=-N -o ${workspaceFolder}/bin/OUT ./cmd/x"}'
EXEC = ('"mode": "exec"', '"program": "${workspaceFolder}/bin/x"', '"preLaunchTask": "build"')

CASES = [
    of("launch-flags", '"buildFlags": "-ldflags=-s"', '"buildFlags": "-ldflags=-X=main.a=b"', '"-ldflags=-s"', 'Drop "build'),
    of("launch-flags", '"buildFlags": ["-v", "-trimpath"]', '"buildFlags": ["-v"]', '"-trimpath"', "Drop -trimpath"),
    of("launch-flags", '"buildFlags": "-trimpath -v"', '"buildFlags": "-v"', '"-trimpath -v"', "Drop -trimpath"),
    of("launch-refused", '"mode": "debgu"', '"mode": "debug"', '"debgu"'),
    of("launch-refused", '"dlvCwd": "/nonexistent/there"', '"dlvCwd": "${workspaceFolder}"', '"/nonexistent/there"'),
    Case(
        "launch-refused",
        LAUNCH,
        {**APART, **launch('"program": "${workspaceFolder}/a"', '"dlvCwd": "${workspaceFolder}/b"')},
        {**APART, **launch('"program": "${workspaceFolder}/a"', '"dlvCwd": "${workspaceFolder}/a"')},
        '"${workspaceFolder}/b"',
        "dlvCwd",
    ),
    of("launch-ignored", '"stopOnEntyr": true', '"stopOnEntry": true', '"stopOnEntyr"', 'Write "stopOnEntry"'),
    of("launch-ignored", '"apiVersion": 2', '"maxStringLen": 64', "2", 'Drop "apiVersion"'),
    of("debug-server", '"debugServer": "4711"', '"port": 1', '"4711"', 'Write "debugServer": 4711'),
    of(
        "substitute-path",
        '"substitutePath": [{"from": "/nonexistent/a", "to": "/b"}]',
        '"substitutePath": []',
        '"/nonexistent/a"',
        "Drop the rule",
        "never helps",
    ),
    of(
        "substitute-path",
        '"substitutePath": [{"from": "${workspaceFolder}", "to": "${workspaceFolder}"}]',
        '"substitutePath": []',
        '"${workspaceFolder}"',
        "Drop the rule",
        "changes nothing",
    ),
    of(
        "substitute-path",
        '"substitutePath": [{"from": "${workspaceFolder}/lib", "to": "/nonexistent/app"}]',
        '"substitutePath": []',
        '"${workspaceFolder}/lib"',
        "Drop the rule",
        "not needed",
    ),
    of(
        "substitute-path",
        '"substitutePath": [{"from": "${userHome}", "to": "/a"}, {"from": "${userHome}", "to": "/b"}]',
        '"substitutePath": []',
        '[{"from": "${userHome}", "to": "/a"}, {"from": "${userHome}", "to": "/b"}]',
        says="never used",
    ),
    program("lib", "lib"),
    program("", "several", {**TREE, "cmd/y/main.go": MAIN}),
    program("nothing", "nothing"),
    Case(
        "launch-task",
        LAUNCH,
        {**TREE, **launch(*EXEC, tasks=TASK.replace("OUT", "y"))},
        {**TREE, **launch(*EXEC, tasks=TASK.replace("OUT", "x"))},
        '"${workspaceFolder}/bin/x"',
        "an older one",
        "Debug what the task builds",
    ),
    Case(
        "launch-task",
        ".vscode/tasks.json",
        {**TREE, **launch(*EXEC, tasks=TASK.replace("OUT", "x").replace("-gcflags=all=-N", "-ldflags=-s"))},
        {**TREE, **launch(*EXEC, tasks=TASK.replace("OUT", "x"))},
        '"go build -ldflags=-s -o ${workspaceFolder}/bin/x ./cmd/x"',
        "strips",
        "Drop -s",
    ),
    Case("launch-syntax", LAUNCH, {**TREE, LAUNCH: '{"configurations": [}'}, {**TREE, LAUNCH: '{"configurations": [],}'}, "}"),
    Case(
        "work-unused",
        "go.work",
        {**WORK, **launch('"program": "${workspaceFolder}/b"')},
        {**WORK, **launch('"program": "${workspaceFolder}/a"'), "go.work": "go 1.21\n\nuse (\n\t./a\n\t./b\n)\n"},
        "go 1.21",
        "not listed",
        "Have go.work use it",
    ),
    Case(
        "launch-refused",
        LAUNCH,
        {**WORK, **launch('"program": "${workspaceFolder}/b"')},
        {**WORK, **launch('"program": "${workspaceFolder}/a"')},
        '"${workspaceFolder}/b"',
        "not listed",
        "Have go.work use it",
    ),
    Case(
        "work-missing",
        "go.work",
        {**WORK, "go.work": "go 1.21\n\nuse (\n\t./a\n\t./gone // not there\n)\n"},
        WORK,
        "./gone",
        "no folder",
        "Drop the line",
    ),
    Case(
        "module-twice",
        "go.work",
        {**WORK, "go.work": "go 1.21\n\nuse ./a\nuse ./b\n", "b/go.mod": mod("example.com/a")},
        {**WORK, "go.work": "go 1.21\n\nuse ./a\nuse ./b\n"},
        "use ./b",
        "example.com/a",
        "Drop the second line",
    ),
    Case(
        "replace-missing",
        "go.mod",
        {"go.mod": mod("example.com/m", "replace example.com/l => ./gone"), "main.go": MAIN},
        {"go.mod": mod("example.com/m", "replace example.com/l => ./l"), "l/go.mod": mod("example.com/l"), "main.go": MAIN},
        "replace example.com/l => ./gone",
        "gone",
        "Drop the replace",
    ),
    Case(
        "replace-masked",
        "a/go.mod",
        {
            **WORK,
            "go.work": "go 1.21\n\nuse ./a\nuse ./b\n",
            "a/go.mod": mod("example.com/a", "replace example.com/b => ../c"),
            "c/go.mod": mod("example.com/b"),
        },
        {
            **WORK,
            "go.work": "go 1.21\n\nuse ./a\nuse ./b\n",
            "a/go.mod": mod("example.com/a", "replace example.com/b => ../b"),
        },
        "replace example.com/b => ../c",
        "that counts",
    ),
    Case(
        "gotoolchain",
        "go.mod",
        {"go.mod": mod("example.com/m", go="1.99"), "main.go": MAIN},
        {"go.mod": mod("example.com/m", go="1.22"), "main.go": MAIN},
        "go 1.99",
        "1.99",
    ),
    Case(
        "mod-syntax",
        "go.mod",
        {"go.mod": "module example.com/m\n\ngo 1.21\n  reqire example.com/x v1.0.0\n", "main.go": MAIN},
        {"go.mod": mod("example.com/m"), "main.go": MAIN},
        "reqire example.com/x v1.0.0",
        "unknown directive",
    ),
    Case(
        "option-file",
        ".dapshim.toml",
        {**TREE, ".dapshim.toml": 'heall = "auto" # ours\n'},
        {**TREE, ".dapshim.toml": 'heal = "auto"\n'},
        "heall",
        "did you mean heal?",
        "Write heal",
    ),
    Case(
        "option-file",
        ".dapshim.toml",
        {**TREE, ".dapshim.toml": '# ours\nheal = "atuo"\n'},
        {**TREE, ".dapshim.toml": 'heal = "auto"\n'},
        '"atuo"',
        "did you mean auto?",
        'Write "auto"',
    ),
    Case(
        "image-stripped",
        "Dockerfile",
        {**TREE, **launch(REMOTE, request="attach"), "Dockerfile": DOCKER.format('-ldflags="-s -w -X main.v=1"')},
        {**TREE, **launch(REMOTE, request="attach"), "Dockerfile": DOCKER.format('-ldflags="-X main.v=1"')},
        "-s -w -X main.v=1",
        "stripped",
        "Drop -s and -w",
    ),
    Case(
        "image-stripped",
        "Dockerfile",
        {**TREE, **launch(REMOTE, request="attach"), "Dockerfile": DOCKER.format("-ldflags -s")},
        {**TREE, **launch(X), "Dockerfile": DOCKER.format("-ldflags -s")},
        "-s",
        "stripped",
        "Drop -s",
    ),
    Case(
        "goflags",
        ".vscode/settings.json",
        {**TREE, ".vscode/settings.json": '{"go.toolsEnvVars": {"GOFLAGS": "-ldflags=-s"}}'},
        {**TREE, ".vscode/settings.json": '{"go.toolsEnvVars": {"GOFLAGS": "-v"}}'},
        '"-ldflags=-s"',
        "strips",
    ),
    Case(
        "editor-tool",
        ".vscode/settings.json",
        {**TREE, ".vscode/settings.json": '{"go.alternateTools": {"dlv": "/nonexistent/dlv"}}'},
        {**TREE, ".vscode/settings.json": "{}"},
        '"/nonexistent/dlv"',
    ),
]


def ranged(text: str, where: Json) -> str:
    lines = text.splitlines(keepends=True)
    start, end = where["start"], where["end"]
    first = sum(map(len, lines[: start["line"]])) + start["character"]
    return text[first : sum(map(len, lines[: end["line"]])) + end["character"]]


def edited(text: str, edits: list[Json]) -> str:
    for each in sorted(edits, key=lambda each: (each["range"]["start"]["line"], each["range"]["start"]["character"]))[::-1]:
        lines = text.splitlines(keepends=True)
        start, end = each["range"]["start"], each["range"]["end"]
        first = sum(map(len, lines[: start["line"]])) + start["character"]
        last = sum(map(len, lines[: end["line"]])) + end["character"]
        text = text[:first] + each["newText"] + text[last:]
    return text


async def mend(server: LspClient, scene: Scene, case: Case, found: Json) -> None:
    """Do the quick fix as an editor does."""
    path = scene.ws / case.file
    # Some remedies are only known when the whole look is over.
    await server.shown(path, lambda listed: any(each["code"] == case.code and each["data"]["remedies"] for each in listed))
    actions = await server.actions(path, found["range"])
    action = next((each for each in actions if each["title"].startswith(case.fix)), None)
    assert action is not None, [each["title"] for each in actions]
    assert action["kind"] == "quickfix"
    assert action["diagnostics"][0]["code"] == case.code
    if "edit" not in action:
        await server.ask("workspace/executeCommand", action["command"])
        changed = scene.ws / "go.work"
        if changed == path:
            # An editor takes over what changed below it.
            await server.change(path, path.read_text(), 2)
        return
    for change in action["edit"]["documentChanges"]:
        assert change["textDocument"]["uri"] == path.as_uri()
        assert change["textDocument"]["version"] == 1
        await server.change(path, edited(path.read_text(), change["edits"]), 2)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_it_is_found_underlined_and_mended(server, tmp_path, case):
    scene = Scene.of(tmp_path).write(case.tree)
    path = scene.ws / case.file
    await server.initialize(scene.ws, options={"workspaceTrust": True})
    await server.open(path)
    found = await server.code(path, case.code)
    assert case.says in found["message"]
    assert found["source"] == "dapshim"
    assert ranged(path.read_text(), found["range"]) == case.underlined
    hover = await server.ask(
        "textDocument/hover", {"textDocument": {"uri": path.as_uri()}, "position": found["range"]["start"]}
    )
    assert f"**{case.code}**" in hover["contents"]["value"]
    if case.fix:
        await mend(server, scene, case, found)
        await server.shown(path, lambda listed: all(each["message"] != found["message"] for each in listed))


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_what_nearly_has_it_has_it_not(server, tmp_path, case):
    scene = Scene.of(tmp_path).write(case.near)
    await server.initialize(scene.ws)
    answer = await server.ask("dapshim/doctor")
    assert [each for each in answer["findings"] if each["code"] == case.code and case.says in each["message"]] == []
    await server.ask("textDocument/codeLens", {"textDocument": {"uri": (scene.ws / LAUNCH).as_uri()}})
    shown = [each for listed in server.diagnostics.values() for each in listed]
    assert [each for each in shown if each["code"] == case.code and case.says in each["message"]] == []


@pytest.mark.parametrize("server", [{"GOTOOLCHAIN": "auto", "GOPROXY": "https://127.0.0.1:1"}], indirect=True)
@pytest.mark.parametrize(("line", "shown"), [("toolchain go1.99.0", True), ("toolchain go1.21.3", False)])
async def test_a_toolchain_line_that_this_dlv_cannot_debug(server, tmp_path, line, shown):
    """The toolchain is not fetched for it; what installs a dlv that goes with it is offered."""
    scene = Scene.of(tmp_path).write({"go.mod": mod("example.com/m", line), "main.go": MAIN})
    path = scene.ws / "go.mod"
    await server.initialize(scene.ws)
    await server.open(path)
    answer = await server.ask("dapshim/doctor", {"folder": str(scene.ws)})
    assert ("dlv-go" in [each["code"] for each in answer["findings"]]) is shown
    if not shown:
        return
    found = await server.code(path, "dlv-go")
    assert ranged(path.read_text(), found["range"]) == line
    titles = [each["title"] for each in await server.actions(path, found["range"]) if each.get("command")]
    assert titles == ["Install the one that does: go install github.com/go-delve/delve/cmd/dlv@latest"]


async def test_a_port_where_nothing_listens_and_one_where_something_does(server, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        scene = Scene.of(tmp_path).write({**TREE, **launch(X, f'"debugServer": {port}')})
        path = scene.ws / LAUNCH
        await server.initialize(scene.ws)
        await server.open(path)
        await server.ask("textDocument/codeLens", {"textDocument": {"uri": path.as_uri()}})
        assert server.diagnostics.get(path.as_uri(), []) == []
    await server.save(path)
    assert "Nothing listens" in (await server.code(path, "debug-server"))["message"]


async def test_a_code_workspace_has_its_own_launch_configurations(server, tmp_path):
    scene = Scene.of(tmp_path).write(TREE)
    path = scene.ws / "m.code-workspace"
    configuration = {"name": "it", "type": "go", "request": "launch", "program": "${workspaceFolder}/lib"}
    path.write_text(json.dumps({"folders": [{"path": "."}], "launch": {"configurations": [configuration]}}))
    await server.initialize(scene.ws)
    await server.open(path)
    assert (await server.code(path, "launch-refused"))["severity"] == 1


async def test_a_file_of_no_open_folder_is_looked_at_all_the_same(server, tmp_path):
    scene = Scene.of(tmp_path).write({**TREE, **launch(X, '"stopOnEntyr": true')})
    await server.initialize(None)
    await server.open(scene.ws / LAUNCH)
    await server.code(scene.ws / LAUNCH, "launch-ignored")


async def test_what_is_typed_counts_and_not_what_is_saved_until_it_is_closed(server, tmp_path):
    scene = Scene.of(tmp_path).write({**TREE, **launch(X)})
    path = scene.ws / LAUNCH
    await server.initialize(scene.ws)
    await server.open(path)
    line = path.read_text().splitlines().index("    },")
    await server.type(path, line, 0, '      "stopOnEntyr": true,\n', 2)
    found = await server.code(path, "launch-ignored")
    assert found["range"]["start"]["line"] == line
    assert server.versions[path.as_uri()] == 2
    await server.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})
    await server.shown(path, lambda listed: not listed)


@pytest.mark.parametrize(("encoding", "columns"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
async def test_columns_are_in_the_units_of_the_client(server, tmp_path, encoding, columns):
    scene = Scene.of(tmp_path).write({**TREE, **launch(X, '/* 𐐀 */ "stopOnEntyr": true')})
    path = scene.ws / LAUNCH
    await server.initialize(scene.ws, capabilities={"general": {"positionEncodings": [encoding]}})
    await server.open(path)
    found = await server.code(path, "launch-ignored")
    assert server.capabilities["positionEncoding"] == encoding
    assert found["range"]["start"]["character"] == len("      /*  */ ") + columns
    actions = await server.actions(path, found["range"])
    (edit,) = actions[0]["edit"]["documentChanges"][0]["edits"]
    assert edit["range"] == found["range"]


async def test_a_lens_says_what_f5_will_do(server, tmp_path):
    scene = Scene.of(tmp_path).write({**TREE, **launch(X)})
    await server.initialize(scene.ws)
    asked = {"textDocument": {"uri": (scene.ws / LAUNCH).as_uri()}}
    (lens,) = await server.ask("textDocument/codeLens", asked)
    assert lens["command"]["title"] == "dapshim: builds and debugs ./cmd/x"
    await server.open(scene.ws / LAUNCH, launch(X, '"stopOnEntyr": true')[LAUNCH])
    (lens,) = await server.ask("textDocument/codeLens", asked)
    assert lens["command"]["title"] == "dapshim: 1 finding"


async def test_what_only_the_whole_look_finds_moves_with_its_line(server, tmp_path):
    scene = Scene.of(tmp_path).write({"go.mod": mod("example.com/m", go="1.99"), "main.go": MAIN})
    path = scene.ws / "go.mod"
    await server.initialize(scene.ws)
    await server.open(path)
    found = await server.code(path, "gotoolchain")
    await server.change(path, "// above\n" + path.read_text(), 2)
    # At once, before the next whole look.
    below = {**found["range"]["start"], "line": found["range"]["start"]["line"] + 1}
    hover = await server.ask("textDocument/hover", {"textDocument": {"uri": path.as_uri()}, "position": below})
    assert "**gotoolchain**" in hover["contents"]["value"]
    moved = await server.shown(path, lambda listed: any(each["range"] != found["range"] for each in listed))
    assert [each["range"]["start"]["line"] for each in moved] == [found["range"]["start"]["line"] + 1]
    await server.change(path, mod("example.com/m", go="1.22"), 3)
    await server.shown(path, lambda listed: not listed)


async def test_a_command_is_run_only_when_it_was_offered_and_the_workspace_is_trusted(server, tmp_path):
    scene = Scene.of(tmp_path).write({**WORK, **launch('"program": "${workspaceFolder}/b"')})
    path = scene.ws / "go.work"
    await server.initialize(scene.ws)
    found = await server.code(path, "work-unused")
    action = next(each for each in await server.actions(path, found["range"]) if "command" in each)
    for command in (action["command"], {"command": "dapshim.remedy", "arguments": [99]}, {"command": "rm"}):
        with pytest.raises(RequestFailed):
            await server.ask("workspace/executeCommand", command)
    assert path.read_text() == WORK["go.work"]
    await server.notify("dapshim/setTrust", {"trusted": True})
    await server.ask("workspace/executeCommand", action["command"])
    assert "./b" in path.read_text()
    await server.shown(path, lambda listed: not listed)


async def test_a_command_shows_its_progress(server, tmp_path):
    scene = Scene.of(tmp_path).write({**WORK, **launch('"program": "${workspaceFolder}/b"')})
    path = scene.ws / "go.work"
    capabilities = {"window": {"workDoneProgress": True}}
    await server.initialize(scene.ws, options={"workspaceTrust": True}, capabilities=capabilities)
    found = await server.code(path, "work-unused")
    action = next(each for each in await server.actions(path, found["range"]) if "command" in each)
    await server.ask("workspace/executeCommand", action["command"])
    kinds = [each["params"]["value"]["kind"] for each in server.log if each.get("method") == "$/progress"]
    assert kinds == ["begin", "end"]


async def test_folders_come_and_go(server, tmp_path):
    scene = Scene.of(tmp_path).write({**TREE, **launch(X, '"stopOnEntyr": true')})
    await server.initialize(None)
    folder = {"uri": scene.ws.as_uri(), "name": "ws"}
    await server.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    await server.code(scene.ws / LAUNCH, "launch-ignored")
    await server.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    await server.shown(scene.ws / LAUNCH, lambda listed: not listed)


async def test_a_file_that_another_program_changes_is_looked_at_again(server, tmp_path):
    here = '"program": "${workspaceFolder}"'
    scene = Scene.of(tmp_path).write({"go.mod": mod("example.com/m", go="1.99"), "main.go": MAIN, **launch(here)})
    capabilities = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    await server.initialize(scene.ws, capabilities=capabilities)
    await server.until(lambda each: each.get("method") == "client/registerCapability")
    # Only the whole look finds it, and it is the last one that looks by itself.
    await server.code(scene.ws / "go.mod", "gotoolchain")
    scene.write(launch(here[:-1] + '", "stopOnEntyr": true'))
    changes = [{"uri": (scene.ws / LAUNCH).as_uri(), "type": 2}]
    await server.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    await server.code(scene.ws / LAUNCH, "launch-ignored")


async def test_a_file_that_is_saved_or_closed_is_looked_at_as_it_is_on_the_disk(server, tmp_path):
    """Of a client that watches no files: what it has saved or closed may have made another of the files beside it."""
    scene = Scene.of(tmp_path).write({"go.mod": mod("example.com/m", go="1.99"), "main.go": MAIN, **launch('"program": "."')})
    await server.initialize(scene.ws)
    await server.open(scene.ws / "go.mod")
    await server.code(scene.ws / "go.mod", "gotoolchain")
    scene.write(launch('"program": ".", "stopOnEntyr": true'))
    await server.save(scene.ws / "go.mod")
    await server.code(scene.ws / LAUNCH, "launch-ignored")
    scene.write(launch('"program": "."'))
    await server.notify("textDocument/didClose", {"textDocument": {"uri": (scene.ws / "go.mod").as_uri()}})
    await server.shown(scene.ws / LAUNCH, lambda listed: all(each["code"] != "launch-ignored" for each in listed))
