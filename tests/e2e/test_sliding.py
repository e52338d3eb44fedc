"""Breakpoints on lines without code, and the lines that are offered, with the real dlv."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.causes import CGO, GENERATED, MAIN, PAGE, WITH_PAGE, Made, Session
from tests.real import Client, Json, dapshim, traced

COMMENT = MAIN.split("\n").index("\t// a comment inside") + 1


async def launched(client: Client, program: Path, **own: object) -> int:
    await client.ok("initialize", {"adapterID": "go", "linesStartAt1": True})
    launch = await client.send("launch", {"mode": "exec", "program": str(program), "dapshim": own})
    await client.event("initialized")
    return launch


async def put(client: Client, source: Path, *lines: int) -> list[Json]:
    entries = [{"line": line} for line in lines]
    found: list[Json] = (await client.ok("setBreakpoints", {"source": {"path": str(source)}, "breakpoints": entries}))[
        "breakpoints"
    ]
    return found


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Session(at="return total").made(tmp_path)


async def test_it_is_hit_where_it_has_moved(made):
    async with dapshim("--workspace-folder", str(made.root)) as shim:
        client = await shim.connect()
        await launched(client, made.binary)
        (first,) = await put(client, made.source, COMMENT)
        assert (first["verified"], first["line"]) == (True, COMMENT + 2)
        assert first["message"].endswith(f"It has moved to line {COMMENT + 2}.")
        first, second = await put(client, made.source, COMMENT, made.line)
        assert (first["line"], second["line"]) == (COMMENT + 2, made.line)
        await client.ok("configurationDone")
        stop = (await client.event("stopped"))["body"]
        assert stop["hitBreakpointIds"] == [first["id"]]
        frames = (await client.ok("stackTrace", {"threadId": stop["threadId"]}))["stackFrames"]
        assert frames[0]["line"] == COMMENT + 2


async def test_it_keeps_its_id_over_later_lists(made):
    async with dapshim("--workspace-folder", str(made.root)) as shim:
        client = await shim.connect()
        await launched(client, made.binary)
        (first,) = await put(client, made.source, COMMENT)
        for others in ((made.line,), (), (made.line, 11)):
            again, *_ = await put(client, made.source, COMMENT, *others)
            assert (again["id"], again["line"]) == (first["id"], first["line"])


async def test_told_not_to_it_stays(made):
    async with dapshim("--workspace-folder", str(made.root)) as shim:
        client = await shim.connect()
        await launched(client, made.binary, slideBreakpoints=False)
        (first,) = await put(client, made.source, COMMENT)
        assert first["verified"] is False


async def test_a_link_and_the_file_itself_move_alike(made, tmp_path):
    (tmp_path / "link").symlink_to(made.root)
    async with dapshim("--workspace-folder", str(made.root)) as shim:
        client = await shim.connect()
        await launched(client, made.binary)
        (here,) = await put(client, made.source, COMMENT)
        (there,) = await put(client, tmp_path / "link/main.go", COMMENT)
        assert (here["line"], there["line"]) == (COMMENT + 2, COMMENT + 2)
        assert there["source"]["path"] == str(tmp_path / "link/main.go")
        await client.ok("configurationDone")
        hit = (await client.event("stopped"))["body"]["hitBreakpointIds"]
        assert {here["id"], there["id"]} <= set(hit)


async def test_optimised_code_moves_where_delve_has_a_statement(tmp_path):
    made = Session(at="total := 0", flags=()).made(tmp_path)
    async with dapshim("--workspace-folder", str(made.root)) as shim:
        client = await shim.connect()
        await launched(client, made.binary)
        (found,) = await put(client, made.source, made.line)
        assert found["verified"] is True, found
        assert made.line < found["line"] <= made.line + 6
        await client.ok("configurationDone")
        assert (await client.event("stopped"))["body"]["hitBreakpointIds"] == [found["id"]]


@pytest.mark.parametrize(
    "session",
    [
        Session(),
        Session(flags=()),
        Session(file="lib/with_c.go", environment=CGO),
        Session(file="page.tmpl", files={"page.go": GENERATED, "page.tmpl": PAGE, "main.go": WITH_PAGE}),
    ],
    ids=["debug", "optimised", "with C", "template"],
)
async def test_the_lines_that_are_offered_are_those_that_delve_takes(session, tmp_path):
    made = session.made(tmp_path)
    async with dapshim("--workspace-folder", str(made.root)) as shim:
        client = await shim.connect()
        await launched(client, made.binary, slideBreakpoints=False, preflight="warn")
        last = made.source.read_text().count("\n")
        asked = {"source": {"path": str(made.source)}, "line": 1, "endLine": last}
        offered = [each["line"] for each in (await client.ok("breakpointLocations", asked))["breakpoints"]]
        found = await put(client, made.source, *range(1, last + 1))
        assert offered == [line for line, each in enumerate(found, 1) if each["verified"]] != []


async def test_a_healthy_session_has_no_own_call(made, tmp_path):
    trace = tmp_path / "trace.jsonl"
    async with dapshim("--workspace-folder", str(made.root), "--trace", str(trace)) as shim:
        client = await shim.connect()
        await launched(client, made.binary)
        (found,) = await put(client, made.source, made.line)
        assert "message" not in found
        await client.ok("configurationDone")
        await client.event("stopped")
        await client.ok("disconnect", {"terminateDebuggee": True})
    lines = traced(trace)
    own = [each["origin"] for each in lines if (each.get("edge"), each.get("way")) == ("adapter", "out")]
    assert set(own) == {"client"}
    said = {each["origin"] for each in lines if (each.get("edge"), each.get("way")) == ("client", "out")}
    assert not said & {"explain", "sliding", "breakpoint_locations"}


VARIABLES = MAIN.replace(
    "func main() {",
    "var double = func(n int) int {\n\t// in a literal of the package\n\n\treturn n * 2\n}\n\n"
    'var table = map[string]int{\n\t"a": 1, // never\n\t"b": work(double(2)),\n}\n\nfunc main() {\n\tfmt.Println(table)',
)


async def test_variables_of_the_package_are_hit_where_they_say(tmp_path):
    """Delve names line 1 of no file for an initialiser: the dot stays where the code is."""
    made = Session(at="// in a literal", files={"main.go": VARIABLES}).made(tmp_path)
    table = made.line + 5
    async with dapshim("--workspace-folder", str(made.root)) as shim:
        client = await shim.connect()
        await launched(client, made.binary)
        literal, declared = await put(client, made.source, made.line, table)
        assert [(each["verified"], each.get("line")) for each in (literal, declared)] == [(True, made.line + 2), (True, table)]
        assert declared["source"]["path"] == str(made.source)
        await client.ok("configurationDone")
        hit = []
        while (stop := await client.until(lambda each: each.get("event") in ("stopped", "terminated")))["event"] == "stopped":
            hit += stop["body"]["hitBreakpointIds"]
            await client.send("continue", {"threadId": stop["body"]["threadId"]})
        assert set(hit) == {literal["id"], declared["id"]}
