"""What plans are made under, and what comes of it: shared by who asks for a plan and who makes it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import attrs

from dapshim.delve.audience import Audience
from dapshim.delve.go_answers import GoAnswers
from dapshim.delve.read_programs import ReadPrograms
from dapshim.options.layers import Options, resolve
from dapshim.plan.outcome import Plan

if TYPE_CHECKING:
    from dapshim.delve.twins import Twins
    from dapshim.golang.toolchain import GoEnv


@attrs.frozen
class Setting:
    """What holds for all sessions of one dapshim.

    `connected`: it stands in front of a dlv that ran already. `own_port` tells at which port it listens, if at one.
    """

    options: Options = attrs.field(factory=lambda: resolve(()))
    connected: bool = False
    own_port: Callable[[], int | None] = lambda: None
    programs: ReadPrograms = attrs.field(factory=ReadPrograms, eq=False, repr=False)
    """What was read of the programs of all sessions."""
    answers: GoAnswers = attrs.field(factory=GoAnswers, eq=False, repr=False)
    """What go has said in all sessions."""
    audience: Audience = attrs.field(factory=Audience, eq=False, repr=False)
    """Who hears of the session, beside its client."""
    twins: Twins | None = attrs.field(default=None, eq=False, repr=False)
    """What is debugged in the place of other programs."""


@attrs.frozen
class Planned:
    """A plan, and the options that hold for the session."""

    plan: Plan
    options: Options
    arguments: Mapping[str, Any] = attrs.field(factory=dict)
    """What the plan was made for, as the client sent it."""
    folder: str = ""
    """The workspace folder, as it is spelt."""
    heard: MutableMapping[Hashable, GoEnv] = attrs.field(factory=dict, eq=False, repr=False)
    """What go said while the plan was made, see `GoCommand`."""
    origin: str = ""
    """The person's executable, where the plan has an equal copy of it run; else ""."""
