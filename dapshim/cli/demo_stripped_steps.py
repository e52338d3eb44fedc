"""The steps of the demo with a stripped program: mended by what it was built from, and debugged without that.

The service of examples/gowork is built without debug info from a copy, since one of its sources is changed: first the copy is
what the program was built from, then it is not any more. The heals are kept in the demo's own folder.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import trio

from dapshim.cli import demo_workspace
from dapshim.cli.demo_build import BUILD_SECONDS, go_build, go_cache
from dapshim.cli.demo_stage import StepMissedError
from dapshim.cli.demo_steps import (
    Step,
    break_at_marks,
    disconnect,
    end_dapshim,
    initialize,
    show,
    start_dapshim,
    watch_program,
)
from dapshim.heal.delve_config import outdated_config

if TYPE_CHECKING:
    from dapshim.cli.demo_stage import Stage

_FLAGS: Final = ["-buildvcs=false", "-gcflags=all=-N -l", "-ldflags=-s -w"]
"""Without optimisation, as in the first part: what is compiled for that one serves here too."""
_MAIN, _LIBRARY = "main", "library"
_ITS_VARIABLES: Final = {"folder", "workers", "arrivals"}
_MAIN_STACK: Final = ["main.main", "runtime.main", "runtime.goexit"]
_LIBRARY_STACK: Final = ["pricing.Price", "main.work", "main.serve.func1", "sync.(*WaitGroup).Go.func1", "runtime.goexit"]
_TWIN_SECONDS: Final = 60.0
"""Seconds for a launch with a rebuilt twin, which dapshim itself gives up after 20 s."""
_OPTIONS: Final = {"DAPSHIM_HEAL": "auto", "GOWORK": ""}
"""What a person has switched off for other projects is shown here all the same."""
_LENT: Final = "it is borrowed from a twin"
_NOT_LENT: Final = "not the same program"
_EDIT: Final = ('"inbox", "inbox"', '"inbox", "other"')
"""No line moves by it, and yet it makes another program."""


def no_stripped_program() -> str:
    """Return why stripped programs cannot be shown on this machine; empty when they can."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return f"a stripped program is mended on linux/amd64, and this is {sys.platform} on {platform.machine()}"
    if old := outdated_config([str(Path.home())]):
        return f"dlv would move {old}, an old configuration, into the private one that lends debug info"
    return ""


def _folders(stage: Stage) -> tuple[Path, Path, Path]:
    """Where the copy of the workspace, the program, and dapshim's cache are."""
    return stage.scratch / "shop", stage.scratch / "far" / "orders", stage.scratch / "cache"


async def _build_stripped(stage: Stage) -> str:
    copy, program, cache = _folders(stage)
    demo_workspace.read(stage.folder)
    await trio.to_thread.run_sync(shutil.copytree, stage.folder, copy)
    stage.workspace = demo_workspace.read(copy)
    await go_build(stage, stage.workspace.service, stage.workspace.root, [*_FLAGS, "-o", str(program), "."])
    compiled = await go_cache(stage.workspace.service)
    stage.variables_of_dapshim = {"XDG_CACHE_HOME": str(cache), **_OPTIONS}
    stage.variables_of_dapshim |= {"GOCACHE": compiled} if compiled else {}
    return f"the service is built: {program.stat().st_size / 1e6:.1f} MB without debug info and without symbols"


