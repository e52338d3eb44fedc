"""`dapshim paths`: which file here each source file of a binary is, why, and the `substitutePath` that says the same."""

from __future__ import annotations

import json
import os
from typing import Final

import click

from dapshim.binary.errors import BinaryError
from dapshim.cli import one_line
from dapshim.cli.settings import gathered
from dapshim.delve.source_rows import document, looked_up
from dapshim.delve.working_directory import working_directory
from dapshim.golang.files import RealFiles
from dapshim.golang.spelling import join, paths
from dapshim.options.layers import Options
from dapshim.options.option_files import read_project
from dapshim.sources.equivalent import Equivalent

_EPILOG: Final = """\b
Examples:
  dapshim paths ./service                in the folder of its sources
  dapshim --workspace-folder ~/src/shop paths /opt/shop/service --all
  dapshim paths ./service --from lib/lib.go --from lib/other.go
  dapshim paths ./service --json

\b
Exit code 0: printed; 1: the binary cannot be read; 2: wrong usage."""


@click.command("paths", epilog=_EPILOG)
@click.argument("binary", metavar="BINARY")
@click.option("--from", "asked", multiple=True, metavar="FILE", help="Only this file of yours; may be given several times.")
@click.option("--all", "every", is_flag=True, help="Print and compare every file, those of Go and of the module cache too.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with a row for every file.")
@click.pass_context
def command(ctx: click.Context, binary: str, asked: tuple[str, ...], *, every: bool, as_json: bool) -> None:
    """Print which file here each source file of a Go binary is, and why.

    Looked for in the folder that you are in, or --workspace-folder (in front of the command), and in that of the binary; in
    GOROOT, GOPATH and the module cache; substitutePath of .dapshim.toml and of your own file comes before all that. Stale means
    changed since the binary was built. Below it stands the substitutePath with which a plain dlv maps the same.
    """
    environ = dict(os.environ)
    here = working_directory(environ)
    options = gathered(ctx.meta["dapshim.written"], read_project(here))
    folder = _folder(options, here)
    if (work := options.text("goWork")) is not None:
        environ["GOWORK"] = work if work in ("off", "auto") else join(here, paths.expanduser(work))
    if "" in asked:
        raise click.UsageError("--from: an empty text names no file")
    path = join(here, binary)
    try:
        made, rows, rules = looked_up(
            path, folder, environ, options, [join(here, each) for each in asked], every=every, all_rules=every or as_json
        )
    except BinaryError as error:
        raise click.ClickException(str(error) if binary in str(error) else f"{binary}: {error}") from error
    for notice in (*options.notices, *made.notices, *made.map.warnings, *_beyond(rules)):
        click.echo(f"dapshim: {one_line(notice)}", err=True)
    if as_json:
        click.echo(json.dumps(document(path, rows, rules, asked=bool(asked)), indent=2))
    else:
        from dapshim.cli.paths_page import print_page

        print_page(path, made.map.facts.recorded.build, rows, rules, every=every or bool(asked))


def _folder(options: Options, here: str) -> str:
    """Return the workspace folder, in its own spelling."""
    written = options.text("workspaceFolder")
    if written is None:
        return here
    folder = join(here, paths.expanduser(written))
    if RealFiles().kind(folder) != "folder":
        raise click.UsageError(f"{folder}, which {options['workspaceFolder'].origin.place} names, is no folder")
    return folder


def _beyond(rules: Equivalent) -> list[str]:
    if not rules.inexpressible:
        return []
    (_, first), *more = rules.inexpressible
    others = f" and {len(more)} more" if more else ""
    return [f"no substitutePath says the same for {first}{others}: one rule would be in the way of another"]
