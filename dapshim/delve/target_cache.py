"""Line tables of programs on other machines that were read once, kept on this disk by what identifies the build.

A table is some megabytes, and a dlv at a distance sends it for seconds. What is kept is believed only as a mapping of names,
never run and never shown: still, a file counts only if nobody but its owner can write it, and if its sum is right. One that is
damaged is as good as none, and is replaced. Blocks; nothing here raises.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs
import msgspec

BYTES_MOST: Final = 256 << 20
"""Bytes of all files together: some sixty programs of 23 MB."""

ENTRIES_MOST: Final = 128

_MAGIC: Final = b"dapshim target 1\n"
_SUM: Final = hashlib.sha256
_HEAD_MOST: Final = 64 << 20
_SUFFIX: Final = ".table"
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


@attrs.frozen
class TargetRecord:
    """What was read of a program: the line table from its header on, and texts that go with it.

    `text` is the text of the build info. `trees` is where inline trees begin, counted from the header; -1 when they are not
    among the bytes. `start` is where the text begins in the file's own addresses, -1 where that is not known. `names` are the
    files that dlv alone names, those of C.
    """

    table: bytes = attrs.field(repr=False)
    go_version: str = ""
    text: str = ""
    trees: int = -1
    start: int = -1
    names: tuple[str, ...] = ()


class _Head(msgspec.Struct, array_like=True):
    identity: str
    go_version: str
    text: str
    trees: int
    start: int
    names: tuple[str, ...]
    sum: bytes


@attrs.frozen
class TargetCache:
    """The files in `folder`, which is made when something is kept; one for each build."""

    folder: str
    bytes_most: int = BYTES_MOST
    entries_most: int = ENTRIES_MOST

    def load(self, identity: str) -> TargetRecord | None:
        """Return what was kept of a build, None when there is nothing whole; the file then counts as used just now."""
        path = self._path(identity)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            with open(descriptor, "rb") as file:  # noqa: PTH123 - what was opened is what is looked at
                found = os.fstat(descriptor)
                ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE
                if not ours or found.st_size > self.bytes_most:
                    return None
                record = _read(file.read(self.bytes_most), identity)
                if record is not None:
                    os.utime(descriptor)
                return record
        except OSError:
            return None

    def store(self, identity: str, record: TargetRecord) -> None:
        """Keep what was read, in one step; older files go where there are too many. A full disk keeps nothing."""
        data = _written(record, identity)
        if len(data) > self.bytes_most:
            return
        with suppress(OSError):
            Path(self.folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp makes a file of mode 0600.
            descriptor, path = tempfile.mkstemp(prefix=".new-", dir=self.folder)
            try:
                with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                    file.write(data)
                Path(path).replace(self._path(identity))
            except BaseException:
                Path(path).unlink(missing_ok=True)
                raise
            self._clean()

    def _path(self, identity: str) -> str:
        return str(Path(self.folder, _SUM(identity.encode(errors="surrogateescape")).hexdigest()[:40] + _SUFFIX))

    def _clean(self) -> None:
        """Delete what was used longest ago, until the rest is within the limits."""
        kept: list[tuple[float, int, str]] = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX) or entry.name.startswith(".new-"):
                    found = entry.stat(follow_symlinks=False)
                    kept.append((found.st_mtime, found.st_size, entry.path))
        kept.sort(reverse=True)
        total = 0
        for number, (_, size, path) in enumerate(kept):
            total += size
            if number >= self.entries_most or total > self.bytes_most:
                with suppress(OSError):
                    Path(path).unlink()


def cache_of(environ: Mapping[str, str]) -> TargetCache | None:
    """Return the cache of this user, `dapshim/targets` in `$XDG_CACHE_HOME` or `~/.cache`; None without a home.

    XDG Base Directory Specification 0.8: a relative `$XDG_CACHE_HOME` is ignored.
    """
    folder = environ.get("XDG_CACHE_HOME", "")
    if not Path(folder).is_absolute():
        home = environ.get("HOME", "")
        if not Path(home).is_absolute():
            return None
        folder = str(Path(home, ".cache"))
    return TargetCache(str(Path(folder, "dapshim", "targets")))


def _written(record: TargetRecord, identity: str) -> bytes:
    head = _Head(
        _plain(identity),
        _plain(record.go_version),
        _plain(record.text),
        record.trees,
        record.start,
        tuple(map(_plain, record.names)),
        _SUM(record.table).digest(),
    )
    encoded = msgspec.msgpack.encode(head)
    return b"".join((_MAGIC, len(encoded).to_bytes(8, "little"), _SUM(encoded).digest(), encoded, record.table))


def _plain(text: str) -> str:
    """Return a text without what UTF-8 cannot hold."""
    return text.encode(errors="replace").decode()


def _read(data: bytes, identity: str) -> TargetRecord | None:
    """Return what a file holds; None unless it is whole and of that build."""
    size, total = len(_MAGIC) + 8, _SUM().digest_size
    length = int.from_bytes(data[len(_MAGIC) : size], "little")
    encoded, table = data[size + total : size + total + length], data[size + total + length :]
    if not data.startswith(_MAGIC) or length > _HEAD_MOST or _SUM(encoded).digest() != data[size : size + total]:
        return None
    try:
        head = msgspec.msgpack.decode(encoded, type=_Head)
    except msgspec.MsgspecError:
        return None
    if head.identity != _plain(identity) or head.sum != _SUM(table).digest():
        return None
    return TargetRecord(table, head.go_version, head.text, head.trees, head.start, head.names)
