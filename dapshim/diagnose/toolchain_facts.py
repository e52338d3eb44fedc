"""What the rules about a toolchain rest on. `dapshim.delve.checkup` gathers it; a test makes it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from dapshim.diagnose.placed import Place
from dapshim.golang.toolchain import GoEnv
from dapshim.golang.versions import GoVersion, VersionError, select_toolchain

SHELL = "your shell"


@attrs.frozen
class Tool:
    """A go or a dlv that was found. `version` is as it says it, `machine` Go's name of the processor that its file is for.

    `users` are those who take this one, in words: "your shell", "VS Code (go.goroot)". `error` says why it is of no use.
    """

    path: str
    real: str = ""
    version: str = ""
    machine: str = ""
    users: tuple[str, ...] = ()
    error: str = ""


@attrs.frozen
class NamedTool:
    """A tool, or GOROOT, that a setting of an editor names. `there` says whether it can be used."""

    setting: str
    path: str
    place: Place
    there: bool


@attrs.frozen
class EditorFlags:
    """GOFLAGS of `go.toolsEnvVars`, which the editor passes on to every session, and what of it strips a program."""

    value: str
    place: Place
    strips: tuple[str, ...] = ()


@attrs.frozen
class Mended:
    """Something that is wrong, in words, and the command that mends it."""

    text: str
    command: str


@attrs.frozen
class Dlv:
    """The dlv that sessions get, or why there is none. `newest` is the version that dapshim would install."""

    tool: Tool | None
    missing: str = ""
    mismatch: Mended | None = None
    too_old: Mended | None = None
    newest: str = ""
    others: tuple[Tool, ...] = ()
    """What the editor's settings and `dlvToolPath` name."""


@attrs.frozen
class Rights:
    """What this system lets a debugger do. `scope` is Yama's, 0 where there is none; `able` is CAP_SYS_PTRACE."""

    scope: int = 0
    able: bool = True
    filtered: bool = False
    attaches: bool = False
    """Whether a launch configuration attaches to a process."""


@attrs.frozen
class Xcode:
    """Apple's command line tools. None for what could not be asked."""

    folder: str | None
    licence: bool = True
    sdk: str | None = None
    debugserver: bool = True
    developer_mode: bool | None = True


@attrs.frozen
class Root:
    """GOROOT as it is set, and the tree of the go command. Versions are those of their VERSION files, "" without one."""

    set_to: str
    version: str
    own: str
    own_version: str
    source: Literal["environment", "go env -w"] = "environment"


@attrs.frozen
class CgoUse:
    """A package with `import "C"`: one of its files, and what its `#cgo pkg-config:` lines name and pkg-config lacks.

    `sure` says that a launch configuration builds it, or that none says what is built.
    """

    file: str
    line: int
    lacking: tuple[str, ...] = ()
    sure: bool = True


@attrs.frozen
class Toolchain:
    """A machine's toolchain, as it is in one folder.

    `system` and `machine` are Go's names of what the processor is, `translated` says that this process runs under Rosetta.
    `env` is None when go does not answer in the folder; `local` is the version of the go command itself. `variables` are
    further ones of `go env`; `environ` and `saved` say who set what. `unwritable` are folders that should be writable.
    """

    system: str
    machine: str
    folder: str
    gos: tuple[Tool, ...] = ()
    dlv: Dlv = Dlv(None)
    go_error: str = ""
    env: GoEnv | None = None
    local: GoVersion | None = None
    variables: Mapping[str, str] = attrs.field(factory=dict)
    environ: Mapping[str, str] = attrs.field(factory=dict)
    saved: Mapping[str, str] = attrs.field(factory=dict)
    root: Root | None = None
    unwritable: tuple[str, ...] = ()
    named: tuple[NamedTool, ...] = ()
    rights: Rights = Rights()
    xcode: Xcode | None = None
    translated: bool = False
    cgo: tuple[CgoUse, ...] = ()
    cc: bool = True
    """Whether CC, or its first word, can be run."""
    pkg_config: bool = True
    go_line: str = ""
    toolchain_line: str = ""
    line_place: Place | None = None
    """Where the go line stands that counts."""
    builder_place: Place | None = None
    """Where the line stands that says which Go builds."""
    gopath_mod: str = ""
    """A go.mod at the top of a folder of GOPATH."""
    editor_flags: EditorFlags | None = None
    goflags_strips: tuple[str, ...] = ()
    """What of GOFLAGS strips a program: -s, -w."""

    @property
    def asked_for_another(self) -> bool:
        """Whether the go or the toolchain line has another Go build than the installed one."""
        setting = self.value("GOTOOLCHAIN") or self.variables.get("GOTOOLCHAIN", "") or "auto"
        try:
            chosen = select_toolchain(self.local, setting, self.go_line, self.toolchain_line) if self.local else None
        except VersionError:
            return False
        return chosen is not None and chosen.switches and chosen.because in ("go", "toolchain")

    def source_of(self, name: str) -> str:
        """Say who set a variable: "environment", "go env -w", or "" for nobody."""
        return "environment" if self.environ.get(name) else "go env -w" if self.saved.get(name) else ""

    def value(self, name: str) -> str:
        """Return the value that was set, "" for none."""
        return self.environ.get(name) or self.saved.get(name, "")
