"""The plan for `launch`: debug, test, exec, replay, core and auto."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from dapshim.golang.spelling import join
from dapshim.golang.toolchain import GoEnv, ToolchainError
from dapshim.plan import preparing
from dapshim.plan.environment import overlaid
from dapshim.plan.facts import Facts
from dapshim.plan.flags import BuildFlags, mended
from dapshim.plan.outcome import Build, Notice, Plan, PlanError
from dapshim.plan.preparing import Draft
from dapshim.plan.program import Target, Wanted, resolve
from dapshim.plan.words import split_args

BUILDING: Final = frozenset({"debug", "test"})
"""Modes in which dlv builds the program."""

NEEDED: Final = {
    "debug": ("program", "the folder of a package main, or one of its files"),
    "test": ("program", "the folder of the tests, or one of their files"),
    "exec": ("program", "the path of an executable"),
    "core": ("program", "the path of the executable that left the core file"),
}


def plan_launch(arguments: Mapping[str, Any], facts: Facts) -> Plan:
    """Return the plan for a launch with these arguments.

    Raises:
        PlanError: there is none; the message says what to change.

    """
    draft = preparing.begin("launch", arguments, facts)
    _choose_mode(draft)
    _check_whole(draft)
    if isinstance(draft.given.get("args"), str):
        draft.put("args", split_args(draft.given["args"]))
    env = preparing.environment(draft)
    dlv = preparing.adapter(draft)
    build = None
    if draft.elsewhere:
        pass
    elif draft.mode in BUILDING:
        try:
            build = _plan_build(draft, env)
        except ToolchainError as error:
            raise PlanError(str(error)) from error
    else:
        _plan_ready_made(draft)
    if dlv.terminal is not None:
        directory = build.directory if build is not None else facts.workspace_folder
        dlv = attrs.evolve(dlv, directory=directory, environment=env)
    return Plan("launch", draft.mode, draft.arguments, dlv, build, tuple(draft.notices))


def _choose_mode(draft: Draft) -> None:
    """Settle `auto`, which Delve 1.27.1 refuses, and tell Delve of the default as it is."""
    if draft.mode == "auto":
        draft.mode = "test" if draft.text("program").endswith("_test.go") else "debug"
        draft.put("mode", draft.mode)


def _check_whole(draft: Draft) -> None:
    """Refuse what lacks something or contradicts itself."""
    needed = NEEDED.get(draft.mode)
    if needed is not None and not draft.text(needed[0]):
        raise PlanError(f'"{needed[0]}" is missing: in mode "{draft.mode}" it is {needed[1]}.')
    if draft.mode == "core" and not draft.text("coreFilePath"):
        raise PlanError('"coreFilePath" is missing: in mode "core" it is the path of the core file.')
    if draft.mode == "replay" and not draft.text("traceDirPath"):
        raise PlanError('"traceDirPath" is missing: in mode "replay" it is the folder that rr recorded into.')
    if draft.text("outputMode") == "remote":
        for name in ("stdoutTo", "stderrTo"):
            if draft.text(name):
                raise PlanError(
                    f'"outputMode": "remote" and "{name}" exclude each other: the output goes to the editor or to a file.'
                )


def _plan_ready_made(draft: Draft) -> None:
    """Leave exec, core and replay to Delve, but for paths that it would see from the wrong folder."""
    if draft.facts.workspace_folder != draft.facts.cwd or any("~" in draft.text(name)[:1] for name in _PATHS):
        draft.make_absolute("dlvCwd", *_PATHS)
        if not draft.text("cwd") and not draft.text("dlvCwd") and draft.mode == "exec":
            draft.put("cwd", draft.facts.workspace_folder)
    _refuse_unexpanded(draft)


_PATHS: Final = ("program", "cwd", "output", "coreFilePath", "traceDirPath", "stdinFrom", "stdoutTo", "stderrTo")


def _refuse_unexpanded(draft: Draft) -> None:
    for name in ("dlvCwd", *_PATHS):
        if "${" in draft.text(name):
            draft.facts.variables.path(name, draft.text(name), draft.base)


# -- debug and test --------------------------------------------------------------------------------


def _plan_build(draft: Draft, env: dict[str, str | None]) -> Build:
    facts = draft.facts
    chosen = bool(draft.text("dlvCwd"))
    program = draft.text("program")
    if facts.go_work is not None:
        env["GOWORK"] = None if facts.go_work == "auto" else facts.go_work
        draft.put("env", env)
    go = _NativeGo(draft, env)
    flags = BuildFlags.of(draft.given.get("buildFlags"))
    target = resolve(
        Wanted(program, draft.mode == "test", flags.words, overlaid(facts.environ, env), draft.base),
        attrs.evolve(facts, go_command=go),
    )
    draft.notices += go.notices
    if target.note is not None:
        draft.note("program", target.note)
    draft.make_absolute("dlvCwd", *(name for name in _PATHS if name != "program"))
    directory = _go_there(draft, env, target, program, chosen=chosen)
    flags, notices = mended(flags, target.env)
    if flags.words != BuildFlags.of(draft.given.get("buildFlags")).words:
        draft.put("buildFlags", flags.given)
    draft.notices += notices
    return Build(
        directory=directory,
        package=draft.text("program"),
        test=draft.mode == "test",
        flags=flags.words,
        flags_first=flags.first,
        environment=env,
        go=target.env.go,
        go_version=target.env.goversion,
        modules=target.modules,
    )


def _go_there(draft: Draft, env: dict[str, str | None], target: Target, program: str, *, chosen: bool) -> str:
    """Have dlv build in the folder of the package, or in the one that the person has chosen; return it."""
    if chosen:
        directory = draft.text("dlvCwd")
        whole = join(target.directory, target.package) if target.package.startswith(".") else target.package
        if draft.facts.variables.path("program", program, directory) != whole and whole != program:
            draft.put("program", whole)
    else:
        directory = target.directory
        draft.put("program", target.package)
        draft.put("dlvCwd", directory)
    if draft.facts.files.real(directory) != directory and env.get("PWD") != directory:
        # Delve 1.27.1 changes its folder but not PWD, and go then records the paths behind the links.
        env["PWD"] = directory
        draft.put("env", env)
    return directory


class _NativeGo:
    """Asks go, and sees to it that it builds for this machine: GOOS left behind elsewhere makes a program that cannot run."""

    def __init__(self, draft: Draft, env: dict[str, str | None]) -> None:
        self._draft = draft
        self._env = env
        self.notices: list[Notice] = []

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        """See `Go.env`."""
        found = self._draft.facts.go_command.env(directory, environ)
        if not found.cross:
            return found
        built, here = f"{found.goos}/{found.goarch}", f"{found.gohostos}/{found.gohostarch}"
        own = [name for name in ("GOOS", "GOARCH") if self._env.get(name)]
        if own:
            words = " and ".join(f"{name}={self._env[name]}" for name in own)
            raise PlanError(
                f'"env" has {words}, so the program is built for {built}, and this machine, {here}, cannot run it; drop it.'
            )
        self._env.update({"GOOS": found.gohostos, "GOARCH": found.gohostarch})
        self._draft.put("env", self._env)
        names = [name for name in ("GOOS", "GOARCH") if found.source_of(name) != "default"]
        where = " and ".join(
            f"{name}={value} in {'the environment' if found.source_of(name) == 'environment' else '`go env -w`'}"
            for name, value in (("GOOS", found.goos), ("GOARCH", found.goarch))
            if name in names
        )
        self.notices.append(
            Notice(
                "GOOS",
                f"{where or built}: the program would be built for {built} and could not run here; it is built for {here}.",
            )
        )
        return self._draft.facts.go_command.env(
            directory, overlaid(environ, {"GOOS": found.gohostos, "GOARCH": found.gohostarch})
        )


def same_program(one: Plan, other: Plan) -> bool:
    """Whether a restart with the other plan is one that the running dlv can do: nothing differs but what Delve takes up anew.

    Delve 1.27.1 `onRestartRequest` reads the arguments of the program and what concerns the display of values.
    """
    return (one.mode, one.dlv, one.build, _started_with(one)) == (other.mode, other.dlv, other.build, _started_with(other))


_STARTED_WITH: Final = (
    "program",
    "cwd",
    "dlvCwd",
    "env",
    "output",
    "noDebug",
    "outputMode",
    "stdinFrom",
    "stdoutTo",
    "stderrTo",
    "backend",
)


def _started_with(plan: Plan) -> tuple[object, ...]:
    return tuple(plan.arguments.get(name) for name in _STARTED_WITH)
