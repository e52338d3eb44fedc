"""The protocol itself: how the server begins and ends, what it makes of nonsense, and that Trio alone runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from tests.delve.checkup_scene import MAIN, mod
from tests.language_server.lsp_client import RequestFailed, lsp, lsp_here
from tests.real import BOUND, Client, clean_environment

WATCHED = """
import asyncio, os, sys, trio
def refuse(*_, **__):
    os.write(2, b"an event loop of asyncio was asked for")
    os._exit(86)
for name in ("run", "new_event_loop", "get_event_loop", "get_running_loop", "ensure_future"):
    setattr(asyncio, name, refuse)
for name in ("_UnixSelectorEventLoop", "SelectorEventLoop", "BaseEventLoop"):
    for module in (asyncio, asyncio.base_events, asyncio.unix_events, asyncio.selector_events):
        if hasattr(module, name):
            getattr(module, name).run_forever = refuse
import concurrent.futures.thread
concurrent.futures.thread.ThreadPoolExecutor.submit = refuse
sys.argv[0] = "dapshim"
from dapshim.__main__ import main
main()
"""


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    (folder / ".vscode").mkdir(parents=True)
    (folder / "go.mod").write_text(mod("example.com/m"))
    (folder / "main.go").write_text(MAIN)
    configuration = {"name": "it", "type": "go", "request": "launch", "program": "${workspaceFolder}", "stopOnEntyr": True}
    (folder / ".vscode" / "launch.json").write_text(json.dumps({"configurations": [configuration]}))
    return folder


async def test_what_it_can_do(ws):
    async with lsp() as server:
        result = await server.initialize(ws)
        assert result["serverInfo"]["name"] == "dapshim"
        can = result["capabilities"]
        assert can["textDocumentSync"]["openClose"]
        assert can["textDocumentSync"]["change"] == 2
        assert can["hoverProvider"]
        assert can["codeLensProvider"] == {"resolveProvider": False}
        assert can["codeActionProvider"]["codeActionKinds"] == ["quickfix"]
        assert can["executeCommandProvider"]["commands"] == ["dapshim.remedy"]
        assert "completionProvider" not in can
        assert await server.shut_down() == 0


async def test_no_event_loop_but_trios_runs_and_no_pool_of_threads(tmp_path, ws):
    """The whole of it with asyncio's loops and pygls's own threads switched off: whoever asks for them ends the process."""
    script = tmp_path / "watched.py"
    script.write_text(WATCHED)
    launch = ws / ".vscode" / "launch.json"
    async with lsp(python=(str(script),)) as server:
        await server.initialize(ws, options={"workspaceTrust": True}, capabilities={"window": {"workDoneProgress": True}})
        await server.open(launch)
        found = await server.code(launch, "launch-ignored")
        await server.actions(launch, found["range"])
        door = await server.ask("dapshim/startSession")
        client = Client(server.keep(await trio.open_unix_socket(door["path"])))
        assert (await client.ask("initialize", {"adapterID": "go"}))["success"]
        assert await server.shut_down() == 0
        assert b"asyncio" not in server.stderr


def test_the_switches_of_that_test_are_felt(tmp_path):
    """pygls's own way to serve is refused under the very same switches."""
    script = tmp_path / "watched.py"
    own = "from pygls.lsp.server import LanguageServer\nLanguageServer('x', '1').start_io()\n"
    script.write_text(WATCHED.partition("sys.argv")[0] + own)
    done = subprocess.run([sys.executable, script], input=b"", capture_output=True, check=False, timeout=BOUND)
    assert b"asyncio was asked for" in done.stderr
    assert done.returncode == 86


async def test_exit_without_shutdown_is_a_failure(ws):
    async with lsp() as server:
        await server.initialize(ws)
        await server.notify("exit")
        assert await server.ended() == 1


async def test_after_shutdown_nothing_is_answered_any_more(ws):
    async with lsp() as server:
        await server.initialize(ws)
        await server.ask("shutdown")
        before = len(server.log)
        await server.begin("dapshim/sessions")
        await server.notify("exit")
        assert await server.ended() == 0
        assert [each for each in server.log[before:] if each.get("id") == 3] == []


