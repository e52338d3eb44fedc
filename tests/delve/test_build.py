"""When a build that dlv runs has ended, seen from outside: with a process that is called like go and builds nothing."""

from __future__ import annotations

import sys

import pytest
import trio

from dapshim.delve.build import built
from tests.delve.test_remains import pretend_go

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nobody can be waited for without a pidfd")


@pytest.mark.parametrize(("content", "whole"), [(b"\x7fELF", True), (b"", False), (None, False)])
async def test_a_binary_is_there_when_its_build_has_ended_and_it_has_a_content(tmp_path, content, whole):
    binary = tmp_path / "__debug_bin7"
    answers: list[bool] = []

    async def ask() -> None:
        answers.append(await built(str(binary)))

    with pretend_go(tmp_path, "build", "-o", binary.name, ".") as process:
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask)
                # What is there too early counts for nothing: go may still be writing it.
                binary.write_bytes(b"\x7f")
                await trio.sleep(0.2)
                assert answers == []
                binary.unlink() if content is None else binary.write_bytes(content)
                process.kill()
        assert answers == [whole]
    # Nobody builds it any more.
    assert await built(str(binary)) is whole
