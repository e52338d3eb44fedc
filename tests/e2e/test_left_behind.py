"""Nothing left behind, however a session ends: no dlv, no program, no temporary binary, within five seconds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
import trio

from tests.real import (
    BOUND,
    PROGRAMS,
    Client,
    Program,
    Running,
    alive,
    children,
    clean_environment,
    dapshim,
    dlv_dap,
    gone,
    kill,
    of_session,
    tool,
)

WITHIN = 5.0
"""Seconds: the promise."""


def dlv_of(shim: Running) -> int:
    """Return the process id of the only dlv of a dapshim."""
    found = [pid for pid in children(shim.process.pid) if b"--client-addr" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(found) == 1, found
    return found[0]


async def drop(client: Client) -> None:
    """Vanish as a killed editor does."""
    await trio.aclose_forcefully(client.stream)


async def end_by(how: str, shim: Running, client: Client, dlv: int) -> None:
    """End a session in the way that `how` names."""
    if how == "disconnect":
        await client.ok("disconnect", {"terminateDebuggee": True})
    elif how == "client killed":
        await drop(client)
    elif how in ("SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"):
        shim.process.send_signal(signal.Signals[how])
    elif how == "dlv killed":
        kill(dlv)
    else:
        kill(shim.process.pid)
        kill(dlv)


WAYS = ["disconnect", "client killed", "SIGTERM", "SIGINT", "SIGHUP", "SIGKILL", "dlv killed", "both killed"]


@pytest.mark.parametrize("shims", ["on", "off"])
@pytest.mark.parametrize("how", WAYS)
async def test_a_running_program_goes_with_its_session(loop, how, shims):
    async with dapshim("--shims", shims) as shim:
        client = await shim.connect()
        program = await client.start(loop)
        dlv = dlv_of(shim)
        assert program in of_session(dlv)
        await end_by(how, shim, client, dlv)
        await gone(lambda: of_session(dlv) or alive(program), WITHIN)


@pytest.mark.parametrize("how", WAYS)
async def test_a_program_that_stands_at_a_breakpoint_goes_too(loop, how):
    async with dapshim() as shim:
        client = await shim.connect()
        program = await client.start(loop, "step")
        await client.event("stopped")
        dlv = dlv_of(shim)
        await end_by(how, shim, client, dlv)
        await gone(lambda: of_session(dlv) or alive(program), WITHIN)


async def test_a_program_goes_with_the_terminal_in_which_dapshim_was_started(loop):
    command = ["-m", "dapshim", "--listen", "127.0.0.1:0", "--log-level", "info"]
    terminal = pexpect.spawn(sys.executable, command, env=clean_environment(), encoding="utf-8", timeout=BOUND)
    terminal.expect(r"dapshim: listening on 127\.0\.0\.1:(\d+)\r\n")
    client = Client(await trio.open_tcp_stream("127.0.0.1", int(terminal.match[1])))
    program = await client.start(loop)
    dlv = next(pid for pid in children(terminal.pid) if program in of_session(pid))
    os.close(terminal.child_fd)  # as the window is closed: the system hangs up, and whoever writes there gets an error
    assert await trio.to_thread.run_sync(terminal.wait) == 0
    await gone(lambda: of_session(dlv) or alive(program), WITHIN)
    assert "terminated" in [each.get("event") for each in await client.rest()]
    await trio.aclose_forcefully(client.stream)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder in which Delve builds, and leaves its binary when it is killed."""
    shutil.copytree(PROGRAMS / "loop", tmp_path / "loop")
    return tmp_path / "loop"


@pytest.mark.parametrize("how", WAYS)
async def test_the_binary_that_delve_built_goes_too(workspace, how):
    async with dapshim() as shim:
        client = await shim.connect()
        source = Program(workspace / "program", workspace / "main.go")
        program = await client.start(source, mode="debug", program=".", dlvCwd=str(workspace), args=["stay", "two words"])
        dlv = dlv_of(shim)
        assert list(workspace.glob("__debug_bin*"))
        await end_by(how, shim, client, dlv)
        await gone(lambda: of_session(dlv) or alive(program) or list(workspace.glob("__debug_bin*")), WITHIN)


@pytest.mark.parametrize("how", [way for way in WAYS if way not in ("disconnect", "SIGKILL")])
async def test_a_build_is_not_left_running(workspace, tmp_path, how):
    # An empty cache makes Go build its standard library: long enough to be caught at it.
    async with dapshim(env=clean_environment(GOCACHE=str(tmp_path / "cache"))) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go"})
        await client.send("launch", {"mode": "debug", "program": ".", "dlvCwd": str(workspace)})
        dlv = dlv_of(shim)
        with trio.fail_after(30):
            while len(of_session(dlv)) < 3:
                await trio.sleep(0.02)
        await end_by(how, shim, client, dlv)
        await gone(lambda: of_session(dlv) or list(workspace.glob("__debug_bin*")), WITHIN)


