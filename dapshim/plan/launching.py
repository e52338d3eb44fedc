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
from dapshim.plan.outcome import Build, Plan, PlanError
from dapshim.plan.preparing import Draft
from dapshim.plan.program import Target, Wanted, resolve
from dapshim.plan.words import join_build_flags, split_args, split_as_shell

BUILDING: Final = frozenset({"debug", "test"})
"""Modes in which dlv builds the program."""

NEEDED: Final = {
    "debug": ("program", "the folder of a package main, or one of its files"),
    "test": ("program", "the folder of the tests, or one of their files"),
    "exec": ("program", "the path of an executable"),
    "core": ("program", "the path of the executable that left the core file"),
}

_PATHS: Final = ("program", "cwd", "output", "coreFilePath", "traceDirPath", "stdinFrom", "stdoutTo", "stderrTo")
"""Attributes that dlv sees from its own folder."""


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
    if not draft.elsewhere:
        _check_folders(draft)
        if draft.mode in BUILDING:
            build = _plan_build(draft, env)
        else:
            _plan_ready_made(draft)
    if dlv.terminal is not None:
        directory = build.directory if build is not None else facts.workspace_folder
        dlv = attrs.evolve(dlv, directory=directory, environment=env)
    return Plan("launch", draft.mode, draft.arguments, dlv, build, tuple(draft.notices))


def _choose_mode(draft: Draft) -> None:
    """Settle `auto`, which Delve 1.27.1 refuses, and no mode, which is `debug` to Delve."""
    if draft.mode != "auto":
        return
    draft.mode = "test" if draft.text("program").endswith("_test.go") else "debug"
    if draft.text("mode") or draft.mode == "test":
        draft.put("mode", draft.mode)


def _check_whole(draft: Draft) -> None:
    """Refuse what lacks something or contradicts itself."""
    if draft.elsewhere:
        # A dlv that runs already may have a program of its own, and says that first.
        return
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


def _check_folders(draft: Draft) -> None:
    """Refuse a folder that is none: Delve 1.27.1 says of it that the program is missing, "fork/exec …: no such file"."""
    if draft.text("dlvCwd"):
        _check_folder(draft, '"dlvCwd"', draft.base)
    if draft.text("cwd") and draft.mode in (*BUILDING, "exec"):
        _check_folder(draft, '"cwd"', draft.facts.variables.path("cwd", draft.text("cwd"), draft.base))


def _check_folder(draft: Draft, what: str, path: str) -> None:
    kind = draft.facts.files.kind(path)
    # Root may see what this user does not.
    if kind != "folder" and not draft.given.get("asRoot"):
        raise PlanError(f"{what} is {path}, which is {'a file' if kind == 'file' else 'not there'}; it must be a folder.")


def _plan_ready_made(draft: Draft) -> None:
    """Leave exec, core and replay to Delve, but for paths that it would see from the wrong folder."""
    if draft.mode == "exec" and "${" not in draft.text("program"):
        _check_executable(draft)
    if draft.facts.workspace_folder != draft.facts.cwd or any("~" in draft.text(name)[:1] for name in _PATHS):
        draft.make_absolute(*_PATHS)
        if draft.text("dlvCwd"):
            draft.put("dlvCwd", draft.base)
        if not draft.text("cwd") and not draft.text("dlvCwd") and draft.mode == "exec":
            draft.put("cwd", draft.facts.workspace_folder)
    _refuse_unexpanded(draft)


def _check_executable(draft: Draft) -> None:
    """Refuse what is to be built first; of anything else Delve 1.27.1 says "not an executable file" for many reasons."""
    path = draft.facts.variables.path("program", draft.text("program"), draft.base)
    what = "a folder" if draft.facts.files.kind(path) == "folder" else "a Go source" if path.endswith(".go") else ""
    if what:
        raise PlanError(
            f'"program" is {path}, which is {what}; in mode "exec" it must be an executable that is built already. '
            'To build it and debug it, use "mode": "debug".'
        )


def _refuse_unexpanded(draft: Draft) -> None:
    for name in ("dlvCwd", *_PATHS):
        if "${" in draft.text(name):
            draft.facts.variables.path(name, draft.text(name), draft.base)


# -- debug and test --------------------------------------------------------------------------------


def _plan_build(draft: Draft, env: dict[str, str | None]) -> Build:
    facts = draft.facts
    draft.make_absolute(*(name for name in _PATHS if name != "program"))
    _take_double_quotes(draft)
    flags = _without_chdir(draft)
    chosen = draft.base if draft.text("dlvCwd") else None
    if facts.go_work is not None:
        env["GOWORK"] = facts.go_work
        draft.put("env", env)
    wanted = Wanted(
        program=draft.text("program"),
        test=draft.mode == "test",
        flags=flags.words,
        environ=overlaid(facts.environ, env),
        base=draft.base,
        build_from=chosen,
    )
    try:
        target = resolve(wanted, attrs.evolve(facts, go_command=_NativeGo(draft, env)))
    except ToolchainError as error:
        raise PlanError(str(error)) from error
    if target.note is not None:
        draft.note("program", target.note)
    directory = _go_there(draft, env, target, chosen)
    kept, notices = mended(flags, target.env)
    if kept != flags:
        draft.put("buildFlags", kept.given)
    draft.notices += notices
    return Build(
        directory=directory,
        package=draft.text("program"),
        test=draft.mode == "test",
        flags=kept.words,
        flags_first=kept.first,
        environment=env,
        go=target.env.go,
        go_version=target.env.goversion,
        modules=target.modules,
        gopath=target.env.gopath,
    )


