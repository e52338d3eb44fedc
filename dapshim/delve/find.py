"""Where dlv is. Looks only at files, and only where the caller's environment points; starts nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs

from dapshim.delve.versions import INSTALL
from dapshim.options.layers import Value
from dapshim.options.table import Source
from dapshim.options.user_folders import user_folder

NAME: Final = "dlv.exe" if os.name == "nt" else "dlv"


class DlvNotFound(Exception):  # noqa: N818 - it is what happened, in the words of the field
    """There is no dlv that can be run; the message is for the user and names the way out."""


@attrs.frozen
class FoundDlv:
    """The absolute path of the dlv to run, and what the user should be told about it: nothing, or why it is not another."""

    path: str
    notice: str | None = None


def find_dlv(
    named: Value | None, environ: Mapping[str, str], *, tool_path: str | None = None, gopath: str | None = None
) -> FoundDlv:
    """Return the dlv to run.

    The first of these that is set or holds one: `named` (the option dlv) when it was given for this dapshim or this launch;
    `tool_path` (`dlvToolPath` of the launch); `named` from the user's own file; `$GOBIN`; the `bin` of each folder of
    `$GOPATH`, of `gopath` (what `go env GOPATH` says, when somebody has asked it), and of `~/go`, because those are where the
    command that we recommend puts a new one; the PATH; and where `dapshim install-dlv` puts it.

    What a person named is taken or refused, never passed over. A `dlvToolPath` may be a person's, or vscode-go's own, which
    sends one with every launch, even the path of a dlv that is gone since. The two cannot be told apart, so one that cannot
    be run is passed over with a notice, and refused only when there is no other.

    Raises:
        DlvNotFound: what was named cannot be run, or none was found.

    """
    home = environ.get("HOME", "")
    if named is not None and named.value and named.origin.source < Source.USER:
        return FoundDlv(_named(named, home))
    stale = None
    if tool_path:
        path = _absolute(tool_path, home)
        reason = _why_not(path)
        if reason is None:
            return FoundDlv(path)
        stale = f"{path}, which dlvToolPath names as the dlv to run, {reason}"
    try:
        found = _named(named, home) if named is not None and named.value else _searched(environ, home, gopath)
    except DlvNotFound as error:
        raise DlvNotFound(f"{stale}. {error}" if stale else str(error)) from error
    return FoundDlv(found, f"{stale}; {found} is used instead" if stale else None)


def own_folder(environ: Mapping[str, str]) -> str | None:
    """Return the folder where `dapshim install-dlv` puts a dlv; None when the environment names no home."""
    folder = user_folder(environ, "XDG_DATA_HOME")
    return str(Path(folder, "bin")) if folder is not None else None


def _searched(environ: Mapping[str, str], home: str, gopath: str | None) -> str:
    looked: dict[str, list[str]] = {}
    for place, folder in _places(environ, home, gopath):
        # A relative folder would make what is run depend on where the editor was started.
        if not Path(folder).is_absolute() or folder in looked.get(place, ()):
            continue
        candidate = str(Path(folder, NAME))
        if _why_not(candidate) is None:
            return candidate
        looked.setdefault(place, []).append(folder)
    where = "; ".join(f"{place} ({', '.join(folders)})" if place != "PATH" else place for place, folders in looked.items())
    raise DlvNotFound(
        f"dlv, the Go debugger, was not found. Looked in: {where or 'nothing, since neither PATH nor HOME is set'}. "
        f"Install it with: dapshim install-dlv  or: {INSTALL}  or name one with --dlv PATH or DAPSHIM_DLV."
    )


def _named(named: Value, home: str) -> str:
    path = _absolute(str(named.value), home)
    reason = _why_not(path)
    if reason is not None:
        raise DlvNotFound(
            f"{path}, which {named.origin.place} names as the dlv to run, {reason}. Name another, or install it with: {INSTALL}"
        )
    return path


def _absolute(path: str, home: str) -> str:
    # Editors hand settings on unexpanded, where a shell would have done it.
    return str(Path(home, path[2:])) if path.startswith("~/") and home else str(Path(path).absolute())


def _why_not(path: str) -> str | None:
    """Say what keeps `path` from being run, None when nothing does."""
    if Path(path).is_dir():
        return "is a folder"
    if not Path(path).exists():
        return "does not exist"
    if not Path(path).is_file() or not os.access(path, os.X_OK):
        return "is not executable"
    return None


def _places(environ: Mapping[str, str], home: str, gopath: str | None) -> Iterator[tuple[str, str]]:
    yield "GOBIN", environ.get("GOBIN", "")
    for place, folders in (("GOPATH", environ.get("GOPATH", "")), ("go env GOPATH", gopath or "")):
        for folder in folders.split(os.pathsep):
            yield place, str(Path(folder, "bin")) if folder else ""
    if home:
        yield "~/go/bin", str(Path(home, "go", "bin"))
    for folder in environ.get("PATH", "").split(os.pathsep):
        yield "PATH", folder
    own = own_folder(environ)
    if own is not None:
        yield "dapshim install-dlv", own
