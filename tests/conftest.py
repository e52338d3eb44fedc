"""What all tests share: Go programs that are built once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.plan.scene")  # before anybody imports it: a case that fails shows both sides

from tests.real import Program, build  # noqa: E402 - see above

LONG = ("test_switched_off.py", "e2e/", "language_server/", "cli/", "heal/")
"""Where tests wait for real programs, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is at work long after the others."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        return next((number for number, each in enumerate(LONG) if path.startswith(each)), len(LONG))

    items.sort(key=place)


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program that runs until it is ended, with breakpoint marks `main` and `step`."""
    return build("loop", tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="session", autouse=True)
def _programs_hear_signals() -> Iterator[None]:
    """Let what the tests start have signals as they are by default.

    nohup has SIGHUP ignored, and a shell that is not interactive has SIGINT ignored in what it puts into the background; both
    are inherited. A signal that is handled here is not.
    """
    ours = {signal.SIGHUP: lambda *_: None, signal.SIGINT: signal.default_int_handler}
    before = {
        number: signal.signal(number, handler) for number, handler in ours.items() if signal.getsignal(number) is signal.SIG_IGN
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
