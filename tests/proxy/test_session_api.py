"""What a shim may ask of its session, between two scripted peers: questions to the client, another adapter, cancelling."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
import trio.testing

from dapshim.proxy.adapter import Adapter, NoDlvError, StartError
from dapshim.proxy.calls import OwnCallError
from dapshim.proxy.session import Session, SessionOptions
from dapshim.proxy.shim import PASS, Answer, Refuse, Shim, Verdict, on
from dapshim.wire import messages
from dapshim.wire.messages import Message
from tests.playbook import Peer, ScriptedAdapter, Stage, event, request, response, stage


class OnThreads(Shim):
    """Do what the test says when the client asks for threads."""

    def __init__(self, step: Callable[[OnThreads, Message], Awaitable[Verdict]]) -> None:
        self._step = step

    @on.request("threads", budget=1000)
    async def threads(self, message: Message) -> Verdict:
        verdict: Verdict = await self._step(self, message)
        return verdict


async def initialized(scene: Stage) -> None:
    client, adapter = scene
    await client.says(request(1, "initialize", clientID="test"))
    await adapter.gets(request(1, "initialize", clientID="test"))
    await adapter.says(response(1, 1, "initialize", supportsLogPoints=True))
    await client.gets(response(1, 1, "initialize"))


# -- asking the client -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("success", [True, False])
async def test_a_question_to_the_client_is_answered_while_the_line_is_held_up(success):
    async def ask(shim: OnThreads, _message: Message) -> Verdict:
        answer = await shim.session.ask_client("runInTerminal", {"args": ["x"]})
        return Answer({"success_of": answer.success, "body_of": answer.data.get("body")})

    async with stage(OnThreads(ask)) as scene:
        await initialized(scene)
        client, adapter = scene
        await client.says(request(2, "threads"), request(3, "evaluate"))
        await client.gets(request(2, "runInTerminal", args=["x"]))
        # No one else sees the answer, and its number is no request of the adapter's.
        await client.says(response(4, 2, "runInTerminal", success=success, processId=7))
        await client.gets(response(3, 2, "threads", success_of=success, body_of={"processId": 7}))
        await adapter.gets(request(2, "evaluate"))


async def test_a_client_that_does_not_answer_is_not_waited_for_and_its_late_answer_is_swallowed(autojump_clock):
    async def ask(shim: OnThreads, _message: Message) -> Verdict:
        try:
            await shim.session.ask_client("runInTerminal", deadline=10)
        except OwnCallError as error:
            return Refuse(str(error))
        return PASS

    async with stage(OnThreads(ask)) as scene:
        await initialized(scene)
        client, adapter = scene
        await client.says(request(2, "threads"))
        await client.gets(request(2, "runInTerminal"), response(3, 2, "threads", success=False))
        await client.says(response(3, 2, "runInTerminal"), request(4, "evaluate"))
        await adapter.gets(request(2, "evaluate"))


# -- events around an answer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", [Answer(), Refuse("no")])
async def test_what_is_emitted_on_a_request_that_is_answered_here_comes_behind_the_answer(verdict: Verdict):
    async def emit(shim: OnThreads, _message: Message) -> Verdict:
        await shim.session.emit("output", {"output": "first"})
        await shim.session.emit("terminated")
        shim.session.announce("progressStart", {"progressId": "p"})
        return verdict

    async with stage(OnThreads(emit)) as scene:
        await initialized(scene)
        client, _ = scene
        await client.says(request(2, "threads"))
        await client.gets(
            event(2, "progressStart"),
            response(3, 2, "threads", success=isinstance(verdict, Answer)),
            event(4, "output", output="first"),
            event(5, "terminated"),
        )


# -- giving up -------------------------------------------------------------------------------------------------------------


class Holds(Shim):
    """Hold up a restart until it is cancelled."""

    cancelled = 0

    @on.request("restart", budget=1000, interrupted=Refuse("given up"))
    async def hold(self, _message: Message) -> Verdict:
        scope = trio.CancelScope()
        self.session.on_cancel("mine", scope.cancel)
        with scope:
            await trio.sleep_forever()
        self.session.on_cancel("mine", None)
        self.cancelled += 1
        return Answer()

    @on.request("cancel")
    def cancel(self, message: Message) -> Verdict:
        if message.arguments.get("progressId") == "mine":
            return Answer()
        return PASS


async def test_law_3_a_request_that_would_do_harm_is_refused_when_its_hook_is_interrupted():
    async with stage(Holds(), strict=False) as scene:
        await initialized(scene)
        client, adapter = scene
        await client.says(request(2, "restart"), request(3, "pause"))
        await client.gets(response(2, 2, "restart", success=False, message="given up"))
        await adapter.gets(request(2, "pause"))


async def test_a_progress_is_cancelled_at_once_and_the_request_keeps_its_place():
    holds = Holds()
    async with stage(holds) as scene:
        await initialized(scene)
        client, adapter = scene
        await client.says(
            request(2, "restart"), request(3, "cancel", progressId="other"), request(4, "cancel", progressId="mine")
        )
        await client.gets(response(2, 2, "restart"))
        await adapter.gets(request(2, "cancel", progressId="other"))
        await client.gets(response(3, 4, "cancel"))
        assert holds.cancelled == 1


async def test_disconnect_cancels_every_progress():
    class Slow(Holds):
        @on.request("launch", budget=1000)
        async def begin(self, _message: Message) -> None:
            self.session.on_cancel("build", self.session.stop_build)

    async with stage(Slow(), strict=False) as scene:
        await initialized(scene)
        client, adapter = scene
        await client.says(request(2, "launch"))
        await adapter.gets(request(2, "launch"))
        await client.says(request(3, "disconnect"))
        await adapter.gets(request(3, "disconnect"))
        await trio.testing.wait_all_tasks_blocked()
        assert scene.scripted.stopped == 1


# -- another adapter -------------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Second:
    """The adapter that takes the place of the first."""

    peer: Peer
    scripted: ScriptedAdapter

    @classmethod
    def make(cls, pid: int | None = None) -> Second:
        end, stream = trio.testing.memory_stream_pair()
        return cls(Peer("second", end, []), ScriptedAdapter(stream, pid))

    async def source(self) -> Adapter:
        return self.scripted


def launches(second: Second) -> OnThreads:
    async def replace(shim: OnThreads, _message: Message) -> Verdict:
        launch = {"mode": "debug", "program": "."}
        with shim.session.untorn(60):
            try:
                await shim.session.replace_adapter(second.source, messages.request("launch", launch))
            except StartError as error:
                return Refuse(str(error))
            answer = await shim.session.call("launch", launch)
        return Answer() if answer.success else Refuse("the launch failed")

    return OnThreads(replace)


@pytest.mark.parametrize("success", [True, False])
async def test_a_program_is_launched_in_the_place_of_another(success):
    second = Second.make(pid=2)
    async with stage(launches(second), pid=1, strict=False) as scene:
        await initialized(scene)
        client, adapter = scene
        await client.says(request(2, "evaluate"), request(3, "scopes"))
        await adapter.gets(request(2, "evaluate"), request(3, "scopes"))
        await adapter.says(response(2, 3, "scopes"))
        await client.gets(response(2, 3, "scopes"))
        await client.says(request(4, "threads"), request(5, "stackTrace"))
        await second.peer.gets(request(1, "initialize", clientID="test"))
        await second.peer.says(response(1, 1, "initialize", supportsLogPoints=False))
        # The old one's open request has its one answer; the old one is ended before the other program begins.
        await client.gets(response(3, 2, "evaluate", success=False, message="the program was restarted"))
        await second.peer.gets(request(2, "launch", mode="debug"))
        assert scene.scripted.ended == [False]
        await second.peer.says(event(2, "initialized"), response(3, 2, "launch", success=success))
        await client.gets(
            event(4, "initialized"),
            response(5, 4, "threads", success=success),
            event(6, "capabilities", capabilities={"supportsLogPoints": False}),
        )
        await second.peer.gets(request(3, "stackTrace"))
        assert second.scripted.builds == 1


async def test_an_answer_of_the_old_one_that_is_on_its_way_is_the_only_one():
    second = Second.make()
    gate = trio.Event()

    class Slow(Shim):
        @on.response("evaluate", budget=1000)
        async def wait(self, _message: Message) -> None:
            await gate.wait()

    async with stage(launches(second), Slow(), strict=False) as scene:
        await initialized(scene)
        client, adapter = scene
        await client.says(request(2, "evaluate"), request(3, "scopes"))
        await adapter.gets(request(2, "evaluate"), request(3, "scopes"))
        await adapter.says(response(2, 2, "evaluate"), response(3, 3, "scopes"))
        await client.says(request(4, "threads"))
        await second.peer.gets(request(1, "initialize"))
        await second.peer.says(response(1, 1, "initialize", supportsLogPoints=True))
        await second.peer.gets(request(2, "launch"))
        gate.set()
        await client.gets(response(2, 2, "evaluate", success=True), response(3, 3, "scopes", success=True))
        await second.peer.says(response(2, 2, "launch"))
        await client.gets(response(4, 4, "threads"))
        await client.gets_nothing()


async def test_a_session_that_ends_meanwhile_gets_no_other_adapter():
    second = Second.make(pid=2)
    async with stage(launches(second), pid=1, strict=False) as scene:
        await initialized(scene)
        client, adapter = scene
        await client.says(request(2, "threads"))
        await second.peer.gets(request(1, "initialize"))
        await client.hangs_up()
        await trio.testing.wait_all_tasks_blocked()
        await second.peer.says(response(1, 1, "initialize"))
        await adapter.gets(request(2, "disconnect"))
        await adapter.hangs_up()
    assert second.scripted.ended == [False]


async def test_the_binary_is_the_adapters():
    found: list[str | None] = []

    async def look(shim: OnThreads, _message: Message) -> Verdict:
        found.append(shim.session.binary)
        return Answer()

    async with stage(OnThreads(look)) as scene:
        await initialized(scene)
        scene.scripted.binary = "/ws/__debug_bin1"
        await scene.client.says(request(2, "threads"))
        await scene.client.gets(response(2, 2, "threads"))
    assert found == ["/ws/__debug_bin1"]


# -- no dlv ----------------------------------------------------------------------------------------------------------------


class NamesOne(Shim):
    """Answer `initialize` alone, and get an adapter when a launch comes."""

    def __init__(self, second: Second) -> None:
        self._second = second

    @on.request("initialize")
    def introduce(self, _message: Message) -> Verdict:
        return PASS if self.session.has_adapter else Answer({"supportsLogPoints": True})

    @on.request("launch", budget=1000)
    async def launch(self, message: Message) -> Verdict:
        if message.arguments.get("none"):
            return Refuse("still none")
        await self.session.replace_adapter(self._second.source)
        return PASS


@asynccontextmanager
async def without_any(second: Second) -> AsyncIterator[Peer]:
    client_end, client_stream = trio.testing.memory_stream_pair()

    async def none() -> Adapter:
        raise NoDlvError("there is no dlv; install one")

    session = Session(1, client_stream, SessionOptions(none, lambda: [NamesOne(second)]), None)
    client = Peer("client", client_end, [])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.run)
        await client.says(request(1, "initialize"))
        await client.gets(response(1, 1, "initialize"))
        yield client
        await client.stream.aclose()
        await second.peer.stream.aclose()


async def test_without_any_dlv_a_launch_can_name_one():
    second = Second.make()
    async with without_any(second) as client:
        await client.says(request(2, "threads"))
        await client.gets(response(2, 2, "threads", success=False, message="there is no dlv; install one"))
        await client.says(request(3, "launch"))
        await second.peer.gets(request(1, "initialize"))
        await second.peer.says(response(1, 1, "initialize"))
        await second.peer.gets(request(2, "launch"))
        await second.peer.says(response(2, 2, "launch"))
        # What it can do was not known before.
        await client.gets(event(3, "capabilities"), response(4, 3, "launch"))


async def test_without_any_dlv_the_client_can_still_say_goodbye():
    second = Second.make()
    async with without_any(second) as client:
        await client.says(request(2, "launch", none=True))
        await client.gets(response(2, 2, "launch", success=False, message="still none"))
        await client.says(request(3, "disconnect"))
        await client.gets(response(3, 3, "disconnect", success=True), event(4, "terminated"))
        await client.gets_end()


def test_no_dlv_is_a_reason_not_to_start() -> None:
    assert issubclass(NoDlvError, StartError)
