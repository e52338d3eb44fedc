"""A go.work as large as they get, to measure on: `make(folder)` writes it, by default 40 modules and 100,000 files.

    W/go.work                             uses every module
    W/services/svcNN/go.mod               module example.com/big/svcNN, which requires the next one
    W/services/svcNN/cmd/svcNN/           the one program of a module
    W/services/svcNN/pkgMMM/fK.go         libraries, each in files with a licence and a comment before the package clause

The shape is that of a real monorepo: few programs, many libraries, some files for other systems, some behind build tags.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import attrs

LICENCE = "".join(f"// Copyright of nobody, line {number} of a licence that stands in every file.\n" for number in range(6))
MAIN = '//go:build ignore\n\npackage main\n\nfunc main() { println("generates something") }\n'


@attrs.frozen
class BigWorkspace:
    """Where it is, and one of each that a program can be asked for by."""

    root: str
    modules: tuple[str, ...]
    programs: tuple[str, ...]
    """The folders of all programs, sorted."""
    packages: int
    files: int

    @property
    def last_program(self) -> tuple[str, str]:
        """The folder of the last program and its import path."""
        number = len(self.modules) - 1
        return self.programs[-1], f"example.com/big/svc{number:02}/cmd/svc{number:02}"


def make(folder: str, *, modules: int = 40, packages: int = 5_000, files: int = 100_000) -> BigWorkspace:
    """Write the workspace into `folder` and return it; the numbers are for the whole of it, rounded down to equal modules."""
    each_module, each_package = packages // modules, files // packages
    roots, programs = [], []
    for number in range(modules):
        name = f"svc{number:02}"
        root = os.path.join(folder, "services", name)  # noqa: PTH118 - a hundred thousand Paths
        roots.append(root)
        program = os.path.join(root, "cmd", name)  # noqa: PTH118 - the same
        programs.append(program)
        os.makedirs(program)  # noqa: PTH103 - the same
        after = f"svc{(number + 1) % modules:02}"
        requires = "".join(f"\texample.com/dep{each}/lib v1.{each}.{number}\n" for each in range(30))
        _write(f"{root}/go.mod", f"module example.com/big/{name}\n\ngo 1.25.0\n\nrequire (\n{requires})\n")
        body = f'package main\n\nimport "example.com/big/{after}/pkg000"\n\nfunc main() {{ pkg000.F0() }}\n'
        _write(f"{program}/main.go", LICENCE + "\n" + body)
        for extra in range(1, each_package):
            _write(f"{program}/part{extra}.go", f"{LICENCE}\npackage main\n\nfunc part{extra}() {{}}\n")
        for package in range(each_module - 1):
            _package(root, f"pkg{package:03}", each_package)
    uses = "".join(f"\t./services/{os.path.basename(root)}\n" for root in roots)  # noqa: PTH119 - the same
    _write(f"{folder}/go.work", f"go 1.25.0\n\nuse (\n{uses})\n")
    return BigWorkspace(folder, tuple(roots), tuple(programs), each_module * modules, each_module * each_package * modules)


def _package(root: str, name: str, files: int) -> None:
    folder = f"{root}/{name}"
    os.mkdir(folder)  # noqa: PTH102 - the same
    for number in range(files):
        if number == 0:
            _write(f"{folder}/a_generator.go", MAIN)  # the first by name, and not in the build
        elif number == 1:
            _write(f"{folder}/f_windows.go", f"{LICENCE}\npackage {name}\n")
        elif number == files - 1:
            _write(f"{folder}/f_test.go", f"{LICENCE}\npackage {name}_test\n")
        else:
            index = number - 2
            _write(f"{folder}/f{index}.go", f"{LICENCE}\n// Package {name} is one.\npackage {name}\n\nfunc F{index}() {{}}\n")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    os.write(descriptor, text.encode())
    os.close(descriptor)


if __name__ == "__main__":
    where = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="big-workspace-")
    Path(where).mkdir(parents=True, exist_ok=True)
    made = make(where)
    print(f"{made.root}: {len(made.modules)} modules, {made.packages} packages, {made.files} files")
