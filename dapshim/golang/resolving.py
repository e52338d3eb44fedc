"""From an import path to its folder and back, by the rules of cmd/go (modload, Go 1.26).

Which version of a module is meant is told by require lines alone: see workspace.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from dapshim.golang.files import Files
from dapshim.golang.modfile import Replace
from dapshim.golang.module_paths import cache_folder, unescape_path, version_order
from dapshim.golang.modules import IMPLIED_BY_MOD, IMPLIED_BY_WORK, FoundModule, line_version
from dapshim.golang.spelling import below, clean, join, parent
from dapshim.golang.vendoring import LISTED

if TYPE_CHECKING:
    from dapshim.golang.workspace import Workspace

META: Final = frozenset({"all", "std", "cmd", "main", "tool", "work"})
"""Words that stand for many packages and name none."""


def directory_of(workspace: Workspace, import_path: str) -> str | None:
    """See `Workspace.directory_of`."""
    if not _may_be(import_path):
        return None
    return next(_folders(workspace, import_path), None)


def _may_be(import_path: str) -> bool:
    elements = import_path.split("/")
    return (
        all(each not in ("", ".", "..") for each in elements)
        and not any(each in import_path for each in "@\\\0 ")
        and import_path not in META
        and not import_path.startswith("-")
    )


def _folders(workspace: Workspace, import_path: str) -> Iterator[str]:
    """Yield the folders with Go files that may provide the package, the one that Go takes first."""
    files = workspace.files
    if workspace.goroot and "." not in import_path.partition("/")[0]:
        standard = join(workspace.goroot, f"src/{import_path}")
        if _has_go(files, standard):
            yield standard
    if workspace.kind == "gopath":
        yield from (
            folder for each in workspace.gopath if _has_go(files, folder := join(each, f"src/{import_path}"), any_folder=True)
        )
        return
    for prefix in _prefixes(import_path):
        inside = import_path[len(prefix) + 1 :]
        for module in workspace.modules:
            if module.path == prefix and (found := _in_tree(files, module.directory, inside)):
                yield found
        if not workspace.vendor.active and (root := _dependency(workspace, prefix)) is not None:
            found = _in_tree(files, root.directory, inside) if root.local else _in_cache(files, root.directory, inside)
            if found:
                yield found
    if workspace.vendor.active and _is_vendored(workspace, import_path):
        vendored = join(workspace.vendor.directory, import_path)
        if _has_go(files, vendored):
            yield vendored


def _prefixes(import_path: str) -> Iterator[str]:
    """Yield the paths of the modules that may hold the package, the longest first."""
    prefix = import_path
    while prefix:
        yield prefix
        prefix = prefix.rpartition("/")[0]


def _is_vendored(workspace: Workspace, import_path: str) -> bool:
    if import_path in workspace.vendored:
        return True
    if workspace.work is not None:
        return line_version(workspace.work.go, IMPLIED_BY_WORK) < LISTED
    return all(line_version(each.mod.go, IMPLIED_BY_MOD) < LISTED for each in workspace.modules)


def _in_tree(files: Files, root: str, inside: str) -> str | None:
    """Return the package's folder in a tree of sources, unless another module's go.mod lies between."""
    folder = join(root, inside) if inside else root
    return folder if not _is_cut_off(files, root, folder) and _has_go(files, folder) else None


def _is_cut_off(files: Files, root: str, folder: str) -> bool:
    """Whether a go.mod below `root` makes `folder` part of another module."""
    while folder != root:
        if files.kind(join(folder, "go.mod")) == "file":
            return True
        folder = parent(folder)
    return False


def _in_cache(files: Files, root: str, inside: str) -> str | None:
    """Return the package's folder in the module cache, where no module lies in another."""
    folder = join(root, inside) if inside else root
    return folder if _has_go(files, folder) else None


def _has_go(files: Files, folder: str, *, any_folder: bool = False) -> bool:
    """Whether the folder has a Go file, built or not. In GOPATH mode any folder will do."""
    if any_folder:
        return files.kind(folder) == "folder"
    try:
        entries = files.list(folder)
    except OSError:
        return False
    return any(
        name.endswith(".go") and (kind == "file" or (kind == "link" and files.kind(join(folder, name)) == "file"))
        for name, kind in entries
    )


# -- what is required, and what stands in its place ----------------------------------------------------------------------------


