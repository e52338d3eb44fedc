"""All that mapping is made from. The caller gathers it; what is not known stays empty, and less is mapped."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dapshim.binary.recorded import Recorded
from dapshim.golang.files import Files
from dapshim.golang.overlay import read_replacements
from dapshim.golang.toolchain import GoEnv
from dapshim.golang.workspace import Workspace
from dapshim.sources.rules import NO_RULES, Rules
from dapshim.sources.spelling import ClientPath


@attrs.frozen(eq=False)
class Facts:
    """`files` is best a `CachedFiles`, made for this map. The nearer of two `workspaces` comes first."""

    recorded: Recorded
    files: Files
    workspaces: tuple[Workspace, ...] = ()
    """What go sees from the program's folder and from each folder that the editor has open."""
    env: GoEnv | None = None
    roots: tuple[ClientPath, ...] = ()
    """The folders that the editor has open, as it spells them: what comes back below one comes in that spelling."""
    rules: Rules = NO_RULES
    overlay: Mapping[str, str] = attrs.field(factory=dict)
    """The path that was compiled -> the file whose text it was, both absolute; see `read_overlay`."""
    program: str = ""
    """The local folder that was built; it tells where `go build main.go` had its files."""
    goroots: tuple[str, ...] = ()
    """Go trees besides that of `env`."""
    may_walk: bool = False
    """Whether, when all else has failed, the folders of `roots` may be walked, as far as MAX_WALK entries."""


def read_overlay(files: Files, flags: tuple[str, ...], directory: str) -> dict[str, str]:
    """Return the overlay that these flags of go build name (GOFLAGS and those of the launch), seen from `directory`.

    An empty replacement, which deletes a file for the build, is dropped. Nothing when there is no such flag.

    Raises:
        ValueError: the file cannot be read or is none; the message names it and the flag.

    """
    return {logical: actual for logical, actual in read_replacements(files, flags, directory).items() if actual}
