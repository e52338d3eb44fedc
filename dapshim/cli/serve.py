"""`dapshim --listen` and plain `dapshim`: check what was asked for, then serve."""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import attrs
import click
import trio

from dapshim.proxy.adapter import Adapter, AdapterSource, StartError, connector, spawner
from dapshim.proxy.address import Address, AddressError, TcpAddress, parse_address
from dapshim.proxy.session import SessionOptions

if TYPE_CHECKING:
    from dapshim.delve.guardian import Guardian


@attrs.frozen
class ServeOptions:
    """The options of the command line, as they were written."""

    listen: str | None
    connect: str | None
    dlv: str | None
    shims: str
    allow_remote: bool
    trace: str | None
    log_file: str | None
    log_level: str


def serve(options: ServeOptions) -> None:
    """Serve until told to stop.

    Raises:
        click.UsageError: the options contradict each other or are no addresses.
        click.ClickException: what they name cannot be had.

    """
    listen = _listen_address(options)
    connect = _address("--connect", options.connect, lowest_port=1)
    if connect is not None and options.dlv is not None:
        raise click.UsageError("--dlv and --connect exclude each other: with --connect no dlv is started")
    _start_logging(options)
    try:
        trio.run(partial(_serve, options, listen, connect))
    except* KeyboardInterrupt:
        raise click.Abort from None


def _listen_address(options: ServeOptions) -> Address | None:
    address = _address("--listen", options.listen)
    if address is None:
        if sys.stdin.isatty():
            raise click.UsageError("nothing to do: give --listen 4711, or start me from an editor; see dapshim --help")
        if options.allow_remote:
            raise click.UsageError("--allow-remote belongs to --listen HOST:PORT")
    elif isinstance(address, TcpAddress) and not address.is_loopback and not options.allow_remote:
        raise click.UsageError(
            f"--listen {address} can be reached from other machines, and whoever reaches a debugger runs code as you; "
            f"use 127.0.0.1:{address.port}, or add --allow-remote if that is what you want"
        )
    return address


def _address(option: str, text: str | None, *, lowest_port: int = 0) -> Address | None:
    if text is None:
        return None
    try:
        return parse_address(text, lowest_port=lowest_port)
    except AddressError as error:
        raise click.UsageError(f"{option}: {error}") from error


def _start_logging(options: ServeOptions) -> None:
    level = getattr(logging, options.log_level.upper())
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    try:
        logging.basicConfig(level=level, format=form, filename=options.log_file)
    except OSError as error:
        raise click.ClickException(f"--log-file {options.log_file}: {error.strerror}") from error


async def _serve(options: ServeOptions, listen: Address | None, connect: Address | None) -> None:
    from dapshim.proxy import listener as listening
    from dapshim.proxy.trace import TraceFile

    try:
        trace = TraceFile(options.trace) if options.trace is not None else None
    except OSError as error:
        raise click.ClickException(f"--trace {options.trace}: {error.strerror}") from error
    guardian = None
    if connect is None:
        from dapshim.delve.guardian import Guardian

        guardian = Guardian()
    host = listening.Host(_session_options(options, connect, guardian), trace)
    try:
        if listen is None:
            await listening.serve_stdio(host)
            return
        try:
            listener = await listening.open_listener(listen)
        except listening.ListenError as error:
            raise click.ClickException(str(error)) from error

        async def ready() -> None:
            sys.stdout.write(f"dapshim: listening on {listening.address_of(listener, listen)}\n")
            sys.stdout.flush()
            if guardian is not None:
                # What the first session needs is ready before it comes, and after we said that we are.
                from dapshim.delve import ending, process  # noqa: F401 - imported to be there

                guardian.start()

        await listening.serve_listener(host, listener, ready)
    finally:
        if guardian is not None:
            guardian.close()
        if trace is not None:
            trace.close()


def _session_options(options: ServeOptions, connect: Address | None, guardian: Guardian | None) -> SessionOptions:
    """Put together how sessions are made; what a session alone needs is imported when the first one begins."""
    shims = None
    if options.shims == "on":
        from dapshim.shims import make_layers

        shims = make_layers
    if connect is not None:
        return SessionOptions(connector(connect), shims, dial_at_once=True)
    return SessionOptions(_dlv_source(options.dlv, guardian), shims)


def _dlv_source(explicit: str | None, guardian: Guardian | None) -> AdapterSource:
    """Return a source that looks for dlv anew at each session, so that one installed meanwhile is found."""
    if explicit is not None:
        _find(explicit)

    async def start() -> Adapter:
        from dapshim.delve.process import DlvCommand

        try:
            path = _find(explicit)
        except click.ClickException as error:
            raise StartError(error.message) from error
        return await spawner(DlvCommand(path), guardian)()

    return start


def _find(explicit: str | None) -> str:
    from dapshim.delve.find import DlvNotFound, find_dlv

    try:
        return find_dlv(explicit, os.environ)
    except DlvNotFound as error:
        raise click.ClickException(str(error)) from error
