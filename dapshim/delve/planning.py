"""Gathers the facts that a plan rests on, from this machine, and has it made.

The plan itself is `dapshim.plan`'s, which reads nothing. What blocks (files, `go env`) is done in a thread.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, MutableMapping
from typing import Any, Final, Literal

import attrs

from dapshim.delve.go_command import GoCommand
from dapshim.delve.planned import Planned, Setting
from dapshim.delve.targets import find_targets, near_targets
from dapshim.delve.working_directory import working_directory
from dapshim.golang.files import CachedFiles, Files, RealFiles
from dapshim.golang.spelling import parent, paths
from dapshim.golang.toolchain import GoEnv, gos_on_path
from dapshim.options.layers import Options, OptionsError
from dapshim.options.option_files import read_project
from dapshim.options.sources import from_launch
from dapshim.options.table import named
from dapshim.plan.attaching import plan_attach
from dapshim.plan.environment import overlaid
from dapshim.plan.facts import Facts
from dapshim.plan.launching import plan_launch
from dapshim.plan.outcome import Plan, PlanError
from dapshim.plan.variables import Variables

FOLDER: Final = "workspaceFolder"


def plan(request: Literal["launch", "attach"], arguments: dict[str, Any], setting: Setting, *, terminals: bool) -> Planned:
    """Gather the facts and have the plan made; blocks for as long as `go env` and the disk take.

    Raises:
        PlanError: there is none; the message is for the user.

    """
    environ = dict(os.environ)
    heard: dict[Hashable, GoEnv] = {}
    facts, options = facts_for(arguments, setting, environ, CachedFiles(RealFiles()), terminals=terminals, heard=heard)
    made = plan_launch(arguments, facts) if request == "launch" else plan_attach(arguments, facts)
    if setting.twins is not None:
        made = setting.twins.applied(made)
    return Planned(_with_go_first(made, environ, facts.files), options, arguments, facts.workspace_folder, heard)


def facts_for(
    arguments: Mapping[str, Any],
    setting: Setting,
    environ: Mapping[str, str],
    files: CachedFiles,
    *,
    terminals: bool,
    heard: MutableMapping[Hashable, GoEnv] | None = None,
) -> tuple[Facts, Options]:
    """Return what a plan for these arguments rests on, and the options of the session; what go says is put into `heard`.

    Raises:
        PlanError: an option cannot be read.

    """
    options = _options(arguments, setting, environ)
    facts = Facts(
        files=files,
        environ=environ,
        cwd=working_directory(environ),
        home=_home(environ),
        go_command=GoCommand(options["go"], files, heard if heard is not None else {}, setting.answers),
        processes=MachineProcesses(),
        workspace_folder=_folder(options, setting, environ),
        connected=setting.connected,
        go_work=_go_work(options.text("goWork")),
        own_port=setting.own_port(),
        terminals=terminals,
    )
    return facts, options


def _options(arguments: Mapping[str, Any], setting: Setting, environ: Mapping[str, str]) -> Options:
    """Return the options of the session: this dapshim's, the launch's own, and those of the program's project."""
    try:
        options = _with_launch(arguments.get("dapshim"), setting, environ)
        folder = _folder(options, setting, environ)
        # In front of a dlv that ran already, the program's folder is another machine's.
        start = folder if setting.connected else _project_folder(arguments, folder, environ)
        project = read_project(start)
        if not project.values and not project.errors and start != folder:
            # A program may lie outside of its sources; what is open in the editor is the project then.
            opened = read_project(folder)
            project = attrs.evolve(opened, notices=tuple(dict.fromkeys((*project.notices, *opened.notices))))
        return options.extended(project)
    except OptionsError as error:
        raise PlanError("\n".join(error.errors)) from error


def _with_launch(found: object, setting: Setting, environ: Mapping[str, str]) -> Options:
    """Add the options of the launch, with their paths spelt out: a client may send them as they are written."""
    if found is None:
        return setting.options
    layer = from_launch(found)
    options = setting.options.extended(layer)
    variables = _variables(_folder(options, setting, environ), environ)
    spelt = {
        name: attrs.evolve(value, value=variables.path(name, variables.expanded(value.value)))
        for name, value in layer.values.items()
        if isinstance(value.value, str) and name != FOLDER and named(name).path and value.value not in named(name).words
    }
    return setting.options.extended(attrs.evolve(layer, values={**layer.values, **spelt}))


def _project_folder(arguments: Mapping[str, Any], folder: str, environ: Mapping[str, str]) -> str:
    """Return the folder from which the project's file is looked for: the program's, else the workspace folder."""
    program, chosen = arguments.get("program"), arguments.get("dlvCwd")
    if not isinstance(program, str) or not program:
        return folder
    variables = _variables(folder, environ)
    try:
        base = variables.path("dlvCwd", variables.expanded(chosen)) if isinstance(chosen, str) and chosen else folder
        path = variables.path("program", variables.expanded(program), base)
    except PlanError:
        return folder
    if RealFiles().kind(path) == "folder":
        return path
    return parent(path) if RealFiles().kind(parent(path)) == "folder" else folder


def _folder(options: Options, setting: Setting, environ: Mapping[str, str]) -> str:
    """Return the workspace folder: what the option says, else where dapshim runs."""
    here = working_directory(environ)
    written = options.text(FOLDER)
    if written is None:
        return here
    variables = _variables(here, environ)
    folder = variables.path(FOLDER, variables.expanded(written))
    if not setting.connected and RealFiles().kind(folder) != "folder":
        raise PlanError(f"{folder}, which {options[FOLDER].origin.place} names as the workspace folder, is no folder.")
    return folder


def _variables(folder: str, environ: Mapping[str, str]) -> Variables:
    return Variables(folder, _home(environ), working_directory(environ), environ)


def _go_work(written: str | None) -> str | None:
    """Return GOWORK for the session; Go refuses a path that is not absolute."""
    return written if written is None or written in named("goWork").words else paths.abspath(paths.expanduser(written))


def _home(environ: Mapping[str, str]) -> str:
    return environ.get("HOME") or environ.get("USERPROFILE") or paths.expanduser("~")


def _with_go_first(plan: Plan, environ: Mapping[str, str], files: Files) -> Plan:
    """See to it that dlv builds with the go command that was asked: an editor's PATH may lack it, or have another."""
    if plan.build is None:
        return plan
    seen = overlaid(environ, plan.build.environment)
    if gos_on_path(seen, files)[:1] == (plan.build.go,):
        return plan
    path = os.pathsep.join(filter(None, (parent(plan.build.go), seen.get("PATH", ""))))
    changes = {**plan.build.environment, "PATH": path}
    return attrs.evolve(plan, arguments={**plan.arguments, "env": changes}, build=attrs.evolve(plan.build, environment=changes))


class MachineProcesses:
    """The processes of this machine."""

    def named(self, name: str) -> tuple[tuple[int, str], ...]:
        """See `Processes.named` of `dapshim.plan.facts`; processes of which it is a part of the name are only offered."""
        found = find_targets(name)
        if not found:
            near = near_targets(name)
            found = near if len(near) > 1 else ()
        return tuple((target.pid, target.command_line.strip()) for target in found)
