"""A look at a folder before F5: gathers what the rules of `dapshim.diagnose` rest on, from this machine, and has them judge.

Blocks, for as long as `go env` takes a few times. It starts nothing that a project names, changes nothing and fetches nothing.
A glance is the part of a look that takes no walk over folders and knows already what go says: an editor has one for every key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from dapshim.delve import checkup_machine as machine
from dapshim.delve.checkup_files import EditorFiles, Part, editor_files, project_file
from dapshim.delve.checkup_images import image_files, is_image_file, read_image_file
from dapshim.delve.checkup_launch import Checked, Planning, check_configurations, launch_facts
from dapshim.delve.checkup_tasks import read_tasks
from dapshim.delve.checkup_workspace import cgo_uses, with_what_lacks, workspace_facts
from dapshim.delve.go_command import GoCommand
from dapshim.delve.source_map import workspace_at
from dapshim.delve.working_directory import working_directory
from dapshim.diagnose.cgo_rules import CGO_RULES
from dapshim.diagnose.debugger_rules import DEBUGGER_RULES
from dapshim.diagnose.fetching_rules import FETCHING_RULES
from dapshim.diagnose.image_rules import image_stripped
from dapshim.diagnose.launch_rules import LAUNCH_RULES, syntax
from dapshim.diagnose.placed import Place, Placed, place_in, place_of
from dapshim.diagnose.toolchain_facts import EditorFlags, Toolchain
from dapshim.diagnose.toolchain_rules import GO_RULES
from dapshim.diagnose.workspace_codes import LAUNCH_REFUSED
from dapshim.diagnose.workspace_facts import WorkspaceFacts
from dapshim.diagnose.workspace_rules import WORKSPACE_RULES, unreadable
from dapshim.golang.files import CachedFiles, Files, RealFiles
from dapshim.golang.quoting import flag_value, split_flags
from dapshim.golang.spelling import join, parent, paths
from dapshim.golang.toolchain import GoEnv, ToolchainError, saved_settings
from dapshim.golang.workspace import Workspace, WorkspaceError, read_workspace
from dapshim.options.layers import Options
from dapshim.options.option_files import PROJECT_FILE
from dapshim.plan.flags import stripping
from dapshim.plan.outcome import PlanError
from dapshim.plan.variables import Variables


@attrs.frozen
class Standing:
    """What stays as it is from one glance to the next, until a file is saved; `files` answer each question once."""

    files: CachedFiles
    answers: dict[tuple[str, frozenset[tuple[str, str]]], GoEnv] = attrs.field(factory=dict)
    checked: dict[tuple[str, str, str], Checked] = attrs.field(factory=dict)
    alone: list[GoEnv] = attrs.field(factory=list)
    """What go is by itself, once somebody has asked it."""


@attrs.frozen
class Glance:
    """What was found at a glance, the worst first."""

    folder: str
    files: EditorFiles
    findings: tuple[Placed, ...]
    configurations: tuple[Checked, ...] = ()


@attrs.frozen
class Checkup:
    """What was looked at, and what was found: the worst first."""

    folder: str
    toolchain: Toolchain
    spaces: tuple[WorkspaceFacts, ...]
    files: EditorFiles
    configurations: int
    findings: tuple[Placed, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the object of `dapshim doctor --json`."""
        chain = self.toolchain
        dlv = chain.dlv.tool
        return {
            "folder": self.folder,
            "go": [{"path": each.path, "version": each.version, "users": list(each.users)} for each in chain.gos],
            "dlv": {"path": dlv.path, "version": dlv.version} if dlv is not None else None,
            "modules": [module.directory for each in self.spaces for module in each.space.modules],
            "files": [each.file for each in self.files.sources],
            "configurations": self.configurations,
            "findings": [each.as_json() for each in self.findings],
        }


def check(
    where: str, environ: Mapping[str, str], options: Options, files: Files | None = None, also: Iterable[str] = ()
) -> Checkup:
    """Look at a folder, or at the launch.json or .code-workspace that is named, an absolute path.

    `files` is where files are read, such as an editor's, which has some that are not saved. `also` are further files that are
    to be looked at: a go.mod, a Dockerfile, a .dapshim.toml.
    """
    cached = CachedFiles(files if files is not None else RealFiles())
    return _Look(Standing(cached), editor_files(cached, where, environ), environ, options, also).checkup()


