"""What is known of code that is not there yet: which breakpoints that Delve could not set may be set later.

From Delve's words, and from the line table of the program as it is mapped. Knows no session; what reads the table runs in the
mapping's thread.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import trio

from dapshim.delve.further_programs import LOADED

if TYPE_CHECKING:
    from dapshim.delve.session_map import SessionMap
    from dapshim.delve.source_map import SourceMap

T = TypeVar("T")

PATIENCE: Final = 2.0
"""Seconds that a function that is not set waits for the program to be known: its name does not say whether it may come."""

SUSPENDED: Final = "unable to set breakpoint"
"""Delve 1.27.1 has a `plugin.Open` or followExec, and looks again by itself where it can tell that code was loaded."""

TWO_PROCESSES: Final = "mismatched length in addrs"
"""How Delve 1.27.1 refuses a function while there is more than one process."""

_NO_FILE: Final = "could not find file "
_NO_STATEMENT: Final = "could not find statement at "
_NO_LOCATION: Final = "location "
_NOT_FOUND: Final = " not found"
_STRIPPED: Final = "binary is stripped"


class Hope(enum.Enum):
    """When a breakpoint that is not set may be."""

    NEVER = "never"
    EXPECTED = "expected"
    """The program has that code: whoever said that it has not was too early."""
    LOADED = "loaded"
    """Code may be loaded that has it."""
    MAPPED = "mapped"
    """The program's files are not known yet."""


class LateCode:
    """What one session knows of its program; `begin` starts anew with each."""

    def __init__(self, session_map: SessionMap) -> None:
        self._map = session_map
        self.follows_exec = False
        """Whether Delve follows children, and a program that replaces itself."""

    @property
    def is_mapped(self) -> bool:
        """Whether the program's files are known, or never will be."""
        return self._map.is_ready

    def went_as_it_came(self, path: str) -> bool:
        """Whether the last list of a file of the client's went to Delve without its recorded path."""
        return path in self._map.untranslated

    async def mapped(self) -> bool:
        """Wait until the program's files are known; False: they never will be."""
        return await self._map.ready() is not None

    @property
    def is_go(self) -> bool | None:
        """Whether the program was made by Go; None where that is not known."""
        made = self._map.made
        return None if made is None else made.code is not None or bool(made.map.facts.recorded.files)

    @property
    def loads_plugins(self) -> bool:
        """Whether the program can open plugins."""
        return self._address(LOADED) is not None

    @property
    def replaces_itself(self) -> bool:
        """Whether the program may replace itself by another image, and Delve does not follow."""
        from dapshim.delve.replacing import EXEC

        return not self.follows_exec and self._address(EXEC) is not None

    @property
    def may_load(self) -> bool:
        """Whether code may come that is not in the program."""
        return self.follows_exec or self.loads_plugins or self.is_go is False

    async def hope(self, command: str, path: str, entry: Mapping[str, Any], answer: Mapping[str, Any]) -> Hope:
        """Say when an entry of a list may be set that was answered so; `path` is as Delve spells it."""
        text, line = str(answer.get("message", "")), entry.get("line")
        if _STRIPPED in text or not text.startswith((SUSPENDED, _NO_FILE, _NO_STATEMENT, _NO_LOCATION, TWO_PROCESSES)):
            return Hope.NEVER
        if command == "setBreakpoints":
            return await self._hope_of_line(path, line, text)
        if command == "setFunctionBreakpoints" and text.startswith(TWO_PROCESSES):
            return Hope.LOADED
        if command != "setFunctionBreakpoints" or not text.endswith(_NOT_FOUND):
            return Hope.NEVER
        with trio.move_on_after(PATIENCE):
            await self._map.ready()
        if self._address(str(entry.get("name", ""))) is not None:
            return Hope.EXPECTED
        return Hope.LOADED if self.may_load else Hope.NEVER

    async def _hope_of_line(self, path: str, line: object, text: str) -> Hope:
        if not self.is_mapped or self.went_as_it_came(path):
            return Hope.MAPPED
        if isinstance(line, int) and await self._ask(lambda made: _has_line(made, path, line)):
            return Hope.EXPECTED
        # Another program may have other code of a file that this one has; a plugin has not.
        comes = self.follows_exec or (self.may_load and not self._has_file(path))
        return Hope.LOADED if comes or (text == SUSPENDED and self._map.made is None) else Hope.NEVER

    @property
    def lacks_process(self) -> bool:
        """Whether nobody has told which process of this machine the program is."""
        return self._map.lacks_process

    def note_processes(self, pids: Iterable[int]) -> None:
        """Note processes of the session that run on this machine."""
        for pid in pids:
            self._map.note_process(pid)

    async def read_further(self) -> None:
        """Read the executables that the session's processes run code of, so that who asks next waits for none."""
        await self._ask(self._map.further.get_ready)

    def will_run(self, path: str) -> bool:
        """Note an executable that a process of the session is about to run; return whether it is news."""
        return self._map.further.expect(path)

    def is_program(self, path: str) -> bool:
        """Whether an executable is the program's own, which begins once more."""
        return self._map.further.is_program(path)

    async def places_of(self, function: str, *, in_program: bool) -> list[tuple[str, int]]:
        """Return where a function is in the further programs of the session, and `in_program` itself: as recorded lines."""
        further = self._map.further
        found = await self._ask(lambda made: further.places_of(made, function, in_program=in_program))
        return [(str(path), line) for path, line in found or ()]

    def entry_of(self, function: str) -> str | None:
        """Return the address of a function's first instruction, as an instruction breakpoint wants it."""
        address = self._address(function)
        return None if address is None else hex(address)

    def _address(self, function: str) -> int | None:
        return self._map.made.address_of(function) if self._map.made is not None else None

    def _has_file(self, path: str) -> bool:
        from dapshim.sources.spelling import AdapterPath, key

        made = self._map.made
        return made is not None and key(AdapterPath(path)) in made.map.index.by_key

    async def _ask(self, question: Callable[[SourceMap], T]) -> T | None:
        return await self._map.ask(question) if self._map.made is not None else None


def _has_line(made: SourceMap, path: str, line: int) -> bool:
    from dapshim.binary.errors import BinaryError

    try:
        return made.code is not None and line in made.code.statement_lines(path)
    except BinaryError:
        return False
