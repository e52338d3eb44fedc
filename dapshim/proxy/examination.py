"""What is found in a program before it is debugged: said, refused where nothing can come of it, and mended where it can be.

Between the plan and the dlv that carries it out, at a launch, an attach and a restart. Each finding is said once in a session.
It never costs one: what takes too long, or fails, is left, and Delve has the word. What mends a program is `healing.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from dapshim.plan.outcome import CHECK_OFF, Plan, PlanError
from dapshim.wire.bodies import OutputBody

if TYPE_CHECKING:
    from dapshim.delve.audience import Audience
    from dapshim.delve.examining import Examined
    from dapshim.delve.planned import Planned
    from dapshim.delve.versions import Mismatch
    from dapshim.diagnose.finding import Finding
    from dapshim.diagnose.placed import Placed
    from dapshim.proxy.healing import Healing
    from dapshim.proxy.shim import SessionApi

log = logging.getLogger(__name__)

PATIENCE: Final = 1.0
"""Seconds that a launch waits for its examination: a program of 100 MB takes 0.3, and no hostile file may hold one up."""

_MENDED_BY_FLAG: Final = "go-version"
_TRIED: Final = f"{{}} It is launched all the same, with {CHECK_OFF}; what Delve shows may be wrong."

_BY_THE_PLAN: Final = {"no-dwarf": "ldflags", "optimized": "gcflags"}
"""Findings of a debug build's flags, and the notice of the plan that has named the same flag already."""


