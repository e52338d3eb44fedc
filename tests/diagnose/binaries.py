"""The binaries of the matrix: one small program, built, stripped, renamed, cut and patched; each once in a session."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.real import BOUND, PROGRAMS, clean_environment, tool

DEBUG = "-gcflags=all=-N -l"


class Binaries:
    """Builds tests/programs/inspected in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "inspected"
        shutil.copytree(PROGRAMS / "inspected", self.source)
        self._made: dict[object, Path] = {}
        self._places = 0

    def go(
        self, *flags: str, package: str = ".", command: str = "build", go: str = "", name: str = "", **environment: str
    ) -> Path:
        """Return the program built with `flags`; `go` is a release that the go command downloads."""
        return self.made(
            (flags, package, command, go, name, tuple(sorted(environment.items()))),
            lambda out: self.run_go(*command.split(), *flags, "-o", str(out), package, go=go, **environment),
            name,
        )

    def run_go(self, *arguments: str, go: str = "", **environment: str) -> None:
        variables = {"CGO_ENABLED": "0", "GOENV": "off", **environment}
        if go:
            variables["GOTOOLCHAIN"] = f"go{go}"
        self.run([tool("go"), *arguments], **variables)

    def run(self, command: list[str], **environment: str) -> None:
        done = subprocess.run(
            command,
            cwd=self.source,
            env=clean_environment(**environment),
            check=False,
            capture_output=True,
            text=True,
            timeout=BOUND * 5,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"

    def made(self, key: object, make: Callable[[Path], object], name: str = "") -> Path:
        """Return what `make` writes to the path that it is given, made once."""
        if key not in self._made:
            self._places += 1  # one binary may be made while another is
            place = self.folder / f"made{self._places}"
            place.mkdir()
            out = place / (name or "program")
            make(out)
            self._made[key] = out
        return self._made[key]

    def changed(self, key: str, original: Path, change: Callable[[Path], object]) -> Path:
        """Return a copy of a binary, which `change` has changed."""

        def make(out: Path) -> None:
            shutil.copy2(original, out)
            change(out)

        return self.made(("changed", key, original), make)

    def tool(self, key: str, original: Path, *command: str) -> Path:
        """Return a copy of a binary on which a tool of binutils has worked; `{}` is the copy's path."""
        return self.changed(key, original, lambda out: self.run([each.replace("{}", str(out)) for each in command]))
