"""The attributes of launch and attach: which there are, what they may hold, and who reads them.

Delve 1.27.1 `service/dap/types.go`, and vscode-go's for what only an editor's adapter reads. What is not in the table passes
untouched: editors add their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from dapshim.options.sources import described
from dapshim.plan.outcome import PlanError

Check = Callable[[Any], bool]

MAX_INT: Final = 2**63 - 1


@attrs.frozen
class Attribute:
    """One attribute: its name, what it must be in words, and whether a value is that. `request` is where it counts, "" both."""

    name: str
    expected: str
    check: Check
    request: str = ""


def _text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _switch(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INT


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _text_or_texts(value: Any) -> bool:
    return _text(value) or _texts(value)


def _text_or_count(value: Any) -> bool:
    return _text(value) or _count(value)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _rules(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(rule, dict) and _text(rule.get("from")) and _text(rule.get("to")) for rule in value
    )


def _variables(value: Any) -> bool:
    return isinstance(value, dict) and all(each is None or _text(each) for each in value.values())


def _one_of(*words: str) -> tuple[str, Check]:
    return _choice(words), lambda value: value in words


def _choice(words: tuple[str, ...]) -> str:
    *most, last = (f'"{word}"' for word in words)
    return f"{', '.join(most)} or {last}"


_TEXT: Final[tuple[str, Check]] = ("a text", _text)
_SWITCH: Final[tuple[str, Check]] = ("true or false", _switch)
_COUNT: Final[tuple[str, Check]] = ("a whole number, 0 or more", _count)
_TEXTS: Final[tuple[str, Check]] = ("a list of texts", _texts)
_TEXT_OR_TEXTS: Final[tuple[str, Check]] = ("a text or a list of texts", _text_or_texts)

LAUNCH_MODES: Final = ("auto", "debug", "test", "exec", "replay", "core")
ATTACH_MODES: Final = ("local", "remote")

_TABLE: Final = (
    # read by dlv
    Attribute("program", *_TEXT),
    Attribute("args", *_TEXT_OR_TEXTS, request="launch"),
    Attribute("cwd", *_TEXT),
    Attribute("dlvCwd", *_TEXT, request="launch"),
    Attribute("env", 'an object of texts, such as {"PORT": "8080"}; null takes a variable away', _variables),
    Attribute("buildFlags", *_TEXT_OR_TEXTS, request="launch"),
    Attribute("output", *_TEXT, request="launch"),
    Attribute("noDebug", *_SWITCH, request="launch"),
    Attribute("outputMode", *_one_of("local", "remote"), request="launch"),
    Attribute("stdinFrom", *_TEXT, request="launch"),
    Attribute("stdoutTo", *_TEXT, request="launch"),
    Attribute("stderrTo", *_TEXT, request="launch"),
    Attribute("traceDirPath", *_TEXT, request="launch"),
    Attribute("coreFilePath", *_TEXT, request="launch"),
    Attribute("stopOnEntry", *_SWITCH),
    Attribute("backend", *_one_of("default", "native", "lldb", "rr")),
    Attribute("substitutePath", 'a list of rules, each {"from": "…", "to": "…"}', _rules),
    Attribute("stackTraceDepth", *_COUNT),
    Attribute("maxStringLen", *_COUNT),
    Attribute("maxArrayValues", *_COUNT),
    Attribute("showGlobalVariables", *_SWITCH),
    Attribute("showRegisters", *_SWITCH),
    Attribute("hideSystemGoroutines", *_SWITCH),
    Attribute("showRawStrings", *_SWITCH),
    Attribute("goroutineFilters", *_TEXT),
    Attribute("showPprofLabels", *_TEXTS),
    Attribute("followExec", *_SWITCH),
    Attribute("followExecRegex", *_TEXT),
    Attribute("processId", "a process number or the name of a program", _text_or_count, request="attach"),
    Attribute("waitFor", *_TEXT, request="attach"),
    Attribute("guessSubstitutePath", "an object", _object, request="attach"),
    # read by vscode-go only, so ours to honour
    Attribute("envFile", *_TEXT_OR_TEXTS),
    Attribute("dlvFlags", *_TEXTS),
    Attribute("dlvToolPath", *_TEXT),
    Attribute("showLog", *_SWITCH),
    Attribute("logOutput", *_TEXT),
    Attribute("logDest", "the absolute path of a file", _text),
    Attribute("port", *_COUNT),
    Attribute("host", *_TEXT),
    Attribute("console", *_one_of("internalConsole", "integratedTerminal", "externalTerminal")),
    Attribute("asRoot", *_SWITCH),
    Attribute("remotePath", *_TEXT),
    Attribute("dlvLoadConfig", "an object", _object),
)

ATTRIBUTES: Final[Mapping[str, Attribute]] = {attribute.name: attribute for attribute in _TABLE}
"""By name; `mode` and `request` are checked by whoever plans."""

EMPTY_IS_NONE: Final = frozenset({"console", "outputMode", "backend", "mode"})
"""For these an empty text is the same as none, for Delve and for vscode-go."""


def check(request: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments without those that are null, which is the same as not there.

    Raises:
        PlanError: an attribute that counts in this request holds what it may not.

    """
    given = {name: value for name, value in arguments.items() if value is not None}
    for name, value in given.items():
        attribute = ATTRIBUTES.get(name)
        if attribute is None or attribute.request not in ("", request) or (value == "" and name in EMPTY_IS_NONE):
            continue
        if not attribute.check(value):
            raise PlanError(f'"{name}" must be {attribute.expected}; it is {_found(value)}.')
    return given


def _found(value: Any) -> str:
    """Say what was found; of a list or an object, the member that is to blame."""
    if isinstance(value, list):
        wrong = [f"[{number}] is {described(each)}" for number, each in enumerate(value) if not _text(each)]
        return f"a list in which {wrong[0]}" if wrong else described(value)
    if isinstance(value, dict):
        wrong = [f'"{name}" is {described(each)}' for name, each in value.items() if not (each is None or _text(each))]
        return f"an object in which {wrong[0]}" if wrong else described(value)
    return described(value)


def check_mode(request: str, mode: object) -> str:
    """Return the mode that is meant, with the default for none.

    Raises:
        PlanError: there is no such mode for this request.

    """
    modes, default = (LAUNCH_MODES, "debug") if request == "launch" else (ATTACH_MODES, "local")
    if mode is None or mode == "":
        return default
    if not isinstance(mode, str):
        raise PlanError(f'"mode" must be {_choice(modes)}; it is {described(mode)}.')
    if mode in modes:
        return mode
    other = ATTACH_MODES if request == "launch" else LAUNCH_MODES
    if mode in other:
        wanted = "attach" if request == "launch" else "launch"
        raise PlanError(
            f'"mode": "{mode}" belongs to "request": "{wanted}"; this is "{request}", whose modes are {_choice(modes)}.'
        )
    import difflib

    near = difflib.get_close_matches(mode, modes, n=1)
    meant = f' Did you mean "{near[0]}"?' if near else ""
    raise PlanError(f'"mode" must be {_choice(modes)}; it is {described(mode)}.{meant}')
