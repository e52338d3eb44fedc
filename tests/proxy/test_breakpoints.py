"""Law 6: one owner of Delve's lists, and hidden stops on top of it. The scripted adapter answers as Delve 1.27.1 does."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from dapshim.proxy.breakpoints import OWN_IDS, STEP, Breakpoints, Hidden
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.client_ids import ClientIds
from dapshim.proxy.shim import Shim, on
from dapshim.wire.messages import Message
from tests.playbook import Json, Stage, event, request, response, stage

FILE = {"path": "/w/main.go"}


def bp(number: int | None, *, verified: bool = True, **more: Any) -> Json:
    return {"id": number, "verified": verified, **more} if number is not None else {"verified": verified, **more}


class WantsMain(Shim):
    """Stop hidden in main.main, as soon as the client is done with its configuration."""

    def __init__(self, *, show: bool = False) -> None:
        self.breakpoints: Breakpoints
        self.hidden = Hidden("setFunctionBreakpoints", {"name": "main.main"}, self.work)
        self.show = show
        self.worked = 0

    async def work(self, _event: Message) -> bool:
        self.worked += 1
        return self.show

    @on.request("configurationDone", budget=100)
    async def add(self, _request: Message) -> None:
        await self.breakpoints.add(self.hidden)


async def begin(scene: Stage, shim: WantsMain, *, answer: Json | None = None) -> None:
    """Bring a session to where the hidden breakpoint has been set, as Delve's number 9."""
    client, adapter = scene
    shim.breakpoints = scene.breakpoints
    await client.says(request(1, "initialize"))
    await adapter.gets(request(1, "initialize"))
    await client.says(request(2, "configurationDone"))
    await adapter.gets(request(2, "setFunctionBreakpoints", breakpoints=[{"name": "main.main"}]))
    await adapter.says(response(1, 2, "setFunctionBreakpoints", breakpoints=[answer or bp(9)]))
    await adapter.gets(request(3, "configurationDone"))


async def test_law_6_an_untouched_list_passes_byte_for_byte(autojump_clock):
    async with stage() as (client, adapter):
        arguments = b'{"source":{"path":"/w/a.go"},"breakpoints":[{"line":4, "x":1.0}]}'
        asked = b'{"command":"setBreakpoints","arguments":' + arguments + b',"type":"request","seq":3}'
        head = b'{"seq":1,"type":"response","request_seq":1,"success":true,"command":"setBreakpoints",'
        told = head + b'"body":{"breakpoints":[{"id":1, "verified":true,"y":1.0}]}}'
        await client.sends(asked)
        assert await adapter.raw() == asked[:-2] + b"1}"
        await adapter.sends(told)
        assert await client.raw() == told.replace(b'"request_seq":1', b'"request_seq":3')


async def test_law_6_a_hidden_breakpoint_rides_behind_the_clients_and_is_split_off_again(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)
        await client.says(request(3, "setFunctionBreakpoints", breakpoints=[{"name": "a.B"}, {"name": "a.C"}]))
        both = [{"name": "a.B"}, {"name": "a.C"}, {"name": "main.main"}]
        await adapter.gets(request(4, "setFunctionBreakpoints", breakpoints=both))
        await adapter.says(response(2, 4, "setFunctionBreakpoints", breakpoints=[bp(10), bp(None, verified=False), bp(9)]))
        await client.gets(response(1, 3, "setFunctionBreakpoints", breakpoints=[bp(10), bp(None, verified=False)]))
        await client.says(request(4, "setFunctionBreakpoints", breakpoints=[]))
        await adapter.gets(request(5, "setFunctionBreakpoints", breakpoints=[{"name": "main.main"}]))
        await adapter.says(response(3, 5, "setFunctionBreakpoints", breakpoints=[bp(9)]))
        await client.gets(response(2, 4, "setFunctionBreakpoints", breakpoints=[]))


