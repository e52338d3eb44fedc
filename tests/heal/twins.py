"""Stripped programs for the tests of heals, and a session that stops in one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from dapshim.binary.opened import facts_of
from dapshim.delve.go_build import run_go
from dapshim.heal.borrowing import borrow
from dapshim.heal.outcome import Borrowed, NotBorrowed
from dapshim.heal.store import Store
from tests.real import BOUND, PROGRAMS, clean_environment, dlv_dap, tool

STRIPPED = "-ldflags=-s -w"
DEBUG = "-gcflags=all=-N -l"


def person(**more: str) -> dict[str, str]:
    """Return the environment of a person who has set nothing."""
    return clean_environment(**{"GOENV": "off", "CGO_ENABLED": "0", **more})


def go(folder: Path, *words: str, **more: str) -> None:
    """Run the go command in a folder."""
    subprocess.run([tool("go"), *words], cwd=folder, env=person(**more), check=True, timeout=BOUND * 5)


def inspected(folder: Path) -> Path:
    """Copy the small program; return the folder of its main package."""
    shutil.copytree(PROGRAMS / "inspected", folder)
    return folder


def stripped(folder: Path, out: Path, *flags: str, **more: str) -> Path:
    """Build the program of a folder without debug info."""
    go(folder, "build", "-buildvcs=false", DEBUG, *(flags or (STRIPPED,)), "-o", str(out), ".", **more)
    return out


@attrs.define
class Runs:
    """Runs go commands and keeps what was run."""

    commands: list[Sequence[str]] = attrs.field(factory=list)
    environments: list[Mapping[str, str]] = attrs.field(factory=list)

    async def __call__(self, command: Sequence[str], directory: str, environ: Mapping[str, str]) -> tuple[int, bytes]:
        self.commands.append(tuple(command))
        self.environments.append(environ)
        return await run_go(command, directory, environ)


async def lend(path: Path, folder: Path, store: Store, run: Any = run_go, **more: Any) -> Borrowed | NotBorrowed:
    settings = {"environ": person(), "limit": 120.0, **more}
    return await borrow(facts_of(str(path)), str(folder), [tool("go")], run, store, **settings)


async def stopped(
    program: Path, source: Path, line: int, dlv: Mapping[str, str] | None = None, **launch: Any
) -> dict[str, str] | None:
    """Run to a line in a session of plain dlv; return the variables there, None where no breakpoint can be set."""
    async with dlv_dap(env=person(**(dlv or {}))) as running:
        client = await running.connect()
        await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
        sent = await client.send("launch", {"request": "launch", "mode": "exec", "program": str(program), **launch})
        await client.event("initialized")
        body = {"source": {"path": str(source)}, "breakpoints": [{"line": line}]}
        (told,) = (await client.ok("setBreakpoints", body))["breakpoints"]
        await client.ok("configurationDone")
        assert (await client.response(sent))["success"]
        if not told["verified"]:
            await client.event("terminated")
            return None
        stop = await client.event("stopped")
        frames = await client.ok("stackTrace", {"threadId": stop["body"]["threadId"]})
        top = frames["stackFrames"][0]
        assert (top["source"]["path"], top["line"]) == (str(source), line)
        found: dict[str, str] = {"": top["name"]}
        for scope in (await client.ok("scopes", {"frameId": top["id"]}))["scopes"]:
            values = await client.ok("variables", {"variablesReference": scope["variablesReference"]})
            found |= {each["name"]: each["value"] for each in values["variables"]}
        return found


def line_of(source: Path, text: str) -> int:
    """Return the only line that holds a text."""
    (found,) = (number for number, line in enumerate(source.read_text().splitlines(), 1) if text in line)
    return found


def left_over(store: Store) -> list[str]:
    """Return what is in the store and was not finished."""
    folder = Path(store.folder)
    return sorted(each.name for each in folder.iterdir() if each.name.startswith(".new-")) if folder.exists() else []
