"""The command as a person runs it: in a folder, with an environment, and with nothing on its standard input."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.real import BOUND

COMMAND = [sys.executable, "-m", "dapshim"]


def ran(*arguments: str, env: Mapping[str, str], cwd: Path | None = None, seconds: float = BOUND) -> tuple[int, str, str]:
    """Return its exit code, and what it printed on standard output and error; it may take `seconds`."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
