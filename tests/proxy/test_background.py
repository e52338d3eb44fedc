"""What shims do beside their hooks, and the numbers by which hooks know an own call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.shim import Answer, Shim, Verdict, on
from dapshim.wire.messages import Message
from tests.playbook import Containing, Stage, event, request, response, stage


class Starts(Shim):
    """Start what the test says when the client asks for threads."""

    def __init__(self, work: Callable[[Starts], Awaitable[None]]) -> None:
        self._work = work
        self.seen = 0

    @on.request("threads")
    def start(self, _request: Message) -> None:
        self.seen += 1
        self.session.start(lambda: self._work(self))


class StaysOn(Starts):
    """The same, of those that go on after a failure."""

    stays_on = True


async def begun(scene: Stage) -> None:
    client, adapter = scene
    await client.says(request(1, "initialize"))
    await adapter.gets(request(1, "initialize"))
    await adapter.says(response(1, 1, "initialize"))
    await client.gets(response(1, 1, "initialize"))


async def test_what_is_started_holds_up_no_message():
    done = trio.Event()

    async def work(_shim: Starts) -> None:
        await done.wait()

    async with stage(Starts(work)) as scene:
        await begun(scene)
        client, adapter = scene
        await client.says(request(2, "threads"), request(3, "evaluate"))
        await adapter.gets(request(2, "threads"), request(3, "evaluate"))
        done.set()


async def test_it_has_no_part_in_the_message_whose_hook_started_it():
    # Its event would wait for the handled message, and with an own call open, that would be for ever.
    async def work(shim: Starts) -> None:
        await shim.session.emit("output", {"output": "one", "category": "console"})
        answer = await shim.session.call("evaluate", {"expression": "1"})
        await shim.session.emit("output", {"output": answer.body["result"], "category": "console"})

    async with stage(Starts(work)) as scene:
        await begun(scene)
        client, adapter = scene
        await client.says(request(2, "threads"))
        await adapter.gets(request(2, "threads"), request(3, "evaluate", expression="1"))
        await client.gets(event(2, "output", output="one"))
        await adapter.says(response(2, 3, "evaluate", result="2"))
        await client.gets(event(3, "output", output="2"))
        await adapter.says(response(3, 2, "threads"))
        await client.gets(response(4, 2, "threads"))


async def test_it_ends_with_the_session():
    ended = trio.Event()

    async def work(_shim: Starts) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async with stage(Starts(work), strict=False) as scene:
        await begun(scene)
        client, adapter = scene
        await client.says(request(2, "threads"))
        await adapter.gets(request(2, "threads"))
        assert not ended.is_set()
    assert ended.is_set()


async def test_several_run_beside_each_other():
    both = [trio.Event(), trio.Event()]
    left = iter(both)

    async def work(_shim: Starts) -> None:
        next(left).set()
        for each in both:
            await each.wait()

    async with stage(Starts(work)) as scene:
        await begun(scene)
        client, adapter = scene
        await client.says(request(2, "threads"), request(3, "threads"))
        await adapter.gets(request(2, "threads"), request(3, "threads"))
        with trio.fail_after(10):
            for each in both:
                await each.wait()


@pytest.mark.parametrize(("kind", "goes_on"), [(Starts, False), (StaysOn, True)])
async def test_a_failure_is_the_shims(kind, goes_on):
    async def work(_shim: Starts) -> None:
        raise RuntimeError("a bug of ours")

    shim = kind(work)
    async with stage(shim) as scene:
        await begun(scene)
        client, adapter = scene
        await client.says(request(2, "threads"))
        await adapter.gets(request(2, "threads"))
        text = "and a message was passed without it" if goes_on else "and is off"
        await client.gets(event(2, "output", category="stderr", output=Containing(text)))
        await client.says(request(3, "threads"))
        await adapter.gets(request(3, "threads"))
        await trio.testing.wait_all_tasks_blocked()
        assert shim.seen == (2 if goes_on else 1)


async def test_of_a_shim_that_stays_on_the_person_hears_once():
    async def work(_shim: Starts) -> None:
        raise RuntimeError("a bug of ours")

    async with stage(StaysOn(work)) as scene:
        await begun(scene)
        client, adapter = scene
        await client.says(request(2, "threads"), request(3, "threads"))
        await adapter.gets(request(2, "threads"), request(3, "threads"))
        await client.gets(event(2, "output", output=Containing("failed")))
        await client.gets_nothing()


# -- numbers of own calls --------------------------------------------------------------------------------------------------


class Inner(Shim):
    """Note by which numbers it knows each `evaluate`, and its answer."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.answered: list[int | None] = []

    @on.request("evaluate")
    def ask(self, message: Message) -> None:
        self.asked.append(message.seq)

    @on.response("evaluate")
    def answer(self, message: Message) -> None:
        self.answered.append(message.reply_to)


class Outer(Shim):
    """Ask two things of its own for each `threads`."""

    @on.request("threads")
    async def ask(self, _message: Message) -> Verdict:
        said: list[bool | None] = []
        for expression in ("1", "2"):
            try:
                said.append((await self.session.call("evaluate", {"expression": expression}, deadline=1)).success)
            except OwnCallError:
                said.append(None)
        return Answer({"said": said})


async def test_an_own_call_has_a_number_that_no_request_of_the_clients_has_and_its_answer_the_same():
    inner = Inner()
    async with stage(Outer(), inner) as scene:
        await begun(scene)
        client, adapter = scene
        await client.says(request(2, "evaluate"), request(3, "threads"))
        await adapter.gets(request(2, "evaluate"), request(3, "evaluate"))
        await adapter.says(response(2, 3, "evaluate"))
        await adapter.gets(request(4, "evaluate"))
        await adapter.says(response(3, 4, "evaluate", success=False), response(4, 2, "evaluate"))
        await client.gets(response(2, 3, "threads", said=[True, False]), response(3, 2, "evaluate"))
    client_own, *own = inner.asked
    assert client_own == 2
    assert all(number < 0 for number in own)
    assert len(set(own)) == 2
    assert inner.answered == [*own, 2]


async def test_a_late_answer_to_an_own_call_is_nobodys(autojump_clock):
    inner = Inner()
    async with stage(Outer(), inner) as scene:
        await begun(scene)
        client, adapter = scene
        await client.says(request(2, "threads"))
        await adapter.gets(request(2, "evaluate"), request(3, "evaluate"))
        await adapter.says(response(2, 3, "evaluate"))
        await client.gets(response(2, 2, "threads", said=[None, True]))
        await adapter.says(response(3, 2, "evaluate"))
        await client.gets_nothing()
    assert inner.answered == [inner.asked[1]]
