"""Which breakpoints may be set later, by Delve's words and a real program's line table."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import trio

from dapshim.delve.further_programs import LOADED
from dapshim.delve.late_code import Hope, LateCode
from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.sources.rules import NO_RULES
from tests.real import PROGRAMS, clean_environment, tool

LINES, FUNCTIONS = "setBreakpoints", "setFunctionBreakpoints"
SUSPENDED = "unable to set breakpoint"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that loads plugins, one that does not, and one of C, in a folder."""
    folder = tmp_path_factory.mktemp("late")
    shutil.copytree(PROGRAMS / "late", folder / "late")
    for name in ("host", "steps"):
        command = [tool("go"), "build", "-gcflags=all=-N -l", "-o", str(folder / name), f"./{name}"]
        subprocess.run(command, cwd=folder / "late", env=clean_environment(CGO_ENABLED="1"), check=True, capture_output=True)
    source = str(folder / "late/chost/host.c")
    subprocess.run([tool("gcc"), "-o", str(folder / "c"), source, "-ldl"], check=True, capture_output=True)
    return folder


async def read(folder: Path, name: str) -> LateCode:
    found = SessionMap(Planner(Setting()))
    await found.read_file(str(folder / name), NO_RULES)
    return LateCode(found)


@pytest.mark.parametrize(
    ("program", "command", "path", "entry", "said", "hope"),
    [
        ("steps", LINES, "steps/main.go", {"line": 14}, "could not find statement at X", Hope.EXPECTED),
        ("steps", LINES, "steps/main.go", {"line": 1}, "could not find statement at X", Hope.NEVER),
        ("steps", LINES, "steps/main.go", {"line": 14}, "could not find file X, binary is stripped", Hope.NEVER),
        ("steps", LINES, "steps/main.go", {"line": 14}, "Breakpoint exists at X:14 at 49e593", Hope.NEVER),
        ("steps", LINES, "steps/main.go", {"line": 14}, "1:5: expected operand, found 'EOF'", Hope.NEVER),
        ("steps", LINES, "plug/plug.go", {"line": 9}, "could not find file X", Hope.NEVER),
        ("steps", FUNCTIONS, "", {"name": "main.main"}, 'location "main.main" not found', Hope.EXPECTED),
        ("steps", FUNCTIONS, "", {"name": "main.mian"}, 'location "main.mian" not found', Hope.NEVER),
        ("steps", "setInstructionBreakpoints", "", {"instructionReference": "0x1"}, "location X not found", Hope.NEVER),
        ("host", LINES, "host/main.go", {"line": 14}, SUSPENDED, Hope.EXPECTED),
        ("host", LINES, "host/main.go", {"line": 1}, SUSPENDED, Hope.NEVER),
        ("host", LINES, "plug/plug.go", {"line": 9}, SUSPENDED, Hope.LOADED),
        ("host", FUNCTIONS, "", {"name": "plug.Greet"}, 'location "plug.Greet" not found', Hope.LOADED),
        ("c", LINES, "lib/lib.go", {"line": 8}, "could not find file X", Hope.LOADED),
        ("c", FUNCTIONS, "", {"name": "main.Add"}, 'location "main.Add" not found', Hope.LOADED),
    ],
)
async def test_when_it_may_be_set(programs, program, command, path, entry, said, hope):
    code = await read(programs, program)
    place = str(programs / "late" / path) if path else ""
    assert await code.hope(command, place, entry, {"verified": False, "message": said}) is hope


async def test_what_is_followed_may_have_other_code(programs):
    code = await read(programs, "steps")
    code.follows_exec = True
    place = str(programs / "late/steps/main.go")
    assert await code.hope(LINES, place, {"line": 1}, {"message": SUSPENDED}) is Hope.LOADED


async def test_before_the_files_are_known_every_line_may_come(programs):
    code = LateCode(SessionMap(Planner(Setting())))
    assert await code.hope(LINES, "/w/main.go", {"line": 1}, {"message": "could not find file /w/main.go"}) is Hope.MAPPED
    assert (code.is_go, code.loads_plugins, code.entry_of("main.main")) == (None, False, None)


async def test_an_entry_is_where_the_symbol_is(programs):
    code = await read(programs, "host")
    run = await trio.run_process([tool("go"), "tool", "nm", str(programs / "host")], capture_stdout=True)
    symbols = {each.split()[-1]: each.split()[0] for each in run.stdout.decode().splitlines() if len(each.split()) == 3}
    for name in ("main.main", "runtime.main", LOADED):
        assert code.entry_of(name) == hex(int(symbols[name], 16))
    assert code.entry_of("main.nobody") is None
