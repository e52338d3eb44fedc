"""Attach with the real dlv: a process by number, name or before it runs, and a dlv that runs elsewhere."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.e2e.workspaces import configured, dlvs, outputs, stopped_at
from tests.real import Client, Json, Program, Running, alive, dapshim, dlv_dap, dlv_headless, gone, kill, traced

WITHIN = 5.0


@pytest.fixture(scope="module")
def named(loop: Program, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The loop, under a name that nothing else has."""
    binary = tmp_path_factory.mktemp("named") / f"loop-{os.getpid()}-x"
    shutil.copy2(loop.binary, binary)
    return Program(binary, loop.source)


@contextmanager
def running(program: Program, count: int = 1) -> Iterator[list[int]]:
    found = [
        subprocess.Popen([program.binary], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(count)
    ]
    try:
        yield [each.pid for each in found]
        assert [each.poll() for each in found] == [None] * count, "a program that was attached to did not live on"
    finally:
        for each in found:
            each.kill()
            each.wait()


@asynccontextmanager
async def session(**env: str) -> AsyncIterator[tuple[Running, Client]]:
    async with dapshim(env={**os.environ, **env}) as shim:
        yield shim, await another(shim)


async def another(shim: Running) -> Client:
    client = await shim.connect()
    await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
    return client


async def attached(client: Client, program: Program, **arguments: Any) -> None:
    """Attach, stop once, and let go."""
    attach = await client.send("attach", {"request": "attach", **arguments})
    await configured(client, program, "step")
    assert (await client.response(attach))["success"]
    await stopped_at(client, program, "step")
    await client.ok("setBreakpoints", {"source": {"path": str(program.source)}, "breakpoints": []})
    await client.ok("disconnect", {"terminateDebuggee": False})


async def refused(client: Client, **arguments: Any) -> str:
    """Attach in vain; return what is said."""
    answer: Json = await client.ask("attach", {"request": "attach", **arguments})
    assert not answer["success"]
    words: str = answer["body"]["error"]["format"]
    return words


@pytest.mark.parametrize("how", ["text", "name"])
async def test_one_process_by_its_number_as_a_text_or_its_exact_name(named, how):
    with running(named) as (pid,):
        async with session() as (shim, client):
            await attached(client, named, processId=f"{pid}" if how == "text" else named.binary.name)
            assert how == "text" or f'"{named.binary.name}" is process {pid}' in outputs(client)
            await gone(lambda: dlvs(shim), WITHIN)


async def test_a_name_of_several_or_of_none_is_refused_and_all_live_on(named):
    with running(named, 2) as pids:
        async with session() as (shim, client):
            words = await refused(client, processId=named.binary.name)
            for pid in pids:
                assert f'"processId": {pid}   {named.binary}' in words
            await client.event("terminated")
            await client.ok("disconnect")
            await gone(lambda: dlvs(shim), WITHIN)
            words = await refused(await another(shim), processId="nobody-is-called-this")
            assert 'no program named "nobody-is-called-this" runs' in words
            # A client that says one thing and means another must not cost a program its life.
            words = await refused(await another(shim), processId=pids[0], stopOnEntry="yes")
            assert words == 'Failed to attach: "stopOnEntry" must be true or false; it is the text "yes".'


async def test_a_program_that_is_yet_to_come_by_a_road_that_delve_does_not_see(named):
    started = None
    try:
        async with session() as (shim, client):
            attach = await client.send("attach", {"request": "attach", "waitFor": str(named.binary)})
            await trio.sleep(0.3)
            command = f"sleep 0.4; exec {named.binary}"
            started = subprocess.Popen(["sh", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            await configured(client, named, "step")
            assert (await client.response(attach))["success"]
            await stopped_at(client, named, "step")
            assert f"is process {started.pid}: {named.binary}" in outputs(client)
            await client.ok("setBreakpoints", {"source": {"path": str(named.source)}, "breakpoints": []})
            await client.ok("disconnect", {"terminateDebuggee": False})
            await gone(lambda: dlvs(shim), WITHIN)
        assert started.poll() is None
    finally:
        if started is not None:
            started.kill()
            started.wait()


async def test_who_waits_can_have_enough(named):
    async with session() as (shim, client):
        attach = await client.send("attach", {"request": "attach", "waitFor": str(named.binary)})
        await trio.sleep(0.3)
        with trio.fail_after(2):
            await client.ok("disconnect")
        answer = await client.response(attach)
        assert answer["message"] == "Failed to attach: it was interrupted."
        await gone(lambda: dlvs(shim), WITHIN)


async def test_the_environment_of_an_attach_is_dlvs_own(named):
    with running(named) as (pid,):
        async with session() as (shim, client):
            attach = await client.send("attach", {"request": "attach", "processId": pid, "env": {"MARK": "here"}})
            await configured(client, named)
            assert (await client.response(attach))["success"]
            await gone(lambda: len(dlvs(shim)) != 1, WITHIN)
            assert b"MARK=here" in Path(f"/proc/{dlvs(shim)[0]}/environ").read_bytes().split(b"\0")
            await client.ok("disconnect", {"terminateDebuggee": False})


async def test_a_process_that_cannot_be_attached_to_says_why(named):
    with running(named) as (pid,):
        # Another tracer is the one reason that every machine has.
        async with session() as (shim, first):
            second = await another(shim)
            attach = await first.send("attach", {"request": "attach", "processId": pid})
            await configured(first, named)
            assert (await first.response(attach))["success"]
            words = await refused(second, processId=pid)
            assert "is being debugged already, by process" in words
            assert words.endswith(f"End that one: kill -INT {min(dlvs(shim))}")
            await first.ok("disconnect", {"terminateDebuggee": False})


# -- remote ----------------------------------------------------------------------------------------------------------------


async def test_a_headless_dlv_is_attached_to_and_lives_on(loop):
    async with dlv_headless(loop, "--accept-multiclient") as dlv:
        for _ in range(2):
            async with session() as (shim, client):
                attach = await client.send("attach", {"mode": "remote", "host": "127.0.0.1", "port": dlv.port})
                await configured(client, loop, "step")
                assert (await client.response(attach))["success"]
                await stopped_at(client, loop, "step")
                await gone(lambda: dlvs(shim), WITHIN)
                await client.ok("disconnect", {"terminateDebuggee": False})
        assert alive(dlv.process.pid)
        kill(dlv.process.pid)


async def test_a_headless_dlv_is_read_before_its_client_attaches(loop, tmp_path):
    trace = tmp_path / "trace.jsonl"
    async with dlv_headless(loop, "--accept-multiclient") as dlv:
        for is_known in (False, True):
            env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
            async with dapshim("--connect", dlv.address, "--trace", str(trace), env=env) as shim:
                client = await another(shim)
                known_by = ("source_paths", "evaluate" if is_known else "readMemory")
                await gone(partial(lacks, trace, known_by), WITHIN)
                await trio.sleep(0.2)
                before = requests_in(trace)
                await attached(client, loop, mode="remote")
                assert len(before) == 4 if is_known else len(before) > 12
                assert (("source_paths", "readMemory") in before) is not is_known
                assert [each for each in requests_in(trace) if each[0] == "source_paths"] == before[1:]
        kill(dlv.process.pid)


async def test_a_dlv_without_a_program_is_asked_once_and_launches(loop, tmp_path):
    trace = tmp_path / "trace.jsonl"
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    async with dlv_dap() as dlv, dapshim("--connect", dlv.address, "--trace", str(trace), env=env) as shim:
        client = await another(shim)
        launch = await client.send("launch", {"mode": "exec", "program": str(loop.binary)})
        await configured(client, loop, "step")
        assert (await client.response(launch))["success"]
        await stopped_at(client, loop, "step")
        sent = requests_in(trace)
        assert sent[: sent.index(("client", "launch"))].count(("source_paths", "evaluate")) <= 12
        assert "dapshim" not in outputs(client)
        await client.ok("disconnect", {"terminateDebuggee": True})


def requests_in(trace: Path) -> list[tuple[str, str]]:
    """Return who had which request sent to the adapter, in order."""
    to_adapter = [each for each in traced(trace) if each.get("edge") == "adapter" and each.get("way") == "out"]
    return [(each["origin"], each["message"]["command"]) for each in to_adapter]


def lacks(trace: Path, request: tuple[str, str]) -> bool:
    return request not in requests_in(trace)


async def test_a_plain_dlv_dap_is_explained(loop):
    async with dlv_dap() as dlv, session() as (_, client):
        words = await refused(client, mode="remote", port=dlv.port)
        assert f"What listens at 127.0.0.1:{dlv.port} is a plain `dlv dap`" in words
        assert "--accept-multiclient" in words


async def test_ports_at_which_no_dlv_is(loop):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        async with session() as (shim, first):
            words = await refused(first, mode="remote", port=shim.port)
            assert f'"port": {shim.port} is where dapshim itself listens.' in words
            second, third = await another(shim), await another(shim)
            attach = await second.send("attach", {"request": "attach", "mode": "remote", "port": port})
            peer, _ = await trio.to_thread.run_sync(server.accept)
            with peer:
                peer.sendall(b"SSH-2.0-OpenSSH_9.6\r\n" * 4)
                answer = await second.response(attach)
            assert 'the new adapter did not answer "initialize"' in answer["message"]
            server.close()
            with socket.socket() as kept:  # so that no other test's server is given the port
                kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                kept.bind(("127.0.0.1", port))
                words = await refused(third, mode="remote", port=port)
            assert f"no adapter answers at 127.0.0.1:{port} (Connection refused)" in words
            for client in (first, second, third):
                await client.event("terminated")
                await client.ok("disconnect")
            await gone(lambda: dlvs(shim), WITHIN)
