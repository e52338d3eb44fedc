"""What the rules about go.work, go.mod, their modules and cgo rest on, read from this machine's files."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Final

import attrs

from dapshim.diagnose.toolchain_facts import CgoUse
from dapshim.diagnose.workspace_facts import Needed, WorkspaceFacts
from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import Files
from dapshim.golang.modfile import ModFile, Require
from dapshim.golang.module_paths import escape_path
from dapshim.golang.modules import FoundModule, load_module
from dapshim.golang.packages import read_package
from dapshim.golang.source_files import FIRST_PIECE, go_file_names
from dapshim.golang.spelling import below, join, parent
from dapshim.golang.toolchain import GoEnv
from dapshim.golang.workspace import Workspace

FOLDERS_MOST: Final = 2000
"""Folders that are looked at for modules; a workspace of 40 modules has some hundred."""
FILES_MOST: Final = 2000
"""Go files of a module whose imports are looked at, when one of its requirements is not here."""
PACKAGES_MOST: Final = 500
"""Packages whose files are looked at for cgo: 1 ms each."""
_PASSED_OVER: Final = frozenset({"vendor", "node_modules", "testdata"})
_PKG_CONFIG: Final = re.compile(r"^\s*(?://|\*)?\s*#cgo\b[^\n:]*\bpkg-config:([^\n]*)", re.MULTILINE)
_IMPORT_C: Final = re.compile(r'^\s*(?:import\s+)?"C"', re.MULTILINE)
_STRING: Final = re.compile(rb'"([^"\s\\]+)"')
_PACKAGE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_ASK_LIMIT: Final = 10.0


def workspace_facts(
    files: Files,
    space: Workspace,
    programs: Iterable[str],
    variables: Mapping[str, str],
    environ: Mapping[str, str],
    saved: Mapping[str, str],
) -> WorkspaceFacts:
    """Return the facts about a workspace; `programs` are the folders that configurations name, `saved` is `go env -w`'s."""
    unused = tuple(_unused(files, space)) if space.kind == "work" else ()
    inside = {each.directory for each in unused for program in programs if below(program, each.directory) is not None}
    return WorkspaceFacts(
        space,
        unused,
        frozenset(inside),
        tuple(_needed(files, space)),
        variables,
        shutil.which("git", path=environ.get("PATH", "")) is not None,
        environ.get("GOFLAGS") or saved.get("GOFLAGS", ""),
        not environ.get("GOFLAGS"),
    )


def folders_below(files: Files, top: str) -> Iterator[str]:
    """Yield a folder and those below it that may hold a person's own Go code, at most FOLDERS_MOST; links are not followed."""
    waiting, seen = [top], 0
    while waiting and seen < FOLDERS_MOST:
        folder = waiting.pop(0)
        seen += 1
        yield folder
        try:
            entries = files.list(folder)
        except OSError:
            continue
        waiting += [
            join(folder, name)
            for name, kind in entries
            if kind == "folder" and not name.startswith((".", "_")) and name not in _PASSED_OVER
        ]


def _unused(files: Files, space: Workspace) -> Iterator[FoundModule]:
    for folder in folders_below(files, parent(space.work_path)):
        file = join(folder, "go.mod")
        if folder not in space.roots and files.kind(file) == "file" and files.real(folder) not in space.real_roots:
            module, _ = load_module(files, folder, file)
            yield module


# -- modules ---------------------------------------------------------------------------------------


def _needed(files: Files, space: Workspace) -> list[Needed]:
    """Return what the main modules require and import, but for what is a folder here, or is in the cache with its hash known.

    What go.mod requires and nothing imports does not keep go from building.
    """
    if not space.gomodcache:
        return []
    mains = {each.path for each in space.modules}
    sums = _sums(files, space)
    found: list[Needed] = []
    for module in space.modules:
        lacking: list[Needed] = []
        for line in module.mod.require:
            target = None if line.indirect or line.path in mains else _replaced(space, module.mod, line)
            if target is None:
                continue
            path, version = target
            cached, summed = _is_cached(files, space.gomodcache, path, version), f"{path} {version}" in sums
            if not cached or not summed:
                lacking.append(Needed(path, version, module.file, line, cached, summed))
        imported = _imports(files, module.directory) if lacking else frozenset()
        found += [each for each in lacking if any(_is_of(name, each.line.path) for name in imported)]
    return found


