"""Gathers what the rules about breakpoints by line look at, from the mapping of a program and from this machine's files.

Blocks: sources and the executable's table are read. It knows no message, and no session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

import attrs

from dapshim.binary.errors import BinaryError
from dapshim.binary.files_of_code import FilesOfCode
from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import read_executable
from dapshim.binary.recorded import BuildInfo
from dapshim.delve.source_map import SourceMap
from dapshim.diagnose.breakpoint_facts import (
    OPENS_PLUGINS,
    Asked,
    Importers,
    LineFacts,
    ProgramFacts,
)
from dapshim.diagnose.function_rules import matching
from dapshim.golang.build_context import BuildContext
from dapshim.golang.files import Files
from dapshim.golang.runtime_packages import is_always_optimized
from dapshim.golang.source_files import go_file_names, read_head
from dapshim.golang.spelling import join, parent
from dapshim.sources.answers import Answer, Reason
from dapshim.sources.go_text import GoText
from dapshim.sources.regions import function_at
from dapshim.sources.resolution import MAX_SOURCE
from dapshim.sources.spelling import AdapterPath, ClientPath, base, key
from dapshim.sources.stale import compare

if TYPE_CHECKING:
    from dapshim.golang.importers import ImportReader

FILES_MOST: Final = 200
"""Other files of a package that are read for the names in it."""


@attrs.frozen
class FileCode:
    """A local file and its code in a program, by the local file's lines; see `LineFacts`."""

    answer: Answer[AdapterPath]
    text: GoText | None = None
    lines: frozenset[int] | None = None
    begun: frozenset[int] | None = None
    inlined: frozenset[int] | None = None
    stale: str = ""
    imports_c: bool = False


