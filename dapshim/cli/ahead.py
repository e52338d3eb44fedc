"""What a session needs, imported after the ready line and beside all else, so that a person who presses F5 waits for no import.

A session that comes earlier imports what is missing itself, and is right without any of this.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import trio

OWN: Final = (
    "dapshim.shims",
    "dapshim.delve.planning",
    "dapshim.delve.examining",
    "dapshim.binary.opened",
    "dapshim.delve.source_map",
    "dapshim.sources.texts",
)
"""In the order in which a session needs them."""

CONNECTED: Final = (
    "dapshim.shims",
    "dapshim.delve.planning",
    "dapshim.delve.remote_reading",
    "dapshim.delve.target_cache",
    "dapshim.delve.source_map",
    "dapshim.sources.texts",
)
"""The same in front of a dlv that ran already."""


async def import_ahead(*, connected: bool) -> None:
    """Import what the first session will need."""
    await trio.to_thread.run_sync(_import, CONNECTED if connected else OWN, abandon_on_cancel=True)


def _import(names: Sequence[str]) -> None:
    for name in names:
        # What cannot be imported is told to the session that needs it.
        with contextlib.suppress(ImportError):
            import_module(name)
