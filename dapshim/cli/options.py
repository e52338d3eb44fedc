"""`dapshim options`: every option, its value here, and where that came from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import click

from dapshim.cli.settings import gathered
from dapshim.options.layers import Options, Value
from dapshim.options.option_files import read_project
from dapshim.options.page import options_page, shown
from dapshim.options.table import TABLE, Option, Source

_EPILOG: Final = """\b
Examples:
  dapshim options
  cd cmd/service && dapshim options      with that folder's .dapshim.toml
  DAPSHIM_GO_WORK=off dapshim options --json"""

_LETTERS: Final = {
    Source.COMMAND_LINE: "c",
    Source.ENVIRONMENT: "e",
    Source.LAUNCH: "l",
    Source.PROJECT: "p",
    Source.USER: "u",
}

_LEGEND: Final = (
    'In: where it may stand. c: the command line, e: the environment, l: the launch configuration\'s "dapshim" object, '
    "p: the project's .dapshim.toml, u: your own dapshim/config.toml."
)


@click.command("options", epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.option("--markdown", is_flag=True, help="Print the page docs/options.md, which knows no values.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool, markdown: bool) -> None:
    """Print every option, its value here, and where that came from.

    Here means: on this command line, in this environment, in this folder's .dapshim.toml and in your own file. A launch
    configuration can say more for its session.
    """
    if markdown:
        click.echo(options_page(), nl=False)
        return
    options = gathered(ctx.meta["dapshim.written"], read_project(str(Path.cwd())))
    for notice in options.notices:
        click.echo(f"dapshim: {notice}", err=True)
    if as_json:
        click.echo(json.dumps([_entry(option, options) for option in TABLE], indent=2, ensure_ascii=False))
    else:
        _print_table(options)


def _entry(option: Option, options: Options) -> dict[str, Any]:
    value = options[option.name]
    return {
        "name": option.name,
        "type": "list" if option.type is tuple else option.type.__name__,
        "choices": list(option.choices) or None,
        "default": option.default,
        "value": value.value,
        "source": value.origin.source.name.lower(),
        "place": value.origin.place,
        "flag": option.flag if Source.COMMAND_LINE in option.scope else None,
        "variable": option.variable if Source.ENVIRONMENT in option.scope else None,
        "may_stand": [source.name.lower() for source in sorted(option.scope)],
        "help": option.help,
    }


def _print_table(options: Options) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Option", style="bold", no_wrap=True)
    table.add_column("Value, where it came from, and what it does", overflow="fold")
    table.add_column("In", no_wrap=True)
    for option in TABLE:
        value = options[option.name]
        told = Text(shown(value.value) or "-", style="green" if value.given else "")
        told.append(f"  {_from(value)}\n", style="cyan" if value.given else "dim")
        told.append(option.help, style="dim")
        places = "".join(letter if source in option.scope else "-" for source, letter in _LETTERS.items())
        table.add_row(option.name, told, places)
    console.print(table)
    console.print()
    console.print(Text(_LEGEND, style="dim"))


def _from(value: Value) -> str:
    if not value.given:
        return "by default"
    place, home = value.origin.place, os.environ.get("HOME", "")
    return "from " + (f"~{place.removeprefix(home)}" if home and place.startswith(f"{home}/") else place)
