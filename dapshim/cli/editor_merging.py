"""An editor's configuration with dapshim's part in it: what is there stays to the letter, or the merge is refused.

Knows texts alone. Whether the result is what the editor can read is looked at before anybody writes it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, Final

from dapshim.diagnose.jsonc import Document, Node, comma_after, parse

_LEADING: Final = re.compile(r"(?:[ \t]*//[^\n]*\n)+")
_LISP: Final = re.compile(r""";[^\n]*|"(?:[^"\\]|\\.)*"|\?\\?.|\\.|[()\[\]]""", re.DOTALL)
_OPENING: Final = {")": "(", "]": "["}


class RefusedError(Exception):
    """The file is left alone; the message says why, for a person."""


def merged(editor: str, part: str, before: str | None) -> str:
    """Return the text of an editor's file with `part` in it; `before` is what it holds, None where there is none.

    The same text comes back when the part is there already.

    Raises:
        RefusedError: it cannot be put in without changing what is there.

    """
    return _MERGES[editor](part, before)


# -- JSON with comments ----------------------------------------------------------------------------


def _vscode(part: str, before: str | None) -> str:
    own = _LEADING.sub("", part, count=1)
    if before is None or not before.strip():
        return own
    document = _read(before)
    listed = document.root.get("configurations")
    if document.root.kind != "object" or (listed is not None and listed.kind != "array"):
        raise RefusedError('it has no list "configurations" at its top, so it is no launch.json')
    (configuration,) = json.loads(own)["configurations"]
    if listed is None:
        return _with_member(before, document.root, "configurations", [configuration])
    return _with_item(before, listed, configuration, ("debugServer", "name"))


def _zed(part: str, before: str | None) -> str:
    own = _LEADING.sub("", part, count=1)
    if before is None or not before.strip():
        return own
    document = _read(before)
    if document.root.kind != "array":
        raise RefusedError("it is no list at its top, so it is no debug.json of Zed")
    (configuration,) = json.loads(own)
    return _with_item(before, document.root, configuration, ("tcp_connection", "label"))


def _read(text: str) -> Document:
    document = parse(text)
    if document.faults:
        fault = document.faults[0]
        raise RefusedError(f"line {document.position(fault.start).line}: {fault.message}; mend that first")
    return document


def _with_item(text: str, listed: Node, value: Mapping[str, Any], same: tuple[str, str]) -> str:
    """Return the text with one more object in a list. `same`: with one of these alike, it counts as there, or as another's."""
    what, name = same
    for each in listed.items:
        plain = each.plain
        if isinstance(plain, dict) and plain.get(what) == value[what]:
            return text
        if isinstance(plain, dict) and plain.get(name) == value[name]:
            raise RefusedError(f'it has another configuration that is called "{value[name]}"')
    lead = _lead(text, listed.items[-1].start if listed.items else listed.start)
    indent = lead if listed.items else lead + "  "
    shown = _indented(value, indent)
    if not listed.items:
        inner = text[listed.start + 1 : listed.end - 1]
        return (
            f"{text[: listed.end - 1].rstrip() if not inner.strip() else text[: listed.end - 1]}\n{indent}{shown}\n{lead}]"
            + (text[listed.end :])
        )
    return _behind(text, listed.items[-1].end, f"\n{indent}{shown}")


def _with_member(text: str, root: Node, name: str, value: list[Mapping[str, Any]]) -> str:
    shown = json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\n  ")
    if not root.members:
        return f'{text[: root.start + 1]}\n  "{name}": {shown}\n{text[root.end - 1 :]}'
    return _behind(text, root.members[-1].value.end, f'\n  "{name}": {shown}')


def _behind(text: str, last: int, new: str) -> str:
    """Return the text with something new behind what ends at `last`; a comment on that line stays with it."""
    comma = comma_after(text, last)
    at = last if comma is None else comma + 1
    end = text.find("\n", at)
    rest = text[at : end if end >= 0 else len(text)].rstrip("\r")
    kept = rest if rest.lstrip().startswith("//") else ""
    place = at + len(kept)
    return f"{text[:at]}{',' if comma is None else ''}{kept}{new}{',' if comma is not None else ''}{text[place:]}"


def _lead(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _indented(value: object, indent: str) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", f"\n{indent}")


# -- TOML ------------------------------------------------------------------------------------------


def _helix(part: str, before: str | None) -> str:
    if before is None or not before.strip():
        return part
    try:
        there = tomllib.loads(before)
    except tomllib.TOMLDecodeError as error:
        raise RefusedError(f"it cannot be read: {error}; mend that first") from error
    own = tomllib.loads(part)
    if "dapshim" in there.get("language-server", {}):
        return before
    listed = there.get("language", [])
    names = {each.get("name") for each in listed if isinstance(each, dict)} if isinstance(listed, list) else set()
    both = [each["name"] for each in own["language"] if each["name"] in names]
    if both:
        # Helix lays one entry of a name over its own defaults; a second one of that name would count instead of yours.
        raise RefusedError(
            f'it has its own [[language]] for {", ".join(both)}: add "dapshim" to their language-servers by hand, '
            "as `dapshim config helix` shows"
        )
    after = f"{before.rstrip()}\n\n{part}"
    try:
        made = tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise RefusedError(f"what is in it and what is new do not go together: {error}") from error
    kept = {name: value for name, value in made.items() if name not in ("language", "language-server")}
    if kept != {name: value for name, value in there.items() if name not in ("language", "language-server")}:
        raise RefusedError("what is in it would not mean the same any more")
    return after


# -- Lua and Lisp ----------------------------------------------------------------------------------


def _neovim(part: str, before: str | None) -> str:
    """Neovim reads each file of its folder plugin/, so there is one of our own."""
    if before is None or not before.strip() or before == part:
        return part
    raise RefusedError("it has been changed by hand; take it away first, or add by hand what `dapshim config neovim` prints")


def _emacs(part: str, before: str | None) -> str:
    if before is None or not before.strip():
        return part
    if '"dapshim"' in before:
        return before
    why = unbalanced(before)
    if why:
        raise RefusedError(f"{why}, so that what follows would be part of it; mend that first")
    # The first line of a file alone can say what it is bound by.
    own = re.sub(r"[ \t]*-\*-.*?-\*-", "", part, count=1)
    return f"{before.rstrip()}\n\n{own}"


def unbalanced(text: str) -> str:
    """Say which bracket of an Emacs Lisp text has no other one; "" when all have."""
    open_: list[tuple[str, int]] = []
    for found in _LISP.finditer(text):
        mark = found[0]
        if mark in ("(", "["):
            open_.append((mark, text.count("\n", 0, found.start()) + 1))
        elif mark in _OPENING and (not open_ or open_.pop()[0] != _OPENING[mark]):
            return f"line {text.count(chr(10), 0, found.start()) + 1} has a {mark} too many"
    return f"the {open_[-1][0]} of line {open_[-1][1]} is not closed" if open_ else ""


_MERGES: Final[Mapping[str, Callable[[str, str | None], str]]] = {
    "emacs": _emacs,
    "helix": _helix,
    "neovim": _neovim,
    "vscode": _vscode,
    "zed": _zed,
}
