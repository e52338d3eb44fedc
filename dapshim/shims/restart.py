"""Restart that keeps the running program until its successor is sure to build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import trio

from dapshim.plan.outcome import Build, Plan, PlanError
from dapshim.proxy.adapter import StartError
from dapshim.proxy.arrivals import BUILDING_MODES
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.dlv_of_plan import START_IN_TERMINAL, source_of
from dapshim.proxy.shim import PASS, PROGRAM_LOST, Answer, Refuse, Shim, Verdict, on
from dapshim.wire import messages
from dapshim.wire.bodies import OutputBody
from dapshim.wire.messages import Message, words_of_failure

if TYPE_CHECKING:
    from dapshim.delve.planned import Planned
    from dapshim.delve.planner import Planner
    from dapshim.proxy.adapter import AdapterSource
    from dapshim.proxy.examination import Examination
    from dapshim.proxy.own_dlv import OwnDlv
    from dapshim.proxy.progress import Progress

PATIENCE: Final = 3600.0
"""Seconds that the build of a restart may take; `cancel` and `disconnect` end it at once."""

BUILDS_AND_LOADS: Final = 600.0
"""Seconds that a launch in the place of a restart may take: it builds again, what has not changed from the cache."""


class Restart(Shim):
    """Restart, in every mode.

    Delve ends the program before it builds, so an error in the code costs the session; it cannot restart an executable that it
    has not built, and it ignores a changed program, environment or build flag. Here the build comes first, and when it fails
    the program goes on running and the editor shows the error. A changed configuration gets a new dlv.
    """

    def __init__(self, planner: Planner, own: OwnDlv | None, progress: Progress, examination: Examination) -> None:
        """`own` starts dlv's; None when dapshim stands in front of one that ran already."""
        self._examination = examination
        self._planner = planner
        self._own = own
        self._progress = progress

    @on.request("restart", budget=PATIENCE, interrupted=Refuse("Failed to restart: it was interrupted.", error_id=3000))
    async def restart(self, request: Message) -> Verdict:
        """See that the restart will do what is meant."""
        current = self._planner.current
        if current is None or current.plan.mode == "remote":
            return PASS
        if current.plan.request != "launch":
            # Delve 1.27.1 fails too, but not before it has halted the program, and leaves a breakpoint in it, of which it dies.
            return _failed("a process that was attached to cannot be restarted; stop, start it again, and attach.")
        nested = _nested(request)
        try:
            planned = await self._planned(nested, current) if nested else current
        except (PlanError, StartError) as error:
            if isinstance(error, PlanError) and error.found is not None:
                self._planner.audience.refused(error.found)
            return _failed(str(error))
        wanted_old = nested.get("rebuild") is False
        same = _same(current.plan, planned.plan)
        output = self.session.binary if same else None
        if self._own is not None and planned.plan.build is not None and not wanted_old:
            text = await self._why_not(self._own, planned.plan.build, output)
            if text is not None:
                return _failed(text)
        if self._own is not None and not same:
            return await self._launch_anew(planned, self._own)
        self._planner.current = planned
        # What was just built into Delve's own file need not be built again.
        builds = planned.plan.mode in BUILDING_MODES and not wanted_old and output is None
        request.arguments["arguments"] = _for_delve(planned.plan.arguments, builds=builds)
        return PASS

    async def _planned(self, nested: dict[str, Any], current: Planned) -> Planned:
        """Plan it, say what is new, and examine the program, as at a launch.

        Raises:
            PlanError: nothing can come of it.
            StartError: there is no dlv for it.

        """
        planned = await self._planner.plan("launch", _filled(nested, current))
        for notice in self._planner.news(planned):
            await self.session.emit("output", OutputBody(output=f"dapshim: {notice.text}\n", category="console"))
        if self._own is None or planned.plan.dlv.connect is not None:
            return planned
        return await self._examination.passed(planned, self._own.find_for(planned).path, self.session)

    async def _why_not(self, own: OwnDlv, build: Build, output: str | None) -> str | None:
        """Build, and return the first error; what else was printed goes to the console."""
        from dapshim.delve.build_errors import output_bodies

        failure = None
        scope = trio.CancelScope()
        with scope, self._progress.shown(self.session, f"Building {build.directory}", scope.cancel):
            failure = await own.rebuild(build, output)
        if scope.cancelled_caught:
            return "the build was cancelled; the program goes on running."
        if failure is None:
            return None
        self._planner.audience.build_failed(failure)
        for body in output_bodies(failure):
            await self.session.emit("output", body)
        await self.session.emit("dapshim/buildErrors", {"errors": failure.as_json()})
        return failure.first_error

    async def _launch_anew(self, planned: Planned, own: OwnDlv) -> Verdict:
        """End the program and launch the other one in a dlv of its own, which the client takes for the same."""
        wanted = planned.plan.dlv
        try:
            path = "" if wanted.connect is not None else own.find_for(planned).path
        except StartError as error:
            return _failed(str(error))
        source = source_of(planned.plan, path, own, self.session)
        # Half of it would leave the client with a program that it knows nothing of; `disconnect` stops the build.
        verdict: Verdict = Refuse(
            f"Failed to restart: the program was not there after {BUILDS_AND_LOADS:.0f} s.", error_id=PROGRAM_LOST
        )
        with self.session.untorn(2 * START_IN_TERMINAL + BUILDS_AND_LOADS):
            verdict = await self._replaced(planned, source)
        return verdict  # noqa: RET504 - the scope may have ended first

    async def _replaced(self, planned: Planned, source: AdapterSource) -> Verdict:
        arguments = dict(planned.plan.arguments)
        try:
            await self.session.replace_adapter(source, messages.request("launch", arguments))
        except StartError as error:
            return _failed(str(error))
        self._planner.current = planned
        try:
            response = await self.session.call("launch", arguments, deadline=BUILDS_AND_LOADS)
        except OwnCallError as error:
            text = f"Failed to restart: {error}"
        else:
            if response.success:
                return Answer()
            text = words_of_failure(response) or "Failed to restart"
        await self.session.emit("terminated")
        return Refuse(text, error_id=PROGRAM_LOST)


def _failed(text: str) -> Refuse:
    """Say that there is no restart, and what was there before goes on."""
    return Refuse(f"Failed to restart: {text}", error_id=3000)


def _nested(request: Message) -> dict[str, Any]:
    """Return the nested arguments, empty when there are none of a launch."""
    nested = request.arguments.get("arguments")
    if not isinstance(nested, dict) or nested.get("request", "launch") != "launch":
        return {}
    return nested


def _filled(nested: dict[str, Any], current: Planned) -> dict[str, Any]:
    """Return what the nested arguments mean: a whole configuration, or what differs from the one that runs.

    Delve 1.27.1 takes a `restart` whose arguments are `{"request": "launch", "rebuild": false}` alone, and changes no more.
    """
    given = {name: value for name, value in nested.items() if name != "rebuild"}
    if "program" in given or "mode" in given:
        return given
    return {**current.arguments, **given}


def _same(current: Plan, planned: Plan) -> bool:
    """Whether the dlv that runs can do it; Delve 1.27.1 restarts no program that it does not debug."""
    from dapshim.plan.launching import same_program

    return same_program(current, planned) and not planned.arguments.get("noDebug")


def _for_delve(arguments: Mapping[str, Any], *, builds: bool) -> dict[str, Any]:
    """Return the nested arguments as Delve 1.27.1 reads them: it takes no others up, and rebuilds unless it is told not to."""
    return {**arguments, "request": "launch", **({} if builds else {"rebuild": False})}
