"""Debug sessions in the server's own process, with the real dlv, through the door that startSession opens."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.delve.checkup_scene import mod
from tests.language_server.lsp_client import LspClient, RequestFailed, lsp, lsp_here
from tests.real import BOUND, Client, Program, alive, children, clean_environment, gone, kill, tool

TRUSTED = {"workspaceTrust": True}
ALONE = {**TRUSTED, "readyDlv": False}
PROGRAM = "package main\n\nfunc main() {\n\tprintln(1)\n\tprintln(2)\n}\n"


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    """A module with one program and a launch.json that debugs it."""
    folder = tmp_path / "ws"
    (folder / ".vscode").mkdir(parents=True)
    (folder / "go.mod").write_text(mod("example.com/m"))
    (folder / "main.go").write_text(PROGRAM)
    configuration = {"name": "it", "type": "go", "request": "launch", "mode": "debug", "program": "${workspaceFolder}"}
    (folder / ".vscode" / "launch.json").write_text(json.dumps({"configurations": [configuration]}, indent=2))
    return folder


def environment(tmp_path: Path) -> dict[str, str]:
    runtime = tmp_path / "run"
    runtime.mkdir(exist_ok=True)
    return clean_environment(XDG_RUNTIME_DIR=str(runtime))


async def connected(server: LspClient, door: dict[str, Any] | None = None) -> Client:
    """Connect to a door, to a new one without."""
    door = door if door is not None else await server.ask("dapshim/startSession")
    if door["transport"] == "unix":
        return Client(server.keep(await trio.open_unix_socket(door["path"])))
    stream = server.keep(await trio.open_tcp_stream(door["host"], door["port"]))
    await stream.send_all(door["token"].encode() + b"\n")
    return Client(stream)


async def debugged(client: Client, ws: Path, line: int = 4, name: str = "it") -> None:
    """Launch the program, stop at a line, and run it to its end."""
    await client.ask("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path"})
    launch = await client.send("launch", {"name": name, "type": "go", "request": "launch", "mode": "debug", "program": str(ws)})
    await client.event("initialized")
    asked = {"source": {"path": str(ws / "main.go")}, "breakpoints": [{"line": line}]}
    answer = await client.ask("setBreakpoints", asked)
    assert [each["verified"] for each in answer["body"]["breakpoints"]] == [True]
    await client.ask("configurationDone")
    assert (await client.response(launch))["success"]
    stopped = await client.event("stopped")
    assert stopped["body"]["reason"] == "breakpoint"
    await client.ask("continue", {"threadId": stopped["body"]["threadId"]})
    await client.event("terminated")
    await client.ask("disconnect", {})


async def told(server: LspClient, what: str, state: str) -> dict[str, Any]:
    """Wait for a notification about a session and return what it says."""
    message = await server.until(
        lambda each: (
            each.get("method") == "dapshim/sessionChanged"
            and each["params"]["what"] == what
            and each["params"]["state"] == state
        )
    )
    story: dict[str, Any] = message["params"]
    return story


@pytest.mark.parametrize("transport", ["unix", "tcp"])
async def test_a_session_through_its_own_door(tmp_path, ws, transport):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        door = await server.ask("dapshim/startSession", {"transport": transport})
        assert door["transport"] == transport
        if transport == "unix":
            path = Path(door["path"])
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        client = await connected(server, door)
        await debugged(client, ws)
        story = await told(server, "ended", "ended")
        assert (story["name"], story["request"], story["program"]) == ("it", "launch", str(ws))
        assert isinstance(story["pid"], int)
        listed = (await server.ask("dapshim/sessions"))["sessions"]
        assert [(each["session"], each["state"]) for each in listed] == [(door["session"], "ended")]
        if transport == "unix":
            assert not Path(door["path"]).exists()
        assert await server.shut_down() == 0
    assert list((tmp_path / "run").iterdir()) == []


async def test_a_door_is_for_one_and_a_wrong_token_does_not_open_it(tmp_path, ws):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        door = await server.ask("dapshim/startSession", {"transport": "tcp"})
        wrong = server.keep(await trio.open_tcp_stream(door["host"], door["port"]))
        await wrong.send_all(b"0" * len(door["token"]) + b"\n")
        with trio.fail_after(BOUND):
            assert await wrong.receive_some() == b""
        # Who sends DAP without a token gets nothing either.
        eager = server.keep(await trio.open_tcp_stream(door["host"], door["port"]))
        await eager.send_all(b'Content-Length: 100\r\n\r\n{"seq":1,"type":"request","command":"initialize"}' + b" " * 60)
        with trio.fail_after(BOUND):
            assert await _ends(eager)
        client = await connected(server, door)
        assert (await client.ask("initialize", {"adapterID": "go"}))["success"]
        with pytest.raises(OSError, match="all attempts to connect"):
            await trio.open_tcp_stream(door["host"], door["port"])


async def _ends(stream: trio.abc.ReceiveStream) -> bool:
    try:
        return await stream.receive_some() == b""
    except trio.BrokenResourceError:
        return True


async def test_sessions_are_apart_and_a_dlv_that_dies_takes_nobody_along(tmp_path, ws):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=ALONE)
        one, other = [await connected(server) for _ in range(2)]
        await one.ask("initialize", {"adapterID": "go"})
        dlvs = set(children(server.process.pid))
        await other.ask("initialize", {"adapterID": "go"})
        (second,) = [each for each in children(server.process.pid) if each not in dlvs and _is_dlv(each)]
        kill(second)
        await other.event("terminated")
        await debugged_from_here(one, ws)
        await told(server, "ended", "ended")
        assert {each["state"] for each in (await server.ask("dapshim/sessions"))["sessions"]} >= {"ended"}
        assert await server.shut_down() == 0


def _is_dlv(pid: int) -> bool:
    return b"dlv" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]


async def debugged_from_here(client: Client, ws: Path) -> None:
    launch = await client.send("launch", {"request": "launch", "mode": "debug", "program": str(ws), "stopOnEntry": False})
    await client.event("initialized")
    await client.ask("configurationDone")
    assert (await client.response(launch))["success"]
    await client.event("terminated")
    await client.ask("disconnect", {})


async def test_garbage_at_a_door_ends_that_session_alone(tmp_path, ws):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        door = await server.ask("dapshim/startSession")
        stream = server.keep(await trio.open_unix_socket(door["path"]))
        await stream.send_all(os.urandom(4096))
        await told(server, "ended", "ended")
        await debugged(await connected(server), ws)


async def test_a_launch_that_fails_is_a_finding_at_its_configuration_until_the_file_is_changed(tmp_path, ws):
    launch = ws / ".vscode" / "launch.json"
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        await server.open(launch)
        await server.ask("textDocument/codeLens", {"textDocument": {"uri": launch.as_uri()}})
        client = await connected(server)
        await client.ask("initialize", {"adapterID": "go"})
        # The file is right; what the client sends is not.
        answer = await client.ask("launch", {"name": "it", "request": "launch", "mode": "debug", "program": str(ws / "gone")})
        assert not answer["success"]
        await client.ask("disconnect", {})
        found = await server.code(launch, "launch-refused")
        assert "gone" in found["message"]
        assert found["range"]["start"]["line"] == 3
        await server.change(launch, launch.read_text() + "\n", 2)
        await server.shown(launch, lambda listed: not listed)


async def test_findings_of_a_program_come_at_once_and_stay_as_diagnostics(tmp_path, ws, loop: Program):
    binary = ws / "optimised"
    done = await trio.run_process([tool("go"), "build", "-o", str(binary), "."], cwd=ws, env=clean_environment(GOWORK="off"))
    assert done.returncode == 0
    launch = ws / ".vscode" / "launch.json"
    launch.write_text(launch.read_text().replace('"debug"', '"exec"').replace("${workspaceFolder}", str(binary)))
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        await server.ask("textDocument/codeLens", {"textDocument": {"uri": launch.as_uri()}})
        client = await connected(server)
        await client.ask("initialize", {"adapterID": "go"})
        await client.ask("launch", {"name": "it", "request": "launch", "mode": "exec", "program": str(binary)})
        story = await told(server, "findings", "starting")
        assert story["file"] == str(binary)
        codes = {each["code"] for each in story["findings"]}
        assert codes
        await client.ask("disconnect", {})
        found = await server.shown(launch, lambda listed: any(each["code"] in codes for each in listed))
        assert found[0]["source"] == "dapshim"


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"transport": "pigeon"}, "pigeon"),
        ({"options": {"dvl": "x"}}, "did you mean dlv?"),
        ({"options": []}, "options"),
        ({"trace": "/nonexistent/x"}, "/nonexistent/x"),
    ],
)
async def test_what_is_no_session_is_refused_in_a_sentence(tmp_path, ws, params, says):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        with pytest.raises(RequestFailed, match=says):
            await server.ask("dapshim/startSession", params)
        assert (await server.ask("dapshim/sessions"))["sessions"] == []


async def test_an_untrusted_workspace_is_not_debugged_until_it_is_trusted(tmp_path, ws):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws)
        with pytest.raises(RequestFailed, match="workspaceTrust"):
            await server.ask("dapshim/startSession")
        await server.notify("dapshim/setTrust", {"trusted": True})
        assert (await server.ask("dapshim/startSession"))["session"] == 1


async def test_a_session_is_recorded_and_stopped(tmp_path, ws):
    trace = tmp_path / "trace.jsonl"
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        door = await server.ask("dapshim/startSession", {"trace": str(trace)})
        client = await connected(server, door)
        await client.ask("initialize", {"adapterID": "go"})
        assert await server.ask("dapshim/stopSession", {"session": door["session"]}) == {"stopped": True}
        await client.event("terminated")
        await told(server, "ended", "ended")
        assert await server.ask("dapshim/stopSession", {"session": door["session"]}) == {"stopped": False}
    assert '"initialize"' in trace.read_text()


@pytest.mark.parametrize("how", ["exit", "eof", "sigterm"])
async def test_nothing_is_left_behind_however_the_server_ends(tmp_path, ws, how):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        waiting = await server.ask("dapshim/startSession")
        client = await connected(server)
        await client.ask("initialize", {"adapterID": "go"})
        launch = await client.send("launch", {"request": "launch", "mode": "debug", "program": str(ws), "stopOnEntry": True})
        await client.event("initialized")
        await client.ask("configurationDone")
        assert (await client.response(launch))["success"]
        pids = children(server.process.pid)
        pids += [each for pid in pids for each in children(pid)]
        assert len(pids) >= 2
        if how == "exit":
            assert await server.shut_down() == 0
        elif how == "eof":
            assert server.process.stdin is not None
            await server.process.stdin.aclose()
            assert await server.ended() == 1
        else:
            server.process.terminate()
            await server.ended()
        await client.event("terminated")
        assert not Path(waiting["path"]).exists()
        await gone(lambda: [pid for pid in pids if alive(pid)], 5)
    assert list((tmp_path / "run").iterdir()) == []


async def test_twenty_sessions_leave_the_server_as_it_was(tmp_path, ws):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=ALONE)
        descriptors: list[int] = []
        for number in range(20):
            client = await connected(server)
            assert (await client.ask("initialize", {"adapterID": "go"}))["success"]
            await client.ask("disconnect", {})
            await client.stream.aclose()
            await server.until(
                lambda each, number=number: (  # type: ignore[misc]
                    each.get("method") == "dapshim/sessionChanged"
                    and each["params"]["what"] == "ended"
                    and each["params"]["session"] == number + 1
                )
            )
            descriptors.append(len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())))
        await gone(lambda: len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) > descriptors[1], 5)
        assert not [each for each in children(server.process.pid) if _is_dlv(each)]


async def test_a_dlv_is_ready_before_it_is_wanted_and_a_dead_one_is_not_used(tmp_path, ws):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=TRUSTED)
        first = await _ready(server, 0)
        client = await connected(server)
        await debugged(client, ws)
        await gone(lambda: alive(first), 10)
        kill(await _ready(server, first))
        await debugged(await connected(server), ws)
        assert await server.shut_down() == 0


async def test_a_server_that_is_killed_leaves_no_door(tmp_path, ws):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=ALONE)
        door = await server.ask("dapshim/startSession")
        assert Path(door["path"]).exists()
        kill(server.process.pid)
        await gone(lambda: list((tmp_path / "run").iterdir()), 10)


async def _ready(server: LspClient, other: int) -> int:
    """Wait for a dlv of the server's that is not `other`, and return its pid."""
    with trio.fail_after(BOUND):
        while True:
            found = [each for each in children(server.process.pid) if each != other and _is_dlv(each)]
            if found:
                # It has dialled when it is there for a while; who is killed before would be started in the session's time.
                await trio.sleep(0.5)
                return found[0]
            await trio.sleep(0.05)


