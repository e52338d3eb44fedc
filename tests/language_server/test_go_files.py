"""In a Go file: a line that takes no breakpoint in what was built last says why, and no other line says anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.delve.checkup_scene import mod
from tests.language_server.lsp_client import LspClient, lsp
from tests.language_server.test_sessions import TRUSTED, connected, environment
from tests.language_server.test_stories import built, launched, story

SOURCE = """package main

// add is inlined.
func add(a, b int) int {
	return a + b
}

func main() {
	println(add(1, 2))
	if false {
		println("never")
	}
	println(3)
}
"""
LENSES = {**TRUSTED, "readyDlv": False, "warmBuilds": False, "goLenses": True}


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    (folder / ".vscode").mkdir(parents=True)
    (folder / "go.mod").write_text(mod("example.com/m"))
    (folder / "main.go").write_text(SOURCE)
    configuration = {"name": "it", "type": "go", "request": "launch", "mode": "exec", "program": "${workspaceFolder}/prog"}
    (folder / ".vscode" / "launch.json").write_text(json.dumps({"configurations": [configuration]}))
    return folder


async def hover(server: LspClient, file: Path, line: int) -> str | None:
    asked = {"textDocument": {"uri": file.as_uri()}, "position": {"line": line - 1, "character": 2}}
    found = await server.ask("textDocument/hover", asked)
    return found["contents"]["value"] if found is not None else None


async def lenses(server: LspClient, file: Path) -> list[tuple[int, str]]:
    found = await server.ask("textDocument/codeLens", {"textDocument": {"uri": file.as_uri()}})
    return [(each["range"]["start"]["line"] + 1, each["command"]["title"]) for each in found]


async def looked(server: LspClient, ws: Path) -> None:
    """Wait until launch.json was looked at."""
    await server.ask("textDocument/codeLens", {"textDocument": {"uri": (ws / ".vscode" / "launch.json").as_uri()}})


async def test_a_line_without_code_says_why_and_others_say_nothing(tmp_path, ws):
    main = ws / "main.go"
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=LENSES)
        await looked(server, ws)
        assert await hover(server, main, 11) is None  # nothing is built yet
        binary = await built(ws)
        said = await hover(server, main, 11)
        assert said is not None
        assert "optimised" in said
        assert str(binary) in said
        for line in (1, 2, 3, 7, 9, 13, 99):
            assert await hover(server, main, line) is None, line
        found = await lenses(server, main)
        assert [line for line, _ in found] == [4, 10]
        assert not {1, 2, 3, 7, 8, 9, 13} & {line for line, _ in found}
        assert all(title.startswith("no breakpoint: ") for _, title in found)
        # Built without optimisation the line has no code still, and what is inlined has its own.
        await built(ws, "-gcflags=all=-N -l")
        assert {line for line, _ in await lenses(server, main)} <= {10, 11}


async def test_a_text_that_is_not_saved_and_a_file_of_another_program_say_nothing(tmp_path, ws):
    await built(ws)
    (ws / "other").mkdir()
    other = ws / "other" / "main.go"
    other.write_text(SOURCE)
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=LENSES)
        await looked(server, ws)
        assert await hover(server, other, 11) is None
        await server.open(ws / "main.go")
        assert await hover(server, ws / "main.go", 11)
        await server.change(ws / "main.go", "\n" + SOURCE, 2)
        assert await hover(server, ws / "main.go", 11) is None
        assert await lenses(server, ws / "main.go") == []


@pytest.mark.parametrize(
    ("options", "hovers", "shown"),
    [
        ({**LENSES, "goLenses": False}, True, False),
        ({**LENSES, "goHovers": False}, False, True),
        ({**TRUSTED, "warmBuilds": False}, True, False),
        ({"goLenses": True}, False, False),
    ],
)
async def test_what_is_off_is_off_and_nothing_is_read_without_trust(tmp_path, ws, options: dict[str, Any], hovers, shown):
    await built(ws)
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=options)
        await looked(server, ws)
        assert bool(await hover(server, ws / "main.go", 11)) is hovers
        assert bool(await lenses(server, ws / "main.go")) is shown


async def test_the_program_of_a_session_counts_before_that_of_a_configuration(tmp_path, ws):
    await built(ws)
    (ws / "prog").rename(ws / "mine")
    await built(ws, "-gcflags=all=-N -l")
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=LENSES)
        await looked(server, ws)
        client = await connected(server)
        await launched(client, mode="exec", program=str(ws / "mine"))
        await story(server, executable=str(ws / "mine"))
        await client.ask("disconnect", {})
        said = await hover(server, ws / "main.go", 11)
        assert said is not None
        assert str(ws / "mine") in said
