"""The editor's files around a folder: launch.json, tasks.json, settings.json, .code-workspace; found and read, not judged."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from dapshim.diagnose.jsonc import Document, Fault, Node, parse
from dapshim.diagnose.launch_facts import JsonFile
from dapshim.diagnose.option_file_rules import option_file
from dapshim.diagnose.placed import Placed
from dapshim.golang.files import Files
from dapshim.golang.spelling import join, parent, paths, upwards
from dapshim.options.option_files import BYTES_MOST, PROJECT_FILE

MOST: Final = 4 * 1024 * 1024
"""Bytes of such a file that are read; the largest settings.json of a person has some ten thousand."""

TYPES: Final = frozenset({"go", "dapshim"})
"""The types of configurations that are looked at: vscode-go's, and that of dapshim's own extension."""

_EDITORS: Final = ("Code", "Code - Insiders", "VSCodium", "Cursor")
_SERVERS: Final = (".vscode-server", ".cursor-server", ".vscodium-server")


@attrs.frozen
class Part:
    """An object of a file that is about one thing, and the folder that `${workspaceFolder}` means in it."""

    source: JsonFile
    root: Node
    folder: str
    shared: bool = True
    """Whether it belongs to the project, so that a stranger may have written it; not a user's own settings."""


@attrs.frozen
class EditorFiles:
    """What was found. `settings` come strongest first; `sources` are all files, for faults of syntax."""

    folders: tuple[str, ...]
    launch: tuple[Part, ...] = ()
    tasks: tuple[Part, ...] = ()
    settings: tuple[Part, ...] = ()
    sources: tuple[JsonFile, ...] = ()

    def setting(self, *way: str) -> tuple[Node, Part] | None:
        """Return the value of a setting, and where the strongest of those who set it does so."""
        for part in self.settings:
            found = part.root.get(*way)
            if found is not None and found.kind != "missing":
                return found, part
        return None


def editor_files(files: Files, where: str, environ: Mapping[str, str]) -> EditorFiles:
    """Return the files for a folder, or for one of them that was named: a launch.json, a .code-workspace.

    For a folder these are its own .vscode, or that of the nearest folder above it within its repository or go.work; and a
    .code-workspace beside it when there is just one.
    """
    reading = _Reading(files)
    if files.kind(where) == "file":
        if where.endswith(".code-workspace"):
            reading.workspace(where)
        elif paths.basename(parent(where)) == ".vscode":
            reading.folder(parent(parent(where)))
        else:
            reading.launch.append(reading.part(where, parent(where)))
            reading.folders.append(parent(where))
    else:
        root = _root(files, where)
        spaces = _workspaces(files, root)
        if len(spaces) == 1:
            reading.workspace(spaces[0])
        if root not in reading.folders:
            reading.folder(root)
    for path in _of_user(environ):
        if files.kind(path) == "file":
            reading.settings.append(reading.part(path, reading.folders[0], shared=False))
    return EditorFiles(
        tuple(reading.folders), tuple(reading.launch), tuple(reading.tasks), tuple(reading.settings), tuple(reading.sources)
    )


def _root(files: Files, folder: str) -> str:
    """Return the folder that an editor has open: the nearest with a .vscode, up to the root of the repository or go.work."""
    for each in upwards(folder):
        if files.kind(join(each, ".vscode")) == "folder" or _workspaces(files, each):
            return each
        if any(files.kind(join(each, name)) is not None for name in (".git", "go.work")):
            return each
    return folder


def _workspaces(files: Files, folder: str) -> list[str]:
    try:
        return [join(folder, name) for name, kind in files.list(folder) if name.endswith(".code-workspace") and kind == "file"]
    except OSError:
        return []


def _of_user(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield where editors keep the settings of a user, those of a remote machine first."""
    home = environ.get("HOME") or environ.get("USERPROFILE", "")
    if not paths.isabs(home):
        return
    yield from (join(home, f"{server}/data/Machine/settings.json") for server in _SERVERS)
    base = environ.get("XDG_CONFIG_HOME") or join(home, ".config")
    if sys.platform == "darwin":
        base = join(home, "Library/Application Support")
    elif sys.platform == "win32":
        base = environ.get("APPDATA", join(home, "AppData/Roaming"))
    yield from (join(base, f"{editor}/User/settings.json") for editor in _EDITORS)


def read_json_file(files: Files, path: str) -> JsonFile:
    """Read a file; one that cannot be read, is too large or no text has that as its fault."""
    try:
        data = files.read(path, MOST + 1)
    except OSError as error:
        return _unread(path, f"this file cannot be read: {(error.strerror or str(error)).lower()}")
    if len(data) > MOST:
        return _unread(path, f"this file has more than {MOST} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _unread(path, f"this is no UTF-8 text ({error.reason} at byte {error.start})")
    document = parse(text)
    if document.root.kind == "missing" and not text.strip("\ufeff \t\r\n"):
        # An empty settings.json is what an editor leaves behind, and means nothing.
        document = attrs.evolve(document, faults=())
    return JsonFile(path, document)


def project_file(files: Files, folder: str) -> Iterator[Placed]:
    """Yield what is wrong with the .dapshim.toml of a folder."""
    path = join(folder, PROJECT_FILE)
    if files.kind(path) != "file":
        return
    try:
        text = files.read(path, BYTES_MOST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        # A session says why it does not read it.
        return
    yield from option_file(path, text)


def _unread(path: str, why: str) -> JsonFile:
    return JsonFile(path, Document("", parse("").root, (Fault(why, 0, 0),)))


class _Reading:
    def __init__(self, files: Files) -> None:
        self._files = files
        self.folders: list[str] = []
        self.launch: list[Part] = []
        self.tasks: list[Part] = []
        self.settings: list[Part] = []
        self.sources: list[JsonFile] = []

    def part(self, path: str, folder: str, *, shared: bool = True) -> Part:
        source = read_json_file(self._files, path)
        self.sources.append(source)
        return Part(source, source.document.root, folder, shared)

    def folder(self, folder: str) -> None:
        """Take what is in a folder's .vscode."""
        self.folders.append(folder)
        for name, kept in (("launch", self.launch), ("tasks", self.tasks), ("settings", self.settings)):
            path = join(folder, f".vscode/{name}.json")
            if self._files.kind(path) == "file":
                kept.append(self.part(path, folder))

    def workspace(self, path: str) -> None:
        """Take a .code-workspace and its folders; its own settings are weaker than those of the folders."""
        source = read_json_file(self._files, path)
        self.sources.append(source)
        root, base = source.document.root, parent(path)
        listed = root.get("folders")
        for item in listed.items if listed is not None else ():
            written = item.get("path")
            if written is not None and self._files.kind(join(base, written.text)) == "folder":
                self.folder(join(base, written.text))
        first = self.folders[0] if self.folders else base
        for name, kept in (("launch", self.launch), ("tasks", self.tasks), ("settings", self.settings)):
            node = root.get(name)
            if node is not None and node.kind == "object":
                kept.append(Part(source, node, first))
        if not self.folders:
            self.folders.append(base)


def for_this_system(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration or a task as it is on this system: what stands below "linux", "osx" or "windows" wins."""
    own = {"darwin": "osx", "win32": "windows"}.get(sys.platform, "linux")
    kept = {name: value for name, value in plain.items() if name not in ("linux", "osx", "windows")}
    special = plain.get(own)
    return {**kept, **special} if isinstance(special, Mapping) else kept
