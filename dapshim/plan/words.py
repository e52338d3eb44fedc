"""Texts that are split into words: `args` as a shell would, `buildFlags` as Delve does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from dapshim.plan.outcome import PlanError

_SPACE: Final = re.compile(r"\s+")
_PIECE: Final = re.compile(
    r"""(?P<plain>[^\s'"\\]+)|'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)|(?P<lone>['"\\])""", re.DOTALL
)
_ESCAPE: Final = re.compile(r'\\(["\\$`\n])')


def split_args(text: str) -> list[str]:
    r"""Split `args` as a POSIX shell splits words: '…' is literal, in "…" a backslash escapes ", \, $ and `.

    Nothing is expanded: no variable, no pattern. A backslash that escapes nothing special stays, because Windows paths are
    written with it.

    Raises:
        PlanError: a quote does not end.

    """
    words: list[str] = []
    word: list[str] | None = None
    position = 0
    while position < len(text):
        space = _SPACE.match(text, position)
        if space is not None:
            if word is not None:
                words.append("".join(word))
                word = None
            position = space.end()
            continue
        found = _PIECE.match(text, position)
        if found is None:
            raise AssertionError("every character is a piece")
        word = word if word is not None else []
        word.append(_piece(found, text))
        position = found.end()
    if word is not None:
        words.append("".join(word))
    return words


def _piece(found: re.Match[str], text: str) -> str:
    if found["plain"] is not None:
        return found["plain"]
    if found["single"] is not None:
        return found["single"]
    if found["double"] is not None:
        return _ESCAPE.sub(r"\1", found["double"])
    if found["escaped"] is not None:
        return found["escaped"] if found["escaped"] in " \t\n'\"\\$`" else "\\" + found["escaped"]
    if found["lone"] == "\\":
        return "\\"
    raise PlanError(f'"args" has a {found["lone"]} that nothing closes, at character {found.start() + 1} of: {text}')


def split_build_flags(text: str) -> tuple[str, ...]:
    r"""Split `buildFlags` as Delve 1.27.1 does (`config.SplitQuotedFields`).

    On white space; what stands in '…' is kept together, and \' is a quote in it.
    """
    words: list[str] = []
    word = ""
    state = "space"
    for letter in text:
        if state == "escaped":
            word, state = word + letter, "quote"
        elif state == "quote":
            state = "word" if letter == "'" else "escaped" if letter == "\\" else "quote"
            word += letter if state == "quote" else ""
        elif letter == "'":
            state = "quote"
        elif letter.isspace():
            if state == "word":
                words.append(word)
            word, state = "", "space"
        else:
            word, state = word + letter, "word"
    if state != "space" and word:
        words.append(word)
    return tuple(words)


def join_build_flags(words: Iterable[str]) -> str:
    """Return the text that `split_build_flags` splits into these words."""
    return " ".join(word if word and not re.search(r"[\s']", word) else "'" + _escaped(word) + "'" for word in words)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "\\'")
