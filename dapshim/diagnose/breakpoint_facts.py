"""What the rules about breakpoints look at. Whoever asks gathers it; what is not known stays empty, and less is explained."""

from __future__ import annotations

import attrs

from dapshim.binary.recorded import BuildInfo
from dapshim.diagnose.finding import Finding
from dapshim.sources.answers import Answer
from dapshim.sources.go_text import GoText
from dapshim.sources.spelling import AdapterPath

OPENS_PLUGINS = "plugin.Open"
"""The function that a program has which can load plugins."""


class QuestionError(Exception):
    """What was asked has no answer: it names no line, function or program; the message says which, for a person."""


@attrs.frozen
class Asked:
    """A breakpoint as it was asked for, by `file` and `line` or by `function`, and what Delve said; "" where it said nothing.

    `others` are the lines of the file on which other breakpoints are set. `waits`: it is set again when code comes.
    """

    file: str = ""
    line: int = 0
    function: str = ""
    condition: str = ""
    hit_condition: str = ""
    log_message: str = ""
    delves: str = ""
    others: frozenset[int] = frozenset()
    waits: bool = False

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.file.replace("\\", "/").rpartition("/")[2]

    @property
    def place(self) -> str:
        """What it is called in a sentence: `main.go:12`, or the function; an instruction and data have no name of their own."""
        return f"{self.name}:{self.line}" if self.file else self.function or "this place"

    @property
    def at(self) -> str:
        """Where it is, in full."""
        return f"{self.file}:{self.line}" if self.file else self.function


NO_BUILD = BuildInfo()


@attrs.frozen
class ProgramFacts:
    """The program: `path` is its file, `optimized` None where it is not known; `later`: it can load code that is not there yet.

    `stripped`: it has no debug info; None where nobody looked. `test`: `go test` made it. `folder` is that of its main package
    on this machine, "" where it is not known. `always_optimized`: the asked line is of a package that no flag keeps from that.
    """

    path: str = ""
    build: BuildInfo = NO_BUILD
    optimized: bool | None = None
    stripped: bool | None = None
    test: bool = False
    later: bool = False
    folder: str = ""
    always_optimized: bool = False


@attrs.frozen
class Importers:
    """The programs of the workspace, below `root`, that have a package in them, as folders.

    `complete` is False where not all were looked at.
    """

    programs: tuple[str, ...] = ()
    complete: bool = True
    root: str = ""


@attrs.frozen
class LineFacts:
    """A breakpoint by line.

    `answer` is what the file is in the program, `text` the local file. `lines` are its lines with code, `begun` those on which
    a function with code of its own begins and `inlined` those of functions whose code is part of others; all as lines of the
    local file, and None where no line table could be read. `stale` says how the text differs from what was compiled.
    `written_at` is where the code is of a function that the line only declares, as FILE:LINE.
    """

    asked: Asked
    program: ProgramFacts = ProgramFacts()
    answer: Answer[AdapterPath] | None = None
    text: GoText | None = None
    lines: frozenset[int] | None = None
    begun: frozenset[int] | None = None
    inlined: frozenset[int] | None = None
    stale: str = ""
    importers: Importers | None = None
    imports_c: bool = False
    written_at: str = ""


@attrs.frozen
class FunctionFacts:
    """A breakpoint by name: `matches` are the functions that may be meant, `inlined` the names that are only parts of others.

    `near` are names that look like it, the nearest first. `place` is where a single match begins, as FILE:LINE. `declared` is
    the declaration of a function that has no match, in a source file. `lacks` is the name's package, if the program has none.
    """

    asked: Asked
    program: ProgramFacts = ProgramFacts()
    matches: tuple[str, ...] = ()
    inlined: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    place: str = ""
    declared: LineFacts | None = None
    lacks: str = ""


@attrs.frozen
class Explanation:
    """Why a breakpoint is not set, or (`finding` None) that nothing stands in its way; `nearest` are lines that have code.

    `quiet`: it belongs to another program, and nobody need be told who does not look at it. `slides_to` is the line to which it
    moves by itself, 0 for none.
    """

    finding: Finding | None = None
    nearest: tuple[int, ...] = ()
    quiet: bool = False
    slides_to: int = 0
