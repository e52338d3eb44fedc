"""`dapshim inspect`: what can be debugged in a binary, in plain Delve and through dapshim; why not, and what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import attrs
import click

from dapshim.binary.containers import read_image
from dapshim.binary.core import CoreFacts, compare_core
from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.opened import OpenedFile, facts_of
from dapshim.cli import one_line
from dapshim.cli.settings import gathered
from dapshim.delve.find import DlvNotFound, find_dlv
from dapshim.delve.own_sources import source_facts
from dapshim.delve.surroundings import dlv_facts, host_facts, this_system
from dapshim.delve.versions import PINNED, DlvVersion, DlvVersionUnknown, known_version, parse_dlv_version
from dapshim.delve.working_directory import working_directory
from dapshim.diagnose.diagnosing import diagnose
from dapshim.diagnose.facts import Facts, SourceFacts
from dapshim.diagnose.finding import Finding, Severity, worst
from dapshim.diagnose.verdicts import Verdicts, verdicts
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.spelling import join, parent, paths
from dapshim.options.layers import Options
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


@attrs.frozen
class Inspected:
    """One binary, and what is to be said of it."""

    path: str
    facts: Facts
    findings: tuple[Finding, ...]
    verdicts: Verdicts


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
        click.echo(json.dumps(document(found), indent=2))
    else:
        from dapshim.cli.inspect_page import print_page

        print_page(found)
    if (worst(found.findings) or Severity.INFO) is not Severity.INFO:
        ctx.exit(1)


def inspected(path: str, folders: tuple[str, ...], options: Options, core: str | None = None) -> Inspected:
    """Return what is to be said of a file; raise BinaryError where it, or the core, cannot be read."""
    binary = facts_of(path, this_system()[1])
    facts = Facts(
        binary,
        host_facts(binary, os.environ),
        dlv_facts(_dlv_version(options), binary.go_version),
        sources=_sources(path, binary, (*folders, parent(path))),
        core=_core(core, binary) if core is not None else None,
    )
    findings = diagnose(facts)
    return Inspected(path, facts, findings, verdicts(facts, findings))


def _dlv_version(options: Options) -> DlvVersion:
    """Return the version of the dlv here; without one, of the one that dapshim would install."""
    try:
        return known_version(find_dlv(options["dlv"], os.environ).path)
    except (DlvNotFound, DlvVersionUnknown, OSError):
        pinned = parse_dlv_version(f"Version: {PINNED}\n")
        assert pinned is not None  # noqa: S101 - our own constant
        return pinned


def _sources(path: str, binary: BinaryFacts, folders: tuple[str, ...]) -> SourceFacts | None:
    if binary.table is None:
        return None
    with OpenedFile(path) as source:
        return source_facts(source, binary, folders, CachedFiles(RealFiles()), _modified)


def _modified(path: str) -> float:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0


def _core(path: str, binary: BinaryFacts) -> CoreFacts:
    with OpenedFile(path) as core, OpenedFile(binary.file.path) as program:
        return compare_core(path, read_image(core), binary, program)


def document(found: Inspected) -> dict[str, Any]:
    """Return the object of `--json`."""
    return {
        "file": found.path,
        "plain": attrs.asdict(found.verdicts.plain),
        "dapshim": attrs.asdict(found.verdicts.dapshim),
        "findings": [each.as_json() for each in found.findings],
    }
