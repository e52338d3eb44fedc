"""Go's own versions: how `go1.26.0`, `1.21` and `devel go1.27-…` compare, and which toolchain a go.mod asks for. PURE.

Go does not use semantic versions for itself. The rules are internal/gover's (Go 1.26): 1.20 is 1.20.0, but from 1.21 on
1.21 < 1.21rc1 < 1.21.0, so that `go 1.21` asks for the language and `go 1.21.0` for the release.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import attrs

_VERSION: Final = re.compile(
    r"(?P<major>0|[1-9]\d*)(?:\.(?P<minor>0|[1-9]\d*)(?:\.(?P<patch>0|[1-9]\d*)|(?P<kind>[a-z]+)(?P<pre>0|[1-9]\d*)?)?)?",
    re.ASCII,
)
_EXPERIMENTS: Final = re.compile(r"[ \t-]X:(\S+)")
_EXPLICIT_PATCH: Final = 21
"""The minor version of Go from which a missing patch is not the same as .0."""


class VersionError(ValueError):
    """The text is no version of Go; the message quotes it."""


@attrs.frozen(order=True)
class GoVersion:
    """A version of Go; compares as the go command compares. A part that is not given is -1 or ""."""

    major: int
    minor: int = -1
    patch: int = -1
    kind: str = ""
    """"rc", "beta", … of a pre-release."""
    pre: int = -1
    text: str = attrs.field(default="", eq=False, order=False)
    """As it was read."""
    experiments: tuple[str, ...] = attrs.field(default=(), eq=False, order=False)
    devel: bool = attrs.field(default=False, eq=False, order=False)

    def __str__(self) -> str:
        tail = f".{self.patch}" if self.patch >= 0 else f"{self.kind}{self.pre if self.pre >= 0 else ''}"
        return f"{self.major}.{self.minor}{tail}" if self.minor >= 0 else f"{self.major}"

    @property
    def language(self) -> str:
        """The language version, `1.26`."""
        return f"{self.major}.{self.minor}" if self.minor > 0 or self.major > 1 else f"{self.major}"

    @property
    def is_language(self) -> bool:
        """Whether this names the language, not a release."""
        return self.patch < 0 and not self.kind


def parse_version(text: str) -> GoVersion:
    """Read a version as `go version`, `go env GOVERSION`, a toolchain line, a go line or build info spell it.

    `go1.26.0-X:nogreenteagc`, `go1.25rc2`, `go1.22.1-bigcorp`, `1.21`, `devel go1.27-3af1 Tue …`. A development version is the
    language version that it works on, as the go command itself takes it.

    Raises:
        VersionError: it is none.

    """
    words = text.strip()
    devel = words.startswith("devel ")
    name = words.removeprefix("devel ").lstrip().removeprefix("go")
    number = re.split(r"[ \t-]", name, maxsplit=1)[0]
    found = _VERSION.fullmatch(number)
    if found is None or "/" in name or "\\" in name:
        raise VersionError(f"{text!r} is not a version of Go")
    major, minor = int(found["major"]), found["minor"]
    patch, kind = found["patch"], found["kind"] or ""
    if minor is None:
        minor, patch = "0", "0"
    elif patch is None and not kind and int(minor) < _EXPLICIT_PATCH:
        patch = "0"
    experiments = _EXPERIMENTS.search(name)
    return GoVersion(
        major,
        int(minor),
        -1 if patch is None else int(patch),
        kind,
        -1 if found["pre"] is None else int(found["pre"]),
        text,
        tuple(experiments[1].split(",")) if experiments else (),
        devel,
    )


@attrs.frozen
class Selection:
    """Which toolchain builds, and why."""

    name: str
    """As GOTOOLCHAIN would name it: `go1.26.1`."""
    version: GoVersion
    because: Literal["local", "GOTOOLCHAIN", "go", "toolchain"]
    """What asked for it: the go that is installed, the variable, or that line of go.mod or go.work."""
    switches: bool
    """Whether it is another than the one that is installed; it is downloaded when it is not there."""
    too_old: bool
    """Whether the go line asks for more than this one, so that the go command refuses to build."""


def select_toolchain(local: GoVersion, gotoolchain: str, go_line: str = "", toolchain_line: str = "") -> Selection:
    """Say what the go command that is `local` would run, as its toolchain.Select does (Go 1.26).

    `go_line` and `toolchain_line` are those of the go.work where there is one, else of the go.mod; "" for none.
    `gotoolchain` is as `go env GOTOOLCHAIN` prints it.

    Raises:
        VersionError: one of them is no version, or GOTOOLCHAIN is none of its forms.

    """
    base, plus, mode = gotoolchain.partition("+")
    name, version = f"go{local}", local
    because: Literal["local", "GOTOOLCHAIN", "go", "toolchain"] = "local"
    if base in ("auto", "path") and not plus:
        mode = base
    elif base not in ("local", ""):
        name, version, because = base, parse_version(base), "GOTOOLCHAIN"
    if plus and mode not in ("auto", "path"):
        raise VersionError(f"GOTOOLCHAIN={gotoolchain} cannot be read: only +auto and +path may follow a version")
    wanted = parse_version(go_line) if go_line else None
    if mode and toolchain_line != "default":
        suggested = parse_version(toolchain_line) if toolchain_line else None
        if suggested is not None and suggested > version:
            name, version, because = toolchain_line, suggested, "toolchain"
        if wanted is not None and wanted > version:
            # A language version names no release; the first release of that language does.
            suffix = ".0" if wanted.is_language and wanted.minor >= _EXPLICIT_PATCH else ""
            name, version, because = f"go{wanted}{suffix}", wanted, "go"
    return Selection(name, version, because, version != local, wanted is not None and wanted > version)
