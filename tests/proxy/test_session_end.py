"""How a session ends: who goes first, what the other still gets, and that every open request gets its answer."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from dapshim.proxy.adapter import Adapter
from dapshim.proxy.reasons import Reason
from dapshim.proxy.shim import Answer, Shim, Verdict, on
from dapshim.shims.output import Output
from dapshim.wire.messages import Message
from tests.playbook import Containing, ScriptedAdapter, event, request, response, stage


async def test_when_the_adapter_goes_what_it_sent_comes_first_then_failures_then_terminated_then_the_end(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(1, "initialize"), request(5, "threads"), request(6, "evaluate", expression="x"))
        await adapter.gets(request(1, "initialize"), request(2, "threads"), request(3, "evaluate"))
        await adapter.says(response(1, 1, "initialize"), event(2, "output", output="last words"))
        await adapter.hangs_up()
        gone = Containing("the adapter ended the connection")
        await client.gets(
            response(1, 1, "initialize"),
            event(2, "output", output="last words"),
            response(3, 5, "threads", success=False, message=gone),  # type: ignore[arg-type]  # a pattern
            response(4, 6, "evaluate", success=False, message=gone),  # type: ignore[arg-type]  # a pattern
            event(5, "terminated"),
        )
        await client.gets_end()


async def test_a_terminated_of_the_adapters_own_is_not_doubled(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(1, "disconnect"))
        await adapter.gets(request(1, "disconnect"))
        await adapter.says(response(1, 1, "disconnect"), event(2, "terminated"))
        await adapter.hangs_up()
        await client.gets(response(1, 1, "disconnect"), event(2, "terminated"))
        await client.gets_end()


async def test_two_of_the_adapters_own_both_pass(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(1, "disconnect"))
        await adapter.gets(request(1, "disconnect"))
        await adapter.says(event(1, "terminated"), response(2, 1, "disconnect"), event(3, "terminated"))
        await adapter.hangs_up()
        await client.gets(event(1, "terminated"), response(2, 1, "disconnect"), event(3, "terminated"))
        await client.gets_end()


async def test_with_shims_off_nothing_is_made_up(autojump_clock):
    async with stage(relay_only=True) as (client, adapter):
        await client.says(request(4, "threads"))
        await adapter.gets(request(1, "threads"))
        await adapter.hangs_up()
        await client.gets_end()


async def test_a_client_that_goes_is_heard_to_the_end_and_an_adapter_that_is_not_ours_gets_a_bare_end(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await client.says(request(2, "evaluate", expression="x"), request(3, "disconnect"))
        await client.hangs_up()
        client.ended = True
        await adapter.gets(request(2, "evaluate"), request(3, "disconnect"))
        await adapter.gets_end()


async def test_a_client_that_stops_sending_still_gets_what_comes(autojump_clock):
    async with stage(relay_only=True) as (client, adapter):
        await client.says(request(1, "threads"))
        await client.stream.send_eof()
        await adapter.gets(request(1, "threads"))
        await adapter.says(response(1, 1, "threads"))
        await adapter.hangs_up()
        await client.gets(response(1, 1, "threads"))
        await client.gets_end()


@pytest.mark.parametrize(("start", "terminate"), [("launch", True), ("attach", False)])
async def test_a_dlv_of_our_own_is_told_to_disconnect_when_the_client_goes(autojump_clock, start, terminate):
    async with stage(pid=4711) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"), request(2, start, mode="exec" if terminate else "local"))
        await adapter.gets(request(1, "initialize"), request(2, start))
        await client.hangs_up()
        client.ended = True
        await adapter.gets(request(3, "disconnect", restart=False, terminateDebuggee=terminate))
        await adapter.says(response(1, 3, "disconnect"), event(2, "terminated"))
        await adapter.gets_end()
        await adapter.hangs_up()
    assert scene.scripted.ended == [not terminate]


@pytest.mark.parametrize("answered", [True, False], ids=["behind its answer", "before its answer"])
@pytest.mark.parametrize(("start", "terminate"), [("launch", True), ("attach", False)])
async def test_what_delve_refuses_beside_it_says_nothing_of_the_program(autojump_clock, start, terminate, answered):
    other = {"launch": "attach", "attach": "launch"}[start]
    async with stage(pid=4711) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"), request(2, start, mode="exec" if terminate else "local"))
        await adapter.gets(request(1, "initialize"), request(2, start))
        if answered:
            await adapter.says(response(1, 2, start))
            await client.gets(response(1, 2, start))
        await client.says(request(3, other, mode="local" if terminate else "exec"))
        await adapter.gets(request(3, other))
        if not answered:
            await adapter.says(response(1, 2, start))
            await client.gets(response(1, 2, start))
        await adapter.says(response(2, 3, other, success=False))
        await client.gets(response(2, 3, other, success=False))
        await client.hangs_up()
        client.ended = True
        await adapter.gets(request(4, "disconnect", terminateDebuggee=terminate))
        await adapter.hangs_up()
    assert scene.scripted.ended == [not terminate]


async def test_an_attach_behind_a_launch_that_failed_is_let_go_of(autojump_clock):
    async with stage(pid=4711) as scene:
        client, adapter = scene
        await client.says(request(1, "launch", mode="exec"))
        await adapter.gets(request(1, "launch"))
        await adapter.says(response(1, 1, "launch", success=False))
        await client.gets(response(1, 1, "launch", success=False))
        await client.says(request(2, "attach", mode="local"))
        await adapter.gets(request(2, "attach"))
        await adapter.says(response(2, 2, "attach"))
        await client.gets(response(2, 2, "attach"))
        await client.hangs_up()
        client.ended = True
        await adapter.gets(request(3, "disconnect", terminateDebuggee=False))
        await adapter.hangs_up()
    assert scene.scripted.ended == [True]


async def test_a_dlv_that_does_not_let_go_is_left_alone_when_we_are_told_to_end_meanwhile(autojump_clock, monkeypatch):
    waited = trio.Event()

    async def end(_adapter: ScriptedAdapter, *, attached: bool) -> None:
        assert attached
        waited.set()
        await trio.sleep(10_000)

    monkeypatch.setattr(ScriptedAdapter, "end", end)
    async with stage(pid=4711, strict=False) as scene:
        client, adapter = scene
        await client.says(request(1, "attach", mode="local"))
        await adapter.gets(request(1, "attach"))
        await client.hangs_up()
        await waited.wait()
        await trio.sleep(600)  # it may take as long as it likes
        scene.session.end(Reason.TOLD)
        began = trio.current_time()
    assert trio.current_time() - began < 5


async def test_a_dlv_of_our_own_gets_no_second_goodbye(autojump_clock):
    async with stage(pid=4711) as (client, adapter):
        await client.says(request(1, "initialize"), request(2, "disconnect"))
        await adapter.gets(request(1, "initialize"), request(2, "disconnect"))
        await client.hangs_up()
        client.ended = True
        await adapter.gets_end()


async def test_a_hung_adapter_does_not_keep_a_session_that_was_told_to_end(autojump_clock):
    async with stage(pid=4711, strict=False) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        began = trio.current_time()
        scene.session.end(Reason.TOLD)
        told = Containing("dapshim was told to stop")
        await client.gets(
            response(1, 1, "initialize", success=False, message=told),  # type: ignore[arg-type]  # a pattern
            event(2, "output", category="stderr", output=told),
            event(3, "terminated"),
        )
        await client.gets_end()
        assert trio.current_time() - began < 5
        assert scene.scripted.ended == [False]


async def test_without_an_adapter_every_request_is_answered_with_the_reason(autojump_clock):
    reason = "no dlv on the PATH: go install it"
    async with stage(start_error=reason, strict=False) as (client, _adapter):
        await client.says(request(1, "initialize"), request(2, "launch"))
        await client.gets(
            response(1, 1, "initialize", success=False, message=reason),
            response(2, 2, "launch", success=False, message=reason),
            event(3, "output", category="stderr", output=Containing(reason)),
            event(4, "terminated"),
        )
        await client.gets_end()


async def test_an_adapter_that_speaks_no_dap_ends_the_session_in_words(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "output", output="fine"))
        await adapter.stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await client.gets(
            event(1, "output", output="fine"),
            response(2, 1, "initialize", success=False, message=Containing("does not speak DAP: not a header line")),  # type: ignore[arg-type]  # a pattern
            event(3, "output", category="stderr"),
            event(4, "terminated"),
        )
        await client.gets_end()
        adapter.ended = True


async def test_a_client_that_speaks_no_dap_starts_nothing(autojump_clock):
    async with stage() as scene:
        client, adapter = scene
        await client.stream.send_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await client.gets_end()
        assert scene.session.adapter is None
        adapter.ended = True


async def test_a_body_that_is_not_json_closes_both_sides_after_what_came_before(autojump_clock):
    async with stage(relay_only=True) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await client.says(request(2, "threads"))
        await client.sends(b"not json")
        await adapter.gets(request(2, "threads"))
        await adapter.gets_end()
        await client.gets_end()


async def test_a_request_in_a_hooks_hands_is_answered_once_when_the_adapter_goes(autojump_clock):
    class Answers(Shim):
        @on.request("threads", budget=100)
        async def answer(self, _request: Message) -> Verdict:
            await trio.sleep(1)
            return Answer({"threads": []})

    async with stage(Answers()) as (client, adapter):
        await client.says(request(1, "initialize"), request(2, "threads"), request(3, "threads"))
        await adapter.gets(request(1, "initialize"))
        await adapter.hangs_up()
        seen = [await client.gets({}) for _ in range(4)]
        await client.gets_end()
    assert sorted(m["request_seq"] for m in seen if m["type"] == "response") == [1, 2, 3]
    assert seen[-1]["event"] == "terminated"


async def test_a_request_that_is_too_deep_is_refused_and_the_session_goes_on(autojump_clock):
    deep = b"[" * 100_000 + b"]" * 100_000
    async with stage() as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await client.sends(b'{"seq":2,"type":"request","command":"evaluate","arguments":' + deep + b"}")
        await client.gets(response(1, 2, "evaluate", success=False, message=Containing("10,000 levels")))  # type: ignore[arg-type]  # a pattern
        await client.says(request(3, "threads"))
        await adapter.gets(request(2, "threads"))


async def test_a_request_that_delve_cannot_read_is_refused_and_the_session_goes_on(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await client.says(request(2, "evaluate", expression="x" * (4 * 1024 * 1024)))
        await client.gets(response(1, 2, "evaluate", success=False, message=Containing("Delve reads none above")))  # type: ignore[arg-type]  # a pattern
        await client.says(request(3, "threads"))
        await adapter.gets(request(2, "threads"))


async def test_what_a_dying_dlv_prints_comes_before_terminated(autojump_clock):
    printer, pipe = trio.testing.memory_stream_one_way_pair()
    async with stage(Output(), pid=4711, outputs={"stderr": pipe}) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.hangs_up()
        await trio.testing.wait_all_tasks_blocked()
        await printer.send_all(b"panic: out of luck\n")
        await printer.aclose()
        await client.gets(
            response(1, 1, "initialize", success=False),
            event(2, "output", category="stderr", output="panic: out of luck\n"),
            event(3, "terminated"),
        )
        await client.gets_end()


# -- law 7 -------------------------------------------------------------------------------------------------------------------


async def test_law_7_the_adapter_can_be_replaced_behind_the_clients_back(autojump_clock):
    other_end, other_stream = trio.testing.memory_stream_pair()
    second = ScriptedAdapter(other_stream)

    async def source() -> Adapter:
        return second

    class Replaces(Shim):
        @on.request("launch", budget=100)
        async def replace(self, _request: Message) -> None:
            await self.session.replace_adapter(source)

    async with stage(Replaces(), pid=1) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize", clientID="test"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize", supportsOld=True))
        await client.gets(response(1, 1, "initialize", supportsOld=True))
        await client.says(request(2, "launch", mode="exec"))
        scene.adapter.stream = other_end
        scene.adapter.reader.__init__(2**20)  # type: ignore[misc]  # the script goes on with the second adapter
        await adapter.gets(request(1, "initialize", clientID="test"))
        await adapter.says(response(1, 1, "initialize", supportsNew=True))
        await adapter.gets(request(2, "launch", mode="exec"))
        await adapter.says(response(2, 2, "launch"))
        await client.gets(event(2, "capabilities", capabilities={"supportsNew": True}), response(3, 2, "launch"))
        assert scene.scripted.ended == [False]
        assert second.ended == []


async def test_the_programs_last_words_come_before_terminated_also_when_the_adapter_goes_at_once(autojump_clock):
    printer, pipe = trio.testing.memory_stream_one_way_pair()
    async with stage(Output(), pid=4711, outputs={"stdout": pipe}) as (client, adapter):
        await client.says(request(1, "disconnect"))
        await adapter.gets(request(1, "disconnect"))
        await printer.send_all(b"last words\n")
        await adapter.says(response(1, 1, "disconnect"), event(2, "terminated"))
        await adapter.hangs_up()
        await printer.aclose()
        heard = [await client.gets({}) for _ in range(3)]
        assert heard[-1]["event"] == "terminated"
        assert [m["body"]["output"] for m in heard if m.get("event") == "output"] == ["last words\n"]
        await client.gets_end()


@pytest.mark.parametrize(("mode", "built"), [("debug", True), ("test", True), ("exec", False)])
async def test_the_adapter_is_told_which_programs_it_has_and_whether_it_built_them(autojump_clock, mode, built):
    async with stage(pid=4711) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"), request(2, "launch", mode=mode))
        await adapter.gets(request(1, "initialize"), request(2, "launch"))
        await adapter.says(event(1, "process", name="/w/x arg", systemProcessId=71), event(2, "process", systemProcessId=72))
        await client.gets(event(1, "process"), event(2, "process"))
        assert scene.scripted.told == [(71, built), (72, built)]
        assert scene.scripted.builds == built
        await client.says(request(3, "disconnect"))
        await adapter.gets(request(3, "disconnect"))
        await adapter.hangs_up()
        await client.gets(response(3, 1, "initialize", success=False))
        await client.gets(response(4, 2, "launch", success=False), response(5, 3, "disconnect", success=False))
        await client.gets(event(6, "terminated"))


async def test_a_program_that_is_not_debugged_is_in_dlvs_own_group_from_the_start(autojump_clock):
    async with stage(pid=4711, strict=False) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"), request(2, "launch", mode="exec", noDebug=True))
        await adapter.gets(request(1, "initialize"), request(2, "launch"))
        assert scene.scripted.told == [(None, False)]


async def test_with_connect_a_client_that_speaks_no_json_is_still_announced_to_the_server(autojump_clock):
    async with stage(dial_at_once=True, relay_only=True) as scene:
        client, adapter = scene
        await client.sends(b"{malformedString}")
        await adapter.gets_end()
        await client.gets_end()
        assert scene.session.adapter is not None


async def test_with_connect_a_browser_is_not_announced_to_the_server(autojump_clock):
    async with stage(dial_at_once=True, relay_only=True) as scene:
        client, adapter = scene
        await client.stream.send_all(b"GET / HTTP/1.1\r\n")
        await client.gets_end()
        assert scene.session.adapter is None
        adapter.ended = True
