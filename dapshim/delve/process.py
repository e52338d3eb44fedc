"""Start a dlv and have it dial back: dapshim listens on a socket that only this dlv knows, so there is no race on ports.

Knows dlv's command line; knows nothing of what is said on the connection.
"""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Final

import attrs
import trio

from dapshim.delve import loopback, remains
from dapshim.delve.versions import INSTALL, NEEDS_CLIENT_ADDR

START_LIMIT: Final = 60.0
"""Seconds that dlv has to dial back. Delve 1.27.1 takes 6 ms; a cold disk or a virus scanner can make that many thousand."""

PRINTED_LIMIT: Final = 4096
"""Bytes of what a dlv printed that are shown when it did not start: its reason comes first, then goroutines."""

LAST_WORDS: Final = 1.0
"""Seconds that reading them may take, when something else holds the pipe."""

ABANDON_LIMIT: Final = 7.0
"""Seconds that a failed or cancelled start may take to end what it has begun; above `remains.PATIENCE`."""

ACCEPT_AGAIN: Final = 0.1
"""Seconds after which accepting is tried again when this process had no file descriptor left."""

BACKLOG: Final = 16
"""A stranger on this machine can dial the port too and is turned away; dlv must find room beside it."""


TOO_OLD: Final = re.compile(r'^Error: (unknown flag: --client-addr|unknown command "dap")', re.MULTILINE)
"""What a Delve prints that cannot dial: 1.7.2 (observed), and those from before `dlv dap`."""


