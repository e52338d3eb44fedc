"""What the parts of the demo have in common that build a program themselves: a copy of the example, and the go command.

It knows neither DAP nor Delve.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from dapshim.cli.demo_stage import StepMissedError

if TYPE_CHECKING:
    from dapshim.cli.demo_stage import Stage

BUILD_SECONDS: Final = 120.0
"""Seconds for a build: the first one compiles the standard library."""


async def go_build(stage: Stage, folder: Path, workspace: Path, arguments: Sequence[str]) -> None:
    """Show and run `go build` in `folder`, in the workspace of `workspace`/go.work.

    Raises:
        StepMissedError: it failed; the message has the compiler's words.

    """
    command = ["go", "build", *arguments]
    shown = [each.replace(f"{stage.scratch}/", "") for each in command]
    stage.report.note("command", shlex.join(shown))
    # What a person has set for other projects must not change this build.
    environment = {**os.environ, "GOFLAGS": " ", "GOWORK": str(workspace / "go.work")}
    done = await trio.run_process(command, cwd=folder, env=environment, check=False, capture_stdout=True, capture_stderr=True)
    if done.returncode != 0:
        raise StepMissedError(f"go build failed: {done.stderr.decode(errors='replace').strip()}")


async def go_cache(folder: Path) -> str:
    """Return where the go command keeps what it has compiled; empty when it does not say.

    Unless it is told, that is a folder in `$XDG_CACHE_HOME`; who moves that would have all compiled again.
    """
    done = await trio.run_process(["go", "env", "GOCACHE"], cwd=folder, check=False, capture_stdout=True, capture_stderr=True)
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""
