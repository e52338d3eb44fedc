"""The guardian seen from dapshim: one small process that ends what is left when dapshim and its dlv are killed together.

What it does then stands in `guardian_process.py`, which it runs. Nothing here raises: a session must never suffer from its
guardian.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

log = logging.getLogger(__name__)

STARTS: Final = 2
"""A guardian that somebody ended is started once more; one that cannot live here is not tried for ever."""

BACKLOG: Final = 1 << 20
"""Bytes that wait for a guardian which does not read (stopped by somebody); more than that are given up with it."""

END_LIMIT: Final = 0.5
"""Seconds that `close` waits for a guardian with nothing to do to end; it takes a few milliseconds."""


@attrs.define
class _Watch:
    word: str = "watch"
    groups: list[int] | None = None
    binaries: list[str] = attrs.field(factory=list)


@attrs.define(eq=False)
class Guardian:
    """Tells the guardian process which dlv to look after; starts it when there is the first to watch."""

    python: str = sys.executable
    script: str = str(Path(__file__).with_name("guardian_process.py").absolute())
    _process: subprocess.Popen[bytes] | None = None
    _pipe: int | None = None
    _starts: int = 0
    _unsent: bytearray = attrs.field(factory=bytearray)
    _watches: dict[int, _Watch] = attrs.field(factory=dict)
    _folders: list[str] = attrs.field(factory=list)

    @property
    def pid(self) -> int | None:
        """The process id of the guardian, None when there is none."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the process, unless it runs; it costs about 2 ms here, and nobody waits until it is ready."""
        if self._process is not None or self._starts >= STARTS:
            return
        self._starts += 1
        try:
            reading, writing = os.pipe()
        except OSError:
            log.exception("there is no guardian")
            return
        try:
            # -I -S: none of the person's settings, and a quarter of the start. All descriptors but the pipe are closed there.
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
                [self.python, "-I", "-S", self.script],
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            log.exception("there is no guardian")
            os.close(writing)
            return
        finally:
            os.close(reading)
        os.set_blocking(writing, False)
        self._pipe = writing

    def watch(self, sid: int) -> None:
        """Look after the dlv that leads process session `sid`, from now on."""
        self._watches[sid] = _Watch()
        if self._process is None:
            self.start()
        self._tell(f"watch {sid}\n")

    def build(self, sid: int) -> None:
        """End the build that leads process session `sid` as soon as dapshim is gone."""
        self._watches[sid] = _Watch("build")
        if self._process is None:
            self.start()
        self._tell(f"build {sid}\n")

    def groups(self, sid: int, pgids: Iterable[int]) -> None:
        """Note the process groups that go with it, after Delve's `process` event; until then it is the whole session."""
        watch = self._watches.get(sid)
        if watch is not None:
            watch.groups = sorted({*(watch.groups or ()), *pgids})
            self._tell(_groups_line(sid, watch.groups))

    def binary(self, sid: int, path: str) -> None:
        """Note a temporary binary (an absolute path) that is to be removed when all is over."""
        watch = self._watches.get(sid)
        if watch is not None:
            watch.binaries.append(path)
            self._tell(_binary_line(sid, path))

    def sockets(self, folder: str) -> None:
        """Remove this folder of sockets (an absolute path) when dapshim is gone, if it has not done so itself."""
        self._folders.append(folder)
        if self._process is None:
            self.start()
        self._tell(_folder_line(folder))

    def forget(self, sid: int) -> None:
        """Look after it no longer: it has ended in order."""
        if self._watches.pop(sid, None) is not None:
            self._tell(f"forget {sid}\n")

    def close(self) -> None:
        """Let the process go: it ends at once when everything was forgotten, else when its work is done."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
        process, self._process, self._starts = self._process, None, STARTS
        if process is None:
            return
        try:
            process.wait(0 if self._watches else END_LIMIT)
        except subprocess.TimeoutExpired:
            # It is meant to outlive us; to Popen that would be a mistake worth a warning.
            process.returncode = 0

    def _tell(self, line: str) -> None:
        if self._pipe is None:
            return
        self._unsent += line.encode("ascii")
        try:
            sent = os.write(self._pipe, self._unsent)
            del self._unsent[:sent]
        except BlockingIOError:
            if len(self._unsent) > BACKLOG:
                log.warning("the guardian does not read; it is given up")
                self._lose()
        except OSError as error:
            log.warning("the guardian is gone (%s); it is started again", error.strerror)
            self._lose()
            self._begin_again()

    def _lose(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0
        self._process, self._pipe = None, None
        self._unsent.clear()

    def _begin_again(self) -> None:
        self.start()
        for folder in self._folders:
            self._tell(_folder_line(folder))
        for sid, watch in list(self._watches.items()):
            self._tell(f"{watch.word} {sid}\n")
            if watch.groups is not None:
                self._tell(_groups_line(sid, watch.groups))
            for path in watch.binaries:
                self._tell(_binary_line(sid, path))


def _groups_line(sid: int, pgids: Iterable[int]) -> str:
    return f"groups {sid} {' '.join(map(str, pgids))}\n"


def _binary_line(sid: int, path: str) -> str:
    return f"binary {sid} {os.fsencode(path).hex()}\n"


def _folder_line(folder: str) -> str:
    return f"sockets 0 {os.fsencode(folder).hex()}\n"
