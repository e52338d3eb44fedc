"""SIGINT before there is anything to end in order: it ends the process at once and quietly, with the code that shells expect.

Python would raise KeyboardInterrupt somewhere in the imports, which are most of a start, and print where that was. Nobody can
catch it everywhere: raised in a callback of the import system it is printed and lost. This file imports nothing that a start
does not import anyway, and knows nothing of what is started.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Final

INTERRUPTED: Final = 130
"""The exit code of a command that SIGINT ended: 128 and the signal's number."""


def _leave(_number: int, _frame: FrameType | None) -> None:
    # Nothing is open that would have to be closed, and no handler of an exit can be in the middle of its import.
    os._exit(INTERRUPTED)


def end_at_once() -> None:
    """Let SIGINT end the process from now on, unless it was ignored or handled by somebody else already.

    A dapshim that serves puts its own receiver in this place, before it starts anything.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def raise_again() -> None:
    """Give SIGINT back to Python, where `end_at_once` took it: a command is about to run that has something to clean up."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)
