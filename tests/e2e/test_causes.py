"""Every cause for which a breakpoint is not set, with a real program and the real dlv: what is said, and that it is true.

True means: where there is a remedy, the breakpoint is hit after it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from dapshim.diagnose.breakpoint_codes import DIAGNOSES
from tests.e2e.causes import CAUSES, DEBUG, TRIMMED, WRAPPED, Cause, Made, Session
from tests.real import BOUND, Client, Json, clean_environment, dapshim, tool

ELSEWHERE = {
    "ambiguous-path",
    "not-loaded",
    "condition-name",
    "condition-call",
    "duplicate-breakpoint",
    "core-breakpoint",
    "program-exited",
}
"""Codes that have a test of their own, below."""


@asynccontextmanager
async def launched(made: Made, **arguments: Any) -> AsyncIterator[Client]:
    """A session that waits for its breakpoints; nothing slides, so that causes are seen."""
    async with dapshim("--workspace-folder", str(made.root), env=made.environment) as shim:
        client = await shim.connect()
        await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
        own = {"slideBreakpoints": False, "preflight": "warn", "heal": "off"}
        await client.send("launch", {"mode": "exec", "program": str(made.binary), "dapshim": own} | arguments)
        await client.event("initialized")
        yield client
        await client.ask("disconnect", {"terminateDebuggee": True})


async def asked(client: Client, made: Made, session: Session) -> Json:
    """Set the breakpoint, and return what became of it."""
    entry = made.entry(session)
    if session.function:
        answer = await client.ok("setFunctionBreakpoints", {"breakpoints": [entry]})
    else:
        answer = await client.ok("setBreakpoints", {"source": {"path": str(made.source)}, "breakpoints": [entry]})
    found: Json = answer["breakpoints"][0]
    return found


def said(client: Client) -> list[Json]:
    """What dapshim has said of breakpoints, in the console."""
    return [
        each["body"]
        for each in client.log
        if each.get("event") == "output"
        and each["body"]["output"].startswith("dapshim: ")
        and each["body"]["category"] == "console"
    ]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda each: each.name)
async def test_a_cause_is_told_and_its_remedy_works(cause: Cause, tmp_path: Path) -> None:
    session = cause.session
    made = session.made(tmp_path / "before")
    async with launched(made) as client:
        found = await asked(client, made, session)
        assert found["verified"] is False
        assert cause.says in found["message"]
        await client.ask("threads")
        lines = said(client)
        assert len(lines) == (0 if cause.quiet else 1), lines
        if lines:
            assert found["message"].startswith(lines[0]["output"].removeprefix("dapshim: ").rstrip("\n"))
            if not session.function:
                assert (lines[0]["source"]["path"], lines[0]["line"]) == (str(made.source), made.line)
        again = await asked(client, made, session)
        # Delve lists what a name may mean in any order.
        assert again["message"].partition(" (Delve: ")[0] == found["message"].partition(" (Delve: ")[0]
        await client.ask("threads")
        assert len(said(client)) == len(lines)
    if not session.entry:
        what = session.function or f"{made.source}:{made.line}"
        assert why(made, what)["cause"] == cause.code
    if cause.mended is not None:
        await is_hit(cause.mended, tmp_path / "after")


async def is_hit(session: Session, folder: Path) -> None:
    """After the remedy the program stops there."""
    made = session.made(folder)
    async with launched(made) as client:
        found = await asked(client, made, session)
        assert found["verified"] is True, found
        await client.ok("configurationDone")
        stop = await client.until(lambda each: each.get("event") in ("stopped", "terminated"))
        assert stop["event"] == "stopped", stop
        assert stop["body"]["hitBreakpointIds"] == [found["id"]]
    if not session.entry:
        what = session.function or f"{made.source}:{made.line}"
        assert why(made, what, code=0)["settable"] is True


def why(made: Made, what: str, *, code: int = 1) -> Json:
    """Ask the command for the same."""
    done = subprocess.run(
        [sys.executable, "-m", "dapshim", "why", what, str(made.binary), "--json"],
        cwd=made.root,
        env=made.environment,
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    found: Json = json.loads(done.stdout)
    return found


def test_every_code_has_its_case():
    assert {each.code for each in CAUSES} | ELSEWHERE >= {each.code for each in DIAGNOSES}


# -- those that need more than one breakpoint ------------------------------------------------------------------------------


async def warned_and_stopped(client: Client, made: Made, session: Session) -> tuple[str, Json]:
    """Set a breakpoint that Delve takes, and run to a stop or the end; return what was said of it, and that event."""
    found = await asked(client, made, session)
    assert found["verified"] is True
    await client.ok("configurationDone")
    return found["message"], await client.until(lambda each: each.get("event") in ("stopped", "terminated"))


async def test_a_name_that_is_not_there_and_what_delve_then_does(tmp_path):
    session = Session(at="total += i", entry={"condition": "totl > 100"})
    made = session.made(tmp_path)
    async with launched(made) as client:
        said, stop = await warned_and_stopped(client, made, session)
        assert "names totl, which is not there: Delve stops each time" in said
        assert "Did you mean total?" in said
        assert stop["event"] == "stopped", "Delve stops where it cannot evaluate a condition"
    for name in ("total > 100", "n > 100", "len(lib.Name) > 100", 'fmt.Sprint(i) == "no"', "i > 100 // a comment"):
        async with launched(made) as client:
            found = await asked(client, made, Session(entry={"condition": name}))
            assert "message" not in found, found


async def test_a_condition_that_calls_a_function_and_what_delve_then_does(tmp_path):
    session = Session(at="total += i", entry={"condition": "small(i) > 100"})
    made = session.made(tmp_path)
    async with launched(made) as client:
        said, stop = await warned_and_stopped(client, made, session)
        assert "calls small, and Delve calls no function in a condition: it stops each time" in said
        assert "function calls not allowed" in stop["body"]["text"]


async def test_a_place_in_the_list_of_functions_is_explained_as_a_line(tmp_path):
    made = Session(at="// a comment inside").made(tmp_path)
    async with launched(made) as client:
        found = await asked(client, made, Session(function=f"main.go:{made.line}"))
        assert found["verified"] is False
        assert found["message"].startswith(f"main.go:{made.line} is a comment; the nearest lines with code in work: 11 and 14.")
        assert "can not be enabled" in found["message"]


async def test_a_method_that_the_compiler_wraps_is_two_for_delve(tmp_path):
    made = Session(files={"main.go": WRAPPED}).made(tmp_path)
    async with launched(made) as client:
        found = await asked(client, made, Session(function="base.value"))
        assert found["message"].startswith(
            "base.value may be 2 functions: main.base.value, main.(*base).value. Write the whole"
        )
        found = await asked(client, made, Session(function="main.base.value"))
        assert found["verified"] is True


async def test_the_line_that_builds_with_cgo_is_typed(tmp_path):
    session = Session(file="lib/with_c.go", at="C.two()")
    made = session.made(tmp_path)
    async with launched(made) as client:
        found = await asked(client, made, session)
    command = re.search(r"Build it with cgo: (.+?)\. \(Delve", found["message"])
    assert command is not None, found
    environment = clean_environment(CGO_ENABLED="0")
    subprocess.run(["sh", "-c", command[1]], env=environment, check=True, timeout=BOUND * 5)
    async with launched(made) as client:
        assert (await asked(client, made, session))["verified"] is True


async def test_two_at_one_place(tmp_path):
    session = Session(at="return total")
    made = session.made(tmp_path)
    async with launched(made) as client:
        entries = [{"line": made.line}, {"line": made.line}]
        answer = await client.ok("setBreakpoints", {"source": {"path": str(made.source)}, "breakpoints": entries})
        first, second = answer["breakpoints"]
        assert (first["verified"], second["verified"]) == (True, False)
        assert second["message"].startswith(f"Another breakpoint stands at main.go:{made.line} already")
        await client.ok("configurationDone")
        assert (await client.event("stopped"))["body"]["hitBreakpointIds"] == [first["id"]]


ALIKE = 'package main\n\nfunc main() {\n\tprintln("one of two")\n}\n'


async def test_two_files_that_may_be_meant_and_the_rule_that_settles_it(tmp_path):
    """A program that was built of files (`go build main.go`) and trimmed records no folder, and another one is alike."""
    one, two = "cmd/x/main.go", "cmd/y/main.go"
    session = Session(file=one, at="one of two", flags=TRIMMED, package=one, files={one: ALIKE, two: ALIKE})
    made = session.made(tmp_path)
    async with launched(made) as client:
        found = await asked(client, made, session)
        assert found["verified"] is False
        assert f"AMBIGUOUS main.go: {made.root / one}, {made.root / two}" in found["message"]
        rule = re.search(r"substitutePath = \[.*?\]", found["message"])
        assert rule is not None, found
        await client.ask("threads")
        assert len(said(client)) == 1
    assert why(made, f"{made.source}:{made.line}")["cause"] == "ambiguous-path"
    (made.root / ".dapshim.toml").write_text(f"{rule[0]}\n")
    async with launched(made) as client:
        found = await asked(client, made, session)
        assert found["verified"] is True, found
        await client.ok("configurationDone")
        assert (await client.event("stopped"))["body"]["hitBreakpointIds"] == [found["id"]]
    assert why(made, f"{made.source}:{made.line}", code=0)["settable"] is True


async def test_after_the_end(tmp_path):
    session = Session(at="return total")
    made = session.made(tmp_path)
    async with launched(made) as client:
        await client.ok("configurationDone")
        await client.event("terminated")
        found = await asked(client, made, session)
        assert (found["verified"], found["message"].partition(" (Delve")[0]) == (
            False,
            "The program has ended (exit status 0), so that nothing can be set. Start it again.",
        )


async def test_a_core(tmp_path):
    session = Session(at="return total")
    made = session.made(tmp_path)
    (tmp_path / "script").write_text(f"break main.work\ncontinue\ndump {tmp_path}/core\nexit\n")
    command = [
        tool("dlv"),
        "exec",
        str(made.binary),
        "--init",
        str(tmp_path / "script"),
        "--allow-non-terminal-interactive=true",
    ]
    subprocess.run(command, check=True, env=clean_environment(), capture_output=True, timeout=BOUND, stdin=subprocess.DEVNULL)
    async with launched(made, mode="core", coreFilePath=str(tmp_path / "core")) as client:
        found = await asked(client, made, session)
        assert found["message"].startswith("A core file does not run, so that no breakpoint can be reached.")


async def test_in_a_compound_session_each_program_has_its_own(tmp_path):
    """The editor sends all breakpoints to both: what is the other one's says whose it is, and the console is silent."""
    one = Session(at="return total").made(tmp_path)
    two = Session(package="./cmd/other", file="other/other.go", at="return 4").made(tmp_path / "more")
    other = attrs.evolve(two, root=one.root, source=one.root / "other/other.go")
    # Both were built of one workspace.
    command = [tool("go"), "build", *DEBUG, "-o", str(other.binary), "./cmd/other"]
    subprocess.run(command, cwd=one.root, check=True, env=clean_environment(CGO_ENABLED="0"), capture_output=True)
    places = [(one.source, one.line), (other.source, other.line)]
    async with dapshim("--workspace-folder", str(one.root), env=one.environment) as shim:
        clients = []
        for own, made in enumerate((one, other)):
            client = await shim.connect()
            clients.append(client)
            await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
            await client.send("launch", {"mode": "exec", "program": str(made.binary)})
            await client.event("initialized")
            found = []
            for source, line in places:
                asked_for = {"source": {"path": str(source)}, "breakpoints": [{"line": line}]}
                found += (await client.ok("setBreakpoints", asked_for))["breakpoints"]
            assert found[own]["verified"] is True
            assert found[1 - own]["verified"] is False
            assert f"It belongs to {('.', 'cmd/other')[1 - own]}" in found[1 - own]["message"].replace(str(one.root), ".")
            await client.ok("configurationDone")
            assert (await client.event("stopped"))["body"]["hitBreakpointIds"] == [found[own]["id"]]
            assert not said(client)
        for client in clients:
            await client.ask("disconnect", {"terminateDebuggee": True})