class LineReader:
    """Answers for one program. Not for several threads at once; a file's text is read anew each time, for it is edited."""

    def __init__(self, made: SourceMap, path: str = "", *, stripped: bool | None = None, is_open: bool = False) -> None:
        """`is_open`: the executable is not closed while this is asked, so that it need not be opened again."""
        self._made = made
        self._is_open = is_open
        self._path = path
        self._stripped = stripped
        # A file is asked about many times, and what the program has of it stays.
        self._known_lines: dict[AdapterPath, frozenset[int]] = {}
        self._known_inlined: dict[tuple[AdapterPath, ...], dict[AdapterPath, frozenset[int]] | None] = {}
        self._known_c: dict[AdapterPath, frozenset[int]] = {}
        self._texts: dict[ClientPath, GoText] = {}

    @cached_property
    def _files(self) -> Files:
        """The machine's files, past what the mapping remembers of them."""
        files = self._made.map.facts.files
        source = getattr(files, "source", files)
        assert source is not None  # noqa: S101 - a cache is one of something
        return source

    # -- by line -----------------------------------------------------------------------------------------------------------

    def line_facts(self, asked: Asked, *, programs: bool = True) -> LineFacts:
        """Return what is known of a breakpoint by line; `programs`: look at the workspace's other ones if need be."""
        code = self.file_code(ClientPath(asked.file))
        importers = self._importers(asked.file) if programs and code.answer.reason is Reason.NOT_LINKED else None
        package = self._package(code.answer)
        return LineFacts(
            asked,
            self.program(package, asked.delves),
            code.answer,
            code.text,
            code.lines,
            code.begun,
            code.inlined,
            code.stale,
            importers,
            code.imports_c,
            self._written_at(code.text, asked.line, package),
        )

    def _written_at(self, text: GoText | None, line: int, package: str) -> str:
        """Return where the code of a function is that a line only declares, as FILE:LINE; "" where it is not known."""
        function = function_at(text, line) if text is not None else None
        if function is None or function.has_body or not package:
            return ""
        for symbol in (f"{package}.{function.name}", f"main.{function.name}"):
            path, _ = self.place_of(symbol)
            client = self._made.map.to_client(AdapterPath(path)).path if path else None
            local = self._text(client) if client is not None else None
            begins = next((each.first for each in local.functions if each.name == function.name), 0) if local else 0
            if begins:
                return f"{client}:{begins}"
        return ""

    def file_code(self, client: ClientPath) -> FileCode:
        """Return a file's text, and which of its lines have code."""
        answer, text, recorded = self._statements(client)
        imports_c = text is not None and self._imports_c(client, text)
        if recorded is None or text is None:
            lines = recorded[answer.path] if recorded is not None and answer.path is not None else None
            return FileCode(answer, text, lines, imports_c=imports_c)
        paths = tuple(recorded)
        begun = {path: frozenset(self._begun(path)) for path in paths}
        stale = ""
        if not answer.spans and (file := self._made.map.index.by_key.get(key(paths[0]))) is not None:
            stale = compare(file, text.data, {"": self._known_lines[paths[0]]}).sentence(client)
        lines, inlined = _local(answer, text, recorded), self._inlined(paths)
        known = any(line for found in begun.values() for line in found)
        if not any(recorded.values()) or not (known or (client.endswith(".go") and self._tells_beginnings)):
            # Assembly without lines, or Go before 1.20: functions cannot be told by where they begin.
            return FileCode(answer, text, lines, stale=stale, imports_c=imports_c)
        return FileCode(
            answer,
            text,
            lines,
            _local(answer, text, begun),
            _local(answer, text, inlined) if inlined is not None else None,
            stale,
            imports_c,
        )

    def lines(self, client: ClientPath) -> tuple[Answer[AdapterPath], frozenset[int] | None]:
        """Return what a file is in the program, and which of its lines have code, None where that is not known.

        It is asked for while a person waits for a stop, so nothing is read for it but the text.
        """
        answer, text, recorded = self._statements(client)
        return answer, _local(answer, text, recorded) if recorded is not None else None

    def _statements(
        self, client: ClientPath
    ) -> tuple[Answer[AdapterPath], GoText | None, dict[AdapterPath, frozenset[int]] | None]:
        """Return what a file is, its text, and the lines with code of each recorded file that it is; None: not known."""
        answer = self._made.map.to_adapter(client)
        text = self._text(client)
        paths = dict.fromkeys(filter(None, (answer.path, *(span.path for span in answer.spans))))
        code = self._made.code
        if code is None or not paths or (text is None and answer.spans):
            return answer, text, None
        try:
            for path in paths:
                if path not in self._known_lines:
                    self._known_lines[path] = frozenset(code.statement_lines(path))
        except BinaryError:
            return answer, text, None
        recorded = {path: self._known_lines[path] for path in paths}
        if self._may_be_c(client, text) and not any(recorded.values() if text is None else ()):
            recorded = {path: lines | self._c_lines(path) for path, lines in recorded.items()}
        # Of C the table knows nothing; of what `//line` names, a template perhaps, all.
        return answer, text, recorded if text is not None or any(recorded.values()) else None

    def _may_be_c(self, client: ClientPath, text: GoText | None) -> bool:
        """Whether the file is C's, or a Go file with C before its `import "C"`."""
        return text is None if not client.endswith((".go", ".s")) else text is not None and self._imports_c(client, text)

    def _c_lines(self, path: AdapterPath) -> frozenset[int]:
        """Return the lines of a recorded file at which C has a statement; they stand in the debug info of the executable."""
        if path not in self._known_c:
            self._known_c[path] = frozenset()
            with suppress(BinaryError):
                self._known_c[path] = self._read_c_lines(path)
        return self._known_c[path]

    def _read_c_lines(self, path: AdapterPath) -> frozenset[int]:
        from dapshim.binary.dwarf_files import c_lines

        if not self._path or self._made.table is None:
            return frozenset()
        with OpenedFile(self._path) as source:
            executable = read_executable(source)
            is_same = executable.table.names == self._made.table.names
            return c_lines(executable.image, path) if is_same else frozenset()

    def _inlined(self, paths: tuple[AdapterPath, ...]) -> dict[AdapterPath, frozenset[int]] | None:
        """Return where functions of each file begin that were inlined; None where that cannot be read.

        It stands in the executable, not in its line table, and whoever made the mapping may have closed the file.
        """
        if paths not in self._known_inlined:
            with suppress(BinaryError):
                self._known_inlined[paths] = self._read_inlined(paths)
        return self._known_inlined.get(paths)

    def _read_inlined(self, paths: tuple[AdapterPath, ...]) -> dict[AdapterPath, frozenset[int]] | None:
        if self._path and self._made.table is not None and not self._is_open:
            with OpenedFile(self._path) as source:
                executable = read_executable(source)
                if executable.table.names == self._made.table.names:
                    return _begin_inlined(executable.code, paths)
        return _begin_inlined(self._made.code, paths) if self._made.code is not None else None

    def _text(self, client: ClientPath) -> GoText | None:
        if not client.endswith((".go", ".s")):
            return None
        try:
            read = GoText(self._files.read(self._made.map.local(client), MAX_SOURCE))
        except OSError:
            return None
        known = self._texts.setdefault(client, read)
        if known != read:
            known = self._texts[client] = read
        return known  # it knows its functions by now

    def _imports_c(self, client: ClientPath, text: GoText) -> bool:
        if b'"C"' not in text.data:
            return False
        try:
            return read_head(self._files, self._made.map.local(client))[0].imports_c
        except (OSError, ValueError):
            return False

    @cached_property
    def _tells_beginnings(self) -> bool:
        """Whether the line table says where functions begin: Go 1.20 and newer."""
        return any(any(each.functions.values()) for each in self._made.map.facts.recorded.files if each.path.endswith(".go"))

    def _begun(self, path: AdapterPath) -> Iterable[int]:
        file = self._made.map.index.by_key.get(key(path))
        return file.functions.values() if file is not None else ()

    def siblings(self, client: str) -> tuple[bytes, ...]:
        """Return the texts of the other Go files in a file's folder."""
        folder, own = parent(self._made.map.local(ClientPath(client))), base(client)
        try:
            names = [name for name in go_file_names(self._files, folder)[:FILES_MOST] if name != own]
            return tuple(self._files.read(join(folder, name), MAX_SOURCE) for name in names)
        except OSError:
            return ()

    def place_of(self, symbol: str) -> tuple[str, int]:
        """Return the recorded file and the line of `func` of a function; ("", 0) where it has none."""
        for file in self._made.map.facts.recorded.files:
            if (line := file.functions.get(symbol)) is not None:
                return file.path, line
        last = symbol.rpartition(".")[2]
        for file in self._made.map.facts.recorded.files:
            for name, line in file.functions.items():
                if last in name and matching(symbol, (name,)):
                    return file.path, line
        return "", 0

    # -- the program -------------------------------------------------------------------------------------------------------

    def program(self, package: str, delves: str = "") -> ProgramFacts:
        """Return what is known of the program, for code of a package."""
        recorded = self._made.map.facts.recorded
        return ProgramFacts(
            self._path,
            recorded.build,
            optimized(recorded.build, package),
            self._stripped,
            any(each.path.endswith("_testmain.go") for each in recorded.files),
            self._loads_code or delves == "unable to set breakpoint",
            self._folder,
            is_always_optimized(package),
        )

    @cached_property
    def _folder(self) -> str:
        """The folder of the main package here; "" where that is not known."""
        for file in self._made.map.facts.recorded.files:
            if "main.main" in file.functions:
                found = self._made.map.to_client(AdapterPath(file.path)).path
                return parent(found) if found is not None and not file.path.endswith("_testmain.go") else ""
        return ""

    @cached_property
    def _loads_code(self) -> bool:
        return any(OPENS_PLUGINS in each.functions for each in self._made.map.facts.recorded.files if each.package == "plugin")

    def _package(self, answer: Answer[AdapterPath]) -> str:
        file = self._made.map.index.by_key.get(key(answer.path)) if answer.path is not None else None
        return file.package if file is not None else ""

    def _importers(self, client: str) -> Importers | None:
        """Return the programs of the workspace that have the file's package; None where that cannot be told."""
        facts = self._made.map.facts
        claims = self._made.map.resolver.claims.of(self._made.map.local(ClientPath(client)))
        if facts.env is None or not claims:
            return None
        for space in facts.workspaces:
            if space.kind not in ("work", "module"):
                continue
            root = (
                parent(space.work_path) if space.work_path else space.modules[0].directory if space.modules else space.directory
            )
            found = self._reader(root).programs_with(claims[0].package, root)
            if found.directories:
                return Importers(found.directories, found.complete, root)
        return Importers()

    def _reader(self, root: str) -> ImportReader:
        from dapshim.golang.importers import ImportReader

        facts = self._made.map.facts
        assert facts.env is not None  # noqa: S101 - asked before
        space = next(each for each in facts.workspaces if root in (parent(each.work_path), each.directory, *each.roots))
        return self._readers.setdefault(root, ImportReader(facts.files, space, BuildContext.of(facts.env)))

    @cached_property
    def _readers(self) -> dict[str, ImportReader]:
        return {}


