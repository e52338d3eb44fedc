"""A text file is replaced at once, or not at all, and never when it has changed since somebody decided about it. Blocks."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

NEW_FILE: Final = 0o644


class ChangedError(Exception):
    """The file has another text than the one that the change was made for; the message says so to a person."""


def rewrite(file: str, known: str | None, after: str) -> None:
    """Let the file at a path hold `after`; `known` is its text before, None where there is none.

    Behind a symbolic link, what it leads to is replaced. Mode bits stay.

    Raises:
        ChangedError: it is not as it was known.
        OSError: it cannot be written.

    """
    path = Path(os.path.realpath(file))
    try:
        before: str | None = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        before = None
    if before != known:
        raise ChangedError(f"{file} has changed meanwhile and is left alone")
    mode = path.stat().st_mode & 0o7777 if before is not None else None
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, NEW_FILE)
    try:
        with os.fdopen(descriptor, "wb") as written:
            written.write(after.encode())
        if mode is not None:
            new.chmod(mode)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
