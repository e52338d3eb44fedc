"""The workspace of a file that the editor has opened, with the real go; the recorded files are made up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dapshim.binary.recorded import BuildInfo, ModuleVersion, Recorded
from dapshim.delve.go_command import GoCommand
from dapshim.delve.opened_workspace import is_at_home, look_there
from dapshim.delve.program_reading import program_of_names
from dapshim.delve.source_map import SourceMap, Whereabouts, source_map_of, surroundings
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.options.layers import resolve
from dapshim.sources.answers import Reason
from dapshim.sources.spelling import AdapterPath, ClientPath
from tests.golang.gocommand import write
from tests.sources.layouts_modules import LIB, MAIN
from tests.sources.scene import file, module

RECORDED_MAIN = AdapterPath("example.com/a/cmd/x/main.go")
FILES = (file(RECORDED_MAIN, "example.com/a/cmd/x", MAIN), file("example.com/a/lib/lib.go", "example.com/a/lib", LIB))
A = ModuleVersion("example.com/a", "(devel)")
TREE = {
    "ws/go.mod": module("example.com/a"),
    "ws/cmd/x/main.go": MAIN,
    "ws/lib/lib.go": LIB,
    "other/go.mod": module("example.com/other"),
    "other/lib/lib.go": LIB,
    "elsewhere/": "",
}


def go() -> GoCommand:
    return GoCommand(resolve(())["go"], CachedFiles(RealFiles()))


def never() -> GoCommand:
    raise AssertionError("go is asked")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write(tmp_path, TREE)


def made_in(folder: Path, main: ModuleVersion | None = A) -> SourceMap:
    """Return the mapping of a dapshim that runs in a folder."""
    where = Whereabouts((str(folder),), {**os.environ, "GOFLAGS": "", "GOWORK": ""}, (ClientPath(str(folder)),))
    recorded = Recorded(FILES, BuildInfo("go1.26.6", "example.com/a/cmd/x" if main else "", main))
    return source_map_of(program_of_names(recorded), surroundings(where, go()))


@pytest.mark.parametrize("main", [A, None], ids=["a module", "no build info"])
def test_a_file_that_is_opened_tells_where_its_workspace_is(tree: Path, main: ModuleVersion | None) -> None:
    made = made_in(tree / "elsewhere", main)
    lib = ClientPath(str(tree / "ws/lib/lib.go"))
    assert made.map.to_adapter(lib).path == "example.com/a/lib/lib.go"
    assert not is_at_home(made)
    assert made.map.to_client(RECORDED_MAIN).reason is Reason.MISSING
    assert look_there(made, lib, go) is not None
    assert is_at_home(made)
    assert made.map.to_client(RECORDED_MAIN).path == str(tree / "ws/cmd/x/main.go")
    assert made.map.spellings(AdapterPath("example.com/a/lib/lib.go")) == (lib,)


def test_a_file_of_another_module_tells_nothing_and_is_looked_at_once(tree: Path) -> None:
    made = made_in(tree / "elsewhere")
    other = ClientPath(str(tree / "other/lib/lib.go"))
    assert look_there(made, other, go) is None
    assert look_there(made, other, never) is None
    assert not is_at_home(made)
    assert look_there(made, ClientPath(str(tree / "elsewhere/x.go")), never) is None


def test_a_workspace_that_is_known_is_enough(tree: Path) -> None:
    assert is_at_home(made_in(tree / "ws"))
