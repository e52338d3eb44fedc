"""The files as an editor has them: open ones with what was typed, the others from the disk; reading can be cancelled."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from dapshim.golang.files import Entries, Files, Kind
from dapshim.golang.spelling import parent, paths


class EditorTexts:
    """A `dapshim.golang.files.Files`, for a thread of Trio's: each question ends the work that nobody wants any more.

    `open` changes it; the texts that are handed out do not change.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._open: Mapping[str, bytes] = {}

    def open(self, path: str, text: str | None) -> None:
        """Have a text count in the place of a file, or, None, the file again."""
        kept = {name: data for name, data in self._open.items() if name != path}
        self._open = kept if text is None else {**kept, path: text.encode("utf-8", "surrogateescape")}

    @property
    def opened(self) -> tuple[str, ...]:
        """The paths of what is open."""
        return tuple(self._open)

    def kind(self, path: str) -> Kind | None:
        """See `Files.kind`."""
        _go_on()
        return "file" if path in self._open else self._files.kind(path)

    def read(self, path: str, limit: int | None = None) -> bytes:
        """See `Files.read`."""
        _go_on()
        found = self._open.get(path)
        return self._files.read(path, limit) if found is None else found[:limit]

    def list(self, path: str) -> Entries:
        """See `Files.list`."""
        _go_on()
        added = {paths.basename(each) for each in self._open if parent(each) == path}
        if not added:
            return self._files.list(path)
        try:
            found = dict(self._files.list(path))
        except OSError:
            found = {}
        return sorted({**dict.fromkeys(added, "file"), **found}.items())  # type: ignore[arg-type]  # "file" is a kind

    def real(self, path: str) -> str:
        """See `Files.real`."""
        return self._files.real(path)

    def executable(self, path: str) -> bool:
        """See `Files.executable`."""
        return self._files.executable(path)

    def text(self, path: str) -> str | None:
        """Return what counts as the text of a file now, None when there is none."""
        try:
            data = self._open[path] if path in self._open else self._files.read(path)
        except OSError:
            return None
        return data.decode("utf-8", "replace")

    def is_unsaved(self, path: str) -> bool:
        """Whether the editor has another text of a file than the disk."""
        if path not in self._open:
            return False
        try:
            return self._files.read(path) != self._open[path]
        except OSError:
            return bool(self._open[path])


def _go_on() -> None:
    """Raise trio.Cancelled in the thread of a task that was cancelled."""
    trio.from_thread.check_cancelled()
