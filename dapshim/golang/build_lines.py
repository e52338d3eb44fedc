"""`//go:build` and `// +build` lines: where they count, and whether they hold. PURE.

The rules are those of go/build and go/build/constraint as in Go 1.26.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(r"[ \t]*(\(|\)|!|&&|\|\||[\w.]+|$)")
_TAG: Final = re.compile(r"[\w.]+")
MAX_EXPRESSION: Final = 1000
"""Words of one expression; Go refuses more operands than that too."""

MAX_DEPTH: Final = 100
"""Parentheses within parentheses. Go bears more; nobody has written them."""

Holds = Callable[[str], bool]
"""Whether a tag holds."""


def why_not_built(header: bytes, holds: Holds) -> str | None:
    """Return the build line for which a file is not in the build, None when it is.

    `header` is the text up to the package clause, or beyond.

    Raises:
        ValueError: a `//go:build` line cannot be read, or there are two. Go refuses such a package.

    """
    go_build, plus_builds = _build_lines(header)
    if go_build is not None:
        return None if evaluate(go_build.removeprefix("//go:build"), holds) else go_build
    return next((line for line, text in plus_builds if not _evaluate_plus(text, holds)), None)


def _build_lines(header: bytes) -> tuple[str | None, list[tuple[str, str]]]:
    """Find the `//go:build` line, and the `// +build` lines, each with its expression, that stand where they count.

    The former count anywhere before the code; the latter only before the last blank line of the first run of `//` comments.
    """
    go_build: str | None = None
    plus: list[tuple[str, str]] = []
    counted, only_comments, within = 0, True, False
    for raw in header.split(b"\n"):
        line = raw.decode("utf-8", "replace").strip()
        if not line:
            counted = len(plus) if only_comments else counted
            continue
        if not line.startswith("//"):
            only_comments = False
        if not within and (line == "//go:build" or line.startswith(("//go:build ", "//go:build\t"))):
            if go_build is not None:
                raise ValueError("multiple //go:build comments")
            go_build = line
        elif only_comments and (text := _plus_build(line)) is not None:
            plus.append((line, text))
        within, code = _past_comments(line, within=within)
        if code:
            break
    return go_build, plus[:counted]


def _past_comments(line: str, *, within: bool) -> tuple[bool, bool]:
    """Return whether a /* comment is open behind this line, and whether there is code on it."""
    while line:
        if within:
            _, ended, line = line.partition("*/")
            within, line = not ended, line.strip()
        elif line.startswith("//"):
            break
        elif line.startswith("/*"):
            within, line = True, line[2:]
        else:
            return False, True
    return within, False


def _plus_build(line: str) -> str | None:
    text = line.removeprefix("//").strip()
    if not text.startswith("+build"):
        return None
    rest = text.removeprefix("+build")
    return rest.strip() if not rest or rest[0].isspace() else None


def _evaluate_plus(text: str, holds: Holds) -> bool:
    """Spaces are or, commas are and, ! is not; what is no tag is the tag `ignore`."""

    def term(word: str) -> bool:
        name = word.removeprefix("!")
        wrong = word == "!" or word.startswith("!!")
        return holds("ignore") if wrong else holds(name if _TAG.fullmatch(name) else "ignore") != word.startswith("!")

    clauses = text.split() or ["ignore"]
    return any(all(term(word) for word in clause.split(",")) for clause in clauses)


def evaluate(expression: str, holds: Holds) -> bool:
    """Evaluate the expression of a `//go:build` line.

    Raises:
        ValueError: it is none.

    """
    words = _words(expression)
    parser = _Parser(words, holds)
    value = parser.either()
    if parser.next:
        raise ValueError(f"parsing //go:build line: unexpected token {parser.next}")
    return value


def _words(expression: str) -> list[str]:
    words, at = [], 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None:
            raise ValueError(f"parsing //go:build line: invalid syntax at {expression[at:].lstrip()[:1]}")
        if found[1]:
            words.append(found[1])
        at = found.end()
    return words


class _Parser:
    """`||` below `&&` below `!`. Both sides are always read, so that a fault in the second is found."""

    def __init__(self, words: list[str], holds: Holds) -> None:
        if len(words) > MAX_EXPRESSION:
            raise ValueError("parsing //go:build line: build expression too large")
        self._words = iter([*words, ""])
        self._holds = holds
        self._depth = 0
        self.next = next(self._words)

    def _take(self) -> str:
        word, self.next = self.next, next(self._words, "")
        return word

    def either(self) -> bool:
        value = self._both()
        while self.next == "||":
            self._take()
            value = self._both() or value
        return value

    def _both(self) -> bool:
        value = self._unless()
        while self.next == "&&":
            self._take()
            value = self._unless() and value
        return value

    def _unless(self) -> bool:
        if self.next != "!":
            return self._atom()
        self._take()
        if self.next == "!":
            raise ValueError("parsing //go:build line: double negation not allowed")
        return not self._atom()

    def _atom(self) -> bool:
        word = self._take()
        if word == "(":
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise ValueError("parsing //go:build line: build expression too large")
            value = self.either()
            self._depth -= 1
            if self._take() != ")":
                raise ValueError("parsing //go:build line: missing close paren")
            return value
        if not word or not _TAG.fullmatch(word):
            raise ValueError(f"parsing //go:build line: unexpected {f'token {word}' if word else 'end of expression'}")
        return self._holds(word)
