"""What all tests share: Go programs that are built once."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.real import Program, build


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program that runs until it is ended, with breakpoint marks `main` and `step`."""
    return build("loop", tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="session", autouse=True)
def _programs_hear_hang_ups() -> Iterator[None]:
    """Let what the tests start have SIGHUP as it is by default: under nohup it would inherit that it is ignored."""
    before = signal.signal(signal.SIGHUP, lambda *_: None) if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else None
    yield
    if before is not None:
        signal.signal(signal.SIGHUP, before)