def _imports(files: Files, top: str) -> frozenset[str]:
    """Return what the Go files below a module's folder seem to import: every text in their heads that looks like a path."""
    found: set[str] = set()
    left = FILES_MOST
    for folder in folders_below(files, top):
        if folder != top and files.kind(join(folder, "go.mod")) == "file":
            continue
        try:
            names = go_file_names(files, folder)[:left]
            heads = [files.read(join(folder, name), FIRST_PIECE) for name in names]
        except OSError:
            continue
        left -= len(names)
        found.update(each.decode("utf-8", "replace") for head in heads for each in _STRING.findall(head))
        if left <= 0:
            break
    return frozenset(found)


def _is_of(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}/")


def _replaced(space: Workspace, mod: ModFile, line: Require) -> tuple[str, str] | None:
    """Return the module and version that is built in place of a required one; None when it is a folder."""
    work = space.work.replace if space.work is not None else ()
    for each in (*work, *mod.replace, *(each for other in space.modules for each in other.mod.replace)):
        if each.old_path == line.path and each.old_version in ("", line.version):
            return None if each.is_directory else (each.new_path, each.new_version)
    return line.path, line.version


def _sums(files: Files, space: Workspace) -> set[str]:
    """Return `path version` of each module whose content go.sum has a hash of."""
    found: set[str] = set()
    names = [join(each.directory, "go.sum") for each in space.modules]
    if space.work_path:
        names.append(join(parent(space.work_path), "go.work.sum"))
    for name in names:
        try:
            text = files.read(name).decode("utf-8", "replace")
        except OSError:
            continue
        for line in text.splitlines():
            words = line.split()
            if len(words) == 3 and not words[1].endswith("/go.mod"):  # noqa: PLR2004 - path, version and hash
                found.add(f"{words[0]} {words[1]}")
    return found


def _is_cached(files: Files, cache: str, path: str, version: str) -> bool:
    try:
        escaped, at = escape_path(path), escape_path(version)
    except ValueError:
        return True
    return any(
        files.kind(each) is not None
        for each in (join(cache, f"{escaped}@{at}"), join(cache, f"cache/download/{escaped}/@v/{at}.zip"))
    )


# -- cgo -------------------------------------------------------------------------------------------


def cgo_uses(files: Files, programs: Iterable[str], folders: Iterable[str], env: GoEnv) -> tuple[CgoUse, ...]:
    """Return where packages import "C", as a build with cgo would take them: those of the programs, then those below `folders`.

    Other modules than the person's own are not looked at.
    """
    context = BuildContext.of(attrs.evolve(env, cgo_enabled=True))
    programs = list(dict.fromkeys(programs))
    walked = dict.fromkeys(chain(programs, *(islice(folders_below(files, top), PACKAGES_MOST) for top in folders)))
    found = []
    for folder in islice(walked, PACKAGES_MOST):
        try:
            package = read_package(files, folder, context)
        except OSError:
            continue
        sure = not programs or folder in programs
        found += [attrs.evolve(_cgo_use(files, join(folder, name)), sure=sure) for name in package.cgo_files]
    return tuple(found)


def _cgo_use(files: Files, file: str) -> CgoUse:
    text = files.read(file).decode("utf-8", "replace")
    at = _IMPORT_C.search(text)
    line = text.count("\n", 0, at.end()) + 1 if at is not None else 1
    named = [word for match in _PKG_CONFIG.finditer(text) for word in match[1].split()]
    return CgoUse(file, line, tuple(dict.fromkeys(each for each in named if _PACKAGE.fullmatch(each))))


def with_what_lacks(uses: Iterable[CgoUse], command: str, environ: Mapping[str, str]) -> tuple[CgoUse, ...]:
    """Return the uses with those C libraries only that pkg-config does not know; all of them when it is not there."""
    known: dict[str, bool] = {}

    def knows(name: str) -> bool:
        if name not in known:
            known[name] = _pkg_config(command, name, environ)
        return known[name]

    return tuple(attrs.evolve(each, lacking=tuple(name for name in each.lacking if not knows(name))) for each in uses)


def _pkg_config(command: str, name: str, environ: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - as the go command would run it
            [command, "--exists", "--", name],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASK_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
