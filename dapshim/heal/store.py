"""What heals made, kept on this disk by what it was made from, so that a second time costs nothing. Blocks.

Each thing is a folder: one file, and a manifest with its sum. It is made in a folder of its own and put in place by one rename:
two sessions that make the same thing at once both end with a whole one. What was used longest ago goes when there is too much.
What is kept is run, or believed as debug info, so nobody else may be able to write it: the folder and all above it must be ours
or the system's, and a thing whose sum is wrong is thrown away.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs
import msgspec

from dapshim.options.user_folders import user_folder

BYTES_MOST: Final = 2 << 30
"""Bytes of all files together: some fifty twins of 40 MB."""

ENTRIES_MOST: Final = 64

REFUSAL_LIFE: Final = 600.0
"""Seconds for which it is believed that something cannot be made: not all that it depends on is seen."""

ABANDONED: Final = 3600.0
"""Seconds after which a folder in which something was being made is one of a process that was killed."""

LINKS_MOST: Final = 256
"""Names under which sources are shown to a build; each is a link and takes next to nothing."""

_LINKS: Final = ".links"
_MANIFEST: Final = "manifest.json"
_NEW: Final = ".new-"
_REFUSAL: Final = ".no"
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_MANIFEST_MOST: Final = 1 << 16


class StoreError(Exception):
    """Nothing can be kept here; the message is for a person and names the folder and the way out."""


class _Manifest(msgspec.Struct):
    file: str
    sum: str
    notes: dict[str, str]


class _Refusal(msgspec.Struct):
    state: str
    reason: str


_decode_manifest = msgspec.json.Decoder(_Manifest).decode
_decode_refusal = msgspec.json.Decoder(_Refusal).decode
"""Made here: the store is read in several threads, and msgspec 0.22.0 crashes where two meet a class for the first time."""


@attrs.frozen
class Kept:
    """A thing in the store: its folder, its file, and what was noted when it was made."""

    folder: str
    path: str
    notes: Mapping[str, str]


@attrs.frozen
class Store:
    """The things in `folder`, which is made when it is needed."""

    folder: str
    bytes_most: int = BYTES_MOST
    entries_most: int = ENTRIES_MOST

    def open(self) -> None:
        """Make the folder; raise StoreError when that fails or when somebody else could write in it."""
        try:
            make_private(Path(self.folder))
            _demand_safe(Path(os.path.realpath(self.folder)))
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"nothing can be kept in {self.folder}: {why}; set XDG_CACHE_HOME to a folder of yours") from error

    def find(self, key: str) -> Kept | None:
        """Return what was kept under a key, which now counts as used; None where there is nothing whole."""
        folder = Path(self.folder, key)
        try:
            manifest = _decode_manifest(_small(folder / _MANIFEST))
            path = folder / _plain(manifest.file)
            if sum_of(str(path)) == manifest.sum:
                os.utime(folder)
                return Kept(str(folder), str(path), manifest.notes)
        except FileNotFoundError:
            if not folder.exists():
                return None
        except (OSError, ValueError, msgspec.MsgspecError):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        return None

    def workplace(self) -> str:
        """Return a new folder to make something in; whoever asks for it keeps or removes it. Raises StoreError."""
        self.open()
        try:
            return tempfile.mkdtemp(prefix=_NEW, dir=self.folder)
        except OSError as error:
            raise StoreError(f"nothing can be made in {self.folder}: {error.strerror}") from error

    def link(self, target: str, purpose: str) -> str:
        """Return a path that leads to a folder: the same one for the same purpose, and for no other. Raises StoreError."""
        self.open()
        name = hashlib.sha256(f"{target}\0{purpose}".encode(errors="surrogateescape")).hexdigest()[:24]
        path = Path(self.folder, _LINKS, name)
        try:
            make_private(path.parent)
            with suppress(FileExistsError):
                path.symlink_to(target)
        except OSError as error:
            raise StoreError(f"nothing can be made in {path.parent}: {error.strerror}") from error
        return str(path)

    def keep(self, key: str, workplace: str, file: str, notes: Mapping[str, str]) -> Kept:
        """Put a folder, in which `file` was made, in place; return what is kept under the key then. Raises StoreError.

        Where another session was first, its thing is it.
        """
        try:
            manifest = _Manifest(file, sum_of(str(Path(workplace, file))), dict(notes))
            Path(workplace, _MANIFEST).write_bytes(msgspec.json.encode(manifest))
            try:
                Path(workplace).rename(Path(self.folder, key))
            except OSError:
                if (there := self.find(key)) is not None:
                    return there
                Path(workplace).rename(Path(self.folder, key))
            Path(self.folder, key + _REFUSAL).unlink(missing_ok=True)
            self.clean()
        except OSError as error:
            raise StoreError(f"nothing can be kept in {self.folder}: {error.strerror or error}") from error
        folder = Path(self.folder, key)
        return Kept(str(folder), str(folder / file), dict(notes))

    def refusal(self, key: str, state: str) -> str:
        """Return why the thing could not be made not long ago, from sources in the same state; "" where that is not known."""
        path = Path(self.folder, key + _REFUSAL)
        try:
            found = _decode_refusal(_small(path))
            fresh = 0 <= time.time() - path.stat().st_mtime < REFUSAL_LIFE
        except (OSError, msgspec.MsgspecError):
            return ""
        return found.reason if fresh and found.state == state else ""

    def refuse(self, key: str, state: str, reason: str) -> None:
        """Remember that the thing cannot be made; a full disk remembers nothing."""
        with suppress(OSError):
            descriptor, path = tempfile.mkstemp(prefix=_NEW, dir=self.folder)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                file.write(msgspec.json.encode(_Refusal(state, reason)))
            Path(path).replace(Path(self.folder, key + _REFUSAL))

    def clean(self) -> None:
        """Delete what was used longest ago, until the rest is within the limits, and what was never finished."""
        now = time.time()
        kept: list[tuple[float, int, str]] = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                modified = entry.stat(follow_symlinks=False).st_mtime
                if entry.name.startswith(_NEW):
                    if now - modified > ABANDONED:
                        _remove(entry.path)
                elif entry.name == _LINKS:
                    self._clean_links()
                elif entry.name.endswith(_REFUSAL):
                    if now - modified > REFUSAL_LIFE:
                        _remove(entry.path)
                else:
                    kept.append((modified, _size(entry.path), entry.path))
        kept.sort(reverse=True)
        total = 0
        for number, (_, size, path) in enumerate(kept):
            total += size
            # The newest is what somebody just asked for.
            if number and (number >= self.entries_most or total > self.bytes_most):
                _remove(path)

    def _clean_links(self) -> None:
        folder = Path(self.folder, _LINKS)
        links = sorted(folder.iterdir(), key=lambda each: each.lstat().st_mtime, reverse=True)
        for each in links[LINKS_MOST:]:
            each.unlink(missing_ok=True)


def store_of(environ: Mapping[str, str]) -> Store | None:
    """Return the store of this user, `dapshim/healed` in `$XDG_CACHE_HOME` or `~/.cache`; None without a home."""
    folder = user_folder(environ, "XDG_CACHE_HOME")
    return Store(str(Path(folder, "healed"))) if folder is not None else None


def make_private(folder: Path) -> None:
    """Make a folder and what is missing above it, for this user alone whatever the umask is. Raises OSError."""
    for place in (*reversed(folder.parents), folder):
        if not place.exists():
            place.mkdir(mode=0o700, exist_ok=True)


def sum_of(path: str) -> str:
    """Return the SHA-256 of a regular file, in hexadecimal digits; a link is not followed. Raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is no regular file")
        return hashlib.file_digest(file, "sha256").hexdigest()


