"""What rules look at. Each part may be missing (None): then no rule that needs it says anything.

Who gathers them: `dapshim.binary` the executable's, `dapshim.delve.surroundings` those of this machine; a launch knows its own.
"""

from __future__ import annotations

import attrs

from dapshim.binary.core import CoreFacts
from dapshim.binary.dwarf_units import Dwarf
from dapshim.binary.facts import BinaryFacts
from dapshim.sources.stale import Staleness

GoRelease = tuple[int, int]
"""Major and minor version of Go."""


@attrs.frozen
class DebugFile:
    """What a debug link or a build id leads to: the file, whether it is of this very build, and its debug info."""

    path: str
    fits: bool
    dwarf: Dwarf | None = None


@attrs.frozen
class HostFacts:
    """The machine on which Delve runs the program: Go's names of it, and what is there of what the program needs.

    `interpreter` says whether the loader that the program asks for is there, None where it asks for none or nobody looked;
    `missing_libraries` those that it asks for by name and that are nowhere. `upx`: there is a command `upx`.
    """

    system: str
    machine: str
    interpreter: bool | None = None
    missing_libraries: tuple[str, ...] = ()
    debug_file: DebugFile | None = None
    upx: bool = False


@attrs.frozen
class DlvFacts:
    """A dlv: its version, the oldest and newest Go whose programs it takes, and the Go that it was built with.

    None where nothing is known. `suited` is the version of the newest Delve that takes the program's Go, "" where none does.
    """

    version: str
    oldest: GoRelease | None = None
    newest: GoRelease | None = None
    built_with: GoRelease | None = None
    suited: str = ""


@attrs.frozen
class LaunchFacts:
    """A launch or attach configuration, as far as it decides what can be debugged.

    `mode` is Delve's (`debug`, `test`, `exec`, …). `before` and `after` are the words of `buildFlags` that dlv puts in front of
    its own `-gcflags all=-N -l` (a list) and behind it (a text), `goflags` those of GOFLAGS in the build's environment.
    `check_go_version` is False where dlv is told not to look at Go's version.
    """

    mode: str = "exec"
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    goflags: tuple[str, ...] = ()
    check_go_version: bool = True


@attrs.frozen
class StaleFile:
    """A local source file that is not the one that was compiled."""

    path: str
    staleness: Staleness


@attrs.frozen
class ForeignModule:
    """A module of the binary that has another version where the person works: `here` is that version or folder, of `where`."""

    path: str
    recorded: str
    here: str
    where: str


@attrs.frozen
class SourceFacts:
    """The sources on this machine. `folder` is that of the main package, "" where it was not found; None: nobody looked."""

    folder: str | None = None
    stale: tuple[StaleFile, ...] = ()
    foreign: tuple[ForeignModule, ...] = ()


@attrs.frozen
class EndingFacts:
    """How the program ended: the signal that ended it, and what `memory.events` of its cgroup says of out-of-memory kills.

    `oom_kills` counts those since it was started; `limit` is the cgroup's limit in bytes, None where it has none.
    """

    signal: int = 0
    oom_kills: int = 0
    limit: int | None = None
    cgroup: str = ""


@attrs.frozen(slots=False)
class Facts:
    """All that is known."""

    binary: BinaryFacts | None = None
    host: HostFacts | None = None
    dlv: DlvFacts | None = None
    launch: LaunchFacts | None = None
    sources: SourceFacts | None = None
    core: CoreFacts | None = None
    ending: EndingFacts | None = None

    @property
    def where(self) -> str:
        """The path of the file that it is about; "" without one."""
        return self.binary.file.path if self.binary is not None else ""

    @property
    def program(self) -> BinaryFacts | None:
        """The binary, when it is a whole Go program whose debug info is worth a look; None for all else."""
        found = self.binary
        if found is None or found.damage is not None or found.type != "executable" or found.packing_hides:
            return None
        return found if found.is_go and found.build_mode not in ("plugin", "c-shared", "c-archive", "shared") else None

    @property
    def dwarf(self) -> Dwarf | None:
        """The debug info that Delve reads: the binary's own, else that of the debug file which is of this build.

        That of C libraries alone is none for a Go program.
        """
        own = self.binary.dwarf if self.binary is not None else None
        if own is not None and own.whole and not own.units:
            own = None
        beside = self.host.debug_file if self.host is not None else None
        return own if own is not None or beside is None or not beside.fits else beside.dwarf
