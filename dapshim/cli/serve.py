"""`dapshim --listen` and plain `dapshim`: check what was asked for, then serve.

Someone waits for the ready line, so nothing is imported before it that only a session needs.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import click
import trio

from dapshim.cli.log_lines import LogLines
from dapshim.options.layers import Options
from dapshim.options.table import Source
from dapshim.proxy.adapter import StartError, connector
from dapshim.proxy.address import Address, AddressError, TcpAddress, parse_address
from dapshim.proxy.own_dlv import OwnDlv
from dapshim.proxy.session import SessionOptions

if TYPE_CHECKING:
    from dapshim.delve.planned import Setting
    from dapshim.proxy.shim import Shim
    from dapshim.proxy.trace import TraceFile

log = logging.getLogger(__name__)


def without_overruled(options: Options) -> Options:
    """Return the options without what the environment or a file says against the command line, which wins."""
    if not (options["connect"].given and options["dlv"].given):
        return options
    if not _written(options, "dlv"):
        # A dlv in the environment is a person's habit: it says which one, not that one is to be started.
        return options.without("dlv")
    return options if _written(options, "connect") else options.without("connect")


def _written(options: Options, name: str) -> bool:
    return options[name].origin.source is Source.COMMAND_LINE


def serve(options: Options) -> None:
    """Serve until told to stop.

    Raises:
        click.UsageError: the options contradict each other or are no addresses.
        click.ClickException: what they name cannot be had.
        click.Abort: SIGINT came before there was anything to stop in order.

    """
    options = without_overruled(options)
    listen = _listen_address(options)
    connect = _address(options, "connect", lowest_port=1)
    if connect is not None and options["dlv"].given:
        raise click.UsageError("--dlv and --connect exclude each other: with --connect no dlv is started")
    start_logging(options)
    try:
        trio.run(partial(_run, options, listen, connect))
    except KeyboardInterrupt:
        raise click.Abort from None
    except BaseExceptionGroup as group:
        if group.split(KeyboardInterrupt)[1] is None:
            raise click.Abort from None
        raise


def _listen_address(options: Options) -> Address | None:
    address = _address(options, "listen")
    if address is None:
        if not _speaks_on_stdio():
            raise click.UsageError("nothing to do: give --listen 4711, or start me from an editor; see dapshim --help")
        if _written(options, "allowRemote"):
            raise click.UsageError("--allow-remote belongs to --listen HOST:PORT")
    elif isinstance(address, TcpAddress) and not address.is_loopback and not options.switch("allowRemote"):
        raise click.UsageError(
            f"{options['listen'].origin.place} {address} can be reached from other machines, and whoever reaches a debugger "
            f"runs code as you; use 127.0.0.1:{address.port}, or add --allow-remote if that is what you want"
        )
    return address


def _speaks_on_stdio() -> bool:
    """Whether somebody can speak DAP to us on stdin: a pipe or a socket, not a terminal, a file or nothing at all."""
    if sys.stdin is None or sys.stdout is None:
        return False
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _address(options: Options, option: str, *, lowest_port: int = 0) -> Address | None:
    text = options.text(option)
    if text is None:
        return None
    place = options[option].origin.place
    try:
        address = parse_address(text, lowest_port=lowest_port)
        if isinstance(address, TcpAddress) and not address.is_loopback:
            # Whoever looks the host up would encode it so; to refuse it here costs no session.
            address.host.encode("idna")
    except AddressError as error:
        raise click.UsageError(f"{place}: {error}") from error
    except UnicodeError as error:
        raise click.UsageError(f'{place}: "{text}" names no host that can be looked up') from error
    return address


def start_logging(options: Options) -> None:
    """Log to stderr, or where the options say."""
    path = options.text("logFile")
    lines: logging.Handler = logging.NullHandler()
    try:
        if path is not None:
            lines = LogLines.to_file(path)
        elif sys.stderr is not None:
            lines = LogLines.on(sys.stderr.fileno())
    except OSError as error:
        raise click.ClickException(f"{options['logFile'].origin.place} {path}: {error.strerror}") from error
    level = getattr(logging, str(options.text("logLevel")).upper())
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", handlers=[lines])
    for notice in options.notices:
        log.warning("%s", notice)


async def _run(options: Options, listen: Address | None, connect: Address | None) -> None:
    from dapshim.proxy.poller import polling

    with polling():
        await _serve(options, listen, connect)


async def _serve(options: Options, listen: Address | None, connect: Address | None) -> None:
    from dapshim.cli.ahead import get_ready
    from dapshim.proxy import listener as listening

    own: OwnDlv | None = None
    if connect is not None:
        source = connector(connect)
    else:
        own = _own_dlv(options)
        source = own.start
    trace = _trace_file(options)
    bound: list[Address] = []
    setting = _setting(options, own, bound)
    host = listening.Host(SessionOptions(source, _shims(options, own, setting), dial_at_once=own is None), trace)
    try:
        if listen is None:
            await listening.serve_stdio(host)
            return
        try:
            listener = await listening.open_listener(listen)
        except listening.ListenError as error:
            raise click.ClickException(str(error)) from error

        def ready() -> None:
            address = listening.address_of(listener, listen)
            bound.append(address)
            _say(f"dapshim: listening on {address}\n")
            log.info("listening on %s", address)
            if own is not None:
                own.prepare()
            if options.text("shims") != "off":
                trio.lowlevel.spawn_system_task(partial(get_ready, setting, own))

        await listening.serve_listener(host, listener, ready)
    finally:
        if own is not None:
            own.close()
        if trace is not None:
            trace.close()


def _say(line: str) -> None:
    """Write the ready line; that nobody reads it any more is no reason not to serve."""
    if sys.stdout is None:
        return
    try:
        os.write(sys.stdout.fileno(), os.fsencode(line))
    except OSError as error:
        log.warning("nobody reads the ready line: %s", error.strerror)


def _trace_file(options: Options) -> TraceFile | None:
    path = options.text("trace")
    if path is None:
        return None
    from dapshim.proxy.trace import TraceFile

    try:
        return TraceFile(path)
    except OSError as error:
        raise click.ClickException(f"{options['trace'].origin.place} {path}: {error.strerror}") from error


def _own_dlv(options: Options) -> OwnDlv:
    """Return what starts the dlv that a person named, or any.

    Raises:
        click.ClickException: the one that was named cannot be run.

    """
    own = OwnDlv(options["dlv"])
    if own.named.value:
        try:
            own.find()
        except StartError as error:
            raise click.ClickException(str(error)) from error
    return own


def _setting(options: Options, own: OwnDlv | None, bound: Sequence[Address]) -> Callable[[], Setting]:
    """Return what gives that which all sessions share; `bound` is where we listen, once we do."""

    def own_port() -> int | None:
        return next((address.port for address in bound if isinstance(address, TcpAddress)), None)

    @cache
    def setting() -> Setting:
        from dapshim.delve.planned import Setting

        return Setting(options, connected=own is None, own_port=own_port)

    return setting


def _shims(options: Options, own: OwnDlv | None, setting: Callable[[], Setting]) -> Callable[[], Sequence[Shim]] | None:
    """Return what makes the layers of a session."""
    if options.text("shims") == "off":
        return None

    def make() -> Sequence[Shim]:
        from dapshim.shims import make_layers

        return make_layers(setting(), own)

    return make
