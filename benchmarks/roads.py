"""The roads from the client to Delve that are compared: direct, through socat, through dapshim with and without shims.

A road is warm before anything is timed: a listener listens. What a session needs beyond that is started by `Trip.begin`, which
is what happens when the user presses F5. Roads know processes and ports; what is said on them is `scenarios.py`'s.
"""

from __future__ import annotations

import abc
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from benchmarks.client import AdapterError, Client
from benchmarks.processes import Processes, end

LOOPBACK = "127.0.0.1"
DIAL_SECONDS = 10.0
# Delve 1.27.1: "DAP server listening at: 127.0.0.1:41235".
DLV_BANNER = re.compile(rb"DAP server listening at: [^:]+:(\d+)")
ADAPTER_BANNER = re.compile(rb"adapter: listening on [^:]+:(\d+)")
DAPSHIM_BANNER = re.compile(rb"dapshim: listening on [^:]+:(\d+)")


class RoadError(Exception):
    """A road cannot be built; the message says why."""


@attrs.define
class Trip(abc.ABC):
    """One session over one road."""

    processes: Processes
    dlv: Path
    _client: Client | None = None

    @abc.abstractmethod
    def begin(self) -> None:
        """Start what this road's client starts for a session, and wait for nothing."""

    @abc.abstractmethod
    def connect(self) -> Client:
        """Wait until the adapter can be reached and connect to it."""

    def end(self) -> None:
        """End the debuggee, the session and whatever was started for it."""
        if self._client is not None:
            with suppress(AdapterError, OSError):
                self._client.request("disconnect", {"terminateDebuggee": True})
            self._client.close()

    def _dial(self, port: int) -> Client:
        self._client = Client(socket.create_connection((LOOPBACK, port), timeout=DIAL_SECONDS))
        return self._client


@attrs.define
class DirectTrip(Trip):
    """The client starts `dlv dap` and talks to it."""

    _dlv_process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start dlv."""
        self._start_dlv(0)

    def connect(self) -> Client:
        """Connect to the address that dlv prints."""
        return self._dial(self._dlv_port())

    def end(self) -> None:
        """Disconnect; dlv then ends by itself."""
        super().end()
        if self._dlv_process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._dlv_process.wait(DIAL_SECONDS)
            end(self._dlv_process)

    def _start_dlv(self, port: int) -> None:
        self._dlv_process = self.processes.start([self.dlv, "dap", f"--listen={LOOPBACK}:{port}"])

    def _dlv_port(self) -> int:
        return banner_port(self._dlv_process, DLV_BANNER, "dlv dap")


@attrs.define
class SocatTrip(DirectTrip):
    """The same with socat between; it listens before F5, so dlv gets the port that socat was told."""

    _socat: subprocess.Popen[bytes] | None = None
    _ports: tuple[int, int] = (0, 0)

    def prepare(self) -> None:
        """Start socat and wait until it listens."""
        target = free_port()
        self._socat, port = start_socat(self.processes, target)
        self._ports = port, target

    def begin(self) -> None:
        """Start dlv at the port to which socat connects."""
        self._start_dlv(self._ports[1])

    def connect(self) -> Client:
        """Connect to socat as soon as dlv says that it listens."""
        self._dlv_port()
        return self._dial(self._ports[0])

    def end(self) -> None:
        """End socat too."""
        super().end()
        if self._socat is not None:
            end(self._socat)


@attrs.define
class PortTrip(Trip):
    """The client connects to what listens already: a dapshim that starts dlv by itself, or an adapter."""

    port: int = 0

    def begin(self) -> None:
        """Start nothing."""

    def connect(self) -> Client:
        """Connect to the port."""
        return self._dial(self.port)


class Road(abc.ABC):
    """A way to Delve, warm from `__enter__` to `__exit__`."""

    name: str

    def __init__(self, processes: Processes, dlv: Path) -> None:
        self.processes = processes
        self.dlv = dlv

    def __enter__(self) -> Self:
        """Make the road warm."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End what `__enter__` started."""
        self.close()

    def close(self) -> None:  # noqa: B027 - most roads have nothing that outlives a trip
        """End what the road itself needs."""

    @abc.abstractmethod
    def trip(self) -> Trip:
        """Return a session to be begun."""


