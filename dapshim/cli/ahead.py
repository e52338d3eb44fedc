"""What a session needs, imported after the ready line and beside all else, so that a person who presses F5 waits for no import.

Nor for go, which is asked then too. A session that comes earlier does all of it itself, and is right without any of this.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

import trio

if TYPE_CHECKING:
    from dapshim.delve.planned import Setting
    from dapshim.proxy.own_dlv import OwnDlv

OWN: Final = (
    "dapshim.shims",
    "dapshim.delve.planning",
    "dapshim.delve.examining",
    "dapshim.binary.opened",
    "dapshim.delve.source_map",
    "dapshim.delve.written_rules",
    "dapshim.delve.opened_workspace",
    "dapshim.golang.resolving",
    "dapshim.delve.mapped_sources",
    "dapshim.delve.memory_cgroup",
    "dapshim.delve.replacing",
    "dapshim.sources.texts",
)
"""In the order in which a session needs them."""

CONNECTED: Final = (
    "dapshim.shims",
    "dapshim.delve.planning",
    "dapshim.delve.target_reading",
    "dapshim.delve.source_map",
    "dapshim.delve.written_rules",
    "dapshim.delve.opened_workspace",
    "dapshim.golang.resolving",
    "dapshim.delve.mapped_sources",
    "dapshim.sources.texts",
)
"""The same in front of a dlv that ran already."""


async def get_ready(setting: Callable[[], Setting], own: OwnDlv | None) -> None:
    """Import what the first session will need, and learn what go says where we are, and which dlv there is (`own`)."""
    await trio.to_thread.run_sync(_get_ready, setting, own, CONNECTED if own is None else OWN, abandon_on_cancel=True)


def _get_ready(setting: Callable[[], Setting], own: OwnDlv | None, names: Sequence[str]) -> None:
    for name in names:
        # What cannot be imported is told to the session that needs it.
        with contextlib.suppress(ImportError):
            import_module(name)
    with contextlib.suppress(ImportError):
        from dapshim.delve.asked_ahead import ask_ahead, rehearse
        from dapshim.shims import make_layers

        ask_ahead(setting())
        rehearse(setting())
        make_layers(setting(), own)
        if own is not None:
            own.learn()
