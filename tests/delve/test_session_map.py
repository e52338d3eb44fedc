"""The mapping of a session: who waits for it, what of the program before counts no more, and what the client has open."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TypeVar

import attrs
import pytest
import trio
import trio.testing

from dapshim.delve.planned import Planned, Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.delve.source_map import SourceMap
from dapshim.options.layers import resolve
from dapshim.plan.outcome import Build, Dlv, Plan
from dapshim.sources.rules import NO_RULES, Rule, Rules
from dapshim.sources.spelling import AdapterPath, ClientPath
from tests.shims.mapped import EXACT, LIB_GO, SHOP, LayoutMap
from tests.sources.scene import Layout, file

T = TypeVar("T")

REC, WS, LINK = AdapterPath(LIB_GO), ClientPath("/ws/lib/lib.go"), ClientPath("/link/lib/lib.go")
GEN, TMPL = ClientPath("/ws/lib/gen.go"), AdapterPath("page.tmpl")


async def made_of(layout: Layout) -> LayoutMap:
    made = LayoutMap(layout)
    made.begin()
    await made.read_file("/x", NO_RULES)
    return made


async def shown(made: SessionMap, path: AdapterPath = REC) -> str | None:
    return str((await made.client_paths([path]))[path].path)


async def open_as(made: SessionMap, client: ClientPath) -> None:
    """Let the client have a file open, as one that sets breakpoints does."""
    answer = await made.ask(lambda source: source.map.to_adapter(client))
    assert answer is not None
    made.uses(client, answer)


# -- waiting ---------------------------------------------------------------------------------------------------------------


async def test_who_asks_early_waits_and_before_a_launch_nobody_does():
    made = LayoutMap(SHOP)
    assert await made.ask(lambda _: 1) is None
    assert await made.client_paths([REC]) == {}
    made.begin()
    found: list[object] = []
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            found.append(await made.ask(lambda _: 1))

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        assert found == []
        await made.read_file("/x", NO_RULES)
    assert found == [1]


async def test_who_waits_for_a_program_that_another_one_follows_waits_for_that():
    made = LayoutMap(SHOP)
    made.begin()
    got: list[SourceMap | None] = []
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            got.append(await made.ready())

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        made.begin()
        await trio.testing.wait_all_tasks_blocked()
        assert got == []
        await made.read_file("/y", NO_RULES)
    assert got == [made.made]
    assert made.made is not None


async def test_where_there_will_be_none_nobody_waits():
    made = LayoutMap(SHOP)
    made.begin()
    made.give_up()
    assert await made.ready() is None
    assert await made.ask(lambda _: 1) is None
    assert await made.client_paths([REC]) == {}


async def test_a_reading_that_fails_lets_everybody_go():
    made = LayoutMap(SHOP)
    made.fails = RuntimeError("a bug of ours")
    made.begin()
    with pytest.raises(RuntimeError):
        await made.read_file("/x", NO_RULES)
    assert await made.ready() is None


async def test_a_file_that_is_no_program_has_the_rules_alone(tmp_path):
    (tmp_path / "x").write_text("no program")
    made = SessionMap(Planner(Setting(resolve(()))))
    made.begin()
    await made.read_file(str(tmp_path / "x"), Rules((Rule(str(tmp_path), "/build"),)))
    answer = await made.ask(lambda source: source.map.to_adapter(ClientPath(str(tmp_path / "a.go"))))
    assert answer is not None
    assert answer.path == "/build/a.go"


# -- another program -------------------------------------------------------------------------------------------------------


class Slow(LayoutMap):
    """One whose questions wait in their thread until they are let go."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.go = threading.Event()
        self.go.set()

    async def _asked(self, made: SourceMap, question: Callable[[SourceMap], T]) -> T:
        def slowly(made: SourceMap) -> T:
            found = question(made)
            assert self.go.wait(60)
            return found

        return await super()._asked(made, slowly)


