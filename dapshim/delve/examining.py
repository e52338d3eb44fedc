"""What a launch or attach is about to debug, examined before Delve is asked: facts of the file, and what rules find in them.

Blocks, for some milliseconds: the executable's headers are read, and what it asks for is looked up. Nothing of it is run.
"""

from __future__ import annotations

import os
from typing import Final

import attrs

from dapshim.binary.containers import read_image
from dapshim.binary.core import CoreFacts, compare_core
from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.opened import OpenedFile, facts_of
from dapshim.delve.planned import Planned
from dapshim.delve.surroundings import dlv_facts, host_facts, this_system
from dapshim.delve.versions import DlvVersionUnknown, known_version
from dapshim.diagnose.diagnosing import diagnose
from dapshim.diagnose.facts import DlvFacts, Facts, LaunchFacts
from dapshim.diagnose.finding import Finding
from dapshim.diagnose.verdicts import Verdicts, verdicts
from dapshim.golang.quoting import split_flags
from dapshim.plan.environment import overlaid
from dapshim.plan.outcome import Plan

_CHECK_OFF: Final = "--check-go-version=false"


@attrs.frozen
class Examined:
    """What was found; `findings` are those of the file and of the configuration, the worst first."""

    facts: Facts
    findings: tuple[Finding, ...]

    @property
    def verdicts(self) -> Verdicts:
        """What can be debugged, in plain Delve and through dapshim."""
        return verdicts(self.facts, self.findings)


def examine(planned: Planned, dlv: str) -> Examined | None:
    """Examine what this plan debugs with the dlv at this path; None where there is nothing to examine yet.

    A file that cannot be read is no finding: Delve says what it thinks of it.
    """
    plan = planned.plan
    path = file_of(plan)
    try:
        binary = facts_of(path, this_system()[1]) if path else None
        core = _core(plan, binary) if binary is not None else None
    except BinaryError:
        return None
    launch = _launch(plan)
    if binary is None and plan.build is None:
        return None
    facts = Facts(
        binary,
        host_facts(binary, overlaid(os.environ, plan.dlv.environment)) if binary is not None else None,
        _dlv(dlv, binary),
        launch,
        core=core,
    )
    return Examined(facts, diagnose(facts))


def file_of(plan: Plan) -> str:
    """Return the path of the executable that is there already; "" where dlv builds it, or where it is elsewhere."""
    if plan.dlv.connect is not None or plan.mode == "remote":
        return ""
    if plan.request == "attach":
        pid = plan.arguments.get("processId")
        return f"/proc/{pid}/exe" if isinstance(pid, int) and os.path.exists(f"/proc/{pid}/exe") else ""  # noqa: PTH110
    program = plan.arguments.get("program")
    if plan.mode not in ("exec", "core") or not isinstance(program, str):
        return ""
    return os.path.join(str(plan.arguments.get("dlvCwd") or os.curdir), program)  # noqa: PTH118 - the user's spelling


def _core(plan: Plan, binary: BinaryFacts) -> CoreFacts | None:
    path = plan.arguments.get("coreFilePath")
    if plan.mode != "core" or not isinstance(path, str):
        return None
    with OpenedFile(path) as core, OpenedFile(binary.file.path) as program:
        return compare_core(path, read_image(core), binary, program)


def _launch(plan: Plan) -> LaunchFacts:
    flags = plan.build.flags if plan.build is not None else ()
    first = plan.build is not None and plan.build.flags_first
    return LaunchFacts(
        plan.mode,
        flags if first else (),
        () if first else flags,
        _goflags(plan),
        check_go_version=_CHECK_OFF not in plan.dlv.flags,
    )


def _goflags(plan: Plan) -> tuple[str, ...]:
    if plan.build is None:
        return ()
    try:
        return split_flags(overlaid(os.environ, plan.build.environment).get("GOFLAGS", ""))
    except ValueError:
        return ()


def _dlv(path: str, binary: BinaryFacts | None) -> DlvFacts | None:
    try:
        return dlv_facts(known_version(path), binary.go_version if binary is not None else "")
    except (DlvVersionUnknown, OSError):
        return None
