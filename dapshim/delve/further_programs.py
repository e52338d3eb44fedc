"""The other executables of a session, each with a mapping of its own: plugins, libraries of Go, and children that are followed.

Delve 1.27.1 does not say which executable a frame is of. But a recorded path that the program itself has not can only be of
another one; so these are looked for when such a path is met, and not before: in /proc, by what the processes have mapped. An
executable that a process is about to run is known earlier, from who has stopped that process. Blocks: it is asked in the
mapping's thread.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from dapshim.delve.read_programs import ReadPrograms
    from dapshim.delve.source_map import SourceMap
    from dapshim.sources.answers import Answer
    from dapshim.sources.named_places import NamedPlace
    from dapshim.sources.spelling import AdapterPath, ClientPath

log = logging.getLogger(__name__)

LOADED: Final = "plugin.lastmoduleinit"
"""The function of Go's runtime that `plugin.Open` calls when the code of a plugin is there, and before its init() runs.

Go 1.16 to 1.27 (`runtime/plugin.go`); only programs that use the package `plugin` have it.
"""

FILES_MOST: Final = 200
"""Mapped files that are looked at; a C program with a large tool kit has some hundred."""

_MAPS_MOST: Final = 16 << 20


@attrs.define(eq=False)
class FurtherPrograms:
    """What one program's session has beside it."""

    programs: ReadPrograms
    pids: list[int] = attrs.field(factory=list)
    """The processes of the session that are this machine's, the program's own first."""
    _program: str = ""
    """The program's own executable, without links; a process may replace it."""
    _has_foreign: bool = False
    _expected: dict[str, Hashable] = attrs.field(factory=dict)
    _maps: dict[Hashable, SourceMap | None] = attrs.field(factory=dict)
    _recorded_by: dict[AdapterPath, SourceMap] = attrs.field(factory=dict)

    def is_beside(self, program: str) -> None:
        """Note the program's own executable; what /proc calls it is no name of it."""
        if not program.startswith("/proc/"):
            self._program = os.path.realpath(program)

    def note(self, pid: int) -> None:
        """Note a process."""
        if pid not in self.pids:
            self.pids.append(pid)
        executable = _executable(pid)
        self._program = self._program or executable
        self._has_foreign = self._has_foreign or executable != self._program

    def is_program(self, path: str) -> bool:
        """Whether an executable, without links, is the program's own, which may begin once more."""
        return bool(self._program) and path == self._program

    def expect(self, path: str) -> bool:
        """Note an executable that a process of the session is about to run; return whether that is another one than before."""
        stamp = _stamp(path)
        is_new = path != self._program and self._expected.get(path) != stamp
        if is_new:
            self._expected[path] = stamp
        return is_new

    @property
    def has_own_code(self) -> bool:
        """Whether there may be code of another program, which may have files of this one under other paths.

        A plugin has none: Go refuses one whose packages were compiled by other paths than the host's.
        """
        return self._has_foreign or bool(self._expected)

    def get_ready(self, made: SourceMap) -> None:
        """Read what there is beside the program, unless that was done."""
        for _ in self._others(made):
            pass

    def map_of(self, path: AdapterPath) -> SourceMap | None:
        """Return the mapping of the executable that gave this recorded path to a file of the client's; None: the program's."""
        return self._recorded_by.get(path)

    def to_client(self, made: SourceMap, path: AdapterPath) -> Answer[ClientPath]:
        """Return what a recorded path is to the client, by the mapping of the executable that records it."""
        from dapshim.sources.spelling import key

        for each in self._knowing(made, path):
            if key(path) in each.map.index.by_key:
                return each.map.to_client(path)
        return made.map.to_client(path)

    def to_adapter(self, made: SourceMap, path: ClientPath) -> Answer[AdapterPath]:
        """Return the recorded path of a file that the client has opened: the program's, else that of what it has beside it."""
        from dapshim.sources.answers import Reason

        answer = made.map.to_adapter(path)
        if answer.reason not in (Reason.NOT_LINKED, Reason.UNRELATED, Reason.NOT_IN_BUILD, Reason.AS_IT_IS):
            return answer
        return next(self._in_others(made, path), answer)

    def also_in(self, made: SourceMap, path: ClientPath, first: Answer[AdapterPath]) -> tuple[Answer[AdapterPath], ...]:
        """Return the other recorded paths of a file whose `first` one is known: those of further programs and libraries."""
        from dapshim.sources.spelling import key

        if first.path is None or not (self.has_own_code or not made.map.facts.recorded.files):
            return ()
        found = {key(first.path): first}
        for each in self._in_others(made, path):
            if each.path is not None:
                found.setdefault(key(each.path), each)
        return tuple(found.values())[1:]

    def named(self, made: SourceMap, path: str, line: int) -> NamedPlace:
        """Return where a typed place is: in the program, else in what it has beside it."""
        from dapshim.sources.answers import Reason
        from dapshim.sources.named_places import find_named

        found = find_named(made.map, path, line)
        is_known = found.answer is not None and found.answer.reason is not Reason.AS_IT_IS
        doubtful = found.refused and found.answer is None  # several files of the program may be meant
        if (found.place is not None and is_known) or doubtful:
            return found
        for each in self._others(made):
            other = find_named(each.map, path, line)
            if other.place is not None and other.answer is not None and other.answer.reason is not Reason.AS_IT_IS:
                self._recorded_by[other.place.path] = each
                return other
        return found

    def places_of(self, made: SourceMap, name: str, *, in_program: bool) -> list[tuple[AdapterPath, int]]:
        """Return where a function breakpoint of this name is in further programs, and `in_program` itself: as lines.

        A name that several functions of one program have is nowhere in that.
        """
        found = [_place_of(each, name) for each in (*((made,) if in_program else ()), *self._others(made))]
        return [*dict.fromkeys(each for each in found if each is not None)]

    def _in_others(self, made: SourceMap, path: ClientPath) -> Iterator[Answer[AdapterPath]]:
        from dapshim.sources.answers import Reason

        for each in self._others(made):
            found = each.map.to_adapter(path)
            if found.path is not None and found.reason is not Reason.AS_IT_IS:
                self._recorded_by[found.path] = each
                yield found

    def _knowing(self, made: SourceMap, path: AdapterPath) -> Iterator[SourceMap]:
        from dapshim.sources.spelling import key

        yield made
        if key(path) not in made.map.index.by_key:
            yield from self._others(made)

    def _others(self, made: SourceMap) -> Iterator[SourceMap]:
        for path in dict.fromkeys((*_mapped(self.pids, self._program), *self._expected)):
            stamp = _stamp(path)
            if stamp not in self._maps:
                self._maps[stamp] = self._read(made, path)
            found = self._maps[stamp]
            if found is not None:
                yield found

    def _read(self, made: SourceMap, path: str) -> SourceMap | None:
        from dapshim.binary.errors import BinaryError
        from dapshim.delve.program_reading import read_program
        from dapshim.delve.source_map import SourceMap
        from dapshim.sources.infer import infer

        try:
            program = read_program(path, self.programs)
        except BinaryError as error:
            log.debug("%s is not mapped: %s", path, error)
            return None
        facts = attrs.evolve(made.map.facts, recorded=program.recorded, program="")
        return SourceMap(infer(facts, program.index), program.code, (), program.table, program.text, program)


