"""A file system in memory, with links, for tests of what reads through `dapshim.golang.files.Files`.

    files = MemoryFiles({"/ws/go.mod": "module example.com/a\n", "/ws/empty/": "", "/link": Link("/ws")})

A name that ends in a slash is a folder; the folders above a name are there by themselves.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Mapping

import attrs

from dapshim.golang.files import Entries, EntryKind, Kind

MAX_LINKS = 40
"""As many as Linux follows."""


@attrs.frozen
class Link:
    """A symbolic link to `target`, absolute or seen from its own folder."""

    target: str


Node = bytes | Link | None
"""A file's bytes, a link, or None for a folder."""


class MemoryFiles:
    """`tree` is path -> text, bytes or Link; `programs` are the files that may be run. `asked` counts every question."""

    def __init__(self, tree: Mapping[str, bytes | str | Link], *, programs: tuple[str, ...] = ()) -> None:
        self._nodes: dict[str, Node] = {"/": None}
        self._programs = frozenset(programs)
        self.asked: list[tuple[str, str]] = []
        for path, node in tree.items():
            self.put(path, node)

    def put(self, path: str, node: bytes | str | Link) -> None:
        """Add or change one file, link or (with a trailing slash) folder."""
        name = path.rstrip("/") or "/"
        self._nodes[name] = None if path.endswith("/") else node.encode() if isinstance(node, str) else node
        while name != "/":
            name = posixpath.dirname(name)
            self._nodes.setdefault(name, None)

    def kind(self, path: str) -> Kind | None:
        self.asked.append(("kind", path))
        found = self._follow(path)
        if found is None or found not in self._nodes:
            return None
        return "folder" if self._nodes[found] is None else "file"

    def read(self, path: str, limit: int | None = None) -> bytes:
        self.asked.append(("read", path))
        found = self._follow(path)
        if found is None or found not in self._nodes:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        node = self._nodes[found]
        if not isinstance(node, bytes):
            raise IsADirectoryError(errno.EISDIR, "is a folder", path)
        return node[:limit]

    def list(self, path: str) -> Entries:
        self.asked.append(("list", path))
        folder = self._follow(path)
        if folder is None or folder not in self._nodes:
            raise FileNotFoundError(errno.ENOENT, "no such folder", path)
        if self._nodes[folder] is not None:
            raise NotADirectoryError(errno.ENOTDIR, "is no folder", path)
        found: list[tuple[str, EntryKind]] = []
        for name, node in self._nodes.items():
            if name != "/" and posixpath.dirname(name) == folder:
                kind: EntryKind = "folder" if node is None else "link" if isinstance(node, Link) else "file"
                found.append((posixpath.basename(name), kind))
        return sorted(found)

    def real(self, path: str) -> str:
        self.asked.append(("real", path))
        return self._follow(path) or path

    def executable(self, path: str) -> bool:
        self.asked.append(("executable", path))
        return self._follow(path) in self._programs

    def _follow(self, path: str) -> str | None:
        """Resolve every link on the way; None for a circle. What does not exist keeps its name below what does."""
        left = [each for each in path.split("/") if each][::-1]
        here, links = "/", 0
        while left:
            part = left.pop()
            if part == ".":
                continue
            if part == "..":
                here = posixpath.dirname(here)
                continue
            there = posixpath.join(here, part)
            node = self._nodes.get(there)
            if not isinstance(node, Link):
                here = there
                continue
            links += 1
            if links > MAX_LINKS:
                return None
            if node.target.startswith("/"):
                here = "/"
            left += [each for each in node.target.split("/") if each][::-1]
        return here
