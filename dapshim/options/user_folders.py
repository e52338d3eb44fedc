"""Where a person's own files are (XDG Base Directory Specification 0.8; a folder that is not absolute is ignored). PURE."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, Literal

_ELSE: Final = {
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
}


def user_folder(
    environ: Mapping[str, str], variable: Literal["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"]
) -> str | None:
    """Return dapshim's own folder of that kind, there or not; None when the environment names no home."""
    folder = environ.get(variable, "")
    if not PurePath(folder).is_absolute():
        home = environ.get("HOME", "")
        if not PurePath(home).is_absolute():
            return None
        folder = str(PurePath(home, _ELSE[variable]))
    return str(PurePath(folder, "dapshim"))
