"""`dapshim config`: how an editor is told of dapshim."""

from __future__ import annotations

from importlib import resources
from typing import Final

import click

EDITORS: Final = {
    "emacs": "emacs.el",
    "helix": "helix.toml",
    "neovim": "neovim.lua",
    "vscode": "vscode.json",
    "zed": "zed.json",
}
"""Each editor and its file in dapshim/cli/editors, to which examples/editors leads."""

_EPILOG: Final = """\b
Examples:
  dapshim config neovim >> ~/.config/nvim/init.lua
  dapshim config helix

\b
Exit code 0: printed; 2: wrong usage."""


@click.command("config", epilog=_EPILOG)
@click.argument("editor", type=click.Choice(sorted(EDITORS)))
def command(editor: str) -> None:
    """Print what an editor needs in its configuration for the language server and for debugging.

    The first line says where it belongs. docs/editors.md tells what each editor can do.
    """
    click.echo(configuration(editor), nl=False)


def configuration(editor: str) -> str:
    """Return the text for one of EDITORS."""
    return resources.files("dapshim.cli").joinpath("editors", EDITORS[editor]).read_text("utf-8")
