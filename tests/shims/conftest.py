"""A program for the shims of breakpoints, built once."""

from __future__ import annotations

import subprocess
from typing import Final

import pytest

from tests.real import Program, clean_environment, tool

GAPPED: Final = """package main

func main() {
	x := 1
	// a comment

	x++
	f := func() {
		// inside
	}
	f()
	println(x)
}
"""


@pytest.fixture(scope="session")
def gapped(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program with lines without code: 5 and 6 between statements, 9 in a function literal."""
    folder = tmp_path_factory.mktemp("gapped")
    (folder / "go.mod").write_text("module example.com/gapped\n\ngo 1.25\n")
    (folder / "main.go").write_text(GAPPED)
    command = [tool("go"), "build", "-gcflags=all=-N -l", "-o", "program", "."]
    subprocess.run(command, cwd=folder, env=clean_environment(), check=True, capture_output=True)
    return Program(folder / "program", folder / "main.go")
