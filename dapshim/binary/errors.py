"""The one error of this room: what is wrong with the bytes that were to be an executable."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def damage_named(what: str) -> Iterator[None]:
    """Turn what Python says of a place that is not there into a BinaryError about `what`."""
    try:
        yield
    except BinaryError:
        raise
    except (IndexError, ValueError, OverflowError, struct.error) as error:
        raise BinaryError("malformed", f"{what} names a place that is not there") from error