class Direct(Road):
    """No road at all: what the others are compared with."""

    name = "direct"

    def trip(self) -> Trip:
        """Return a session that talks to dlv itself."""
        return DirectTrip(self.processes, self.dlv)


class Socat(Road):
    """A relay in C that knows nothing of DAP: what any second hop costs."""

    name = "socat"

    def trip(self) -> Trip:
        """Return a session through a socat of its own."""
        trip = SocatTrip(self.processes, self.dlv)
        trip.prepare()
        return trip


class Dapshim(Road):
    """dapshim, listening before F5."""

    def __init__(
        self,
        processes: Processes,
        dlv: Path,
        name: str,
        options: tuple[str, ...] = (),
        *,
        spawns: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(processes, dlv)
        self.name = name
        self._environment = environment
        self.options = options
        self.port = 0
        self._spawns = spawns
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start dapshim and wait for its ready line."""
        command = dapshim_command(*(("--dlv", str(self.dlv)) if self._spawns else ()), *self.options)
        self.process = self.processes.start(command, environment=self._environment)
        self.port = banner_port(self.process, DAPSHIM_BANNER, "dapshim")
        return self

    def close(self) -> None:
        """End dapshim, and with it what it started."""
        if self.process is not None:
            end(self.process)

    def trip(self) -> Trip:
        """Return a session through this dapshim."""
        return PortTrip(self.processes, self.dlv, port=self.port)


class Fixed(Road):
    """A port where something listens as long as the road is open: an adapter, or a socat in front of it."""

    def __init__(
        self, processes: Processes, dlv: Path, name: str, port: int, relay: subprocess.Popen[bytes] | None = None
    ) -> None:
        super().__init__(processes, dlv)
        self.name = name
        self._port = port
        self._relay = relay

    def close(self) -> None:
        """End the relay."""
        if self._relay is not None:
            end(self._relay)

    def trip(self) -> Trip:
        """Return a session at this port."""
        return PortTrip(self.processes, self.dlv, port=self._port)


def dapshim_program() -> list[str]:
    """Return what starts the installed program, as a user runs it."""
    program = Path(sys.executable).with_name("dapshim")
    return [str(program)] if program.exists() else [sys.executable, "-m", "dapshim"]


def dapshim_command(*options: str) -> list[str]:
    """Return the command line of a dapshim that listens at a port of its choice."""
    return [*dapshim_program(), "--listen", f"{LOOPBACK}:0", *options]


def start_socat(processes: Processes, target: int) -> tuple[subprocess.Popen[bytes], int]:
    """Start a socat in front of a port of the loopback; return it and its own port once it listens."""
    port = free_port()
    # Without nodelay every step takes 80 ms more: Nagle's algorithm waits for delayed acknowledgements.
    listen = f"TCP-LISTEN:{port},bind={LOOPBACK},fork,reuseaddr,nodelay"
    socat = processes.start(["socat", listen, f"TCP:{LOOPBACK}:{target},nodelay"])
    deadline = time.monotonic() + DIAL_SECONDS
    # Read from /proc: a trial connection would make socat dial an adapter that does not listen yet.
    while not listens(port):
        if time.monotonic() > deadline or socat.poll() is not None:
            raise RoadError("socat did not listen")
        time.sleep(0.005)
    return socat, port


def socat_is_there() -> bool:
    """Whether the PATH has socat."""
    return shutil.which("socat") is not None


def banner_port(process: subprocess.Popen[bytes] | None, banner: re.Pattern[bytes], what: str) -> int:
    """Return the port that a program prints when it listens; raises RoadError when it prints none."""
    if process is None or process.stdout is None:
        raise RoadError(f"{what} was not started")
    for line in process.stdout:
        found = banner.match(line)
        if found is not None:
            return int(found[1])
    raise RoadError(f"{what} ended with {process.wait()} before it listened")


def free_port() -> int:
    """Return a port of the loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody listens at a port of the loopback."""
    wanted = f"0100007F:{port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1] == wanted and row[3] == "0A" for row in rows)
