"""Restart with the real dlv: what runs goes on until its successor is built, and what was changed is taken up."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.e2e.workspaces import (
    BROKEN,
    ERROR,
    HeldGo,
    Workspace,
    answers,
    built,
    configured,
    dlvs,
    environment,
    outputs,
    restarted,
    said,
    stopped_at,
)
from tests.real import Client, alive, clean_environment, dapshim, gone, kill, of_session

WITHIN = 5.0


@pytest.fixture
def app(tmp_path: Path) -> Workspace:
    return Workspace.at(tmp_path / "app")


def launched(app: Workspace, **more: Any) -> dict[str, Any]:
    return {"request": "launch", "mode": "debug", "program": str(app.folder), "args": ["word"], **more}


async def ended(client: Client) -> None:
    await client.ok("disconnect", {"terminateDebuggee": True})


async def test_a_program_is_restarted_with_what_was_changed(app):
    async with dapshim() as shim:
        client = await shim.connect()
        arguments = launched(app)
        first = await client.start(app.program, "main", **arguments)
        await stopped_at(client, app.program, "main")
        assert len(dlvs(shim)) == 1
        dlv = dlvs(shim)[0]

        # Nothing has changed: the same dlv, and the program is another one.
        ids = [[each["id"] for each in await restarted(client, app.program, "main", **arguments)]]
        await stopped_at(client, app.program, "main")
        assert not alive(first)
        assert dlvs(shim) == [dlv]

        # A change of the source, and a restart without nested arguments while the program runs.
        await client.ok("continue", {"threadId": 1})
        app.change("the first", "the second")
        ids.append([each["id"] for each in await restarted(client, app.program, "main")])
        await stopped_at(client, app.program, "main")
        await said(client, "says the second  [word]\n")
        assert dlvs(shim) == [dlv]
        assert all(len(set(each)) == 1 for each in ids)

        # Other words for the program, which Delve takes up by itself.
        since = len(client.log)
        await restarted(client, app.program, "main", **launched(app, args=["other", "words"]))
        await stopped_at(client, app.program, "main")
        await said(client, "says the second  [other words]\n", since)

        # Another environment, which it does not: a new dlv, and nothing of the old one stays.
        since = len(client.log)
        await restarted(client, app.program, "main", **launched(app, env={"MARK": "marked"}))
        await stopped_at(client, app.program, "main")
        await said(client, "says the second marked [word]\n", since)
        assert "terminated" not in [m.get("event") for m in client.log]
        assert not alive(dlv)
        assert len(dlvs(shim)) == 1
        assert len(app.binaries) == 1

        # Once more, with flags of the build, right after each other.
        since = len(client.log)
        await restarted(client, app.program, "main", **launched(app, buildFlags="-ldflags=-X=main.unused=1", args=["flags"]))
        await restarted(client, app.program, "main", **launched(app, buildFlags="", args=["none"]))
        await stopped_at(client, app.program, "main")
        await said(client, "[none]\n", since)
        last = dlvs(shim)[0]
        await ended(client)
        await gone(lambda: of_session(dlv) or of_session(last) or app.binaries, WITHIN)
    assert [m["seq"] for m in client.log] == list(range(1, len(client.log) + 1))


async def test_code_that_does_not_compile_costs_no_program(app):
    async with dapshim() as shim:
        client = await shim.connect()
        arguments = launched(app)
        program = await client.start(app.program, **arguments)
        await said(client, "says the first")
        app.change(*BROKEN)
        since = len(client.log)
        seq = await client.send("restart", {"arguments": arguments})
        answer = await client.response(seq)
        assert not answer["success"]
        assert answer["message"] == f"Failed to restart: {app.folder}/main.go{ERROR}"
        assert answer["body"]["error"] == {"id": 3000, "format": answer["message"], "showUser": True}
        # The program runs, and is debugged.
        assert alive(program)
        assert [thread["id"] for thread in (await client.ok("threads"))["threads"]]
        await client.ok(
            "setBreakpoints",
            {"source": {"path": str(app.program.source)}, "breakpoints": [{"line": app.program.line("tick")}]},
        )
        thread = await stopped_at(client, app.program, "tick")
        await client.ok("continue", {"threadId": thread})
        await stopped_at(client, app.program, "tick")
        told = [m["body"] for m in client.log[since:] if m.get("event") == "output"]
        assert [(each["source"]["path"], each["line"], each["column"]) for each in told if "source" in each] == [
            (f"{app.folder}/main.go", 9, 33)
        ]
        assert "(exit status 1)\n" in outputs(client, since)
        assert len(answers(client, seq)) == 1
        app.change(BROKEN[1], BROKEN[0].replace("first", "mended"))
        await restarted(client, app.program, "main", **arguments)
        await stopped_at(client, app.program, "main")
        await said(client, "says the mended")
        await ended(client)
        await gone(lambda: dlvs(shim) or app.binaries, WITHIN)


async def test_a_test_is_restarted_and_the_program_and_the_mode_may_change(app, tmp_path):
    other = Workspace.at(tmp_path / "other", "example.com/other")
    other.change("the first", "the other")
    async with dapshim() as shim:
        client = await shim.connect()
        arguments = launched(app, mode="test", args=["-test.v"])
        await client.start(app.program, "tick", **arguments)
        await stopped_at(client, app.program, "tick")
        app.change("the first", "the second")
        since = len(client.log)
        await restarted(client, app.program, "tick", **arguments)
        await stopped_at(client, app.program, "tick")
        await said(client, "says the second in a test\n", since)
        await restarted(client, other.program, "main", **launched(other))
        await stopped_at(client, other.program, "main")
        await said(client, "says the other  [word]\n")
        # A restart without arguments is one of what runs now.
        await restarted(client, other.program, "main")
        await stopped_at(client, other.program, "main")
        await ended(client)
        await gone(lambda: dlvs(shim) or app.binaries or other.binaries, WITHIN)


async def test_an_executable_is_restarted_also_one_that_was_built_meanwhile(app):
    subprocess.run(built(app.folder), env=clean_environment(), check=True)
    arguments = {"request": "launch", "mode": "exec", "program": str(app.program.binary), "args": ["word"]}
    partial: list[dict[str, Any]] = [{}, {"request": "launch", "rebuild": False}, arguments]
    async with dapshim() as shim:
        client = await shim.connect()
        await client.start(app.program, "main", **arguments)
        await stopped_at(client, app.program, "main")
        dlv = dlvs(shim)
        app.change("the first", "the second")
        subprocess.run(built(app.folder), env=clean_environment(), check=True)
        for nested in partial:
            since = len(client.log)
            await restarted(client, app.program, "main", **nested)
            await stopped_at(client, app.program, "main")
            await said(client, "says the second  [word]\n", since)
        assert dlvs(shim) == dlv
        await ended(client)


async def test_a_program_that_is_not_debugged_is_restarted_too(app):
    async with dapshim() as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go"})
        arguments = launched(app, noDebug=True)
        await client.ok("launch", arguments)
        await said(client, "says the first")
        dlv = dlvs(shim)[0]
        app.change("the first", "the second")
        seq = await client.send("restart", {"arguments": arguments})
        assert (await client.response(seq))["success"]
        await said(client, "says the second")
        assert "terminated" not in [m.get("event") for m in client.log]
        assert not of_session(dlv)
        last = dlvs(shim)[0]
        await ended(client)
        await gone(lambda: of_session(last) or app.binaries, WITHIN)


async def test_what_was_asked_of_the_old_dlv_gets_one_failed_answer(app):
    async with dapshim() as shim:
        client = await shim.connect()
        await client.start(app.program, "main", **launched(app))
        thread = await stopped_at(client, app.program, "main")
        # dlv is busy with this until the restart, and reads nothing.
        os.kill(dlvs(shim)[0], signal.SIGSTOP)
        asked = [await client.send("evaluate", {"expression": "1+1"}), await client.send("scopes", {"frameId": thread})]
        await restarted(client, app.program, "main", **launched(app, env={"MARK": "x"}))
        await stopped_at(client, app.program, "main")
        for seq in asked:
            (answer,) = answers(client, seq)
            assert not answer["success"]
            assert answer["message"] == "the program was restarted"
        await ended(client)


HOW = ["disconnect", "pause", "client killed", "SIGTERM", "SIGKILL"]


@pytest.mark.parametrize("how", HOW)
async def test_the_build_of_a_restart_can_be_ended_by_all_means(app, tmp_path, how):
    go, scratch = HeldGo.at(tmp_path / "go"), tmp_path / "scratch"
    arguments = launched(app, buildFlags=go.flags)
    async with dapshim(env=environment(scratch)) as shim:
        client = await shim.connect()
        program = await client.start(app.program, **arguments)
        dlv = dlvs(shim)[0]
        go.hold()
        app.change("the first", "the second")
        restart = await client.send("restart", {"arguments": arguments})
        await go.begun()
        assert alive(program)
        if how == "disconnect":
            with trio.fail_after(2):
                await ended(client)
        elif how == "pause":
            assert (await client.ask("pause", {"threadId": 1}))["success"]
            await client.event("stopped")
            assert alive(program)
        elif how == "client killed":
            await trio.aclose_forcefully(client.stream)
        else:
            shim.process.send_signal(signal.Signals[how])
        if how in ("disconnect", "pause"):
            (answer,) = answers(client, restart)
            assert answer["message"] == "Failed to restart: it was interrupted."
        if how == "pause":
            go.release()
            await restarted(client, app.program, "main", **arguments)
            await stopped_at(client, app.program, "main")
            await said(client, "says the second")
            await ended(client)
        await gone(lambda: of_session(dlv) or alive(program) or app.binaries, WITHIN)
        held = [int(line) for line in (tmp_path / "go" / "building").read_text().split()]
        await gone(lambda: [pid for pid in held if alive(pid)] or list(scratch.iterdir()), WITHIN)


@pytest.mark.parametrize("how", ["disconnect", "cancel"])
async def test_the_build_of_a_new_dlv_is_ended_too(app, tmp_path, how):
    go, scratch = HeldGo.at(tmp_path / "go"), tmp_path / "scratch"
    async with dapshim(env=environment(scratch)) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "supportsProgressReporting": True})
        launch = await client.send("launch", launched(app, buildFlags=go.flags))
        await configured(client, app.program)
        assert (await client.response(launch))["success"]
        first = dlvs(shim)[0]
        go.hold_the_second()
        restart = await client.send("restart", {"arguments": launched(app, buildFlags=go.flags, env={"MARK": "x"})})
        await go.begun()
        assert not alive(first)
        with trio.fail_after(3):
            if how == "cancel":
                await client.event("progressStart")  # dapshim's own build
                shown = await client.event("progressStart")
                await client.ok("cancel", {"progressId": shown["body"]["progressId"]})
            else:
                await ended(client)
            answer = await client.response(restart)
        assert answer["message"] == "Failed to launch: the build was cancelled."
        assert [m["event"] for m in client.log if m.get("event") == "terminated"] == ["terminated"]
        if how == "cancel":
            await ended(client)
        await gone(lambda: dlvs(shim) or app.binaries or list(scratch.iterdir()), WITHIN)


@pytest.mark.parametrize("who", ["dapshim", "go"])
async def test_vs_code_keeps_a_session_whose_restart_does_not_compile(app, who):
    async with dapshim() as shim:
        client = await shim.connect()
        arguments = launched(app)
        await client.ok("initialize", {"clientID": "vscode", "adapterID": who})
        launch = await client.send("launch", arguments)
        await configured(client, app.program)
        assert (await client.response(launch))["success"]
        await said(client, "says the first")
        program = (await client.ask("dapshim/program"))["body"]["executable"]
        assert Path(program).name.startswith("__debug_bin")
        app.change(*BROKEN)
        since = len(client.log)
        answer = await client.response(await client.send("restart", {"arguments": arguments}))
        text = f"Failed to restart: {app.folder}/main.go{ERROR}"
        assert (answer["success"], answer["body"]) == (True, {"dapshim": {"notRestarted": text}})
        assert f"dapshim: {text}\n" in outputs(client, since)
        errors = (await client.event("dapshim/buildErrors"))["body"]["errors"]
        assert [(each["file"], each["line"], each["column"]) for each in errors] == [(f"{app.folder}/main.go", 9, 33)]
        # It is the session of before, in every way.
        assert alive(dlvs(shim)[0])
        assert (await client.ask("threads"))["success"]
        app.change(BROKEN[1], BROKEN[0].replace("first", "mended"))
        await restarted(client, app.program, "main", **arguments)
        await ended(client)


async def test_a_restart_of_an_attached_program_is_refused_and_the_program_lives(loop):
    # Delve 1.27.1 refuses it too, but leaves the breakpoint's instruction in the program, which then dies of it.
    program = subprocess.Popen([loop.binary], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        async with dapshim() as shim:
            client = await shim.connect()
            await client.ok("initialize", {"adapterID": "go"})
            attach = await client.send("attach", {"mode": "local", "processId": program.pid})
            await configured(client, loop)
            assert (await client.response(attach))["success"]
            await client.ok(
                "setBreakpoints", {"source": {"path": str(loop.source)}, "breakpoints": [{"line": loop.line("step")}]}
            )
            # Delve 1.27.1 that halts a program just as it reaches a breakpoint leaves a SIGTRAP to it when it lets go.
            await client.event("stopped")
            seq = await client.send("restart", {"arguments": {"request": "attach", "processId": program.pid}})
            await client.response(seq)
            assert [m["success"] for m in answers(client, seq)] == [False]
            assert "attached to cannot be restarted" in answers(client, seq)[0]["body"]["error"]["format"]
            await client.ok("disconnect", {"terminateDebuggee": False})
            await gone(lambda: dlvs(shim), WITHIN)
        assert program.poll() is None
    finally:
        kill(program.pid)
        program.wait()
