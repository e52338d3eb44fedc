"""What waits to be set: its id, how it is tried again, and that what is set already is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import trio

from dapshim.proxy.breakpoint_list import Key, identity
from dapshim.proxy.breakpoints import OWN_IDS, Hidden
from dapshim.wire.messages import Message
from tests.playbook import Json, Stage, event, request, response, stage

FILE = {"path": "/w/main.go"}
KEY = ("setBreakpoints", "/w/main.go")
NONE = {"verified": False, "message": "could not find file /w/main.go"}
OURS = OWN_IDS + 1


def bp(number: int, *, verified: bool = True, **more: Any) -> Json:
    return {"id": number, "verified": verified, **more}


async def all_wait(_key: Key, _entry: Mapping[str, Any], _answer: Mapping[str, Any]) -> bool:
    return True


async def sets(scene: Stage, seq: int, sent: int, lines: list[int], delves: list[Json], clients: list[Json]) -> None:
    """The client sets lines; Delve answers `delves`, and the client gets `clients`."""
    client, adapter = scene
    entries = [{"line": line} for line in lines]
    await client.says(request(seq, "setBreakpoints", source=FILE, breakpoints=entries))
    await adapter.gets(request(sent, "setBreakpoints", source=FILE, breakpoints=entries))
    await adapter.says(response(sent, sent, "setBreakpoints", breakpoints=delves))
    answer = await client.gets({"command": "setBreakpoints"})
    assert answer["body"]["breakpoints"] == clients


async def test_who_waits_has_an_id_and_keeps_it(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        scene.breakpoints.may_come = all_wait
        await sets(scene, 1, 1, [4, 5], [bp(1), NONE], [bp(1), {**NONE, "id": OURS}])
        assert scene.breakpoints.waiting == {(KEY, identity({"line": 5}))}
        # The list comes once more, with another line before it.
        await sets(scene, 2, 2, [3, 4, 5], [bp(2), bp(1), NONE], [bp(2), bp(1), {**NONE, "id": OURS}])
        # Delve can set it now.
        await sets(scene, 3, 3, [4, 5], [bp(1), bp(3)], [bp(1), bp(OURS)])
        assert scene.breakpoints.none_waits
        await sets(scene, 4, 4, [5], [bp(3)], [bp(OURS)])
        await adapter.says(event(9, "stopped", reason="breakpoint", hitBreakpointIds=[3]))
        await client.gets(event(5, "stopped", reason="breakpoint", hitBreakpointIds=[OURS]))


async def test_without_hope_delves_answer_stays_as_it_is(autojump_clock):
    async with stage() as scene:
        await sets(scene, 1, 1, [4, 5], [bp(1), NONE], [bp(1), NONE])
        assert scene.breakpoints.none_waits


async def test_what_is_suspended_is_taken_out_first_and_the_others_stay_in(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        scene.breakpoints.may_come = all_wait
        suspended = bp(2, verified=False, message="unable to set breakpoint")
        await sets(scene, 1, 1, [4, 5], [bp(1), suspended], [bp(1), suspended])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.breakpoints.retry)
            await adapter.gets(request(2, "setBreakpoints", source=FILE, breakpoints=[{"line": 4}]))
            await adapter.says(response(2, 2, "setBreakpoints", breakpoints=[bp(1)]))
            await adapter.gets(request(3, "setBreakpoints", source=FILE, breakpoints=[{"line": 4}, {"line": 5}]))
            await adapter.says(response(3, 3, "setBreakpoints", breakpoints=[bp(1), bp(7, line=5)]))
        await client.gets(event(2, "breakpoint", reason="changed", breakpoint=bp(2, line=5)))
        assert scene.breakpoints.none_waits
        await adapter.says(event(4, "stopped", reason="breakpoint", hitBreakpointIds=[7]))
        await client.gets(event(3, "stopped", reason="breakpoint", hitBreakpointIds=[2]))


async def test_what_still_cannot_be_set_goes_on_waiting_without_a_word(autojump_clock):
    async with stage() as scene:
        _, adapter = scene
        scene.breakpoints.may_come = all_wait
        await sets(scene, 1, 1, [5], [NONE], [{**NONE, "id": OURS}])
        for seq in (2, 3):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(scene.breakpoints.retry)
                await adapter.gets(request(seq, "setBreakpoints", breakpoints=[{"line": 5}]))
                await adapter.says(response(seq, seq, "setBreakpoints", breakpoints=[NONE]))
        assert len(scene.breakpoints.waiting) == 1


async def test_what_delve_sets_by_itself_waits_no_more(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        scene.breakpoints.may_come = all_wait
        suspended = bp(2, verified=False, message="unable to set breakpoint")
        await sets(scene, 1, 1, [5], [suspended], [suspended])
        await adapter.says(event(2, "breakpoint", reason="changed", breakpoint=bp(2, line=5)))
        await client.gets(event(2, "breakpoint", reason="changed", breakpoint=bp(2, line=5)))
        assert scene.breakpoints.none_waits
        assert await scene.breakpoints.retry() == []


async def test_a_list_that_the_client_replaces_meanwhile_is_its_own(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        scene.breakpoints.may_come = all_wait
        await sets(scene, 1, 1, [5], [NONE], [{**NONE, "id": OURS}])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.breakpoints.retry)
            await adapter.gets(request(2, "setBreakpoints", breakpoints=[{"line": 5}]))
            await client.says(request(2, "setBreakpoints", source=FILE, breakpoints=[{"line": 8}, {"line": 9}]))
            await adapter.gets(request(3, "setBreakpoints", breakpoints=[{"line": 8}, {"line": 9}]))
            await adapter.says(response(2, 2, "setBreakpoints", breakpoints=[bp(4)]))
        await adapter.says(response(3, 3, "setBreakpoints", breakpoints=[bp(5), bp(6)]))
        answer = await client.gets({"command": "setBreakpoints"})
        assert answer["body"]["breakpoints"] == [bp(5), bp(6)]


async def test_ids_go_along_to_another_list(autojump_clock):
    async with stage() as scene:
        scene.breakpoints.may_come = all_wait
        await sets(scene, 1, 1, [5], [NONE], [{**NONE, "id": OURS}])
        scene.breakpoints.drop(KEY)
        scene.breakpoints.ids.inherit({identity({"line": 5}): OURS})
        await sets(scene, 2, 2, [5], [bp(3)], [bp(OURS)])
        scene.breakpoints.ids.inherit({})
        await sets(scene, 3, 3, [6, 5], [bp(4), bp(3)], [bp(4), bp(OURS)])


async def test_an_answer_with_too_few_or_too_many_entries_harms_nobody(autojump_clock):
    async with stage() as scene:
        scene.breakpoints.may_come = all_wait
        await sets(scene, 1, 1, [4, 5], [bp(1)], [bp(1)])
        await sets(scene, 2, 2, [4], [bp(1), bp(2)], [bp(1)])
        assert await scene.breakpoints.retry() == []


async def test_a_hidden_one_that_is_out_again_is_still_none_of_the_users(autojump_clock):
    async def work(_event: Message) -> bool:
        return False

    hidden = Hidden("setFunctionBreakpoints", {"name": "a.B"}, work)
    async with stage() as scene:
        client, adapter = scene
        await sets(scene, 1, 1, [4], [bp(1)], [bp(1)])
        for seq, ask in ((2, scene.breakpoints.add), (3, scene.breakpoints.remove)):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask, hidden)
                await adapter.gets(request(seq, "setFunctionBreakpoints"))
                await adapter.says(response(seq, seq, "setFunctionBreakpoints", breakpoints=[bp(2)][: 3 - seq]))
        await adapter.says(event(4, "stopped", reason="function breakpoint", hitBreakpointIds=[2]))
        shown = await client.gets(event(2, "stopped", reason="pause"))
        assert "hitBreakpointIds" not in shown["body"]
        # A user's of the same name may get that number.
        await client.says(request(4, "setFunctionBreakpoints", breakpoints=[{"name": "a.B"}]))
        await adapter.gets(request(4, "setFunctionBreakpoints"))
        await adapter.says(response(5, 4, "setFunctionBreakpoints", breakpoints=[bp(2)]))
        await client.gets(response(3, 4, "setFunctionBreakpoints", breakpoints=[bp(2)]))
        await adapter.says(event(6, "stopped", reason="function breakpoint", hitBreakpointIds=[2]))
        await client.gets(event(4, "stopped", reason="function breakpoint", hitBreakpointIds=[2]))
