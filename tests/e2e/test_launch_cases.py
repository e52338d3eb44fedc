"""The launches of `launch_cases.py`, with the real dlv: through dapshim each stops where it must; plain dlv does what is said.

Plain dlv is started in the same folder with the same environment and gets the same arguments, expanded as VS Code does it. Each
side has the files for itself. What a row says of plain dlv is checked too: a row that plain dlv does as well must say so.
"""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest
import trio

from tests.e2e.launch_cases import ATTRIBUTES, CASES, FROM_VSCODE, PROGRAMS, VSCODE_GO, WORKS, Case, launch
from tests.e2e.launch_layouts import LAYOUTS
from tests.layouts import Link
from tests.real import BOUND, Client, Json, clean_environment, dlv_dap, tool

Side = Literal["dapshim", "plain"]

ENOUGH = 25
MARK = "// break: here"


@attrs.frozen
class Seen:
    """How far a session came, and what was seen there."""

    failed: str | None = None
    unverified: str | None = None
    stopped: tuple[str, int] | None = None
    scope: str = ""
    variables: dict[str, str] = attrs.field(factory=dict)
    binary: str = ""
    told: str = ""


@functools.cache
def build_cache() -> str:
    """Return the folder of what go has built before, which all share."""
    return subprocess.run([tool("go"), "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip()


@attrs.frozen
class Place:
    """One layout of one side, on the disk."""

    root: Path

    def written(self, value: Any) -> Any:
        """Return a value of a case with the names of places in it replaced."""
        if isinstance(value, dict):
            return {name: self.written(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.written(each) for each in value]
        if not isinstance(value, str):
            return value
        for name, path in self._names.items():
            value = value.replace(f"{{{name}}}", path)
        return value

    @property
    def _names(self) -> dict[str, str]:
        dlv, go = tool("dlv"), tool("go")
        own = {"root": "", "ws": "/ws", "home": "/home", "elsewhere": "/elsewhere", "gopath": "/gopath"}
        return {
            **{name: f"{self.root}{path}" for name, path in own.items()},
            "dlv": dlv,
            "go": go,
            "dlv_folder": str(self.root / "only dlv/bin"),
            "go_folder": str(Path(go).parent),
        }

    def path(self, below: str) -> Path:
        return self.root / below

    def environment(self, case: Case) -> dict[str, str]:
        """Return what dapshim and dlv find, and nothing that this machine's user has set up."""
        go, dlv = Path(tool("go")), Path(tool("dlv"))
        system = ("/usr/bin", "/bin")
        kept = {
            name: value for name, value in clean_environment().items() if name in ("LANG", "LC_ALL", "TMPDIR", "PYTHONPATH")
        }
        return {
            "PATH": os.pathsep.join([str(dlv.parent), str(go.parent), *system]),
            "HOME": str(self.path("home")),
            "PWD": str(self.path(case.runs_in)),
            "GOCACHE": build_cache(),
            "GOPATH": str(self.path("gopath")),
            "GOENV": "off",
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
            **kept,
            **self.written(case.environ),
        }

    def line(self, file: str) -> int:
        """Return the line that is marked in a file."""
        lines = self.path(file).read_text().splitlines()
        (found,) = [number for number, text in enumerate(lines, 1) if MARK in text]
        return found


class Places:
    """The layouts on the disk, each once for each side, and the dapshims that serve there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._made: dict[tuple[Side, str], Place] = {}
        self._serving: dict[tuple[Any, ...], tuple[subprocess.Popen[bytes], int]] = {}

    def of(self, side: Side, layout: str) -> Place:
        if (side, layout) not in self._made:
            place = Place(self.root / side / layout.replace(" ", "-"))
            _lay_out(place, layout)
            self._made[side, layout] = place
        return self._made[side, layout]

    def dapshim(self, case: Case) -> int:
        """Return the port of a dapshim that runs where the case says, with its environment."""
        place = self.of("dapshim", case.layout)
        key = (case.layout, case.runs_in, *sorted(case.environ.items()))
        if key not in self._serving:
            process = subprocess.Popen(
                [sys.executable, "-m", "dapshim", "--listen", "127.0.0.1:0"],
                cwd=place.path(case.runs_in),
                env=place.environment(case),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            ready = process.stdout.readline().decode()
            self._serving[key] = process, int(ready.rpartition(":")[2])
        return self._serving[key][1]

    def close(self) -> None:
        for process, _ in self._serving.values():
            process.send_signal(signal.SIGTERM)
        for process, _ in self._serving.values():
            process.wait(BOUND)
            assert process.stdout is not None
            process.stdout.close()


def _lay_out(place: Place, layout: str) -> None:
    for folder in ("home/sdk/go1.26.0/bin", "elsewhere", "gopath", "only dlv/bin"):
        place.path(folder).mkdir(parents=True)
    place.path("only dlv/bin/dlv").symlink_to(tool("dlv"))
    place.path("home/sdk/go1.26.0/bin/go").symlink_to(Path(tool("go")).resolve())
    for name, content in LAYOUTS[layout].items():
        path = place.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target)
        else:
            path.write_text(place.written(content))
    if layout == "a module":
        for output in ("ws/bin/built", "home/built"):
            command = [tool("go"), "build", "-gcflags=all=-N -l", "-o", str(place.path(output)), "."]
            subprocess.run(command, cwd=place.path("ws"), env=place.environment(CASES[0]), check=True, timeout=BOUND * 5)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    made = Places(tmp_path_factory.mktemp("launches"))
    yield made
    made.close()


# -- one session ---------------------------------------------------------------------------------------------------------------


async def session(client: Client, arguments: Json, source: str, line: int) -> Seen:
    """Launch, set a breakpoint, and return how far it came; then end the session."""
    await client.ok("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path"})
    number = await client.send("launch", arguments)
    first = await client.until(lambda message: message.get("event") == "initialized" or message.get("request_seq") == number)
    if first["type"] == "response":
        seen = Seen(failed=f"{first['body']['error']['format']}\n{told(client)}")
    else:
        seen = await _stopped(client, number, source, line)
    await client.ask("disconnect", {"terminateDebuggee": True})
    await client.rest()
    return attrs.evolve(seen, told=told(client))


async def _stopped(client: Client, number: int, source: str, line: int) -> Seen:
    answer = await client.ok("setBreakpoints", {"source": {"path": source}, "breakpoints": [{"line": line}]})
    (breakpoint_,) = answer["breakpoints"]
    if not breakpoint_["verified"]:
        return Seen(unverified=breakpoint_["message"])
    await client.ok("configurationDone")
    assert (await client.response(number))["success"]
    event = await client.until(lambda message: message.get("event") in ("stopped", "terminated"))
    assert event["event"] == "stopped", told(client)
    stack = await client.ok("stackTrace", {"threadId": event["body"]["threadId"], "levels": 1})
    (frame,) = stack["stackFrames"]
    scope = (await client.ok("scopes", {"frameId": frame["id"]}))["scopes"][0]
    variables = (await client.ok("variables", {"variablesReference": scope["variablesReference"]}))["variables"]
    return Seen(
        stopped=(frame["source"]["path"], frame["line"]),
        scope=scope["name"],
        variables={each["name"]: each["value"].strip('"') for each in variables},
        binary=next(message["body"]["name"] for message in client.log if message.get("event") == "process"),
    )


def told(client: Client) -> str:
    return "".join(message["body"]["output"] for message in client.log if message.get("event") == "output")


async def through_dapshim(places: Places, case: Case, arguments: Json | None = None) -> tuple[Seen, Place]:
    """Run a case as it is written, or with other arguments."""
    place = places.of("dapshim", case.layout)
    port = await trio.to_thread.run_sync(places.dapshim, case)
    client = Client(await trio.open_tcp_stream("127.0.0.1", port))
    try:
        sent = place.written(case.arguments if arguments is None else arguments)
        return await session(client, sent, str(place.path(case.hit)), place.line(case.hit)), place
    finally:
        await trio.aclose_forcefully(client.stream)


async def with_plain_dlv(places: Places, case: Case) -> tuple[Seen | None, Place]:
    """Run a case with plain dlv; None when there is none to start."""
    place = places.of("plain", case.layout)
    env = place.environment(case)
    if not any(Path(folder, "dlv").exists() for folder in env["PATH"].split(os.pathsep)):
        return None, place
    sent = place.written(case.arguments if case.as_written else as_vscode_expands(case.arguments))
    async with dlv_dap(env=env, cwd=place.path(case.runs_in)) as dlv:
        client = await dlv.connect()
        return await session(client, sent, str(place.path(case.hit)), place.line(case.hit)), place


def as_vscode_expands(value: Any) -> Any:
    """Replace the variables of VS Code, which does it in every text of a launch.json."""
    if isinstance(value, dict):
        return {name: as_vscode_expands(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_vscode_expands(each) for each in value]
    return value.replace("${workspaceFolder}", "{ws}") if isinstance(value, str) else value


# -- what was seen, held against the row ---------------------------------------------------------------------------------------


def shortfalls(case: Case, seen: Seen, place: Place) -> dict[str, str]:
    """Return in what a session falls short of the row, kind -> what was seen instead; empty when it is as it should be."""
    if seen.failed is not None:
        return {"fails": seen.failed}
    if seen.unverified is not None:
        return {"unverified": seen.unverified}
    found = {}
    if seen.stopped != (str(place.path(case.hit)), place.line(case.hit)):
        found["elsewhere"] = str(seen.stopped)
    if seen.scope != "Locals":
        found["optimised"] = seen.scope
    differing = {
        name: seen.variables.get(name) for name, value in case.sees.items() if seen.variables.get(name) != place.written(value)
    }
    if differing:
        found["differs"] = ", ".join(f'{name} "{value}"' for name, value in differing.items())
    if case.binary is not None and seen.binary != str(place.path(case.binary)):
        found["builds"] = seen.binary
    if case.leaves is not None and not (place.path(case.leaves).exists() and place.path(case.leaves).stat().st_size):
        found["leaves"] = "nothing"
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_launch(case, places):
    ours: list[tuple[Seen, Place]] = []
    plain: list[tuple[Seen | None, Place]] = []

    async def run_ours() -> None:
        ours.append(await through_dapshim(places, case))

    async def run_plain() -> None:
        plain.append(await with_plain_dlv(places, case))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_ours)
        nursery.start_soon(run_plain)
    seen, place = ours[0]
    assert shortfalls(case, seen, place) == {}
    assert (case.told or "") in seen.told
    theirs, their_place = plain[0]
    kind, _, part = case.plain.partition(": ")
    if kind == "no dlv":
        assert theirs is None
        return
    assert theirs is not None
    found = shortfalls(case, theirs, their_place)
    assert sorted(found) == ([] if kind == WORKS else [kind]), found
    assert their_place.written(part) in found.get(kind, "")


# -- the table as a whole ------------------------------------------------------------------------------------------------------


def test_the_table_is_worth_something():
    assert len([case for case in CASES if case.plain != WORKS]) >= ENOUGH
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.layout for case in CASES} == LAYOUTS.keys()


EXPANDED = [case for case in [*PROGRAMS, *ATTRIBUTES] if case.arguments != as_vscode_expands(case.arguments)][::4]


@pytest.mark.parametrize("case", EXPANDED, ids=lambda case: case.name)
async def test_expanded_by_the_editor(case, places):
    unexpanded, place = await through_dapshim(places, case)
    expanded, _ = await through_dapshim(places, case, as_vscode_expands(case.arguments))
    assert unexpanded.stopped == expanded.stopped == (str(place.path(case.hit)), place.line(case.hit))
    assert unexpanded.variables == expanded.variables


async def test_what_vscode_go_sends_with_port_goes_to_the_dlv_that_runs_there(places):
    case = attrs.evolve(FROM_VSCODE[0], arguments=launch("{ws}", **VSCODE_GO, host="127.0.0.1"))
    place = places.of("dapshim", case.layout)
    env = place.environment(case) | {"COLOR": "the other dlv's"}
    async with dlv_dap(env=env, cwd=place.path("ws")) as dlv:
        seen, _ = await through_dapshim(places, case, {**case.arguments, "port": dlv.port})
    assert shortfalls(case, seen, place) == {}
    assert seen.variables["color"] == "the other dlv's"


def test_nothing_that_was_built_is_left(places):
    assert [*places.root.rglob("__debug_bin*")] == []
