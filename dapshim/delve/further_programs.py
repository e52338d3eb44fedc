"""The other executables of a session, each with a mapping of its own: plugins, libraries of Go, and children that are followed.

Delve 1.27.1 does not say which executable a frame is of. But a recorded path that the program itself has not can only be of
another one; so these are looked for when such a path is met, and not before: in /proc, by what the processes have mapped.
Blocks: it is asked in the mapping's thread.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from dapshim.delve.read_programs import ReadPrograms
    from dapshim.delve.source_map import SourceMap
    from dapshim.sources.answers import Answer
    from dapshim.sources.spelling import AdapterPath, ClientPath

log = logging.getLogger(__name__)

FILES_MOST: Final = 200
"""Mapped files that are looked at; a C program with a large tool kit has some hundred."""

_MAPS_MOST: Final = 16 << 20


@attrs.define(eq=False)
class FurtherPrograms:
    """What one program's session has beside it."""

    programs: ReadPrograms
    pids: list[int] = attrs.field(factory=list)
    """The processes of the session that are this machine's, the program's own first."""
    _maps: dict[str, SourceMap | None] = attrs.field(factory=dict)

    def note(self, pid: int) -> None:
        """Note a process."""
        if pid not in self.pids:
            self.pids.append(pid)

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
        if answer.path is not None or answer.reason not in (Reason.NOT_LINKED, Reason.UNRELATED):
            return answer
        for each in self._others(made):
            found = each.map.to_adapter(path)
            if found.path is not None and found.reason is not Reason.AS_IT_IS:
                return found
        return answer

    def _knowing(self, made: SourceMap, path: AdapterPath) -> Iterator[SourceMap]:
        from dapshim.sources.spelling import key

        yield made
        if key(path) not in made.map.index.by_key:
            yield from self._others(made)

    def _others(self, made: SourceMap) -> Iterator[SourceMap]:
        for path in _mapped(self.pids):
            if path not in self._maps:
                self._maps[path] = self._read(made, path)
            found = self._maps[path]
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


def _mapped(pids: list[int]) -> list[str]:
    """Return the files of which processes run code, but for the program's own."""
    found: dict[str, None] = {}
    program = ""
    for pid in pids:
        try:
            program = program or os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - texts, as everywhere on this way
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