def _begin_inlined(code: FilesOfCode, paths: tuple[AdapterPath, ...]) -> dict[AdapterPath, frozenset[int]]:
    return {path: frozenset(code.inlined_functions(path).values()) for path in paths}


def optimized(build: BuildInfo, package: str) -> bool | None:
    """Tell from the recorded `-gcflags` whether a package was optimised; None where nothing tells.

    The runtime's packages always are. Flags without a pattern are for the packages that were named to the go command: the main
    package.
    """
    if is_always_optimized(package):
        return True
    if not build.settings:
        return None
    value = build.settings.get("-gcflags", "")
    pattern, equals, rest = value.partition("=")
    named = bool(equals) and not pattern.startswith("-")
    words = (rest if named else value).split()
    if "-N" not in words or "-l" not in words:
        return True
    if named:
        return False if pattern in ("all", package) else None
    return package not in (build.path, "main", "")


def _local(answer: Answer[AdapterPath], text: GoText | None, recorded: Mapping[AdapterPath, frozenset[int]]) -> frozenset[int]:
    """Return recorded lines as lines of the local file."""
    if not answer.spans or text is None:
        return recorded[answer.path] if answer.path is not None else frozenset()
    found = set()
    for line in range(1, text.line_count + 1):
        at = answer.at(line)
        if at is not None and at[1] in recorded.get(AdapterPath(at[0]), ()):
            found.add(line)
    return frozenset(found)
