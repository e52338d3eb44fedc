"""Real executables for the tests: one small program, built by the real Go for every format, once in a session."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import Executable, read_executable
from tests.real import BOUND, PROGRAMS, clean_environment, tool

TARGETS: Final = (
    "linux/amd64",
    "linux/386",
    "linux/arm64",
    "linux/s390x",
    "linux/mips",
    "windows/amd64",
    "windows/386",
    "darwin/amd64",
    "darwin/arm64",
    "freebsd/amd64",
)
"""Every format, both widths, both byte orders, and quanta 1, 2 and 4."""

WITH_C: Final = shutil.which("gcc") is not None or shutil.which("clang") is not None
needs_c = pytest.mark.skipif(not WITH_C, reason="there is no C compiler")


class Executables:
    """Builds tests/programs/recorded, each variant once."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "recorded"
        shutil.copytree(PROGRAMS / "recorded", self.source)
        self._folder = folder
        self._built: dict[tuple[str, ...], Path] = {}

    def build(self, target: str = "linux/amd64", *flags: str, package: str = ".", command: str = "build") -> Path:
        """Return the program for GOOS/GOARCH, built with `flags`; `command` may be `test -c`."""
        key = (target, *flags, package, command)
        if key not in self._built:
            system, machine = target.split("/")
            out = self._folder / f"program{len(self._built)}"
            cgo = "1" if package == "./withc" or "-linkmode=external" in " ".join(flags) or "-race" in flags else "0"
            self.go(*command.split(), *flags, "-o", str(out), package, GOOS=system, GOARCH=machine, CGO_ENABLED=cgo)
            self._built[key] = out
        return self._built[key]

    def go(self, *arguments: str, **environment: str) -> str:
        """Run the go command in the program's folder and return what it prints."""
        done = subprocess.run(
            [tool("go"), *arguments],
            cwd=self.source,
            env=clean_environment(**environment),
            check=False,
            capture_output=True,
            text=True,
            timeout=BOUND * 5,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def witness(self, table: Path, text: int) -> list[list[str]]:
        """Return what debug/gosym says of a line table: the columns of tests/programs/gosym for each function."""
        program = self._folder / "gosym"
        if not program.exists():
            command = [tool("go"), "build", "-o", str(program), "."]
            subprocess.run(command, cwd=PROGRAMS / "gosym", env=clean_environment(), check=True, timeout=BOUND * 5)
        said = subprocess.run([program, table, hex(text)], check=True, capture_output=True, text=True, timeout=BOUND)
        return [line.split("\t") for line in said.stdout.splitlines()]


def read(path: Path) -> Executable:
    """Read an executable from the disk; the file stays open, since inline trees are read later."""
    return read_executable(OpenedFile(str(path)))