async def test_law_6_a_list_that_is_set_again_keeps_the_clients_ids(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        lines = [{"line": 4}, {"line": 5}, {"line": 6}]
        await client.says(request(1, "setBreakpoints", source=FILE, breakpoints=lines))
        await adapter.gets(request(1, "setBreakpoints", source=FILE, breakpoints=lines))
        await adapter.says(response(1, 1, "setBreakpoints", breakpoints=[bp(1), bp(2, verified=False), bp(3)]))
        await client.gets(response(1, 1, "setBreakpoints", breakpoints=[bp(1), bp(2, verified=False), bp(3)]))
        answers: list[Json] = []

        async def again() -> None:
            answers.extend(await scene.breakpoints.set_again(("setBreakpoints", "/w/main.go")))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(again)
            await adapter.gets(request(2, "setBreakpoints", source=FILE, breakpoints=lines))
            # 2 was set anew as 7; 1 and 3 are one to Delve now.
            await adapter.says(response(2, 2, "setBreakpoints", breakpoints=[bp(1), bp(7), bp(1)]))
        assert [answer["id"] for answer in answers] == [1, 2, 1]
        await adapter.says(event(3, "stopped", reason="breakpoint", hitBreakpointIds=[7]))
        await client.gets(event(2, "stopped", reason="breakpoint", hitBreakpointIds=[2]))
        await adapter.says(event(4, "stopped", reason="breakpoint", hitBreakpointIds=[1]))
        await client.gets(event(3, "stopped", reason="breakpoint", hitBreakpointIds=[1, 3]))
        await adapter.says(event(5, "breakpoint", reason="changed", breakpoint=bp(7, line=6)))
        await client.gets(event(4, "breakpoint", reason="changed", breakpoint=bp(2, line=6)))
        await adapter.says(event(6, "breakpoint", reason="changed", breakpoint=bp(1, line=4)))
        await client.gets(
            event(5, "breakpoint", reason="changed", breakpoint=bp(1, line=4)),
            event(6, "breakpoint", reason="changed", breakpoint=bp(3, line=4)),
        )


async def test_law_6_the_users_breakpoint_takes_the_address_of_a_hidden_one(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)
        await client.says(request(3, "setBreakpoints", source=FILE, breakpoints=[{"line": 9}]))
        await adapter.gets(request(4, "setBreakpoints", source=FILE, breakpoints=[{"line": 9}]))
        exists = "Breakpoint exists at /w/main.go:9 at 49e593"
        await adapter.says(response(2, 4, "setBreakpoints", breakpoints=[bp(10, verified=False, message=exists)]))
        await adapter.gets(request(5, "setFunctionBreakpoints", breakpoints=[]))
        await adapter.says(response(3, 5, "setFunctionBreakpoints", breakpoints=[]))
        await adapter.gets(request(6, "setBreakpoints", source=FILE, breakpoints=[{"line": 9}]))
        await adapter.says(response(4, 6, "setBreakpoints", breakpoints=[bp(11)]))
        await adapter.gets(request(7, "setFunctionBreakpoints", breakpoints=[{"name": "main.main"}]))
        await adapter.says(response(5, 7, "setFunctionBreakpoints", breakpoints=[bp(None, verified=False, message=exists)]))
        await client.gets(response(1, 3, "setBreakpoints", breakpoints=[bp(11)]))
        assert shim.hidden.shadowed
        await adapter.says(event(6, "stopped", reason="breakpoint", hitBreakpointIds=[11], threadId=1))
        await client.gets(event(2, "stopped", reason="breakpoint", hitBreakpointIds=[11]))
        await client.says(request(4, "setBreakpoints", source=FILE, breakpoints=[]))
        await adapter.gets(request(8, "setBreakpoints", source=FILE, breakpoints=[]))
        await adapter.says(response(7, 8, "setBreakpoints", breakpoints=[]))
        await adapter.gets(request(9, "setFunctionBreakpoints", breakpoints=[{"name": "main.main"}]))
        await adapter.says(response(8, 9, "setFunctionBreakpoints", breakpoints=[bp(12)]))
        await client.gets(response(3, 4, "setBreakpoints", breakpoints=[]))
        assert scene.breakpoints.hidden_with(12) is shim.hidden


async def test_law_6_where_the_users_breakpoint_is_already_the_stop_is_shown(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim, answer=bp(None, verified=False, message="Breakpoint exists at /w/main.go:9 at 49e593"))
        await client.gets_nothing()
        await adapter.says(event(2, "stopped", reason="breakpoint", hitBreakpointIds=[1], threadId=1))
        await client.gets(event(1, "stopped", reason="breakpoint", hitBreakpointIds=[1]))
        assert (shim.hidden.shadowed, shim.worked) == (True, 0)


async def test_law_6_a_breakpoint_layer_that_fails_leaves_the_clients_lists(autojump_clock, monkeypatch):
    shim = WantsMain()
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)

        def broken(*_: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(ClientIds, "of", broken)
        await adapter.says(event(2, "stopped", reason="breakpoint", hitBreakpointIds=[4]))
        await client.gets(event(1, "stopped", reason="breakpoint", hitBreakpointIds=[4]), event(2, "output", category="stderr"))
        await adapter.gets(request(4, "setFunctionBreakpoints", breakpoints=[]))
        await adapter.says(response(3, 4, "setFunctionBreakpoints", breakpoints=[]))


async def test_law_8_ids_begin_anew_at_each_initialized(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        await client.says(request(1, "setBreakpoints", source=FILE, breakpoints=[{"line": 4}]))
        await adapter.gets(request(1, "setBreakpoints"))
        await adapter.says(response(1, 1, "setBreakpoints", breakpoints=[bp(1)]))
        await client.gets(response(1, 1, "setBreakpoints", breakpoints=[bp(1)]))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.breakpoints.set_again, ("setBreakpoints", "/w/main.go"))
            await adapter.gets(request(2, "setBreakpoints"))
            await adapter.says(response(2, 2, "setBreakpoints", breakpoints=[bp(3)]))
        await adapter.says(event(3, "initialized"), event(4, "stopped", reason="breakpoint", hitBreakpointIds=[3]))
        await client.gets(event(2, "initialized"), event(3, "stopped", reason="breakpoint", hitBreakpointIds=[3]))
        assert scene.breakpoints.keys() == []


COUNT = {"dataId": "1,0,count", "accessType": "write"}
STARTED = {"dataId": "1,0,main.started", "accessType": "write"}


async def test_law_6_data_breakpoints_have_the_same_owner(autojump_clock):
    shim = WantsMain()
    shim.hidden = Hidden("setDataBreakpoints", STARTED, shim.work)
    async with stage(shim) as scene:
        client, adapter = scene
        shim.breakpoints = scene.breakpoints
        await client.says(request(1, "setDataBreakpoints", breakpoints=[COUNT]))
        await adapter.gets(request(1, "setDataBreakpoints", breakpoints=[COUNT]))
        await adapter.says(response(1, 1, "setDataBreakpoints", breakpoints=[bp(2)]))
        await client.gets(response(1, 1, "setDataBreakpoints", breakpoints=[bp(2)]))
        await client.says(request(2, "configurationDone"))
        await adapter.gets(request(2, "setDataBreakpoints", breakpoints=[COUNT, STARTED]))
        # The client's has another id now, as one that Delve set anew.
        await adapter.says(response(2, 2, "setDataBreakpoints", breakpoints=[bp(5), bp(4)]))
        await adapter.gets(request(3, "configurationDone"))
        await client.says(request(3, "setDataBreakpoints", breakpoints=[COUNT, COUNT]))
        await adapter.gets(request(4, "setDataBreakpoints", breakpoints=[COUNT, COUNT, STARTED]))
        twice = {"verified": False, "message": "breakpoint already exists"}
        await adapter.says(response(3, 4, "setDataBreakpoints", breakpoints=[bp(5), twice, bp(4)]))
        answer = await client.gets(response(2, 3, "setDataBreakpoints", breakpoints=[bp(2), twice]))
        assert "id" not in answer["body"]["breakpoints"][1]
        await adapter.says(event(4, "stopped", reason="breakpoint", hitBreakpointIds=[5], threadId=1))
        await client.gets(event(3, "stopped", reason="breakpoint", hitBreakpointIds=[2]))
        await adapter.says(event(5, "breakpoint", reason="changed", breakpoint=bp(5)))
        await client.gets(event(4, "breakpoint", reason="changed", breakpoint=bp(2)))
        await adapter.says(event(6, "breakpoint", reason="changed", breakpoint=bp(4)))
        await client.gets_nothing()


async def test_law_6_a_data_breakpoint_that_could_not_be_set_is_not_tried_at_another_stop(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        await client.says(request(1, "setDataBreakpoints", breakpoints=[COUNT, STARTED]))
        await adapter.gets(request(1, "setDataBreakpoints", breakpoints=[COUNT, STARTED]))
        refused = {"verified": False, "message": "could not find symbol value for count"}
        await adapter.says(response(1, 1, "setDataBreakpoints", breakpoints=[refused, bp(3)]))
        await client.gets(response(1, 1, "setDataBreakpoints", breakpoints=[refused, bp(3)]))
        answers: list[Json] = []

        async def again() -> None:
            answers.extend(await scene.breakpoints.set_again(("setDataBreakpoints", "")))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(again)
            await adapter.gets(request(2, "setDataBreakpoints", breakpoints=[STARTED]))
            await adapter.says(response(2, 2, "setDataBreakpoints", breakpoints=[bp(6)]))
        assert answers == [{"verified": False}, bp(3)]
        await adapter.says(event(3, "breakpoint", reason="changed", breakpoint=bp(6)))
        await client.gets(event(2, "breakpoint", reason="changed", breakpoint=bp(3)))


async def test_a_stop_at_data_is_shown_since_delve_does_not_say_at_which(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)
        await adapter.says(event(2, "stopped", reason="data breakpoint", threadId=1))
        await client.gets(event(1, "stopped", reason="data breakpoint", threadId=1))


def test_ids_of_our_own_are_out_of_delves_way():
    ours = Breakpoints()
    assert [ours.own_id(), ours.own_id()] == [OWN_IDS + 1, OWN_IDS + 2]


# -- hidden stops ------------------------------------------------------------------------------------------------------------


async def test_a_hidden_stop_is_never_seen(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)
        await adapter.says(event(2, "stopped", reason="function breakpoint", hitBreakpointIds=[9], threadId=1))
        await adapter.gets(request(4, "continue", threadId=1))
        await adapter.says(event(3, "continued", threadId=1), response(4, 4, "continue", allThreadsContinued=True))
        await client.gets_nothing()
        assert shim.worked == 1
        await adapter.says(event(5, "stopped", reason="breakpoint", hitBreakpointIds=[3], threadId=1))
        await client.gets(event(1, "stopped", reason="breakpoint", hitBreakpointIds=[3]))
        await client.says(request(3, "next", threadId=1))
        await adapter.gets(request(5, "stackTrace", threadId=1))  # a hidden stop might cut the step short
        await adapter.says(response(6, 5, "stackTrace", stackFrames=[{"id": 1000}]))
        await adapter.gets(request(6, "next"))
        await adapter.says(event(7, "continued", threadId=1), response(8, 6, "next"))
        await client.gets(event(2, "continued"), response(3, 3, "next"))


async def test_a_stop_in_which_a_breakpoint_of_the_users_was_hit_too_is_shown_without_ours(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)
        await adapter.says(event(2, "stopped", reason="breakpoint", hitBreakpointIds=[9, 4], threadId=1))
        await client.gets(event(1, "stopped", reason="breakpoint", hitBreakpointIds=[4]))


async def test_pause_while_a_hidden_stop_works_shows_it(autojump_clock):
    shim = WantsMain()

    async def forever(_event: Message) -> bool:
        await trio.sleep(10**9)
        return False

    shim.hidden.work = forever
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)
        await adapter.says(event(2, "stopped", reason="function breakpoint", hitBreakpointIds=[9], threadId=1))
        await client.gets_nothing()
        await client.says(request(3, "pause", threadId=1))
        await adapter.gets(request(4, "pause"))
        shown = await client.gets(event(1, "stopped", reason="pause"))
        assert "hitBreakpointIds" not in shown["body"]


@pytest.mark.parametrize("fails", ["work", "resume", "show"])
async def test_a_hidden_stop_is_shown_when_it_cannot_stay_hidden(autojump_clock, fails):
    shim = WantsMain(show=fails == "show")

    async def broken(_event: Message) -> bool:
        raise RuntimeError("a bug")

    if fails == "work":
        shim.hidden.work = broken
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)
        await adapter.says(event(2, "stopped", reason="function breakpoint", hitBreakpointIds=[9], threadId=1))
        if fails == "resume":
            await adapter.gets(request(4, "continue"))
            await adapter.says(response(3, 4, "continue", success=False))
        await client.gets(event(1, "stopped", reason="pause"))


