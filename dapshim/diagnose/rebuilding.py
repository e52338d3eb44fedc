"""The command that builds a program again so that it can be debugged, with what its build info says of how it was built."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from dapshim.binary.facts import BinaryFacts
from dapshim.diagnose.deeds import RebuildDeed
from dapshim.diagnose.facts import Facts
from dapshim.diagnose.finding import Remedy
from dapshim.golang.quoting import join_flags, split_flags

DEBUG_FLAGS: Final = '-gcflags="all=-N -l"'
"""Verbatim, as one word of any shell."""

UNNAMED: Final = "command-line-arguments"
"""What build info calls a main package that was named by its files."""

OWN_FLAGS: Final = ("-gcflags=all=-N -l", "-trimpath=false")
"""What builds for debugging whatever GOFLAGS says, as words of the go command."""

_TAGS: Final = re.compile(r"[\w.,]+")
_KEPT: Final = ("-race", "-msan", "-asan", "-cover")


def rebuilt(facts: Facts, title: str = "Build it again for debugging", *, debug: bool = True) -> Remedy:
    """Return the remedy that builds the binary again, without what strips or trims it; `debug`: without optimisation too.

    The folder of the main package is that of this machine where the facts have it; else the title says where to run it.
    """
    binary = facts.binary
    assert binary is not None  # noqa: S101 - asked for by rules about a binary
    return _built(facts, title, _foreign_platform(facts), binary.file.path, debug=debug)


def built_for_host(facts: Facts, title: str) -> Remedy:
    """Return the remedy that builds the binary for the machine of the facts, into a file of another name."""
    binary, host = facts.binary, facts.host
    assert binary is not None  # noqa: S101 - asked for by rules about both
    assert host is not None  # noqa: S101 - the same
    variables = [f"GOOS={host.system}", f"GOARCH={host.machine}"]
    name = f"{binary.file.path.removesuffix('.exe').removesuffix('.wasm')}-{host.system}-{host.machine}"
    return _built(facts, title, variables, name, debug=True)


def built_without_c(facts: Facts, title: str) -> Remedy:
    """Return the remedy that builds the binary without C code, so that it needs no loader and no library."""
    return _built(facts, title, ["CGO_ENABLED=0"], facts.where, debug=True)


def _built(facts: Facts, title: str, variables: list[str], out: str, *, debug: bool) -> Remedy:
    binary = facts.binary
    assert binary is not None  # noqa: S101 - see the callers
    # What was built without optimisation is built so again.
    debug = debug or _is_for_debugging(binary)
    kept = kept_flags(binary)
    flags = [*([DEBUG_FLAGS] if debug else []), *map(shlex.quote, kept)]
    if (installed := _installed(binary)) and not binary.is_test:
        place = f"GOBIN={shlex.quote(posixpath.dirname(out) or '.')}"
        return Remedy(title, " ".join([*variables, place, "go", "install", *flags, shlex.quote(installed)]))
    words = [*variables, "go", *(["test", "-c"] if binary.is_test else ["build"]), *flags, "-o", shlex.quote(out)]
    folder = facts.sources.folder if facts.sources is not None else ""
    if not folder:
        known = binary.build.path not in ("", UNNAMED)
        target = shlex.quote(binary.build.path) if known else "."
        place = "in the folder of its module" if known else "in the folder of its sources"
        return Remedy(f"{title}, {place}", " ".join([*words, target]))
    return Remedy(
        title,
        " ".join(["cd", shlex.quote(folder), "&&", *words, "."]),
        _deed(binary, variables, kept, out, folder, debug=debug),
    )


def _is_for_debugging(binary: BinaryFacts) -> bool:
    words = binary.build.settings.get("-gcflags", "").split()
    return {"-N", "-l"} <= {word.removeprefix("all=") for word in words}


def _deed(
    binary: BinaryFacts, variables: Iterable[str], kept: Iterable[str], out: str, folder: str, *, debug: bool
) -> RebuildDeed:
    """Return the same as a value; GOFLAGS of the machine neither strips nor trims nor optimises it."""
    unstripped = () if any(each.startswith("-ldflags=") for each in kept) else ("-ldflags=",)
    own = (*OWN_FLAGS, *unstripped) if debug else ()
    verb = ("test", "-c") if binary.is_test else ("build",)
    environ = tuple((name, value) for name, _, value in (each.partition("=") for each in variables))
    return RebuildDeed(out, (*verb, *own, *kept, "-o", out, "."), folder, environ)


def _installed(binary: BinaryFacts) -> str:
    """Return `PACKAGE@VERSION` of a program that `go install` took from a download; "" for one of a checkout."""
    main = binary.build.main
    if main is None or not main.sum or not main.version.startswith("v") or main.replaced_by is not None:
        return ""
    return f"{binary.build.path}@{main.version}"


def _foreign_platform(facts: Facts) -> list[str]:
    """Return the variables that a build of the same platform needs here."""
    binary, host = facts.binary, facts.host
    if binary is None or host is None:
        return []
    system = binary.system or host.system
    variables = [f"GOOS={system}"] if system != host.system else []
    return [*variables, f"GOARCH={binary.machine}"] if binary.machine != host.machine else variables


def kept_flags(binary: BinaryFacts) -> list[str]:
    """Return the flags with which it was built and that a command may take over: tags, build mode, instrumentation, `-X`.

    Build info is a stranger's data, and people run what they are shown: no flag that could name a program (`-extld`,
    `-extldflags`, `-toolexec`) is ever taken over.
    """
    settings = binary.build.settings
    kept = [f"-tags={settings['-tags']}"] if _TAGS.fullmatch(settings.get("-tags", "")) else []
    kept += [flag for flag in _KEPT if settings.get(flag) == "true"]
    if settings.get("-buildmode") == "pie":
        kept.append("-buildmode=pie")
    values = list(_values_set(linker_words(binary)))
    try:
        return [*kept, f"-ldflags={join_flags(values)}"] if values else kept
    except ValueError:
        return kept


def _values_set(words: Iterable[str]) -> Iterator[str]:
    """Yield the `-X NAME=VALUE` among linker flags, as one word each."""
    rest = iter(words)
    for word in rest:
        if word in ("-X", "--X"):
            yield f"-X={next(rest, '')}"
        elif word.startswith(("-X=", "--X=")):
            yield f"-X={word.partition('=')[2]}"


def linker_words(binary: BinaryFacts) -> tuple[str, ...]:
    """Return the words of the recorded `-ldflags`; () where there are none, or none that can be read."""
    try:
        return split_flags(binary.build.settings.get("-ldflags", ""))
    except ValueError:
        return ()


def stripping(words: Iterable[str]) -> tuple[str, ...]:
    """Return the linker flags that are in force and leave out debug info (`-w`) or symbols (`-s`, which leaves out both)."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and name in ("s", "w"):
            if equals and value.lower() in ("0", "f", "false"):
                found.pop(name, None)
            else:
                found[name] = word
        elif word.startswith("-extldflags") and ("-Wl,-S" in word or "-Wl,-s" in word):
            found["extldflags"] = word
    return tuple(found.values())
