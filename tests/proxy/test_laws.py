"""The laws of the pipeline, each broken by nobody. The numbers are those at the head of `dapshim/proxy/pipeline.py`."""

from __future__ import annotations

import json
import logging

import pytest
import trio
import trio.testing

from dapshim.proxy import pipeline, pump, session
from dapshim.proxy.calls import OwnCallTimeoutError
from dapshim.proxy.shim import HIDE, Answer, Refuse, Shim, Verdict, on
from dapshim.wire.messages import Message
from tests.playbook import Containing, event, request, response, stage


class AsksAtStop(Shim):
    """Make an own call whenever the program stops."""

    def __init__(self, deadline: float = 1.0) -> None:
        self.deadline = deadline
        self.answers: list[Message] = []
        self.timeouts = 0

    @on.event("stopped", budget=100)
    async def ask(self, _event: Message) -> None:
        try:
            self.answers.append(await self.session.call("threads", deadline=self.deadline))
        except OwnCallTimeoutError:
            self.timeouts += 1


async def test_an_untouched_conversation_passes_both_ways(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(1, "initialize", clientID="test"), request(2, "threads"))
        await adapter.gets(request(1, "initialize", clientID="test"), request(2, "threads"))
        await adapter.says(response(1, 1, "initialize", supportsX=True), event(2, "initialized"), response(3, 2, "threads"))
        await client.gets(response(1, 1, "initialize", supportsX=True), event(2, "initialized"), response(3, 2, "threads"))


async def test_numbers_are_ours_on_each_side(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(50, "initialize"), request(7, "threads"), request(7, "scopes"))
        await adapter.gets(request(1, "initialize"), request(2, "threads"), request(3, "scopes"))
        await adapter.says(response(900, 3, "scopes"), response(0, 2, "threads"), response(5, 1, "initialize"))
        await client.gets(response(1, 7, "scopes"), response(2, 7, "threads"), response(3, 50, "initialize"))


async def test_a_request_that_is_answered_twice_gets_both_answers(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(4, "restart"))
        await adapter.gets(request(1, "restart"))
        await adapter.says(response(1, 1, "restart"), response(2, 1, "restart", success=False, message="cannot rebuild"))
        await client.gets(response(1, 4, "restart"), response(2, 4, "restart", success=False, message="cannot rebuild"))


async def test_an_answer_without_a_command_is_matched_by_its_number(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(9, "foo"))
        await adapter.gets(request(1, "foo"))
        await adapter.says(response(1, 1, "", success=False))
        await client.gets(response(1, 9, "", success=False))


async def test_reverse_requests_and_their_responses_pass(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(3, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(request(20, "runInTerminal", args=["x"]))
        await client.gets(request(1, "runInTerminal", args=["x"]))
        await client.says(response(4, 1, "runInTerminal", shellProcessId=7))
        await adapter.gets(response(2, 20, "runInTerminal", shellProcessId=7))


async def test_cancel_names_the_adapters_number(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(
            request(11, "initialize"), request(12, "evaluate", expression="x"), request(13, "cancel", requestId=12)
        )
        await adapter.gets(request(1, "initialize"), request(2, "evaluate"), request(3, "cancel", requestId=2))


async def test_an_answer_to_nothing_is_not_taken_for_another(autojump_clock):
    async with stage() as (client, adapter):
        await client.says(request(5, "threads"))
        await adapter.gets(request(1, "threads"))
        await adapter.says(response(1, 5, "threads"), response(2, 77, "threads"), response(3, 1, "threads"))
        await client.gets(response(1, 77, "threads"), response(2, 5, "threads"))


# -- law 1 -------------------------------------------------------------------------------------------------------------------


async def test_law_1_an_own_call_is_answered_behind_more_than_memory_allows_to_wait(autojump_clock, monkeypatch):
    monkeypatch.setattr(pump, "QUEUE_MARK", 2000)
    asker = AsksAtStop(deadline=5)
    async with stage(asker) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="pause"))
        await adapter.gets(request(2, "threads"))
        await adapter.says(*[event(n, "output", output="x" * 1000, category="stdout") for n in range(2, 12)])
        await adapter.says(response(12, 2, "threads"))
        await client.gets(event(1, "stopped"), *[event(n, "output") for n in range(2, 12)])
    assert [answer.name for answer in asker.answers] == ["threads"]


async def test_law_1_reading_pauses_above_the_mark_when_nobody_waits_for_an_answer(autojump_clock, monkeypatch):
    monkeypatch.setattr(pump, "QUEUE_MARK", 2000)

    class Holds(Shim):
        def __init__(self) -> None:
            self.go_on = trio.Event()

        @on.event("stopped", budget=1000)
        async def hold(self, _event: Message) -> None:
            await self.go_on.wait()

    holds = Holds()
    async with stage(holds) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="pause"))
        for number in range(2, 12):
            await adapter.says(event(number, "output", output="x" * 1000, category="stdout"))
            await trio.testing.wait_all_tasks_blocked()
        waiting = len(scene.session.pipeline.to_client.waiting)
        assert waiting == 2
        holds.go_on.set()
        await client.gets(event(1, "stopped"), *[event(n, "output") for n in range(2, 12)])


