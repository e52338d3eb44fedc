"""Which processes of this machine a stopped session debugs, and what its stopped goroutine is about to execute; through Delve.

Delve 1.27.1 names a program's process when it launches it, and no more when it starts it again (`restart`). But each goroutine
that is on a thread is listed with the number of that thread, and /proc knows whose a thread is. What is asked here is asked by
own calls, so only where there is need; who asks meets what its session raises when Delve does not answer.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, Final

from dapshim.delve.proc import process_of, seen_by, tracer_of

if TYPE_CHECKING:
    from dapshim.delve.target_memory import Asker

_THREAD: Final = re.compile(r"\(Thread (\d+)\)$")


async def processes_of(asker: Asker) -> list[int]:
    """Return the processes of a stopped session; none where Delve does not say.

    That of the program is not told from its children's.
    """
    found = [pid for _, thread in await _threads(asker) if (pid := process_of(thread)) is not None]
    return [*dict.fromkeys(found)]


async def process_of_goroutine(asker: Asker, goroutine: int) -> int | None:
    """Return the process that a goroutine stands in; None where it is on no thread."""
    thread = next((thread for number, thread in await _threads(asker) if number == goroutine), None)
    return process_of(thread) if thread is not None else None


def traced_with(pid: int) -> list[int]:
    """Return the processes that the same debugger traces as this one, which is among them; none where that is gone.

    Blocks: all processes of this machine are looked at.
    """
    tracer = tracer_of(pid)
    if not tracer:
        return []
    found = [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - as below
    return [each for each in found if tracer_of(each) == tracer]


async def _threads(asker: Asker) -> list[tuple[object, int]]:
    answer = await asker.call("threads")
    listed = answer.body.get("threads") if answer.success else None
    found = [(each.get("id"), _THREAD.search(str(each.get("name")))) for each in listed or () if isinstance(each, dict)]
    return [(number, int(thread[1])) for number, thread in found if thread is not None]


async def texts_of(asker: Asker, goroutine: int, *expressions: str) -> list[str]:
    """Return the values of these texts where a goroutine stands, "" for one that cannot be told (whole)."""
    answer = await asker.call("stackTrace", {"threadId": goroutine, "levels": 1})
    frames = answer.body.get("stackFrames") if answer.success else None
    if not frames:
        return ["" for _ in expressions]
    return [await _text(asker, frames[0].get("id"), each) for each in expressions]


async def _text(asker: Asker, frame: object, expression: str) -> str:
    asked: dict[str, Any] = {"expression": expression, "frameId": frame, "context": "watch"}
    answer = await asker.call("evaluate", asked)
    try:
        found = json.loads(answer.body.get("result") or '""') if answer.success else ""
    except (TypeError, ValueError):
        return ""  # longer than Delve tells
    return found if isinstance(found, str) else ""


def as_seen_by(pid: int, path: str, folder: str = "") -> str:
    """Return what `seen_by` does, without links."""
    return os.path.realpath(seen_by(pid, path, folder))
