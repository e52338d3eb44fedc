"""Where clients come from: a port, a Unix socket, or our own stdin and stdout; one session for each, any number at once.

A session that fails is logged with its traceback and ends alone. When dapshim is told to stop, every session is ended in order
before it goes.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import trio

from dapshim.proxy.address import Address, TcpAddress, UnixAddress
from dapshim.proxy.peers import ForeignPeerError, check_same_user
from dapshim.proxy.reasons import Reason
from dapshim.proxy.session import Session, SessionOptions

if TYPE_CHECKING:
    from dapshim.proxy.trace import TraceFile

log = logging.getLogger(__name__)

BACKLOG: Final = 128
"""Connections that may wait to be accepted: an editor's compound launch opens a few dozen at once."""

_OWNER_ONLY: Final = 0o600

LAST_CHANCE: Final = 4.5
"""Seconds that sessions have to end in order when dapshim is told to stop."""


SENT_TWICE: Final = frozenset({signal.SIGHUP}) if hasattr(signal, "SIGHUP") else frozenset()
"""What a terminal that is closed sends, and its shell once more: the second one is no impatience."""

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, *SENT_TWICE)
"""What tells dapshim to stop, where the system has it."""


class ListenError(Exception):
    """The address cannot be listened on; the message names it and the way out."""


class Host:
    """All the sessions of one dapshim, or of one address of it: `before` is how many were counted elsewhere."""

    def __init__(self, options: SessionOptions, trace: TraceFile | None = None, *, before: int = 0) -> None:
        self._options = options
        self._trace = trace
        self._sessions: dict[int, Session] = {}
        self._last_number = before

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Run one client's session; never raises but for cancellation."""
        self._last_number += 1
        number = self._last_number
        session = Session(number, stream, self._options, self._trace.session(number) if self._trace is not None else None)
        self._sessions[number] = session
        try:
            await session.run()
        except Exception:
            log.exception("session %d failed", number)
        finally:
            del self._sessions[number]
            await trio.aclose_forcefully(stream)

    async def serve_socket(self, stream: trio.SocketStream) -> None:
        """Run the session of a connection, if its owner may have one."""
        try:
            await check_same_user(stream)
        except (ForeignPeerError, OSError) as error:
            log.warning("refused a connection: %s", error)
            await trio.aclose_forcefully(stream)
            return
        await self.serve(stream)

    def end_all(self) -> None:
        """Tell every session to end."""
        for session in list(self._sessions.values()):
            session.end(Reason.TOLD)


async def open_listener(address: Address) -> trio.SocketListener:
    """Listen on `address`.

    Raises:
        ListenError: it is in use, or not ours to use.

    """
    try:
        if isinstance(address, UnixAddress):
            return await _listen_unix(address)
        return await _listen_tcp(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            free = "another path" if isinstance(address, UnixAddress) else "another port, or port 0 for any free one"
            raise ListenError(f"{address} is in use: another dapshim may be running; choose {free}") from error
        raise ListenError(f"cannot listen on {address}: {error.strerror or error}") from error


async def _listen_tcp(address: TcpAddress) -> trio.SocketListener:
    found = await trio.socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, where = found[0]
    listening = trio.socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        await listening.bind(where)
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    return trio.SocketListener(listening)


async def _listen_unix(address: UnixAddress) -> trio.SocketListener:
    """Listen on a socket file that only this user can open; one that a dead dapshim left is replaced.

    The umask stays as it is: it is the whole process's, and a dlv that starts meanwhile would build what nobody may execute.
    Linux gives the file the mode of the descriptor; elsewhere it gets it before anybody can connect, which is at `listen`.
    """
    await _remove_dead_socket(address)
    listening = trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listening.fileno(), _OWNER_ONLY)
        await listening.bind(address.path)
        await trio.Path(address.path).chmod(_OWNER_ONLY)
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    return trio.SocketListener(listening)


