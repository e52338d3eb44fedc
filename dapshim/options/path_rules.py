"""The value of an option that is a list of rules for paths, `[{ from = "…", to = "…" }]`: checked, and shown. PURE.

What a rule means is not known here; `from` is a path of this machine, `to` is one that a binary records.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Final

from dapshim.options.table import PathRules

EXAMPLE: Final = '[{ from = "…", to = "…" }]'

_ABSOLUTE: Final = re.compile(r"[/~]|[A-Za-z]:[\\/]|\\\\")
_NO_PATH: Final = re.compile("[\0\ud800-\udfff]")
_SIDES: Final = ("from", "to")


def why_no_rules(value: object) -> str | None:
    """Say what is wrong with one of the rules, None when each is one. The value is a list, as TOML or JSON has it."""
    if not isinstance(value, list | tuple):
        return "this is no list"
    for number, rule in enumerate(value, start=1):
        if not isinstance(rule, Mapping):
            return f"rule {number} is no {{ from = …, to = … }}"
        stray = sorted(str(name) for name in rule if name not in _SIDES)
        if stray:
            return f'rule {number} has "{stray[0][:40]}"; there are only "from" and "to"'
        for side in _SIDES:
            if side not in rule:
                return f'rule {number} has no "{side}"'
            if not isinstance(rule[side], str) or _NO_PATH.search(rule[side]):
                return f'"{side}" of rule {number} is no text that a path can be'
    return None


def rules_from(value: object, folder: str) -> PathRules:
    """Return the rules of a file in `folder`, from which a relative `from` starts; "" stays, it means all relative paths.

    Raises:
        TypeError: these are no rules; a fault of ours.

    """
    if why_no_rules(value) is not None or not isinstance(value, list | tuple):
        raise TypeError("these were checked to be rules")
    return tuple({"from": _absolute(rule["from"], folder), "to": rule["to"]} for rule in value)


def _absolute(path: str, folder: str) -> str:
    return path if not path or _ABSOLUTE.match(path) else posixpath.normpath(posixpath.join(folder, path))


def rules_shown(rules: PathRules) -> str:
    """Return the rules as a person reads them."""
    return ", ".join(f"{rule['from'] or '(relative)'} => {rule['to'] or '(relative)'}" for rule in rules) or "none"
