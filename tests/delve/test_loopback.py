"""Who is at the other end of a connection on this machine: the one socket that is asked for is the one in the table."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dapshim.delve import loopback

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")

Ends = tuple[loopback.Address, loopback.Address]


@pytest.fixture(params=["v4", "v6", "v4 on a socket of v6"])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[Ends, int]]:
    """Both addresses of an accepted connection, and the inode of the socket at its other end."""
    family = socket.AF_INET if request.param == "v4" else socket.AF_INET6
    host = "127.0.0.1" if request.param == "v4" else "::1" if request.param == "v6" else "::"
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listener.bind((host, 0))
        listener.listen()
        to = ("::1" if request.param == "v6" else "127.0.0.1", listener.getsockname()[1])
        dialled = stack.enter_context(socket.create_connection(to))
        peer = stack.enter_context(listener.accept()[0])
        yield (peer.getpeername(), peer.getsockname()), os.fstat(dialled.fileno()).st_ino


@pytest.mark.parametrize("way", [loopback._asked, loopback._listed, loopback.owner])
def test_both_ways_find_the_other_end(ends, way):
    (peer, own), inode = ends
    assert way(peer, own) == loopback.Owner(os.getuid(), inode)


@pytest.mark.parametrize("way", [loopback._asked, loopback._listed, loopback.owner])
def test_a_connection_that_is_none(ends, way):
    (peer, own), _ = ends
    assert way((peer[0], own[1], *peer[2:]), own) is None


def test_a_kernel_that_does_not_answer_has_a_table(ends, monkeypatch):
    (peer, own), inode = ends
    monkeypatch.setattr(loopback, "_SOCK_DIAG", 31)  # no such protocol
    assert loopback._asked(peer, own) is None
    assert loopback.owner(peer, own) == loopback.Owner(os.getuid(), inode)
