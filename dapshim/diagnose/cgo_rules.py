"""Rules about C: the compiler, cross-compiling, pkg-config, and CGO_CFLAGS. They say nothing where no package imports "C"."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from dapshim.diagnose import toolchain_codes as codes
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.placed import Fix, Placed, place_of_line, placed
from dapshim.diagnose.toolchain_facts import CgoUse, Toolchain
from dapshim.diagnose.toolchain_rules import Rule, drop, set_by

_COMPILERS: Final = {"darwin": "xcode-select --install", "linux": "sudo apt install gcc"}
_OPTIMISES: Final = frozenset({"-O", "-O1", "-O2", "-O3", "-Os", "-Ofast"})


def _severity(use: CgoUse) -> Severity:
    """Return how bad it is when that package cannot be built: nobody may want it."""
    return Severity.ERROR if use.sure else Severity.WARNING


def cgo_compiler(facts: Toolchain) -> Iterator[Placed]:
    """Find a package that needs cgo, which is off or has no compiler."""
    env = facts.env
    if not facts.cgo or env is None or env.cross:
        return
    cc = facts.variables.get("CC", "gcc")
    use = facts.cgo[0]
    place = place_of_line(use.file, use.line)
    if facts.value("CGO_ENABLED") == "0":
        message = f'{use.file} imports "C", but CGO_ENABLED=0, set by {set_by(facts, "CGO_ENABLED")}: go leaves its file out.'
        yield placed(codes.CGO_COMPILER, message, place, severity=_severity(use), fixes=(drop(facts, "CGO_ENABLED"),))
    elif not facts.cc:
        off = "" if env.cgo_enabled else " go has switched cgo off for that, and leaves the file out."
        message = f'{use.file} imports "C", and the C compiler {cc} cannot be found.{off}'
        install = Fix("Install a C compiler", _COMPILERS.get(facts.system, ""))
        fixes = (install, drop(facts, "CC")) if facts.value("CC") else (install,)
        yield placed(codes.CGO_COMPILER, message, place, severity=_severity(use), evidence=(f"CC={cc}",), fixes=fixes)


def cgo_cross(facts: Toolchain) -> Iterator[Placed]:
    """Find a package that needs cgo, and is built for another system."""
    env = facts.env
    if not facts.cgo or env is None or not env.cross:
        return
    use = facts.cgo[0]
    built = f"{env.goos}/{env.goarch}"
    here = f"{env.gohostos}/{env.gohostarch}"
    if env.cgo_enabled and facts.value("CC"):
        return
    why = (
        f"the C compiler {facts.variables.get('CC', 'gcc')} builds for {here}"
        if env.cgo_enabled
        else "cgo is off when go builds for another system"
    )
    named = next((name for name in ("GOARCH", "GOOS") if facts.source_of(name)), "GOOS")
    message = f'{use.file} imports "C" and is built for {built} here, but {why}.'
    fixes = (drop(facts, named), Fix("Name a cross compiler", "export CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc"))
    yield placed(codes.CGO_CROSS, message, place_of_line(use.file, use.line), severity=_severity(use), fixes=fixes)


def pkg_config(facts: Toolchain) -> Iterator[Placed]:
    """Find a library that pkg-config does not know, or no pkg-config."""
    if facts.env is None or not facts.env.cgo_enabled:
        return
    for use in facts.cgo:
        for name in use.lacking:
            command = shlex.quote(facts.variables.get("PKG_CONFIG") or "pkg-config")
            fixes: tuple[Fix, ...]
            if facts.pkg_config:
                message = f"{use.file} needs the C library {name}, which {command} does not know."
                fixes = (
                    Fix(f"Install its development package, or add the folder of {name}.pc to PKG_CONFIG_PATH"),
                    Fix("See what is known", f"{command} --list-all"),
                )
            else:
                message = f"{use.file} needs the C library {name}, and {command}, which would find it, is not there."
                fixes = (Fix("Install it", "sudo apt install pkg-config"),)
            yield placed(codes.PKG_CONFIG, message, place_of_line(use.file, use.line), severity=_severity(use), fixes=fixes)


def cgo_flags(facts: Toolchain) -> Iterator[Placed]:
    """CGO_CFLAGS that leaves C code without lines, or optimised."""
    value = facts.value("CGO_CFLAGS")
    if not facts.cgo or not value:
        return
    words = value.split()
    missing = [] if any(each.startswith("-g") and each != "-g0" for each in words) else ["has no -g, so C code has no lines"]
    missing += ["optimises C code"] if _OPTIMISES & set(words) else []
    if missing:
        message = f"CGO_CFLAGS={value}, set by {set_by(facts, 'CGO_CFLAGS')}, {' and '.join(missing)}."
        fixes = (Fix('For one session, in the launch configuration: "env": {"CGO_CFLAGS": "-O0 -g"}'),)
        yield placed(codes.CGO_FLAGS, message, where="CGO_CFLAGS", fixes=fixes)


CGO_RULES: Final[tuple[Rule, ...]] = (cgo_compiler, cgo_cross, pkg_config, cgo_flags)
