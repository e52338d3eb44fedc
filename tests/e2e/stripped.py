"""Programs without debug info, their twins with it, and walks through both: what the tests of the bridge share."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from tests.real import BOUND, PROGRAMS, Client, Program, clean_environment, dapshim, tool

Json = dict[str, Any]
Place = tuple[str, int]

FLAVOURS: Final = {
    "plain": ("-gcflags=all=-N -l",),
    "optimised": (),
    "pie": ("-gcflags=all=-N -l", "-buildmode=pie"),
    "cgo": ("-gcflags=all=-N -l", "-linkmode=external"),
    "race": ("-race",),
    "trimmed": ("-trimpath",),
}
"""The flags of go build for each kind of program; `-linkmode` is the linker's."""


@attrs.frozen
class Twins:
    """One program, built twice."""

    stripped: Program
    whole: Program


def build_twins(folder: Path, flavour: str) -> Twins:
    """Build tests/programs/walk with `-s -w`, and with the same flags but these."""
    where = folder / "walk"
    if not where.exists():
        shutil.copytree(PROGRAMS / "walk", where)
    linked = [flag for flag in FLAVOURS[flavour] if flag.startswith("-linkmode")]
    flags = [flag for flag in FLAVOURS[flavour] if flag not in linked]
    made = []
    for name, more in ((f"{flavour}-stripped", ["-s", "-w"]), (f"{flavour}-whole", [])):
        command = [tool("go"), "build", *flags, f"-ldflags={' '.join([*linked, *more])}", "-o", name, "."]
        environment = clean_environment(CGO_ENABLED="1" if linked or "-race" in flags else "0")
        subprocess.run(command, cwd=where, env=environment, check=True, timeout=BOUND * 5)
        made.append(Program(where / name, where / "main.go"))
    return Twins(*made)


async def begun(client: Client, program: Program, lists: Json, **arguments: Any) -> Json:
    """Launch with breakpoints, `lists` of DAP's commands and entries; return their answers by command."""
    await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
    launch = await client.send("launch", {"mode": "exec", "program": str(program.binary)} | arguments)
    answers = await configured(client, program, lists)
    assert (await client.response(launch))["success"]
    return answers


async def configured(client: Client, program: Program, lists: Json) -> Json:
    """Send the lists, and that these are all."""
    await client.event("initialized")
    answers = {}
    for command, entries in lists.items():
        more = {"source": {"path": str(program.source)}} if command == "setBreakpoints" else {}
        answers[command] = (await client.ok(command, {**more, "breakpoints": entries}))["breakpoints"]
    await client.ok("configurationDone")
    return answers


async def stopped(client: Client) -> Json:
    """Return the body of the next stop; fail when the program ends."""
    message = await client.until(lambda each: each.get("event") in ("stopped", "terminated"))
    assert message["event"] == "stopped", message
    body: Json = message["body"]
    return body


async def stack(client: Client, thread: int) -> list[Place]:
    """Return the functions and lines of a stack."""
    body = await client.ok("stackTrace", {"threadId": thread, "startFrame": 0, "levels": 50})
    return [(frame["name"], frame["line"]) for frame in body["stackFrames"]]


async def walk(client: Client, program: Program, marker: str, commands: Sequence[str]) -> list[Place]:
    """Stop at a marker, go on by steps, and return where the program was each time; ("", 0) where it ended."""
    await begun(client, program, {"setBreakpoints": [{"line": program.line(marker)}]})
    places: list[Place] = []
    for command in [*commands, ""]:
        message = await client.until(lambda each: each.get("event") in ("stopped", "terminated"))
        if message["event"] == "terminated":
            places.append(("", 0))
            break
        thread = message["body"]["threadId"]
        places.append((await stack(client, thread))[0])
        if len(places) == 1:
            await client.ok("setBreakpoints", {"source": {"path": str(program.source)}, "breakpoints": []})
        if command:
            await client.ok(command, {"threadId": thread})
    with trio.move_on_after(BOUND):
        await client.ask("disconnect", {"terminateDebuggee": True})
    return places


def bridged(*arguments: str) -> Any:
    """Run dapshim as it is where no debug info can be borrowed: see `tests.real.dapshim`."""
    return dapshim(*arguments, env=clean_environment(DAPSHIM_HEAL="off"))
