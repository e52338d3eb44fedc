"""`dapshim demo` with a stripped program and with breakpoints that are not simply set: what it shows, and when it fails."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dapshim.cli import demo, demo_breakpoint_steps, demo_stripped_steps, demo_workspace
from dapshim.cli.demo_breakpoint_steps import BREAKPOINT_SESSION, no_children
from dapshim.cli.demo_client import DemoClient
from dapshim.cli.demo_editor import edited
from dapshim.cli.demo_editor_steps import EDITOR_SESSION, no_language_server
from dapshim.cli.demo_report import Report
from dapshim.cli.demo_stage import Frame, Source, Stage, StepMissedError, Stop
from dapshim.cli.demo_stripped_steps import STRIPPED_SESSION, no_stripped_program
from tests.cli.demo_runs import DLV, ROOT, Adapter, played, sections

EXAMPLES = ROOT / "examples"


def test_a_stripped_program_has_its_variables_by_its_twin(whole: dict[str, str]) -> None:
    said = " ".join(whole["Ask dapshim what can be debugged in it"].split())
    assert "dlv no no no dapshim yes yes yes" in said
    assert "no-dwarf: The debug info is gone" in said
    assert "it is borrowed from a twin" in " ".join(whole["Launch it with its sources at hand"].split())
    stop = whole["Stop in the stripped main.main, with variables"]
    assert re.search(r"main\.main +services/orders/main\.go:\d+", stop)
    assert re.search(r"folder +\*\"inbox\"", stop)
    assert re.search(r"arrivals\.folder +\"inbox\"", stop)


def test_a_launch_json_is_mended_before_f5_and_debugged(whole: dict[str, str]) -> None:
    opened = whole["Open launch.json and go.work"]
    assert re.search(r"warning +\.vscode/launch\.json:13  \"orders\": \"stopOnEntyr\" is ignored", opened)
    assert re.search(r"\n +\"stopOnEntyr\": false\n +~{13}\n", opened)
    assert "[launch-flags]" in opened
    assert re.search(r"error +go\.work:1  Module example\.com/shop/orders in ", opened)
    mended = whole["Take the quick fixes"]
    assert mended.count("\n   fix ") == 3
    mended = " ".join(mended.split())
    assert '"buildFlags": "-tags=demo", // smaller, and nothing can be debugged' in mended
    assert re.search(r"library +libs/pricing/quote\.go:\d+ +verified", whole["Press F5"])
    assert re.search(r"main\.main +services/orders/main\.go:\d+", whole["Stop in main.main of the mended launch"])
    assert "running: orders, process " in whole["Stop in the library of the mended launch"]
    assert "server with exit code 0" in whole["End the language server; nothing is left"]


def test_the_part_with_an_editor_says_why_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert no_language_server() == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "pip install 'dapshim[lsp]'" in no_language_server()


async def test_a_fault_that_nobody_mends_is_a_step_that_did_not_happen(tmp_path: Path) -> None:
    """The language server shows a finding without a quick fix: a configuration of a library."""
    copy = tmp_path / "gowork"
    shutil.copytree(EXAMPLES / "gowork", copy)
    broken = copy / ".vscode" / "launch.broken.json"
    library = '{ "name": "x", "type": "go", "request": "launch", "program": "${workspaceFolder}/libs/pricing" },'
    broken.write_text(broken.read_text().replace('"configurations": [', f'"configurations": [{library}'))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    code, text = await played(*EDITOR_SESSION, folder=copy, scratch=scratch, dlv=DLV)
    assert code == 1
    assert "did not happen: nobody offers to mend: " in " ".join(text.split())
    assert "exit code 0" in sections(text)["End the language server; nothing is left"]
    assert list(scratch.iterdir()) == []


@given(st.text("ab\n", max_size=30), st.data())
def test_edits_of_the_protocol_are_made_where_they_are_meant(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))

    def position(offset: int) -> dict[str, int]:
        return {"line": text.count("\n", 0, offset), "character": offset - (text.rfind("\n", 0, offset) + 1)}

    edits = [
        {"range": {"start": position(start), "end": position(end)}, "newText": new}
        for start, end, new in ((cuts[0], cuts[1], "X"), (cuts[2], cuts[3], "YY"))
    ]
    if cuts[1] < cuts[2] or cuts[0] < cuts[1]:
        expected = text[: cuts[0]] + "X" + text[cuts[1] : cuts[2]] + "YY" + text[cuts[3] :]
        if cuts[0] != cuts[2]:
            assert edited(text, edits) == expected


def test_without_its_sources_it_has_its_stack_and_a_reason(whole: dict[str, str]) -> None:
    said = " ".join(whole["Launch it without its sources"].split())
    assert "No debug info could be borrowed" in said
    assert "not the same program" in said
    stop = whole["Stop in main.main, without debug info"]
    assert re.search(r"main\.main +services/orders/main\.go:\d+\n +runtime\.main .*\n +runtime\.goexit ", stop)
    assert "the values of variables cannot be had" in " ".join(stop.split())
    library = whole["Stop in the library, without debug info"]
    assert re.search(r"pricing\.Price +libs/pricing/quote\.go:\d+\n +main\.work +services/orders/desk\.go:\d+", library)


def test_a_breakpoint_moves_one_is_explained_and_one_waits(whole: dict[str, str]) -> None:
    slid = re.search(r"tower/main\.go:(\d+)  verified, at line (\d+)", whole["Set a breakpoint on a comment"])
    assert slid is not None
    asked, got = map(int, slid.groups())
    assert got > asked
    assert f"main.main       tower/main.go:{got}\n" in whole["Stop where the first one has moved to"]
    assert "windows" in whole["Set one in a file for another system"]
    assert re.search(r"bell/main\.go:\d+ +not verified", whole["Set one in the program that is started later"])
    assert re.search(r"event +breakpoint \d+ +verified", whole["Stop in the other program"])
    assert re.search(r"main\.main +bell/main\.go:\d+", whole["Stop in the other program"])


@pytest.mark.parametrize(
    ("steps", "where", "options", "example", "missed", "said"),
    [
        (
            STRIPPED_SESSION,
            demo_stripped_steps,
            {"DAPSHIM_HEAL": "off"},
            "gowork",
            "Launch it with its sources at hand",
            "dapshim did not say: it is borrowed",
        ),
        (
            BREAKPOINT_SESSION,
            demo_breakpoint_steps,
            {"DAPSHIM_SLIDE_BREAKPOINTS": "false"},
            "children",
            "Set a breakpoint on a comment",
            "the breakpoint on line 19 has not moved: ",
        ),
    ],
    ids=["heal", "slide"],
)
async def test_what_is_switched_off_is_a_step_that_did_not_happen(
    steps: Any, where: Any, options: Any, example: str, missed: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, "_OPTIONS", options)
    code, text = await played(*steps, folder=EXAMPLES / example, scratch=tmp_path, dlv=DLV)
    assert code == 1
    assert f"did not happen: {said}" in sections(text)[missed]
    assert f"the first of them: {missed}" in text
    assert "SIGTERM ended dapshim" in text
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_a_machine_cannot_play_is_left_out_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = demo.Part("What is not here", "gowork", STRIPPED_SESSION, lambda: "this machine has none")
    monkeypatch.setattr(demo, "PARTS", (part,))
    assert demo.run(dlv=None, workspace=None) == 0
    assert capsys.readouterr().out.split("\n\n") == ["What is not here", "   - left out: this machine has none\n"]


def test_the_obstacles_are_those_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert "darwin" in no_children()
    assert "darwin" in no_stripped_program()
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert no_children() == ""
    assert "aarch64" in no_stripped_program()
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert no_stripped_program() == ""
    (tmp_path / ".dlv").mkdir()
    (tmp_path / ".dlv" / "config.yml").touch()
    assert str(tmp_path / ".dlv" / "config.yml") in no_stripped_program()


# -- against a scripted adapter --------------------------------------------------------------------------------------------

Move = Callable[[Stage], Awaitable[str]]
MOVES: dict[str, Move] = {step.title: step.move for step in BREAKPOINT_SESSION}


@pytest.fixture
def stage(talk: tuple[DemoClient, Adapter], nursery: trio.Nursery, tmp_path: Path) -> Stage:
    made = Stage(Report(Console(file=io.StringIO())), nursery, EXAMPLES / "children", tmp_path, None, client=talk[0])
    made.workspace = demo_workspace.read(EXAMPLES / "children", "children")
    made.stop = Stop(1, "breakpoint", [Frame(1, "main.main", 1, Source(""))])
    made.pending = 3
    return made


async def replies(adapter: Adapter, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        asked = await adapter.read()
        await adapter.say(type="response", request_seq=asked["seq"], success=True, body=body)


@pytest.mark.parametrize(
    ("title", "answer", "said"),
    [
        ("Set a breakpoint on a comment", {"verified": True, "line": 19}, "has not moved: 19"),
        ("Set a breakpoint on a comment", {"verified": False, "message": "no"}, "has not moved: no"),
        ("Set a breakpoint on a comment", {"verified": True, "line": 20}, "nobody says why"),
        ("Set one in a file for another system", {"verified": True, "line": 15}, "is verified"),
        ("Set one in a file for another system", {"verified": False, "message": "unable to set"}, "is for windows"),
        ("Set one in the program that is started later", {"verified": True, "id": 3}, "is verified before"),
        ("Set one in the program that is started later", {"verified": False, "message": "later"}, "it has no id"),
    ],
)
async def test_another_answer_than_the_one_to_show_is_a_step_that_did_not_happen(
    talk: tuple[DemoClient, Adapter], nursery: trio.Nursery, stage: Stage, title: str, answer: dict[str, Any], said: str
) -> None:
    nursery.start_soon(replies, talk[1], {"breakpoints": [answer]})
    with trio.fail_after(10), pytest.raises(StepMissedError, match=said):
        await MOVES[title](stage)


@pytest.mark.parametrize(("told", "missed"), [([(3, True)], False), ([], True), ([(2, True)], True), ([(3, False)], True)])
async def test_a_breakpoint_that_waits_must_be_said_to_be_set(
    talk: tuple[DemoClient, Adapter], nursery: trio.Nursery, stage: Stage, told: list[tuple[int, bool]], missed: bool
) -> None:
    place = stage.workspace.place("bell")
    frames = [{"id": 1, "name": "main.main", "line": place.line, "source": {"path": str(place.path)}}]

    async def adapter() -> None:
        await replies(talk[1], {})
        for number, verified in told:
            await talk[1].say(type="event", event="breakpoint", body={"breakpoint": {"id": number, "verified": verified}})
        await talk[1].say(type="event", event="stopped", body={"threadId": 1, "reason": "breakpoint"})
        await replies(talk[1], {"stackFrames": frames}, {"scopes": [{"variablesReference": 3}]}, {"variables": []})
        await replies(talk[1], {"result": "2"})

    nursery.start_soon(adapter)
    with trio.fail_after(10):
        if missed:
            with pytest.raises(StepMissedError, match="nobody has said that breakpoint 3 is set"):
                await MOVES["Stop in the other program"](stage)
        else:
            assert "breakpoint 3 was set when bell began" in await MOVES["Stop in the other program"](stage)