def _demand_safe(folder: Path) -> None:
    """Raise StoreError unless the folder is ours and nobody else can put another one in its place."""
    for place in (folder, *folder.parents):
        found = place.lstat()
        ours = found.st_uid == os.geteuid() or (place != folder and found.st_uid == 0)
        writers = stat.S_IWOTH if place != folder and _is_own_group(found.st_gid) else _OTHERS_WRITE
        open_to_others = found.st_mode & writers and not (place != folder and found.st_mode & stat.S_ISVTX)
        if not stat.S_ISDIR(found.st_mode) or not ours or open_to_others:
            raise StoreError(
                f"{place} can be written by somebody else, so what is kept in {folder} cannot be trusted; "
                "set XDG_CACHE_HOME to a folder of yours, or take the others' right to write away"
            )


def _is_own_group(gid: int) -> bool:
    """Tell whether a group is the one that a system makes for each user, of the user's name and with nobody else in it.

    With such groups the umask is often 002, and folders like ~/.cache can be written by the group.
    """
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return group.gr_name == user.pw_name and group.gr_gid == user.pw_gid and set(group.gr_mem) <= {user.pw_name}


def _small(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MANIFEST_MOST)


def _plain(name: str) -> str:
    if not name or name in (".", "..") or "/" in name:
        raise ValueError(f"{name!r} is no name of a file")
    return name


def _size(path: str) -> int:
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(OSError):
                total += os.lstat(Path(folder, name)).st_size
    return total


def _remove(path: str) -> None:
    # A folder whose rights a build took away (module caches do) is not made here.
    if Path(path).is_dir() and not Path(path).is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            Path(path).unlink()
