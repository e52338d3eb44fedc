"""The packages that the compiler optimises whatever it is told: the runtime and what it stands on. PURE."""

from __future__ import annotations

from typing import Final

_BELOW: Final = ("internal/runtime/", "runtime/internal/")
_OWN: Final = frozenset(
    {
        "runtime",
        "internal/abi",
        "internal/bytealg",
        "internal/byteorder",
        "internal/chacha8rand",
        "internal/coverage/rtcov",
        "internal/cpu",
        "internal/goarch",
        "internal/godebugs",
        "internal/goexperiment",
        "internal/goos",
        "internal/profilerecord",
        "internal/strconv",
        "internal/stringslite",
    }
)


def is_always_optimized(package: str) -> bool:
    """Whether `-N` counts for nothing in a package (Go 1.26: cmd/internal/objabi, `runtimePkgs`; older releases have fewer)."""
    return package in _OWN or package.startswith(_BELOW)
