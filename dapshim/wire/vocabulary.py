"""The names of DAP 1.68's requests and events, so that a misspelt one is found at import instead of never being called."""

from __future__ import annotations

from typing import Final

REQUESTS: Final = frozenset(
    {
        "attach",
        "breakpointLocations",
        "cancel",
        "completions",
        "configurationDone",
        "continue",
        "dapshim/program",
        "dataBreakpointInfo",
        "disassemble",
        "disconnect",
        "evaluate",
        "exceptionInfo",
        "goto",
        "gotoTargets",
        "initialize",
        "launch",
        "loadedSources",
        "locations",
        "modules",
        "next",
        "pause",
        "readMemory",
        "restart",
        "restartFrame",
        "reverseContinue",
        "scopes",
        "setBreakpoints",
        "setDataBreakpoints",
        "setExceptionBreakpoints",
        "setExpression",
        "setFunctionBreakpoints",
        "setInstructionBreakpoints",
        "setVariable",
        "source",
        "stackTrace",
        "stepBack",
        "stepIn",
        "stepInTargets",
        "stepOut",
        "terminate",
        "terminateThreads",
        "threads",
        "variables",
        "writeMemory",
    }
)
"""What a client may ask of an adapter, and of dapshim itself."""

REVERSE_REQUESTS: Final = frozenset({"runInTerminal", "startDebugging"})
"""What an adapter may ask of a client."""

EVENTS: Final = frozenset(
    {
        "breakpoint",
        "capabilities",
        "continued",
        "dapshim/buildErrors",
        "dapshim/findings",
        "exited",
        "initialized",
        "invalidated",
        "loadedSource",
        "memory",
        "module",
        "output",
        "process",
        "progressEnd",
        "progressStart",
        "progressUpdate",
        "stopped",
        "terminated",
        "thread",
    }
)
"""What an adapter may tell a client, and what dapshim itself tells it, whose names begin with its own."""
