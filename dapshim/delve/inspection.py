"""What can be debugged in a binary, by plain dlv and through dapshim: gathered from this machine, for whoever shows it.

Blocks; the file is read, and nothing of it is run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs

from dapshim.binary.containers import read_image
from dapshim.binary.core import CoreFacts, compare_core
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.opened import OpenedFile, facts_of
from dapshim.delve.find import DlvNotFound, find_dlv
from dapshim.delve.own_sources import source_facts
from dapshim.delve.surroundings import dlv_facts, host_facts, this_system
from dapshim.delve.versions import PINNED, DlvVersion, DlvVersionUnknown, known_version, parse_dlv_version
from dapshim.diagnose.diagnosing import diagnose
from dapshim.diagnose.facts import Facts, SourceFacts
from dapshim.diagnose.finding import Finding
from dapshim.diagnose.verdicts import Verdicts, verdicts
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.spelling import parent
from dapshim.options.layers import Options


@attrs.frozen
class Inspected:
    """One binary, and what is to be said of it."""

    path: str
    facts: Facts
    findings: tuple[Finding, ...]
    verdicts: Verdicts

    def as_json(self) -> dict[str, Any]:
        """Return the object of `dapshim inspect --json`."""
        return {
            "file": self.path,
            "plain": attrs.asdict(self.verdicts.plain),
            "dapshim": attrs.asdict(self.verdicts.dapshim),
            "findings": [each.as_json() for each in self.findings],
        }


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
