"""`env` and `envFile`: what the program and its build find in their environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from dapshim.plan.outcome import PlanError

_LINE: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z0-9_.-]+)\s*=\s*(.*?)\s*", re.DOTALL)
_VARIABLE: Final = re.compile(r"\\\$|\$\{([A-Za-z][A-Za-z0-9_]*)\}")
_QUOTED: Final = 2

MAX_ENV_FILE: Final = 1024 * 1024
"""Bytes of an envFile: Linux takes a few MiB of environment in all."""


def read_env_file(data: bytes, path: str, environ: Mapping[str, str]) -> dict[str, str]:
    r"""Read a file of `KEY=VALUE` lines, as vscode-go does.

    `export ` in front is allowed; in "…" a \n is a line break; `${NAME}` is a variable of the lines above, else of `environ`,
    else nothing; `\$` is a dollar. Lines of another form (comments, blank ones) are passed over.

    Raises:
        PlanError: it is no UTF-8 text.

    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlanError(f'"envFile" {path} is no UTF-8 text: {error.reason} at byte {error.start}.') from error
    found: dict[str, str] = {}
    for line in text.split("\n"):
        parts = _LINE.fullmatch(line)
        if parts is not None:
            name, value = parts[1], parts[2]
            found[name] = _expanded(_unquoted(value), found, environ)
    return found


def _in(value: str, quote: str) -> bool:
    return len(value) >= _QUOTED and value[0] == quote == value[-1]


def _unquoted(value: str) -> str:
    if _in(value, "'"):
        return value[1:-1]
    return value[1:-1].replace("\\n", "\n") if _in(value, '"') else value


def _expanded(value: str, found: Mapping[str, str], environ: Mapping[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        return "$" if match[1] is None else found.get(match[1]) or environ.get(match[1]) or ""

    return _VARIABLE.sub(one, value)


def overlaid(environ: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return an environment with changes made to it; None takes a variable away."""
    changed = {**environ, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in changed.items() if changes.get(name, value) is not None}
