"""What a program and Delve print names files by the editor's own paths."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import trio

from dapshim.proxy.shim import HIDE, PASS, Shim, Verdict, on
from dapshim.wire.bodies import OutputBody
from dapshim.wire.printed import printed

if TYPE_CHECKING:
    from dapshim.delve.source_map import SourceMap
    from dapshim.proxy.translated import Translator
    from dapshim.sources.spelling import AdapterPath, ClientPath
    from dapshim.sources.texts import TraceReader, Translate
    from dapshim.wire.messages import Message

HELD: Final = 0.2
"""Seconds that a text which may become a line of a trace is held back when nothing follows it."""

PRINTED_BEFORE: Final = 200
"""Texts after which nothing is waited for, since to look into a text costs more than to pass it."""

BREAKPOINTS_FIRST: Final = 0.1
"""Seconds that Delve's warning of a trimmed program waits, so that the client's breakpoints need not wait for it."""

LOOKED_UP_AT_ONCE: Final = 20
"""Files of the program's own that are looked up together; mostly the first is there."""

_PROGRAMS: Final = ("stdout", "stderr")
"""The categories of what a program prints."""

_TRIMMED: Final = "Warning: debugging executable built with trimpath"
"""Delve 1.27.1 says so after `initialized`: it finds no file of the person's. Here they are found."""


class PrintedPaths(Shim):
    """The trace of a panic, and the place of a log point, open in your files.

    Of what the program prints only the lines of Go's own traces change, and in them only a path that the binary has recorded.
    Where its files are found, Delve's warning of a `-trimpath` build is not shown: it is not true here.
    """

    stays_on = True

    def __init__(self, translator: Translator) -> None:
        self._map = translator.session_map
        self._translator = translator
        self._there = False
        self._printed = 0
        self._traces: dict[str, TraceReader] = {}
        self._words: Translate = lambda _path, _line: None

    @property
    def texts_stay(self) -> bool:
        """Whether what is printed can pass as it comes."""
        return self._map.nothing_to_translate and self.nothing_held

    @on.request("launch")
    @on.request("attach")
    async def begin(self, request: Message) -> None:
        """Show what is left of the program before."""
        if self._there and request.seq > 0:
            return  # Delve refuses a second one; that of a restart is an own call
        await self._end_traces()

    @on.response("launch")
    @on.response("attach")
    def note_program(self, response: Message) -> None:
        """Note that there is one."""
        self._there = self._there or response.success

    @on.event("initialized")
    async def begin_anew(self, _event: Message) -> None:
        """Show what is left of the program before."""
        await self._end_traces()

    def pass_plain_output(self, event: Message) -> bool:
        """Pass what a program prints that names no place and is no trace: nearly all of it, and there may be much."""
        self._printed += 1
        if self._printed == PRINTED_BEFORE:
            self._map.survey_wanted.set()
        said = printed(event)
        if said is None or said.source is not None or said.output == _TRIMMED:
            return False
        if said.category not in _PROGRAMS or self._map.made is None:
            return True
        reader = self._traces.get(said.category)
        return reader is not None and reader.passes(said.output)

    @on.event("output", unless="texts_stay", at_once="pass_plain_output")
    async def reword_output(self, event: Message) -> Verdict:
        """Give what was printed a place that can be opened; of a program's own text only the traces of Go's runtime change."""
        body = event.body
        await self._translator.places([body])
        category, text = body.get("category"), body.get("output")
        if text == _TRIMMED and category == "important":
            self.session.start(partial(self._warn_of_trimming, dict(body)))
            return HIDE
        if category not in _PROGRAMS or not isinstance(text, str) or not text or self._map.made is None:
            return PASS
        if isinstance(body.get("source"), dict):
            # A log point's text: Delve made it, so it is no part of a trace that the program prints.
            await self._show_held()
            return PASS
        reader = self._traces.get(category) or self._new_reader(category, self._map.made)
        self._words = await self._translator.words(reader.asks(text))
        body["output"] = reader.feed(text)
        if reader.held:
            self.session.start(partial(self._show_soon, reader.held))
        return PASS if body["output"] else HIDE

    async def _warn_of_trimming(self, body: dict[str, Any]) -> None:
        """Let Delve's warning through after all, where no file of the program's own is found by its trimmed path."""
        await trio.sleep(BREAKPOINTS_FIRST)
        if not await self._some_file_is_found():
            await self.session.emit("output", body)

    async def _some_file_is_found(self) -> bool:
        from dapshim.delve.mapped_sources import own_files

        own = await self._map.ask(own_files) or []
        for first in range(0, len(own), LOOKED_UP_AT_ONCE):
            answers = await self._map.client_paths(own[first : first + LOOKED_UP_AT_ONCE])
            if any(each.path is not None for each in answers.values()):
                return True
        return False

    @on.event("exited", unless="nothing_held")
    @on.event("terminated", unless="nothing_held")
    @on.event("stopped", unless="nothing_held")
    async def show_the_rest(self, _event: Message) -> None:
        """Show what was held back because it might have become a line of a trace."""
        await self._show_held()

    async def _show_soon(self, held: str) -> None:
        """Show what is held back when nothing follows: a program may wait for an answer to it."""
        await trio.sleep(HELD)
        await self._show_held(held)

    async def _end_traces(self) -> None:
        """Show what is held back as it is, since nobody may wait for a mapping here; the next program begins a line."""
        self._words = lambda _path, _line: None
        for category, reader in self._traces.items():
            if reader.held:
                await self.session.emit("output", OutputBody(output=reader.flush(), category=category), before=True)
        self._traces.clear()

    async def _show_held(self, only: str | None = None) -> None:
        """Show what is held back; with `only`, where it is still that."""
        for category, reader in [*self._traces.items()]:
            if not reader.held or only not in (None, reader.held):
                continue
            words = await self._translator.words(reader.asks(""))
            if only not in (None, reader.held):
                continue  # more was printed meanwhile
            self._words = words
            if shown := reader.flush():
                await self.session.emit("output", OutputBody(output=shown, category=category), before=True)

    @property
    def nothing_held(self) -> bool:
        """Whether all that was printed has been shown."""
        return not any(reader.held for reader in self._traces.values())

    def _word(self, path: AdapterPath, line: int | None) -> tuple[ClientPath, int | None] | None:
        return self._words(path, line)

    def _new_reader(self, category: str, made: SourceMap) -> TraceReader:
        from dapshim.sources.spelling import AdapterPath
        from dapshim.sources.texts import RecordedNames, TraceReader

        names = RecordedNames(AdapterPath(each.path) for each in made.map.facts.recorded.files)
        reader = self._traces[category] = TraceReader(names, self._word)
        return reader
