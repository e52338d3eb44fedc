"""The go command and its settings: which ones there are, and what `go env` says. Starts nothing: the caller runs ENV_COMMAND.

Where a setting comes from matters to a person who must mend it: the environment of the editor, or `go env -w`, which nobody
remembers having typed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import attrs
import msgspec

from dapshim.golang.files import Files
from dapshim.golang.quoting import flag_value, quote_flag, split_flags
from dapshim.golang.spelling import clean, join, paths
from dapshim.golang.versions import GoVersion, Selection, VersionError, parse_version, select_toolchain

__all__ = [
    "ENV_COMMAND",
    "GoEnv",
    "GoVersion",
    "Selection",
    "ToolchainError",
    "VersionError",
    "find_gos",
    "flag_value",
    "gos_on_path",
    "parse_env",
    "parse_version",
    "quote_flag",
    "read_env_file",
    "saved_settings",
    "select_toolchain",
    "split_flags",
]

LEVELS: Final = {
    "386": "GO386",
    "amd64": "GOAMD64",
    "arm": "GOARM",
    "arm64": "GOARM64",
    "mips": "GOMIPS",
    "mipsle": "GOMIPS",
    "mips64": "GOMIPS64",
    "mips64le": "GOMIPS64",
    "ppc64": "GOPPC64",
    "ppc64le": "GOPPC64",
    "riscv64": "GORISCV64",
}
"""GOARCH -> the variable that says which of its kind the processor is at least."""

GO: Final = "go.exe" if sys.platform == "win32" else "go"

_NAMES: Final = (
    "CGO_ENABLED",
    "GO111MODULE",
    "GOARCH",
    "GOBIN",
    "GOENV",
    "GOEXPERIMENT",
    "GOFLAGS",
    "GOHOSTARCH",
    "GOHOSTOS",
    "GOMOD",
    "GOMODCACHE",
    "GOOS",
    "GOPATH",
    "GOROOT",
    "GOTOOLCHAIN",
    "GOVERSION",
    "GOWORK",
    *sorted(set(LEVELS.values())),
)

ENV_COMMAND: Final = ("env", "-json", *_NAMES)
"""Arguments for the go command, run in the module's directory. With the names given it does not work out the C
compiler's flags (Go 1.26: half the time of a bare `go env -json`)."""

Source = Literal["environment", "go env -w", "default"]


class ToolchainError(Exception):
    """The go command or its answer is of no use; the message is for the user and names the way out."""


@attrs.frozen
class GoEnv:
    """What `go env` said in one directory. Texts are "" and tuples empty where a variable is not set."""

    go: str
    """The go command that was asked."""
    goroot: str
    goversion: str
    """As `go env` prints it, `go1.26.0-X:nogreenteagc`; `version` is the same, read."""
    version: GoVersion
    gopath: tuple[str, ...] = ()
    gobin: str = ""
    gomodcache: str = ""
    goflags: tuple[str, ...] = ()
    """Split as the go command splits it."""
    gowork: str = ""
    """The go.work in force, "" for none, "off" when it was switched off."""
    gotoolchain: str = ""
    goos: str = ""
    goarch: str = ""
    gohostos: str = ""
    gohostarch: str = ""
    gomod: str = ""
    """The main module's go.mod; "" in GOPATH mode and, other than Go prints it, outside of any module."""
    go111module: str = ""
    cgo_enabled: bool = True
    goexperiment: str = ""
    level: str = ""
    """GOAMD64, GOARM, … of this GOARCH."""
    goenv: str = ""
    """The file that `go env -w` writes; "" when GOENV=off."""
    changed: Mapping[str, str] = attrs.field(factory=dict)
    """What `go env -w` set and the environment does not override."""
    environment: Mapping[str, str] = attrs.field(factory=dict)
    """The variables above that the environment sets (an empty one sets nothing, as for Go)."""

    def source_of(self, name: str) -> Source:
        """Say who set the variable: the environment, which wins, or `go env -w`, or nobody."""
        return "environment" if name in self.environment else "go env -w" if name in self.changed else "default"

    @property
    def cross(self) -> bool:
        """Whether it builds for another system or processor than it runs on."""
        return (self.goos, self.goarch) != (self.gohostos, self.gohostarch)


