"""vendor folders: when `go build` uses one by itself, and what its modules.txt lists. Rules of cmd/go in Go 1.26."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from dapshim.golang.files import Files
from dapshim.golang.module_paths import canonical_version
from dapshim.golang.spelling import join
from dapshim.golang.versions import GoVersion, VersionError, parse_version

AUTOMATIC: Final = GoVersion(1, 14, 0)
"""From this go line on, a vendor folder is used without being asked for."""
LISTED: Final = GoVersion(1, 23)
"""From this go line on, a package that modules.txt does not list is not there."""
_FIRST_LINE: Final = 512
"""As much as Go reads to find `## workspace`."""


@attrs.frozen
class Vendor:
    """Whether packages come from the vendor folder, and why, or why not, in words for a person ("" when there is none)."""

    active: bool
    directory: str
    reason: str


def find_vendor(files: Files, root: str, go_line: str, mod_flag: str | None, *, workspace: bool) -> Vendor:
    """Say whether the vendor folder in `root` (the main module's, or go.work's) is used.

    `go_line` is that of the go.mod or go.work, "" for none; `mod_flag` is the value of -mod, which wins.
    """
    directory = join(root, "vendor")
    if mod_flag:
        return Vendor(mod_flag == "vendor", directory, f"-mod={mod_flag} says so")
    if files.kind(directory) != "folder":
        return Vendor(active=False, directory=directory, reason="")
    file = "go.work" if workspace else "go.mod"
    reason = _why_not(go_line, file)
    if reason is None and _is_for_workspace(files, directory) != workspace:
        reason = f"it was made by go {'mod' if workspace else 'work'} vendor, which is not for this mode"
    return Vendor(reason is None, directory, reason or f"there is one and {file} says go {go_line}")


def _why_not(go_line: str, file: str) -> str | None:
    if not go_line:
        return f"{file} has no go line"
    try:
        old = parse_version(go_line) < AUTOMATIC
    except VersionError:
        old = True
    return f"{file} says go {go_line}, which is before 1.14" if old else None


def _is_for_workspace(files: Files, directory: str) -> bool:
    try:
        head = files.read(join(directory, "modules.txt"), _FIRST_LINE)
    except OSError:
        return False
    line = head.partition(b"\n")[0].decode("utf-8", "replace")
    return line.startswith("## ") and "workspace" in (each.strip() for each in line[3:].split(";"))


def read_modules_txt(files: Files, directory: str) -> dict[str, tuple[str, str]]:
    """Return import path -> (module path, version) of the packages that modules.txt lists; empty when there is none."""
    try:
        text = files.read(join(directory, "modules.txt")).decode("utf-8", "replace")
    except OSError:
        return {}
    packages: dict[str, tuple[str, str]] = {}
    module: tuple[str, str] | None = None
    for line in text.split("\n"):
        words = line.split()
        if line.startswith("# "):
            if len(words) > 2:  # noqa: PLR2004 - a mark, a path and a version or an arrow
                module = (words[1], words[2]) if canonical_version(words[2]) else (words[1], "") if words[2] == "=>" else None
        elif len(words) == 1 and not line.startswith("#") and module is not None:
            packages[words[0]] = module
    return packages


@attrs.frozen
class Listing:
    """What modules.txt says of modules: those that go.mod required (`explicit`), and what each was replaced by.

    A version is part of a key only where the replace line had one; what replaces is `path` or `path version`.
    """

    explicit: frozenset[tuple[str, str]] = frozenset()
    replaced: Mapping[tuple[str, str], str] = attrs.field(factory=dict)


def read_listing(files: Files, directory: str) -> Listing | None:
    """Return what modules.txt says of modules; None when there is none. As cmd/go's readVendorList does (Go 1.26)."""
    try:
        text = files.read(join(directory, "modules.txt")).decode("utf-8", "replace")
    except OSError:
        return None
    explicit: set[tuple[str, str]] = set()
    replaced: dict[tuple[str, str], str] = {}
    module: tuple[str, str] | None = None
    for line in text.split("\n"):
        if line.startswith("## ") and module is not None:
            if "explicit" in (each.strip() for each in line[3:].split(";")):
                explicit.add(module)
        elif line.startswith("# "):
            old, arrow, new = line[2:].partition(" => ")
            words = old.split()
            module = (words[0], words[1] if len(words) > 1 else "") if words else None
            if module is not None and arrow:
                replaced[module] = " ".join(new.split())
    return Listing(frozenset(explicit), replaced)
