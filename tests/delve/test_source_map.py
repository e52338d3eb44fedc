"""What is asked of the go command for a mapping, and how often."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest

from dapshim.delve.go_command import GoCommand
from dapshim.delve.source_map import Whereabouts, surroundings
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
