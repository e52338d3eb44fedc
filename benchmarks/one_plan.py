"""One launch plan in a process of its own, timed: `one_plan.py WORKSPACE PROGRAM`; prints milliseconds and what came of it.

The clock starts before the planner is imported, as at the first F5 of a dapshim, and stops when the plan is there or refused;
what dapshim has loaded anyway is loaded before. The go command is the PATH's, and it is asked as often as the plan asks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

# A script's own folder is on its path, not the tree that the folder stands in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import dapshim.options.sources  # noqa: F401 - loads attrs and msgspec, which every dapshim has

if TYPE_CHECKING:
    from dapshim.golang.toolchain import GoEnv


class Go:
    """The go command of the PATH."""

    def __init__(self) -> None:
        self.path = shutil.which("go") or "go"

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        """See `dapshim.plan.facts.Go`."""
        from dapshim.golang.files import RealFiles
        from dapshim.golang.toolchain import ENV_COMMAND, parse_env

        done = subprocess.run([self.path, *ENV_COMMAND], cwd=directory, env=environ, capture_output=True, check=False)
        return parse_env(done.stdout, go=self.path, environ=environ, files=RealFiles(), stderr=done.stderr)


class NoProcesses:
    """A launch asks for none."""

    def named(self, name: str) -> tuple[tuple[int, str], ...]:
        """See `dapshim.plan.facts.Processes`."""
        raise AssertionError(name)


def plan(workspace: str, program: str) -> str:
    """Plan, and return what came of it."""
    from dapshim.golang.files import CachedFiles, RealFiles
    from dapshim.plan.facts import Facts
    from dapshim.plan.launching import plan_launch
    from dapshim.plan.outcome import PlanError

    home = os.environ.get("HOME", "/")
    facts = Facts(CachedFiles(RealFiles()), os.environ, workspace, home, Go(), NoProcesses(), workspace)
    try:
        found = plan_launch({"mode": "debug", "program": program}, facts)
    except PlanError as error:
        return str(error)
    return f"builds {found.build.directory if found.build is not None else 'nothing'}"


if __name__ == "__main__":
    begun = time.perf_counter()
    outcome = plan(*sys.argv[1:])
    print(f"{(time.perf_counter() - begun) * 1e3:.3f} {outcome}")
