"""Whether the go command will build a folder: what it would refuse is refused here, with the command that mends it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dapshim.golang.toolchain import GoEnv
from dapshim.golang.workspace import Workspace, WorkspaceError, read_workspace
from dapshim.plan.facts import Facts
from dapshim.plan.outcome import PlanError


def workspace_at(facts: Facts, directory: str, env: GoEnv, flags: Sequence[str]) -> Workspace:
    """Return the workspace as the go command sees it from `directory`.

    Raises:
        PlanError: GOWORK or GO111MODULE has a value that Go refuses.

    """
    if env.gowork not in ("", "off") and facts.files.kind(env.gowork) is None:
        raise PlanError(f'{env.gowork}, which GOWORK or the option "goWork" names, is not there.')
    try:
        return read_workspace(
            facts.files,
            directory,
            env.gowork or "off",
            env.go111module,
            env.gopath,
            [*env.goflags, *flags],
            goroot=env.goroot,
            gomodcache=env.gomodcache,
        )
    except WorkspaceError as error:
        raise PlanError(f"{error}.") from error


def check_buildable(space: Workspace, directory: str) -> None:
    """Refuse a folder that go does not build from the folder of this workspace.

    Raises:
        PlanError: it lies in no module, or in one that is not in use.

    """
    if space.missing:
        raise _missing(space)
    if space.kind == "gopath" or space.covers(directory) is not None:
        return
    nearest = space.nearest_module(directory)
    if space.kind == "work":
        if nearest is None:
            raise PlanError(_no_module(space, directory))
        raise _not_used(space, nearest.path, nearest.directory)
    if nearest is None:
        raise PlanError(_no_module(space, directory))
    if space.directory != directory:
        raise PlanError(_out_of_reach(space, directory, nearest.directory))


def is_buildable(space: Workspace, directory: str) -> bool:
    """Say whether go builds a folder from the folder of this workspace."""
    try:
        check_buildable(space, directory)
    except PlanError:
        return False
    return True


def _missing(space: Workspace) -> PlanError:
    from dapshim.diagnose.workspace_rules import missing_use

    found = missing_use(space, space.missing[0])
    return PlanError(f"{found.finding.message} {found.fixes[0].title} with: {found.fixes[0].command}", found)


def _not_used(space: Workspace, module: str, directory: str) -> PlanError:
    """Say that go.work leaves a module out, and both ways to mend that."""
    from dapshim.diagnose.workspace_rules import unused_module

    found = unused_module(space, module, directory)
    return PlanError(
        f"{found.finding.message} Add it with: {found.fixes[0].command}\n"
        'Or debug this session without the go.work: add "dapshim": {"goWork": "off"} to the launch configuration.',
        found,
    )


def _no_module(space: Workspace, directory: str) -> str:
    make = f"Make one with: cd {shlex.quote(directory)} && go mod init NAME"
    if space.kind == "work":
        return (
            f"{directory} lies in no module: there is no go.mod in it or above it, and {space.work_path} is in force. "
            f"{make} && go work use ."
        )
    return f"{directory} lies in no module: there is no go.mod in it or above it. {make}"


def _out_of_reach(space: Workspace, directory: str, module: str) -> str:
    """Say that the folder to build from, which only a person chooses, lies in another module than what is to be built."""
    respelt = space.respell(directory)
    if respelt is not None:
        return f'"program" is {directory}, which go knows as {respelt} in "dlvCwd", {space.directory}; write it so.'
    where = f"in module {space.modules[0].path}" if space.modules else "in no module"
    return (
        f'"dlvCwd" is {space.directory}, {where}, and go does not build {directory} from there: it belongs to the module in '
        f'{module}. Drop "dlvCwd", or let it be {module}.'
    )