async def _inspect(stage: Stage) -> str:
    _, program, _ = _folders(stage)
    stage.report.note("command", shlex.join(["dapshim", "inspect", program.name]))
    where = ["--workspace-folder", str(stage.workspace.root)]
    command = [sys.executable, "-m", "dapshim", *where, "inspect", "--json", str(program)]
    # It says by its exit code that it has found something.
    environment = {**os.environ, **stage.variables_of_dapshim}
    done = await trio.run_process(
        command, check=False, capture_stdout=True, capture_stderr=True, cwd=stage.scratch, env=environment
    )
    try:
        told = msgspec.json.decode(done.stdout, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise StepMissedError(f"dapshim inspect failed: {done.stderr.decode(errors='replace').strip()}") from error
    abilities = ["breakpoints", "stack", "variables"]
    rows = [[name, *(str(told[key][each]) for each in abilities)] for name, key in (("dlv", "plain"), ("dapshim", "dapshim"))]
    stage.report.table("", [["", *abilities], *rows])
    for finding in told["findings"]:
        stage.report.note(str(finding["severity"]), f"{finding['code']}: {finding['message']}")
    if "no-dwarf" not in [finding["code"] for finding in told["findings"]]:
        raise StepMissedError("it does not say that the debug info is gone")
    if [row[1:] for row in rows] != [["no"] * 3, ["yes"] * 3]:
        raise StepMissedError("plain Delve is said to show something, or dapshim not all")
    return "plain Delve would run past every breakpoint; dapshim says why, and can do all of it"


async def _launch(stage: Stage, awaited: str) -> float:
    """Launch the stripped program, show what dapshim says of it, which has to hold `awaited`, and return the seconds."""
    client = stage.connected()
    stage.report.note("launch", '"mode": "exec", "program": the stripped binary, and no other path')
    began = trio.current_time()
    where = {"workspaceFolder": str(stage.workspace.root)}
    arguments: dict[str, Any] = {"mode": "exec", "program": str(_folders(stage)[1]), "cwd": str(stage.workspace.service)}
    arguments |= {"args": ["-once"], "dapshim": where}
    stage.launched = await client.send("launch", arguments)
    await client.event("initialized", unless_refused=stage.launched)
    seconds = trio.current_time() - began
    watch_program(stage)
    said = [line for line in stage.printed().splitlines() if awaited in line]
    if not said:
        raise StepMissedError(f"dapshim did not say: {awaited}")
    stage.report.note("said", *(line.replace(f"{stage.scratch}/", "") for line in said))
    return seconds


async def _launch_lent(stage: Stage) -> str:
    seconds = await _launch(stage, _LENT)
    return f"its twin was built, compared and lent in {seconds:.1f} s; the program that runs is the stripped one"


async def _break_in_main(stage: Stage) -> str:
    await break_at_marks(stage, [_MAIN])
    return "the line is verified, in a program that records no line for Delve"


async def _begin(stage: Stage) -> None:
    await stage.connected().request("configurationDone")
    await stage.connected().response(stage.launched)


async def _stop_lent(stage: Stage) -> str:
    await _begin(stage)
    await show(stage, _MAIN, await stage.stopped())
    _expect_stack(stage, _MAIN_STACK)
    missing = _ITS_VARIABLES - {variable.name for variable in await stage.variables()}
    if missing:
        raise StepMissedError(f"no variable {', '.join(sorted(missing))} is shown")
    folder = await stage.evaluate("arrivals.folder")
    stage.report.table("evaluate", [["arrivals.folder", folder]])
    if folder != '"inbox"':
        raise StepMissedError(f"arrivals.folder is {folder}")
    return "the stripped program stands in main.main, with all its variables"


async def _hide_source(stage: Stage) -> str:
    copy, _, cache = _folders(stage)
    main = stage.workspace.place(_MAIN).path
    text = main.read_text(encoding="utf-8")
    if _EDIT[0] not in text:
        raise StepMissedError(f"{main.name} has no {_EDIT[0]} to be replaced")
    main.write_text(text.replace(*_EDIT), encoding="utf-8")
    # A twin that was proved once would be lent again, whatever became of the sources.
    await trio.to_thread.run_sync(shutil.rmtree, cache)
    stage.workspace = demo_workspace.read(copy)
    stage.report.note("edited", f"{stage.workspace.shown(str(main))}: {_EDIT[0]} is {_EDIT[1]} now")
    return "what the program was built from is nowhere any more, and its twin is forgotten"


async def _launch_unlent(stage: Stage) -> str:
    await stage.connect(*stage.address)
    await initialize(stage)
    seconds = await _launch(stage, _NOT_LENT)
    return f"dapshim has compared, says why nothing is lent, and goes on without after {seconds:.1f} s"


async def _break_unlent(stage: Stage) -> str:
    count = await break_at_marks(stage, [_MAIN, _LIBRARY])
    return f"{count} lines are verified by the table from which Go prints a panic's stack"


async def _stop_in_main_unlent(stage: Stage) -> str:
    await _begin(stage)
    await show(stage, _MAIN, await stage.stopped())
    _expect_stack(stage, _MAIN_STACK)
    variables = await stage.variables()
    if [variable.name for variable in variables] != ["why"]:
        raise StepMissedError("it is not said why there are no variables")
    stage.report.note("why", variables[0].value)
    return "the program stands in main.main; in the place of its variables is why there are none"


async def _stop_in_library_unlent(stage: Stage) -> str:
    await show(stage, _LIBRARY, await stage.resume("continue"))
    _expect_stack(stage, _LIBRARY_STACK)
    return f"the stack is whole: {len(stage.stop.frames)} frames through two modules and Go itself, and each opens here"


def _expect_stack(stage: Stage, names: list[str]) -> None:
    frames = stage.stop.frames
    if [frame.name for frame in frames] != names:
        raise StepMissedError(f"the stack is {', '.join(frame.name for frame in frames)}")
    if closed := [frame.name for frame in frames if not Path(frame.path).is_file()]:
        raise StepMissedError(f"no editor could open the code of {', '.join(closed)}")


async def _end_all(stage: Stage) -> str:
    copy, program, cache = _folders(stage)
    for folder in (copy, program.parent, cache):
        shutil.rmtree(folder, ignore_errors=True)
    return await end_dapshim(stage)


STRIPPED_SESSION: Final = [
    Step("Build the service without debug info", _build_stripped, BUILD_SECONDS),
    Step("Ask dapshim what can be debugged in it", _inspect),
    Step("Start a fourth dapshim and connect", start_dapshim),
    Step("Initialize for the stripped program", initialize),
    Step("Launch it with its sources at hand", _launch_lent, _TWIN_SECONDS),
    Step("Set a breakpoint in the stripped program", _break_in_main),
    Step("Stop in the stripped main.main, with variables", _stop_lent),
    Step("Disconnect from the mended program", disconnect),
    Step("Hide the source that it was built from", _hide_source),
    Step("Launch it without its sources", _launch_unlent, _TWIN_SECONDS),
    Step("Set breakpoints without any debug info", _break_unlent),
    Step("Stop in main.main, without debug info", _stop_in_main_unlent),
    Step("Stop in the library, without debug info", _stop_in_library_unlent),
    Step("Disconnect from the stripped program", disconnect),
    Step("End the fourth dapshim; nothing is left", _end_all, always=True),
]
"""A binary built with -s -w: with its sources Delve gets debug info for it, without them dapshim does what Delve cannot."""