class DlvDidNotStart(Exception):  # noqa: N818 - it is what happened
    """There is no dlv on the other end; the message is for the user and holds what dlv printed."""

    def __init__(self, message: str, status: int | None = None, printed: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.printed = printed


@attrs.frozen
class DlvCommand:
    """A dlv to start: its path, flags behind `dlv dap`, folder and environment (None: ours)."""

    path: str
    flags: tuple[str, ...] = ()
    cwd: str | None = None
    env: Mapping[str, str] | None = None


@attrs.define(eq=False)
class DlvProcess:
    """A dlv that runs, or has run. Who reads `stdout` and `stderr` also closes them, or lets `aclose` do it."""

    stream: trio.SocketStream
    """The DAP connection."""

    started: float
    """Seconds since the epoch, from before it was started."""

    _process: trio.Process

    @property
    def pid(self) -> int:
        """The process id; also the id of the process session that it leads."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal, None while it runs."""
        return self._process.returncode

    @property
    def stdout(self) -> trio.abc.ReceiveStream:
        """What dlv, and a program whose output Delve does not capture, write to standard output."""
        return _piped(self._process.stdout)

    @property
    def stderr(self) -> trio.abc.ReceiveStream:
        """The same of standard error."""
        return _piped(self._process.stderr)

    async def wait(self) -> int:
        """Wait for dlv to end, and return its exit status; any number of tasks may."""
        return await self._process.wait()

    async def aclose(self) -> None:
        """Close the connection and both pipes.

        Not before an attached dlv has let go: a Go program that writes to a closed standard error dies of SIGPIPE.
        """
        for stream in (self.stream, self.stdout, self.stderr):
            await trio.aclose_forcefully(stream)


async def start_dlv(command: DlvCommand) -> DlvProcess:
    """Start a dlv and wait for it to dial back.

    It leads a process session of its own, reads nothing on standard input, and writes into two pipes. When this is cancelled
    or fails, nothing of it is left.

    Raises:
        DlvDidNotStart: it cannot be executed, ended before it dialled, or did not dial within `START_LIMIT`.

    """
    with _listening() as (listener, address):
        started = time.time()
        process = await _execute(command, address)
        try:
            stream = await _dialled(listener, process)
        except BaseException:
            await _abandon(process)
            raise
        if stream is None:
            status = process.returncode
            raise _did_not_start(command, status, await _abandon(process))
    return DlvProcess(stream, started, process)


async def _execute(command: DlvCommand, address: str) -> trio.Process:
    try:
        return await trio.lowlevel.open_process(
            [command.path, "dap", f"--client-addr={address}", *command.flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=command.cwd,
            env=command.env,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or str(error)
        if command.cwd is not None and error.filename == command.cwd:
            raise DlvDidNotStart(f"dlv cannot be started in {command.cwd}: {reason}") from error
        if isinstance(error, FileNotFoundError) and await trio.Path(command.path).exists():
            reason = "the interpreter that its first line names does not exist"
        raise DlvDidNotStart(f"{command.path} cannot be run as dlv: {reason}") from error


async def _dialled(listener: trio.socket.SocketType, process: trio.Process) -> trio.SocketStream | None:
    """Return the connection of this dlv, None when it has ended instead or has not come in time."""
    dialled: trio.SocketStream | None = None
    try:
        async with trio.open_nursery() as nursery:

            async def give_up() -> None:
                await process.wait()
                nursery.cancel_scope.cancel()

            nursery.start_soon(give_up)
            nursery.cancel_scope.deadline = trio.current_time() + START_LIMIT
            while dialled is None:
                dialled = await _accept(listener, process.pid)
            nursery.cancel_scope.cancel()
    except BaseException:
        if dialled is not None:
            dialled.socket.close()
        raise
    return dialled


async def _accept(listener: trio.socket.SocketType, sid: int) -> trio.SocketStream | None:
    """Wait for a connection; None when it is a stranger's, which is closed."""
    try:
        peer, _ = await listener.accept()
    except OSError:
        # Mostly too many open files, which can pass; dlv waits in the backlog.
        await trio.sleep(ACCEPT_AGAIN)
        return None
    if _is_of_session(peer, sid):
        return trio.SocketStream(peer)
    peer.close()
    return None


def _is_of_session(peer: trio.socket.SocketType, sid: int) -> bool:
    """Whether our dlv is at the other end, or one that a wrapper script at its path has started."""
    if sys.platform != "linux":
        # The socket is in a folder that only this user can enter.
        return True
    try:
        found = loopback.owner(peer.getpeername(), peer.getsockname())
    except OSError:
        # It was reset before anybody could ask who it is.
        return False
    return found is not None and loopback.holds((member.pid for member in remains.members(sid)), found.inode)


@contextlib.contextmanager
def _listening() -> Iterator[tuple[trio.socket.SocketType, str]]:
    """Listen on a new socket; give it and its address as dlv wants it after `--client-addr=`.

    On Linux that is loopback TCP, although a Unix socket would do: go-dap writes header and body by two calls, only TCP has a
    low-water mark that spares us one wake of two, and a step through a Unix socket took a fifth longer (1.36 of direct's time
    against 1.15, on a busy machine). Elsewhere nobody tells us who dialled, so it is a file that nobody else can open.
    """
    with contextlib.ExitStack() as undo:
        if sys.platform == "linux":
            listener = undo.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            listener.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{listener.getsockname()[1]}"
        else:
            import shutil
            import tempfile

            folder = tempfile.mkdtemp(prefix="dapshim-")
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            listener = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            listener.bind(f"{folder}/s")
            address = f"unix:{folder}/s"
        listener.listen(BACKLOG)
        yield trio.socket.from_stdlib_socket(listener), address


async def _abandon(process: trio.Process) -> bytes:
    """End all that a start has begun, whoever is cancelled; return the first of what it printed."""
    printed = bytearray()
    with trio.move_on_after(ABANDON_LIMIT, shield=True):
        await trio.to_thread.run_sync(remains.end, process.pid)
        await process.wait()
    for pipe in (process.stderr, process.stdout):
        # The pipe ends with the last process that holds it, and all of them have ended.
        with trio.move_on_after(LAST_WORDS, shield=True):
            async for data in _piped(pipe):
                printed += data
        await trio.aclose_forcefully(_piped(pipe))
    return bytes(printed)


def _did_not_start(command: DlvCommand, status: int | None, printed: bytes) -> DlvDidNotStart:
    if status is None:
        what = f"did not connect to dapshim within {START_LIMIT:.0f} seconds"
    elif status < 0:
        what = f"was ended by {_signal_name(-status)} before it connected to dapshim"
    else:
        what = f"ended with exit status {status} before it connected to dapshim"
    text = printed[:PRINTED_LIMIT].decode("utf-8", "replace").strip()
    if len(printed) > PRINTED_LIMIT:
        text += "\n[...]"
    if TOO_OLD.search(text) is not None:
        # What else it printed is the help text of a Delve of 2021.
        return DlvDidNotStart(f"{command.path} is too old: {NEEDS_CLIENT_ADDR}. Install one with: {INSTALL}", status, text)
    # A flag that is none brings the whole help text with it.
    text = text.partition("\nUsage:\n")[0]
    return DlvDidNotStart(
        f"{command.path} {what}" + (f"; it printed:\n{text}" if text else " and printed nothing"), status, text
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _piped(stream: trio.abc.ReceiveStream | None) -> trio.abc.ReceiveStream:
    if stream is None:
        raise TypeError("dlv was started without a pipe")
    return stream
