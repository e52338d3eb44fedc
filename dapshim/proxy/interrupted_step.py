"""A step of the client's that a hidden stop interrupts, and how it is brought to its end.

Delve 1.27.1 gives a step up when its own goroutine stops at a breakpoint, and `continue` then runs away; a stop on another
goroutine leaves it alone. So where the step began is noted while hidden breakpoints are set, and after a hidden stop on the
step's goroutine the program is led out to that depth, and the step is said again.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import SessionApi
from dapshim.wire.messages import Message

COMMANDS: Final = frozenset({"next", "stepIn", "stepOut"})

LOOK: Final = 2.0
"""Seconds for the stack, which says where a step begins."""

DEEPEST: Final = 200
"""Frames that are counted; a step that begins deeper is not mended."""


@attrs.frozen
class Step:
    """A step: the request, and how deep in its goroutine's stack it began."""

    command: str
    arguments: dict[str, Any]
    depth: int

    @property
    def thread(self) -> int:
        """The goroutine."""
        found = self.arguments.get("threadId")
        return found if isinstance(found, int) else 0


async def begun(session: SessionApi, request: Message) -> Step | None:
    """Return the step that a request begins, None where nobody can tell how deep it begins."""
    arguments = dict(request.arguments)
    thread = arguments.get("threadId")
    if arguments.get("granularity") == "instruction" or not isinstance(thread, int):
        return None
    depth = await depth_of(session, thread)
    return Step(request.name, arguments, depth) if depth else None


async def depth_of(session: SessionApi, thread: int) -> int:
    """Return how many frames a goroutine's stack has, 0 where Delve does not say."""
    try:
        answer = await session.call("stackTrace", {"threadId": thread, "startFrame": 0, "levels": DEEPEST}, deadline=LOOK)
    except OwnCallError:
        return 0
    frames = answer.body.get("stackFrames") if answer.success else None
    return len(frames) if isinstance(frames, list) and len(frames) < DEEPEST else 0
