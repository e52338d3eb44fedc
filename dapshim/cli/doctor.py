"""`dapshim doctor`: what of the toolchain, the workspace and the launch configurations will not work, and what mends it."""

from __future__ import annotations

import json
import os
from typing import Final

import click

from dapshim.cli import one_line
from dapshim.cli.settings import gathered
from dapshim.delve.checkup import Checkup, check
from dapshim.delve.working_directory import working_directory
from dapshim.diagnose.finding import Severity
from dapshim.golang.files import RealFiles
from dapshim.golang.spelling import join, paths
from dapshim.options.option_files import read_project

_EPILOG: Final = """\b
Examples:
  dapshim doctor                         this folder, as an editor has it open
  dapshim doctor ~/src/shop              another one
  dapshim doctor .vscode/launch.json     the same by its launch.json
  dapshim doctor shop.code-workspace     a workspace of several folders
  dapshim doctor --fix                   show what can be mended, and mend it
  dapshim doctor --json

\b
Exit code 0: nothing is wrong (notes may be printed); 1: something is, with
--fix: still is; 2: wrong usage."""


@click.command("doctor", epilog=_EPILOG)
@click.argument("where", metavar="[DIR|LAUNCH.JSON]", required=False)
@click.option("--fix", is_flag=True, help="Do what is safe: edits of launch.json and tasks.json, and go work use. Shown first.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(ctx: click.Context, where: str | None, *, fix: bool, as_json: bool) -> None:
    """Look at Go, dlv, the workspace and the launch configurations, and say what will not work at F5.

    Each launch configuration is planned as it would be at F5; nothing is built, started or fetched. --fix never touches code,
    deletes nothing, and changes no setting of Go's.
    """
    if fix and as_json:
        raise click.UsageError("--fix shows what it does and prints no JSON; run it first, and then --json")
    environ = dict(os.environ)
    here = working_directory(environ)
    options = gathered(ctx.meta["dapshim.written"], read_project(here))
    chosen = where if where is not None else options.text("workspaceFolder")
    path = join(here, paths.expanduser(chosen)) if chosen else here
    if RealFiles().kind(path) is None:
        raise click.UsageError(f"{path} is not there; name a folder, a launch.json or a .code-workspace")
    if (work := options.text("goWork")) is not None:
        environ["GOWORK"] = work if work in ("off", "auto") else join(here, paths.expanduser(work))

    def look() -> Checkup:
        return check(path, environ, options)

    for notice in options.notices:
        click.echo(f"dapshim: {one_line(notice)}", err=True)
    found = look()
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        from dapshim.cli.doctor_page import print_page

        print_page(found)
        if fix:
            from dapshim.cli.doctor_fix import mend

            found = mend(found, look)
    ctx.exit(int(any(each.finding.severity is not Severity.INFO for each in found.findings)))
