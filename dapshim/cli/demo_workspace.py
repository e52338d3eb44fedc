"""A Go workspace that a demo debugs: where its program is and which of its lines are marked for a breakpoint.

A line is marked by the comment `// break: NAME` at its end, so that a demo and the reader of the source agree about it whatever
is written above. This file starts nothing and knows neither DAP nor Delve.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

import dapshim

_MARK = re.compile(r"//\s*break:\s*(.+?)\s*$")
_USED_MODULE = re.compile(r"^[ \t]*(?:use[ \t]+)?(\.[^\s()]*)", re.MULTILINE)


_PROGRAMS: Final = {"gowork": "services/orders", "headless": "controller", "children": "tower"}
"""The examples, and where each has its program's package main."""


class WorkspaceError(Exception):
    """The folder is not the example workspace; the message is a sentence for the user."""


@attrs.frozen
class Place:
    """A line of a file, as an editor names it."""

    path: Path
    line: int


@attrs.frozen
class Workspace:
    """The example workspace at `root`, an absolute path without symbolic links."""

    root: Path
    service: Path
    """The folder of the program's package main, which is also its module."""
    modules: list[str]
    marked: Mapping[str, Place]
    _lines: Mapping[Path, list[str]] = attrs.field(repr=False)

    @property
    def orders(self) -> list[str]:
        """The numbers of the orders in the service's inbox."""
        return sorted(file.stem for file in (self.service / "inbox").glob("*.json"))

    def place(self, mark: str) -> Place:
        """Return the line that is marked with `mark`.

        Raises:
            WorkspaceError: no line is.

        """
        if mark not in self.marked:
            raise WorkspaceError(f"no line in {self.root} is marked with the comment: // break: {mark}")
        return self.marked[mark]

    def shown(self, path: str) -> str:
        """Return a path as a reader finds it: relative inside the workspace, else its last two parts."""
        inside = Path(path)
        if inside.is_relative_to(self.root):
            return str(inside.relative_to(self.root))
        return path if len(inside.parts) <= 3 else str(Path("...", *inside.parts[-2:]))  # noqa: PLR2004 - "/", folder, name

    def text(self, place: Place) -> str:
        """Return the code at a place, without its margin and mark; empty when the workspace has no such line."""
        lines = self._lines.get(place.path, [])
        return _MARK.sub("", lines[place.line - 1]).strip() if 0 < place.line <= len(lines) else ""

    def module(self, path: str) -> str:
        """Return the module of the workspace that a file is in, as go.work spells it; empty for a file outside."""
        return next((module for module in self.modules if Path(path).is_relative_to(self.root / module)), "")


def default_folder(example: str = "gowork") -> Path:
    """Return where an example is in a checkout of dapshim's repository; an installed dapshim has none there."""
    return Path(dapshim.__file__).resolve().parent.parent / "examples" / example


def read(folder: Path, example: str = "gowork") -> Workspace:
    """Read the workspace in `folder`, a copy of one of the examples.

    Raises:
        WorkspaceError: there is no go.work, or the program is missing.
        OSError: a file cannot be read.

    """
    # Delve 1.27.1 changes directory without telling `go` by which name, and `go` then records the path without symbolic links.
    root = folder.resolve()
    go_work = root / "go.work"
    if not go_work.is_file():
        raise WorkspaceError(
            f"there is no go.work in {root}; name a copy of dapshim's examples/gowork with: dapshim demo --workspace FOLDER"
            if example == "gowork"
            else f"there is no go.work in {root}, where dapshim's examples/{example} should be"
        )
    lines = {file: file.read_text(encoding="utf-8").splitlines() for file in sorted(root.rglob("*.go"))}
    marked = {
        mark[1]: Place(file, number)
        for file, texts in lines.items()
        for number, text in enumerate(texts, start=1)
        if (mark := _MARK.search(text))
    }
    modules = [str(Path(module)) for module in _USED_MODULE.findall(go_work.read_text(encoding="utf-8"))]
    workspace = Workspace(root, root / _PROGRAMS[example], modules, marked, lines)
    if not workspace.service.is_dir():
        raise WorkspaceError(f"{root} has no {_PROGRAMS[example]}, so it is not a copy of dapshim's examples/{example}")
    return workspace
