"""`dapshim lsp`: the language server on stdin and stdout."""

from __future__ import annotations

import importlib.util
import logging
import sys
from functools import partial
from typing import Final

import click

from dapshim.cli.serve import start_logging
from dapshim.cli.settings import gathered
from dapshim.options.layers import Options

_EPILOG: Final = """\b
Examples:
  dapshim lsp                            started by an editor, never by hand
  dapshim --log-file lsp.log lsp         with a log

\b
The language server needs pygls: pip install 'dapshim[lsp]'

\b
Exit code 0: the editor shut it down; 1: it went without a word, or a
failure; 2: wrong usage."""


@click.command("lsp", epilog=_EPILOG)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Serve an editor: findings in launch.json, go.work and their like as they are written, quick fixes, debug sessions.

    It speaks the Language Server Protocol on stdin and stdout. docs/language-server.md has its requests and options.
    """
    options = gathered(ctx.meta["dapshim.written"])
    if importlib.util.find_spec("pygls") is None:
        raise click.ClickException("the language server needs pygls, which is not installed: pip install 'dapshim[lsp]'")
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("an editor starts this and speaks to it on stdin; see docs/editors.md")
    start_logging(options)
    if options.text("logLevel") != "debug":
        # At info it logs every message whole.
        logging.getLogger("pygls").setLevel(logging.WARNING)
    import trio

    ctx.exit(trio.run(partial(_serve, options)))


async def _serve(options: Options) -> int:
    import trio

    from dapshim.language_server.server import serve
    from dapshim.language_server.streams import standard_streams
    from dapshim.proxy.listener import STOP_SIGNALS
    from dapshim.proxy.poller import polling

    source, sink = standard_streams()
    with trio.open_signal_receiver(*STOP_SIGNALS) as signals, polling():

        async def told() -> None:
            async for _ in signals:
                return

        return await serve(options, source, sink, told)
