"""The two ways to look at a stopped program, held against each other with the real dlv."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dapshim.delve.live_program import ByDelve, HereByProc, Thread, bias_here, is_here
from dapshim.delve.program_state import Program as Reading
from dapshim.delve.program_state import ProgramState
from dapshim.delve.stripped_program import StrippedProgram, stripped_program
from dapshim.wire import messages
from dapshim.wire.messages import Message
from dapshim.wire.parsing import parse
from tests.e2e.stripped import FLAVOURS, build_twins
from tests.real import Client, Program, dlv_dap

PLACES = ["starting", "tiny", "bottom", "area", "closure", "worker"]


class Asker:
    """Asks as the bridge does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __call__(self, command: str, arguments: dict[str, Any]) -> Message:
        answer = await self._client.ask(command, arguments)
        made = messages.response(messages.request(command, arguments), answer.get("body"))
        made.success = answer["success"]
        made.data["message"] = answer.get("message", "")
        return made


@asynccontextmanager
async def launched(program: Program) -> AsyncIterator[tuple[Client, Asker]]:
    async with dlv_dap() as server:
        client = await server.connect()
        await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
        await client.send("launch", {"mode": "exec", "program": str(program.binary)})
        await client.event("initialized")
        yield client, Asker(client)
        await client.ok("disconnect", {"terminateDebuggee": True})


async def described(state: ProgramState, goid: int) -> list[tuple[int, str, int]]:
    frames = await state.frames(goid)
    return [(frame.pc, each.function, each.line) for frame in frames for each in frame.positions]


@pytest.mark.parametrize("flavour", ["plain", "optimised", "pie", "cgo"])
async def test_both_ways_see_the_same(flavour: str, tmp_path: Path) -> None:
    assert flavour in FLAVOURS
    program = build_twins(tmp_path, flavour).stripped
    async with launched(program) as (client, ask):
        found = await stripped_program(ask, "")
        assert isinstance(found, StrippedProgram)
        here = found.program
        assert isinstance(here.live, HereByProc)
        elsewhere = Reading(here.code, here.bias, here.layout, here.all_goroutines, ByDelve(ask, here.code, here.bias))
        assert (here.bias != 0) is (flavour == "pie")
        compared = 0
        resume = "configurationDone"
        for marker in PLACES:
            addresses = here.code.addresses(str(program.source), program.line(marker))
            wanted = [{"instructionReference": hex(address + here.bias)} for address in addresses]
            if not wanted:
                continue  # Optimised away.
            await client.ok("setInstructionBreakpoints", {"breakpoints": wanted})
            await client.ok(resume, {"threadId": 0})
            resume = "continue"
            await client.event("stopped")
            one, other = ProgramState(here), ProgramState(elsewhere)
            goid = await one.shown()
            assert goid == await other.shown()
            mine = await described(one, goid)
            assert mine[0][1:] == (mine[0][1], program.line(marker))
            assert mine[-1][1] == "runtime.goexit"
            assert await described(other, goid) == mine
            assert (await one.threads())[0] == (await other.threads())[0]
            waiting = [each.id for each in await one.goroutines() if each.status == 4]
            for each in waiting:
                assert await described(other, each) == await described(one, each)
            compared += 1
        assert compared >= 4
        found.file.close()


async def test_memory_in_pieces(tmp_path: Path) -> None:
    program = build_twins(tmp_path, "plain").stripped
    async with launched(program) as (_, ask):
        found = await stripped_program(ask, "")
        assert found is not None
        assert isinstance(found.program.live, HereByProc)
        address, code = found.program.code.text, found.program.code
        slow = ByDelve(ask, code, 0)
        for start, length in ((address, 8), (address + 3, 1), (address + 5, 2500), (address, 0), (0, 8), (1 << 62, 8)):
            assert await slow.read(start, length) == await found.program.live.read(start, length)
        found.file.close()


async def test_a_program_with_debug_info_is_left_alone(tmp_path: Path) -> None:
    async with launched(build_twins(tmp_path, "plain").whole) as (_, ask):
        assert await stripped_program(ask, "") is None


async def test_a_number_that_somebody_else_has_is_not_ours():
    assert not is_here(os.getpid(), "")
    assert not is_here(os.getpid(), Path("/proc/self/cmdline").read_text().removesuffix("\0").replace("\0", " ").strip())
    assert not is_here(1 << 22, "x")


async def test_where_a_program_that_ends_is_nothing_can_be_read():
    async def ask(_command: str, _arguments: dict[str, Any]) -> Message:
        return parse(b'{"seq":1,"type":"response","request_seq":1,"success":false,"command":"evaluate"}')

    live = HereByProc(1 << 22, ask)
    assert await live.read(4096, 8) == b""
    assert await live.threads() == ()
    assert bias_here(1 << 22, "/x", 0) is None
    assert Thread(1, 2, 3) == Thread(1, 2, 3)
