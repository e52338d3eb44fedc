"""The log of a dapshim that serves: a line that would have to wait for its reader is dropped, and counted.

Whoever started dapshim may have given it a pipe as stderr and not read it, or stopped its terminal with Ctrl-S. A log that
waits there would stop every session. This file knows descriptors and lines; it does not know what is logged.

Nobody else's opening is made non-blocking: other processes share it (the shell has its terminal so, the editor's children their
stderr) and would meet errors there. A pipe or a terminal is opened once more instead, and that opening is ours alone.
"""

from __future__ import annotations

import logging
import os
import select
import stat
from typing import Final

SURE: Final = select.PIPE_BUF
"""Bytes that a pipe which is ready for writing takes without waiting."""


class LogLines(logging.Handler):
    """Writes each record to a descriptor, at once or not at all; nothing is kept but the rest of a line that was cut.

    A regular file never makes its writer wait, so it gets everything. Whatever goes wrong with the log, nothing is raised and
    nothing is printed: the log is not worth a session.
    """

    def __init__(self, descriptor: int, *, own: bool, ask_first: bool) -> None:
        """Write to `descriptor`; close it in the end if it is our `own`; `ask_first` if a write to it may wait."""
        super().__init__()
        self._descriptor = descriptor
        self._own = own
        self._ask_first = ask_first
        self._rest = b""
        self._dropped = 0

    @classmethod
    def on(cls, descriptor: int) -> LogLines:
        """Return the log on a descriptor that others may share, such as stderr.

        Raises:
            OSError: it is not open.

        """
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
            flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            try:
                return cls(os.open(f"/proc/self/fd/{descriptor}", flags), own=True, ask_first=False)
            except OSError:
                # No /proc, or somebody else's terminal. To ask is nearly as good: who writes there too can come between.
                return cls(descriptor, own=False, ask_first=True)
        return cls(descriptor, own=False, ask_first=not stat.S_ISREG(mode))

    @classmethod
    def to_file(cls, path: str) -> LogLines:
        """Return the log at the end of a file; a named pipe is waited for until somebody reads it.

        Raises:
            OSError: it cannot be written.

        """
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY | os.O_CLOEXEC, 0o666)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.set_blocking(descriptor, False)
        return cls(descriptor, own=True, ask_first=False)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, or count it as dropped."""
        try:
            text = self.format(record)
        except Exception as error:  # noqa: BLE001 - a wrong log call must not end what it tells of
            text = f"could not be logged ({error}): {record.msg!r}"
        if not self._written(text):
            self._dropped += 1

    def close(self) -> None:
        """Write what is still owed, if there is room for it now, and close what was opened here."""
        super().close()
        self.acquire()
        try:
            self._written()
            if self._own:
                os.close(self._descriptor)
            self._own, self._descriptor = False, -1
        finally:
            self.release()

    def _written(self, *texts: str) -> bool:
        """Write what is owed from before, then `texts`; say whether at least some of that could be written."""
        self._rest = self._rest[self._taken(self._rest) :]
        if self._rest:
            return False
        if self._dropped:
            texts = (self._told(f"{self._dropped} lines of this log were dropped here: nobody read them"), *texts)
        data = "".join(f"{text}\n" for text in texts).encode(errors="backslashreplace")
        taken = self._taken(data)
        if not taken:
            return False
        self._rest, self._dropped = data[taken:], 0
        return True

    def _told(self, text: str) -> str:
        return self.format(logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, None, None))

    def _taken(self, data: bytes) -> int:
        """Write as much as can be written without waiting; return how many bytes that was."""
        taken = 0
        try:
            while taken < len(data):
                if self._ask_first and not self._is_ready():
                    break
                taken += os.write(self._descriptor, data[taken : taken + SURE] if self._ask_first else data[taken:])
        except OSError:
            # It is full (our own opening says so instead of waiting), or gone, or the disk is full.
            return taken
        return taken

    def _is_ready(self) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return bool(poll.poll(0))
