"""Recorded files that are nowhere here: a number by which the editor asks for each, and a text that helps whoever opens it.

`_cgo_gotypes.go`, `_testmain.go`, the runtime of another Go, another version of a module, `?`: a frame in one of them opens
all the same. The text cannot be the source. It says what the file is and what would bring it here, and each recorded function
stands on its recorded line, so that the line of a frame is in the right one. Only DAP's `Source` is known here, no message.

Light, because every session has one from its first message on; how a text is written is `skeleton.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from dapshim.binary.recorded import RecordedFile
    from dapshim.sources.answers import Answer
    from dapshim.sources.spelling import AdapterPath, ClientPath

LAST_REFERENCE: Final = 2**31 - 1
"""DAP: a source reference lies in (0, 2^31 - 1]."""


@attrs.define
class _Entry:
    path: AdapterPath
    answer: Answer[ClientPath]
    last: int = 0
    """The largest line of a frame in it."""


class Served:
    """The files that are served, one number for each recorded path; a number keeps its meaning for the whole session."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._numbers: dict[AdapterPath, int] = {}

    def source(self, path: AdapterPath, answer: Answer[ClientPath], line: int = 0) -> dict[str, Any]:
        """Return DAP's `Source` for a recorded file without a path here; `answer` says why, and `line` is the frame's.

        There is no `path` in it: DAP gives `sourceReference` the precedence, but an editor that does not know it would open, or
        create, a file of that name.
        """
        from dapshim.sources.answers import Reason
        from dapshim.sources.skeleton import shown
        from dapshim.sources.spelling import base

        number = self._numbers.get(path)
        if number is None:
            if len(self._entries) >= LAST_REFERENCE:
                raise OverflowError("DAP has no number for one more source")
            self._entries.append(_Entry(path, answer))
            number = self._numbers[path] = len(self._entries)
        entry = self._entries[number - 1]
        entry.answer, entry.last = answer, max(entry.last, line)
        return {
            "name": shown(base(path)) or "?",
            "sourceReference": number,
            "presentationHint": "deemphasize",
            "origin": "made for the build, no source" if answer.reason is Reason.SYNTHETIC else str(answer.reason),
        }

    def recorded(self, reference: int) -> AdapterPath | None:
        """Return the recorded path that a number stands for, None for a number that was never given."""
        return self._entries[reference - 1].path if 0 < reference <= len(self._entries) else None

    def text(self, reference: int, file: RecordedFile | None = None, statements: Collection[int] = ()) -> str | None:
        """Return the text for a number, None for one that was never given.

        `file` is what is recorded of it, where that is known, and `statements` are lines on which it has code.
        """
        if not 0 < reference <= len(self._entries):
            return None
        from dapshim.sources.skeleton import skeleton

        entry = self._entries[reference - 1]
        last = max([entry.last, *statements], default=0)
        return skeleton(entry.path, entry.answer, file, last)
