"""How the tests run `dapshim demo`, read what it prints, and play its steps against a scripted adapter."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pexpect
import trio
from rich.console import Console

from dapshim.cli import demo
from dapshim.cli.demo_report import Report
from dapshim.cli.demo_steps import Step
from dapshim.wire.framing import FrameReader, frame

ROOT = Path(__file__).resolve().parents[2]
DLV = shutil.which("dlv") or str(ROOT / ".tools" / "bin" / "dlv")
DEMO = ["-m", "dapshim", "demo", "--dlv", DLV]


def on_terminal(*arguments: str, columns: int, **environment: str) -> tuple[int, str]:
    """Run the demo on a terminal of so many columns; return its exit code and what it wrote."""
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    child = pexpect.spawn(
        sys.executable,
        [*DEMO, *arguments],
        cwd=str(ROOT),
        env={**clean, "TERM": "xterm-256color", **environment},
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=240,
    )
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus), str(child.before).replace("\r\n", "\n")


def in_pipe(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *DEMO, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        timeout=240,
        check=False,
    )


def sections(text: str) -> dict[str, str]:
    """Return what was printed under the title of each step."""
    parts = re.split(r"^ *\d+/\d+  (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


class Adapter:
    """The other end of a `DemoClient`: reads requests and sends what the test says."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._reader = FrameReader(1 << 20)
        self._bodies: list[bytes] = []

    async def read(self) -> dict[str, Any]:
        while not self._bodies:
            self._bodies += self._reader.feed(await self.stream.receive_some())
        return msgspec.json.decode(self._bodies.pop(0), type=dict[str, Any])

    async def say(self, **message: Any) -> None:
        await self.stream.send_all(frame(msgspec.json.encode({"seq": 1, **message})))


async def played(*steps: Step, folder: Path, scratch: Path | None = None, dlv: str | None = None) -> tuple[int, str]:
    """Play steps; return the exit code and the report."""
    written = io.StringIO()
    report = Report(Console(file=written, width=100, highlight=False, markup=False))
    return await demo.run_demo(report, steps, folder, scratch or folder, dlv), written.getvalue()
