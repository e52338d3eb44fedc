"""Line tables of programs on other machines that were read once, kept on this disk by what identifies the build.

A table is some megabytes, and a dlv at a distance sends it for seconds. What was worked out of it stands beside it, since that
takes longer than to read it from here. What is kept is believed only as a mapping of names, never run and never shown: still, a
file counts only if nobody but its owner can write it, and if its sums are right, which tell damage and no more. One that is
damaged is as good as none, and is replaced; so is that of another dapshim. Blocks; nothing here raises.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs
import msgspec

from dapshim import __version__
from dapshim.binary.recorded import BuildInfo, Recorded, RecordedFile
from dapshim.binary.recorded_names import goroot_of
from dapshim.options.user_folders import user_folder

BYTES_MOST: Final = 256 << 20
"""Bytes of all files together: some sixty programs of 23 MB."""

ENTRIES_MOST: Final = 128

_MAGIC: Final = b"dapshim target 3 of %b\n" % __version__.encode()
"""Of this dapshim alone: another one may tell packages otherwise."""

_SUM: Final = hashlib.sha256
_HEAD_MOST: Final = 64 << 20
_SUFFIX: Final = ".table"
_NOTHING: Final = ("", None)
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


TargetFiles = tuple[tuple[str, str, dict[str, int], tuple[str, ...]], ...]
"""For each recorded file: its path, its package, and its functions with their lines."""


@attrs.frozen
class TargetRecord:
    """What was read of a program: the line table from its header on, and texts that go with it.

    `files` is what the table tells of the files, see `files_of`; () where that is to be worked out anew.

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
    files: TargetFiles = ()


class _Head(msgspec.Struct, array_like=True):
    identity: str
    go_version: str
    text: str
    trees: int
    start: int
    names: tuple[str, ...]
    files_size: int
    sum: int


_decode_head = msgspec.msgpack.Decoder(_Head).decode
_decode_files = msgspec.msgpack.Decoder(TargetFiles).decode
"""Made here: what is kept is read in several threads, and msgspec 0.22.0 crashes where two meet a class for the first time."""


@attrs.frozen
class TargetCache:
    """The files in `folder`, which is made when something is kept; one for each build."""

    folder: str
    bytes_most: int = BYTES_MOST
    entries_most: int = ENTRIES_MOST

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        try:
            with os.scandir(self.folder) as entries:
                return not any(entry.name.endswith(_SUFFIX) for entry in entries)
        except OSError:
            return True

    def load(self, identity: str) -> TargetRecord | None:
        """Return what was kept of a build, None when there is nothing whole; the file then counts as used just now."""
        found, record = self._loaded(self._path(identity))
        if record is None or found != _plain(identity):
            return None
        self.note_use(identity)
        return record

    def note_use(self, identity: str) -> None:
        """Count what was kept of a build as used just now."""
        with suppress(OSError):
            os.utime(self._path(identity), follow_symlinks=False)

    def last_used(self, most: int, bytes_most: int) -> Iterator[tuple[str, TargetRecord]]:
        """Yield what identifies the builds that were used last, and what was kept of them, the latest first, within bounds."""
        left = bytes_most
        for _, size, path in self._files()[:most]:
            left -= size
            if left < 0:
                return
            identity, record = self._loaded(path)
            if record is not None:
                yield identity, record

    def _loaded(self, path: str) -> tuple[str, TargetRecord | None]:
        """Return what a file holds, and of which build it is."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:  # noqa: PTH123 - what was opened is what is looked at
                found = os.fstat(descriptor)
                ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE
                return _read(file.read(found.st_size)) if ours and found.st_size <= self.bytes_most else _NOTHING
        except OSError:
            return _NOTHING

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
        total = 0
        for number, (_, size, path) in enumerate(self._files(".new-")):
            total += size
            if number >= self.entries_most or total > self.bytes_most:
                with suppress(OSError):
                    Path(path).unlink()

    def _files(self, unfinished: str = _SUFFIX) -> list[tuple[float, int, str]]:
        """Return when each file was used last, its size, and its path, the latest first; with those whose names begin so."""
        kept: list[tuple[float, int, str]] = []
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX) or entry.name.startswith(unfinished):
                    with suppress(FileNotFoundError):  # another dapshim cleans up too
                        found = entry.stat(follow_symlinks=False)
                        kept.append((found.st_mtime, found.st_size, entry.path))
        return sorted(kept, reverse=True)


def cache_of(environ: Mapping[str, str]) -> TargetCache | None:
    """Return the cache of this user, `dapshim/targets` in `$XDG_CACHE_HOME` or `~/.cache`; None without a home."""
    folder = user_folder(environ, "XDG_CACHE_HOME")
    return TargetCache(str(Path(folder, "targets"))) if folder is not None else None


def files_of(recorded: Recorded) -> TargetFiles:
    """Return the files in the form in which they are kept."""
    return tuple((each.path, each.package, dict(each.functions), each.users) for each in recorded.files)


def recorded_from(files: TargetFiles, build: BuildInfo) -> Recorded:
    """Return what `files_of` took apart."""
    goroot = goroot_of((path, package) for path, package, *_ in files)
    return Recorded(tuple(RecordedFile(*each) for each in files), build, goroot)


def _written(record: TargetRecord, identity: str) -> bytes:
    try:
        files = msgspec.msgpack.encode(record.files)
    except UnicodeEncodeError:
        files = msgspec.msgpack.encode(())  # a name that is no UTF-8
    head = _Head(
        _plain(identity),
        _plain(record.go_version),
        _plain(record.text),
        record.trees,
        record.start,
        tuple(map(_plain, record.names)),
        len(files),
        zlib.crc32(record.table, zlib.crc32(files)),
    )
    encoded = msgspec.msgpack.encode(head)
    return b"".join((_MAGIC, len(encoded).to_bytes(8, "little"), _SUM(encoded).digest(), encoded, files, record.table))


def _plain(text: str) -> str:
    """Return a text without what UTF-8 cannot hold."""
    return text.encode(errors="replace").decode()


def _read(data: bytes) -> tuple[str, TargetRecord | None]:
    """Return what a file holds, and of which build it is; nothing unless it is whole."""
    size, total = len(_MAGIC) + 8, _SUM().digest_size
    length = int.from_bytes(data[len(_MAGIC) : size], "little")
    encoded, rest = data[size + total : size + total + length], memoryview(data)[size + total + length :]
    if not data.startswith(_MAGIC) or length > _HEAD_MOST or _SUM(encoded).digest() != data[size : size + total]:
        return _NOTHING
    try:
        head = _decode_head(encoded)
        if head.files_size < 0 or head.sum != zlib.crc32(rest):
            return _NOTHING
        files = _decode_files(rest[: head.files_size])
    except msgspec.MsgspecError:
        return _NOTHING
    table = bytes(rest[head.files_size :])
    return head.identity, TargetRecord(table, head.go_version, head.text, head.trees, head.start, head.names, files)
