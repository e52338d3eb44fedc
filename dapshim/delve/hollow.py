"""Why a breakpoint is hollow, or would be, without a session: in a binary, in sources, or in what a launch.json debugs.

Blocks; nothing is built. Who shows it is somebody else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import Any, Final, Protocol, TypeVar

import attrs

from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import Executable, read_executable
from dapshim.delve.breakpoint_reading import BreakpointReader
from dapshim.delve.go_command import GoCommand
from dapshim.delve.program_reading import program_of
from dapshim.delve.source_map import Surroundings, Whereabouts, source_map_of, surroundings
from dapshim.delve.written_rules import written_rules
from dapshim.diagnose.breakpoint_facts import Asked, Explanation, FunctionFacts, LineFacts, QuestionError
from dapshim.diagnose.breakpoint_rules import explain_line
from dapshim.diagnose.function_rules import explain_function
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.spelling import clean, join, parent, paths
from dapshim.options.layers import Options
from dapshim.sources.answers import Reason
from dapshim.sources.regions import LineKind, function_at, kind_of
from dapshim.sources.spelling import ClientPath

T = TypeVar("T")

_FILE_LINE: Final = re.compile(r"(.+):([1-9][0-9]{0,8})", re.DOTALL)
_AROUND: Final = 6
_OF_THE_PROGRAM: Final = (Reason.AMBIGUOUS, Reason.LINE, Reason.NOT_IN_BUILD, Reason.REPLACED_BY_OVERLAY, Reason.HIDDEN)
"""Reasons for which a file of the program's own packages has no recorded path."""
_STRIPPED: Final = "there is no debug info: plain dlv sets no breakpoint by line in it, dapshim does where the table has code"


class Reader(Protocol):
    """What gathers facts, of a program that was built, or of sources."""

    def line_facts(self, asked: Asked) -> LineFacts:
        """Return what is known of a line."""

    def function_facts(self, asked: Asked) -> FunctionFacts:
        """Return what is known of a function's name."""

    def place_of(self, symbol: str) -> tuple[str, int]:
        """Return the file and line of a function; ("", 0) where it has none."""


@attrs.frozen
class Why:
    """The answer: `target` is what was asked about, `evidence` the chain from the module to the line."""

    asked: Asked
    target: str
    explanation: Explanation
    evidence: tuple[str, ...]
    function: str = ""
    notices: tuple[str, ...] = ()
    slides: bool = True
    """Whether a session would move the breakpoint to the line that it can stand on: the option `slideBreakpoints`."""
    has_file: bool = False
    """Whether the program has the file that was asked about, or would have it if nothing was in doubt."""

    @property
    def message(self) -> str:
        """The sentence."""
        finding = self.explanation.finding
        if finding is None:
            return f"A breakpoint at {self.asked.place} can be set."
        slides_to = self.explanation.slides_to if self.slides else 0
        return f"{finding.message} In a session it moves to line {slides_to}." if slides_to else finding.message

    def as_json(self) -> dict[str, Any]:
        """Return the object of `dapshim why --json`."""
        finding = self.explanation.finding
        remedies = [{"title": each.title, "command": each.command} for each in finding.remedies] if finding is not None else []
        return {
            "file": self.asked.file or None,
            "line": self.asked.line or None,
            "function": self.function or None,
            "settable": finding is None,
            "cause": finding.code if finding is not None else None,
            "message": self.message,
            "nearest": list(self.explanation.nearest),
            "evidence": [*self.evidence, *(finding.evidence if finding is not None else ())],
            "remedies": remedies,
        }


def asked_of(what: str, here: str) -> Asked:
    """Return what a person asks by FILE:LINE or a function's name; raise QuestionError for what is neither."""
    if not what.strip():
        raise QuestionError("an empty text names neither a line nor a function; write FILE:LINE or main.Func")
    named = _FILE_LINE.fullmatch(what)
    if named is not None:
        path = clean(join(here, paths.expanduser(named[1])))
        if RealFiles().kind(path) != "file":
            raise QuestionError(f"{path} is not there")
        return Asked(path, int(named[2]))
    if what.endswith(".go") or "/" in what.rpartition(".")[2]:
        raise QuestionError(f"{what} names no line; write FILE:LINE, such as main.go:12, or a function, such as main.serve")
    return Asked(function=what)


def answered(asked: Asked, target: str, here: str, options: Options, configuration: str | None = None) -> Why:
    """Answer for a binary, a folder or a launch.json.

    Raises:
        BinaryError, ToolchainError, WorkspaceError: something cannot be read.
        QuestionError: the launch.json names no program.

    """
    found = _answered(asked, target, here, options, configuration)
    return attrs.evolve(found, slides=options.switch("slideBreakpoints"))


