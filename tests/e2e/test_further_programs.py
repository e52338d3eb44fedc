"""Plugins, libraries and children whose recorded paths are not the program's own, with the real dlv: their frames open."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.e2e.test_late_breakpoints import WHOLE, built, late, launched, line, set_functions
from tests.real import PROGRAMS, Client, Json, tool

__all__ = ["late"]


def built_elsewhere(folder: Path, *, flags: tuple[str, ...] = WHOLE, **packages: tuple[str, ...]) -> dict[str, str]:
    """Build packages of the late programs in a folder that is gone afterwards; return the binaries, by their packages."""
    elsewhere = folder / "elsewhere"
    shutil.copytree(PROGRAMS / "late", elsewhere)
    made = {name: Path(built(elsewhere, f"{name}.so", name, *flags, *own)) for name, own in packages.items()}
    kept = {name: str(path.rename(folder / path.name)) for name, path in made.items()}
    shutil.rmtree(elsewhere)
    return kept


async def top(client: Client) -> tuple[Json, str, int]:
    """Return the next stop, and the file and line of its first frame."""
    stop: Json = (await client.event("stopped"))["body"]
    (frame,) = (await client.ok("stackTrace", {"threadId": stop.get("threadId", 0), "levels": 1}))["stackFrames"]
    return stop, frame["source"]["path"], frame["line"]


async def test_frames_of_a_plugin_that_was_built_elsewhere_open(late, tmp_path):
    made = built_elsewhere(tmp_path, host=(), plug=("-buildmode=plugin",))
    source = late / "plug/plug.go"
    async with launched(made["host"], made["plug"], dapshim={"workspaceFolder": str(late)}) as client:
        await set_functions(client, "plug.Greet")
        await client.ok("configurationDone")
        _, path, number = await top(client)
        assert (path, number) == (str(source), line(source, "greet") - 1)


async def test_frames_of_a_library_that_was_built_elsewhere_open(late, tmp_path):
    """The program is none of Go's, so that nothing is known of its sources."""
    made = built_elsewhere(tmp_path, lib=("-buildmode=c-shared",))
    host = late / "chost-program"
    subprocess.run([tool("gcc"), "-g", "-o", str(host), str(late / "chost/host.c"), "-ldl"], check=True, capture_output=True)
    source = late / "lib/lib.go"
    async with launched(str(host), made["lib"]) as client:
        await set_functions(client, "main.Add")
        await client.ok("configurationDone")
        _, path, number = await top(client)
        assert (path, number) == (str(source), line(source, "add") - 1)


async def test_frames_of_a_child_that_was_built_elsewhere_open(late, tmp_path):
    """Its sources are not where it was built from; those of the program, which starts it, are."""
    program = built(late, "again-debug", "again", *WHOLE)
    child = built_elsewhere(tmp_path, steps=())["steps"]
    source = late / "steps/main.go"
    printing = Path(json.loads(subprocess.check_output([tool("go"), "env", "-json", "GOROOT"]))["GOROOT"]) / "src/fmt/print.go"
    begins = next(
        number for number, text in enumerate(printing.read_text().splitlines(), 1) if text.startswith("func Println(")
    )
    async with launched(program, "starts", child, followExec=True) as client:
        asked = {"source": {"path": str(printing)}, "breakpoints": [{"line": begins + 1}]}
        (found,) = (await client.ok("setBreakpoints", asked))["breakpoints"]
        assert found["verified"]
        await client.ok("configurationDone")
        stop: Json = (await client.event("stopped"))["body"]
        frames = (await client.ok("stackTrace", {"threadId": stop.get("threadId", 0), "levels": 2}))["stackFrames"]
        places = [(frame["name"], frame["source"].get("path"), frame["line"]) for frame in frames]
        assert places == [("fmt.Println", str(printing), begins + 1), ("main.main", str(source), line(source, "main"))]
