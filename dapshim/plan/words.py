"""Texts that are split into words: `args` as a shell would, `buildFlags` as Delve does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from dapshim.plan.outcome import PlanError

_PIECE: Final = re.compile(
    r"""(?P<space>[ \t\r\n]+)|(?P<plain>[^ \t\r\n'"\\]+)|'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)"""
    r"""|(?P<lone>['"\\])""",
    re.DOTALL,
)
"""Every character of a text belongs to one piece. Only what a shell takes for white space divides words."""
_GO_SPACE: Final = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""Go's unicode.IsSpace; Python's isspace takes four control characters more."""
_NEEDS_QUOTES: Final = _GO_SPACE | {"'"}
"""What no word has that stands in `buildFlags` without quotes."""
_QUOTED_WORD: Final = re.compile(r'(?:-{1,2}[A-Za-z]\w*=)?"')
"""A flag has no such name or value that go would take."""
_ESCAPE: Final = re.compile(r'\\(["\\$`\n])')


def split_args(text: str) -> list[str]:
    r"""Split `args` as a POSIX shell splits words: '…' is literal, in "…" a backslash escapes ", \, $ and `.

    Nothing is expanded: no variable, no pattern. A backslash that escapes nothing special stays, because Windows paths are
    written with it.

    Raises:
        PlanError: a quote does not end.

    """
    words: list[str] = []
    word: list[str] = []
    begun = False
    for found in _PIECE.finditer(text):
        if found["space"] is None:
            word.append(_piece(found, text))
            begun = True
        elif begun:
            words.append("".join(word))
            word, begun = [], False
    return [*words, "".join(word)] if begun else words


def _piece(found: re.Match[str], text: str) -> str:
    if found["plain"] is not None:
        return found["plain"]
    if found["single"] is not None:
        return found["single"]
    if found["double"] is not None:
        return _ESCAPE.sub(r"\1", found["double"])
    if found["escaped"] is not None:
        return found["escaped"] if found["escaped"] in " \t\r\n'\"\\$`" else "\\" + found["escaped"]
    if found["lone"] == "\\":
        return "\\"
    raise PlanError(f'"args" has a {found["lone"]} that nothing closes, at character {found.start() + 1} of: {text}')


def split_build_flags(text: str) -> tuple[str, ...]:
    r"""Split `buildFlags` as Delve 1.27.1 does (`config.SplitQuotedFields`).

    On white space; what stands in '…' is kept together, and a backslash in it takes the next character as it is. Nothing is
    refused: a quote that nothing closes ends with the text, and when it is empty it is no word.
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
        elif letter in _GO_SPACE:
            if state == "word":
                words.append(word)
            word, state = "", "space"
        else:
            word, state = word + letter, "word"
    if state == "word" or word:
        words.append(word)
    return tuple(words)


def split_as_shell(text: str) -> tuple[str, ...] | None:
    """Split `buildFlags` that have a word, or the value of a flag, in "…"; None when none is, or a quote does not end."""
    if not any(map(_QUOTED_WORD.match, split_build_flags(text))):
        return None
    try:
        return tuple(split_args(text))
    except PlanError:
        return None


def join_build_flags(words: Iterable[str]) -> str:
    """Return the text that `split_build_flags` splits into these words."""
    return " ".join(word if word and _NEEDS_QUOTES.isdisjoint(word) else _quoted(word) for word in words)


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"
