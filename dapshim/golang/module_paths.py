"""Module paths and versions: their major versions, their order, and how the module cache spells them. PURE."""

from __future__ import annotations

import re
from typing import Final

_SEMVER: Final = re.compile(
    r"v(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?",
    re.ASCII,
)
_MAJOR_SUFFIX: Final = re.compile(r"/v([0-9.]+)$", re.ASCII)
_GOPKG_SUFFIX: Final = re.compile(r"\.v([0-9]+)(?:-unstable)?$", re.ASCII)
_UPPER: Final = re.compile(r"[A-Z]")
_ESCAPED: Final = re.compile(r"!([a-z])")
_CANNOT_BE_ESCAPED: Final = re.compile(r"[A-Z]|!(?![a-z])|[^\x00-\x7f]")


def canonical_version(version: str) -> str:
    """Return the version as Go compares it (`v1` is v1.0.0, `+meta` is dropped, `+incompatible` kept), "" when it is none."""
    found = _SEMVER.fullmatch(version)
    if found is None:
        return ""
    major, minor, patch, pre, build = found.groups()
    if pre is not None and any(each.isdigit() and len(each) > 1 and each[0] == "0" for each in pre.split(".")):
        return ""
    return f"v{major}.{minor or 0}.{patch or 0}{f'-{pre}' if pre else ''}{'+incompatible' if build == '+incompatible' else ''}"


def version_order(version: str) -> tuple[object, ...]:
    """Return a key that sorts versions as semantic versions do; what is none comes first."""
    found = _SEMVER.fullmatch(version)
    if found is None:
        return (-1,)
    major, minor, patch, pre, _build = found.groups()
    parts = tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in pre.split(".")) if pre else ()
    return (int(major), int(minor or 0), int(patch or 0), not pre, parts)


def why_not_path(path: str) -> str | None:
    """Say what is wrong with the last element of a module path, None when nothing is: `/v1` and `/v02` are no majors."""
    return "invalid module path" if _path_major(path) is None else None


def why_not_version(path: str, version: str) -> str | None:
    """Say why a module of this path cannot have this canonical version, None when it can."""
    major = _path_major(path)
    found = version.partition(".")[0]
    if major is None or (version.startswith("v0.0.0-") and major == ".v1"):
        return None
    if not major:
        if found in ("v0", "v1") or version.endswith("+incompatible"):
            return None
        return f"invalid version: should be v0 or v1, not {found}"
    return None if found == major[1:] else f"invalid version: should be {major[1:]}, not {found}"


def _path_major(path: str) -> str | None:
    """Return "/v2", ".v2" (gopkg.in) or "" for none; None for a path that cannot be."""
    if path.startswith("gopkg.in/"):
        found = _GOPKG_SUFFIX.search(path)
        if found is None or (found[1][0] == "0" and found[1] != "0"):
            return None
        return f".v{found[1]}"
    found = _MAJOR_SUFFIX.search(path)
    if found is None:
        return ""
    return None if "." in found[1] or found[1][0] == "0" or found[1] == "1" else found[0]


def escape_path(path: str) -> str:
    """Return the path as the module cache spells it: `github.com/Acme/x` is `github.com/!acme/x`.

    Raises:
        ValueError: it holds a `!` or a character beyond ASCII, which no module path may.

    """
    if "!" in path or not path.isascii():
        raise ValueError(f"{path} cannot be a module path or version")
    return _UPPER.sub(lambda found: "!" + found[0].lower(), path)


def unescape_path(escaped: str) -> str:
    """Return the path that the module cache spells `escaped`.

    Raises:
        ValueError: it has an upper-case letter, a lone `!` or a character beyond ASCII.

    """
    if _CANNOT_BE_ESCAPED.search(escaped):
        raise ValueError(f"{escaped} is not as the module cache spells a path")
    return _ESCAPED.sub(lambda found: found[1].upper(), escaped)


escape_version = escape_path
unescape_version = unescape_path


def cache_folder(path: str, version: str) -> str:
    """Return the module's folder below GOMODCACHE, with forward slashes.

    Raises:
        ValueError: path or version cannot be a module's.

    """
    return f"{escape_path(path)}@{escape_version(version)}"
