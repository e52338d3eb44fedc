"""The steps of the demo on examples/headless: a program that was built somewhere else and moved, here or far away.

The far machine is played on this one: the program is built with -trimpath in a copy of the workspace, moved, and the copy
deleted. So no path that it records exists, and none is configured: breakpoints are set by the paths of the workspace.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import read_recorded
from dapshim.cli import demo_workspace
from dapshim.cli.demo_build import BUILD_SECONDS, go_build
from dapshim.cli.demo_listener import Listener
from dapshim.cli.demo_stage import StepMissedError
from dapshim.cli.demo_steps import Step, break_at_marks, disconnect, end_dapshim, initialize, show, start_dapshim, watch_program
from dapshim.delve.find import DlvNotFound, find_dlv

if TYPE_CHECKING:
    from dapshim.cli.demo_stage import Stage

_FIRING, _KILN, _CURVE = "firing", "kiln", "curve"
_MARKS: Final = [_FIRING, _KILN, _CURVE]
_FLAGS: Final = ["-trimpath", "-buildvcs=false", "-gcflags=all=-N -l"]
_FAR_READY: Final = "API server listening at: "
_LAST: Final = "done at"


def _program(stage: Stage) -> Path:
    """Where the program is after it was moved: where nobody looks for its sources."""
    return stage.scratch / "far" / "controller"


async def _build_elsewhere(stage: Stage) -> str:
    stage.workspace = demo_workspace.read(stage.folder, "headless")
    for mark in _MARKS:
        stage.workspace.place(mark)
    copy, program = stage.scratch / "elsewhere", _program(stage)
    await trio.to_thread.run_sync(shutil.copytree, stage.workspace.root, copy)
    program.parent.mkdir()
    built = copy / stage.workspace.service.relative_to(stage.workspace.root)
    await go_build(stage, built, copy, [*_FLAGS, "-o", "controller", "."])
    (built / "controller").rename(program)
    await trio.to_thread.run_sync(shutil.rmtree, copy)
    recorded = await trio.to_thread.run_sync(_recorded, program)
    own = [path for path in recorded if path.startswith("example.com/")]
    stage.report.note("recorded", *own)
    if not own:
        raise StepMissedError("the binary names no file of the workspace")
    if here := await trio.to_thread.run_sync(lambda: [path for path in recorded if Path(path).exists()]):
        raise StepMissedError(f"the binary names files that are here: {', '.join(here[:3])}")
    return f"it was moved and what it was built from deleted; of its {len(recorded)} recorded paths none exists here"


def _recorded(program: Path) -> list[str]:
    with OpenedFile(str(program)) as file:
        return [each.path for each in read_recorded(file).files]


async def _start_far(stage: Stage) -> str:
    try:
        dlv = stage.dlv or find_dlv(None, os.environ).path
    except DlvNotFound as error:
        raise StepMissedError(str(error)) from error
    program = _program(stage)
    command = [dlv, "exec", "--headless", "--listen=127.0.0.1:0", str(program), "--", "-once"]
    stage.report.note("command", shlex.join([Path(dlv).name, *command[1:4], "controller", "--", "-once"]))
    stage.far = await Listener.start(stage.nursery, command, program.parent, "the headless dlv")
    _, stage.far_port = await stage.far.ready(_FAR_READY)
    return f"a headless dlv holds the program at its first instruction, on port {stage.far_port}"


async def _attach(stage: Stage) -> str:
    client = stage.connected()
    stage.report.note("attach", f'"mode": "remote", "host": "127.0.0.1", "port": {stage.far_port}, and no path')
    began = trio.current_time()
    where = {"workspaceFolder": str(stage.workspace.root)}
    arguments = {"mode": "remote", "host": "127.0.0.1", "port": stage.far_port, "dapshim": where}
    stage.launched = await client.send("attach", arguments)
    await client.event("initialized", unless_refused=stage.launched)
    return f"attached through dapshim after {trio.current_time() - began:.2f} s; what the program was built from is read now"


async def _launch_moved(stage: Stage) -> str:
    client, program = stage.connected(), str(_program(stage))
    stage.report.note("launch", '"mode": "exec", "program": the moved binary, and no other path')
    where = {"workspaceFolder": str(stage.workspace.root)}
    stage.launched = await client.send("launch", {"mode": "exec", "program": program, "args": ["-once"], "dapshim": where})
    await client.event("initialized", unless_refused=stage.launched)
    watch_program(stage)
    return "dlv has loaded it; it waits before its first instruction"


async def _break_by_local_paths(stage: Stage) -> str:
    count = await break_at_marks(stage, _MARKS)
    return f"{count} breakpoints are verified, by the paths of this workspace, in two modules"


async def _stop_in_firing(stage: Stage) -> str:
    client = stage.connected()
    await client.request("configurationDone")
    await client.response(stage.launched)
    await show(stage, _FIRING, await stage.stopped())
    return f"the program stands in {stage.stop.top.name}{_all_open(stage)}"


async def _stop_in_library(stage: Stage) -> str:
    await show(stage, _CURVE, await stage.resume("continue"))
    if len(stage.stop.frames) < 3 or stage.workspace.module(stage.stop.frames[1].path) != "controller":  # noqa: PLR2004 - At, fire, main
        raise StepMissedError("the library was not called from the program's own module")
    return f"the program stands in another module{_all_open(stage)}"


def _all_open(stage: Stage) -> str:
    """Return how a sentence ends that says where all frames' code is; raise StepMissedError for one that cannot be opened."""
    sources = [frame.source for frame in stage.stop.frames if frame.source is not None]
    closed = [each.path for each in sources if not each.sourceReference and not Path(each.path).is_file()]
    if closed:
        raise StepMissedError(f"no editor could open {', '.join(closed)}")
    return f", and each of its {len(sources)} frames opens here"


