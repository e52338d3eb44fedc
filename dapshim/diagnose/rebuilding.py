"""The command that builds a program again so that it can be debugged, with what its build info says of how it was built."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Final

from dapshim.binary.facts import BinaryFacts
from dapshim.diagnose.facts import Facts
from dapshim.diagnose.finding import Remedy
from dapshim.golang.quoting import join_flags, split_flags

DEBUG_FLAGS: Final = '-gcflags="all=-N -l"'
"""Verbatim, as one word of any shell."""

UNNAMED: Final = "command-line-arguments"
"""What build info calls a main package that was named by its files."""

_KEPT: Final = ("-race", "-msan", "-asan", "-cover")


def rebuilt(facts: Facts, title: str = "Build it again for debugging", *, debug: bool = True) -> Remedy:
    """Return the remedy that builds the binary again, without what strips or trims it; `debug`: without optimisation too.

    The folder of the main package is that of this machine where the facts have it; else the title says where to run it.
    """
    binary = facts.binary
    assert binary is not None  # noqa: S101 - asked for by rules about a binary
    words = ["go", "test", "-c"] if binary.is_test else ["go", "build"]
    if debug:
        words.append(DEBUG_FLAGS)
    words += map(shlex.quote, kept_flags(binary))
    words += ["-o", shlex.quote(binary.file.path)]
    if (folder := _folder(facts)) is None:
        known = binary.build.path not in ("", UNNAMED)
        target = shlex.quote(binary.build.path) if known else "."
        place = "in the folder of its module" if known else "in the folder of its sources"
        return Remedy(f"{title}, {place}", " ".join([*words, target]))
    return Remedy(title, " ".join(["cd", shlex.quote(folder), "&&", *words, "."]))


def _folder(facts: Facts) -> str | None:
    return (facts.sources.folder or None) if facts.sources is not None else None


def kept_flags(binary: BinaryFacts) -> list[str]:
    """Return the flags with which it was built and that do not stand in the way: tags, build mode, the rest of -ldflags."""
    settings = binary.build.settings
    kept = [f"-tags={settings['-tags']}"] if settings.get("-tags") else []
    kept += [flag for flag in _KEPT if settings.get(flag) == "true"]
    if settings.get("-buildmode", "exe") != "exe":
        kept.append(f"-buildmode={settings['-buildmode']}")
    rest = without_stripping(linker_words(binary))
    try:
        return [*kept, f"-ldflags={join_flags(rest)}"] if rest else kept
    except ValueError:
        return kept


def linker_words(binary: BinaryFacts) -> tuple[str, ...]:
    """Return the words of the recorded `-ldflags`; () where there are none, or none that can be read."""
    try:
        return split_flags(binary.build.settings.get("-ldflags", ""))
    except ValueError:
        return ()


def without_stripping(words: Iterable[str]) -> list[str]:
    """Return linker flags without those that leave out debug info or symbols."""
    return [word for word in words if word.lstrip("-").partition("=")[0] not in ("s", "w") and word != "-extldflags=-Wl,-S"]


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
