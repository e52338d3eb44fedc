"""Paths as strings, kept in the spelling in which they came. Knows the machine's separator and no file.

A path is recorded in a binary as it was spelt, so nothing here resolves a link. `pathlib` is not used on this way: 100,000
objects cost more than the walk that they describe.
"""

from __future__ import annotations

import sys

__all__ = ["below", "clean", "join", "parent", "paths", "upwards"]

if sys.platform == "win32":
    import ntpath as paths
else:
    import posixpath as paths


def join(folder: str, name: str) -> str:
    """Return `name` seen from `folder`, without `.` and `..`; an absolute `name` is itself."""
    return paths.normpath(paths.join(folder, name))


def clean(path: str) -> str:
    """Return the path without `.`, `..`, doubled and trailing separators; like Go's filepath.Clean."""
    cleaned = paths.normpath(path)
    # POSIX lets two leading slashes mean something else; Go does not.
    return cleaned[1:] if paths.sep == "/" and cleaned.startswith("//") else cleaned


def parent(path: str) -> str:
    """Return the folder that holds `path`; the root is its own."""
    return paths.dirname(path)


def below(path: str, folder: str) -> str | None:
    """Return `path` relative to `folder` with forward slashes, "" for the folder itself, None when it lies elsewhere."""
    if path == folder:
        return ""
    prefix = folder if folder.endswith(paths.sep) else folder + paths.sep
    if not path.startswith(prefix):
        return None
    return path[len(prefix) :].replace(paths.sep, "/")


def upwards(path: str) -> list[str]:
    """Return the clean path and every folder above it, the innermost first."""
    found = [clean(path)]
    while (above := parent(found[-1])) != found[-1]:
        found.append(above)
    return found
