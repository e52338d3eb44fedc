"""`dapshim demo`: whole debug sessions of real Go workspaces through dapshim, made by a scripted client and printed.

This file plays lists of steps, bounds each by its own time, and turns what happened into a report and an exit code. What the
steps do is in the demo_*steps files; each list is a part. It uses dapshim from outside only, as an editor would.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import click
import msgspec
import trio

from dapshim.cli import demo_workspace
from dapshim.cli.demo_breakpoint_steps import BREAKPOINT_SESSION, no_children
from dapshim.cli.demo_client import DemoClientError
from dapshim.cli.demo_editor_steps import EDITOR_SESSION, no_language_server
from dapshim.cli.demo_listener import ListenerError
from dapshim.cli.demo_moved_steps import MOVED_SESSION, REMOTE_SESSION
from dapshim.cli.demo_stage import Stage, StepMissedError
from dapshim.cli.demo_steps import GO_WORK_SESSION, Step
from dapshim.cli.demo_stripped_steps import STRIPPED_SESSION, no_stripped_program

if TYPE_CHECKING:
    from dapshim.cli.demo_report import Report

_MISSED: Final = (
    StepMissedError,
    DemoClientError,
    ListenerError,
    demo_workspace.WorkspaceError,
    msgspec.ValidationError,
    OSError,
)


@attrs.frozen
class Part:
    """One session: what it shows, on which example, and its steps."""

    title: str
    example: str
    steps: Sequence[Step]
    obstacle: Callable[[], str] = str
    """Why this machine cannot play it; "" when it can."""


_ON_GO_WORK: Final = Part("A debug session through dapshim", "gowork", GO_WORK_SESSION)
PARTS: Final = (
    _ON_GO_WORK,
    Part("A launch.json that cannot work, mended before F5", "gowork", EDITOR_SESSION, no_language_server),
    Part("A program far away, reached by its port alone", "headless", REMOTE_SESSION),
    Part("A trimmed binary, built elsewhere and moved", "headless", MOVED_SESSION),
    Part("A stripped binary", "gowork", STRIPPED_SESSION, no_stripped_program),
    Part("Breakpoints that move, wait, or say why not", "children", BREAKPOINT_SESSION, no_children),
)

_QUOTED_LINES: Final = 12
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_EPILOG: Final = """\b
Examples:
  dapshim demo
  dapshim demo --dlv ~/go/bin/dlv
  dapshim demo --workspace ~/src/dapshim/examples/gowork
  NO_COLOR=1 dapshim demo > report.txt

