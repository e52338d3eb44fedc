"""A session with a client that strangers wrote: `debugpy.common.messaging`, by which Microsoft's Python debugger speaks DAP.

dapshim's own tests could share dapshim's own misunderstandings. This client has its own framing, its own checks of JSON and its
own book of requests; it matches `request_seq` strictly and complains of an answer to nothing, of a missing `message` in a
failure and of a member of the wrong type. It was chosen over npm's `@vscode/debugadapter-testsupport` because it comes with the
tests' other packages: that one would need Node on a machine that has only Python and make.

It has threads of its own, and ends its process when it is surprised. So it gets a process of its own, in which this file's
`talk` runs; the test reads what that says, and bounds it.
"""

from __future__ import annotations

import importlib
import io
import json
import queue
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import trio

from tests.real import BOUND, clean_environment, dapshim

ROOT: Final = Path(__file__).parents[2]
TALK: Final = [sys.executable, "-c", "from tests.e2e import test_stranger; test_stranger.talk()"]


def debugpy(module: str) -> Any:
    """Import a module of debugpy; what it says of its own types is not complete."""
    return importlib.import_module(f"debugpy.common.{module}")


class Listener:
    """What debugpy's channel calls for whatever it was not asked to wait for."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.seqs: list[int] = []
        self.gone = False

    def event(self, event: Any) -> None:
        self.seqs.append(event.seq)
        self.events.put(event)

    def request(self, request: Any) -> Any:
        raise AssertionError(request)  # nobody has said that this client could be asked

    def disconnect(self) -> None:
        self.gone = True

    def until(self, name: str) -> Any:
        """Return the next event of that name."""
        while True:
            event = self.events.get(timeout=BOUND)
            if event.event == name:
                return event


class Stranger:
    """A client of debugpy's making; `found` is what it tells the test."""

    def __init__(self, stream: Any, listener: Listener) -> None:
        self.messaging, checked = debugpy("messaging"), debugpy("json")
        self.objects = checked.array(checked.object())
        self.listener = listener
        self.channel = self.messaging.JsonMessageChannel(stream, listener)
        self.channel.start()
        self.found: dict[str, Any] = {"failed": [], "stops": []}

    def send(self, command: str, **arguments: Any) -> Any:
        return self.channel.send_request(command, arguments or None)

    def answer(self, request: Any) -> Any:
        """Wait for the response; return its body, or None when it is a failure."""
        try:
            return request.wait_for_response()
        except self.messaging.MessageHandlingError as error:
            self.found["failed"].append([request.command, str(error.reason)])
        finally:
            self.listener.seqs.append(request.response.seq)

    def ask(self, command: str, **arguments: Any) -> Any:
        return self.answer(self.send(command, **arguments))

    def session(self, told: dict[str, Any]) -> None:
        """Stop once at each of the lines, look at all there is, and end the program."""
        self.ask("initialize", clientID="stranger", adapterID="go", pathFormat="path")
        self.ask("threads")
        launch = self.send("launch", mode="exec", program=told["binary"])
        self.listener.until("initialized")
        lines = [{"line": line} for line in told["lines"]]
        answers = self.ask("setBreakpoints", source={"path": told["source"]}, breakpoints=lines)("breakpoints", self.objects)
        self.found["breakpoints"] = [each("verified", bool) for each in answers]
        self.ask("configurationDone")
        self.answer(launch)
        for _ in lines:
            thread = self.listener.until("stopped")("threadId", int)
            self.look(thread)
            self.ask("no.such.request", deep=[{"a": None}])
            self.ask("continue", threadId=thread)
        self.ask("disconnect", terminateDebuggee=True)
        self.listener.until("terminated")
        self.channel.wait()

    def look(self, thread: int) -> None:
        assert thread in [each("id", int) for each in self.ask("threads")("threads", self.objects)]
        frame = self.ask("stackTrace", threadId=thread)("stackFrames", self.objects)[0]
        scope = self.ask("scopes", frameId=frame("id", int))("scopes", self.objects)[0]
        variables = self.ask("variables", variablesReference=scope("variablesReference", int))("variables", self.objects)
        sums = self.ask("evaluate", expression="1 + 2", frameId=frame("id", int))("result", str)
        assert self.ask("evaluate", expression="nosuch", frameId=frame("id", int)) is None
        self.found["stops"].append([frame("name", str), frame("line", int), [each("name", str) for each in variables], sums])


def talk() -> None:
    """Hold a session with the dapshim that stdin names, and say on stdout what came of it."""
    told = json.loads(sys.stdin.read())
    complaints = io.StringIO()
    debugpy("log").LogFile("complaints", complaints, levels=("warning", "error"), close_file=False)
    streams = debugpy("messaging").JsonIOStream
    listener = Listener()
    if told["port"] is not None:
        stream = streams.from_socket(socket.create_connection(("127.0.0.1", told["port"])), "dapshim")
        stranger = Stranger(stream, listener)
        stranger.session(told)
    else:
        with subprocess.Popen([sys.executable, "-m", "dapshim"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
            stranger = Stranger(streams.from_process(started, "dapshim"), listener)
            stranger.session(told)
        stranger.found["exit"] = started.returncode
    stranger.found |= {"gone": listener.gone, "seqs": sorted(listener.seqs), "complaints": complaints.getvalue()}
    json.dump(stranger.found, sys.stdout)


@pytest.mark.parametrize("way", ["a socket", "stdin and stdout"])
async def test_a_strangers_client_holds_a_session_and_has_nothing_to_complain_of(loop, way):
    told: dict[str, Any] = {
        "binary": str(loop.binary),
        "source": str(loop.source),
        "lines": [loop.line("main"), loop.line("step")],
    }
    async with dapshim() as shim:
        told["port"] = shim.port if way == "a socket" else None
        with trio.fail_after(2 * BOUND):
            done = await trio.run_process(
                TALK,
                stdin=json.dumps(told).encode(),
                capture_stdout=True,
                capture_stderr=True,
                cwd=ROOT,
                env=clean_environment(),
            )
    assert done.stderr == b""
    found = json.loads(done.stdout)
    assert found["complaints"] == ""
    assert found["breakpoints"] == [True, True]
    first, second = told["lines"]
    assert found["stops"] == [["main.main", first, [], "3"], ["main.step", second, ["n", "~r0"], "3"]]
    refused = [["evaluate", "Unable to evaluate expression"], ["no.such.request", "Internal Error"]]
    assert found["failed"] == [["threads", "No debug session started"], *refused, *refused]
    assert found["seqs"] == list(range(1, len(found["seqs"]) + 1))
    assert found["gone"]
    assert found.get("exit", 0) == 0


TROUBLE: Final = {
    "an answer to nothing": b'{"seq":1,"type":"response","request_seq":77,"success":true,"command":"threads"}',
    "a failure without a message": b'{"seq":1,"type":"response","request_seq":1,"success":false,"command":"initialize"}',
    "an answer without a command": b'{"seq":1,"type":"response","request_seq":1,"success":true}',
}


@pytest.mark.parametrize("body", TROUBLE.values(), ids=TROUBLE)
def test_it_does_complain_of_what_is_wrong(body):
    complaints = io.StringIO()
    sent = io.BytesIO(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    with debugpy("log").LogFile("complaints", complaints, levels=("warning", "error"), close_file=False):
        messaging = debugpy("messaging")
        channel = messaging.JsonMessageChannel(messaging.JsonIOStream(sent, io.BytesIO(), "test"), Listener())
        channel.send_request("initialize")
        channel.start()
        channel.wait()
    assert "Failed to parse message" in complaints.getvalue()
