"""Where the option files are, and whether they may be trusted. The room's only way to the disk.

`.dapshim.toml` belongs to a project: it is looked for from a folder (the program's, or the workspace's) up to the root of its
repository or of its go.work, whichever is higher, and never above. A file that somebody else could have written is not read; a
notice says so.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from dapshim.options.layers import Layer
from dapshim.options.table import Source
from dapshim.options.toml_text import from_toml
from dapshim.options.user_folders import user_folder

PROJECT_FILE: Final = ".dapshim.toml"

BYTES_MOST: Final = 64 * 1024
"""The most that an option file may hold; all options together take a few hundred bytes."""

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH

Exists = Callable[[str], bool]
"""Whether there is something at a path; `os.path.lexists`, or a test's."""


def read_project(start: str, exists: Exists = os.path.lexists) -> Layer:
    """Return the layer of the project file for a program in the folder `start`, an absolute path; empty when there is none.

    The nearest file that may be read counts, alone. One that may not is passed over with a notice.
    """
    notices: list[str] = []
    for path in project_files(start, exists):
        text = _read(path, notices, follow=False)
        if text is not None:
            found = from_toml(text, path, Source.PROJECT)
            return Layer(Source.PROJECT, found.values, found.errors, tuple(notices))
    return Layer(Source.PROJECT, notices=tuple(notices))


def read_user(environ: Mapping[str, str]) -> Layer:
    """Return the layer of the user's own file; empty when there is none. It may be a symbolic link, as many keep theirs so."""
    path = user_file(environ)
    notices: list[str] = []
    text = _read(path, notices, follow=True) if path is not None else None
    if path is None or text is None:
        return Layer(Source.USER, notices=tuple(notices))
    return from_toml(text, path, Source.USER)


def user_file(environ: Mapping[str, str]) -> str | None:
    """Return the path of the user's own file, there or not; None when the environment names no home."""
    folder = user_folder(environ, "XDG_CONFIG_HOME")
    return str(Path(folder, "config.toml")) if folder is not None else None


def project_files(start: str, exists: Exists) -> Iterator[str]:
    """Yield where a project file is, nearest first: from the folder `start` up to the root of its repository or go.work.

    Without either it is the root of the module, and without that `start` alone.
    """
    for folder in _up_to_root(start, exists):
        path = str(Path(folder, PROJECT_FILE))
        if exists(path):
            yield path


def project_root(start: str, exists: Exists) -> str:
    """Return the folder up to which a project file is looked for: see `project_files`."""
    return _up_to_root(start, exists)[-1]


def _up_to_root(start: str, exists: Exists) -> list[str]:
    # As text, not resolved: a symbolic link on the way keeps the editor's spelling, and ".." may not lead out of the project.
    here = Path(os.path.normpath(start))
    folders = [str(here), *map(str, here.parents)]

    def nearest(name: str) -> int:
        return next((depth for depth, folder in enumerate(folders) if exists(str(Path(folder, name)))), -1)

    root = max(nearest(".git"), nearest("go.work"))
    if root < 0:
        root = max(nearest("go.mod"), 0)
    return folders[: root + 1]


def _read(path: str, notices: list[str], *, follow: bool) -> str | None:
    """Return the text of a file that may be trusted; None without one, and a notice when it is there."""

    def refused(why: str) -> None:
        notices.append(f"{path} is not read: {why}")

    # Not blocking, so that a FIFO of that name cannot hold the session up; what was opened is what is looked at.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        refused("it is a symbolic link" if error.errno == errno.ELOOP and not follow else os.strerror(error.errno or 0))
        return None
    try:
        why = _mistrust(os.fstat(descriptor), path)
        data = _beginning(descriptor) if why is None else b""
    except OSError as error:
        why, data = os.strerror(error.errno or 0), b""
    finally:
        os.close(descriptor)
    if why is not None:
        refused(why)
        return None
    if len(data) > BYTES_MOST:
        refused(f"it is larger than {BYTES_MOST // 1024} KiB")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refused(f"it is not UTF-8 (byte {error.start})")
        return None


def _beginning(descriptor: int) -> bytes:
    """Return what a file holds, or one byte more than it may."""
    data = b""
    while len(data) <= BYTES_MOST and (more := os.read(descriptor, BYTES_MOST + 1 - len(data))):
        data += more
    return data


def _mistrust(status: os.stat_result, path: str) -> str | None:
    """Say why a file that was opened is not to be read, None when it may be."""
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    if status.st_uid not in (os.geteuid(), 0):
        return f"it belongs to the user with the number {status.st_uid}, not to you"
    if status.st_mode & _OTHERS_WRITE:
        return f"others may write it; mend that with: chmod go-w {path}"
    return None
