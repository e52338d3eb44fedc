"""Go files on disk: which names of a folder are looked at, and how much of a file is read to know its head."""

from __future__ import annotations

from typing import Final

from dapshim.golang.files import Files
from dapshim.golang.source_header import Header, read_header
from dapshim.golang.spelling import join

FIRST_PIECE: Final = 4096
"""Bytes that are read of a file first: most licences, package comments and imports fit."""
MAX_SOURCE: Final = 64 * 1024 * 1024
"""Bytes that are read of a file at most; far more than the compiler would bear."""


def go_file_names(files: Files, directory: str) -> list[str]:
    """Return the names that go/build looks at, in its order: files, or links to them, that end in .go.

    Raises:
        OSError: the folder cannot be listed.

    """
    return [
        name
        for name, kind in files.list(directory)
        if name.endswith(".go")
        and not name.startswith(("_", "."))
        and (kind == "file" or (kind == "link" and files.kind(join(directory, name)) == "file"))
    ]


def read_head(files: Files, path: str) -> tuple[Header, bytes]:
    """Return the head of a file and the text that it was read from, which may be less than the file.

    Raises:
        OSError: it cannot be read.
        ValueError: it does not begin as a Go file does.

    """
    data = files.read(path, FIRST_PIECE)
    whole = len(data) < FIRST_PIECE
    header = read_header(data, whole=whole)
    if header is None:
        data = files.read(path, MAX_SOURCE)
        header = read_header(data, whole=True)
        if header is None:
            raise ValueError("expected 'package'")
    return header, data