@attrs.frozen
class Dependency:
    """A module that is no main module: where its files are. `local` is a folder by replace, not the module cache."""

    path: str
    version: str
    directory: str
    local: bool


def _dependency(workspace: Workspace, path: str) -> Dependency | None:
    """Return the module of this path that the main modules require: of several versions the highest, replaced if it is."""
    if any(each.path == path for each in workspace.modules):
        return None
    versions = [each.version for module in workspace.modules for each in module.mod.require if each.path == path]
    if not versions:
        return None
    version = max(versions, key=version_order)
    replaced = _replacement(workspace, path, version)
    if replaced is not None and replaced[0].is_directory:
        return Dependency(path, version, join(replaced[1], replaced[0].new_path), local=True)
    source = (replaced[0].new_path, replaced[0].new_version) if replaced is not None else (path, version)
    if not workspace.gomodcache:
        return None
    try:
        return Dependency(path, version, join(workspace.gomodcache, cache_folder(*source)), local=False)
    except ValueError:
        return None


def _replacement(workspace: Workspace, path: str, version: str) -> tuple[Replace, str] | None:
    """Return the replace line for a module and the folder from which its path is seen: go.work's before those of go.mod."""
    owners = [(module.mod.replace, module.directory) for module in workspace.modules]
    if workspace.work is not None:
        owners.insert(0, (workspace.work.replace, parent(workspace.work_path)))
    for lines, folder in owners:
        same = [each for each in lines if each.old_path == path and each.old_version in ("", version)]
        if same:
            # The line for this very version wins over the one for all.
            return max(same, key=lambda each: bool(each.old_version)), folder
    return None


# -- and back --------------------------------------------------------------------------------------------------------------


def import_path_of(workspace: Workspace, directory: str) -> str | None:
    """See `Workspace.import_path_of`."""
    directory = clean(directory)
    if workspace.kind == "gopath":
        return _below_sources(workspace, [*workspace.gopath, workspace.goroot], directory)
    module = workspace.module_of(directory)
    if module is not None:
        return _in_module(workspace, module, directory)
    return _below_sources(workspace, [workspace.goroot], directory) or _of_dependency(workspace, directory)


def _in_module(workspace: Workspace, module: FoundModule, directory: str) -> str | None:
    inside = _inside(workspace.files, directory, module.directory)
    if inside is None or "@" in inside or not module.path:
        return None
    if inside.startswith("vendor/"):
        package = inside.removeprefix("vendor/")
        return package if package in workspace.vendored else None
    if module.path == "std":
        return inside or None
    return f"{module.path}/{inside}" if inside else module.path


def _inside(files: Files, directory: str, root: str) -> str | None:
    """Return `directory` relative to `root`: by their spelling, or else by where they are."""
    if (inside := below(directory, root)) is not None:
        return inside
    return below(files.real(directory), files.real(root))


def _below_sources(workspace: Workspace, roots: list[str], directory: str) -> str | None:
    for root in roots:
        inside = _inside(workspace.files, directory, join(root, "src")) if root else None
        if inside and "@" not in inside and inside != "builtin":
            return inside
    return None


def _of_dependency(workspace: Workspace, directory: str) -> str | None:
    """Return the import path of a folder in the module cache, or in a folder by replace, if its module is required."""
    required = {each.path for module in workspace.modules for each in module.mod.require}
    for path in sorted(_likely(workspace, required, directory)):
        found = _dependency(workspace, path)
        inside = _inside(workspace.files, directory, found.directory) if found is not None else None
        if found is None or inside is None or "@" in inside or "/vendor/" in f"/{inside}":
            continue
        if found.local and inside and _is_cut_off(workspace.files, found.directory, join(found.directory, inside)):
            continue
        return f"{path}/{inside}" if inside else path
    return None


def _likely(workspace: Workspace, required: set[str], directory: str) -> set[str]:
    """Leave out what cannot be: in the module cache the folder's name tells the module, unless that is a replacement."""
    replaced = {
        each.old_path
        for lines in [*(module.mod.replace for module in workspace.modules), workspace.work.replace if workspace.work else ()]
        for each in lines
    }
    inside = _inside(workspace.files, directory, workspace.gomodcache) if workspace.gomodcache else None
    try:
        named = {unescape_path(inside.partition("@")[0])} if inside else set()
    except ValueError:
        named = set()
    return required & (replaced | named)
