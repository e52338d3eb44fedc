"""What goes ahead of all that waits keeps its own order, and what waits is bounded by bytes however it came."""

from __future__ import annotations

import pytest
import trio

from dapshim.proxy import pump as pumps
from dapshim.proxy.pump import Item, Pump, QueueFullError
from dapshim.proxy.shim import Shim, on
from dapshim.wire import messages
from dapshim.wire.messages import Message
from tests.playbook import event, stage


def printed(text: str) -> Item:
    return Item(messages.event("output", {"output": text}), "test", 0)


class LooksAtOutput(Shim):
    @on.event("output")
    async def look(self, _event: Message) -> None:
        await trio.lowlevel.checkpoint()


@pytest.mark.parametrize("shims", [[], [LooksAtOutput()]])
async def test_what_is_urgent_keeps_its_order(autojump_clock, shims):
    async with stage(*shims) as scene:
        client, _ = scene
        scene.session.pipeline.speak_freely()
        for number in range(20):
            scene.session.pipeline.emit(printed(str(number)), before=True)
            if number == 9:
                await trio.testing.wait_all_tasks_blocked()
        await client.gets(*(event(number + 1, "output", output=str(number)) for number in range(20)))


class Outlet:
    """A peer that takes nothing until it is told to."""

    def __init__(self) -> None:
        self.full = True
        self.read = trio.Event()

    def push(self) -> None:
        pass

    async def room(self) -> None:
        await self.read.wait()


async def test_what_is_urgent_keeps_its_order_while_the_peer_does_not_read(nursery):
    outlet, handled = Outlet(), []

    def quick(item: Item) -> bool:
        handled.append(item.message.body["output"])
        return True

    async def handle(item: Item) -> None:
        raise AssertionError(item)

    pump = Pump(quick, handle, lambda: outlet)
    nursery.start_soon(pump.run)
    await trio.testing.wait_all_tasks_blocked()
    outlet.read.set()
    await trio.testing.wait_all_tasks_blocked()
    for number in range(5):
        pump.feed_urgent(printed(str(number)))
    await trio.testing.wait_all_tasks_blocked()
    assert handled == ["0", "1", "2", "3", "4"]


async def test_what_is_urgent_counts_among_the_bytes_that_wait(monkeypatch):
    monkeypatch.setattr(pumps, "QUEUE_MARK", 3000)
    monkeypatch.setattr(pumps, "QUEUE_CAP", 10_000)
    pump = Pump(lambda _item: True, trio.sleep_forever, lambda: None)  # type: ignore[arg-type]  # nothing is handled here
    pump.feed_urgent(printed("x" * 1000))
    over = [pump.over_mark]
    pump.feed_urgent(printed("x" * 1000))
    over.append(pump.over_mark)
    assert len(pump.take_urgent()) == 2
    over.append(pump.over_mark)
    assert over == [False, True, False]
    with pytest.raises(QueueFullError):
        pump.feed_urgent(printed("x" * 10_000))
