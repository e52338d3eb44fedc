"""The recorded files of a program that only dlv can reach: the few requests that `recorded_from_memory` is made for."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from dapshim.binary.build_info import parse_build_info, unframed
from dapshim.binary.reading import recorded_from_memory
from tests.binary.executables import Executables, read
from tests.real import Client, dlv_dap


async def field(client: Client, expression: str) -> dict[str, Any]:
    """Evaluate an expression and return its first child."""
    value = await client.ok("evaluate", {"expression": expression, "context": "repl"})
    children = await client.ok("variables", {"variablesReference": value["variablesReference"]})
    found: dict[str, Any] = children["variables"][0]
    return found


async def memory(client: Client, reference: str, length: int) -> bytes:
    body = await client.ok("readMemory", {"memoryReference": reference, "offset": 0, "count": length})
    return base64.b64decode(body["data"])


@pytest.mark.parametrize("flags", [[], ["-gcflags=all=-N -l"]], ids=["optimised", "plain"])
async def test_table_and_build_info_over_dap(flags, built: Executables):
    path = built.build("linux/amd64", *flags)
    async with dlv_dap() as server:
        client = await server.connect()
        await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
        await client.send("launch", {"mode": "exec", "program": str(path)})
        await client.event("initialized")
        table = await field(client, "(*[]uint8)(uintptr(&runtime.firstmoduledata))")
        info = await field(client, "(*string)(uintptr(&runtime.modinfo))")
        text = await memory(client, info["memoryReference"], 1 << 16)
        data = await memory(client, table["memoryReference"], 4 << 20)
        gofunc = await client.ok("evaluate", {"expression": "runtime.firstmoduledata.gofunc", "context": "repl"})
        await client.ok("disconnect", {"terminateDebuggee": True})
    build = parse_build_info(unframed(text))
    executable = read(path)
    # Go 1.26: what inline trees are made of stands behind the table, and was read with it.
    trees = int(gofunc["result"].split()[0]) - int(table["memoryReference"], 0)
    recorded = recorded_from_memory(data, build, lambda at, length: data[trees + at : trees + at + length])
    assert recorded.files == executable.recorded().files
    assert build.path == executable.build.path
