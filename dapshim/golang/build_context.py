"""API skeleton: see the docstrings; bodies follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from dapshim.golang.toolchain import GoEnv
from dapshim.golang.versions import GoVersion


@attrs.frozen
class BuildContext:
    """For what a build is: system, processor, cgo, Go's version and the tags that hold."""

    goos: str
    goarch: str
    cgo_enabled: bool
    version: GoVersion
    tags: frozenset[str] = frozenset()

    @classmethod
    def of(cls, env: GoEnv, flags: Sequence[str] = ()) -> BuildContext:
        """Return the context of a build with these flags behind GOFLAGS: -tags, -race, -msan, -asan are read."""
        raise NotImplementedError


def build_tags(flags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags that the last -tags of these words gives."""
    raise NotImplementedError
