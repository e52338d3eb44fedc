"""The screen of `dapshim inspect`: what it is, what can be debugged, why, what to do; read in ten seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dapshim.binary.facts import BinaryFacts
from dapshim.cli import one_line
from dapshim.cli.styled_lines import Piece, StyledLines
from dapshim.diagnose.finding import Finding, Severity
from dapshim.diagnose.verdicts import Abilities

if TYPE_CHECKING:
    from dapshim.delve.inspection import Inspected

_INDENT: Final = 4
_ANSWERS: Final = {"yes": "bold green", "partly": "bold yellow", "no": "bold red"}
_SEVERITIES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "cyan"}
_EVIDENCE_MOST: Final = 4
_CONTAINERS: Final = {"elf": "ELF", "pe": "PE", "macho": "Mach-O", "universal": "universal Mach-O", "wasm": "WebAssembly"}


def print_page(found: Inspected) -> None:
    """Print it."""
    lines = StyledLines(None, _INDENT)
    lines.write([(one_line(found.path), "bold")], wrap=True)
    assert found.facts.binary is not None  # noqa: S101 - that is what was inspected
    lines.write([(one_line(", ".join(_what(found.facts.binary))), "")], wrap=True, indent=0)
    lines.write([])
    lines.write([(f"{'':<10}{'breakpoints':<13}{'stack':<8}variables", "dim")])
    lines.write(_row("dlv", found.verdicts.plain))
    lines.write(_row("dapshim", found.verdicts.dapshim))
    for finding in found.findings:
        lines.write([])
        _write(lines, finding)
    if not found.findings:
        lines.write([])
        lines.write([("Nothing stands in the way of debugging it.", "green")])
    lines.flush()


def _row(name: str, abilities: Abilities) -> list[Piece]:
    answers = ((abilities.breakpoints, 13), (abilities.stack, 8), (abilities.variables, 0))
    return [(f"{name:<10}", ""), *((f"{answer:<{width}}", _ANSWERS[answer]) for answer, width in answers)]


def _write(lines: StyledLines, finding: Finding) -> None:
    head: list[Piece] = [(f"{finding.severity} ", _SEVERITIES[finding.severity]), (finding.code, "bold"), (": ", "")]
    lines.write([*head, (one_line(finding.message), "")], wrap=True)
    for each in finding.evidence[:_EVIDENCE_MOST]:
        lines.write([("  · ", "dim"), (one_line(each), "dim")], wrap=True)
    for remedy in finding.remedies:
        lines.write([("  → ", "green"), (one_line(remedy.title) + (":" if remedy.command else ""), "")], wrap=True)
        if remedy.command:
            # Not cut nor folded: it is there to be copied.
            lines.write_whole([("    ", ""), (one_line(remedy.command), "bold")])


def _what(binary: BinaryFacts) -> Iterator[str]:
    """Yield what a file is, in a few words each."""
    container = _CONTAINERS.get(binary.container)
    if container is None:
        yield f"{binary.container}, no executable"
        return
    platform = "/".join(filter(None, (binary.system, binary.machine)))
    yield f"{container} {platform}".rstrip()
    if binary.damage is not None:
        return
    if binary.go_version:
        yield binary.go_version.partition(" ")[0]
    if binary.build.path:
        yield binary.build.path
    if binary.type != "executable":
        yield {"shared": "a library", "debug": "debug info only", "core": "a core file", "object": "an object file"}.get(
            binary.type, binary.type
        )
    if binary.container == "elf" and binary.type == "executable":
        yield ("PIE, " if binary.position_independent else "") + ("dynamic" if binary.interpreter else "static")
    if binary.table is not None and binary.table.cgo:
        yield "cgo"
    if binary.link_mode == "external":
        yield "linked by a C linker"
    if binary.dwarf is not None:
        packed = f", {binary.dwarf.compression}" if binary.dwarf.compression else ""
        yield f"DWARF {binary.dwarf.version}{packed}" if binary.dwarf.version else "DWARF"
