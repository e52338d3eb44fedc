"""What go says is asked once where it is handed on, and asked again where anything that it depends on differs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

from dapshim.delve.go_command import GoCommand
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.toolchain import GoEnv
from dapshim.options.layers import resolve
from tests.real import clean_environment, tool


@attrs.frozen
class Counted(GoCommand):
    """Notes where go itself is run."""

    runs: list[str] = attrs.field(factory=list)

    def _asked(self, go: str, directory: str, environ: Mapping[str, str]) -> GoEnv:
        self.runs.append(directory)
        return super()._asked(go, directory, environ)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tool("go")
    made = (tmp_path / "module").resolve()
    made.mkdir()
    (made / "go.mod").write_text("module example.com/m\n\ngo 1.25\n")
    (tmp_path / "link").symlink_to(made)
    return made


def counted(heard: Counted | None = None) -> Counted:
    return Counted(resolve(())["go"], CachedFiles(RealFiles()), heard.heard if heard is not None else {})


def test_what_was_heard_is_not_asked_again(folder: Path) -> None:
    first = counted()
    env = first.env(str(folder), {**clean_environment(), "PWD": str(folder)})
    second = counted(first)
    assert second.env(str(folder), {**clean_environment(), "PWD": "/"}) == env
    assert (first.runs, second.runs) == ([str(folder)], [])


@pytest.mark.parametrize("change", [{"GOFLAGS": "-mod=mod"}, {"GOWORK": "off"}, {"HOME": "/nowhere"}])
def test_another_environment_is_another_question(folder: Path, change: dict[str, str]) -> None:
    go = counted()
    go.env(str(folder), clean_environment())
    go.env(str(folder), {**clean_environment(), **change})
    assert go.runs == [str(folder)] * 2


def test_a_folder_under_another_name_is_another_question_since_go_answers_in_that_name(folder: Path) -> None:
    link = folder.with_name("link")
    go = counted()
    found = [go.env(str(each), {**clean_environment(), "PWD": str(each)}).gomod for each in (folder, link)]
    assert found == [f"{folder}/go.mod", f"{link}/go.mod"]
    # Without its name in PWD, go tells the real one.
    assert go.env(str(link), clean_environment()).gomod == f"{folder}/go.mod"
    assert len(go.runs) == 3
