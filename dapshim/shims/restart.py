"""Restart that keeps the running program until its successor is sure to build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import trio

from dapshim.plan.outcome import Build, PlanError
from dapshim.proxy.adapter import StartError
from dapshim.proxy.dlv_of_plan import source_of
from dapshim.proxy.shim import PASS, Answer, Refuse, Shim, Verdict, on
from dapshim.wire import messages
from dapshim.wire.bodies import OutputBody
from dapshim.wire.messages import Message, words_of_failure

if TYPE_CHECKING:
    from dapshim.delve.planner import Planned, Planner
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

    def __init__(self, planner: Planner, own: OwnDlv | None, progress: Progress) -> None:
        """`own` starts dlv's; None when dapshim stands in front of one that ran already."""
        self._planner = planner
        self._own = own
        self._progress = progress

    @on.request("restart", budget=PATIENCE)
    async def restart(self, request: Message) -> Verdict:
        """See that the restart will do what is meant."""
        current = self._planner.current
        if current is None or current.plan.request != "launch":
            return PASS
        nested = request.arguments.get("arguments")
        changed = isinstance(nested, dict) and nested.get("request", "launch") == "launch"
        try:
            planned = await self._planner.plan("launch", nested) if changed and isinstance(nested, dict) else current
            for notice in self._planner.news(planned):
                await self.session.emit("output", OutputBody(output=f"dapshim: {notice.text}\n", category="console"))
        except PlanError as error:
            return Refuse(f"Failed to restart: {error}", error_id=3000)
        text = await self._why_not(planned.plan.build)
        if text is not None:
            return Refuse(f"Failed to restart: {text}", error_id=3000)
        from dapshim.plan.launching import same_program

        same = same_program(current.plan, planned.plan) and not planned.plan.arguments.get("noDebug")
        if self._own is not None and not same:
            return await self._launch_anew(planned, self._own)
        self._planner.current = planned
        request.arguments["arguments"] = _for_delve(planned.plan.arguments, builds=planned.plan.build is not None)
        return PASS

    async def _why_not(self, build: Build | None) -> str | None:
        """Build, and return the first error; what else was printed goes to the console."""
        if build is None:
            return None
        from dapshim.delve.build_errors import output_bodies
        from dapshim.delve.rebuild import rebuild

        failure = None
        scope = trio.CancelScope()
        with scope, self._progress.shown(self.session, f"Building {build.directory}", scope.cancel):
            failure = await rebuild(build, self.session.binary)
        if scope.cancelled_caught:
            return "the build was cancelled; the program goes on running."
        if failure is None:
            return None
        for body in output_bodies(failure):
            await self.session.emit("output", body)
        return failure.first_error

    async def _launch_anew(self, planned: Planned, own: OwnDlv) -> Verdict:
        """End the program and launch the other one in a dlv of its own, which the client takes for the same."""
        arguments = dict(planned.plan.arguments)
        launch = messages.request("launch", arguments)
        wanted = planned.plan.dlv
        try:
            path = "" if wanted.connect is not None else own.find_for(planned).path
            await self.session.replace_adapter(source_of(planned.plan, path, own, self.session), launch)
        except StartError as error:
            return Refuse(f"Failed to restart: {error}", error_id=3000)
        self._planner.current = planned
        response = await self.session.call("launch", arguments, deadline=BUILDS_AND_LOADS)
        if response.success:
            return Answer()
        await self.session.emit("terminated")
        return Refuse(words_of_failure(response) or "Failed to restart", error_id=3000)


def _for_delve(arguments: Mapping[str, Any], *, builds: bool) -> dict[str, Any]:
    """Return the nested arguments as Delve 1.27.1 reads them: it takes no others up, and rebuilds unless it is told not to."""
    return {**arguments, "request": "launch", **({} if builds else {"rebuild": False})}
