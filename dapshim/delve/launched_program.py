"""Which program a launch.json debugs: planned as it would be at F5, and not built."""

from __future__ import annotations

from typing import Any

from dapshim.delve.checkup_files import TYPES, for_this_system, read_json_file
from dapshim.delve.planned import Setting
from dapshim.delve.planning import plan
from dapshim.diagnose.breakpoint_facts import QuestionError
from dapshim.golang.files import RealFiles
from dapshim.golang.spelling import parent
from dapshim.options.layers import Options, OptionsError
from dapshim.options.sources import from_command_line
from dapshim.plan.outcome import Plan, PlanError


def launched(path: str, name: str | None, options: Options) -> Plan:
    """Return the plan of a configuration: the one of that name, else the first of Go that launches something.

    Raises:
        QuestionError: the file cannot be read, has no such configuration, or it cannot work.

    """
    file = read_json_file(RealFiles(), path)
    if file.document.faults:
        fault = file.document.faults[0]
        line = file.document.position(fault.start).line
        raise QuestionError(f"{path}:{line}: {fault.message}")
    listed = file.document.root.get("configurations")
    plain = [each.plain for each in listed.items] if listed is not None else []
    found = [for_this_system(each) for each in plain if isinstance(each, dict) and each.get("type") in TYPES]
    chosen = _chosen(path, found, name)
    # A launch.json stands in .vscode of the folder that the editor has open.
    folder = parent(parent(path)) if parent(path).endswith(".vscode") else parent(path)
    try:
        setting = Setting(options.extended(from_command_line({"workspaceFolder": folder})))
        return plan("launch", chosen, setting, terminals=True).plan
    except (PlanError, OptionsError) as error:
        raise QuestionError(f"{path}: {chosen.get('name', 'a configuration')}: {error}") from error


def _chosen(path: str, found: list[dict[str, Any]], name: str | None) -> dict[str, Any]:
    if name is not None:
        for each in found:
            if each.get("name") == name:
                return each
        names = ", ".join(str(each.get("name")) for each in found) or "none of Go"
        raise QuestionError(f'{path} has no configuration "{name}"; it has {names}')
    for each in found:
        if each.get("request") == "launch":
            return each
    raise QuestionError(f"{path} has no configuration of Go that launches a program")
