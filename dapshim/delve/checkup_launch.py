"""What the rules about launch configurations rest on: each is planned as it would be at F5, and nothing is started."""

from __future__ import annotations

import errno
import json
import re
import socket
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import attrs

from dapshim.delve.checkup_files import TYPES, EditorFiles, Part, for_this_system
from dapshim.delve.planned import Setting
from dapshim.delve.planning import facts_for
from dapshim.diagnose.jsonc import Node
from dapshim.diagnose.launch_facts import Configuration, LaunchFacts, Notice, Task
from dapshim.golang.files import CachedFiles
from dapshim.golang.spelling import join, upwards
from dapshim.golang.toolchain import GoEnv
from dapshim.options.layers import Options, OptionsError
from dapshim.options.sources import from_command_line
from dapshim.plan.attaching import plan_attach
from dapshim.plan.attributes import ATTRIBUTES
from dapshim.plan.facts import Facts, Go
from dapshim.plan.flags import BuildFlags, mended, unstripped
from dapshim.plan.launching import plan_launch
from dapshim.plan.misspelt import nearest
from dapshim.plan.outcome import Build, Plan, PlanError
from dapshim.plan.preparing import UNREAD
from dapshim.plan.words import join_build_flags, split_as_shell
from dapshim.sources.rules import rules_of

_FREE: Final = frozenset({"args", "env"})
"""Attributes in which a variable that only an editor can expand does no harm to a plan."""
_SYSTEMS: Final = frozenset({"linux", "osx", "windows"})


@attrs.frozen
class Planning:
    """What all configurations share. `known` says that go answers, so that a plan can tell what will be built."""

    files: CachedFiles
    environ: Mapping[str, str]
    options: Options
    env: GoEnv | None
    answers: dict[tuple[str, frozenset[tuple[str, str]]], GoEnv] = attrs.field(factory=dict)
    checked: dict[tuple[str, str, str], Checked] = attrs.field(factory=dict)
    """What came of configurations that were looked at: by their file, its folder, and the configuration as JSON."""

    def facts(self, arguments: Mapping[str, Any], folder: str) -> Facts:
        """Return the facts for a plan in one workspace folder; what is asked of go is asked once.

        Raises:
            PlanError: an option cannot be read.

        """
        try:
            options = self.options.extended(from_command_line({"workspaceFolder": folder}))
        except OptionsError as error:
            raise PlanError(str(error)) from error
        found, _ = facts_for(arguments, Setting(options), self.environ, self.files, terminals=True)
        return attrs.evolve(found, go_command=self.asked_once(found.go_command), processes=_AnyProcess())

    def asked_once(self, go: Go) -> Go:
        """Return a go command that is asked the same only once."""
        return _AskedOnce(go, self.files, self.answers)


@attrs.frozen
class _AskedOnce:
    """All folders of one go.work, or of one module, get one answer: only GOMOD differs between them (Go 1.26)."""

    go: Go
    files: CachedFiles
    answers: dict[tuple[str, frozenset[tuple[str, str]]], GoEnv]

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        module = self._nearest(directory, "go.mod")
        work = self._nearest(directory, "go.work") if environ.get("GOWORK") != "off" else ""
        decides = work or module or directory
        key = (decides, frozenset((name, value) for name, value in environ.items() if name != "PWD"))
        if key not in self.answers:
            self.answers[key] = self.go.env(directory, environ)
            return self.answers[key]
        found = self.answers[key]
        return attrs.evolve(found, gomod=module) if found.gomod and module else found

    def _nearest(self, directory: str, name: str) -> str:
        found = (join(folder, name) for folder in upwards(directory))
        return next((each for each in found if self.files.kind(each) == "file"), "")


class _AnyProcess:
    """What runs at this moment says nothing about a configuration."""

    def named(self, name: str) -> tuple[tuple[int, str], ...]:
        return ((1, name),)