def _answered(asked: Asked, target: str, here: str, options: Options, configuration: str | None) -> Why:
    environ = dict(os.environ)
    folder = options.text("workspaceFolder")
    root = join(here, paths.expanduser(folder)) if folder is not None else here
    if (work := options.text("goWork")) is not None:
        environ["GOWORK"] = work if work in ("off", "auto") else join(here, paths.expanduser(work))
    go = GoCommand(options["go"], CachedFiles(RealFiles()))
    if target.endswith(".json"):
        from dapshim.delve.launched_program import launched
        from dapshim.delve.package_reading import PackageReader

        planned = launched(target, configuration, options)
        if planned.build is not None:
            package = clean(join(planned.build.directory, planned.build.package))
            changes = {name: value for name, value in planned.build.environment.items() if value is not None}
            reader = PackageReader(package, go, {**environ, **changes}, planned.build.flags, planned.build.test)
            return answer_of(asked, package, reader, built=False)
        target = clean(join(here, str(planned.arguments.get("program"))))
    if RealFiles().kind(target) == "folder":
        from dapshim.delve.package_reading import PackageReader

        return answer_of(asked, target, PackageReader(target, go, environ), built=False)
    with OpenedFile(target) as source:
        executable = read_executable(source)
        where = Whereabouts((root, parent(target)), environ, (ClientPath(root),), rules=written_rules(options))
        # A function is known by its name, whatever is around; and no file of Go's is named in the debug info alone.
        if asked.file:
            looked = _begun(lambda: surroundings(where, go))  # go is waited for meanwhile
            program, around = program_of(executable, with_c=not asked.file.endswith(".go")), looked()
        else:
            program, around = program_of(executable, with_c=False), Surroundings(where, go.files)
        made = source_map_of(program, around)
        stripped = not _has_debug_info(executable)
        built = BreakpointReader(made, target, stripped=stripped and not _does_without(executable), is_open=True)
        found = answer_of(asked, target, built, built=True)
        if stripped:
            found = attrs.evolve(found, evidence=(*found.evidence, _STRIPPED))
        return attrs.evolve(found, notices=(*made.notices, *made.map.warnings))


def _begun(work: Callable[[], T]) -> Callable[[], T]:
    """Begin to do something; return what waits for it, and returns or raises what it did. Light, unlike concurrent.futures."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            failed.append(error)

    def wait() -> T:
        thread.join()
        if failed:
            raise failed[0]
        return done[0]

    thread = Thread(target=run, daemon=True)
    thread.start()
    return wait


def _has_debug_info(executable: Executable) -> bool:
    return executable.image.section(".debug_line", ".zdebug_line", "__debug_line", "__zdebug_line") is not None


def _does_without(executable: Executable) -> bool:
    """Whether dapshim breaks in such a program by Go's own line table when there is no debug info."""
    return (executable.image.format, executable.image.machine) == ("elf", "amd64")


def answer_of(asked: Asked, target: str, reader: Reader, *, built: bool) -> Why:
    """Answer with what a reader knows of `target`, a program that was `built`, or sources."""
    if not asked.file:
        functions = reader.function_facts(asked)
        explanation = explain_function(functions)
        return Why(asked, target, explanation, tuple(_about_function(functions, reader, built=built)), asked.function)
    facts = reader.line_facts(asked)
    explanation = explain_line(facts)
    inside = function_at(facts.text, asked.line) if facts.text is not None else None
    name = (
        f"{inside.receiver}.{inside.name}"
        if inside is not None and inside.receiver
        else inside.name
        if inside is not None
        else ""
    )
    known = facts.answer is not None and (facts.answer.path is not None or facts.answer.reason in _OF_THE_PROGRAM)
    return Why(asked, target, explanation, tuple(_about_line(facts, built=built)), name, has_file=known)


def _about_line(facts: LineFacts, *, built: bool) -> Iterator[str]:
    """Yield the chain of evidence: module, package, file, function, line."""
    yield from _about_program(facts.program.build.path, facts.program.build.main, built=built)
    answer = facts.answer
    if answer is not None and answer.path is not None:
        yield f"the file is recorded as {answer.path} ({answer.reason})" if built else "the file is part of the build"
    elif answer is not None:
        yield answer.sentence
    if facts.text is None or facts.lines is None:
        return
    inside = function_at(facts.text, facts.asked.line)
    if inside is not None and facts.begun is not None and built:
        own, inlined = inside.first in facts.begun, facts.inlined is not None and inside.first in facts.inlined
        what = "has code of its own" if own else "is inlined in its callers" if inlined else "has no code"
        yield f"{inside.name}, lines {inside.first} to {inside.last}, {what}{', and is inlined too' if own and inlined else ''}"
    around = sorted(line for line in facts.lines if abs(line - facts.asked.line) <= _AROUND)
    kind = kind_of(facts.text, facts.asked.line)
    if kind is not LineKind.CODE:
        yield f"line {facts.asked.line} is {kind}"
    table = "the line table has code on" if built else "statements stand on"
    yield f"{table} {_lines(around)}" if around else f"{table} none of the lines around it"


def _about_program(package: str, module: object, *, built: bool) -> Iterator[str]:
    from dapshim.binary.recorded import ModuleVersion

    if isinstance(module, ModuleVersion):
        yield f"module {module.path}{f' {module.version}' if module.version else ''}"
    if package:
        yield f"the program is {package}"
    if not built:
        yield "nothing was built: the sources alone were read"


def _about_function(facts: FunctionFacts, reader: Reader, *, built: bool) -> Iterator[str]:
    yield from _about_program(facts.program.build.path, facts.program.build.main, built=built)
    for each in facts.matches:
        path, line = reader.place_of(each)
        yield f"{each} begins at {path}:{line}" if path else each
    for each in facts.inlined:
        yield f"{each} is part of its callers, and has no code of its own"


def _lines(found: Iterable[int]) -> str:
    return f"lines {', '.join(map(str, found))}"
