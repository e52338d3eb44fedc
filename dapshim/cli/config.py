"""`dapshim config`: how an editor is told of dapshim; printed, or written to where the editor keeps it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

import click

from dapshim.cli import one_line

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
  dapshim config helix
  dapshim config neovim --write          asks, after it has shown the change
  dapshim config vscode --write --yes    into .vscode/launch.json here

\b
Exit code 0: printed, written, or there already; 1: not written; 2: wrong
usage."""


@click.command("config", epilog=_EPILOG)
@click.argument("editor", type=click.Choice(sorted(EDITORS)))
@click.option("--write", is_flag=True, help="Put it where the editor keeps it, after showing the change; what is there stays.")
@click.option("--yes", is_flag=True, help="With --write: do not ask.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="With --write: the project, for VS Code and Zed. Default: this folder.",
)
@click.pass_context
def command(ctx: click.Context, editor: str, folder: Path | None, *, write: bool, yes: bool) -> None:
    """Print what an editor needs in its configuration for the language server and for debugging.

    The first line says where it belongs. docs/editors.md tells what each editor can do.
    """
    if not write:
        if yes or folder is not None:
            raise click.UsageError("--yes and --folder go with --write")
        click.echo(configuration(editor), nl=False)
        return
    place = file_of(editor, folder or Path.cwd(), os.environ)
    if place is None:
        raise click.UsageError("the environment names no home folder, so there is no place for it")
    ctx.exit(_write(editor, place, yes=yes))


def configuration(editor: str) -> str:
    """Return the text for one of EDITORS."""
    return resources.files("dapshim.cli").joinpath("editors", EDITORS[editor]).read_text("utf-8")


def file_of(editor: str, folder: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the file in which an editor keeps it; None when the environment names no home.

    VS Code and Zed keep it with the project in `folder`. Neovim reads what is in plugin/ of its folder (`:help runtimepath`,
    NVIM_APPNAME counts). Emacs reads the first of its init files that is there (29.4: `startup--load-user-init-file`).
    """
    if editor == "vscode":
        return folder / ".vscode" / "launch.json"
    if editor == "zed":
        return folder / ".zed" / "debug.json"
    home = environ.get("HOME") or environ.get("USERPROFILE", "")
    if not home:
        return None
    config = Path(environ.get("XDG_CONFIG_HOME") or Path(home, ".config"))
    if editor == "helix":
        return (Path(environ["APPDATA"]) if os.name == "nt" and "APPDATA" in environ else config) / "helix" / "languages.toml"
    if editor == "neovim":
        base = Path(environ["LOCALAPPDATA"]) if os.name == "nt" and "LOCALAPPDATA" in environ else config
        return base / (environ.get("NVIM_APPNAME") or "nvim") / "plugin" / "dapshim.lua"
    own = Path(home, ".emacs.d", "init.el")
    others = (Path(home, ".emacs.el"), Path(home, ".emacs"), own, config / "emacs" / "init.el")
    return next((each for each in others if each.exists()), own)


def _write(editor: str, place: Path, *, yes: bool) -> int:
    """Show the change, ask, and write; return the exit code."""
    from dapshim.cli.editor_merging import RefusedError, merged
    from dapshim.delve.rewriting import ChangedError, rewrite

    try:
        before = place.read_bytes().decode("utf-8") if place.exists() else None
        after = merged(editor, configuration(editor), before)
        if after == before:
            click.echo(f"{place} has it already.")
            return 0
        _show(place, before, after)
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("nobody can be asked here; add --yes to write it")
            if not click.confirm(f"Write {place}?"):
                click.echo("Nothing is written.")
                return 1
        rewrite(str(place), before, after)
    except (RefusedError, ChangedError) as error:
        click.echo(f"dapshim: {place} is left alone: {one_line(str(error))}", err=True)
        return 1
    except UnicodeDecodeError as error:
        click.echo(f"dapshim: {place} is left alone: it is not UTF-8 (byte {error.start})", err=True)
        return 1
    except OSError as error:
        click.echo(f"dapshim: {place} cannot be written: {(error.strerror or str(error)).lower()}", err=True)
        return 1
    click.echo(f"{place} is written.")
    return 0


def _show(place: Path, before: str | None, after: str) -> None:
    import difflib

    name = str(place)
    lines = difflib.unified_diff(
        (before or "").splitlines(), after.splitlines(), name if before is not None else os.devnull, name, lineterm=""
    )
    for line in lines:
        click.secho(one_line(line), fg={"+": "green", "-": "red"}.get(line[:1]))
