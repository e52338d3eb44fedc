"""Rules about Go and its settings. Each is one function from the facts to findings."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from dapshim.diagnose import toolchain_codes as codes
from dapshim.diagnose.deeds import GoDeed
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.placed import Fix, Placed, placed
from dapshim.diagnose.toolchain_facts import SHELL, Toolchain
from dapshim.golang.quoting import flag_value, join_flags, split_flags
from dapshim.golang.spelling import paths
from dapshim.golang.versions import VersionError, select_toolchain

Rule = Callable[[Toolchain], Iterable[Placed]]

_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})


def drop(facts: Toolchain, name: str) -> Fix:
    """Return the way to take a variable away, where it was set.

    Go 1.26: with a bad GOROOT, GOPATH or GOTOOLCHAIN `go env -u` itself fails, unless the environment has a good one.
    """
    if facts.source_of(name) == "go env -w":
        good = {"GOROOT": facts.root.own if facts.root is not None else "", "GOPATH": "/tmp", "GOTOOLCHAIN": "local"}  # noqa: S108
        before = f"{name}={shlex.quote(good[name])} " if good.get(name) else ""
        environ = ((name, good[name]),) if good.get(name) else ()
        return Fix(
            f"Drop what `go env -w` set, for all your projects: {name}",
            f"{before}go env -u {name}",
            deed=GoDeed(("env", "-u", name), environ=environ),
        )
    return Fix(f"Take {name} out of the environment, and out of the file that sets it", f"unset {name}")


def set_by(facts: Toolchain, name: str) -> str:
    """Say in words who set a variable."""
    source = facts.source_of(name)
    return "the environment" if source == "environment" else "`go env -w`" if source else "nobody"


def go_missing(facts: Toolchain) -> Iterator[Placed]:
    """No go command at all, or one that does not answer."""
    if not facts.gos:
        fixes = (Fix("Install Go, see https://go.dev/dl"), Fix("Name the go command", "dapshim --go /path/to/go doctor"))
        yield placed(codes.GO_MISSING, facts.go_error or "The go command was not found.", where="go", fixes=fixes)
    elif facts.go_error and facts.env is None and not _said_elsewhere(facts):
        yield placed(codes.GO_UNUSABLE, facts.go_error, where=facts.gos[0].path)


def _said_elsewhere(facts: Toolchain) -> bool:
    """Whether another rule says better why go does not answer."""
    return any(
        True for rule in (goroot, gopath, go111module) for each in rule(facts) if each.finding.severity is Severity.ERROR
    )


def several_gos(facts: Toolchain) -> Iterator[Placed]:
    """Several installations; a warning when the editor's is another version than the shell's."""
    different = {each.real or each.path: each for each in reversed(facts.gos)}
    if len(different) < 2:  # noqa: PLR2004 - several
        return
    shell = next((each for each in facts.gos if SHELL in each.users), None)
    evidence = [f"{each.path}  {each.version}  {', '.join(each.users)}".rstrip() for each in facts.gos]
    for editor in facts.gos:
        users = [user for user in editor.users if user != SHELL and not user.startswith("dapshim")]
        if shell is not None and users and editor.version != shell.version:
            message = f"{users[0]} takes {editor.path}, which is {editor.version}; {SHELL} runs {shell.path}, {shell.version}."
            fix = Fix(
                f"Have both take one: let the setting name {shell.path}, or put {paths.dirname(editor.path)} first in PATH"
            )
            yield placed(
                codes.SEVERAL_GOS, message, severity=Severity.WARNING, where=editor.path, evidence=evidence, fixes=(fix,)
            )
            return
    versions = dict.fromkeys(each.version for each in facts.gos if each.version)
    first = facts.gos[0]
    message = f"{len(different)} Go installations are here ({', '.join(versions)}); {first.path} is the one that is used."
    yield placed(codes.SEVERAL_GOS, message, where=first.path, evidence=evidence)


def editor_tools(facts: Toolchain) -> Iterator[Placed]:
    """Find a setting that names what is not there."""
    for each in facts.named:
        if not each.there:
            message = f"{each.setting} is {each.path}, which is not there or cannot be run."
            yield placed(
                codes.EDITOR_TOOL, message, each.place, fixes=(Fix(f"Name one that is there, or drop {each.setting}"),)
            )


def goroot(facts: Toolchain) -> Iterator[Placed]:
    """GOROOT names another tree than the go command's own."""
    root = facts.root
    if root is None or root.set_to == root.own:
        return
    where = f"GOROOT={root.set_to} is set {'in the environment' if root.source == 'environment' else 'by `go env -w`'}"
    fixes = (drop(facts, "GOROOT"),)
    if not root.version:
        message = f"{where}, and is no Go tree; every build fails. {root.own} is the one of the go command."
        yield placed(codes.GOROOT, message, where="GOROOT", fixes=fixes)
    elif root.version != root.own_version:
        message = (
            f"{where}, the tree of {root.version}, but the go command is {root.own_version} of {root.own}; every build fails."
        )
        yield placed(codes.GOROOT, message, where="GOROOT", fixes=fixes)
    else:
        message = f"{where}, another tree of the same {root.version} as {root.own}; Go's own sources are shown from there."
        yield placed(codes.GOROOT, message, severity=Severity.INFO, where="GOROOT", fixes=fixes)


