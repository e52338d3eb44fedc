"""The steps of the demo on examples/gowork: each makes one move of a debug session, shows it and says what came of it.

A step raises when its move did not happen as it must. It never prints a failure and never decides what happens next.
"""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import attrs
import trio

from dapshim.cli import demo_listener, demo_workspace
from dapshim.cli.demo_listener import Listener, ListenerError
from dapshim.cli.demo_stage import Stage, StepMissedError, Stop
from dapshim.cli.demo_workspace import Place

_ONE_MOVE: Final = 30.0
"""Seconds for moves that take Delve milliseconds; enough for a machine that is busy with something else."""
FIRST_BUILD: Final = 120.0
"""Seconds for dlv's build: the first one compiles the standard library without optimisation."""
_SHOWN_FRAMES: Final = 6
_SHOWN_VARIABLES: Final = 8

_INITIALISER, _INIT, _MAIN, _GOROUTINE, _LIBRARY = "package variable", "init", "main", "goroutine", "library"
_MARKS: Final = [_INITIALISER, _INIT, _MAIN, _GOROUTINE, _LIBRARY]


_MAIN_FILE: Final = "main.go"

NOT_OF_THIS_BUILD: Final = {"GOFLAGS": None, "GOWORK": None}
"""What a person has set for other projects must not change a build of the demo: GOFLAGS=-trimpath alone hides every line."""


@attrs.frozen
class Step:
    """One step: its title, its move, the seconds that it may take, and whether it is made even after a failure."""

    title: str
    move: Callable[[Stage], Awaitable[str]]
    seconds: float = _ONE_MOVE
    always: bool = False


async def _read_workspace(stage: Stage) -> str:
    stage.workspace = demo_workspace.read(stage.folder)
    stage.report.note("folder", str(stage.workspace.root))
    stage.report.note("modules", ", ".join(stage.workspace.modules))
    for mark in _MARKS:
        stage.workspace.place(mark)
    return f"go.work uses {len(stage.workspace.modules)} modules, and {len(_MARKS)} lines are marked for a breakpoint"


async def start_dapshim(stage: Stage) -> str:
    """Start a dapshim of its own on a port of its own choice, and connect to it."""
    command = demo_listener.command(stage.dlv)
    stage.report.note("command", shlex.join([Path(command[0]).name, *command[1:]]))
    began = trio.current_time()
    # Somewhere else than in the workspace, as when an editor starts it: dlv inherits that folder.
    stage.listener = await Listener.start(stage.nursery, command, stage.scratch, variables=stage.variables_of_dapshim)
    stage.address = host, port = await stage.listener.ready()
    await stage.connect(host, port)
    return f"ready and connected after {trio.current_time() - began:.2f} s: {host}:{port}"


async def initialize(stage: Stage) -> str:
    """Begin the conversation."""
    arguments = {"clientID": "dapshim-demo", "clientName": "dapshim demo", "adapterID": "go", "pathFormat": "path"}
    body = await stage.connected().request("initialize", {**arguments, "linesStartAt1": True, "columnsStartAt1": True})
    able = sum(value is True for value in body.values())
    if not body.get("supportsConfigurationDoneRequest"):
        raise StepMissedError("the answer does not name what Delve can do")
    return f"Delve answered through dapshim and names {able} capabilities"


async def _launch(stage: Stage) -> str:
    service, client = str(stage.workspace.service), stage.connected()
    program = f"{stage.workspace.shown(service)}/{_MAIN_FILE}"
    stage.report.note("launch", f'"mode": "auto", "program": "${{workspaceFolder}}/{program}", "args": "-once"')
    stage.report.note("", "which Delve refuses: it knows no mode auto, and would build outside of the module")
    stage.report.note("", "dlv builds it now; the very first time that takes up to a minute")
    began = trio.current_time()
    stage.launched = await client.send(
        "launch",
        {
            "mode": "auto",
            "program": f"${{workspaceFolder}}/{program}",
            "args": "-once",
            "dapshim": {"workspaceFolder": str(stage.workspace.root)},  # as this client does not expand it
            "output": str(stage.program),
            "buildFlags": ["-buildvcs=false"],  # a checkout that belongs to another user stops `go build` otherwise
            "env": NOT_OF_THIS_BUILD,
        },
    )
    await client.event("initialized", unless_refused=stage.launched)
    seconds = trio.current_time() - began
    watch_program(stage)
    return f"dlv has built and loaded the program in {seconds:.1f} s; it waits before its first instruction"


def watch_program(stage: Stage) -> None:
    """Count the programs that Delve has named as dapshim's own, so that none may be left."""
    if stage.listener is not None:
        processes = [int(event.body.get("systemProcessId", 0)) for event in stage.connected().taken("process")]
        stage.listener.watch(*filter(None, processes))


