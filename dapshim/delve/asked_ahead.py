"""What go says in a folder, asked before the first session needs it, so that nobody waits for go at F5.

Whoever listens in a folder will mostly debug there. Nothing is fetched for it: where go would take another toolchain, which it
may have to download, it is left to the session that asks for it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

from dapshim.delve.planned import Setting
from dapshim.delve.planning import facts_for
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