def gopath(facts: Toolchain) -> Iterator[Placed]:
    """GOPATH is relative, is GOROOT, or has a go.mod."""
    value = facts.value("GOPATH")
    folders = [each for each in value.split(paths.pathsep) if each]
    fixes = (drop(facts, "GOPATH"),)
    for folder in folders:
        if not paths.isabs(folder):
            message = (
                f"GOPATH={value}, set by {set_by(facts, 'GOPATH')}, has {folder}, which is no absolute path; go refuses to run."
            )
            yield placed(codes.GOPATH, message, severity=Severity.ERROR, where="GOPATH", fixes=fixes)
        elif facts.env is not None and paths.normpath(folder) == paths.normpath(facts.env.goroot):
            message = (
                f"GOPATH={value} is GOROOT, the tree of Go itself; go warns at each call, and modules would be kept in there."
            )
            yield placed(codes.GOPATH, message, where="GOPATH", fixes=fixes)
    if facts.gopath_mod:
        message = (
            f"{facts.gopath_mod} lies at the top of GOPATH, so go ignores it: what is in that folder belongs to no module."
        )
        fixes = (Fix("Move the module elsewhere, or let GOPATH be another folder"),)
        yield placed(codes.GOPATH, message, where=facts.gopath_mod, fixes=fixes)


def gomodcache(facts: Toolchain) -> Iterator[Placed]:
    """Find a module cache that cannot be written."""
    for folder in facts.unwritable:
        message = (
            f"{folder}, where go keeps modules, cannot be written by this user; a module that is not there cannot be fetched."
        )
        fixes = (
            Fix("Give it to its user", f'sudo chown -R "$(id -u)" {shlex.quote(folder)}'),
            Fix("Use another folder", 'go env -w GOMODCACHE="$HOME/go/pkg/mod"'),
        )
        yield placed(codes.GOMODCACHE, message, where=folder, fixes=fixes)


def goflags(facts: Toolchain) -> Iterator[Placed]:
    """GOFLAGS strips or trims what a plain dlv builds, or cannot be read."""
    value = facts.value("GOFLAGS")
    where = set_by(facts, "GOFLAGS")
    try:
        words = split_flags(value)
    except ValueError as error:
        message = f"GOFLAGS={value}, set by {where}, cannot be read: {error}."
        yield placed(codes.GOFLAGS, message, severity=Severity.ERROR, where="GOFLAGS", fixes=(drop(facts, "GOFLAGS"),))
        return
    for word in words:
        if not word.startswith("-"):
            message = (
                f'GOFLAGS={value}, set by {where}, has {word}, which is no flag; go refuses to build. Quote as "-name=a b".'
            )
            yield placed(codes.GOFLAGS, message, severity=Severity.ERROR, where="GOFLAGS", fixes=(drop(facts, "GOFLAGS"),))
    spoils = []
    if facts.goflags_strips:
        spoils.append(("ldflags", f"strips programs ({' '.join(facts.goflags_strips)}), so that no breakpoint can be set"))
    if flag_value(words, "trimpath") in _TRUE:
        spoils.append(("trimpath", "takes the folders out of the recorded paths, so that plain Delve finds no source"))
    for name, what in spoils:
        message = (
            f"GOFLAGS, set by {where}, has -{name}, which {what}. dapshim overrides it in its sessions; a plain dlv does not."
        )
        fix = without_flags(value, [name], saved=facts.source_of("GOFLAGS") == "go env -w")
        yield placed(codes.GOFLAGS, message, where="GOFLAGS", evidence=(f"GOFLAGS={value}",), fixes=(fix,))


def editor_goflags(facts: Toolchain) -> Iterator[Placed]:
    """Find GOFLAGS in the editor's settings that strip or trim; they count in every session of that editor."""
    flags = facts.editor_flags
    if flags is None:
        return
    try:
        trims = flag_value(split_flags(flags.value), "trimpath") in _TRUE
    except ValueError as error:
        message = f"GOFLAGS={flags.value} of go.toolsEnvVars cannot be read: {error}."
        yield placed(codes.GOFLAGS, message, flags.place, severity=Severity.ERROR, fixes=(Fix("Drop it"),))
        return
    what = "strips programs" if flags.strips else "takes the folders out of recorded paths" if trims else ""
    if what:
        message = f"GOFLAGS={flags.value} of go.toolsEnvVars {what} in every session of this editor; dapshim overrides it."
        yield placed(codes.GOFLAGS, message, flags.place, fixes=(Fix("Drop the flag there"),))


