"""Typed views of the bodies that dapshim touches; field names are DAP's own, members that nobody here needs are left out.

They are for looking at a body (`Message.view`) and for making one of our own; an edit goes into the body itself, so that the
members which a view leaves out stay.
"""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class Source:
    """Where code is; `path` as its peer spells it."""

    path: str | None = None
    name: str | None = None
    sourceReference: int | None = None  # noqa: N815 - DAP's name


@attrs.frozen
class SetBreakpointsArguments:
    """All breakpoints of one file; they replace those that were set before. Entries stay as they came."""

    source: Source
    breakpoints: list[dict[str, Any]] = attrs.field(factory=list)


@attrs.frozen
class SetListArguments:
    """All function or all instruction breakpoints; they replace those that were set before. Entries stay as they came."""

    breakpoints: list[dict[str, Any]] = attrs.field(factory=list)


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
    noDebug: bool = False  # noqa: N815 - DAP's name


@attrs.frozen
class OutputBody:
    """A line for the debug console."""

    output: str
    category: str