async def test_law_1_the_hard_cap_fails_the_session(autojump_clock, monkeypatch):
    monkeypatch.setattr(pump, "QUEUE_CAP", 5000)
    async with stage(AsksAtStop(deadline=50)) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="pause"))
        await adapter.gets(request(2, "threads"))
        await adapter.says(*[event(n, "output", output="x" * 1000, category="stdout") for n in range(2, 12)])
        last = [await client.gets({}) for _ in range(2)][-1]
        while last.get("event") != "terminated":
            if last.get("type") == "response":
                assert "MiB of messages wait" in last["message"]
            last = await client.gets({})
        await client.gets_end()


# -- law 2 -------------------------------------------------------------------------------------------------------------------


async def test_law_2_an_own_call_has_a_deadline_and_its_late_answer_is_swallowed(autojump_clock):
    asker = AsksAtStop(deadline=1)
    async with stage(asker) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="pause"))
        await adapter.gets(request(2, "threads"))
        await client.gets(event(1, "stopped"))
        assert asker.timeouts == 1
        await adapter.says(response(2, 2, "threads"), event(3, "output", output="later", category="console"))
        await client.gets(event(2, "output", output="later"))


async def test_law_2_past_its_budget_a_hook_gives_way_and_its_edits_are_dropped(autojump_clock):
    class Slow(Shim):
        @on.event("stopped", budget=3)
        async def think(self, event: Message) -> Verdict:
            event.body["reason"] = "edited"
            await trio.sleep(10)
            return HIDE

    async with stage(Slow()) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        began = trio.current_time()
        await adapter.says(event(1, "stopped", reason="pause"))
        await client.gets(event(1, "stopped", reason="pause"))
        assert trio.current_time() - began == pytest.approx(3)


# -- law 3 -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("urgent", ["pause", "disconnect", "terminate"])
async def test_law_3_an_urgent_request_cancels_hooks_in_both_directions_and_keeps_its_place(autojump_clock, urgent):
    class Waits(Shim):
        @on.request("setBreakpoints", budget=1000)
        @on.event("stopped", budget=1000)
        async def wait(self, _message: Message) -> None:
            await trio.sleep_forever()

    async with stage(Waits(), strict=False) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="pause"))
        await client.says(request(2, "setBreakpoints", source={"path": "/a.go"}), request(3, "threads"))
        await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()
        await client.says(request(4, urgent))
        await adapter.gets(request(2, "setBreakpoints"), request(3, "threads"), request(4, urgent))
        await client.gets(event(1, "stopped"))
        assert trio.current_time() == began


async def test_law_3_cancel_stops_only_the_hooks_on_the_request_that_it_names(autojump_clock):
    class Waits(Shim):
        @on.request("evaluate", budget=1000)
        @on.event("stopped", budget=7)
        async def wait(self, _message: Message) -> None:
            await trio.sleep_forever()

    async with stage(Waits()) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        began = trio.current_time()
        await adapter.says(event(1, "stopped", reason="pause"))
        await client.says(request(2, "evaluate", expression="x"))
        await trio.testing.wait_all_tasks_blocked()
        await client.says(request(3, "cancel", requestId=99), request(4, "cancel", requestId=2))
        await adapter.gets(request(2, "evaluate"), request(3, "cancel"), request(4, "cancel"))
        assert trio.current_time() == began
        await client.gets(event(1, "stopped"))
        assert trio.current_time() - began == pytest.approx(7)