class Examination:
    """Examines the programs of one session."""

    def __init__(self, healing: Healing | None = None, audience: Audience | None = None) -> None:
        """`healing` is None where dapshim stands in front of a dlv that ran already; `audience` hears what is found."""
        self._healing = healing
        self._audience = audience
        self._told: set[tuple[str, str]] = set()
        self.examined: Examined | None = None
        """What was found of the program that is debugged; None where nothing was there to be examined."""

    async def passed(self, planned: Planned, dlv: str, session: SessionApi) -> Planned:
        """Return the plan with which Delve can do its work; say what the person should know of the program.

        Raises:
            PlanError: nothing can come of it; the message is the finding's, with its remedy.

        """
        planned = await self._compare_versions(planned, dlv, session)
        preflight = planned.options.text("preflight")
        examined = await self._examined(planned, dlv) if preflight != "off" else None
        if examined is None:
            self.examined = None
            return planned
        planned, left = await self._mended(planned, examined, session)
        errors = [each for each in left if each.severity == "error"]
        if errors and preflight != "warn":
            # The answer to the launch says it, and what else was found matters when there is a launch.
            told = set(self._told)
            await self.tell(left, examined, session, quietly=left)
            self._told = told
            raise PlanError(_with_remedy(errors[0]))
        self.examined = examined
        notices = {notice.code for notice in planned.plan.notices}
        await self.tell(left, examined, session, quietly=[each for each in left if _BY_THE_PLAN.get(each.code) in notices])
        return planned

    async def _examined(self, planned: Planned, dlv: str) -> Examined | None:
        """Examine it in a thread, which is left alone when it takes too long."""
        try:
            with trio.move_on_after(PATIENCE):
                return await trio.to_thread.run_sync(_examine, planned, dlv, abandon_on_cancel=True)
            log.info("the program was not examined within %g s; it is launched as it is", PATIENCE)
        except Exception:
            log.exception("the program could not be examined; it is launched as it is")
        return None

    async def _mended(self, planned: Planned, examined: Examined, session: SessionApi) -> tuple[Planned, list[Finding]]:
        """Return the plan that goes around what can be gone around, and the findings that are left as they are."""
        left = []
        for each in examined.findings:
            if each.code == _MENDED_BY_FLAG and planned.options.text("heal") == "auto":
                planned = attrs.evolve(planned, plan=_with_flag(planned.plan, CHECK_OFF))
                left.append(attrs.evolve(each, severity=type(each.severity).WARNING, message=_TRIED.format(each.message)))
                continue
            healed = await self._healing.mended(each.code, planned, examined, session) if self._healing is not None else None
            planned = healed.planned if healed is not None else planned
            if healed is not None and healed.line:
                await self._say(healed.line, session)
            if healed is None or not healed.settled:
                left.append(each)
            else:
                self._told.add((each.code, each.where))  # there is nothing left to be told of it
        return planned, left

    async def _say(self, line: str, session: SessionApi) -> None:
        if ("heal", line) not in self._told:
            self._told.add(("heal", line))
            await session.emit("output", OutputBody(output=f"dapshim: {line}\n", category="console"))

    def saw_debug_info(self, path: str) -> bool:
        """Whether the executable at this path was examined, and has DWARF."""
        binary = self.examined.facts.binary if self.examined is not None else None
        return binary is not None and binary.file.path == path and binary.dwarf is not None and bool(binary.dwarf.units)

    def was_told(self, code: str) -> bool:
        """Whether a finding of this code was told in this session."""
        return any(told == code for told, _ in self._told)

    async def tell(
        self,
        findings: Iterable[Finding],
        examined: Examined,
        session: SessionApi,
        *,
        quietly: Collection[Finding] = (),
        before: bool = False,
    ) -> None:
        """Say each finding above `info` in one line, but for those of `quietly`; send all as data, once in a session.

        `before`: ahead of the event that is handled.
        """
        new = [each for each in findings if (each.code, each.where) not in self._told]
        self._told.update((each.code, each.where) for each in new)
        for each in new:
            log.debug("%s (%s): %s", each.code, each.severity, _with_remedy(each))
            if each.severity != "info" and each not in quietly:
                line = f"dapshim: {_with_remedy(each)}\n"
                await session.emit("output", OutputBody(output=line, category="important"), before=before)
        if new and self._audience is not None:
            self._audience.findings(examined.facts.where, new)
        if new:
            await session.emit("dapshim/findings", _body(examined, new), before=before)

    async def _compare_versions(self, planned: Planned, dlv: str, session: SessionApi) -> Planned:
        """Say that this dlv and this Go do not go together, with the command that mends it, and have Delve try all the same."""
        build = planned.plan.build
        if build is None or not build.go_version or CHECK_OFF in planned.plan.dlv.flags:
            return planned
        from dapshim.delve.versions import DlvVersionUnknown, known_version, matches

        try:
            version = await trio.to_thread.run_sync(known_version, dlv)
        except DlvVersionUnknown:
            return planned
        mismatch = matches(version, build.go_version)
        if mismatch is None:
            return planned
        tried = mismatch.checked and planned.options.text("heal") == "auto"
        if (_MENDED_BY_FLAG, mismatch.text) not in self._told:
            self._told.add((_MENDED_BY_FLAG, mismatch.text))
            all_the_same = f" It is debugged all the same ({CHECK_OFF}), and what Delve shows may be wrong." if tried else ""
            line = f"dapshim: {mismatch.text}. Mend it with: {mismatch.command}.{all_the_same}\n"
            await session.emit("output", OutputBody(output=line, category="console"))
            if self._audience is not None:
                self._audience.refused(_other_dlv(mismatch, dlv))
        return attrs.evolve(planned, plan=_with_flag(planned.plan, CHECK_OFF)) if tried else planned


def _other_dlv(mismatch: Mismatch, dlv: str) -> Placed:
    from dapshim.diagnose.debugger_rules import wrong_dlv

    return wrong_dlv(mismatch.text, mismatch.command, dlv)


def _body(examined: Examined, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return the body of `dapshim/findings`; what can be debugged is said of a program that was looked at."""
    body: dict[str, Any] = {"file": examined.facts.where}
    if examined.facts.binary is not None:
        verdicts = examined.verdicts
        body |= {"plain": attrs.asdict(verdicts.plain), "dapshim": attrs.asdict(verdicts.dapshim)}
    return {**body, "findings": [each.as_json() for each in findings]}


def _with_flag(plan: Plan, flag: str) -> Plan:
    """Return a plan whose dlv gets one more flag."""
    return attrs.evolve(plan, dlv=attrs.evolve(plan.dlv, flags=(*plan.dlv.flags, flag)))


def _with_remedy(finding: Finding) -> str:
    """Return a finding in one line: what it is, and what mends it."""
    first = finding.remedies[0] if finding.remedies else None
    if first is None:
        return finding.message
    return f"{finding.message} {first.title}{f': {first.command}' if first.command else '.'}"


def _examine(planned: Planned, dlv: str) -> Examined | None:
    from dapshim.delve.examining import examine

    return examine(planned, dlv)
