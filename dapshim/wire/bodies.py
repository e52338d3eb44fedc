"""Typed views of the bodies that dapshim touches; field names are DAP's own, members that nobody here needs are left out.

They are for looking at a body (`Message.view`) and for making one of our own; an edit goes into the body itself, so that the
members which a view leaves out stay.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

_PLAIN: Final = (
    *("line", "column", "name", "condition", "hitCondition", "logMessage", "mode"),
    *("instructionReference", "offset", "dataId", "accessType"),
)
"""Members of a breakpoint that are a text or a number in DAP."""


@attrs.frozen
class Source:
    """Where code is; `path` as its peer spells it."""

    path: str | None = None
    name: str | None = None
    sourceReference: int | None = None  # noqa: N815 - DAP's name

    def __attrs_post_init__(self) -> None:
        """Refuse a path with half of a pair in it: no file has such a name, and no system takes it.

        Raises:
            ValueError: it has.

        """
        if self.path is not None and not self.path.isascii():
            self.path.encode()


@attrs.frozen
class SetBreakpointsArguments:
    """All breakpoints of one file; they replace those that were set before. Entries stay as they came."""

    source: Source
    breakpoints: list[dict[str, Any]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        """See `_check`."""
        _check(self.breakpoints)


@attrs.frozen
class SetListArguments:
    """All function or all instruction breakpoints; they replace those that were set before. Entries stay as they came."""

    breakpoints: list[dict[str, Any]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        """See `_check`."""
        _check(self.breakpoints)


def _check(breakpoints: list[dict[str, Any]]) -> None:
    """Refuse a breakpoint by which nothing can be known again: Delve 1.27.1 hangs up on it.

    Raises:
        TypeError: a list or an object is where DAP has a text or a number.

    """
    for entry in breakpoints:
        for name in _PLAIN:
            if isinstance(entry.get(name), list | dict):
                raise TypeError(f"{name} is neither a text nor a number")


@attrs.frozen
class BreakpointsBody:
    """The answer to any request that sets a list of breakpoints, in its order."""

    breakpoints: list[dict[str, Any]]


@attrs.frozen
class StoppedBody:
    """Why the program stopped, and at which breakpoints (Delve's ids from Delve, the client's ids after `breakpoints`)."""

    reason: str
    threadId: int | None = None  # noqa: N815 - DAP's name
    hitBreakpointIds: list[int] | None = None  # noqa: N815 - DAP's name
    description: str | None = None


@attrs.frozen
class ProcessBody:
    """The program that is debugged: its path and its process id on the adapter's machine."""

    name: str = ""
    systemProcessId: int | None = None  # noqa: N815 - DAP's name


@attrs.frozen
class LaunchArguments:
    """What of a launch or attach the proxy itself must know. Delve 1.27.1: the default mode is `debug`, of attach `local`."""

    mode: str | None = None
    noDebug: bool | None = None  # noqa: N815 - DAP's name


@attrs.frozen
class OutputBody:
    """A line for the debug console."""

    output: str
    category: str
