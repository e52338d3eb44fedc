"""The two kinds of path, and paths compared by what they mean. Knows both spellings, Windows and POSIX, on any machine.

`ClientPath` is what the editor says, `AdapterPath` what the binary records and Delve says. Between them stands the local path,
a plain `str`: the spelling by which `Files` finds a file. Nothing here changes a letter of what goes out.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from typing import Final, NewType

ClientPath = NewType("ClientPath", str)
AdapterPath = NewType("AdapterPath", str)

_DRIVE: Final = re.compile(r"[A-Za-z]:(?:[\\/]|$)")
_MOUNTED: Final = re.compile(r"/mnt/([a-z])(?:/|$)")
_WSL: Final = re.compile(r"//(?:wsl\$|wsl\.localhost)/[^/]+", re.IGNORECASE)
_UNTIDY: Final = re.compile(r"//|/\.{1,2}(?:/|$)|./$|^\.{1,2}/")


def is_windows(path: str) -> bool:
    r"""Say whether the path is spelt as on Windows: `C:\x`, `c:/x`, `\\server\share`."""
    return path.startswith("\\\\") or _DRIVE.match(path) is not None


def is_absolute(path: str) -> bool:
    """Say whether the path is absolute in either spelling."""
    return path.startswith("/") or is_windows(path)


def clean(path: str) -> str:
    r"""Return the path without `.`, `..` and doubled separators, in its own spelling; "" stays "".

    Of a Windows path the `\\?\` in front goes too. A recorded path may mix separators (`C:\src\App/main.go`) and keeps them.
    """
    if not path.startswith("/") and is_windows(path):
        path = _without_prefix(path)
        if "/" not in path or "\\" not in path:
            return ntpath.normpath(path) if "\\" in path else ntpath.normpath(path).replace("\\", "/")
        return path.rstrip("\\/") if len(path) > len("C:/") else path
    if not path or _UNTIDY.search(path) is None:
        return path
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def key(path: str) -> str:
    r"""Return what two spellings of one path have in common.

    Windows: `\` is `/`, and case does not count, as it does not there. POSIX: each letter counts.
    """
    if path.startswith("/") or not is_windows(path):
        return clean(path)
    return ntpath.normpath(_without_prefix(path)).replace("\\", "/").lower()


def _without_prefix(path: str) -> str:
    if path.startswith("\\\\?\\UNC\\"):
        return "\\\\" + path[len("\\\\?\\UNC\\") :]
    return path.removeprefix("\\\\?\\")


def base(path: str) -> str:
    r"""Return the last element; `\` parts only where the path is a Windows one."""
    return ntpath.basename(path) if is_windows(path) else path.rpartition("/")[2]


def folder(path: str) -> str:
    """Return what stands before the last element, "" for nothing."""
    return ntpath.dirname(path) if is_windows(path) else posixpath.dirname(path)


def parts(path: str) -> list[str]:
    r"""Return the elements of a clean path, the root (`/`, `C:`, `\\server\share`) as its first."""
    if not is_windows(path):
        return (
            ["/", *path[1:].split("/")]
            if len(path) > 1 and path.startswith("/")
            else [path]
            if path == "/"
            else path.split("/")
        )
    head, tail = ntpath.splitdrive(path)
    return [head, *(each for each in re.split(r"[\\/]", tail) if each)]


def same_part(one: str, other: str, *, windows: bool) -> bool:
    r"""Compare one element: on Windows case does not count, and `//server/share` is `\\server\share`."""
    return one == other or (windows and one.replace("\\", "/").lower() == other.replace("\\", "/").lower())


def rest_below(path: str, head: str) -> str | None:
    """Return what is left of a clean path below a clean `head`, with forward slashes; "" for itself, None when elsewhere.

    The head "" holds every relative path. Windows matches Windows only.
    """
    if not head:
        return None if is_absolute(path) else path
    if is_windows(path) != is_windows(head):
        return None
    if not is_windows(path):
        if path == head:
            return ""
        inside = head if head.endswith("/") else head + "/"
        return path[len(inside) :] if path.startswith(inside) else None
    own, wanted = parts(path), parts(head)
    if len(own) < len(wanted) or not all(same_part(*pair, windows=True) for pair in zip(own, wanted, strict=False)):
        return None
    return "/".join(own[len(wanted) :])


def joined(head: str, rest: str) -> str:
    r"""Return `rest`, which has forward slashes, below `head`, in the head's own separators; the head "" adds nothing."""
    if not head or not rest:
        return head or rest
    if not is_windows(head):
        return head + rest if head.endswith("/") else f"{head}/{rest}"
    separator = "/" if "/" in head and not head.startswith("\\\\") else "\\"
    return head.rstrip("\\/") + separator + rest.replace("/", separator)


def twins(path: str) -> list[str]:
    r"""Return how WSL spells the same file from its other side: `C:\x` is `/mnt/c/x`, `\\wsl$\Distro\x` is `/x`."""
    if not is_windows(path):
        found = _MOUNTED.match(path)
        return [f"{found[1].upper()}:\\" + path[found.end() :].replace("/", "\\")] if found is not None else []
    slashed = _without_prefix(path).replace("\\", "/")
    if found := _WSL.match(slashed):
        return [clean(slashed[found.end() :] or "/")]
    if _DRIVE.match(slashed):
        return [clean(f"/mnt/{slashed[0].lower()}/{slashed[len('C:/') :]}")]
    return []
