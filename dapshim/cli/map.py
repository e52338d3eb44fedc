"""`dapshim map`: a person says which file here a recorded one is, and the project's `.dapshim.toml` says so from then on."""

from __future__ import annotations

import json
import os
from typing import Final

import click

from dapshim.cli import one_line
from dapshim.cli.settings import gathered
from dapshim.delve.mapping_file import MappingError, add_rule, mapping_of
from dapshim.delve.rewriting import ChangedError
from dapshim.delve.working_directory import working_directory
from dapshim.golang.files import RealFiles
from dapshim.golang.spelling import clean, join, paths
from dapshim.options.toml_edits import NotEditedError

_EPILOG: Final = """\b
Examples:
  dapshim map /build/src/lib/lib.go lib/lib.go
  dapshim map example.com/shop/main.go main.go --json
  dapshim paths ./service                what is recorded, and what is nowhere

\b
Exit code 0: the rule is written; 1: it is not; 2: wrong usage."""


@click.command("map", epilog=_EPILOG)
@click.argument("recorded", metavar="RECORDED")
@click.argument("local", metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="Print the rule and its file as JSON.")
@click.pass_context
def command(ctx: click.Context, recorded: str, local: str, *, as_json: bool) -> None:
    """Say that FILE is what a binary has recorded as RECORDED, and have the project's .dapshim.toml say so.

    The rule is the widest one that both paths agree on, so that the files beside it are found too; it stays in the project.
    The project's file is made where it is missing, and all else in it stays as it is.
    """
    here = working_directory(dict(os.environ))
    folder = gathered(ctx.meta["dapshim.written"]).text("workspaceFolder")
    file = clean(join(here, paths.expanduser(local)))
    if RealFiles().kind(file) != "file":
        raise click.UsageError(f"{file} is no file")
    try:
        mapped = mapping_of(recorded, file, join(here, paths.expanduser(folder)) if folder is not None else here)
    except MappingError as error:
        raise click.ClickException(one_line(str(error))) from error
    try:
        add_rule(mapped.file, mapped.client, mapped.adapter)
    except (ChangedError, NotEditedError) as error:
        raise click.ClickException(one_line(str(error))) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or mapped.file}: {error.strerror or error}") from error
    click.echo(json.dumps(mapped.as_json(), indent=2) if as_json else str(mapped))
