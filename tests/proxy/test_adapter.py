"""Dialling an adapter that runs already: by numbers and names, and what is said where nobody answers."""

from __future__ import annotations

import socket

import pytest

from dapshim.proxy.adapter import StartError, connect
from dapshim.proxy.address import TcpAddress

HOSTS = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6, "localhost": socket.AF_INET}


@pytest.mark.parametrize("host", HOSTS)
async def test_a_host_may_be_a_number_or_a_name(host):
    with socket.create_server(("::1" if host == "::1" else "127.0.0.1", 0), family=HOSTS[host]) as server:
        adapter = await connect(TcpAddress(host, server.getsockname()[1]))
        peer, _ = server.accept()
        with peer:
            await adapter.stream.send_all(b"x")
            assert peer.recv(1) == b"x"
        await adapter.close()


@pytest.mark.parametrize("host", HOSTS)
async def test_where_nobody_listens_the_systems_words_are_said(host):
    with socket.socket(HOSTS[host]) as free:
        free.bind(("::1" if host == "::1" else "127.0.0.1", 0))
        address = TcpAddress(host, free.getsockname()[1])
        with pytest.raises(StartError) as caught:
            await connect(address)
    assert f"no adapter answers at {address} (Connection refused); start one there" in str(caught.value)
