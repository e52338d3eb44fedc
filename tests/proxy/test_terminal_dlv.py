"""A dlv that the client is to start in a terminal, and does not: a clear error, and the session lives."""

from __future__ import annotations

import pytest
import trio

from dapshim.options.layers import resolve
from dapshim.plan.outcome import Dlv, Plan, Terminal
from dapshim.proxy import dlv_of_plan
from dapshim.proxy.adapter import StartError
from dapshim.proxy.own_dlv import OwnDlv
from dapshim.proxy.shim import PASS, Refuse, Shim, Verdict, on
from dapshim.wire.messages import Message
from tests.playbook import request, response, stage

PLAN = Plan("launch", "debug", {}, Dlv(terminal=Terminal("external", "mine", as_root=True), directory="/ws", flags=("--log",)))


class InTerminal(Shim):
    """Replace the adapter as the plan says."""

    @on.request("launch", budget=1000)
    async def launch(self, _message: Message) -> Verdict:
        own = OwnDlv(resolve(())["dlv"])
        try:
            await self.session.replace_adapter(dlv_of_plan.source_of(PLAN, "/bin/dlv", own, self.session))
        except StartError as error:
            return Refuse(str(error))
        return PASS


@pytest.mark.parametrize("answers", ["never", "but starts nothing"])
async def test_a_terminal_in_which_nothing_comes_up(monkeypatch, answers):
    monkeypatch.setattr(dlv_of_plan, "START_IN_TERMINAL", 0.05)
    async with stage(InTerminal()) as scene:
        client, adapter = scene
        await client.says(request(1, "initialize"))
        await adapter.gets(request(1, "initialize"))
        await adapter.says(response(1, 1, "initialize"))
        await client.gets(response(1, 1, "initialize"))
        await client.says(request(2, "launch"))
        asked = await client.gets(request(2, "runInTerminal", kind="external", title="mine", cwd="/ws", env={}))
        words = asked["arguments"]["args"]
        assert (words[:3], words[4:]) == (["sudo", "/bin/dlv", "dap"], ["--log"])
        if answers != "never":
            await client.says(response(3, 2, "runInTerminal"))
        refused = await client.gets(response(3, 2, "launch", success=False))
        assert ("did not connect" if answers != "never" else 'drop "console"') in refused["message"]
        host, _, port = words[3].removeprefix("--client-addr=").rpartition(":")
        with pytest.raises(OSError, match="all attempts to connect"):
            await trio.open_tcp_stream(host, int(port))
        await client.says(request(3, "threads"))
        await adapter.gets(request(2, "threads"))
