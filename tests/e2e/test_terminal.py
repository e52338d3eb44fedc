"""A program in a terminal of the client's, with the real dlv: the client starts dlv there, and it comes to us."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pexpect
import pytest
import trio

from tests.e2e.workspaces import Workspace, answers, configured, dlvs, stopped_at
from tests.real import BOUND, Client, Json, dapshim, gone, of_session

WITHIN = 5.0
TERMINAL = {"adapterID": "go", "pathFormat": "path", "supportsRunInTerminalRequest": True}

READER = """package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	line, _ := bufio.NewReader(os.Stdin).ReadString('\\n')
	fmt.Printf("read %q %s\\n", line, os.Getenv("MARK"))
	fmt.Println("done") // break: main
}
"""


@pytest.fixture
def reader(tmp_path: Path) -> Workspace:
    app = Workspace.at(tmp_path / "app")
    (app.folder / "main.go").write_text(READER)
    (app.folder / "main_test.go").unlink()
    return app


async def asked(client: Client, app: Workspace, **more: Any) -> tuple[int, Json]:
    """Launch, and return its number and what the client is asked to run in a terminal."""
    await client.ok("initialize", TERMINAL)
    arguments = {"mode": "debug", "program": str(app.folder), "console": "integratedTerminal", "name": "My program", **more}
    launch = await client.send("launch", arguments)
    return launch, await client.until(lambda m: m["type"] == "request")


async def answer(client: Client, to: Json, **body: Any) -> None:
    made = {"seq": 1000 + to["seq"], "type": "response", "request_seq": to["seq"], "command": to["command"], **body}
    await client.send_raw(json.dumps(made).encode())


def spawn(request: Json) -> pexpect.spawn:
    """Do what an editor does with `runInTerminal`."""
    wanted = request["arguments"]
    env = {**os.environ, **{name: value for name, value in wanted["env"].items() if value is not None}}
    return pexpect.spawn(wanted["args"][0], wanted["args"][1:], cwd=wanted["cwd"], env=env, encoding="utf-8", timeout=BOUND)


@pytest.mark.parametrize("how", ["disconnect", "client killed"])
async def test_a_program_that_reads_from_the_keyboard_is_debugged(reader, how):
    async with dapshim() as shim:
        client = await shim.connect()
        launch, request = await asked(client, reader, env={"MARK": "marked"})
        assert request["command"] == "runInTerminal"
        wanted = request["arguments"]
        assert (wanted["kind"], wanted["title"], wanted["cwd"]) == ("integrated", "My program", str(reader.folder))
        assert wanted["env"]["MARK"] == "marked"
        assert Path(wanted["args"][0]).name == "dlv"
        assert wanted["args"][1] == "dap"
        assert [word.partition("=")[0] for word in wanted["args"][2:]] == ["--client-addr"]
        terminal = spawn(request)
        await answer(client, request, success=True, body={"processId": terminal.pid})
        await configured(client, reader.program, "main")
        assert (await client.response(launch))["success"]
        terminal.sendline("typed")
        await stopped_at(client, reader.program, "main")
        await trio.to_thread.run_sync(terminal.expect, r'read "typed\\n" marked')
        if how == "disconnect":
            await client.ok("disconnect", {"terminateDebuggee": True})
        else:
            await trio.aclose_forcefully(client.stream)
        await gone(lambda: of_session(terminal.pid) or dlvs(shim) or reader.binaries, WITHIN)
        terminal.close()


async def test_a_client_that_refuses_gets_its_own_reason(reader):
    async with dapshim() as shim:
        client = await shim.connect()
        launch, request = await asked(client, reader)
        await answer(client, request, success=False, message="no terminal here")
        refused = await client.response(launch)
        assert refused["message"] == (
            'Failed to launch: The editor could not run dlv in a terminal ("console"): no terminal here'
        )
        await client.event("terminated")
        assert len(answers(client, launch)) == 1
        await client.ok("disconnect")
        await gone(lambda: dlvs(shim), WITHIN)


async def test_another_user_is_turned_away_at_the_door(reader):
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    async with dapshim() as shim:
        client = await shim.connect()
        launch, request = await asked(client, reader)
        host, _, port = request["arguments"]["args"][2].partition("=")[2].rpartition(":")
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.setuid(65534)
                with socket.create_connection((host, int(port))) as stranger:
                    stranger.settimeout(10)
                    code = 0 if stranger.recv(100) == b"" else 2
            except ConnectionResetError:
                code = 0
            finally:
                os._exit(code)
        terminal = spawn(request)
        await answer(client, request, success=True, body={})
        await configured(client, reader.program)
        assert (await client.response(launch))["success"]
        _, status = await trio.to_thread.run_sync(os.waitpid, pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        await client.ok("disconnect", {"terminateDebuggee": True})
        await gone(lambda: of_session(terminal.pid) or reader.binaries, WITHIN)
        terminal.close()
