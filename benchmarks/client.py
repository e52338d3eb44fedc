"""The editor's side of a conversation, as light as Python allows, so that it does not hide what a relay costs.

Blocking sockets, large reads, frames cut by hand, and JSON decoded only as far as the envelope. It knows DAP and nothing of
the roads that lead to the adapter: the same client speaks over each of them.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from typing import Any

import msgspec

# Larger than any socket buffer on loopback, so one call takes all that has arrived.
CHUNK = 1 << 20
HEADER_END = b"\r\n\r\n"
CONTENT_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
OUTPUT_EVENT = b'"event":"output"'
TERMINATED_EVENT = b'"event":"termin'
# No step of a benchmark takes this long, unless something hangs; a hang must end the run with an error.
PATIENCE_SECONDS = 60.0


class AdapterError(Exception):
    """The adapter refused a request, closed the connection or sent what is not DAP; the message says which."""


class Envelope(msgspec.Struct):
    """What a client needs to know of any message; `body` stays undecoded until somebody asks."""

    type: str
    seq: int = 0
    event: str = ""
    command: str = ""
    request_seq: int = 0
    success: bool = True
    message: str = ""
    body: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)

    def decoded(self) -> Any:
        """Return the body as plain objects; an empty dict when there is none."""
        return msgspec.json.decode(self.body) if self.body else {}


DECODER = msgspec.json.Decoder(Envelope)
ENCODER = msgspec.json.Encoder()


class Client:
    """One connection to an adapter."""

    def __init__(self, connection: socket.socket) -> None:
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(PATIENCE_SECONDS)
        self._socket = connection
        self._buffer = bytearray(CHUNK)
        self._view = memoryview(self._buffer)
        self._start = 0
        self._end = 0
        self._seq = 0
        self._events: list[Envelope] = []
        self._responses: dict[int, Envelope] = {}

    def close(self) -> None:
        """Close the connection; harmless when it is closed already."""
        self._socket.close()

    def send(self, command: str, arguments: Mapping[str, Any] | None = None) -> int:
        """Send a request and return its seq without waiting for the answer."""
        self._seq += 1
        request: dict[str, Any] = {"seq": self._seq, "type": "request", "command": command}
        if arguments is not None:
            request["arguments"] = arguments
        body = ENCODER.encode(request)
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        return self._seq

    def request(self, command: str, arguments: Mapping[str, Any] | None = None) -> Envelope:
        """Send a request and wait for its answer; raises AdapterError when it fails."""
        return self.response(self.send(command, arguments))

    def answer(self, seq: int) -> Envelope:
        """Wait for the answer to the request `seq`, failed or not; events that come before it are kept for `event`."""
        answer = self._responses.pop(seq, None)
        while answer is None:
            message = DECODER.decode(self.frame())
            if message.type == "response" and message.request_seq == seq:
                return message
            self._sort_in(message)
            answer = self._responses.pop(seq, None)
        return answer

    def response(self, seq: int) -> Envelope:
        """Wait for the answer to the request `seq`; raises AdapterError when it fails."""
        answer = self.answer(seq)
        if not answer.success:
            raise AdapterError(f"{answer.command} failed: {answer.message} {bytes(answer.body).decode()}")
        return answer

    def event(self, name: str) -> Envelope:
        """Wait for the next event called `name`; all earlier events are forgotten."""
        while True:
            while self._events:
                event = self._events.pop(0)
                if event.event == name:
                    return event
                if event.event == "terminated":
                    raise AdapterError(f"the session ended while the client waited for {name}")
            self._sort_in(DECODER.decode(self.frame()))

    def _sort_in(self, message: Envelope) -> None:
        if message.type == "event":
            self._events.append(message)
        elif message.type == "response":
            message.body = message.body.copy()  # what was read is overwritten before somebody asks
            self._responses[message.request_seq] = message

    def frame(self) -> memoryview | bytearray:
        """Return the next body as it came; valid until the next call. Raises AdapterError at the end of the stream."""
        while (header_end := self._buffer.find(HEADER_END, self._start, self._end)) < 0:
            self._fill()
        found = CONTENT_LENGTH.search(self._buffer, self._start, header_end)
        if found is None:
            raise AdapterError("a header without Content-Length")
        length = int(found[1])
        begin = header_end + len(HEADER_END)
        if begin + length > self._end and length > CHUNK // 2:
            return self._large(begin, length)
        self._start = begin
        while self._start + length > self._end:
            self._fill()
        body = self._view[self._start : self._start + length]
        self._start += length
        return body

    def count_outputs(self) -> tuple[int, float]:
        """Read until `terminated`; return how many output events came, and when the last of them had come.

        The time is of `time.perf_counter`. Counts by a search in what was read, for a client that splits and decodes
        100,000 messages is itself the slowest part. The programs under test never print what is searched for.
        """
        kept = len(OUTPUT_EVENT) - 1
        head = bytes(self._view[self._start : self._end])
        self._start = self._end = 0
        count, last = head.count(OUTPUT_EVENT), time.perf_counter()
        # A marker may be split between two reads, so the end of one stands before the beginning of the next.
        self._view[:kept] = head[-kept:].rjust(kept)
        while True:
            end = kept + self._socket.recv_into(self._view[kept:])
            if end == kept:
                raise AdapterError("the stream ended among output events")
            found = self._buffer.count(OUTPUT_EVENT, 0, end)
            if found:
                count, last = count + found, time.perf_counter()
            ended = self._buffer.find(TERMINATED_EVENT, 0, end)
            if ended >= 0:
                # `frame` goes on at the header after the rest of this event.
                self._start, self._end = ended, end
                return count, last
            self._view[:kept] = bytes(self._view[end - kept : end])

    def _large(self, begin: int, length: int) -> bytearray:
        """Receive a body that does not fit the buffer straight into a place of its own."""
        body = bytearray(length)
        have = self._end - begin
        view = memoryview(body)
        view[:have] = self._view[begin : self._end]
        while have < length:
            got = self._socket.recv_into(view[have:])
            if got == 0:
                raise AdapterError("the stream ended inside a message")
            have += got
        self._start = self._end = 0
        return body

    def _fill(self) -> None:
        """Read more, moving what is left to the front when the end of the buffer is near."""
        if self._start == self._end:
            self._start = self._end = 0
        elif self._end > CHUNK // 2:
            rest = bytes(self._view[self._start : self._end])
            self._view[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
        got = self._socket.recv_into(self._view[self._end :])
        if got == 0:
            raise AdapterError("the adapter closed the connection")
        self._end += got
