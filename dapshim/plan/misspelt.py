"""Attributes that nobody knows, and the ones that may have been meant: Delve and every editor ignore a slip in silence."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

EDITORS_OWN: Final = frozenset(
    {
        "debugAdapter",
        "debugServer",
        "internalConsoleOptions",
        "name",
        "order",
        "packagePathToGoModPathMap",
        "postDebugTask",
        "preLaunchTask",
        "presentation",
        "request",
        "suppressMultipleSessionWarning",
        "type",
    }
)
"""What editors send along for themselves: VS Code's own attributes, and vscode-go's."""

CLOSE: Final = 0.8
"""How alike two names are when one may be the other misspelt; the same letters in another order count whatever this says."""


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return which of the `known` attributes may have been meant; None when it is known, or like none.

    Editors add names of their own, so only what is very like a known one is taken for a slip.
    """
    if name in known or name in EDITORS_OWN or name.startswith("__"):
        return None
    for each in known:
        if each.lower() == name.lower() or sorted(each) == sorted(name):
            return each
    import difflib

    found = difflib.get_close_matches(name, known, n=1, cutoff=CLOSE)
    return found[0] if found else None
