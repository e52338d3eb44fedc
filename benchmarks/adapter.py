"""A scripted adapter that is as fast as a socket: what a relay costs when Delve's own time does not hide it.

Answers every request with success, and `configurationDone` with COUNT output events that were prepared before, then
`terminated`. Run as `python adapter.py COUNT`; prints its port.
"""

from __future__ import annotations

import json
import re
import socket
import sys

LINE = "a line of a program's output, as long as log lines usually are.\\n"
HEADER = re.compile(rb"Content-Length: (\d+)\r\n\r\n")


def framed(message: dict[str, object]) -> bytes:
    """Return a message as Delve writes it."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def flood(count: int) -> bytes:
    """Return all that answers `configurationDone`, as one piece."""
    body = f'"type":"event","event":"output","body":{{"category":"stdout","output":"{LINE}"}}}}'
    events = (f'{{"seq":{seq},{body}'.encode() for seq in range(10, 10 + count))
    end = framed({"seq": 10 + count, "type": "event", "event": "terminated"})
    return b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(event), event) for event in events) + end


def serve(connection: socket.socket, prepared: bytes) -> None:
    """Answer one client until it leaves."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    pending = b""
    while data := connection.recv(65536):
        pending += data
        while (header := HEADER.match(pending)) and len(pending) >= header.end() + int(header[1]):
            request = json.loads(pending[header.end() : header.end() + int(header[1])])
            pending = pending[header.end() + int(header[1]) :]
            answer = {"type": "response", "request_seq": request["seq"], "success": True, "command": request["command"]}
            connection.sendall(framed({"seq": request["seq"], **answer}))
            if request["command"] == "configurationDone":
                connection.sendall(prepared)


def main() -> None:
    """Serve one client after the other."""
    prepared = flood(int(sys.argv[1]))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"adapter: listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    serve(connection, prepared)
                except ConnectionError:
                    continue


if __name__ == "__main__":
    main()