def _take_double_quotes(draft: Draft) -> None:
    """Take "…" in `buildFlags` for quotes, which Delve does not: go would refuse the word, or build for a tag in quotes."""
    given = draft.given.get("buildFlags")
    if not isinstance(given, str) or (words := split_as_shell(given)) is None:
        return
    kept = join_build_flags(words)
    draft.put("buildFlags", kept)
    draft.note("quotes", f"buildFlags has double quotes, which Delve does not take for quotes; {kept} is used.")


def _without_chdir(draft: Draft) -> BuildFlags:
    """Have dlv itself go where `-C` sends go: one folder for both, so that what is planned is what is built."""
    flags = BuildFlags.of(draft.given.get("buildFlags"))
    if flags.chdir is None:
        return flags
    folder, rest = flags.chdir
    path = draft.facts.variables.path("buildFlags", folder, draft.base)
    _check_folder(draft, '-C in "buildFlags"', path)
    if draft.mode == "debug" and not draft.text("cwd"):
        draft.put("cwd", draft.base)
    draft.put("dlvCwd", path)
    draft.put("buildFlags", rest.given)
    return rest


def _go_there(draft: Draft, env: dict[str, str | None], target: Target, chosen: str | None) -> str:
    """Have dlv build in the folder of the package, or in the one that the person has chosen; return it."""
    directory = chosen or target.directory
    draft.put("dlvCwd", directory)
    if chosen is None:
        draft.put("program", target.package)
    else:
        _name_from(draft, chosen, target)
    spelt = env["PWD"] if "PWD" in env else draft.facts.environ.get("PWD")
    real = draft.facts.files.real
    if spelt != directory and (real(directory) != directory or (spelt is not None and real(spelt) == directory)):
        # Delve 1.27.1 changes its folder but not PWD. Go then records the paths behind the links, or those of another link.
        env["PWD"] = directory
        draft.put("env", env)
    return directory


def _name_from(draft: Draft, chosen: str, target: Target) -> None:
    """Leave the program as it was named, if that means the same package to go in the chosen folder."""
    program = draft.text("program")
    whole = join(target.directory, target.package) if target.package.startswith(".") else target.package
    if whole != program and (program.startswith("~") or join(chosen, program) != whole):
        draft.put("program", whole)


class _NativeGo:
    """Asks go, and sees to it that it builds for this machine: GOOS left behind elsewhere makes a program that cannot run."""

    def __init__(self, draft: Draft, env: dict[str, str | None]) -> None:
        self._draft = draft
        self._env = env
        self._native: dict[str, str] = {}

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        """See `Go.env`."""
        ask = self._draft.facts.go_command.env
        found = ask(directory, overlaid(environ, self._native))
        if not found.cross or self._native:
            return found
        self._refuse_what_was_asked_for(found)
        self._native = {"GOOS": found.gohostos, "GOARCH": found.gohostarch}
        self._env.update(self._native)
        self._draft.put("env", self._env)
        self._draft.note("GOOS", _foreign(found))
        return ask(directory, overlaid(environ, self._native))

    def _refuse_what_was_asked_for(self, found: GoEnv) -> None:
        own = [f"{name}={self._env[name]}" for name in ("GOOS", "GOARCH") if self._env.get(name)]
        if own:
            raise PlanError(
                f'"env" or "envFile" has {" and ".join(own)}, so the program is built for {found.goos}/{found.goarch}, which '
                f"this machine, {found.gohostos}/{found.gohostarch}, cannot run; drop it."
            )


def _foreign(found: GoEnv) -> str:
    """Say who has go build for another system than this one."""
    where = " and ".join(
        f"{name}={value} in {'the environment' if found.source_of(name) == 'environment' else '`go env -w`'}"
        for name, value in (("GOOS", found.goos), ("GOARCH", found.goarch))
        if found.source_of(name) != "default"
    )
    built, here = f"{found.goos}/{found.goarch}", f"{found.gohostos}/{found.gohostarch}"
    return f"{where or built}: the program would be built for {built} and could not run here; it is built for {here}."


def same_program(running: Plan, wanted: Plan) -> bool:
    """Whether a restart with the wanted plan is one that the running dlv can do: nothing differs but what Delve takes up anew.

    Delve 1.27.1 `onRestartRequest` reads the arguments of the program and what concerns the display of values, and what is no
    longer there stays as it was.
    """
    one = (running.mode, running.dlv, running.build, _started_with(running))
    return one == (wanted.mode, wanted.dlv, wanted.build, _started_with(wanted)) and not any(
        running.arguments.get(name) and not _says(wanted, name) for name in _STAYS
    )


_STAYS: Final = ("args", "stackTraceDepth", "maxStringLen", "maxArrayValues", "substitutePath")
"""What a restart changes only when it names it."""


def _says(plan: Plan, name: str) -> bool:
    """Whether Delve takes the attribute for named: an empty list of arguments is one, 0 and no rules are not."""
    value = plan.arguments.get(name)
    return value is not None if name == "args" else bool(value)


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
    "coreFilePath",
    "traceDirPath",
)


def _started_with(plan: Plan) -> tuple[object, ...]:
    return tuple(plan.arguments.get(name) for name in _STARTED_WITH)
