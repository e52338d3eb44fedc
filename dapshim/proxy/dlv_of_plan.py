"""From what a plan says of its dlv to the adapter: started by us, started in a terminal of the client's, or dialled."""

from __future__ import annotations

import os
from functools import partial
from typing import Final

from dapshim.plan.environment import overlaid
from dapshim.plan.outcome import Dlv, Plan, Terminal
from dapshim.proxy.adapter import Adapter, AdapterSource, ConnectedAdapter, StartError, connect, connector
from dapshim.proxy.address import TcpAddress
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.own_dlv import OwnDlv
from dapshim.proxy.shim import SessionApi
from dapshim.wire.messages import words_of_failure

START_IN_TERMINAL: Final = 60.0
"""Seconds that a terminal, and a person who types a password for sudo, may take until dlv connects."""


def source_of(plan: Plan, path: str, own: OwnDlv, session: SessionApi) -> AdapterSource:
    """Return what gets the adapter that a plan needs; `path` is the dlv to start, where one is."""
    from dapshim.delve.process import DlvCommand

    wanted = plan.dlv
    if wanted.connect is not None:
        address = TcpAddress(*wanted.connect)
        return connector(address) if plan.request == "attach" else partial(_dial_for_launch, address)
    if wanted.terminal is not None:
        return partial(_in_terminal, session, path, wanted, wanted.terminal)
    environ = overlaid(os.environ, wanted.environment) if wanted.environment else None
    return own.source(DlvCommand(path, wanted.flags, wanted.directory, environ))


async def _dial_for_launch(address: TcpAddress) -> Adapter:
    try:
        return await connect(address)
    except StartError as error:
        raise StartError(
            f'Nobody listens at {address}, which "port" in the configuration names as a dlv that runs already. '
            'Drop "port" (and "host") to have one started.'
        ) from error


async def _in_terminal(session: SessionApi, path: str, wanted: Dlv, terminal: Terminal) -> Adapter:
    """Have the client start dlv in a terminal, where the program can read from the keyboard.

    Its end is the terminal's: only the connection is closed, and Delve 1.27.1 then ends with its program.
    """
    from dapshim.delve.terminal import rendezvous

    async with rendezvous() as (address, dialled):
        sudo = ["sudo"] if terminal.as_root else []
        arguments = {
            "kind": terminal.kind,
            "title": terminal.title,
            "cwd": wanted.directory or os.getcwd(),  # noqa: PTH109 - a text for the client
            "args": [*sudo, path, "dap", f"--client-addr={address}", *wanted.flags],
            "env": dict(wanted.environment),
        }
        try:
            asked = await session.ask_client("runInTerminal", arguments, deadline=START_IN_TERMINAL)
        except OwnCallError as error:
            raise StartError(
                f'The editor did not run dlv in a terminal ("console") within {START_IN_TERMINAL:.0f} s, though it says that '
                'it can (supportsRunInTerminalRequest); drop "console", and the program runs without a terminal.'
            ) from error
        if not asked.success:
            why = words_of_failure(asked) or "it does not say why"
            raise StartError(f'The editor could not run dlv in a terminal ("console"): {why}')
        stream = await dialled(START_IN_TERMINAL)
    if stream is None:
        raise StartError(f"dlv was started in a terminal and did not connect within {START_IN_TERMINAL:.0f} s; see there why.")
    return ConnectedAdapter(stream)
