"""The files as a build with `-overlay` sees them: some in the place of others, some that are not on disk, some taken away.

Go 1.26 `cmd/go/internal/fsys`: the file is JSON, `{"Replace": {PATH: REPLACEMENT}}`; relative paths are seen from the folder in
which go runs; an empty replacement takes the file away. What it cannot read fails the build, with go's own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from dapshim.golang.files import Entries, EntryKind, Files, Kind
from dapshim.golang.quoting import flag_value
from dapshim.golang.spelling import join, parent, paths, upwards

MAX_OVERLAY: Final = 16 * 1024 * 1024
"""Bytes of an overlay file that are read."""


def read_replacements(files: Files, flags: Iterable[str], directory: str) -> dict[str, str]:
    """Return the overlay that these flags of go build name, seen from `directory`: absolute path -> absolute path, or "".

    Nothing when there is no such flag.

    Raises:
        ValueError: the file cannot be read or is none; the message names it and the flag.

    """
    name = flag_value(flags, "overlay")
    if not name:
        return {}
    path = join(directory, name)
    try:
        read = msgspec.json.decode(files.read(path, MAX_OVERLAY), type=dict[str, dict[str, str] | None])
    except OSError as error:
        raise ValueError(f"-overlay={name}: {path} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f'-overlay={name}: {path} is no {{"Replace": {{"path": "path"}}}}: {error}') from error
    pairs = read.get("Replace") or {}
    return {join(directory, logical): join(directory, actual) if actual else "" for logical, actual in pairs.items()}


def overlaid(files: Files, flags: Iterable[str], directory: str) -> Files:
    """Return the files as a build with these flags sees them from `directory`; the same ones when it has no overlay."""
    try:
        replaced = read_replacements(files, flags, directory)
    except ValueError:
        # The build fails, in go's own words.
        return files
    return OverlaidFiles(files, replaced) if replaced else files


class OverlaidFiles:
    """Another `Files` with replacements: absolute path -> absolute path of what stands there, "" for nothing."""

    def __init__(self, files: Files, replaced: dict[str, str]) -> None:
        self._files = files
        self._replaced = replaced
        self._added: dict[str, dict[str, EntryKind]] = {}
        for path, other in replaced.items():
            if not other:
                continue
            kind: EntryKind = "file"
            for place in upwards(path)[:-1]:
                self._added.setdefault(parent(place), {})[paths.basename(place)] = kind
                kind = "folder"

    def kind(self, path: str) -> Kind | None:
        """See `Files.kind`."""
        if path in self._replaced:
            other = self._replaced[path]
            return self._files.kind(other) if other else None
        return "folder" if path in self._added else self._files.kind(path)

    def read(self, path: str, limit: int | None = None) -> bytes:
        """See `Files.read`."""
        other = self._replaced.get(path, path)
        if not other:
            raise FileNotFoundError(f"{path} is taken away by -overlay")
        return self._files.read(other, limit)

    def list(self, path: str) -> Entries:
        """See `Files.list`."""
        added = self._added.get(path, {})
        try:
            found = dict(self._files.list(path))
        except OSError:
            if not added:
                raise
            found = {}
        # A folder on the way to an added file is that of the disk, where there is one.
        found = {**{name: kind for name, kind in added.items() if kind == "folder"}, **found}
        found.update({name: kind for name, kind in added.items() if kind == "file"})
        return sorted((name, kind) for name, kind in found.items() if self._replaced.get(join(path, name)) != "")

    def real(self, path: str) -> str:
        """See `Files.real`."""
        return self._files.real(path)

    def executable(self, path: str) -> bool:
        """See `Files.executable`."""
        return self._files.executable(self._replaced.get(path) or path)
