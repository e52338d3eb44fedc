"""A layout of the matrix as data: how it is built, what is debugged in it, and what must be seen.

A row builds with the real go in a folder of its own and returns a `Session`. It knows nothing of servers: the runner takes the
same session to a plain dlv and through dapshim.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from tests.golang.gocommand import Go, publish, write
from tests.real import BOUND, tool

Json = dict[str, Any]

DEBUG: Final = "-gcflags=all=-N -l"

Way = Literal["launch", "attach", "remote", "connect"]
"""`attach`: to a running program; `remote`: to a headless dlv by an attach request; `connect`: dapshim is in front of one."""


@attrs.frozen(kw_only=True)
class Stop:
    """A breakpoint as the editor sets it, and the stop there; the session's stops are in the order in which they come.

    `twin` is the same place in another spelling, set too: Delve has one breakpoint for both, and the stop may come in either.
    `says` is what the message of a verified breakpoint must hold. A `late` one may be unverified at first.
    """

    path: str
    line: int
    twin: tuple[str, int] | None = None
    says: str = ""
    late: bool = False

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Where the stop may be seen."""
        return ((self.path, self.line), *([self.twin] if self.twin else []))


@attrs.frozen
class Refusal:
    """A breakpoint that must stay unverified: the file is not the binary's. Through dapshim its message holds `says`.

    `told` is for what cannot be: then to say it is all that there is, for a plain dlv too.
    """

    path: str
    line: int
    says: str
    told: bool = False


@attrs.frozen(kw_only=True)
class Session:
    """What is debugged, and what must be seen.

    `root` is the folder that the editor has open, in its spelling. `frames` names functions that must be shown in exactly these
    files. `served` are functions (glob patterns) whose file no machine has: their frames may have a served text, or none.
    `core` is a session that only shows where a dead program is.
    """

    root: Path
    arguments: Json
    stops: tuple[Stop, ...]
    refused: tuple[Refusal, ...] = ()
    way: Way = "launch"
    program: Path | None = None
    program_goes: bool = False
    """Whether the executable is deleted when its dlv runs, as if it were another machine's."""
    folder: Path | None = None
    """Where a plain dlv is started: vscode-go takes the program's folder."""
    environment: Mapping[str, str] = attrs.field(factory=dict)
    frames: Mapping[str, str] = attrs.field(factory=dict)
    served: tuple[str, ...] = ()
    core: bool = False


