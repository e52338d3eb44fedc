"""The plans of one session: asks for them, and remembers which one is carried out.

Light, because every session has one from its first message on; what gathers the facts and plans is `planning.py`, which is
imported when a launch or attach needs it, in the thread where it works.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import trio

from dapshim.delve.audience import Audience
from dapshim.delve.go_answers import GoAnswers
from dapshim.delve.planned import Planned, Setting
from dapshim.delve.read_programs import ReadPrograms
from dapshim.golang.spelling import paths
from dapshim.options.layers import Options
from dapshim.plan.outcome import Notice


class Planner:
    """Makes the plans of one session; `current` is the one that was last carried out."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._told: set[str] = set()
        self.terminals = False
        """Whether the client runs programs in a terminal."""
        self.current: Planned | None = None
        self.executable = ""
        """What is debugged, of this machine: the person's own file where a copy of it runs; "" while that is not known."""

    def runs(self, executable: str) -> None:
        """Note what is debugged; what the kernel alone names has gone from the disk, or is in a container."""
        if executable.startswith("/proc/"):
            try:
                executable = os.readlink(executable).removesuffix(" (deleted)")  # noqa: PTH115 - the kernel's text
            except OSError:
                return
        self.executable = paths.abspath(executable)
        self.audience.runs(self.executable)

    @property
    def programs(self) -> ReadPrograms:
        """What was read of the programs of all sessions."""
        return self._setting.programs

    @property
    def answers(self) -> GoAnswers:
        """What go has said in all sessions."""
        return self._setting.answers

    @property
    def audience(self) -> Audience:
        """Who hears of the session, beside its client."""
        return self._setting.audience

    @property
    def options(self) -> Options:
        """The options of the program that is debugged; before there is one, those of this dapshim."""
        return self.current.options if self.current is not None else self._setting.options

    async def plan(self, request: Literal["launch", "attach"], arguments: Mapping[str, Any]) -> Planned:
        """Make a plan for these arguments.

        Raises:
            PlanError: there is none; the message is for the user.

        """
        return await trio.to_thread.run_sync(self._plan, request, dict(arguments), abandon_on_cancel=True)

    def _plan(self, request: Literal["launch", "attach"], arguments: dict[str, Any]) -> Planned:
        from dapshim.delve.planning import plan

        return plan(request, arguments, self._setting, terminals=self.terminals)

    def expected(self) -> Planned | None:
        """Return the plan of an attach that names a place alone, as it would be made now; None: there is none. Blocks."""
        from dapshim.plan.outcome import PlanError

        try:
            return self._plan("attach", {"mode": "remote", "host": "127.0.0.1", "port": 1})
        except PlanError:
            return None

    def news(self, planned: Planned) -> list[Notice]:
        """Return what the user has not been told yet, and take it for told."""
        options = [Notice(text, text) for text in planned.options.notices]
        found = [notice for notice in [*options, *planned.plan.notices] if notice.code not in self._told]
        self._told.update(notice.code for notice in found)
        return found
