"""The dapshim that a demo talks to: started as a user would start it, as a program of its own, and ended by SIGTERM.

It also looks at which processes dapshim started, so that a demo can say whether something was left behind. It knows neither DAP
nor Delve.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs
import trio

GRACE: Final = 5.0
"""Seconds within which dapshim promises that nothing of an ended session is left."""

READY: Final = "dapshim: listening on "
_KEPT_LINES: Final = 12
_POLL: Final = 0.02
"""Seconds between two looks at processes that are not our own children, for which nothing can be awaited."""
_PROCESSES: Final = Path("/proc")


class ListenerError(Exception):
    """dapshim did not start or did not end as it should; the message is a sentence for the user."""


def command(dlv: str | None) -> list[str]:
    """Return the command line that starts dapshim on a port of its own choice, with this Python."""
    chosen = ["--dlv", dlv] if dlv is not None else []
    return [sys.executable, "-m", "dapshim", "--listen", "127.0.0.1:0", *chosen]


@attrs.define
class Listener:
    """One running `dapshim --listen`, or another program that listens; `said` holds the newest lines of its standard error."""

    process: trio.Process
    name: str = "dapshim"
    said: deque[str] = attrs.Factory(lambda: deque(maxlen=_KEPT_LINES))
    _silent: trio.Event = attrs.Factory(trio.Event)
    _seen: set[int] = attrs.Factory(set)

    @classmethod
    async def start(
        cls,
        nursery: trio.Nursery,
        arguments: list[str],
        folder: Path | None = None,
        name: str = "dapshim",
        variables: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> Listener:
        """Start dapshim, or what `name` says, in a folder (None: here), with `variables` in its environment beside ours.

        Its standard error is read until it ends. `stdin` is a pipe for one that is spoken to there.
        """
        # It stays in our process group: Ctrl-C and the end of the terminal reach it too, whatever becomes of us.
        process = await trio.lowlevel.open_process(
            arguments,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**os.environ, **(variables or {})},
        )
        listener = cls(process, name)
        nursery.start_soon(listener._listen)
        return listener

    async def ready(self, words: str = READY) -> tuple[str, int]:
        """Wait for the ready line, which begins with `words`, and return the host and port that it names.

        Raises:
            ListenerError: it ended, or its first line is another one.

        """
        line = b""
        if self.process.stdout is not None:
            while not line.endswith(b"\n") and (data := await self.process.stdout.receive_some()):
                line += data
        first = line.decode("utf-8", "replace").strip()
        host, _, port = first.removeprefix(words).rpartition(":")
        if first.startswith(words) and port.isdecimal():
            return host, int(port)
        if first:
            raise ListenerError(f"the first line of {self.name} was {first!r} instead of {words + 'HOST:PORT'!r}")
        code = await self.process.wait()
        await self._silent.wait()
        raise ListenerError(f"{self.name} ended with exit code {code} before it listened")

    def look(self) -> None:
        """Remember the processes that dapshim has started, as they are now."""
        self._seen |= _descendants(self.process.pid)

    def watch(self, *pids: int) -> None:
        """Count processes as dapshim's own, whoever their parent is."""
        self._seen.update(pids)

    @property
    def running(self) -> bool:
        """Whether it runs itself."""
        return self.process.poll() is None

    @property
    def left(self) -> list[int]:
        """The processes that were seen or watched and still run."""
        return [pid for pid in sorted(self._seen) if _runs(pid)]

    async def end(self) -> int:
        """Send SIGTERM and return the exit code; a dapshim that has not ended after twice the grace is killed.

        Raises:
            ListenerError: it had ended before, or had to be killed.

        """
        if (code := self.process.poll()) is not None:
            raise ListenerError(f"{self.name} had already ended, with exit code {code}")
        self.process.send_signal(signal.SIGTERM)
        with trio.move_on_after(2 * GRACE):
            return await self.process.wait()
        self.process.kill()
        await self.process.wait()
        raise ListenerError(f"{self.name} had to be killed: it still ran {2 * GRACE:.0f} s after SIGTERM")

    async def nothing_left(self) -> int:
        """Wait, for as long as the grace, until every process that was seen has ended, and return how many there were.

        Raises:
            ListenerError: some still run.

        """
        with trio.move_on_after(GRACE):
            while self.left:  # noqa: ASYNC110 - only a child's end can be awaited; these are a child's children
                await trio.sleep(_POLL)
        if self.left:
            raise ListenerError(f"left behind {GRACE:.0f} s after dapshim ended: process {', '.join(map(str, self.left))}")
        return len(self._seen)

    async def _listen(self) -> None:
        rest = b""
        if self.process.stderr is not None:
            async for data in self.process.stderr:
                *lines, rest = (rest + data).split(b"\n")
                self.said.extend(line.decode("utf-8", "replace") for line in lines)
        if rest:
            self.said.append(rest.decode("utf-8", "replace"))
        self._silent.set()


def _descendants(pid: int) -> set[int]:
    """Return the children of a process, their children and so on; empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    for entry in _PROCESSES.glob("[0-9]*"):
        if (stat := _stat(int(entry.name))) is not None:
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found: set[int] = set()
    waiting: Iterable[int] = [pid]
    while waiting := [child for parent in waiting for child in children.get(parent, []) if child not in found]:
        found.update(waiting)
    return found


def _runs(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and was not yet collected by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = _stat(pid)
    return stat is None or stat[0] != "Z"


def _stat(pid: int) -> list[str] | None:
    """Return the state, the parent and more of a process (proc(5)); None when it is gone or there is no /proc."""
    try:
        text = (_PROCESSES / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()
