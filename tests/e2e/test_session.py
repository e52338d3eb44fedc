"""A whole session with the real dlv, through every door."""

from __future__ import annotations

import subprocess
import sys

import pytest
import trio

from tests.real import BOUND, Client, Program, children, clean_environment, dapshim, dlv_dap, dlv_headless, gone, traced


async def debug(client: Client, loop: Program) -> None:
    """Stop in main.main and in a function, look, step, and disconnect."""
    await client.start(loop, "main", "step")
    stop = (await client.event("stopped"))["body"]
    stack = await client.ok("stackTrace", {"threadId": stop["threadId"], "levels": 5})
    top = stack["stackFrames"][0]
    assert (top["source"]["path"], top["line"], top["name"]) == (str(loop.source), loop.line("main"), "main.main")
    await client.ok("continue", {"threadId": stop["threadId"]})
    stop = (await client.event("stopped"))["body"]
    assert stop["reason"] == "breakpoint"
    stack = await client.ok("stackTrace", {"threadId": stop["threadId"], "levels": 5})
    assert [frame["name"] for frame in stack["stackFrames"][:2]] == ["main.step", "main.main"]
    scopes = await client.ok("scopes", {"frameId": stack["stackFrames"][0]["id"]})
    variables = await client.ok("variables", {"variablesReference": scopes["scopes"][0]["variablesReference"]})
    assert {"n": "0"}.items() <= {each["name"]: each["value"] for each in variables["variables"]}.items()
    assert (await client.ok("evaluate", {"expression": "n + 41", "frameId": stack["stackFrames"][0]["id"]}))["result"] == "41"
    await client.ok("next", {"threadId": stop["threadId"]})
    assert (await client.event("stopped"))["body"]["reason"] == "step"
    await client.ok("disconnect", {"terminateDebuggee": True})
    rest = await client.rest()
    assert [message.get("event") for message in rest if message.get("event") != "output"] == ["terminated"]


@pytest.mark.parametrize("shims", ["on", "off"])
async def test_a_session_with_a_dlv_of_its_own(loop, shims):
    async with dapshim("--shims", shims) as shim:
        client = await shim.connect()
        await debug(client, loop)
        await client.stream.aclose()


async def test_numbers_are_1_2_3_on_the_clients_side(loop):
    async with dapshim() as shim:
        client = await shim.connect()
        await debug(client, loop)
        assert [message["seq"] for message in client.log] == list(range(1, len(client.log) + 1))


@pytest.mark.parametrize("shims", ["on", "off"])
async def test_in_front_of_a_dlv_that_runs_already(loop, shims):
    async with dlv_dap() as dlv, dapshim("--connect", dlv.address, "--shims", shims) as shim:
        await debug(await shim.connect(), loop)


async def test_over_a_unix_socket_that_only_we_can_open(loop, tmp_path):
    path = tmp_path / "d.sock"
    async with dapshim(listen=f"unix:{path}") as shim:
        assert path.stat().st_mode & 0o777 == 0o600
        await debug(await shim.connect(), loop)
    assert not path.exists()


async def test_on_stdin_and_stdout(loop):
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "dapshim"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean_environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    async with process.stdin, process.stdout:
        await debug(Client(trio.StapledStream(process.stdin, process.stdout)), loop)
        with trio.fail_after(BOUND):
            assert await process.wait() == 0


async def test_the_programs_output_is_shown_and_comes_before_the_end(loop):
    async with dapshim() as shim:
        client = await shim.connect()
        await client.start(loop, "main", showGlobalVariables=True)
        stop = (await client.event("stopped"))["body"]
        await client.ok("setBreakpoints", {"source": {"path": str(loop.source)}, "breakpoints": []})
        await client.ok(
            "setVariable", {"variablesReference": await globals_of(client, stop), "name": "started", "value": "false"}
        )
        await client.ok("continue", {"threadId": stop["threadId"]})
        await client.event("terminated")
        names = [(m.get("event"), m.get("body", {}).get("category"), m.get("body", {}).get("output")) for m in client.log]
        text = "".join(output or "" for name, category, output in names if category == "stdout")
        assert text == f"initialised\nhello from {loop.binary}\ncounted 0\n"
        assert "a word on stderr\n" in "".join(output or "" for name, category, output in names if category == "stderr")
        ends = [index for index, (name, _, _) in enumerate(names) if name in ("exited", "terminated")]
        assert max(index for index, (_, category, _) in enumerate(names) if category in ("stdout", "stderr")) < min(ends)


async def test_what_dlv_prints_as_it_starts_comes_after_the_answer_to_initialize():
    # Delve 1.27.1 warns on stderr, before it dials, that CGO_CFLAGS is set already.
    async with dapshim(env=clean_environment(CGO_CFLAGS="-O2")) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go"})
        await client.event("output")
        await client.ok("disconnect")
        await client.rest()
        words = [m["body"]["output"] for m in client.log if m.get("event") == "output"]
        assert "CGO_CFLAGS already set" in "".join(words)
        assert client.log[0]["type"] == "response"


async def globals_of(client: Client, stop: dict[str, int]) -> int:
    """Return the reference of the package's variables; asked for at launch."""
    stack = await client.ok("stackTrace", {"threadId": stop["threadId"], "levels": 1})
    scopes = await client.ok("scopes", {"frameId": stack["stackFrames"][0]["id"]})
    found: int = scopes["scopes"][-1]["variablesReference"]
    return found


async def test_many_at_once_and_one_after_another(loop):
    async with dapshim() as shim:
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(debug, await shim.connect(), loop)
        await debug(await shim.connect(), loop)
        await gone(lambda: children(shim.process.pid)[1:], 5)


async def test_a_multi_client_server_lives_on(loop):
    async with dlv_headless(loop, "--accept-multiclient") as dlv, dapshim("--connect", dlv.address) as shim:
        for _ in range(2):
            client = await shim.connect()
            await client.ok("initialize", {"adapterID": "go"})
            attach = await client.send("attach", {"mode": "remote"})
            await client.event("initialized")
            assert (await client.response(attach))["success"]
            await client.ok("disconnect", {"terminateDebuggee": False})
            await client.rest()
            await client.stream.aclose()
        assert dlv.process.returncode is None


async def test_nobody_answers_where_connect_says():
    async with dapshim("--connect", "127.0.0.1:1") as shim:
        client = await shim.connect()
        answer = await client.ask("initialize", {"adapterID": "go"})
        assert not answer["success"]
        assert "no adapter answers at 127.0.0.1:1 (Connection refused)" in answer["message"]
        assert "dlv debug --headless" in answer["body"]["error"]["format"]
        assert [m.get("event") for m in await client.rest()] == ["output", "terminated"]


async def test_a_trace_has_every_message_of_both_edges(loop, tmp_path):
    trace = tmp_path / "t.jsonl"
    async with dapshim("--trace", str(trace), "--shims", "off") as shim:
        client = await shim.connect()
        await debug(client, loop)
    lines = traced(trace)
    out = [line["message"] for line in lines if line.get("edge") == "client" and line.get("way") == "out"]
    assert out == client.log
