"""`dapshim lsp`: the language server on stdin and stdout, and the answers of the other commands for it."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

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

        return await serve(options, _answers(), source, sink, told)


def _answers() -> Any:
    from dapshim.language_server.answers import Answers

    return Answers(_doctor, _inspect, _paths, _why)


def _doctor(found: Any) -> dict[str, Any]:
    from dapshim.cli.doctor import document

    return document(found)


def _inspect(binary: str, folder: str, options: Options) -> dict[str, Any]:
    from dapshim.binary.errors import BinaryError
    from dapshim.cli.inspect import document, inspected
    from dapshim.language_server.answers import AnswerError

    try:
        return document(inspected(binary, (folder,), options))
    except BinaryError as error:
        raise AnswerError(str(error)) from error


def _paths(binary: str, folder: str, options: Options, files: Sequence[str], every: bool) -> dict[str, Any]:  # noqa: FBT001 - see Answers
    from dapshim.binary.errors import BinaryError
    from dapshim.cli.paths import document, looked_up
    from dapshim.language_server.answers import AnswerError

    try:
        _, rows, rules = looked_up(binary, folder, dict(os.environ), options, files, every=every, all_rules=True)
    except BinaryError as error:
        raise AnswerError(str(error) if binary in str(error) else f"{binary}: {error}") from error
    return document(binary, rows, rules, asked=bool(files))


def _why(place: str, target: str, folder: str, options: Options) -> dict[str, Any]:
    import click

    from dapshim.binary.errors import BinaryError
    from dapshim.cli.why import answered, asked_of, document
    from dapshim.golang.toolchain import ToolchainError
    from dapshim.golang.workspace import WorkspaceError
    from dapshim.language_server.answers import AnswerError

    try:
        return document(answered(asked_of(place, folder), target, folder, options))
    except click.ClickException as error:
        raise AnswerError(error.format_message()) from error
    except (BinaryError, ToolchainError, WorkspaceError) as error:
        raise AnswerError(str(error)) from error
