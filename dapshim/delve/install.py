"""Install a dlv with `go install`, untouched by what a person has set for programs of their own.

Blocks, and knows no terminal: progress goes to a function that is passed in.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import attrs

from dapshim.delve.find import NAME
from dapshim.delve.versions import (
    MODULE,
    PINNED,
    DlvVersionUnknown,
    newest_dlv,
    parse_go_version,
    read_dlv_version,
)

_ASKED: Final = ("GOVERSION", "GOHOSTOS", "GOHOSTARCH", "GOPATH")

_ASK_LIMIT: Final = 60.0
"""Seconds that `go env` may take; 10 ms are normal, but it may have to fetch the toolchain that a go.mod names."""

_LAST_LINES: Final = 3
"""Lines of a failing go command that its error keeps: the reason comes last."""


class InstallError(Exception):
    """There is no new dlv; the message is for the user, one line with go's own last words."""


@attrs.frozen
class GoFacts:
    """What a go command says of itself in the folder where it is asked."""

    go: str
    version: str
    host_os: str
    host_arch: str
    gopath: str


def ask_go(go: str, folder: str | None = None) -> GoFacts:
    """Ask a go command about itself, in a folder, or where we are: a go.mod there may name another toolchain.

    Raises:
        InstallError: it cannot be run, or fails.

    """
    try:
        done = subprocess.run(  # noqa: S603 - the go that a person named, or has on the PATH
            [go, "env", "-json", *_ASKED],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASK_LIMIT,
            check=False,
        )
    except OSError as error:
        raise InstallError(f"{go} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{go} env did not answer within {_ASK_LIMIT:.0f} seconds") from error
    if done.returncode != 0:
        last = _last_words(done.stderr.decode(errors="replace").splitlines())
        raise InstallError(f"{go} env failed with exit status {done.returncode}: {last}")
    try:
        answer = json.loads(done.stdout)
        return GoFacts(go, *(str(answer[name]) for name in _ASKED))
    except (ValueError, TypeError, KeyError) as error:
        raise InstallError(f"{go} is no go command: `{go} env -json` does not answer as one") from error


def version_for(go: GoFacts) -> str:
    """Return the Delve for a Go: the newest that takes its programs; the pinned one when none is known to."""
    release = parse_go_version(go.version)
    return (newest_dlv(release) if release is not None else None) or PINNED


def installed_version(path: str) -> str | None:
    """Return the version of the dlv at `path`, None when there is none that answers."""
    try:
        return str(read_dlv_version(path)) if Path(path).exists() else None
    except DlvVersionUnknown:
        return None


def environment(environ: Mapping[str, str], go: GoFacts, folder: str) -> dict[str, str]:
    """Return the environment of `go install` for a dlv in `folder`.

    GOFLAGS and GOWORK are about a person's own programs, and GOOS and GOARCH would make a dlv for another machine. An empty
    variable is no variable to go (1.26), which then reads what `go env -w` wrote; so GOFLAGS is one blank, which is no flag,
    and GOOS and GOARCH are this machine's. GOPROXY and its like stay: they say how a module is reached from here.
    """
    return {
        **environ,
        "GOBIN": folder,
        "GOFLAGS": " ",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOOS": go.host_os,
        "GOARCH": go.host_arch,
    }


def install(go: GoFacts, version: str, folder: str, environ: Mapping[str, str], progress: Callable[[str], None]) -> str:
    """Build and install a Delve (`1.27.1` or `latest`) into `folder`, an absolute path; return the path of the dlv.

    `progress` gets each line that go prints meanwhile.

    Raises:
        InstallError: go fails, or what it installed is no dlv that runs.

    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InstallError(f"{folder} cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise InstallError(f"{folder} cannot be written; choose another folder with --to")
    # Outside of any module, so that no go.mod and no vendor folder has a say.
    with tempfile.TemporaryDirectory(prefix="dapshim-install-") as nowhere:
        _run([go.go, "install", "-v", module_at(version)], nowhere, environment(environ, go, folder), progress)
    path = str(Path(folder, NAME))
    check_installed(path, version)
    return path


def module_at(version: str) -> str:
    """Return what `go install` calls a Delve (`1.27.1` or `latest`)."""
    return f"{MODULE}@{version if version == 'latest' else f'v{version}'}"


def check_installed(path: str, version: str) -> None:
    """See that the dlv at `path` is there and is of a version.

    Raises:
        InstallError: it is not.

    """
    found = installed_version(path)
    if found is None:
        raise InstallError(f"go install succeeded, but there is no dlv at {path} that runs")
    if version not in (found, "latest"):
        raise InstallError(f"go install succeeded, but the dlv at {path} says that it is {found}, not {version}")


def _run(command: list[str], folder: str, env: Mapping[str, str], progress: Callable[[str], None]) -> None:
    last: deque[str] = deque(maxlen=_LAST_LINES)
    try:
        process = subprocess.Popen(  # noqa: S603 - as above
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise InstallError(f"{command[0]} cannot be run: {error.strerror}") from error
    with process:
        try:
            for line in process.stdout or ():
                if line.strip():
                    last.append(line.strip())
                    progress(line.strip())
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise InstallError(f"`{' '.join(command)}` failed with exit status {process.returncode}: {_last_words(last)}")


def _last_words(lines: deque[str] | list[str]) -> str:
    kept = [line.strip() for line in lines if line.strip()][-_LAST_LINES:]
    return " / ".join(kept) or "it printed nothing"
