"""What the tests of `dapshim demo` share: one whole run, and a client that a scripted adapter answers."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from dapshim.cli.demo_client import DemoClient
from tests.cli.demo_runs import Adapter, in_pipe, sections


@pytest.fixture(scope="session")
def whole() -> dict[str, str]:
    """What a whole demo printed into a pipe, under the title of each step."""
    done = in_pipe()
    assert done.returncode == 0, done.stdout
    assert "\x1b" not in done.stdout
    return sections(done.stdout)


@pytest.fixture
async def talk(nursery: trio.Nursery) -> tuple[DemoClient, Adapter]:
    ours, theirs = trio.testing.memory_stream_pair()
    client = DemoClient(ours)
    nursery.start_soon(client.run)
    return client, Adapter(theirs)