def glance(where: str, environ: Mapping[str, str], options: Options, standing: Standing, also: Iterable[str] = ()) -> Glance:
    """Look at a folder without what takes long: the toolchain, modules that go.work lacks, what is not in the module cache."""
    return _Look(standing, editor_files(standing.files, where, environ), environ, options, also).glance()


class _Look:
    """One look; each part rests on those before it."""

    def __init__(
        self,
        standing: Standing,
        found: EditorFiles,
        environ: Mapping[str, str],
        options: Options,
        also: Iterable[str],
    ) -> None:
        self._also = tuple(also)
        self._standing = standing
        self._files = files = standing.files
        self._found = found
        self._environ = environ
        self._options = options
        self._go = GoCommand(options["go"], files)
        self._folder = found.folders[0]
        here = working_directory(environ)
        self._variables = Variables(self._folder, environ.get("HOME", ""), here, environ)
        self._saved = saved_settings(files, environ)
        self._alone: GoEnv | None = None
        self._env: GoEnv | None = None
        self._error = ""
        self._asking = dict(environ)
        self._builds_with = ""
        self._ask()

    def _value(self, name: str) -> str:
        return self._environ.get(name) or self._saved.get(name, "")

    def _ask(self) -> None:
        """Ask go what it is by itself, and then what it says in the folder."""
        try:
            if not self._standing.alone:
                self._standing.alone.append(machine.go_alone(self._go, self._environ))
            self._alone = self._standing.alone[0]
            lines = self._lines(self._alone)
            cache = self._value("GOMODCACHE") or self._alone.gomodcache
            setting = self._value("GOTOOLCHAIN") or self._alone.gotoolchain
            chosen = machine.chosen_toolchain(self._alone, setting, lines)
            self._asking = machine.asking_environment(self._environ, self._alone, chosen, self._files, cache)
            self._env = self._asked(self._folder)
            self._builds_with = chosen.name if chosen is not None and chosen.switches else self._env.goversion
        except ToolchainError as error:
            self._error = str(error)

    @property
    def _planning(self) -> Planning:
        standing = self._standing
        return Planning(self._files, self._asking, self._options, self._env, standing.answers, standing.checked)

    def _asked(self, folder: str) -> GoEnv:
        return self._planning.asked_once(self._go).env(folder, {**self._asking, "PWD": folder})

    def _raw_space(self, alone: GoEnv) -> Workspace | None:
        """Return the workspace of the folder without go having said anything in it."""
        try:
            return read_workspace(
                self._files,
                self._folder,
                self._value("GOWORK") or None,
                "",
                alone.gopath,
                goroot=alone.goroot,
            )
        except WorkspaceError:
            return None

    def _lines(self, alone: GoEnv) -> tuple[str, str]:
        space = self._raw_space(alone)
        return (space.go_line, space.toolchain_line) if space is not None else ("", "")

    # -- the whole ---------------------------------------------------------------------------------

    def checkup(self) -> Checkup:
        """Gather, and judge."""
        checked = self._checked()
        every = [each for _, listed in checked for each in listed]
        spaces, errors = self._spaces(every)
        toolchain = self._toolchain(every, [each.space for each in spaces])
        findings: list[Placed] = []
        for rule in (*GO_RULES, *DEBUGGER_RULES, *CGO_RULES):
            findings += rule(toolchain)
        findings += errors
        for space in spaces:
            for workspace_rule in (*WORKSPACE_RULES, *FETCHING_RULES):
                findings += workspace_rule(space)
        findings += self._of_files(checked, image_files(self._files, self._found.folders, deep=True))
        return Checkup(self._folder, toolchain, spaces, self._found, len(every), tuple(_worst_first(findings)))

    def glance(self) -> Glance:
        """Do the same with what is at hand."""
        checked = self._checked()
        every = tuple(each for _, listed in checked for each in listed)
        spaces, findings = self._spaces(every, brief=True)
        for space in spaces:
            for workspace_rule in WORKSPACE_RULES:
                findings += workspace_rule(space)
        findings += self._of_files(checked, image_files(self._files, self._found.folders))
        return Glance(self._folder, self._found, tuple(_worst_first(findings)), every)

    def _checked(self) -> list[tuple[Part, list[Checked]]]:
        return [(part, check_configurations(part, self._planning)) for part in self._found.launch]

    def _of_files(self, checked: Iterable[tuple[Part, list[Checked]]], images: Iterable[str]) -> Iterator[Placed]:
        """Yield what is to be said of the files themselves."""
        for source in self._found.sources:
            yield from syntax(source)
        projects = [parent(each) for each in self._also if paths.basename(each) == PROJECT_FILE]
        for folder in dict.fromkeys([*self._found.folders, *projects]):
            yield from project_file(self._files, folder)
        tasks = [
            task for part in self._found.tasks for task in read_tasks(part, attrs.evolve(self._variables, folder=part.folder))
        ]
        attaching = []
        for part, listed in checked:
            facts = launch_facts(part, listed, tasks, self._found)
            attaching += [each.configuration.name for each in listed if each.configuration.mode == "remote"]
            for launch_rule in LAUNCH_RULES:
                yield from launch_rule(facts)
        for path in dict.fromkeys([*images, *(each for each in self._also if is_image_file(paths.basename(each)))]):
            yield from image_stripped(read_image_file(self._files, path), attaching)

    # -- workspaces --------------------------------------------------------------------------------

    def _spaces(self, checked: Iterable[Checked], *, brief: bool = False) -> tuple[tuple[WorkspaceFacts, ...], list[Placed]]:
        if self._env is None:
            return (), []
        programs = [each.directory for each in checked if each.directory]
        wanted = [*programs, *self._programs_by_name(checked)]
        found: dict[str, WorkspaceFacts] = {}
        errors: list[Placed] = []
        variables = self._further() if not brief else {}
        opened = [parent(each) for each in self._also if paths.basename(each) in ("go.mod", "go.work")]
        for folder in dict.fromkeys([*self._found.folders, *programs, *opened]):
            if any(each.space.covers(folder) is not None for each in found.values()):
                continue
            try:
                space = workspace_at(self._files, folder, self._asked(folder))
            except (ToolchainError, WorkspaceError) as error:
                errors.append(unreadable(str(error), folder))
                continue
            key = space.work_path or (space.modules[0].file if space.modules else folder)
            if key not in found and (space.work_path or space.modules):
                if brief:
                    found[key] = WorkspaceFacts(space, goflags=self._value("GOFLAGS"))
                    continue
                found[key] = workspace_facts(self._files, space, wanted, variables, self._environ, self._saved)
        return tuple(found.values()), errors

    def _programs_by_name(self, checked: Iterable[Checked]) -> Iterator[str]:
        """Yield where programs lie that have no plan, so that their module can be known."""
        for each in checked:
            program = each.configuration.arguments.get("program")
            if not each.configuration.error or not isinstance(program, str):
                continue
            try:
                yield self._variables.path("program", str(self._variables.expanded(program)))
            except PlanError:
                continue

    def _further(self) -> dict[str, str]:
        if self._env is None or self._alone is None:
            return {}
        said = machine.further_variables(self._env.go, self._folder, self._asking)
        return {**said, "GOTOOLCHAIN": self._alone.gotoolchain}

    # -- the toolchain -----------------------------------------------------------------------------

    def _toolchain(self, checked: Iterable[Checked], spaces: list[Workspace]) -> Toolchain:
        env, alone = self._env, self._alone
        used = env.go if env is not None else alone.go if alone is not None else ""
        gos, named = machine.go_tools(self._files, self._environ, used, self._found, self._variables)
        dlv, named_dlv = machine.dlv_facts(
            self._files,
            self._environ,
            self._options,
            self._builds_with,
            env.gopath if env is not None else (),
            self._found,
            self._variables,
            self._tool_paths(checked),
        )
        variables = self._further()
        cc = variables.get("CC", "gcc")
        pkg_config = variables.get("PKG_CONFIG") or "pkg-config"
        roots = [each.directory for space in spaces for each in space.modules]
        programs = [each.directory for each in checked if each.directory]
        uses = cgo_uses(self._files, programs, roots, env) if env is not None else ()
        known_processor, translated = machine.processor()
        cache = env.gomodcache if env is not None else ""
        space = self._raw_space(alone) if alone is not None else None
        return Toolchain(
            system=alone.gohostos if alone is not None else "",
            machine=known_processor,
            folder=self._folder,
            gos=gos,
            dlv=dlv,
            go_error=self._error,
            env=env,
            local=alone.version if alone is not None else None,
            variables=variables,
            environ=self._environ,
            saved=self._saved,
            root=machine.goroot_facts(self._files, alone, self._environ, self._saved) if alone is not None else None,
            unwritable=machine.unwritable(cache) if cache else (),
            named=(*named, *named_dlv),
            rights=machine.rights(attaches=any(each.attaches for each in checked)),
            xcode=machine.xcode(alone.gohostos if alone is not None else ""),
            translated=translated,
            cgo=with_what_lacks(uses, pkg_config, self._environ),
            cc=machine.can_run(cc, self._environ),
            pkg_config=machine.can_run(pkg_config, self._environ),
            go_line=space.go_line if space is not None else "",
            toolchain_line=space.toolchain_line if space is not None else "",
            line_place=_go_line_place(space) if space is not None else None,
            builder_place=_builder_place(space) if space is not None else None,
            gopath_mod=self._gopath_mod(env),
            editor_flags=self._editor_flags(),
            goflags_strips=_strips(self._value("GOFLAGS")),
        )

    def _tool_paths(self, checked: Iterable[Checked]) -> list[str]:
        found = []
        for each in checked:
            named = each.configuration.arguments.get("dlvToolPath")
            if isinstance(named, str) and named not in ("", "dlv"):
                try:
                    found.append(self._variables.path("dlvToolPath", str(self._variables.expanded(named))))
                except PlanError:
                    continue
        return found

    def _editor_flags(self) -> EditorFlags | None:
        found = self._found.setting("go.toolsEnvVars", "GOFLAGS")
        if found is None or not found[0].text:
            return None
        node, part = found
        return EditorFlags(node.text, place_in(part.source.file, part.source.document, node), _strips(node.text))

    def _gopath_mod(self, env: GoEnv | None) -> str:
        folders = [join(each, "go.mod") for each in env.gopath] if env is not None else []
        return next((each for each in folders if self._files.kind(each) == "file"), "")


