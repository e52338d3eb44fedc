"""The steps of the demo with an editor: a launch.json that cannot work is opened, mended by quick fixes, and debugged.

What is wrong is broken in a copy of examples/gowork. The conversation is the one of any editor with `dapshim lsp`.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec
import trio

from dapshim.cli import demo_workspace
from dapshim.cli.demo_editor import Editor
from dapshim.cli.demo_listener import Listener
from dapshim.cli.demo_stage import StepMissedError
from dapshim.cli.demo_steps import (
    FIRST_BUILD,
    NOT_OF_THIS_BUILD,
    Step,
    break_at_marks,
    disconnect,
    end_dapshim,
    initialize,
    nothing_left,
    show,
    watch_program,
)
from dapshim.diagnose.jsonc import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from dapshim.cli.demo_stage import Stage

_MAIN, _LIBRARY = "main", "library"
_SERVICE: Final = "./services/orders"
_WANTED: Final = {"work-unused", "launch-ignored", "launch-flags"}
_SEVERITIES: Final = {1: "error", 2: "warning", 3: "info"}
_FIX_SECONDS: Final = 60.0


def no_language_server() -> str:
    """Return why the language server cannot be shown; empty when it can."""
    if importlib.util.find_spec("pygls") is None:
        return "the language server needs pygls, which is not installed: pip install 'dapshim[lsp]'"
    return "it listens on a Unix socket, of which this system has none" if sys.platform == "win32" else ""


def _files(stage: Stage) -> tuple[Path, Path]:
    """Return the launch.json and the go.work of the copy."""
    root = stage.workspace.root
    return root / ".vscode" / "launch.json", root / "go.work"


async def _break_workspace(stage: Stage) -> str:
    copy = stage.scratch / "shop"
    await trio.to_thread.run_sync(shutil.copytree, stage.folder, copy)
    stage.workspace = demo_workspace.read(copy)
    launch, work = _files(stage)
    shutil.copyfile(launch.with_name("launch.broken.json"), launch)
    without, count = re.subn(rf"^.*{re.escape(_SERVICE)}\s*\n", "", work.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if count != 1:
        raise StepMissedError(f"go.work does not use {_SERVICE} on a line of its own")
    work.write_text(without, encoding="utf-8")
    stage.report.note("launch", *(line.rstrip(",") for line in _lines(launch) if "buildFlags" in line or "stopOn" in line))
    stage.report.note("go.work", f"does not use {_SERVICE} any more")
    return "a copy of the example has three faults, as they come about: a typing error, flags of a release, a forgotten module"


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]


async def _start_server(stage: Stage) -> str:
    options = ["--dlv", stage.dlv] if stage.dlv is not None else []
    stage.report.note("command", shlex.join(["dapshim", *options, "lsp"]))
    command = [sys.executable, "-m", "dapshim", *options, "lsp"]
    variables = dict.fromkeys(NOT_OF_THIS_BUILD, "")
    began = trio.current_time()
    stage.listener = await Listener.start(stage.nursery, command, stage.scratch, variables=variables, stdin=subprocess.PIPE)
    stage.editor = Editor(stage.listener)
    stage.nursery.start_soon(stage.editor.run)
    told = await stage.editor.begin(stage.workspace.root)
    info = told.get("serverInfo", {})
    return f"{info.get('name')} {info.get('version')} answers after {trio.current_time() - began:.1f} s"


def _editor(stage: Stage) -> Editor:
    if stage.editor is None:
        raise StepMissedError("there is no language server")
    return stage.editor


async def _open_files(stage: Stage) -> str:
    editor = _editor(stage)
    for path in _files(stage):
        await editor.open(path)
    await editor.until(lambda: {each["code"] for each in _wrong(stage).values()} >= _WANTED)
    for (path, _), finding in _wrong(stage).items():
        _show_finding(stage, path, finding)
    return f"{len(_wrong(stage))} findings stand where their cause is, before anything was started"


def _wrong(stage: Stage) -> dict[tuple[Path, str], dict[str, Any]]:
    """Return what is shown above a note, by its file and its message."""
    found = _editor(stage).shown.items()
    return {(path, each["message"]): each for path, listed in found for each in listed if each.get("severity", 1) < 3}  # noqa: PLR2004 - LSP: 3 is a note


def _show_finding(stage: Stage, path: Path, finding: dict[str, Any]) -> None:
    """Print a finding as an editor shows it: the line, and what is underlined."""
    start, end = finding["range"]["start"], finding["range"]["end"]
    where = f"{stage.workspace.shown(str(path))}:{start['line'] + 1}"
    said = finding["message"].splitlines()[0].replace(f"{stage.scratch}/", "")
    stage.report.note(_SEVERITIES[finding["severity"]], f"{where}  {said}  [{finding['code']}]")
    line = _editor(stage).texts[path].splitlines()[start["line"]] if _editor(stage).texts[path] else ""
    length = end["character"] - start["character"] if end["line"] == start["line"] else len(line) - start["character"]
    text = line.strip()
    indent = start["character"] - (len(line) - len(line.lstrip()))
    stage.report.note("", text, " " * max(indent, 0) + "~" * max(length, 1))


async def _mend(stage: Stage) -> str:
    editor = _editor(stage)
    done: set[str] = set()
    while wrong := _wrong(stage):
        done.add(await _mend_one(stage, wrong, done))
        await editor.until(lambda wrong=wrong: _wrong(stage).keys() != wrong.keys())  # type: ignore[misc]  # it has its value
    launch, work = _files(stage)
    stage.report.note("launch", *(line for line in _lines(launch) if "buildFlags" in line or "stopOn" in line))
    if _SERVICE not in work.read_text(encoding="utf-8") or "//" not in launch.read_text(encoding="utf-8"):
        raise StepMissedError("go.work lacks the module still, or a comment is lost")
    return f"{len(done)} quick fixes, and nothing is wrong any more; every comment is where it was"


async def _mend_one(stage: Stage, wrong: Mapping[tuple[Path, str], dict[str, Any]], done: Collection[str]) -> str:
    """Take the first quick fix that was not taken before, and return its title; of one that was, its finding will go."""
    taken = ""
    for (path, _), finding in wrong.items():
        action = await _editor(stage).quick_fix(path, finding)
        title = str(action["title"]) if action is not None else ""
        if action is not None and title not in done:
            stage.report.note("fix", title.replace(f"{stage.scratch}/", ""))
            await _editor(stage).apply(action)
            return title
        taken = taken or title
    if not taken:
        raise StepMissedError(f"nobody offers to mend: {next(iter(wrong.values()))['message']}")
    return taken


async def _press_f5(stage: Stage) -> str:
    door = await _editor(stage).ask("dapshim/startSession", {"workspaceFolder": str(stage.workspace.root), "transport": "unix"})
    stage.report.note("session", "a socket of its own, in the process that has shown the findings")
    await stage.converse(await trio.open_unix_socket(door["path"]))
    await initialize(stage)
    document = parse(_files(stage)[0].read_text(encoding="utf-8"))
    plain = document.root.plain["configurations"][0]
    own = {"output": str(stage.program), "env": NOT_OF_THIS_BUILD}
    flags = {"buildFlags": f"{plain.get('buildFlags', '')} -buildvcs=false".strip()}
    began = trio.current_time()
    stage.launched = await stage.connected().send("launch", {**plain, **flags, **own})
    await stage.connected().event("initialized", unless_refused=stage.launched)
    watch_program(stage)
    await break_at_marks(stage, [_MAIN, _LIBRARY])
    return f"the configuration as it is in the file works: built and loaded in {trio.current_time() - began:.1f} s"


async def _stop_mended(stage: Stage) -> str:
    await stage.connected().request("configurationDone")
    await stage.connected().response(stage.launched)
    await show(stage, _MAIN, await stage.stopped())
    variables = {variable.name for variable in await stage.variables()}
    if "arrivals" not in variables:
        raise StepMissedError("its variables are not shown")
    return "the program stands in main.main, with its variables"


async def _stop_in_its_library(stage: Stage) -> str:
    await show(stage, _LIBRARY, await stage.resume("continue"))
    sessions = (await _editor(stage).ask("dapshim/sessions", {}))["sessions"]
    told = msgspec.json.decode(msgspec.json.encode(sessions[-1]), type=dict[str, Any])
    stage.report.note("session", f"{told['state']}: {told['name']}, process {told['pid']}")
    if told["state"] != "running":
        raise StepMissedError(f"the language server takes the session for {told['state']}")
    return "the program stands in a library of another module, and the language server knows it"


async def _end_editor(stage: Stage) -> str:
    shutil.rmtree(stage.scratch / "shop", ignore_errors=True)
    editor = stage.editor
    if editor is None or not editor.server.running:
        return await end_dapshim(stage)
    code = await editor.close()
    if code != 0:
        raise StepMissedError(f"the language server ended with exit code {code}")
    return f"the window is closed, and the server with exit code 0; {await nothing_left(stage, editor.server)}"


EDITOR_SESSION: Final = [
    Step("Break a copy of the example", _break_workspace),
    Step("Start the language server, as an editor does", _start_server),
    Step("Open launch.json and go.work", _open_files),
    Step("Take the quick fixes", _mend, _FIX_SECONDS),
    Step("Press F5", _press_f5, FIRST_BUILD),
    Step("Stop in main.main of the mended launch", _stop_mended),
    Step("Stop in the library of the mended launch", _stop_in_its_library),
    Step("Disconnect from the mended launch", disconnect),
    Step("End the language server; nothing is left", _end_editor, always=True),
]
"""A launch.json that cannot work: what an editor shows of it, the quick fixes, and the session after them."""
