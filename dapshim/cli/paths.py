"""`dapshim paths`: which file here each source file of a binary is, why, and the `substitutePath` that says the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
import click

from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import read_executable
from dapshim.cli import one_line
from dapshim.cli.settings import gathered
from dapshim.delve.go_command import GoCommand
from dapshim.delve.source_map import Owner, SourceMap, Whereabouts, source_map
from dapshim.delve.working_directory import working_directory
from dapshim.delve.written_rules import written_rules
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.spelling import join, parent, paths
from dapshim.options.layers import Options
from dapshim.options.option_files import read_project
from dapshim.sources.answers import Reason
from dapshim.sources.equivalent import Equivalent, equivalent_rules
from dapshim.sources.spelling import AdapterPath, ClientPath
from dapshim.sources.stale import Freshness

_EPILOG: Final = """\b
Examples:
  dapshim paths ./service                in the folder of its sources
  dapshim --workspace-folder ~/src/shop paths /opt/shop/service --all
  dapshim paths ./service --from lib/lib.go --from lib/other.go
  dapshim paths ./service --json

\b
Exit code 0: printed; 1: the binary cannot be read; 2: wrong usage."""


@attrs.frozen
class Row:
    """One file: as recorded, and here. One of the two is None where there is none, and then `sentence` says why."""

    recorded: str | None
    local: str | None
    reason: Reason
    stale: bool | None
    """None where nothing is recorded that could be compared."""
    sentence: str = ""
    told_stale: str = ""
    owner: Owner = ""


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


def looked_up(
    path: str,
    folder: str,
    environ: Mapping[str, str],
    options: Options,
    asked: Sequence[str],
    *,
    every: bool,
    all_rules: bool,
) -> tuple[SourceMap, list[Row], Equivalent]:
    """Return the mapping of a binary, its rows, and the rules that say the same. Raises BinaryError where it cannot be read."""
    with OpenedFile(path) as source:
        executable = read_executable(source)
        where = Whereabouts((folder, parent(path)), environ, (ClientPath(folder),), rules=written_rules(options))
        made = source_map(executable, where, GoCommand(options["go"], CachedFiles(RealFiles())))
        rows = _asked(made, asked) if asked else _recorded(made, every=every)
        return made, rows, equivalent_rules(made.map, None if all_rules and not asked else _paths_of(rows))


def _folder(options: Options, here: str) -> str:
    """Return the workspace folder, in its own spelling."""
    written = options.text("workspaceFolder")
    if written is None:
        return here
    folder = join(here, paths.expanduser(written))
    if RealFiles().kind(folder) != "folder":
        raise click.UsageError(f"{folder}, which {options['workspaceFolder'].origin.place} names, is no folder")
    return folder


def _recorded(made: SourceMap, *, every: bool) -> list[Row]:
    """Return a row for each recorded file. Of Go's own and of the module cache, which nobody edits, `every` compares the texts.

    It takes 6 ms a file, and a large program has thousands of them.
    """
    rows = []
    for each in made.map.facts.recorded.files:
        path = AdapterPath(each.path)
        answer = made.map.to_client(path)
        owner = made.owner(answer.path) if answer.path is not None else ""
        compared = answer.path is not None and (every or not owner)
        stale, told = _stale(made, path) if compared else (None, "")
        rows.append(Row(each.path, answer.path, answer.reason, stale, answer.sentence, told, owner))
    return rows


def _asked(made: SourceMap, files: Iterable[str]) -> list[Row]:
    """Return a row for each local file."""
    rows = []
    for each in files:
        answer = made.map.to_adapter(ClientPath(each))
        if not answer.spans:
            stale, told = _stale(made, answer.path) if answer.path is not None else (None, "")
            rows.append(Row(answer.path, each, answer.reason, stale, answer.sentence, told))
            continue
        # What `//line` says splits the file among several recorded names.
        names = dict.fromkeys(filter(None, (answer.path, *(span.path for span in answer.spans))))
        reasons = {name: answer.reason if name == answer.path else Reason.LINE for name in names}
        rows += [Row(name, each, reason, None, answer.sentence) for name, reason in reasons.items()]
    return rows


def _stale(made: SourceMap, path: AdapterPath) -> tuple[bool | None, str]:
    found = made.staleness(path)
    local = made.map.to_client(path).path or path
    known = None if found.freshness is Freshness.UNKNOWN else found.freshness is Freshness.STALE
    return known, found.sentence(local)


def _paths_of(rows: Iterable[Row]) -> list[AdapterPath]:
    """Return the recorded names for which rules are shown: those that have a row of their own."""
    return [AdapterPath(each.recorded) for each in rows if each.recorded is not None and each.owner != "go"]


def _beyond(rules: Equivalent) -> list[str]:
    if not rules.inexpressible:
        return []
    (_, first), *more = rules.inexpressible
    others = f" and {len(more)} more" if more else ""
    return [f"no substitutePath says the same for {first}{others}: one rule would be in the way of another"]


def document(path: str, rows: Iterable[Row], rules: Equivalent, *, asked: bool) -> dict[str, Any]:
    """Return the object of `--json`."""
    files = []
    for each in rows:
        entry = {"recorded": each.recorded, "local": each.local, "reason": str(each.reason), "stale": each.stale}
        files.append({**entry, "sentence": each.sentence} if asked else entry)
    return {
        "binary": path,
        "files": files,
        "rules": [{"from": each.client, "to": each.adapter} for each in rules.rules],
    }
