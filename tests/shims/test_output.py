"""The shim `output`: what dlv and the program print, as `output` events."""

from __future__ import annotations

import trio
import trio.testing

from dapshim.proxy.shim import Shim, on
from dapshim.shims.output import Output
from dapshim.wire.messages import Message
from tests.playbook import Peer, event, request, response, stage


async def begin(client: Peer, adapter: Peer) -> None:
    """The client may be told something only when `initialize` was answered."""
    await client.says(request(1, "initialize"))
    await adapter.gets(request(1, "initialize"))
    await adapter.says(response(1, 1, "initialize"))
    await client.gets(response(1, 1, "initialize"))


async def test_what_is_printed_comes_as_it_comes_in_its_category(autojump_clock):
    out, out_pipe = trio.testing.memory_stream_one_way_pair()
    err, err_pipe = trio.testing.memory_stream_one_way_pair()
    async with stage(Output(), outputs={"stdout": out_pipe, "stderr": err_pipe}) as (client, adapter):
        await begin(client, adapter)
        await out.send_all(b"one\n")
        await client.gets(event(2, "output", category="stdout", output="one\n"))
        await err.send_all(b"two")
        await client.gets(event(3, "output", category="stderr", output="two"))


async def test_a_character_that_is_cut_in_two_is_whole_and_what_is_no_text_is_shown_as_such(autojump_clock):
    out, pipe = trio.testing.memory_stream_one_way_pair()
    async with stage(Output(), outputs={"stdout": pipe}) as (client, adapter):
        await begin(client, adapter)
        await out.send_all("grü".encode()[:-1])
        await client.gets(event(2, "output", output="gr"))
        await out.send_all("ü".encode()[1:] + b"\xff\n")
        await client.gets(event(3, "output", output="ü\ufffd\n"))


async def test_what_is_in_the_pipe_when_the_program_ends_comes_before_its_end(autojump_clock):
    out, pipe = trio.testing.memory_stream_one_way_pair()

    class PrintsAtTheEnd(Shim):
        """An inner layer: it sees `exited` first, and only then is anything in the pipe."""

        @on.event("exited")
        async def print(self, _event: Message) -> None:
            await out.send_all(b"last words\n")

    async with stage(Output(), PrintsAtTheEnd(), outputs={"stdout": pipe}) as (client, adapter):
        await begin(client, adapter)
        await adapter.says(event(2, "exited", exitCode=0))
        await client.gets(event(2, "output", output="last words\n"), event(3, "exited", exitCode=0))


async def test_what_dlv_prints_before_it_answers_comes_after_the_answer(autojump_clock):
    # Delve 1.27.1 with CGO_CFLAGS in its environment warns on stderr as it starts.
    err, pipe = trio.testing.memory_stream_one_way_pair()
    async with stage(Output(), outputs={"stderr": pipe}) as (client, adapter):
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await err.send_all(b"warn: one\n")
        await trio.testing.wait_all_tasks_blocked()
        await err.send_all(b"warn: two\n")
        await client.gets_nothing()
        await adapter.says(response(1, 1, "initialize"), event(2, "initialized"))
        await client.gets(
            response(1, 1, "initialize"),
            event(2, "output", output="warn: one\n"),
            event(3, "output", output="warn: two\n"),
            event(4, "initialized"),
        )
