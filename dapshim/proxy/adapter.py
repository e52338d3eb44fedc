"""Where a session's adapter comes from: a dlv that dapshim starts, or an address at which one already runs.

A session sees both as an `Adapter`; only this file and `delve/` know how they differ. Nothing here reads a message.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

import attrs
import trio

from dapshim.proxy.address import Address, TcpAddress, UnixAddress

if TYPE_CHECKING:
    from dapshim.delve.guardian import Guardian
    from dapshim.delve.process import DlvCommand, DlvProcess

log = logging.getLogger(__name__)

DIAL_DEADLINE: Final = 10.0
"""Seconds after which an address that neither accepts nor refuses is given up."""

GRACE: Final = 1.5
"""Seconds that a dlv which was asked to end has before it is killed; Delve 1.27.1 takes about 0.1 s to end a program."""


STOP_PATIENCE: Final = 2.0
"""Seconds in which a build that is to be stopped must have begun; Delve 1.27.1 begins it at once."""

STOP_LOOK: Final = 0.05
"""Seconds between two looks for it."""


class StartError(Exception):
    """There is no adapter; the message is for the user, names the reason and the way out."""


class NoDlvError(StartError):
    """There is no dlv yet: a launch or attach can name one, so the session goes on without until then."""


class Adapter(Protocol):
    """A running adapter and its connection."""

    @property
    def stream(self) -> trio.abc.Stream:
        """The DAP connection."""

    @property
    def pid(self) -> int | None:
        """The process id of a dlv that dapshim started, None for one that runs by itself."""

    @property
    def outputs(self) -> Mapping[str, trio.abc.ReceiveStream]:
        """The `stdout` and `stderr`, where dapshim started it."""

    def debugs(self, debuggee: int | None, *, built: bool) -> None:
        """Note the process id of a program; `built` when Delve built its file for this session alone."""

    async def watch_build(self) -> None:
        """Learn which binary Delve builds, while that can be seen; called when a launch has come that makes it build."""

    @property
    def binary(self) -> str | None:
        """The temporary file that was built for this session, once it is known."""

    async def stop_build(self) -> None:
        """Make the build that runs fail, so that the launch does."""

    async def end(self, *, attached: bool) -> None:
        """End what dapshim started and must not leave behind; an attached program is let go of, however long that takes."""

    async def close(self) -> None:
        """Close all that is open towards it, when `outputs` have been read."""


AdapterSource = Callable[[], Awaitable[Adapter]]
"""Starts or dials an adapter; raises StartError."""


@attrs.define(eq=False)
class ConnectedAdapter:
    """An adapter that ran before dapshim came and goes on without it."""

    stream: trio.abc.Stream
    pid: int | None = None
    outputs: Mapping[str, trio.abc.ReceiveStream] = attrs.field(factory=dict)
    binary: str | None = None

    def debugs(self, debuggee: int | None, *, built: bool) -> None:
        """Do nothing: who started it looks after its program."""

    async def watch_build(self) -> None:
        """Do nothing, for the same reason."""

    async def stop_build(self) -> None:
        """Do nothing, for the same reason."""

    async def end(self, *, attached: bool) -> None:  # noqa: ARG002 - the protocol's
        """Close the connection; Delve's server has its own answer to that."""
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        await trio.aclose_forcefully(self.stream)


async def connect(address: Address) -> Adapter:
    """Dial an adapter that already runs.

    Raises:
        StartError: nobody answers there.

    """
    try:
        with trio.fail_after(DIAL_DEADLINE):
            if isinstance(address, UnixAddress):
                stream: trio.SocketStream = await trio.open_unix_socket(address.path)
            else:
                stream = await _dialled(address)
    except (OSError, trio.TooSlowError) as error:
        raise StartError(
            f"no adapter answers at {address} ({_reason(error)}); start one there, for example: "
            f"dlv debug --headless --accept-multiclient --listen={address}"
        ) from error
    return ConnectedAdapter(stream)