@pytest.mark.parametrize("how", [way for way in WAYS if way not in ("disconnect", "SIGKILL")])
async def test_the_binary_of_a_build_that_is_over_goes_also_before_it_runs(workspace, tmp_path, how):
    folder = tmp_path / "bin"
    folder.mkdir()
    over = tmp_path / "over"
    # dlv waits for this script, while the build that it has started is over: no process tells of the binary any more.
    go = f'#!/bin/sh\n"{tool("go")}" "$@" || exit\n[ "$1" != build ] || {{ touch "{over}"; sleep 60; }}\n'
    (folder / "go").write_text(go)
    (folder / "go").chmod(0o755)
    (workspace / "__debug_bin1").write_text("somebody else's")
    async with dapshim(env=clean_environment(PATH=f"{folder}:{os.environ['PATH']}")) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go"})
        await client.send("launch", {"mode": "debug", "program": ".", "dlvCwd": str(workspace)})
        with trio.fail_after(BOUND):
            while not over.exists():
                await trio.sleep(0.01)
        assert len(list(workspace.glob("__debug_bin*"))) == 2
        dlv = dlv_of(shim)
        await end_by(how, shim, client, dlv)
        await gone(lambda: of_session(dlv) or list(workspace.glob("__debug_bin?*[0-9][0-9]")), WITHIN)
    assert [path.name for path in workspace.glob("__debug_bin*")] == ["__debug_bin1"]


@pytest.mark.parametrize("how", [way for way in WAYS if way not in ("dlv killed", "both killed")])
async def test_an_attached_program_lives_on_unharmed(loop, tmp_path, how):
    with (tmp_path / "printed").open("wb") as printed:
        program = subprocess.Popen([loop.binary], stdout=printed, stderr=subprocess.DEVNULL)
    try:
        async with dapshim() as shim:
            client = await shim.connect()
            await client.ok("initialize", {"adapterID": "go"})
            attach = await client.send("attach", {"mode": "local", "processId": program.pid})
            await client.event("initialized")
            line = loop.line("step")
            await client.ok("setBreakpoints", {"source": {"path": str(loop.source)}, "breakpoints": [{"line": line}]})
            await client.ok("configurationDone")
            assert (await client.response(attach))["success"]
            await client.event("stopped")
            dlv = dlv_of(shim)
            if how == "disconnect":
                await client.ok("disconnect", {"terminateDebuggee": False})
            else:
                await end_by(how, shim, client, dlv)
            await gone(lambda: of_session(dlv), WITHIN)
        # A breakpoint instruction that was left in it would kill it at its next step, which is 10 ms away.
        await trio.sleep(0.2)
        assert program.poll() is None
        assert Path(f"/proc/{program.pid}/status").read_text().split("State:")[1].split()[0] in "RS"
    finally:
        program.kill()
        program.wait()


async def test_what_a_normally_ended_program_left_on_purpose_lives(tmp_path):
    source = tmp_path / "main.go"
    (tmp_path / "go.mod").write_text("module example.com/daemon\n\ngo 1.25\n")
    source.write_text(DAEMON)
    command = [tool("go"), "build", "-gcflags=all=-N -l", "-o", "daemon", "."]
    subprocess.run(command, cwd=tmp_path, env=clean_environment(), check=True)
    daemon = 0
    try:
        async with dapshim() as shim:
            client = await shim.connect()
            await client.start(Program(tmp_path / "daemon", source))
            dlv = dlv_of(shim)
            await client.event("terminated")
            daemon = int((tmp_path / "daemon.pid").read_text())
            await client.ok("disconnect", {"terminateDebuggee": True})
            await gone(lambda: alive(dlv), WITHIN)
        assert alive(daemon)
    finally:
        if daemon:
            kill(daemon)


DAEMON = """package main

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

func main() {
	command := exec.Command("sleep", "60")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[0]+".pid", []byte(strconv.Itoa(command.Process.Pid)), 0o600); err != nil {
		panic(err)
	}
}
"""


async def test_a_child_that_is_followed_keeps_its_executable(tmp_path):
    (tmp_path / "go.mod").write_text("module example.com/parent\n\ngo 1.25\n")
    (tmp_path / "main.go").write_text(PARENT)
    child = tmp_path / "child"
    shutil.copy2(tool("sleep"), child)
    async with dapshim() as shim:
        client = await shim.connect()
        program = Program(tmp_path / "program", tmp_path / "main.go")
        more = {"mode": "debug", "program": str(tmp_path), "followExec": True, "args": [str(child)]}
        await client.start(program, **more)
        await client.event("process")  # the child's; the program's came before the breakpoints
        dlv = dlv_of(shim)
        await client.ok("disconnect", {"terminateDebuggee": True})
        await gone(lambda: of_session(dlv) or list(tmp_path.glob("__debug_bin*")), WITHIN)
    assert child.exists()


PARENT = """package main

import (
	"os"
	"os/exec"
)

func main() { exec.Command(os.Args[1], "60").Run() }
"""


async def test_an_adapter_that_we_only_connected_to_is_not_ended(loop):
    async with dlv_dap() as dlv:
        async with dapshim("--connect", dlv.address) as shim:
            client = await shim.connect()
            program = await client.start(loop)
            assert alive(program)
        # Delve's own answer to a closed connection: it ends its program, and itself.
        await gone(lambda: alive(program), WITHIN)


async def test_no_guardian_stays(loop):
    async with dapshim() as shim:
        client = await shim.connect()
        await client.start(loop)
        left = children(shim.process.pid)
        assert len(left) == 2
        os.kill(shim.process.pid, signal.SIGTERM)
        await gone(lambda: [pid for pid in left if alive(pid)], WITHIN)
