"""Steps through a program without debug info, each held against the same step of its twin under plain dlv."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.stripped import Place, bridged, build_twins, walk
from tests.real import dlv_dap

WALKS: Final = {
    "over all of main": ("main", ["next"] * 12),
    "over the first lines": ("function", ["next"] * 3),
    "into a call and a loop": ("call", ["stepIn"] * 16),
    "into a recursion": ("recursion", ["stepIn"] * 8),
    "into an interface's method": ("interface", ["stepIn"] * 5),
    "into a closure": ("closure", ["stepIn", "stepIn"]),
    "out of a recursion": ("bottom", ["stepOut"] * 5),
    "out of a function": ("loop", ["stepOut", "next", "next"]),
    "over a recursion, level by level": ("down", ["next"] * 6),
    "out of a method": ("area", ["stepOut", "next"]),
    "out of a closure": ("closure", ["stepOut", "next"]),
    "in a generic function": ("generic", ["next"] * 5),
    "into and out of the library": ("main", ["stepIn", "stepOut", "next"]),
    "over a panic that is recovered": ("waited", ["next", "next"]),
    "out of init": ("init", ["next"]),
    "to the end": ("last", ["next", "next"]),
}
"""Where each walk begins, and its steps: of one goroutine, so that two runs are alike."""

AGREE: Final = {"plain": 1.0, "pie": 1.0, "cgo": 1.0, "optimised": 0.8}
"""How many of all places are the same at least. Optimised code does not tell where statements begin (docs/stripped.md)."""


@pytest.mark.parametrize("flavour", AGREE)
async def test_steps_end_where_dlv_ends_them_with_debug_info(flavour: str, tmp_path: Path) -> None:
    twins = build_twins(tmp_path, flavour)
    same, differing = 0, []
    total = 0
    walked = {}
    async with bridged() as server:
        for name, (marker, commands) in WALKS.items():
            walked[name] = await walk(await server.connect(), twins.stripped, marker, commands)
    for name, (marker, commands) in WALKS.items():
        async with dlv_dap() as server:
            plain = await walk(await server.connect(), twins.whole, marker, commands)
        ours = walked[name]
        pairs: list[tuple[Place, Place]] = list(zip_longest(plain, ours, fillvalue=("", 0)))
        same += sum(one == other for one, other in pairs)
        total += len(pairs)
        if plain != ours:
            differing.append(f"{name}\n  dlv {plain}\n  we  {ours}")
    assert same >= AGREE[flavour] * total, "\n".join([f"{same} of {total}", *differing])
    assert total > 60


async def test_a_step_stays_with_its_goroutine(tmp_path: Path) -> None:
    twins = build_twins(tmp_path, "plain")
    for _ in range(3):
        async with bridged() as server:
            client = await server.connect()
            places = await walk(client, twins.stripped, "worker", ["next"] * 2)
            goroutines = {m["body"]["threadId"] for m in client.log if m.get("event") == "stopped"}
        assert len(goroutines) == 1
        assert {name for name, _ in places} <= {"main.work", "runtime.goexit"}
        # The next job, or the end of all jobs: where the twin goes too.
        assert places[1] == ("main.work", twins.stripped.line("worker") - 1)


async def test_a_recovered_panic_does_not_lose_the_step(tmp_path: Path) -> None:
    twins = build_twins(tmp_path, "plain")
    async with bridged() as server:
        places = await walk(await server.connect(), twins.stripped, "recovered", ["next", "next", "next"])
    # Plain dlv loses the step here, in runtime.gopanic, and the program ends.
    assert [name for name, _ in places] == ["main.mended.func1", "main.mended.func1", "runtime.gopanic", "main.mended"]
