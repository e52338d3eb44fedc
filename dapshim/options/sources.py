"""The command line, the environment and a launch configuration as layers of options, each value checked. PURE.

An error says where it stands, what was found there and what is expected, and names the nearest right thing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

from dapshim.options.layers import Layer, Plain, Value, value_of
from dapshim.options.path_rules import EXAMPLE, why_no_rules
from dapshim.options.table import TABLE, Option, Source, lookup, nearest

LAUNCH_PLACE: Final = '"{name}" of the "dapshim" object in the launch configuration'

_YES: Final = frozenset({"1", "true", "t", "yes", "y", "on"})
_NO: Final = frozenset({"0", "false", "f", "no", "n", "off"})
"""The spellings of a switch in the environment, in any case; click's own, since it reads the same variables."""

_FOUND_MOST: Final = 60
"""Characters of a wrong value that an error shows."""


def from_command_line(written: Mapping[str, Plain]) -> Layer:
    """Return the layer of what was written on the command line, by option name; the parser has checked it.

    Raises:
        KeyError: a name that is not in the table.

    """
    flags = {option.name: option.flag for option in TABLE}
    values = {name: value_of(name, value, Source.COMMAND_LINE, flags[name]) for name, value in written.items()}
    return Layer(Source.COMMAND_LINE, values)


def from_environment(environ: Mapping[str, str], others: Collection[str] = ()) -> Layer:
    """Return the layer of the `DAPSHIM_*` variables; an empty one is as if it were not there.

    A name that is none of ours is a notice, not an error: it may be another program's. `others` are beginnings of names that
    are somebody else's for sure, such as those that the parser makes for the options of a command (`DAPSHIM_TRACE_`).
    """
    values: dict[str, Value] = {}
    errors: list[str] = []
    notices: list[str] = []
    known = {option.variable: option for option in TABLE if Source.ENVIRONMENT in option.scope}
    for variable, text in sorted(environ.items()):
        option = known.get(variable)
        if option is not None and text:
            value = _from_text(option, text)
            wrong = mismatch(option, value)
            if wrong is None:
                values[option.name] = value_of(option.name, value, Source.ENVIRONMENT, variable)
            else:
                errors.append(f"{variable}: {wrong}")
        elif option is None and variable.startswith("DAPSHIM_") and not variable.startswith(tuple(others)):
            near = nearest(variable.removeprefix("DAPSHIM_"), Source.ENVIRONMENT)
            hint = f"; did you mean {near.variable}?" if near is not None else ""
            notices.append(f"the environment variable {variable} is no option of dapshim and is ignored{hint}")
    return Layer(Source.ENVIRONMENT, values, tuple(errors), tuple(notices))


def from_launch(found: object) -> Layer:
    """Return the layer of the `"dapshim"` object of a launch or attach request's arguments, as it was decoded from JSON."""
    if not isinstance(found, Mapping):
        return Layer(
            Source.LAUNCH,
            errors=(f'"dapshim" in the launch configuration: expected an object with options, found {described(found)}',),
        )
    values: dict[str, Value] = {}
    errors: list[str] = []
    for name, value in found.items():
        place = LAUNCH_PLACE.format(name=name)
        checked = check(str(name), value, Source.LAUNCH)
        if isinstance(checked, str):
            errors.append(f"{place}: {checked}")
        else:
            values[checked.name] = value_of(checked.name, value, Source.LAUNCH, place)
    return Layer(Source.LAUNCH, values, tuple(errors))


def check(name: str, value: object, source: Source) -> Option | str:
    """Return the option that may have this value and stand there, or say why not."""
    option = lookup(name)
    if option is None:
        near = nearest(name, source)
        return "there is no such option" + (f"; did you mean {near.name}?" if near is not None else "; see `dapshim options`")
    if source not in option.scope:
        own = ', and in the launch configuration itself, beside "program"' if option.attribute else ""
        return f"this option may not stand here: it can be given {allowed_places(option)}{own}"
    return mismatch(option, value) or option


def mismatch(option: Option, value: object) -> str | None:
    """Say why a value is none for this option: what was found and what is expected; None when it is one."""
    if option.type is tuple:
        why = why_no_rules(value)
        if why is None:
            return None
        found = f"found {described(value)}" if not isinstance(value, list | tuple) else why
        return f"expected {expected(option)}{', ' if not isinstance(value, list | tuple) else ': '}{found}"
    right = (
        isinstance(value, option.type)
        and not (option.type is int and isinstance(value, bool))
        and not (isinstance(value, str) and (not value or "\0" in value))
        and not (option.choices and value not in option.choices)
    )
    if right:
        return None
    near = ""
    if isinstance(value, str) and (option.choices or option.words):
        import difflib

        matches = difflib.get_close_matches(value.lower(), option.choices or option.words, n=1)
        near = f"; did you mean {matches[0]}?" if matches else ""
    return f"expected {expected(option)}, found {described(value)}{near}"


def expected(option: Option) -> str:
    """Return the values that an option may have, in words."""
    if option.choices:
        return listed(option.choices, "or")
    if option.type is bool:
        return "true or false"
    if option.type is int:
        return "a whole number"
    if option.type is tuple:
        return f"a list of rules {EXAMPLE}"
    if option.path:
        return listed([*option.words, "a path"], "or")
    return "a text"


def allowed_places(option: Option) -> str:
    """Return where an option may stand, in words."""
    words = {
        Source.COMMAND_LINE: f"on the command line ({option.flag})",
        Source.ENVIRONMENT: f"in the environment ({option.variable})",
        Source.LAUNCH: f'in the "dapshim" object of a launch configuration ("{option.name}")',
        Source.PROJECT: "in .dapshim.toml",
        Source.USER: "in your own file (dapshim/config.toml in $XDG_CONFIG_HOME or ~/.config)",
    }
    return listed([words[source] for source in sorted(option.scope)], "or")


def listed(parts: Collection[str], last: str) -> str:
    """Return `a, b or c`."""
    *most, end = parts
    return f"{', '.join(most)} {last} {end}" if most else end


def described(value: object) -> str:
    """Return a value that was found as an error shows it, with its kind in JSON's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    if len(text) > _FOUND_MOST:
        text = text[:_FOUND_MOST] + "…"
    if isinstance(value, str):
        return f"the text {text}" if value else "an empty text"
    return f"the number {text}" if isinstance(value, int | float) else text


def _from_text(option: Option, text: str) -> Plain:
    if option.type is bool and text.strip().lower() in _YES | _NO:
        return text.strip().lower() in _YES
    if option.type is int:
        try:
            return int(text)
        except ValueError:
            return text
    return text
