"""What a plan is: the dlv that is needed, the arguments that it gets, the build, and what the user should be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

if TYPE_CHECKING:
    from dapshim.diagnose.placed import Placed

CHECK_OFF: Final = "--check-go-version=false"
"""What has Delve 1.27.1 try a program of a Go that it does not know."""


class PlanError(Exception):
    """There is no plan; the message is for the user: it names the attribute, what was found, and what is expected.

    `found` is the same as a finding with what mends it, where a rule says it too.
    """

    def __init__(self, message: str, found: Placed | None = None) -> None:
        super().__init__(message)
        self.found = found


@attrs.frozen
class Notice:
    """One line for the debug console, about something that would otherwise go wrong silently. `code` says it once a session."""

    code: str
    text: str


@attrs.frozen
class Terminal:
    """The program runs in a terminal of the client's, which dlv is started in (`runInTerminal`)."""

    kind: Literal["integrated", "external"]
    title: str
    as_root: bool = False


@attrs.frozen
class Dlv:
    """What the dlv must be that carries the plan out; all at their defaults: any dlv will do, in any folder.

    `tool_path` is `dlvToolPath`. `directory` and `environment` are those of its process; None stands for dapshim's own, and in
    `environment` a value of None takes the variable away. `connect` is where one runs already: host and port.
    """

    tool_path: str | None = None
    flags: tuple[str, ...] = ()
    directory: str | None = None
    environment: Mapping[str, str | None] = attrs.field(factory=dict)
    terminal: Terminal | None = None
    connect: tuple[str, int] | None = None

    @property
    def any_will_do(self) -> bool:
        """Whether the one that was started before anything was asked for is good enough."""
        return self == Dlv(tool_path=self.tool_path)


@attrs.frozen
class Build:
    """What dlv will build: `go build` or `go test -c` of `package`, run in `directory`.

    `flags` are those that dlv puts behind its own `-gcflags all=-N -l` (a text) or before it (a list), as in `buildFlags`;
    there is no -C among them, since dlv builds in `directory` anyway.
    `environment` is what the build sees beyond dlv's own; `go` is the go command that answered for it.
    """

    directory: str
    package: str
    test: bool
    flags: tuple[str, ...] = ()
    flags_first: bool = False
    environment: Mapping[str, str | None] = attrs.field(factory=dict)
    go: str = "go"
    go_version: str = ""
    modules: Mapping[str, str] = attrs.field(factory=dict)
    """Module path -> folder of the main modules, for what the compilers print."""
    gopath: tuple[str, ...] = ()
    """What `go env GOPATH` says: in the first one's bin, `go install` puts a dlv."""

    def command(self, output: str) -> tuple[str, ...]:
        """Return the arguments of the go command as Delve 1.27.1 writes them (`pkg/gobuild`)."""
        verb = ("test", "-c") if self.test else ("build",)
        own = ("-o", output, "-gcflags", "all=-N -l")
        flags = (*self.flags, *own) if self.flags_first else (*own, *self.flags)
        return (*verb, *flags, self.package)


@attrs.frozen
class Plan:
    """What dlv is asked (`arguments`, already without `"dapshim"`), which dlv, and what the user is told."""

    request: Literal["launch", "attach"]
    mode: str
    arguments: Mapping[str, Any]
    dlv: Dlv = Dlv()
    build: Build | None = None
    notices: tuple[Notice, ...] = ()
    wait_for: str | None = None
    """The name that a process to attach to will begin with; dapshim waits for it, since Delve can miss it."""
