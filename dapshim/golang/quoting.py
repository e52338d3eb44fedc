"""GOFLAGS and the like: words with quotes around them, as cmd/internal/quoted reads and writes them (Go 1.26). PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_SPACE: Final = " \t\n\r"
_WORD: Final = re.compile(r"[^ \t\n\r]+")


def split_flags(text: str) -> tuple[str, ...]:
    """Return the words. A word may stand in '' or "" as a whole; quotes further inside are characters, nothing is unescaped.

    Raises:
        ValueError: a quoted word does not end.

    """
    words = []
    at = 0
    while at < len(text):
        character = text[at]
        if character in _SPACE:
            at += 1
        elif character in "\"'":
            end = text.find(character, at + 1)
            if end < 0:
                raise ValueError(f"unterminated {character} string")
            words.append(text[at + 1 : end])
            at = end + 1
        else:
            found = _WORD.match(text, at)
            end = found.end() if found is not None else len(text)
            words.append(text[at:end])
            at = end
    return tuple(words)


def quote_flag(word: str) -> str:
    """Return the word so that `split_flags` gives it back; quoted only if it must be.

    The empty word is quoted too, where Go would lose it.

    Raises:
        ValueError: it holds both kinds of quotes and must be quoted, which cannot be written.

    """
    single, double = "'" in word, '"' in word
    if word and not single and not double and not any(each in _SPACE for each in word):
        return word
    if not single:
        return f"'{word}'"
    if not double:
        return f'"{word}"'
    raise ValueError(f"{word!r} holds both ' and \" and cannot be written in GOFLAGS")


def join_flags(words: Iterable[str]) -> str:
    """Return the words as one text that `split_flags` reads.

    Raises:
        ValueError: one of them cannot be quoted.

    """
    return " ".join(quote_flag(each) for each in words)


def flag_value(flags: Iterable[str], name: str) -> str | None:
    """Return the value of the last `-name=value` or `--name=value`, "true" for a bare one, None when there is none."""
    value = None
    for each in flags:
        head, equals, tail = each.partition("=")
        if head in (f"-{name}", f"--{name}"):
            value = tail if equals else "true"
    return value
