"""The lists of breakpoints that a client asks for, by its files, and those that the adapter gets, by recorded files. PURE.

DAP sets breakpoints file by file, each list in the place of the one before. One recorded file may be open under two paths of
the client's, and a file with `//line` directives is recorded under several names: so a list for the adapter is put together
from all lists of the client that have lines there, and its answers are handed back to whom they belong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from dapshim.sources.spelling import AdapterPath, ClientPath, key

_PLACE: Final = frozenset({"line", "column"})


@attrs.frozen
class Place:
    """Where the binary has a line of the client's."""

    path: AdapterPath
    line: int


@attrs.frozen
class Owner:
    """A breakpoint of the client's: its file, and which of that file's list."""

    client: ClientPath
    index: int


@attrs.frozen
class Merged:
    """A list for the adapter: its entries, and for each of them the client's that it stands for, the first one first.

    `refused` are the client's breakpoints at a place where another one of different conditions stands already: theirs -> that.
    """

    entries: tuple[dict[str, Any], ...] = ()
    owners: tuple[tuple[Owner, ...], ...] = ()
    refused: Mapping[Owner, Owner] = attrs.field(factory=dict)


@attrs.frozen
class _ClientList:
    entries: tuple[Mapping[str, Any], ...]
    places: tuple[Place | None, ...]

    @property
    def paths(self) -> tuple[AdapterPath, ...]:
        return tuple(dict.fromkeys(place.path for place in self.places if place is not None))


class BreakpointLists:
    """All lists of a session."""

    def __init__(self) -> None:
        self._lists: dict[ClientPath, _ClientList] = {}

    def put(
        self, client: ClientPath, entries: Sequence[Mapping[str, Any]], places: Sequence[Place | None]
    ) -> tuple[AdapterPath, ...]:
        """Take a list of the client's; return the recorded files whose lists are others now, or may be.

        `places` says of each entry where the binary has it, None for nowhere.
        """
        before = self._lists[client].paths if client in self._lists else ()
        self._lists[client] = _ClientList(tuple(entries), tuple(places))
        return tuple(dict.fromkeys((*self._lists[client].paths, *before)))

    def clients(self) -> tuple[ClientPath, ...]:
        """Return the client's files, in the order in which they were asked for first."""
        return tuple(self._lists)

    def entry(self, owner: Owner) -> Mapping[str, Any]:
        """Return what the client asked for."""
        return self._lists[owner.client].entries[owner.index]

    def place(self, owner: Owner) -> Place | None:
        """Return where the binary has it."""
        return self._lists[owner.client].places[owner.index]

    def merged(self, path: AdapterPath) -> Merged:
        """Return the list of a recorded file."""
        entries: list[dict[str, Any]] = []
        owners: list[list[Owner]] = []
        refused: dict[Owner, Owner] = {}
        taken: dict[tuple[object, object], int] = {}
        for client, wanted in self._lists.items():
            first = len(entries)
            for owner, entry in _at(path, client, wanted):
                place = entry.get("line"), entry.get("column")
                other = taken.get(place)
                # Of two in one list of the client's, Delve itself says that the breakpoint exists.
                if other is None or other >= first:
                    taken.setdefault(place, len(entries))
                    entries.append(entry)
                    owners.append([owner])
                elif _condition(entries[other]) == _condition(entry):
                    owners[other].append(owner)
                else:
                    refused[owner] = owners[other][0]
        return Merged(tuple(entries), tuple(map(tuple, owners)), refused)


def _at(path: AdapterPath, client: ClientPath, wanted: _ClientList) -> Iterable[tuple[Owner, dict[str, Any]]]:
    for index, (entry, place) in enumerate(zip(wanted.entries, wanted.places, strict=True)):
        if place is not None and key(place.path) == key(path):
            yield Owner(client, index), {**entry, "line": place.line}


def _condition(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in _PLACE and value not in (None, "")}
