"""What is seen of this machine before anybody attaches, and for whom that holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from dapshim.delve import source_map
from dapshim.delve.planned import Planned, Setting
from dapshim.delve.planner import Planner
from dapshim.delve.program_mapping import AHEAD, ProgramMapping
from dapshim.delve.source_map import Surroundings
from dapshim.plan.outcome import Build, Dlv, Plan
from dapshim.sources.rules import NO_RULES, Rule, Rules


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """The folders of each look around, in a workspace."""
    (tmp_path / "go.mod").write_text("module example.com/x\n\ngo 1.25\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    real: Callable[..., Surroundings] = source_map.surroundings
    seen: list[tuple[str, ...]] = []

    def look(where: source_map.Whereabouts, *more: object) -> Surroundings:
        seen.append(where.folders)
        return real(where, *more)

    monkeypatch.setattr(source_map, "surroundings", look)
    return seen


@pytest.fixture
def planner(tmp_path: Path) -> Planner:
    made = Planner(Setting(connected=True))
    made.current = Planned(Plan("attach", "remote", {"mode": "remote"}), made.options, {}, str(tmp_path))
    return made


async def seen(mapping: ProgramMapping, rules: Rules = NO_RULES) -> source_map.SourceMap:
    """Have a mapping made as a session does."""
    mapping.begin()
    await mapping.looking_around(rules)()
    return await mapping.of(None, rules)


async def test_what_was_seen_ahead_is_what_the_attach_sees(looks, planner, tmp_path):
    mapping = ProgramMapping(planner)
    await mapping.look_ahead()
    made = await seen(mapping)
    assert looks == [(str(tmp_path),)]
    assert [each.directory for each in made.map.facts.workspaces] == [str(tmp_path)]
    # The next program is looked around for anew.
    await seen(mapping)
    assert len(looks) == 2


async def test_rules_and_what_is_open_are_those_of_the_attach(looks, planner, tmp_path):
    mapping = ProgramMapping(planner)
    await mapping.look_ahead()
    made = await seen(mapping, Rules((Rule(str(tmp_path), "/build"),)))
    assert len(looks) == 1
    assert made.map.facts.rules.rules == (Rule(str(tmp_path), "/build"),)
    assert made.map.facts.roots == (str(tmp_path),)


@pytest.mark.parametrize("what", ["folder", "environment", "build"])
async def test_an_attach_that_sees_something_else_looks_itself(looks, planner, tmp_path, monkeypatch, what):
    mapping = ProgramMapping(planner)
    await mapping.look_ahead()
    assert planner.current is not None
    if what == "folder":
        planner.current = attrs.evolve(planner.current, folder="/")
    elif what == "environment":
        monkeypatch.setenv("GOFLAGS", "-mod=mod")
    else:
        build = Build(str(tmp_path), ".", test=False, flags=("-mod=mod",))
        planner.current = attrs.evolve(planner.current, plan=Plan("launch", "debug", {}, Dlv(), build))
    await seen(mapping)
    assert len(looks) == 2


async def test_what_was_seen_long_before_counts_no_more(looks, planner, monkeypatch):
    mapping = ProgramMapping(planner)
    await mapping.look_ahead()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + AHEAD + 1)
    await seen(mapping)
    assert len(looks) == 2


async def test_where_nothing_can_be_planned_nothing_is_seen_ahead(looks, planner, monkeypatch, tmp_path):
    monkeypatch.setattr(Planner, "expected", lambda _: None)
    mapping = ProgramMapping(planner)
    await mapping.look_ahead()
    assert looks == []
    await seen(mapping)
    assert looks == [(str(tmp_path),)]
