"""The program without optimisation, for a person who said yes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dapshim.binary.opened import facts_of
from dapshim.heal.debug_twin import debug_twin, offer
from dapshim.heal.outcome import NotRebuilt, Rebuilt
from dapshim.heal.store import Store
from tests.diagnose.observed import observe
from tests.diagnose.rows import ALL, PART, Shape
from tests.heal.twins import Runs, go, inspected, left_over, person
from tests.real import tool


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache" / "healed"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return inspected(tmp_path / "inspected")


async def twin(path: Path, folder: Path, store: Store, runs: Runs) -> Rebuilt | NotRebuilt:
    return await debug_twin(facts_of(str(path)), str(folder), [tool("go")], runs, store, environ=person())


@pytest.mark.parametrize("flags", [(), ("-trimpath",), ("-ldflags=-s -w",), ("-tags=a", "-ldflags=-X main.version=1")])
async def test_what_was_optimised_is_debugged_fully(flags, folder, store, tmp_path):
    path = tmp_path / "orders"
    go(folder, "build", *flags, "-o", str(path), ".")
    path.chmod(0o711)
    before = path.read_bytes()
    sources = [folder / "main.go", folder / "sum/sum.go"]
    if not flags:
        assert (await observe(path, sources, Shape())).answers == PART
    runs = Runs()
    made = await twin(path, folder, store, runs)
    assert isinstance(made, Rebuilt), made
    assert path.read_bytes() == before
    assert Path(made.path).name == "orders"
    assert stat.S_IMODE(Path(made.path).stat().st_mode) == 0o711
    seen = await observe(Path(made.path), sources, Shape())
    assert (seen.answers, seen.ended) == (ALL, "exited 0")
    assert "another program" in made.line
    assert made.command == offer(facts_of(str(path)), str(folder))
    assert '-gcflags="all=-N -l"' in made.command
    assert await twin(path, folder, store, runs) == made
    assert len(runs.commands) == 2
    # Edited sources make another one.
    main = folder / "main.go"
    main.write_text(main.read_text().replace('"tea"', '"coffee"'))
    other = await twin(path, folder, store, runs)
    assert isinstance(other, Rebuilt)
    assert other.path != made.path
    assert b"coffee" in Path(other.path).read_bytes()


async def test_sources_that_do_not_build_or_are_not_there(folder, store, tmp_path):
    path = tmp_path / "orders"
    go(folder, "build", "-o", str(path), ".")
    runs = Runs()
    made = await twin(path, tmp_path / "nowhere", store, runs)
    assert isinstance(made, NotRebuilt)
    assert "sources are not on this machine" in made.reason
    assert runs.commands == []
    (folder / "main.go").write_text("package main\n")
    made = await twin(path, folder, store, runs)
    assert isinstance(made, NotRebuilt)
    assert "do not build" in made.reason
    assert left_over(store) == []
