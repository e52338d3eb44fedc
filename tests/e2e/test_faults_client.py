"""A client that keeps no rule: what it gets is defined, its adapter is let go of, and nobody else notices."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import trio

from tests.e2e.hostile import MIB, How, Json, RawPeer, dial, dlvs, framed, nested, request, ring
from tests.real import BOUND, dapshim, gone

PROMISED = 5.0
"""Seconds within which everything has ended, however it ends."""

NO_FRAMES = {
    "noise": bytes(range(256)) * 8,
    "a request line": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no colon": b"hello\r\n\r\n",
    "no length": b"Content-Type: application/json\r\n\r\n{}",
    "an empty header": b"\r\n\r\n{}",
    "a length that is no number": b"Content-Length: abc\r\n\r\n{}",
    "a length that is not there": b"Content-Length:\r\n\r\n{}",
    "a negative length": b"Content-Length: -5\r\n\r\n{}",
    "a length of ten to the twelfth": b"Content-Length: 1000000000000\r\n\r\n{}",
    "a length of 33 MiB": b"Content-Length: %d\r\n\r\n{" % (33 * MIB),
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "lines without CR": b"Content-Length: 2\n\n{}",
    "a header line without end": b"X-Filler: " + b"x" * 20_000,
    "a header without end": b"X-Filler: x\r\n" * 2_000,
}

NO_MESSAGES = {
    "nothing": b"",
    "a list": b"[]",
    "a string": b'"threads"',
    "a number": b"1",
    "null": b"null",
    "two objects": b"{}{}",
    "a length that is too short": b'{"seq":2,"type":"reque',
    "not UTF-8": b"\xff\xfe\xfa",
    "an object in UTF-16": '{"seq":2}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"seq":2}',
    "unquoted": b"{seq:2}",
    "Python's": b'{"seq":NaN}',
}


async def check_closed(client: RawPeer, adapter: RawPeer) -> None:
    """Both sides have been told in order that it is over, and neither by a reset."""
    with trio.fail_after(PROMISED):
        assert await adapter.end() == ([], "FIN")
        await adapter.vanishes()
        left, how = await client.end()
        assert ([message.get("event") for message in left], how) == (["terminated"], "FIN")
        await client.vanishes()


async def test_what_is_no_frame_ends_its_own_session_with_a_fin():
    async with ring() as scene:
        bystander, its_adapter = await scene.pair()
        for name, bad in NO_FRAMES.items():
            client, adapter = await scene.pair()
            await client.sends(framed(b'{"seq":2,"type":"request","command":"threads"}') + bad)
            assert (await adapter.gets())["command"] == "threads", name
            assert await adapter.end() == ([], "FIN"), name
            await adapter.vanishes()
            left, how = await client.end()
            # The request that came before the fault is answered, by us because the adapter does not.
            assert ([m.get("event") or (m["request_seq"], m["success"]) for m in left], how) == (
                [(2, False), "terminated"],
                "FIN",
            ), name
            assert "the client does not speak DAP" in left[0]["message"]
            await client.vanishes()
        await bystander.says(request(2, "threads"))
        await its_adapter.answers(await its_adapter.gets())
        assert (await bystander.gets())["request_seq"] == 2


async def test_what_is_no_message_closes_both_sides_with_a_fin():
    async with ring() as scene:
        for name, body in NO_MESSAGES.items():
            client, adapter = await scene.pair()
            await client.sends(framed(body))
            try:
                await check_closed(client, adapter)
            except AssertionError as error:
                raise AssertionError(name) from error


async def test_what_the_client_sent_behind_its_fault_makes_no_reset_of_the_end():
    async with ring() as scene:
        client, adapter = await scene.pair()
        await client.sends(framed(b"not JSON") + b"Content-Length: %d\r\n\r\n" % (33 * MIB))
        assert await adapter.end() == ([], "FIN")
        await adapter.vanishes()
        async with trio.open_nursery() as nursery:
            # It goes on sending what nobody wants while it reads the end.
            nursery.start_soon(client.sends, b" " * (33 * MIB))
            left, how = await client.end()
        assert ([message.get("event") for message in left], how) == (["terminated"], "FIN")


async def test_a_length_that_is_too_long_eats_the_next_message_and_then_closes():
    async with ring() as scene:
        client, adapter = await scene.pair()
        await client.sends(b'Content-Length: 90\r\n\r\n{"seq":2,"type":"request","command":"threads"}')
        # Nothing is wrong yet: the rest may be on its way, so the adapter still talks to the client.
        await adapter.tells("output", output="meanwhile")
        assert (await client.gets())["body"] == {"output": "meanwhile"}
        await client.sends(framed(b'{"seq":3,"type":"request","command":"threads"}'))
        await check_closed(client, adapter)


@pytest.mark.parametrize("how", ["FIN", "RST"])
async def test_a_client_that_vanishes_in_the_middle_of_a_message_is_heard_up_to_there(how: How):
    async with ring() as scene:
        for half in (b"Content-", b"Content-Length: 50\r\n", b'Content-Length: 50\r\n\r\n{"seq":3,"type":"requ'):
            client, adapter = await scene.pair()
            await client.says(request(2, "threads"))
            assert (await adapter.gets())["command"] == "threads"
            await client.sends(half)
            await client.vanishes(how)
            with trio.fail_after(PROMISED):
                assert await adapter.end() == ([], "FIN")
            await adapter.vanishes()


@pytest.mark.parametrize("how", ["FIN", "RST"])
async def test_a_dlv_of_our_own_goes_with_a_client_that_vanishes_in_the_middle_of_a_message(how: How):
    async with dapshim() as shim:
        client = await dial(shim)
        await client.says(request(1, "initialize", adapterID="go"))
        assert (await client.gets())["success"]
        assert len(dlvs(shim.process.pid)) == 1
        await client.sends(b'Content-Length: 50\r\n\r\n{"seq":2,"type":"requ')
        await client.vanishes(how)
        await gone(lambda: dlvs(shim.process.pid), PROMISED)


# -- messages that are too much ---------------------------------------------------------------------------------------------

DEEP = nested(100_000)
TOO_MUCH = {
    "deep, behind seq": (b'{"seq":2,"type":"request","command":"evaluate","arguments":' + DEEP + b"}", "10,000 levels"),
    "deep, before seq": (b'{"arguments":' + DEEP + b',"type":"request","command":"evaluate","seq":2}', "10,000 levels"),
    "deep, between": (b'{"type":"request","x":[' + DEEP + b'],"seq":2,"command":"evaluate"}', "10,000 levels"),
    "deep objects": (
        b'{"a":' * 100_000 + b"1" + b"}" * 99_999 + b',"seq":2,"type":"request","command":"evaluate"}',
        "10,000 levels",
    ),
    "deep, with surrogates": (
        b'{"x":"\\ud800","seq":2,"type":"request","command":"evaluate","arguments":' + DEEP + b"}",
        "10,000 levels",
    ),
    "5 MiB": (
        b'{"seq":2,"type":"request","command":"evaluate","arguments":{"expression":"' + b"x" * (5 * MIB) + b'"}}',
        "Delve reads none above 4194304",
    ),
    "31 MiB of lists in a launch": (
        b'{"seq":2,"type":"request","command":"launch","arguments":{"x":[' + b"[]," * (10 * MIB) + b"0]}}",
        "Delve reads none above 4194304",
    ),
}


@pytest.mark.parametrize("case", TOO_MUCH)
async def test_a_request_that_is_too_much_gets_one_failed_response_and_the_session_goes_on(case: str):
    body, reason = TOO_MUCH[case]
    async with ring() as scene:
        client, adapter = await scene.pair()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.sends, framed(body))
            refused = await client.gets()
        assert (refused["request_seq"], refused["success"]) == (2, False)
        assert reason in refused["message"]
        await client.says(request(3, "threads"))
        asked = await adapter.gets()
        assert (asked["seq"], asked["command"]) == (2, "threads")
        await adapter.answers(asked)
        answered = await client.gets()
        assert (answered["seq"], answered["request_seq"]) == (3, 3)


@pytest.mark.parametrize("case", ["deep, behind seq", "deep, before seq", "5 MiB"])
async def test_with_shims_off_delve_hangs_up_on_what_is_too_much_and_so_do_we(case: str):
    async with dapshim("--shims", "off") as shim:
        client = await dial(shim)
        await client.says(request(1, "initialize", adapterID="go"))
        assert (await client.gets())["success"]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.sends, framed(TOO_MUCH[case][0]))
            with trio.fail_after(PROMISED):
                assert await client.end() == ([], "FIN")
        await client.vanishes()
        await gone(lambda: dlvs(shim.process.pid), PROMISED)


# -- texts and numbers -------------------------------------------------------------------------------------------------------

ODD_TEXTS = [
    b'"\\ud800"',
    b'"\\udc00\\ud800 and \\uD83D"',
    b'"\xff\xfe\x80"',
    b'"\xed\xa0\x80"',
    b"[1.0,-0.0,1e400,18446744073709551616,0.1000000000000000055511151231257827]",
    b'{"a":1,"a":2,"":3}',
    nested(5_000),
]


@pytest.mark.parametrize("shims", ["on", "off"])
async def test_odd_texts_pass_both_ways_byte_for_byte(shims: str, tmp_path: Path):
    trace = tmp_path / "trace.jsonl"
    async with ring("--shims", shims, "--trace", str(trace)) as scene:
        client, adapter = await scene.pair()
        for number, text in enumerate(ODD_TEXTS, 2):
            await client.sends(
                framed(b'{"seq":%d,"type":"request","command":"evaluate","arguments":{"x":%b}}' % (number, text))
            )
            assert await adapter.gets_body() == b'{"seq":%d,"type":"request","command":"evaluate","arguments":{"x":%b}}' % (
                number,
                text,
            )
            await adapter.sends(framed(b'{"seq":%d,"type":"event","event":"output","body":{"x":%b}}' % (number, text)))
            assert await client.gets_body() == b'{"seq":%d,"type":"event","event":"output","body":{"x":%b}}' % (number, text)

    # Each of them is recorded too, at both edges and both ways.
    recorded = trace.read_bytes().splitlines()
    assert len([line for line in recorded if b'"evaluate","arguments"' in line]) == 2 * len(ODD_TEXTS)
    told = await trio.run_process([sys.executable, "-m", "dapshim", "trace", str(trace)], capture_stdout=True)
    assert told.stdout.count(b"evaluate") >= len(ODD_TEXTS)


NUMBERS = ["2", "2", "1", "0", "-7", str(2**31), str(2**64), "1" + "0" * 30]
NO_NUMBERS = ['"5"', "null", "true", "[1]", "{}", "1.5", "1e400", "9" * 5000]


async def test_whatever_its_seq_a_request_gets_delves_answer():
    async with dapshim() as shim:
        client = await dial(shim)
        await client.says(request(1, "initialize", adapterID="go"))
        assert (await client.gets())["request_seq"] == 1
        for spelling in [*NUMBERS, *NO_NUMBERS, None]:
            member = "" if spelling is None else f'"seq":{spelling},'
            await client.sends(framed(f'{{{member}"type":"request","command":"threads"}}'.encode()))
            answer = await client.gets()
            assert answer["request_seq"] == (int(spelling) if spelling in NUMBERS else 0)
            assert (answer["command"], answer["success"]) == ("threads", False)
            assert answer["body"]["error"]["id"] == 3000  # Delve's own words: no debug session yet
        await client.says(request(9, "disconnect"))
        assert [m["type"] for m in (await client.end())[0]] == ["response", "event"]
        await client.vanishes()


async def test_answers_and_events_of_a_client_get_delves_answer_too():
    async with dapshim() as shim:
        client = await dial(shim)
        await client.says(request(1, "initialize", adapterID="go"))
        await client.gets()
        odd: list[Json] = [
            {"seq": 2, "type": "response", "request_seq": 77, "success": True, "command": "runInTerminal"},
            {"seq": 3, "type": "event", "event": "output"},
        ]
        for message in odd:
            await client.says(message)
            answer = await client.gets()
            assert (answer["type"], answer["request_seq"], answer["success"]) == ("response", message["seq"], False)
            assert re.search("Unable to process|Internal Error", json.dumps(answer))
        await client.says(request(4, "disconnect"))
        with trio.fail_after(BOUND):
            assert [m["type"] for m in (await client.end())[0]] == ["response", "event"]
        await client.vanishes()
        await client.vanishes()
