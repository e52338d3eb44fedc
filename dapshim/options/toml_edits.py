"""A rule for source paths is put into the text of an option file; all else of the text stays as it is. PURE."""

from __future__ import annotations

import json
import posixpath
import re
from typing import Final

from dapshim.options.table import Source
from dapshim.options.toml_text import from_toml

NAME: Final = "substitutePath"
_BEGIN: Final = re.compile(rf"""^[ \t]*(?:{NAME}|"{NAME}"|'{NAME}')[ \t]*=[ \t]*\[""", re.MULTILINE)


class NotEditedError(Exception):
    """The text is left alone; the message says why, for a person."""


def with_rule(text: str, path: str, client: str, adapter: str) -> str:
    """Return the text of the option file at `path` with one more rule, which counts before those that it has.

    A `client` below the file's folder is written as it is seen from there, so that the file holds for all who work on it.

    Raises:
        NotEditedError: the file has a fault, or the rule cannot be put in.

    """
    before = from_toml(text, path, Source.PROJECT)
    if before.errors:
        raise NotEditedError(f"{before.errors[0]}; mend that first")
    rule = f"{{ from = {_quoted(_shortened(client, posixpath.dirname(path)))}, to = {_quoted(adapter)} }}"
    newline = "\r\n" if "\r\n" in text else "\n"
    after = _put_in(text, rule, newline)
    made = from_toml(after, path, Source.PROJECT)
    wanted = ({"from": client, "to": adapter}, *_rules(before.values.get(NAME)))
    if made.errors or _rules(made.values.get(NAME)) != wanted:
        raise NotEditedError(f"{path} is written in a way that dapshim does not change by itself; add to {NAME}: {rule}")
    return after


def _put_in(text: str, rule: str, newline: str) -> str:
    found = _BEGIN.search(text)
    if found is None:
        end = "" if not text or text.endswith("\n") else newline
        return f"{text}{end}{NAME} = [{rule}]{newline}"
    rest = text[found.end() :]
    if rest.lstrip(" \t").startswith(("\n", "\r\n", "#")):
        # One rule a line: the new one stands on its own too, with the indent of the next.
        line, _, following = rest.partition("\n")
        indent = following[: len(following) - len(following.lstrip(" \t"))] if following.strip()[:1] == "{" else "    "
        return f"{text[: found.end()]}{line}\n{indent}{rule},{newline}{following}"
    return f"{text[: found.end()]}{rule}{'' if rest.lstrip().startswith(']') else ', '}{rest}"


def _rules(value: object) -> tuple[dict[str, str], ...]:
    rules = getattr(value, "value", ())
    return tuple(rules) if isinstance(rules, tuple) else ()


def _shortened(client: str, folder: str) -> str:
    if client == folder:
        return "."
    prefix = folder if folder.endswith("/") else f"{folder}/"
    return client.removeprefix(prefix) if client.startswith(prefix) else client


def _quoted(path: str) -> str:
    """Return a text of TOML; in double quotes a backslash would be an escape."""
    return f"'{path}'" if "\\" in path and "'" not in path else json.dumps(path, ensure_ascii=False)
