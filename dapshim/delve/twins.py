"""Programs that are debugged in the place of others, because a person has said so: for as long as dapshim runs.

A twin without optimisation is another program (`dapshim.heal.debug_twin`), so none is taken by itself. When the executable is
built anew, what was said of the one before counts no more.
"""

from __future__ import annotations

import os

import attrs

from dapshim.binary.opened import stamp_of
from dapshim.plan.outcome import Notice, Plan

Stamp = tuple[int, ...]


@attrs.frozen
class _Twin:
    stamp: Stamp
    path: str
    line: str


class Twins:
    """What stands for what. One for a language server; it is asked for each plan, in a thread."""

    def __init__(self) -> None:
        self._known: dict[str, _Twin] = {}

    def take(self, path: str, twin: str, line: str) -> None:
        """Have `twin` be debugged in the place of the executable at `path`, as it is now; `line` says so to a person.

        Raises:
            OSError: there is none.

        """
        self._known[os.path.realpath(path)] = _Twin(_stamp(path), twin, line)

    def applied(self, plan: Plan) -> Plan:
        """Return the plan, with the twin of its program where there is one."""
        program = plan.arguments.get("program")
        if not self._known or plan.request != "launch" or plan.mode != "exec" or not isinstance(program, str):
            return plan
        path = os.path.realpath(os.path.join(str(plan.arguments.get("dlvCwd") or ""), program))  # noqa: PTH118 - as dlv does
        twin = self._known.get(path)
        try:
            if twin is None or _stamp(path) != twin.stamp or not os.access(twin.path, os.X_OK):
                return plan
        except OSError:
            return plan
        notices = (*plan.notices, Notice(twin.line, twin.line))
        return attrs.evolve(plan, arguments={**plan.arguments, "program": twin.path}, notices=notices)


def _stamp(path: str) -> Stamp:
    return stamp_of(os.stat(path))  # noqa: PTH116 - a text, as everywhere on this way
