"""What is found in a program before it is debugged: said, refused where nothing can come of it, and mended where it can be.

Between the plan and the dlv that carries it out. Each finding is said once in a session. The mending itself is not here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import attrs
import trio

from dapshim.plan.outcome import Plan, PlanError
from dapshim.wire.bodies import OutputBody

if TYPE_CHECKING:
    from dapshim.delve.examining import Examined
    from dapshim.delve.planned import Planned
    from dapshim.diagnose.finding import Finding
    from dapshim.proxy.shim import SessionApi

_MENDED_BY_FLAG: Final = "go-version"
CHECK_OFF: Final = "--check-go-version=false"
"""What has Delve 1.27.1 try a program of a Go that it does not know."""


class Examination:
    """Examines the programs of one session."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    async def passed(self, planned: Planned, dlv: str, session: SessionApi) -> Planned:
        """Return the plan with which Delve can do its work; say what the person should know of the program.

        Raises:
            PlanError: nothing can come of it; the message is the finding's, with its remedy.

        """
        if planned.options.text("preflight") == "off":
            return planned
        examined = await trio.to_thread.run_sync(_examined, planned, dlv)
        if examined is None:
            return planned
        planned, left = self._mended(planned, examined.findings)
        await self.tell(left, examined, session)
        errors = [each for each in left if each.severity == "error"]
        if errors and planned.options.text("preflight") != "warn":
            raise PlanError(_with_remedy(errors[0]))
        return planned

    def _mended(self, planned: Planned, findings: Iterable[Finding]) -> tuple[Planned, list[Finding]]:
        """Return the plan that goes around what can be gone around, and the findings that are left as they are."""
        left = []
        for each in findings:
            if each.code == _MENDED_BY_FLAG and planned.options.text("heal") == "auto":
                planned = attrs.evolve(planned, plan=with_flag(planned.plan, CHECK_OFF))
                left.append(attrs.evolve(each, severity=type(each.severity).WARNING, message=_TRIED.format(each.message)))
            else:
                left.append(each)
        return planned, left

    async def tell(self, findings: Iterable[Finding], examined: Examined, session: SessionApi) -> None:
        """Say each finding above `info` in one line, and send all of them as data, once in a session."""
        new = [each for each in findings if (each.code, each.where) not in self._told]
        self._told.update((each.code, each.where) for each in new)
        for each in new:
            if each.severity == "warning":
                line = f"dapshim: {_with_remedy(each)}\n"
                await session.emit("output", OutputBody(output=line, category="important"))
        if new:
            verdicts = examined.verdicts
            body = {
                "file": examined.facts.where,
                "plain": attrs.asdict(verdicts.plain),
                "dapshim": attrs.asdict(verdicts.dapshim),
                "findings": [each.as_json() for each in new],
            }
            await session.emit("dapshim/findings", body)


_TRIED: Final = "{} It is launched all the same, with --check-go-version=false; what Delve shows may be wrong."


def with_flag(plan: Plan, flag: str) -> Plan:
    """Return a plan whose dlv gets one more flag."""
    return attrs.evolve(plan, dlv=attrs.evolve(plan.dlv, flags=(*plan.dlv.flags, flag)))


def _with_remedy(finding: Finding) -> str:
    """Return a finding in one line: what it is, and what mends it."""
    first = finding.remedies[0] if finding.remedies else None
    if first is None:
        return finding.message
    return f"{finding.message} {first.title}{f': {first.command}' if first.command else '.'}"


def _examined(planned: Planned, dlv: str) -> Examined | None:
    from dapshim.delve.examining import examine

    return examine(planned, dlv)