async def _set_breakpoints(stage: Stage) -> str:
    return f"Delve has verified {await break_at_marks(stage, _MARKS)} breakpoints in two modules"


async def break_at_marks(stage: Stage, wanted: Sequence[str]) -> int:
    """Set breakpoints at the lines with these marks, show what became of them and return how many there are.

    Raises:
        StepMissedError: one is not verified.

    """
    places = {mark: stage.workspace.place(mark) for mark in wanted}
    faults: dict[str, str] = {}
    rows: list[list[str]] = []
    for path in dict.fromkeys(place.path for place in places.values()):
        marks = [mark for mark in wanted if places[mark].path == path]
        answers = await stage.break_at(path, [places[mark].line for mark in marks])
        for mark, answer in zip(marks, answers, strict=True):
            where = f"{stage.workspace.shown(str(path))}:{places[mark].line}"
            rows.append([mark, where, "verified" if answer.verified else "not verified"])
            faults |= {} if answer.verified else {where: answer.fault}
    stage.report.table("set", rows)
    if faults:
        stage.report.note("message", *faults.values())
        raise StepMissedError(f"not verified: {', '.join(faults)}")
    return len(rows)


async def _stop_in_initialiser(stage: Stage) -> str:
    await stage.connected().request("configurationDone")
    await stage.connected().response(stage.launched)
    stop = await stage.stopped()
    await show(stage, _INITIALISER, stop)
    if not any(frame.name.endswith(".init") for frame in stop.frames):
        raise StepMissedError("no package initialiser is on the stack")
    return "the program stands in the library's package variable, long before main.main"


async def _stop_in_init(stage: Stage) -> str:
    await show(stage, _INIT, await stage.resume("continue"))
    return "the program stands in the service's init function"


async def _stop_in_main(stage: Stage) -> str:
    stop = await stage.resume("continue")
    await show(stage, _MAIN, stop)
    if stop.top.name != "main.main":
        raise StepMissedError(f"the function is {stop.top.name}, not main.main")
    stage.main_goroutine = stop.goroutine
    return f"the program stands in main.main, on goroutine {stop.goroutine}"


async def _step_in_main(stage: Stage) -> str:
    before = stage.stop.top
    after = (await stage.resume("next")).top
    _show_line(stage)
    if (after.name, after.path) != (before.name, before.path) or after.line <= before.line:
        raise StepMissedError(f"`next` went from line {before.line} to {after.name}, line {after.line}")
    orders = await stage.evaluate("len(orders)")
    stage.report.table("evaluate", [["len(orders)", orders]])
    expected = str(len(stage.workspace.orders))
    if orders != expected:
        raise StepMissedError(f"len(orders) is {orders}, but {expected} orders are in the inbox")
    return f"`next` ran one whole call, lines {before.line} to {after.line}, and the orders are there"


async def _stop_in_goroutine(stage: Stage) -> str:
    stop = await stage.resume("continue")
    await show(stage, _GOROUTINE, stop)
    threads = (await stage.connected().request("threads")).get("threads", [])
    if stop.goroutine == stage.main_goroutine or stop.goroutine not in [thread.get("id") for thread in threads]:
        raise StepMissedError(f"goroutine {stop.goroutine} stopped; main runs on {stage.main_goroutine}")
    # Every worker comes by here; one stop shows it, and the others must not break into the steps that follow.
    await stage.break_at(stage.workspace.place(_GOROUTINE).path, [])
    return f"a worker stands on goroutine {stop.goroutine}, one of {len(threads)}; its breakpoint is removed again"


async def _stop_in_library(stage: Stage) -> str:
    stop = await stage.resume("continue")
    await show(stage, _LIBRARY, stop)
    modules = list(dict.fromkeys(filter(None, (stage.workspace.module(frame.path) for frame in stop.frames))))
    if len(modules) < 2:  # noqa: PLR2004 - the point of this stop is a call from one module into another
        raise StepMissedError(f"the stack is in {', '.join(modules) or 'no module of the workspace'} alone")
    await stage.break_at(stage.workspace.place(_LIBRARY).path, [])
    return f"one stack through {' and '.join(modules)}; its breakpoint is removed again"


async def _step_in_library(stage: Stage) -> str:
    price = await _amount(stage, "int(unit) * line.Quantity")
    net = await _amount(stage, "quote.Net")
    await stage.resume("next")
    after = await _amount(stage, "quote.Net")
    rows = {"int(unit) * line.Quantity": price, "quote.Net": net, "quote.Net, one `next` later": after}
    stage.report.table("evaluate", [[expression, str(value)] for expression, value in rows.items()])
    _show_line(stage)
    if after != net + price:
        raise StepMissedError(f"quote.Net is {after} and not {net} + {price}")
    return f"`next` added {price} to quote.Net"


