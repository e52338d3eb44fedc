"""Which lines of a Go file take no breakpoint in a program that was built, and why; for an editor that shows the file.

A line counts on which a person would set one: a statement, or a function's own line. Blocks. What is read of a program is kept
as long as its file is the same one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Iterable, Mapping
from typing import Final

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import stamp_of
from dapshim.delve.breakpoint_reading import BreakpointReader
from dapshim.delve.go_command import GoCommand
from dapshim.delve.hollow import Why, answer_of
from dapshim.delve.program_reading import read_program
from dapshim.delve.read_programs import ReadPrograms
from dapshim.delve.source_map import Whereabouts, source_map_of, surroundings
from dapshim.delve.written_rules import written_rules
from dapshim.diagnose.breakpoint_facts import Asked
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.spelling import parent
from dapshim.golang.workspace import WorkspaceError
from dapshim.options.layers import Options, OptionsError
from dapshim.options.option_files import read_project
from dapshim.sources.regions import likely_lines
from dapshim.sources.spelling import ClientPath

RUNS_MOST: Final = 50
"""Lines of one file that are explained; of an optimised program there may be hundreds, and nobody reads them."""


@attrs.frozen
class Hollow:
    """The first of lines that follow each other and take no breakpoint, for one reason."""

    line: int
    why: Why


class BuiltLines:
    """Asked in threads, one question at a time."""

    def __init__(self, options: Options, environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ
        self._programs = ReadPrograms()
        self._turn = threading.Lock()
        self._kept: tuple[Hashable, BreakpointReader] | None = None

    def at(self, file: str, line: int, targets: Iterable[str], folder: str) -> Why | None:
        """Return why a line takes no breakpoint; None where it takes one, nobody would set one, or no target has the file.

        `targets` are executables, the one that counts first; those that are gone are passed over.
        """
        with self._turn:
            found = self._reader(file, targets, folder)
            if found is None or line not in found[2]:
                return None
            why = answer_of(Asked(file, line), found[0], found[1], built=True)
            return why if why.explanation.finding is not None else None

    def all(self, file: str, targets: Iterable[str], folder: str) -> list[Hollow]:
        """Return all lines of a file that take none, those that follow each other for one reason as one."""
        with self._turn:
            found = self._reader(file, targets, folder)
            if found is None:
                return []
            target, reader, likely, with_code = found
            hollow: list[Hollow] = []
            before = ("", 0)
            for line in sorted(likely - with_code):
                why = answer_of(Asked(file, line), target, reader, built=True)
                finding = why.explanation.finding
                if finding is None:
                    continue
                if before != (finding.code, line - 1):
                    hollow.append(Hollow(line, why))
                before = (finding.code, line)
                if len(hollow) == RUNS_MOST:
                    break
            return hollow

    def _reader(
        self, file: str, targets: Iterable[str], folder: str
    ) -> tuple[str, BreakpointReader, frozenset[int], frozenset[int]] | None:
        """Return the first target that has the file, its reader, the lines that a person may mean, and those with code."""
        for target in targets:
            try:
                reader = self._read(target, folder)
            except (BinaryError, OSError, WorkspaceError):
                continue
            code = reader.file_code(ClientPath(file))
            if code.text is not None and code.lines is not None and code.answer.path is not None and not code.answer.spans:
                return target, reader, likely_lines(code.text), code.lines
        return None

    def _read(self, target: str, folder: str) -> BreakpointReader:
        rules = written_rules(self._with_project(folder))
        pairs = tuple((each.client, each.adapter) for each in rules.rules)
        key = (target, folder, pairs, stamp_of(os.stat(target)))  # noqa: PTH116 - a text, as everywhere on this way
        if self._kept is None or self._kept[0] != key:
            where = Whereabouts((folder, parent(target)), self._environ, (ClientPath(folder),), rules=rules)
            around = surroundings(where, GoCommand(self._options["go"], CachedFiles(RealFiles())))
            made = source_map_of(read_program(target, self._programs), around)
            self._kept = key, BreakpointReader(made, target)
        return self._kept[1]

    def _with_project(self, folder: str) -> Options:
        try:
            return self._options.extended(read_project(folder))
        except OptionsError:
            return self._options  # the file itself shows what is wrong with it
