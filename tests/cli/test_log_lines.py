"""A log that nobody reads: lines are dropped and counted, whoever shares the descriptor notices nothing, and sessions go on."""

from __future__ import annotations

import fcntl
import logging
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest
import trio

from dapshim.cli.log_lines import LogLines
from tests.real import BOUND, Client, clean_environment

DROPPED = re.compile(rb"(\d+) lines of this log were dropped here: nobody read them\n")


def record(text: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, __file__, 1, text, arguments, None)


@pytest.fixture(params=["pipe", "pipe without /proc", "socket"])
def ends(request, monkeypatch) -> Iterator[tuple[int, int]]:
    """Two ends of what a stderr can be, the reader's first; reading never waits."""
    if request.param == "socket":
        one, other = socket.socketpair()
        reading, writing = one.detach(), other.detach()
    else:
        reading, writing = os.pipe()
    if request.param == "pipe without /proc":
        really = os.open

        def no_proc(path: str, *arguments: int) -> int:
            if path.startswith("/proc/"):
                raise FileNotFoundError(path)
            return really(path, *arguments)

        monkeypatch.setattr(os, "open", no_proc)
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def read_all(descriptor: int) -> bytes:
    data = bytearray()
    while select.select([descriptor], [], [], 0)[0] and (more := os.read(descriptor, 1 << 20)):
        data += more
    return bytes(data)


def test_what_is_not_read_is_dropped_and_counted_and_no_line_is_torn(ends):
    reading, writing = ends
    log = LogLines.on(writing)
    for number in range(20_000):
        log.handle(record("line %d %s", number, "x" * 100))
    before = read_all(reading)
    log.handle(record("read again"))
    after = read_all(reading)
    log.close()
    found = DROPPED.search(after)
    assert found is not None
    lines = (before + after[: found.start()]).splitlines()
    assert lines == [b"line %d %s" % (number, b"x" * 100) for number in range(len(lines))]
    assert len(lines) + int(found[1]) == 20_000
    assert after[found.end() :] == b"read again\n"


def test_who_shares_the_descriptor_notices_nothing(ends):
    reading, writing = ends
    log = LogLines.on(writing)
    log.handle(record("one"))
    assert os.get_blocking(writing)
    log.close()
    assert os.write(writing, b"two\n") == 4
    assert read_all(reading) == b"one\ntwo\n"


def test_what_was_dropped_last_is_told_at_the_end(ends):
    reading, writing = ends
    log = LogLines.on(writing)
    for _ in range(20_000):
        log.handle(record("x" * 100))
    read_all(reading)
    log.close()
    assert DROPPED.search(read_all(reading))


def test_a_reader_that_is_gone_ends_nothing():
    reading, writing = os.pipe()
    log = LogLines.on(writing)
    os.close(reading)
    log.handle(record("to nobody"))
    LogLines.on(writing).handle(record("to nobody"))
    log.close()
    os.close(writing)


def test_a_terminal_that_is_stopped_holds_nobody_up():
    ours, terminal = pty.openpty()
    try:
        log = LogLines.on(terminal)
        termios.tcflow(terminal, termios.TCOOFF)  # as Ctrl-S does
        for _ in range(1000):
            log.handle(record("x" * 100))
        termios.tcflow(terminal, termios.TCOON)
        log.close()
    finally:
        os.close(ours)
        os.close(terminal)


def test_a_file_gets_everything_at_its_end(tmp_path):
    path = tmp_path / "log"
    path.write_text("before\n")
    log = LogLines.to_file(str(path))
    for number in range(20_000):
        log.handle(record("line %d", number))
    log.close()
    assert path.read_text() == "before\n" + "".join(f"line {number}\n" for number in range(20_000))


def test_stderr_as_a_file_is_not_written_over(tmp_path):
    with (tmp_path / "log").open("wb", buffering=0) as file:
        file.write(b"somebody's words\n")
        log = LogLines.on(file.fileno())
        log.handle(record("ours"))
        file.write(b"more\n")
        log.close()
    assert (tmp_path / "log").read_text() == "somebody's words\nours\nmore\n"


def test_a_wrong_log_call_is_a_line_too(tmp_path):
    log = LogLines.to_file(str(tmp_path / "log"))
    log.handle(record("%d sessions \udcff", "no"))
    log.handle(record("\udcff"))
    log.close()
    first, second = (tmp_path / "log").read_text().splitlines()
    assert first.startswith("could not be logged (%d format:")
    assert second == r"\udcff"


async def test_sessions_go_on_when_nobody_reads_stderr():
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    command = [sys.executable, "-m", "dapshim", "--listen", "0", "--connect", "1", "--log-level", "info"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=writing, env=clean_environment()) as process:
        os.close(writing)
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rpartition(b":")[2])
            with trio.fail_after(BOUND):
                for _ in range(100):
                    client = Client(await trio.open_tcp_stream("127.0.0.1", port))
                    assert not (await client.ask("initialize"))["success"]
                    await trio.aclose_forcefully(client.stream)
            process.send_signal(signal.SIGTERM)
            assert await trio.to_thread.run_sync(process.wait, BOUND) == 0
        finally:
            if process.poll() is None:
                process.kill()
        text = read_all(reading)
        os.close(reading)
    assert text.count(b"session ") > 10
    assert len(text) <= 4096
