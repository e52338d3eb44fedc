"""For what a build is: system, processor, version and tags; and whether a file takes part by its name. PURE.

The rules are go/build's as in Go 1.26.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

import attrs

from dapshim.golang.quoting import split_flags
from dapshim.golang.toolchain import GoEnv
from dapshim.golang.versions import GoVersion

# fmt: off
KNOWN_SYSTEMS: Final = frozenset(
    {"aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
     "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos"}
)
KNOWN_PROCESSORS: Final = frozenset(
    {"386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "loong64", "mips", "mipsle", "mips64", "mips64le",
     "mips64p32", "mips64p32le", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm"}
)
# fmt: on
UNIX: Final = KNOWN_SYSTEMS - {"js", "nacl", "plan9", "wasip1", "windows", "zos"}
_ALSO: Final = {"android": "linux", "illumos": "solaris", "ios": "darwin"}
"""Systems that are taken for another one as well."""


@attrs.frozen
class BuildContext:
    """For what a build is. `tags` are the user's own; `level` is GOAMD64, GOARM, … of the processor, "" for its default.

    The experiments that Go switches on by itself are not known here, only those of GOEXPERIMENT.
    """

    goos: str
    goarch: str
    cgo_enabled: bool
    version: GoVersion
    tags: frozenset[str] = frozenset()
    experiments: frozenset[str] = frozenset()
    level: str = ""

    @classmethod
    def of(cls, env: GoEnv, flags: Sequence[str] = ()) -> BuildContext:
        """Return the context of a build with these flags behind GOFLAGS: -tags, -race, -msan and -asan count."""
        named = [*env.goexperiment.split(","), *env.version.experiments]
        experiments = {each for each in named if each and not each.startswith("no")}
        tags = build_tags([*env.goflags, *flags])
        return cls(
            env.goos,
            env.goarch,
            env.cgo_enabled,
            env.version,
            frozenset(tags),
            frozenset(experiments),
            env.level,
        )

    @cached_property
    def _true(self) -> frozenset[str]:
        named = {self.goos, self.goarch, "gc", _ALSO.get(self.goos, self.goos), *self.tags, *_features(self.goarch, self.level)}
        if self.cgo_enabled:
            named.add("cgo")
        if self.goos in UNIX:
            named.add("unix")
        named.update(f"goexperiment.{each}" for each in self.experiments)
        if "boringcrypto" in self.experiments:
            named.add("boringcrypto")
        if self.version.major == 1:
            named.update(f"go1.{minor}" for minor in range(1, self.version.minor + 1))
        return frozenset(named)

    def holds(self, tag: str) -> bool:
        """Say whether a build tag holds."""
        return tag in self._true

    def takes_name(self, name: str) -> bool:
        """Say whether a file of this name takes part: `x_windows.go`, `x_arm64_test.go` and so on do only there."""
        if "_" not in name:
            return True
        # What stands before the first _ is never a system: linux.go is built everywhere.
        parts = name.partition(".")[0].split("_")[1:]
        if parts[-1:] == ["test"]:
            parts.pop()
        if len(parts) > 1 and parts[-2] in KNOWN_SYSTEMS and parts[-1] in KNOWN_PROCESSORS:
            return self.holds(parts[-2]) and self.holds(parts[-1])
        if parts and (parts[-1] in KNOWN_SYSTEMS or parts[-1] in KNOWN_PROCESSORS):
            return self.holds(parts[-1])
        return True

    def __str__(self) -> str:
        return f"{self.goos}/{self.goarch}"


def build_tags(flags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags that these words give: the last `-tags`, `-tags=a,b` or `-tags a,b`, and those of -race, -msan, -asan."""
    tags: list[str] = []
    instruments: dict[str, bool] = {}
    words = iter(flags)
    for word in words:
        head, equals, value = word.partition("=")
        name = head.removeprefix("--") if head.startswith("--") else head.removeprefix("-")
        if name == head:
            continue
        if name == "tags":
            text = value if equals else next(words, "")
            # Before Go 1.13 they were parted by spaces, and still may be.
            tags = list(_spaced(text)) if " " in text or "'" in text else [each for each in text.split(",") if each]
        elif name in ("race", "msan", "asan"):
            instruments[name] = not equals or value.lower() in ("1", "t", "true")
    return (*tags, *(name for name, on in instruments.items() if on))


def _spaced(text: str) -> tuple[str, ...]:
    try:
        return split_flags(text)
    except ValueError:
        return ()


def _features(goarch: str, level: str) -> list[str]:
    """Return the tags of the processor's level (Go 1.26: internal/buildcfg.gogoarchTags)."""
    digits = [int(each) for each in re.findall(r"\d+", level)]
    if goarch == "arm64":
        major, minor = digits[:2] if len(digits) > 1 else (8, 0)
        # Version 9.0 has all that 8.5 has, and so on.
        older = [f"arm64.v8.{each}" for each in range(min(minor + 5, 9) + 1)] if major > 8 else []  # noqa: PLR2004 - ARM's 9
        return [f"arm64.v{major}.{each}" for each in range(minor + 1)] + older
    if goarch in _LEVELS:
        form, levels, usual = _LEVELS[goarch]
        return [f"{goarch}.{form.format(each)}" for each in levels if each <= (digits or [usual])[0]]
    if goarch == "wasm":
        return ["wasm.satconv", "wasm.signext"]
    return [f"{goarch}.{level or _USUAL[goarch]}"] if goarch in _USUAL else []


_LEVELS: Final = {
    "amd64": ("v{}", range(1, 9), 1),
    "arm": ("{}", range(5, 9), 7),
    "ppc64": ("power{}", range(8, 20), 8),
    "ppc64le": ("power{}", range(8, 20), 8),
    "riscv64": ("rva{}u64", (20, 22, 23), 20),
}
"""GOARCH -> how a level is spelt in a tag, the levels that there are, and the one that is meant when none is given."""
_USUAL: Final = {"386": "sse2", "mips": "hardfloat", "mipsle": "hardfloat", "mips64": "hardfloat", "mips64le": "hardfloat"}