async def _run_to_end(stage: Stage) -> str:
    client = stage.connected()
    for mark in _MARKS:
        await stage.break_at(stage.workspace.place(mark).path, [])
    await client.request("continue", {"threadId": stage.stop.goroutine})
    event = await client.event("exited", "terminated", "stopped")
    if event.name == "stopped":
        raise StepMissedError("the program stopped once more instead of ending")
    if stage.far is None:
        await client.until(lambda: _LAST in stage.printed("stdout"), "what the program printed")
        stage.report.note("printed", *stage.printed("stdout").splitlines())
    return "the program ended by itself"


async def _end_far(stage: Stage) -> str:
    if stage.far is None:
        return "the headless dlv was not started, so nothing can be left"
    await stage.far.process.wait()
    return "the headless dlv ended when its program had, and its only client had gone"


async def _end_all(stage: Stage) -> str:
    shutil.rmtree(_program(stage).parent, ignore_errors=True)
    return await end_dapshim(stage)


REMOTE_SESSION: Final = [
    Step("Build a program elsewhere, and move it", _build_elsewhere, BUILD_SECONDS),
    Step("Start a headless dlv with it, as on another machine", _start_far),
    Step("Start another dapshim and connect", start_dapshim),
    Step("Initialize for the far program", initialize),
    Step("Attach in mode remote", _attach),
    Step("Set breakpoints by the paths of this side", _break_by_local_paths),
    Step("Stop in the far main.main", _stop_in_firing),
    Step("Stop in the far library", _stop_in_library),
    Step("Run the far program to its end", _run_to_end),
    Step("Disconnect from the far program", disconnect),
    Step("See the headless dlv end", _end_far),
    Step("End the other dapshim; nothing is left", _end_all, always=True),
]
"""A session with a program of which nothing but a port is known here."""

MOVED_SESSION: Final = [
    Step("Build a trimmed program elsewhere, and move it", _build_elsewhere, BUILD_SECONDS),
    Step("Start a third dapshim and connect", start_dapshim),
    Step("Initialize for the moved program", initialize),
    Step("Launch the moved binary", _launch_moved),
    Step("Set breakpoints by the paths of the workspace", _break_by_local_paths),
    Step("Stop in the moved main.main", _stop_in_firing),
    Step("Stop in the moved library", _stop_in_library),
    Step("Run the moved program to its end", _run_to_end),
    Step("Disconnect from the moved program", disconnect),
    Step("End the third dapshim; nothing is left", _end_all, always=True),
]
"""A -trimpath binary that was built elsewhere and moved, its breakpoints set by local paths."""