async def test_law_3_what_must_not_be_torn_is_finished_within_its_own_deadline(autojump_clock):
    done = []

    class Careful(Shim):
        @on.event("stopped", budget=1000)
        async def work(self, _event: Message) -> None:
            with self.session.untorn(2):
                await trio.sleep(1)
                done.append("whole")
            with self.session.untorn(2):
                await trio.sleep(1000)
                done.append("never")

    async with stage(Careful()) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="step"))
        await trio.testing.wait_all_tasks_blocked()
        await client.says(request(2, "pause"))
        await adapter.gets(request(2, "pause"))
        await client.gets(event(1, "stopped"))
    assert done == ["whole"]


# -- law 4 -------------------------------------------------------------------------------------------------------------------


class Faulty(Shim):
    """Edit, send something, and fail."""

    def __init__(self) -> None:
        self.abandoned = trio.Event()
        self.calls = 0

    @on.event("stopped")
    async def fail(self, event: Message) -> None:
        self.calls += 1
        event.body["reason"] = "nonsense"
        await self.session.emit("output", {"output": "never seen", "category": "console"})
        raise RuntimeError("a bug")

    async def abandon(self) -> None:
        self.abandoned.set()


async def test_law_4_a_hook_that_fails_costs_nothing_but_its_shim(autojump_clock, caplog):
    faulty = Faulty()
    body = b'{"seq":1, "type":"event","event":"stopped","body":{"reason":"step","x":1.0,"y":1e400}}'
    plain = b'{"seq":2,"type":"event","event":"stopped","body":{"reason":"step","x":1.0}}'
    async with stage(faulty) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.sends(body)
        assert b'"x":1.0,"y":1e400' in await client.raw()
        assert faulty.calls == 1
        with caplog.at_level(logging.ERROR):
            await adapter.sends(plain)
            assert b'"reason":"step","x":1.0' in await client.raw()
        await client.gets(
            event(3, "output", category="stderr", output=Containing("its part faulty failed (RuntimeError: a bug)"))
        )
        await faulty.abandoned.wait()
        await adapter.sends(plain)
        await client.gets(event(4, "stopped", reason="step"))
    assert faulty.calls == 2
    assert "RuntimeError: a bug" in caplog.text


async def test_law_4_the_edits_of_the_shims_before_it_stay(autojump_clock):
    class Edits(Shim):
        @on.event("stopped")
        def edit(self, event: Message) -> None:
            event.body["reason"] = "edited"

    async with stage(Faulty(), Edits()) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="step"))
        await client.gets(event(1, "stopped", reason="edited"), event(2, "output"))


@pytest.mark.parametrize("verdict", [HIDE, Answer({}), "nonsense"])
async def test_law_4_a_verdict_that_would_leave_somebody_without_an_answer_is_a_fault(autojump_clock, verdict):
    class Wrong(Shim):
        @on.response("threads")
        def decide(self, _response: Message) -> object:
            return verdict

    async with stage(Wrong()) as (client, adapter):
        await client.says(request(1, "threads"))
        await adapter.gets(request(1, "threads"))
        await adapter.says(response(1, 1, "threads"))
        await client.gets(response(1, 1, "threads"), event(2, "output", category="stderr"))


# -- law 5 -------------------------------------------------------------------------------------------------------------------


async def test_law_5_what_no_hook_wants_is_never_decoded(autojump_clock, monkeypatch):
    decoded = []
    original = vars(Message)["data"].fget

    def spy(self: Message) -> object:
        decoded.append(self.name)
        return original(self)

    monkeypatch.setattr(Message, "data", property(spy))
    async with stage(AsksAtStop()) as (client, adapter):
        await client.says(request(1, "variables", variablesReference=3))
        await adapter.gets(request(1, "variables"))
        await adapter.says(response(1, 1, "variables", variables=[]), event(2, "output", output="x"), event(3, "module"))
        await client.gets(response(1, 1, "variables"), event(2, "output"), event(3, "module"))
    assert decoded == []


