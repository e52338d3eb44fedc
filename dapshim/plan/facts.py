"""What a plan rests on. Everything that must be read or asked is behind these few questions, so that tests can answer them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs

from dapshim.golang.files import Files
from dapshim.golang.toolchain import GoEnv
from dapshim.plan.variables import Variables


class Go(Protocol):
    """Asks a go command."""

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        """Return what `go env` says in `directory` with this environment.

        Raises:
            ToolchainError: there is no go command, or its answer is of no use.

        """


class Processes(Protocol):
    """Knows the processes of this machine."""

    def named(self, name: str) -> tuple[tuple[int, str], ...]:
        """Return number and command line of those that a person may mean by `name`."""


@attrs.frozen
class Facts:
    """What holds where dapshim runs.

    `environ` is that of the dlv to be; `cwd` dapshim's own directory. `workspace_folder` is what the option of that name says,
    else `cwd`. `go_work` is the option `goWork`. `connected` says whether dapshim stands in front of a dlv that ran already
    (`--connect`), `own_port` where it listens itself, `terminals` whether the client can run a program in a terminal.
    """

    files: Files
    environ: Mapping[str, str]
    cwd: str
    home: str
    go_command: Go
    processes: Processes
    workspace_folder: str
    connected: bool = False
    go_work: str | None = None
    own_port: int | None = None
    terminals: bool = False

    @property
    def variables(self) -> Variables:
        """What `${…}` stands for."""
        return Variables(self.workspace_folder, self.home, self.cwd, self.environ)