def _strips(goflags: str) -> tuple[str, ...]:
    try:
        return stripping(flag_value(split_flags(goflags), "ldflags") or "")
    except ValueError:
        return ()


def _go_line_place(space: Workspace) -> Place | None:
    if space.work is not None:
        return place_of(space.work_path, space.work.go) if space.work.go is not None else Place(space.work_path)
    if not space.modules:
        return None
    module = space.modules[0]
    return place_of(module.file, module.mod.go) if module.mod.go is not None else Place(module.file)


def _builder_place(space: Workspace) -> Place | None:
    """Return where the toolchain line stands that counts; the go line where there is none."""
    owner = space.work if space.work is not None else space.modules[0].mod if space.modules else None
    if owner is None or owner.toolchain is None:
        return _go_line_place(space)
    return place_of(space.work_path or space.modules[0].file, owner.toolchain)


def _worst_first(findings: Iterable[Placed]) -> list[Placed]:
    """Return the worst first, each once; what keeps every configuration from working is not said again of each."""
    findings = list(findings)
    said = [each.finding.message for each in findings if each.finding.code != LAUNCH_REFUSED.code]
    seen: dict[tuple[str, str, str], Placed] = {}
    for each in findings:
        if each.finding.code == LAUNCH_REFUSED.code and any(message in each.finding.message for message in said):
            continue
        seen.setdefault((each.finding.code, each.finding.where, each.finding.message), each)
    return sorted(seen.values(), key=lambda each: -each.finding.severity.rank)