@attrs.frozen
class Checked:
    """A configuration, where its program lies when it is built, and the folder in which it stands."""

    configuration: Configuration
    directory: str = ""
    request: str = ""
    build: Build | None = None
    """What dlv will build for it."""
    executable: str = ""
    """What is debugged without a build, of this machine."""

    @property
    def attaches(self) -> bool:
        """Whether it attaches to a process of this machine."""
        return self.request == "attach" and self.configuration.mode != "remote"


def check_configurations(part: Part, planning: Planning) -> list[Checked]:
    """Return every configuration of Go, planned."""
    listed = part.root.get("configurations")
    found = []
    for node in listed.items if listed is not None else ():
        plain = node.plain
        if isinstance(plain, dict) and plain.get("type") in TYPES:
            key = (part.source.file, part.folder, json.dumps(plain))
            if key not in planning.checked:
                planning.checked[key] = _check(node, for_this_system(plain), part, planning)
            known = planning.checked[key]
            found.append(attrs.evolve(known, configuration=attrs.evolve(known.configuration, node=node)))
    return found


def _check(node: Node, plain: dict[str, Any], part: Part, planning: Planning) -> Checked:
    name = plain.get("name")
    request = plain.get("request")
    known = [*ATTRIBUTES, *UNREAD, "mode", *_SYSTEMS]
    misspelt = {each.name: meant for each in node.members if (meant := nearest(each.name, known)) is not None}
    configuration = Configuration(
        node,
        name if isinstance(name, str) else "",
        plain,
        misspelt=misspelt,
        listening=_listening(plain.get("debugServer")),
    )
    if request not in ("launch", "attach"):
        said = f'"request" is {request!r}' if request is not None else '"request" is missing'
        error = f'{said}; it must be "launch" or "attach".'
        return Checked(attrs.evolve(configuration, error=error, attribute="request"))
    kind: Literal["launch", "attach"] = "launch" if request == "launch" else "attach"
    return _planned(configuration, kind, _arguments(plain, kind), part, planning)


def _arguments(plain: Mapping[str, Any], request: str) -> dict[str, Any]:
    """Return what the editor would send. It asks for a process where none is named, which can be any."""
    arguments = {name: value for name, value in plain.items() if name not in ("name", "type")}
    picked = arguments.get("processId")
    local = request == "attach" and arguments.get("mode", "local") == "local" and not arguments.get("waitFor")
    if local and (not picked or (isinstance(picked, str) and "${" in picked)):
        arguments["processId"] = 1
    return arguments


def _planned(
    configuration: Configuration,
    request: Literal["launch", "attach"],
    arguments: dict[str, Any],
    part: Part,
    planning: Planning,
) -> Checked:
    try:
        facts = planning.facts(arguments, part.folder)
        expanded = {name: facts.variables.expanded(value) for name, value in arguments.items()}
        configuration = attrs.evolve(configuration, **_rules(expanded, facts))
        if planning.env is None or _only_an_editor_knows(expanded):
            return Checked(attrs.evolve(configuration, planned=False), request=request)
        plan = plan_launch(arguments, facts) if request == "launch" else plan_attach(arguments, facts)
    except PlanError as error:
        configuration = attrs.evolve(configuration, error=str(error), attribute=_attribute(str(error), arguments))
        return Checked(_with_notices(configuration, _of_flags(configuration, planning.env), planning.env), "", request)
    notices = [Notice(each.code, each.text, _attribute(each.text, arguments)) for each in plan.notices]
    directory = plan.build.directory if plan.build is not None else ""
    program = plan.arguments.get("program")
    there = plan.mode == "exec" and plan.dlv.connect is None and isinstance(program, str)
    executable = join(str(plan.arguments.get("dlvCwd") or part.folder), str(program)) if there else ""
    configuration = attrs.evolve(_with_notices(configuration, notices, planning.env), **_ready_made(plan, facts))
    return Checked(attrs.evolve(configuration, directory=directory), directory, request, plan.build, executable)