async def _remove_dead_socket(address: UnixAddress) -> None:
    path = trio.Path(address.path)
    try:
        if not stat.S_ISSOCK((await path.lstat()).st_mode):
            raise ListenError(f"{address.path} is there and is no socket; choose another path")
    except FileNotFoundError:
        return
    try:
        stream = await trio.open_unix_socket(address.path)
    except ConnectionRefusedError:
        # Nobody listens there; any other failure does not say that.
        await path.unlink(missing_ok=True)
    else:
        await stream.aclose()
        raise ListenError(f"{address} is in use: another dapshim listens there; choose another path")


def address_of(listener: trio.SocketListener, asked: Address) -> Address:
    """Return the address that is listened on, with the port that the system picked."""
    if isinstance(asked, UnixAddress):
        return asked
    host, port = listener.socket.getsockname()[:2]
    return TcpAddress(host, port)


async def serve_listener(host: Host, listener: trio.SocketListener, ready: Callable[[], None]) -> None:
    """Accept clients until a signal of `STOP_SIGNALS` says to stop; then end all sessions and return.

    The signals are heard before `ready` is called: who is told that we listen may send one at once.
    """
    async with trio.open_nursery() as outer:
        async with trio.open_nursery() as sessions:
            async with trio.open_nursery() as accepting:
                await outer.start(_until_told, accepting.cancel_scope, sessions.cancel_scope)
                ready()
                accepting.start_soon(_accept, host, listener, sessions)
            with trio.CancelScope(shield=True):
                await close_listener(listener)
            host.end_all()
            outer.start_soon(_end_in_time, sessions.cancel_scope)
        outer.cancel_scope.cancel()


async def close_listener(listener: trio.SocketListener) -> None:
    """Stop listening and take the socket file away."""
    family, where = listener.socket.family, listener.socket.getsockname()
    await listener.aclose()
    if family == getattr(socket, "AF_UNIX", None):
        with contextlib.suppress(OSError):
            await trio.Path(where).unlink(missing_ok=True)


async def _accept(host: Host, listener: trio.SocketListener, sessions: trio.Nursery) -> None:
    while True:
        try:
            stream = await listener.accept()
        except OSError as error:
            # Out of file descriptors, or a client that gave up while it waited: the next one may do better.
            log.warning("could not accept a connection: %s", error)
            await trio.sleep(0.1)
            continue
        sessions.start_soon(host.serve_socket, stream)


async def _until_told(
    accepting: trio.CancelScope, sessions: trio.CancelScope, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Stop accepting at the first signal, and waiting for the sessions to end in order at another one.

    One receiver hears them all, so that none of them meets the system's own answer, which is to die on the spot.
    """
    with trio.open_signal_receiver(*_heard()) as signals:
        task_status.started()
        async for number in signals:
            log.info("told to stop by %s", signal.Signals(number).name)
            if not accepting.cancel_called:
                accepting.cancel()
            elif number not in SENT_TWICE:
                sessions.cancel()


async def _end_in_time(scope: trio.CancelScope) -> None:
    """Stop waiting for the sessions to end in order after LAST_CHANCE."""
    await trio.sleep(LAST_CHANCE)
    scope.cancel()


def _heard() -> list[signal.Signals]:
    """Return the signals that tell us to stop; a hang-up that was ignored when we were started, as by nohup, stays so."""
    return [each for each in STOP_SIGNALS if each not in SENT_TWICE or signal.getsignal(each) is not signal.SIG_IGN]


async def serve_stdio(host: Host) -> None:
    """Run one session on stdin and stdout, until it ends or we are told to stop."""
    stream = trio.StapledStream(
        trio.lowlevel.FdStream(os.dup(1)),
        trio.lowlevel.FdStream(os.dup(0)),
    )
    # Whatever else prints must not end up between the messages.
    os.dup2(2, 1)
    async with trio.open_nursery() as nursery:

        async def until_told(task_status: trio.TaskStatus[None]) -> None:
            with trio.open_signal_receiver(*_heard()) as signals:
                task_status.started()
                async for _ in signals:
                    host.end_all()

        await nursery.start(until_told)
        await host.serve(stream)
        nursery.cancel_scope.cancel()
