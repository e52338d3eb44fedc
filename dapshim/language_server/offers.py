"""The remedies that were offered, each under a number: only these are ever carried out, whatever a client asks for.

A number stands for a value that a rule has made; what a client sends back is the number alone. Where a server counts from is
drawn by lot: a button that a client still shows of a server that is gone must not press another one here.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from dapshim.diagnose.deeds import RebuildDeed, TwinDeed
from dapshim.diagnose.finding import Remedy
from dapshim.diagnose.placed import Fix
from dapshim.language_server.texts import EditorTexts

REMEDY: Final = "dapshim.remedy"
"""The command that does a remedy; its argument is the number under which the remedy was offered."""
KEPT: Final = 2000
"""Remedies that can still be asked for; older ones are offered anew by the next list."""
_FIRST: Final = 2**30
"""Numbers begin at random below it. LSP 3.17: an integer has 31 bits."""
_NOT_FOR_DEBUGGING: Final = frozenset({"optimized", "no-dwarf", "partial-dwarf"})


@attrs.frozen
class Offer:
    """A remedy, and the texts that its edits were made for."""

    fix: Fix
    texts: Mapping[str, str] = attrs.field(factory=dict)


class Offers:
    """All of one client."""

    def __init__(self, texts: EditorTexts) -> None:
        self._texts = texts
        self._numbers = itertools.count(1 + secrets.randbelow(_FIRST))
        self._offers: dict[int, Offer] = {}
        self._known: dict[Fix, int] = {}

    def offer(self, fix: Fix) -> int | None:
        """Return the number of a remedy; None for one that only a person can do."""
        if fix.deed is None and not fix.edits:
            return None
        files = dict.fromkeys(each.file for each in fix.edits)
        made = Offer(fix, {file: self._texts.text(file) or "" for file in files})
        number = self._known.get(fix)
        if number is None:
            number = self._known[fix] = next(self._numbers)
        self._offers[number] = made
        while len(self._offers) > KEPT:
            oldest = next(iter(self._offers))
            del self._known[self._offers.pop(oldest).fix]
        return number

    def get(self, number: object) -> Offer | None:
        """Return the remedy of a number, None when there is none."""
        return self._offers.get(number) if isinstance(number, int) and not isinstance(number, bool) else None

    def as_json(self, fix: Fix) -> dict[str, Any]:
        """Return a remedy as the control plane answers it: `number` where dapshim can do it."""
        number = self.offer(fix)
        shown: dict[str, Any] = {"title": fix.title, "command": fix.command}
        return shown if number is None else {**shown, "number": number}


def fixes_of(remedies: Iterable[Remedy]) -> tuple[Fix, ...]:
    """Return the remedies of a finding that stands in no file."""
    return tuple(Fix(each.title, each.command, deed=each.deed) for each in remedies)


def with_twin(code: str, fixes: tuple[Fix, ...]) -> tuple[Fix, ...]:
    """Add to the remedies of an executable that is not built for debugging that a twin of it can be debugged."""
    for each in fixes:
        if code in _NOT_FOR_DEBUGGING and isinstance(each.deed, RebuildDeed):
            title = "Or debug a build of it without optimisation, and leave the file as it is"
            return (*fixes, Fix(title, deed=TwinDeed(each.deed.path, each.deed.directory)))
    return fixes
