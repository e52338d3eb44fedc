"""What this room may ask of a file system, so that a memory, a cache or another machine can stand in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol, TypeVar

import attrs

from dapshim.golang.spelling import paths

Kind = Literal["file", "folder"]
EntryKind = Literal["file", "folder", "link", "other"]
Entries = Sequence[tuple[str, EntryKind]]
Answer = TypeVar("Answer")
Question = TypeVar("Question")

READ_AT_ONCE: Final = 64 * 1024
_OPEN: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
"""Without O_NONBLOCK a FIFO would be waited for."""


class Files(Protocol):
    """The questions. Paths are absolute and in the asker's spelling."""

    def kind(self, path: str) -> Kind | None:
        """Say what `path` is, links followed; None when it is missing, out of reach, or something else."""

    def read(self, path: str, limit: int | None = None) -> bytes:
        """Return the file's bytes, or the first `limit` of them.

        Raises:
            OSError: it cannot be read.

        """

    def list(self, path: str) -> Entries:
        """Return the folder's entries, links not followed, sorted by name as Go sorts (by code point).

        Raises:
            OSError: it is no folder or cannot be listed.

        """

    def real(self, path: str) -> str:
        """Return the path with all links resolved, as far as it exists."""

    def executable(self, path: str) -> bool:
        """Say whether `path` is a file that this user may run."""


class RealFiles:
    """The machine's own file system. os, not pathlib: at a hundred thousand files the objects are most of the time."""

    def kind(self, path: str) -> Kind | None:
        """See `Files.kind`."""
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 - see the class
        except (OSError, ValueError):  # ValueError: a NUL in the path
            return None
        return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else None

    def read(self, path: str, limit: int | None = None) -> bytes:
        """See `Files.read`. What is no regular file is refused: a FIFO would never answer."""
        try:
            descriptor = os.open(path, _OPEN)
        except ValueError as error:
            raise OSError(str(error)) from error
        try:
            if limit is not None and limit <= READ_AT_ONCE:
                return os.read(descriptor, limit)
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(f"{path} is not a regular file")
            left = max(status.st_size + 1, READ_AT_ONCE) if limit is None else limit
            pieces = []
            while left > 0 and (piece := os.read(descriptor, left)):
                pieces.append(piece)
                left = max(READ_AT_ONCE, left - len(piece)) if limit is None else left - len(piece)
            return b"".join(pieces)
        finally:
            os.close(descriptor)

    def list(self, path: str) -> Entries:
        """See `Files.list`."""
        try:
            with os.scandir(path) as entries:
                found: list[tuple[str, EntryKind]] = [
                    (each.name, "file" if each.is_file(follow_symlinks=False) else _entry_kind(each)) for each in entries
                ]
        except ValueError as error:
            raise OSError(str(error)) from error
        found.sort()
        return found

    def glance(self, path: str) -> GoFolder:
        """See the function of this name."""
        go_files, folders, links, has_mod = [], [], [], False
        with os.scandir(path) as entries:
            for each in entries:
                name = each.name
                # is_file() is the cheaper question, and answers for nearly all of a hundred thousand.
                if name[-3:] == ".go" and (each.is_file() or not each.is_dir(follow_symlinks=False)):
                    go_files.append(name)
                elif each.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif each.is_symlink():
                    links.append(name)
                elif name == "go.mod":
                    has_mod = True
        return GoFolder(path, go_files, folders, links, has_mod)

    def real(self, path: str) -> str:
        """See `Files.real`."""
        return paths.realpath(path)

    def executable(self, path: str) -> bool:
        """See `Files.executable`."""
        return self.kind(path) == "file" and os.access(path, os.X_OK)


@attrs.frozen
class GoFolder:
    """What a folder holds for a walk over Go packages, in no order; links and files are told apart only where it matters."""

    path: str
    go_files: list[str]
    """Names that end in .go, of whatever kind but folders: reading them tells the rest."""
    folders: list[str]
    links: list[str]
    """Links that are not called .go."""
    has_mod: bool


def glance(files: Files, path: str) -> GoFolder:
    """Return what a walk must know of a folder. On the machine itself it takes half the time of a listing.

    Raises:
        OSError: it is no folder or cannot be listed.

    """
    if isinstance(files, RealFiles):
        return files.glance(path)
    found = GoFolder(path, [], [], [], ("go.mod", "file") in files.list(path))
    for name, kind in files.list(path):
        if kind == "folder":
            found.folders.append(name)
        elif name.endswith(".go"):
            found.go_files.append(name)
        elif kind == "link":
            found.links.append(name)
    return found


def _entry_kind(entry: os.DirEntry[str]) -> EntryKind:
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "link" if entry.is_symlink() else "file" if entry.is_file(follow_symlinks=False) else "other"


class CachedFiles:
    """Another `Files`, asked each question once: for the length of one plan, in which the files are taken to stand still."""

    def __init__(self, files: Files) -> None:
        self.source = files
        self._kinds: dict[str, Kind | None] = {}
        self._texts: dict[str, bytes] = {}
        self._heads: dict[tuple[str, int], bytes] = {}
        self._lists: dict[str, Entries] = {}
        self._failures: dict[tuple[str, str], OSError] = {}
        self._names: dict[str, dict[str, EntryKind]] = {}
        self._real: dict[str, str] = {}
        self._executable: dict[str, bool] = {}

    def kind(self, path: str) -> Kind | None:
        """See `Files.kind`; a folder that was listed answers for what is in it."""
        if path not in self._kinds:
            # A listing does not say what a link leads to, and where case is ignored it lacks names that would be found.
            listed = self._listed(path)
            self._kinds[path] = listed if listed == "file" or listed == "folder" else self.source.kind(path)  # noqa: PLR1714 - so mypy can follow
        return self._kinds[path]

    def _listed(self, path: str) -> EntryKind | None:
        folder, name = paths.split(path)
        if folder not in self._lists or not name:
            return None
        if folder not in self._names:
            self._names[folder] = dict(self._lists[folder])
        return self._names[folder].get(name)

    def forget(self, path: str) -> None:
        """Ask anew about this file, whose text has changed; that it is there, and what is beside it, stays known."""
        self._texts.pop(path, None)
        self._failures.pop(("read", path), None)
        self._heads = {key: head for key, head in self._heads.items() if key[0] != path}

    def read(self, path: str, limit: int | None = None) -> bytes:
        """See `Files.read`."""
        if limit is None:
            return self._once(self._texts, path, "read", path, lambda: self.source.read(path))
        if path in self._texts:
            return self._texts[path][:limit]
        return self._once(self._heads, (path, limit), "read", path, lambda: self.source.read(path, limit))

    def list(self, path: str) -> Entries:
        """See `Files.list`."""
        return self._once(self._lists, path, "list", path, lambda: self.source.list(path))

    def real(self, path: str) -> str:
        """See `Files.real`."""
        if path not in self._real:
            self._real[path] = self.source.real(path)
        return self._real[path]

    def executable(self, path: str) -> bool:
        """See `Files.executable`."""
        if path not in self._executable:
            self._executable[path] = self.source.executable(path)
        return self._executable[path]

    def _once(
        self, known: dict[Question, Answer], question: Question, verb: str, path: str, ask: Callable[[], Answer]
    ) -> Answer:
        """Answer from what is `known`, or ask and remember; a failure too."""
        if question in known:
            return known[question]
        if (verb, path) in self._failures:
            raise self._failures[verb, path]
        try:
            answer = known[question] = ask()
        except OSError as error:
            self._failures[verb, path] = error
            raise
        return answer