async def test_a_request_that_is_cancelled_is_answered_so_and_its_work_ends(tmp_path, ws):
    launch = ws / ".vscode" / "launch.json"
    async with lsp() as server:
        await server.initialize(ws)
        await server.open(launch)
        number = await server.begin("dapshim/doctor")
        await server.notify("$/cancelRequest", {"id": number})
        with pytest.raises(RequestFailed) as failed:
            await server.answered(number)
        assert failed.value.error["code"] == -32800
        assert (await server.ask("dapshim/sessions")) == {"sessions": []}


@pytest.mark.parametrize(
    ("method", "params", "says"),
    [
        ("dapshim/nothing", {}, ""),
        ("dapshim/inspect", {}, '"binary" must be an absolute path'),
        ("dapshim/inspect", {"binary": "relative"}, '"binary" must be an absolute path'),
        ("dapshim/inspect", {"binary": "/nonexistent/x"}, "/nonexistent/x"),
        ("dapshim/paths", {"binary": "/nonexistent/x"}, "/nonexistent/x"),
        ("dapshim/paths", {"binary": "/bin/true", "files": ["x"]}, '"files"'),
        ("dapshim/why", {"file": "/x.go", "line": 0, "target": "/x"}, ""),
        ("dapshim/doctor", {"folder": 3}, '"folder"'),
        ("workspace/executeCommand", {"command": "format C:"}, "no command"),
        ("textDocument/hover", {"textDocument": 3}, ""),
    ],
)
async def test_a_wrong_request_gets_an_error_and_the_server_lives(ws, method, params, says):
    async with lsp() as server:
        await server.initialize(ws)
        if method == "textDocument/hover":
            await server.begin(method, params)
        else:
            with pytest.raises(RequestFailed) as failed:
                await server.ask(method, params)
            assert says in str(failed.value.error)
        assert (await server.ask("dapshim/sessions")) == {"sessions": []}


