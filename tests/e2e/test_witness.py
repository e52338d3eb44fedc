"""What dapshim claims, seen by a witness: `dlv connect`, Delve's own command line, on the same headless server.

The witness speaks Delve's JSON-RPC on the port to which dapshim speaks DAP, and does not pass through dapshim. It looks while
the program stands still: a running one keeps it waiting.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pexpect
import pytest
import trio

from tests.real import BOUND, Client, Json, Program, clean_environment, dapshim, dlv_headless, tool

PROMPT = "(dlv) "

Breakpoint = tuple[str, int, str]
"""What names it to Delve (a function, or `source`), its line, and its condition or ''."""


@attrs.define(eq=False)
class Witness:
    """A `dlv connect` on a terminal."""

    child: pexpect.spawn

    async def told(self, command: str) -> list[str]:
        """Type a command; return the lines that dlv prints."""
        self.child.sendline(command)
        await trio.to_thread.run_sync(self.child.expect_exact, PROMPT)
        echo, *lines = str(self.child.before).replace("\r\n", "\n").rstrip("\n").split("\n")
        assert echo.strip() == command
        return lines

    async def breakpoints(self, program: Program) -> list[Breakpoint]:
        """Return the breakpoints of the program's own file that are enabled, without those that Delve always has."""
        found: list[Breakpoint] = []
        for line in await self.told("breakpoints"):
            head = re.match(
                r"Breakpoint (sourceBp|functionBreakpoint Name=(\S+)).* \(enabled\) at 0x\w+ for \S+ (.*):(\d+) ", line
            )
            if head is not None:
                assert head[3] == str(program.source)
                found.append((head[2] or "source", int(head[4]), ""))
            elif line.startswith("\tcond "):
                found[-1] = (*found[-1][:2], line.removeprefix("\tcond "))
        return sorted(found)

    async def position(self) -> list[tuple[str, str, int]]:
        """Return the functions, files and lines of the stack of the selected goroutine."""
        lines = await self.told("bt")
        frames = zip(lines[::2], lines[1::2], strict=True)
        places = [(re.match(r" *\d+ +0x\w+ in (.*)", first), re.match(r" *at (.*):(\d+)", second)) for first, second in frames]
        return [(name[1], place[1], int(place[2])) for name, place in places if name is not None and place is not None]


@asynccontextmanager
async def witness(address: str) -> AsyncIterator[Witness]:
    child = pexpect.spawn(
        tool("dlv"),
        ["connect", address],
        env=clean_environment(TERM="dumb"),
        encoding="utf-8",
        timeout=BOUND,
        dimensions=(50, 1000),
    )
    try:
        await trio.to_thread.run_sync(child.expect_exact, PROMPT)
        yield Witness(child)
    finally:
        child.close(force=True)


def named(frames: list[Json]) -> list[tuple[str, str, int]]:
    return [(frame["name"], frame["source"]["path"], frame["line"]) for frame in frames if "source" in frame]


@asynccontextmanager
async def scene(program: Program, *options: str) -> AsyncIterator[tuple[Client, Witness, int]]:
    """A client that has attached through dapshim to a headless dlv, and a witness there; the program has not begun."""
    async with (
        dlv_headless(program, "--accept-multiclient") as dlv,
        dapshim("--connect", dlv.address, *options) as shim,
        witness(dlv.address) as seen,
    ):
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go"})
        attach = await client.send("attach", {"mode": "remote"})
        await client.event("initialized")
        yield client, seen, attach
        await client.ok("disconnect", {"terminateDebuggee": False})
        await client.rest()
        # The server goes on, and the program stands where it stood.
        assert await seen.position()


@pytest.mark.parametrize("shims", ["on", "off"])
async def test_the_breakpoints_that_are_said_to_be_set_are_and_the_others_are_not(loop, shims):
    main, step = loop.line("main"), loop.line("step")
    async with scene(loop, "--shims", shims) as (client, seen, attach):
        assert await seen.breakpoints(loop) == []
        asked = [{"line": main}, {"line": step, "condition": "n == 3"}, {"line": 1}]
        answer = await client.ok("setBreakpoints", {"source": {"path": str(loop.source)}, "breakpoints": asked})
        assert [(each["verified"], each.get("line")) for each in answer["breakpoints"]] == [
            (True, main),
            (True, step),
            (False, None),
        ]
        assert await seen.breakpoints(loop) == [("source", step, "n == 3"), ("source", main, "")]
        answer = await client.ok("setFunctionBreakpoints", {"breakpoints": [{"name": "main.announce"}, {"name": "no.such"}]})
        said, nothing = answer["breakpoints"]
        assert (said["verified"], nothing["verified"]) == (True, False)
        three = [("main.announce", said["line"], ""), ("source", step, "n == 3"), ("source", main, "")]
        assert await seen.breakpoints(loop) == three
        # One list is one file's or the functions', and wipes out no other.
        await client.ok("setBreakpoints", {"source": {"path": str(loop.source)}, "breakpoints": asked[:1]})
        assert await seen.breakpoints(loop) == [three[0], three[2]]
        await client.ok("setFunctionBreakpoints", {"breakpoints": []})
        assert await seen.breakpoints(loop) == three[2:]
        await client.ok("setBreakpoints", {"source": {"path": str(loop.source)}, "breakpoints": []})
        assert await seen.breakpoints(loop) == []
        await client.ok("configurationDone")
        assert (await client.response(attach))["success"]
        await client.ok("pause", {"threadId": 1})
        await client.event("stopped")


@pytest.mark.parametrize("shims", ["on", "off"])
async def test_the_program_stands_where_it_is_said_to_stand(loop, shims):
    main, step = loop.line("main"), loop.line("step")
    async with scene(loop, "--shims", shims) as (client, seen, attach):
        asked = [{"line": main}, {"line": step, "condition": "n == 3"}]
        await client.ok("setBreakpoints", {"source": {"path": str(loop.source)}, "breakpoints": asked})
        await client.ok("configurationDone")
        assert (await client.response(attach))["success"]
        frames: list[Json] = []
        for command, line in (("continue", main), ("next", main + 1), ("continue", step), ("next", step + 1)):
            if line != main:
                await client.ok(command, {"threadId": 1})
            thread = (await client.event("stopped"))["body"]["threadId"]
            frames = (await client.ok("stackTrace", {"threadId": thread, "levels": 20}))["stackFrames"]
            assert frames[0]["line"] == line
            assert named(frames) == await seen.position()
        value = (await client.ok("evaluate", {"expression": "n", "frameId": frames[0]["id"]}))["result"]
        assert [value] == await seen.told("print n") == ["3"]
        reference = (await client.ok("scopes", {"frameId": frames[0]["id"]}))["scopes"][0]["variablesReference"]
        await client.ok("setVariable", {"variablesReference": reference, "name": "n", "value": "40"})
        assert await seen.told("print n") == ["40"]
