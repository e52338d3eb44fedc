"""The lists of breakpoints that a client asks for, by its files, and those that the adapter gets, by recorded files. PURE.

DAP sets breakpoints file by file, each list in the place of the one before. One recorded file may be open under two paths of
the client's, and a file with `//line` directives is recorded under several names: so a list for the adapter is put together
from all lists of the client that have lines there, and its answers are handed back to whom they belong.

A list never changes: when the client sends another one for a file, that is a new `ClientList`, so that the answer to a request
fits the list that was asked for, also when the next one is on its way already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from dapshim.sources.spelling import AdapterPath, ClientPath, key

_PLACE: Final = frozenset({"line", "column"})


@attrs.frozen
class Place:
    """Where the binary has a line of the client's."""

    path: AdapterPath
    line: int


@attrs.frozen(eq=False)
class ClientList:
    """All breakpoints of one file, as the client asked for them once; `places` says of each where the binary has it.

    `also` are the paths by which other executables of the session record the same file: each breakpoint stands there too, on
    the same line. `why` is what to say of one that is nowhere in the binary, and `stale` what to say of the others where the
    file's text is not the one that was compiled.
    """

    client: ClientPath
    entries: tuple[Mapping[str, Any], ...]
    places: tuple[Place | None, ...]
    why: str = ""
    stale: str = ""
    also: tuple[AdapterPath, ...] = ()

    @property
    def paths(self) -> tuple[AdapterPath, ...]:
        """The recorded files that have lines of it."""
        return tuple(dict.fromkeys(place.path for owner in self.owners for place in owner.places))

    @property
    def owners(self) -> tuple[Owner, ...]:
        """Its breakpoints."""
        return tuple(Owner(self, index) for index in range(len(self.entries)))


@attrs.frozen
class Owner:
    """A breakpoint of the client's: one of a list."""

    list: ClientList
    index: int

    @property
    def client(self) -> ClientPath:
        """The client's file."""
        return self.list.client

    @property
    def entry(self) -> Mapping[str, Any]:
        """What the client asked for."""
        return self.list.entries[self.index]

    @property
    def place(self) -> Place | None:
        """Where the binary has it."""
        return self.list.places[self.index]

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it stands: the binary's place, and behind it those in other executables."""
        own, line = self.place, self.entry.get("line")
        also = tuple(Place(path, line) for path in self.list.also) if isinstance(line, int) else ()
        return also if own is None else (own, *also)

    def place_in(self, path: AdapterPath) -> Place | None:
        """Return where it stands in a recorded file; its own place where it does not, as of a list that went as it came."""
        return next((each for each in self.places if key(each.path) == key(path)), self.place)


@attrs.frozen
class Merged:
    """A list for the adapter: its entries, and for each of them the client's that it stands for, the first one first.

    `refused` are the client's breakpoints at a place where another one of different conditions stands already: theirs -> that.
    """

    entries: tuple[dict[str, Any], ...] = ()
    owners: tuple[tuple[Owner, ...], ...] = ()
    refused: Mapping[Owner, Owner] = attrs.field(factory=dict)

    @property
    def is_shared(self) -> bool:
        """Whether breakpoints of several of the client's files are in it."""
        return len({owner.client for owners in (*self.owners, tuple(self.refused)) for owner in owners}) > 1


class BreakpointLists:
    """All lists of a session."""

    def __init__(self) -> None:
        self._lists: dict[ClientPath, ClientList] = {}

    def put(self, wanted: ClientList) -> tuple[AdapterPath, ...]:
        """Take a list of the client's; return the recorded files whose lists are others now, or may be."""
        before = self._lists.get(wanted.client)
        self._lists[wanted.client] = wanted
        return tuple(dict.fromkeys((*wanted.paths, *(before.paths if before is not None else ()))))

    def last(self, client: ClientPath) -> ClientList | None:
        """Return the list that a file of the client's has."""
        return self._lists.get(client)

    def all(self) -> list[ClientList]:
        """Return the lists that there are now."""
        return [each for each in self._lists.values() if each.entries]

    def holds(self, owner: Owner) -> bool:
        """Whether a breakpoint is of its file's last list."""
        return self._lists.get(owner.client) is owner.list

    def merged(self, path: AdapterPath) -> Merged:
        """Return the list of a recorded file."""
        entries: list[dict[str, Any]] = []
        owners: list[list[Owner]] = []
        refused: dict[Owner, Owner] = {}
        taken: dict[int, int] = {}
        for wanted in self._lists.values():
            first = len(entries)
            for owner, entry in _at(path, wanted):
                line = entry["line"]  # alone: Delve 1.27.1 does not look at the column
                other = taken.get(line)
                # Of two in one list of the client's, Delve itself says that the breakpoint exists.
                if other is None or other >= first:
                    taken.setdefault(line, len(entries))
                    entries.append(entry)
                    owners.append([owner])
                elif _condition(entries[other]) == _condition(entry):
                    owners[other].append(owner)
                else:
                    refused[owner] = owners[other][0]
        return Merged(tuple(entries), tuple(map(tuple, owners)), refused)


def as_it_is(wanted: ClientList) -> Merged:
    """Return a list for the adapter that is the client's own, where the binary has none of its lines."""
    return Merged(tuple(dict(entry) for entry in wanted.entries), tuple((owner,) for owner in wanted.owners))


def _at(path: AdapterPath, wanted: ClientList) -> Iterable[tuple[Owner, dict[str, Any]]]:
    for owner in wanted.owners:
        for place in owner.places:
            if key(place.path) == key(path):
                yield owner, {**owner.entry, "line": place.line}
                break


def _condition(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in _PLACE and value not in (None, "")}
