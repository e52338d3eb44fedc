"""Which packages of a program are optimised, sorted by whose they are.

With `-gcflags=all=-N -l` the runtime and what it stands on are compiled with `-l` alone (Go 1.21 to 1.27), so that packages of
Go's own say nothing about a build.
"""

from __future__ import annotations

from typing import Final, Literal

import attrs

from dapshim.binary.dwarf_units import Dwarf
from dapshim.binary.facts import BinaryFacts

Owner = Literal["own", "dependency", "go"]
_MAIN: Final = "main"


@attrs.frozen
class Optimized:
    """`packages` lists the person's own that are compiled with optimisation, `own` counts all of them.

    `dependencies` are those of other modules. `inlined_only`: all that is optimised has `-N`, so that lines and values are
    right. `evidence` quotes the compiler.
    """

    packages: tuple[str, ...] = ()
    own: int = 0
    dependencies: tuple[str, ...] = ()
    go: bool = False
    only_inlining: bool = False
    evidence: tuple[str, ...] = ()


def optimized_packages(binary: BinaryFacts, dwarf: Dwarf) -> Optimized:
    """Sort the packages with debug info."""
    own: dict[str, bool] = {}
    dependencies: dict[str, bool] = {}
    go = False
    only_inlining = True
    producers: dict[str, str] = {}
    for unit in dwarf.units:
        owner = owner_of(unit.package, binary)
        if owner == "go":
            go = go or (unit.optimized and not unit.no_inlining)
            continue
        known = own if owner == "own" else dependencies
        known[unit.package] = known.get(unit.package, False) or unit.optimized
        if unit.optimized and owner == "own":
            only_inlining = only_inlining and unit.no_optimizations
            producers.setdefault(unit.producer, unit.package)
    return Optimized(
        tuple(sorted(name for name, is_optimized in own.items() if is_optimized)),
        len(own),
        tuple(sorted(name for name, is_optimized in dependencies.items() if is_optimized)),
        go,
        only_inlining and any(own.values()),
        tuple(f"{package}: {producer}" for producer, package in list(producers.items())[:3]),
    )


def owner_of(package: str, binary: BinaryFacts) -> Owner:
    """Say whose a package is. Without build info a first element with a dot, or main, is the person's own."""
    plain = package.partition(" ")[0]
    module = binary.build.main.path if binary.build.main is not None else ""
    if plain in (_MAIN, f"{_MAIN}_test", binary.build.path) or (module and (plain == module or plain.startswith(f"{module}/"))):
        return "own"
    if any(plain == each.path or plain.startswith(f"{each.path}/") for each in binary.build.deps):
        return "dependency"
    # A vendored package of Go's own has a dot in its second element only.
    return "own" if "." in plain.partition("/")[0] and not binary.build.deps and not module else _unknown(plain)


def _unknown(package: str) -> Owner:
    return "dependency" if "." in package.partition("/")[0] else "go"


def optimized_by_build_info(binary: BinaryFacts) -> bool | None:
    """Tell it from the recorded `-gcflags`, for what has no debug info; None where nothing is recorded."""
    if not binary.build.settings:
        return None
    flags = binary.build.settings.get("-gcflags", "").replace("=", " ").split()
    return not ("-N" in flags and "-l" in flags)