@attrs.frozen
class Place:
    """A fresh folder of one row, with a Go that sees nothing of this machine's settings and a module proxy of files."""

    folder: Path
    go: Go

    def write(self, tree: Mapping[str, str]) -> Path:
        return write(self.folder, tree)

    def run(self, *words: str, at: Path | str, **environment: str) -> str:
        """Run go in a folder below, which must succeed; PWD is that folder in this spelling."""
        cwd = self.folder / at
        done = subprocess.run(
            [environment.get("GO", tool("go")), *words],
            cwd=cwd,
            env={**self.go.environment(cwd), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=BOUND * 5,
        )
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    def build(self, at: Path | str, *flags: str, of: str = "./cmd/x", out: str = "program", **environment: str) -> Path:
        """Build a program for debugging, in folder `at`; return it. It lies outside what a row moves away."""
        made = self.folder / "bin" / out
        self.run("build", DEBUG, *flags, "-o", str(made), of, at=at, **environment)
        return made

    def optimised(self, at: Path | str, *flags: str, of: str = "./cmd/x") -> Path:
        """Build a program as one that is shipped."""
        made = self.folder / "bin" / "program"
        self.run("build", *flags, "-o", str(made), of, at=at)
        return made

    def test(self, at: Path | str, *flags: str) -> Path:
        """Build the tests of a package."""
        made = self.folder / "bin" / "program.test"
        self.run("test", "-c", DEBUG, *flags, "-o", str(made), at=at)
        return made

    def core(self, program: Path, function: str) -> Path:
        """Return the core file of a program that was one statement into a function."""
        made = self.folder / "bin" / "core"
        script = self.folder / "bin" / "script"
        script.write_text(f"break {function}\ncontinue\nnext\ndump {made}\nexit\n")
        command = [tool("dlv"), "exec", "--allow-non-terminal-interactive=true", "--init", str(script), str(program)]
        environment = self.go.environment(self.folder)
        done = subprocess.run(command, env=environment, input=b"", capture_output=True, check=False, timeout=BOUND)
        assert made.exists(), (done.stdout, done.stderr)
        return made

    def move(self, old: str, new: str) -> Path:
        """Rename a folder, so that nothing is any more where it was recorded."""
        (self.folder / new).parent.mkdir(parents=True, exist_ok=True)
        return (self.folder / old).rename(self.folder / new)

    def at(self, path: Path | str, mark: str = "here") -> Stop:
        """Return the stop at a mark of a file below, or of a file anywhere by its absolute path."""
        return Stop(path=str(self.folder / path), line=marked(self.folder / path, mark))

    def refuse(self, path: Path | str, says: str, mark: str = "here") -> Refusal:
        return refusal(self.at(path, mark), says)

    def exec(self, program: Path, root: Path | str, *stops: Stop, **more: Any) -> Session:
        """Return a session that debugs what was built."""
        return Session(root=self.folder / root, arguments=launched("exec", program), stops=stops, **more)

    def debug(self, program: Path | str, root: Path | str, *stops: Stop, mode: str = "debug", **more: Any) -> Session:
        """Return a session whose program Delve builds. A plain dlv is started where vscode-go would start it."""
        where = self.folder / program
        arguments = {**launched(mode, where), **more.pop("arguments", {})}
        folder = more.pop("folder", where if where.suffix != ".go" else where.parent)
        return Session(root=self.folder / root, arguments=arguments, stops=stops, folder=folder, **more)

    def goroot(self, at: str) -> Path:
        """Make a GOROOT of links to the real one: recorded under its own name, at no cost."""
        real = Path(self.run("env", "GOROOT", at=".").strip())
        made = self.folder / at
        made.mkdir(parents=True)
        for each in real.iterdir():
            (made / each.name).symlink_to(each)
        return made


def launched(mode: str, program: Path | str) -> Json:
    return {"request": "launch", "mode": mode, "program": str(program)}


def marked(path: Path, mark: str = "here") -> int:
    """Return the line that ends in `// break: MARK`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [number for number, text in enumerate(lines, 1) if text.endswith(f"// break: {mark}")]
    assert len(found) == 1, f"{path} has {len(found)} lines marked {mark}"
    return found[0]


def containing(path: Path, text: str, after: int = 0) -> Stop:
    """Return the stop `after` lines below the first one that begins with a text: for files that are not the test's own."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return Stop(path=str(path), line=next(number for number, each in enumerate(lines, 1) if each.startswith(text)) + after)


def refusal(stop: Stop, says: str, *, told: bool = False) -> Refusal:
    """Return what must be refused where a stop would be."""
    return Refusal(stop.path, stop.line, says, told)


@attrs.frozen
class Layout:
    """One row. `everyday` ones run in the ordinary suite too."""

    name: str
    what: str
    build: Callable[[Place], Session]
    everyday: bool = False
    cannot: str = ""
    """The fact about Go for which no breakpoint can be set; the session's refusals then say it."""
    needs: str = ""
    """A program beside Go's own that must be there."""


class Rows:
    """The rows of one file, in the order in which they stand there."""

    def __init__(self) -> None:
        self._found: list[Layout] = []

    def __call__(
        self, name: str, what: str, *, everyday: bool = False, cannot: str = "", needs: str = ""
    ) -> Callable[[Callable[[Place], Session]], Callable[[Place], Session]]:
        def add(build: Callable[[Place], Session]) -> Callable[[Place], Session]:
            self._found.append(Layout(name, what, build, everyday, cannot, needs))
            return build

        return add

    def __iter__(self) -> Iterator[Layout]:
        return iter(self._found)


# -- sources ---------------------------------------------------------------------------------------------------------------


def code(package: str, *imports: str, function: str = "Do", last: bool = False) -> str:
    """Return a file with one function, which has a marked line and calls `Do` of the imports: `path` or `name path`.

    The call comes behind the mark, so the stops come from the caller to the called; with `last` the other way about.
    """
    named = [each.split(" ") if " " in each else [each.rpartition("/")[2], each] for each in imports]
    lines = "".join(f'import {name} "{path}"\n' for name, path in named)
    calls = "".join(f"\t{name}.Do()\n" for name, _ in named)
    mark = f'\tprintln("{package}") // break: here\n'
    body = calls + mark if last else mark + calls
    return f"package {package}\n\n{lines}\n//go:noinline\nfunc {function}() {{\n{body}}}\n"


def main(*imports: str) -> str:
    return code("main", *imports, function="main")


def module(path: str, *more: str) -> str:
    return f"module {path}\n\ngo 1.25\n" + "".join(f"\n{each}\n" for each in more)


SINGLE: Final[Mapping[str, str]] = {
    "ws/go.mod": module("example.com/a"),
    "ws/cmd/x/main.go": main("example.com/a/lib"),
    "ws/lib/lib.go": code("lib"),
    "ws/other/lib.go": code("lib"),
}
"""A module with a program, a package that it has, and one of the same file name that it has not."""


# -- the workshop ----------------------------------------------------------------------------------------------------------

PUBLISHED: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("github.com/Acme/Util", "v1.2.3"): {"strutil/util.go": code("strutil")},
    ("github.com/Acme/Util", "v1.3.0"): {"strutil/util.go": "\n\n" + code("strutil")},
    ("github.com/acme/orig", "v1.0.0"): {"orig.go": code("orig")},
    ("github.com/me/fork", "v1.0.1"): {"go.mod": module("github.com/acme/orig"), "orig.go": "\n" + code("orig")},
    ("github.com/old/thing", "v3.1.0+incompatible"): {"thing.go": code("thing")},
    ("github.com/acme/two", "v1.5.0"): {"do.go": code("two")},
    ("github.com/acme/two/v2", "v2.0.1"): {"do.go": code("two")},
    ("example.com/tool", "v1.4.0"): {
        "go.mod": module("example.com/tool"),
        "cmd/t/main.go": main("example.com/tool/lib"),
        "lib/lib.go": code("lib"),
    },
}


@attrs.frozen
class Workshop:
    """Gives each row a fresh folder; what go has built before is shared with all of this machine."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Workshop:
        for (path, version), tree in PUBLISHED.items():
            publish(folder / "proxy", path, version, tree)
        return cls(folder)

    @contextlib.contextmanager
    def place(self, name: str) -> Iterator[Place]:
        """Lend a folder, which goes again: the binaries of the whole matrix would be hundreds of megabytes."""
        folder = self.folder / name
        folder.mkdir()
        cache = subprocess.run([tool("go"), "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip()
        more = {"GOCACHE": cache, "GOFLAGS": "-modcacherw", "GOSUMDB": "off", "LANG": "C.UTF-8"}
        try:
            yield Place(folder, Go(folder, self.folder / "proxy", more))
        finally:
            shutil.rmtree(folder)


def toolchain(version: str) -> Path:
    """Return the GOROOT of another release of Go; the go command downloads it unless it is there."""
    environment = {**os.environ, "GOTOOLCHAIN": f"go{version}"}
    done = subprocess.run([tool("go"), "env", "GOROOT"], env=environment, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())
