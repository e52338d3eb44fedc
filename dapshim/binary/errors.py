"""The one error of this room: what is wrong with the bytes that were to be an executable."""

from __future__ import annotations

from typing import Literal

Kind = Literal["not-a-binary", "unreadable", "empty", "truncated", "malformed", "unsupported", "not-go"]
"""What is wrong, for who must tell the cases apart; the message is for the person.

`not-a-binary`: text, a script, a folder, a FIFO. `truncated`: a table or section ends after the file does. `malformed`: its
numbers contradict each other. `unsupported`: a real executable of a kind that this room does not read. `not-go`: it has no
table of Go functions (another language, or packed).
"""


class BinaryError(ValueError):
    """An executable that cannot be read; the message names what is wrong and where."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind
