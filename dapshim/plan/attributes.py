"""The attributes of launch and attach: which there are, what they may hold, and who reads them.

Delve 1.27.1 `service/dap/types.go`, and vscode-go's for what only an editor's adapter reads. What is not in the table passes
untouched: editors add their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from dapshim.options.sources import described
from dapshim.plan.outcome import PlanError

Check = Callable[[Any], bool]

MAX_INT: Final = 2**63 - 1
_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
"""Characters that no path, argument or variable of a system can hold: NUL, and half of a pair."""


@attrs.frozen
class Attribute:
    """One attribute: its name, what it must be in words, and whether a value is that.

    `request` is where it counts, "" both. `empty` says that an empty text is the same as none, as for Delve and vscode-go.
    """

    name: str
    expected: str
    check: Check
    request: str = ""
    empty: bool = False


def _text(value: Any) -> bool:
    return isinstance(value, str) and _NO_TEXT.search(value) is None


def _switch(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INT


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -MAX_INT <= value <= MAX_INT


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _text_or_texts(value: Any) -> bool:
    return _text(value) or _texts(value)


def _text_or_count(value: Any) -> bool:
    return _text(value) or _count(value)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _rule(value: Any) -> bool:
    return isinstance(value, dict) and _text(value.get("from")) and _text(value.get("to"))


def _rules(value: Any) -> bool:
    return isinstance(value, list) and all(map(_rule, value))


def _variables(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _text(name) and name and "=" not in name and (each is None or _text(each)) for name, each in value.items()
    )


def _one_of(*words: str) -> tuple[str, Check]:
    return _choice(words), lambda value: value in words


def _choice(words: tuple[str, ...]) -> str:
    *most, last = (f'"{word}"' for word in words)
    return f"{', '.join(most)} or {last}"


_TEXT: Final[tuple[str, Check]] = ("a text", _text)
_SWITCH: Final[tuple[str, Check]] = ("true or false", _switch)
_COUNT: Final[tuple[str, Check]] = ("a whole number, 0 or more", _count)
_LIMIT: Final[tuple[str, Check]] = ("a whole number", _whole)
"""How much is shown. Delve 1.27.1 takes one below 0 for its own default, and older adapters wrote -1 for "all"."""
_TEXTS: Final[tuple[str, Check]] = ("a list of texts", _texts)
_TEXT_OR_TEXTS: Final[tuple[str, Check]] = ("a text or a list of texts", _text_or_texts)

LAUNCH_MODES: Final = ("auto", "debug", "test", "exec", "replay", "core")
ATTACH_MODES: Final = ("local", "remote")

_OF_DELVE: Final = (
    Attribute("program", *_TEXT),
    Attribute("args", *_TEXT_OR_TEXTS, request="launch"),
    Attribute("cwd", *_TEXT),
    Attribute("dlvCwd", *_TEXT, request="launch"),
    Attribute("env", 'an object of texts, such as {"PORT": "8080"}; null takes a variable away', _variables),
    Attribute("buildFlags", *_TEXT_OR_TEXTS, request="launch"),
    Attribute("output", *_TEXT, request="launch"),
    Attribute("noDebug", *_SWITCH, request="launch"),
    Attribute("outputMode", *_one_of("local", "remote"), request="launch", empty=True),
    Attribute("stdinFrom", *_TEXT, request="launch"),
    Attribute("stdoutTo", *_TEXT, request="launch"),
    Attribute("stderrTo", *_TEXT, request="launch"),
    Attribute("traceDirPath", *_TEXT, request="launch"),
    Attribute("coreFilePath", *_TEXT, request="launch"),
    Attribute("stopOnEntry", *_SWITCH),
    Attribute("backend", *_one_of("default", "native", "lldb", "rr"), empty=True),
    Attribute("substitutePath", 'a list of rules, each {"from": "…", "to": "…"}', _rules),
    Attribute("stackTraceDepth", *_LIMIT),
    Attribute("maxStringLen", *_LIMIT),
    Attribute("maxArrayValues", *_LIMIT),
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
)
_OF_EDITORS: Final = (
    # read by vscode-go only, so ours to honour
    Attribute("envFile", *_TEXT_OR_TEXTS),
    Attribute("dlvFlags", *_TEXTS),
    Attribute("dlvToolPath", *_TEXT),
    Attribute("showLog", *_SWITCH),
    Attribute("logOutput", *_TEXT),
    Attribute("logDest", "the path of a file", _text),
    Attribute("port", *_COUNT),
    Attribute("host", *_TEXT),
    Attribute("console", *_one_of("internalConsole", "integratedTerminal", "externalTerminal"), empty=True),
    Attribute("asRoot", *_SWITCH),
    Attribute("remotePath", *_TEXT),
    Attribute("dlvLoadConfig", "an object", _object),
)

ATTRIBUTES: Final[Mapping[str, Attribute]] = {attribute.name: attribute for attribute in (*_OF_DELVE, *_OF_EDITORS)}
"""By name; `mode` and `request` are checked by whoever plans."""

_FOLDED: Final = {name.lower(): name for name in ("mode", *(attribute.name for attribute in _OF_DELVE))}


def spelt_as_delve(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with the names that Delve knows in the spelling that it has them in.

    Go's encoding/json takes `PROGRAM` for `program`, so Delve does; of two the last one counts that is not null.
    """
    made: dict[str, Any] = {}
    for name, value in arguments.items():
        meant = name if name in ATTRIBUTES else _FOLDED.get(name.lower(), name)
        if value is not None or meant not in made:
            made[meant] = value
    return made


def check(request: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments without those that are null, which is the same as not there.

    Raises:
        PlanError: an attribute that counts in this request holds what it may not.

    """
    given = {name: value for name, value in arguments.items() if value is not None}
    for name, value in given.items():
        attribute = ATTRIBUTES.get(name)
        if attribute is None or attribute.request not in ("", request) or (attribute.empty and value == ""):
            continue
        if not attribute.check(value):
            raise PlanError(f'"{name}" must be {attribute.expected}; it is {_found(value)}.')
    return given


def _found(value: Any) -> str:
    """Say what was found; of a list or an object, the first member that is to blame."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            if not _text(each) and not _rule(each):
                return f"a list in which [{number}] is {_found_within(each)}"
    if isinstance(value, dict):
        for name, each in value.items():
            if not name or "=" in name or not _text(name):
                return f"an object with a variable called {_shown(name)}"
            if not (each is None or _text(each)):
                return f'an object in which "{name}" is {_shown(each)}'
    return _shown(value)


def _found_within(value: Any) -> str:
    """Say what is wrong with a member of a list, which may be a rule of `substitutePath`."""
    if isinstance(value, dict):
        for name in ("from", "to"):
            if name in value and not _text(value[name]):
                return f'an object in which "{name}" is {_shown(value[name])}'
            if name not in value:
                return f'an object without "{name}"'
    return _shown(value)


def _shown(value: object) -> str:
    """Describe a value in characters that can be sent: half of a pair cannot."""
    return described(value).encode(errors="backslashreplace").decode()


def check_mode(request: str, mode: object) -> str:
    """Return the mode that is meant; none is `auto` for a launch, as for vscode-go, and `local` for an attach.

    Raises:
        PlanError: there is no such mode for this request.

    """
    modes, default = (LAUNCH_MODES, "auto") if request == "launch" else (ATTACH_MODES, "local")
    if mode is None or mode == "":
        return default
    if not isinstance(mode, str):
        raise PlanError(f'"mode" must be {_choice(modes)}; it is {_shown(mode)}.')
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
    raise PlanError(f'"mode" must be {_choice(modes)}; it is {_shown(mode)}.{meant}')