\b
Exit code 0: every step happened; 1: one did not, and the report says why;
2: wrong usage."""


@click.command("demo", epilog=_EPILOG)
@click.option("--dlv", metavar="PATH", help="The dlv that dapshim shall start; else dapshim looks for one.")
@click.option("--workspace", metavar="FOLDER", help="Play the first part alone, on a copy of dapshim's examples/gowork.")
@click.pass_context
def command(ctx: click.Context, dlv: str | None, workspace: str | None) -> None:
    """Debug the example workspaces through a dapshim of its own, and print what is seen.

    First the service in examples/gowork is built, stopped in three of its places and in a library of another module, stepped
    through and run to its end. A launch.json that cannot work is opened through the language server, mended by its quick fixes
    and debugged. Then the program in examples/headless is built elsewhere and moved, so that no path which it
    records exists: it is debugged in a headless dlv, as on another machine, and as a binary. The service is built once more
    without debug info, and debugged with what its sources give back, and without them. Last, three breakpoints are set in
    examples/children: one moves, one says why it cannot be set, one waits for a program that is started later.

    Nothing is written into the workspaces, and nothing is left running. What this machine cannot show is left out, and the
    reason is printed.
    """
    given = ctx.obj if isinstance(ctx.obj, dict) else {}
    sys.exit(run(dlv=dlv or given.get("dlv"), workspace=workspace))


def run(*, dlv: str | None, workspace: str | None) -> int:
    """Play the demo, print its report on standard output and return the exit code.

    `dlv` is the dlv that dapshim shall use, else it finds one; `workspace` is a copy of examples/gowork, on which the first
    part is played alone, else all are, on the examples in this checkout. Nothing is written into them. A part that this
    machine cannot play is left out, with its reason. The exit code is 0 when every other step happened, 1 when one did not, and
    128 and the signal's number after SIGINT, SIGTERM or SIGHUP.
    """
    from dapshim.cli.demo_report import Report

    report, code = Report.on_stdout(), 0
    for part in PARTS if workspace is None else [_ON_GO_WORK]:
        if obstacle := part.obstacle():
            report.opening(part.title)
            report.left_out(obstacle)
            continue
        folder = Path(workspace) if workspace is not None else demo_workspace.default_folder(part.example)
        scratch = Path(tempfile.mkdtemp(prefix="dapshim-demo-"))
        try:
            code = max(code, trio.run(run_demo, report, part.steps, folder, scratch, dlv, part.title))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if code > 1:
            break
    return code


async def run_demo(
    report: Report, steps: Sequence[Step], folder: Path, scratch: Path, dlv: str | None, title: str = _ON_GO_WORK.title
) -> int:
    """Play `steps` on the workspace in `folder` and return the exit code; `scratch` is an empty folder for what is built.

    However it ends, also when it is cancelled, the dapshim that it started is gone afterwards.
    """
    received: list[signal.Signals] = []
    missed: list[str] = []
    began = trio.current_time()
    report.opening(title)
    async with trio.open_nursery() as nursery:
        await nursery.start(_cancel_on_signal, nursery.cancel_scope, received)
        stage = Stage(report, nursery, folder, scratch, dlv)
        try:
            missed = await _play(steps, stage)
        finally:
            await _clear(stage)
        nursery.cancel_scope.cancel()
    if received:
        report.missed(f"ended by {received[0].name}")
        return 128 + received[0]
    report.closing(len(steps), missed, trio.current_time() - began)
    return 1 if missed else 0


async def _play(steps: Sequence[Step], stage: Stage) -> list[str]:
    """Make the steps in order and return the titles of those that did not happen; a failure leaves only those `always` made."""
    missed: list[str] = []
    for number, step in enumerate(steps, start=1):
        if missed and not step.always:
            stage.report.skipped(number, len(steps), step.title, first=len(missed) == 1)
            missed.append(step.title)
            continue
        stage.report.begin(number, len(steps), step.title)
        try:
            with trio.fail_after(step.seconds):
                sentence = await step.move(stage)
        except trio.TooSlowError:
            _tell(stage, f"did not happen within {step.seconds:.0f} s")
            missed.append(step.title)
        except _MISSED as error:
            _tell(stage, f"did not happen: {error}")
            missed.append(step.title)
        else:
            stage.report.happened(sentence)
        if stage.listener is not None:
            stage.listener.look()
    return missed


def _tell(stage: Stage, sentence: str) -> None:
    """Report a step that did not happen together with what was seen until then."""
    stage.report.missed(sentence)
    stage.report.note("output", *stage.printed().splitlines()[-_QUOTED_LINES:])
    for listener in (stage.listener, stage.far):
        if listener is not None and listener.said:
            stage.report.note("stderr", *listener.said)
    if stage.client is not None:
        stage.report.table("messages", [[message] for message in stage.client.last_messages])


async def _clear(stage: Stage) -> None:
    """End what still runs, dapshim first, and close the connection.

    Its own deadline bounds this, and no cancellation may break it off.
    """
    with trio.CancelScope(shield=True):
        for listener in (stage.listener, stage.far):
            if listener is not None and listener.running:
                try:
                    await listener.end()
                except ListenerError as error:
                    stage.report.missed(str(error))
        if stage.client is not None:
            await stage.client.close()


async def _cancel_on_signal(
    scope: trio.CancelScope, received: list[signal.Signals], task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(*_ENDING) as signals:
        task_status.started()
        async for number in signals:
            received.append(signal.Signals(number))
            scope.cancel()
