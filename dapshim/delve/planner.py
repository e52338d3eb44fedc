"""The plans of one session: asks for them, and remembers which one is carried out.

Light, because every session has one from its first message on; what gathers the facts and plans is `planning.py`, which is
imported when a launch or attach needs it, in the thread where it works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs
import trio

from dapshim.options.layers import Options, resolve
from dapshim.plan.outcome import Notice, Plan


@attrs.frozen
class Setting:
    """What holds for all sessions of one dapshim.

    `connected`: it stands in front of a dlv that ran already. `own_port` tells at which port it listens, if at one.
    """

    options: Options = attrs.field(factory=lambda: resolve(()))
    connected: bool = False
    own_port: Callable[[], int | None] = lambda: None


@attrs.frozen
class Planned:
    """A plan, and the options that hold for the session."""

    plan: Plan
    options: Options
    arguments: Mapping[str, Any] = attrs.field(factory=dict)
    """What the plan was made for, as the client sent it."""


class Planner:
    """Makes the plans of one session; `current` is the one that was last carried out."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._told: set[str] = set()
        self.terminals = False
        """Whether the client runs programs in a terminal."""
        self.current: Planned | None = None

    async def plan(self, request: Literal["launch", "attach"], arguments: Mapping[str, Any]) -> Planned:
        """Make a plan for these arguments.

        Raises:
            PlanError: there is none; the message is for the user.

        """
        return await trio.to_thread.run_sync(self._plan, request, dict(arguments), abandon_on_cancel=True)

    def _plan(self, request: Literal["launch", "attach"], arguments: dict[str, Any]) -> Planned:
        from dapshim.delve.planning import plan

        return plan(request, arguments, self._setting, terminals=self.terminals)

    def news(self, planned: Planned) -> list[Notice]:
        """Return what the user has not been told yet, and take it for told."""
        options = [Notice(text, text) for text in planned.options.notices]
        found = [notice for notice in [*options, *planned.plan.notices] if notice.code not in self._told]
        self._told.update(notice.code for notice in found)
        return found