def _place_of(made: SourceMap, name: str) -> tuple[AdapterPath, int] | None:
    """Return the line at which Delve stops where it is told a function: that of its first instruction."""
    from dapshim.binary.errors import BinaryError
    from dapshim.diagnose.function_rules import matching
    from dapshim.sources.named_places import split_place
    from dapshim.sources.spelling import AdapterPath, key

    typed = split_place(name)
    if typed is not None:
        path = AdapterPath(typed[0])
        return (path, typed[1]) if key(path) in made.map.index.by_key else None
    files = made.map.facts.recorded.files
    last = name.rpartition(".")[2]
    near = {symbol: (file.path, line) for file in files for symbol, line in file.functions.items() if last in symbol}
    symbols = matching(name, tuple(near))
    if len(symbols) != 1 or symbols[0] not in near or made.code is None:
        return None
    recorded, begins = near[symbols[0]]
    try:
        lines = made.code.statement_lines(recorded)
    except BinaryError:
        return None
    line = next((each for each in lines if each >= begins > 0), None)
    return (AdapterPath(recorded), line) if line is not None else None


def _stamp(path: str) -> Hashable:
    """Return what tells a file from the one that was there before: a child may be built anew while its parent runs."""
    try:
        found = os.stat(path)  # noqa: PTH116 - texts, as everywhere on this way
    except OSError:
        return path
    return path, found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def _executable(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - texts, as everywhere on this way
    except OSError:
        return ""


def _mapped(pids: list[int], program: str) -> list[str]:
    """Return the files of which processes run code, but for the program's own."""
    found: dict[str, None] = {}
    for pid in pids:
        try:
            with open(f"/proc/{pid}/maps", "rb") as file:  # noqa: PTH123 - as above
                lines = file.read(_MAPS_MOST).splitlines()
        except OSError:
            continue
        for line in lines:
            fields = line.split(None, 5)
            if len(fields) == 6 and b"x" in fields[1] and fields[5].startswith(b"/"):  # noqa: PLR2004 - as in proc(5)
                found.setdefault(os.fsdecode(fields[5]))
    found.pop(program, None)
    return [*found][:FILES_MOST]
