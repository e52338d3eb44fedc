"""The observer: what passed the two edges of a session, and what the shims decided between, as lines of JSON in a file.

It is no shim and must not know any: it is told what happened and changes nothing, so it works with `--shims off` too.
It never raises into a debug session: after a write error the trace ends, says so once in the log, and the session goes on.

Every line is one object. The first line of a file is `{"t": 0.0, "session": 0, "trace": 1, "started": …, "note": …}`:
`trace` is the version of this format, `started` the wall clock in seconds since 1970. Each other line has `t`, seconds
since the file was opened, `session`, a number from 1, and either `note`, a line of text for the reader of the trace, or

- `edge`: "client" or "adapter", the peer;
- `way`: "in" (it came from the peer), "out" (it went to the peer) or "held" (it came from the peer and goes nowhere);
- `origin`, for "out": the other peer where the message was passed on, else the shim that made it;
- `verdicts`, for "out" and "held": pairs of a shim and what it decided; left out where there are none;
- `message`: the body as it was on the wire; or, where that is no JSON, `garbage`, its first bytes in base64, and `size`,
  the number of all its bytes.

`message` is the body byte for byte, so that spellings of numbers, lone surrogates, duplicate members and invalid UTF-8
survive. Only its line breaks become blanks: in JSON they can stand between tokens alone.
"""

import binascii
import json
import logging
import os
import stat
import time
from collections.abc import Callable, Sequence
from typing import Final, Literal

Edge = Literal["client", "adapter"]
Verdicts = Sequence[tuple[str, str]]

FORMAT: Final = 1
"""The version of the lines described above."""

GARBAGE_KEPT: Final = 4096
"""Bytes of a body that is no JSON: enough to see what spoke to us, too few for a stranger to fill the disk with."""

# A trace holds whatever the debugged program holds: environment, variables, output.
_OWNER_ONLY: Final = 0o600

# O_APPEND: a second process with the same file, or a person who empties it, must not leave a hole in it.
# O_NONBLOCK: a pipe that nobody reads ends the trace instead of stopping the session; plain files ignore it.
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NONBLOCK

_log: Final = logging.getLogger(__name__)


class TraceFile:
    """One file for all the sessions of a process; their lines are interleaved in the order in which things happened.

    A line is handed to the operating system at once: what was traced survives a SIGKILL of dapshim. Measured: 3 to 4
    microseconds a line (1 less with 16 lines in one write), 25 ms for a body of 10 MB.

    `clock` gives seconds, from any beginning. Raises OSError when the file cannot be opened for writing.
    """

    __slots__ = ("_begin", "_clock", "_descriptor", "path")

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = os.fspath(path)
        self._clock = clock
        self._descriptor: int | None = os.open(self.path, _FLAGS, _OWNER_ONLY)
        # The mode given to open() counts only for a file that was not there yet.
        if stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            try:
                os.fchmod(self._descriptor, _OWNER_ONLY)
            except OSError as error:
                _log.warning("the trace %s stays as readable as it was: %s", self.path, error.strerror)
        self._begin = clock()
        self._write(
            b'{"t":0.000000,"session":0,"trace":%d,"started":%.3f,"note":"recorded by dapshim"}\n' % (FORMAT, time.time())
        )

    def session(self, number: int) -> "SessionTrace":
        """Return what session `number`, counted from 1, writes into."""
        return SessionTrace(self, number)

    def close(self) -> None:
        """Close the file; what is traced from now on is dropped without a word."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            try:
                os.close(descriptor)
            except OSError as error:  # a network file system may tell only now that the disk is full
                _log.warning("the trace %s may be incomplete: %s", self.path, error.strerror)

    @property
    def is_open(self) -> bool:
        """Whether lines still get written: neither closed nor ended by an error."""
        return self._descriptor is not None

    def line(self, session: int, members: bytes) -> None:
        """Write one line: the time, the session and `members`, which are JSON members without their braces."""
        if self._descriptor is not None:
            self._write(b'{"t":%.6f,"session":%d,%b}\n' % (self._clock() - self._begin, session, members))

    def _write(self, line: bytes) -> None:
        if self._descriptor is None:
            return
        try:
            written = os.write(self._descriptor, line)
            while written < len(line):
                line = line[written:]
                written = os.write(self._descriptor, line)
        except OSError as error:
            _log.warning("the trace %s ends here, the session goes on: %s", self.path, error.strerror)
            self.close()


class SessionTrace:
    """The events of one session, as its reader and its pumps tell them. No method raises or waits."""

    __slots__ = ("_file", "_number", "_origins")

    def __init__(self, file: TraceFile, number: int) -> None:
        self._file = file
        self._number = number
        self._origins: dict[str, bytes] = {}  # encoded; there are as many as there are shims

    def arrived(self, edge: Edge, raw: bytes, *, valid: bool = True) -> None:
        """Note that a body came in from the peer at `edge`; `valid` is false when it is not JSON."""
        if self._file.is_open:
            head = b'"edge":"%b","way":"in",' % edge.encode()
            self._file.line(self._number, head + (_message(raw) if valid else _garbage(raw)))

    def left(self, edge: Edge, raw_parts: Sequence[bytes | memoryview], *, origin: str, verdicts: Verdicts = ()) -> None:
        """Note that a body, given in parts, went out to the peer at `edge`.

        The parts may be framed: a header in front of the body is left out. `origin` is the other peer's edge for a message
        that was passed on, changed or not, and else the name of the shim that made it, or "dapshim". `verdicts` are pairs of
        a shim's name and what it decided, in the order in which the shims were asked.
        """
        if self._file.is_open:
            name = self._origins.get(origin)
            if name is None:
                name = self._origins[origin] = _json(origin)
            head = b'"edge":"%b","way":"out","origin":%b,' % (edge.encode(), name)
            self._file.line(self._number, head + _verdicts(verdicts) + _message(_unframed(b"".join(raw_parts))))

    def held(self, edge_from: Edge, raw: bytes, *, verdicts: Verdicts) -> None:
        """Note that a body from the peer at `edge_from` goes no further: it was hidden, answered or refused."""
        if self._file.is_open:
            head = b'"edge":"%b","way":"held",' % edge_from.encode()
            self._file.line(self._number, head + _verdicts(verdicts) + _message(raw))

    def note(self, text: str) -> None:
        """Note something that is no message and that the reader of the trace wants to know."""
        if self._file.is_open:
            self._file.line(self._number, b'"note":' + _json(text))


def _unframed(raw: bytes) -> bytes:
    # No JSON begins like that, and a body can only follow the first empty line.
    return raw.partition(b"\r\n\r\n")[2] if raw.startswith(b"Content-Length:") else raw


def _message(raw: bytes) -> bytes:
    # Two searches are cheaper than a translation, and hardly any body has a line break.
    if b"\n" in raw:
        raw = raw.replace(b"\n", b" ")
    if b"\r" in raw:
        raw = raw.replace(b"\r", b" ")
    return b'"message":' + raw


def _garbage(raw: bytes) -> bytes:
    return b'"garbage":"%b","size":%d' % (binascii.b2a_base64(raw[:GARBAGE_KEPT], newline=False), len(raw))


def _verdicts(verdicts: Verdicts) -> bytes:
    return b'"verdicts":%b,' % _json([list(pair) for pair in verdicts]) if verdicts else b""


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
