"""What this room may ask of a file system, so that a memory, a cache or another machine can stand in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol, TypeVar

from dapshim.golang.spelling import paths

Kind = Literal["file", "folder"]
EntryKind = Literal["file", "folder", "link", "other"]
Entries = Sequence[tuple[str, EntryKind]]
Answer = TypeVar("Answer")

READ_AT_ONCE: Final = 64 * 1024


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
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
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
                    (
                        each.name,
                        "file"
                        if each.is_file(follow_symlinks=False)
                        else "folder"
                        if each.is_dir(follow_symlinks=False)
                        else "link"
                        if each.is_symlink()
                        else "other",
                    )
                    for each in entries
                ]
        except ValueError as error:
            raise OSError(str(error)) from error
        found.sort()
        return found

    def real(self, path: str) -> str:
        """See `Files.real`."""
        return paths.realpath(path)

    def executable(self, path: str) -> bool:
        """See `Files.executable`."""
        return self.kind(path) == "file" and os.access(path, os.X_OK)


class CachedFiles:
    """Another `Files`, asked each question once: for the length of one plan, in which the files are taken to stand still."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._kinds: dict[str, Kind | None] = {}
        self._texts: dict[tuple[str, int | None], bytes | OSError] = {}
        self._lists: dict[str, Entries | OSError] = {}
        self._names: dict[str, dict[str, EntryKind]] = {}
        self._real: dict[str, str] = {}
        self._executable: dict[str, bool] = {}

    def kind(self, path: str) -> Kind | None:
        """See `Files.kind`; a folder that was listed answers for what is in it."""
        if path not in self._kinds:
            folder, name = paths.split(path)
            entries = self._lists.get(folder)
            found: EntryKind | None = "link"
            if name and entries is not None and not isinstance(entries, OSError):
                if folder not in self._names:
                    self._names[folder] = dict(entries)
                found = self._names[folder].get(name)
            # A listing does not say what a link leads to, and where case is ignored it lacks names that would be found.
            if found == "file" or found == "folder":  # noqa: PLR1714 - what mypy can follow
                self._kinds[path] = found
            else:
                self._kinds[path] = self._files.kind(path)
        return self._kinds[path]

    def read(self, path: str, limit: int | None = None) -> bytes:
        """See `Files.read`."""
        whole = self._texts.get((path, None))
        if limit is not None and isinstance(whole, bytes):
            return whole[:limit]
        return _once(self._texts, (path, limit), lambda: self._files.read(path, limit))

    def list(self, path: str) -> Entries:
        """See `Files.list`."""
        return _once(self._lists, path, lambda: self._files.list(path))

    def real(self, path: str) -> str:
        """See `Files.real`."""
        if path not in self._real:
            self._real[path] = self._files.real(path)
        return self._real[path]

    def executable(self, path: str) -> bool:
        """See `Files.executable`."""
        if path not in self._executable:
            self._executable[path] = self._files.executable(path)
        return self._executable[path]


Question = TypeVar("Question")


def _once(known: dict[Question, Answer | OSError], question: Question, ask: Callable[[], Answer]) -> Answer:
    """Answer from `known`, or ask and remember, a failure too."""
    if question not in known:
        try:
            known[question] = ask()
        except OSError as error:
            known[question] = error
    answer = known[question]
    if isinstance(answer, OSError):
        raise answer
    return answer
