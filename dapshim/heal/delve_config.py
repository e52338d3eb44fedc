"""A copy of the person's configuration of Delve which names one more place to look for debug info.

Delve 1.27.1 takes `debug-info-directories` from `$XDG_CONFIG_HOME/dlv/config.yml`, else `~/.config/dlv/config.yml`, and offers
no other way. YAML is not parsed here: the one key is taken out of the text and written anew, all else stays as the person
wrote it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from dapshim.heal.store import StoreError, make_private

KEY: Final = "debug-info-directories"
DEFAULT_DIRECTORIES: Final = ("/usr/lib/debug/.build-id",)
"""Delve's own, where the configuration names none (1.27.1)."""

_CONFIG_MOST: Final = 1 << 20
_KEY: Final = re.compile(rf"(?m)^(?:{KEY}|'{KEY}'|\"{KEY}\")[ \t]*:")
_NEXT: Final = re.compile(r"(?m)^(?![ \t\r\n#\]-])")
_OTHER_DOCUMENT: Final = re.compile(r"(?m)^(?:---|\.\.\.|%|[ \t]*\{)")
_ITEM: Final = re.compile(r"(?m)^[ \t]*-[ \t]+(?P<item>.*?)[ \t]*$")
_SCALAR: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,\[\]{}#&*!|>'\"%@`][^,\[\]#\n]*")


def config_paths(environ: Mapping[str, str], homes: Sequence[str]) -> tuple[str, ...]:
    """Return where Delve 1.27.1 looks for its configuration on Linux; the first that is there counts.

    `homes` are the folders that may be its home: a dlv that was built with cgo asks the user database, another one `$HOME`.
    """
    if folder := environ.get("XDG_CONFIG_HOME", ""):
        return (f"{folder}/dlv/config.yml",)
    return tuple(f"{home}/.config/dlv/config.yml" for home in homes)


def outdated_config(homes: Sequence[str]) -> str:
    """Return the path of a configuration at Delve's old place; "" without one.

    Delve 1.27.1 moves it to `$XDG_CONFIG_HOME`, so a dlv that sees a copy would take it away from the person.
    """
    return next((path for home in homes if Path(path := f"{home}/.dlv/config.yml").exists()), "")


def with_directories(text: str, directories: Sequence[str]) -> str:
    """Return a configuration in which `directories` come before those that it has.

    One that is written as several documents or in braces is not understood; then the new one has nothing else.
    """
    found = _KEY.search(text)
    before, after = text, ""
    own: tuple[str, ...] = DEFAULT_DIRECTORIES
    if found is not None:
        following = _NEXT.search(text, found.end())
        end = following.start() if following is not None else len(text)
        before, after = text[: found.start()], text[end:]
        own = _listed(text[found.end() : end]) or own
    if _OTHER_DOCUMENT.search(before + after) or _KEY.search(after):
        before = after = ""
    line = f"{KEY}: {json.dumps([*directories, *own], ensure_ascii=False)}\n"
    if before and not before.endswith("\n"):
        before += "\n"
    return before + line + after


def _listed(value: str) -> tuple[str, ...]:
    """Return the texts of a list in brackets or in lines with dashes; () where it is none that is understood."""
    value = re.sub(r"(?m)^[ \t]*#.*$|[ \t]#.*$", "", value).strip()
    if value.startswith("["):
        items = [each[0] for each in _SCALAR.finditer(value.strip("[]"))]
    else:
        items = [each["item"] for each in _ITEM.finditer(value)]
    return tuple(filter(None, map(_scalar, items)))


def _scalar(text: str) -> str:
    text = text.strip()
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return text


def config_home(folder: str, environ: Mapping[str, str], homes: Sequence[str], directories: Sequence[str]) -> str:
    """Return a folder in `folder` that is to be dlv's XDG_CONFIG_HOME: the person's configuration with `directories` in it.

    It is named by what it holds, so that sessions with the same configuration share it and no other one is changed.

    Raises:
        StoreError: it cannot be written.

    """
    made = with_directories(_text(config_paths(environ, homes)), directories).encode()
    place = Path(folder, f"config-{hashlib.sha256(made).hexdigest()[:16]}", "dlv")
    try:
        make_private(place)
        descriptor, path = tempfile.mkstemp(prefix=".new-", dir=place)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(made)
        Path(path).replace(place / "config.yml")
    except OSError as error:
        raise StoreError(f"nothing can be written in {place}: {error.strerror}") from error
    return os.fspath(place.parent)


def _text(paths: Sequence[str]) -> str:
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                return file.read(_CONFIG_MOST).decode()
        except (OSError, UnicodeDecodeError):
            continue
    return ""
