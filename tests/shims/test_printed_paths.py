"""The shim `printed_paths` as conversations: what a program prints, whole or in pieces, and what stays as it is."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from dapshim.proxy.shim import HOOK_BUDGET
from dapshim.shims.printed_paths import HELD
from tests.shims.mapped import EXACT, LIB_GO, SHOP, WS, Relaunches, frame, frames, launch, mapped, settled

TRACE = f"panic: sold out\n\ngoroutine 1 [running]:\nlib.Do()\n\t{LIB_GO}:4 +0x1d\nexit status 2\n"


async def test_a_trace_of_gos_runtime_names_the_clients_files():
    async with mapped() as scene:
        await scene.delve_tells("output", category="stderr", output=TRACE)
        await scene.hears("output", category="stderr", output=TRACE.replace(LIB_GO, WS))


@pytest.mark.parametrize("size", [1, 7, 40])
async def test_a_trace_in_pieces_is_what_it_would_be_as_a_whole(size):
    async with mapped(strict=False) as scene:
        for begin_ in range(0, len(TRACE), size):
            await scene.delve_tells("output", category="stderr", output=TRACE[begin_ : begin_ + size])
        shown = ""
        while len(shown) < len(TRACE) - len(LIB_GO) + len(WS):
            shown += (await scene.hears("output", category="stderr"))["body"]["output"]
        assert shown == TRACE.replace(LIB_GO, WS)


async def test_what_else_a_program_prints_is_its_own():
    async with mapped() as scene:
        for text in (f"{LIB_GO}:4: a log line\n", f"see \t{LIB_GO}:4\n", f"\t    at {LIB_GO}:4\n"):
            await scene.delve_tells("output", category="stdout", output=text)
            await scene.hears("output", category="stdout", output=text)


async def test_what_is_held_back_comes_before_the_stop_or_the_end():
    async with mapped() as scene:
        for name in ("stopped", "exited", "terminated"):
            await scene.delve_tells("output", category="stdout", output=f"so far\n\t{LIB_GO}:4")
            await scene.hears("output", output="so far\n")
            await scene.delve_tells(name, reason="step")
            await scene.hears("output", category="stdout", output=f"\t{WS}:4")
            await scene.hears(name)


async def test_what_is_held_back_is_shown_soon_when_nothing_follows():
    async with mapped() as scene:
        await scene.delve_tells("output", category="stdout", output="\t")
        with trio.fail_after(HELD * 50):
            await scene.hears("output", category="stdout", output="\t")
        await scene.delve_tells("output", category="stdout", output="name: ")
        await scene.hears("output", category="stdout", output="name: ")


async def test_what_is_held_back_is_not_overtaken_when_all_files_turn_out_to_be_where_they_were():
    async with mapped(EXACT, begun=False) as scene:
        await scene.relays("initialize", {}, {})
        await launch(scene)
        await settled(scene)
        scene.map.surveyed = False
        await scene.delve_tells("output", category="stdout", output=f"\t{WS}")
        await trio.testing.wait_all_tasks_blocked()
        scene.map.surveyed = True
        await scene.delve_tells("output", category="stdout", output=":4\n")
        await scene.hears("output", category="stdout", output=f"\t{WS}:4\n")


@pytest.mark.parametrize("how", ["launch", "initialized"])
async def test_what_is_held_back_holds_no_next_program_up(how):
    async with mapped(SHOP, Relaunches()) as scene:
        await scene.delve_tells("output", category="stdout", output=f"\t{LIB_GO}:4")
        await trio.testing.wait_all_tasks_blocked()
        if how == "launch":
            await scene.says("restart")
            await scene.hears("output", output=f"\t{LIB_GO}:4")
            await scene.delve_gets("launch")
        with trio.fail_after(HOOK_BUDGET):
            await scene.delve_tells("initialized")
            if how == "initialized":
                await scene.hears("output", output=f"\t{LIB_GO}:4")
            await scene.hears("initialized")
            await settled(scene)
        if how == "launch":
            await scene.delve_answers("launch")
            await scene.gets("restart")
        assert await frames(scene, frame(LIB_GO)) == [frame(WS)]


async def test_the_text_of_a_log_point_is_not_looked_into_but_its_place_is():
    async with mapped() as scene:
        await scene.delve_tells("output", category="stdout", output=f"> [Go 1]: x\n\t{LIB_GO}:4\n", **frame(LIB_GO))
        said = await scene.hears("output", output=f"> [Go 1]: x\n\t{LIB_GO}:4\n", line=4)
        assert said["body"]["source"] == {"name": "lib.go", "path": WS}


async def test_a_log_point_does_not_overtake_what_was_printed_before():
    async with mapped() as scene:
        await scene.delve_tells("output", category="stdout", output="\texam")
        await scene.delve_tells("output", category="stdout", output="> [Go 1]: x\n", **frame(LIB_GO))
        await scene.hears("output", output="\texam")
        await scene.hears("output", output="> [Go 1]: x\n")


async def test_delves_own_words_and_empty_ones_stay():
    async with mapped() as scene:
        for body in ({"category": "console", "output": TRACE}, {"category": "important", "output": TRACE}, {"output": TRACE}):
            await scene.delve_tells("output", **body)
            assert (await scene.hears("output"))["body"] == body
        await scene.delve_tells("output", category="stdout", output="")
        await scene.hears("output", category="stdout", output="")
