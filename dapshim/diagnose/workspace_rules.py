"""Rules about go.work and go.mod: what Go would refuse the workspace for, and what it silently leaves out."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import attrs

from dapshim.diagnose import workspace_codes as codes
from dapshim.diagnose.deeds import GoDeed
from dapshim.diagnose.finding import Diagnosis, Severity
from dapshim.diagnose.placed import Edit, Fix, Place, Placed, place_of, place_of_line, placed
from dapshim.diagnose.toolchain_rules import without_flags
from dapshim.diagnose.workspace_facts import WorkspaceFacts
from dapshim.golang.mod_syntax import decode
from dapshim.golang.modfile import Replace
from dapshim.golang.spelling import below, join, parent, paths
from dapshim.golang.vendoring import Listing, read_listing
from dapshim.golang.versions import GoVersion, VersionError, parse_version
from dapshim.golang.workspace import Missing, Workspace

Rule = Callable[[WorkspaceFacts], Iterable[Placed]]

_OF_PROBLEM: Final[dict[str, Diagnosis]] = {
    "unreadable": codes.MOD_SYNTAX,
    "no-module-line": codes.MOD_SYNTAX,
    "syntax": codes.MOD_SYNTAX,
    "used-twice": codes.MODULE_TWICE,
    "same-path": codes.MODULE_TWICE,
    "replaced-main": codes.MODULE_TWICE,
    "work-too-old": codes.WORK_GO_LINE,
    "modfile": codes.MOD_FLAGS,
    "mod-flag": codes.MOD_FLAGS,
}
_CHECKED_FROM: Final = GoVersion(1, 14, 0)
"""From this go line on, Go compares modules.txt with all of go.mod."""
_SHOWN: Final = 3


def in_folder(space: Workspace, command: str) -> str:
    """Return a command that runs in the folder of go.work."""
    return f"cd {shlex.quote(parent(space.work_path))} && {command}"


def unused_module(space: Workspace, module: str, directory: str) -> Placed:
    """Return the finding of a module that go.work does not use and that is to be built; the plan says the same at F5."""
    message = f"Module {module or directory} in {directory} is not listed in {space.work_path}, so go does not build it there."
    off = Fix('Or debug without the go.work: "dapshim": {"goWork": "off"} in the launch configuration')
    fixes = (use_command(space, directory), off)
    return placed(codes.WORK_UNUSED, message, Place(space.work_path), severity=Severity.ERROR, fixes=fixes)


def use_command(space: Workspace, directory: str) -> Fix:
    """Return the way to have go.work use the module in `directory`."""
    folder = parent(space.work_path)
    inside = below(directory, folder)
    use = directory if inside is None else f"./{inside}" if inside else "."
    command = in_folder(space, f"go work use {shlex.quote(use)}")
    return Fix("Have go.work use it", command, deed=GoDeed(("work", "use", use), folder), safe=True)


def work_empty(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find a go.work without a module."""
    space = facts.space
    if space.kind == "work" and space.work is not None and not space.work.use and not space.work.errors:
        message = f"{space.work_path} uses no module, so go builds nothing here."
        every = ("work", "use", "-r", ".")
        folder = parent(space.work_path)
        fix = Fix(
            "Use every module below it", in_folder(space, shlex.join(("go", *every))), deed=GoDeed(every, folder), safe=True
        )
        yield placed(codes.WORK_EMPTY, message, Place(space.work_path), fixes=(fix,))


