"""All findings by file, from all who look; whoever is told hears of a file only when something changed there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dapshim.diagnose.placed import Placed

By = Mapping[str, tuple[Placed, ...]]
Tell = Callable[[str, tuple[Placed, ...]], None]


class Board:
    """One owner replaces what it said before, and nothing of another's."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._of: dict[str, By] = {}
        self._told: dict[str, tuple[Placed, ...]] = {}

    def put(self, owner: str, found: Iterable[Placed]) -> None:
        """Have these be what `owner` found; those without a file are left out."""
        by: dict[str, list[Placed]] = {}
        for each in found:
            if each.place is not None:
                by.setdefault(each.place.file, []).append(each)
        before = self._of.pop(owner, {})
        if by:
            self._of[owner] = {path: tuple(listed) for path, listed in by.items()}
        for path in dict.fromkeys([*before, *by]):
            self._tell_of(path)

    def by(self, owner: str) -> tuple[Placed, ...]:
        """Return what one of them found."""
        return tuple(each for listed in self._of.get(owner, {}).values() for each in listed)

    def of(self, path: str) -> tuple[Placed, ...]:
        """Return what was found in a file, each once."""
        every = (each for by in self._of.values() for each in by.get(path, ()))
        return tuple({(each.finding.code, each.finding.message, each.place): each for each in every}.values())

    def tell_again(self, path: str) -> None:
        """Tell of a file that was just opened, whatever was told before."""
        if self._told.pop(path, ()) or self.of(path):
            self._tell_of(path)

    def _tell_of(self, path: str) -> None:
        now = self.of(path)
        if now != self._told.get(path, ()):
            self._told[path] = now
            self._tell(path, now)
