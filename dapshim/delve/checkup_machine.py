"""What the rules about a toolchain rest on, asked from this machine. Nothing that a project names is run."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from dapshim.binary.build_info import read_build_info
from dapshim.binary.containers import read_image
from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import OpenedFile
from dapshim.delve.attaching import debug_rights
from dapshim.delve.checkup_files import EditorFiles, Part
from dapshim.delve.find import DlvNotFound, find_dlv
from dapshim.delve.go_command import GoCommand
from dapshim.delve.versions import (
    PINNED,
    DlvVersionUnknown,
    known_version,
    matches,
    newest_dlv,
    parse_go_version,
    too_old,
)
from dapshim.diagnose.placed import place_in
from dapshim.diagnose.toolchain_facts import SHELL, Dlv, Mended, NamedTool, Rights, Root, Tool, Xcode
from dapshim.golang.files import CachedFiles
from dapshim.golang.spelling import join, parent, paths
from dapshim.golang.toolchain import GO, GoEnv, find_gos, gos_on_path
from dapshim.golang.versions import Selection, VersionError, select_toolchain
from dapshim.options.layers import Options
from dapshim.plan.outcome import PlanError
from dapshim.plan.variables import Variables

MORE: Final = ("GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "CC", "PKG_CONFIG", "CGO_CFLAGS")
_ALONE: Final = ("GOROOT", "GOPATH", "GOFLAGS", "GO111MODULE", "GOTOOLCHAIN", "GOWORK", "GOOS", "GOARCH", "GOEXPERIMENT")
"""What may keep the go command from answering; without it, it says what it is by itself."""
_LIMIT: Final = 60.0
_MACHINES: Final = {
    "x86_64": "amd64",
    "AMD64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i686": "386",
    "armv7l": "arm",
    "armv6l": "arm",
    "loongarch64": "loong64",
}
_DEBUGSERVERS: Final = (
    "/Library/Developer/CommandLineTools/Library/PrivateFrameworks/LLDB.framework/Versions/A/Resources/debugserver",
    "/Applications/Xcode.app/Contents/SharedFrameworks/LLDB.framework/Versions/A/Resources/debugserver",
)
DELVE: Final = "github.com/go-delve/delve"


def go_alone(go: GoCommand, environ: Mapping[str, str]) -> GoEnv:
    """Return what the go command says when nobody sets anything and no go.mod counts.

    Raises:
        ToolchainError: there is none, or it is of no use.

    """
    kept = {name: value for name, value in environ.items() if name not in _ALONE}
    return go.env(paths.abspath(os.sep), {**kept, "GOENV": "off", "GO111MODULE": "off"})


def chosen_toolchain(alone: GoEnv, setting: str, lines: tuple[str, str]) -> Selection | None:
    """Return which toolchain builds; None when that cannot be read.

    `setting` is GOTOOLCHAIN; `lines` are the go and the toolchain line that count in the folder.
    """
    try:
        return select_toolchain(alone.version, setting, *lines)
    except VersionError:
        return None


def asking_environment(
    environ: Mapping[str, str], alone: GoEnv, chosen: Selection | None, files: CachedFiles, gomodcache: str
) -> dict[str, str]:
    """Return the environment in which go may be asked something in a folder without fetching another toolchain for that."""
    if chosen is None or not chosen.switches:
        return dict(environ)
    folder = f"golang.org/toolchain@v0.0.1-{chosen.name}.{alone.gohostos}-{alone.gohostarch}"
    return dict(environ) if files.kind(join(gomodcache, folder)) == "folder" else {**environ, "GOTOOLCHAIN": "local"}


def further_variables(go: str, folder: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `go env` that a plan does not need; none when go does not answer."""
    try:
        asked = subprocess.run(  # noqa: S603 - the person's own go
            [go, "env", "-json", *MORE],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LIMIT,
            check=False,
        )
        answer = json.loads(asked.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return {str(name): str(value) for name, value in answer.items()} if isinstance(answer, dict) else {}


def goroot_facts(files: CachedFiles, alone: GoEnv, environ: Mapping[str, str], saved: Mapping[str, str]) -> Root | None:
    """Return GOROOT as it is set, None when it is not."""
    value = environ.get("GOROOT") or saved.get("GOROOT", "")
    if not value:
        return None
    own, folder = files.real(alone.goroot), files.real(paths.normpath(value))
    source = "environment" if environ.get("GOROOT") else "go env -w"
    if folder == own:
        return Root(own, "", own, "", "environment")
    return Root(
        value, _version_file(files, folder), own, alone.goversion, "environment" if source == "environment" else "go env -w"
    )


def _version_file(files: CachedFiles, goroot: str) -> str:
    try:
        return files.read(join(goroot, "VERSION"), 200).decode("ascii", "replace").splitlines()[0].strip()
    except (OSError, IndexError):
        return ""


# -- tools -----------------------------------------------------------------------------------------


def processor() -> tuple[str, bool]:
    """Return the processor of this machine as Go calls it, and whether this process is translated by Rosetta."""
    name = platform.machine()
    machine = _MACHINES.get(name, name)
    if sys.platform == "darwin" and machine == "amd64" and _printed("sysctl", "-n", "sysctl.proc_translated") == "1":
        return "arm64", True
    return machine, False


def _printed(*command: str) -> str | None:
    """Return what one of the system's own programs prints, None when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the system's own
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LIMIT, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def look_at_tool(path: str, users: Iterable[str], files: CachedFiles) -> Tool:
    """Return what can be told of a go or a dlv without running it."""
    real = files.real(path)
    tool = Tool(path, real, users=tuple(users))
    try:
        with OpenedFile(real) as source:
            image = read_image(source)
            info = read_build_info(image)
    except BinaryError:
        return attrs.evolve(tool, version=_version_file(files, parent(parent(real))))
    own = info.main is not None and info.main.path == DELVE
    version = (
        info.main.version.removeprefix("v") if own and info.main is not None else _version_file(files, parent(parent(real)))
    )
    return attrs.evolve(tool, version=version, machine=image.machine)


def go_tools(
    files: CachedFiles, environ: Mapping[str, str], used: str, settings: EditorFiles, variables: Variables
) -> tuple[tuple[Tool, ...], tuple[NamedTool, ...]]:
    """Return every go command, that which sessions use first, and what the editor's settings name."""
    users: dict[str, list[str]] = {}
    if used:
        users.setdefault(used, []).append("dapshim")
    on_path = gos_on_path(environ, files)
    for number, each in enumerate(on_path):
        users.setdefault(each, []).extend([SHELL] if number == 0 else [])
    named = []
    for setting, way, tail in (
        ("go.alternateTools", ("go.alternateTools", "go"), ""),
        ("go.goroot", ("go.goroot",), f"bin/{GO}"),
    ):
        found = _named(settings, setting, way, variables, files, tail)
        if found is None:
            continue
        named.append(found)
        if found.there:
            users.setdefault(found.path, []).append(f"the editor ({setting})")
    for each in find_gos({**environ, "PATH": "", "GOROOT": ""}, files):
        users.setdefault(each, [])
    return tuple(look_at_tool(path, who, files) for path, who in users.items()), tuple(named)


def _named(
    settings: EditorFiles, setting: str, way: tuple[str, ...], variables: Variables, files: CachedFiles, tail: str
) -> NamedTool | None:
    """Return the tool that a setting names by a path; a bare name is looked for in the PATH, and says nothing new."""
    found = settings.setting(*way)
    if found is None or not found[0].text or ("/" not in found[0].text and "\\" not in found[0].text):
        return None
    node, part = found
    path = _expanded(node.text, part, variables)
    if path is None:
        return None
    path = join(path, tail) if tail else path
    return NamedTool(setting, path, place_in(part.source.file, part.source.document, node), files.executable(path))


def _expanded(text: str, part: Part, variables: Variables) -> str | None:
    known = attrs.evolve(variables, folder=part.folder)
    try:
        return known.path("setting", str(known.expanded(text)))
    except PlanError:
        return None


def dlv_facts(
    files: CachedFiles,
    environ: Mapping[str, str],
    options: Options,
    goversion: str,
    gopath: Iterable[str],
    settings: EditorFiles,
    variables: Variables,
    tool_paths: Iterable[str],
) -> tuple[Dlv, tuple[NamedTool, ...]]:
    """Return the dlv that sessions get, whether it takes what this Go builds, and what else is named."""
    release = parse_go_version(goversion)
    newest = (newest_dlv(release) if release is not None else None) or PINNED
    others: dict[str, str] = dict.fromkeys(tool_paths, "dlvToolPath of a launch configuration")
    named = _named(settings, "go.alternateTools", ("go.alternateTools", "dlv"), variables, files, "")
    if named is not None and named.there:
        others[named.path] = "the editor (go.alternateTools)"
    seen = tuple(look_at_tool(path, [who], files) for path, who in others.items() if files.executable(path))
    settled = (named,) if named is not None else ()
    try:
        path = find_dlv(options["dlv"], environ, gopath=os.pathsep.join(gopath)).path
    except DlvNotFound as error:
        return Dlv(None, str(error), newest=newest, others=seen), settled
    tool = look_at_tool(path, ["dapshim"], files)
    try:
        version = known_version(path)
    except (DlvVersionUnknown, OSError) as error:
        return Dlv(attrs.evolve(tool, error=str(error)), newest=newest, others=seen), settled
    old = too_old(version)
    mismatch = matches(version, goversion) if goversion and old is None else None
    return Dlv(
        attrs.evolve(tool, version=str(version)),
        mismatch=Mended(mismatch.text, mismatch.command) if mismatch is not None else None,
        too_old=Mended(old.text, old.command) if old is not None else None,
        newest=newest,
        others=seen,
    ), settled


# -- the system ------------------------------------------------------------------------------------


def rights(*, attaches: bool) -> Rights:
    """Return what this system lets a debugger do."""
    found = debug_rights()
    return Rights(found.scope, found.able, found.filtered, attaches)


def unwritable(gomodcache: str) -> tuple[str, ...]:
    """Return the module cache, or what is there of the way to it, when it cannot be written."""
    if not paths.isabs(gomodcache):
        return ()
    folder = gomodcache
    while not os.path.isdir(folder) and parent(folder) != folder:  # noqa: PTH112 - texts, as everywhere on this way
        folder = parent(folder)
    return () if os.access(folder, os.W_OK | os.X_OK) else (folder,)


def can_run(command: str, environ: Mapping[str, str]) -> bool:
    """Say whether the first word of a command, as CC has it, is a program that can be run."""
    words = command.split()
    return bool(words) and shutil.which(words[0], path=environ.get("PATH", "")) is not None


def xcode(system: str) -> Xcode | None:
    """Return what there is of Apple's tools; None on another system than "darwin"."""
    if system != "darwin":
        return None
    folder = _printed("xcode-select", "-p")
    if folder is None:
        return Xcode(None)
    licence = _printed("xcrun", "--find", "clang") is not None
    mode = _printed("DevToolsSecurity", "-status")
    return Xcode(
        folder,
        licence,
        _printed("xcrun", "--show-sdk-path"),
        any(os.path.exists(each) for each in _DEBUGSERVERS),  # noqa: PTH110 - the same
        None if mode is None else "enabled" in mode,
    )
