"""An adapter that cannot take the other's place (law 7): it is ended, and the session goes on with the first one."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from dapshim.proxy.adapter import Adapter, StartError
from dapshim.proxy.shim import PASS, Refuse, Shim, Verdict, on
from dapshim.wire.messages import Message
from tests.playbook import ScriptedAdapter, event, request, response, stage

FAULTS = {
    "says nothing": "nothing came within 5 s",
    "hangs up": "it ended the connection",
    "speaks HTTP": "header",
    "speaks no JSON": "JSON",
}


class Replaces(Shim):
    """Try another adapter at launch, and refuse the launch when there is none."""

    def __init__(self, second: Adapter) -> None:
        self._second = second

    async def source(self) -> Adapter:
        return self._second

    @on.request("launch", budget=100)
    async def replace(self, _request: Message) -> Verdict:
        try:
            await self.session.replace_adapter(self.source)
        except StartError as error:
            return Refuse(str(error))
        return PASS


@pytest.mark.parametrize("fault", FAULTS)
async def test_law_7_one_that_does_not_answer_is_ended_and_the_first_one_stays(autojump_clock, fault):
    other_end, other_stream = trio.testing.memory_stream_pair()
    second = ScriptedAdapter(other_stream)
    async with stage(Replaces(second), pid=1) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"))
        await client.gets(response(1, 1, "initialize"))
        await client.says(request(2, "launch"))
        if fault == "hangs up":
            await other_end.aclose()
        elif fault != "says nothing":
            await other_end.send_all(b"HTTP/1.1 200 OK\r\n\r\n" if fault == "speaks HTTP" else b"Content-Length: 1\r\n\r\n{")
        refused = await client.gets(response(2, 2, "launch", success=False))
        assert 'the new adapter did not answer "initialize": ' in refused["message"]
        assert FAULTS[fault] in refused["message"]
        assert (second.ended, scene.scripted.ended) == ([False], [])
        await client.says(request(3, "threads"))
        await adapter.gets(request(2, "threads"))


async def test_one_that_is_waited_for_when_the_user_has_had_enough_is_ended_too(autojump_clock):
    _, other_stream = trio.testing.memory_stream_pair()
    second = ScriptedAdapter(other_stream)
    async with stage(Replaces(second), pid=1, strict=False) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await client.says(request(2, "launch"), request(3, "disconnect"))
        # The launch goes on as it came.
        await adapter.gets(request(2, "launch"), request(3, "disconnect"))
        assert (second.ended, scene.scripted.ended) == ([False], [])
        await adapter.says(event(1, "terminated"))
        await client.gets(event(1, "terminated"))