def parse_env(
    stdout: bytes, *, go: str = GO, environ: Mapping[str, str] | None = None, files: Files | None = None, stderr: bytes = b""
) -> GoEnv:
    """Read what `go env -json …` printed.

    `environ` is the environment in which it ran and `files` reads the file of `go env -w`; without them nothing is known of
    where a setting comes from. `stderr` is quoted when the answer is of no use.

    Raises:
        ToolchainError: that is no answer of `go env`, or GOFLAGS cannot be split.

    """
    try:
        values = msgspec.json.decode(stdout, type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        said = (stderr or stdout).decode("utf-8", "replace").strip()
        if said and not stdout.strip():
            raise ToolchainError(f"{go} env failed: {said}") from error
        raise ToolchainError(
            f"{go} env -json gave no answer that can be read ({error}). It said: {said or 'nothing'}"
        ) from error
    get = values.get
    if not get("GOROOT") or not get("GOVERSION"):
        # Go before 1.13 has no GOVERSION in go env, and dlv supports nothing that old.
        missing = "GOROOT" if not get("GOROOT") else "GOVERSION"
        raise ToolchainError(f"{go} env does not say {missing}: is that the go command, and is its GOROOT in place?")
    try:
        version = parse_version(values["GOVERSION"])
    except VersionError as error:
        raise ToolchainError(f"{go} env says GOVERSION={values['GOVERSION']}, which is no version of Go") from error
    saved = read_env_file(files, values.get("GOENV", "")) if files is not None else {}
    environment = {name: value for name, value in (environ or {}).items() if value and (name in _NAMES or name in saved)}
    changed = {name: value for name, value in saved.items() if value and name not in environment}
    flags = get("GOFLAGS", "")
    try:
        goflags = split_flags(flags)
    except ValueError as error:
        where = "go env -u GOFLAGS" if "GOFLAGS" in changed else "unset GOFLAGS"
        raise ToolchainError(f"GOFLAGS={flags} cannot be read: {error}. Mend it, or drop it with: {where}") from error
    gomod = get("GOMOD", "")
    return GoEnv(
        go=go,
        goroot=values["GOROOT"],
        goversion=values["GOVERSION"],
        version=version,
        gopath=tuple(each for each in get("GOPATH", "").split(os.pathsep) if each),
        gobin=get("GOBIN", ""),
        gomodcache=get("GOMODCACHE", ""),
        goflags=goflags,
        gowork=get("GOWORK", ""),
        gotoolchain=get("GOTOOLCHAIN", ""),
        goos=get("GOOS", ""),
        goarch=get("GOARCH", ""),
        gohostos=get("GOHOSTOS", ""),
        gohostarch=get("GOHOSTARCH", ""),
        gomod="" if gomod == os.devnull else gomod,
        go111module=get("GO111MODULE", ""),
        cgo_enabled=get("CGO_ENABLED", "1") != "0",
        goexperiment=get("GOEXPERIMENT", ""),
        level=get(LEVELS.get(get("GOARCH", ""), ""), ""),
        goenv=get("GOENV", ""),
        changed=changed,
        environment=environment,
    )


def read_env_file(files: Files, path: str) -> dict[str, str]:
    """Return what `go env -w` wrote to its file; nothing when there is none. As cfg.readEnvFile does: the last one counts."""
    if not path or path == "off":
        return {}
    try:
        text = files.read(path).decode("utf-8", "surrogateescape")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in text.split("\n") if "A" <= line[:1] <= "Z")
    return {name: value for name, equals, value in pairs if equals}


def saved_settings(files: Files, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what `go env -w` wrote, without asking go, which these very settings may keep from answering."""
    home = environ.get("HOME", "")
    base = environ.get("XDG_CONFIG_HOME") or join(home, ".config")
    if sys.platform == "darwin":
        base = join(home, "Library/Application Support")
    elif sys.platform == "win32":
        base = environ.get("APPDATA", "")
    path = environ.get("GOENV") or (join(base, "go/env") if base else "")
    return read_env_file(files, path)


def find_gos(environ: Mapping[str, str], files: Files) -> tuple[str, ...]:
    """Return every go command on the PATH, in its order; when there is none, those in the usual places.

    Links are not resolved: what the shell would run is what is named. Relative folders of the PATH are not looked at, as Go
    itself does not. An editor that was not started from a terminal often has a PATH without Go.
    """
    return gos_on_path(environ, files) or _gos(_usual_places(environ, files), files)


def gos_on_path(environ: Mapping[str, str], files: Files) -> tuple[str, ...]:
    """Return every go command on the PATH, in its order: the first is the one that whoever runs plain `go` gets."""
    return _gos(iter(environ.get("PATH", "").split(os.pathsep)), files)


def _gos(folders: Iterator[str], files: Files) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for folder in folders:
        if paths.isabs(folder):
            go = join(clean(folder), GO)
            if go not in found and files.executable(go):
                found[go] = None
    return tuple(found)


def _usual_places(environ: Mapping[str, str], files: Files) -> Iterator[str]:
    if goroot := environ.get("GOROOT"):
        yield join(goroot, "bin")
    if sys.platform == "win32":
        yield join(environ.get("ProgramFiles", r"C:\Program Files"), r"Go\bin")
    yield "/usr/local/go/bin"
    home = environ.get("HOME") or environ.get("USERPROFILE", "")
    if home:
        yield from (join(home, f"sdk/{name}/bin") for name in _sdks(files, join(home, "sdk")))
        yield join(home, "go/bin")
    yield from ("/opt/homebrew/bin", "/usr/local/bin", "/home/linuxbrew/.linuxbrew/bin", "/snap/bin", "/usr/lib/go/bin")


def _sdks(files: Files, folder: str) -> list[str]:
    """Return what `go install golang.org/dl/go1.x@latest` left in ~/sdk, the newest first."""
    try:
        names = [name for name, _ in files.list(folder)]
    except OSError:
        return []
    versions = []
    for name in names:
        try:
            versions.append((parse_version(name), name))
        except VersionError:
            continue
    return [name for _, name in sorted(versions, reverse=True)]
