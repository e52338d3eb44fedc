"""`dapshim inspect`: what can be debugged in a binary, in plain Delve and through dapshim; why not, and what to do."""

from __future__ import annotations

import json
import os
from typing import Final

import click

from dapshim.binary.errors import BinaryError
from dapshim.cli import one_line
from dapshim.cli.settings import gathered
from dapshim.delve.inspection import inspected
from dapshim.delve.working_directory import working_directory
from dapshim.diagnose.finding import Severity, worst
from dapshim.golang.spelling import join, paths
from dapshim.options.option_files import read_project

_EPILOG: Final = """\b
Examples:
  dapshim inspect ./service
  dapshim inspect ./service --json
  dapshim inspect ./service --core core.4711    is the core of this very build?
  dapshim explain no-dwarf                      what a finding means

\b
Exit code 0: no finding above info; 1: there is one, or the file cannot be
read; 2: wrong usage."""


@click.command("inspect", epilog=_EPILOG)
@click.argument("binary", metavar="BINARY")
@click.option("--core", metavar="CORE", help="Also tell whether this core file is of it.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(ctx: click.Context, binary: str, core: str | None, *, as_json: bool) -> None:
    """Print what can be debugged in a binary: breakpoints, stack, variables; why not, and what to do.

    In plain Delve, and through dapshim, with all that it mends by itself and the source at hand. The file is read and nothing
    of it is run. Which versions of Go work depends on the dlv here, and what is stale on the sources in the folder where it
    was built, in the one that you are in, or --workspace-folder (in front of the command).
    """
    here = working_directory(dict(os.environ))
    options = gathered(ctx.meta["dapshim.written"], read_project(here))
    folder = options.text("workspaceFolder")
    folders = (join(here, paths.expanduser(folder)) if folder is not None else here,)
    if not binary:
        raise click.UsageError("an empty text names no file")
    path = join(here, binary)
    try:
        found = inspected(path, folders, options, join(here, core) if core is not None else None)
    except BinaryError as error:
        raise click.ClickException(str(error)) from error
    for notice in options.notices:
        click.echo(f"dapshim: {one_line(notice)}", err=True)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
    else:
        from dapshim.cli.inspect_page import print_page

        print_page(found)
    if (worst(found.findings) or Severity.INFO) is not Severity.INFO:
        ctx.exit(1)
