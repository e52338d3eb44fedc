"""Which program without debug info a session debugs: what several features look at. Light, because every session has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from dapshim.delve.program_state import ProgramState
    from dapshim.delve.stripped_program import StrippedProgram


@attrs.define(eq=False)
class Current:
    """The program without debug info that a session debugs now, None where it debugs none."""

    found: StrippedProgram | None = None
    state: ProgramState | None = None
    """Its last stop; None while it runs."""
