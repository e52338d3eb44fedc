"""What a launch or attach is about to debug, examined before Delve is asked: facts of the file, and what rules find in them.

Blocks, for some milliseconds: the executable's headers are read, and what it asks for is looked up. Nothing of it is run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

import attrs

from dapshim.binary.containers import read_image
from dapshim.binary.core import CoreFacts, compare_core
from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.opened import OpenedFile, changed_of, facts_of, stamp_of
from dapshim.delve.own_sources import main_folder
from dapshim.delve.planned import Planned
from dapshim.delve.program_reading import is_settled
from dapshim.delve.surroundings import dlv_facts, host_facts, this_system
from dapshim.delve.versions import DlvVersionUnknown, known_version
from dapshim.diagnose.diagnosing import diagnose
from dapshim.diagnose.facts import DlvFacts, EndingFacts, Facts, HostFacts, LaunchFacts, SourceFacts
from dapshim.diagnose.finding import Finding, Remedy
from dapshim.diagnose.rules_session import foreign_version, killed, stale_source
from dapshim.diagnose.verdicts import Verdicts, verdicts
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.quoting import split_flags
from dapshim.golang.spelling import parent
from dapshim.plan.environment import overlaid
from dapshim.plan.outcome import CHECK_OFF, Plan

_SEE_FLAGS: Final = Remedy("Look for it in buildFlags of the launch configuration, and in GOFLAGS and CGO_LDFLAGS of its env")


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
    if not path:
        return _diagnosed(Facts(launch=_launch(plan))) if plan.build is not None else None
    try:
        binary = _binary(path, run=plan.request == "launch" and plan.mode != "core")
        core = _core(plan, binary)
    except (BinaryError, OSError):
        return None
    facts = Facts(binary, _host(plan, binary), _dlv(dlv, binary), _launch(plan), core=core)
    found = _diagnosed(facts)
    if not found.findings or not binary.is_go:
        return found
    # A remedy can say where to build, which no finding needs and a healthy program does not wait for.
    folder = main_folder(binary, (planned.folder, parent(binary.file.path)), CachedFiles(RealFiles()))
    return _diagnosed(attrs.evolve(facts, sources=SourceFacts(folder))) if folder else found


def examine_built(planned: Planned, path: str) -> Examined | None:
    """Examine what dlv has built for this plan, at this path; None when it is gone already.

    The findings are those of the file alone, and their remedies the configuration's: the next build overwrites the file.
    """
    try:
        binary = _binary(path)
    except (BinaryError, OSError):
        return None
    launch = _launch(planned.plan)
    found = _diagnosed(Facts(binary, _host(planned.plan, binary), launch=launch))
    configured = {each.code for each in diagnose(Facts(launch=launch))}
    where = planned.plan.build.directory if planned.plan.build is not None else path
    findings = [
        attrs.evolve(each, where=where, remedies=(_SEE_FLAGS,)) for each in found.findings if each.code not in configured
    ]
    return attrs.evolve(found, findings=tuple(findings))


def examine_sources(examined: Examined | None, sources: SourceFacts) -> Examined:
    """Add what the sources of a program tell to what is known of it; of one at a distance that is nothing (None)."""
    return _with(examined, stale_source, foreign_version, sources=sources)


def examine_ending(examined: Examined | None, ending: EndingFacts) -> Examined:
    """Add what its end tells."""
    return _with(examined, killed, ending=ending)


def _with(examined: Examined | None, *rules: Callable[[Facts], Iterable[Finding]], **more: Any) -> Examined:
    known = examined or Examined(Facts(), ())
    facts = attrs.evolve(known.facts, **more)
    return Examined(facts, (*known.findings, *(found for rule in rules for found in rule(facts))))


def _diagnosed(facts: Facts) -> Examined:
    return Examined(facts, diagnose(facts))


def _binary(path: str, *, run: bool = True) -> BinaryFacts:
    """Read the facts of a file; without `run` it need not be one that may be run. A process's has the name it was run by."""
    found = _facts(path)
    state = found.file if run else attrs.evolve(found.file, executable=None)
    if path.startswith("/proc/"):
        named = os.readlink(path).removesuffix(" (deleted)")  # noqa: PTH115 - the kernel's text, which Path would tidy
        state = attrs.evolve(state, path=named)
    return attrs.evolve(found, file=state)


def _facts(path: str) -> BinaryFacts:
    """Read the facts of a file, once as long as the disk says the same of it; what was changed just now may change again."""
    status = os.stat(path)  # noqa: PTH116 - the user's spelling
    if is_settled(changed_of(status)):
        return _facts_of_stamp(path, stamp_of(status))
    return facts_of(path, this_system()[1])


@lru_cache(maxsize=16)
def _facts_of_stamp(path: str, _stamp: tuple[int, ...]) -> BinaryFacts:
    return facts_of(path, this_system()[1])


def _host(plan: Plan, binary: BinaryFacts) -> HostFacts:
    """Look at this machine; what runs already has been loaded, and a core is looked at on whatever machine."""
    found = host_facts(binary, overlaid(os.environ, plan.dlv.environment))
    if plan.request == "attach" or plan.mode == "core":
        found = attrs.evolve(found, interpreter=None, missing_libraries=())
    if plan.mode == "core":
        found = attrs.evolve(found, system=binary.system or found.system, machine=binary.machine)
    return found


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
    return _placed(plan, program)


def _placed(plan: Plan, path: str) -> str:
    return os.path.join(str(plan.arguments.get("dlvCwd") or ""), path)  # noqa: PTH118 - the user's spelling


def _core(plan: Plan, binary: BinaryFacts) -> CoreFacts | None:
    path = plan.arguments.get("coreFilePath")
    if plan.mode != "core" or not isinstance(path, str):
        return None
    with OpenedFile(_placed(plan, path)) as core, OpenedFile(binary.file.path) as program:
        return compare_core(path, read_image(core), binary, program)


def _launch(plan: Plan) -> LaunchFacts:
    flags = plan.build.flags if plan.build is not None else ()
    first = plan.build is not None and plan.build.flags_first
    return LaunchFacts(
        plan.mode,
        flags if first else (),
        () if first else flags,
        _goflags(plan),
        check_go_version=CHECK_OFF not in plan.dlv.flags,
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
