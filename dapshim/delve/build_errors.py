"""What the go command printed when a build failed, read: which lines are errors, and where in the sources they are.

It reads Delve's `Build Error: …` event, and the output of a build of our own. It knows how go, its tools and the C compiler
write (seen with Go 1.26.8 and gcc 12); it opens no file and does not know why a build was wanted. What must be known of the
disk, the folders of the modules and the two spellings of the directory, is passed in.

Where go's paths lead:

1. go prints a path relative to its own directory when that is shorter, else absolute (`ShortPath`): `./main.go`, `lib/x.go`,
   `../lib/x.go`, `/far/away/x.go`. Its own directory is `$PWD` when that names it, else the one without symbolic links.
2. The C compiler works in the folder of the package and prints bare names, and so does a `//line` directive. They are below the
   package that the last `# import/path` line names.
3. What is below go's work folder (`$WORK`, `/tmp/go-build/…`) is gone when the build is over, and is no place.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Final, Literal

import attrs

HEADING: Final = "Build Error: "
"""Delve 1.27.1: how the `output` event of a failed build begins; the command follows, then what it printed."""

Kind = Literal["error", "note", "other"]
"""An error; what belongs to one (where else, how to mend it); or a heading, progress, a frame around the rest."""

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?)")
_STATUS = re.compile(r"(?:^| )\((exit status -?\d+|(?:signal|exec|fork/exec)[: ].*|[^()]*)\)$")
_PLACE = re.compile(
    r"""(?P<path>(?![ ])(?:[A-Za-z]:(?=[\\/]))?(?:(?!:[ ]|://)[^"<>|*?\x00-\x1f])*?\.[A-Za-z]\w*)
        :(?P<line>\d+)(?::(?P<column>\d+))?(?:[:][ ]|[:,]?$)""",
    re.VERBOSE,
)
_LEADS = re.compile(r"vet: |In file included from | +from |(?:\S*[\\/])?(?:[\w-]*-)?ld(?:\.\w+)?(?:\.exe)?: |go: ")
"""What can stand before a place."""

_SECTION = re.compile(r"# \[?([^\s\[\]]+)")
_GOS_OWN = (".go", ".mod", ".work", ".sum", ".json")
_CHAIN = re.compile(r"imports (\S+)(?: from (\S+?))?(?::|$)")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_GENERATED = re.compile(r"\$WORK\b|/tmp/go-build/|.*[\\/]go-(?:build|link)-?\d+[\\/]")
_PROGRESS = re.compile(r"go: (?:downloading|finding|found|added|upgraded|downgraded|removed|extracting|trying|warning:)")
_AROUND: Final = (
    re.compile(r".*: In (?:function|member function|lambda function|constructor|destructor)\b"),
    re.compile(r".*: At top level:"),
    re.compile(r".*: in function [`'\u2018]"),
    re.compile(r".*[\\/]link(?:\.exe)?: running \S+ failed: "),
    re.compile(r"\S*[\\/](?:gcc|g\+\+|clang|clang\+\+|cc|c\+\+)\S* .*-o "),
    re.compile(r"(?:In file included| +) ?from "),
    re.compile(r"FAIL\b"),
)
"""Lines around an error that are none by themselves; one of them is what there is to say only when there is nothing else."""

_MINOR = re.compile(r"(?:note|warning|remark): |too many errors$")
TOLD_MOST: Final = 100
"""Errors of one build that are told as data; go itself stops at ten for each package."""

_MOST_JOINED: Final = 4
"""Lines below a message that are drawn up to it when it ends with a colon."""


@attrs.frozen
class BuildLine:
    """One printed line.

    `text` is the line without terminal colours. When it names a place, `path` is absolute, `line` and `column` count from 1,
    and `message` is what stands behind the place; otherwise `message` is the whole line. A line that names a file alone
    (`imports P from x.go`) has no `line`.
    """

    text: str
    kind: Kind = "other"
    message: str = ""
    path: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def place(self) -> str:
        """`/abs/file.go:LINE:COL`, as far as it is known; '' when the line names none."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@attrs.frozen
class BuildFailure:
    """A build that failed: the command, what it printed, and how it ended (`exit status 1`, or why it could not be run)."""

    command: str
    lines: tuple[BuildLine, ...]
    status: str = ""

    @property
    def first_error(self) -> str:
        """The first error in one line: `/abs/file.go:LINE:COL: text`, or the text alone, `go: ` kept, when it has no place.

        The command that go names below a message (`to add it:`) is drawn up to it. Of a failure without any word it is the
        status; of one without that, a sentence that says so.
        """
        at = self._first()
        if at is None:
            return self.status or "the build failed, and the go command printed nothing"
        found, said = self.lines[at], self._said(at)
        return f"{found.place}: {said}" if found.line is not None else said

    @property
    def errors(self) -> tuple[BuildLine, ...]:
        """The errors that have a place, each with its `message` in one line; the first of them is that of `first_error`."""
        first = self._first()
        found = [
            index for index, line in enumerate(self.lines) if line.line is not None and (line.kind == "error" or index == first)
        ]
        return tuple(attrs.evolve(self.lines[index], message=self._said(index)) for index in found)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the errors that have a place, the first TOLD_MOST, for an editor that shows each where it is."""
        return [
            {"file": each.path, "line": each.line, "column": each.column or 0, "message": each.message}
            for each in self.errors[:TOLD_MOST]
        ]

    def _said(self, at: int) -> str:
        """Return what a line says, with what is drawn up to it, without its place."""
        found = self.lines[at]
        below = _below(self.lines, at)
        if found.text.startswith("package ") and below:
            return " ".join(line.text.strip() for line in (found, *below))
        said = found.message
        if said.endswith(":"):
            # Text without a place only: a place below is an error of its own.
            said += " " + "; ".join(line.text.strip() for line in below[:_MOST_JOINED] if line.line is None)
        elif below and below[0].text.startswith("\tUse "):
            said += f". {below[0].text.strip()}"
        return said.strip()

    def _first(self) -> int | None:
        """Return which line is the first error; the first line of any words when none is."""
        for wanted in ("error", "note", "other"):
            for index, line in enumerate(self.lines):
                if line.kind != wanted or not line.text.strip() or line.text.startswith("#"):
                    continue
                return self._better(index) if wanted == "error" else index
        return None

    def _better(self, index: int) -> int:
        """Return the line that says where, when the one at `index` only announces it.

        `go: errors parsing go.mod:` and the line of go.mod follows; `package x`, and below it `main.go:4:2: use of internal …`.
        """
        announces = self.lines[index].line is None and self.lines[index].text.endswith(":")
        if announces and index + 1 < len(self.lines) and self.lines[index + 1].line is not None:
            return index + 1
        if self.lines[index].text.startswith("package "):
            for below, line in enumerate(_below(self.lines, index), index + 1):
                if line.line is not None:
                    return below
        return index


@attrs.frozen
class Folders:
    """What must be known of the disk to tell where go's paths lead.

    `directory` is where go ran, absolute, in the spelling that the person uses; paths of the answer keep it. `seen_as` is how
    go itself saw it, when that differs: without symbolic links, unless `$PWD` named it. `spellings` are further folders that go
    sees in another way than the person: a workspace's real path, and the link by which it was opened. `modules` are the folders
    of the modules, by their module paths. A directory that begins with a drive or a share makes all of it Windows'.
    """

    directory: str
    seen_as: str | None = None
    modules: Mapping[str, str] = attrs.field(factory=dict)
    spellings: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def flavour(self) -> ModuleType:
        """`ntpath` or `posixpath`, by the spelling of `directory`."""
        return ntpath if _WINDOWS.match(self.directory) else posixpath

    def of_package(self, import_path: str) -> str | None:
        """Return the folder of a package, None when no module is known that has it."""
        if import_path == "command-line-arguments":
            return self.seen_as or self.directory
        import_path = import_path.removesuffix("_test")
        for length in range(len(import_path), 0, -1):
            if import_path[length : length + 1] in ("", "/") and import_path[:length] in self.modules:
                return str(self.flavour.normpath(self.modules[import_path[:length]] + import_path[length:]))
        return None

    def absolute(self, path: str, package: str) -> str | None:
        """Return the absolute path of what was printed as `path` below the heading of `package`; None when it is nowhere."""
        flavour, base = self.flavour, self.seen_as or self.directory
        if _GENERATED.match(path):
            return None
        if flavour.isabs(path) and (flavour is posixpath or _WINDOWS.match(path)):
            return self._respelt(flavour.normpath(path))
        if package and not re.match(r"\.\.?[\\/]", path):
            folder = self.of_package(package)
            if folder is None and not path.endswith(_GOS_OWN):
                return None
            if folder is not None and not self._is_below(path, folder, base):
                base = folder
        return self._respelt(flavour.normpath(flavour.join(base, path)))

    def _is_below(self, path: str, folder: str, base: str) -> bool:
        """Whether `path` begins with the way from `base` to `folder`: then it is go's, and relative to `base`."""
        if self.flavour.splitdrive(folder)[0].lower() != self.flavour.splitdrive(base)[0].lower():
            return False
        way = self.flavour.relpath(folder, base)
        return path.startswith((f"{way}/", f"{way}\\"))

    def _respelt(self, path: str) -> str:
        """Spell a path that go saw as the person does."""
        spellings = {self.flavour.normpath(seen): spelt for seen, spelt in self.spellings.items()}
        if self.seen_as is not None:
            spellings.setdefault(self.flavour.normpath(self.seen_as), self.directory)
        for seen in sorted(spellings, key=len, reverse=True):
            if path == seen or path.startswith((f"{seen}/", f"{seen}\\")):
                return str(self.flavour.normpath(spellings[seen] + path[len(seen) :]))
        return path


def is_build_error(output: str) -> bool:
    """Whether an `output` event of Delve's (category `stderr`) tells of a failed build."""
    return output.startswith(HEADING)


def read_delves(output: str, folders: Folders) -> BuildFailure:
    r"""Read the `output` event in which Delve 1.27.1 tells of a failed build: `Build Error: COMMAND\nPRINTED (STATUS)\n`.

    Delve has trimmed what was printed, so the status stands behind its last line, or alone when go printed nothing.
    """
    command, _, printed = output.removeprefix(HEADING).partition("\n")
    printed = printed.rstrip()
    before, newline, last = printed.rpartition("\n")
    found = _STATUS.search(last)
    status = ""
    if found is not None:
        status = found[1]
        printed = before + newline + last[: found.start()]
    return read_gos(command.strip(), printed, folders, status=status)


def read_gos(command: str, printed: str, folders: Folders, *, status: str = "") -> BuildFailure:
    """Read what a go command printed; `status` is how it ended, in a person's words."""
    texts = [text.rstrip("\r") for text in _ANSI.sub("", printed).split("\n")]
    while texts and not texts[-1].strip():
        texts.pop()
    return BuildFailure(command, tuple(_lines(texts, folders)), status)


def _lines(texts: Sequence[str], folders: Folders) -> Iterator[BuildLine]:
    package = importer = ""
    for text in texts:
        section = _SECTION.match(text)
        if section is not None:
            # `# [pkg-config …]` is a heading of another kind, which ends no section.
            package = package if text.startswith("# [pkg-config") else section[1]
            yield BuildLine(text, message=text)
            continue
        if text.startswith("package "):
            importer = text.removeprefix("package ").partition(":")[0]
        chain = _CHAIN.match(text.strip())
        if chain is not None and text[:1].isspace():
            yield _imports(text, chain, importer, folders)
            importer = chain[1]
            continue
        yield _line(text, package, folders)


def _imports(text: str, chain: re.Match[str], importer: str, folders: Folders) -> BuildLine:
    """Read `imports P from x.go`: x.go is a file of the package of the line above."""
    folder = folders.of_package(importer) if chain[2] else None
    path = folders.absolute(folders.flavour.join(folder, chain[2]), "") if folder is not None else None
    return BuildLine(text, "note", text.strip(), path)


def _line(text: str, package: str, folders: Folders) -> BuildLine:
    lead = _LEADS.match(text)
    start = lead.end() if lead is not None else len(text) - len(text.lstrip("\t"))
    found = _PLACE.match(text, start)
    if found is not None and text.startswith("go: ") and not found["path"].endswith(_GOS_OWN):
        found = None  # an address, HOST:PORT
    if found is None or int(found["line"]) == 0:
        return BuildLine(text, _kind(text, text), text)
    path = folders.absolute(found["path"], package)
    message = text[found.end() :]
    if path is None:
        return BuildLine(text, _kind(text, message), text)
    column = int(found["column"]) if found["column"] and int(found["column"]) > 0 else None
    return BuildLine(text, _kind(text, message), message, path, int(found["line"]), column)


def _kind(text: str, message: str) -> Kind:
    """Return what a line is, by itself."""
    if not text.strip() or _PROGRESS.match(text) or any(around.match(text) for around in _AROUND):
        return "other"
    if text[:1].isspace() or _MINOR.match(message):
        return "note"
    return "error"


def _below(lines: Sequence[BuildLine], index: int) -> list[BuildLine]:
    """Return the indented lines below one."""
    found = []
    for line in lines[index + 1 :]:
        if not line.text.strip() or not line.text[:1].isspace():
            break
        found.append(line)
    return found


def output_bodies(failure: BuildFailure) -> Iterator[dict[str, Any]]:
    """Yield the bodies of `output` events for all that was printed; lines without a place that follow each other are one."""
    plain = f"Build Error: {failure.command}\n"
    for line in failure.lines:
        if line.path is None or line.line is None:
            plain += line.text + "\n"
            continue
        if plain:
            yield {"category": "stderr", "output": plain}
            plain = ""
        yield {
            "category": "stderr",
            "output": line.text + "\n",
            "source": {"name": line.path.replace("\\", "/").rpartition("/")[2], "path": line.path},
            "line": line.line,
            **({"column": line.column} if line.column is not None else {}),
        }
    plain += f"({failure.status})\n" if failure.status else ""
    if plain:
        yield {"category": "stderr", "output": plain}
