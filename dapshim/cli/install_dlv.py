"""`dapshim install-dlv`: build a Delve that goes with the Go in use, and put it where dapshim finds it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from dapshim.cli.settings import gathered
from dapshim.delve.find import NAME, DlvNotFound, find_dlv, own_folder
from dapshim.delve.install import GoFacts, InstallError, ask_go, install, installed_version, version_for
from dapshim.delve.versions import matches, read_dlv_version
from dapshim.options.layers import Options

_EPILOG: Final = """\b
Examples:
  dapshim install-dlv
  dapshim install-dlv --to ~/go/bin --force
  dapshim install-dlv --version 1.26.3
  dapshim --go ~/sdk/go1.25.5/bin/go install-dlv

\b
Exit code 0: it is there; 1: it could not be built; 2: wrong usage."""


@click.command("install-dlv", epilog=_EPILOG)
@click.option("--version", metavar="X.Y.Z", help="The Delve to install, or latest. Default: the newest for the Go in use.")
@click.option("--to", metavar="FOLDER", help="Where to put it. Default: dapshim/bin in $XDG_DATA_HOME or ~/.local/share.")
@click.option("--force", is_flag=True, help="Build it again although it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON; progress goes to stderr all the same.")
@click.pass_context
def command(ctx: click.Context, version: str | None, to: str | None, *, force: bool, as_json: bool) -> None:
    """Install dlv, the Go debugger, with the go command.

    What you have set for programs of your own (GOFLAGS, GOWORK, GOOS, GOARCH) does not touch it.
    """
    options = gathered(ctx.meta["dapshim.written"])
    wanted = _checked(version)
    folder = _folder(to)
    try:
        go = ask_go(_go_command(options))
        wanted = wanted or version_for(go)
        path = str(Path(folder, NAME))
        build = force or wanted == "latest" or installed_version(path) != wanted
        if build:
            with _progress(f"building dlv {wanted} with {go.version} into {folder}") as say:
                path = install(go, wanted, folder, os.environ, say)
    except InstallError as error:
        raise click.ClickException(str(error)) from error
    _report(path, go, options, built=build, as_json=as_json)


def _checked(version: str | None) -> str | None:
    if version is None or version == "latest":
        return version
    if re.fullmatch(r"v?\d+\.\d+\.\d+", version) is None:
        raise click.UsageError(f'--version: "{version}" is no version of Delve; write 1.27.1 or latest')
    return version.removeprefix("v")


def _folder(to: str | None) -> str:
    if to is not None:
        if not to:
            raise click.UsageError("--to: an empty text names no folder")
        return str(Path(to).expanduser().absolute())
    folder = own_folder(os.environ)
    if folder is None:
        raise click.UsageError("neither HOME nor XDG_DATA_HOME says where to put it; name a folder with --to")
    return folder


def _go_command(options: Options) -> str:
    named = options.text("go")
    if named:
        return str(Path(named).expanduser().absolute())
    found = shutil.which("go")
    if found is None:
        raise InstallError(
            "there is no go on the PATH; install Go (https://go.dev/dl), or name one: dapshim --go PATH install-dlv"
        )
    return found


@contextmanager
def _progress(what: str) -> Iterator[Callable[[str], None]]:
    """Show on stderr what is being done: on a terminal one line that changes, else one line for each."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    if not console.is_terminal:
        console.print(f"dapshim: {what}", soft_wrap=True)
        yield lambda line: console.print(line, soft_wrap=True)
        return
    from rich.text import Text

    console.print(Text(f"dapshim: {what}"), soft_wrap=True)
    with console.status(Text("starting"), spinner="line") as status:
        yield lambda line: status.update(Text(line, overflow="ellipsis", no_wrap=True))


def _report(path: str, go: GoFacts, options: Options, *, built: bool, as_json: bool) -> None:
    version = read_dlv_version(path)
    mismatch = matches(version, go.version)
    used = _used(go, options)
    if as_json:
        answer = {
            "dlv": path,
            "version": str(version),
            "go": go.version,
            "built": built,
            "used": used,
            "mismatch": None if mismatch is None else {"text": mismatch.text, "command": mismatch.command},
        }
        click.echo(json.dumps(answer, indent=2))
        return
    click.echo(f"dlv {version} is {'installed as' if built else 'there already:'} {path}")
    if mismatch is not None:
        click.echo(f"It does not go with the {go.version} in use: {mismatch.text}. Mend it with: {mismatch.command}")
    if used == path:
        click.echo("dapshim finds it there; nothing else is to be done.")
    else:
        why = f"dapshim finds {used} first" if used is not None else "dapshim does not look there by itself"
        click.echo(f"{why}; to have this one: dapshim --dlv {shlex.quote(path)} --listen 4711")
        click.echo(f'or in the launch configuration: "dapshim": {{"dlv": {json.dumps(path, ensure_ascii=False)}}}')


def _used(go: GoFacts, options: Options) -> str | None:
    """Return the dlv that a dapshim started here would use."""
    try:
        return find_dlv(options["dlv"], os.environ, gopath=go.gopath).path
    except DlvNotFound:
        return None