def work_missing(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find a use that leads nowhere."""
    for each in facts.space.missing:
        yield missing_use(facts.space, each)


def missing_use(space: Workspace, missing: Missing) -> Placed:
    """Return the finding of a use that leads nowhere; the plan says the same at F5."""
    use = missing.use
    gone = f"{missing.directory} has no go.mod" if missing.what == "go.mod" else f"there is no folder {missing.directory}"
    message = f"{space.work_path}:{use.line} uses {use.path}, but {gone}."
    command = f"go work edit -dropuse={shlex.quote(use.path)} {shlex.quote(space.work_path)}"
    fix = Fix("Drop the line", command, edits=without_line(space, space.work_path, use.line))
    return placed(codes.WORK_MISSING, message, place_of(space.work_path, use), fixes=(fix,))


def without_line(space: Workspace, file: str, number: int) -> tuple[Edit, ...]:
    """Return the edit that takes a line out of go.mod or go.work; none where it cannot be read."""
    try:
        lines = decode(space.files.read(file)).splitlines(keepends=True)
    except OSError:
        return ()
    if not 0 < number <= len(lines):
        return ()
    start = sum(map(len, lines[: number - 1]))
    return (Edit(file, start, start + len(lines[number - 1]), ""),)


def work_unused(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Modules below go.work that it leaves out."""
    space = facts.space
    if space.kind != "work" or (space.work is not None and not space.work.use):
        return
    quiet = []
    for each in facts.unused:
        if each.directory not in facts.wanted:
            quiet.append(each)
            continue
        yield unused_module(space, each.path, each.directory)
    if quiet:
        names = ", ".join(each.directory for each in quiet[:_SHOWN]) + (" …" if len(quiet) > _SHOWN else "")
        what = "a module" if len(quiet) == 1 else f"{len(quiet)} modules"
        message = f"{space.work_path} does not use {what} below its folder: {names}"
        fix = use_command(space, quiet[0].directory)
        yield placed(
            codes.WORK_UNUSED,
            message,
            Place(space.work_path),
            evidence=[each.directory for each in quiet],
            fixes=(attrs.evolve(fix, safe=False),),
        )


def problems(facts: WorkspaceFacts) -> Iterator[Placed]:
    """All else for which Go refuses the workspace."""
    space = facts.space
    for each in space.problems:
        message = each.message.removeprefix(f"{each.file}:{each.line}: ").rstrip(".") + "."
        yield placed(
            _OF_PROBLEM[each.code], message, place_of_line(each.file, each.line), fixes=_mend(facts, each.code, each.line)
        )
    if space.vendor.reason.startswith("-mod=") and space.vendor.active and space.files.kind(space.vendor.directory) is None:
        message = f"{space.vendor.reason}, but there is no {space.vendor.directory}."
        yield placed(codes.MOD_FLAGS, message, where="GOFLAGS", fixes=(_vendor(space),))


def _mend(facts: WorkspaceFacts, code: str, line: int) -> Iterator[Fix]:
    space = facts.space
    if code == "work-too-old":
        folder = parent(space.work_path)
        command = in_folder(space, "go work use")
        yield Fix("Raise the line", command, deed=GoDeed(("work", "use"), folder), safe=True)
    elif code in ("used-twice", "same-path") and space.work is not None:
        for use in space.work.use:
            if use.line == line:
                command = f"go work edit -dropuse={shlex.quote(use.path)} {shlex.quote(space.work_path)}"
                yield Fix("Drop the second line", command, edits=without_line(space, space.work_path, line))
    elif code == "replaced-main" and space.work is not None:
        for replace in space.work.replace:
            if replace.line == line:
                command = f"go work edit -dropreplace={shlex.quote(replace.old_path)} {shlex.quote(space.work_path)}"
                yield Fix("Drop the replace", command, edits=without_line(space, space.work_path, line))
    elif code in ("mod-flag", "modfile"):
        yield without_flags(facts.goflags, ["mod", "modfile"], saved=facts.goflags_saved)


# -- replace ---------------------------------------------------------------------------------------


def _replaces(space: Workspace) -> Iterator[tuple[str, Replace]]:
    """Yield the replace lines of the workspace with the file that each stands in; that of go.work first."""
    if space.work is not None:
        yield from ((space.work_path, each) for each in space.work.replace)
    for module in space.modules:
        yield from ((module.file, each) for each in module.mod.replace)


def _target(space: Workspace, file: str, replace: Replace) -> str:
    """Return what replaces: a folder, or a module and its version."""
    if not replace.is_directory:
        return f"{replace.new_path} {replace.new_version}"
    module = next((each for each in space.modules if each.file == file), None)
    return join(module.directory if module is not None else parent(file), replace.new_path)


def _masked(space: Workspace, file: str, replace: Replace) -> str | None:
    """Return what counts in the place of a replace of go.mod, None when it counts itself."""
    if file == space.work_path or space.work is None:
        return None
    used = next((each for each in space.modules if each.path == replace.old_path), None)
    if used is not None:
        return used.directory
    for each in space.work.replace:
        if each.old_path == replace.old_path:
            return _target(space, space.work_path, each)
    return None


def replace_missing(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find a replace by a folder that is not there."""
    space = facts.space
    for file, each in _replaces(space):
        if not each.is_directory or _masked(space, file, each) is not None or _is_used(space, each):
            continue
        folder = _target(space, file, each)
        if space.files.kind(join(folder, "go.mod")) == "file":
            continue
        gone = "has no go.mod" if space.files.kind(folder) == "folder" else "is not there"
        message = f"{paths.basename(file)} replaces {each.old_path} by {each.new_path}, but {folder} {gone}."
        old = f"{each.old_path}@{each.old_version}" if each.old_version else each.old_path
        verb = "work" if file == space.work_path else "mod"
        command = f"go {verb} edit -dropreplace={shlex.quote(old)} {shlex.quote(file)}"
        drop = Fix("Drop the replace", command, edits=without_line(space, file, each.line))
        fixes = (Fix(f"Bring {folder} back"), drop)
        required = any(line.path == each.old_path for module in space.modules for line in module.mod.require)
        # Go looks at what it needs only.
        severity = Severity.ERROR if required else Severity.INFO
        yield placed(codes.REPLACE_MISSING, message, place_of(file, each), severity=severity, fixes=fixes)


def _is_used(space: Workspace, replace: Replace) -> bool:
    """Whether a main module is meant, of which Go takes the folder as it is."""
    return any(each.path == replace.old_path for each in space.modules)


def replace_conflict(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Two go.mod of a workspace that replace one module differently. A use of that module does not settle it (Go 1.26)."""
    space = facts.space
    if space.work is None:
        return
    decided = {each.old_path for each in space.work.replace}
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for file, each in _replaces(space):
        if file == space.work_path or each.old_path in decided:
            continue
        key, target = (each.old_path, each.old_version), _target(space, file, each)
        first, before = seen.setdefault(key, (file, target))
        if before != target:
            message = f"{file} replaces {each.old_path} by {target}, and {first} by {before}; go refuses the whole workspace."
            value = f"{each.old_path}={before.replace(' ', '@')}"
            command = f"go work edit -replace={shlex.quote(value)} {shlex.quote(space.work_path)}"
            deed = GoDeed(("work", "edit", f"-replace={value}", space.work_path), parent(space.work_path))
            yield placed(
                codes.REPLACE_CONFLICT, message, place_of(file, each), fixes=(Fix("Decide for all", command, deed=deed),)
            )


def replace_masked(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find a replace of go.mod that does not count, because go.work says otherwise."""
    space = facts.space
    for file, each in _replaces(space):
        counts = _masked(space, file, each)
        target = _target(space, file, each)
        if counts is not None and counts != target and space.files.real(counts) != space.files.real(target):
            message = f"{file} replaces {each.old_path} by {target}, but {space.work_path} has {counts}, and that counts."
            yield placed(codes.REPLACE_MASKED, message, place_of(file, each), fixes=(Fix(f"Edit and debug in {counts}"),))


# -- vendor ----------------------------------------------------------------------------------------


def vendor_stale(facts: WorkspaceFacts) -> Iterator[Placed]:
    """Find a vendor folder that does not say what go.mod says; the comparison is Go's own."""
    space = facts.space
    if not space.vendor.active or space.files.kind(space.vendor.directory) != "folder" or _is_old(space):
        return
    listing = read_listing(space.files, space.vendor.directory)
    file = space.work_path or (space.modules[0].file if space.modules else "")
    if listing is None:
        message = f"{space.vendor.directory} has no modules.txt, so go cannot tell what is in it."
        yield placed(codes.VENDOR_STALE, message, Place(space.vendor.directory), fixes=(_vendor(space),))
        return
    differences = [*_of_requires(space, listing), *_of_replaces(space, listing)]
    if differences:
        more = f", and {len(differences) - 1} more" if len(differences) > 1 else ""
        message = f"{space.vendor.directory} is out of step with {file}: {differences[0]}{more}. go refuses to build."
        fixes = (_vendor(space), Fix("Or build without it, for once", "export GOFLAGS=-mod=readonly"))
        yield placed(
            codes.VENDOR_STALE, message, Place(join(space.vendor.directory, "modules.txt")), evidence=differences, fixes=fixes
        )


def _vendor(space: Workspace) -> Fix:
    verb = "work" if space.work_path else "mod"
    folder = parent(space.work_path) if space.work_path else parent(space.vendor.directory)
    command = f"cd {shlex.quote(folder)} && go {verb} vendor"
    return Fix("Make it anew", command, deed=GoDeed((verb, "vendor"), folder))


def _is_old(space: Workspace) -> bool:
    try:
        return not space.work_path and parse_version(space.go_line or "1.13") < _CHECKED_FROM
    except VersionError:
        return True


def _of_requires(space: Workspace, listing: Listing) -> Iterator[str]:
    required = {(each.path, each.version) for module in space.modules for each in module.mod.require}
    mains = {module.path for module in space.modules} if space.work_path else set()
    for path, version in sorted(required - listing.explicit):
        if path not in mains:
            yield f"{path} {version} is required, and not in modules.txt"
    for path, version in sorted(listing.explicit - required):
        yield f"{path} {version} is in modules.txt, and not required"


def _of_replaces(space: Workspace, listing: Listing) -> Iterator[str]:
    wanted: dict[tuple[str, str], set[str]] = {}
    for file, each in _replaces(space):
        if _masked(space, file, each) is None and not _is_used(space, each):
            wanted.setdefault((each.old_path, each.old_version), set()).add(_target(space, file, each))
    for key, targets in wanted.items():
        listed = listing.replaced.get(key)
        if listed is None:
            yield f"{' '.join(key).strip()} is replaced, and not so in modules.txt"
        elif listed not in targets and not _same_folder(space, listed, targets):
            yield f"{' '.join(key).strip()} is replaced by {min(targets)}, and by {listed} in modules.txt"
    for path, version in listing.replaced:
        if (path, version) not in wanted and (path, "") not in wanted:
            yield f"{path} {version}".strip() + " is replaced in modules.txt only"


def _same_folder(space: Workspace, listed: str, targets: Iterable[str]) -> bool:
    base = parent(space.vendor.directory)
    return any(space.files.real(join(base, listed)) == space.files.real(target) for target in targets)


WORKSPACE_RULES: Final[tuple[Rule, ...]] = (
    work_empty,
    work_missing,
    work_unused,
    problems,
    replace_missing,
    replace_conflict,
    replace_masked,
    vendor_stale,
)


def unreadable(message: str, folder: str) -> Placed:
    """Return the finding of a folder in which Go has no workspace at all, because GOWORK or GO111MODULE are wrong."""
    fix = Fix("Drop the variable, as go does without it", "unset GOWORK GO111MODULE")
    return placed(codes.MOD_FLAGS, f"{message.rstrip('.')}.", where=folder, fixes=(fix,))
