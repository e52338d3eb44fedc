"""What is asked of the go command for a mapping, and how often; where code is of which Delve does not say it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

import attrs
import pytest

from dapshim.delve.go_command import GoCommand
from dapshim.delve.program_reading import read_program
from dapshim.delve.read_programs import ReadPrograms
from dapshim.delve.source_map import Whereabouts, source_map_of, surroundings
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.toolchain import GoEnv
from dapshim.options.layers import resolve
from tests.real import clean_environment, tool


@attrs.frozen
class Asked(GoCommand):
    """The real go command, which notes the folders that it is asked in."""

    folders: list[str] = attrs.field(factory=list)

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        self.folders.append(directory)
        return super().env(directory, environ)


@pytest.fixture
def scene(tmp_path):
    """A module, a folder without one, and another module."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "go.mod").write_text(f"module example.com/{name}\n\ngo 1.25\n")
    (tmp_path / "bin").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("folders", "asked"),
    [
        (("one", "bin"), ["one"]),
        (("bin", "one"), ["bin", "one"]),
        (("one", "other"), ["one", "other"]),
        (("one", "one/sub"), ["one"]),
    ],
)
def test_go_is_asked_where_it_has_something_new_to_say(scene, folders, asked):
    tool("go")
    (scene / "one/sub").mkdir()
    go = Asked(resolve(())["go"], CachedFiles(RealFiles()))
    made = surroundings(Whereabouts(tuple(str(scene / each) for each in folders), clean_environment()), go)
    assert go.folders == [str(scene / each) for each in asked]
    assert {each.directory for each in made.workspaces} == set(go.folders)


def test_in_gopath_mode_each_folder_counts(scene):
    go = Asked(resolve(())["go"], CachedFiles(RealFiles()))
    environ = {**clean_environment(), "GO111MODULE": "off", "GOPATH": str(scene / "gopath")}
    surroundings(Whereabouts((str(scene / "one"), str(scene / "bin")), environ), go)
    assert go.folders == [str(scene / "one"), str(scene / "bin")]


def test_where_code_is_that_initialises_variables(tmp_path):
    (tmp_path / "go.mod").write_text("module example.com/x\n\ngo 1.25\n")
    (tmp_path / "main.go").write_text(
        "package main\n\nvar a = f(1)\n\nvar b = g()\n\nfunc f(n int) int { return n*n + len(c) }\n\n"
        "//go:noinline\nfunc g() int { return 7 }\n\nvar c []int\n\nfunc main() { println(a, b) }\n"
    )
    binary = str(tmp_path / "x")
    subprocess.run([tool("go"), "build", "-o", binary, "."], cwd=tmp_path, env=clean_environment(), check=True)
    go = GoCommand(resolve(())["go"], CachedFiles(RealFiles()))
    program = read_program(binary, ReadPrograms())
    made = source_map_of(program, surroundings(Whereabouts((str(tmp_path),), clean_environment()), go))
    table, text = made.table, made.text
    assert table is not None
    assert text is not None
    number = table.number_of(b"main.init")
    assert number is not None
    entry, main = text + table.entries[number], str(tmp_path / "main.go")
    found = {
        line: made.place_of("main.init", entry + first) for first, _, line in table.line_ranges(number) if line not in (1, 7)
    }
    assert found == {3: (main, 3), 5: (main, 5)}
    # What was inlined there is another frame's; Go's own beginning of the function is nobody's.
    inlined = [first for first, _, line in table.line_ranges(number) if line == 7]
    assert inlined
    assert [made.place_of("main.init", entry + first) for first in (*inlined, 0)] == [None] * (len(inlined) + 1)
    # The name must be that of the code: an address of a program that was moved is none of the table's.
    at = next(first for first, _, line in table.line_ranges(number) if line == 5)
    assert made.place_of("other.init", entry + at) is None
    assert made.place_of("main.init", entry + at + (1 << 40)) is None
    assert attrs.evolve(made, text=None).place_of("main.init", entry + at) is None
