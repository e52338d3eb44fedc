"""What the rules about go.work, go.mod and vendor folders rest on. `dapshim.delve.checkup` gathers it; a test makes it up."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dapshim.golang.modfile import Require
from dapshim.golang.modules import FoundModule
from dapshim.golang.workspace import Workspace


@attrs.frozen
class Needed:
    """A module that a go.mod requires for the person's own code, after replacing. `file` is the go.mod that says so."""

    path: str
    version: str
    file: str
    line: Require
    cached: bool
    """Whether it is in the module cache."""
    summed: bool
    """Whether go.sum or go.work.sum knows its hash."""


@attrs.frozen
class WorkspaceFacts:
    """A workspace as Go sees it from one folder.

    `unused` are modules below the folder of go.work that it does not use, `wanted` the folders of those that a launch
    configuration debugs a program of. `variables` are those of `go env`; `git` says whether git can be run.
    """

    space: Workspace
    unused: tuple[FoundModule, ...] = ()
    wanted: frozenset[str] = frozenset()
    needed: tuple[Needed, ...] = ()
    variables: Mapping[str, str] = attrs.field(factory=dict)
    git: bool = True
    goflags: str = ""
    goflags_saved: bool = False
    """Whether `go env -w` set GOFLAGS, not the environment."""
