"""The plan for `attach`: to a process of this machine, or to a headless dlv."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from dapshim.plan import preparing
from dapshim.plan.facts import Facts
from dapshim.plan.outcome import Plan, PlanError
from dapshim.plan.preparing import Draft

SHOWN: Final = 20
"""Processes that an error lists at most."""

_NUMBER: Final = re.compile(r"\s*[0-9]{1,18}\s*")
"""A text of digits; more of them are no process of any system."""

NAMES_NOBODY: Final = '"processId" is missing: give the number of a process, the name of a program that runs, or "waitFor".'


def plan_attach(arguments: Mapping[str, Any], facts: Facts) -> Plan:
    """Return the plan for an attach with these arguments.

    Raises:
        PlanError: there is none; the message says what to change.

    """
    draft = preparing.begin("attach", arguments, facts)
    env = preparing.environment(draft)
    dlv = preparing.adapter(draft)
    wait_for = None
    if draft.mode == "remote":
        _plan_remote(draft)
    elif draft.elsewhere:
        _number_of_text(draft)
    else:
        wait_for = _plan_local(draft)
        # Delve 1.27.1 reads no "env" of an attach, so it must be in dlv's own environment.
        dlv = attrs.evolve(dlv, environment=env)
    return Plan("attach", draft.mode, draft.arguments, dlv, None, tuple(draft.notices), wait_for)


def _plan_remote(draft: Draft) -> None:
    if not draft.elsewhere:
        raise PlanError(
            '"port" is missing: in mode "remote" it is the port of the headless dlv that runs already ("host" is 127.0.0.1 '
            "when it is not given); or start dapshim with --connect HOST:PORT."
        )
    for name in ("processId", "waitFor"):
        if draft.given.get(name):
            raise PlanError(f'"mode": "remote" and "{name}" exclude each other: the headless dlv has its program already.')
    remote = draft.text("remotePath")
    if remote and not draft.given.get("substitutePath"):
        local = draft.text("cwd")
        here = draft.facts.variables.path("cwd", local) if local else draft.facts.workspace_folder
        if here != remote:
            draft.put("substitutePath", [{"from": here, "to": remote}])


def _plan_local(draft: Draft) -> str | None:
    """Settle which process is meant; return the name to wait for, if there is one."""
    wait_for = draft.text("waitFor")
    if wait_for and draft.given.get("processId"):
        raise PlanError('"processId" and "waitFor" exclude each other: attach to what runs, or wait for what is to come.')
    if wait_for:
        draft.drop("waitFor")
        draft.drop("processId")
        return wait_for
    _number_of_text(draft)
    wanted = draft.given.get("processId")
    if not wanted:
        raise PlanError(NAMES_NOBODY)
    if isinstance(wanted, str):
        draft.put("processId", _number_of_name(draft, wanted))
    return None


def _number_of_text(draft: Draft) -> None:
    wanted = draft.text("processId")
    if _NUMBER.fullmatch(wanted):
        draft.put("processId", int(wanted))


def _number_of_name(draft: Draft, name: str) -> int:
    if "${" in name:
        raise PlanError(
            f'"processId" is {name}, which only VS Code can ask for, and this client sent it as it is written; give the number '
            'of a process, the name of a program that runs, or "waitFor".'
        )
    found = draft.facts.processes.named(name)
    if not found:
        raise PlanError(f'"processId": no program named "{name}" runs; "waitFor" waits for one that will be started.')
    if len(found) > 1:
        lines = "\n".join(f'    "processId": {pid}   {line}' for pid, line in found[:SHOWN])
        more = f"\n    … and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise PlanError(f'"processId": "{name}" names {len(found)} processes. Say in launch.json which one:\n{lines}{more}')
    draft.note("processId", f'"{name}" is process {found[0][0]}: {found[0][1]}')
    return found[0][0]
