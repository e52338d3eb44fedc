"""A finding, and the diagnosis that it is an instance of. A code that has no page in docs/diagnostics.md cannot be found.

A severity says what plain Delve does: `error` where it fails or hangs, or where nothing can be debugged; `warning` where a part
of debugging is lost; `info` where all works and is only worth knowing.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import attrs

from dapshim.diagnose.deeds import Deed


class Severity(StrEnum):
    """How bad it is; `Severity.ERROR.rank` is the highest."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Its place: 0 for info, 2 for error."""
        return list(Severity).index(self)


@attrs.frozen
class Remedy:
    """What mends it. `command` is a line for a shell; "" where an edit or dapshim itself does, which `title` then says.

    `deed` is what dapshim can do in a person's place, None where it can do nothing.
    """

    title: str
    command: str = ""
    deed: Deed | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen
class Finding:
    """One thing that was found. Make it by `Diagnosis.found`.

    `where` is the file, `FILE:LINE` or setting that it is about. `message` is a sentence for a person. `evidence` are the facts
    that were measured: names of sections, flags, versions, as they stand there. `remedies` come best first.
    """

    code: str
    severity: Severity
    message: str
    where: str = ""
    evidence: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    @property
    def advice(self) -> str:
        """What it is and what mends it, for who has one line."""
        if not self.remedies:
            return self.message
        first = self.remedies[0]
        return f"{self.message} {first.title}{f': {first.command}' if first.command else '.'}"

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints and that the event `dapshim/findings` carries."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "message": self.message,
            "evidence": list(self.evidence),
            "remedies": [{"title": each.title, "command": each.command} for each in self.remedies],
        }


@attrs.frozen
class Diagnosis:
    """One code and its page: what it means, why it is so, and what mends it, in Markdown.

    `severities` are those that its findings may have, the usual one first.
    """

    code: str
    title: str
    severities: tuple[Severity, ...]
    meaning: str
    why: str
    remedy: str

    def found(
        self,
        message: str,
        *,
        severity: Severity | None = None,
        where: str = "",
        evidence: Iterable[str] = (),
        remedies: Iterable[Remedy] = (),
    ) -> Finding:
        """Make a finding; without `severity`, of the usual one. Raises ValueError for one that its page has not."""
        chosen = severity or self.severities[0]
        if chosen not in self.severities:
            raise ValueError(f"{self.code} is never {chosen}; its page says {', '.join(self.severities)}")
        return Finding(self.code, chosen, message, where, tuple(evidence), tuple(remedies))


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the highest severity; None without findings."""
    return max((each.severity for each in findings), key=lambda each: each.rank, default=None)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the worst first; those of one severity keep their order."""
    return tuple(sorted(findings, key=lambda each: -each.severity.rank))
