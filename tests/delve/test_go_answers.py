"""What go has said is said again as long as the disk says the same of what it rests on, and not a moment longer."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import pytest

from dapshim.delve import go_answers
from dapshim.delve.asked_ahead import ask_ahead
from dapshim.delve.go_answers import KEPT, GoAnswers
from dapshim.delve.go_command import GoCommand
from dapshim.delve.planned import Setting
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.toolchain import GoEnv
from dapshim.options.layers import resolve
from dapshim.options.sources import from_command_line
from tests.real import clean_environment, tool


@attrs.define
class Machine:
    """A module with its own settings of go, and a go command of a session for each question."""

    folder: Path
    environ: dict[str, str]
    answers: GoAnswers = attrs.field(factory=GoAnswers)
    runs: int = 0

    def asks(self) -> GoEnv:
        machine = self

        class Counted(GoCommand):
            def _asked(self, go: str, directory: str, environ: Mapping[str, str]) -> GoEnv:
                machine.runs += 1
                return super()._asked(go, directory, environ)

        go = Counted(resolve(())["go"], CachedFiles(RealFiles()), {}, self.answers)
        return go.env(str(self.folder), self.environ)

    def settle(self) -> None:
        """Let all of it have been as it is for a while."""
        # The time of a change itself (ctime) cannot be set.
        time.sleep(go_answers.SETTLED + 0.05)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    tool("go")
    monkeypatch.setattr(go_answers, "SETTLED", 0.2)
    folder = (tmp_path / "work/module").resolve()
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/m\n\ngo 1.25\n")
    (tmp_path / "env").write_text("GOFLAGS=-tags=one\n")
    (tmp_path / "bin").mkdir()
    environ = clean_environment()
    path = f"{tmp_path / 'bin'}{os.pathsep}{environ['PATH']}"
    made = Machine(folder, {**environ, "GOENV": str(tmp_path / "env"), "PATH": path})
    made.settle()
    return made


def test_go_is_asked_once_for_all_sessions(machine: Machine) -> None:
    first = machine.asks()
    assert first.goflags == ("-tags=one",)
    assert machine.asks() == first
    assert machine.runs == 1


def _new_go_mod(machine: Machine) -> None:
    (machine.folder / "go.mod").write_text("module example.com/m\n\ngo 1.24\n")


def _go_work(machine: Machine) -> None:
    (machine.folder.parent / "go.work").write_text("go 1.25\nuse ./module\n")


def _setting(machine: Machine) -> None:
    Path(machine.environ["GOENV"]).write_text("GOFLAGS=-tags=two\n")


def _no_setting(machine: Machine) -> None:
    Path(machine.environ["GOENV"]).unlink()


def _compiler(machine: Machine) -> None:
    made = Path(machine.environ["PATH"].split(os.pathsep)[0]) / "gcc"
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)


@pytest.mark.parametrize("change", [_new_go_mod, _go_work, _setting, _no_setting, _compiler])
def test_what_the_answer_rests_on_has_changed_so_go_is_asked_again(machine: Machine, change: Callable[[Machine], None]) -> None:
    machine.asks()
    change(machine)
    now = machine.asks()
    assert machine.runs == 2
    assert now == Machine(machine.folder, machine.environ).asks()


def test_what_was_changed_just_before_is_asked_again_since_clocks_of_disks_are_coarse(machine: Machine) -> None:
    _setting(machine)
    machine.asks()
    machine.asks()
    assert machine.runs == 2


def test_a_command_that_chooses_a_go_is_asked_each_time(machine: Machine) -> None:
    real = shutil.which("go", path=machine.environ["PATH"])
    shim = Path(machine.environ["PATH"].split(os.pathsep)[0]) / "go"
    shim.write_text(f'#!/bin/sh\nexec {real} "$@"\n')
    shim.chmod(0o755)
    machine.settle()
    machine.asks()
    machine.asks()
    assert machine.runs == 2


def test_only_so_many_are_kept(machine: Machine) -> None:
    for number in range(KEPT + 1):
        machine.environ["NUMBER"] = str(number)
        machine.asks()
    machine.environ["NUMBER"] = "0"
    machine.asks()
    assert machine.runs == KEPT + 2


def _here(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Setting:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in machine.environ.items():
        monkeypatch.setenv(name, value)
    return Setting(resolve((from_command_line({"workspaceFolder": str(machine.folder)}),)), answers=machine.answers)


def test_what_was_asked_ahead_is_not_asked_by_a_session(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_ahead(_here(machine, monkeypatch))
    assert machine.asks().goflags == ("-tags=one",)
    assert machine.runs == 0


@pytest.mark.parametrize("line", ["go 1.99.0", "go 1.25\n\ntoolchain go1.99.1"])
def test_go_is_not_asked_ahead_where_it_would_take_another_toolchain(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    (machine.folder / "go.mod").write_text(f"module example.com/m\n\n{line}\n")
    setting = _here(machine, monkeypatch)

    def run(*_words: object, **_more: object) -> None:
        raise AssertionError("go was asked")

    monkeypatch.setattr(subprocess, "run", run)
    ask_ahead(setting)