def test_a_hook_on_a_name_that_dap_does_not_know_fails_at_import():
    with pytest.raises(ValueError, match='no event "stoped"'):
        on.event("stoped")
    with pytest.raises(ValueError, match='no request "runInTerminal"'):
        on.request("runInTerminal")


# -- verdicts and places -----------------------------------------------------------------------------------------------------


class Outer(Shim):
    """Outside of the deciding shim: sees what goes to the client."""

    def __init__(self) -> None:
        self.saw: list[str] = []

    @on.request("threads")
    @on.response("threads")
    @on.event("output")
    def see(self, message: Message) -> None:
        self.saw.append(f"{message.kind} {message.name}")


class Inner(Outer):
    """Inside of it: sees what goes to the adapter."""


async def test_an_answer_starts_at_its_shims_place(autojump_clock):
    class Answers(Shim):
        @on.request("threads")
        def answer(self, _request: Message) -> Verdict:
            return Answer({"threads": []})

    outer, inner = Outer(), Inner()
    async with stage(outer, Answers(), inner) as (client, adapter):
        await client.says(request(8, "threads"))
        await client.gets(response(1, 8, "threads", threads=[]))
        await client.says(request(9, "scopes"))
        await adapter.gets(request(1, "scopes"))
    assert outer.saw == ["request threads", "response threads"]
    assert inner.saw == []


async def test_a_refusal_is_a_failed_response_in_delves_shape(autojump_clock):
    class Refuses(Shim):
        @on.request("threads")
        def refuse(self, _request: Message) -> Verdict:
            return Refuse("no threads today: start the program first", show_user=True)

    async with stage(Refuses()) as (client, _adapter):
        await client.says(request(8, "threads"))
        error = {"id": 9600, "format": "no threads today: start the program first", "showUser": True}
        await client.gets(response(1, 8, "threads", success=False, message=error["format"], error=error))  # type: ignore[arg-type]  # a text


async def test_a_reverse_request_can_be_answered_in_the_clients_place(autojump_clock):
    class Answers(Shim):
        @on.reverse_request("runInTerminal")
        def answer(self, _request: Message) -> Verdict:
            return Answer({"processId": 1})

    async with stage(Answers()) as (client, adapter):
        await client.says(request(8, "threads"))
        await adapter.gets(request(1, "threads"))
        await adapter.says(request(30, "runInTerminal"))
        await adapter.gets(response(2, 30, "runInTerminal", processId=1))


async def test_a_hidden_event_goes_nowhere_and_numbers_have_no_gap(autojump_clock):
    class Hides(Shim):
        @on.event("module")
        def hide(self, _event: Message) -> Verdict:
            return HIDE

    async with stage(Hides()) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "module"), event(2, "output", output="x"))
        await client.gets(event(1, "output"))


async def test_an_own_call_passes_the_inner_layers_only_and_overtakes(autojump_clock):
    outer, inner = Outer(), Inner()
    asker = AsksAtStop()
    async with stage(outer, asker, inner) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="step"))
        await adapter.gets(request(2, "threads"))
        await adapter.says(event(2, "module"), response(3, 2, "threads"))
        await client.gets(event(1, "stopped"), event(2, "module"))
    assert outer.saw == []
    assert inner.saw == ["request threads", "response threads"]
    assert len(asker.answers) == 1


async def test_an_event_emitted_on_a_request_does_not_wait_for_its_answer(autojump_clock):
    class Tells(Shim):
        @on.request("launch")
        async def tell(self, _request: Message) -> None:
            await self.session.emit("output", {"output": "building"})

    async with stage(Tells()) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"))
        await client.gets(response(1, 1, "initialize"))
        await client.says(request(2, "launch"))
        await adapter.gets(request(2, "launch"))
        await client.gets(event(2, "output", output="building"))