def _with_notices(configuration: Configuration, notices: Iterable[Notice], env: GoEnv | None) -> Configuration:
    notices = tuple(notices)
    return attrs.evolve(configuration, notices=notices, flags=_better_flags(configuration, notices, env))


def _of_flags(configuration: Configuration, env: GoEnv | None) -> list[Notice]:
    """Return what the plan would say of `buildFlags`, for a configuration that has none for another reason."""
    given = configuration.arguments.get("buildFlags")
    texts = isinstance(given, str) or (isinstance(given, list) and all(isinstance(each, str) for each in given))
    if env is None or not texts:
        return []
    _, notices = mended(BuildFlags.of(given), attrs.evolve(env, goflags=()))
    return [Notice(each.code, each.text, "buildFlags") for each in notices]


def _only_an_editor_knows(expanded: Mapping[str, Any]) -> bool:
    return any("${" in str(value) for name, value in expanded.items() if name in {*ATTRIBUTES, "mode"} - _FREE)


def _attribute(text: str, arguments: Mapping[str, Any]) -> str:
    """Return the attribute that a sentence is about: the first that it names in quotes and that is there, else the program."""
    words = re.findall(r'"([A-Za-z]+)"', text)
    return next((each for each in (*words, "program") if each in arguments), "")


def _rules(expanded: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """Return the rules of substitutePath as they count, and the folders of each side that are not on this machine."""
    written = expanded.get("substitutePath")
    try:
        rules = rules_of(written if isinstance(written, list) else ())
    except (ValueError, AttributeError):
        return {}

    def missing(paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for each in paths if each.startswith("/") and "${" not in each and facts.files.kind(each) is None)

    return {
        "rules": rules,
        "missing_from": missing(each.client for each in rules.rules),
        "missing_to": missing(each.adapter for each in rules.rules),
    }


def _better_flags(configuration: Configuration, notices: Iterable[Notice], env: GoEnv | None) -> str | list[str] | None:
    """Return `buildFlags` as they should be written, None when nothing is to be changed in them."""
    codes = {each.code for each in notices}
    node = configuration.node.get("buildFlags")
    given = node.plain if node is not None else None
    if env is None or not codes & {"ldflags", "gcflags", "quotes"} or not isinstance(given, str | list):
        return None
    if "quotes" in codes and isinstance(given, str) and (words := split_as_shell(given)) is not None:
        given = join_build_flags(words)
    flags = BuildFlags.of(given)
    if "ldflags" in codes:
        flags = unstripped(flags)
    # What GOFLAGS does is not for this file to mend.
    return mended(flags, attrs.evolve(env, goflags=()))[0].given


def _ready_made(plan: Plan, facts: Facts) -> dict[str, Any]:
    """Return the executable of mode exec or core, and which of its files are not there."""
    if plan.mode not in ("exec", "core"):
        return {}
    found: dict[str, str] = {}
    for name in ("program", "coreFilePath"):
        value = plan.arguments.get(name)
        if isinstance(value, str) and value and "${" not in value:
            found[name] = facts.variables.path(name, value)
    missing = tuple(f"{name} {path}" for name, path in found.items() if facts.files.kind(path) is None)
    return {"program": found.get("program", ""), "missing": missing}


def _listening(port: object) -> bool | None:
    """Say whether something listens on a port here, without connecting to it: dlv would take that for a client."""
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 1 << 16:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        try:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            return True if error.errno == errno.EADDRINUSE else None
    return False


def launch_facts(part: Part, checked: Iterable[Checked], tasks: Iterable[Task], found: EditorFiles) -> LaunchFacts:
    """Return the facts for the rules."""
    file = found.tasks[0].source.file if found.tasks else ""
    return LaunchFacts(part.source, tuple(each.configuration for each in checked), tuple(tasks), file)
