"""A machine of a test's own for `dapshim doctor`: the real go, dlv and compiler, and nobody's settings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import attrs

from dapshim.delve.checkup import Checkup, check
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.placed import Placed, applied
from dapshim.options.layers import resolve
from tests.real import BOUND, tool

MAIN = "package main\n\nfunc main() {}\n"
CGO = 'package main\n\n// int one(void) { return 1; }\nimport "C"\n\nfunc main() { println(C.one()) }\n'


def mod(path: str, *lines: str, go: str = "1.21") -> str:
    return f"module {path}\n\ngo {go}\n" + "".join(f"\n{line}\n" for line in lines)


@attrs.define
class Scene:
    """A folder with a home; `environ` is what a shell there has."""

    home: Path
    ws: Path
    environ: dict[str, str]

    @classmethod
    def of(cls, folder: Path, environ: Mapping[str, str] | None = None, saved: str = "") -> Scene:
        home, ws = folder / "home", folder / "ws"
        home.mkdir(exist_ok=True)
        ws.mkdir(exist_ok=True)
        goenv = home / "goenv"
        goenv.write_text(saved)
        tools = os.pathsep.join({str(Path(tool(name)).parent): None for name in ("dlv", "go", "gcc", "git")})
        cache = subprocess.run([tool("go"), "env", "GOCACHE"], capture_output=True, check=True, text=True, timeout=BOUND)
        base = {
            "PATH": f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(home),
            "GOCACHE": cache.stdout.strip(),
            "GOENV": str(goenv),
            "GOTOOLCHAIN": "local",
            "GOPROXY": "off",
            "PWD": str(ws),
        }
        merged = {**base, **(environ or {})}
        return cls(home, ws, {name: value for name, value in merged.items() if value != "-"})

    def write(self, tree: Mapping[str, str]) -> Scene:
        for name, text in tree.items():
            path = self.ws / name
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        return self

    def look(self, where: str = ".") -> Checkup:
        return check(os.path.normpath(self.ws / where), self.environ, resolve(()))

    def found(self, where: str = ".") -> list[Placed]:
        """Return what is worth more than a note, but for a dlv that other tests are about."""
        return [each for each in self.look(where).findings if each.finding.severity is not Severity.INFO]

    def codes(self, where: str = ".") -> list[str]:
        return [each.finding.code for each in self.found(where)]

    def go(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [tool("go"), *words], cwd=self.ws, env=self.environ, capture_output=True, text=True, check=False, timeout=BOUND * 5
        )
        return done.returncode, done.stdout + done.stderr

    def type(self, command: str) -> None:
        """Do what a person does who types this line into the shell: files change, and so may the environment."""
        kept = self.home / "environment"
        line = f"{command}\nstatus=$?\nenv -0 > {kept}\nexit $status\n"
        done = subprocess.run(
            ["/bin/sh", "-c", line], cwd=self.ws, env=self.environ, capture_output=True, text=True, check=False, timeout=BOUND
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        pairs = (each.partition("=") for each in kept.read_text().split("\0") if each)
        self.environ = {name: value for name, _, value in pairs if name not in ("_", "SHLVL", "OLDPWD")} | {"PWD": str(self.ws)}

    def edit(self, each: Placed) -> None:
        """Do the edits of the first remedy that has any."""
        fix = next(fix for fix in each.fixes if fix.edits)
        for file in {edit.file for edit in fix.edits}:
            path = Path(file)
            path.write_text(applied(path.read_text(), [edit for edit in fix.edits if edit.file == file]))
