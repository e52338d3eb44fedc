"""Gathers the facts that a plan rests on, from this machine, and has it made; one for each session.

The plan itself is `dapshim.plan`'s, which reads nothing. What blocks (files, `go env`) is done in a thread.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import attrs
import trio

from dapshim.delve.targets import find_targets, near_targets
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.spelling import parent, paths
from dapshim.golang.toolchain import ENV_COMMAND, GoEnv, ToolchainError, find_gos, gos_on_path, parse_env
from dapshim.options.layers import Options, OptionsError, resolve
from dapshim.options.option_files import read_project
from dapshim.options.sources import from_launch
from dapshim.plan.attaching import plan_attach
from dapshim.plan.environment import overlaid
from dapshim.plan.facts import Facts
from dapshim.plan.launching import plan_launch
from dapshim.plan.outcome import Notice, Plan, PlanError
from dapshim.plan.variables import Variables

GO_LIMIT: Final = 300.0
"""Seconds that `go env` may take: it may have to download the toolchain that go.mod asks for."""


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

    def news(self, planned: Planned) -> list[Notice]:
        """Return what the user has not been told yet, and take it for told."""
        options = [Notice(text, text) for text in planned.options.notices]
        found = [notice for notice in [*options, *planned.plan.notices] if notice.code not in self._told]
        self._told.update(notice.code for notice in found)
        return found

    def _plan(self, request: Literal["launch", "attach"], arguments: dict[str, Any]) -> Planned:
        environ = dict(os.environ)
        options = self._options(arguments, environ)
        files = CachedFiles(RealFiles())
        facts = Facts(
            files=files,
            environ=environ,
            cwd=_working_directory(environ),
            home=_home(environ),
            go_command=GoCommand(options.text("go"), files),
            processes=MachineProcesses(),
            workspace_folder=self._folder(options, environ),
            connected=self._setting.connected,
            go_work=options.text("goWork"),
            own_port=self._setting.own_port(),
            terminals=self.terminals,
        )
        plan = plan_launch(arguments, facts) if request == "launch" else plan_attach(arguments, facts)
        return Planned(_with_go_first(plan, environ, files), options)

    def _options(self, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> Options:
        """Return the options of the session: this dapshim's, the launch's own, and those of the program's project."""
        layers = [from_launch(arguments["dapshim"])] if arguments.get("dapshim") is not None else []
        try:
            options = self._setting.options.extended(*layers)
            if self._setting.connected:
                return options
            return options.extended(read_project(self._project_folder(arguments, options, environ)))
        except OptionsError as error:
            raise PlanError("\n".join(error.errors)) from error

    def _project_folder(self, arguments: Mapping[str, Any], options: Options, environ: Mapping[str, str]) -> str:
        """Return the folder from which the project's file is looked for: the program's, else the workspace folder."""
        folder = self._folder(options, environ)
        program = arguments.get("program")
        if not isinstance(program, str) or not program:
            return folder
        variables = Variables(folder, _home(environ), _working_directory(environ), environ)
        try:
            path = variables.path("program", variables.expanded(program))
        except PlanError:
            return folder
        if RealFiles().kind(path) == "folder":
            return path
        return parent(path) if RealFiles().kind(parent(path)) == "folder" else folder

    @staticmethod
    def _folder(options: Options, environ: Mapping[str, str]) -> str:
        named = options.text("workspaceFolder")
        here = _working_directory(environ)
        if named is None:
            return here
        return Variables(here, _home(environ), here, environ).path("workspaceFolder", named)


def _working_directory(environ: Mapping[str, str]) -> str:
    """Return where dapshim runs, as PWD spells it when that is right: a symlinked workspace is opened by its link."""
    spelt = environ.get("PWD", "")
    try:
        if paths.isabs(spelt) and paths.samefile(spelt, "."):
            return paths.normpath(spelt)
    except OSError:
        pass
    return os.getcwd()  # noqa: PTH109 - texts, as everywhere on this way


def _home(environ: Mapping[str, str]) -> str:
    return environ.get("HOME") or environ.get("USERPROFILE") or paths.expanduser("~")


def _with_go_first(plan: Plan, environ: Mapping[str, str], files: CachedFiles) -> Plan:
    """See to it that dlv builds with the go command that was asked: an editor's PATH may lack it, or have another."""
    if plan.build is None:
        return plan
    seen = overlaid(environ, plan.build.environment)
    if gos_on_path(seen, files)[:1] == (plan.build.go,):
        return plan
    path = os.pathsep.join(filter(None, (parent(plan.build.go), seen.get("PATH", ""))))
    changes = {**plan.build.environment, "PATH": path}
    return attrs.evolve(plan, arguments={**plan.arguments, "env": changes}, build=attrs.evolve(plan.build, environment=changes))


@attrs.frozen
class GoCommand:
    """The go commands of this machine; `named` is the one that an option names."""

    named: str | None
    files: CachedFiles

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        """See `Go.env` of `dapshim.plan.facts`."""
        go = self._go(environ)
        command = [go, *ENV_COMMAND]
        try:
            asked = subprocess.run(  # noqa: S603 - the person's own go
                command,
                cwd=directory,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=GO_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ToolchainError(f"{go} env did not answer in {directory} within {GO_LIMIT:.0f} s.") from error
        except OSError as error:
            raise ToolchainError(f"{go} cannot be run in {directory}: {error.strerror or error}.") from error
        return parse_env(asked.stdout, go=go, environ=environ, files=self.files, stderr=asked.stderr)

    def _go(self, environ: Mapping[str, str]) -> str:
        if self.named is not None:
            if not self.files.executable(self.named):
                raise ToolchainError(f"{self.named}, which the option go names, is not there or cannot be run.")
            return self.named
        found = find_gos(environ, self.files)
        if not found:
            raise ToolchainError(
                "The go command was not found: neither on the PATH nor in the usual places. Install Go, or "
                'name it: "dapshim": {"go": "/path/to/go"}.'
            )
        return found[0]


class MachineProcesses:
    """The processes of this machine."""

    def named(self, name: str) -> tuple[tuple[int, str], ...]:
        """See `Processes.named` of `dapshim.plan.facts`; processes of which it is a part of the name are only offered."""
        found = find_targets(name)
        if not found:
            near = near_targets(name)
            found = near if len(near) > 1 else ()
        return tuple((target.pid, target.command_line.strip()) for target in found)
