"""What a program was made of, as DAP lists it: `Source`s for `loadedSources`, `Module`s for `modules`.

Made from what is recorded and from what the map has answered. Only the shapes of DAP are known here, no message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from dapshim.binary.recorded import BuildInfo, ModuleVersion, RecordedFile
from dapshim.sources.answers import Answer
from dapshim.sources.recorded_index import COMMAND_LINE, NO_VERSIONS, RecordedIndex
from dapshim.sources.served import Served
from dapshim.sources.spelling import AdapterPath, ClientPath, base, folder, is_windows

Answers = Mapping[AdapterPath, Answer[ClientPath]]

STANDARD: Final = "std"
"""What the go command calls the standard library."""


def loaded_sources(index: RecordedIndex, answers: Answers, served: Served) -> list[dict[str, Any]]:
    """Return a `Source` for every recorded file: with its path here, or with the number by which its text is served.

    Two recorded names of one file (`//line`) are one source. What has no answer is left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for each in index.recorded.files:
        path = AdapterPath(each.path)
        answer = answers.get(path)
        if answer is None:
            continue
        if answer.path is not None:
            found.setdefault(f"path {answer.path}", {"name": base(answer.path), "path": str(answer.path)})
        else:
            source = served.source(path, answer)
            found[f"number {source['sourceReference']}"] = source
    return [*found.values()]


@attrs.define
class _Seen:
    """What the files of a module tell of it."""

    files: int = 0
    here: int = 0
    folder: str = ""


def modules(index: RecordedIndex, answers: Answers, executable: str = "") -> list[dict[str, Any]]:
    """Return a `Module` for each Go module that was linked: the main one first, the standard library last.

    A program without build info (Bazel) has its main package in the place of a main module. `executable` is its path, "" where
    that is not known. `symbolStatus` says how many of the module's files are here; `path` is left out where none is.
    """
    build = index.recorded.build
    main = build.main if build.main is not None and build.main.path else None
    own = main or ModuleVersion(build.path or "main")
    seen = _seen(index, answers, own.path)
    told = [_module(own, seen.get(own.path, _Seen()), build, executable, user=True)]
    told += [
        _module(each, seen.get(each.path, _Seen()), build, executable, user=_is_users(each))
        for each in build.deps
        if each.path != own.path
    ]
    if STANDARD in seen:
        library = ModuleVersion(STANDARD, build.go_version)
        told.append(_module(library, seen[STANDARD], build, executable, user=False))
    return told


def _is_users(module: ModuleVersion) -> bool:
    """Whether it is worked on here: of go.work, or replaced by a folder. A download never is."""
    return (module.replaced_by or module).version in NO_VERSIONS


def _seen(index: RecordedIndex, answers: Answers, own: str) -> dict[str, _Seen]:
    seen: dict[str, _Seen] = {}
    for each in index.recorded.files:
        packages = index.packages_of(each)
        package = packages[0] if packages else ""
        name = _module_of(index, package, each, own)
        if not name:
            continue
        entry = seen.setdefault(name, _Seen())
        entry.files += 1
        answer = answers.get(AdapterPath(each.path))
        if answer is not None and answer.path is not None:
            entry.here += 1
            entry.folder = entry.folder or _folder_of_module(answer.path, package, "" if name == STANDARD else name)
    return seen


def _module_of(index: RecordedIndex, package: str, file: RecordedFile, own: str) -> str:
    """Return the name under which a file counts, "" for what is no module's: cgo's own files, those of C."""
    if package and index.is_standard(package, file.path):
        return STANDARD
    module = index.module_of(package) if package else None
    if module is not None:
        return module.path
    # Without modules (GOPATH, Bazel) all that was built is the program's; so is what was built by the names of its files.
    return own if package and (not index.modules or package in (own, "main", COMMAND_LINE)) else ""


def _folder_of_module(path: ClientPath, package: str, module: str) -> str:
    """Return a module's folder (`src` for the standard library), seen from one of its files; "" if that is elsewhere."""
    if module and package != module and not package.startswith(f"{module}/"):
        return ""
    here = folder(path)
    rest = package.removeprefix(module).strip("/")
    if not rest:
        return here
    tail = rest.replace("/", "\\") if is_windows(path) and "\\" in here else rest
    return here[: -len(tail) - 1] if here.endswith(("/" + tail, "\\" + tail)) else ""


def _module(module: ModuleVersion, seen: _Seen, build: BuildInfo, executable: str, *, user: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"id": module.path, "name": module.path, "isUserCode": user}
    if seen.folder:
        told["path"] = seen.folder
    if version := _version(module):
        told["version"] = version
    if (optimized := _is_optimized(build)) is not None:
        told["isOptimized"] = optimized
    told["symbolStatus"] = f"{seen.here} of {seen.files} source files are here" if seen.files else "none of its code was linked"
    if executable:
        told["symbolFilePath"] = executable
    return told


def _version(module: ModuleVersion) -> str:
    """Return a version, and what replaced it, as the go command writes it: `v1.2.3 => ../local`."""
    new = module.replaced_by
    if new is None:
        return module.version
    return f"{module.version} => {new.path} {new.version}".strip()


def _is_optimized(build: BuildInfo) -> bool | None:
    """Say whether the compiler optimized, None where the build info does not tell, or tells it of some packages only."""
    if not build.settings:
        return None
    flags = build.settings.get("-gcflags", "")
    if "-N" not in flags.replace("=", " ").split():
        return True
    return False if flags.startswith("all=") else None
