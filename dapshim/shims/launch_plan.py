"""The right dlv, in the right place, with the right arguments, for every editor."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import attrs
import trio

from dapshim.delve.capabilities import CAPABILITIES
from dapshim.plan.outcome import Plan, PlanError
from dapshim.proxy.adapter import NoDlvError, StartError
from dapshim.proxy.dlv_of_plan import source_of
from dapshim.proxy.shim import HIDE, PASS, Answer, Refuse, Shim, Verdict, on
from dapshim.wire.bodies import OutputBody
from dapshim.wire.messages import Message, words_of_failure

if TYPE_CHECKING:
    from dapshim.delve.planned import Planned
    from dapshim.delve.planner import Planner
    from dapshim.proxy.examination import Examination
    from dapshim.proxy.own_dlv import OwnDlv

PLANNING: Final = 600.0
"""Seconds that a launch may wait for its plan: go may have to download the toolchain that go.mod asks for."""

FOREVER: Final = 7 * 24 * 3600.0
"""Seconds that an attach may wait for its process; `disconnect` ends it."""


class LaunchPlan(Shim):
    """What works with vscode-go's own adapter works with every editor.

    dapshim reads the launch configuration as vscode-go does, which Delve itself does not: `mode: auto`, `envFile`, `args` as a
    text, `${workspaceFolder}` and `~`, `dlvToolPath`, `dlvFlags`, `console`, `port`, a process by its name. It builds in the
    module that the program belongs to, finds the only program below a folder, and says before anything is started what cannot
    work and what to change.
    """

    def __init__(self, planner: Planner, own: OwnDlv | None, examination: Examination) -> None:
        """`own` starts dlv's; None when dapshim stands in front of one that ran already."""
        self._planner = planner
        self._own = own
        self._examination = examination
        self._process: int | None = None
        self._begun = False
        """Whether something is being debugged, or Delve is about to begin with it: another launch is then Delve's to refuse."""
        self._answered = False
        """Whether Delve has said that it did begin."""
        self._terminated = False
        """Whether the client was told the end, after a launch that was refused."""

    @on.request("initialize")
    def introduce(self, request: Message) -> Verdict:
        """Note what the client can do; answer in Delve's place while there is no dlv."""
        try:
            self._planner.terminals = request.arguments.get("supportsRunInTerminalRequest") is True
        finally:
            request.discard()
        return PASS if self.session.has_adapter else Answer(CAPABILITIES)

    @on.request("launch", budget=PLANNING, interrupted=Refuse("Failed to launch: it was interrupted.", error_id=3000))
    async def launch(self, request: Message) -> Verdict:
        """Plan the launch and see to the dlv that it needs."""
        return await self._begin("launch", request)

    @on.request("attach", budget=FOREVER, interrupted=Refuse("Failed to attach: it was interrupted.", error_id=3001))
    async def attach(self, request: Message) -> Verdict:
        """Plan the attach, wait for the process when that is asked for, and see to the dlv."""
        return await self._begin("attach", request)

    async def _begin(self, kind: Literal["launch", "attach"], request: Message) -> Verdict:
        if self._begun:
            return PASS
        self._terminated = False
        try:
            planned = await self._planner.plan(kind, request.arguments)
            for notice in self._planner.news(planned):
                await self._say(notice.text)
            planned = await self._waited_for(planned)
            if self._own is not None:
                planned = await self._see_to_dlv(planned, self._own)
        except (PlanError, StartError) as error:
            self._tell_why(error)
            return await self._refuse(kind, str(error))
        self._planner.current = planned
        arguments = dict(planned.plan.arguments)
        if arguments != request.arguments:
            request.data["arguments"] = arguments
        wanted = arguments.get("processId")
        self._process = wanted if kind == "attach" and isinstance(wanted, int) else None
        self._begun = True  # until Delve says otherwise: another launch may come before its answer
        return PASS

    def _tell_why(self, error: PlanError | StartError) -> None:
        """Tell who listens beside the client what mends it."""
        found = error.found if isinstance(error, PlanError) else None
        if isinstance(error, NoDlvError):
            from dapshim.diagnose.debugger_rules import no_dlv

            found = no_dlv(str(error))
        if found is not None:
            self._planner.audience.refused(found)

    async def _refuse(self, kind: str, text: str) -> Verdict:
        """Say why, and end the session as a program's end would: nothing was started."""
        await self.session.emit("output", OutputBody(output=f"dapshim: {text}\n", category="stderr"))
        await self.session.emit("terminated")
        self._terminated = True
        return Refuse(f"Failed to {kind}: {text}", error_id=3000 if kind == "launch" else 3001)

    async def _say(self, text: str) -> None:
        await self.session.emit("output", OutputBody(output=f"dapshim: {text}\n", category="console"))

    async def _waited_for(self, planned: Planned) -> Planned:
        """Return the plan with the number of the process that was waited for."""
        plan = planned.plan
        if not plan.wait_for:
            return planned
        from dapshim.delve.targets import wait_for_target

        found = await wait_for_target(plan.wait_for, running_too=True)
        await self._say(f'"{plan.wait_for}" is process {found.pid}: {found.command_line}')
        return attrs.evolve(planned, plan=attrs.evolve(plan, arguments={**plan.arguments, "processId": found.pid}))

    @on.event("terminated")
    def end_once(self, _event: Message) -> Verdict:
        """Hide what Delve 1.27.1 says at every `disconnect` when the end was told already."""
        return HIDE if self._terminated else PASS

    # -- which dlv -------------------------------------------------------------------------------------------------------------

    async def _see_to_dlv(self, planned: Planned, own: OwnDlv) -> Planned:
        """Replace the dlv that runs by the one that is needed, unless that is the same; return the plan that it carries out.

        Raises:
            StartError: it cannot be had.
            PlanError: nothing can come of what it is to debug.

        """
        if planned.plan.dlv.connect is not None:
            await self.session.replace_adapter(source_of(planned.plan, "", own, self.session))
            return planned
        found = own.find_for(planned)
        if found.notice:
            await self._say(found.notice)
        planned = await self._examination.passed(planned, found.path, self.session)
        if not (planned.plan.dlv.any_will_do and self.session.has_adapter and found.path == _default(own)):
            await self.session.replace_adapter(source_of(planned.plan, found.path, own, self.session))
        return planned

    # -- what Delve answers ----------------------------------------------------------------------------------------------------

    @on.response("launch")
    def begun(self, response: Message) -> None:
        """Note whether there is a session now."""
        self._note(response)

    @on.response("attach")
    async def explain(self, response: Message) -> None:
        """Say why a process cannot be attached to, where Delve only says that it is not permitted."""
        self._note(response)
        plan = self._planner.current.plan if self._planner.current is not None else None
        if response.success or plan is None:
            return
        text = await self._reason(plan, words_of_failure(response))
        if text:
            _append(response, text)

    def _note(self, response: Message) -> None:
        """Only the first answer can tell that nothing has begun: Delve refuses each later launch since something has."""
        if not self._answered:
            self._begun = self._answered = response.success

    async def _reason(self, plan: Plan, said: str) -> str | None:
        if plan.mode == "remote":
            if "no debugger found" not in said:
                return None
            where = "{}:{}".format(*plan.dlv.connect) if plan.dlv.connect is not None else "there"
            return (
                f"What listens at {where} is a plain `dlv dap`, which has no program yet. Start it as: "
                "dlv debug --headless --accept-multiclient --listen=… (or dlv exec, dlv attach)."
            )
        if self._process is None or self._own is None:
            return None
        from dapshim.delve.attaching import why_not_attach

        return await trio.to_thread.run_sync(partial(why_not_attach, self._process, refused="not permitted" in said))


def _default(own: OwnDlv) -> str | None:
    """Return the dlv that a session starts with."""
    try:
        return own.find().path
    except NoDlvError:
        return None


def _append(response: Message, text: str) -> None:
    """Put our words behind Delve's."""
    error = response.body.get("error")
    if isinstance(error, dict) and isinstance(error.get("format"), str):
        error["format"] = f"{error['format']}. {text}"
    else:
        response.data["message"] = f"{response.data.get('message', '')}. {text}"