async def test_an_emitted_event_leaves_after_the_message_or_before_it(autojump_clock):
    class Speaks(Shim):
        @on.event("stopped")
        async def speak(self, _event: Message) -> None:
            await self.session.emit("output", {"output": "after"})
            await self.session.emit("output", {"output": "before"}, before=True)

    outer, inner = Outer(), Inner()
    async with stage(outer, Speaks(), inner) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"), event(2, "stopped", reason="step"))
        await client.gets(response(1, 1, "initialize"))
        await client.gets(event(2, "output", output="before"), event(3, "stopped"), event(4, "output", output="after"))
    assert outer.saw == ["event output", "event output"]
    assert inner.saw == []


async def test_an_edit_changes_what_it_touches_and_nothing_else(autojump_clock):
    class Edits(Shim):
        @on.request("evaluate")
        def edit(self, request: Message) -> None:
            request.arguments["expression"] = "y"

    async with stage(Edits()) as (client, adapter):
        await client.sends(
            b'{"type":"request","command":"evaluate","arguments":{"expression":"x","f":1.0,"z":-0.0},"q":[],"seq":6}'
        )
        wanted = b'{"type":"request","command":"evaluate","arguments":{"expression":"y","f":1.0,"z":-0.0},"q":[],"seq":1}'
        assert await adapter.raw() == wanted


async def test_a_message_that_a_hook_cannot_read_passes_and_the_shim_stays(autojump_clock):
    class Reads(Shim):
        def __init__(self) -> None:
            self.read = 0

        @on.request("evaluate")
        def look(self, request: Message) -> None:
            assert request.arguments
            self.read += 1

    reads = Reads()
    async with stage(reads) as (client, adapter):
        await client.sends(b'{"seq":1,"type":"request","command":"evaluate","arguments":{"x":1e400}}')
        assert b'"x":1e400' in await adapter.raw()
        await client.sends(json.dumps(request(2, "evaluate", expression="x")).encode())
        await adapter.gets(request(2, "evaluate"))
    assert reads.read == 1


def test_the_steps_of_the_end_stay_below_five_seconds():
    assert 3 * session.GOODBYE < 5


async def test_law_1_an_own_call_lets_a_reader_go_that_paused_before(autojump_clock, monkeypatch):
    monkeypatch.setattr(pump, "QUEUE_MARK", 2000)

    class AsksLate(AsksAtStop):
        def __init__(self) -> None:
            super().__init__(deadline=5)
            self.go_on = trio.Event()

        @on.event("stopped", budget=1000)
        async def ask(self, _event: Message) -> None:
            await self.go_on.wait()
            self.answers.append(await self.session.call("threads", deadline=self.deadline))

    asker = AsksLate()
    async with stage(asker) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(event(1, "stopped", reason="pause"))
        for number in range(2, 12):
            await adapter.says(event(number, "output", output="x" * 1000, category="stdout"))
            await trio.testing.wait_all_tasks_blocked()
        asker.go_on.set()
        await adapter.gets(request(2, "threads"))
        await adapter.says(response(12, 2, "threads"))
        await client.gets(event(1, "stopped"), *[event(n, "output") for n in range(2, 12)])
    assert [answer.name for answer in asker.answers] == ["threads"]


async def test_law_9_what_is_ours_waits_for_the_answer_to_initialize(autojump_clock):
    class FailsAtOnce(Shim):
        @on.request("initialize")
        async def fail(self, _request: Message) -> None:
            raise RuntimeError("a bug")

    async with stage(FailsAtOnce()) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await client.gets_nothing()
        await adapter.says(response(1, 1, "initialize"))
        await client.gets(response(1, 1, "initialize"), event(2, "output", output=Containing("fails_at_once failed")))


async def test_law_9_an_adapter_that_prints_without_end_and_never_answers_does_not_fill_the_memory(autojump_clock, monkeypatch):
    monkeypatch.setattr(pipeline, "QUEUE_MARK", 2000)
    async with stage() as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        scene.session.pipeline.tell("x" * 1000)
        await client.gets_nothing()
        scene.session.pipeline.tell("y" * 1000)
        await client.gets(event(1, "output", output="x" * 1000 + "\n"), event(2, "output", output="y" * 1000 + "\n"))


async def test_law_9_a_client_that_never_asked_is_told_at_the_end(autojump_clock):
    async with stage(start_error="nobody is there", dial_at_once=True) as (client, _):
        await client.gets(event(1, "output", output=Containing("nobody is there")))
        await client.gets_end()