PLUGIN = 'package main\n\nimport "fmt"\n\nfunc Hello() {\n\tfmt.Println("hello") // in the plugin\n}\n'
HOST = """package main

import (
	"os"
	"plugin"
)

func main() {
	opened, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	hello, _ := opened.Lookup("Hello")
	hello.(func())()
}
"""


async def test_a_plugin_that_is_not_loaded_yet(tmp_path):
    files = {"main.go": HOST, "main_test.go": "package main\n", "plug/plug.go": PLUGIN}
    made = Session(files=files, environment={"CGO_ENABLED": "1"}).made(tmp_path)
    command = [tool("go"), "build", *DEBUG, "-buildmode=plugin", "-o", "plug.so", "./plug"]
    subprocess.run(
        command, cwd=made.root, check=True, env=clean_environment(CGO_ENABLED="1"), capture_output=True, timeout=BOUND * 5
    )
    source = made.root / "plug/plug.go"
    async with launched(made, args=[str(made.root / "plug.so")]) as client:
        answer = await client.ok("setBreakpoints", {"source": {"path": str(source)}, "breakpoints": [{"line": 6}, {"line": 1}]})
        for found in answer["breakpoints"]:
            assert found["verified"] is False
            assert "a plugin or a child process may bring it: the breakpoint will be set when it is loaded" in found["message"]
        await client.ok("configurationDone")
        changed = (await client.event("breakpoint"))["body"]["breakpoint"]
        assert (changed["verified"], changed["line"]) == (True, 6)
        assert (await client.event("stopped"))["body"]["hitBreakpointIds"] == [changed["id"]]
