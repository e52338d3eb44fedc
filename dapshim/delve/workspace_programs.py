"""What of a folder can be debugged, as a build on this machine would see it; go itself is not run. Blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from dapshim.delve.surroundings import this_system
from dapshim.delve.versions import SUPPORT
from dapshim.golang.build_context import BuildContext, build_tags
from dapshim.golang.files import CachedFiles, Files, RealFiles
from dapshim.golang.quoting import split_flags
from dapshim.golang.spelling import parent
from dapshim.golang.toolchain import LEVELS, find_gos, saved_settings
from dapshim.golang.versions import GoVersion, VersionError, parse_version
from dapshim.golang.workspace import Workspace, read_workspace
from dapshim.golang.workspace_programs import Debuggables, debuggables
from dapshim.options.layers import Options
from dapshim.sources.goroots import version_of

PATIENCE: Final = 10.0
"""Seconds after which what was found by then is the answer; 40 modules take a tenth of one."""


def programs(folder: str, environ: Mapping[str, str], options: Options, files: Files | None = None) -> Debuggables:
    """Return the programs and the packages with tests of a folder's workspace: see `dapshim.golang.workspace_programs`.

    `folder` is absolute. `files` is where files are read, such as an editor's.

    Raises:
        WorkspaceError: GOWORK or GO111MODULE has a value with which no go command works.

    """
    source = files if files is not None else RealFiles()
    cached = CachedFiles(source)
    saved = saved_settings(cached, environ)

    def value(name: str) -> str:
        return environ.get(name) or saved.get(name, "")

    go_work = options.text("goWork") or value("GOWORK") or None
    module_mode = value("GO111MODULE")
    flags = _words(value("GOFLAGS"))
    # GOPATH mode has no modules to walk; what has a go.mod is debugged all the same once the variable is mended.
    mode = "" if module_mode == "off" else module_mode
    workspace = read_workspace(cached, folder, go_work, mode, (), flags, goroot=value("GOROOT"))
    ends = time.monotonic() + PATIENCE
    context = _context(cached, environ, options, value, workspace, flags)
    return debuggables(source, context, workspace, go_on=lambda: time.monotonic() < ends)


def as_json(found: Debuggables) -> dict[str, Any]:
    """Return the answer to `dapshim/programs`."""
    rows = [
        {"kind": each.kind, "folder": each.directory, "importPath": each.import_path, "module": each.module}
        for each in found.packages
    ]
    return {"programs": rows, "complete": found.complete}


def _words(goflags: str) -> tuple[str, ...]:
    try:
        return split_flags(goflags)
    except ValueError:
        return ()


def _context(
    files: CachedFiles,
    environ: Mapping[str, str],
    options: Options,
    value: Callable[[str], str],
    workspace: Workspace,
    flags: tuple[str, ...],
) -> BuildContext:
    system, machine = this_system()
    goarch = value("GOARCH") or machine
    experiments = frozenset(each for each in value("GOEXPERIMENT").split(",") if each and not each.startswith("no"))
    return BuildContext(
        value("GOOS") or system,
        goarch,
        # A C compiler is not looked for: what is listed with cgo and cannot be built says why at F5.
        cgo_enabled=value("CGO_ENABLED") != "0",
        version=_version(files, environ, options, workspace),
        tags=frozenset(build_tags(flags)),
        experiments=experiments,
        level=value(LEVELS.get(goarch, "")) if goarch in LEVELS else "",
    )


def _version(files: CachedFiles, environ: Mapping[str, str], options: Options, workspace: Workspace) -> GoVersion:
    """Return the Go that builds: that of the go command's own tree, or a newer one that go.work or go.mod ask for."""
    named = options.text("go")
    gos = (named,) if named else find_gos(environ, files)
    trees = [version_of(files, parent(parent(files.real(each)))) for each in gos[:1]]
    newest = ".".join(map(str, SUPPORT[0].newest))
    found = []
    for text in (*(filter(None, trees) if any(trees) else (newest,)), workspace.go_line, workspace.toolchain_line):
        try:
            found.append(parse_version(text))
        except VersionError:
            continue
    return max(found)
