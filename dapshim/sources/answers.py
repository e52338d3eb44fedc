"""What a PathMap answers: a path or none, why, and a sentence for a person."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

import attrs

from dapshim.sources.spelling import AdapterPath, ClientPath

P = TypeVar("P", ClientPath, AdapterPath)


class Reason(StrEnum):
    """Why an answer is what it is: those above the line come with a path, those below it without."""

    EXACT = "exact"
    SAME_FILE = "same file"
    MODULE = "module"
    REPLACED = "replaced module"
    VENDOR = "vendor"
    CACHE = "module cache at its version"
    GOROOT = "GOROOT"
    GOPATH = "GOPATH"
    OVERLAY = "overlay"
    LINE = "//line"
    RULE = "rule"
    FOUND = "the only file with these functions"
    AS_IT_IS = "as it is"
    """Nothing is recorded, so nothing is known: the path is passed on."""
    # ----
    AMBIGUOUS = "ambiguous"
    NOT_LINKED = "not linked"
    NOT_IN_BUILD = "file not in the build"
    OTHER_VERSION = "other version"
    OTHER_PROJECT = "another project's file"
    REPLACED_BY_OVERLAY = "replaced by overlay"
    HIDDEN = "hidden by a rule"
    SYNTHETIC = "no source"
    MISSING = "not on this machine"
    UNRELATED = "in no module"


@attrs.frozen
class Span:
    """Lines of the asked file that are recorded elsewhere, by `//line`: `first` to `last` are `path`'s from `line` on."""

    first: int
    last: int
    path: AdapterPath
    line: int


@attrs.frozen
class Answer(Generic[P]):
    """`path` is None exactly when `sentence` says why there is none; it may say more where there is one.

    `others` are the paths between which nothing decides, spelt as `path` would be. `spans` are set for a file with `//line`:
    use `at`. `rule` is what settles it where nothing decides: a path of this machine, and the one that is recorded for it.
    """

    path: P | None
    reason: Reason
    sentence: str = ""
    others: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    rule: tuple[str, str] | None = None

    def at(self, line: int) -> tuple[str, int] | None:
        """Return the recorded path and line of a line of the asked file, None when that is recorded nowhere."""
        for span in self.spans:
            if span.first <= line <= span.last:
                return span.path, span.line + line - span.first
        return (self.path, line) if self.path is not None else None
