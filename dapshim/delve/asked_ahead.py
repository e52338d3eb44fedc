"""What go says in a folder, asked before the first session needs it, so that nobody waits for go at F5.

Whoever listens in a folder will mostly debug there. Nothing is fetched for it: where go would take another toolchain, which it
may have to download, it is left to the session that asks for it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

from dapshim.binary.recorded import Recorded
from dapshim.delve.loaded_ahead import load_ahead
from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.planning import facts_for
from dapshim.delve.program_mapping import ProgramMapping
from dapshim.delve.program_reading import program_of_names
from dapshim.delve.source_map import source_map_of
from dapshim.delve.target_cache import cache_of
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.spelling import join, parent
from dapshim.golang.toolchain import ToolchainError, find_gos, saved_settings
from dapshim.golang.versions import VersionError, parse_version, select_toolchain
from dapshim.golang.workspace import WorkspaceError, read_workspace
from dapshim.plan.outcome import PlanError

log = logging.getLogger(__name__)


def ask_ahead(setting: Setting) -> None:
    """Ask go in the workspace folder, and have its answer kept in `setting.answers`. Blocks for some milliseconds."""
    environ, files = dict(os.environ), CachedFiles(RealFiles())
    try:
        facts, _ = facts_for({}, setting, environ, files, terminals=False)
        if not _takes_another(facts.workspace_folder, environ, files):
            facts.go_command.env(facts.workspace_folder, environ)
    except (PlanError, ToolchainError, WorkspaceError, VersionError, OSError) as error:
        log.debug("go was not asked ahead: %s", error)


def rehearse(setting: Setting) -> None:
    """Plan an attach that nobody asked for, and look around as for one: the second time takes a fraction of the first.

    In front of a dlv that ran already, the programs that were met last are loaded too.
    """
    try:
        around = ProgramMapping(Planner(setting)).expected()
        if around is None:
            return
        source_map_of(program_of_names(Recorded()), around)
        cache = cache_of(os.environ) if setting.connected else None
        if cache is not None:
            load_ahead(setting, cache, around)
    except (ToolchainError, WorkspaceError, OSError) as error:
        log.debug("nothing was rehearsed: %s", error)


def _takes_another(folder: str, environ: Mapping[str, str], files: CachedFiles) -> bool:
    """Whether go would have another toolchain answer.

    Raises:
        OSError, VersionError: nothing tells which one it is itself.
        WorkspaceError: GOWORK or GO111MODULE has a value that Go refuses.

    """
    go = next(iter(find_gos(environ, files)), "")
    version = files.read(join(parent(parent(files.real(go))), "VERSION")).decode("utf-8", "replace").split("\n")[0]
    space = read_workspace(files, folder, environ.get("GOWORK") or None, "", ())
    written = environ.get("GOTOOLCHAIN") or saved_settings(files, environ).get("GOTOOLCHAIN") or "auto"
    return select_toolchain(parse_version(version), written, space.go_line, space.toolchain_line).switches
