"""What one DAP message says, in a few words for a person: one small function per name, and the members' names for the rest.

PURE. A summary is one line of printable text, however hostile the message; it says only what the body says. Who sent the
message, when, and how the line is coloured is the reader's business, and unknown here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

LONGEST: Final = 200
"""Characters of one string of a message that a summary shows: a line is read at a glance, and a body may have 10 MB."""

_ABSENT: Final = object()
_MEMBERS_SHOWN: Final = 6
_ITEMS_SHOWN: Final = 3


def summarize(message: Mapping[str, Any]) -> str:
    """Return what the body of `message`, a decoded message, says; empty when the name says it all."""
    kind = message.get("type")
    if kind == "response" and message.get("success") is not True:
        return _failure(message)
    body = message.get("arguments" if kind == "request" else "body")
    if not isinstance(body, Mapping):
        return "" if body is None else printable(_value(body))
    table = {"request": _REQUESTS, "response": _RESPONSES, "event": _EVENTS}.get(str(kind), {})
    function = table.get(str(message.get("event" if kind == "event" else "command")), _members)
    try:
        return printable(function(body))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        # Not the shape that DAP says; what it has is still of interest.
        return printable(_members(body))


def printable(text: str) -> str:
    r"""Return `text` on one line without a character that could move the cursor or turn the writing round: `\n`, `\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "backslashreplace").decode() for letter in text
    )


def first_difference(before: Any, after: Any, place: str = "") -> str:
    """Return where two decoded values differ first, as `/a → /b (…/main.go) in source.path`; empty when equal."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = [*before, *(key for key in after if key not in before)]
        within = [(f"{place}.{key}" if place else str(key), before.get(key, _ABSENT), after.get(key, _ABSENT)) for key in keys]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        within = [(f"{place}[{index}]", *pair) for index, pair in enumerate(zip(before, after, strict=True))]
    elif before is _ABSENT:
        return printable(f"{_value(after)} added as {place}")
    elif after is _ABSENT:
        return printable(f"{_value(before)} taken out of {place}")
    else:
        return "" if before == after else printable(_change(before, after) + (f" in {place}" if place else ""))
    return next((found for key, old, new in within if (found := first_difference(old, new, key))), "")


# -- the pieces ----------------------------------------------------------------------------------------------------------


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _change(before: Any, after: Any) -> str:
    """Tell two values apart; of two paths that end alike, what they have in common comes last and once."""
    if not isinstance(before, str) or not isinstance(after, str):
        return f"{_value(before)} → {_value(after)}"
    old, new = before.split("/"), after.split("/")
    tail: list[str] = []
    while old and new and old[-1] == new[-1]:
        new.pop()
        tail.insert(0, old.pop())
    if not (old and new and tail):
        return f"{_value(before)} → {_value(after)}"
    return f"{_cut('/'.join(old))} → {_cut('/'.join(new))} (…/{_cut('/'.join(tail))})"


def _value(value: Any) -> str:
    """Return a value in little space: strings as they are, objects and lists by how much they hold."""
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Mapping):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return f"[{len(value)}]" if value else "[]"
    return _cut(str(value))


def _members(body: Mapping[str, Any]) -> str:
    shown = [f"{_cut(str(key))}={_value(value)}" for key, value in list(body.items())[:_MEMBERS_SHOWN]]
    return ", ".join(shown) + (", …" if len(body) > _MEMBERS_SHOWN else "")


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _given(body: Mapping[str, Any], key: str, form: str = "{}") -> str:
    value = body.get(key)
    return form.format(_value(value)) if value not in (None, "", [], {}) else ""


def _when(body: Mapping[str, Any], key: str, said: str) -> str:
    return said if body.get(key) is True else ""


def _count(items: list[Any], noun: str) -> str:
    return f"{len(items)} {noun}" + ("" if len(items) == 1 else "s")


def _some(items: list[str], limit: int = _ITEMS_SHOWN) -> str:
    return ", ".join(items[:limit]) + (", …" if len(items) > limit else "")


def _file(source: Mapping[str, Any]) -> str:
    """Return a source as its last two path segments: enough to tell two main.go apart."""
    path = source.get("path") or source.get("name") or f"source {_value(source.get('sourceReference'))}"
    parts = path.replace("\\", "/").split("/")
    return _cut("/".join(parts[-2:]) if len(parts) > 2 else path)  # noqa: PLR2004 - the last two


def _place(item: Mapping[str, Any]) -> str:
    source = item.get("source")
    file = _file(source) if source else ""
    if "line" not in item:
        return file
    return f"{file}:{_value(item['line'])}" if file else f"line {_value(item['line'])}"


def _thread(body: Mapping[str, Any]) -> str:
    return _given(body, "threadId", "thread {}")


# -- requests ------------------------------------------------------------------------------------------------------------


def _initialize(arguments: Mapping[str, Any]) -> str:
    return _join(
        _given(arguments, "clientName") or _given(arguments, "clientID"),
        _given(arguments, "adapterID", "adapter {}"),
        "uri paths" if arguments.get("pathFormat") == "uri" else "",
        "lines from 0" if arguments.get("linesStartAt1") is False else "",
    )


def _launch(arguments: Mapping[str, Any]) -> str:
    environment = arguments.get("env") or {}
    return _join(
        f"{_value(arguments.get('mode') or 'debug')} {_given(arguments, 'program')}".rstrip(),
        _given(arguments, "cwd", "in {}"),
        _given({"args": " ".join(map(str, arguments.get("args") or []))}, "args", "args {}"),
        _given(arguments, "buildFlags", "flags {}"),
        _count(list(environment), "env variable") if environment else "",
        _count(arguments["substitutePath"], "path rule") if arguments.get("substitutePath") else "",
        _when(arguments, "stopOnEntry", "stop on entry"),
        _when(arguments, "noDebug", "without debugging"),
    )


def _attach(arguments: Mapping[str, Any]) -> str:
    return _join(
        _value(arguments.get("mode") or "local"),
        _given(arguments, "processId", "process {}"),
        _given(arguments, "waitFor", "wait for {}"),
        _given(arguments, "port", f"{_value(arguments.get('host') or 'localhost')}:{{}}"),
        _count(arguments["substitutePath"], "path rule") if arguments.get("substitutePath") else "",
    )


def _asked_breakpoint(breakpoint_: Mapping[str, Any]) -> str:
    where = next((breakpoint_[key] for key in ("line", "name", "instructionReference", "dataId") if key in breakpoint_), "?")
    return _value(where) + "".join(
        (
            _given(breakpoint_, "condition", " if {}"),
            _given(breakpoint_, "hitCondition", " hits {}"),
            _given(breakpoint_, "logMessage", " logs “{}”"),
        )
    )


def _breakpoints(arguments: Mapping[str, Any]) -> str:
    asked = arguments.get("breakpoints")
    if asked is None:
        asked = [{"line": line} for line in arguments.get("lines", [])]
    listed = f"[{_some([_asked_breakpoint(item) for item in asked], limit=8)}]" if asked else "none"
    return f"{_file(arguments['source'])} {listed}" if "source" in arguments else listed


def _exception_breakpoints(arguments: Mapping[str, Any]) -> str:
    filters = [*arguments.get("filters", []), *(option["filterId"] for option in arguments.get("filterOptions", []))]
    return _some([_value(item) for item in filters]) or "none"


def _step(arguments: Mapping[str, Any]) -> str:
    return _join(
        _thread(arguments), _given(arguments, "granularity", "by {}"), _when(arguments, "singleThread", "this thread only")
    )


def _stack(arguments: Mapping[str, Any]) -> str:
    first, levels = arguments.get("startFrame") or 0, arguments.get("levels") or 0
    return _join(_thread(arguments), f"frames {first} to {first + levels - 1}" if levels else f"frames from {first}")


def _variables(arguments: Mapping[str, Any]) -> str:
    first, count = arguments.get("start") or 0, arguments.get("count") or 0
    chosen = f"{_given(arguments, 'filter')} {first} to {first + count - 1}".lstrip() if count else _given(arguments, "filter")
    return _join(f"of {_value(arguments['variablesReference'])}", chosen)


def _evaluate(arguments: Mapping[str, Any]) -> str:
    return f"{_value(arguments['expression'])}{_given(arguments, 'context', ' ({})')}"


def _disconnect(arguments: Mapping[str, Any]) -> str:
    ends = {True: "end the program", False: "let the program run"}.get(arguments.get("terminateDebuggee", ""), "")
    return _join(ends, _when(arguments, "restart", "to restart"))


def _terminal(arguments: Mapping[str, Any]) -> str:
    return _join(_given(arguments, "kind"), " ".join(map(str, arguments["args"])), _given(arguments, "cwd", "in {}"))


def _memory(arguments: Mapping[str, Any]) -> str:
    return _join(
        _value(arguments["memoryReference"]), _given(arguments, "offset", "offset {}"), _given(arguments, "count", "{} bytes")
    )


_REQUESTS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "attach": _attach,
    "cancel": lambda a: _join(_given(a, "requestId", "request #{}"), _given(a, "progressId", "progress {}")),
    "completions": lambda a: f"{_value(a['text'])} at {_value(a['column'])}",
    "continue": _step,
    "dataBreakpointInfo": lambda a: _value(a["name"]),
    "disassemble": lambda a: f"{_value(a['memoryReference'])}, {_value(a['instructionCount'])} instructions",
    "disconnect": _disconnect,
    "evaluate": _evaluate,
    "exceptionInfo": _step,
    "initialize": _initialize,
    "launch": _launch,
    "next": _step,
    "pause": _step,
    "readMemory": _memory,
    "restart": lambda a: _launch(a["arguments"]) if a.get("arguments") else _members(a),
    "reverseContinue": _step,
    "runInTerminal": _terminal,
    "scopes": lambda a: f"frame {_value(a['frameId'])}",
    "setBreakpoints": _breakpoints,
    "setDataBreakpoints": _breakpoints,
    "setExceptionBreakpoints": _exception_breakpoints,
    "setFunctionBreakpoints": _breakpoints,
    "setInstructionBreakpoints": _breakpoints,
    "setVariable": lambda a: f"{_value(a['name'])} = {_value(a['value'])}",
    "source": lambda a: _file(a.get("source") or a),
    "stackTrace": _stack,
    "startDebugging": lambda a: _launch(a["configuration"]),
    "stepBack": _step,
    "stepIn": _step,
    "stepOut": _step,
    "variables": _variables,
}


# -- responses -----------------------------------------------------------------------------------------------------------


def _failure(message: Mapping[str, Any]) -> str:
    """Return why a request failed; Delve's `error.format` says more than `message`, and begins with it."""
    body = message.get("body")
    error = body.get("error") if isinstance(body, Mapping) else None
    said = error.get("format") if isinstance(error, Mapping) else None
    return printable(_value(said or message.get("message") or "no reason given"))


def _set_breakpoints(body: Mapping[str, Any]) -> str:
    items = body["breakpoints"]
    bad = [item for item in items if item.get("verified") is not True]
    if not items:
        return ""
    if not bad:
        return f"{len(items)} verified"
    verified = f"{len(items) - len(bad)} verified" if len(bad) < len(items) else ""
    return _join(verified, f"{len(bad)} unverified") + _given(bad[0], "message", ": {}")


def _threads(body: Mapping[str, Any]) -> str:
    items = body["threads"]
    # Delve 1.27.1 marks the goroutine that is selected with a star.
    current = next((item["name"] for item in items if item["name"].startswith("*")), items[0]["name"] if items else "")
    return _join(_count(items, "thread"), _value(current).removeprefix("* "))


def _stack_frames(body: Mapping[str, Any]) -> str:
    items = body["stackFrames"]
    shown = [f"{_value(item['name'])} {_place(item)}".rstrip() for item in items]
    return _join(_count(items, "frame"), " ← ".join(shown[:_ITEMS_SHOWN]) + (" ← …" if len(shown) > _ITEMS_SHOWN else ""))


def _variable_list(body: Mapping[str, Any]) -> str:
    items = body["variables"]
    return _some([f"{_value(item['name'])} = {_value(item['value'])}" for item in items]) or "none"


def _capabilities(body: Mapping[str, Any]) -> str:
    there = [key for key, value in body.items() if value not in (False, None)]
    return f"{len(there)} capabilities"


_RESPONSES: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "continue": lambda b: "" if b.get("allThreadsContinued", True) is True else "this thread only",
    "disassemble": lambda b: _count(b["instructions"], "instruction"),
    "evaluate": lambda b: _value(b["result"]),
    "exceptionInfo": lambda b: _join(_value(b["exceptionId"]), _given(b, "description")),
    "initialize": _capabilities,
    "readMemory": lambda b: f"{len(b.get('data') or '') * 3 // 4} bytes at {_value(b['address'])}",
    "scopes": lambda b: _some([_value(item["name"]) for item in b["scopes"]]) or "none",
    "setBreakpoints": _set_breakpoints,
    "setDataBreakpoints": _set_breakpoints,
    "setExceptionBreakpoints": _set_breakpoints,
    "setFunctionBreakpoints": _set_breakpoints,
    "setInstructionBreakpoints": _set_breakpoints,
    "setVariable": lambda b: _value(b["value"]),
    "source": lambda b: f"{len(b['content'])} characters",
    "stackTrace": _stack_frames,
    "threads": _threads,
    "variables": _variable_list,
}


# -- events --------------------------------------------------------------------------------------------------------------


def _output(body: Mapping[str, Any]) -> str:
    text = body.get("output") or ""
    lines = text.rstrip("\n")
    return f"{_value(body.get('category') or 'console')}: {_cut(lines)}" + (f" at {_place(body)}" if body.get("source") else "")


def _stopped(body: Mapping[str, Any]) -> str:
    hits = body.get("hitBreakpointIds")
    return _join(
        _value(body.get("reason")),
        _thread(body),
        f"hit {_some([_value(item) for item in hits], limit=8)}" if hits else "",
        _given(body, "description"),
        _given(body, "text"),
    )


def _process(body: Mapping[str, Any]) -> str:
    return _join(_given(body, "systemProcessId", "pid {}"), _given(body, "startMethod"), _value(body["name"]))


def _breakpoint_event(body: Mapping[str, Any]) -> str:
    item = body["breakpoint"]
    state = "verified" if item.get("verified") is True else "unverified"
    return _join(f"{_value(body.get('reason'))} {_given(item, 'id')}".rstrip(), state, _place(item), _given(item, "message"))


_EVENTS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "breakpoint": _breakpoint_event,
    "capabilities": lambda b: _members(b["capabilities"]),
    "continued": lambda b: _join(_thread(b), "" if b.get("allThreadsContinued", True) is True else "this thread only"),
    "exited": lambda b: f"code {_value(b['exitCode'])}",
    "invalidated": lambda b: _some([_value(item) for item in b["areas"]]),
    "loadedSource": lambda b: _join(_value(b["reason"]), _file(b["source"])),
    "module": lambda b: _join(_value(b["reason"]), _value(b["module"]["name"])),
    "output": _output,
    "process": _process,
    "stopped": _stopped,
    "terminated": lambda b: "to restart" if b.get("restart") else "",
    "thread": lambda b: _join(_value(b["reason"]), _thread(b)),
}
