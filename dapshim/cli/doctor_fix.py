"""`dapshim doctor --fix`: does the safe remedies, after showing each, and looks again.

An edit changes a file only while it still has the text that the finding is about; what is written replaces the file at once, or
not at all. A command is one of the go command's own (`go work use`) that changes go.work alone.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import click

from dapshim.cli import one_line
from dapshim.delve.checkup import Checkup
from dapshim.delve.rewriting import ChangedError, rewrite
from dapshim.diagnose.deeds import GoDeed
from dapshim.diagnose.placed import Edit, Fix, Placed, applied

_LIMIT: Final = 60.0


def mend(found: Checkup, look: Callable[[], Checkup]) -> Checkup:
    """Show and do the first safe remedy of each finding, and of those that come to light by it; return what is found then."""
    tried: set[Fix] = set()
    while fixes := [fix for fix in _first_safe(found.findings) if fix not in tried]:
        tried.update(fixes)
        env = found.toolchain.env
        texts = {each.file: each.document.text for each in found.files.sources}
        _do(fixes, texts, env.go if env is not None else "go")
        found = look()
    if not tried:
        click.echo("\nNothing here is for --fix to mend.")
        return found
    wrong = sum(each.finding.severity.rank > 0 for each in found.findings)
    rest = f"{wrong} {'thing is' if wrong == 1 else 'things are'} still wrong." if wrong else "nothing is wrong now."
    click.echo(f"\nLooked again: {rest}")
    return found


def _first_safe(findings: Iterable[Placed]) -> list[Fix]:
    """Return one remedy for each finding that has a safe one, each once."""
    safe = (next((fix for fix in each.fixes if fix.safe), None) for each in findings)
    return list(dict.fromkeys(fix for fix in safe if fix is not None))


def _do(fixes: Iterable[Fix], texts: Mapping[str, str], go: str) -> None:
    """Do these; the edits of one file at once. `texts` are those that the edits are for; `go` is the command that is used."""
    by_file: dict[str, list[Edit]] = {}
    for fix in fixes:
        for edit in fix.edits:
            by_file.setdefault(edit.file, []).append(edit)
    for file, edits in by_file.items():
        _edit(file, texts.get(file), edits)
    for fix in fixes:
        if isinstance(fix.deed, GoDeed):
            _run(fix, fix.deed, go)


def _edit(file: str, known: str | None, edits: Iterable[Edit]) -> None:
    """Show the difference, and write the file, unless it has changed since it was `known`."""
    path = Path(os.path.realpath(file))
    try:
        _rewrite(path, file, known, edits)
    except OSError as error:
        click.echo(f"dapshim: {file} cannot be written: {(error.strerror or str(error)).lower()}", err=True)


def _rewrite(path: Path, file: str, known: str | None, edits: Iterable[Edit]) -> None:
    import difflib

    before = path.read_bytes().decode("utf-8", "replace")
    after = applied(before, edits) if before == known else before
    click.echo()
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), file, file, n=1, lineterm=""):
        click.secho(one_line(line), fg={"+": "green", "-": "red"}.get(line[:1]))
    try:
        rewrite(file, known, after)
    except ChangedError as error:
        click.echo(f"dapshim: {error}; run --fix again", err=True)


def _run(fix: Fix, deed: GoDeed, go: str) -> None:
    click.echo()
    click.secho(f"$ {one_line(fix.command)}", fg="green")
    try:
        done = subprocess.run(  # noqa: S603 - the person's own go, with words of ours
            [go, *deed.arguments],
            cwd=deed.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LIMIT,
            check=False,
            text=True,
            # No other toolchain is fetched for it.
            env={**os.environ, "GOTOOLCHAIN": "local", "PWD": deed.directory, **dict(deed.environ)},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        click.echo(f"dapshim: {one_line(str(error))}", err=True)
        return
    for line in (done.stdout + done.stderr).splitlines():
        click.echo(one_line(line))
