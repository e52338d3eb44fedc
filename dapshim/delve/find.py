"""Where dlv is. Looks only at files, and only where the caller's environment points; starts nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

NAME: Final = "dlv.exe" if os.name == "nt" else "dlv"

INSTALL: Final = "go install github.com/go-delve/delve/cmd/dlv@v1.27.1"
"""The command that a person without dlv needs; the version is the one that dapshim was tested with."""


class DlvNotFound(Exception):  # noqa: N818 - it is what happened, in the words of the field
    """There is no dlv that can be run; the message is for the user and names the way out."""


def find_dlv(explicit: str | None, environ: Mapping[str, str]) -> str:
    """Return the absolute path of the dlv to run.

    The first of these that is set or holds one: `explicit` (the `--dlv` option), `DAPSHIM_DLV`, the PATH, `$GOBIN`, the `bin`
    of each folder of `$GOPATH`, `~/go/bin` (where `go install` puts it when nothing is set). What a person named is taken or
    refused, never passed over.

    Raises:
        DlvNotFound: what was named cannot be run, or none was found.

    """
    home = environ.get("HOME", "")
    for setting, named in (("--dlv", explicit), ("DAPSHIM_DLV", environ.get("DAPSHIM_DLV"))):
        if named:
            return _named(setting, named, home)
    looked: dict[str, list[str]] = {}
    for place, folder in _places(environ, home):
        # A relative folder would make what is run depend on where the editor was started.
        if not Path(folder).is_absolute():
            continue
        candidate = str(Path(folder, NAME))
        if _why_not(candidate) is None:
            return candidate
        looked.setdefault(place, []).append(folder)
    where = "; ".join(f"{place} ({', '.join(folders)})" if place != "PATH" else place for place, folders in looked.items())
    raise DlvNotFound(
        f"dlv, the Go debugger, was not found. Looked in: {where or 'nothing, since neither PATH nor HOME is set'}. "
        f"Install it with: {INSTALL}  or name one with --dlv PATH or DAPSHIM_DLV."
    )


def _named(setting: str, named: str, home: str) -> str:
    # Editors hand settings on unexpanded, where a shell would have done it.
    path = str(Path(home, named[2:])) if named.startswith("~/") and home else str(Path(named).absolute())
    reason = _why_not(path)
    if reason is not None:
        raise DlvNotFound(
            f"{path}, which {setting} names as the dlv to run, {reason}. Name another, or install it with: {INSTALL}"
        )
    return path


def _why_not(path: str) -> str | None:
    """Say what keeps `path` from being run, None when nothing does."""
    if Path(path).is_dir():
        return "is a folder"
    if not Path(path).exists():
        return "does not exist"
    if not Path(path).is_file() or not os.access(path, os.X_OK):
        return "is not executable"
    return None


def _places(environ: Mapping[str, str], home: str) -> Iterator[tuple[str, str]]:
    for folder in environ.get("PATH", "").split(os.pathsep):
        yield "PATH", folder
    yield "GOBIN", environ.get("GOBIN", "")
    for folder in environ.get("GOPATH", "").split(os.pathsep):
        yield "GOPATH", str(Path(folder, "bin")) if folder else ""
    if home:
        yield "~/go/bin", str(Path(home, "go", "bin"))