@pytest.mark.parametrize("options", [{}, {**TRUSTED, "readyDlv": False}], ids=["not trusted", "off"])
async def test_no_dlv_is_started_where_it_is_off_or_the_workspace_is_not_trusted(tmp_path, ws, options):
    async with lsp(env=environment(tmp_path)) as server:
        await server.initialize(ws, options=options)
        await server.ask("dapshim/doctor")
        await trio.sleep(0.5)
        assert [each for each in children(server.process.pid) if _is_dlv(each)] == []


async def test_a_fault_of_our_own_in_one_session_ends_that_session_alone(ws, monkeypatch):
    async def broken(_host: object, stream: trio.SocketStream) -> None:
        await trio.aclose_forcefully(stream)
        raise RuntimeError("a fault of our own")

    async with lsp_here() as server:
        await server.initialize(ws, options={"workspaceTrust": True, "readyDlv": False})
        waits = await server.ask("dapshim/startSession")
        monkeypatch.setattr("dapshim.proxy.listener.Host.serve_socket", broken)
        door = await server.ask("dapshim/startSession")
        server.keep(await trio.open_unix_socket(door["path"]))
        ended = await server.until(lambda each: each.get("params", {}).get("what") == "ended")
        assert ended["params"]["session"] == door["session"]
        states = {each["session"]: each["state"] for each in (await server.ask("dapshim/sessions"))["sessions"]}
        assert states == {waits["session"]: "waiting", door["session"]: "ended"}
        await server.ask("dapshim/stopSession", {"session": waits["session"]})
