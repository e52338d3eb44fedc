"""Too much of everything: memory stays bounded, the other sessions go on, and nothing piles up."""

from __future__ import annotations

import gc
import hashlib
import json
import subprocess
import sys
import time

import pytest
import trio

from dapshim.proxy.adapter import connector
from dapshim.proxy.address import TcpAddress
from dapshim.proxy.listener import Host, open_listener, serve_listener
from dapshim.proxy.session import Session, SessionOptions
from dapshim.shims import make_layers
from tests.e2e.hostile import (
    MIB,
    RawPeer,
    Ring,
    at_rest,
    descriptors,
    dial,
    dlvs,
    door,
    framed,
    memory,
    nested,
    request,
    ring,
)
from tests.real import BOUND, Program, Running, alive, build, clean_environment, dapshim, gone

PROMISED = 5.0
"""Seconds within which everything has ended, however it ends."""

MEMORY = 200.0
"""MiB that dapshim may take, whatever happens."""

PRINTED = 200_000_000


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program that prints 200 MB."""
    return build("printer", tmp_path_factory.mktemp("programs"))


async def print_to_nobody(shim: Running, printer: Program, mode: str) -> tuple[RawPeer, int]:
    """Start the program, whose output `mode` leads through Delve or through its pipe, and wait until nothing moves.

    Returns the client, which has read nothing since the launch, and the process id of the program.
    """
    client = await dial(shim)
    await client.says(request(1, "initialize", adapterID="go"))
    await client.gets()
    arguments = {"mode": "exec", "program": str(printer.binary), "args": [str(PRINTED)], "outputMode": mode}
    await client.says(request(2, "launch", **arguments))
    pid = 0
    while (message := await client.gets()).get("event") != "initialized":
        if message.get("event") == "process":
            pid = message["body"]["systemProcessId"]
    await client.says(request(3, "configurationDone"))
    await at_rest(shim.process.pid)
    assert alive(pid), "the program did not wait for its reader"
    return client, pid


@pytest.mark.parametrize("mode", ["local", "remote"])
async def test_a_client_that_does_not_read_holds_up_the_program_and_loses_nothing(printer: Program, mode: str):
    async with dapshim() as shim:
        client, _ = await print_to_nobody(shim, printer, mode)
        printed, text, event = 0, hashlib.sha256(), ""
        while event != "terminated":
            message = json.loads(await client.gets_body())
            event = message.get("event", "")
            if event == "output" and message["body"]["category"] == "stdout":
                data = message["body"]["output"].encode()
                printed += len(data)
                text.update(data)
        assert printed == PRINTED
        expected = hashlib.sha256()
        for first in range(0, PRINTED // 100, 10_000):
            expected.update("".join(f"{line:08d} {'x' * 90}\n" for line in range(first, first + 10_000)).encode())
        assert text.digest() == expected.digest()
        peak = memory(shim.process.pid, "VmHWM")
        assert peak < MEMORY
        print(f"\nFIGURE peak memory: {peak:.0f} MiB")  # noqa: T201 - shown by pytest -s
        await client.vanishes()


@pytest.mark.parametrize("mode", ["local", "remote"])
async def test_a_client_that_does_not_read_and_hangs_up_leaves_nothing(printer: Program, mode: str):
    async with dapshim() as shim:
        client, pid = await print_to_nobody(shim, printer, mode)
        await client.says(request(4, "disconnect", terminateDebuggee=True))
        await client.vanishes()
        await gone(lambda: [*dlvs(shim.process.pid), *([pid] if alive(pid) else [])], PROMISED)


async def test_when_nobody_reads_our_stderr_only_the_program_that_prints_waits(printer: Program):
    # With shims off what a program prints goes to dapshim's own stderr.
    command = [sys.executable, "-m", "dapshim", "--listen", "127.0.0.1:0", "--shims", "off"]
    process = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
    assert process.stdout is not None
    assert process.stderr is not None
    async with process.stdout, process.stderr:
        with trio.fail_after(BOUND):
            ready = await process.stdout.receive_some()
        shim = Running(process, ready.decode().split()[-1])
        printing, _ = await print_to_nobody(shim, printer, "local")
        other = await dial(shim)
        await other.says(request(1, "initialize", adapterID="go"))
        assert (await other.gets())["success"]
        await printing.vanishes()
        await other.vanishes()
        await gone(lambda: dlvs(process.pid), PROMISED)
        process.terminate()
        with trio.fail_after(PROMISED):
            assert await process.wait() == 0


async def test_a_flood_of_tiny_messages_waits_for_an_adapter_that_does_not_read():
    count = 100_000
    async with ring() as scene:
        client, adapter = await scene.pair()
        flood = b"".join(framed(b'{"seq":%d,"type":"request","command":"threads"}' % seq) for seq in range(2, count + 2))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.sends, flood)
            await at_rest(scene.shim.process.pid)
            assert memory(scene.shim.process.pid, "VmHWM") < MEMORY
            arrived = bytearray()
            while len(arrived) < len(flood):
                arrived += await adapter.stream.receive_some(MIB)
            assert arrived == flood
        assert memory(scene.shim.process.pid, "VmHWM") < MEMORY
        # A hundred thousand requests are open now, and each gets its answer; other sessions go on meanwhile.
        begun, done = trio.Event(), trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(check_round_trips, scene, begun, done)
            await begun.wait()
            await adapter.vanishes()
            left, how = await client.end()
            done.set()
        assert [message.get("request_seq") for message in left] == [*range(2, count + 2), None]
        assert how == "FIN"
        print(f"\nFIGURE peak memory: {memory(scene.shim.process.pid, 'VmHWM'):.0f} MiB")  # noqa: T201
        assert memory(scene.shim.process.pid, "VmHWM") < MEMORY


async def test_the_largest_messages_fit_into_memory():
    large = {
        "a memory dump": b'{"seq":7,"type":"event","event":"output","body":{"output":"' + b"x" * (63 * MIB) + b'"}}',
        "lists where a hook looks": b'{"seq":7,"type":"event","event":"stopped","body":{"x":[' + b"[]," * (20 * MIB) + b"0]}}",
        "many members": b'{"type":"event","event":"stopped",' + b'"a":1,' * (10 * MIB) + b'"seq":7}',
    }
    async with ring() as scene:
        client, adapter = await scene.pair()
        for body in large.values():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(adapter.sends, framed(body))
                got = await client.gets_body()
            assert len(got) == len(body)
            print(f"\nFIGURE peak memory: {memory(scene.shim.process.pid, 'VmHWM'):.0f} MiB")  # noqa: T201
        peak = memory(scene.shim.process.pid, "VmHWM")
        print(f"\nFIGURE peak memory: {peak:.0f} MiB")  # noqa: T201
        assert peak < MEMORY


async def test_announced_bodies_that_never_come_cost_no_memory():
    async with ring() as scene:
        pairs = [await scene.pair() for _ in range(20)]
        before = memory(scene.shim.process.pid, "VmRSS")
        for client, adapter in pairs:
            await client.sends(b'Content-Length: %d\r\n\r\n{"seq":2,' % (31 * MIB))
            await adapter.sends(b'Content-Length: %d\r\n\r\n{"seq":2,' % (63 * MIB))
        await at_rest(scene.shim.process.pid)
        assert memory(scene.shim.process.pid, "VmRSS") < before + 20
        for client, adapter in pairs:
            await client.vanishes()
            await adapter.vanishes()


# -- one session's load and the others ---------------------------------------------------------------------------------------

HOSTILE = {
    "nothing": b'{"seq":2,"type":"request","command":"evaluate"}',
    "a flat list": b'{"seq":2,"type":"request","command":"evaluate","arguments":[' + b"[]," * (MIB * 4 // 3 - 99) + b"0]}",
    "a flat list where a hook looks": b'{"seq":2,"type":"request","command":"setBreakpoints","arguments":{"x":['
    + b"[]," * (MIB * 4 // 3 - 99)
    + b"0]}}",
    "a deep list": b'{"seq":2,"type":"request","command":"evaluate","arguments":' + nested(2 * MIB - 99) + b"}",
    "deep enough, then flat, 6 MiB": b'{"seq":2,"type":"request","command":"evaluate","arguments":'
    + b"[" * 1500
    + b"[]," * (MIB * 6 // 3)
    + b"0"
    + b"]" * 1500
    + b"}",
    "many members, 6 MiB": b'{"type":"request",' + b'"a":1,' * (MIB * 6 // 6) + b'"seq":2,"command":"evaluate","x":1}',
}


async def check_round_trips(scene: Ring, begun: trio.Event, done: trio.Event) -> None:
    """Ask and answer in a session of its own until `done`; no round may take a second, on the busiest machine."""
    client, adapter = await scene.pair()
    slowest, seq = 0.0, 1
    while not done.is_set():
        seq += 1
        began = time.perf_counter()
        await client.says(request(seq, "threads"))
        await adapter.answers(await adapter.gets(), threads=[])
        assert (await client.gets())["request_seq"] == seq
        slowest = max(slowest, time.perf_counter() - began)
        begun.set()
    await client.vanishes()
    await adapter.vanishes()
    print(f"\nFIGURE slowest round of another session: {slowest * 1000:.0f} ms")  # noqa: T201
    assert slowest < 1.0


@pytest.mark.parametrize("case", HOSTILE)
async def test_a_hostile_message_does_not_hold_up_the_other_sessions(case: str):
    async with ring() as scene:
        client, adapter = await scene.pair()
        begun, done = trio.Event(), trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(check_round_trips, scene, begun, done)
            await begun.wait()
            await client.sends(framed(HOSTILE[case]) + framed(b'{"seq":3,"type":"request","command":"threads"}'))
            while b'"command":"threads"' not in await adapter.gets_body():
                pass
            done.set()
        await client.vanishes()
        await adapter.vanishes()


# -- nothing piles up ----------------------------------------------------------------------------------------------------------


async def test_two_hundred_that_say_nothing_start_nothing_and_leave_nothing():
    async with dapshim() as shim:
        first = await dial(shim)
        await first.says(request(1, "initialize", adapterID="go"))
        assert (await first.gets())["success"]
        await first.vanishes()
        await gone(lambda: dlvs(shim.process.pid), PROMISED)
        await at_rest(shim.process.pid)
        before = len(descriptors(shim.process.pid))
        silent = [await dial(shim) for _ in range(200)]
        with trio.fail_after(BOUND):
            while len(descriptors(shim.process.pid)) < before + 200:
                await trio.sleep(0.02)
        assert dlvs(shim.process.pid) == []
        # They are in nobody's way.
        client = await dial(shim)
        await client.says(request(1, "initialize", adapterID="go"))
        assert (await client.gets())["success"]
        await client.vanishes()
        for number, each in enumerate(silent):
            await each.vanishes("RST" if number % 2 else "FIN")
        await gone(lambda: [*dlvs(shim.process.pid), *descriptors(shim.process.pid)[before:]], PROMISED)


async def test_two_hundred_sessions_leave_neither_descriptors_nor_memory():
    async with ring() as scene:
        pid = scene.shim.process.pid
        for _ in range(20):
            await scene.check_alive()
        await gone(lambda: len(descriptors(pid)) > 20, PROMISED)
        descriptors_before, memory_before = sorted(descriptors(pid)), memory(pid, "VmRSS")
        for number in range(200):
            client, adapter = await scene.pair()
            await client.says(request(2, "threads"))
            if number % 3 == 0:
                await client.vanishes("RST" if number % 2 else "FIN")
                await adapter.vanishes()
            elif number % 3 == 1:
                await adapter.vanishes("RST" if number % 2 else "FIN")
                await client.end()
                await client.vanishes()
            else:
                await client.sends(b"garbage\r\n\r\n")
                await adapter.vanishes()
                await client.vanishes()
        await gone(lambda: len(descriptors(pid)) > len(descriptors_before), PROMISED)
        grown = memory(pid, "VmRSS") - memory_before
        print(f"\nFIGURE memory after 200 sessions: {memory(pid, 'VmRSS'):.1f} MiB, {grown:+.1f} MiB")  # noqa: T201
        assert grown < 20


async def test_two_hundred_sessions_leave_no_task():
    async with door() as opened, trio.open_nursery() as nursery:
        address = TcpAddress("127.0.0.1", opened.listener.socket.getsockname()[1])
        host = Host(SessionOptions(connector(address), make_layers, dial_at_once=True))
        listener = await open_listener(TcpAddress("127.0.0.1", 0))
        started = trio.Event()

        nursery.start_soon(serve_listener, host, listener, started.set)
        await started.wait()
        port = listener.socket.getsockname()[1]
        await trio.testing.wait_all_tasks_blocked()
        before = trio.lowlevel.current_statistics().tasks_living
        for _ in range(200):
            client = RawPeer(await trio.open_tcp_stream("127.0.0.1", port))
            await client.says(request(1, "initialize"))
            adapter = await opened.opened()
            await adapter.answers(await adapter.gets())
            await client.gets()
            await adapter.vanishes()
            await client.end()
            await client.vanishes()
        with trio.fail_after(PROMISED):
            while trio.lowlevel.current_statistics().tasks_living > before:
                await trio.sleep(0.01)
        gc.collect()
        assert [each for each in gc.get_objects() if isinstance(each, Session)] == []
        nursery.cancel_scope.cancel()
    listener.socket.close()
