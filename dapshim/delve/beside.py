"""Work that blocks, done beside the sessions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import trio

T = TypeVar("T")


async def in_thread(work: Callable[..., T], *arguments: object) -> T:
    """Do what blocks, or takes some tenths of a second; nobody waits for it when it is cancelled."""
    return await trio.to_thread.run_sync(partial(work, *arguments), abandon_on_cancel=True)
