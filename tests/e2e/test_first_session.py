"""The first session of a dapshim that has listened for a moment: it waits for no import, in any of its ways."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import trio

from dapshim.shims.printed_paths import BREAKPOINTS_FIRST
from tests.real import Program, Running, build, clean_environment, dapshim, dlv_headless

IMPORTED = re.compile(rb"^import time:.*\|\s*(dapshim\S*)$", re.MULTILINE)
QUIET = 1.0
"""Seconds without an import after which all that comes ahead has come."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program that walks; its paths are trimmed, so that all of the mapping is needed."""
    return build("walk", tmp_path_factory.mktemp("first"), "-trimpath")


async def imported_ahead(server: Running) -> int:
    """Wait until nothing more is imported, and return how much has been written until then."""
    written = -1
    while written != len(server.stderr) or b"dapshim.delve.asked_ahead" not in server.stderr:
        written = len(server.stderr)
        await trio.sleep(QUIET)
    return written


@asynccontextmanager
async def listening(walk: Program, how: str) -> AsyncIterator[tuple[Running, dict[str, object]]]:
    """Run a dapshim that notes its imports; yields it and what the client says to begin."""
    env = clean_environment(PYTHONPROFILEIMPORTTIME="1")
    folder = ("--workspace-folder", str(walk.source.parent))
    async with AsyncExitStack() as stack:
        if how == "launch":
            server = await stack.enter_async_context(dapshim(*folder, env=env))
            yield server, {"mode": "exec", "program": str(walk.binary)}
            return
        dlv = await stack.enter_async_context(dlv_headless(walk, "--accept-multiclient"))
        yield await stack.enter_async_context(dapshim("--connect", dlv.address, *folder, env=env)), {"mode": "remote"}


@pytest.mark.parametrize("how", ["launch", "attach"])
async def test_the_first_session_waits_for_no_import(walk, how):
    mark = next(text for text in walk.source.read_text().splitlines() if "// break: " in text).partition("// break: ")[2]
    async with listening(walk, how) as (server, said):
        before = await imported_ahead(server)
        client = await server.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True, "pathFormat": "path"})
        await client.send(how, said)
        await client.event("initialized")
        where = {"source": {"path": str(walk.source)}, "breakpoints": [{"line": walk.line(mark)}]}
        assert (await client.ok("setBreakpoints", where))["breakpoints"][0]["verified"]
        await client.ok("configurationDone")
        stop = await client.event("stopped")
        await client.ok("stackTrace", {"threadId": stop["body"]["threadId"]})
        await trio.sleep(2 * BREAKPOINTS_FIRST)  # what is looked up behind the breakpoints
        late = [each.decode() for each in IMPORTED.findall(bytes(server.stderr[before:]))]
        assert late == []
