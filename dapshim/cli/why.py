"""`dapshim why`: why a breakpoint is hollow, and what to do, without a session."""

from __future__ import annotations

import json
import os
from typing import Final

import click

from dapshim.binary.errors import BinaryError
from dapshim.cli import one_line
from dapshim.cli.settings import gathered
from dapshim.delve.hollow import answered, asked_of
from dapshim.delve.working_directory import working_directory
from dapshim.diagnose.breakpoint_facts import Asked, QuestionError
from dapshim.golang.files import RealFiles
from dapshim.golang.spelling import clean, join, parent, paths
from dapshim.golang.toolchain import ToolchainError
from dapshim.golang.workspace import WorkspaceError
from dapshim.options.option_files import read_project

_EPILOG: Final = """\b
Examples:
  dapshim why main.go:12 ./service       a line, in a program that was built
  dapshim why lib/lib.go:7 ./cmd/shop    in one that would be built of a folder
  dapshim why main.serve ./service       a function
  dapshim why lib/lib.go:7 .vscode/launch.json     in what it launches
  dapshim explain no-code                what a cause means

\b
Exit code 0: the breakpoint can be set; 1: it cannot, or something cannot be
read; 2: wrong usage."""


@click.command("why", epilog=_EPILOG)
@click.argument("what", metavar="FILE:LINE|FUNCTION")
@click.argument("where", metavar="[BINARY|PACKAGE|LAUNCH.JSON]", required=False)
@click.option("--configuration", metavar="NAME", help="Which configuration of the launch.json; else its first one of Go.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(ctx: click.Context, what: str, where: str | None, configuration: str | None, *, as_json: bool) -> None:
    """Say why a breakpoint is hollow, or would be, and what mends it.

    With a binary, its line table tells. With a folder, or a launch.json that builds one, nothing is built: the sources and
    their build lines tell, for a build without optimisation. Without either, the folder of FILE is meant, or the one that you
    are in.
    """
    here = working_directory(dict(os.environ))
    options = gathered(ctx.meta["dapshim.written"], read_project(here))
    try:
        asked = asked_of(what, here)
    except QuestionError as error:
        raise click.UsageError(str(error)) from error
    if configuration is not None and (where is None or not where.endswith(".json")):
        raise click.UsageError("--configuration names one of a launch.json; there is none")
    try:
        found = answered(asked, _target(where, asked, here), here, options, configuration)
    except BinaryError as error:
        named = where or ""
        raise click.ClickException(str(error) if named in str(error) else f"{named}: {error}") from error
    except (QuestionError, ToolchainError, WorkspaceError) as error:
        raise click.ClickException(str(error)) from error
    for notice in (*options.notices, *found.notices):
        click.echo(f"dapshim: {one_line(notice)}", err=True)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
    else:
        from dapshim.cli.why_page import print_page

        print_page(found)
    ctx.exit(int(found.explanation.finding is not None))


def _target(where: str | None, asked: Asked, here: str) -> str:
    if where is None:
        return parent(asked.file) if asked.file else here
    path = clean(join(here, paths.expanduser(where)))
    if RealFiles().kind(path) is None:
        raise click.UsageError(f"{path} is not there; name a program, a folder with one, or a launch.json")
    return path
