"""The lists that Delve does not have, with the real dlv."""

from __future__ import annotations

import trio

from dapshim.delve.capabilities import CAPABILITIES, OF_DAPSHIM
from tests.real import Client, Json, Running, clean_environment, dapshim, dlv_dap

INITIALIZE = {"clientID": "test", "adapterID": "go", "pathFormat": "path"}


async def introduced(server: Running) -> Json:
    stream = await trio.open_tcp_stream("127.0.0.1", server.port)
    answer = await Client(stream).ok("initialize", INITIALIZE)
    await trio.aclose_forcefully(stream)
    return answer


async def test_the_client_is_told_of_both_lists_and_else_what_dlv_says():
    async with dlv_dap() as dlv:
        plain = await introduced(dlv)
    async with dapshim() as shim:
        assert await introduced(shim) == plain | OF_DAPSHIM
    assert not plain.keys() & OF_DAPSHIM.keys()


async def test_without_a_dlv_the_client_is_told_the_same(tmp_path):
    async with dlv_dap() as dlv:
        plain = await introduced(dlv)
    environ = clean_environment(PATH=str(tmp_path), HOME=str(tmp_path), GOBIN="", GOPATH="")
    async with dapshim(env=environ) as shim:
        assert await introduced(shim) == CAPABILITIES == plain | OF_DAPSHIM
