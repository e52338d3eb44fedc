"""What is loaded before anybody attaches: the programs that were debugged last, ready to be asked."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
import pytest

from dapshim.delve.asked_ahead import rehearse
from dapshim.delve.go_command import GoCommand
from dapshim.delve.loaded_ahead import load_ahead
from dapshim.delve.planned import Setting
from dapshim.delve.source_map import SourceMap, Surroundings, Whereabouts, surroundings
from dapshim.delve.target_cache import TargetCache, TargetRecord, cache_of, files_of
from dapshim.delve.target_program import assembled, key_of
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.options.layers import resolve
from tests.binary.tables import Func, table

MAIN = "example.com/app/main.go"
TEXT = "func main() {\n\tprintln()\n}\n"


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    """A workspace with the program's source."""
    (tmp_path / "go.mod").write_text("module example.com/app\n\ngo 1.25\n")
    (tmp_path / "main.go").write_text(f"package main\n\n{TEXT}")
    return surroundings(Whereabouts((str(tmp_path),), {}), GoCommand(Setting().options["go"], CachedFiles(RealFiles())))


def record(number: int) -> TargetRecord:
    """Return a program of which this machine has the source; each has another number of lines."""
    found = TargetRecord(
        table([Func("main.main", [MAIN], [4 + number, 5], start_line=3)]),
        "go1.26.6",
        "path\texample.com/app\nmod\texample.com/app\t(devel)\t\n",
        start=0x1000,
    )
    program = assembled(found)
    assert program is not None
    return attrs.evolve(found, files=files_of(program.recorded))


def test_those_that_were_debugged_last_are_there(tmp_path: Path, around: Surroundings) -> None:
    cache, setting = TargetCache(str(tmp_path / "targets")), Setting(connected=True)
    load_ahead(setting, cache, around)
    assert setting.programs.is_empty
    for number, name in enumerate(("one", "two", "three", "four")):
        cache.store(name, record(number))
        os.utime(cache._path(name), (1000 + number, 1000 + number))
    load_ahead(setting, cache, around)
    held = {name: setting.programs.get(key_of(name)) for name in ("one", "two", "three", "four")}
    assert [name for name, program in held.items() if program is not None] == ["two", "three", "four"]
    four = held["four"]
    assert four is not None
    assert four.code is not None
    assert four.code.statement_lines(MAIN) == (5, 7)


def test_the_last_one_has_been_asked_for_a_file(tmp_path: Path, around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, setting = TargetCache(str(tmp_path / "targets")), Setting(connected=True)
    cache.store("one", record(0))
    asked: list[str] = []
    monkeypatch.setattr(SourceMap, "staleness", lambda _, path: asked.append(path))
    load_ahead(setting, cache, around)
    assert asked == [MAIN]


@pytest.mark.parametrize("connected", [True, False])
def test_only_in_front_of_a_dlv_that_ran_already(connected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = cache_of({"XDG_CACHE_HOME": str(tmp_path)})
    assert cache is not None
    cache.store("one", record(0))
    setting = Setting(resolve(()), connected=connected)
    rehearse(setting)
    assert setting.programs.is_empty is not connected
