"""A build that is shown and can be cancelled, with the real dlv."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from tests.e2e.workspaces import HeldGo, Workspace, configured, dlvs, environment, stopped_at
from tests.real import Client, alive, dapshim, gone

WITHIN = 5.0
SHOWS = {"adapterID": "go", "pathFormat": "path", "supportsProgressReporting": True}


@pytest.fixture
def app(tmp_path: Path) -> Workspace:
    return Workspace.at(tmp_path / "app")


def shown(client: Client) -> list[str]:
    """What was seen of progress, and what it stands between, in order."""
    names = [m.get("event") or m.get("command", "") for m in client.log]
    return [name for name in names if name.startswith("progress") or name in ("launch", "restart", "process", "initialized")]


async def test_a_build_is_shown_and_cancelled_and_a_late_cancel_does_no_harm(app, tmp_path):
    go, scratch = HeldGo.at(tmp_path / "go"), tmp_path / "scratch"
    arguments = {"request": "launch", "mode": "debug", "program": str(app.folder), "buildFlags": go.flags}
    async with dapshim(env=environment(scratch)) as shim:
        client = await shim.connect()
        await client.ok("initialize", SHOWS)
        go.hold()
        launch = await client.send("launch", arguments)
        await client.event("progressStart")
        go.release()
        await configured(client, app.program, "main")
        assert (await client.response(launch))["success"]
        await stopped_at(client, app.program, "main")
        assert shown(client) == ["progressStart", "progressUpdate", "process", "progressEnd", "initialized", "launch"]
        (start, update, end) = [m["body"] for m in client.log if m.get("event", "").startswith("progress")]
        assert start["title"] == f"Building {app.folder}"
        assert start["cancellable"] is True
        assert update["message"] == "Loading"
        assert start["progressId"] == update["progressId"] == end["progressId"]
        # It is over: a click that comes late is answered, by nobody else than us; what is not ours is Delve's.
        await client.ok("cancel", {"progressId": start["progressId"]})
        unknown = await client.ask("cancel", {"progressId": "somebody's"})
        assert "Not yet implemented" in unknown["body"]["error"]["format"]

        # The build of a restart: the program goes on.
        program = dlvs(shim)[0]
        go.hold()
        app.change("the first", "the second")
        restart = await client.send("restart", {"arguments": arguments})
        await go.begun()
        begun = await client.event("progressStart")
        cancel = await client.send("cancel", {"progressId": begun["body"]["progressId"]})
        answer = await client.response(restart)
        assert answer["message"] == "Failed to restart: the build was cancelled; the program goes on running."
        assert (await client.response(cancel))["success"]
        assert shown(client)[-3:] == ["progressStart", "progressEnd", "restart"]
        assert alive(program)
        await client.ok("continue", {"threadId": 1})
        await client.ok("disconnect", {"terminateDebuggee": True})
        await gone(lambda: dlvs(shim) or app.binaries or list(scratch.iterdir()), WITHIN)


@pytest.mark.parametrize("how", ["cancel", "disconnect", "disconnect, not shown"])
async def test_a_launch_whose_build_is_stopped_leaves_nothing(app, tmp_path, how):
    go, scratch = HeldGo.at(tmp_path / "go"), tmp_path / "scratch"
    go.hold()
    async with dapshim(env=environment(scratch)) as shim:
        client = await shim.connect()
        await client.ok("initialize", {**SHOWS, "supportsProgressReporting": "not" not in how})
        launch = await client.send("launch", {"mode": "debug", "program": str(app.folder), "buildFlags": go.flags})
        await go.begun()
        with trio.fail_after(3):
            if how == "cancel":
                start = await client.event("progressStart")
                await client.ok("cancel", {"progressId": start["body"]["progressId"]})
            else:
                if "not" not in how:
                    await client.event("progressStart")
                await client.ok("disconnect")
            answer = await client.response(launch)
        assert answer["body"]["error"]["format"] == "Failed to launch: the build was cancelled."
        assert shown(client) == (["launch"] if "not" in how else ["progressStart", "progressEnd", "launch"])
        if how == "cancel":
            # The same dlv takes another launch, as vscode-go's adapter would not.
            assert len(dlvs(shim)) == 1
            await client.ok("disconnect")
        await gone(lambda: dlvs(shim) or app.binaries or list(scratch.iterdir()), WITHIN)
