"""The processes that a run starts, and the promise that none outlives it.

Every process inherits a token in its environment, so that also what somebody else's child left behind is found: a debuggee has
a process group of its own and outlives a dlv that is killed. Linux only, as it reads `/proc`.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
MARK = "DEBUG_BENCHMARK_RUN"
# Delve 1.27.1 ends a small program within 0.1 s; fifty at once on two cores take longer.
SETTLE_SECONDS = 30.0


class Processes:
    """All that one run started."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(8)
        # A person's own settings must not change what is measured, nor make Python compile dapshim at each start.
        own = ("DAPSHIM_", "PYTHONDONTWRITEBYTECODE")
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        self._environment[MARK] = self._mark

    def start(
        self,
        command: Sequence[str | Path],
        *,
        stdin: int = subprocess.DEVNULL,
        errors: int = subprocess.DEVNULL,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program out of reach of the terminal's Ctrl-C, which is for the run alone, with its stdout in a pipe.

        `environment` is what it has beside the run's own.
        """
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**self._environment, **(environment or {})},
            start_new_session=True,
        )

    def running(self, name: str | None = None) -> Iterator[int]:
        """Yield the ids of the processes of this run that still run; with `name`, only those that are called so."""
        wanted = f"{MARK}={self._mark}".encode()
        for entry in PROC.iterdir():
            # A process may end, or belong to somebody else, at any moment of this.
            with suppress(OSError):
                if entry.name.isdigit() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                    state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                    if state != "Z" and (name is None or (entry / "comm").read_text().strip() == name):
                        yield int(entry.name)

    def settle(self, name: str) -> None:
        """Wait until no process called `name` runs, so that the end of one session does not slow down the next."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while any(True for _ in self.running(name)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"a process called {name} still runs {SETTLE_SECONDS:.0f} s after its session ended")
            time.sleep(0.01)

    def end_all(self) -> int:
        """Kill what is left; returns how many there were. Looks again until there are none: the dying may still fork."""
        killed = set()
        for _ in range(20):
            left = list(self.running())
            if not left:
                break
            for pid in left:
                killed.add(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        return len(killed)


def end(process: subprocess.Popen[bytes], seconds: float = 10.0) -> None:
    """Ask a process to end (SIGTERM), wait, and kill it when it does not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def cpu_seconds(pid: int) -> float:
    """Return the processor time that all threads of a process have used."""
    tasks = (PROC / str(pid) / "task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def memory_mib(pids: Sequence[int]) -> tuple[float, float]:
    """Proportional and resident memory (PSS, RSS) of some processes together, in MiB."""
    sums = {"Pss:": 0, "Rss:": 0}
    for pid in pids:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            word, *rest = line.split()
            if word in sums:
                sums[word] += int(rest[0])
    return sums["Pss:"] / 1024, sums["Rss:"] / 1024


def children(pid: int) -> list[int]:
    """Return the ids of the direct children of a process."""
    found: list[int] = []
    for task in (PROC / str(pid) / "task").iterdir():
        found.extend(int(child) for child in (task / "children").read_text().split())
    return found
