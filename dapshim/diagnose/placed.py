"""A finding with the exact place that it is about, and what mends it as something that a program can do. PURE.

`dapshim doctor` prints them, an editor underlines them: the same rules make both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from dapshim.diagnose.deeds import Deed
from dapshim.diagnose.finding import Diagnosis, Finding, Remedy, Severity
from dapshim.diagnose.jsonc import Document, Fault, Node, Position, Range
from dapshim.golang.modfile import Directive


@attrs.frozen
class Edit:
    """A change of one file: what stands from `start` up to `end`, offsets in characters, becomes `text`."""

    file: str
    start: int
    end: int
    text: str


@attrs.frozen
class Fix:
    """One way to mend a finding. `command` is a whole line for a shell; `edits` are what a program does in its place.

    `deed` is what dapshim can do in a person's place, where no edit does. `safe` says that it may do so when it is told to mend
    what it can: nothing is deleted, downloaded or set for other projects by it, and no code is touched.
    """

    title: str
    command: str = ""
    edits: tuple[Edit, ...] = ()
    deed: Deed | None = None
    safe: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {
            "title": self.title,
            "command": self.command,
            "edits": [attrs.asdict(each) for each in self.edits],
            "safe": self.safe,
        }


@attrs.frozen
class Place:
    """Where something stands: a file, and a range in it when it is about a part of it."""

    file: str
    range: Range | None = None

    def __str__(self) -> str:
        if self.range is None:
            return self.file
        return f"{self.file}:{self.range.start.line}:{self.range.start.column + 1}"

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints: lines from 1, columns in characters from 0, the end not included."""
        return {"file": self.file, "range": attrs.asdict(self.range) if self.range is not None else None}


@attrs.frozen
class Placed:
    """A finding of a toolchain, a workspace or a configuration. `place` is None for one that is in no file."""

    finding: Finding
    place: Place | None = None
    fixes: tuple[Fix, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        place = self.place.as_json() if self.place is not None else None
        remedies = [each.as_json() for each in self.fixes]
        return {**self.finding.as_json(), "where": self.finding.where, "place": place, "remedies": remedies}


def placed(
    diagnosis: Diagnosis,
    message: str,
    place: Place | None = None,
    *,
    severity: Severity | None = None,
    where: str = "",
    evidence: Iterable[str] = (),
    fixes: Iterable[Fix] = (),
) -> Placed:
    """Make a finding. `where` names what it is about when that is no file."""
    fixes = tuple(fixes)
    finding = diagnosis.found(
        message,
        severity=severity,
        where=where or (str(place) if place is not None else ""),
        evidence=evidence,
        remedies=[Remedy(each.title, each.command, each.deed) for each in fixes],
    )
    return Placed(finding, place, fixes)


def place_in(file: str, document: Document, what: Node | Fault) -> Place:
    """Return the place of a value in a file of JSON."""
    return Place(file, document.range(what))


def place_of(file: str, directive: Directive) -> Place:
    """Return the place of a line of go.mod or go.work."""
    return Place(file, Range(Position(directive.line, directive.start), Position(directive.line, directive.end)))


def place_of_line(file: str, line: int) -> Place:
    """Return the place of a whole line, of the file when `line` is 0."""
    return Place(file, Range(Position(line, 0), Position(line, 0)) if line else None)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits made to it; of two that overlap, the one that begins first counts."""
    made, at = "", 0
    for each in sorted(edits, key=lambda each: (each.start, each.end)):
        if each.start < at:
            continue
        made += text[at : each.start] + each.text
        at = each.end
    return made + text[at:]
