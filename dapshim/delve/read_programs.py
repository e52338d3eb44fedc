"""What was read of executables, kept for all sessions of one dapshim: those of one program share it, and the next one finds it.

Nothing that is kept here changes, but for what is worked out at its first use, which is the same for whoever comes first; so it
may be asked from several threads. It knows no file and no message: who reads says by which key it may be found again, and a key
must tell one content from every other.

What a session uses is found as long as it is used. What nobody uses stays within the bounds, the last used first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import attrs

if TYPE_CHECKING:
    from dapshim.binary.files_of_code import FilesOfCode
    from dapshim.binary.pclntab import LineTable
    from dapshim.binary.recorded import Recorded
    from dapshim.sources.recorded_index import RecordedIndex

BYTES_MOST: Final = 48 << 20
"""Bytes that may be held for nobody: a program of 100 MB takes some 35 MiB, a small one less than two."""

ENTRIES_MOST: Final = 8
STAMPS_MOST: Final = 64

_TIMES_ITS_TABLE: Final = 3
_OF_A_FUNCTION: Final = 160
"""What the parts of a program take in memory, by the size of its line table and the number of its functions (measured)."""


@attrs.frozen(eq=False)
class ReadProgram:
    """What an executable records of its sources.

    `code` and `table` are None where names alone are known. `text` is the address in the file that the table's entries count
    from, None where nothing tells it.
    """

    recorded: Recorded
    index: RecordedIndex
    code: FilesOfCode | None = None
    table: LineTable | None = None
    text: int | None = None
    base: int = 0
    """The address of its first byte in the file, from which it is counted how far it was moved when it was loaded."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        if self.table is None:
            return _OF_A_FUNCTION * len(self.recorded.files)
        return _TIMES_ITS_TABLE * self.table.size + _OF_A_FUNCTION * self.table.header.functions


class ReadPrograms:
    """The programs, by their keys. For several threads."""

    def __init__(self, bytes_most: int = BYTES_MOST, entries_most: int = ENTRIES_MOST) -> None:
        self._bytes_most = bytes_most
        self._entries_most = entries_most
        self._guard = Lock()
        self._used: WeakValueDictionary[Hashable, ReadProgram] = WeakValueDictionary()
        self._kept: OrderedDict[Hashable, ReadProgram] = OrderedDict()
        self._stamps: OrderedDict[Hashable, Hashable] = OrderedDict()
        self._taken: dict[Hashable, Lock] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        with self._guard:
            return not self._used

    def get(self, key: Hashable) -> ReadProgram | None:
        """Return a program that was read before, None where it is not known any more."""
        with self._guard:
            return self._found(key)

    def of(self, key: Hashable, make: Callable[[], ReadProgram]) -> ReadProgram:
        """Return the program of a key, made where it is not there; who asks meanwhile waits for it. Raises what `make` does."""
        found = self.get(key)
        if found is not None:
            return found
        with self.turn(key):
            return self.get(key) or self.keep(key, make())

    @contextmanager
    def turn(self, key: Hashable) -> Iterator[None]:
        """Let one after the other work on what has this key."""
        with self._guard:
            taken = self._taken.setdefault(key, Lock())
        with taken:
            try:
                yield
            finally:
                with self._guard:
                    self._taken.pop(key, None)

    def keep(self, key: Hashable, program: ReadProgram) -> ReadProgram:
        """Keep what was read; return it, or what another session has read meanwhile."""
        with self._guard:
            found = self._found(key)
            if found is not None:
                return found
            self._used[key] = program
            self._hold(key, program)
            return program

    def stamped(self, stamp: Hashable) -> ReadProgram | None:
        """Return the program of a file that was looked at before, by what the disk says of it."""
        with self._guard:
            key = self._stamps.get(stamp)
            return self._found(key) if key is not None else None

    def stamp(self, stamp: Hashable, key: Hashable) -> None:
        """Note that a file of which the disk says this has the program of that key."""
        with self._guard:
            self._stamps[stamp] = key
            self._stamps.move_to_end(stamp)
            while len(self._stamps) > STAMPS_MOST:
                self._stamps.popitem(last=False)

    def _found(self, key: Hashable) -> ReadProgram | None:
        program = self._used.get(key)
        if program is not None:
            self._hold(key, program)
        return program

    def _hold(self, key: Hashable, program: ReadProgram) -> None:
        """Let it be there when nobody uses it, as far as the bounds allow."""
        self._kept[key] = program
        self._kept.move_to_end(key)
        held = sum(each.weight for each in self._kept.values())
        while self._kept and (held > self._bytes_most or len(self._kept) > self._entries_most):
            _, gone = self._kept.popitem(last=False)
            held -= gone.weight
