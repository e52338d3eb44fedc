"""What a client is told that the adapter can do, for a session that answers `initialize` before there is a dlv to ask."""

from __future__ import annotations

from typing import Any, Final

LISTS: Final[dict[str, Any]] = {"supportsLoadedSourcesRequest": True, "supportsModulesRequest": True}
"""What the shim `loaded_sources` answers."""

LOCATIONS: Final[dict[str, Any]] = {"supportsBreakpointLocationsRequest": True}
"""What the shim `breakpoint_locations` answers."""

OF_DAPSHIM: Final[dict[str, Any]] = {**LISTS, **LOCATIONS}
"""What the client is told besides, since dapshim answers these itself."""

CAPABILITIES: Final[dict[str, Any]] = {
    "supportsConfigurationDoneRequest": True,
    "supportsFunctionBreakpoints": True,
    "supportsConditionalBreakpoints": True,
    "supportsHitConditionalBreakpoints": True,
    "supportsEvaluateForHovers": True,
    "exceptionBreakpointFilters": [
        {"filter": "unrecovered-panic", "label": "Unrecovered Panics", "default": True},
        {"filter": "runtime-fatal-throw", "label": "Fatal Throws", "default": True},
    ],
    "supportsSetVariable": True,
    "supportsRestartRequest": True,
    "supportsExceptionInfoRequest": True,
    "supportsDelayedStackTraceLoading": True,
    "supportsLogPoints": True,
    "supportsDataBreakpoints": True,
    "supportsReadMemoryRequest": True,
    "supportsWriteMemoryRequest": True,
    "supportsDisassembleRequest": True,
    "supportsClipboardContext": True,
    "supportsSteppingGranularity": True,
    "supportsInstructionBreakpoints": True,
    **OF_DAPSHIM,
}
"""Delve 1.27.1. When the dlv that a launch names can do otherwise, the client gets a `capabilities` event."""
