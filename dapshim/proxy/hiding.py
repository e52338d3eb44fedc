"""A stop of our own that is wanted where Delve can have it, and without which the session goes on as it would.

For shims; what a hidden breakpoint is, and how it is kept among the client's, is `breakpoints.py`'s.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from dapshim.proxy.calls import OwnCallError

if TYPE_CHECKING:
    from dapshim.proxy.breakpoint_list import Hidden
    from dapshim.proxy.breakpoints import Breakpoints

log = logging.getLogger(__name__)


async def hide(own: Breakpoints, hidden: Hidden, where: str) -> bool:
    """Have the program stop there, and return whether it will; `where` ends the sentence of the log where it will not."""
    try:
        await own.add(hidden)
    except OwnCallError as error:
        log.info("the program will not be stopped %s: %s", where, error)
        return False
    if hidden.id is not None or hidden.shadowed:
        return True
    await unhide(own, hidden)
    return False


async def unhide(own: Breakpoints, hidden: Hidden) -> None:
    """Stop there no more; a Delve that does not answer has lost it anyway."""
    with suppress(OwnCallError):
        await own.remove(hidden)
