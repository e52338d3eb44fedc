"""Files that are not here open as texts; the files and modules of the program can be listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from dapshim.delve.capabilities import LISTS
from dapshim.proxy.shim import PASS, Answer, Refuse, Shim, Verdict, on

if TYPE_CHECKING:
    from dapshim.binary.recorded import RecordedFile
    from dapshim.delve.session_map import SessionMap
    from dapshim.delve.source_map import SourceMap
    from dapshim.sources.answers import Answer as Mapped
    from dapshim.sources.served import Served
    from dapshim.sources.spelling import AdapterPath, ClientPath
    from dapshim.wire.messages import Message

PATIENCE: Final = 5.0
"""Seconds that a question waits for the program to be read, or for the answers; after that Delve says that it cannot."""

ASKED_AT_ONCE: Final = 200
"""Recorded files that are looked up in one turn of the thread, about ten milliseconds, so that frames need not wait long."""


class LoadedSources(Shim):
    """Every frame opens, and the editor can list what the program was built from.

    A file that is nowhere on this machine (`_cgo_gotypes.go`, `_testmain.go`, the runtime of another Go, a module that was not
    downloaded) opens as a text that says what it is, which command gets it, and where its functions are. `loadedSources` lists
    every source file of the program and `modules` its Go modules with their versions; Delve 1.27.1 has neither.
    """

    def __init__(self, session_map: SessionMap, served: Served) -> None:
        """Share `served` with those who give frames their sources."""
        self._map = session_map
        self._served = served
        self._begun = False

    @on.response("initialize")
    def introduce(self, response: Message) -> None:
        """Say that the lists can be had."""
        if response.success:
            response.body.update(LISTS)

    @on.request("launch")
    @on.request("attach")
    def begin(self, request: Message) -> None:
        """Note that there will be a program: before, nobody need wait for one."""
        self._begun = True
        request.discard()

    @on.request("source")
    async def show(self, request: Message) -> Verdict:
        """Answer with the text of a file that is served."""
        arguments = request.arguments
        source = arguments.get("source")
        number = source.get("sourceReference") if isinstance(source, dict) else None
        number = number or arguments.get("sourceReference")
        path = self._served.recorded(number) if isinstance(number, int) else None
        if path is None or number is None:
            return PASS
        text = None
        if self._map.made is not None:
            text = await self._map.ask(lambda made: self._served.text(number, *_recorded_of(made, path)))
        # No `mimeType`: an editor that is told none takes the language from the name, which ends in `.go`, `.s` or `.c`.
        return Answer({"content": text or self._served.text(number) or ""})

    @on.request("loadedSources", budget=2 * PATIENCE)
    async def list_sources(self, _request: Message) -> Verdict:
        """List every recorded file."""
        found = await self._mapped()
        if found is None:
            return PASS
        from dapshim.sources.listing import loaded_sources

        made, answers = found
        # Not in a thread: who gives a frame its source may ask for a number meanwhile.
        return Answer({"sources": loaded_sources(made.map.index, answers, self._served)})

    @on.request("modules", budget=2 * PATIENCE)
    async def list_modules(self, request: Message) -> Verdict:
        """List the modules that were linked, or those that are asked for."""
        first, most = (request.arguments.get(name, 0) for name in ("startModule", "moduleCount"))
        for name, value in (("startModule", first), ("moduleCount", most)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                return Refuse(
                    f'"{name}" of a modules request must be a whole number from 0 on; it is {value!r}', show_user=False
                )
        found = await self._mapped()
        if found is None:
            return PASS
        from dapshim.sources.listing import modules

        made, answers = found
        # The name of a process of this machine is no place where a person finds anything.
        path = "" if self._map.path.startswith("/proc/") else self._map.path
        listed = modules(made.map.index, answers, path)
        return Answer({"modules": listed[first : first + most if most else None], "totalModules": len(listed)})

    async def _mapped(self) -> tuple[SourceMap, dict[AdapterPath, Mapped[ClientPath]]] | None:
        """Return the mapping, and what each recorded file is here; None where that is not known in time, or not at all."""
        if not self._begun:
            return None
        from dapshim.sources.spelling import AdapterPath

        with trio.move_on_after(PATIENCE):
            made = await self._map.ready()
            if made is None or not made.map.facts.recorded.files:
                return None
            paths = [AdapterPath(each.path) for each in made.map.facts.recorded.files]
            answers: dict[AdapterPath, Mapped[ClientPath]] = {}
            for at in range(0, len(paths), ASKED_AT_ONCE):
                answers |= await self._map.client_paths(paths[at : at + ASKED_AT_ONCE])
            return made, answers
        return None


def _recorded_of(made: SourceMap, path: AdapterPath) -> tuple[RecordedFile | None, tuple[int, ...]]:
    """Return what is recorded of a file, and the lines on which it has code, as far as they can be read."""
    from dapshim.binary.errors import BinaryError
    from dapshim.sources.spelling import key

    file = made.map.index.by_key.get(key(path))
    if file is None or made.code is None:
        return file, ()
    try:
        return file, made.code.statement_lines(file.path)
    except BinaryError:
        return file, ()
