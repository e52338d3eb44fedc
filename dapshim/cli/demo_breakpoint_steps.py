"""The steps of the demo on examples/children: breakpoints that cannot be set where they were asked for, or not yet.

One is on a comment and moves, one is in a file for another system and says so, one is in a program that its own program starts
later, and is set then.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from dapshim.cli import demo_workspace
from dapshim.cli.demo_build import BUILD_SECONDS, go_build
from dapshim.cli.demo_stage import Answer, StepMissedError
from dapshim.cli.demo_steps import Step, disconnect, end_dapshim, initialize, show, start_dapshim, watch_program

if TYPE_CHECKING:
    from dapshim.cli.demo_stage import Stage

_FLAGS: Final = ["-buildvcs=false", "-gcflags=all=-N -l"]
_COMMENT, _ELSEWHERE, _BELL = "comment", "elsewhere", "bell"
_SYSTEM: Final = "windows"
"""For which system the file with the mark "elsewhere" is, by its name."""
_STROKES: Final = 2
_OPTIONS: Final = {"DAPSHIM_SLIDE_BREAKPOINTS": "true", "DAPSHIM_LATE_BREAKPOINTS": "true"}
"""What a person has switched off for other projects is shown here all the same."""


def no_children() -> str:
    """Return why Delve cannot follow the child of a program on this machine; empty when it can."""
    # Delve 1.27.1 (pkg/proc/native/followexec_other.go); of Windows dapshim knows nothing yet.
    return "" if sys.platform == "linux" else f"Delve follows no child of a program on {sys.platform}"


def _program(stage: Stage, name: str) -> Path:
    return stage.scratch / "clock" / name


async def _build_both(stage: Stage) -> str:
    stage.workspace = demo_workspace.read(stage.folder, "children")
    for mark in (_COMMENT, _ELSEWHERE, _BELL):
        stage.workspace.place(mark)
    folder = _program(stage, "")
    folder.mkdir()
    root = stage.workspace.root
    await go_build(stage, root, root, [*_FLAGS, "-o", f"{folder}/", *(f"./{each}" for each in stage.workspace.modules)])
    stage.variables_of_dapshim = _OPTIONS
    return "two programs: tower starts bell, and has none of its code"


async def _launch(stage: Stage) -> str:
    client = stage.connected()
    stage.report.note("launch", '"mode": "exec", "program": tower, "followExec": true')
    arguments = {"mode": "exec", "program": str(_program(stage, "tower")), "args": ["-hour", str(_STROKES)]}
    where = {"workspaceFolder": str(stage.workspace.root)}
    stage.launched = await client.send("launch", {**arguments, "followExec": True, "dapshim": where})
    await client.event("initialized", unless_refused=stage.launched)
    watch_program(stage)
    return "dlv has loaded tower, and will follow what it starts"


async def _break_at(stage: Stage, mark: str) -> Answer:
    """Ask for a breakpoint at a mark, and show what became of it."""
    place = stage.workspace.place(mark)
    (answer,) = await stage.break_at(place.path, [place.line])
    name = stage.workspace.shown(str(place.path))
    verdict = f"verified, at line {answer.line}" if answer.verified else "not verified"
    stage.report.table("set", [[f"{name}:{place.line}", verdict]])
    if answer.message:
        stage.report.note("message", answer.message.replace(f"{stage.workspace.root}/", ""))
    return answer


async def _slide(stage: Stage) -> str:
    place = stage.workspace.place(_COMMENT)
    stage.report.code(place.line, stage.workspace.text(place))
    answer = await _break_at(stage, _COMMENT)
    if not answer.verified or answer.line <= place.line:
        raise StepMissedError(f"the breakpoint on line {place.line} has not moved: {answer.fault or answer.line}")
    if not answer.message:
        raise StepMissedError("it has moved, and nobody says why")
    stage.slid = demo_workspace.Place(place.path, answer.line)
    return "there is no code on a comment, so the breakpoint has moved to the next line, and says so"


async def _explain(stage: Stage) -> str:
    place = stage.workspace.place(_ELSEWHERE)
    answer = await _break_at(stage, _ELSEWHERE)
    if answer.verified:
        raise StepMissedError(f"a line of {place.path.name} is verified, which is not compiled here")
    if _SYSTEM not in answer.message:
        raise StepMissedError(f"it is not said that {place.path.name} is for {_SYSTEM}")

    def said() -> list[str]:
        return [line for line in stage.printed().splitlines() if line.startswith("dapshim: ") and place.path.name in line]

    await stage.connected().until(lambda: bool(said()), "a line in the debug console")
    return "it can never be set here, and says why: at the breakpoint, and once in the debug console"


async def _wait(stage: Stage) -> str:
    answer = await _break_at(stage, _BELL)
    if answer.verified:
        raise StepMissedError("a line of bell is verified before bell runs")
    if answer.id is None:
        raise StepMissedError("it has no id, so nobody can say later that it is set")
    stage.pending = answer.id
    return f"breakpoint {answer.id} waits: its program does not run yet"


async def _stop_slid(stage: Stage) -> str:
    await stage.connected().request("configurationDone")
    await stage.connected().response(stage.launched)
    await show(stage, stage.slid, await stage.stopped())
    if stage.stop.top.name != "main.main":
        raise StepMissedError(f"the function is {stage.stop.top.name}, not main.main")
    return f"tower stands in main.main, at line {stage.slid.line}"


async def _stop_in_child(stage: Stage) -> str:
    stop = await stage.resume("continue")
    watch_program(stage)
    bodies = [event.body.get("breakpoint") for event in stage.connected().taken("breakpoint")]
    changed = [each for each in msgspec.convert(bodies, list[Answer]) if each.id == stage.pending]
    stage.report.table("event", [[f"breakpoint {each.id}", each.fault or "verified"] for each in changed])
    await show(stage, _BELL, stop)
    if not changed or not changed[-1].verified:
        raise StepMissedError(f"nobody has said that breakpoint {stage.pending} is set now")
    strokes = await stage.evaluate("strokes")
    if strokes != str(_STROKES):
        raise StepMissedError(f"strokes is {strokes}")
    return f"breakpoint {stage.pending} was set when bell began, and bell stands at it"


async def _run_to_end(stage: Stage) -> str:
    client = stage.connected()
    await client.request("continue", {"threadId": stage.stop.goroutine})
    event = await client.event("terminated", "stopped")
    if event.name == "stopped":
        raise StepMissedError("it stopped once more instead of ending")
    return "both programs have ended by themselves"


async def _end_all(stage: Stage) -> str:
    shutil.rmtree(_program(stage, ""), ignore_errors=True)
    return await end_dapshim(stage)


BREAKPOINT_SESSION: Final = [
    Step("Build a program that starts another", _build_both, BUILD_SECONDS),
    Step("Start a fifth dapshim and connect", start_dapshim),
    Step("Initialize for the two programs", initialize),
    Step("Launch the one that starts the other", _launch),
    Step("Set a breakpoint on a comment", _slide),
    Step("Set one in a file for another system", _explain),
    Step("Set one in the program that is started later", _wait),
    Step("Stop where the first one has moved to", _stop_slid),
    Step("Stop in the other program", _stop_in_child),
    Step("Run both programs to their end", _run_to_end),
    Step("Disconnect from both programs", disconnect),
    Step("End the fifth dapshim; nothing is left", _end_all, always=True),
]
"""Three breakpoints: one slides, one is explained, one is set when its program begins."""