async def _dialled(address: TcpAddress) -> trio.SocketStream:
    """Return a connection; where the host is a number, no name is looked up: a third of a millisecond less."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        socket.inet_pton(family, address.host)
    except OSError:
        return await trio.open_tcp_stream(address.host, address.port)
    opened = trio.socket.socket(family)
    try:
        await opened.connect((address.host, address.port))
    except BaseException:
        opened.close()
        raise
    return trio.SocketStream(opened)


def _reason(error: BaseException) -> str:
    """Return the system's own words; Trio wraps them when it has tried every address of a host."""
    if isinstance(error, trio.TooSlowError):
        return f"no answer within {DIAL_DEADLINE:g} s"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    if isinstance(error, BaseExceptionGroup):
        return _reason(error.exceptions[0])
    return _reason(error.__cause__) if error.__cause__ is not None else str(error)


@attrs.define(eq=False)
class StartedAdapter:
    """A dlv of this session's own."""

    process: DlvProcess
    guardian: Guardian | None
    _groups: set[int] | None = None
    _binaries: dict[str, None] = attrs.field(factory=dict)
    _has_program: bool = False

    @property
    def stream(self) -> trio.abc.Stream:
        """The DAP connection."""
        return self.process.stream

    @property
    def pid(self) -> int | None:
        """The process id of dlv; also the id of its process session."""
        return self.process.pid

    @property
    def outputs(self) -> Mapping[str, trio.abc.ReceiveStream]:
        """The `stdout` and `stderr`, and the program's where Delve does not capture them."""
        return {"stdout": self.process.stdout, "stderr": self.process.stderr}

    def debugs(self, debuggee: int | None, *, built: bool) -> None:
        """Note what the session's end must not leave behind, the programs of followExec too; the guardian learns it as well."""
        is_child, self._has_program = self._has_program, self._has_program or debuggee is not None
        self._groups = (self._groups or {self.process.pid}) | ({debuggee} if debuggee else set())
        if self.guardian is not None:
            self.guardian.groups(self.process.pid, sorted(self._groups))
        if built and debuggee and not is_child:
            from dapshim.delve import remains

            # Delve 1.27.1: the name in the `process` event is the whole command line.
            self._note_binary(remains.executable(debuggee))

    async def watch_build(self) -> None:
        """Note the binary while Delve builds it: a dlv that is killed before its `process` event leaves nobody to ask."""
        from dapshim.delve.build import binary_of_build

        self._note_binary(await binary_of_build(self.process))

    @property
    def binary(self) -> str | None:
        """The temporary file that Delve has built, the newest when there were several."""
        return next(reversed(self._binaries), None)

    async def stop_build(self) -> None:
        """End the tools that go runs: go then fails and removes its work folder, and dlv the binary.

        A build that is about to begin is waited for; what a program of this dlv's builds is none of it.
        """
        from dapshim.delve import remains

        with trio.move_on_after(STOP_PATIENCE):
            while not (self._has_program or await trio.to_thread.run_sync(remains.stop_build, self.process.pid)):  # noqa: ASYNC110 - go tells nobody
                await trio.sleep(STOP_LOOK)

    def _note_binary(self, path: str | None) -> None:
        if path is not None and path not in self._binaries:
            self._binaries[path] = None
            if self.guardian is not None:
                self.guardian.binary(self.process.pid, path)

    async def end(self, *, attached: bool) -> None:
        """Wait for dlv to end, then end it and what belongs to it, as DESIGN's "End of session" tells."""
        from dapshim.delve import ending

        if attached:
            await ending.let_go(self.process)
        else:
            await ending.end_dlv(self.process, groups=self._groups, grace=GRACE, binaries=self._binaries)
        if self.guardian is not None:
            self.guardian.forget(self.process.pid)

    async def close(self) -> None:
        """Close the connection and the pipes."""
        await self.process.aclose()


def spawner(command: DlvCommand, guardian: Guardian | None) -> AdapterSource:
    """Return a source that starts a dlv of its own for each session."""

    async def start() -> Adapter:
        from dapshim.delve.process import DlvDidNotStart, start_dlv

        try:
            process = await start_dlv(command)
        except DlvDidNotStart as error:
            raise StartError(str(error)) from error
        if guardian is not None:
            guardian.watch(process.pid)
        return StartedAdapter(process, guardian)

    return start


def connector(address: Address) -> AdapterSource:
    """Return a source that dials `address` for each session."""

    async def dial() -> Adapter:
        return await connect(address)

    return dial