def without_flags(value: str, names: Collection[str], *, saved: bool) -> Fix:
    """Return the way to take flags out of GOFLAGS, which `go env -w` has `saved` or the environment holds."""
    drop_all = Fix("Drop GOFLAGS", "unset GOFLAGS")
    if saved:
        drop_all = Fix("Drop GOFLAGS", "go env -u GOFLAGS", deed=GoDeed(("env", "-u", "GOFLAGS")))
    try:
        kept = join_flags(word for word in split_flags(value) if word.lstrip("-").partition("=")[0] not in names)
    except ValueError:
        return drop_all
    if not kept:
        return drop_all
    word, title = f"GOFLAGS={kept}", "Take the flag out of GOFLAGS, and keep the rest"
    if saved:
        return Fix(title, f"go env -w {shlex.quote(word)}", deed=GoDeed(("env", "-w", word)))
    return Fix(title, f"export {shlex.quote(word)}")


def go111module(facts: Toolchain) -> Iterator[Placed]:
    """Modules are switched off although there is one, or the value is none."""
    value = facts.value("GO111MODULE")
    fixes = (drop(facts, "GO111MODULE"),)
    if value not in ("", "on", "off", "auto"):
        message = f"GO111MODULE={value}, set by {set_by(facts, 'GO111MODULE')}, is unknown to Go, which refuses to run."
        yield placed(codes.GO111MODULE, message, severity=Severity.ERROR, where="GO111MODULE", fixes=fixes)
    elif value == "off" and facts.line_place is not None:
        message = (
            f"GO111MODULE=off, set by {set_by(facts, 'GO111MODULE')}, makes Go ignore {facts.line_place.file}; "
            "imports are looked for in GOPATH only."
        )
        yield placed(codes.GO111MODULE, message, where="GO111MODULE", fixes=fixes)


def gotoolchain(facts: Toolchain) -> Iterator[Placed]:
    """go.mod, go.work or GOTOOLCHAIN ask for another Go."""
    if facts.local is None:
        return
    setting = facts.value("GOTOOLCHAIN") or facts.variables.get("GOTOOLCHAIN", "") or "auto"
    try:
        chosen = select_toolchain(facts.local, setting, facts.go_line, facts.toolchain_line)
    except VersionError as error:
        message = f"{error}; go refuses to run." if "GOTOOLCHAIN" in str(error) else f"GOTOOLCHAIN={setting}: {error}."
        yield placed(codes.GOTOOLCHAIN, message, where="GOTOOLCHAIN", fixes=(drop(facts, "GOTOOLCHAIN"),))
        return
    place = facts.line_place
    if chosen.too_old:
        file = place.file if place is not None else "go.mod"
        message = (
            f"{file} asks for Go {facts.go_line}, this is {chosen.name}, and GOTOOLCHAIN={setting} forbids to fetch another."
        )
        fixes = (
            Fix(
                "Let go fetch and run the one that is asked for",
                "go env -w GOTOOLCHAIN=auto",
                deed=GoDeed(("env", "-w", "GOTOOLCHAIN=auto")),
            ),
            _lower_line(file, str(facts.local)),
        )
        yield placed(codes.GOTOOLCHAIN, message, place, evidence=(f"GOTOOLCHAIN={setting}",), fixes=fixes)
    elif chosen.switches:
        why = {"go": "the go line", "toolchain": "the toolchain line", "GOTOOLCHAIN": "GOTOOLCHAIN"}.get(chosen.because, "")
        message = f"{chosen.name} builds here, not the installed go{facts.local}: {why} asks for it."
        yield placed(codes.GOTOOLCHAIN, message, place, severity=Severity.INFO, evidence=(f"GOTOOLCHAIN={setting}",))


def _lower_line(file: str, version: str) -> Fix:
    """Return what writes another go line; `go get go@…` refuses where the line asks for too much (Go 1.26)."""
    verb = "work" if file.endswith("go.work") else "mod"
    deed = GoDeed((verb, "edit", f"-go={version}", file)) if paths.isabs(file) else None
    return Fix("Ask for no more than this one", f"go {verb} edit -go={version} {shlex.quote(file)}", deed=deed)


GO_RULES: Final[tuple[Rule, ...]] = (
    go_missing,
    several_gos,
    editor_tools,
    goroot,
    gopath,
    gomodcache,
    goflags,
    editor_goflags,
    go111module,
    gotoolchain,
)