async def test_a_hidden_breakpoint_can_be_taken_out_again(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        _, adapter = scene
        await begin(scene, shim)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.breakpoints.remove, shim.hidden)
            await adapter.gets(request(4, "setFunctionBreakpoints", breakpoints=[]))
            await adapter.says(response(2, 4, "setFunctionBreakpoints", breakpoints=[]))
        assert scene.breakpoints.hidden_with(9) is None


async def test_law_8_an_answer_that_comes_after_a_restart_switches_nothing_off():
    async with stage() as (client, adapter):
        await client.says(request(1, "setBreakpoints", source=FILE, breakpoints=[{"line": 4}]))
        await adapter.gets(request(1, "setBreakpoints", source=FILE))
        await adapter.says(event(1, "initialized"), response(2, 1, "setBreakpoints", breakpoints=[bp(1)]))
        await client.gets(event(1, "initialized"), response(2, 1, "setBreakpoints", breakpoints=[bp(1)]))


LIST = "setInstructionBreakpoints"


def at(address: str, work: Any) -> Hidden:
    return Hidden(LIST, {"instructionReference": address}, work)


async def test_law_6_hidden_breakpoints_are_exchanged_with_one_request(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        _, adapter = scene
        await begin(scene, shim)
        first, second, third = (at(address, shim.work) for address in ("0x1", "0x2", "0x3"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.breakpoints.exchange, [], [first, second])
            await adapter.gets(request(4, LIST, breakpoints=[first.entry, second.entry]))
            await adapter.says(response(2, 4, LIST, breakpoints=[bp(5), bp(6)]))
        assert (first.id, second.id) == (5, 6)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.breakpoints.exchange, [first, second, third], [third])
            await adapter.gets(request(5, LIST, breakpoints=[third.entry]))
            await adapter.says(response(3, 5, LIST, breakpoints=[bp(7)]))
        assert (first.id, second.id, third.id) == (None, None, 7)
        await scene.breakpoints.exchange([first], [])
        await adapter.gets_nothing()


async def test_law_6_what_could_not_be_exchanged_is_not_tried_again(autojump_clock):
    shim = WantsMain()
    async with stage(shim) as scene:
        _, adapter = scene
        await begin(scene, shim)

        async def refused() -> None:
            with pytest.raises(OwnCallError, match="Delve refused setInstructionBreakpoints: no"):
                await scene.breakpoints.exchange([], [at("0x1", shim.work)])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(refused)
            await adapter.gets(request(4, LIST))
            await adapter.says(response(2, 4, LIST, success=False, message="no"))
        assert not scene.breakpoints._lists[LIST, ""].hidden


@pytest.mark.parametrize("ends", ["hidden", "shown", "another breakpoint"])
async def test_a_hidden_stop_can_go_on_by_one_instruction(autojump_clock, ends):
    shim = WantsMain()
    stops: list[str] = []

    async def work(event: Message) -> Any:
        stops.append(event.body["reason"])
        return STEP if len(stops) == 1 else ends == "shown"

    shim.hidden.work = work
    async with stage(shim) as scene:
        client, adapter = scene
        await begin(scene, shim)
        await adapter.says(event(2, "stopped", reason="function breakpoint", hitBreakpointIds=[9], threadId=1))
        await adapter.gets(request(4, "stepIn", threadId=1, granularity="instruction"))
        await adapter.says(event(3, "continued", threadId=1), response(4, 4, "stepIn"))
        if ends == "another breakpoint":
            await adapter.says(event(5, "stopped", reason="breakpoint", hitBreakpointIds=[2], threadId=1))
            await client.gets(event(1, "stopped", reason="breakpoint", hitBreakpointIds=[2]))
            assert stops == ["function breakpoint"]
            return
        await adapter.says(event(5, "stopped", reason="step", threadId=1))
        if ends == "shown":
            await client.gets(event(1, "stopped", reason="pause"))
        else:
            await adapter.gets(request(5, "continue", threadId=1))
            await adapter.says(response(6, 5, "continue"))
            await client.gets_nothing()
        assert stops == ["function breakpoint", "step"]