async def test_what_was_asked_of_the_program_before_is_no_answer_for_the_next():
    made = Slow(SHOP)
    made.begin()
    await made.read_file("/x", NO_RULES)
    made.go.clear()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.client_paths, [REC])
        await trio.testing.wait_all_tasks_blocked()
        made.begin()
        made.layout = attrs.evolve(SHOP, tree={}, files=(file("/else/x.go", "else"),))
        made.go.set()
        await made.read_file("/y", NO_RULES)
    assert await shown(made) == "None"


async def test_a_survey_of_the_program_before_says_nothing_of_the_next():
    made = Slow(EXACT)
    made.begin()
    before = await made.read_file("/x", NO_RULES)
    assert before is not None
    made.go.clear()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.survey, before)
        await trio.testing.wait_all_tasks_blocked()
        made.begin()
        made.go.set()
    assert not made.nothing_to_translate


async def test_a_file_that_is_read_too_late_gives_no_mapping():
    made = LayoutMap(SHOP)
    made.held = trio.Event()
    made.begin()
    got: list[object] = []
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            got.append(await made.read_file("/x", NO_RULES))

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        made.begin()
        made.held.set()
    assert got == [None]
    assert made.made is None
    assert not made.is_ready


# -- what the client has open ----------------------------------------------------------------------------------------------


async def test_nothing_is_to_translate_until_a_file_is_open_under_another_path():
    made = await made_of(EXACT)
    seen = [made.nothing_to_translate]
    source = await made.ready()
    assert source is not None
    await made.survey(source)
    seen.append(made.nothing_to_translate)
    for client in (WS, LINK):
        await open_as(made, client)
        seen.append(made.nothing_to_translate)
    assert seen == [False, True, True, False]


async def test_the_spelling_that_was_hit_is_shown_also_by_who_asked_before():
    made = Slow(SHOP)
    made.begin()
    await made.read_file("/x", NO_RULES)
    await open_as(made, WS)
    await open_as(made, LINK)
    assert await shown(made) == LINK
    made.prefer(WS, REC)
    assert await shown(made) == WS
    await open_as(made, LINK)
    made.go.clear()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.client_paths, [REC])  # as the survey, or a frame
        await trio.testing.wait_all_tasks_blocked()
        made.prefer(WS, REC)
        made.go.set()
    assert await shown(made) == WS


async def test_a_place_is_shown_in_the_generated_file_while_that_is_preferred():
    made = await made_of(SHOP)
    await open_as(made, GEN)
    assert made.shown_as(TMPL, 2) is None
    made.prefer(GEN, TMPL)
    assert made.shown_as(TMPL, 2) == (GEN, 5)
    assert made.shown_as(TMPL, 200) is None
    made.prefer_none()
    assert made.shown_as(TMPL, 2) is None


async def test_of_several_lines_that_are_one_of_the_template_that_of_the_breakpoint_is_shown():
    text = "package lib\n\n//line page.tmpl:2\nfunc Page() {\n//line page.tmpl:2\n\tprintln(1)\n}\n"
    made = await made_of(attrs.evolve(SHOP, tree={**SHOP.tree, GEN: text}))
    await open_as(made, GEN)
    made.prefer(GEN, TMPL, 6)
    assert made.shown_as(TMPL, 2) == (GEN, 6)
    made.prefer(GEN, TMPL, 4)
    assert made.shown_as(TMPL, 2) == (GEN, 4)
    # The line of a directive is none of what was named before it.
    assert made.shown_as(TMPL, 3) == (GEN, 7)


def test_what_was_just_built_has_not_changed(tmp_path):
    path = tmp_path / "a.go"
    path.write_text("package a\n")
    os.utime(path, (1, 1))
    planner = Planner(Setting(resolve(())))
    made = SessionMap(planner)
    made.begin()
    assert made.may_have_changed(ClientPath(str(path)))
    planner.current = Planned(Plan("launch", "debug", {}, Dlv(), Build(str(tmp_path), ".", test=False)), resolve(()))
    made.begin()
    assert not made.may_have_changed(ClientPath(str(path)))
    os.utime(path, (1e11, 1e11))
    assert made.may_have_changed(ClientPath(str(path)))
    assert made.may_have_changed(ClientPath(str(tmp_path / "none.go")))