@pytest.mark.parametrize(
    "garbage",
    [
        b"Content-Length: 3\r\n\r\n{]}",
        b'Content-Length: 15\r\n\r\n{"jsonrpc": 17}',
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 2000\r\n\r\n" + b"[" * 2000,
        b"Content-Length: 31\r\n\r\n" + b'{"jsonrpc":"2.0","method":"\xff\xfe"}',
        b"X: y\r\nContent-Length: 4\r\n\r\nnull",
    ],
)
async def test_nonsense_is_passed_over(ws, garbage):
    async with lsp() as server:
        await server.initialize(ws)
        await server.raw(garbage)
        assert (await server.ask("dapshim/sessions")) == {"sessions": []}
        assert await server.shut_down() == 0


@pytest.mark.parametrize("garbage", [b"x" * 100_000, b"Content-Length: 99999999999999\r\n\r\n{"])
async def test_what_can_never_be_read_ends_it(ws, garbage):
    async with lsp() as server:
        await server.initialize(ws)
        await server.raw(garbage)
        assert await server.ended() == 1


async def test_pyglss_own_client_gets_on_with_it(tmp_path, ws):
    """In a process of its own, since that client runs on asyncio."""
    script = tmp_path / "client.py"
    script.write_text(
        """
import asyncio, sys
from lsprotocol import types
from pygls.lsp.client import LanguageClient

async def main(folder, launch):
    client, shown = LanguageClient("test", "1"), asyncio.Event()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def take(params):
        if params.diagnostics:
            client.found = params.diagnostics
            shown.set()

    await client.start_io(sys.executable, "-m", "dapshim", "lsp")
    await client.initialize_async(types.InitializeParams(
        capabilities=types.ClientCapabilities(), workspace_folders=[types.WorkspaceFolder(uri=folder, name="ws")],
        initialization_options={"workspaceTrust": True}))
    client.initialized(types.InitializedParams())
    with open(launch) as text:
        item = types.TextDocumentItem(uri="file://" + launch, language_id="jsonc", version=1, text=text.read())
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    await asyncio.wait_for(shown.wait(), 60)
    (found,) = client.found
    asked = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=item.uri), range=found.range, context=types.CodeActionContext([]))
    (action,) = await client.text_document_code_action_async(asked)
    hover = await client.text_document_hover_async(
        types.HoverParams(text_document=types.TextDocumentIdentifier(uri=item.uri), position=found.range.start))
    assert "launch-ignored" in hover.contents.value
    door = await client.protocol.send_request_async("dapshim/startSession", {})
    print(found.code, "|", action.title, "|", door.transport)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""
    )
    done = await trio.run_process(
        [sys.executable, str(script), ws.as_uri(), str(ws / ".vscode" / "launch.json")],
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        env=clean_environment(PATH=os.environ["PATH"]),
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().strip() == 'launch-ignored | Write "stopOnEntry" | unix'


def test_what_f5_needs_loads_nothing_of_the_language_server():
    code = (
        "import sys, dapshim.cli.serve, dapshim.proxy.listener, dapshim.shims; "
        "print([name for name in sys.modules if name.startswith(('pygls', 'lsprotocol', 'cattr', 'dapshim.language_server'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=BOUND)
    assert done.stdout.strip() == "[]"


async def test_why_answers_as_the_command_does(ws):
    main = ws / "main.go"
    line = next(number for number, text in enumerate(main.read_text().splitlines(), 1) if text.startswith("package "))
    async with lsp() as server:
        await server.initialize(ws)
        found = await server.ask("dapshim/why", {"file": str(main), "line": line, "target": str(ws)})
        assert (found["settable"], found["line"], found["file"]) == (False, line, str(main))
        with pytest.raises(RequestFailed, match="is not there"):
            await server.ask("dapshim/why", {"file": str(ws / "gone.go"), "line": 1, "target": str(ws)})


async def test_what_is_refused_is_one_line_of_the_log_and_no_traceback(ws):
    async with lsp() as server:
        await server.initialize(ws)
        with pytest.raises(RequestFailed, match="before it is trusted"):
            await server.ask("dapshim/startSession")
        with pytest.raises(RequestFailed, match="absolute"):
            await server.ask("dapshim/why", {"file": "main.go", "line": 1})
        assert await server.shut_down() == 0
        said = bytes(server.stderr).decode()
        assert "Traceback" not in said
        assert "Exception" not in said


async def test_a_file_that_a_person_shows_is_mapped_in_the_projects_file(ws):
    file, project = ws / "main.go", ws / ".dapshim.toml"
    shown = {"recorded": "/build/src/main.go", "local": str(file)}
    async with lsp_here() as server:
        await server.initialize(ws)
        answer = await server.ask("dapshim/mapFile", shown)
        assert answer == {"file": str(project), "from": str(ws), "to": "/build/src"}
        assert project.read_text() == 'substitutePath = [{ from = ".", to = "/build/src" }]\n'
        # What is typed and not saved is not lost.
        await server.open(project, project.read_text() + "# mine\n")
        with pytest.raises(RequestFailed, match="not saved; save it first") as failed:
            await server.ask("dapshim/mapFile", shown)
        assert failed.value.error["code"] == -32803
        project.write_text(project.read_text() + "# mine\n")
        await server.ask("dapshim/mapFile", {**shown, "recorded": "/other/main.go"})
        assert project.read_text().startswith('substitutePath = [{ from = ".", to = "/other" }, { from')


@pytest.mark.parametrize(
    ("params", "code", "said"),
    [
        ({"recorded": "/b/main.go"}, -32602, '"local"'),
        ({"recorded": "/b/main.go", "local": "main.go"}, -32602, '"local"'),
        ({"recorded": 1, "local": "/ws/main.go"}, -32602, '"recorded" must be a text'),
        ({"recorded": "/b/other.go", "local": "/ws/main.go"}, -32803, "another name"),
    ],
)
async def test_what_maps_no_file_is_said_in_a_sentence(ws, params, code, said):
    async with lsp_here() as server:
        await server.initialize(ws)
        with pytest.raises(RequestFailed, match=said) as failed:
            await server.ask("dapshim/mapFile", params)
        assert failed.value.error["code"] == code
        assert not (ws / ".dapshim.toml").exists()