async def _step_out(stage: Stage) -> str:
    module = stage.workspace.module(stage.stop.top.path)
    top = (await stage.resume("stepOut")).top
    _show_line(stage)
    if stage.workspace.module(top.path) == module or Path(top.path) != stage.workspace.place(_GOROUTINE).path:
        raise StepMissedError(f"`stepOut` went to {top.name} in {stage.workspace.shown(top.path)}")
    return f"`stepOut` led from {module} back to {stage.workspace.shown(top.path)}"


async def _run_to_end(stage: Stage) -> str:
    client, orders = stage.connected(), stage.workspace.orders
    await client.request("continue", {"threadId": stage.stop.goroutine})
    code = (await client.event("exited", "stopped")).body.get("exitCode")
    if code is None:
        raise StepMissedError("the program stopped once more instead of ending")
    await client.event("terminated")

    def receipts() -> list[str]:
        return [line for line in stage.printed("stdout").splitlines() if line.partition(" ")[0] in orders]

    await client.until(lambda: len(receipts()) >= len(orders), "what the program printed")
    stage.report.note("printed", *receipts())
    if code != 0:
        raise StepMissedError(f"the program ended with exit code {code}")
    return f"the program ended with exit code 0, and its {len(receipts())} lines came through dapshim"


async def disconnect(stage: Stage) -> str:
    """End the session, with the program."""
    client = stage.connected()
    await client.request("disconnect", {"terminateDebuggee": True})
    await client.end()
    return "the session is over and dapshim has closed the connection"


async def end_dapshim(stage: Stage) -> str:
    """End dapshim, and see that none of its processes and files is left."""
    if stage.listener is None:
        return "dapshim was not started, so nothing can be left"
    began = trio.current_time()
    code = await stage.listener.end()
    seconds = trio.current_time() - began
    return f"SIGTERM ended dapshim in {seconds:.2f} s with exit code {code}; {await nothing_left(stage, stage.listener)}"


async def nothing_left(stage: Stage, listener: Listener) -> str:
    """See that none of the processes and files of a dapshim that has ended is left, and say so.

    Raises:
        ListenerError: something is.

    """
    processes = await listener.nothing_left()
    files = [file.name for file in [*stage.scratch.iterdir(), *stage.folder.rglob("__debug_bin*")]]
    if files:
        raise ListenerError(f"left behind: {', '.join(files)}")
    return f"the {processes} processes that it started and the program's binary are gone"


async def _amount(stage: Stage, expression: str) -> int:
    value = await stage.evaluate(expression)
    if not value.isdecimal():
        raise StepMissedError(f"the value of {expression} is {value}")
    return int(value)


async def show(stage: Stage, wanted: str | Place, stop: Stop) -> None:
    """Show where the program stands, and raise StepMissedError when that is not, path and line, the place or mark `wanted`."""
    workspace = stage.workspace
    rows = [[f.name, f"{workspace.shown(f.path)}:{f.line}" if f.path else "generated"] for f in stop.frames]
    more = [["...", f"{len(rows) - _SHOWN_FRAMES} more"]] if len(rows) > _SHOWN_FRAMES else []
    stage.report.table("stack", rows[:_SHOWN_FRAMES] + more)
    _show_line(stage)
    variables = await stage.variables()
    if variables:
        stage.report.table("variables", [[v.name, " ".join(v.value.split())] for v in variables[:_SHOWN_VARIABLES]])
    place = workspace.place(wanted) if isinstance(wanted, str) else wanted
    if stop.top.place != place or stop.top.path != str(place.path):
        where = f"{stop.top.path or stop.top.name}:{stop.top.line}"
        raise StepMissedError(f"stopped ({stop.reason}) at {where} instead of {place.path}:{place.line}")


def _show_line(stage: Stage) -> None:
    stage.report.code(stage.stop.top.line, stage.workspace.text(stage.stop.top.place))


GO_WORK_SESSION: Final = [
    Step("Read the example workspace", _read_workspace),
    Step("Start dapshim and connect", start_dapshim),
    Step("Initialize", initialize),
    Step("Launch the service", _launch, FIRST_BUILD),
    Step("Set breakpoints", _set_breakpoints),
    Step("Stop in a package variable's initialiser", _stop_in_initialiser),
    Step("Stop in init", _stop_in_init),
    Step("Stop in main.main", _stop_in_main),
    Step("Step and evaluate in main.main", _step_in_main),
    Step("Stop in a goroutine", _stop_in_goroutine),
    Step("Stop in the library, another module", _stop_in_library),
    Step("Evaluate and step in the library", _step_in_library),
    Step("Step out of the library", _step_out),
    Step("Run to the end", _run_to_end),
    Step("Disconnect", disconnect),
    Step("End dapshim; nothing is left", end_dapshim, always=True),
]
"""A whole session of a go.work program, from a fresh dapshim to nothing left."""
